"""Where a command collects from, and how fast: TMDB, another such server, or a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ayne.cli import options, wiring
from ayne.cli.own_sandbox import OwnSandbox

if TYPE_CHECKING:
    from ayne.data_collection.tmdb.client import TMDBClient


@dataclass(frozen=True, slots=True)
class Source:
    """The options of :func:`~ayne.cli.options.source_options`, and the sandbox if there is one.

    Attributes:
        sandbox: whether a sandbox is to be used instead of TMDB.
        tmdb_url: the server's address; None for TMDB's.
        rate: requests a second; None for the usual rate.
        allowance: where the rate is shared with others.
        max_concurrent: how many requests may be under way.
        own: the sandbox that was started.
    """

    sandbox: bool
    tmdb_url: str | None
    rate: float | None
    allowance: str | None
    max_concurrent: int
    own: OwnSandbox | None = None

    @classmethod
    def of(cls, given: dict[str, Any]) -> Source:
        """Take its options out of a command's."""
        return cls(**{field.name: given.pop(field.name) for field in fields(cls) if field.name != "own"})

    @property
    def per_second(self) -> float:
        """The most requests a second."""
        return options.allowance(self.rate, sandbox=self.sandbox)

    @property
    def root(self) -> str:
        """The address of the sandbox, below which it serves the exports, OMDb and IMDb."""
        return (self.tmdb_url or "").removesuffix("/3")

    @contextmanager
    def started(self, own: OwnSandbox) -> Iterator[Source]:
        """Start that sandbox, and yield the source that it is."""
        with own.started() as url:
            yield replace(self, tmdb_url=url, own=own)

    def client(self, *, output_dir: Path | None = None, needs_key: bool = True, **languages: Any) -> TMDBClient:
        """Open a client of the source.

        Raises:
            ConfigurationError: there is no key and one is needed, or a setting is invalid.
        """
        client = wiring.open_client(
            tmdb_url=self.tmdb_url,
            rate=self.rate,
            max_concurrent=self.max_concurrent,
            shared=self.allowance,
            output_dir=output_dir,
            in_sandbox=self.sandbox,
            needs_key=needs_key,
            **languages,
        )
        if self.own:
            client.server = self.own.name
        return client
