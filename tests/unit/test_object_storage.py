"""How shared storage is reached, and what is said when it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ayne.database.object_storage import place_of
from ayne.errors import ConfigurationError, SharedStorageError

S3 = place_of("s3://bucket/films", {})


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("s3://key:secret@bucket/films", "may not hold credentials"),
        ("s3://bucket/films?X-Amz-Signature=secret", "ends with its path"),
        ("az://box/films#secret", "ends with its path"),
        ("https://example.org/films", "begins with one of s3://, gs://"),
        ("s3:///films", "begins with one of"),
        ("file:///films", "begins with one of"),
    ],
)
def test_an_address_that_will_not_do_is_refused_and_its_secret_not_repeated(out: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        place_of(out, {})
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("odd", ["[", "]", "^", "|", "%41"])
def test_a_folder_that_delta_tables_cannot_lie_in_is_refused_with_what_is_wrong(odd: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"a folder with {re.escape(odd)} in its path: .*Name another"):
        place_of(tmp_path / f"a{odd}b")
    assert place_of(tmp_path / "it's 5% (odd)").of("movies") == str(tmp_path / "it's 5% (odd)" / "movies")


def test_a_folder_is_known_by_its_whole_path() -> None:
    assert place_of("films", {}).of("movies") == f"{Path.cwd().resolve()}/films/movies"


def test_tables_lie_below_the_address() -> None:
    assert place_of("s3://bucket/films/", {}).of("movies") == "s3://bucket/films/movies"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:1"])
def test_on_this_machine_nothing_need_be_encrypted(endpoint: str) -> None:
    place = place_of("s3://bucket/films", {"AWS_ENDPOINT_URL": endpoint})
    assert (place.allow_http, place.config) == (True, {"aws_endpoint": endpoint})


def test_elsewhere_somebody_must_have_said_so() -> None:
    plain = {"AWS_ENDPOINT_URL": "http://files.example:9000"}
    with pytest.raises(ConfigurationError, match="AWS_ALLOW_HTTP=true"):
        place_of("s3://bucket/films", plain)
    assert place_of("s3://bucket/films", plain | {"AWS_ALLOW_HTTP": "true"}).allow_http
    assert not place_of("s3://bucket/films", {"AWS_ENDPOINT_URL": "https://files.example"}).allow_http


def test_the_endpoint_of_s3_goes_before_that_of_all_services() -> None:
    place = place_of("s3://bucket/films", {"AWS_ENDPOINT_URL_S3": "https://a", "AWS_ENDPOINT_URL": "https://b"})
    assert place.config == {"aws_endpoint": "https://a"}


@pytest.mark.parametrize(
    ("message", "kind", "said"),
    [
        ("404 Not Found: <Error><Code>NoSuchBucket</Code>", ConfigurationError, "no bucket bucket. Make it"),
        ("403 Forbidden: <Error><Code>AccessDenied</Code>", ConfigurationError, r"may not use .*\(AccessDenied\)"),
        ("<Code>SignatureDoesNotMatch</Code>", ConfigurationError, "does not accept these credentials"),
        ("PUT http://169.254.169.254/latest/api/token", ConfigurationError, "no credentials for s3://bucket/films"),
        ("client error (Connect) dns error", SharedStorageError, "is not found"),
        ("tcp connect error: Connection refused", SharedStorageError, "does not answer"),
        ("503 Service Unavailable: <Code>SlowDown</Code>", SharedStorageError, "SlowDown, 503 Service Unavailable"),
        ("what nobody has seen before", SharedStorageError, r"\(OSError\)"),
    ],
)
def test_what_went_wrong_is_said_in_our_words_alone(message: str, kind: type[Exception], said: str) -> None:
    found = S3.in_words(OSError(f"{message} <AWSAccessKeyId>AKIAX</AWSAccessKeyId> secret"))
    assert type(found) is kind
    assert "AKIAX" not in str(found)
    assert "secret" not in str(found)
    with pytest.raises(kind, match=said):
        raise found
