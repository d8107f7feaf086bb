"""People and the films they made: `/person/{id}`, its parts, and the popular ones.

What films say of a person comes from `people`; a biography and the like are made up here, from the id alone.

https://developer.themoviedb.org/reference/person-details
"""

from datetime import date

from ayne.sandbox.chance import Dice
from ayne.sandbox.directory import films_of, people_by_popularity
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.people import PEOPLE, credited, person

from .appending import with_parts
from .change_feed import window
from .lists import page_of
from .questions import MISSING, Endpoint, Mistake, Question

_KNOWN_FOR = 3
_IMDB_BASE = 100_000
_FIRST_BIRTHDAY = date(1900, 1, 1).toordinal()
_LAST_BIRTHDAY = date(2010, 12, 31).toordinal()


def imdb_id(person_id: int) -> str | None:
    """Return the IMDb id of somebody, if it is known."""
    return f"nm{_IMDB_BASE + person_id:07d}" if Dice("person imdb", person_id).chance(80) else None


def person_called(imdb_name: str) -> int | None:
    """Return the id of the person who has this IMDb id; None when nobody has it.

    >>> person_called(imdb_id(1000) or imdb_id(1001)) in (1000, 1001), person_called("nm0000001")
    (True, None)
    """
    digits = imdb_name.removeprefix("nm")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 8):
        return None
    person_id = int(digits) - _IMDB_BASE
    return person_id if person_id in PEOPLE and imdb_id(person_id) == imdb_name else None


def known_for(question: Question, person_id: int) -> list[Body]:
    """Return the best known films of somebody, as rows."""
    catalogue = question.catalogue
    flags = catalogue.columns.flags
    shown = [position for position in films_of(catalogue, person_id) if not flags[position]]
    return [catalogue.summary(position) | {"media_type": "movie"} for position in shown[:_KNOWN_FOR]]


def _details(question: Question) -> Body:
    return with_parts(_page(_person(question)), question, _PARTS)


def _person(question: Question) -> Body:
    found = person(question.number())
    if found is None:
        raise Mistake(MISSING)
    return found


def _page(found: Body) -> Body:
    """Return all that is known of somebody."""
    dice = Dice("person page", found["id"])
    born = dice.between(_FIRST_BIRTHDAY, _LAST_BIRTHDAY) if dice.chance(70) else None
    # Nobody here has died who would be younger than thirty today.
    died = born + dice.between(30, 95) * 365 if born and born < _LAST_BIRTHDAY - 80 * 365 and dice.chance(50) else None
    body = found | {
        "also_known_as": [_other_name(dice, found["name"]) for _ in range(dice.pick((0, 0, 1, 2)))],
        "biography": f"{found['name']} {dice.pick(words.DEEDS)}. {dice.pick(words.TWISTS)}" if dice.chance(60) else "",
        "birthday": None if born is None else date.fromordinal(born).isoformat(),
        "deathday": None if died is None else date.fromordinal(min(died, _LAST_BIRTHDAY)).isoformat(),
        "homepage": f"https://people.example/{found['id']}" if dice.chance(8) else None,
        "imdb_id": imdb_id(found["id"]),
        "place_of_birth": dice.pick(words.PLACES) if born and dice.chance(80) else None,
    }
    del body["original_name"]
    return dict(sorted(body.items()))


def _other_name(dice: Dice, name: str) -> str:
    first, _, last = name.partition(" ")
    return dice.pick((f"{first[0]}. {last}", f"{last} {first}", f"{first} {dice.pick(words.LAST_NAMES)}"))


def _movie_credits(question: Question) -> Body:
    """Return the films of somebody, once for each part played and each job done."""
    found = _person(question)
    catalogue = question.catalogue
    cast, crew = [], []
    for position in films_of(catalogue, found["id"]):
        (film_id,) = catalogue.ids([position])
        ensemble = question.world.part(film_id, "credits", question.now)
        if ensemble is None:
            continue
        row = catalogue.summary(position)
        cast += [row | _only(each, _PLAYED) for each in ensemble["cast"] if each["id"] == found["id"]]
        crew += [row | _only(each, _DONE) for each in ensemble["crew"] if each["id"] == found["id"]]
    return {"cast": cast, "crew": crew, "id": found["id"]}


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
    """Return the series of somebody, once for each part played and each job done; guests are not among them."""
    found = _person(question)
    television = question.television
    cast, crew = [], []
    for position in films_of(television, found["id"]):
        (series_id,) = television.ids([position])
        people = question.world.television.part(series_id, "aggregate_credits", question.now)
        if people is None:
            continue
        row = television.summary(position)
        cast += [row | role for each in people["cast"] if each["id"] == found["id"] for role in each["roles"]]
        crew += [
            row | job | {"department": each["department"]}
            for each in people["crew"]
            if each["id"] == found["id"]
            for job in each["jobs"]
        ]
    return {"cast": cast, "crew": crew, "id": found["id"]}


def _external_ids(question: Question) -> Body:
    person_id = _person(question)["id"]
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
    found = _person(question)
    dice = Dice("person images", found["id"])
    # Whoever has a face in credits has it here as well.
    paths = [found["profile_path"]] if found["profile_path"] else []
    paths += [dice.image() for _ in range(dice.below(3) if paths else 0)]
    return {"id": found["id"], "profiles": [_profile(dice, path) for path in paths]}


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
    found = _person(question)
    catalogue = question.catalogue
    results = []
    for position in films_of(catalogue, found["id"]):
        row = catalogue.summary(position) | {"media_type": "movie"}
        dice = Dice("tagged", found["id"], row["id"])
        if dice.chance(40):
            results += [_tagged(dice, kind, row) for kind in ("poster", "backdrop") if row[f"{kind}_path"]]
    return {
        "id": found["id"],
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


def _changes(question: Question) -> Body:
    """Nobody changes: the people of the sandbox are as they were made."""
    _person(question)
    window(question)
    return {"changes": []}


def _translations(question: Question) -> Body:
    found = _page(_person(question))
    data = {"biography": found["biography"], "name": found["name"]}
    english = {"iso_3166_1": "US", "iso_639_1": "en", "name": "English", "english_name": "English", "data": data}
    return {"id": found["id"], "translations": [english] if found["biography"] else []}


def _popular(question: Question) -> Body:
    def row(person_id: int) -> Body:
        return credited(person_id) | {"known_for": known_for(question, person_id)}

    return page_of(question, people_by_popularity(), "popular people", row)


def _trending(question: Question) -> Body:
    def row(person_id: int) -> Body:
        return credited(person_id) | {"media_type": "person"}

    return page_of(question, people_by_popularity(), "trending people", row)


def _latest(question: Question) -> Body:
    return _page(credited(PEOPLE[-1]))


_PARTS: dict[str, Endpoint] = {
    "changes": _changes,
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
