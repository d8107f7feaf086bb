"""How a client asks, as one value that is checked where it is made."""

from dataclasses import FrozenInstanceError, replace

import pytest

from ayne.data_collection.tmdb import TMDBClient
from ayne.data_collection.tmdb.client_settings import TMDBSettings

SETTINGS = TMDBSettings(base_url="https://api.themoviedb.org/3")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("requests_per_second", 0.0),
        ("max_concurrent", 1.5),
        ("burst", 0.5),
        ("max_retries", -1),
        ("backoff", float("nan")),
        ("jitter", -0.1),
        ("timeout", 0.0),
        ("deadline", -1.0),
        ("language", "english"),
        ("include_image_language", "deu"),
    ],
)
def test_a_setting_out_of_its_range_is_refused_where_it_is_made(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name if name != "requests_per_second" else "requests per second"):
        replace(SETTINGS, **{name: value})  # type: ignore[arg-type] # one of them at a time


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(FrozenInstanceError):
        SETTINGS.timeout = 1.0  # type: ignore[misc] # that is the point


def test_the_settings_of_a_client_are_the_arguments_it_was_made_of() -> None:
    client = TMDBClient("0" * 32, requests_per_second=40, language="de", include_image_language=["de", "null"])
    assert client.settings == TMDBSettings(
        base_url=SETTINGS.base_url, requests_per_second=40, language="de", include_image_language=("de", "null")
    )
    assert client.settings.burst == 2


def test_settings_do_not_show_what_may_hold_a_password() -> None:
    assert "secret" not in repr(replace(SETTINGS, allowance="redis://:secret@localhost:6379/0"))
