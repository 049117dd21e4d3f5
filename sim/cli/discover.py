"""``entrench discover``: under which conditions of an experiment something comes about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import Assignments, file_in_the_way
from sim.cli.studies import (
    FIGURES,
    RESULTS,
    Group,
    count_threads,
    end_with_failures,
    parse_group,
    percent,
    run_study,
    write_rows,
)

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.results.sweep import SweepResults
    from sim.studies.discovery.method import Condition, Discovery

WITHDRAWAL = "offer-withdrawn"
"""The event after which the default condition asks what is still working."""
YEARS_AFTER = 10
STILL = 0.8
"""Share of what worked before the withdrawal, above which systems count as having stayed."""
MOST_BOXES = 10


@dataclass(frozen=True)
class Asked:
    """The condition as the options say it; see :func:`discover`."""

    outcome: str
    group: str
    year: int | None
    relative_to: int | None
    above: float | None
    below: float | None
    quantile: float | None


def discover(
    experiment: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT",
            help="An experiment's name or file, or the folder of a finished sweep.",
        ),
    ],
    outcome: Annotated[str, typer.Option("--outcome", help="Outcome of the condition.")] = (
        "working"
    ),
    group: Group = "world",
    year: Annotated[
        int | None,
        typer.Option("--year", help="At the end of which year; ten after the withdrawal."),
    ] = None,
    relative_to: Annotated[
        int | None,
        typer.Option(
            "--relative-to",
            metavar="YEAR",
            help="Divide by the outcome of this year; the one before the withdrawal.",
        ),
    ] = None,
    above: Annotated[
        float | None, typer.Option("--above", help="The value must lie above this; 0.8.")
    ] = None,
    below: Annotated[
        float | None, typer.Option("--below", help="The value must lie below this.")
    ] = None,
    quantile: Annotated[
        float | None,
        typer.Option("--quantile", help="Above this quantile of the points instead."),
    ] = None,
    boxes: Annotated[int, typer.Option("--boxes", help="How many boxes at most.")] = 3,
    density: Annotated[
        float | None,
        typer.Option("--density", help="Take the largest box with this share of hits."),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", help="Runs at each point, not the file's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the draws, instead of the file's.")
    ] = None,
    assignments: Assignments = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder; results/discover-EXPERIMENT if none."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads; all cores if not given.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace a sweep that answers another question.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Find the conditions under which an outcome comes about (PRIM).

    By default: more than 80 % of the systems that worked in the year before China withdraws its
    offer still work ten years after. The same command again resumes. Exit code 3: done, but some
    runs failed.
    """
    from sim.results.sweep import open_sweep
    from sim.studies.discovery.method import discover as find
    from sim.studies.discovery.method import read_values
    from sim.studies.discovery.prim import need_workbench

    need_workbench()
    asked = Asked(outcome, group, year, relative_to, above, below, quantile)
    faults = _faults(asked, boxes, density, threads)
    given = Path(experiment)
    sweep: SweepResults | None = None
    if (given / "manifest.json").is_file():
        faults += _no_use(replicates, seed, assignments, fresh)
        sweep = open_sweep(given)
        name, facts = given.resolve().name, sweep.manifest["experiment"]
        loaded = None
    else:
        loaded = _load(experiment, assignments, replicates, seed)
        name, facts = loaded.name, loaded.manifest()
    folder = out or RESULTS / f"discover-{name}"
    if fault := file_in_the_way(folder):
        faults.append(fault)
    condition = _condition(asked, facts, faults)
    if loaded is not None:
        if not quiet:
            typer.echo(
                f"{loaded.title}: {len(loaded.design.points):,} points × {loaded.replicates} = "
                f"{loaded.runs:,} runs"
            )
        sweep = run_study(
            loaded, folder / "sweep", threads=count_threads(threads), fresh=fresh, quiet=quiet
        )
    assert sweep is not None
    values = read_values(sweep, condition)
    condition = _with_quantile(condition, values, quantile)
    found = find(
        condition,
        sweep.factors,
        sweep.design,
        values,
        most=boxes,
        least_density=density,
        seed=int(sweep.manifest.get("seed", 1)),
    )
    _write(found, folder)
    drawn = _draw(found, sweep, name, folder) if figures and found.boxes else []
    if not quiet:
        _show(found)
        typer.echo(f"Results: {folder}" + (f" ({len(drawn)} figure files)" if drawn else ""))
    end_with_failures([sweep.results.folder])


def _load(
    name: str, assignments: list[str] | None, replicates: int | None, seed: int | None
) -> Experiment:
    from sim.experiment import load_experiment
    from sim.scenario import parse_assignments

    overrides = parse_assignments(assignments or [])
    return load_experiment(name, overrides=overrides, replicates=replicates, seed=seed)


def _faults(asked: Asked, boxes: int, density: float | None, threads: int | None) -> list[str]:
    thresholds = {"--above": asked.above, "--below": asked.below, "--quantile": asked.quantile}
    given = [name for name, value in thresholds.items() if value is not None]
    faults = []
    if len(given) > 1:
        faults.append(f"{' and '.join(given)} exclude each other: give one")
    if asked.quantile is not None and not 0.0 < asked.quantile < 1.0:
        faults.append(f"--quantile {asked.quantile}: must lie between 0 and 1")
    if density is not None and not 0.0 < density <= 1.0:
        faults.append(f"--density {density}: must lie above 0, and be 1 at most")
    if not 1 <= boxes <= MOST_BOXES:
        faults.append(f"--boxes {boxes}: allowed: 1 to {MOST_BOXES}")
    if threads is not None and threads < 1:
        faults.append(f"--threads {threads}: allowed: 1 or more")
    return faults


def _no_use(
    replicates: int | None, seed: int | None, assignments: list[str] | None, fresh: bool
) -> list[str]:
    given = {"--replicates": replicates, "--seed": seed, "--set": assignments, "--fresh": fresh}
    return [
        f"{name} has no use here: the sweep is finished"
        for name, value in given.items()
        if value not in (None, False, [])
    ]


def _condition(asked: Asked, facts: Mapping[str, Any], faults: list[str]) -> Condition:
    """Return the condition, or raise all that is wrong with it and `faults` at once.

    Args:
        asked: What the options say.
        facts: The experiment as plain data.
        faults: What is wrong with other options.
    """
    from sim.errors import InputError
    from sim.studies.discovery.method import Condition

    year, relative_to, above = asked.year, asked.relative_to, asked.above
    thresholds = (asked.above, asked.below, asked.quantile)
    if year is None and relative_to is None:
        try:
            date = _withdrawal(facts)
        except InputError as error:
            raise InputError([*faults, *error.messages]) from None
        year, relative_to = date + YEARS_AFTER, date - 1
    if year is None:
        raise InputError([*faults, "--relative-to needs --year"])
    if all(value is None for value in thresholds):
        if relative_to is None:
            faults.append("say which values count: --above, --below or --quantile")
        above = STILL
    kind, group = parse_group(asked.group)
    faults += _not_kept(asked, [year, relative_to], kind, group, facts)
    if faults:
        raise InputError(faults)
    threshold = asked.below if asked.below is not None else above
    return Condition(
        outcome=asked.outcome,
        year=year,
        relative_to=relative_to,
        above=asked.below is None,
        threshold=0.0 if threshold is None else threshold,
        kind=kind,
        group=group,
    )


def _withdrawal(facts: Mapping[str, Any]) -> int:
    """Return the year of the withdrawal in the base scenario."""
    from sim.errors import InputError

    base = facts["scenarios"][facts["base"]]
    advice = "say what is asked with --year (and --relative-to)"
    event = next((e for e in base["events"] if e["name"] == WITHDRAWAL), None)
    if event is None:
        raise InputError(f"the scenario {facts['base']} has no event {WITHDRAWAL}; {advice}")
    if any(factor["name"] == f"events.{WITHDRAWAL}.date" for factor in facts["factors"]):
        raise InputError(f"the date of {WITHDRAWAL} is a factor; {advice}")
    return int(event["date"])


def _not_kept(
    asked: Asked, years: list[int | None], kind: str, group: str, facts: Mapping[str, Any]
) -> list[str]:
    """Return what the condition reads and the experiment does not keep."""
    from sim.cli.studies import group_problems
    from sim.engine import prepare
    from sim.register import nearest
    from sim.scenario import load_scenario

    keep, horizon = facts["keep"], facts["scenarios"][facts["base"]]["horizon"]
    layout = prepare([load_scenario("baseline")], 0).layout
    faults = group_problems(asked.outcome, kind, group, layout)
    if not faults and keep["outcomes"] and asked.outcome not in keep["outcomes"]:
        hint = nearest(asked.outcome, keep["outcomes"])
        faults.append(f"--outcome {asked.outcome}: the experiment does not keep it{hint}")
    if not faults and kind not in ("world", "vendor", *keep["groups"]):
        faults.append(f"--group {kind}: the experiment keeps no groups of that kind")
    for year in years:
        if year is None:
            continue
        if not horizon["start"] <= year <= horizon["end"]:
            faults.append(
                f"the year {year} lies outside the horizon, {horizon['start']} to {horizon['end']};"
                " choose others with --year and --relative-to"
            )
        elif isinstance(keep["dates"], list) and year not in keep["dates"]:
            kept = ", ".join(map(str, keep["dates"]))
            faults.append(f"the year {year} is not kept; the experiment keeps {kept}")
    return faults


def _with_quantile(condition: Condition, values: Any, quantile: float | None) -> Condition:
    from dataclasses import replace

    import numpy as np

    if quantile is None or not np.isfinite(values).any():
        return condition
    return replace(condition, threshold=float(np.nanquantile(values, quantile)))


def _write(found: Discovery, folder: Path) -> None:
    """Write the tables; those of boxes are removed if there are none now."""
    tables = {
        "boxes.csv": found.rows(),
        "trajectory.csv": found.step_rows(),
        "points.csv": found.point_rows(),
    }
    for name, rows in tables.items():
        if rows:
            write_rows(folder / name, rows)
        else:
            (folder / name).unlink(missing_ok=True)


def _show(found: Discovery) -> None:
    from sim.cli.tables import print_table

    left = len(found.values) - found.used
    typer.echo(
        f"{found.condition} at {int(found.hits.sum())} of {found.used} points"
        f" ({percent(found.overall)})" + (f"; {left} points without a value left out" * bool(left))
    )
    if not found.boxes:
        typer.echo(
            "No box is denser than all points together and restricts a factor significantly."
        )
    for number, box in enumerate(found.boxes, 1):
        typer.echo(f"\nBox {number}: {box}.")
        rows = [
            (
                str(limit),
                limit.factor.unit,
                f"{max(side.p for side in limit.sides):.1e}",
                percent(limit.again),
            )
            for limit in box.limits
        ]
        print_table(("condition", "unit", "quasi-p", "again in half of the points"), rows)
        if box.dropped:
            typer.echo(f"Dropped as not significant: {', '.join(box.dropped)}.")
    if found.boxes:
        typer.echo(
            "Density and coverage are of the points in which the boxes were sought, so both are "
            "somewhat overstated."
        )


def _draw(found: Discovery, sweep: SweepResults, name: str, folder: Path) -> list[Path]:
    from sim.figures.save import figure_metadata, save
    from sim.studies.discovery.figures import figure_boxes, figure_tradeoff

    told = sweep.manifest
    manifest = {
        "scenario": name,
        "seed": told.get("seed", "?"),
        "runs": told.get("runs", "?"),
        "version": told.get("version", "?"),
        "origin": (
            f"{name} · {sweep.points:,} points × {sweep.replicates} replicates · seed"
            f" {told.get('seed', '?')} · entrench {told.get('version', '?')}."
        ),
    }
    title = f"Boxes where {found.condition}"
    metadata = figure_metadata(manifest, title)
    return [
        *save(figure_boxes(found, manifest), folder / FIGURES, "boxes", metadata),
        *save(figure_tradeoff(found, manifest), folder / FIGURES, "tradeoff", metadata),
    ]
