"""Define the options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ayne import settings
from ayne.cli.selection import FILTERS
from ayne.errors import ConfigurationError

if TYPE_CHECKING:
    from ayne.kinds import Kind

F = TypeVar("F", bound=Callable[..., Any])

# The sandbox's films are invented; they must not end up among real ones.
SANDBOX_DATABASE = "sandbox.duckdb"
SANDBOX_RATE = 500.0


# No count of films, votes or requests comes near it, and a database has room for it.
_MOST = 2**31 - 1


class Count(click.IntRange):
    """A whole number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a count; refuse a number that is too large for one."""
        number = super().convert(value, param, ctx)
        if number > _MOST:
            self.fail(f"{value} is more than {_MOST:,}.", param, ctx)
        return number


class Number(click.FloatRange):
    """A finite number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a number; refuse infinity, ``nan`` and numbers that are practically infinite."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number) or abs(number) > _MOST:
            self.fail(f"{value} is not a number from 0 to {_MOST:,}.", param, ctx)
        return number


# Requests a second; a slower one would take hours for the next request.
RATE = Number(min=0.001)


def _language(_context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    from ayne.data_collection.tmdb.protocol import checked_language

    try:
        return checked_language(text, parameter.opts[0])
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _languages(_context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    from ayne.data_collection.tmdb.protocol import checked_languages

    try:
        return checked_languages(text, parameter.opts[0])
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


# Written out, because the modules that know them take too long to import for a help text; a test compares.
_PARTS_HELP = (
    "Fetch these parts in the same request as the details, each into its own table, like credits,keywords. Films have "
    "alternative_titles, credits, external_ids, images, keywords, recommendations, release_dates, reviews, similar, "
    "translations, videos, watch/providers (by JustWatch); all means these twelve. changes and lists are stored as "
    "JSON. Series also have aggregate_credits, content_ratings, episode_groups, screened_theatrically, but no "
    "release_dates."
)

language_option = click.option(
    "--language", callback=_language, help="Fetch titles and overviews in this language, like de-DE [TMDB's: en-US]."
)

# Of a selection and of refreshing.
_LANGUAGE_OPTIONS = [
    language_option,
    *(
        click.option(
            f"--include-{kind}-language",
            metavar="LANGUAGES",
            callback=_languages,
            help=f"Fetch the part {kind}s in these languages, like de,null; null means {kind}s without a language "
            "[--language, en and null].",
        )
        for kind in ("image", "video")
    ),
]
parts_option = click.option("--parts", help=_PARTS_HELP)


def _kinds(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[Kind, ...] | None:
    from ayne.kinds import KINDS

    if text is None:
        return None

    called = {name: kind for kind in KINDS.values() for name in (kind.name, kind.noun, kind.plural, kind.path[1:])}
    given = [name.strip().lower() for name in text.split(",") if name.strip()]
    if strange := [name for name in given if name not in called] or ([] if given else [text]):
        raise click.BadParameter(f"{strange[0]!r} is no kind; there are {', '.join(KINDS)}.")
    return tuple(dict.fromkeys(called[name] for name in given))


stored_kind_option = click.option(
    "--kind",
    "kinds",
    metavar="movie,series,person",
    callback=_kinds,
    help="Only films, series or people; several separated by commas [all that are stored].",
)
kind_option = click.option(
    "--kind",
    "kinds",
    metavar="movie,series,person",
    default="movie",
    show_default=True,
    callback=_kinds,
    help="Films, series with their seasons and episodes, or people; several run one after the other.",
)

# The same as data_collection.tmdb.limits.PAGE_LIMIT, which is not imported before a command needs it.
PAGE_LIMIT = 500

_SELECTION_OPTIONS = [
    kind_option,
    click.option(
        "--from",
        "first",
        type=click.IntRange(1870, 2200),
        help="First year of release; of series, year of the first episode [this year].",
    ),
    click.option("--to", "last", type=click.IntRange(1870, 2200), help="Last year, inclusive [this year]."),
    click.option(
        "--min-votes",
        type=Count(min=0),
        default=200,
        show_default=True,
        help="Leave out films and series with fewer votes; 0 keeps all.",
    ),
    click.option("--max-pages", type=click.IntRange(1, PAGE_LIMIT), help="Read at most N pages of 20 results a year."),
    click.option("--include-adult", "adult", is_flag=True, help="Include adult films and series."),
    click.option("--include-video", "video", is_flag=True, help="Include compilations, concerts and the like."),
    *_LANGUAGE_OPTIONS,
    *(click.option(f"--{name.replace('_', '-')}", help=said) for name, (_, said) in FILTERS.items()),
    click.option(
        "--filter",
        "filters",
        multiple=True,
        help="Apply a filter of TMDB's discover, like with_people=287; can be given again.",
    ),
    parts_option,
    click.option("--limit", type=Count(min=0), help="Fetch the details of at most N; 0 only discovers."),
    click.option(
        "--refresh-limit",
        type=Count(min=0),
        default=100,
        show_default=True,
        help="Fetch at most N again whose copies are too old.",
    ),
]


def language_options(function: F) -> F:
    """Add the options for languages."""
    for option in reversed(_LANGUAGE_OPTIONS):
        function = option(function)
    return function


def selection_options(function: F) -> F:
    """Add the options that say what to collect."""
    for option in reversed(_SELECTION_OPTIONS):
        function = option(function)
    return function


allowance_option = click.option(
    "--allowance",
    metavar="URL",
    help="Share one request rate with all programs that use the same key, through Redis or Valkey, like "
    "redis://localhost:6379/0.",
)


def source_options(function: F) -> F:
    """Add the options for where to collect from, and how fast."""
    for option in (
        allowance_option,
        click.option(
            "--max-concurrent",
            type=click.IntRange(1, 200),
            default=10,
            show_default=True,
            help="Send at most N requests at the same time.",
        ),
        click.option(
            "--rate",
            type=RATE,
            help=f"Send at most N requests a second [4; with --sandbox {SANDBOX_RATE:g}].",
        ),
        address_option("--tmdb-url"),
        click.option("--sandbox", is_flag=True, help="Start a sandbox and use it instead of TMDB; needs no key."),
    ):
        function = option(function)
    return function


def _address(_context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    """Check a server's address, and name the option or variable it comes from if it is wrong."""
    if not text:
        return text
    try:
        return settings.server_url(text, "it", _ADDRESSES[parameter.opts[0]][0])
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from None


# What an address is like, and what the option says.
_ADDRESSES = {
    "--tmdb-url": ("https://api.themoviedb.org/3", "Address of TMDB's API, ending in /3 [AYNE_TMDB_URL]."),
    "--omdb-url": ("https://www.omdbapi.com", "Address of OMDb's API [AYNE_OMDB_URL]."),
    "--imdb-url": ("https://datasets.imdbws.com", "Address of the folder with IMDb's files [AYNE_IMDB_URL]."),
    "--exports-url": (
        "https://files.tmdb.org/p/exports",
        "Address of the folder with TMDB's daily id exports [AYNE_EXPORTS_URL].",
    ),
}


def address_option(name: str) -> Callable[[F], F]:
    """Add an option for the address of a server."""
    return click.option(name, callback=_address, help=_ADDRESSES[name][1])


RATINGS = ("omdb", "imdb")


def ratings_option(*names: str) -> Callable[[F], F]:
    """Add the option for where ratings come from."""
    return click.option(
        *names,
        "sources",
        metavar="omdb,imdb",
        default="omdb",
        show_default=True,
        callback=_sources,
        help="Take ratings from OMDb, from IMDb's daily file (for personal and non-commercial use), or from both.",
    )


def episodes_option(function: F) -> F:
    """Add the option that rates episodes too."""
    option = click.option(
        "--episodes",
        is_flag=True,
        help="Rate episodes too, matched with IMDb's by season and episode number; needs --kind series and imdb.",
    )
    return option(function)


def quota_option(function: F) -> F:
    """Add the option that tells OMDb's quota of a day."""
    option = click.option(
        "--quota",
        type=Count(min=0),
        default=1000,
        show_default=True,
        help="Requests that your OMDb key allows a day.",
    )
    return option(function)


def check_episodes(kinds: Iterable[Kind], sources: Iterable[str], *, episodes: bool) -> None:
    """Refuse to rate episodes where there are none, or without IMDb's files."""
    if episodes and not ("imdb" in sources and any(kind.children for kind in kinds)):
        raise click.UsageError("--episodes needs --kind series, and imdb among the sources of ratings")


def _sources(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    given = [name.strip().lower() for name in text.split(",") if name.strip()]
    strange = [name for name in given if name not in RATINGS]
    if strange or not given:
        raise click.BadParameter(f"{strange[0] if strange else text!r} is no source; there are omdb and imdb.")
    return tuple(name for name in RATINGS if name in given)


def target_option(function: F) -> F:
    """Add the option for how fresh a sync keeps votes."""
    option = click.option(
        "--target",
        type=Number(min=0, max=100, min_open=True),
        metavar="PERCENT",
        help="Stop renewing votes when PERCENT of the vote counts are within 1 vote or 1 % of TMDB's  [99 without "
        "--max-requests].",
    )
    return option(function)


def popularity_history_option(function: F) -> F:
    """Add the option for which changes of popularity in daily exports are recorded."""
    option = click.option(
        "--popularity-history",
        metavar="none|daily|PERCENT",
        default=f"{NOTED_PERCENT} %",
        show_default=True,
        callback=_popularity_history,
        help="Record changes of popularity in the daily exports in the history: none of them, all of them (daily), or "
        "those of more than PERCENT.",
    )
    return option(function)


# The same as data_collection.numbers.NOTED_CHANGE, which is not imported before a command needs it.
NOTED_PERCENT = 50


def _popularity_history(_context: click.Context, _parameter: click.Parameter, text: str) -> float | None:
    found = text.strip().lower()
    if found in ("none", "daily"):
        return None if found == "none" else 0.0
    try:
        percent = float(found.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent < math.inf:
        raise click.BadParameter(f"{text!r} is neither none nor daily nor a percentage like 50%.")
    return percent / 100


def policy_option(function: F) -> F:
    """Add the option for how old copies may grow."""
    option = click.option(
        "--policy",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Read how old copies may grow from the table [refresh] of this TOML file, in days, like in_cinemas = 3.",
    )
    return option(function)


def db_option(function: F) -> F:
    """Add the option that names the file."""
    option = click.option(
        "--db", type=click.Path(dir_okay=False, path_type=Path), help="The database file [AYNE_DB, or films.duckdb]."
    )
    return option(function)


def json_option(function: F) -> F:
    """Add the option for output that programs read."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")(function)


def given(name: str) -> bool:
    """Return whether an option was given on the command line, not by a file or a variable."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def was_set(name: str) -> bool:
    """Return whether an option was set, on the command line, by a file or by a variable."""
    return click.get_current_context().get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


def allowance(rate: float | None, *, sandbox: bool = False) -> float:
    """Return the most requests a second. For the sandbox, only the command line can limit it."""
    if sandbox and not given("rate"):
        return SANDBOX_RATE
    return rate or 4.0


def database(db: Path | None, *, sandbox: bool = False) -> Path:
    """Return the file to use. The sandbox has a file of its own, unless the command line names another."""
    if sandbox and not given("db"):
        return Path(SANDBOX_DATABASE)
    path = db or settings.database_path()
    if str(path) in {".", ":memory:"}:
        what = "keeps nothing" if str(path) == ":memory:" else "names no file"
        raise click.BadParameter(f"{str(db or '')!r} {what}. Name a file, like --db films.duckdb.", param_hint="--db")
    return expanded(path)


def expanded(path: Path) -> Path:
    """Expand the ``~`` of a path to the user's folder, as a shell does.

    Raises:
        ConfigurationError: there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise ConfigurationError(
            f"There is no user {path.parts[0]}, whose folder {path} names. Name another."
        ) from None
