"""The fixture that other people's tests use, in tests of their own."""

import subprocess
import sys

# httpx imports it when it is first needed. Within a test of pytester it would be forgotten again, and httpx would know
# the errors of a module that nobody raises any more.
import httpcore  # noqa: F401
import pytest

pytest_plugins = ["pytester"]


def run(pytester: pytest.Pytester, program: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(program)
    # The plugin comes by its entry point: nothing is loaded by name here.
    return pytester.runpytest_inprocess("--strict-markers", "-p", "no:cacheprovider", *options)


def test_a_test_gets_addresses_a_transport_and_the_evidence(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio, httpx

        def test_over_a_socket(tmdb_sandbox):
            assert tmdb_sandbox.url.startswith("http://127.0.0.1:") and tmdb_sandbox.url.endswith("/3")
            assert httpx.get(tmdb_sandbox.url + "/configuration?api_key=any").status_code == 200
            assert httpx.get(tmdb_sandbox.omdb_url + "?apikey=any&i=tt9999999").json()["Response"] == "False"
            assert tmdb_sandbox.exports_url.endswith("/p/exports/")
            assert tmdb_sandbox.requests()["by_kind"] == {"other": 1, "omdb": 1}
            assert len(tmdb_sandbox.app.world.listed(0)) == 100

        def test_in_process(tmdb_sandbox):
            async def ask():
                async with httpx.AsyncClient(transport=tmdb_sandbox.transport) as client:
                    return await client.get("https://api.themoviedb.org/3/configuration?api_key=any")
            assert asyncio.run(ask()).status_code == 200
            assert tmdb_sandbox.requests()["total"] == 1
        """,
    )
    result.assert_outcomes(passed=2)


def test_the_marker_configures_the_sandbox(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import httpx, pytest

        @pytest.mark.tmdb_sandbox(movies=30, seed=7, faults="500@1", api_keys=frozenset({"good"}))
        def test_it(tmdb_sandbox):
            assert len(tmdb_sandbox.app.world.listed(0)) == 30
            url = tmdb_sandbox.url + "/configuration?api_key="
            assert [httpx.get(url + key).status_code for key in ("good", "good", "bad")] == [500, 200, 401]
        """,
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("movies=-1", "cannot be negative"),
        ("faults='teapot@1'", "names no fault"),
        ("colour='red'", "colour"),
        ("500", "keywords only"),
    ],
)
def test_a_marker_that_cannot_be_is_explained(pytester: pytest.Pytester, arguments: str, message: str) -> None:
    result = run(
        pytester,
        f"""
        import pytest

        @pytest.mark.tmdb_sandbox({arguments})
        def test_it(tmdb_sandbox): ...
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*tmdb_sandbox*{message}*"])


def test_the_fixture_is_described_to_who_asks(pytester: pytest.Pytester) -> None:
    run(pytester, "", "--fixtures").stdout.fnmatch_lines(["tmdb_sandbox*", "*stand-in for TMDB and OMDb*"])
    run(pytester, "", "--markers").stdout.fnmatch_lines(["@pytest.mark.tmdb_sandbox(movies=*"])


def test_the_plugin_is_found_through_its_entry_point() -> None:
    program = (
        "from importlib.metadata import entry_points as e;"
        "print([p.value for p in e(group='pytest11') if p.name == 'tmdb_sandbox'])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['ayne.sandbox.pytest_plugin']"


def test_loading_the_plugin_loads_nothing_else_of_the_sandbox() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import ayne.sandbox.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "['ayne', 'ayne.sandbox', 'ayne.sandbox.pytest_plugin']"
