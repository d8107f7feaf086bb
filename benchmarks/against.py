"""What a change costs: the same measurement in another checkout and in this one, in turns.

    python -m benchmarks.against ../older                 all of them, in some ten minutes
    python -m benchmarks.against ../older --only store

Each checkout has a ``.venv`` of its own. What is compared is computing time for each film, of which other programs on
the machine spoil least, and of all rounds the least: whatever else happens can only add to it. A ratio above 1 says
that this checkout needs more.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path

import click

from benchmarks.processes import ROOT

# Each prints milliseconds of computing for each film. Run with the code of its own checkout.
_MEASURED = {
    "client": """
import json
from tempfile import TemporaryDirectory
from pathlib import Path
from benchmarks import speed
with TemporaryDirectory() as folder:
    film, tmdb_id = speed._film(Path(folder), 3)
    with speed._server(film, 0, None) as url:
        task = {"film": tmdb_id, "parts": speed.PARTS, "at_once": 50, "meter": {"seconds": 2.0, "least": 100}}
        print(json.dumps({"50 at once, 3 kB": speed._run("ayne", url, task, {})["cpu_ms"]}))
""",
    "store": """
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from benchmarks import store_speed
films = store_speed.finish(store_speed.sandbox_films(()))
with TemporaryDirectory() as folder:
    path = Path(folder) / "films.duckdb"
    step = store_speed.fill(path, films[:5000], 100_000)
    seen = store_speed._speeds(path, films, step, 100_000)
    told = {"insert": "inserted_per_cpu_second", "update": "updated_per_cpu_second", "copy": "copied_per_cpu_second"}
    print(json.dumps({name: 1000 / seen[key] for name, key in told.items()}))
""",
    "both": """
import json
from benchmarks import end_to_end
seen = end_to_end.end_to_end()
kinds = ("fetching_cpu_ms", "storing_cpu_ms")
print(json.dumps({f"{name}, {kind}": seen[name][kind] for name in end_to_end._PARTS for kind in kinds}))
""",
}


def measured(checkout: Path, name: str) -> dict[str, float]:
    """Measure one thing in one checkout."""
    done = subprocess.run(  # noqa: S603 - our own command line
        [checkout / ".venv" / "bin" / "python", "-c", _MEASURED[name]],
        cwd=checkout,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@click.command(help=__doc__)
@click.argument("older", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", "names", type=click.Choice(list(_MEASURED)), multiple=True)
@click.option("--rounds", default=5, show_default=True)
def main(older: Path, names: tuple[str, ...], rounds: int) -> None:
    """Print a line for each figure: before, now, and their ratio, all of the least that was measured."""
    checkouts = (older.resolve(), ROOT)
    for name in names or _MEASURED:
        seen: dict[Path, dict[str, list[float]]] = {checkout: defaultdict(list) for checkout in checkouts}
        for number in range(rounds):
            # Each begins as often as the other: the machine may slow down while it works.
            for checkout in checkouts[:: 1 if number % 2 else -1]:
                for key, value in measured(checkout, name).items():
                    seen[checkout][key].append(value)
        for key, values in seen[ROOT].items():
            before, now = min(seen[older.resolve()][key]), min(values)
            click.echo(f"{name:7} {key:28} {before:8.3f} ms {now:8.3f} ms   ratio {now / before:.3f}")


if __name__ == "__main__":
    main()
