"""Scenario discovery: conditions on a sweep's factors under which a result occurs.

The patient rule induction method (Friedman and Fisher 1999) as Bryant and Lempert (2010) use it,
with the EMA Workbench (Kwakkel 2017).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd

from sim.errors import InputError, require_extra
from sim.measures.variables import RUN
from sim.runs.dataset import Results
from sim.scenario.keys import SCENARIO
from sim.studies.report import Report, Table, percent, text
from sim.studies.sources import RunOptions, limiting, swept
from sim.world.arrays import Flags

# Share of points that a step takes off; least share of points in a box; least points at all.
PEEL, LEAST_MASS, LEAST_POINTS = 0.05, 0.05, 20
SIGNIFICANCE = 0.05
# By default, more than this share of the systems of the year before the withdrawal work at the
# end of the last year.
STILL, SINCE, UNTIL = 0.5, 2029, 2040
THIRDS = ("low", "middle", "high")
NOTE = (
    "Density: share of a box's points that meet the condition. Coverage: share of all points that"
    " meet it. Quasi-p: a guide, as a restriction was sought in the same points."
)


def discover(
    experiment: str | Path | Results = "discovery",
    *,
    outcome: str = "working",
    year: int = UNTIL,
    relative_to: int | None = SINCE,
    above: float | None = None,
    below: float | None = None,
    boxes: int = 3,
    **options: Unpack[RunOptions],
) -> Report:
    """Find the conditions under which points of a sweep meet a condition.

    A point's outcome is averaged over its runs.

    Args:
        experiment: An experiment, or the folder of a sweep.
        outcome: The outcome.
        year: At the end of which year.
        relative_to: Divided by the outcome at the end of this year; None: not divided.
        above: The condition: above this value; 0.5 by default.
        below: Or below this value.
        boxes: Most boxes.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> points = pd.DataFrame({"contracts.term": range(2, 26)})
        >>> runs = sim.make_runs(points, runs=1, set={"horizon.end": 2018})
        >>> usual = runs.values("working", years=2018).mean().item()
        >>> found = sim.discover(runs, year=2018, relative_to=None, above=usual)
        >>> sorted(found.tables)
        ['boxes', 'points', 'thirds']
    """
    require_extra("ema_workbench", "discovery")
    if above is not None and below is not None:
        raise InputError("give --above or --below, not both")
    results = swept(experiment, limiting(options, outcome)).asking(outcomes=outcome)
    years = [year] if relative_to is None else [year, relative_to]
    means = results.values(outcome, years=years).mean(RUN).to_numpy()
    values, measured = means[:, 0], f"{outcome} in {year}"
    if relative_to is not None:
        values = values / np.where(means[:, 1] > 0.0, means[:, 1], np.nan)
        measured += f" relative to {relative_to}"
    good = np.isfinite(values)
    if below is None:
        above = STILL if above is None else above
    met = values[good] > above if below is None else values[good] < below
    side = f"above {text(above)}" if below is None else f"below {text(below)}"
    condition = f"{measured} is {side}"
    factors = results.design.drop(columns=SCENARIO, errors="ignore").loc[good]
    factors = factors.loc[:, factors.nunique() > 1].reset_index(drop=True)
    if len(met) < LEAST_POINTS or met.all() or not met.any():
        low, middle, high = np.nanquantile(values, (0.0, 0.5, 1.0))
        raise InputError(
            f"{met.sum()} of {len(met)} points meet the condition, {condition}: both kinds, and"
            f" {LEAST_POINTS} points, are needed. Values: {low:.3g} to {high:.3g}, median"
            f" {middle:.3g}"
        )
    table = search(factors, met, boxes)
    thirds = by_third(factors, met)
    points = pd.DataFrame({"point": np.flatnonzero(good), "value": values[good], "met": met})
    shown = thirds[["factor"]].join(thirds[[*THIRDS]].map(percent))
    return Report(
        kind="discovery",
        results=results,
        tables={"boxes": table, "thirds": thirds, "points": points},
        shown=[
            f"{results.title}: {met.sum():,} of {len(met):,} points ({percent(met.mean())}) meet"
            f" the condition: {condition}.",
            *_shown(table),
            NOTE,
            Table(shown, "Points that meet it, by third of a factor"),
        ],
        facts={"condition": condition, "overall": float(met.mean())},
    )


BOX_COLUMNS = (
    "box", "factor", "low", "high", "quasi_p", "points", "density", "coverage", "overall",
)  # fmt: skip


def search(factors: pd.DataFrame, met: Flags, most: int) -> pd.DataFrame:
    """Return boxes, a row per restricted factor; later ones of the remaining points.

    Of all steps without a restriction that may be chance, the box with the highest weighted
    relative accuracy (Lavrac and others 1999).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts of the workbench that are not used here
        from ema_workbench.analysis import prim

        least = max(LEAST_MASS, LEAST_POINTS / 2 / len(met))
        searched = prim.Prim(factors, met, peel_alpha=PEEL, mass_min=least)
        table: list[tuple[Any, ...]] = []
        for number in range(1, most + 1):
            box = searched.find_box()
            if box is None or not (step := _best(box)):
                break
            box.select(step)
            if box.density <= met.mean():
                break
            sizes = (len(box.yi), box.density, box.coverage, met.mean())
            limits, whole = box.box_lims[step], box.box_lims[0]
            for name in limits.columns[(limits != whole).any()]:
                ends = _ends(limits[name], whole[name])
                table.append((number, name, *ends, _chance(box, step)[name], *sizes))
            if len(searched.yi_remaining) - len(box.yi) < LEAST_POINTS:
                break
    return pd.DataFrame(table, columns=list(BOX_COLUMNS))


def _best(box: Any) -> int:
    """Return the number of the best step of a search; 0: all may be chance."""
    for at in range(len(box.box_lims)):
        # What may be chance is dropped, the least significant first.
        while (chances := _chance(box, at)) and max(chances.values()) > SIGNIFICANCE:
            box.drop_restriction(max(chances, key=lambda name: chances[name]), at)
            at = len(box.box_lims) - 1
    points = box.peeling_trajectory[["k", "n"]]
    hits, size = (points / points.iloc[0]).to_numpy().T
    score = pd.Series(hits - size)
    clear = [max(_chance(box, at).values(), default=1.0) <= SIGNIFICANCE for at in points.index]
    return int(score.where(clear).idxmax()) if any(clear) else 0


def _chance(box: Any, step: int) -> dict[str, float]:
    # Of each restricted factor the larger quasi-p-value of its two limits.
    return {name: max(values) for name, values in box.p_values[step].items()}


def _ends(limits: pd.Series, whole: pd.Series) -> tuple[Any, Any]:
    # Least and largest value, or the allowed labels, and None.
    if isinstance(limits.iloc[0], set):
        return tuple(sorted(map(str, limits.iloc[0]))), None
    low, high = (limits.iloc[at] if limits.iloc[at] != whole.iloc[at] else np.nan for at in (0, 1))
    return (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)


def by_third(factors: pd.DataFrame, met: Flags) -> pd.DataFrame:
    """Return the share of points that meet the condition by third of each numeric factor."""
    # A box is greedy, and omits factors of similar importance.
    place = factors.select_dtypes("number").rank() - 1.0
    third = place * len(THIRDS) // len(factors)
    shares = (
        third.apply(lambda of: pd.Series(met).groupby(of).mean()).reindex(range(3)).set_axis(THIRDS)
    )
    table = shares.T.rename_axis("factor").assign(range=shares.max() - shares.min()).reset_index()
    return table.sort_values("range", ascending=False, kind="stable")


def _shown(boxes: pd.DataFrame) -> list[Table]:
    tables = []
    for _, part in boxes.groupby("box"):
        first, allowed = part.iloc[0], [*map(_words, part["low"], part["high"])]
        frame = part[["factor"]].assign(allowed=allowed, **{"quasi-p": part["quasi_p"]})
        title = (
            f"Box {first['box']}: {percent(first['density'])} of its {first['points']:,} points,"
            f" against {percent(first['overall'])} of all; coverage {percent(first['coverage'])}"
        )
        tables.append(Table(frame, title))
    return tables


def _words(low: Any, high: Any) -> str:
    if isinstance(low, tuple):
        return " or ".join(low)
    if np.isfinite(low) and np.isfinite(high):
        return f"{text(low)} to {text(high)}"
    return f"above {text(low)}" if np.isfinite(low) else f"below {text(high)}"
