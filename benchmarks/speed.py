"""How fast the model runs, in the Mesa model and in the engine, and against what floor.

The floor is what the randomness alone must cost: the draws and exponentials that a country-quarter
uses, counted by instrumenting the rules in one run, times what each costs compiled, measured
in this process, where one may begin before the last has ended: no country waits for another, so
a processor can overlap them. What they cost one after the other (each known before the next
begins) is reported beside it: within a country most decisions wait so, but it is no floor.

    uv run python benchmarks/speed.py

With `--against CHECKOUT` whole commands are timed instead, here and in another checkout in turn,
each in a fresh process after one that compiles: printed are the ratios of the medians of time and
of the largest memory. Against 1e0d356 a single run may take 1.3 times as long, 200 runs with
figures 1.2 times, the sweep 1.1 times.

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
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from sim import arithmetic, draws
from sim.engine import Ensemble, binding, prepare, run_chunk
from sim.engine.model import QUARTER, EntrenchModel
from sim.scenario import load_scenario

NANO = 1e9
CHUNK_RUNS = 10
COMMANDS = {
    "one run": "run baseline --runs 1 --no-figures",
    "200 runs with figures": "run baseline --runs 200",
    "2,000 runs": "run baseline --runs 2000 --no-figures",
    "sweep of 20,000 runs": f"sweep {Path(__file__).with_name('sweep.toml')} --point",
}
"""Commands that are timed against another checkout. Sweeps differ in whether parameter sets are
their default: with `--point` all use the documented values."""
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
        "sim.draws.chance": counted(draws.chance, "draws"),
        "sim.arithmetic.exp": counted(arithmetic.exp, "exponentials"),
        "sim.arithmetic.log": counted(arithmetic.log, "exponentials"),
    }
    model = _run_mesa(ensemble, replaced)
    steps = len(model.countries) * ensemble.quarters
    return counts["draws"] / steps, counts["exponentials"] / steps


def compiled_costs() -> dict[str, float]:
    """Nanoseconds of a compiled draw and exponential: waiting for the last, and overlapping."""
    import numba

    options: dict[str, Any] = {"error_model": "numpy"}
    bound = binding.bind(wrap=lambda f: numba.extending.register_jitable(**options)(f))
    uniform = bound["sim.draws.uniform"]
    exp = bound["sim.arithmetic.exp"]

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
        "sim.draws.chance": lambda *_: drawn(),
        "sim.arithmetic.exp": math.exp,
        "sim.arithmetic.log": math.log,
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


def command(checkout: Path, words: str) -> tuple[float, float]:
    """Return the seconds and the largest memory, in MB, of a command in a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        program = checkout / ".venv" / "bin" / "entrench"
        line = [str(program), *words.split(), "--quiet", "--out", f"{folder}/results"]
        started = time.perf_counter()
        process = os.posix_spawn(line[0], line, ENVIRONMENT)
        _, status, used = os.wait4(process, 0)
        seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(line)} failed")
    return seconds, _megabytes(used)


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def compare(other: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return the ratios of commands here to those of another checkout."""
    here = Path(__file__).parents[1]
    found = {}
    for name, words in COMMANDS.items():
        command(here, words), command(other, words)  # rules are compiled once
        pairs = [(command(here, words), command(other, words)) for _ in range(rounds)]
        times, memories = (
            [statistics.median(pair[side][what] for pair in pairs) for side in (0, 1)]
            for what in (0, 1)
        )
        ratios = {"time": times[0] / times[1], "memory": memories[0] / memories[1]}
        found[name] = {**ratios, "seconds": times[0], "MB": memories[0]}
        print(f"{name}: {ratios['time']:.2f} x the time, {ratios['memory']:.2f} x the memory")
    return found


def main() -> None:
    """Measure and print, as JSON."""
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("--scenario", default="baseline", help="scenario to run")
    arguments.add_argument("--runs", type=int, default=100, help="runs of the engine a round")
    arguments.add_argument("--rounds", type=int, default=5, help="paired rounds; the best counts")
    arguments.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout")
    given = arguments.parse_args()
    if given.against:
        print(json.dumps(compare(given.against.resolve(), given.rounds), indent=2))
        return
    print(
        json.dumps(measure(given.scenario, os.cpu_count() or 1, given.runs, given.rounds), indent=2)
    )


if __name__ == "__main__":
    main()
