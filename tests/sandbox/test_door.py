import pytest

from ayne.sandbox.door import refusal

HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - nothing listens to it


def status(bound_to: str = HERE, method: str = "GET", **headers: str) -> int | None:
    answer = refusal(method, {name.replace("_", "-"): value for name, value in headers.items()}, bound_to)
    return None if answer is None else answer.status


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1:8080", "127.8.9.1", "[::1]:8080", "[::1]", ""],
)
def test_this_machine_is_answered_under_its_loopback_names(host: str) -> None:
    assert status(host=host) is None
    assert status(method="POST", host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil",
        "192.168.1.5:8080",
        "[2001:db8::1]:80",
        "[::1",
        "user@evil.example",
        "127.0.0.1:80@evil.example",
        ":80",
    ],
)
def test_a_name_that_somebody_else_led_here_is_not_answered(host: str) -> None:
    assert status(host=host) == 421
    assert status(method="POST", host=host) == 421


def test_the_address_that_is_listened_to_is_answered() -> None:
    assert status("192.168.1.5", host="192.168.1.5:8080") is None
    assert status("films.example", host="films.example:80") is None


@pytest.mark.parametrize(
    ("host", "expected"), [("192.168.1.5:8080", None), ("sandbox:8080", None), ("evil.example:8080", 421)]
)
def test_who_listens_everywhere_is_reached_by_address_and_by_names_of_the_own_network(
    host: str, expected: int | None
) -> None:
    assert status(EVERYWHERE, host=host) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:9999"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "http://localhost:8080"}, None),
        ({"origin": "http://localhost:8080", "sec_fetch_site": "same-origin"}, None),
        ({"sec_fetch_site": "none"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_another_page_changes_nothing(method: str, headers: dict[str, str], expected: int | None) -> None:
    assert status(method=method, host="localhost:8080", **headers) == expected


def test_another_page_may_ask_as_it_cannot_read_the_answer() -> None:
    assert status(host="localhost:8080", origin="https://evil.example") is None
