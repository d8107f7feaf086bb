"""People and the films they made: `/person/{id}`, its parts, and the popular ones.

What films say of a person comes from `people`, a biography and the like from `biographies`.

https://developer.themoviedb.org/reference/person-details
"""

from collections.abc import Sequence

from ayne.sandbox.chance import Dice
from ayne.sandbox.directory import films_of, people_by_popularity
from ayne.sandbox.films.biographies import imdb_id
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.people import PEOPLE, credited

from .appending import with_parts
from .change_feed import person_changes
from .lists import page_of
from .questions import MISSING, Endpoint, Mistake, Question

_KNOWN_FOR = 3


def known_for(question: Question, person_id: int) -> list[Body]:
    """Return the best known films of somebody, as rows."""
    catalogue = question.catalogue
    flags = catalogue.columns.flags
    shown = [position for position in films_of(catalogue, person_id) if not flags[position]]
    return [catalogue.summary(position) | {"media_type": "movie"} for position in shown[:_KNOWN_FOR]]


def _details(question: Question) -> Body:
    return with_parts(_page(question), question, _PARTS)


def _person(question: Question) -> int:
    number = question.number()
    if not question.world.people.exists(number, question.now):
        raise Mistake(MISSING)
    return number


def _page(question: Question) -> Body:
    """Return all that is known of somebody."""
    return question.world.people.page(_person(question), question.now)


def _movie_credits(question: Question) -> Body:
    """Return the films of somebody, once for each part played and each job done."""
    person_id = _person(question)
    catalogue = question.catalogue
    cast, crew = [], []
    for position in films_of(catalogue, person_id):
        (film_id,) = catalogue.ids([position])
        ensemble = question.world.part(film_id, "credits", question.now)
        if ensemble is None:
            continue
        row = catalogue.summary(position)
        cast += [row | _only(each, _PLAYED) for each in ensemble["cast"] if each["id"] == person_id]
        crew += [row | _only(each, _DONE) for each in ensemble["crew"] if each["id"] == person_id]
    return {"cast": cast, "crew": crew, "id": person_id}


_PLAYED = ("character", "credit_id", "order")
_DONE = ("credit_id", "department", "job")


def _only(body: Body, keys: tuple[str, ...]) -> Body:
    return {key: body[key] for key in keys}


def _combined_credits(question: Question) -> Body:
    """Return films and series together, each marked as what it is."""
    films, series = _movie_credits(question), _tv_credits(question)
    marked = {
        kind: [
            *(row | {"media_type": "movie"} for row in films[kind]),
            *(row | {"media_type": "tv"} for row in series[kind]),
        ]
        for kind in ("cast", "crew")
    }
    return films | marked


def _tv_credits(question: Question) -> Body:
    """Return the series of somebody, once for each part played and each job done, guests' parts too."""
    person_id = _person(question)
    television = question.television
    cast, crew = [], []
    for position in films_of(television, person_id):
        (series_id,) = television.ids([position])
        people = question.world.television.part(series_id, "aggregate_credits", question.now)
        if people is None:
            continue
        row = television.summary(position)
        cast += [row | role for each in people["cast"] if each["id"] == person_id for role in each["roles"]]
        crew += [
            row | job | {"department": each["department"]}
            for each in people["crew"]
            if each["id"] == person_id
            for job in each["jobs"]
        ]
    return {"cast": cast, "crew": crew, "id": person_id}


def _external_ids(question: Question) -> Body:
    person_id = _person(question)
    dice = Dice("person elsewhere", person_id)
    handle = f"person{person_id}"
    return {
        "id": person_id,
        "freebase_mid": f"/m/0{dice.hex(5)}" if dice.chance(40) else None,
        "freebase_id": f"/en/{handle}" if person_id % 5 == 0 else None,
        "imdb_id": imdb_id(person_id),
        "tvrage_id": dice.between(1, 400_000) if dice.chance(30) else None,
        "wikidata_id": f"Q{90_000_000 + person_id}" if dice.chance(60) else None,
        "facebook_id": handle if dice.chance(20) else None,
        "instagram_id": handle if dice.chance(30) else None,
        "tiktok_id": handle if dice.chance(5) else None,
        "twitter_id": handle if dice.chance(25) else None,
        "youtube_id": handle if dice.chance(5) else None,
    }


def _images(question: Question) -> Body:
    person_id = _person(question)
    dice = Dice("person images", person_id)
    # Whoever has a face in credits has it here as well.
    face = credited(person_id)["profile_path"]
    paths = [face] if face else []
    paths += [dice.image() for _ in range(dice.below(3) if paths else 0)]
    return {"id": person_id, "profiles": [_profile(dice, path) for path in paths]}


def _profile(dice: Dice, path: str) -> Body:
    scale = dice.between(1, 4)
    votes = dice.below(30)
    return {
        "aspect_ratio": 0.667,
        "height": 750 * scale,
        "iso_639_1": "en" if votes == 1 else None,
        "file_path": path,
        "vote_average": dice.below(10_000) / 1000 if votes else 0.0,
        "vote_count": votes,
        "width": 500 * scale,
    }


def _tagged_images(question: Question) -> Body:
    """Return the posters and backdrops of somebody's films. TMDB ignores the page that is asked for, and says 0."""
    person_id = _person(question)
    catalogue = question.catalogue
    results = []
    for position in films_of(catalogue, person_id):
        row = catalogue.summary(position) | {"media_type": "movie"}
        dice = Dice("tagged", person_id, row["id"])
        if dice.chance(40):
            results += [_tagged(dice, kind, row) for kind in ("poster", "backdrop") if row[f"{kind}_path"]]
    return {
        "id": person_id,
        "page": 0,
        "results": results,
        "total_pages": min(1, len(results)),
        "total_results": len(results),
    }


def _tagged(dice: Dice, kind: str, row: Body) -> Body:
    width, height = (1000, 1500) if kind == "poster" else (1280, 720)
    return {
        "aspect_ratio": round(width / height, 3),
        "file_path": row[f"{kind}_path"],
        "height": height,
        "id": dice.hex(24),
        "iso_639_1": dice.pick((None, "en")),
        "vote_average": dice.below(10_000) / 1000,
        "vote_count": dice.below(30),
        "width": width,
        "image_type": kind,
        "media": row,
        "media_type": "movie",
    }


def _translations(question: Question) -> Body:
    found = _page(question)
    data = {"biography": found["biography"], "name": found["name"]}
    english = {"iso_3166_1": "US", "iso_639_1": "en", "name": "English", "english_name": "English", "data": data}
    return {"id": found["id"], "translations": [english] if found["biography"] else []}


def _popular(question: Question) -> Body:
    def row(person_id: int) -> Body:
        return credited(person_id) | {"known_for": known_for(question, person_id)}

    return page_of(question, by_popularity(question), "popular people", row)


def by_popularity(question: Question) -> Sequence[int]:
    """Return the ids of the people who were there at the last midnight, the best known first."""
    gone = question.world.people.unlisted(question.now)
    everybody = people_by_popularity()
    return [each for each in everybody if each not in gone] if gone else everybody


def _trending(question: Question) -> Body:
    def row(person_id: int) -> Body:
        return credited(person_id) | {"media_type": "person"}

    return page_of(question, by_popularity(question), "trending people", row)


def _latest(question: Question) -> Body:
    people = question.world.people
    newest = next(each for each in reversed(PEOPLE) if people.exists(each, question.now))
    return people.page(newest, question.now)


_PARTS: dict[str, Endpoint] = {
    "changes": person_changes,
    "combined_credits": _combined_credits,
    "external_ids": _external_ids,
    "images": _images,
    "movie_credits": _movie_credits,
    "tagged_images": _tagged_images,
    "translations": _translations,
    "tv_credits": _tv_credits,
}

ROUTES: dict[str, Endpoint] = {
    "/3/person/{}": _details,
    "/3/person/latest": _latest,
    "/3/person/popular": _popular,
    "/3/trending/person/day": _trending,
    "/3/trending/person/week": _trending,
    **{f"/3/person/{{}}/{name}": part for name, part in _PARTS.items()},
}
