"""Run campaigns, or one trial again.

    python -m tests.reliability                             the short form of all
    python -m tests.reliability limiter --long              the long form of one
    python -m tests.reliability limiter --seed 17           one trial, with its traceback

Figures are kept by ``python -m benchmarks.figures``, which runs the long forms.
"""

from __future__ import annotations

import time

import click

from tests.reliability.campaign import Broken
from tests.reliability.campaigns import CAMPAIGNS


@click.command(epilog=f"Names: {', '.join(CAMPAIGNS)}")
@click.argument("names", nargs=-1, type=click.Choice(list(CAMPAIGNS)), metavar="[NAME]...")
@click.option("--long", is_flag=True, help="As many trials as before a release.")
@click.option("--trials", type=int, help="So many trials instead.")
@click.option("--seed", type=int, help="The trial of this seed only.")
@click.option("--processes", type=int, help="How many trials at once; by default as many as there are cores.")
def main(names: tuple[str, ...], long: bool, trials: int | None, seed: int | None, processes: int | None) -> None:
    """Try to break what ayne promises."""
    for campaign in [CAMPAIGNS[name] for name in names] or CAMPAIGNS.values():
        seeds = range(trials) if trials is not None else campaign.seeds(long=long)
        began = time.perf_counter()
        if seed is not None:
            told = str(campaign.run_trial(seed).figures())
        else:
            try:
                told = campaign.told(campaign.run(seeds, processes=processes).figures())
            except Broken as error:
                raise click.ClickException(str(error)) from None
        click.echo(f"{campaign.name}: {told} ({time.perf_counter() - began:.0f} s)")


if __name__ == "__main__":
    main()
