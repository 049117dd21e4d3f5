"""Which form of two rules do the figures prefer? The table of rivals in null-models.md.

`uv run --extra calibration python analyses/rivals.py` calibrates the model and its rivals, each
with its own parameters, and simulates under each what pages tell. `--seeds N` calibrates each N
times, with other sets and draws; `--keep DIR` keeps the runs, and a second call resumes.

The mean likelihood over the prior is the mean over the emulator's, times the mean ratio of the
runs' likelihood to the emulator's among sets that the emulator's likelihood chose. The ratio of two
models' means is a Bayes factor.
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
from scipy.stats import norm

from sim.arrays import Floats
from sim.calibration.plan import load_calibration
from sim.calibration.waves import run_waves
from sim.engine.plugins import load_rules
from sim.experiment import Keep, design_of, lay_over
from sim.results.bands import ENDS
from sim.results.bands import band as band_of
from sim.results.workers import Workers
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets
from sim.studies.report import text
from sim.studies.retention import surviving_share
from sim.studies.sources import run_experiment
from sim.units import WORLD

ADDITIVE = Path(__file__).parents[1] / "examples" / "mechanisms" / "additive_wish.py"
FINAL, SEEDS, RUNS = 4000, 2, 512
WITHDRAWN, SINCE, LATER, BOUGHT_BY = "offer-withdrawn-2030", 2029, 10, 2025
LASTING = "contracts.choice_lasting"


class Form(NamedTuple):
    """A form of the rules: values that it sets, and files with its mechanisms."""

    sets: Mapping[str, Any] = {}
    mechanisms: tuple[Path, ...] = ()


FORMS = {
    "the model: consider, then decide; tastes last by a share of 0 to 1": Form(),
    "the wish as one sum": Form({"consideration.active": False}, (ADDITIVE,)),
    "each choice anew (share 0)": Form({LASTING: 0.0}),
    "the same taste for ever (share 1)": Form({LASTING: 1.0}),
}


class Found(NamedTuple):
    """What a calibration of a form finds.

    Attributes:
        evidence: Logarithm of the mean likelihood.
        error: Its standard error, within this calibration.
        numbers: In each run, survivors in %, platforms, platforms without training, and its change.
    """

    evidence: float
    error: float
    numbers: tuple[Floats, ...]


def calibrated(form: Form, seed: int, final: int, runs: int, folder: Path) -> Found:
    """Calibrate a form, and simulate what pages tell under its sets."""
    rules = load_rules(form.mechanisms)
    plan = load_calibration("calibration", dict(form.sets), seed, rules)
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
    ends = {WITHDRAWN: SINCE + LATER, "baseline": BOUGHT_BY, "no-training": BOUGHT_BY}
    results = []
    for name, end in ends.items():
        scenario = load_scenario(name, overrides={"horizon.end": end, **form.sets}, rules=rules)
        keep = Keep(outcomes=("platforms",), countries=("working",))
        design = design_of({name: scenario}, runs=runs, seed=seed, plausible=sets, keep=keep)
        results.append(run_experiment(design, {"out": folder / name}))
    given, without = (
        each.of_point(0, "platforms", WORLD, WORLD, [BOUGHT_BY])[:, 0] for each in results[1:]
    )
    left = 100.0 * surviving_share(results[0], 0, SINCE, LATER)
    return Found(*found.evidence, (left, given, without, without - given))


def table_of(forms: Mapping[str, Sequence[Found]]) -> str:
    """Return the table: evidence and headlines of each form, over its calibrations."""
    heads = ("form", "log mean likelihood", "Bayes factor (90%)", "survive 10 years, %",
             "platforms, 2025", "without training", "change")  # fmt: skip
    rows, first = [], None
    for words, found in forms.items():
        logs = np.array([each.evidence for each in found])
        within = float(np.sqrt(np.mean([each.error**2 for each in found])))
        between = float(logs.std(ddof=1)) if len(logs) > 1 else 0.0
        mean, error = float(logs.mean()), max(within, between) / len(logs) ** 0.5
        factor = ""
        if first is None:
            first = mean, error
        else:
            apart = mean - first[0], norm.ppf(ENDS[1]) * float(np.hypot(error, first[1]))
            middle, low, high = (text(float(np.exp(apart[0] + at * apart[1]))) for at in (0, -1, 1))
            factor = f"{middle} ({low} to {high})"
        cells = []
        for at in range(4):
            values = np.concatenate([each.numbers[at] for each in found])
            mid, low, high = (
                f"{number:{'+' if at == 3 else ''}.0f}".replace("-", "−")
                for number in band_of(values[np.isfinite(values)])
            )
            cells.append(f"{mid} ({low} to {high})")
        rows.append((words, f"{mean:.1f} ± {error:.1f}".replace("-", "−"), factor, *cells))
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
    tables.rewrite({"rivals": table_of(forms)}, "null-models.md")


if __name__ == "__main__":
    main()
