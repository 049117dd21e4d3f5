"""An outcome of one's own choice: of the world, or a panel for each group."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from sim.engine.chunk import Floats
from sim.figures.axes import panel_title, quantity_axis
from sim.figures.caption import bands, sentences
from sim.figures.curves import FEW, FEW_STATES, Curve, Held, Line, draw_curve, draw_dots, unit_text
from sim.figures.findings import capital, change, year_of
from sim.figures.marks import history_end, marks_beside, marks_in_caption
from sim.figures.register import RUN, figure
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import TEXT
from sim.figures.text import UNBROKEN, wrap
from sim.register import WORLD

COLUMNS = 3
"""Panels beside each other."""


@figure(RUN, "outcome", "An outcome")
def figure_outcome(
    results: Held, outcome: str, by: str, years: tuple[int, int] | None = None
) -> Figure:
    """An outcome of one's own choice over time, in the world or in each group.

    Args:
        results: The runs.
        outcome: Name of the outcome.
        by: Kind of groups; `world`: one panel.
        years: First and last year; None: all.
    """
    shown = results.outcomes[outcome]
    start, end = results.curves.start, results.curves.end
    if years:
        start, end = max(start, float(years[0])), min(end, years[1] + 1.0)
    groups = [(by, name) for name in results.curves.groups(by)]
    lines = {group: line for group in groups if (line := results.line(outcome, group))}
    alone = len(lines) == 1
    few = any(results.sizes.get(group, FEW_STATES) < FEW_STATES for group in lines)
    columns = 1 if alone else COLUMNS
    grid = (
        Grid(panel_height=2.4)
        if alone
        else Grid(rows=-(-len(lines) // columns), columns=columns, panel_height=1.0, title_rows=2,
                  row_gap=0.1, column_gap=0.34)
    )  # fmt: skip
    marks = (
        marks_beside(results.manifest, start, end, grid.panel_width)
        if alone
        else marks_in_caption(results.manifest, start, end)
    )
    label = shown.label if by == WORLD else f"{shown.label} by {by}"
    first, last = history_end(results.manifest), end
    ends = [lines[by, WORLD].curve.at(date) for date in (first, last)] if by == WORLD else []
    found = (
        change(capital(shown.label), ends[0], ends[1], (year_of(first), year_of(last)))
        if ends
        else ""
    )
    drawn, panels = new_sheet(
        results.manifest, found or label, grid, Frame(start, end, marks), (),
        sentences(bands(results.manifest), FEW if few else ""), question=shown.doc,
        panels=len(lines),
    )  # fmt: skip
    curves = {group: _between(line.curve, start, end) for group, line in lines.items()}
    # Where panels stand beside each other they share a scale, or nothing could be compared.
    seen: list[Floats] = [part for curve in curves.values() for part in curve.seen()]
    for place, (axes, group) in enumerate(zip(panels, lines, strict=True)):
        curve = curves[group] if alone else curves[group].at_year_ends()
        if results.sizes.get(group, FEW_STATES) < FEW_STATES:
            draw_dots(axes, Line(curve, lines[group].look))
        else:
            draw_curve(axes, curve, lines[group].look)
        quantity_axis(axes, unit_text(shown), seen, ticks=4)
        if place % columns:
            # The first of its row has the numbers.
            axes.set_ylabel("")
            axes.yaxis.set_major_formatter(NullFormatter())
        if not alone:
            size = results.sizes.get(group)
            name = capital(group[1]) + (f" (n{UNBROKEN}={UNBROKEN}{size})" if size else "")
            panel_title(axes, "\n".join(wrap(name, TEXT, grid.panel_width)[:2]))
    return drawn


def _between(curve: Curve, start: float, end: float) -> Curve:
    """The part of a curve that lies between two dates."""
    return curve.where((curve.dates >= start) & (curve.dates <= end))
