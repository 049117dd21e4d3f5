"""An outcome of a sweep over the years, a curve for each of some values of a factor."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.figures.marks import marks_in_caption
from sim.figures.panels import MOST_WIDE_BANDS
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import MARKER_SIZE, in_house_style
from sim.figures.sweeps.axes import MOST_LINES, draw_line, level_looks, outcome_axis
from sim.figures.sweeps.factors import Group, ShownFactor, shown_factors
from sim.figures.sweeps.numbers import good_runs, spread
from sim.figures.sweeps.reading import (
    SweepLike,
    failures_text,
    kept_years,
    note_of,
    origin_of,
    show,
)
from sim.figures.text import UNBROKEN

FEW_DATES = 12
"""Years up to which each is marked by a dot, because the lines between them are drawn freely."""


@in_house_style
def figure_over_years(sweep: SweepLike, outcome: str) -> Figure:
    """An outcome over all years that were kept, a curve for each of some values of a factor.

    The factor is the first one that varies; a drawn one is split into thirds of its points.

    Args:
        sweep: Any sweep.
        outcome: Name of the outcome.
    """
    years = kept_years(sweep)
    shown = show(sweep, outcome, years)
    factors = shown_factors(sweep)
    factor, others = factors[0], factors[1:]
    groups = factor.coarse_groups(MOST_LINES)
    dates = np.array(years, dtype=np.float64) + 1.0
    runs = [good_runs(shown.values, group.points) for group in groups]
    curves = [spread(some) for some in runs]
    bands, wide = max(len(some) for some in runs) > 1, len(groups) <= MOST_WIDE_BANDS
    looks = level_looks([group.text for group in groups])
    grid = Grid()
    start = dates[0] - 1.0 if len(dates) == 1 else dates[0]
    origin = origin_of(sweep)
    frame = Frame(start, dates[-1], marks_in_caption(origin.manifest, start, dates[-1]))
    figure, (axes,) = new_sheet(
        origin,
        f"{shown.outcome.label} over the years",
        grid,
        frame,
        looks,
        note=note_of(
            _reading(bands=bands, wide=wide),
            _which(factor, groups),
            "All other factors vary too." if others else "",
            failures_text(shown),
        ),
        legend_title=factor.axis_text,
    )
    drawn = ("mean",) if not bands else ("mean", "q05", "q95") if wide else ("mean", "q25", "q75")
    for curve, look in zip(curves, looks, strict=True):
        draw_line(axes, dates, curve, look, len(groups), bands=bands)
        if len(dates) <= FEW_DATES:
            axes.plot(
                dates, curve["mean"], color=look.colour, linestyle="none", marker="o",
                markersize=MARKER_SIZE, clip_on=False, label="_dots",
            )  # fmt: skip
    outcome_axis(axes, shown.unit, [curve[name] for curve in curves for name in drawn])
    return figure


def _reading(*, bands: bool, wide: bool) -> str:
    """How to read lines and bands."""
    if not bands:
        return "Lines: one run at each value, so no bands."
    percent = f"50{UNBROKEN}% and 90{UNBROKEN}%" if wide else f"50{UNBROKEN}%"
    return f"Lines: mean of runs; bands: {percent} of runs."


def _which(factor: ShownFactor, groups: list[Group]) -> str:
    """What is said where not every value has a curve of its own."""
    if len(groups) == len(factor.levels):
        return ""
    shown = sum(int(group.points.sum()) for group in groups)
    if shown == factor.places.size:
        return "Each curve holds a third of the points."
    return f"{len(groups)} of {len(factor.levels)} values are shown."
