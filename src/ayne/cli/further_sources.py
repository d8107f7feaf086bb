"""Where a sync collects from beside TMDB: OMDb, IMDb's daily files, and the daily id exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ayne.cli import options, wiring
from ayne.cli.command_line import is_quiet
from ayne.cli.selection import Selection
from ayne.cli.source import Source
from ayne.cli.terminal import say
from ayne.errors import MissingCredentials

if TYPE_CHECKING:
    from ayne.data_collection.imdb.client import ImdbClient, ImdbEpisodesClient
    from ayne.data_collection.omdb.client import OMDBClient
    from ayne.data_collection.tmdb.client import TMDBClient
    from ayne.data_collection.tmdb.exports import ExportClient
    from ayne.database.duckdb_client import DuckDBClient
    from ayne.kinds import Kind


class Opened(NamedTuple):
    """The clients for a sync of one kind; None for what it leaves alone."""

    omdb: OMDBClient | None
    imdb: ImdbClient | None
    episodes: ImdbEpisodesClient | None
    exports: ExportClient | None


@dataclass(frozen=True, slots=True)
class FurtherSources:
    """The options of a sync that say what else it collects from.

    Attributes:
        no_ratings: leave OMDb and IMDb alone.
        sources: which of the two ratings come from.
        episodes: rate episodes too.
        omdb_url, imdb_url, exports_url: their addresses; None for the usual ones.
        no_exports: leave the daily id exports alone.
    """

    no_ratings: bool
    sources: tuple[str, ...]
    episodes: bool
    omdb_url: str | None
    imdb_url: str | None
    no_exports: bool
    exports_url: str | None

    @classmethod
    def of(cls, given: dict[str, Any], selections: Sequence[Selection]) -> FurtherSources:
        """Take its options out of a command's, checked.

        Raises:
            click.UsageError: there are no episodes to rate.
        """
        further = cls(**{field.name: given.pop(field.name) for field in fields(cls)})
        if not further.no_ratings:
            kinds = [selection.kind for selection in selections]
            options.check_episodes(kinds, further.sources, episodes=further.episodes)
        return further

    def opened(self, store: DuckDBClient, kind: Kind, source: Source, client: TMDBClient) -> Opened:
        """Open the clients for a sync of a kind; a sandbox serves all of them."""
        wanted = self.sources if kind.on_imdb and not self.no_ratings else ()
        omdb_url, imdb_url = self.omdb_url, self.imdb_url
        if source.own:
            omdb_url, imdb_url = f"{source.root}/omdb", f"{source.root}/imdb"
        omdb = _omdb(store, source, omdb_url) if "omdb" in wanted else None
        imdb = wiring.open_imdb(store, imdb_url) if "imdb" in wanted else None
        episodes = wiring.open_imdb_episodes(store, imdb_url) if imdb and self.episodes and kind.children else None
        exports = None
        # Of what is in no list by date an export only tells the popularity; that of people is by far the largest.
        if not self.no_exports and (kind.discover or options.was_set("popularity_history")):
            exports = wiring.open_exports(Path(store.path), self.exports_url, client, in_sandbox=source.sandbox)
        return Opened(omdb, imdb, episodes, exports)


def _omdb(store: DuckDBClient, source: Source, omdb_url: str | None) -> OMDBClient | None:
    """Return a client of OMDb, None without a key for it."""
    try:
        omdb = wiring.open_omdb(omdb_url=omdb_url, rate=None, in_sandbox=source.sandbox)
    except MissingCredentials as error:
        if not is_quiet():
            say(f"Ratings are left out: {error}")
        return None
    if source.own:
        omdb.server = source.own.name
    wiring.spare_the_quota(store, omdb)
    return omdb
