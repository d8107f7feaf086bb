import hashlib
import re
from array import array
from collections import Counter
from dataclasses import fields
from itertools import pairwise

import msgspec
import pytest

from ayne.sandbox.catalogue import Catalogue
from ayne.sandbox.discovery import Query
from ayne.sandbox.films.columns import Body, Columns, Texts
from ayne.sandbox.films.generation import generated_columns
from ayne.sandbox.films.invention import Invented
from ayne.sandbox.films.parts import PARTS

FILMS = Catalogue.generated(6000, seed=3, undated=0.02)
EVERYTHING = {"include_adult": "true", "include_video": "true"}


def bodies(catalogue: Catalogue) -> list[Body]:
    found = catalogue.ids(range(len(catalogue)))
    return [body for film_id in found if (body := catalogue.details(film_id)) is not None]


def test_the_same_arguments_give_the_same_films() -> None:
    assert bodies(Catalogue.generated(300, seed=5)) == bodies(Catalogue.generated(300, seed=5))


def test_another_seed_gives_other_films() -> None:
    assert bodies(Catalogue.generated(300, seed=5)) != bodies(Catalogue.generated(300, seed=6))


def test_the_films_are_the_same_on_every_machine() -> None:
    """Change this number only together with a note to users: their databases of sandbox films change with it."""
    catalogue = Catalogue.generated(500, seed=1, busiest_day=20)
    films = [catalogue.details(film_id, PARTS) for film_id in catalogue.ids(range(500))]
    assert hashlib.sha256(msgspec.json.encode(films)).hexdigest()[:16] == "70fbd5a9d748d45e"


def test_ids_are_unique_have_gaps_and_do_not_follow_the_dates() -> None:
    ids = FILMS.ids(range(len(FILMS)))
    assert len(set(ids)) == len(ids)
    assert max(ids) > 1.3 * len(ids)
    ascending = sum(a < b for a, b in pairwise(ids))
    assert 0.45 < ascending / len(ids) < 0.55


def test_an_id_that_no_film_has_is_not_found() -> None:
    ids = set(FILMS.ids(range(len(FILMS))))
    absent = next(film_id for film_id in range(1, 10_000) if film_id not in ids)
    assert FILMS.position(absent) is None
    assert FILMS.details(absent) is None
    assert FILMS.details(0) is None
    assert FILMS.part(absent, "credits") is None


def test_details_and_list_rows_agree() -> None:
    for position in range(0, len(FILMS), 7):
        row = FILMS.summary(position)
        details = FILMS.details(row["id"])
        assert details is not None
        assert [genre["id"] for genre in details["genres"]] == row.pop("genre_ids")
        assert {key: details[key] for key in row} == row


def test_a_film_is_found_by_its_imdb_id_and_by_no_other() -> None:
    for body in bodies(FILMS)[::50]:
        if body["imdb_id"]:
            assert FILMS.details(body["imdb_id"]) == body
            assert FILMS.details(body["imdb_id"] + "0") is None
            # Seven and eight digits of the same film are told apart.
            number = int(body["imdb_id"][2:])
            assert FILMS.details(f"tt{(number + 10_000_000) % 20_000_000:07d}") is None
    assert FILMS.details("tt") is None
    assert FILMS.details("ttx") is None


def test_the_oddities_of_the_real_bodies_occur() -> None:
    films = bodies(FILMS)
    imdb_ids = Counter(len(body["imdb_id"]) if body["imdb_id"] is not None else None for body in films)
    assert {None, 0, len("tt0137523"), len("tt23786990")} <= set(imdb_ids)
    assert {None, 0} <= {body["runtime"] for body in films}
    assert {None, ""} <= {body["homepage"] for body in films}
    assert max(body["revenue"] for body in films) > 2**31
    assert any(body["release_date"] == "" and body["status"] == "Released" for body in films)
    assert any(not body["genres"] for body in films)
    assert any("\r" in body["overview"] for body in films)
    assert any(body["overview"] == "" for body in films)
    assert "" in {company["origin_country"] for body in films for company in body["production_companies"]}
    assert any(re.search(r"[\u4e00-\u9fff]", body["title"]) for body in films)
    assert any(body["title"] != body["original_title"] for body in films)


def test_few_films_have_many_votes() -> None:
    votes = [FILMS.summary(position)["vote_count"] for position in range(len(FILMS))]
    assert 0.10 < sum(count >= 200 for count in votes) / len(votes) < 0.15
    assert sum(count <= 10 for count in votes) > 0.5 * len(votes)
    assert max(votes) > 5000


def test_recent_years_are_crowded() -> None:
    years = Counter(FILMS.summary(position)["release_date"][:4] for position in range(len(FILMS)))
    assert min(year for year in years if year) >= "1900"
    assert max(years) <= "2026"
    assert sum(count for year, count in years.items() if year >= "2000") > 0.6 * len(FILMS)


def test_the_share_of_undated_films_is_what_was_asked_for() -> None:
    undated = [n for n in range(len(FILMS)) if FILMS.summary(n)["release_date"] == ""]
    assert len(undated) == round(0.02 * len(FILMS))


def test_the_busiest_day_holds_exactly_what_was_asked_for() -> None:
    films = Catalogue.generated(40_000, busiest_day=1000)
    day = {"primary_release_date.gte": "2019-01-01", "primary_release_date.lte": "2019-01-01"}
    assert len(films.discover(Query.parse(day | EVERYTHING))) == 1000


def test_the_busiest_day_can_be_split_by_votes_and_by_genres() -> None:
    films = Catalogue.generated(13_000, busiest_day=12_000)
    day = EVERYTHING | {"primary_release_date.gte": "2019-01-01", "primary_release_date.lte": "2019-01-01"}
    halves: tuple[Body, ...] = ({"vote_count.lte": "5"}, {"vote_count.gte": "6"})
    dramas: tuple[Body, ...] = ({"with_genres": "18"}, {"without_genres": "18"})
    for first, second in (halves, dramas):
        parts = [films.discover(Query.parse(day | part)) for part in (first, second)]
        assert sum(map(len, parts)) == 12_000
        assert max(map(len, parts)) < 10_000


@pytest.mark.parametrize("arguments", [{"movies": -1}, {"movies": 10, "busiest_day": 11}, {"movies": 10, "undated": 2}])
def test_numbers_that_do_not_fit_together_are_refused(arguments: Body) -> None:
    with pytest.raises(ValueError, match=r"negative|too few"):
        Catalogue.generated(**arguments)


def test_an_empty_catalogue_is_a_catalogue() -> None:
    nothing = Catalogue.generated(0)
    assert len(nothing) == 0
    assert len(nothing.discover(Query())) == 0
    assert nothing.details(1) is None


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_appended_without_the_id_that_it_has_alone(name: str) -> None:
    for film_id in FILMS.ids(range(0, len(FILMS), 400)):
        body, alone = FILMS.details(film_id, [name, "nonsense"]), FILMS.part(film_id, name)
        assert body is not None
        assert alone is not None
        assert "nonsense" not in body
        assert alone.pop("id") == film_id
        assert body[name] == alone


def test_one_person_can_stand_twice_in_a_cast_or_a_crew_but_credits_are_unique() -> None:
    twice = {"cast": 0, "crew": 0}
    for film_id in FILMS.ids(range(0, len(FILMS), 20)):
        body = FILMS.details(film_id, ["credits"])
        assert body is not None
        members = [*body["credits"]["cast"], *body["credits"]["crew"]]
        assert len({member["credit_id"] for member in members}) == len(members)
        for side in twice:
            times = Counter(member["id"] for member in body["credits"][side])
            twice[side] += max(times.values(), default=0) >= 2
    assert all(twice.values())


def test_casts_are_of_many_sizes_and_hardly_two_films_have_the_same() -> None:
    found = [FILMS.part(film_id, "credits") or {} for film_id in FILMS.ids(range(1000))]
    sizes = {len(part["cast"]) for part in found}
    assert min(sizes) == 0
    assert max(sizes) >= 20
    casts = [tuple(member["id"] for member in part["cast"]) for part in found if len(part["cast"]) > 2]
    assert len(set(casts)) > 0.97 * len(casts)


#: The parts that stand in the columns: another code there is what edits them.
IN_COLUMNS = {"keywords": "keywords", "release_dates": "releases", "watch/providers": "offers"}


class Edited(Invented):
    """The lore of films one part of which was edited so often."""

    def __init__(self, columns: Columns, seed: int, revisions: dict[str, int]) -> None:
        super().__init__(columns, seed)
        self._revisions = revisions

    def revisions(self, position: int) -> dict[str, int]:
        return self._revisions


@pytest.mark.parametrize("name", sorted(PARTS.keys() - IN_COLUMNS))
def test_an_edited_part_is_another_one_and_the_others_stay(name: str) -> None:
    columns = generated_columns(300, 1, 0, 0)
    first, second, third = (Catalogue(columns, Edited(columns, 1, edits)) for edits in ({}, {name: 1}, {name: 2}))
    for film_id in columns.ids[::10]:
        before, after, last = (films.details(film_id, PARTS) or {} for films in (first, second, third))
        assert before.pop(name) != after.pop(name) != last.pop(name)
        assert before == after == last


class Retitled(Invented):
    """The lore of films one of which has other texts and another runtime by now."""

    def texts(self, position: int) -> Texts:
        texts = super().texts(position)
        return texts._replace(title="Another", overview="Something else.") if position == 7 else texts

    def extras(self, position: int) -> Body:
        return super().extras(position) | ({"runtime": 500} if position == 7 else {})


def test_no_part_changes_because_the_details_do() -> None:
    columns = generated_columns(300, 1, 0, 0)
    before, after = (
        Catalogue(columns, lore(columns, 1)).details(columns.ids[7], PARTS) for lore in (Invented, Retitled)
    )
    assert before is not None
    assert after is not None
    assert {key for key in before if before[key] != after[key]} == {"title", "overview", "runtime"}


@pytest.mark.parametrize(("name", "column"), IN_COLUMNS.items())
def test_a_part_of_the_columns_is_edited_there(name: str, column: str) -> None:
    columns = generated_columns(40, 1, 0, 0)
    films = Catalogue(columns, Invented(columns, 1))
    film_id = columns.ids[7]
    before = films.details(film_id, PARTS)
    getattr(columns, column)[7] += 11
    after = films.details(film_id, PARTS)
    assert before is not None
    assert after is not None
    assert before.pop(name) != after.pop(name)
    assert before == after


def test_what_codes_mean_is_the_same_for_every_seed() -> None:
    """So the columns of films that are added later can be put behind those of the films that are there."""
    first, later = generated_columns(5000, 1, 0, 0.01), generated_columns(10, 99, 0, 0)
    for field in fields(first):
        meanings, the_same = getattr(first, field.name), getattr(later, field.name)
        if not isinstance(meanings, array):
            assert len(meanings) == len(the_same)
            assert meanings[-100:] == the_same[-100:]


def test_the_imdb_id_among_the_external_ids_is_the_one_of_the_details() -> None:
    for film_id in FILMS.ids(range(0, len(FILMS), 100)):
        body = FILMS.details(film_id, ["external_ids"])
        assert body is not None
        assert body["external_ids"]["imdb_id"] == body["imdb_id"]
