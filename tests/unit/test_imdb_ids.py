"""IMDb's ids, in whatever way they were written down."""

from typing import Any

import pytest

from ayne.kinds.imdb_ids import imdb_id_of, same_title


@pytest.mark.parametrize(
    "text",
    [
        *("tt0137523", " tt0137523 ", "\ttt0137523\r\n", "\u200btt0137523\xa0", "TT0137523", "tt0137523/"),
        *(
            "https://www.imdb.com/title/tt0137523/",
            "http://imdb.com/title/tt0137523",
            "imdb.com/title/tt0137523?ref_=x",
        ),
        *("https://m.imdb.com/title/tt0137523/#top", "https://www.imdb.com/de/title/tt0137523/fullcredits/"),
    ],
)
def test_an_id_is_found_between_blanks_and_in_an_address(text: str) -> None:
    assert imdb_id_of(text) == "tt0137523"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "tt", "tt123", "nm0000093", "550", "tt01375230000", "tt0137523 tt0137524", "tt0137523/credits"),
        *("https://www.imdb.com/name/nm0000093/", "https://evil.example/title/tt0137523/", "tt\u0660137523", None, 550),
    ],
)
def test_nothing_else_is_an_id(text: Any) -> None:
    assert imdb_id_of(text) is None


def test_zeros_in_front_of_the_number_say_nothing() -> None:
    assert same_title("tt00000022", "tt0000022")
    assert not same_title("tt0000022", "tt0000023")
    assert not same_title("tt0000022", None)
