"""``entrench bench``: how fast the model runs here, and against what floor."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer


def bench(
    scenario: Annotated[str, typer.Option("--scenario", help="Scenario to run.")] = "baseline",
    runs: Annotated[
        int, typer.Option("--runs", min=10, help="Histories of the engine in a round.")
    ] = 100,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Paired rounds; best counts.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the Mesa model and the engine in one process, and the floor under the engine.

    The floor is what the draws and exponentials of a country-quarter cost, compiled, by themselves,
    where they overlap. Mesa is timed with ordinary random numbers, too, as most models have them.
    """
    from sim.studies.speed import measure

    speed = measure(scenario, os.cpu_count() or 1, runs, rounds)
    if as_json:
        typer.echo(json.dumps(speed, indent=2))
        return
    for name, value in speed.items():
        typer.echo(f"{name:42}{value:12.2f}")
    ratio = speed["engine_runs_per_s_1"] / speed["mesa_plain_random_runs_per_s"]
    over = speed["ns_per_country_quarter"] / speed["floor_ns_per_country_quarter"]
    typer.echo(f"engine, one core, over Mesa with ordinary random numbers: {ratio:.0f} x")
    typer.echo(f"country-quarter over its floor: {over:.2f} x")
    typer.echo(f"{speed['cores']} cores over one: {speed['threads_gain']:.2f} x")
