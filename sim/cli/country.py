"""``entrench country``: one state's story over many runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import Point, chosen_sets

if TYPE_CHECKING:
    import pandas as pd

    from sim.studies.country.story import CountryStory, Likelihood, Timing

RUNS, SEED = 200, 1
"""Of an ensemble run in memory, where the user names none."""
DISCLAIMER = "Scenarios, not forecasts: a probability is a share of runs of this model."


def country(
    state: Annotated[
        str, typer.Argument(metavar="STATE", help="ISO code or English name: SRB, serbia.")
    ],
    results: Annotated[
        Path | None,
        typer.Option(
            "--results", metavar="DIR", help="Read this results folder instead of running."
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", metavar="NAME", help="Scenario to run, a name or a file (baseline)."
        ),
    ] = None,
    runs: Annotated[
        int | None, typer.Option("--runs", min=1, help=f"How many runs ({RUNS}).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help=f"Seed of the draws ({SEED}).")
    ] = None,
    point: Point = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Tell one state's story: trained, sold to, locked in; with what probability.

    Beside it stand the averages of its region and of its regime of 2024, and what the model's
    observer would have recorded. Reads a results folder, or runs a scenario in memory.
    """
    from sim.errors import InputError
    from sim.studies.country.story import tell_story
    from sim.world.names import find_state
    from sim.world.seeds import load_seeds

    seeds = load_seeds()
    found = find_state(state, seeds.countries)
    if results is None:
        origin, frame, last_year = _run(
            scenario or "baseline", runs or RUNS, SEED if seed is None else seed, point
        )
    else:
        if not (scenario is None and runs is None and seed is None) or point:
            raise InputError(
                "--results reads finished runs: leave out --scenario, --runs, --seed, --point"
            )
        origin, frame, last_year = _read(results)
    story = tell_story(found, frame, seeds, last_year)
    if as_json:
        import json

        facts = {**origin, **story.to_dict()}
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(story, origin)


def _read(folder: Path) -> tuple[dict[str, Any], pd.DataFrame, int]:
    """Return a folder's origin (scenario, seed, version), its rows, and its last year."""
    from sim.engine.chunk import year_of
    from sim.figures.save import figure_metadata
    from sim.results.read import open_results

    opened = open_results(folder)
    told = figure_metadata(opened.manifest, "")
    origin = {key.lower(): told[key] for key in ("Scenario", "Seed", "Version")}
    return origin, opened.country_runs(), year_of(opened.quarters[-1])


def _run(
    scenario: str, runs: int, seed: int, point: bool
) -> tuple[dict[str, Any], pd.DataFrame, int]:
    """Run a scenario in memory; return the same as :func:`_read`."""
    from sim import __version__
    from sim.batch.ensemble import run_ensemble
    from sim.engine.chunk import year_of
    from sim.scenario import load_scenario
    from sim.studies.country.story import country_frame

    loaded = load_scenario(scenario)
    layout, chunks = run_ensemble(loaded, runs=runs, seed=seed, plausible=chosen_sets(point))
    origin = {"scenario": loaded.name, "seed": str(seed), "version": __version__}
    return origin, country_frame(layout, chunks), year_of(layout.quarters[-1])


def _show(story: CountryStory, origin: dict[str, Any]) -> None:
    from sim.cli.tables import print_table

    typer.echo(f"{story.name} ({story.iso3})")
    print_table(("what is known", ""), list(story.facts.items()))
    typer.echo(
        f"In {story.runs} runs of {origin['scenario']} (seed {origin['seed']}) to"
        f" {story.last_year}:"
    )
    print_table(("year", "median", "quartiles"), [_timing_cells(t, story) for t in story.timings])
    heads = (
        story.iso3,
        f"{story.region[0]} ({story.region[1]})",
        f"{story.regime[0]} ({story.regime[1]})",
    )
    _show_likelihoods("probability", heads, story.happened)
    opened = story.contracts_opened
    if opened is not None:
        typer.echo(
            f"Contracts opened a run: {opened:.1f}. Among runs with a contract (any vendor),"
            " at least one was"
        )
        _show_likelihoods("probability", heads, story.contracts)
    typer.echo("What the observer would have recorded:")
    _show_likelihoods("probability", heads, story.recorded)
    typer.echo(DISCLAIMER)


def _show_likelihoods(title: str, heads: tuple[str, ...], rows: Iterable[Likelihood]) -> None:
    from sim.cli.tables import print_table

    print_table(
        (title, *heads),
        [(row.label, *map(_percent, (row.state, row.region, row.regime))) for row in rows],
    )


def _timing_cells(timing: Timing, story: CountryStory) -> tuple[str, str, str]:
    never = f"not by {story.last_year}"
    lower, median, upper = (never if y is None else str(y) for y in timing.quartiles)
    return timing.label, median, f"{lower} to {upper}" if lower != never else never


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.0f} %"
