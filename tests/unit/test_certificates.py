"""What is said of certificates in the environment that cannot be trusted."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from ayne.errors import ConfigurationError
from ayne.net.certificates import check_certificates


def missing(folder: Path) -> Path:
    return folder / "missing.pem"


def empty(folder: Path) -> Path:
    return written(folder, b"")


def junk(folder: Path) -> Path:
    return written(folder, b"hi\n")


def binary(folder: Path) -> Path:
    return written(folder, b"\x00\xff" * 100)


def broken(folder: Path) -> Path:
    return written(folder, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def key_only(folder: Path) -> Path:
    return written(folder, trustme.CA().private_key_pem.bytes())


def written(folder: Path, content: bytes) -> Path:
    path = folder / "ca.pem"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("make", [missing, empty, junk, binary, broken, key_only, lambda folder: folder])
def test_a_file_without_certificates_is_refused_by_name(make: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^SSL_CERT_FILE names .*Name a file with certificates"):
        check_certificates({"SSL_CERT_FILE": str(make(tmp_path)), "SSL_CERT_DIR": str(tmp_path)})


@pytest.mark.parametrize("make", [missing, empty, lambda folder: folder, lambda folder: f"{folder}:{folder}/x"])
def test_a_folder_without_certificates_is_refused_by_name(make: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^SSL_CERT_DIR names "):
        check_certificates({"SSL_CERT_DIR": str(make(tmp_path))})


def test_a_log_of_keys_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^SSLKEYLOGFILE names .*unset it"):
        check_certificates({"SSLKEYLOGFILE": str(tmp_path / "missing" / "keys.log")})


def test_certificates_are_taken_from_a_file_and_from_folders(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    hashed = tmp_path / "hashed"
    hashed.mkdir()
    (hashed / "0123abcd.0").write_bytes((tmp_path / "ca.pem").read_bytes())
    check_certificates({"SSL_CERT_FILE": str(tmp_path / "ca.pem"), "SSLKEYLOGFILE": str(tmp_path / "keys.log")})
    check_certificates({"SSL_CERT_DIR": f"{tmp_path}/missing:{hashed}"})
    check_certificates({"SSL_CERT_FILE": "", "SSL_CERT_DIR": "", "SSLKEYLOGFILE": ""})
