"""Which proxy is used, and what is said of one that cannot be."""

import traceback
from importlib.util import find_spec

import pytest

from ayne.errors import ConfigurationError
from ayne.net.proxies import is_loopback, proxy_for

PASSWORD = "secretword"


@pytest.mark.parametrize(
    ("proxies", "found"),
    [
        ({}, None),
        ({"http": "http://other.example:1"}, None),
        ({"all": "http://p.example:1"}, "http://p.example:1"),
        ({"https": "", "all": "http://p.example:1"}, "http://p.example:1"),
        ({"https": " http://me:word@p.example:1/ "}, "http://me:word@p.example:1/"),
        ({"https": "HTTPS://[::1]:3128"}, "HTTPS://[::1]:3128"),
    ],
)
def test_a_proxy_is_the_one_of_the_scheme_or_of_all(proxies: dict[str, str], found: str | None) -> None:
    assert proxy_for("https", proxies, {}) == found


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1:9", f"me:{PASSWORD}@127.0.0.1:9", "proxy.example", "//proxy.example:1", "http:proxy.example"),
        *('"http://127.0.0.1:9"', "'http://127.0.0.1:9'", "http://127.0.0.1:9'", " ", "\t", "http://a b:1"),
        *("http://127.0.0.1:abc", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://127.0.0.1:-1", "http://"),
        *("http://:8080", "http://[::1", "http://a..b:1", f"http://me:{PASSWORD}/more@proxy.example:1"),
        *("socks://127.0.0.1:9", "socks4://127.0.0.1:9", "ftp://proxy.example", f"://me:{PASSWORD}@p", "http://a\x1bb"),
    ],
)
@pytest.mark.parametrize(("kind", "variable"), [("http", "HTTP_PROXY"), ("http", "http_proxy"), ("all", "ALL_PROXY")])
def test_what_is_no_proxy_is_refused_by_the_name_of_its_variable_and_not_repeated(
    kind: str, variable: str, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{variable} .*\. Write it like http://") as refused:
        proxy_for("http", {kind: text}, {"PATH": "/", variable: text})
    said = "".join(traceback.format_exception(refused.value))
    assert PASSWORD not in said
    assert said.isascii()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "SOCKS5"])
def test_a_socks_proxy_needs_a_package(scheme: str) -> None:
    proxies = {"all": f"{scheme}://me:{PASSWORD}@127.0.0.1:9"}
    if find_spec("socksio"):
        assert proxy_for("http", proxies, {}) == proxies["all"]
        return
    with pytest.raises(ConfigurationError, match=r"^ALL_PROXY .*httpx\[socks\]") as refused:
        proxy_for("http", proxies, {})
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "films.localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "::ffff:127.0.0.1"],
)
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["films.example", "10.0.0.1", "localhost.example", "128.0.0.1", "::2", ""])
def test_another_machine_is_not_this_one(host: str) -> None:
    assert not is_loopback(host)
