"""The runs that ``entrench validate`` compares: made, taken up or opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.options import chosen_sets, clear_results, suggest_fresh
from sim.cli.studies import count_threads, end_with_failures

if TYPE_CHECKING:
    from sim.results.read import Results
    from sim.scenario import Scenario

MODEL = "baseline"
RUNS, SEED = 200, 1


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
    from sim.results.read import open_results
    from sim.scenario import load_scenario, parse_assignments

    plausible = None if wanted.folder else chosen_sets(wanted.point)
    if plausible is None:
        return None
    loaded = load_scenario(wanted.source or MODEL, overrides=parse_assignments(wanted.assignments))
    runs, seed = _runs_and_seed(wanted.runs, wanted.seed)
    name = f"{loaded.name}-plausible"
    request = Request(loaded, runs, seed, plausible)
    _run([request], wanted, [name])
    return Opened(f"{loaded.name}, plausible sets", open_results(wanted.out / name))


def open_models(wanted: Wanted, rivals: Sequence[str] = ()) -> list[Opened]:
    """Run what is missing, and open the model and what stands beside it.

    Args:
        wanted: What is asked.
        rivals: Names of scenarios beside the model; those not shipped are left out.

    Raises:
        InputError: A scenario, a number or a folder is wrong.
    """
    from sim.batch.ensemble import Request
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
    runs, seed = _runs_and_seed(runs, seed)
    overrides = parse_assignments(wanted.assignments)
    to_run: list[Scenario] = []
    if not found:
        to_run.append(load_scenario(wanted.source or MODEL, overrides=overrides))
    first = found[0].name if found else to_run[0].name
    there = set(shipped_names()) - {first}
    to_run += [load_scenario(name, overrides=overrides) for name in rivals if name in there]
    requests = [Request(scenario, runs, seed) for scenario in to_run]
    _run(requests, wanted, [scenario.name for scenario in to_run])
    found += [Opened(s.name, open_results(wanted.out / s.name)) for s in to_run]
    return found


def open_model(wanted: Wanted) -> Opened:
    """Run what is missing of the model alone, and open it.

    Returns:
        Its runs under the plausible sets; with one parameter set where there are none, where they
        are not wanted, or where the model is a finished folder of such runs.

    Raises:
        InputError: The scenario, a number or the folder is wrong.
    """
    return open_plausible(wanted) or open_models(wanted)[0]


def _runs_and_seed(runs: int | None, seed: int | None) -> tuple[int, int]:
    """Return the numbers asked for, or the usual ones."""
    from sim.errors import InputError
    from sim.studies.validation.method import FEWEST_RUNS

    runs, seed = RUNS if runs is None else runs, SEED if seed is None else seed
    if runs < FEWEST_RUNS:
        raise InputError(f"--runs {runs}: allowed: {FEWEST_RUNS} or more, for histories to differ")
    return runs, seed


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

    before = 0
    with Progress(sum(request.runs for request in requests), wanted.quiet) as tell:
        for request, name in zip(requests, names, strict=True):
            folder = wanted.out / name
            if wanted.fresh:
                clear_results(folder)

            def told(done: int, before: int = before) -> None:
                tell(before + done)

            with suggest_fresh():
                run_to_folder(request, folder, threads=count_threads(wanted.threads), progress=told)
            before += request.runs


def end_with(models: Iterable[Opened]) -> None:
    """Exit with the code for failed runs if there were any."""
    end_with_failures(model.results.folder for model in models)
