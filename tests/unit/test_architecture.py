"""Who may import whom, as rules about folders and marks. A new module needs no entry here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"

# A module says by this line that it is pure: no await, clock, network, disk, randomness or logging.
PURE = "# Pure: values in, values out."
ACTING = {
    *("asyncio", "concurrent", "dask", "distributed", "duckdb", "httpx", "io", "logging", "multiprocessing", "os"),
    *("pathlib", "random", "redis", "secrets", "shutil", "signal", "socket", "ssl", "subprocess", "tempfile"),
    *("threading", "time", "urllib.request", "uuid"),
}

# What anybody may import. The root holds the version and the public names, which it imports when they are asked for.
LEAVES = {"ayne", "ayne.clock", "ayne.errors", "ayne.settings"}

SOURCES = ("ayne.data_collection.tmdb", "ayne.data_collection.omdb", "ayne.data_collection.imdb")

# The classes that reach the network or a file. Whatever works with one is handed it.
CONCRETE = (
    "ayne.data_collection.tmdb.client",
    "ayne.data_collection.tmdb.kind_client",
    "ayne.data_collection.omdb.client",
    "ayne.database.duckdb_client",
)
KNOW_CONCRETE = (
    "ayne.cli",
    # The same classes for scripts: it cannot be handed what it is made of.
    "ayne.blocking",
    # A worker makes its client where it runs, far from whoever started the collection.
    "ayne.dask.worker",
    # `from ayne.data_collection.tmdb import TMDBClient` is how the class is named in public.
    "ayne.data_collection.tmdb",
    "ayne.data_collection.omdb",
    # `DataCollectionOrchestrator(db)` alone has to work, so it makes the client that it was not given.
    "ayne.data_collection.orchestrator",
)

# A library that acts, or is slow to import, and the only places that may import it while ayne runs.
LIBRARIES = {
    "httpx": ("ayne.net.session", "ayne.net.wire", "ayne.sandbox.transport"),
    "redis": ("ayne.net.redis_allowance",),
    "duckdb": ("ayne.database", "ayne.cli"),
    "deltalake": ("ayne.database",),
    "arro3": ("ayne.database",),
    "dask": ("ayne.dask",),
    "distributed": ("ayne.dask",),
    "click": ("ayne.cli",),
    "rich": ("ayne.cli",),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imports(name: str, *, types: bool = False) -> frozenset[str]:
    """Everything a module imports, at the top or later; with ``types`` for type checking too."""
    package = name.split(".") if MODULES[name].name == "__init__.py" else name.split(".")[:-1]
    found: set[str] = set()
    for node in _nodes(tree(name), types=types):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            found |= {full if (full := f"{source}.{alias.name}") in MODULES else source for alias in node.names}
    return frozenset(found)


def _nodes(node: ast.AST, *, types: bool) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"
        if types or not for_types:
            yield from _nodes(child, types=types)


def within(name: str, *folders: str) -> bool:
    return any(name == folder or name.startswith(f"{folder}.") for folder in folders)


def pure(name: str) -> bool:
    return within(name, "ayne.kinds") or PURE in MODULES[name].read_text(encoding="utf-8").splitlines()


def below(*folders: str) -> list[str]:
    return [name for name in MODULES if within(name, *folders)]


def arrows(names: Iterable[str], to: Callable[[str], bool]) -> set[str]:
    """The imports of ours that lead from these modules to what is asked about."""
    return {
        f"{name} imports {target}"
        for name in names
        for target in imports(name)
        if within(target, "ayne") and to(target)
    }


def test_the_rules_are_about_modules_that_are_there() -> None:
    assert len(MODULES) > 100
    assert sum(map(pure, MODULES)) > 30
    assert {*CONCRETE, *LEAVES} <= MODULES.keys()


def test_pure_modules_neither_await_nor_import_what_acts() -> None:
    acting = {
        f"{name}: {ast.unparse(node).splitlines()[0]}"
        for name in filter(pure, MODULES)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith)
    }
    acting |= {
        f"{name} imports {found}" for name in filter(pure, MODULES) for found in imports(name) if within(found, *ACTING)
    }
    assert acting == set()


def test_pure_modules_import_only_pure_ones() -> None:
    assert arrows(filter(pure, MODULES), to=lambda target: not pure(target)) == set()


def test_kinds_import_nothing_of_ours_but_errors() -> None:
    assert arrows(below("ayne.kinds"), to=lambda target: not within(target, "ayne.kinds", "ayne.errors")) == set()


def test_the_sandbox_imports_nothing_of_ours() -> None:
    assert arrows(below("ayne.sandbox"), to=lambda target: not within(target, "ayne.sandbox")) == set()


def test_the_sandbox_serves_films_that_do_not_know_who_serves_them() -> None:
    doors = [f"ayne.sandbox.{name}" for name in ("app", "server", "transport", "pytest_plugin", "wire")]
    rooms = [f"ayne.sandbox.{name}" for name in ("films", "life", "exports", "tmdb", "omdb")]
    for room in rooms:
        others = {*doors, *rooms} - {room, "ayne.sandbox.films"}
        assert arrows(below(room), to=lambda target, others=others: within(target, *others)) == set()  # type: ignore[misc]


def test_the_network_imports_nothing_of_ours_but_leaves() -> None:
    assert arrows(below("ayne.net"), to=lambda target: target not in LEAVES and not within(target, "ayne.net")) == set()


def test_the_database_imports_what_is_pure_and_never_the_network() -> None:
    def foreign(target: str) -> bool:
        return within(target, "ayne.net") or not (
            target in LEAVES or within(target, "ayne.database") or (target in MODULES and pure(target))
        )

    assert arrows(below("ayne.database"), to=foreign) == set()


def test_a_source_knows_no_other_source_and_none_of_the_loops_that_use_it() -> None:
    for source in SOURCES:

        def foreign(target: str, source: str = source) -> bool:
            others = set(SOURCES) - {source}
            shared = ("ayne.data_collection.archive", "ayne.data_collection.daily_files")
            loops = within(target, "ayne.data_collection") and not within(target, *shared, source)
            return within(target, *others) or (loops and not pure(target))

        assert arrows(below(source), to=foreign) == set()


def test_collecting_imports_no_database_no_report_and_no_cluster() -> None:
    outer = ("ayne.database", "ayne.report", "ayne.dask", "ayne.sandbox", "ayne.blocking", "ayne.background")
    assert arrows(below("ayne.data_collection"), to=lambda target: within(target, *outer)) == set()


def test_a_report_is_made_of_values() -> None:
    def foreign(target: str) -> bool:
        return not (target in LEAVES or within(target, "ayne.report") or pure(target))

    assert arrows(below("ayne.report"), to=foreign) == set()


def test_concrete_classes_are_known_where_they_are_put_together_alone() -> None:
    strangers = MODULES.keys() - {*CONCRETE, *KNOW_CONCRETE} - {*below("ayne.cli", "ayne.dask")}
    assert arrows(strangers, to=lambda target: target in CONCRETE) == set()


def test_nothing_imports_the_command() -> None:
    others = MODULES.keys() - {*below("ayne.cli"), "ayne.__main__"}
    assert arrows(others, to=lambda target: within(target, "ayne.cli")) == set()


def test_a_library_that_acts_is_imported_in_its_own_place_alone() -> None:
    strays = {
        f"{name} imports {library}"
        for library, places in LIBRARIES.items()
        for name in MODULES
        if not within(name, *places) and any(within(found, library) for found in imports(name))
    }
    assert strays == set()


def test_there_are_no_import_cycles() -> None:
    # Two modules that only name each other's types know each other all the same. A root that offers its package's
    # classes imports them when they are asked for, so no cycle goes through it.
    lazy = {"ayne", *SOURCES}
    after = {
        name: set() if name in lazy else (imports(name, types=True) & MODULES.keys()) - {name, *lazy}
        for name in MODULES
    }
    while ready := {name for name, left in after.items() if not left & after.keys()}:
        after = {name: left for name, left in after.items() if name not in ready}
    assert after == {}


def test_every_module_has_a_name_that_says_something_and_says_what_it_is_for() -> None:
    meaningless = {"utils", "util", "helpers", "common", "misc"}
    assert {name for name in MODULES if meaningless & set(name.split("."))} == set()
    assert {name for name in MODULES if not ast.get_docstring(tree(name))} == set()
