"""Thin vertical lines at dates that matter: where history ends, and the scenario's events."""

import math
import re
import string
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from sim.figures.curves import QUARTERS_A_YEAR
from sim.figures.style import DASHED, DOTTED, PALE_INK, QUIET_INK, SMALL_TEXT, THIN_LINE
from sim.figures.text import UNBROKEN, text_width

HISTORY_ENDS = 2025.0
"""The observed figures reach to the end of 2024; the manifest may say otherwise."""
HISTORY_LABEL = "scenario from here"
MOST_ROWS = 2
"""Rows of names above a panel; more would outweigh the panel, so letters stand for the names."""

HISTORY_LINE = 0.9
"""Points."""
STRIP_ROW = 0.145
"""Inches of a row of labels above a panel."""
LABEL_GAP = 0.03
"""Inches between a line and its label, and between a label and what follows it."""
LABEL_LIFT = 0.035
"""Inches from the lower edge of a row to its label."""
LONGEST_LABEL = 2.2
"""Inches; if a name is longer, letters stand for the names."""


@dataclass(frozen=True)
class Mark:
    """A date on the time axis.

    Attributes:
        date: Decimal year.
        label: Text above its line; empty: none.
        told: What the caption says of it; empty: nothing, the label tells all.
        history_ends: Whether observed history ends here.
    """

    date: float
    label: str = ""
    told: str = ""
    history_ends: bool = False

    @property
    def width(self) -> float:
        """Width of the label in inches."""
        return text_width(self.label, SMALL_TEXT)

    def left_end(self, start: float, end: float, width: float) -> float:
        """Where line or label begin, in inches from the left end of the time axis."""
        at = (self.date - start) / (end - start) * width
        return min(at, _span(self, start, end, width)[0])


def marks_beside(manifest: Mapping[str, Any], start: float, end: float, width: float) -> list[Mark]:
    """Every date that matters, named above its line if there is room.

    Else letters stand for what happened in history, which scenarios share, and the caption tells
    what they mean; if there is still no room, for what the scenario adds too.

    Args:
        manifest: Holds the events, and perhaps where history ends.
        start: Where the time axis begins.
        end: Where it ends.
        width: Its length in inches.
    """
    history, events = _history_end(manifest), _events(manifest, start, end)
    dates = sorted({*events, *((history,) if start < history < end else ())})
    marks: list[Mark] = []
    for named_from in (start, history, end):
        marks = _labelled(dates, history, events, named_from)
        if _have_room(marks, start, end, width):
            break
    return marks


def _labelled(
    dates: Sequence[float],
    history: float,
    events: Mapping[float, Sequence[str]],
    named_from: float,
) -> list[Mark]:
    """Marks with names from a date on, and with letters before."""
    letters = iter(string.ascii_lowercase)
    marks = []
    for date in dates:
        ends = date == history
        if date >= named_from or not events.get(date):
            label, told = ", ".join(_names(date, history, events)), ""
        else:
            letter = next(letters, "*")
            label = f"{letter}: {HISTORY_LABEL}" if ends else letter
            told = f"{letter}{UNBROKEN}{_dated(date, events[date])}"
        marks.append(Mark(date, label, told, ends))
    return marks


def _have_room(marks: Sequence[Mark], start: float, end: float, width: float) -> bool:
    """Whether all labels fit beside their lines, in few rows."""
    return max(label_rows(marks, start, end, width), default=0) < MOST_ROWS and all(
        mark.width <= LONGEST_LABEL and not _stands_before(mark, start, end, width)
        for mark in marks
    )


def marks_in_caption(manifest: Mapping[str, Any], start: float, end: float) -> list[Mark]:
    """For small panels: where history ends and what happens from there on, told in the caption."""
    history, events = _history_end(manifest), _events(manifest, start, end)
    return [
        Mark(
            date,
            told=_dated(date, _names(date, history, events)),
            history_ends=date == history,
        )
        for date in sorted({*events, history})
        if date >= history and start < date < end
    ]


def date_text(date: float) -> str:
    """A date as one writes it: 2030, or 2030 Q2."""
    year, rest = divmod(date, 1.0)
    quarter = round(rest * QUARTERS_A_YEAR)
    return f"{year:.0f}" if quarter == 0 else f"{year:.0f}{UNBROKEN}Q{quarter + 1}"


def _history_end(manifest: Mapping[str, Any]) -> float:
    return float(manifest.get("history_end", HISTORY_ENDS))


def _events(manifest: Mapping[str, Any], start: float, end: float) -> defaultdict[float, list[str]]:
    """Names of the scenario's events by date, of those between `start` and `end`."""
    scenario = manifest.get("scenario")
    nested = scenario.get("events") if isinstance(scenario, Mapping) else None
    names: defaultdict[float, list[str]] = defaultdict(list)
    for event in manifest.get("events") or nested or ():
        date = float(event["date"])
        name = _readable(str(event.get("name", "event")), date)
        if start < date < end and name not in names[date]:
            names[date].append(name)
    return names


def _dated(date: float, names: Sequence[str]) -> str:
    """Names with their date, unless a name says the year already."""
    text = ", ".join(names)
    return text if f"{math.floor(date)}" in text else f"{date_text(date)}{UNBROKEN}{text}"


def _names(date: float, history: float, events: Mapping[float, Sequence[str]]) -> list[str]:
    """What there is to say of a date."""
    return [*((HISTORY_LABEL,) if date == history else ()), *events.get(date, ())]


def _readable(name: str, date: float) -> str:
    """An event's name in words, without the year that its date tells already."""
    words = re.split(r"[-_ ]+", name)
    if len(words) > 1 and words[-1] == f"{math.floor(date)}" and words[-2] != "of":
        words.pop()
    return " ".join("AI" if word == "ai" else word for word in words)


def label_rows(marks: Sequence[Mark], start: float, end: float, width: float) -> list[int]:
    """For each mark the row of its label, counted upwards from the panel.

    Rows are filled from the last mark backwards: a line then passes beside the labels below its
    own, which all begin further right. A label that stands before its line has a row of its own
    above all others, so that no line passes through it.

    Args:
        marks: In order of date.
        start: Where the time axis begins.
        end: Where it ends.
        width: Its length in inches.
    """
    rows = [0] * len(marks)
    taken: list[float] = []
    before: list[int] = []
    for place in range(len(marks) - 1, -1, -1):
        mark = marks[place]
        _, right = _span(mark, start, end, width)
        if _stands_before(mark, start, end, width):
            before.append(place)
            taken = [min(right, edge) for edge in taken]
            continue
        row = next((r for r, edge in enumerate(taken) if right <= edge), len(taken))
        # What follows, further left, must end before this label and, below it, before its line.
        edge = mark.left_end(start, end, width)
        taken = [min(edge, other) for other in (*taken[:row], edge)] + taken[row + 1 :]
        rows[place] = row
    for row, place in enumerate(before, start=len(taken)):
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
        axes.axvline(mark.date, zorder=1.5, **_line_style(mark))
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
            clip_on=False,
            label=f"_leader of {mark.label}",
            **_line_style(mark),
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


def _line_style(mark: Mark) -> dict[str, Any]:
    """How a mark's line looks: the end of history stands out."""
    if mark.history_ends:
        return {"color": QUIET_INK, "linewidth": HISTORY_LINE, "linestyle": DASHED}
    return {"color": PALE_INK, "linewidth": THIN_LINE, "linestyle": DOTTED}


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
