"""The parts of a film that `append_to_response` adds: small bodies, shaped like the recorded ones.

Each function returns the part without its `id`, as it stands inside the details; `/movie/{id}/{part}` puts the id in
front. The traps of the real shapes are kept: one person twice in a crew, certifications that are "", a provider list
that is an object keyed by country, timestamps where the details have plain days.

https://developer.themoviedb.org/docs/append-to-response
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from . import words
from .chance import Dice
from .films import Body, day_text
from .invention import person

_MIDNIGHT = "T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Film:
    """What the parts of a film are made from."""

    position: int
    body: Body
    """The details."""
    rerelease: int
    """Day number of a later release, 0 for none."""
    summaries: Callable[[Iterable[int]], list[Body]]
    """List rows of other films, by position."""
    revisions: Mapping[str, int] = field(default_factory=dict)
    """How often each part was edited: an edited part is made anew."""

    def dice(self, topic: str) -> Dice:
        """Return the chance that decides one part of this film."""
        edited = (self.revisions[topic],) if topic in self.revisions else ()
        return Dice(self.body["id"], self.body["title"], topic, *edited)


def _credits(film: Film) -> Body:
    dice = film.dice("credits")
    cast = [_cast(dice, order) for order in range(dice.between(0, 9))]
    crew = [_crew(dice, "Directing", "Director")]
    crew += [_crew(dice, *dice.pick(_JOBS)) for _ in range(dice.below(4))]
    # Who directs often writes: the same person again, under another credit_id.
    again = crew[0] | {"credit_id": dice.hex(24), "department": "Writing", "job": "Writer"}
    return {"cast": cast, "crew": [*crew, again]}


_JOBS = (
    ("Writing", "Screenplay"),
    ("Production", "Producer"),
    ("Camera", "Director of Photography"),
    ("Sound", "Original Music Composer"),
)


def _person(dice: Dice, department: str) -> Body:
    number, name = person(dice)
    return {
        "adult": False,
        "gender": dice.below(4),
        "id": number,
        "known_for_department": department,
        "name": name,
        "original_name": name,
        "popularity": dice.below(200_000) / 10_000,
        "profile_path": None if dice.chance(30) else dice.image(),
    }


def _cast(dice: Dice, order: int) -> Body:
    character = "" if dice.chance(10) else dice.pick(words.FIRST_NAMES)
    return _person(dice, "Acting") | {
        "cast_id": order + 1,
        "character": character,
        "credit_id": dice.hex(24),
        "order": order,
    }


def _crew(dice: Dice, department: str, job: str) -> Body:
    return _person(dice, department) | {"credit_id": dice.hex(24), "department": department, "job": job}


def _keywords(film: Film) -> Body:
    dice = film.dice("keywords")
    chosen = dice.some(range(len(words.KEYWORDS)), dice.below(7))
    return {"keywords": [{"id": 100 + number, "name": words.KEYWORDS[number]} for number in chosen]}


def _external_ids(film: Film) -> Body:
    dice = film.dice("external_ids")
    return {
        "imdb_id": film.body["imdb_id"],
        "wikidata_id": f"Q{dice.between(100_000, 99_999_999)}" if dice.chance(70) else None,
        "facebook_id": f"film{film.body['id']}" if dice.chance(20) else None,
        "instagram_id": None,
        "twitter_id": None,
    }


def _release_dates(film: Film) -> Body:
    dice = film.dice("release_dates")
    day = film.body["release_date"]
    if not day:
        return {"results": []}
    country = (film.body["origin_country"] or ["US"])[0]
    released = {country: [_release(day, 3, dice.pick(("", "", "PG-13", "R", "12")))]}
    if film.rerelease:
        released.setdefault("US", []).append(_release(day_text(film.rerelease), 5, "", "Blu-ray"))
    return {"results": [{"iso_3166_1": code, "release_dates": dates} for code, dates in released.items()]}


def _release(day: str, kind: int, certification: str, note: str = "") -> Body:
    return {
        "certification": certification,
        "descriptors": [],
        "iso_639_1": "",
        "note": note,
        "release_date": day + _MIDNIGHT,
        "type": kind,
    }


def _alternative_titles(film: Film) -> Body:
    dice = film.dice("alternative_titles")
    chosen = dice.some(tuple(words.COUNTRIES), dice.below(3))
    return {"titles": [{"iso_3166_1": code, "title": f"{film.body['title']} ({code})", "type": ""} for code in chosen]}


def _videos(film: Film) -> Body:
    dice = film.dice("videos")
    return {"results": [_video(dice) for _ in range(dice.below(3))]}


def _video(dice: Dice) -> Body:
    return {
        "iso_639_1": "en",
        "iso_3166_1": "US",
        "name": "Official Trailer",
        "key": dice.hex(11),
        "site": "YouTube",
        "size": dice.pick((480, 720, 1080)),
        "type": dice.pick(("Trailer", "Teaser", "Clip")),
        "official": dice.chance(50),
        "published_at": f"20{dice.between(10, 25)}-0{dice.between(1, 9)}-14T19:20:22.000Z",
        "id": dice.hex(24),
    }


def _images(film: Film) -> Body:
    dice = film.dice("images")
    return {
        "backdrops": [_image(dice, 1280, 720) for _ in range(dice.below(3))],
        "logos": [],
        "posters": [_image(dice, 1000, 1500) for _ in range(dice.below(3))],
    }


def _image(dice: Dice, width: int, height: int) -> Body:
    return {
        "aspect_ratio": round(width / height, 3),
        "height": height,
        "iso_639_1": dice.pick((None, "en")),
        "file_path": dice.image(),
        "vote_average": dice.below(10_000) / 1000,
        "vote_count": dice.below(40),
        "width": width,
    }


def _translations(film: Film) -> Body:
    dice = film.dice("translations")
    codes = dice.some(("de", "es", "fr", "it", "pt"), dice.below(4))
    return {"translations": [_translation(film, code) for code in codes]}


def _translation(film: Film, code: str) -> Body:
    english, own = words.LANGUAGES[code]
    # A title that is "" has not been translated: the original one applies.
    data = {"homepage": "", "overview": film.body["overview"], "runtime": 0, "tagline": "", "title": ""}
    return {"iso_3166_1": code.upper(), "iso_639_1": code, "name": own, "english_name": english, "data": data}


def _recommendations(film: Film) -> Body:
    return _others(film, "recommendations", {"media_type": "movie"})


def _similar(film: Film) -> Body:
    return _others(film, "similar", {})


def _others(film: Film, topic: str, extra: Body) -> Body:
    dice = film.dice(topic)
    # Near in date is near enough. The film itself is never among them, unless it is the only one.
    steps = sorted({dice.between(1, 30) for _ in range(dice.below(6))})
    rows = [
        row | extra for row in film.summaries(film.position + step for step in steps) if row["id"] != film.body["id"]
    ]
    return {"page": 1, "results": rows, "total_pages": 1, "total_results": len(rows)}


def _reviews(film: Film) -> Body:
    dice = film.dice("reviews")
    reviews = [_review(dice) for _ in range(dice.below(3))]
    return {"page": 1, "results": reviews, "total_pages": min(1, len(reviews)), "total_results": len(reviews)}


def _review(dice: Dice) -> Body:
    _, author = person(dice)
    identity = dice.hex(24)
    rating = None if dice.chance(30) else float(dice.between(1, 10))
    return {
        "author": author,
        "author_details": {"name": author, "username": author.lower(), "avatar_path": None, "rating": rating},
        "content": f"{dice.pick(words.TWISTS)}\r\n\r\n{dice.pick(words.TAGLINES)}",
        "created_at": "2018-06-09T17:51:53.359Z",
        "id": identity,
        "updated_at": "2021-06-23T15:58:09.421Z",
        "url": f"https://www.themoviedb.org/review/{identity}",
    }


_PROVIDERS = ((8, "Netflix"), (2, "Apple TV"), (3, "Google Play Movies"), (119, "Amazon Prime Video"))


def _watch_providers(film: Film) -> Body:
    dice = film.dice("watch/providers")
    results = {
        code: _offers(dice, film.body["id"], code) for code in dice.some(("US", "GB", "DE", "FR", "BR"), dice.below(4))
    }
    return {"results": results}


def _offers(dice: Dice, film_id: int, country: str) -> Body:
    offers: Body = {"link": f"https://www.themoviedb.org/movie/{film_id}/watch?locale={country}"}
    # A way to watch that does not exist is an absent key, not an empty list.
    for way in dice.some(("flatrate", "rent", "buy", "ads"), dice.between(1, 3)):
        number, name = dice.pick(_PROVIDERS)
        offers[way] = [{"logo_path": dice.image(), "provider_id": number, "provider_name": name, "display_priority": 1}]
    return offers


PARTS: dict[str, Callable[[Film], Body]] = {
    "alternative_titles": _alternative_titles,
    "credits": _credits,
    "external_ids": _external_ids,
    "images": _images,
    "keywords": _keywords,
    "recommendations": _recommendations,
    "release_dates": _release_dates,
    "reviews": _reviews,
    "similar": _similar,
    "translations": _translations,
    "videos": _videos,
    "watch/providers": _watch_providers,
}
