"""An outcome of a sweep over the years, a curve for each of some values of a factor."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.axes import cut_axes, is_far_from_zero, quantity_axis
from sim.figures.curves import draw_curve, draw_dots, seen
from sim.figures.marks import marks_in_caption
from sim.figures.register import SWEEP, figure
from sim.figures.sheet import Frame, Grid
from sim.figures.style import MARKER_SIZE, SIGNS, looks_of
from sim.figures.sweeps.factors import Group, ShownFactor, shown_factors
from sim.figures.sweeps.numbers import good_runs, spread, swings
from sim.figures.sweeps.reading import (
    described,
    is_random,
    kept_years,
    last_of,
    reading_of,
    sheet_of_sweep,
    show,
)
from sim.results.sweep import SweepResults

FEW_DATES = 12
"""Years up to which each is marked by a dot, because the lines between them are drawn freely."""


def _obstacle(sweep: SweepResults) -> str:
    return "" if kept_years(sweep) else "it kept no end of a year"


def _asked(sweep: SweepResults) -> bool:
    return len(kept_years(sweep)) < 2


@figure(SWEEP, "over-years", "An outcome over the years", obstacle=_obstacle, asked=_asked)
def figure_over_years(sweep: SweepResults, outcome: str) -> Figure:
    """An outcome over the years, a curve for each of some values of a factor.

    The factor is the first one that varies; of drawn ones the one that moves the outcome most, in
    thirds of its points.

    Args:
        sweep: Any sweep.
        outcome: Name of the outcome.
    """
    years = kept_years(sweep)
    shown = show(sweep, outcome, years)
    factors = shown_factors(sweep)
    widest = swings(last_of(shown), factors, drawn=True) if is_random(sweep) else []
    factor = widest[0].factor if widest else factors[0]
    groups = factor.coarse_groups(len(SIGNS))
    dates = np.array(years, dtype=np.float64) + 1.0
    runs = [good_runs(shown.values, group.points) for group in groups]
    curves = [pd.DataFrame(spread(some), index=dates) for some in runs]
    has_bands, lines = max(len(some) for some in runs) > 1, len(groups)
    looks = looks_of([group.text for group in groups])
    start = dates[0] - 1.0 if len(dates) == 1 else dates[0]
    values = [part for curve in curves for part in seen(curve, lines, bands=has_bands)]
    drawn, (axes,) = sheet_of_sweep(
        sweep,
        shown,
        f"{shown.outcome.label} over the years",
        Grid(),
        reading_of(has_bands, lines),
        _which(factor, groups),
        "All other factors vary too." if len(factors) > 1 else "",
        cut_axes({outcome: is_far_from_zero(values)}),
        frame=Frame(start, dates[-1], marks_in_caption(described(sweep), start, dates[-1])),
        legend=looks,
        legend_title=factor.axis_text,
    )
    for curve, look in zip(curves, looks, strict=True):
        draw_curve(axes, curve, look, lines=lines, bands=has_bands)
        if len(dates) <= FEW_DATES:
            draw_dots(axes, curve, look, MARKER_SIZE, clip_on=False, label="_dots")
    quantity_axis(axes, shown.unit, values)
    return drawn


def _which(factor: ShownFactor, groups: list[Group]) -> str:
    """What is said where not every value has a curve of its own."""
    if len(groups) == len(factor.levels):
        return ""
    shown = sum(int(group.points.sum()) for group in groups)
    if shown == factor.places.size:
        return "Each curve holds a third of the points."
    return f"{len(groups)} of {len(factor.levels)} values are shown."
