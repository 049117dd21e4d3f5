"""``entrench calibrate``: which parameter sets the published figures do not rule out."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.application import FAILED_RUNS
from sim.cli.options import Assignments, suggest_fresh
from sim.cli.studies import FIGURES, RESULTS, count_threads, write_rows

if TYPE_CHECKING:
    from sim.batch.executors import Crew
    from sim.studies.calibration.method import Calibration
    from sim.studies.calibration.plan import Plan
    from sim.studies.calibration.tables import ParameterSummary, TargetSummary

IDENTITY = "calibration.json"
SUMMARY = "summary.txt"
"""Written last, so that a folder that holds it is whole."""
RECOVERY, CORRELATIONS = "recovery.csv", "correlations.csv"
TRUTHS = 20
MOST_TRUTHS = 500
SHOWN = 20
"""Parameters in the table on the screen; the files hold all."""


def calibrate(
    file: Annotated[
        str,
        typer.Argument(metavar="[FILE]", help="A calibration file's name or path."),
    ] = "calibration",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Results folder; results/FILE if not given."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of designs and draws, instead of the file's.")
    ] = None,
    assignments: Assignments = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Run on threads: all cores if not given.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", help="Run on processes instead.")
    ] = None,
    recover: Annotated[
        int,
        typer.Option(
            "--recover", metavar="N", help="Seek N known synthetic truths as a test; 0: none."
        ),
    ] = TRUTHS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many runs and how long; run a sample.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace a folder that holds another calibration.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Find the parameter sets that published figures do not rule out, with weights.

    Waves of history matching, then approximate Bayesian computation; hold-outs are never used. The
    same command again resumes. Exit code 3: done, but some runs failed.
    """
    from sim.errors import InputError
    from sim.scenario import parse_assignments
    from sim.studies.calibration.emulator import require_regression
    from sim.studies.calibration.file import load_calibration

    crew = _crew(threads, processes)
    if not 0 <= recover <= MOST_TRUTHS:
        raise InputError(f"--recover {recover}: allowed: 0 to {MOST_TRUTHS}")
    plan = load_calibration(file, overrides=parse_assignments(assignments or []), seed=seed)
    require_regression()
    if dry_run:
        _forecast(plan, crew)
        return
    folder = out or RESULTS / Path(file).stem
    _open(plan, folder, fresh)
    if _is_whole(folder, recover, figures):
        if not quiet:
            typer.echo("This calibration was already there and whole; nothing was run again.")
            typer.echo((folder / SUMMARY).read_text(encoding="utf-8").rstrip())
            typer.echo(f"Results: {folder}")
        return
    # What it says would be of other options until it is written again.
    (folder / SUMMARY).unlink(missing_ok=True)
    found = _run(plan, folder, crew, quiet)
    _finish(found, folder, crew, recover, figures, quiet)
    failed = sum(wave.failed for wave in found.waves)
    if failed:
        names = ", ".join(str(folder / w.name / "failures.csv") for w in found.waves if w.failed)
        typer.echo(f"{failed:,} of {plan.runs:,} runs failed; they are listed in {names}", err=True)
        raise typer.Exit(FAILED_RUNS)


def _crew(threads: int | None, processes: int | None) -> Crew:
    from sim.batch.executors import Crew
    from sim.errors import InputError

    if threads is not None and processes is not None:
        raise InputError("--threads and --processes exclude each other: give one")
    if processes is not None:
        return Crew("processes", processes)
    return Crew("threads", count_threads(threads))


def _open(plan: Plan, folder: Path, fresh: bool) -> None:
    """Make the folder, or see that it holds this very calibration."""
    from sim.errors import InputError
    from sim.results.files import write_json
    from sim.studies.calibration.plan import aims_of_seeds
    from sim.studies.calibration.tables import identity_of

    identity = json.loads(json.dumps(identity_of(plan, aims_of_seeds())))
    path = folder / IDENTITY
    if folder.exists() and not path.is_file() and (not folder.is_dir() or any(folder.iterdir())):
        advice = "name another with --out" + ("; --fresh does not remove it" if fresh else "")
        raise InputError(f"{folder} is there and holds no {IDENTITY}: {advice}")
    if path.is_file() and fresh:
        shutil.rmtree(folder)
    if path.is_file():
        differing = _differences(path, identity)
        if differing:
            raise InputError(
                [
                    f"{folder} holds another calibration; different: {', '.join(differing)}",
                    "name another folder with --out, or replace these results with --fresh",
                ]
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, identity)


def _differences(path: Path, identity: dict[str, Any]) -> list[str]:
    """Return in what the calibration of a folder is not the one asked for."""
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        before = {}
    return [key for key in identity if before.get(key) != identity[key]]


def _is_whole(folder: Path, recover: int, figures: bool) -> bool:
    """Tell whether a folder holds all that is asked for."""
    if not (folder / SUMMARY).is_file():
        return False
    if figures and not (folder / FIGURES).is_dir():
        return False
    path = folder / RECOVERY
    if not recover or not path.is_file():
        return not recover
    with path.open(encoding="utf-8", newline="") as file:
        return len({row["truth"] for row in csv.DictReader(file)}) == recover


def _run(plan: Plan, folder: Path, crew: Crew, quiet: bool) -> Calibration:
    from sim.batch.sweep import OtherResultsError
    from sim.cli.progress import Progress
    from sim.studies.calibration.method import calibrate as run

    if not quiet:
        typer.echo(
            f"{len(plan.factors)} parameters; {plan.waves} waves of {plan.points:,} sets × "
            f"{plan.replicates} histories, then {plan.final_points:,} × {plan.final_replicates}: "
            f"{plan.runs:,} runs"
        )
    with Progress(plan.runs, quiet) as tell, suggest_fresh(OtherResultsError):
        return run(plan, folder, crew, say=None if quiet else typer.echo, tell=tell)


def _finish(
    found: Calibration, folder: Path, crew: Crew, recover: int, figures: bool, quiet: bool
) -> None:
    """Write tables, test recovery, draw figures, say what was found; the summary last."""
    import numpy as np

    from sim.results.files import whole_file
    from sim.studies.calibration.recovery import recover as seek
    from sim.studies.calibration.tables import parameter_summaries, target_summaries
    from sim.studies.calibration.words import sentences

    targets, parameters = target_summaries(found), parameter_summaries(found)
    _write(found, targets, parameters, folder)
    said = sentences(found)
    if not quiet:
        _show(targets, parameters)
    if recover:
        if not quiet:
            typer.echo(f"Seeking {recover} synthetic truths ...", err=True)
        identified = np.array([one.identified for one in parameters])
        recovery = seek(found, recover, identified, folder, crew)
        write_rows(folder / RECOVERY, recovery.rows())
        said.append(recovery.words())
    else:
        (folder / RECOVERY).unlink(missing_ok=True)
    drawn = _draw(found, targets, parameters, folder) if figures else []
    text = "\n".join(said)
    with whole_file(folder / SUMMARY) as file:
        file.write(f"{text}\n".encode())
    if not quiet:
        typer.echo(text)
        typer.echo(f"Results: {folder}" + (f" ({len(drawn)} figure files)" if drawn else ""))


def _write(
    found: Calibration,
    targets: tuple[TargetSummary, ...],
    parameters: tuple[ParameterSummary, ...],
    folder: Path,
) -> None:
    from sim.scenario.plausible import FILE, write_plausible
    from sim.studies.calibration.tables import (
        PAIR_COLUMNS,
        plausible_of,
        trade_offs,
        wave_rows,
    )

    temporary = folder / f"{FILE}.tmp"
    write_plausible(plausible_of(found), temporary)
    temporary.replace(folder / FILE)
    write_rows(folder / "targets.csv", [one.row() for one in targets])
    write_rows(folder / "parameters.csv", [one.row() for one in parameters])
    write_rows(folder / "waves.csv", wave_rows(found))
    write_rows(folder / CORRELATIONS, [pair.row() for pair in trade_offs(found)], PAIR_COLUMNS)


def _show(targets: tuple[TargetSummary, ...], parameters: tuple[ParameterSummary, ...]) -> None:
    from sim.cli.tables import print_table
    from sim.studies.calibration.words import by_width

    rows = []
    for one in targets:
        ends = one.ends
        rows.append(
            (
                one.aim.id,
                f"{one.aim.observed:g} ± {one.aim.sigma:g}",
                f"{one.mean:.3g}",
                f"{ends['q05']:.3g} to {ends['q95']:.3g}",
                f"{ends['q025']:.3g} to {ends['q975']:.3g}",
                "yes" if one.inside else "no",
                f"{one.largest:.1f}",
            )
        )
    heads = ("target", "observed", "mean", "90 %", "95 %", "inside 95 %", "largest |I|")
    print_table(heads, rows, if_wide=("90 %",))
    known = [one for one in by_width(parameters) if one.identified]
    if known:
        lines = [
            (
                one.factor.name,
                f"{one.factor.low:g} to {one.factor.high:g}",
                f"{one.default:g}",
                f"{one.ends['q50']:.3g}",
                f"{one.ends['q05']:.3g} to {one.ends['q95']:.3g}",
                f"{one.width_ratio:.2f}",
            )
            for one in known[:SHOWN]
        ]
        print_table(
            ("identified", "plausible range", "default", "median", "90 %", "width ratio"),
            lines,
            if_wide=("plausible range",),
        )


def _draw(
    found: Calibration,
    targets: tuple[TargetSummary, ...],
    parameters: tuple[ParameterSummary, ...],
    folder: Path,
) -> list[Path]:
    from sim import __version__
    from sim.figures.save import figure_metadata, save
    from sim.studies.calibration.figures import figure_parameters, figure_targets

    plan = found.plan
    manifest = {
        "scenario": plan.scenario.name,
        "seed": plan.seed,
        "runs": plan.runs,
        "version": __version__,
        "origin": (
            f"{plan.scenario.name} · {len(found.chosen)} parameter sets kept of "
            f"{len(found.waves[-1].cube):,} × {plan.final_replicates} histories · seed {plan.seed}"
            f" · entrench {__version__}."
        ),
    }
    about = f"Calibration of {plan.scenario.name}"
    told = {
        "parameters": figure_parameters(parameters, manifest),
        "targets": figure_targets(targets, manifest),
    }
    return [
        path
        for name, figure in told.items()
        for path in save(
            figure, folder / FIGURES, name, figure_metadata(manifest, f"{about}: {name}")
        )
    ]


def _forecast(plan: Plan, crew: Crew) -> None:
    from sim.batch.forecast import forecast
    from sim.cli.progress import in_time
    from sim.studies.calibration.method import propose
    from sim.studies.calibration.plan import aims_of_seeds
    from sim.studies.calibration.runs import experiment_of

    cube, _, _ = propose(plan, [], 1, plan.points)
    first = experiment_of(plan, aims_of_seeds(), cube, plan.replicates, "wave-1")
    seconds = forecast(first, crew).seconds * plan.runs / first.runs
    typer.echo(f"{len(plan.factors)} parameters, seed {plan.seed}")
    wave = f"{plan.points:,} sets × {plan.replicates} histories"
    for number in range(1, plan.waves + 1):
        typer.echo(f"wave-{number}: {wave} = {plan.points * plan.replicates:,} runs")
    typer.echo(
        f"final: {plan.final_points:,} sets × {plan.final_replicates} histories = "
        f"{plan.final_points * plan.final_replicates:,} runs"
    )
    typer.echo(
        f"about {in_time(seconds)} on {crew.workers} {crew.where} for {plan.runs:,} runs; emulators"
        " and proposals add some minutes"
    )
