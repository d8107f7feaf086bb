"""A living catalogue: every kind of event is seen where TMDB shows it, and two worlds made alike agree."""

import gzip
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from ayne.sandbox.films.columns import Body
from ayne.sandbox.life.edits import PART_OF_KEY
from ayne.sandbox.life.events import ADDED, DAY, DELETED, EDITED, MERGED, MOVED, MOVING, RETURNED, Event
from ayne.sandbox.life.votes import rate, voted_on
from ayne.sandbox.pace import Pace
from ayne.sandbox.world import World

ROOT = Path(__file__).parents[2]
FIRST = date(2026, 6, 1)
START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
DAYS = 20
END = START + DAYS * DAY
LIVELY = Pace(added=0.01, edited=0.05, moved=0.1, deleted=0.01, merged=0.004, returned=0.2)
FILMS = Catalogue.generated(1000, seed=3, undated=0.02)
#: Enough of them to compare whole worlds, which takes time with each film and each day.
FEW = Catalogue.generated(250, seed=3, undated=0.02)
EVERYTHING = {"include_adult": "true", "include_video": "true"}
PARTS = ("credits", "keywords", "similar", "translations", "images")


def lively(films: Catalogue = FILMS, seed: int = 7) -> World:
    return World(films, seed=seed, pace=LIVELY, start=START)


WORLD = lively()


def events(*kinds: str, world: World = WORLD) -> list[Event]:
    return [event for event in world.events(START, END, END) if not kinds or event.kind in kinds]


def first_only(kind: str) -> Iterator[Event]:
    """The events of a kind whose film nothing else ever happened to: what is seen of them is theirs alone."""
    touched = Counter(event.film for event in WORLD.events(START, END + 2 * DAY, END + 2 * DAY))
    return (event for event in events(kind) if touched[event.film] == 1)


def alone_that_day(kind: str) -> Iterator[Event]:
    """The events of a kind that are the only one of their film on their day."""
    busy = Counter((event.film, midnight_after(event.at)) for event in events())
    return (event for event in events(kind) if busy[event.film, midnight_after(event.at)] == 1)


def midnight_after(at: int) -> int:
    return START + ((at - START) // DAY + 1) * DAY


def is_listed(film: int, now: float, world: World = WORLD) -> bool:
    return world.listed(now).position(film) is not None


def row(film: int, now: float) -> Body:
    catalogue = WORLD.listed(now)
    position = catalogue.position(film)
    assert position is not None
    return catalogue.summary(position)


def fed(film: int, at: int) -> Body | None:
    """The row of a film in the feed of the day of a moment, as it is when that day ends."""
    day = datetime.fromtimestamp(at, UTC).date()
    return next((row for row in WORLD.changes(day, day, midnight_after(at) - 1) if row["id"] == film), None)


def exported(at: int) -> dict[int, Body]:
    """The lines of the first file that is made after a moment, by id."""
    return exported_on(midnight_after(at))


@cache
def exported_on(midnight: int) -> dict[int, Body]:
    """The lines of the file of a day, by id."""
    day = datetime.fromtimestamp(midnight, UTC).date()
    files = [WORLD.export(name, day, midnight + DAY) for name in ("movie_ids", "adult_movie_ids")]
    lines = [json.loads(line) for file in files for line in gzip.decompress(file or b"").splitlines()]
    return {line["id"]: line for line in lines}


def everything(world: World) -> str:
    """What can be seen of a world, as one number."""
    middle, seen = START + 12 * DAY + 40_000, list(world.events(START, END, END))
    films = sorted({event.film for event in seen})[::7]
    listed = world.listed(END)
    told = [
        seen,
        [world.details(film, PARTS, at) for film in films for at in (middle, END)],
        list(listed.discover(Query.parse(EVERYTHING))),
        [listed.summary(position) for position in range(0, len(listed), 5)],
        world.changes(FIRST, FIRST + timedelta(days=13), END),
        [world.changes_of(film, FIRST, FIRST + timedelta(days=40), END) for film in films],
        gzip.decompress(world.export("movie_ids", FIRST + timedelta(days=15), END) or b"").decode(),
    ]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


@cache
def everything_here() -> str:
    return everything(lively(FEW))


def test_two_worlds_made_alike_agree_about_everything() -> None:
    assert everything(lively(FEW)) == everything_here()


def test_another_seed_is_another_life() -> None:
    assert everything(lively(FEW, seed=8)) != everything_here()


def test_a_world_in_another_process_is_the_same() -> None:
    script = "from tests.sandbox.test_world import everything_here; print(everything_here())"
    other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == everything_here()


def test_what_was_asked_before_makes_no_difference() -> None:
    """A world that lived day by day and one that was asked about the last day only are the same."""
    patient = lively(FEW)
    for day in range(DAYS):
        patient.listed(START + day * DAY)
        patient.changes(FIRST, FIRST, START + day * DAY + 500)
    assert everything(patient) == everything_here()
    assert patient.listed(END).columns == lively(FEW).listed(END).columns


def test_going_back_in_time_shows_what_was_there_then() -> None:
    world = lively(FEW)
    moments = [START + day * DAY + 45_000 for day in (0, 3, 11, 19)]
    ids = FEW.ids(range(0, len(FEW), 5))
    then = [(world.listed(at).columns, [world.details(film, PARTS, at) for film in ids]) for at in moments]
    again = [(world.listed(at).columns, [world.details(film, PARTS, at) for film in ids]) for at in reversed(moments)]
    assert then == again[::-1]
    assert then[0] != then[-1]


def test_a_moment_before_the_start_is_answered_as_of_the_start() -> None:
    ids = FILMS.ids(range(0, len(FILMS), 50))
    assert [WORLD.details(film, (), START - 9 * DAY) for film in ids] == [FILMS.details(film) for film in ids]
    assert WORLD.listed(0.0).columns == FILMS.columns
    assert WORLD.changes(FIRST - timedelta(days=9), FIRST, START - DAY) == []


def test_events_come_in_the_order_of_time_and_at_the_pace() -> None:
    seen = events()
    assert all(earlier.at <= later.at for earlier, later in pairwise(seen))
    assert all(START < event.at < END for event in seen)
    counts = Counter(event.kind for event in seen)
    expected = len(FILMS) * DAYS
    for kind, share in ((ADDED, 0.01), (MOVED, 0.1), (DELETED, 0.01), (MERGED, 0.004)):
        assert counts[kind] == pytest.approx(share * expected, rel=0.15)
    assert counts[RETURNED] > 25
    # Sometimes somebody edits two or three things in one sitting.
    assert 1.2 < counts[EDITED] / (0.05 * expected) < 1.8


def test_the_feed_names_as_many_films_as_the_pace_says() -> None:
    day = FIRST + timedelta(days=5)
    named = [row["id"] for row in WORLD.changes(day, day, END)]
    assert len(set(named)) == len(named)
    assert 40 < len(named) < 90


def test_an_edit_is_seen_at_once_in_details_and_after_midnight_in_lists() -> None:
    seen = Counter[str]()
    for event in alone_that_day(EDITED):
        if not event.field:
            continue
        before, after = (WORLD.details(event.film, (), at) for at in (event.at - 1, event.at))
        assert before is not None
        assert after is not None
        assert after == before | {event.field: event.value}
        assert before[event.field] == event.before != event.value
        shown = row(event.film, event.at)
        if event.field in shown:
            assert shown[event.field] == event.before
            assert row(event.film, midnight_after(event.at))[event.field] == event.value
        seen[event.field] += 1
    assert {"title", "overview", "tagline", "runtime", "budget", "release_date", "poster_path", "imdb_id"} <= set(seen)


def test_an_edited_film_is_in_the_feed() -> None:
    for event in list(first_only(EDITED))[:30]:
        body = WORLD.details(event.film, (), event.at)
        assert body is not None
        assert fed(event.film, event.at) == {"id": event.film, "adult": body["adult"], "softcore": False}


def test_an_edited_part_is_another_body() -> None:
    seen = Counter[str]()
    for event in alone_that_day(EDITED):
        if event.part:
            before, after = (WORLD.part(event.film, event.part, at) for at in (event.at - 1, event.at))
            body = WORLD.details(event.film, (), event.at)
            assert body is not None
            # A film without a date has no release dates to show.
            assert before != after or (event.part == "release_dates" and not body["release_date"])
            seen[event.part] += 1
    assert set(seen) == set(PART_OF_KEY.values())


def test_edited_genres_are_seen_by_details_rows_and_filters() -> None:
    event = next(event for event in first_only(EDITED) if event.key == "genres")
    now = midnight_after(event.at)
    body = WORLD.details(event.film, (), now)
    assert body is not None
    assert [genre["id"] for genre in body["genres"]] == row(event.film, now)["genre_ids"]
    assert row(event.film, now)["genre_ids"] != row(event.film, event.at)["genre_ids"]
    catalogue = WORLD.listed(now)
    for genre in row(event.film, now)["genre_ids"]:
        found = catalogue.ids(catalogue.discover(Query.parse(EVERYTHING | {"with_genres": str(genre)})))
        assert event.film in found


def test_votes_and_popularity_move_and_the_feed_is_silent() -> None:
    moved = list(first_only(MOVED))
    assert moved
    for event in moved[:100]:
        before, after = (WORLD.details(event.film, (), at) for at in (event.at - 1, event.at))
        assert before is not None
        assert after == before | dict(zip(MOVING, event.value, strict=True))
        assert after != before
        assert row(event.film, midnight_after(event.at))["popularity"] == event.value[2]
        assert fed(event.film, event.at) is None
        assert WORLD.changes_of(event.film, FIRST, FIRST + timedelta(days=40), END) == []


def test_an_added_film_exists_from_its_moment_and_is_listed_from_midnight() -> None:
    highest = max(FILMS.columns.ids)
    added = events(ADDED)
    assert [event.film for event in added] == sorted(event.film for event in added)
    for event in added[:50]:
        assert event.film > highest
        assert WORLD.details(event.film, (), event.at - 1) is None
        body = WORLD.details(event.film, (), event.at)
        assert body is not None
        assert body["id"] == event.film
        if body["imdb_id"]:
            assert WORLD.details(body["imdb_id"], (), event.at) == body
        assert not is_listed(event.film, event.at)
    for event in list(first_only(ADDED))[:20]:
        assert is_listed(event.film, midnight_after(event.at))
        assert fed(event.film, event.at) == {"id": event.film, "adult": None, "softcore": None}
        assert event.film in exported(event.at)


def test_a_deleted_film_is_gone_at_once_and_listed_until_midnight() -> None:
    for event in list(first_only(DELETED))[:20]:
        assert WORLD.details(event.film, (), event.at - 1) is not None
        assert WORLD.details(event.film, (), event.at) is None
        assert WORLD.part(event.film, "credits", event.at) is None
        assert is_listed(event.film, event.at)
        assert not is_listed(event.film, midnight_after(event.at))
        assert fed(event.film, event.at) == {"id": event.film, "adult": None, "softcore": None}
        assert event.film not in exported(event.at)


def test_a_returned_film_is_as_it_was() -> None:
    seen = 0
    for event in events(RETURNED)[:20]:
        gone = max(other.at for other in events(DELETED) if other.film == event.film and other.at < event.at)
        assert WORLD.details(event.film, (), event.at - 1) is None
        assert WORLD.details(event.film, (), event.at) == WORLD.details(event.film, (), gone - 1)
        if midnight_after(gone) < event.at:
            assert not is_listed(event.film, event.at)
        seen += is_listed(event.film, midnight_after(event.at))
        assert fed(event.film, event.at) is not None
    assert seen > 10


def test_a_merged_id_answers_with_the_other_film() -> None:
    merged = list(first_only(MERGED))
    assert merged
    for event in merged:
        own = WORLD.details(event.film, (), event.at - 1)
        assert own is not None
        assert own["id"] == event.film
        body = WORLD.details(event.film, ("credits",), event.at)
        assert body is not None
        assert body == WORLD.details(event.value, ("credits",), event.at)
        assert body["id"] == event.value
        assert not is_listed(event.film, midnight_after(event.at))
        assert event.film not in exported(event.at)
        assert fed(event.film, event.at) == {"id": event.film, "adult": None, "softcore": None}
        if own["imdb_id"]:
            assert WORLD.details(own["imdb_id"], (), event.at) is None


def test_a_film_is_released_when_its_day_comes() -> None:
    pace = Pace(added=0, edited=0, moved=0, deleted=0, merged=0, returned=0)
    start = int(datetime(2026, 7, 10, tzinfo=UTC).timestamp())
    films = Catalogue.generated(20_000, seed=1)
    world = World(films, pace=pace, start=start)
    released = list(world.events(start, start + 9 * DAY, start + 9 * DAY))
    assert len(released) > 3
    for event in released:
        body = world.details(event.film, (), event.at)
        assert body is not None
        assert body["status"] == event.value == "Released"
        assert body["release_date"] == datetime.fromtimestamp(event.at, UTC).date().isoformat()


def test_a_changed_date_moves_the_film_in_the_order_of_dates() -> None:
    by_date = Query.parse(EVERYTHING | {"sort_by": "primary_release_date.asc"})
    catalogue = WORLD.listed(END)
    days = list(catalogue.columns.days)
    assert days == sorted(days)
    dates = [catalogue.summary(position)["release_date"] for position in catalogue.discover(by_date)]
    assert dates == sorted(dates)
    edited = [event for event in first_only(EDITED) if event.field == "release_date"]
    assert edited
    for event in edited:
        span = Query.parse(
            EVERYTHING | {"primary_release_date.gte": event.value, "primary_release_date.lte": event.value}
        )
        assert event.film in catalogue.ids(catalogue.discover(span))


def test_lists_show_what_details_said_at_midnight() -> None:
    """Every row of a list equals the details of that moment, for all films, whatever happened to them."""
    for day in (1, DAYS):
        now = START + day * DAY
        catalogue = WORLD.listed(now)
        for position in range(len(catalogue)):
            shown = catalogue.summary(position)
            details = WORLD.details(shown["id"], (), now)
            assert details is not None
            assert [genre["id"] for genre in details["genres"]] == shown.pop("genre_ids")
            assert {key: details[key] for key in shown} == shown
        ids = set(catalogue.ids(range(len(catalogue))))
        for film in {event.film for event in events()} - ids:
            answered = WORLD.details(film, (), now)
            assert answered is None or answered["id"] != film


def test_similar_films_are_shown_as_they_are_now_and_never_when_they_are_gone() -> None:
    shown = 0
    for film in WORLD.listed(END).ids(range(0, len(FILMS), 10)):
        body = WORLD.details(film, ("similar",), END)
        assert body is not None
        for other in body["similar"]["results"]:
            details = WORLD.details(other["id"], (), END)
            assert details is not None
            assert (details["id"], details["title"]) == (other["id"], other["title"])
            shown += 1
    assert shown > 100


def test_the_feed_of_days_past_stays_and_today_s_grows() -> None:
    noon = START + 4 * DAY + DAY // 2
    day = FIRST + timedelta(days=4)
    so_far = [row["id"] for row in WORLD.changes(day, day, noon)]
    at_last = [row["id"] for row in WORLD.changes(day, day, END)]
    assert 0 < len(so_far) < len(at_last)
    assert at_last[: len(so_far)] == so_far
    both = [row["id"] for row in WORLD.changes(day - timedelta(days=1), day, END)]
    assert set(both) == set(at_last) | {
        row["id"] for row in WORLD.changes(day - timedelta(days=1), FIRST + timedelta(days=3), END)
    }


def test_a_films_changes_have_the_recorded_shape(recordings: Path) -> None:
    recorded = recordings / "tmdb" / "movie_id_changes"
    (example,) = (json.loads(path.read_bytes()) for path in recorded.glob("movie-550*.json"))
    keys = set(example["changes"][0]["items"][0])
    for event in list(first_only(EDITED))[:200]:
        changes = WORLD.changes_of(event.film, FIRST, FIRST + timedelta(days=40), END)
        assert changes is not None
        assert [change["key"] for change in changes] == [event.key]
        for item in changes[0]["items"]:
            assert set(item) - {"value", "original_value"} == (keys | {"iso_3166_1"}) - {"value", "original_value"}
            assert len(item["id"]) == 24
            assert int(item["id"][:8], 16) == event.at
            assert datetime.strptime(item["time"], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC).timestamp() == event.at
            assert item["action"] in {"added", "updated", "deleted"}


def test_a_films_changes_are_those_of_the_days_asked_for() -> None:
    busy, _ = Counter(event.film for event in events(EDITED)).most_common(1)[0]
    mine = [event for event in events(EDITED) if event.film == busy]
    day = datetime.fromtimestamp(mine[0].at, UTC).date()
    changes = WORLD.changes_of(busy, day, day, END)
    assert changes
    times = [item["time"] for change in changes for item in change["items"]]
    assert all(time.startswith(day.isoformat()) for time in times)
    assert WORLD.changes_of(busy, day, day, mine[0].at - 1) == []
    assert WORLD.changes_of(999_999_999, day, day, END) is None


def test_real_films_live_as_well_but_invented_ones_are_never_among_them(recordings: Path) -> None:
    films = Catalogue.from_table(recordings / "tables" / "tmdb_5000_movies.csv.zip")
    world = World(films, pace=LIVELY, start=START)
    now = START + 3 * DAY
    listed = world.listed(now)
    assert set(listed.columns.ids) < set(films.columns.ids)
    edited = {event.film for event in world.events(START, now, now) if event.kind == EDITED} & set(listed.columns.ids)
    assert len(edited) > 400
    for film in edited:
        body, shown = world.details(film, (), now), listed.summary(listed.position(film) or 0)
        assert body is not None
        assert [genre["id"] for genre in body["genres"]] == shown.pop("genre_ids")
        assert {key: body[key] for key in shown} == shown


def test_a_still_world_is_the_catalogue() -> None:
    world = World(FILMS)
    film = FILMS.ids([700])[0]
    assert world.listed(END) is FILMS
    assert world.existing(END) is FILMS
    assert world.details(film, PARTS, END) == FILMS.details(film, PARTS)
    assert world.part(film, "credits", END) == FILMS.part(film, "credits")
    assert world.changes(FIRST, FIRST, END) == []
    assert world.changes_of(film, FIRST, FIRST, END) == []
    assert world.changes_of(0, FIRST, FIRST, END) is None
    assert list(world.events(0, END, END)) == []


def test_a_world_without_films_lives_on() -> None:
    world = World(Catalogue.generated(0), pace=LIVELY, start=START)
    assert len(world.listed(END)) == 0
    assert world.details(1, (), END) is None


@pytest.mark.parametrize(
    ("start", "pace"),
    [(START + 1.0, LIVELY), (None, LIVELY)],
)
def test_a_world_needs_a_midnight_to_start_at(start: float | None, pace: Pace) -> None:
    with pytest.raises(ValueError, match="start"):
        World(FILMS, pace=pace, start=start)


# --- TMDB's pace of votes ------------------------------------------------------------------------------------------

VOTING = Pace(added=0, edited=0.01, deleted=0, merged=0, voted=1.0)
VOTED_ON = World(FILMS, seed=7, pace=VOTING, start=START)


def votes(now: float, world: World = VOTED_ON) -> dict[int, int]:
    columns = world.listed(now).columns
    return dict(zip(columns.ids, columns.votes, strict=True))


def test_votes_come_as_fast_as_the_rate_says() -> None:
    before, after = votes(START), votes(END)
    columns, today = FILMS.columns, FIRST.toordinal()
    expected = DAYS * sum(
        rate(count, today - day if day else None) for count, day in zip(columns.votes, columns.days, strict=True)
    )
    gained = sum(after.values()) - sum(before.values())
    assert 0.8 * expected < gained < 1.25 * expected
    assert all(after[film] >= before[film] for film in before)


def test_the_more_votes_a_film_has_the_more_often_it_gets_one() -> None:
    gaining = {event.film for event in events(MOVED, world=VOTED_ON)}
    by_votes = sorted(range(len(FILMS)), key=FILMS.columns.votes.__getitem__)
    few, many = by_votes[: len(FILMS) // 4], by_votes[-len(FILMS) // 20 :]

    def share(positions: list[int]) -> float:
        return sum(FILMS.columns.ids[position] in gaining for position in positions) / len(positions)

    assert share(few) < 0.1
    assert share(many) > 0.9


def test_votes_differ_from_the_expected_as_much_as_chance_has_it() -> None:
    new = dict(voted_on(1, START, FILMS.columns, FIRST.toordinal(), 1.0))
    days = range(200)
    film = max(range(len(FILMS)), key=lambda position: 2 < new.get(position, 0) < 12)
    gained = [dict(voted_on(1, START + day * DAY, FILMS.columns, FIRST.toordinal(), 1.0)).get(film, 0) for day in days]
    mean = sum(gained) / len(days)
    variance = sum((each - mean) ** 2 for each in gained) / len(days)
    assert 0.7 * mean < variance < 1.4 * mean


def test_votes_come_at_moments_of_the_day_and_lists_tell_of_them_at_midnight() -> None:
    event = next(event for event in events(MOVED, world=VOTED_ON) if event.at % DAY > DAY // 2)
    before, after = (VOTED_ON.details(event.film, (), at) for at in (event.at - 1, event.at))
    assert before
    assert after
    assert before["vote_count"] < after["vote_count"] == event.value[0]
    assert votes(event.at)[event.film] < votes(midnight_after(event.at))[event.film]


def test_popularity_changes_every_day_and_lists_and_details_agree_on_it() -> None:
    noons = [START + day * DAY + DAY // 2 for day in range(DAYS)]
    for film in FILMS.ids(range(0, len(FILMS), 100)):
        told = [(VOTED_ON.details(film, (), noon) or {})["popularity"] for noon in noons]
        columns = [VOTED_ON.listed(noon).columns for noon in noons]
        assert told == [each.popularities[list(each.ids).index(film)] for each in columns]
        assert sum(a == b for a, b in pairwise(told)) <= 2


def test_the_export_tells_the_popularity_of_the_last_midnight() -> None:
    day = FIRST + timedelta(days=4)
    file = gzip.decompress(VOTED_ON.export("movie_ids", day, END) or b"").splitlines()
    columns = VOTED_ON.listed(START + 4 * DAY).columns
    known = dict(zip(columns.ids, columns.popularities, strict=True))
    assert all(known[line["id"]] == line["popularity"] for line in map(json.loads, file))


def test_a_voting_world_is_the_same_whatever_was_asked_before() -> None:
    other = World(FILMS, seed=7, pace=VOTING, start=START)
    for day in (7, 3, 11):
        other.listed(START + day * DAY + 500)
        other.existing(START + day * DAY + 500)
    assert other.listed(END).columns == VOTED_ON.listed(END).columns
    assert other.listed(START + DAY).columns == VOTED_ON.listed(START + DAY).columns


def test_the_feed_names_edits_alone() -> None:
    edited = {event.film for event in events(EDITED, world=VOTED_ON)}
    days = (FIRST + timedelta(days=day) for day in range(DAYS))
    assert {row["id"] for day in days for row in VOTED_ON.changes(day, day, END)} == edited


def ids_of(rows: list[Body]) -> list[int]:
    return [row["id"] for row in rows]


def test_the_feed_is_as_long_as_it_is_told_and_names_films_that_are_not_here() -> None:
    world = World(FILMS, seed=7, pace=replace(VOTING, elsewhere=350), start=START)
    day = FIRST + timedelta(days=5)
    own, noon = ids_of(VOTED_ON.changes(day, day, END)), START + 5 * DAY + DAY // 2
    named, at_noon = ids_of(world.changes(day, day, END)), ids_of(world.changes(day, day, noon))
    assert len(named) == len(set(named)) == 350 + len(own)
    assert [film for film in named if film in FILMS.columns.ids] == own
    assert at_noon == named[: len(at_noon)]
    assert 100 < len(at_noon) < 300
    fortnight = ids_of(world.changes(FIRST, FIRST + timedelta(days=13), END))
    assert len(fortnight) == len(set(fortnight)) > 14 * 350
    assert world.details(named[-1], (), END) is None or named[-1] in own
