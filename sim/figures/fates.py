"""Figure of the record of fates: how long real systems last, over those of the model."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures import draw, style
from sim.figures.canvas import WIDTH, canvas, sheet
from sim.figures.style import Look
from sim.mechanisms.fates import FIRST_YEAR, LAST_START, LAST_YEAR
from sim.results.bands import BAND, quantiles
from sim.results.dataset import Results
from sim.results.variables import POINT
from sim.units import PERCENT
from sim.world.fate_statistics import courses, outage_causes, survival_of
from sim.world.fates import FateRecord

ENDS = ("switched", "abandoned", "replaced")
"""Fields of the panel that count ends: by another vendor, by giving up, by a ban."""
REAL = Look("record, 95% interval", style.VERMILLION)
MODEL = Look("model, 90% of runs", style.INK, style.DASHED)
CHINESE, OTHER = Look("Chinese makers", style.VERMILLION), Look("other makers", style.PALE_INK)
HEIGHT = 2.4
"""Inches of the panels."""
LONGEST = 15
"""Years of service that are shown."""


def model_survival(results: Results) -> pd.DataFrame:
    """Return which share of countries' first Chinese systems has not ended, by years of service.

    Counted are systems that began to work in the record's years, to its last year: as in the
    record, but whether the press reports it or not.

    Returns:
        `mean`, `q05` and `q95` over the runs by year of service (Kaplan-Meier within each run).
    """
    years = range(results.years[0], min(int(LAST_YEAR), results.years[-1]) + 1)
    works = (results.panel("working", years).isel({POINT: 0}) > 0).to_numpy()
    counts = sum(results.panel(field, years).isel({POINT: 0}).to_numpy() for field in ENDS)
    started = np.maximum.accumulate(works, axis=-1)
    first = np.asarray(years)[works.argmax(axis=-1)]
    counted = started[..., -1] & (first >= FIRST_YEAR) & (first <= LAST_START)
    ends = np.zeros_like(works)
    ends[..., 1:] = (np.diff(counts, axis=-1) > 0) & started[..., :-1]
    ended = ends.any(axis=-1)
    age = np.where(ended, np.asarray(years)[ends.argmax(axis=-1)], years[-1]) - first
    curves = []
    for number in np.arange(len(works)):
        ages, lost = age[number, counted[number]], ended[number, counted[number]]
        at_risk = np.array([(ages >= year).sum() for year in range(1, LONGEST + 1)])
        losses = np.array([(ages[lost] == year).sum() for year in range(1, LONGEST + 1)])
        with np.errstate(invalid="ignore", divide="ignore"):
            curves.append(np.cumprod(1.0 - losses / at_risk))
    known = np.vstack([np.ones(len(curves)), np.transpose(curves)])
    cells = quantiles(known, axis=1)
    return pd.DataFrame({name: cells[name] for name in BAND}).dropna()


def fates(results: Results, record: FateRecord) -> Figure:
    """Draw the survival of the record's systems over the model's, and causes of outages.

    Args:
        results: The runs of a scenario, with their panel.
        record: Systems and events.
    """
    table = courses(record)
    real = survival_of(table["end"].fillna(table["seen"]), table["end"].notna())
    causes = outage_causes(record).iloc[::-1]
    figure, (left, right) = canvas(
        f"{int(table['end'].notna().sum())} of {len(table)} Chinese systems on record have ended",
        "How long do real systems serve, how long do those of the model, and why do systems fail?",
        f"{draw.source(results)} Left: Kaplan-Meier; a system ends when it is given up or when"
        " another vendor replaces it. Record: systems that began to serve in"
        f" {FIRST_YEAR:.0f}-{LAST_START:.0f}, to their last report; the press misses quiet ends."
        " Model: all ends. Right: systems by reported cause of outages of a tenth or more.",
        panels=2,
        columns=2 if sheet().width >= WIDTH else 1,
        panel_height=HEIGHT,
    )
    with matplotlib.rc_context(style.SETTINGS):
        for look, curve, ends in (
            (REAL, real[real.index <= LONGEST], ("low", "high")),
            (MODEL, model_survival(results), ("q05", "q95")),
        ):
            low, high = (PERCENT * curve[end] for end in ends)
            left.fill_between(
                curve.index, low, high, step="post", color=look.colour, alpha=0.16, lw=0.0
            )
            left.step(
                curve.index, PERCENT * curve["mean"], where="post", color=look.colour,
                linestyle=look.dash, linewidth=style.LINE_WIDTH, label=look.label,
            )  # fmt: skip
        left.set(xlim=(0, LONGEST), ylim=(0, 100), title="Not ended")
        left.set_ylabel("% of systems")
        left.set_xlabel("years since service began")
        left.legend(loc="lower left", fontsize=style.SMALL_TEXT)
        before = np.zeros(len(causes))
        for look, name in ((CHINESE, "chinese"), (OTHER, "other")):
            right.barh(causes.index, causes[name], left=before, color=look.colour, label=look.label)
            before += causes[name].to_numpy()
        right.set(title="Causes of outages")
        right.set_xlabel("systems on record")
        right.grid(visible=False, axis="y")
        right.legend(loc="lower right", fontsize=style.SMALL_TEXT)
    return figure
