"""Response curves of a sweep: an outcome by the values of its factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.figures.axes import (
    cut_axes,
    drop_numbers,
    is_far_from_zero,
    panel_title,
    quantity_axis,
)
from sim.figures.curves import MOST_WIDE_BANDS, Curve, draw_curve, draw_dots, seen
from sim.figures.findings import in_sentence
from sim.figures.register import SWEEP, figure
from sim.figures.rows import dodge
from sim.figures.sheet import Grid
from sim.figures.style import BLUE, SIGNS, TEXT, Look, looks_of
from sim.figures.sweeps.axes import below_axis, factor_axis
from sim.figures.sweeps.factors import Group, ShownFactor, everything, shown_factors, sides
from sim.figures.sweeps.numbers import spreads
from sim.figures.sweeps.reading import Shown, is_random, reading_of, sheet_of_sweep, show
from sim.figures.text import UNBROKEN, fit
from sim.results.sweep import SweepResults

MOST_FACTORS = 12
"""Factors that a figure shows; of more, those that change the outcome most."""
DOT_SIZE = 2.6
"""Points; the dots on a curve that show where it was computed."""
BAR_DOT_SIZE = 3.4
"""Points; the dots on bars."""
WIDE_LINE, NARROW_LINE = 0.9, 2.6
"""Points of the bars that hold 90 % and 50 % of the runs."""
DODGE = 0.7
"""Part of the room between labels that the lines of a second factor share."""
PLAIN = Look("mean", BLUE)
SMALL_HEIGHT, TALL_HEIGHT = 1.35, 2.3
"""Inches of a panel among several, and of one alone."""


def _many(sweep: SweepResults) -> str:
    # One panel shows one factor, or a second one as lines.
    plain = len(shown_factors(sweep)) <= (1 if is_random(sweep) else 2)
    return "" if plain else "it has more factors than one panel shows"


def _few(sweep: SweepResults) -> str:
    return "" if _many(sweep) else "one panel shows its factors"


@figure(SWEEP, "response", "Outcomes by a factor", obstacle=_many)
def figure_response(sweep: SweepResults, outcomes: Sequence[str], year: int) -> Figure:
    """Outcomes at the end of a year by one factor; a line for each value of a second one.

    Args:
        sweep: A sweep of one factor, or of two that were combined.
        outcomes: Names of the outcomes, each of which gets a panel.
        year: A year whose end was kept.
    """
    factors = shown_factors(sweep)
    # Labels make better lines than axes.
    factor, second = sides(factors) if len(factors) > 1 else (factors[0], None)
    lines = second.coarse_groups(len(SIGNS)) if second else [everything(sweep.points)]
    shown = [show(sweep, name, [year]) for name in outcomes]
    responses = [[_response(one, factor, line) for line in lines] for one in shown]
    bands = _has_bands(responses[0])
    alone = len(shown) == 1
    if alone:
        grid = Grid(panel_height=TALL_HEIGHT)
    else:
        grid = Grid(len(shown), 2, SMALL_HEIGHT, column_gap=0.68, title_rows=1)
    grid = _with_foot(grid, [factor])
    looks = looks_of([line.text for line in lines]) if second else [PLAIN]
    cut = {
        one.outcome.label: is_far_from_zero(_seen(response))
        for one, response in zip(shown, responses, strict=True)
    }
    drawn, panels = sheet_of_sweep(
        sweep,
        shown[0],
        f"{shown[0].outcome.label if alone else 'Outcomes'} at the end of {year}",
        grid,
        reading_of(bands, len(lines), dots=not factor.has_curve, binned=_binned(factor)),
        _chosen(second, len(lines)),
        cut_axes(cut),
        legend=looks if second else (),
        legend_title=second.axis_text if second else "",
    )
    for place, (axes, one) in enumerate(zip(panels, shown, strict=True)):
        _draw(axes, factor, responses[place], looks)
        factor_axis(axes, factor, grid.panel_width)
        if not grid.is_lowest(place):
            axes.set_xlabel("")
            axes.set_xticklabels([""] * len(axes.get_xticks()))
        quantity_axis(axes, one.unit, _seen(responses[place]))
        if not alone:
            panel_title(axes, fit(one.outcome.label, TEXT, grid.panel_width, 1)[0])
    return drawn


@figure(SWEEP, "response-by-factor", "An outcome by each factor", obstacle=_few)
def figure_response_by_factor(sweep: SweepResults, outcome: str, year: int) -> Figure:
    """An outcome at the end of a year by each factor, whatever the others' values.

    Args:
        sweep: A sweep of several factors.
        outcome: Name of the outcome.
        year: A year whose end was kept.
    """
    shown = show(sweep, outcome, [year])
    factors = shown_factors(sweep)
    responses = [_response(shown, factor, everything(sweep.points)) for factor in factors]
    ranges = np.nan_to_num([one["mean"].max() - one["mean"].min() for one in responses])
    widest = np.argsort(-ranges, kind="stable")[:MOST_FACTORS]
    # Labels last: what stands below them needs more room than numbers do.
    kept = sorted(widest, key=lambda k: (factors[k].labelled, k))
    columns = min(len(kept), 2 if len(kept) <= 4 else 3)
    grid = Grid(len(kept), columns, SMALL_HEIGHT, column_gap=0.2)
    last_row = (grid.rows - 1) * columns
    grid = _with_foot(grid, [factors[k] for k in kept[last_row:]])
    if last_row:
        inner = max(below_axis(factors[k], grid.panel_width) for k in kept[:last_row])
        grid = replace(grid, row_gap=inner + 0.1)
    left_out = len(factors) - len(kept)
    binned = any(_binned(factors[k]) for k in kept)
    values = [part for k in kept for part in _seen([responses[k]])]
    drawn, panels = sheet_of_sweep(
        sweep,
        shown,
        f"{shown.outcome.label} at the end of {year} by each factor",
        grid,
        "Means over runs, all other factors varying too.",
        f"Bands and bars: 50{UNBROKEN}% and 90{UNBROKEN}% of runs.",
        "Dots: values, or the middles of bins of points." if binned else "",
        f"Of {len(factors)} factors, the {len(kept)} that change it most." if left_out else "",
        cut_axes({str(k): is_far_from_zero(values) for k in kept}),
    )
    for place, (axes, k) in enumerate(zip(panels, kept, strict=True)):
        _draw(axes, factors[k], [responses[k]], [PLAIN])
        factor_axis(axes, factors[k], grid.panel_width)
        quantity_axis(axes, shown.unit, values)
        if place % columns:
            drop_numbers(axes)
    return drawn


def _response(shown: Shown, factor: ShownFactor, line: Group) -> Curve:
    """Mean and quantiles at each of a factor's places, over the points of a line."""
    groups = factor.groups()
    masks = [group.points & line.points for group in groups]
    return spreads(shown.values, masks).set_axis([group.at for group in groups])


def _has_bands(responses: Sequence[Curve]) -> bool:
    """Whether there is any spread to show."""
    return any((one["runs"] > 1).any() for one in responses)


def _seen(responses: Sequence[Curve]) -> list[Floats]:
    """All that can be seen of the curves of a panel."""
    lines, bands = len(responses), _has_bands(responses)
    return [part for one in responses for part in seen(one, lines, bands=bands)]


def _with_foot(grid: Grid, factors: Sequence[ShownFactor]) -> Grid:
    """The same grid with room for the factors below the lowest panels."""
    foot = max(below_axis(factor, grid.panel_width) for factor in factors)
    return replace(grid, foot=foot + 0.04)


def _draw(
    axes: Axes, factor: ShownFactor, responses: Sequence[Curve], looks: Sequence[Look]
) -> None:
    """Draw lines with bands and dots; where there are no curves, dots with bars."""
    lines, has_bands = len(responses), _has_bands(responses)
    bars = [("q25", "q75", NARROW_LINE, 0.55)]
    if lines <= MOST_WIDE_BANDS:
        bars.insert(0, ("q05", "q95", WIDE_LINE, 0.9))
    for place, (response, look) in enumerate(zip(responses, looks, strict=True)):
        if factor.has_curve:
            draw_curve(axes, response, look, lines=lines, bands=has_bands)
            draw_dots(axes, response.dropna(), look, DOT_SIZE, label="_dots")
            continue
        # At each label the lines' dots stand beside each other.
        moved = response.set_axis(response.index + dodge(place, lines, DODGE / lines))
        for low, high, width, opacity in bars if has_bands else ():
            axes.vlines(moved.index, moved[low], moved[high], color=look.colour,
                        linewidth=width, alpha=opacity, label=f"_{low}-{high}")  # fmt: skip
        draw_dots(axes, moved, look, BAR_DOT_SIZE)


def _binned(factor: ShownFactor) -> bool:
    return len(factor.groups()) < len(factor.levels)


def _chosen(second: ShownFactor | None, lines: int) -> str:
    """What is said where not every value of the second factor has a line."""
    if second is None or lines == len(second.levels):
        return ""
    return f"{lines} of {len(second.levels)} values of {in_sentence(second.title)} are shown."
