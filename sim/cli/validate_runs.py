"""The runs that ``entrench validate`` compares: made, taken up or opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.application import FAILED_RUNS

if TYPE_CHECKING:
    from sim.results.read import Results
    from sim.scenario import Scenario

MODEL = "baseline"
RUNS, SEED = 200, 1
DIGITS = 6
"""Significant digits of numbers in files."""


@dataclass(frozen=True)
class Wanted:
    """What the command line asks of the runs; see :func:`sim.cli.validate.validate`."""

    source: str | None
    runs: int | None
    seed: int | None
    assignments: tuple[str, ...]
    out: Path
    threads: int | None
    fresh: bool
    quiet: bool
    point: bool = False

    @property
    def folder(self) -> Path | None:
        """The finished results folder that the source names, if it names one."""
        text = self.source or MODEL
        path = Path(text)
        named = "/" in text or os.sep in text or (path / "manifest.json").exists()
        return path if path.is_dir() and named else None


@dataclass(frozen=True)
class Opened:
    """A model's finished runs.

    Attributes:
        name: Of its scenario.
        results: The folder.
    """

    name: str
    results: Results

    @property
    def question(self) -> tuple[int, int, str]:
        """Runs, seed and rules: what null models must share."""
        manifest = self.results.manifest
        return int(manifest["runs"]), int(manifest["seed"]), str(manifest["rules"])


def open_plausible(wanted: Wanted) -> Opened | None:
    """Run what is missing of the model under the plausible sets, and open it.

    Returns:
        Its runs; None where there are no such sets, where they are not wanted, or where the model
        is a finished folder, which has the sets it was run with.
    """
    from sim.batch.ensemble import Request
    from sim.cli.options import chosen_sets
    from sim.results.read import open_results
    from sim.scenario import load_scenario, parse_assignments

    plausible = None if wanted.folder else chosen_sets(wanted.point)
    if plausible is None:
        return None
    loaded = load_scenario(
        wanted.source or MODEL, overrides=parse_assignments(wanted.assignments)
    )
    runs = RUNS if wanted.runs is None else wanted.runs
    seed = SEED if wanted.seed is None else wanted.seed
    name = f"{loaded.name}-plausible"
    _run([Request(loaded, runs, seed, plausible)], wanted, [name])
    return Opened(f"{loaded.name}, plausible sets", open_results(wanted.out / name))


def open_models(wanted: Wanted, rivals: Sequence[str] = ()) -> list[Opened]:
    """Run what is missing, and open the model and what stands beside it.

    Args:
        wanted: What is asked.
        rivals: Names of scenarios beside the model; those not shipped are left out.

    Raises:
        InputError: A scenario, a number or a folder is wrong.
    """
    from sim.analysis.validate import FEWEST_RUNS
    from sim.batch.ensemble import Request
    from sim.cli.progress import say_if_first
    from sim.engine import source_hash
    from sim.errors import InputError
    from sim.results.read import open_results
    from sim.scenario import load_scenario, parse_assignments, shipped_names

    found: list[Opened] = []
    runs, seed = wanted.runs, wanted.seed
    if wanted.folder is not None:
        found.append(_open_folder(wanted.folder))
        own = found[0].question
        faults = [
            f"{wanted.folder} has {key} {have}, not {asked}"
            for key, asked, have in (("runs", runs, own[0]), ("seed", seed, own[1]))
            if asked is not None and asked != have
        ]
        if rivals and own[2] != source_hash():
            faults.append(
                f"{wanted.folder} was run with other rules, so null models cannot stand beside it;"
                " run it again, or give --no-nulls"
            )
        if faults:
            raise InputError(faults)
        runs, seed, _ = own
    runs, seed = RUNS if runs is None else runs, SEED if seed is None else seed
    if runs < FEWEST_RUNS:
        raise InputError(f"--runs {runs}: allowed: {FEWEST_RUNS} or more, for histories to differ")
    overrides = parse_assignments(wanted.assignments)
    to_run: list[Scenario] = []
    if not found:
        to_run.append(load_scenario(wanted.source or MODEL, overrides=overrides))
    first = found[0].name if found else to_run[0].name
    there = set(shipped_names()) - {first}
    to_run += [load_scenario(name, overrides=overrides) for name in rivals if name in there]
    requests = [Request(scenario, runs, seed) for scenario in to_run]
    if requests and not wanted.quiet:
        say_if_first()
    _run(requests, wanted, [scenario.name for scenario in to_run])
    found += [Opened(s.name, open_results(wanted.out / s.name)) for s in to_run]
    return found


def _open_folder(folder: Path) -> Opened:
    from sim.errors import InputError
    from sim.results.read import open_results

    results = open_results(folder)
    if "experiment" in results.manifest:
        raise InputError(f"{folder} holds a sweep; give a scenario, or the folder of its runs")
    return Opened(str(results.manifest["scenario"]["name"]), results)


def _run(requests: Sequence[Any], wanted: Wanted, names: Sequence[str]) -> None:
    """Run what is missing of each request into the folder of that name."""
    from sim.batch.ensemble import run_to_folder
    from sim.cli.progress import Progress
    from sim.errors import InputError

    before = 0
    with Progress(sum(request.runs for request in requests), wanted.quiet) as tell:
        for request, name in zip(requests, names, strict=True):
            folder = wanted.out / name
            if wanted.fresh and folder.exists():
                _clear(folder)

            def told(done: int, before: int = before) -> None:
                tell(before + done)

            try:
                run_to_folder(
                    request, folder, threads=wanted.threads or os.cpu_count() or 1, progress=told
                )
            except InputError as error:
                hint = "name another folder with --out, or replace these runs with --fresh"
                raise InputError([*error.messages, hint], error.headline) from None
            before += request.runs


def _clear(folder: Path) -> None:
    """Remove earlier runs, and nothing else."""
    from sim.errors import InputError

    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder} holds no manifest.json, so --fresh does not remove it")
    shutil.rmtree(folder)


def end_with(models: Iterable[Opened]) -> None:
    """Exit with the code for failed runs if there were any."""
    if any((model.results.folder / "failures.csv").exists() for model in models):
        raise typer.Exit(FAILED_RUNS)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV table, whole or not at all: six digits of a number; None is an empty cell."""
    import csv
    import io

    from sim.results.files import whole_file

    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {k: f"{v:.{DIGITS}g}" if isinstance(v, float) else v for k, v in row.items()}
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.getvalue().encode())
