import pytest

from tests.judges.sandbox_answers import Sandbox

SANDBOX = Sandbox(300)
FILM = next(film for film in SANDBOX.films(300) if SANDBOX.get(f"/movie/{film}/reviews")["results"])
BODY = SANDBOX.get(f"/movie/{FILM}", append_to_response="credits,reviews")


@pytest.mark.parametrize("kind", ["cast", "crew"])
def test_every_credit_of_a_film_is_found_by_its_id(kind: str) -> None:
    for entry in BODY["credits"][kind]:
        credit = SANDBOX.get(f"/credit/{entry['credit_id']}")
        assert (credit["credit_type"], credit["media"]["id"], credit["person"]["id"]) == (kind, FILM, entry["id"])
        assert credit["job"] == entry.get("job", "Actor")
        assert credit["media"].get("character") == entry.get("character")


def test_every_review_of_a_film_is_found_by_its_id() -> None:
    for entry in BODY["reviews"]["results"]:
        review = SANDBOX.get(f"/review/{entry['id']}")
        assert entry.items() <= review.items()
        assert (review["media_id"], review["media_title"]) == (FILM, BODY["title"])


@pytest.mark.parametrize("path", ["/credit/{}", "/review/{}"])
@pytest.mark.parametrize(
    "identity",
    ["0" * 24, "52fe4250c3a36847f80149f3", "x", "550", f"000000000000{FILM:08x}0000", f"000000000000{FILM:08x}ffff"],
)
def test_an_id_that_nothing_has_is_code_34(path: str, identity: str) -> None:
    status, body = SANDBOX.status(path.format(identity))
    assert (status, body["status_code"]) == (404, 34)
