"""Ids of invented series and episodes at other sites; their own ids can be read from them."""

from ayne.sandbox.chance import Dice

# Films have every fourth number from 100,001 on; series have their neighbours. Episodes have ten digits.
_IMDB_BASE, _IMDB_STEP, _IMDB_LEAP, _IMDB_EPISODES = 100_002, 4, 10_000_000, 1_000_000_000
_TVDB_BASE, _TVDB_STEP, _TVDB_EPISODES = 70_000, 3, 10_000_000


def imdb_ids(series: int) -> tuple[str, str]:
    """Return the two IMDb ids that can be an invented series': of seven and of eight digits."""
    number = _IMDB_BASE + _IMDB_STEP * series
    return f"tt{number:07d}", f"tt{number + _IMDB_LEAP:07d}"


def series_called(imdb_id: str) -> int | None:
    """Return the id of the only series that can have this IMDb id.

    >>> [series_called(name) for name in (*imdb_ids(1396), "tt0000001", "550")]
    [1396, 1396, None, None]
    """
    number = _number(imdb_id.removeprefix("tt"))
    if number is None or number >= _IMDB_EPISODES:
        return None
    series, rest = divmod(number % _IMDB_LEAP - _IMDB_BASE, _IMDB_STEP)
    return series if rest == 0 and series >= 0 else None


def imdb_of_episode(episode: int) -> str:
    """Return the IMDb id of an episode, if it has one."""
    return f"tt{_IMDB_EPISODES + episode}"


def is_on_imdb(episode: int) -> bool:
    """Tell whether an episode has an IMDb id, where its series has one: four of five do."""
    return Dice(episode, "external_ids").chance(80)


def episode_called(source: str, name: str) -> int | None:
    """Return the id of the only episode that another site can call so.

    >>> episode_called("imdb_id", imdb_of_episode(7)), episode_called("tvdb_id", str(tvdb_of_episode(7)))
    (7, 7)
    """
    base = {"imdb_id": _IMDB_EPISODES, "tvdb_id": _TVDB_EPISODES}.get(source)
    number = _number(name.removeprefix("tt") if source == "imdb_id" else name)
    return number - base if base is not None and number is not None and number >= base else None


def tvdb_id(series: int) -> int:
    """Return the TheTVDB id of a series."""
    return _TVDB_BASE + _TVDB_STEP * series


def series_of_tvdb(name: str) -> int | None:
    """Return the id of the only series that TheTVDB can call so.

    >>> series_of_tvdb(str(tvdb_id(1396))), series_of_tvdb("70001")
    (1396, None)
    """
    number = _number(name)
    if number is None or not _TVDB_BASE <= number < _TVDB_EPISODES:
        return None
    series, rest = divmod(number - _TVDB_BASE, _TVDB_STEP)
    return series if rest == 0 else None


def tvdb_of_episode(episode: int) -> int:
    """Return the TheTVDB id of an episode."""
    return _TVDB_EPISODES + episode


def _number(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
