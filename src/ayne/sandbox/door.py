"""Decide who may use the sandbox over a socket: programs, but no web page in a browser on the same machine.

A page of anybody's can send requests to 127.0.0.1, and it can read the answers as well once a name of its own leads to
127.0.0.1 (DNS rebinding). The first kind says where it comes from, in `Origin` or `Sec-Fetch-Site`; the second names
its own host in `Host`.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from .answers import Answer

_READING = ("GET", "HEAD", "OPTIONS")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened to
_MISDIRECTED, _FORBIDDEN = 421, 403


def refusal(method: str, headers: Mapping[str, str], bound_to: str) -> Answer | None:
    """Return the answer to somebody who is not let in; None for all others.

    >>> refusal("GET", {"host": "evil.example:8080"}, "127.0.0.1").status
    421
    >>> refusal("POST", {"host": "localhost:8080", "origin": "https://evil.example"}, "127.0.0.1").status
    403
    >>> refusal("GET", {"host": "localhost:8080"}, "127.0.0.1") is None
    True

    Args:
        method: GET, POST and so on.
        headers: By their names in lower case.
        bound_to: The address that is listened to.
    """
    host = headers.get("host", "")
    if host and not _is_ours(_name(host), bound_to):
        return _text(_MISDIRECTED, "The sandbox answers to localhost, to addresses of this machine and to its --host.")
    if method not in _READING and _is_of_another_page(headers, host):
        return _text(_FORBIDDEN, "The sandbox changes nothing for a web page of another origin.")
    return None


def _is_ours(name: str, bound_to: str) -> bool:
    if name in ("localhost", bound_to.lower()):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        # Other machines may call this one by a name of their own network; no page on the web has a name without a dot.
        return bound_to in _EVERYWHERE and bool(name) and "." not in name
    return address.is_loopback or bound_to in _EVERYWHERE


def _is_of_another_page(headers: Mapping[str, str], host: str) -> bool:
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def _name(host: str) -> str:
    """Return the name in `name:port`, or the address in `[address]:port`; "" where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _text(status: int, text: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain", "Content-Length": str(len(text))}, text.encode())
