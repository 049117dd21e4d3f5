"""Which form of two rules do the figures prefer? The table of rivals in validation.md.

`uv run --extra calibration python analyses/rivals.py` calibrates the model and its rival, each with
its own parameters, and simulates under each what pages tell. `--seeds N` calibrates each N times,
with other sets and draws; `--keep DIR` keeps the runs, and a second call resumes.

The mean likelihood over the prior is the mean over the emulator's, times the mean ratio of the
runs' likelihood to the emulator's among sets that the emulator's likelihood chose. The ratio of two
models' means is a Bayes factor. A model that the first contains as an end of a parameter's range
has as its factor the density of the parameter there after the figures, over its density before
(Savage and Dickey).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tables
from scipy.optimize import minimize
from scipy.stats import norm

from sim.calibration.plan import load_calibration
from sim.calibration.raking import effective_size
from sim.calibration.waves import run_waves
from sim.engine.user_mechanisms import load_rules
from sim.experiment import Keep, design_of, lay_over
from sim.measures.bands import ENDS
from sim.measures.bands import band as band_of
from sim.model.units import WORLD
from sim.runs.workers import Workers
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.scenario.withdrawal import WITHDRAWN
from sim.studies.report import text
from sim.studies.retention import surviving_share
from sim.studies.sources import run_experiment
from sim.world.arrays import Floats

ADDITIVE = Path(__file__).parents[1] / "examples" / "mechanisms" / "additive_wish.py"
FINAL, SEEDS, RUNS = 4000, 2, 512
SINCE, LATER, BOUGHT_BY = 2029, 10, 2025
LASTING = "contracts.choice_lasting"
NEAR = 0.25
CELLS = 400
"""Cells of the grid on which a density between 0 and 1 is integrated."""
"""Share of a range within which sets stand for its end."""
BOOTSTRAPS = 200


type Numbers = tuple[Floats, ...]


class Form(NamedTuple):
    """A form of the rules: values that it sets, and files with its mechanisms."""

    sets: Mapping[str, Any] = {}
    mechanisms: tuple[Path, ...] = ()


MODEL = "the model: consider, then decide; tastes last by a share of 0 to 1"
FORMS = {
    MODEL: Form(),
    "the wish as one sum": Form({"consideration.active": False}, (ADDITIVE,)),
}
ENDS_OF_LASTING = {"each choice new (share 0)": 0.0, "one taste throughout (share 1)": 1.0}


class Found(NamedTuple):
    """What a calibration of a form finds.

    Attributes:
        evidence: Logarithm of the mean likelihood.
        error: Its standard error, within this calibration.
        numbers: In each run, survivors in %, platforms, platforms without training, and its change.
        factors: Of the ends of the lasting share, their logarithms in bootstrap samples.
        at_ends: Numbers as above, at each end.
    """

    evidence: float
    error: float
    numbers: Numbers
    factors: tuple[Floats, ...] = ()
    at_ends: Sequence[Numbers] = ()


def headlines(form: Form, sets: PlausibleSets, seed: int, runs: int, folder: Path) -> Numbers:
    """Return what pages tell, under parameter sets."""
    rules, results = load_rules(form.mechanisms), []
    ends = {WITHDRAWN: SINCE + LATER, "baseline": BOUGHT_BY, "no-training": BOUGHT_BY}
    for name, end in ends.items():
        scenario = load_scenario(name, overrides={"horizon.end": end, **form.sets}, rules=rules)
        keep = Keep(outcomes=("platforms",), countries=("working",))
        design = design_of({name: scenario}, runs=runs, seed=seed, plausible=sets, keep=keep)
        results.append(run_experiment(design, {"out": folder / name}))
    given, without = (
        each.of_point(0, "platforms", WORLD, WORLD, [BOUGHT_BY])[:, 0] for each in results[1:]
    )
    return 100.0 * surviving_share(results[0], 0, SINCE, LATER), given, without, without - given


def log_densities(shares: Floats, weights: Floats) -> tuple[float, float]:
    """Return the logarithm of a density at 0 and 1, of weighted numbers between them.

    It is fitted as the exponential of a parabola, whose mean and variance are the numbers'.
    """
    grid = (np.arange(CELLS) + 0.5) / CELLS
    terms = np.stack([grid, grid**2])
    means = np.stack([shares, shares**2]) @ (weights / weights.sum())
    found = minimize(lambda tilt: np.log(np.exp(tilt @ terms).mean()) - tilt @ means, np.zeros(2))
    constant = np.log(np.exp(found.x @ terms).mean())
    return -constant, float(found.x.sum()) - constant


def calibrated(form: Form, seed: int, final: int, runs: int, folder: Path) -> Found:
    """Calibrate a form, and simulate what pages tell under its sets."""
    plan = load_calibration("calibration", dict(form.sets), seed, load_rules(form.mechanisms))
    # A parameter that the form switches off would be a number without effect.
    off = {key.partition(".")[0] for key, value in form.sets.items() if value is False}
    plan = replace(
        plan,
        factors=tuple(f for f in plan.factors if f.name.partition(".")[0] not in off),
        sizes=plan.sizes.model_copy(update={"final_points": final}),
    )
    found = run_waves(plan, folder, Workers(2), say=lambda words: print(words, flush=True))
    names = tuple(factor.name for factor in plan.factors)
    rows: Any = lay_over(plan.factors, found.cube).points
    sets = PlausibleSets(names, rows, tuple(found.weights.tolist()))
    if form.sets:
        return Found(*found.evidence, headlines(form, sets, seed, runs, folder))
    # The shipped sets are those of a larger calibration of the same form.
    sets = shipped_plausible()
    numbers, at_ends = headlines(form, sets, seed, runs, folder), []
    shares, random = found.cube[:, names.index(LASTING)], np.random.default_rng(seed)
    drawn = random.multinomial(int(effective_size(found.drawn)), found.drawn, size=BOOTSTRAPS)
    factors = np.transpose([log_densities(shares, own) for own in (found.drawn, *drawn)])
    for end in ENDS_OF_LASTING.values():
        near = np.abs(np.array(sets.columns[LASTING]) - end) < NEAR
        kept = [at for at, own in enumerate(near) if own]
        weights = tuple(sets.weights[at] for at in kept)
        part = PlausibleSets(sets.keys, tuple(sets.rows[at] for at in kept), weights)
        at_ends.append(headlines(Form({LASTING: end}), part, seed, runs, folder / f"end-{end:g}"))
    return Found(*found.evidence, numbers, tuple(factors), at_ends)


def row_of(words: str, evidence: str, factor: str, numbers: Sequence[Numbers]) -> list[str]:
    """Return a row of the table."""
    cells = []
    for at in range(4):
        values = np.concatenate([each[at] for each in numbers])
        mid, low, high = (
            f"{number:{'+' if at == 3 else ''}.0f}".replace("-", "−")
            for number in band_of(values[np.isfinite(values)])
        )
        cells.append(f"{mid} ({low} to {high})")
    return [words, evidence, factor, *cells]


def spelled(log: float, error: float) -> str:
    """Return a factor with its 90%."""
    far = norm.ppf(ENDS[1]) * error
    middle, low, high = (text(float(np.exp(log + at))) for at in (0.0, -far, far))
    return f"{middle} ({low} to {high})"


def table_of(forms: Mapping[str, Sequence[Found]]) -> str:
    """Return the table: evidence and headlines of each form, over its calibrations."""
    heads = ("form", "log mean likelihood", "Bayes factor (90%)", "survive 10 years, %",
             "platforms, 2025", "without training", "change")  # fmt: skip
    rows, logs = [], {}
    for words, found in forms.items():
        each = np.array([one.evidence for one in found])
        within = float(np.sqrt(np.mean([one.error**2 for one in found])))
        between = float(each.std(ddof=1)) if len(each) > 1 else 0.0
        logs[words] = float(each.mean()), max(within, between) / len(each) ** 0.5
        mean, error = logs[words]
        apart, both = mean - logs[MODEL][0], float(np.hypot(error, logs[MODEL][1]))
        factor = "" if words == MODEL else spelled(apart, both)
        evidence = f"{mean:.1f} ± {error:.1f}".replace("-", "−")
        rows.append(row_of(words, evidence, factor, [one.numbers for one in found]))
    own = forms[MODEL]
    for at, words in enumerate(ENDS_OF_LASTING):
        mean = float(np.mean([one.factors[at][0] for one in own]))
        error = float(np.mean([one.factors[at][1:].std() for one in own])) / len(own) ** 0.5
        numbers = [one.at_ends[at] for one in own]
        rows.append(row_of(words, "", spelled(mean, error), numbers))
    return tables.table(heads, rows)


def main() -> None:
    """Calibrate each, and rewrite the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the runs here")
    parser.add_argument("--final", type=int, default=FINAL, help="sets of each last stage")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="calibrations of each form")
    parser.add_argument("--runs", type=int, default=RUNS)
    asked = parser.parse_args()
    forms: dict[str, list[Found]] = {words: [] for words in FORMS}
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        for seed in range(1, asked.seeds + 1):
            for number, (words, form) in enumerate(FORMS.items()):
                own = folder / f"form-{number}-seed-{seed}"
                forms[words].append(calibrated(form, seed, asked.final, asked.runs, own))
                print(f"{words}, seed {seed}: {forms[words][-1][:2]}", flush=True)
    tables.rewrite({"rivals": table_of(forms)}, "validation.md")


if __name__ == "__main__":
    main()
