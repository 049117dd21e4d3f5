"""Thin vertical lines at dates that matter: where history ends, and the scenario's events."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes

from sim.figures.axes import panel_size
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


@dataclass(frozen=True)
class Place:
    """Where a mark and its label stand, in inches from the left end of the time axis.

    Attributes:
        at: Where the line stands.
        left: Where the label begins, with the gap around it.
        right: Where the label ends.
        before: Whether it stands at the left of the line: where it is meant to, or for want of
            room.
        row: Its row, counted upwards from the panel.
    """

    at: float
    left: float
    right: float
    before: bool
    row: int = 0

    def is_free(self, placed: Iterable[Place]) -> bool:
        """Whether label and line cross no other label, and no other's line crosses the label."""
        return not any(
            (other.row == self.row and self.left < other.right and other.left < self.right)
            or (other.row <= self.row and other.left < self.at < other.right)
            or (self.row <= other.row and self.left < other.at < self.right)
            for other in placed
        )


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
    return all(
        place.row < MOST_ROWS and mark.width <= LONGEST_LABEL and place.before == mark.before
        for mark, place in zip(marks, places(marks, start, end, width), strict=True)
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


def places(marks: Sequence[Mark], start: float, end: float, width: float) -> list[Place]:
    """Where each mark and its label stand.

    Each label takes the lowest row in which it covers no other label, no line passes through it on
    the way to a label above, and its own line passes through none: those before their lines from
    the first on, the others from the last, and at the end those for which there was no room on the
    side that they were meant for.

    Args:
        marks: In order of date.
        start: Where the time axis begins.
        end: Where it ends.
        width: Its length in inches.
    """
    spots = [_beside(mark, (mark.date - start) / (end - start) * width, width) for mark in marks]
    order = sorted(
        (k for k, mark in enumerate(marks) if mark.label),
        key=lambda k: (
            spots[k].before != marks[k].before,
            not spots[k].before,
            k if spots[k].before else -k,
        ),
    )
    placed: list[Place] = []
    for k in order:
        ways = (replace(spots[k], row=row) for row in range(len(marks)))
        above = 1 + max((place.row for place in placed), default=-1)
        spots[k] = next((way for way in ways if way.is_free(placed)), replace(spots[k], row=above))
        placed.append(spots[k])
    return spots


def _beside(mark: Mark, at: float, width: float) -> Place:
    """The side of its line on which a mark's label stands, in the lowest row."""
    need = LABEL_GAP + mark.width
    if at >= need and (mark.before or at + need > width):
        return Place(at, at - need, at - LABEL_GAP, before=True)
    return Place(at, at + LABEL_GAP, at + LABEL_GAP + need, before=False)


def draw_marks(axes: Axes, marks: Sequence[Mark], labels: Sequence[Place] = ()) -> None:
    """Draw the lines on a panel; with the places of `labels`, also those above it."""
    for mark in marks:
        axes.axvline(mark.date, zorder=1.5, **_line_style(mark))
    width, height = panel_size(axes)
    for mark, place in zip(marks, labels, strict=False):
        if not mark.label:
            continue
        axes.plot(
            [mark.date, mark.date],
            [1.0, 1.0 + (place.row + 1) * STRIP_ROW / height],
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            label=f"_leader of {mark.label}",
            **_line_style(mark),
        )
        axes.text(
            (place.right if place.before else place.left) / width,
            1.0 + (place.row * STRIP_ROW + LABEL_LIFT) / height,
            mark.label,
            transform=axes.transAxes,
            fontsize=SMALL_TEXT,
            color=QUIET_INK,
            ha="right" if place.before else "left",
        )


def _line_style(mark: Mark) -> dict[str, Any]:
    """How a mark's line looks: the end of history stands out."""
    if mark.history_ends:
        return {"color": QUIET_INK, "linewidth": HISTORY_LINE, "linestyle": DASHED}
    return {"color": PALE_INK, "linewidth": THIN_LINE, "linestyle": DOTTED}
