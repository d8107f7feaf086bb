"""A film as OMDb has it, made from the same film as TMDB has it.

The two agree about what a film is (title, year, runtime, people) as far as they do in life: mostly. What only OMDb
has, its ratings above all, is drawn from the IMDb id and the seed. What it does not know is "N/A", in the proportions
of 39 recorded films: 23 of them without box office, 22 without Metascore, 13 unrated, 5 without an IMDb rating.
"""

from datetime import date
from typing import NamedTuple

from ayne.sandbox.chance import Dice
from ayne.sandbox.films.columns import Body

UNKNOWN = "N/A"

#: What must be appended to the details of a film to make OMDb's answer of them.
PARTS = ("credits", "release_dates")

# A film with a fame (0 to 999) below these is unknown to whoever gives the rating: 39 recorded films, per mille.
_NO_RATING, _UNRATED, _NO_TOMATOES, _NO_METASCORE, _NO_BOX_OFFICE, _NO_AWARDS = 128, 333, 513, 564, 590, 615
_FAMOUS_VOTES = 1000
_RATED = ("R", "PG-13", "PG", "Not Rated", "G", "TV-MA", "TV-14", "Approved")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IMAGES = "https://m.media-amazon.com/images/M"


def omdb_film(body: Body, seed: int, *, full_plot: bool = False) -> Body:
    """Return OMDb's body of a film.

    Args:
        body: TMDB's details of the film, with the parts that `PARTS` names.
        seed: Which ratings it got.
        full_plot: The long plot instead of the short one.
    """
    dice = Dice(seed, "omdb", body["imdb_id"])
    fame, metascore, tomatoes, (rating, votes) = _verdicts(body, dice)
    ratings = (
        ("Internet Movie Database", rating, "/10"),
        ("Rotten Tomatoes", tomatoes, ""),
        ("Metacritic", metascore, "/100"),
    )
    return {
        "Title": body["title"],
        "Year": omdb_year(body, seed),
        "Rated": _rated(body, dice) if fame >= _UNRATED else UNKNOWN,
        "Released": _day(_released(body)),
        "Runtime": _runtime(body, dice),
        "Genre": _list([genre["name"].replace("Science Fiction", "Sci-Fi") for genre in body["genres"]]),
        "Director": _list(_crew(body, "Directing")),
        "Writer": _list(_crew(body, "Writing")),
        "Actors": _list([person["name"] for person in body["credits"]["cast"][:3]]),
        "Plot": _plot(body["overview"], full_plot),
        "Language": _list([language["english_name"] for language in body["spoken_languages"]]),
        "Country": _list([country["name"] for country in body["production_countries"]]),
        "Awards": _awards(dice) if fame >= _NO_AWARDS else UNKNOWN,
        "Poster": omdb_poster(body),
        "Ratings": [{"Source": name, "Value": value + of} for name, value, of in ratings if value != UNKNOWN],
        "Metascore": metascore,
        "imdbRating": rating,
        "imdbVotes": UNKNOWN if votes is None else f"{votes:,}",
        "imdbID": body["imdb_id"],
        "Type": "movie",
        "DVD": _day(_released(body)) if dice.chance(2) else UNKNOWN,
        "BoxOffice": f"${_box_office(body, dice):,}" if fame >= _NO_BOX_OFFICE else UNKNOWN,
        "Production": _list([c["name"] for c in body["production_companies"][:1]]) if dice.chance(3) else UNKNOWN,
        "Website": (body["homepage"] or UNKNOWN) if dice.chance(3) else UNKNOWN,
        "Response": "True",
    }


def imdb_rating(body: Body, seed: int) -> "ImdbRating":
    """Return what IMDb says of a film: the same that OMDb passes on.

    Args:
        body: The `imdb_id`, `status`, `vote_count` and `vote_average` of TMDB's details.
        seed: Which ratings films got.
    """
    return _verdicts(body, Dice(seed, "omdb", body["imdb_id"])).imdb


def omdb_row(body: Body, seed: int) -> Body:
    """Return a film's row in the answer to a search, from TMDB's details of it."""
    return {
        "Title": body["title"],
        "Year": omdb_year(body, seed),
        "imdbID": body["imdb_id"],
        "Type": "movie",
        "Poster": omdb_poster(body),
    }


def omdb_year(body: Body, seed: int) -> str:
    """Return the year of a film: TMDB's, but for one film in fifty, which IMDb dates by its festival."""
    year = (body["release_date"] or "")[:4]
    is_earlier = Dice(seed, "omdb year", body["imdb_id"]).chance(2)
    return UNKNOWN if not year else str(int(year) - 1) if is_earlier else year


def omdb_poster(body: Body) -> str:
    """Return the address of a film's poster."""
    return f"{_IMAGES}/MV5B{body['poster_path'][1:-4]}@._V1_SX300.jpg" if body["poster_path"] else UNKNOWN


class ImdbRating(NamedTuple):
    """A rating, or "N/A", and how many votes it is made of."""

    rating: str
    votes: int | None


class _Verdicts(NamedTuple):
    fame: int
    metascore: str
    tomatoes: str
    imdb: ImdbRating


def _verdicts(body: Body, dice: Dice) -> _Verdicts:
    """Return how much is known of a film, and what others think of it."""
    fame = _fame(body, dice)
    score = _score(body, dice)
    metascore = str(_percent(score, dice, 22)) if fame >= _NO_METASCORE else UNKNOWN
    tomatoes = f"{_percent(score, dice, 30)}%" if fame >= _NO_TOMATOES else UNKNOWN
    is_rated = fame >= _NO_RATING
    imdb = ImdbRating(f"{score / 10:.1f}", _votes(body, dice)) if is_rated else ImdbRating(UNKNOWN, None)
    return _Verdicts(fame, metascore, tomatoes, imdb)


def _fame(body: Body, dice: Dice) -> int:
    """Return from 0 to 999 how much is known of a film; what is not out yet has no ratings at all."""
    drawn = dice.below(1000)
    if body["status"] != "Released":
        return 0
    is_famous: bool = body["vote_count"] >= _FAMOUS_VOTES
    return 600 + drawn * 2 // 5 if is_famous else drawn


def _score(body: Body, dice: Dice) -> int:
    """Return the IMDb rating in tenths: near TMDB's, where that has one."""
    if body["vote_count"] >= 10:
        tenths = int(body["vote_average"] * 10 + 0.5)
        return min(99, max(10, tenths + dice.between(-6, 4)))
    return dice.between(20, 60) + dice.between(0, 30)


def _percent(score: int, dice: Dice, spread: int) -> int:
    return min(100, max(1, score - 5 + dice.between(-spread, spread)))


def _votes(body: Body, dice: Dice) -> int:
    return int(body["vote_count"]) * dice.between(8, 60) + dice.between(5, 300)


def _rated(body: Body, dice: Dice) -> str:
    drawn = dice.pick(_RATED)
    american = (day for day in _american_days(body) if day["certification"])
    return str(next(american, {"certification": drawn})["certification"])


def _american_days(body: Body) -> list[Body]:
    countries = body["release_dates"]["results"]
    return [day for country in countries if country["iso_3166_1"] == "US" for day in country["release_dates"]]


def _released(body: Body) -> str:
    days = [day["release_date"][:10] for day in _american_days(body)]
    return min(days, default=body["release_date"] or "")


def _day(text: str) -> str:
    """Write a day in OMDb's way.

    >>> _day("2013-06-14")
    '14 Jun 2013'
    """
    if not text:
        return UNKNOWN
    day = date.fromisoformat(text)
    return f"{day.day:02} {_MONTHS[day.month - 1]} {day.year}"


def _runtime(body: Body, dice: Dice) -> str:
    difference = dice.between(-2, 2) if dice.chance(10) else 0
    return f"{max(1, body['runtime'] + difference)} min" if body["runtime"] else UNKNOWN


def _crew(body: Body, department: str) -> list[str]:
    names = [person["name"] for person in body["credits"]["crew"] if _works_as(person, department)]
    return list(dict.fromkeys(names))[:3]


def _works_as(person: Body, department: str) -> bool:
    return bool(person["department"] == department and (department != "Directing" or person["job"] == "Director"))


def _plot(overview: str | None, is_full: bool) -> str:
    text = " ".join((overview or "").split())
    first, stop, _ = text.partition(". ")
    return (text if is_full else first + stop.strip()) or UNKNOWN


def _awards(dice: Dice) -> str:
    wins, nominations = dice.between(1, 9), dice.between(2, 40)
    prize = "Nominated for 1 Oscar. " if dice.chance(10) else ""
    return f"{prize}{wins} win{'s' if wins > 1 else ''} & {nominations} nominations total"


def _box_office(body: Body, dice: Dice) -> int:
    """Return what the film earned in the United States: a part of TMDB's revenue, where that has one."""
    share, small = dice.between(25, 60), dice.between(1_000, 900_000)
    return int(body["revenue"]) * share // 100 or small


def _list(names: list[str]) -> str:
    return ", ".join(names) or UNKNOWN
