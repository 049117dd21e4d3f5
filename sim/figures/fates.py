"""Survival of the real systems of the record of fates, and of the model's."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.figures import draw, style
from sim.figures.canvas import canvas, keep_numbers, sheet
from sim.figures.style import Look
from sim.mechanisms.fates import FIRST_YEAR, LAST_START, LAST_YEAR
from sim.results.bands import BAND, quantiles
from sim.results.dataset import Results
from sim.results.numbers import shown
from sim.results.variables import POINT
from sim.units import PERCENT
from sim.world.fate_statistics import courses, kaplan_meier, outage_causes, survival_of
from sim.world.fates import FateRecord

# Fields of the panel that count ends: by another vendor, by switching off, by a ban.
ENDS = ("switched", "switched_off", "replaced")
REAL = Look("real systems", style.INK)
MODEL = Look("in the model", style.MODEL, style.DASHED)
CHINESE, OTHER = Look("Chinese makers", style.CHINA), Look("others", style.PALE_INK)
TEN = 10
# Years of service to which the model's curve is computed.
LONGEST = 15


def model_survival(results: Results) -> pd.DataFrame:
    """Return the share of countries' first Chinese systems without an end, by years of service.

    Columns are `mean`, `q05` and `q95` over the runs (Kaplan-Meier within each run).
    """
    # Systems of the record's years, whether the press reports them or not.
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
    curves = [
        kaplan_meier(ages[which], lost[which], np.arange(LONGEST + 1))
        for ages, lost, which in zip(age, ended, counted, strict=True)
    ]
    cells = quantiles(np.transpose(curves), axis=1)
    return pd.DataFrame({name: cells[name] for name in BAND}).dropna()


def record_survival(record: FateRecord) -> pd.DataFrame:
    """Return the share of the record's systems without an end, to ten years of service.

    Columns are `mean`, `low` and `high` (95%), by Kaplan-Meier.
    """
    table = courses(record)
    return to_ten(survival_of(table["end"].fillna(table["seen"]), table["end"].notna()))


def to_ten(curve: pd.DataFrame) -> pd.DataFrame:
    # Fewer than a dozen real systems are followed for longer. The last value continues the curve.
    early = curve[curve.index <= TEN]
    return early if TEN in early.index else pd.concat([early, early.iloc[-1:].set_axis([TEN])])


def fates(results: Results, record: FateRecord) -> Figure:
    table, real, model = courses(record), record_survival(record), to_ten(model_survival(results))
    causes = outage_causes(record).iloc[::-1]
    lasts, in_model = (shown(PERCENT * curve["mean"].iloc[-1]) for curve in (real, model))
    followed = int((table["seen"] >= TEN).sum())
    figure, (left, right) = canvas(
        f"After ten years {lasts}% of real systems have not ended; in the model {in_model}%",
        "Left: % of systems that have not been switched off or replaced by another vendor, by years"
        f" since service began; {followed} of {len(table)} real ones are followed for ten years."
        " Right: systems on record by reported cause of outages of a tenth or more.",
        f"{draw.source(results)} Kaplan-Meier; record: systems that began to serve in"
        f" {FIRST_YEAR:.0f}–{LAST_START:.0f}, to their last report, with 95% interval; the press"
        " misses quiet ends. Model: all ends, with the middle 90% of runs.",
        width=style.TWO,
        panels=2,
        columns=1 if (sheet().width or style.TWO) < style.ONE_AND_HALF else 2,
        panel_height=draw.HIGH,
    )
    with matplotlib.rc_context(style.SETTINGS):
        ends = {}
        for look, curve, band in (
            (MODEL, model, ("q05", "q95")),
            (REAL, real, ("low", "high")),
        ):
            low, high = (PERCENT * curve[end] for end in band)
            numbers = (PERCENT * curve).rename_axis(index="years").reset_index()
            keep_numbers(left, look.label, numbers)
            left.fill_between(
                curve.index, low, high, step="post", color=look.colour, alpha=0.16, lw=0.0
            )
            left.step(
                curve.index, PERCENT * curve["mean"], where="post", color=look.colour,
                linestyle=look.dash,
            )  # fmt: skip
            ends[look] = PERCENT * float(curve["mean"].iloc[-1])
        left.set(xlim=(0, TEN), ylim=(0, 100), title="Not ended, % of systems")
        draw.place_labels(left, ends, draw.HIGH)
        before = np.zeros(len(causes))
        for look, name in ((CHINESE, "chinese"), (OTHER, "other")):
            numbers = causes[name].rename("systems").rename_axis("cause").reset_index()
            keep_numbers(right, look.label, numbers)
            right.barh(causes.index, causes[name], left=before, color=look.colour)
            # Above the longest bar, which is the first.
            top = 0.0 if name == "chinese" else float(before[-1] + causes[name].iloc[-1] / 2.0)
            right.text(
                top, len(causes) - 0.45, look.label, color=look.colour, fontsize=style.SMALL,
                fontweight="bold", ha="left" if name == "chinese" else "center",
            )  # fmt: skip
            before += causes[name].to_numpy()
        right.set(title="Causes of outages, systems on record", ylim=(-0.6, len(causes) + 0.3))
        for axis in (left.xaxis, right.xaxis):
            axis.set_major_locator(MaxNLocator(6, integer=True))
        right.tick_params(axis="y", labelcolor=style.INK)
        right.grid(visible=False, axis="y")
        right.grid(visible=True, axis="x")
    return figure
