"""How fast the model runs, in the Mesa model and in the engine, and against what floor.

The floor is what the randomness alone must cost: the draws and exponentials that a country-quarter
uses, counted by instrumenting the rules in one run, times what each costs compiled, measured
in this process, where one may begin before the last has ended: no country waits for another, so
a processor can overlap them. What they cost one after the other (each known before the next
begins) is reported beside it: within a country most decisions wait so, but it is no floor.

    uv run python benchmarks/speed.py

With `--against CHECKOUT` this checkout is compared with another, each in turn in a fresh process
after one that compiles: printed are the ratios of the medians of time, of the processor's time and
of the largest memory, for a run in the engine alone and for whole commands. Nothing may take more
than 1.1 times as long as at bc9336f5. `ask` of all scenarios is compared with the engine's own
time for its runs, of which it may take 1.3 times, in less than 300 MB.

    git worktree add ../before bc9336f5
    (cd ../before && uv sync --no-default-groups) && uv sync
    .venv/bin/python benchmarks/speed.py --against ../before

Environments are those of users: xarray loads Dask and pint where a group has installed them.

The Mesa model is timed as its users would write it, with ordinary random numbers and the C
library's exponential and logarithm, and as it is.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import truediv
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine import Ensemble, binding, prepare, run_chunk
from sim.engine.mesa_model import QUARTER, EntrenchModel
from sim.model import arithmetic, draws
from sim.scenario import load_scenario

NANO = 1e9
ENGINE_RUN = "a run in the engine"
CHUNK_RUNS = 10
SWEEP = Path(__file__).with_name("sweep.toml")
COMMANDS = {
    "one run": "run baseline --runs 1 --no-figures",
    "200 runs with figures": "run baseline --runs 200",
    "2,000 runs": "run baseline --runs 2000 --no-figures",
    "sweep of 20,000 runs": f"sweep {SWEEP} --runs 1000 --defaults",
}
"""Commands that are timed against another checkout. Sweeps differ in whether parameter sets are
their default: with `--defaults` all use the documented values."""
ENGINE_RUNS = """
import time
from sim.engine import prepare, run_chunk
from sim.scenario import load_scenario
ensemble = prepare(load_scenario("baseline"), 1)
run_chunk(ensemble, range(2))
before = time.process_time()
for at in range(0, 100, 10):
    run_chunk(ensemble, range(at, at + 10))
print(time.process_time() - before)
"""
"""Prints the seconds that 100 runs take in the engine, in one thread."""
ASK = """
import sys, time
from sim.runs import runner
engine, run = [], runner.run_chunk
def timed(*given):
    before = time.thread_time()
    made = run(*given)
    engine.append(time.thread_time() - before)
    return made
runner.run_chunk = timed
import sim
sim.ask("working in 2040", threads=1, out=sys.argv[1])
print(time.process_time() / sum(engine))
"""
"""Prints how many times as long `ask` of all scenarios takes as the engine for its runs."""
ENVIRONMENT = {**os.environ, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": ""}
"""Python's compiled files are written, as users have them."""
LOOP = 2_000_000


def count_uses(ensemble: Ensemble) -> tuple[float, float]:
    """Draws, and exponentials and logarithms, that a country-quarter uses, in one run."""
    counts = {"draws": 0, "exponentials": 0}

    def counted(function: Callable[..., float], kind: str) -> Callable[..., float]:
        def call(*arguments: Any) -> float:
            counts[kind] += 1
            return function(*arguments)

        return call

    replaced = {
        "sim.model.draws.chance": counted(draws.chance, "draws"),
        "sim.model.arithmetic.exp": counted(arithmetic.exp, "exponentials"),
        "sim.model.arithmetic.log": counted(arithmetic.log, "exponentials"),
    }
    model = _run_mesa(ensemble, replaced)
    steps = len(model.countries) * ensemble.quarters
    return counts["draws"] / steps, counts["exponentials"] / steps


def compiled_costs() -> dict[str, float]:
    """Nanoseconds of a compiled draw and exponential: waiting for the last, and overlapping."""
    import numba

    options: dict[str, Any] = {"error_model": "numpy"}
    bound = binding.bind(wrap=lambda f: numba.extending.register_jitable(**options)(f))
    uniform = bound["sim.model.draws.uniform"]
    exp = bound["sim.model.arithmetic.exp"]

    @numba.njit(**options)  # type: ignore[untyped-decorator]
    def draws_waiting(count: int) -> float:
        total, last = 0.0, 0
        for i in range(count):
            draw = uniform(1, (i << draws.PURPOSE_SHIFT) + last)
            last = 1 if draw < 0.5 else 0
            total += draw
        return total

    @numba.njit(**options)  # type: ignore[untyped-decorator]
    def draws_overlapping(count: int) -> float:
        total = 0.0
        for i in range(count):
            total += uniform(1, i << draws.PURPOSE_SHIFT)
        return total

    @numba.njit(**options)  # type: ignore[untyped-decorator]
    def exponentials_waiting(count: int) -> float:
        value = 0.5
        for _ in range(count):
            value = exp(-value)
        return value

    @numba.njit(**options)  # type: ignore[untyped-decorator]
    def exponentials_overlapping(count: int) -> float:
        total = 0.0
        for i in range(count):
            total += exp(-1e-6 * i)
        return total

    costs = {}
    for loop in (draws_waiting, draws_overlapping, exponentials_waiting, exponentials_overlapping):
        loop(1)
        costs[loop.__name__] = min(_seconds(loop, LOOP) for _ in range(3)) / LOOP * NANO
    return costs


def _seconds(call: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def _run_mesa(ensemble: Ensemble, replaced: dict[str, Callable[..., float]]) -> EntrenchModel:
    model = EntrenchModel(ensemble=ensemble)
    model._quarter = binding.bind(replaced, rules=ensemble.rules)[QUARTER]
    model.run()
    return model


def _run_threads(ensemble: Ensemble, runs: int, threads: int) -> None:
    ranges = [range(at, at + CHUNK_RUNS) for at in range(0, runs, CHUNK_RUNS)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda part: run_chunk(ensemble, part), ranges))


def measure(scenario: str, cores: int, runs: int, rounds: int) -> dict[str, float]:
    """Measure everything, in paired rounds: one core and all cores in turn.

    Args:
        scenario: Which scenario.
        cores: Cores to use at most.
        runs: Runs a round of the engine, a multiple of the chunk.
        rounds: Rounds, of which the best counts.

    Returns:
        - `engine_to_mesa`: how many runs the engine makes on one core while Mesa makes one.
        - `engine_to_floor`: time of the engine on one core, over the floor.
        - `mesa_runs_per_s`: the Mesa model, keyed draws.
        - `mesa_plain_random_runs_per_s`: the Mesa model with ordinary random numbers, and the C
          library's exponential and logarithm.
        - `engine_runs_per_s_1`: the engine on one core.
        - `engine_runs_per_s_all`: the engine on all cores (best of the paired rounds).
        - `threads_gain`: their ratio in the best paired round.
        - `ns_per_country_quarter`: the engine on one core.
        - `floor_ns_per_country_quarter`: draws and exponentials alone, overlapping freely.
        - `waiting_ns_per_country_quarter`: the same, each waiting for the last: not a floor.
        - `draws_per_country_quarter`: counted.
        - `exponentials_per_country_quarter`: counted, logarithms included.
        - `cores`: cores of this machine.
    """
    ensemble = prepare(load_scenario(scenario), 1)
    run_chunk(ensemble, range(1))
    # What any Mesa modeller would use: the usual random numbers and exponentials.
    drawn = random.Random(1).random
    ordinary: dict[str, Callable[..., float]] = {
        "sim.model.draws.chance": lambda *_: drawn(),
        "sim.model.arithmetic.exp": math.exp,
        "sim.model.arithmetic.log": math.log,
    }
    mesa, plain, one, every, gains = [], [], [], [], []
    for _ in range(rounds):
        one.append(_seconds(_run_threads, ensemble, runs, 1) / runs)
        every.append(_seconds(_run_threads, ensemble, runs, cores) / runs)
        gains.append(one[-1] / every[-1])
        plain.append(_seconds(_run_mesa, ensemble, ordinary))
        mesa.append(_seconds(_run_mesa, ensemble, {}))
    draws_used, exponentials_used = count_uses(ensemble)
    cost = compiled_costs()
    steps = len(ensemble.world.countries) * ensemble.quarters

    def cost_of(kind: str) -> float:
        return draws_used * cost[f"draws_{kind}"] + exponentials_used * cost[f"exponentials_{kind}"]

    return {
        "engine_to_mesa": min(mesa) / min(one),
        "engine_to_floor": min(one) / steps * NANO / cost_of("overlapping"),
        "mesa_runs_per_s": 1.0 / min(mesa),
        "mesa_plain_random_runs_per_s": 1.0 / min(plain),
        "engine_runs_per_s_1": 1.0 / min(one),
        "engine_runs_per_s_all": 1.0 / min(every),
        "threads_gain": float(np.max(gains)),
        "ns_per_country_quarter": min(one) / steps * NANO,
        "floor_ns_per_country_quarter": cost_of("overlapping"),
        "waiting_ns_per_country_quarter": cost_of("waiting"),
        "draws_per_country_quarter": draws_used,
        "exponentials_per_country_quarter": exponentials_used,
        "cores": cores,
    }


def command(checkout: Path, words: str) -> tuple[float, float, float]:
    """Return seconds, the processor's seconds and the largest memory in MB of a command."""
    with tempfile.TemporaryDirectory() as folder:
        program = checkout / ".venv" / "bin" / "entrench"
        line = [str(program), *words.split(), "--quiet", "--out", f"{folder}/results"]
        started = time.perf_counter()
        process = os.posix_spawn(line[0], line, ENVIRONMENT)
        _, status, used = os.wait4(process, 0)
        seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(line)} failed")
    return seconds, used.ru_utime + used.ru_stime, _megabytes(used)


def script(checkout: Path, code: str) -> tuple[float, float]:
    """Return the number that a script prints in a checkout, and its largest memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        line = [checkout / ".venv" / "bin" / "python", "-c", code, f"{folder}/results"]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, cwd=checkout, env=ENVIRONMENT)
        assert process.stdout
        printed = process.stdout.read()
        _, process.returncode, used = os.wait4(process.pid, 0)
    return float(printed), _megabytes(used)


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def compare(other: Path, rounds: int, only: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the ratios of commands here to those of another checkout."""
    here, results = Path(__file__).parents[1], {}
    chosen = only or [ENGINE_RUN, *COMMANDS, "ask"]

    def medians(call: Callable[[Path], tuple[float, ...]]) -> list[list[float]]:
        call(here), call(other)  # rules are compiled once
        pairs = [(call(here), call(other)) for _ in range(rounds)]
        return [
            [statistics.median(cells) for cells in zip(*side, strict=True)]
            for side in zip(*pairs, strict=True)
        ]

    if ENGINE_RUN in chosen:
        (mine, _), (other_one, _) = medians(partial(script, code=ENGINE_RUNS))
        results[ENGINE_RUN] = {"cpu": mine / other_one, "ms": 10.0 * mine}
        print(f"{ENGINE_RUN}: {mine / other_one:.2f} x the time, {10.0 * mine:.1f} ms", flush=True)
    for name in [name for name in COMMANDS if name in chosen]:
        ours, theirs = medians(partial(command, words=COMMANDS[name]))
        ratios = dict(zip(("time", "cpu", "memory"), map(truediv, ours, theirs), strict=True))
        results[name] = {**ratios, "seconds": ours[0], "MB": ours[2]}
        shown = ", ".join(f"{ratio:.2f} x the {what}" for what, ratio in ratios.items())
        print(f"{name}: {shown}", flush=True)
    if "ask" in chosen:
        ratio, memory = script(here, ASK)
        results["ask"] = {"engine": ratio, "MB": memory}
        print(f"ask of all scenarios: {ratio:.2f} x the engine's own time, {memory:.0f} MB")
    return results


def main() -> None:
    """Measure and print, as JSON."""
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("--scenario", default="baseline", help="scenario to run")
    arguments.add_argument("--runs", type=int, default=100, help="runs of the engine a round")
    arguments.add_argument("--rounds", type=int, default=5, help="paired rounds; the best counts")
    arguments.add_argument(
        "--only",
        nargs="*",
        default=(),
        metavar="NAME",
        help=f"compare only: {ENGINE_RUN}, {', '.join(COMMANDS)}, ask",
    )
    arguments.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout")
    given = arguments.parse_args()
    if given.against:
        print(json.dumps(compare(given.against.resolve(), given.rounds, given.only), indent=2))
        return
    print(
        json.dumps(measure(given.scenario, os.cpu_count() or 1, given.runs, given.rounds), indent=2)
    )


if __name__ == "__main__":
    main()
