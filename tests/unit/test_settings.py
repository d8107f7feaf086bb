import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayne.errors import ConfigurationError, MissingCredentials
from ayne.settings import DEFAULT_DATABASE, database_path, read_env_file, read_toml, server_url, tmdb_key


@pytest.mark.parametrize(
    "environ",
    [
        {"TMDB_API_KEY": "abc"},
        {"TMDB_ACCESS_TOKEN": "abc"},
        {"TMDB_API_KEY": " abc\n", "TMDB_ACCESS_TOKEN": "def"},
        {"TMDB_API_KEY": " ", "TMDB_ACCESS_TOKEN": "abc"},
    ],
)
def test_a_key_is_found_in_either_variable(environ: dict[str, str]) -> None:
    assert tmdb_key(environ) == "abc"


@pytest.mark.parametrize("environ", [{}, {"TMDB_API_KEY": ""}, {"TMDB_API_KEY": " ", "TMDB_ACCESS_TOKEN": "\t"}])
def test_without_a_key_the_message_says_where_to_get_one_and_how_to_try(environ: dict[str, str]) -> None:
    with pytest.raises(MissingCredentials, match=r"settings/api(.|\n)*--sandbox"):
        tmdb_key(environ)


def test_the_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMDB_API_KEY", "abc")
    monkeypatch.setenv("AYNE_DB", "elsewhere.duckdb")
    assert (tmdb_key(), database_path()) == ("abc", Path("elsewhere.duckdb"))


@pytest.mark.parametrize(
    "text",
    [
        *("http://127.0.0.1:8080/3", " https://films.example/3/ ", "https://films.example", "http://[::1]:80/3"),
        *("http://my_films:65535/a/b/3", "https://xn--flm-fma.example/3", "https://films.example./3", "http://FILMS/3"),
    ],
)
def test_an_address_is_taken_without_blanks_and_a_slash_at_its_end(text: str) -> None:
    assert server_url(text, "AYNE_TMDB_URL") == text.strip().rstrip("/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "films.example/3",
        "ftp://films.example",
        "http://",
        "https://me:secret@films.example",
        "http://a b",
        "http://a?b",
        *("http://a:99999/3", "http://a:0/3", "http://a:x/3", "http://a:-1", "http://a:1:2/3", "http://:80/3"),
        *("http://[::1", "http://[::g]/3", "http://a..b/3", "http://.", "http://999.1.1.1", "http:///3", "https:/a/3"),
        *("http://a#b", "http://a/\x1b[2J", "http://a\nb", "http://a\\b", '"http://a/3"', "http://a,b", "http://%41.b"),
        *("HTTP//a", "http:a", "httpx://a", f"http://{'x' * 70}/3"),
    ],
)
def test_what_is_no_address_is_refused_by_the_name_of_its_setting(text: str) -> None:
    with pytest.raises(ConfigurationError, match="AYNE_TMDB_URL must be an address"):
        server_url(text, "AYNE_TMDB_URL")


@pytest.mark.parametrize("environ", [{}, {"AYNE_DB": ""}, {"AYNE_DB": " "}])
def test_there_is_a_usual_database(environ: dict[str, str]) -> None:
    assert database_path(environ) == Path(DEFAULT_DATABASE)


def test_an_env_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# keys\n\nTMDB_API_KEY=abc\n"
        "export AYNE_DB = 'my films.duckdb'\r\nAYNE_A=\"x=y\"\nAYNE_B=\nAYNE_C='\nAYNE_D=a # b\nTMDB_API_KEY=def\n",
        encoding="utf-8",
    )
    assert read_env_file(file) == {
        "TMDB_API_KEY": "def",
        "AYNE_DB": "my films.duckdb",
        "AYNE_A": "x=y",
        "AYNE_B": "",
        "AYNE_C": "'",
        "AYNE_D": "a # b",
    }


def test_no_env_file_is_no_settings(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}


@pytest.mark.parametrize("line", ["TMDB_API_KEY", "=abc", "MY-VAR=1", "PATH=/nowhere", "if true; then", "A='x\ny'"])
def test_lines_of_an_env_file_that_are_for_others_are_left_to_them(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"AYNE_DB=a\n{line}\n", encoding="utf-8")
    assert read_env_file(tmp_path / ".env") == {"AYNE_DB": "a"}


def test_an_env_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    for path in (tmp_path, tmp_path / ".env"):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_env_file(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_of_windows_is_read_to_its_first_line(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_text("TMDB_API_KEY=abc\nAYNE_DB=é\n", encoding=encoding)
    assert read_env_file(tmp_path / ".env") == {"TMDB_API_KEY": "abc", "AYNE_DB": "é"}
    (tmp_path / "ayne.toml").write_text('rate = 3\ndb = "é"\n', encoding=encoding)
    assert read_toml(tmp_path / "ayne.toml") == {"rate": 3, "db": "é"}


@pytest.mark.parametrize("content", ["TMDB_API_KEY=a".encode("utf-16-le"), b"\xff\xfeT", b"A=\xe9\n", b"A=\0\n"])
def test_what_is_no_text_is_refused_and_not_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(ConfigurationError, match="Save it as UTF-8"):
        read_env_file(tmp_path / ".env")


@pytest.mark.parametrize(
    "line",
    [
        "export\tTMDB_API_KEY=abc",
        "  export   TMDB_API_KEY = abc",
        "declare -x TMDB_API_KEY='abc'",
        "set TMDB_API_KEY=abc",
        '$env:TMDB_API_KEY = "abc"',
        "TMDB_API_KEY=abc\nexport TMDB_API_KEY",
        "TMDB_API_KEY=abc\nexport TMDB_API_KEY OMDB_API_KEY",
    ],
)
def test_a_variable_is_set_however_shells_write_it(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(line, encoding="utf-8")
    assert read_env_file(tmp_path / ".env") == {"TMDB_API_KEY": "abc"}


@pytest.mark.parametrize("line", ["TMDB_API_KEY: secret", "TMDB_API_KEY secret", "AYNE_DB:=secret"])
def test_a_line_that_was_meant_for_ayne_and_sets_nothing_is_refused_without_its_words(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / ".env").write_text(f"# keys\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"line 2 sets no [TA]") as refused:
        read_env_file(tmp_path / ".env")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("content", ["a = [1", "a = " + "[" * 9999, "a = " + "9" * 5000])
def test_what_is_no_toml_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "ayne.toml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"ayne\.toml cannot be read as TOML"):
        read_toml(tmp_path / "ayne.toml")


@given(st.dictionaries(st.text(string.ascii_uppercase, min_size=1), st.text(string.ascii_letters + "=.-_ #'")))
def test_whatever_is_written_between_quotes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]
) -> None:
    file = tmp_path_factory.getbasetemp() / "quotes.env"
    file.write_text("".join(f'AYNE_{name}="{value}"\n' for name, value in values.items()), encoding="utf-8")
    assert read_env_file(file) == {f"AYNE_{name}": value for name, value in values.items()}
