import time

import pytest

from ayne.sandbox.clock import SandboxClock


def test_a_clock_in_step_with_this_machine_belongs_to_a_world_that_has_lived_for_a_month() -> None:
    clock = SandboxClock.parse("now")
    assert abs(clock.now() - time.time()) < 60
    assert clock.midnight % 86_400 == 0
    assert 30 <= (clock.now() - clock.midnight) / 86_400 <= 31.1


def test_a_clock_of_its_own_starts_where_it_is_told_to() -> None:
    clock = SandboxClock.parse("2026-06-01T06:00:00Zx0")
    assert clock.now() - clock.midnight == 6 * 3600


def test_what_is_no_clock_is_refused_with_what_would_be() -> None:
    with pytest.raises(ValueError, match="write now, or a moment"):
        SandboxClock.parse("tomorrow")
