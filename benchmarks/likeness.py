"""How alike the sandbox and TMDB are: judged by client libraries, by TMDB's own description, and by recordings."""

from __future__ import annotations

from tests.conftest import RECORDINGS
from tests.judges import libraries, openapi, recorded_shapes
from tests.judges.excuses import judge

from benchmarks.processes import Figures, Skipped


def client_libraries() -> Figures:
    """Let three TMDB libraries make their everyday calls."""
    with libraries.served() as (url, known):
        failed = libraries.failures(url, known)
    return {
        name: {"calls": len(library.CALLS), "failed": failed[name]} for name, library in libraries.LIBRARIES.items()
    }


def described() -> Figures:
    """Check answers against TMDB's OpenAPI description."""
    description = RECORDINGS / "tmdb-openapi.json"
    if not description.exists():
        raise Skipped(f"no OpenAPI description at {description}")
    report = openapi.check_all(description)
    verdict = judge(report.deviations, openapi.EXCUSES)
    return {
        "endpoints": len(report.answers),
        "answers": sum(report.answers.values()),
        "explained": verdict.explained,
        "reasons": len(openapi.EXCUSES),
        "unexplained": verdict.unexplained,
    }


def recorded() -> Figures:
    """Compare keys and types with those of recorded bodies."""
    if not RECORDINGS.is_dir():
        raise Skipped(f"no recordings at {RECORDINGS}")
    found = recorded_shapes.compare_all(RECORDINGS)
    verdict = judge({kind: comparison.differences for kind, comparison in found.items()}, recorded_shapes.EXCUSES)
    return {
        "kinds": len(found),
        "paths": sum(comparison.paths for comparison in found.values()),
        "missing": sum(len(comparison.missing) for comparison in found.values()),
        "extra": sum(len(comparison.extra) for comparison in found.values()),
        "different": sum(len(comparison.different) for comparison in found.values()),
        "reasons": len(recorded_shapes.EXCUSES),
        "unexplained": verdict.unexplained,
    }
