"""A sheet: title, legend, a grid of panels and a caption, laid out in inches.

Places are computed here rather than by matplotlib's layout engines: those draw a figure several
times over, and shift it when a label changes by a letter.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.figures.axes import time_axis
from sim.figures.caption import caption
from sim.figures.marks import STRIP_ROW, Mark, Place, draw_marks, places
from sim.figures.style import (
    FIGURE_WIDTH,
    QUIET_INK,
    SMALL_TEXT,
    TEXT,
    TITLE_TEXT,
    Look,
)
from sim.figures.text import fit, text_width, wrap

LEFT, RIGHT = 0.71, 0.14
"""Inches beside the panels; at the left stand the numbers and the label of the axis."""
EDGE = 0.08
"""Inches between the canvas and any text."""
TITLE_HEIGHT = 0.27
TITLE_ROW = 0.17
"""Inches of each further line of a long title."""
MOST_TITLE_ROWS = 3
HINTING = 0.96
"""Part of a line that a heading fills: bold letters are drawn a little wider than measured."""
LEGEND_ROW = 0.185
LEGEND_GAP = 0.1
PANEL_TITLE_ROW = 0.155
AXIS_HEIGHT = 0.42
"""Inches below the lowest panels: numbers and label of the time axis."""
CAPTION_ROW = 0.14
HANDLE_WIDTH = 0.52
"""Inches of a legend entry beside its text: the line, and the gaps around it."""


class Sheet(Figure):
    """A figure that a notebook shows where a cell ends with it, without pyplot."""

    def _repr_png_(self) -> bytes:
        from sim.figures.save import render

        return render(self, "png", {"Title": str(self.get_label())})


@dataclass(frozen=True)
class Grid:
    """How the panels are arranged.

    Attributes:
        panels: How many there are.
        columns: Panels a row.
        panel_height: Inches.
        row_gap: Inches between a row and the titles of the next.
        column_gap: Inches between columns.
        title_rows: Lines of text above each panel.
        dated: Whether every row of panels carries years; else the lowest alone.
        foot: Inches below the lowest panels for numbers and label of their axes.
        left: Inches at the left of the panels for numbers and label of their axes.
        right: Inches at their right.
    """

    panels: int = 1
    columns: int = 1
    panel_height: float = 2.3
    row_gap: float = 0.16
    column_gap: float = 0.16
    title_rows: int = 0
    dated: bool = False
    foot: float = AXIS_HEIGHT
    left: float = LEFT
    right: float = RIGHT

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return -(-self.panels // self.columns)

    def is_lowest(self, place: int) -> bool:
        """Whether no panel stands below the one at this place."""
        return place + self.columns >= self.panels

    @property
    def panel_width(self) -> float:
        """Inches."""
        room = FIGURE_WIDTH - self.left - self.right - (self.columns - 1) * self.column_gap
        return room / self.columns

    @property
    def pitch(self) -> float:
        """Inches from one row to the next."""
        return self.title_rows * PANEL_TITLE_ROW + self.panel_height + self.row_gap


@dataclass(frozen=True)
class Frame:
    """What all panels of a sheet share.

    Attributes:
        start: Where the time axis begins, as a decimal year.
        end: Where it ends.
        marks: Dates marked on every panel.
    """

    start: float
    end: float
    marks: Sequence[Mark] = ()

    def labels(self, grid: Grid) -> list[Place]:
        """Where the marks' labels stand above the first panel; empty if they have none."""
        if not any(mark.label for mark in self.marks):
            return []
        return places(self.marks, self.start, self.end, grid.panel_width)

    def label_height(self, grid: Grid) -> float:
        """Inches that the marks' labels need above the first panel."""
        return STRIP_ROW * max((place.row + 1 for place in self.labels(grid)), default=0)

    def title_lift(self, title: str, grid: Grid) -> float:
        """Inches by which the first panel's title must stand above the labels of the marks."""
        ends = (min(place.at, place.left) for place in self.labels(grid))
        covered = min(ends, default=math.inf) < text_width(title, TEXT)
        return self.label_height(grid) if covered else 0.0


def new_sheet(
    manifest: Mapping[str, Any],
    title: str,
    grid: Grid,
    frame: Frame | None = None,
    legend: Iterable[Look | Line2D | Patch] = (),
    note: str = "",
    *,
    question: str = "",
    timeless: Collection[int] = (),
    legend_title: str = "",
) -> tuple[Figure, list[Axes]]:
    """Lay out a sheet whose panels have their time axes and marks, and nothing else yet.

    Args:
        manifest: Scenario or experiment, runs, seed and version, for the caption.
        title: Heading: what the figure found, or else its topic; a long one is broken into lines.
        grid: Arrangement of the panels.
        frame: Time axis and marks; None: no panel has a time axis.
        legend: Entries of the legend.
        note: What the caption says beside the origin of the figure.
        question: Stands below the heading.
        timeless: Places of panels without time axis.
        legend_title: Heading of the legend, on a row of its own.
    """
    entries = [legend_line(entry) if isinstance(entry, Look) else entry for entry in legend]
    labels = [str(entry.get_label()) for entry in entries]
    # With fewer entries in a row than there are, matplotlib fills columns first.
    columns = _legend_columns(labels) if entries else 1
    legend_rows = -(-len(entries) // columns) if entries else 0
    width = FIGURE_WIDTH - 2 * EDGE
    marks = frame.marks if frame else ()
    below = wrap(caption(manifest, note, marks), SMALL_TEXT, width)
    heading = fit(title, TITLE_TEXT, HINTING * width, MOST_TITLE_ROWS, "bold")
    asked = fit(question, TEXT, width, 2) if question else []
    over = fit(legend_title, TEXT, width, 2) if legend_title else []
    title_height = TITLE_HEIGHT + (len(heading) - 1) * TITLE_ROW + len(asked) * PANEL_TITLE_ROW

    # The first panel's title stands among the labels, or above them, in either case in this room.
    head = EDGE + title_height + (frame.label_height(grid) if frame else 0.0)
    head += (legend_rows + len(over)) * LEGEND_ROW + LEGEND_GAP if entries else 0.0
    foot = grid.foot + len(below) * CAPTION_ROW + EDGE
    height = head + grid.rows * grid.pitch - grid.row_gap + foot
    figure = Sheet(figsize=(FIGURE_WIDTH, height))
    figure.set_label(title)
    _write_texts(figure, heading, asked, below)
    if entries:
        figure.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(EDGE / FIGURE_WIDTH, 1.0 - (EDGE + title_height) / height),
            ncols=columns,
            frameon=False,
            borderpad=0.0,
            borderaxespad=0.0,
            columnspacing=1.4,
            handlelength=2.6,
            handletextpad=0.5,
            labelspacing=0.4,
            title="\n".join(over) or None,
            title_fontsize=TEXT,
            alignment="left",
        )
    drawn = []
    for place in range(grid.panels):
        row, column = divmod(place, grid.columns)
        upper = head + row * grid.pitch + grid.title_rows * PANEL_TITLE_ROW
        left = grid.left + column * (grid.panel_width + grid.column_gap)
        low = 1.0 - (upper + grid.panel_height) / height
        size = grid.panel_width / FIGURE_WIDTH, grid.panel_height / height
        axes = figure.add_axes((left / FIGURE_WIDTH, low, *size))
        drawn.append(axes)
        if frame is None or place in timeless:
            continue
        labelled = grid.dated or grid.is_lowest(place)
        time_axis(axes, frame.start, frame.end, width=grid.panel_width, labelled=labelled)
        draw_marks(axes, frame.marks, frame.labels(grid) if place == 0 else ())
    return figure, drawn


def legend_line(look: Look) -> Line2D:
    """A legend entry that is a line."""
    return Line2D([], [], color=look.colour, linestyle=look.dash, label=look.label)


def _write_texts(
    figure: Figure, heading: Sequence[str], question: Sequence[str], below: Sequence[str]
) -> None:
    height = figure.get_figheight()
    left, edge = EDGE / FIGURE_WIDTH, EDGE / height
    lines = "\n".join(heading)
    figure.text(left, 1.0 - edge, lines, fontsize=TITLE_TEXT, fontweight="bold", va="top",
                linespacing=1.15)  # fmt: skip
    if question:
        down = EDGE + TITLE_ROW + (len(heading) - 1) * TITLE_ROW + 0.02
        figure.text(left, 1.0 - down / height, "\n".join(question), fontsize=TEXT,
                    color=QUIET_INK, va="top", linespacing=1.15)  # fmt: skip
    figure.text(left, edge, "\n".join(below), fontsize=SMALL_TEXT, color=QUIET_INK, va="bottom",
                linespacing=1.25)  # fmt: skip


def _legend_columns(labels: Sequence[str]) -> int:
    """How many columns of the legend fit beside each other; the first get what is left over."""
    widths = [HANDLE_WIDTH + text_width(label, TEXT) for label in labels]
    for columns in range(len(labels), 1, -1):
        parts = np.array_split(widths, columns)
        if sum(float(part.max()) for part in parts) <= FIGURE_WIDTH - 2 * EDGE:
            return columns
    return 1
