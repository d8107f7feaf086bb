"""Parts under the names that they had before 2014.

Libraries ask for them, too: `tmdbv3api` for casts and trailers, `tmdbsimple` for similar movies.

Each is made of the part that took its place.
"""

from collections.abc import Callable

from .columns import Body

#: What a size was called; there is no word for those that came later.
_SIZES = {360: "HQ", 480: "HQ", 720: "HD", 1080: "HD"}


def _same(part: Body) -> Body:
    return part


def _releases(release_dates: Body) -> Body:
    countries = [
        {
            "certification": release["certification"],
            "descriptors": release["descriptors"],
            "iso_3166_1": country["iso_3166_1"],
            "primary": False,
            "release_date": release["release_date"][:10],
        }
        for country in release_dates["results"]
        for release in country["release_dates"]
    ]
    return {"id": release_dates["id"], "countries": countries}


def _trailers(videos: Body) -> Body:
    youtube = [
        {
            "name": video["name"],
            "size": _SIZES.get(video["size"]),
            "source": video["key"],
            "type": video["type"],
        }
        for video in videos["results"]
        if video["site"] == "YouTube"
    ]
    return {"id": videos["id"], "quicktime": [], "youtube": youtube}


#: By name: the part of today, and what is made of it.
LEGACY: dict[str, tuple[str, Callable[[Body], Body]]] = {
    "casts": ("credits", _same),
    "releases": ("release_dates", _releases),
    "similar_movies": ("similar", _same),
    "trailers": ("videos", _trailers),
}
