"""Survival of the real systems of the record of fates, and of the model's."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.figures import draw, style
from sim.figures.canvas import canvas, sheet
from sim.figures.style import Look
from sim.measures.bands import BAND, quantiles
from sim.measures.variables import POINT
from sim.model.mechanisms.fates import FIRST_START, LAST_REPORT, LAST_START
from sim.model.mechanisms.tender import SAFE_CITY
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.world.arrays import Flags, Whole
from sim.world.fate_statistics import courses, kaplan_meier, survival_of
from sim.world.fates import FateRecord

KINDS = {"Cameras": False, "Larger systems": True}
"""Kinds of systems, and whether they are safe cities or more."""
# Fields of the panel that count ends: by another vendor, by switching off, by a ban.
ENDS = ("switched", "switched_off", "replaced")
REAL = Look("real systems (darker band)", style.INK)
MODEL = Look("in the model (paler band)", style.MODEL, style.DASHED)
TEN = 10
# Years of service to which the model's curve is computed.
LONGEST = 15


def model_survival(results: Results, larger: bool) -> pd.DataFrame:
    """Return the share of countries' first Chinese systems of a kind without an end, by years.

    As in the record, another vendor's larger system ends nothing: from then on a system is not
    followed, nor is a small one that its vendor makes a safe city. Columns are `mean`, `q05` and
    `q95` over the runs (Kaplan-Meier within each run).
    """
    # Systems of the record's years, whether the press reports them or not.
    years = range(results.years[0], min(int(LAST_REPORT), results.years[-1]) + 1)
    of = {
        field: results.panel(field, years).isel({POINT: 0}).to_numpy()
        for field in ("working", "stage", "outgrown", *ENDS)
    }
    small = of["stage"] < SAFE_CITY
    works = (of["working"] > 0) & (small != larger)
    begun = np.maximum.accumulate(works, axis=-1)
    first = works.argmax(axis=-1)
    counted = begun[..., -1] & (first >= FIRST_START - years[0]) & (first <= LAST_START - years[0])

    def at(happens: Flags) -> Whole:
        later = np.where(begun[..., :-1], happens, False)
        return np.where(later.any(axis=-1), later.argmax(axis=-1), len(years)) + 1

    end = at(np.diff(sum(of[field] for field in ENDS) - of["outgrown"], axis=-1) > 0)
    leave = at((np.diff(of["outgrown"], axis=-1) > 0) | (~small[..., 1:] & (not larger)))
    ended = (end <= leave) & (end < len(years))
    age = np.minimum(np.minimum(end, leave), len(years) - 1) - first
    curves = [
        kaplan_meier(ages[which], lost[which], np.arange(LONGEST + 1))
        for ages, lost, which in zip(age, ended, counted, strict=True)
    ]
    cells = quantiles(np.transpose(curves), axis=1)
    return pd.DataFrame({name: cells[name] for name in BAND}).dropna()


def record_survival(record: FateRecord, larger: bool | None = None) -> pd.DataFrame:
    """Return the share of the record's systems without an end, to ten years of service.

    `larger` keeps safe cities and more, or cameras alone. Columns are `mean`, `low` and `high`
    (95%), by Kaplan-Meier.
    """
    table = courses(record)
    if larger is not None:
        table = table[table["larger"] == larger]
    return to_ten(survival_of(table["end"].fillna(table["seen"]), table["end"].notna()))


def to_ten(curve: pd.DataFrame) -> pd.DataFrame:
    # Fewer than a dozen real systems are followed for longer. The last value continues the curve.
    early = curve[curve.index <= TEN]
    whole = early.empty or TEN in early.index
    return early if whole else pd.concat([early, early.iloc[-1:].set_axis([TEN])])


def by_kind(
    results: Results, record: FateRecord
) -> tuple[dict[str, tuple[pd.DataFrame, pd.DataFrame]], list[str]]:
    """Return the survival of each kind, real and in the model, and in words after ten years."""
    curves = {
        kind: (record_survival(record, larger), to_ten(model_survival(results, larger)))
        for kind, larger in KINDS.items()
    }
    of_kinds = zip(*curves.values(), strict=True)
    ends = [["{:.0f}% ({:.0f} to {:.0f})".format(*PERCENT * c.iloc[-1]) if len(c) else "–"
             for c in of] for of in of_kinds]  # fmt: skip
    return curves, [f"{cameras} of cameras and {larger} of larger" for cameras, larger in ends]


def fates(results: Results, record: FateRecord) -> Figure:
    table = courses(record)
    curves, (lasts, in_model) = by_kind(results, record)
    age = table["end"].fillna(table["seen"])
    followed = [f"{(of >= TEN).sum()} of {len(of)}" for _, of in age.groupby(table["larger"])]
    figure, panels = canvas(
        f"After ten years {lasts} real systems have not ended; in the model {in_model} ones",
        "% of systems that have not been switched off or replaced, by years since service began;"
        f" {' and '.join(followed)} real ones are followed in service for ten years. Another"
        " vendor's larger system is not an end.",
        f"{draw.source(results)} Kaplan-Meier; record: systems that began to serve in"
        f" {FIRST_START:.0f}–{LAST_START:.0f}, to their last report, with 95% interval; the press"
        " misses quiet ends. Model: all ends, with the middle 90% of runs.",
        panels=len(curves),
        columns=1 if (sheet().width or style.ONE_AND_HALF) < style.ONE_AND_HALF else 2,
        panel_height=draw.HIGH,
    )
    with matplotlib.rc_context(style.SETTINGS):
        for axes, (kind, (real, model)) in zip(panels, curves.items(), strict=True):
            lines = [
                draw.Line(look, PERCENT * curve.rename_axis(index="years"), stepped=True)
                for look, curve in ((MODEL, model), (REAL, real))
            ]
            for line in lines:
                draw.draw_line(axes, line)
            axes.set(xlim=(0, TEN + draw.LEVEL), ylim=(0, 100), title=kind, xlabel="years")
            draw.name_curves(axes, lines)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure
