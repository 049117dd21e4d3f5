"""Thin vertical lines at dates that matter: where history ends, and the scenario's events."""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from sim.figures.style import DASHED, DOTTED, PALE_INK, QUIET_INK, SMALL_TEXT, THIN_LINE
from sim.figures.text import UNBROKEN, text_width
from sim.units import QUARTERS

HISTORY_ENDS = 2025.0
"""The observed figures reach to the end of 2024; the manifest may say otherwise."""
HISTORY_LABEL = "scenario from here"
MOST_ROWS = 5
"""Rows of names above a panel; more would outweigh the panel, so the caption tells the names."""

HISTORY_LINE = 0.9
"""Points."""
STRIP_ROW = 0.145
"""Inches of a row of labels above a panel."""
LABEL_GAP = 0.03
"""Inches between a line and its label, and between a label and what follows it."""
LABEL_LIFT = 0.035
"""Inches from the lower edge of a row to its label."""
LONGEST_LABEL = 2.2
"""Inches; the caption tells a name that is longer."""


@dataclass(frozen=True)
class Mark:
    """A date on the time axis.

    Attributes:
        date: Decimal year.
        label: Text above its line; empty: none.
        caption: What the caption says of it; empty: nothing, the label tells all.
        history_ends: Whether observed history ends here.
        before: Whether the label stands at the left of its line, where there is room for it.
    """

    date: float
    label: str = ""
    caption: str = ""
    history_ends: bool = False
    before: bool = False

    @property
    def width(self) -> float:
        """Width of the label in inches."""
        return text_width(self.label, SMALL_TEXT)

    def left_end(self, start: float, end: float, width: float) -> float:
        """Where line or label begin, in inches from the left end of the time axis."""
        at = (self.date - start) / (end - start) * width
        return min(at, _span(self, start, end, width)[0])


def marks_beside(manifest: Mapping[str, Any], start: float, end: float, width: float) -> list[Mark]:
    """Every date that matters, named beside its line if there is room.

    Else the caption tells what happened in history, which scenarios share; if there is still no
    room, what the scenario adds too.

    Args:
        manifest: Holds the events, and perhaps where history ends.
        start: Where the time axis begins.
        end: Where it ends.
        width: Its length in inches.
    """
    history, events = history_end(manifest), _events(manifest, start, end)
    dates = sorted({*events, *((history,) if start < history < end else ())})
    marks: list[Mark] = []
    for named_from, brief in itertools.product((start, history, end), (False, True)):
        marks = []
        for date in dates:
            names = _names(date, history, events)
            named = names if date >= named_from else []
            if brief and date == history:
                # Where all that begins there has no room, that it is the end of history has.
                named = named[:1]
            label, rest = ", ".join(named), names[len(named) :]
            caption = _dated(date, rest) if rest else ""
            marks.append(Mark(date, label, caption, date == history, before=date < history))
        if _have_room(marks, start, end, width):
            break
    return marks


def _have_room(marks: Sequence[Mark], start: float, end: float, width: float) -> bool:
    """Whether all labels fit beside their lines, in few rows."""
    return max(label_rows(marks, start, end, width), default=0) < MOST_ROWS and all(
        mark.width <= LONGEST_LABEL and _stands_before(mark, start, end, width) == mark.before
        for mark in marks
        if mark.label
    )


def marks_in_caption(manifest: Mapping[str, Any], start: float, end: float) -> list[Mark]:
    """For small panels: where history ends and what happens from there on, told in the caption."""
    history, events = history_end(manifest), _events(manifest, start, end)
    return [
        Mark(
            date,
            caption=_dated(date, _names(date, history, events)),
            history_ends=date == history,
        )
        for date in sorted({*events, history})
        if date >= history and start < date < end
    ]


def date_text(date: float) -> str:
    """A date as one writes it: 2030, or 2030 Q2."""
    year, rest = divmod(date, 1.0)
    quarter = round(rest * QUARTERS)
    return f"{year:.0f}" if quarter == 0 else f"{year:.0f}{UNBROKEN}Q{quarter + 1}"


def history_end(manifest: Mapping[str, Any]) -> float:
    """Where observed history ends, as a decimal year."""
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
    return text if f"{math.floor(date)}" in text else f"{text} ({date_text(date)})"


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

    Each takes the lowest row in which it covers no other label, no line passes through it on the
    way to a label above, and its own line passes through none: those before their lines from the
    first on, the others from the last, and at the end those for which there was no room on the
    side that they were meant for.

    Args:
        marks: In order of date.
        start: Where the time axis begins.
        end: Where it ends.
        width: Its length in inches.
    """
    before = [_stands_before(mark, start, end, width) for mark in marks]
    order = sorted(
        range(len(marks)),
        key=lambda k: (before[k] != marks[k].before, not before[k], k if before[k] else -k),
    )
    placed: dict[int, tuple[int, float, float, float]] = {}
    for k in order:
        at = (marks[k].date - start) / (end - start) * width
        left, right = _span(marks[k], start, end, width)
        row = 0
        if marks[k].label:
            free = (r for r in range(len(marks)) if _is_free(r, at, left, right, placed.values()))
            row = next(free, 1 + max((r for r, *_ in placed.values()), default=-1))
        placed[k] = (row, at, left, right) if marks[k].label else (-1, at, at, at)
    return [max(0, placed[k][0]) for k in range(len(marks))]


def _is_free(
    row: int,
    at: float,
    left: float,
    right: float,
    placed: Iterable[tuple[int, float, float, float]],
) -> bool:
    """Whether a label and the line below it cross no other label, nor another's line the label."""
    return all(
        not (other == row and left < other_right and other_left < right)
        and not (other <= row and other_left < at < other_right)
        and not (row <= other and left < other_at < right)
        for other, other_at, other_left, other_right in placed
    )


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
        if not mark.label:
            continue
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
    """Whether a label stands at the left of its line: where it is meant to, or for want of room."""
    at = (mark.date - start) / (end - start) * width
    need = LABEL_GAP + mark.width
    return at >= need and (mark.before or at + need > width)


def _span(mark: Mark, start: float, end: float, width: float) -> tuple[float, float]:
    """Left and right end of a label and the gap around it, in inches from the axis' left end."""
    at = (mark.date - start) / (end - start) * width
    if _stands_before(mark, start, end, width):
        return at - LABEL_GAP - mark.width, at - LABEL_GAP
    return at + LABEL_GAP, at + 2.0 * LABEL_GAP + mark.width
