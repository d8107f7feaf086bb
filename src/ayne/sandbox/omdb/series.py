"""A series as OMDb has it: like a film, without what only films have.

Of eight recorded series none has a Metascore or a director; its years are two, or one and a dash.
"""

from ayne.sandbox.films.columns import Body

from .films import UNKNOWN, ImdbRating, imdb_rating, omdb_film

#: What must be appended to the details of a series to make OMDb's answer of them.
PARTS = ("content_ratings", "credits", "external_ids")

_OF_FILMS = ("DVD", "BoxOffice", "Production", "Website", "Response")


def omdb_series(body: Body, seed: int, *, full_plot: bool = False) -> Body:
    """Return OMDb's body of a series.

    Args:
        body: TMDB's details of the series, with the parts that `PARTS` names.
        seed: Which ratings it got.
        full_plot: The long plot instead of the short one.
    """
    told = omdb_film(_as_film(body), seed, full_plot=full_plot)
    kept = {name: value for name, value in told.items() if name not in _OF_FILMS}
    return kept | {
        "Year": _years(body),
        "Director": UNKNOWN,
        "Ratings": told["Ratings"][:1] if told["imdbRating"] != UNKNOWN else [],
        "Metascore": UNKNOWN,
        "Type": "series",
        "totalSeasons": str(body["number_of_seasons"] or UNKNOWN),
        "Response": "True",
    }


def imdb_rating_of_series(imdb_id: str, votes: int, average: float, seed: int) -> ImdbRating:
    """Return what IMDb says of a series: the same that OMDb passes on. What nobody rates at TMDB has none."""
    return imdb_rating(
        {
            "imdb_id": imdb_id,
            "status": "Released" if votes else "Planned",
            "vote_count": votes,
            "vote_average": average,
        },
        seed,
    )


def _as_film(body: Body) -> Body:
    """Return what OMDb would be told of, were the series a film."""
    latest = body["last_episode_to_air"] or {}
    day = body["first_air_date"] or ""
    american = [
        {"certification": each["rating"], "release_date": day}
        for each in body["content_ratings"]["results"]
        if each["iso_3166_1"] == "US"
    ]
    return body | {
        "imdb_id": body["external_ids"]["imdb_id"],
        "title": body["name"],
        "release_date": day,
        "release_dates": {"results": [{"iso_3166_1": "US", "release_dates": american}]},
        "revenue": 0,
        "runtime": latest.get("runtime") or next(iter(body["episode_run_time"]), None),
        "status": "Released" if int(body["vote_count"]) else body["status"],
        "vote_average": float(body["vote_average"]),
        "vote_count": int(body["vote_count"]),
    }


def _years(body: Body) -> str:
    first, last = (body["first_air_date"] or "")[:4], (body["last_air_date"] or "")[:4]
    if not first:
        return UNKNOWN
    if body["in_production"]:
        return f"{first}\N{EN DASH}"
    return first if last in ("", first) else f"{first}\N{EN DASH}{last}"
