"""The settings with which a client asks TMDB, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ayne.data_collection.tmdb.protocol import checked_language, checked_languages
from ayne.net.client import ClientSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class TMDBSettings(ClientSettings):
    """How a client asks TMDB, but for the key.

    Attributes:
        language: the language of titles and overviews; None for TMDB's default.
        include_image_language, include_video_language: those of the parts ``images`` and ``videos``.
        output_dir: a folder in which each body is kept as received; None for none.

    Raises:
        ValueError: a setting is out of its range.
    """

    language: str | None = None
    include_image_language: str | Iterable[str] | None = None
    include_video_language: str | Iterable[str] | None = None
    output_dir: Path | None = None

    def __post_init__(self) -> None:
        # A dataclass with slots is made anew, so that super() would look for the class it was made of.
        ClientSettings.__post_init__(self)
        object.__setattr__(self, "language", checked_language(self.language, "language"))
        for name in ("include_image_language", "include_video_language"):
            object.__setattr__(self, name, checked_languages(getattr(self, name), name))

    @property
    def further_languages(self) -> Mapping[str, tuple[str, ...] | None]:
        """The languages of the parts that have languages of their own, by part."""
        found = {"images": self.include_image_language, "videos": self.include_video_language}
        return {part: None if languages is None else tuple(languages) for part, languages in found.items()}

    @property
    def tasks(self) -> int:
        """The tasks that ask at once: more than requests, so that one that waits to be retried leaves no slot empty."""
        return 2 * self.max_concurrent
