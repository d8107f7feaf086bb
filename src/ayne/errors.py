"""Every error that ayne raises, ordered by what the caller can do about it.

::

    AyneError
    ├── ConfigurationError        the settings do not allow it: correct them, then run again
    │   └── MissingCredentials    there is no key
    ├── BudgetSpent               the requests or the time of a run are used up
    ├── AllowanceLost             the shared allowance cannot be reached
    ├── ClusterLost               the cluster went away, or could not do the work
    ├── SourceError               a source (TMDB, OMDb) did not deliver what was asked for
    │   ├── TransientError        asking again may help, and ayne has already done so
    │   │   ├── ConnectionFailed      refused, reset, cut off
    │   │   │   ├── NoConnection          there was no connection at all
    │   │   │   └── CertificateRefused    the server's certificate is not trusted
    │   │   ├── TimedOut              no whole answer in time
    │   │   ├── OutOfReach            no whole answer to any request for minutes, or ever
    │   │   ├── RateLimited           the source asked for a pause
    │   │   ├── ServerFailure         5xx, or an answer that ayne has no rule for
    │   │   ├── BadPayload            200, but the body is not what the source promises
    │   │   ├── IncompleteDiscovery   some pages of a discovery could not be fetched; it has the others
    │   │   └── IncompleteChanges     some pages of the change feed could not be fetched
    │   └── RefusedError          asking again will not help
    │       ├── Unauthorized          the key is wrong, suspended or of the other kind
    │       ├── NotFound              the source does not have it
    │       ├── InvalidRequest        the source says that the request is malformed
    │       ├── Mismatched            the source answered with something else
    │       └── QuotaSpent            the day's quota is used up; try again tomorrow
    ├── StoreError                the database file could not be used
    │   ├── StoreBusy             another process holds it
    │   └── StoreUnreadable       it is damaged, not a database, or of a newer version
    └── SharedStorageError        the place of shared tables could not be reached or written to
        └── SharedStorageBusy     somebody else wrote to it meanwhile

Errors carry data, never a credential.
"""

# Pure: values in, values out.

from __future__ import annotations

from datetime import datetime
from typing import Any


class AyneError(Exception):
    """The base class of every error that ayne raises on purpose."""


class ConfigurationError(AyneError):
    """The settings do not allow what was asked; the message says what to change."""


class MissingCredentials(ConfigurationError):
    """No key was given, and none was found in the environment."""


class SourceError(AyneError):
    """A source did not deliver what was asked for.

    Attributes:
        status: the HTTP status, or None when no answer came.
        code: the source's own number for the error (TMDB's ``status_code``), or None.
        request: path and query of the request, without the key.
        attempts: how often it was asked.
        observed_at: when the source made the answer (not when a cache served it), or None when no answer came.
    """

    def __init__(self, message: str, *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.request = ""
        self.attempts = 1
        self.observed_at: datetime | None = None

    @property
    def reason(self) -> str:
        """A short name for the kind of error, to count by, like ``rate_limited`` or ``bad_payload``."""
        name = type(self).__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    def __str__(self) -> str:
        where = f" (GET {self.request})" if self.request else ""
        often = f", after {self.attempts} attempts" if self.attempts > 1 else ""
        return f"{self.message}{where}{often}"


class TransientError(SourceError):
    """Asking again may help.

    Attributes:
        retry_after: the seconds the source asked to wait (``Retry-After``), or None when it did not say.
    """

    retry_after: float | None = None


class ConnectionFailed(TransientError):
    """The connection was refused, reset or cut off."""


class NoConnection(ConnectionFailed):
    """There was no connection at all: no server listens there, or none has that name."""


class CertificateRefused(ConnectionFailed):
    """The server's certificate is not trusted: it is another server, or a proxy that reads the traffic."""

    ADVICE = "SSL_CERT_FILE names the certificates to trust, where a company's proxy or a virus scanner is in between"


class TimedOut(TransientError):
    """No whole answer came in time."""


class OutOfReach(TransientError):
    """The server is out of reach: no request got a whole answer for long, or none ever did."""


class RateLimited(TransientError):
    """The source asked for a pause."""


class ServerFailure(TransientError):
    """The source failed (5xx), or answered in a way that ayne has no rule for."""


class BadPayload(TransientError):
    """The status says success, but the body is not what the source promises."""


class IncompleteDiscovery(TransientError):
    """Some pages of a discovery could not be fetched, although each was tried many times.

    Attributes:
        missing: each such page, and why.
        movies: the films of all other pages.
    """

    def __init__(self, missing: list[str]) -> None:
        shown = "; ".join(missing[:3]) + ("; …" if len(missing) > 3 else "")
        super().__init__(f"{len(missing)} pages of the discovery could not be fetched: {shown}")
        self.missing = missing
        self.movies: list[Any] = []


class IncompleteChanges(TransientError):
    """Some pages of the change feed could not be fetched, although each was tried many times.

    Attributes:
        missing: each such page, and why.
    """

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"{len(missing)} pages of the change feed could not be fetched: {missing[0]}")
        self.missing = missing


class RefusedError(SourceError):
    """Asking again will not help."""


class Unauthorized(RefusedError):
    """The key was not accepted."""


class NotFound(RefusedError):
    """The source does not have it."""


class NotModified(RefusedError):
    """The source has no newer file than the one ayne has."""


class Malformed(RefusedError):
    """The source's answer about one title is whole, but cannot be read. Only this title is affected."""


class InvalidRequest(RefusedError):
    """The source says that the request is malformed."""


class Mismatched(RefusedError):
    """The source answered with something other than what was asked for, on a new connection too.

    Attributes:
        answered: the id of what came instead, None when it named none.
        confirmed: whether an answer over another connection named the same id.
    """

    answered: int | str | None = None
    confirmed: bool = False


class QuotaSpent(RefusedError):
    """The day's quota is used up: the source said so, or ayne would exceed it (then there is no status).

    Attributes:
        observed_at: when the source said so, which may be longer ago than the answer, or None when it did not.
    """

    observed_at: datetime | None = None


class BudgetSpent(AyneError):
    """The budget of a run, requests or time, is used up; what came before is stored."""


class AllowanceLost(AyneError):
    """The shared allowance cannot be reached; what came before is stored."""


class ClusterLost(AyneError):
    """The cluster went away, or cannot do the work; what came before is stored."""


class StoreError(AyneError):
    """The database file could not be used; the message says what to do."""


class StoreBusy(StoreError):
    """Another process holds the database file."""


class StoreUnreadable(StoreError):
    """The file is damaged, is not a DuckDB database, or was written by a newer ayne."""


class SharedStorageError(AyneError):
    """The place of shared tables could not be reached or written to; each table is as it was, or complete."""


class SharedStorageBusy(SharedStorageError):
    """Somebody else wrote to a shared table while it was being exported; what they wrote stays."""
