"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no broken promise: nothing here is judged by how long it took.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

RECORDINGS = Path(os.environ.get("AYNE_RECORDINGS") or Path(__file__).parents[2] / "shared" / "recordings")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded bodies and tables. It is no part of the repository: absent, its tests are skipped."""
    if not RECORDINGS.is_dir():
        message = f"no recordings at {RECORDINGS}; AYNE_RECORDINGS names another folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return RECORDINGS
