"""The subject of a request, as the log keeps it."""

from urllib.parse import urlencode

from .answers import Request

_SECRETS = ("api_key", "apikey")
# What stands between the first words of a path and its rest, and the kind of such a request.
_KINDS = {("omdb",): "omdb", ("t", "p"): "image", ("p", "exports"): "export", ("imdb",): "imdb"}
_DETAILS = {"movie": "details", "tv": "series"}


def subject(request: Request) -> tuple[str, str, int]:
    """Return what a request is about: its kind, what tells it from others of that kind, its number (id or page).

    A key is no part of it: it must not end up in a log.
    """
    parameters = {name: value for name, value in request.parameters().items() if name.lower() not in _SECRETS}
    words = request.path.split("/")[1:]
    for start, kind in _KINDS.items():
        if tuple(words[: len(start)]) == start:
            return kind, f"{'/'.join(words[len(start) :])}?{_filters(parameters)}", 0
    page = parameters.pop("page", "1")
    filters = _filters(parameters)
    match words:
        case ["3", "discover", ("movie" | "tv") as medium]:
            return "discover", filters if medium == "movie" else f"tv?{filters}", _number(page)
        case ["3", ("movie" | "tv") as medium, work_id]:
            number = _number(work_id)
            return _DETAILS[medium], filters if number else f"{work_id}?{filters}", number
        case ["3", ("movie" | "tv") as medium, work_id, *part]:
            path = "/".join(part if medium == "movie" else [medium, *part])
            return "part", f"{path}?{filters}", _number(work_id)
        case _:
            return "other", f"{request.path}?{filters}", 0


def _filters(parameters: dict[str, str]) -> str:
    return urlencode(sorted(parameters.items()))


def _number(text: str) -> int:
    """Return the number, or 0 for what is none (an IMDb id, a page called "x")."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
