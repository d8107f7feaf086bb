"""Say which people are meant: the first of a cast, some jobs of a crew, or everybody whom stored credits name.

``database/sql/credited.sql`` finds them; what is meant by default stands in :mod:`~ayne.kinds.person`.
"""

# Pure: values in, values out.

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ayne.data_collection.run_limits import check_limits
from ayne.errors import ConfigurationError
from ayne.kinds.person import BILLED, JOBS


@dataclass(frozen=True, slots=True)
class Credited:
    """Selects people whom credits name.

    Attributes:
        billed: the first so many of each cast; None for all of it.
        jobs: who had one of these jobs, or any job in one of these departments; None for all of the crew.
        min_popularity: leave out whoever is less popular, or of unknown popularity; None for nobody.

    Raises:
        ValueError: a number is negative, or there is neither a cast nor a job.
    """

    billed: int | None = BILLED
    jobs: tuple[str, ...] | None = JOBS
    min_popularity: float | None = None

    def __post_init__(self) -> None:
        check_limits(billed=self.billed, min_popularity=self.min_popularity)
        if self.billed == 0 and self.jobs == ():
            raise ValueError("nobody is meant: neither anybody of a cast nor a job")

    def check_jobs(self, known: Collection[str], path: str) -> None:
        """Check that credits are stored, and that they contain the jobs that were named.

        Args:
            known: the jobs and departments that stored credits name.
            path: of the file, for the error.

        Raises:
            ConfigurationError: they do not.

        Example:
            >>> Credited(jobs=("Writter",)).check_jobs({"Writer"}, "films.duckdb")
            Traceback (most recent call last):
            ayne.errors.ConfigurationError: No credit in films.duckdb has the job 'Writter'. Did you mean 'Writer'?
        """
        if not known:
            raise ConfigurationError(
                f"{path} has no credits that name people. `ayne collect --parts credits` brings those of films, "
                "`ayne collect --kind series --parts aggregate_credits` those of series."
            )
        spelled = {name.lower(): name for name in known}
        for job in () if self.jobs is None or self.jobs == JOBS else self.jobs:
            if job.lower() not in spelled and job not in JOBS:
                near = get_close_matches(job.lower(), spelled, n=1)
                hint = f"Did you mean {spelled[near[0]]!r}?" if near else f"There are {_few(known)}."
                raise ConfigurationError(f"No credit in {path} has the job {job!r}. {hint}")


def _few(names: Iterable[str]) -> str:
    first, *others = sorted(names)
    return ", ".join([first, *others[:11], *(["…"] if others[11:] else [])])
