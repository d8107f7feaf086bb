"""Who may import whom. The table is the design; an arrow that is not in it fails."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

TMDB = "ayne.data_collection.tmdb"
OMDB = "ayne.data_collection.omdb"
ANSWERS = "ayne.data_collection.answers"

# Leaves that anybody may use. A package's own root is allowed for its version.
LEAVES = {"ayne", "ayne.errors", "ayne.settings", "ayne.clock"}

# module -> what of ours it may import. A name stands for itself and for all that is below it.
ALLOWED: dict[str, set[str]] = {
    "ayne": set(),
    "ayne.errors": set(),
    "ayne.clock": set(),
    "ayne.settings": {"ayne.errors"},
    "ayne.net.rate_limit": {"ayne.errors"},
    "ayne.net.retry": {"ayne.errors"},
    "ayne.net.bodies": {"ayne.errors"},
    "ayne.net.wire": set(),
    "ayne.net.allowance": {"ayne.net.rate_limit", "ayne.clock", "ayne.errors"},
    "ayne.net.redis_allowance": {"ayne.net.rate_limit", "ayne.errors"},
    "ayne.net.session": {
        "ayne.net.allowance",
        "ayne.net.bodies",
        "ayne.net.retry",
        "ayne.net.wire",
        "ayne.clock",
        "ayne.errors",
    },
    "ayne.net.fan_out": {"ayne.errors"},
    "ayne.net.client": {
        "ayne.net.allowance",
        "ayne.net.rate_limit",
        "ayne.net.redis_allowance",
        "ayne.net.retry",
        "ayne.net.session",
        "ayne",
        "ayne.clock",
    },
    "ayne.net": set(),
    TMDB: {f"{TMDB}.client", f"{TMDB}.models"},
    f"{TMDB}.models": set(),
    f"{TMDB}.coverage": {f"{TMDB}.models"},
    f"{TMDB}.filters": set(),
    ANSWERS: set(),
    f"{TMDB}.protocol": {ANSWERS, f"{TMDB}.models", f"{TMDB}.coverage", "ayne.errors"},
    f"{TMDB}.layouts": {f"{TMDB}.models"},
    f"{TMDB}.well_formed": {ANSWERS, f"{TMDB}.layouts", f"{TMDB}.models"},
    f"{TMDB}.records": {
        ANSWERS,
        f"{TMDB}.coverage",
        f"{TMDB}.layouts",
        f"{TMDB}.models",
        f"{TMDB}.protocol",
        f"{TMDB}.well_formed",
        "ayne.errors",
    },
    f"{TMDB}.changes": {ANSWERS, f"{TMDB}.protocol", f"{TMDB}.records", "ayne.errors"},
    f"{TMDB}.part_values": set(),
    f"{TMDB}.part_walks": set(),
    f"{TMDB}.parts": {f"{TMDB}.part_values", f"{TMDB}.part_walks"},
    f"{TMDB}.ranges": {f"{TMDB}.models", f"{TMDB}.coverage", "ayne.errors"},
    f"{TMDB}.export_files": {ANSWERS, f"{TMDB}.models", f"{TMDB}.protocol", "ayne.errors"},
    f"{TMDB}.exports": {f"{TMDB}.export_files", f"{TMDB}.models", "ayne.net", *LEAVES},
    f"{TMDB}.planner": {f"{TMDB}.models", f"{TMDB}.coverage", f"{TMDB}.ranges"},
    f"{TMDB}.paginate": {"ayne.net.fan_out", "ayne.errors"},
    f"{TMDB}.change_pages": {f"{TMDB}.changes", f"{TMDB}.paginate", "ayne.errors"},
    f"{TMDB}.discover_pages": {
        f"{TMDB}.coverage",
        f"{TMDB}.filters",
        f"{TMDB}.models",
        f"{TMDB}.paginate",
        f"{TMDB}.protocol",
        f"{TMDB}.ranges",
        f"{TMDB}.records",
        f"{TMDB}.planner",
        "ayne.errors",
    },
    f"{TMDB}.details": {ANSWERS, f"{TMDB}.models", f"{TMDB}.protocol", f"{TMDB}.records", "ayne.errors"},
    f"{TMDB}.client": {
        ANSWERS,
        f"{TMDB}.change_pages",
        f"{TMDB}.changes",
        f"{TMDB}.coverage",
        f"{TMDB}.details",
        f"{TMDB}.discover_pages",
        f"{TMDB}.models",
        f"{TMDB}.protocol",
        f"{TMDB}.records",
        "ayne.data_collection.archive",
        "ayne.net",
        *LEAVES,
    },
    OMDB: {f"{OMDB}.client", f"{OMDB}.models"},
    f"{OMDB}.models": set(),
    f"{OMDB}.protocol": {ANSWERS, "ayne.errors"},
    f"{OMDB}.records": {ANSWERS, f"{OMDB}.models", f"{OMDB}.protocol", "ayne.errors"},
    f"{OMDB}.quota": {"ayne.errors"},
    f"{OMDB}.client": {
        f"{OMDB}.models",
        f"{OMDB}.protocol",
        f"{OMDB}.quota",
        f"{OMDB}.records",
        "ayne.net",
        *LEAVES,
    },
    "ayne.data_collection.ratings_report": {f"{OMDB}.models"},
    "ayne.data_collection.ratings": {
        f"{OMDB}.models",
        f"{OMDB}.quota",
        "ayne.data_collection.ratings_report",
        "ayne.data_collection.run_report",
        "ayne.clock",
        "ayne.errors",
    },
    "ayne.data_collection": set(),
    "ayne.data_collection.archive": set(),
    "ayne.data_collection.commit": {f"{TMDB}.models", f"{TMDB}.coverage"},
    "ayne.data_collection.census": {f"{TMDB}.models", "ayne.data_collection.commit", "ayne.data_collection.writer"},
    "ayne.data_collection.rebuild": {
        f"{TMDB}.models",
        f"{TMDB}.records",
        "ayne.data_collection.commit",
        "ayne.errors",
    },
    "ayne.data_collection.refresh": {f"{TMDB}.models", "ayne.data_collection.commit", "ayne.errors"},
    "ayne.data_collection.retention": {"ayne.data_collection.refresh"},
    "ayne.data_collection.run_report": {f"{TMDB}.models"},
    "ayne.data_collection.writer": {
        f"{TMDB}.models",
        f"{TMDB}.coverage",
        "ayne.data_collection.commit",
        "ayne.clock",
    },
    "ayne.data_collection.budget": {"ayne.clock", "ayne.errors"},
    "ayne.data_collection.ports": {
        "ayne.data_collection.ratings",
        f"{TMDB}.changes",
        f"{TMDB}.coverage",
        f"{TMDB}.models",
        "ayne.data_collection.census",
        "ayne.data_collection.commit",
        "ayne.data_collection.run_report",
    },
    "ayne.data_collection.run": {
        f"{TMDB}.models",
        "ayne.data_collection.ports",
        "ayne.data_collection.refresh",
        "ayne.data_collection.run_report",
        "ayne.data_collection.writer",
        *LEAVES,
    },
    "ayne.data_collection.change_feed": {
        f"{TMDB}.changes",
        "ayne.data_collection.commit",
        "ayne.data_collection.refresh",
        "ayne.data_collection.run",
        "ayne.data_collection.run_report",
        *LEAVES,
    },
    "ayne.data_collection.discovery": {
        f"{TMDB}.coverage",
        "ayne.data_collection.refresh",
        "ayne.data_collection.run",
        *LEAVES,
    },
    "ayne.data_collection.sync": {
        f"{TMDB}.coverage",
        "ayne.data_collection.change_feed",
        "ayne.data_collection.discovery",
        "ayne.data_collection.run",
    },
    "ayne.data_collection.orchestrator": {
        "ayne.data_collection.budget",
        "ayne.data_collection.omdb.quota",
        "ayne.data_collection.ratings",
        "ayne.data_collection.retention",
        "ayne.data_collection.sync",
        f"{TMDB}.coverage",
        f"{TMDB}.filters",
        f"{TMDB}.models",
        f"{TMDB}.ranges",
        "ayne.data_collection.census",
        "ayne.data_collection.change_feed",
        "ayne.data_collection.discovery",
        "ayne.data_collection.ports",
        "ayne.data_collection.refresh",
        "ayne.data_collection.run",
        "ayne.data_collection.run_report",
        "ayne.data_collection.writer",
        # Only the source of a run that was given none; the public face asks for it, and it is imported late.
        f"{TMDB}.client",
        *LEAVES,
    },
    "ayne.database": {
        f"{OMDB}.models",
        f"{OMDB}.quota",
        f"{TMDB}.models",
        f"{TMDB}.coverage",
        # Pure: a part's layout is the order of its table's columns.
        f"{TMDB}.parts",
        "ayne.data_collection.commit",
        "ayne.database",
        *LEAVES,
    },
    "ayne.report": {f"ayne.report.{room}" for room in ("assets", "charts", "page", "queries")} | LEAVES,
    "ayne.report.assets": {"ayne.errors"},
    "ayne.report.facts": set(),
    "ayne.report.queries": {"ayne.report.facts", "ayne.data_collection.retention", *LEAVES},
    "ayne.report.drawing": set(),
    "ayne.report.film_charts": {"ayne.report.drawing", "ayne.report.facts"},
    "ayne.report.upkeep_charts": {"ayne.report.drawing", "ayne.report.facts"},
    "ayne.report.charts": {
        "ayne.report.drawing",
        "ayne.report.facts",
        "ayne.report.film_charts",
        "ayne.report.upkeep_charts",
    },
    "ayne.report.markup": {"ayne.report.drawing"},
    "ayne.report.sections": {
        "ayne.report.drawing",
        "ayne.report.facts",
        "ayne.report.markup",
        "ayne.report.upkeep_charts",
    },
    "ayne.report.page": {"ayne.report.drawing", "ayne.report.facts", "ayne.report.markup", "ayne.report.sections"},
    "ayne.sandbox": {"ayne.sandbox"},
    "ayne.background": set(),
    "ayne.dask": {"ayne.dask.executor", "ayne.errors"},
    "ayne.dask.batches": set(),
    "ayne.dask.buckets": {"ayne.net.rate_limit"},
    "ayne.dask.local": set(),
    "ayne.dask.versions": {"ayne", "ayne.errors"},
    "ayne.dask.scheduler": {
        "ayne.clock",
        "ayne.dask.buckets",
        "ayne.dask.versions",
        "ayne.net.allowance",
        "ayne.net.rate_limit",
        "ayne.errors",
    },
    "ayne.dask.worker": {
        "ayne.dask.scheduler",
        "ayne.dask.versions",
        f"{TMDB}.client",
        f"{TMDB}.details",
        f"{TMDB}.models",
        f"{TMDB}.parts",
        f"{TMDB}.protocol",
        "ayne.net",
        "ayne.clock",
        "ayne.errors",
    },
    "ayne.dask.cluster": {"ayne.dask.scheduler", "ayne.dask.versions", "ayne.errors"},
    "ayne.dask.crew": {
        "ayne.dask.batches",
        "ayne.dask.versions",
        "ayne.dask.worker",
        f"{TMDB}.client",
        f"{TMDB}.details",
        f"{TMDB}.models",
        "ayne.net.session",
        "ayne.clock",
        "ayne.errors",
    },
    # It puts the concrete classes together.
    "ayne.dask.executor": {
        "ayne.dask",
        f"{TMDB}.client",
        "ayne.data_collection.ports",
        "ayne.net.allowance",
        "ayne.clock",
        "ayne.errors",
    },
    # For people, as cli is: it puts the concrete classes together.
    "ayne.blocking": {
        f"{TMDB}.client",
        f"{OMDB}.client",
        "ayne.background",
        "ayne.data_collection.orchestrator",
        "ayne.database.duckdb_client",
    },
    "ayne.cli": {"ayne"},
    "ayne.__main__": {"ayne.cli"},
}

# No await, clock, network, disk, randomness or logging: values in, values out.
PURE = {
    f"{TMDB}.changes",
    "ayne.errors",
    "ayne.net.bodies",
    "ayne.net.rate_limit",
    "ayne.net.retry",
    ANSWERS,
    f"{OMDB}.models",
    f"{OMDB}.protocol",
    f"{OMDB}.quota",
    f"{OMDB}.records",
    f"{TMDB}.coverage",
    f"{TMDB}.details",
    f"{TMDB}.filters",
    f"{TMDB}.layouts",
    f"{TMDB}.models",
    f"{TMDB}.part_values",
    f"{TMDB}.part_walks",
    f"{TMDB}.parts",
    f"{TMDB}.protocol",
    f"{TMDB}.ranges",
    f"{TMDB}.records",
    f"{TMDB}.planner",
    f"{TMDB}.well_formed",
    "ayne.data_collection.commit",
    "ayne.data_collection.refresh",
    "ayne.data_collection.ratings_report",
    "ayne.data_collection.retention",
    "ayne.data_collection.run_report",
    "ayne.dask.batches",
    "ayne.dask.buckets",
    "ayne.database.partitions",
    "ayne.database.rows",
    "ayne.report.charts",
    "ayne.report.drawing",
    "ayne.report.facts",
    "ayne.report.film_charts",
    "ayne.report.markup",
    "ayne.report.page",
    "ayne.report.sections",
    "ayne.report.upkeep_charts",
}
IMPURE_LIBRARIES = {"asyncio", "httpx", "duckdb", "time", "random", "os", "logging", "socket", "subprocess", "pathlib"}

MEANINGLESS = {"utils", "util", "helpers", "common", "misc"}


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imports(name: str, *, types: bool = False) -> set[str]:
    """Everything a module imports, at the top or later; with ``types`` for type checking too. Modules by name."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(tree if types else _without_type_checking(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package.split(".")[: len(package.split(".")) - node.level + 1]]) if node.level else ""
            source = ".".join(filter(None, [base, node.module or ""]))
            found |= {full if (full := f"{source}.{alias.name}") in MODULES else source for alias in node.names}
    return found


def _without_type_checking(tree: ast.Module) -> ast.Module:
    class Drop(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            kept = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            return None if kept else self.generic_visit(node)

    return Drop().visit(tree)  # type: ignore[no-any-return]


def ours(name: str) -> set[str]:
    return {found for found in imports(name) if found.split(".")[0] == "ayne"}


def rule(name: str) -> set[str]:
    """The rule for a module: its own, or that of the nearest package above it."""
    while name not in ALLOWED:
        name = name.rpartition(".")[0]
    return ALLOWED[name]


def covered(target: str, allowed: set[str]) -> bool:
    # The root holds the version and nothing else: allowing it does not allow what is below it.
    return any(target == name or (name not in LEAVES and target.startswith(f"{name}.")) for name in allowed)


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_what_the_design_does_not_allow(name: str) -> None:
    if name.startswith("ayne.cli"):
        return
    assert {target for target in ours(name) if not covered(target, rule(name))} == set()


def test_nothing_imports_the_command_line() -> None:
    importers = {name for name in MODULES if any(target.startswith("ayne.cli") for target in ours(name))}
    assert {name for name in importers if not name.startswith("ayne.cli")} == {"ayne.__main__"}


@pytest.mark.parametrize("name", sorted(PURE))
def test_a_pure_module_touches_nothing_outside(name: str) -> None:
    assert {target.split(".")[0] for target in imports(name)} & IMPURE_LIBRARIES == set()
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Await | ast.AsyncFunctionDef)]


def test_a_pure_module_imports_only_pure_ones() -> None:
    arrows = {(name, target) for name in PURE for target in ours(name)}
    assert {arrow for arrow in arrows if arrow[1] not in PURE} == set()


# Rooms of the sandbox, and those they may look into; what is not named is plumbing that anybody may use.
SANDBOX_ROOMS: dict[str, set[str]] = {
    "films": set(),
    "life": {"films"},
    "exports": {"films"},
    "tmdb": {"films"},
    "omdb": {"films"},
}
SANDBOX_DOORS = {"app", "server", "transport", "pytest_plugin", "wire"}


@pytest.mark.parametrize("room", SANDBOX_ROOMS)
def test_no_room_of_the_sandbox_looks_into_another_it_need_not_know(room: str) -> None:
    allowed = SANDBOX_ROOMS[room] | {room}
    seen = {
        target.split(".")[2]
        for name in MODULES
        if name.startswith(f"ayne.sandbox.{room}")
        for target in ours(name)
        if target.count(".") > 1
    }
    assert seen & (SANDBOX_ROOMS.keys() | SANDBOX_DOORS) <= allowed


def test_httpx_is_imported_by_the_session_and_the_wire_below_it_alone() -> None:
    users = {name for name in MODULES if "httpx" in {target.split(".")[0] for target in imports(name)}}
    assert users == {"ayne.net.session", "ayne.net.wire", "ayne.sandbox.transport"}


def test_dask_is_imported_by_its_own_room_alone() -> None:
    users = {name for name in MODULES if {"dask", "distributed"} & {found.split(".")[0] for found in imports(name)}}
    assert {name for name in users if not name.startswith("ayne.dask")} == set()


def test_there_are_no_import_cycles() -> None:
    # Two modules that only name each other's types know each other all the same.
    arrows = {name: (imports(name, types=True) & MODULES.keys()) - {name} for name in MODULES}
    # The package's own __init__ offers the client lazily; that is no import at import time.
    arrows[TMDB] = arrows[OMDB] = set()
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"cycle: {' -> '.join([*path, name])}"
        if name not in done:
            for target in arrows[name]:
                visit(target, (*path, name))
            done.add(name)

    for name in MODULES:
        visit(name, ())


def test_every_file_has_a_name_that_says_something() -> None:
    assert {name for name in MODULES if set(name.split(".")) & MEANINGLESS} == set()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))
