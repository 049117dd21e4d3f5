"""Thin vertical lines at dates that matter: where history ends, and the scenario's events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from sim.views.style import DOTTED, QUIET_INK, SMALL_TEXT, THIN_LINE
from sim.views.text import shorten, text_width

HISTORY_ENDS = 2025.0
"""The observed figures reach to the end of 2024; the manifest may say otherwise."""
HISTORY_LABEL = "scenario from here"
EVENT_NAMES = ("name", "label", "title")
"""Keys under which a manifest may name an event."""

STRIP_ROW = 0.145
"""Inches of a row of labels above a panel."""
LABEL_GAP = 0.05
"""Inches between a line and its label, and between a label and what follows it."""
LABEL_LIFT = 0.035
"""Inches from the lower edge of a row to its label."""
LONGEST_LABEL = 2.2
"""Inches; a longer name is cut."""


@dataclass(frozen=True)
class Mark:
    """A date on the time axis.

    Attributes:
        date: Decimal year.
        label: What happens then.
    """

    date: float
    label: str

    @property
    def width(self) -> float:
        """Width of the label in inches."""
        return text_width(self.label, SMALL_TEXT)

    def left_end(self, start: float, end: float, width: float) -> float:
        """Where line or label begin, in inches from the left end of the time axis."""
        at = (self.date - start) / (end - start) * width
        return min(at, _span(self, start, end, width)[0])


def find_marks(manifest: Mapping[str, Any], start: float, end: float) -> list[Mark]:
    """The dates to mark between `start` and `end`, in order, one a date."""
    scenario = manifest.get("scenario")
    nested = scenario.get("events") if isinstance(scenario, Mapping) else None
    labels: dict[float, list[str]] = {}
    labels[float(manifest.get("history_end", HISTORY_ENDS))] = [HISTORY_LABEL]
    for event in manifest.get("events") or nested or ():
        name = next((str(event[key]) for key in EVENT_NAMES if event.get(key)), "event")
        name = name.replace("-", " ").replace("_", " ")
        names = labels.setdefault(float(event["date"]), [])
        if name not in names:
            names.append(name)
    return [
        Mark(date, shorten(", ".join(labels[date]), SMALL_TEXT, LONGEST_LABEL))
        for date in sorted(labels)
        if start < date < end
    ]


def date_text(date: float) -> str:
    """A date as one writes it: 2030, or 2030 Q2."""
    year, rest = divmod(date, 1.0)
    quarter = round(rest * 4)
    return f"{year:.0f}" if quarter == 0 else f"{year:.0f} Q{quarter + 1}"


def label_rows(marks: Sequence[Mark], start: float, end: float, width: float) -> list[int]:
    """For each mark the row of its label, counted upwards from the panel.

    Rows are filled from the last mark backwards: a line then passes beside the labels below its
    own, which all begin further right.

    Args:
        marks: In order of date.
        start: Where the time axis begins.
        end: Where it ends.
        width: Its length in inches.
    """
    rows = [0] * len(marks)
    taken: list[float] = []
    for place in range(len(marks) - 1, -1, -1):
        left, right = _span(marks[place], start, end, width)
        row = next((r for r, edge in enumerate(taken) if right <= edge), len(taken))
        # Nothing to the left of this row's and any lower row's label may reach beyond it.
        taken[row:] = [left]
        taken[:row] = [min(left, edge) for edge in taken[:row]]
        rows[place] = row
    return rows


def draw_marks(axes: Axes, marks: Sequence[Mark], rows: Sequence[int] | None = None) -> None:
    """Draw the lines on a panel; with `rows`, also their labels above it.

    Args:
        axes: The panel; its time axis is set.
        marks: What to draw.
        rows: See :func:`label_rows`.
    """
    for mark in marks:
        axes.axvline(mark.date, color=QUIET_INK, lw=THIN_LINE, linestyle=DOTTED, zorder=1.5)
    if rows is None:
        return
    figure = axes.get_figure(root=True)
    assert figure is not None
    start, end = axes.get_xlim()
    box = axes.get_position()
    width = box.width * figure.get_figwidth()
    height = box.height * figure.get_figheight()
    for mark, row in zip(marks, rows, strict=True):
        axes.plot(
            [mark.date, mark.date],
            [1.0, 1.0 + (row + 1) * STRIP_ROW / height],
            transform=axes.get_xaxis_transform(),
            color=QUIET_INK,
            lw=THIN_LINE,
            linestyle=DOTTED,
            clip_on=False,
            label=f"_leader of {mark.label}",
        )
        left, right = _span(mark, start, end, width)
        before = _stands_before(mark, start, end, width)
        axes.text(
            (right if before else left) / width,
            1.0 + (row * STRIP_ROW + LABEL_LIFT) / height,
            mark.label,
            transform=axes.transAxes,
            fontsize=SMALL_TEXT,
            color=QUIET_INK,
            ha="right" if before else "left",
        )


def _stands_before(mark: Mark, start: float, end: float, width: float) -> bool:
    """Whether a label stands at the left of its line, for want of room at the right."""
    at = (mark.date - start) / (end - start) * width
    return at + LABEL_GAP + mark.width > width and at - LABEL_GAP - mark.width >= 0.0


def _span(mark: Mark, start: float, end: float, width: float) -> tuple[float, float]:
    """Left and right end of a label and the gap after it, in inches from the axis' left end."""
    at = (mark.date - start) / (end - start) * width
    if _stands_before(mark, start, end, width):
        return at - LABEL_GAP - mark.width, at - LABEL_GAP
    return at + LABEL_GAP, at + 2.0 * LABEL_GAP + mark.width
