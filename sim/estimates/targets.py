"""Published figures next to the runs' records, with one verdict each; see docs/validation.md.

The distance (Craig et al. 1997; Vernon, Goldstein & Bower 2010) is in standard deviations:

    I = (mean - observed) / sqrt(observation variance + run variance + discrepancy variance)
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.experiment import Keep
from sim.measures.bands import band
from sim.measures.counts import count_distance
from sim.measures.counts import log_likelihood as count_likelihood
from sim.model.units import WORLD
from sim.runs.dataset import Results
from sim.world.arrays import Floats
from sim.world.documented import Bound, PublishedFigure, target_label
from sim.world.seeds import shipped_seeds

# About 95% of a normal distribution.
MET = 2.0
# At least 95% of any distribution with one peak are within three standard deviations (Pukelsheim
# 1994).
RULED_OUT = 3.0
# The model's own error, which the best parameters would still make, as a share of the figure: a
# judgement.
DISCREPANCY_SHARE = 0.05
HOW_MET = (
    f"Met: within {MET:g} standard deviations of observation, single run and the model's own error,"
    " or the mean of runs on the right side of a bound, as far as their number shows. Fitted: the"
    " same of a figure to which parameters were fitted."
)
FITTED: str = "calibrate"
HOLD_OUT: str = "hold-out"
CHECK: str = "check"
JUDGED: str = "judgement"
BOUNDS = {"lower": "at least ", "upper": "at most "}
BEYOND = {"value": (-np.inf, np.inf), "lower": (-np.inf, 0.0), "upper": (0.0, np.inf)}
USES = {FITTED: "fitted", HOLD_OUT: "held out", CHECK: "weak check", JUDGED: "a judgement"}
COLUMNS = ("target", "label", "use", "quantity", "observed", "sigma", "bound", "mean", "q05", "q95",
           "run_sd", "distance", "real", "real_q05", "real_q95")  # fmt: skip


@dataclass(frozen=True)
class Counterpart:
    """The number of a run that is compared with a figure.

    Attributes:
        columns: Outcomes behind it: records of the model's observer.
        group: A group, or several with `|` between them.
        formula: A name in `FORMULAS`.
        real: The outcome with all events, recorded or not; empty where it is the same.
        made_by: Mechanisms without which it has no meaning.
    """

    columns: tuple[str, ...]
    years: tuple[int, ...]
    formula: str
    kind: str
    group: str
    real: str
    made_by: tuple[str, ...]


def _ratio(above: Floats, below: Floats) -> Floats:
    result = np.full(len(below), np.nan)
    np.divide(above[:, -1], below[:, -1], out=result, where=below[:, -1] != 0)
    return result


def events_and_exposure(first: Floats, *rest: Floats) -> tuple[Floats, Floats]:
    """Return the first outcome's count and the sum of the others, each (runs, 1).

    Between the first and the last of the years, or up to a single one.
    """
    between = [v[:, -1:] - (v[:, :1] if v.shape[1] > 1 else 0.0) for v in (first, *rest)]
    return between[0], np.sum(between[1:], axis=0)


FORMULAS: dict[str, Callable[..., Floats]] = {
    "last": lambda values: values[:, -1],
    "mean": lambda values: values.mean(axis=1),
    "growth": lambda values: values[:, -1] - values[:, 0],
    "ratio": _ratio,
    "difference": lambda first, second: first[:, -1] - second[:, -1],
    # The last three years, relative to those before.
    "relative": lambda yearly: _ratio(
        yearly[:, -3:].mean(axis=1, keepdims=True), yearly[:, :-3].mean(axis=1, keepdims=True)
    ),
    "midway": lambda first, second, below: (_ratio(first, below) + _ratio(second, below)) / 2.0,
    "events": lambda first, *rest: _ratio(*events_and_exposure(first, *rest)),
}
"""From an array (runs, years) per outcome to a number per run; NaN where it is not defined."""


def _read_counterparts() -> dict[str, Counterpart]:
    text = Path(__file__).with_name("counterparts.csv").read_text(encoding="utf-8")
    return {
        row["target"]: Counterpart(
            columns=tuple(row["outcomes"].split()),
            years=tuple(map(int, row["years"].split())),
            made_by=tuple(row["made_by"].split()),
            **{name: row[name] for name in ("formula", "kind", "group", "real")},
        )
        for row in csv.DictReader(text.splitlines())
    }


COUNTERPARTS = _read_counterparts()


def distance(
    observed: ArrayLike,
    mean: ArrayLike,
    *,
    sigma: ArrayLike,
    run_sd: ArrayLike,
    error: ArrayLike = 0.0,
    bound: Bound = "value",
) -> Floats:
    """Return the signed distance I: above 0 where the model is too high.

    `mean` is over runs (NaN without one), with the standard error `error`; `sigma` is the standard
    error of figures (0 if unknown), `run_sd` the standard deviation of a single run. Figures may be
    values, or lower or upper bounds.
    """
    apart = np.clip(np.asarray(mean) - observed, *BEYOND[bound])
    if bound != "value":
        # More runs could put the mean on either side of the bound.
        apart = np.where(np.abs(apart) <= np.multiply(MET, error), 0.0, apart)
    spread = np.sqrt(
        # The variance of a single run, as the world is one run.
        np.square(sigma) + np.square(run_sd) + np.square(np.multiply(DISCREPANCY_SHARE, observed))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(apart == 0.0, 0.0, apart / spread))


def verdict(far: float, use: str, bound: Bound = "value") -> str:
    """Return the word for a distance: `met`, `missed`, or `fitted`; empty for NaN."""
    if np.isnan(far):
        return ""
    if abs(far) > (MET if bound == "value" else 0.0):
        return "missed"
    return "fitted" if use == FITTED else "met"


def target_table(results: Results, point: int = 0) -> pd.DataFrame:
    """Return the published figures next to the records of a point's runs.

    Returns:
        A row per figure: `target`, `label`, `use`, `quantity`, `observed`, `sigma`, `bound`;
        `mean`, `q05`, `q95`, `run_sd` over the runs that define it; `distance` and `verdict`
        (empty without a number); `real`, `real_q05`, `real_q95`: all events in the model, recorded
        or not.
    """
    rows: list[dict[str, Any]] = []
    for target in shipped_seeds().targets:
        row = {
            **vars(target),
            "target": target.id,
            "label": target_label(target.id),
            "observed": target.value,
            "sigma": target.sigma or np.nan,
        }
        rows.append(row)
        values = counterpart_values(results, target.id, point)
        defined = np.array([]) if values is None else values[np.isfinite(values)]
        if not defined.size:
            continue
        mean, low, high = band(defined)
        sd = defined.std(ddof=1) if defined.size > 1 else 0.0
        row |= {"mean": mean, "q05": low, "q95": high, "run_sd": sd}
        if defined.size > 1 and not _switched_off(results, target.id, point):
            errors = {"sigma": target.sigma or 0.0, "run_sd": sd, "error": sd / defined.size**0.5}
            row["distance"] = (
                distance(target.value, mean, bound=target.bound, **errors)
                if target.count is None
                else count_distance(target, defined)
            )
        real = counterpart_values(results, target.id, point, real=True)
        if real is not None:
            row["real"], row["real_q05"], row["real_q95"] = band(real)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"distance": float})
    cells = table[["distance", "use", "bound"]].itertuples(index=False)
    return table.assign(verdict=[verdict(*row) for row in cells])


def log_likelihoods(results: Results, targets: Sequence[str], point: int = 0) -> Floats:
    """Return the logarithm of each run's likelihood of published figures: (runs,).

    -inf for a run that does not define one of the figures.
    """
    logs = np.zeros(results.n_runs)
    for target in shipped_seeds().targets:
        if target.id not in targets:
            continue
        values = counterpart_values(results, target.id, point)
        events = counterpart_counts(results, target.id, point) if target.count is not None else None
        if events is not None:
            logs += count_likelihood(target, events)
        elif values is not None:
            logs += log_density(values[:, np.newaxis], target.value, noise_of(target))
    return logs


def noise_of(target: PublishedFigure) -> float:
    """Return the standard deviation of a figure and of the model's own error together."""
    return math.hypot(target.sigma or 0.0, DISCREPANCY_SHARE * target.value)


def log_density(values: Floats, observed: ArrayLike, noise: ArrayLike) -> Floats:
    """Return the logarithm of figures' normal density around runs, up to a constant: (...).

    `values` are (..., targets); NaN makes the density 0. `noise` are standard deviations,
    discrepancy included.
    """
    squares = (((values - np.asarray(observed)) / np.asarray(noise)) ** 2).sum(axis=-1)
    return np.asarray(np.where(np.isfinite(squares), -0.5 * squares, -np.inf))


def fitted_figures(results: Results, *points: int) -> list[str]:
    """Return the fitted figures for which all given points have numbers."""
    return [
        target.id
        for target in shipped_seeds().targets
        if target.use == FITTED
        and all(
            counterpart_values(results, target.id, point) is not None
            and not _switched_off(results, target.id, point)
            for point in points
        )
    ]


def misses(table: pd.DataFrame) -> str:
    known = table[(table["verdict"] != "") & (table["use"] != JUDGED)]
    if known.empty:
        return "No published figure is compared, as that takes two runs in which it is defined"
    missed = known[known["verdict"] == "missed"]
    apart, of = ((rows["use"] == HOLD_OUT).sum() for rows in (missed, known))
    return (
        f"The model misses {len(missed) or 'none'} of {len(known)} published figures, and"
        f" {apart or 'none'} of the {of} held out"
    )


def count_met(table: pd.DataFrame, use: str) -> tuple[int, int]:
    rows = table[(table["use"] == use) & (table["verdict"] != "")]
    return int((rows["verdict"] != "missed").sum()), len(rows)


def kept_for(names: Iterable[str]) -> Keep:
    """Return the outcomes and groups in which these figures have their counterparts."""
    entries = [COUNTERPARTS[name] for name in names]
    outcomes = dict.fromkeys(column for entry in entries for column in entry.columns)
    groups = dict.fromkeys(entry.kind for entry in entries if entry.kind != WORLD)
    return Keep(outcomes=tuple(outcomes), groups=tuple(groups))


def counterpart_values(
    results: Results, target: str, point: int = 0, *, real: bool = False
) -> Floats | None:
    """Return a figure's counterpart in every run of a point; None if it was not kept.

    With `real`, all events count, recorded or not; None where that is the same.
    """
    values = _values_of(results, target, point, real=real)
    return None if values is None else np.asarray(FORMULAS[COUNTERPARTS[target].formula](*values))


def counterpart_counts(results: Results, target: str, point: int = 0) -> Floats | None:
    """Return events and exposure of a count in every run, (runs, 2); None if not kept."""
    values = _values_of(results, target, point)
    return None if values is None else np.hstack(events_and_exposure(*values))


def _values_of(
    results: Results, target: str, point: int, *, real: bool = False
) -> list[Floats] | None:
    """Return the outcomes that are compared with a figure, each (runs, years); None if not kept."""
    entry = COUNTERPARTS[target]
    cells = [*product((entry.real,) if real else entry.columns, entry.group.split("|"))]
    known = {*product(results.outcomes, results.groups.get(entry.kind, ()))}
    if not ({*cells} <= known and {*entry.years} <= {*results.years}):
        return None
    return [results.of_point(point, of, entry.kind, group, entry.years) for of, group in cells]


def _switched_off(results: Results, target: str, point: int) -> bool:
    # A number of 0 then has no meaning.
    return not all(results.is_active(maker, point) for maker in COUNTERPARTS[target].made_by)


def verdicts(table: pd.DataFrame) -> list[str]:
    """Return the verdicts of a table with the use of each figure: `met (held out)`."""
    pairs = zip(table["verdict"], table["use"].map(USES), strict=True)
    return [word if word in ("", use) else f"{word} ({use})" for word, use in pairs]


def published(table: pd.DataFrame) -> list[str]:
    """Return the published figures of a table as texts: `at least 40`."""
    pairs = zip(table["bound"], table["observed"], strict=True)
    return [f"{BOUNDS.get(bound, '')}{value:,.10g}" for bound, value in pairs]
