"""Credentials for an object store, read where its users keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ayne.database.object_storage import place_of
from ayne.errors import ConfigurationError


def test_a_profile_is_read_where_its_keys_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[films]\naws_access_key_id = AKIAX\naws_secret_access_key = whisper\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    place = place_of("s3://bucket/films", {"AWS_PROFILE": "films"})
    assert (place.config["aws_access_key_id"], place.config["aws_secret_access_key"]) == ("AKIAX", "whisper")
    assert place.config["aws_region"] == "eu-north-1"
    assert "whisper" not in repr(place)
    with pytest.raises(ConfigurationError, match="AWS_PROFILE cannot be used"):
        place_of("s3://bucket/films", {"AWS_PROFILE": "nobody"})
    assert not place_of("s3://bucket/films", {"AWS_PROFILE": "films", "AWS_ACCESS_KEY_ID": "AKIAX"}).config
