"""A sweep that takes a second: six short points of two scenarios, and what tests do with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from typer.testing import CliRunner

from sim.batch.ensemble import Request
from sim.batch.executors import Workers
from sim.batch.sweep import run_sweep
from sim.cli import app
from sim.engine import chunks_of, prepare, run_chunks
from sim.engine.chunk import Chunk, Layout
from sim.experiment import Experiment, load_experiment
from sim.results.folder import Report
from sim.scenario import Scenario
from sim.scenario.parameter_sets import PlausibleSets

TEXT = """
title = "A small sweep"
base = "baseline"
replicates = 9

[design]
kind = "grid"

[[factors]]
key = "contracts.term"
values = [3.0, 12.0, 20.0]

[[factors]]
name = "world"
levels = {{ whole = {{}}, without = {{ scenario = "no-peers", "west.strictness" = 0.9 }} }}

[keep]
{keep}
"""

KEEP_COUNTRIES = 'groups = ["regime"]\ncountries = true'
KEEP_YEARS = 'groups = ["region"]\ndates = [2001, 2003]'

RUNTIME = "runtime.json"


def write_file(folder: Path, keep: str = KEEP_COUNTRIES) -> Path:
    """Write the experiment's file; returns its path."""
    path = folder / "small.toml"
    path.write_text(TEXT.format(keep=keep), encoding="utf-8")
    return path


def load(
    path: Path, replicates: int | None = None, seed: int | None = None, end: int = 2003
) -> Experiment:
    """Load an experiment with a short horizon."""
    return load_experiment(
        str(path), overrides={"horizon.end": end}, replicates=replicates, seed=seed
    )


def sweep(experiment: Experiment, folder: Path, workers: Workers | None = None) -> Report:
    """Run a sweep, on one thread unless told otherwise."""
    return run_sweep(experiment, folder, workers=workers or Workers())


def data_of(folder: Path) -> dict[str, bytes]:
    """Return the files that make up a finished folder's data, by name; shards do not count."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name == RUNTIME or path.name.startswith("shard-"):
            continue
        assert path.is_file(), f"{path} was left behind"
        found[path.name] = path.read_bytes()
    return found


def entrench(*arguments: object) -> tuple[int, str, str]:
    """Call the command line in this process; returns exit code, output and errors."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def besides_warnings(error: str) -> list[str]:
    """Return what stands in errors that is no warning."""
    return [line for line in error.splitlines() if not line.startswith("warning: ")]


def command(*arguments: object) -> list[str]:
    """Return the command line that calls the program in a process of its own."""
    return [sys.executable, "-c", "from sim.cli import main; main()", *map(str, arguments)]


def sweep_command(path: Path, folder: Path, *more: object, end: int = 2003) -> list[str]:
    """Return the command line of a short sweep without figures."""
    short = ("--set", f"horizon.end={end}", "--out", folder, "--no-figures")
    return command("sweep", path, *short, *more)


def _heed_interrupts() -> None:
    """Undo that Ctrl-C is ignored, as it is in what a shell runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a process in a group of its own; it is ended with its children in any case."""
    process = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_interrupts,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.communicate()


def run_ensemble(
    scenario: Scenario,
    *,
    runs: int,
    seed: int,
    threads: int = 1,
    plausible: PlausibleSets | None = None,
) -> tuple[Layout, list[Chunk]]:
    """Run an ensemble in memory with the engine; chunks in order of replicates."""
    request = Request(scenario, runs, seed, plausible)
    ensemble = prepare(request.scenario, seed)
    chunks = run_chunks(ensemble, chunks_of(runs), threads, request.sets_of)
    return ensemble.layout, sorted(chunks, key=lambda chunk: chunk.first)
