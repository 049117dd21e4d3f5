"""Panels that most figures are made of: some outcomes of a group over time, with unit and title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import panel_title, quantity_axis
from sim.figures.caption import bands
from sim.figures.curves import MOST_WIDE_BANDS, Held, Line, draw_curve, unit_text
from sim.figures.marks import marks_beside, marks_in_caption
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.text import UNBROKEN

CROWDED = f" (bands: 50{UNBROKEN}% of runs)"
STACKED_HEIGHT = 1.15
"""Inches of a panel in a figure whose panels stand one above the other."""


def wide_frame(results: Held, grid: Grid) -> Frame:
    """Time axis and marks for panels as wide as the sheet: every date, named above."""
    curves = results.curves
    marks = marks_beside(results.manifest, curves.start, curves.end, grid.panel_width)
    return Frame(curves.start, curves.end, marks)


def small_frame(results: Held, latest: float = math.inf) -> Frame:
    """Time axis and marks for small panels: from the end of history on, told in the caption."""
    curves = results.curves
    end = min(curves.end, max(latest, curves.start + 1.0))
    return Frame(curves.start, end, marks_in_caption(results.manifest, curves.start, end))


@dataclass(frozen=True)
class Panel:
    """What a panel of a stacked figure shows.

    Attributes:
        title: Above the panel.
        unit: Of its vertical axis.
        lines: Its curves.
        size: Width of a scale that is given; see :func:`sim.figures.axes.quantity_axis`.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    size: float = 0.0


def draw_panel(axes: Axes, panel: Panel, lift: float = 0.0) -> None:
    """Draw a panel with its own vertical axis.

    Args:
        axes: Where to draw.
        panel: What to draw.
        lift: Inches to leave free below the title.
    """
    count = len(panel.lines)
    for line in panel.lines:
        draw_curve(axes, line.curve, line.look, lines=count)
    seen = [part for line in panel.lines for part in line.curve.seen(count)]
    quantity_axis(axes, panel.unit, seen, size=panel.size)
    if panel.title:
        crowded = CROWDED if count > MOST_WIDE_BANDS else ""
        panel_title(axes, panel.title + crowded, lift)


def panel_of(
    results: Held, names: tuple[str, ...], title: str = "", unit: str = "", size: float = 0.0
) -> list[Panel]:
    """A panel of those outcomes that the results hold; none if they hold none."""
    kept = [results.outcomes[name] for name in names if name in results.outcomes]
    lines = results.lines(names)
    if not lines:
        return []
    return [Panel(title or kept[0].label, unit or unit_text(kept[0]), lines, size)]


def draw_stacked(results: Held, title: str, panels: Sequence[Panel], question: str = "") -> Figure:
    """Draw panels one above the other on one time axis; a legend where a panel has many lines."""
    rows = max(len(panels), 1)
    grid = Grid(rows=rows, panel_height=STACKED_HEIGHT, title_rows=1, row_gap=0.1)
    looks = dict.fromkeys(
        line.look for panel in panels if len(panel.lines) > 1 for line in panel.lines
    )
    frame = wide_frame(results, grid)
    figure, axes_list = new_sheet(
        results.manifest, title, grid, frame, looks, bands(results.manifest), question=question
    )
    for place, (axes, panel) in enumerate(zip(axes_list, panels, strict=False)):
        draw_panel(axes, panel, frame.title_lift(panel.title, grid) if place == 0 else 0.0)
    return figure
