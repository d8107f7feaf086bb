"""Caches between TMDB and a client: ages, and bodies that a client has already."""

import json
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from ayne.sandbox.answers import Answer, Request
from ayne.sandbox.app import Place, SandboxApp
from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.cdn import Cdn

NOW = 1_700_000_000.5
FILMS = Catalogue.generated(100)
FILM = f"/3/movie/{FILMS.ids([50])[0]}"


def ask(app: SandboxApp, path: str = FILM, query: str = "", method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.answer(Request(method, path, f"api_key=k&{query}", named))


def cached(now: float = NOW, lifetime: bool | int = True) -> SandboxApp:
    return SandboxApp(FILMS, cached=lifetime, wall_clock=lambda: now)


def max_age(answer: Answer) -> int:
    return int(answer.headers["Cache-Control"].removeprefix("public, max-age="))


def test_without_caches_no_answer_has_an_age() -> None:
    assert "Age" not in ask(SandboxApp(FILMS)).headers


def test_cached_answers_are_of_all_ages_and_none_outlives_its_lifetime() -> None:
    app = cached()
    answers = [ask(app, query=f"language=x{n}") for n in range(400)]
    ages = [int(answer.headers.get("Age", "0")) for answer in answers]
    assert 0.3 < ages.count(0) / len(ages) < 0.7
    assert max(ages) > 20_000
    for answer, age in zip(answers, ages, strict=True):
        assert 0 <= age < max_age(answer) <= 28_800
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == int(NOW) - age


def test_a_copy_keeps_its_date_and_max_age_while_it_ages() -> None:
    request = Request("GET", FILM)
    copy = Cdn(1).copy(request, NOW)
    start, end = copy.fetched, copy.made + 28_800
    seen = [Cdn(1).copy(request, now).headers(now) for now in range(start + 1, end, 997)]
    assert len({headers["Date"] for headers in seen}) == len({headers["Cache-Control"] for headers in seen}) == 1
    assert [int(headers["Age"]) for headers in seen] == list(range(1, end - start, 997))


def test_before_the_network_has_a_copy_max_age_counts_down_and_there_is_no_age() -> None:
    request = Request("GET", FILM)
    copy = Cdn(1).copy(request, NOW)
    for now in range(copy.made, copy.fetched, 991):
        headers = Cdn(1).copy(request, now).headers(now)
        assert "Age" not in headers
        assert headers["Cache-Control"] == f"public, max-age={copy.made + 28_800 - now}"


def test_the_site_is_asked_as_of_the_moment_at_which_the_copy_was_made() -> None:
    request = Request("GET", FILM, "api_key=k")
    made = Cdn(1).copy(request, NOW).made
    assert made <= NOW < made + 28_800
    asked: list[float] = []

    class Clockwatcher:
        def answer(self, request: Request, now: float) -> Answer:
            asked.append(now)
            return Answer(200, {"Content-Type": "text/plain"}, b"")

    app = cached()
    app.places = (Place("", Clockwatcher(), is_tmdb=True),)
    app.answer(request)
    assert asked == [made]


def test_a_lifetime_of_ones_own_is_kept() -> None:
    app = cached(lifetime=60)
    ages = [int(ask(app, query=f"language=x{n}").headers.get("Age", "0")) for n in range(200)]
    assert 40 < max(ages) < 60
    with pytest.raises(ValueError, match="at least a second"):
        cached(lifetime=0)


def test_errors_about_the_key_and_what_is_not_tmdb_are_never_from_a_cache() -> None:
    app = cached()
    answers = [app.answer(Request("GET", f"/3/movie/{n}")) for n in range(20)]
    answers += [ask(app, "/omdb/", f"apikey=k&i=tt{n:07}") for n in range(20)]
    assert not any("Age" in answer.headers for answer in answers)


def test_recorded_answers_carry_no_header_for_clients_that_ours_lack(recordings: Path) -> None:
    app = cached()
    ours = {
        name.lower() for n in range(20) for name in ask(app, query=f"language=x{n}", accept_encoding="gzip").headers
    }
    theirs: set[str] = set()
    for index in (recordings / "tmdb").glob("*/_index.jsonl"):
        for line in index.read_text(encoding="utf-8").splitlines():
            theirs |= {name.lower() for name in json.loads(line).get("headers", {})}
    # What is left is about the caches themselves, about limits of 2016, and `Last-Modified`, which ended in 2022.
    assert {name for name in theirs - ours if not name.startswith("x-")} <= {"last-modified", "retry-after", "status"}


@pytest.mark.parametrize(
    ("template", "status"),
    [
        ("{tag}", 304),
        ("*", 304),
        ("W/{strong}", 304),
        ("{strong}", 304),
        ('"a", {tag}, W/"b"', 304),
        ('"a,b" , {strong}', 304),
        ('W/"a"', 200),
        ("", 200),
        ("{bare}", 200),
    ],
)
def test_tags_are_compared_weakly_and_in_lists(template: str, status: int) -> None:
    app = SandboxApp(FILMS, wall_clock=lambda: NOW)
    first = ask(app)
    tag = first.headers["ETag"]
    strong = tag.removeprefix("W/")
    sent = template.format(tag=tag, strong=strong, bare=strong.strip('"'))
    again = ask(app, if_none_match=sent)
    assert again.status == status
    if status == 304:
        assert again.body == b""
        kept = ("Date", "ETag", "Cache-Control", "Vary")
        assert again.headers == {name: first.headers[name] for name in kept}


def test_what_is_no_success_is_never_not_modified() -> None:
    app = SandboxApp(FILMS)
    assert ask(app, "/3/movie/0", if_none_match="*").status == 404
    assert ask(app, method="POST", if_none_match="*").status == 405


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("gzip;q=0", False), ("br, identity", False), ("", False)],
)
def test_only_who_can_read_gzip_gets_it(accepted: str, compressed: bool) -> None:
    answer = ask(SandboxApp(FILMS), accept_encoding=accepted)
    assert ("Content-Encoding" in answer.headers) is compressed
