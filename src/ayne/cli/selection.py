"""Read a command's options that select films or series, years and parts, and check them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ayne.kinds import Kind

# Options that are filters of TMDB's, and their names there.
FILTERS = {
    "genres": ("with_genres", "Only these genres: drama,comedy for both, drama|comedy for either."),
    "without_genres": ("without_genres", "Leave out these genres."),
    "original_language": ("with_original_language", "Only what was made in this language, like fr."),
    "country": ("with_origin_country", "Only what comes from this country, like FR."),
    "min_runtime": ("with_runtime.gte", "Shortest runtime, in minutes."),
    "max_runtime": ("with_runtime.lte", "Longest runtime, in minutes."),
    "min_average": ("vote_average.gte", "Lowest vote average, 0 to 10."),
    "region": ("region", "Only films released in this country, like DE."),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What a collection, a sync or a plan of one kind is to cover, as given on the command line."""

    kind: Kind
    first: int
    last: int
    min_votes: int
    max_pages: int | None
    adult: bool
    video: bool
    language: str | None
    include_image_language: tuple[str, ...] | None
    include_video_language: tuple[str, ...] | None
    parts: tuple[str, ...]
    limit: int | None
    refresh_limit: int
    filters: dict[str, str]

    @classmethod
    def of(cls, options: dict[str, Any]) -> list[Selection]:
        """Take its options out of a command's, checked: a selection for each kind, in the order they were named.

        Raises:
            click.BadParameter: they make no sense.
        """
        kinds = options.pop("kinds")
        this_year = datetime.now(UTC).year
        first = options.pop("first") or this_year
        last = options.pop("last") or max(first, this_year)
        if last < first:
            raise click.BadParameter(f"the span runs backwards: --from {first} --to {last}")
        filters = _filters(options, kinds)
        parts = parts_of(options.pop("parts"), kinds)
        shared = {name: options.pop(name) for name in cls.__slots__ if name in options}
        for kind in kinds:
            _check_flags(shared, kind)
        return [cls(kind, first, last, parts=parts[kind], filters=filters[kind], **shared) for kind in kinds]

    @property
    def title(self) -> str:
        """The selection in words: the years of what has a date, and the kind unless it is films."""
        if not self.kind.discover:
            return self.kind.plural
        return f"{'' if self.kind.name == 'movie' else f'{self.kind.plural} of '}{self.first} to {self.last}"

    @property
    def languages(self) -> dict[str, Any]:
        """The languages, as arguments of :func:`~ayne.cli.wiring.open_client`."""
        return {name: getattr(self, name) for name in self.__slots__ if name.endswith("language")}

    @property
    def discovery(self) -> dict[str, Any]:
        """The discovery without its years, as arguments of the functions that discover, count or plan."""
        return {
            "min_vote_count": self.min_votes,
            "include_adult": self.adult,
            "include_video": self.video,
            "filters": self.filters,
        }


def parts_of(text: str | None, kinds: Sequence[Kind]) -> dict[Kind, tuple[str, ...]]:
    """Return the parts to fetch with each kind; of several kinds each takes those that it has.

    Raises:
        click.BadParameter: none of them has such a part.
    """
    from ayne.data_collection.tmdb.models import checked_parts

    found: dict[Kind, tuple[str, ...]] = dict.fromkeys(kinds, ())
    for name in filter(None, map(str.strip, (text or "").split(","))):
        refusals = []
        for kind in kinds:
            try:
                found[kind] = checked_parts((*found[kind], *(kind.usual_parts if name == "all" else (name,))), kind)
            except ValueError as error:
                refusals.append(str(error))
        if len(refusals) == len(kinds):
            raise click.BadParameter(". ".join(refusals), param_hint="--parts")
    return found


def check_listed(selections: Sequence[Selection], instead: str) -> None:
    """Refuse to discover a kind that TMDB lists by no date.

    Raises:
        click.UsageError: one is; it says what brings it.
    """
    for kind in (selection.kind for selection in selections):
        if kind.discover is None:
            ways = kind.instead if kind.is_named_by_exports else f"{kind.instead}; {instead}"
            raise click.UsageError(f"TMDB lists no {kind.plural} by date. {ways}")


def _check_flags(given: dict[str, Any], kind: Kind) -> None:
    for name in ("adult", "video"):
        if given[name] and not (kind.discover and f"include_{name}" in kind.discover.flags):
            said = f"TMDB has no such flag of {kind.plural}; leave it out, or collect them by themselves"
            raise click.BadParameter(said, param_hint=f"--include-{name}")


def _filters(options: dict[str, Any], kinds: Sequence[Kind]) -> dict[Kind, dict[str, str]]:
    """Take the filters out of a command's options, checked for each kind, by TMDB's names."""
    asked = {name: options.pop(option) for option, (name, _) in FILTERS.items()}
    named = set[str]()
    for text in options.pop("filters"):
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} should be NAME=VALUE, like with_people=287", param_hint="--filter")
        asked[name.strip()] = value
        named.add(name.strip())
    return {kind: _checked(asked, named, kind) for kind in kinds}


def _checked(asked: dict[str, Any], named: set[str], kind: Kind) -> dict[str, str]:
    from ayne.data_collection.tmdb.filters import checked

    known = kind.discover.filters if kind.discover else {}
    for option, (name, _) in FILTERS.items():
        if asked[name] not in (None, "") and name not in named and name not in known:
            others = f"--filter takes {', '.join(sorted(known)) or 'none of them'}"
            said = f"TMDB has no such filter of {kind.plural}. Leave it out; {others}"
            raise click.BadParameter(said, param_hint=f"--{option.replace('_', '-')}")
    try:
        return dict(checked(asked, kind))
    except ValueError as error:
        name, colon, said = str(error).partition(": ")
        options_of = {filter_name: option for option, (filter_name, _) in FILTERS.items()}
        if colon and name in options_of and name not in named:
            # By the option that was given, not by TMDB's name for it.
            flag = f"--{options_of[name].replace('_', '-')}"
            raise click.BadParameter(said, param_hint=flag) from None
        raise click.BadParameter(str(error), param_hint="--filter" if name in named else None) from None
