"""The parts of a series, of its seasons and of its episodes, shaped like the recorded ones.

Each function returns the part without its `id`, as it stands inside the details. Where films have a part alike, it is
made as theirs is; some have other keys: a series keeps its keywords and alternative titles as `results`.

https://developer.themoviedb.org/docs/append-to-response
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ayne.sandbox.chance import Dice
from ayne.sandbox.films import parts as shared
from ayne.sandbox.films import words
from ayne.sandbox.films.columns import Body
from ayne.sandbox.films.marks import mark
from ayne.sandbox.films.parts import TRANSLATED, Work

from .columns import SeriesColumns
from .external_ids import imdb_of_episode, is_on_imdb, tvdb_id, tvdb_of_episode
from .guide import Guide
from .plan import Season, episode_id, season_id
from .troupe import MARKED

#: The ratings of a country, from the mildest to the strictest.
RATINGS = {
    "AU": ("P", "C", "G", "PG", "M", "MA 15+"),
    "BR": ("L", "10", "12", "14", "16", "18"),
    "CA": ("C", "C8", "G", "PG", "14+", "18+"),
    "DE": ("0", "6", "12", "16", "18"),
    "ES": ("TP", "7", "12", "16", "18"),
    "FR": ("10", "12", "16", "18"),
    "GB": ("U", "PG", "12", "15", "18"),
    "KR": ("ALL", "7", "12", "15", "19"),
    "US": ("TV-Y", "TV-Y7", "TV-G", "TV-PG", "TV-14", "TV-MA"),
}
_DESCRIPTORS = ("Violence", "Language", "Sex", "Suggestive Dialogue")
_GROUPS = ("Production Order", "DVD Order", "Absolute Order", "Story Arcs", "Digital Order", "Original Airing")
_TYPES = (6, 3, 2, 5, 4, 1)


@dataclass(frozen=True, slots=True)
class Series(Work):
    """What the parts of a series are made from."""

    columns: SeriesColumns
    guide: Guide
    imdb_id: str | None


def _credits(series: Series) -> Body:
    """Return who is in the latest season that anything is known of."""
    slots = [season.slot for season, known in series.guide.seasons if known]
    troupe = series.guide.troupe
    return {"cast": troupe.of_season(max(slots, default=1)), "crew": troupe.makers}


def _aggregate_credits(series: Series) -> Body:
    return series.guide.troupe.aggregated(series.guide.episodes())


def _keywords(series: Series) -> Body:
    keywords = series.columns.keyword_lists[series.columns.keywords[series.position]]
    return {"results": [{"name": keyword.name, "id": keyword.id} for keyword in keywords]}


def _alternative_titles(series: Series) -> Body:
    return {"results": shared.alternative_titles(series)}


def _content_ratings(series: Series) -> Body:
    dice = series.dice("content_ratings")
    chosen = dice.some(tuple(RATINGS), dice.below(1 + dice.below(6)))
    return {
        "results": [
            {
                "descriptors": dice.some(_DESCRIPTORS, 1) if country == "US" and dice.chance(30) else [],
                "iso_3166_1": country,
                "rating": dice.pick(RATINGS[country]),
            }
            for country in chosen
        ]
    }


def _external_ids(series: Series) -> Body:
    dice = series.dice("external_ids")
    number = series.body["id"]
    handle = f"series{number}"
    return {
        "imdb_id": series.imdb_id,
        "freebase_mid": f"/m/0{dice.hex(5)}" if dice.chance(20) else None,
        "freebase_id": f"/en/{handle}" if dice.chance(8) else None,
        "tvdb_id": tvdb_id(number) if dice.chance(75) else None,
        "tvrage_id": dice.between(1, 60_000) if dice.chance(20) else None,
        "wikidata_id": f"Q{70_000_000 + number}" if dice.chance(50) else None,
        "facebook_id": handle if dice.chance(20) else None,
        "instagram_id": handle if dice.chance(15) else None,
        "twitter_id": handle if dice.chance(15) else None,
    }


def groups_of(series: Series) -> list[Body]:
    """Return the episode groups of a series: other orders of its episodes."""
    dice = series.dice("episode_groups")
    seasons = [season for season, known in series.guide.seasons if known]
    if not seasons or not dice.chance(12):
        return []
    network = series.columns.network_lists[series.columns.networks[series.position]]
    found = []
    for place in range(dice.between(1, 2)):
        which = dice.below(len(_GROUPS))
        found.append(
            {
                "description": "",
                "episode_count": sum(1 for _ in series.guide.episodes()),
                "group_count": len(seasons),
                "id": mark(dice, MARKED | series.body["id"], place),
                "name": _GROUPS[which],
                "network": network[0]._asdict() if network and dice.chance(40) else None,
                "type": _TYPES[which],
            }
        )
    return found


def group(series: Series, identity: str) -> Body | None:
    """Return one episode group with its episodes: here, each season is a group."""
    found = next((each for each in groups_of(series) if each["id"] == identity), None)
    if found is None:
        return None
    groups: dict[int, Body] = {}
    dice = Dice("groups", identity)
    for season, place in series.guide.episodes():
        body = groups.setdefault(
            season.slot,
            {
                "id": dice.hex(24),
                "name": "Specials" if not season.slot else f"Season {season.number}",
                "order": season.slot,
                "episodes": [],
                "locked": bool(dice.below(2)),
            },
        )
        shown = series.guide.shown(season, place)
        del shown["episode_type"]
        body["episodes"].append(shown | {"order": len(body["episodes"])})
    return found | {"groups": list(groups.values())}


def _screened_theatrically(series: Series) -> Body:
    if not series.columns.screened[series.position]:
        return {"results": []}
    chosen = [
        series.guide.shown(season, place) for season, place in series.guide.episodes() if season.slot and place == 0
    ]
    names = ("id", "episode_number", "season_number")
    return {"results": [{name: body[name] for name in names} for body in chosen[:3]]}


def _translations(series: Series) -> Body:
    body = shared.translations(series)
    for translation in body["translations"]:
        data = translation["data"]
        translation["data"] = {"name": data["title"], **{name: data[name] for name in _TRANSLATED}}
    return body


_TRANSLATED = ("overview", "homepage", "tagline")

#: The parts of a series.
PARTS: dict[str, Callable[[Series], Body]] = {
    "aggregate_credits": _aggregate_credits,
    "alternative_titles": _alternative_titles,
    "content_ratings": _content_ratings,
    "credits": _credits,
    "episode_groups": lambda series: {"results": groups_of(series)},
    "external_ids": _external_ids,
    "images": shared.images,
    "keywords": _keywords,
    "recommendations": lambda series: shared.others(series, "recommendations", {"media_type": "tv"}),
    "reviews": lambda series: shared.reviews_of(series, MARKED | series.body["id"]),
    "screened_theatrically": _screened_theatrically,
    "similar": lambda series: shared.others(series, "similar", {}),
    "translations": _translations,
    "videos": shared.videos,
    "watch/providers": lambda series: shared.watch_providers(series, "tv"),
}


def _season_dice(series: Series, season: Season, part: str) -> Dice:
    return Dice(season_id(series.body["id"], season.slot), part)


def _season_credits(series: Series, season: Season) -> Body:
    return {"cast": series.guide.troupe.of_season(season.slot), "crew": series.guide.troupe.makers}


def _season_aggregate(series: Series, season: Season) -> Body:
    of_season = ((each, place) for each, place in series.guide.episodes() if each is season)
    return series.guide.troupe.aggregated(of_season)


def _season_external_ids(series: Series, season: Season) -> Body:
    dice = _season_dice(series, season, "external_ids")
    number = season_id(series.body["id"], season.slot)
    return {
        "freebase_mid": f"/m/0{dice.hex(5)}" if dice.chance(20) else None,
        "freebase_id": f"/en/season{number}" if dice.chance(8) else None,
        "tvdb_id": number + 500 if dice.chance(70) else None,
        "tvrage_id": None,
        "wikidata_id": f"Q{80_000_000 + number}" if dice.chance(20) else None,
    }


def _season_images(series: Series, season: Season) -> Body:
    dice = _season_dice(series, season, "images")
    return {"posters": [shared.image(dice, (None, "en", "en", "de"), 1000, 1500) for _ in range(dice.below(4))]}


def _few_videos(dice: Dice) -> Body:
    return {"results": [shared.video(dice) for _ in range(dice.pick((0, 0, 0, 1, 2)))]}


def _few_translations(dice: Dice) -> Body:
    chosen = dice.some(TRANSLATED, dice.below(4))
    return {
        "translations": [
            {
                "iso_3166_1": country,
                "iso_639_1": code,
                "name": words.LANGUAGES[code][1],
                "english_name": words.LANGUAGES[code][0],
                "data": {
                    "name": f"{dice.pick(words.NOUNS)} ({code})" if dice.chance(60) else "",
                    "overview": dice.pick(words.TWISTS) if dice.chance(50) else "",
                },
            }
            for country, code in chosen
        ]
    }


#: The parts of a season.
SEASON_PARTS: Mapping[str, Callable[[Series, Season], Body]] = {
    "aggregate_credits": _season_aggregate,
    "credits": _season_credits,
    "external_ids": _season_external_ids,
    "images": _season_images,
    "translations": lambda series, season: _few_translations(_season_dice(series, season, "translations")),
    "videos": lambda series, season: _few_videos(_season_dice(series, season, "videos")),
    "watch/providers": lambda series, season: shared.watch_providers(series, "tv"),
}


def _episode_dice(series: Series, season: Season, place: int, part: str) -> Dice:
    return Dice(episode_id(series.body["id"], season.base + place), part)


def _episode_credits(series: Series, season: Season, place: int) -> Body:
    people = series.guide.troupe.episode(season, place)
    return {"cast": series.guide.troupe.of_season(season.slot), **people}


def _episode_external_ids(series: Series, season: Season, place: int) -> Body:
    number = episode_id(series.body["id"], season.base + place)
    dice = _episode_dice(series, season, place, "external_ids")
    return {
        "imdb_id": imdb_of_episode(number) if series.imdb_id and is_on_imdb(number) else None,
        "freebase_mid": f"/m/0{dice.hex(5)}" if dice.chance(10) else None,
        "freebase_id": f"/en/episode{number}" if dice.chance(4) else None,
        "tvdb_id": tvdb_of_episode(number) if dice.chance(70) else None,
        "tvrage_id": dice.between(1, 900_000) if dice.chance(10) else None,
        "wikidata_id": f"Q{90_000_000 + number}" if dice.chance(5) else None,
    }


def _episode_images(series: Series, season: Season, place: int) -> Body:
    dice = _episode_dice(series, season, place, "images")
    return {"stills": [shared.image(dice, (None, None, "en"), 1920, 1080) for _ in range(dice.below(4))]}


#: The parts of an episode.
EPISODE_PARTS: Mapping[str, Callable[[Series, Season, int], Body]] = {
    "credits": _episode_credits,
    "external_ids": _episode_external_ids,
    "images": _episode_images,
    "translations": lambda series, season, place: _few_translations(
        _episode_dice(series, season, place, "translations")
    ),
    "videos": lambda series, season, place: _few_videos(_episode_dice(series, season, place, "videos")),
}
