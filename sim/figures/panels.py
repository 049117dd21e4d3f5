"""Panels that most figures are made of: outcomes of a group over time, with unit and title."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.errors import EmptyFigureError
from sim.figures.axes import (
    cut_axes,
    drop_numbers,
    is_far_from_zero,
    panel_title,
    quantity_axis,
)
from sim.figures.caption import bands, sentences
from sim.figures.curves import (
    MOST_WIDE_BANDS,
    Group,
    Held,
    Line,
    at_year_ends,
    draw_curve,
    seen,
    unit_text,
)
from sim.figures.findings import capital
from sim.figures.marks import marks_beside, marks_in_caption
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import TEXT
from sim.figures.text import UNBROKEN, fit

CROWDED = f" (bands: 50{UNBROKEN}% of runs)"
ALONE = 2.4
"""Inches of a panel that is the only one."""
HEIGHTS = {1: 1.15, 2: 1.1, 3: 0.95}
"""The same of others, by how many stand beside each other."""
ALL = "all"
"""The scale of panels that share one, and so its numbers at the left of each row."""


@dataclass(frozen=True)
class Panel:
    """What a panel shows.

    Attributes:
        title: Above the panel.
        unit: Of its vertical axis.
        lines: Its curves.
        size: Width of a scale that is given; see :func:`sim.figures.axes.quantity_axis`.
        scale: Panels of one name have one vertical axis; empty: its own.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    size: float = 0.0
    scale: str = ""


def frame_of(results: Held, grid: Grid, years: tuple[int, int] | None = None) -> Frame:
    """Time axis and marks: named above panels as wide as the sheet, told in the caption of others.

    Args:
        results: The runs whose horizon and events it shows.
        grid: Arrangement of the panels.
        years: First and last year; None: all.
    """
    start, end = years_shown(results, years)
    if grid.columns > 1:
        return Frame(start, end, marks_in_caption(results.manifest, start, end))
    return Frame(start, end, marks_beside(results.manifest, start, end, grid.panel_width))


def years_shown(results: Held, years: tuple[int, int] | None = None) -> tuple[float, float]:
    """Where time axes begin and end, as decimal years."""
    start, end = results.start, results.end
    if years:
        start = max(start, float(years[0]))
        end = min(end, max(years[1], start) + 1.0)
    return start, end


def panel_of(
    results: Held, names: tuple[str, ...], title: str = "", unit: str = "", size: float = 0.0
) -> list[Panel]:
    """A panel of those outcomes that the results hold; none if they hold none."""
    kept = [results.outcomes[name] for name in names if name in results.outcomes]
    lines = results.lines(names)
    return [Panel(title or kept[0].label, unit or unit_text(kept[0]), lines, size)] if lines else []


def panels_of_groups(results: Held, names: tuple[str, ...], groups: Iterable[Group]) -> list[Panel]:
    """A panel for each group that is not empty, all with one scale, to be compared."""
    unit = next(unit_text(results.outcomes[n]) for n in names if n in results.outcomes)
    panels = []
    for group in groups:
        size = results.size(group)
        count = "" if size is None else f" (n{UNBROKEN}={UNBROKEN}{size})"
        lines = results.lines(names, group)
        if size != 0:
            panels.append(Panel(capital(group[1]) + count, unit, lines, scale=ALL))
    return panels


def draw_panels(
    results: Held,
    title: str,
    panels: Sequence[Panel],
    question: str = "",
    *,
    columns: int = 1,
    years: tuple[int, int] | None = None,
    legend: bool = False,
    note: str = "",
) -> Figure:
    """Draw panels on one time axis, each with its own vertical axis or that of its scale.

    Args:
        results: The runs, named in the caption.
        title: Heading.
        panels: What each panel shows.
        question: Stands below the heading.
        columns: Panels beside each other; those then show the ends of years alone.
        years: First and last year; None: all.
        legend: Whether there is one also where no panel has several lines.
        note: How to read it, beside what lines and bands are.

    Raises:
        EmptyFigureError: No panel has anything to show.
    """
    start, end = years_shown(results, years)
    columns = min(columns, max(1, len(panels)))
    curves = [[line.curve.loc[start:end] for line in panel.lines] for panel in panels]
    if columns > 1:
        curves = [[at_year_ends(curve) for curve in own] for own in curves]
    if not any(curve["mean"].notna().any() for own in curves for curve in own):
        when = f" from {start:.0f} to {end - 1.0:.0f}" if years else ""
        raise EmptyFigureError(f"{title}: the results hold no number to draw{when}")
    aligned = columns > 1 and all(panel.scale == ALL for panel in panels)
    height = ALONE if len(panels) == 1 else HEIGHTS[columns]
    grid = Grid(max(1, len(panels)), columns, height, 0.1, 0.34 if aligned else 0.66)
    crowded = [len(panel.lines) > MOST_WIDE_BANDS for panel in panels]
    titles = [
        fit(panel.title + CROWDED * crowd, TEXT, grid.panel_width, 2) if panel.title else []
        for panel, crowd in zip(panels, crowded, strict=True)
    ]
    grid = replace(grid, title_rows=max(map(len, titles), default=0))
    frame = frame_of(results, grid, years)
    named = [panel for panel in panels if legend or len(panel.lines) > 1]
    looks = dict.fromkeys(line.look for panel in named for line in panel.lines)
    scales: defaultdict[str | int, list[Floats]] = defaultdict(list)
    for place, (panel, own) in enumerate(zip(panels, curves, strict=True)):
        for curve in own:
            scales[panel.scale or place] += seen(curve, len(own))
    # A scale that is given, such as from -1 to 1, has no need to say where it begins.
    cut = {
        panel.title or str(place): is_far_from_zero(scales[panel.scale or place])
        for place, panel in enumerate(panels)
        if not panel.size
    }
    figure, axes_list = new_sheet(
        results.manifest,
        title,
        grid,
        frame,
        looks,
        sentences(bands(results.manifest), note, cut_axes(cut)),
        question=question,
    )
    for axes, panel, own in zip(axes_list, panels, curves, strict=True):
        count = len(own)
        for line, curve in zip(panel.lines, own, strict=True):
            draw_curve(axes, curve, line.look, lines=count)
    for place, (axes, panel) in enumerate(zip(axes_list, panels, strict=False)):
        ticks = 5 if columns == 1 else 4
        drawn = scales[panel.scale or place]
        quantity_axis(axes, panel.unit, drawn, ticks=ticks, size=panel.size)
        if aligned and place % columns:
            drop_numbers(axes)
        if titles[place]:
            lift = frame.title_lift(titles[place][0], grid) if place == 0 else 0.0
            panel_title(axes, "\n".join(titles[place]), lift)
    return figure
