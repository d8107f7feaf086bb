"""What a job refuses before anything is requested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ayne.data_collection.collect import Collect
from ayne.data_collection.credited import Credited
from ayne.data_collection.names import CollectNames
from ayne.data_collection.people import CollectPeople
from ayne.data_collection.refreshing import Refresh
from ayne.data_collection.tmdb.question import sweep_plan
from ayne.errors import ConfigurationError

COLLECT = Collect(sweep_plan(2024), (), False, None, 0, "discover", None, None, None)
NAMES = CollectNames(None, False, False, None)  # type: ignore[arg-type]
PEOPLE = CollectPeople(Credited(), (), False, None, None)
REFRESH = Refresh((), False, None, True, False)


@pytest.mark.parametrize(
    ("job", "name"),
    [
        (COLLECT, "details_limit"),
        (COLLECT, "refresh_limit"),
        (NAMES, "limit"),
        (PEOPLE, "limit"),
        (REFRESH, "limit"),
        (Credited(), "billed"),
    ],
)
def test_a_job_refuses_a_negative_limit(job: Any, name: str) -> None:
    assert getattr(replace(job, **{name: 0}), name) == 0
    with pytest.raises(ValueError, match=f"^{name} must not be negative, got -1$"):
        replace(job, **{name: -1})


def test_a_collection_refuses_ids_from_nowhere_and_from_exports_that_it_lacks() -> None:
    with pytest.raises(ValueError, match="ids_from must be one of discover, export, both, not 'exports'"):
        replace(COLLECT, ids_from="exports")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="need an ExportClient"):
        replace(COLLECT, ids_from="both")
