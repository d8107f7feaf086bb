"""How long a copy may be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ayne.data_collection.retention import expiring_before, to_be_removed_before
from ayne.data_collection.tmdb.limits import LONGEST_ALLOWED

NOW = datetime(2026, 6, 30, tzinfo=UTC)


def test_what_was_said_half_a_year_ago_is_removed() -> None:
    assert to_be_removed_before(NOW) == NOW - timedelta(days=180)


def test_everything_is_due_to_be_fetched_again_before_it_would_be_removed() -> None:
    assert to_be_removed_before(NOW) < NOW - LONGEST_ALLOWED


def test_what_expires_within_a_week_is_removed_a_week_later() -> None:
    assert expiring_before(NOW) == to_be_removed_before(NOW + timedelta(days=7))
    assert expiring_before(NOW, timedelta(days=1)) == to_be_removed_before(NOW + timedelta(days=1))
