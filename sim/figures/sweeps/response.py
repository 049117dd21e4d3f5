"""Response curves of a sweep: an outcome by the values of its factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from sim.engine.chunk import Floats
from sim.figures.axes import panel_title
from sim.figures.panels import MOST_WIDE_BANDS
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import LINE_WIDTH, TEXT, Look, in_house_style
from sim.figures.sweeps.axes import (
    LEVEL_SIGNS,
    MOST_LINES,
    below_axis,
    draw_line,
    factor_axis,
    level_looks,
    outcome_axis,
)
from sim.figures.sweeps.factors import Group, ShownFactor, in_sentence, shown_factors
from sim.figures.sweeps.numbers import most_runs, spreads
from sim.figures.sweeps.reading import (
    Shown,
    SweepLike,
    failures_text,
    note_of,
    origin_of,
    show,
)
from sim.figures.text import UNBROKEN, fit

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
PLAIN = Look("mean", LEVEL_SIGNS[1][0])
SMALL_HEIGHT, TALL_HEIGHT = 1.35, 2.3
"""Inches of a panel among several, and of one alone."""


@dataclass(frozen=True)
class Response:
    """One line of a panel.

    Attributes:
        at: Places on the factor's axis.
        values: Mean and quantiles at each, by name.
        runs: Runs of the place that has most.
    """

    at: Floats
    values: dict[str, Floats]
    runs: int


@dataclass(frozen=True)
class Manner:
    """How all lines of a figure are drawn.

    Attributes:
        bars: Whether dots with bars stand for line and bands.
        bands: Whether there is any spread to show.
        lines: How many lines a panel has.
    """

    bars: bool
    bands: bool
    lines: int

    @property
    def wide(self) -> bool:
        """Whether the band of 90 % is shown."""
        return self.lines <= MOST_WIDE_BANDS

    @property
    def drawn(self) -> tuple[str, ...]:
        """Which columns can be seen."""
        if not self.bands:
            return ("mean",)
        return ("mean", "q05", "q95") if self.wide else ("mean", "q25", "q75")


def is_plain(factors: Sequence[ShownFactor], *, drawn: bool) -> bool:
    """Whether one panel shows all factors: one alone, or a second one as lines."""
    return len(factors) == 1 or (len(factors) == 2 and not drawn)


@in_house_style
def figure_response(sweep: SweepLike, outcomes: Sequence[str], year: int) -> Figure:
    """Outcomes at the end of a year by one factor; a line for each value of a second one.

    Args:
        sweep: A sweep of one factor, or of two that were combined.
        outcomes: Names of the outcomes, each of which gets a panel.
        year: A year whose end was kept.
    """
    factors = shown_factors(sweep)
    factor, second = _lines_first(factors)
    everything = np.ones(sweep.points, dtype=bool)
    lines = second.coarse_groups(MOST_LINES) if second else [Group(0.0, "", everything)]
    shown = [show(sweep, name, [year]) for name in outcomes]
    responses = [[_response(one, factor, line) for line in lines] for one in shown]
    manner = _manner(factor, [r for panel in responses for r in panel], len(lines))

    columns = 1 if len(shown) == 1 else 2
    grid = Grid(
        rows=-(-len(shown) // columns),
        columns=columns,
        panel_height=TALL_HEIGHT if len(shown) == 1 else SMALL_HEIGHT,
        row_gap=0.16,
        column_gap=0.68,
        title_rows=0 if len(shown) == 1 else 1,
    )
    grid = _with_foot(grid, [factor])
    looks = level_looks([line.text for line in lines]) if second else [PLAIN]
    what = shown[0].outcome.label if len(shown) == 1 else "Outcomes"
    figure, panels = new_sheet(
        origin_of(sweep),
        f"{what} at the end of {year}",
        grid,
        Frame(0.0, 1.0),
        looks if second else (),
        note=note_of(
            _reading(manner, factor),
            _chosen(second, len(lines)),
            failures_text(shown[0]),
        ),
        timeless=range(grid.rows * grid.columns),
        legend_title=second.axis_text if second else "",
    )
    for place, (axes, one) in enumerate(zip(panels, shown, strict=False)):
        for line, response in enumerate(responses[place]):
            shift = _shift(line, len(lines)) if manner.bars else 0.0
            _draw(axes, response, looks[line], manner, shift)
        factor_axis(axes, factor, grid.panel_width)
        if place + columns < len(shown):
            axes.set_xlabel("")
            axes.set_xticklabels([""] * len(axes.get_xticks()))
        outcome_axis(axes, one.unit, [r.values[n] for r in responses[place] for n in manner.drawn])
        if len(shown) > 1:
            panel_title(axes, fit(one.outcome.label, TEXT, grid.panel_width, 1)[0])
    for axes in panels[len(shown) :]:
        axes.remove()
    return figure


@in_house_style
def figure_response_by_factor(sweep: SweepLike, outcome: str, year: int) -> Figure:
    """An outcome at the end of a year by each factor, whatever the others' values.

    Args:
        sweep: A sweep of several factors.
        outcome: Name of the outcome.
        year: A year whose end was kept.
    """
    shown = show(sweep, outcome, [year])
    everything = Group(0.0, "", np.ones(sweep.points, dtype=bool))
    factors = shown_factors(sweep)
    found = {k: _response(shown, factor, everything) for k, factor in enumerate(factors)}
    widest = sorted(found, key=lambda k: -_range(found[k]))[:MOST_FACTORS]
    # Labels last: what stands below them needs more room than numbers do.
    kept = sorted(widest, key=lambda k: (factors[k].labelled, k))
    columns = min(len(kept), 2 if len(kept) <= 4 else 3)
    grid = Grid(
        rows=-(-len(kept) // columns),
        columns=columns,
        panel_height=SMALL_HEIGHT,
        column_gap=0.2,
    )
    last_row = (grid.rows - 1) * columns
    grid = _with_foot(grid, [factors[k] for k in kept[last_row:]])
    if last_row:
        inner = max(below_axis(factors[k], grid.panel_width) for k in kept[:last_row])
        grid = replace(grid, row_gap=inner + 0.1)
    runs = [found[k] for k in kept]
    manners = [_manner(factors[k], [found[k]], 1) for k in kept]
    left_out = len(factors) - len(kept)
    figure, panels = new_sheet(
        origin_of(sweep),
        f"{shown.outcome.label} at the end of {year} by each factor",
        grid,
        Frame(0.0, 1.0),
        note=note_of(
            "Means over runs, all other factors varying too.",
            f"Bands and bars: 50{UNBROKEN}% and 90{UNBROKEN}% of runs.",
            "Dots: values, or the middles of bins of points."
            if any(_binned(factors[k]) for k in kept)
            else "",
            f"Of {len(factors)} factors, the {len(kept)} that change it most." if left_out else "",
            failures_text(shown),
        ),
        timeless=range(grid.rows * grid.columns),
    )
    drawn = [run.values[n] for run, manner in zip(runs, manners, strict=True) for n in manner.drawn]
    for place, (axes, k) in enumerate(zip(panels, kept, strict=False)):
        _draw(axes, found[k], PLAIN, manners[place], 0.0)
        factor_axis(axes, factors[k], grid.panel_width)
        outcome_axis(axes, shown.unit, drawn)
        if place % columns:
            axes.set_ylabel("")
            axes.yaxis.set_major_formatter(NullFormatter())
    for axes in panels[len(kept) :]:
        axes.remove()
    return figure


def _lines_first(factors: Sequence[ShownFactor]) -> tuple[ShownFactor, ShownFactor | None]:
    """The factor on the axis and the one that lines stand for: labels make better lines."""
    if len(factors) == 1:
        return factors[0], None
    first, second = factors[:2]
    return (second, first) if first.labelled and not second.labelled else (first, second)


def _response(shown: Shown, factor: ShownFactor, line: Group) -> Response:
    groups = factor.groups()
    masks = [group.points & line.points for group in groups]
    at = np.array([group.at for group in groups])
    return Response(at, spreads(shown.values, masks), most_runs(shown.values, masks))


def _manner(factor: ShownFactor, responses: Sequence[Response], lines: int) -> Manner:
    return Manner(
        bars=factor.labelled or len(factor.levels) == 1,
        bands=max(response.runs for response in responses) > 1,
        lines=lines,
    )


def _range(response: Response) -> float:
    means = response.values["mean"]
    means = means[~np.isnan(means)]
    return float(np.ptp(means)) if means.size else 0.0


def _with_foot(grid: Grid, factors: Sequence[ShownFactor]) -> Grid:
    """The same grid with room for the factors below the lowest panels."""
    foot = max(below_axis(factor, grid.panel_width) for factor in factors)
    return replace(grid, foot=foot + 0.04)


def _shift(line: int, lines: int) -> float:
    """How far a line's dots stand beside a label."""
    return DODGE * ((line + 0.5) / lines - 0.5) if lines > 1 else 0.0


def _draw(axes: Axes, response: Response, look: Look, manner: Manner, shift: float) -> None:
    good = ~np.isnan(response.values["mean"])
    at = response.at + shift
    if manner.bars:
        _draw_bars(axes, Response(at, response.values, response.runs), look, manner)
        return
    draw_line(axes, at, response.values, look, manner.lines, bands=manner.bands)
    axes.plot(
        at[good],
        response.values["mean"][good],
        color=look.colour,
        linestyle="none",
        marker="o",
        markersize=DOT_SIZE,
        label="_dots",
    )


def _draw_bars(axes: Axes, response: Response, look: Look, manner: Manner) -> None:
    bars = [("q25", "q75", NARROW_LINE, 0.55)]
    if manner.wide:
        bars.insert(0, ("q05", "q95", WIDE_LINE, 0.9))
    for low, high, width, opacity in bars if manner.bands else ():
        axes.vlines(
            response.at,
            response.values[low],
            response.values[high],
            color=look.colour,
            linewidth=width,
            alpha=opacity,
            label=f"_{low}-{high}",
        )
    axes.plot(
        response.at,
        response.values["mean"],
        color=look.colour,
        linestyle="none",
        linewidth=LINE_WIDTH,
        marker="o",
        markersize=BAR_DOT_SIZE,
        label=look.label,
    )


def _reading(manner: Manner, factor: ShownFactor) -> str:
    """How to read lines and bands, or dots and bars."""
    lines, bands = ("Dots", "bars") if manner.bars else ("Lines", "bands")
    if not manner.bands:
        return f"{lines}: one run at each point, so no {bands}."
    percent = f"50{UNBROKEN}% and 90{UNBROKEN}%" if manner.wide else f"50{UNBROKEN}%"
    binned = " in bins of points" if _binned(factor) else ""
    return f"{lines}: mean of runs{binned}; {bands}: {percent} of runs."


def _binned(factor: ShownFactor) -> bool:
    return len(factor.groups()) < len(factor.levels)


def _chosen(second: ShownFactor | None, lines: int) -> str:
    """What is said where not every value of the second factor has a line."""
    if second is None or lines == len(second.levels):
        return ""
    return f"{lines} of {len(second.levels)} values of {in_sentence(second.title)} are shown."
