"""The parts of a film that `append_to_response` adds: small bodies, shaped like the recorded ones.

Each function returns the part without its `id`, as it stands inside the details; `/movie/{id}/{part}` puts the id in
front. The traps of the real shapes are kept: one person twice in a cast or a crew, certifications that are "", a
provider list that is an object keyed by country, timestamps where the details have plain days.

What `/discover/movie` filters by (credits, keywords, release dates, offers) is read from the columns. The rest is made
up from the film's id and the part's revision, so it stays the same until somebody says that it was edited.

https://developer.themoviedb.org/docs/append-to-response
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from ayne.sandbox.chance import Dice

from . import words
from .columns import Body, Columns, WorkColumns, day_text
from .external_ids import handle, wikidata_id
from .marks import mark
from .offers import provider
from .people import credited, somebody

_MIDNIGHT = "T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Work:
    """What the parts of a film or a series are made from."""

    columns: WorkColumns
    position: int
    body: Body
    """The details."""
    summaries: Callable[[Iterable[int]], list[Body]]
    """List rows of other works of its kind, by position."""
    revisions: Mapping[str, int]
    """How often a part was edited, by its name. An edited part is another body; of parts that stand in the columns
    (`keywords`, `release_dates`, `watch/providers`) that is said by another code there instead."""

    def dice(self, part: str) -> Dice:
        """Return the chance that decides one part of this work."""
        return Dice(self.body["id"], part, self.revisions.get(part, 0))

    def least(self, part: str) -> int:
        """Return how many entries a part must have: nothing can be seen of an edit where there is nothing."""
        return 1 if self.revisions.get(part) else 0


@dataclass(frozen=True, slots=True)
class Film(Work):
    """What the parts of a film are made from."""

    columns: Columns


def _credits(film: Film) -> Body:
    dice = film.dice("credits")
    ensemble = film.columns.ensemble_list[film.columns.ensembles[film.position]]
    film_id = film.body["id"]
    cast = [_cast(dice, film_id, order, member) for order, member in enumerate(ensemble.cast)]
    crew = [
        credited(member) | {"credit_id": mark(dice, film_id, place), "department": department, "job": job}
        for place, (member, (department, job)) in enumerate(zip(ensemble.crew, ensemble.jobs, strict=True), len(cast))
    ]
    return {"cast": cast, "crew": crew}


def _cast(dice: Dice, film_id: int, order: int, member: int) -> Body:
    return credited(member) | {
        "cast_id": order + 1 + dice.below(3),
        "character": "" if dice.chance(10) else dice.pick(words.FIRST_NAMES),
        "credit_id": mark(dice, film_id, order),
        "order": order,
    }


def _keywords(film: Film) -> Body:
    keywords = film.columns.keyword_lists[film.columns.keywords[film.position]]
    return {"keywords": [keyword._asdict() for keyword in keywords]}


def _external_ids(film: Film) -> Body:
    dice = film.dice("external_ids")
    revision = film.revisions.get("external_ids", 0)
    return {
        "imdb_id": film.body["imdb_id"],
        "wikidata_id": wikidata_id(film.body["id"], revision) if dice.chance(70) or revision else None,
        "facebook_id": handle("facebook_id", film.body["id"]) if dice.chance(20) else None,
        "instagram_id": handle("instagram_id", film.body["id"]) if dice.chance(15) else None,
        "twitter_id": handle("twitter_id", film.body["id"]) if dice.chance(15) else None,
    }


def _release_dates(film: Film) -> Body:
    columns, position = film.columns, film.position
    day = columns.days[position]
    if not day:
        return {"results": []}
    pattern = sorted(
        columns.release_patterns[columns.releases[position]], key=lambda release: (release.country, release.days)
    )
    results = [
        {
            "iso_3166_1": country,
            "release_dates": [
                {
                    "certification": release.certification,
                    "descriptors": list(release.descriptors),
                    "iso_639_1": "",
                    "note": release.note,
                    "release_date": day_text(day + release.days) + _MIDNIGHT,
                    "type": release.kind,
                }
                for release in releases
            ],
        }
        for country, releases in groupby(pattern, key=lambda release: release.country)
    ]
    return {"results": results}


def _alternative_titles(film: Film) -> Body:
    return {"titles": alternative_titles(film)}


def alternative_titles(film: Work) -> list[Body]:
    """Return what a work is called elsewhere."""
    dice = film.dice("alternative_titles")
    chosen = dice.some(tuple(words.COUNTRIES), max(dice.below(4), film.least("alternative_titles")))
    return [
        {
            "iso_3166_1": code,
            "title": f"{dice.pick(words.ADJECTIVES)} {dice.pick(words.NOUNS)} ({code})",
            "type": dice.pick(("", "", "", "working title", "DVD title")),
        }
        for code in chosen
    ]


def videos(film: Work) -> Body:
    """Return the videos of a work."""
    dice = film.dice("videos")
    return {"results": [video(dice) for _ in range(max(dice.below(4), film.least("videos")))]}


def video(dice: Dice) -> Body:
    """Return a video."""
    kind = dice.pick(("Trailer", "Trailer", "Teaser", "Clip", "Featurette", "Behind the Scenes"))
    official = dice.chance(60)
    language = dice.pick(("en", "en", "en", "en", "en", "en", "de", "fr", "es"))
    return {
        "iso_639_1": language,
        "iso_3166_1": COUNTRY_OF[language],
        "name": f"Official {kind}" if official else f"{kind} {dice.between(1, 3)}",
        "key": dice.hex(11),
        "site": "Vimeo" if dice.chance(5) else "YouTube",
        "size": dice.pick((360, 480, 720, 1080, 1080, 2160)),
        "type": kind,
        "official": official,
        "published_at": _moment(dice),
        "id": dice.hex(24),
    }


def _moment(dice: Dice) -> str:
    day = f"20{dice.between(10, 25)}-{dice.between(1, 12):02d}-{dice.between(1, 28):02d}"
    return f"{day}T{dice.below(24):02d}:{dice.below(60):02d}:{dice.below(60):02d}.000Z"


def images(film: Work) -> Body:
    """Return the images of a work."""
    dice = film.dice("images")
    return {
        "backdrops": [image(dice, (None, None, None, "en"), 1280, 720) for _ in range(dice.below(4))],
        "logos": [image(dice, ("en", "de", "fr"), 800, 310, "png") for _ in range(dice.below(3))],
        "posters": [
            image(dice, (None, "en", "en", "de", "fr", "es"), 1000, 1500)
            for _ in range(max(dice.below(5), film.least("images")))
        ],
    }


def image(dice: Dice, languages: tuple[str | None, ...], width: int, height: int, suffix: str = "jpg") -> Body:
    """Return an image in one of some languages, at one to three times this size."""
    votes = dice.below(40) if dice.chance(60) else 0
    scale = dice.between(1, 3)
    language = dice.pick(languages)
    return {
        "aspect_ratio": round(width / height, 3),
        "height": height * scale,
        "iso_3166_1": COUNTRY_OF.get(language),
        "iso_639_1": language,
        "file_path": dice.image(suffix),
        "vote_average": dice.below(10_000) / 1000 if votes else 0.0,
        "vote_count": votes,
        "width": width * scale,
    }


#: The countries of the languages that images and videos come in.
COUNTRY_OF: Mapping[str | None, str] = {"en": "US", "de": "DE", "fr": "FR", "es": "ES"}
#: The countries and languages that texts are translated to.
TRANSLATED = (("US", "en"), ("DE", "de"), ("ES", "es"), ("FR", "fr"), ("IT", "it"), ("BR", "pt"), ("RU", "ru"))


def _translations(film: Film) -> Body:
    return translations(film)


def translations(film: Work) -> Body:
    """Return a work's texts in other languages."""
    dice = film.dice("translations")
    least = film.least("translations")
    chosen = dice.some(TRANSLATED, max(dice.below(5), least))
    return {"translations": [_translation(dice, *place, is_edited=bool(least)) for place in chosen]}


def _translation(dice: Dice, country: str, code: str, *, is_edited: bool) -> Body:
    english, own = words.LANGUAGES[code]
    data = {
        "homepage": f"https://films.example/{code}/{dice.hex(8)}" if is_edited or dice.chance(5) else "",
        "overview": dice.pick(words.TWISTS) if dice.chance(80) else "",
        "runtime": dice.between(60, 180) if dice.chance(10) else 0,
        "tagline": dice.pick(words.TAGLINES) if dice.chance(30) else "",
        # A title that is "" has not been translated: the original one applies.
        "title": f"{dice.pick(words.ADJECTIVES)} {dice.pick(words.NOUNS)} ({own})" if dice.chance(40) else "",
    }
    return {"iso_3166_1": country, "iso_639_1": code, "name": own, "english_name": english, "data": data}


def _recommendations(film: Film) -> Body:
    return others(film, "recommendations", {"media_type": "movie"})


def _similar(film: Film) -> Body:
    return others(film, "similar", {})


def others(film: Work, part: str, extra: Body) -> Body:
    """Return works near this one, on one page; `extra` stands in each row."""
    dice = film.dice(part)
    # Near in date is near enough. The film itself is never among them, even in a catalogue of few films.
    steps = {dice.between(1, 60) for _ in range(max(dice.below(9), film.least(part)))}
    positions = {(film.position + step) % len(film.columns.ids) for step in steps} - {film.position}
    rows = [row | extra for row in film.summaries(sorted(positions))]
    return {"page": 1, "results": rows, "total_pages": 1, "total_results": len(rows)}


def _reviews(film: Film) -> Body:
    return reviews_of(film, film.body["id"])


def reviews_of(film: Work, marked: int) -> Body:
    """Return the reviews of a work; `marked` is what their ids call it."""
    dice = film.dice("reviews")
    count = max(dice.pick((0, 0, 0, 1, 2, 4)), film.least("reviews"))
    reviews = [review(dice, marked, place) for place in range(count)]
    return {"page": 1, "results": reviews, "total_pages": min(1, len(reviews)), "total_results": len(reviews)}


def review(dice: Dice, film_id: int, place: int) -> Body:
    """Return the review at a place among those of a work."""
    name = credited(somebody(dice))["name"]
    username = name.lower().replace(" ", "")
    identity = mark(dice, film_id, place)
    written, changed = sorted((_moment(dice), _moment(dice)))
    return {
        "author": username,
        "author_details": {
            "name": "" if dice.chance(30) else name,
            "username": username,
            "avatar_path": None if dice.chance(30) else dice.image(),
            "rating": None if dice.chance(30) else float(dice.between(1, 10)),
        },
        "content": f"{dice.pick(words.TWISTS)}\r\n\r\n{dice.pick(words.TAGLINES)}",
        "created_at": written,
        "id": identity,
        "updated_at": changed,
        "url": f"https://www.themoviedb.org/review/{identity}",
    }


def _watch_providers(film: Film) -> Body:
    return watch_providers(film, "movie")


def watch_providers(film: Work, medium: str) -> Body:
    """Return where a work can be watched; `medium` is what TMDB's own pages call its kind."""
    columns = film.columns
    results: dict[str, Body] = {}
    for offer in columns.offer_lists[columns.offers[film.position]]:
        # TMDB's own link names the title, too; then an edited title would edit this part.
        link = f"https://www.themoviedb.org/{medium}/{film.body['id']}/watch?locale={offer.country}"
        # A way to watch that does not exist is an absent key, not an empty list.
        country = results.setdefault(offer.country, {"link": link})
        country.setdefault(offer.way, []).append(provider(offer.provider))
    return {"results": results}


PARTS: dict[str, Callable[[Film], Body]] = {
    "alternative_titles": _alternative_titles,
    "credits": _credits,
    "external_ids": _external_ids,
    "images": images,
    "keywords": _keywords,
    "recommendations": _recommendations,
    "release_dates": _release_dates,
    "reviews": _reviews,
    "similar": _similar,
    "translations": _translations,
    "videos": videos,
    "watch/providers": _watch_providers,
}
