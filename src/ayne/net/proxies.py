"""Find the proxy for a server in the environment, and check it.

A value of the environment is never repeated in an error: it may hold a password.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import urlsplit

from ayne.errors import ConfigurationError

_LIKE = "http://proxy.example:8080"
_SCHEMES = ("http", "https", "socks5", "socks5h")
_QUOTES = ("'", '"')


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, which no proxy can reach.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("films.example")
    (True, True, True, False)
    """
    name = host.strip("[]").rstrip(".").casefold()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def proxy_for(scheme: str, proxies: Mapping[str, str], names: Mapping[str, str] = os.environ) -> str | None:
    """Return the address of the proxy for servers of a scheme, None for none.

    Args:
        scheme: ``http`` or ``https``.
        proxies: as :func:`urllib.request.getproxies` gives them, by scheme or ``all``.
        names: the variables there are, to tell which of them is wrong.

    Raises:
        ConfigurationError: the address cannot be one.

    Example:
        >>> proxy_for("https", {"all": "http://proxy.example:8080"})
        'http://proxy.example:8080'
        >>> proxy_for("https", {"https": "proxy.example:8080"}, {"HTTPS_PROXY": "proxy.example:8080"})
        Traceback (most recent call last):
        ayne.errors.ConfigurationError: HTTPS_PROXY does not begin with http://. Write it like http://proxy.example:8080.
    """
    kind = scheme if proxies.get(scheme) else "all"
    text = proxies.get(kind)
    if not text:
        return None
    variable = next((name for name in names if name.casefold() == f"{kind}_proxy"), f"{kind.upper()}_PROXY")
    if wrong := _what_is_wrong(text.strip()):
        raise ConfigurationError(f"{variable} {wrong} Write it like {_LIKE}.")
    if text.strip().casefold().startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            f"{variable} names a SOCKS proxy, which needs a package that is not installed. "
            "`pip install 'httpx[socks]'` brings it; NO_PROXY names servers that are asked without a proxy."
        )
    return text.strip()


def _what_is_wrong(text: str) -> str:
    """Return why a text cannot be the address of a proxy, "" if it can; the reason does not repeat the text."""
    scheme = text.partition("://")[0].casefold()
    wrong = (
        (not text, "is blank."),
        (text[:1] in _QUOTES or text[-1:] in _QUOTES, "stands in quotation marks."),
        (not text.isprintable() or " " in text, "holds blanks."),
        ("://" not in text, "does not begin with http://."),
        (scheme not in _SCHEMES, f"is of no kind that can be used: there are {', '.join(_SCHEMES)}."),
        (not _has_a_host(text), "has a host or a port that can be none; in a password / is written %2F, and @ %40."),
    )
    return next((said for is_so, said in wrong if is_so), "")


def _has_a_host(text: str) -> bool:
    try:
        parts = urlsplit(text)
        (parts.hostname or "").encode("idna")
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
