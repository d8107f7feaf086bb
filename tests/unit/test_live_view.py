"""What a run looks like, of values alone; nobody needs a terminal for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ayne.cli.live_view import Moment, lines_of, log_line
from ayne.cli.progress import Pace, Teller
from ayne.data_collection.run_report import Progress, Snapshot

NOW = datetime(2026, 2, 14, 12, 3, 0, tzinfo=UTC)
SEEN = Snapshot(
    phases=(Progress("discover", 124, 124), Progress("details", 1_234_567, 4_800_000, 3)),
    requests=1_300_000,
    bytes_received=4_200_000_000,
    retries={"rate_limited": 2, "timed_out": 1},
    paused_until=NOW + timedelta(seconds=11),
    backing_off={"server_failure": 2, "timed_out": 0},
    failures={"server_failure": 2, "bad_payload": 1},
)
MOMENT = Moment("ayne collect, 1900 to 2026, into " + "very-long-name" * 9, NOW, 100.0, SEEN, 3.9, 3.9, 4)


def texts(moment: Moment, width: int = 80) -> list[str]:
    return [line.text for line in lines_of(moment, width)]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("over", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, over: bool) -> None:
    assert max(map(len, texts(replace(MOMENT, over=over, ending=True), width))) <= width


def test_it_tells_what_waits_and_why_and_what_failed() -> None:
    told = texts(MOMENT)
    assert "wait  paused by a 429 until 12:03:11, 11 s from now" in told
    assert "wait  2 requests to be asked again (server failure 2)" in told
    assert "fail  3 films could not be fetched (server failure 2, bad payload 1)" in told
    assert "      3.9 of 4 requests a second, 1,300,000 in all, 4,200.0 MB, 3 asked again" in told


def test_a_pause_that_is_over_is_not_told() -> None:
    later = replace(MOMENT, now=NOW + timedelta(seconds=11))
    assert not [line for line in texts(later) if "429" in line]


def test_a_spent_quota_tells_when_there_is_more() -> None:
    spent = Snapshot((Progress("ratings", 40, 900),), quota_left=0, quota_resets_at=datetime(2026, 2, 15, tzinfo=UTC))
    assert "wait  OMDb's quota is spent until midnight UTC, 11 h 57 min from now" in texts(replace(MOMENT, seen=spent))


def test_times_are_told_in_the_zone_of_the_watcher() -> None:
    there = NOW.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    assert "wait  paused by a 429 until 17:33:11, 11 s from now" in texts(replace(MOMENT, now=there))
    assert log_line(replace(MOMENT, now=there)).startswith("17:33:00 fetching films: 1,234,567 of 4,800,000, 26 %, ")


def test_an_end_shows_no_bar_and_nothing_that_waits() -> None:
    done = replace(SEEN, phases=(Progress("details", 5, 5),), failures={})
    told = texts(replace(MOMENT, seen=done, over=True))
    assert [line.split()[0] for line in told[1:]] == ["done", "1,300,000"]


def test_before_anything_is_known_it_says_so() -> None:
    assert "now   beginning" in texts(replace(MOMENT, seen=Snapshot()))
    assert log_line(replace(MOMENT, seen=Snapshot())) == "12:03:00 3.9 of 4 requests a second"


def seen_at(seconds: float, done: int, requests: int, **other: object) -> Moment:
    seen = Snapshot((Progress("details", done, 1000),), requests)
    return Moment("", NOW + timedelta(seconds=seconds), seconds, replace(seen, **other))  # type: ignore[arg-type]


def test_a_pace_is_that_of_the_last_ten_seconds() -> None:
    pace = Pace()
    paced = [pace.of(seen_at(at, done=8 * max(0, at - 20), requests=10 * at), at) for at in range(41)]
    assert paced[0].request_rate is None
    assert (paced[-1].request_rate, paced[-1].done_rate) == (10.0, 8.0)


def test_a_slow_pace_is_taken_of_more_than_that() -> None:
    pace = Pace()
    paced = [pace.of(seen_at(at, done=at // 10, requests=at // 10), at) for at in range(101)]
    assert paced[-1].request_rate == pytest.approx(0.1)


def test_while_a_run_pauses_it_sends_nothing_and_is_expected_to_go_on_as_before() -> None:
    pace = Pace()
    for at in range(21):
        pace.of(seen_at(at, done=4 * at, requests=4 * at), at)
    paused = pace.of(seen_at(25, done=80, requests=80, paused_until=NOW + timedelta(seconds=60)), 25)
    assert (paused.request_rate, paused.done_rate) == (0.0, 4.0)
    assert "paused by a 429 until 12:04:00" in log_line(paused)
    assert "4 min left" in log_line(paused)


def test_a_line_is_said_at_both_ends_of_a_phase_and_now_and_then() -> None:
    teller = Teller()
    said: list[str] = []
    for at in range(100):
        phases = [Progress("discover", min(at, 50) + 1, 51)]
        if at > 50:
            phases.append(Progress("details", at - 50, 50))
        moment = Moment("", NOW, at, Snapshot(tuple(phases)), over=at == 99)
        said += [log_line(line).partition(" ")[2] for line in teller.lines(moment, at)]
    assert said == [
        "discovering pages: 1 of 51, 2 %",
        "discovering pages: 31 of 51, 61 %",
        "discovering pages: 51 of 51, 100 %",
        "fetching films: 1 of 50, 2 %",
        "fetching films: 31 of 50, 62 %",
        "fetching films: 49 of 50, 98 %",
    ]


def test_phases_that_take_turns_within_seconds_have_a_line_each() -> None:
    teller = Teller()
    said: list[str] = []
    for at in range(40):
        # As a sync goes: a few pages, a few films, the change feed, a few pages more.
        now, done = at / 10, at + 1
        phases = (Progress("discover", done, done), Progress("details", done, done), Progress("changes", 1, 1))
        moment = Moment("", NOW, now, Snapshot(phases[: 1 + at // 5]), over=at == 39)
        said += [log_line(line).partition(" ")[2] for line in teller.lines(moment, now)]
    assert len(said) <= 6
    ends = ["discovering pages: 40 of 40", "fetching films: 40 of 40", "reading changes: 1 of 1"]
    assert said[-3:] == [f"{end}, 100 %" for end in ends]


def test_a_pause_is_said_once_when_it_begins() -> None:
    teller = Teller()
    moments = [seen_at(at, at, at, paused_until=NOW + timedelta(seconds=20) if at > 5 else None) for at in range(10)]
    said = [log_line(line) for at, moment in enumerate(moments) for line in teller.lines(moment, at)]
    assert len(said) == 2
    assert "paused by a 429" in said[1]
