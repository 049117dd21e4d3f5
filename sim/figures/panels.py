"""Panels that most figures are made of: some outcomes of a group over time, with unit and title."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import panel_title, quantity_axis, share_axis
from sim.figures.curves import PERCENT, WORLD, Curve, Curves, ResultsLike, draw_curve
from sim.figures.marks import marks_beside, marks_in_caption
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import INK, OUTCOME_LOOKS, SOLID, Look
from sim.figures.text import UNBROKEN
from sim.parameters import Outcome

SHARE = "share"
"""How the unit of a share begins; figures show shares as percentages."""
WHOLE_SCALE_FROM = 50.0
"""Percentages that reach beyond this get the whole scale from 0 to 100 %."""
MOST_WIDE_BANDS = 3
"""Curves in a panel up to which each has its band of 90 %; more would hide each other."""
CROWDED = f" (bands: 50{UNBROKEN}% of runs)"
STACKED_HEIGHT = 1.15
"""Inches of a panel in a figure whose panels stand one above the other."""


@dataclass(frozen=True)
class Line:
    """A curve and how to draw it."""

    curve: Curve
    look: Look


def wide_frame(results: ResultsLike, curves: Curves, grid: Grid) -> Frame:
    """Time axis and marks for panels as wide as the sheet: every date, named above."""
    marks = marks_beside(results.manifest, curves.start, curves.end, grid.panel_width)
    return Frame(curves.start, curves.end, marks)


def small_frame(results: ResultsLike, curves: Curves, latest: float = math.inf) -> Frame:
    """Time axis and marks for small panels: from the end of history on, told in the caption."""
    end = min(curves.end, max(latest, curves.start + 1.0))
    return Frame(curves.start, end, marks_in_caption(results.manifest, curves.start, end))


def look_of(name: str, outcome: Outcome | None = None) -> Look:
    """How an outcome is drawn; one without a look of its own is a plain line."""
    label = outcome.label if outcome is not None else name
    return OUTCOME_LOOKS.get(name, Look(label, INK, SOLID))


def unit_text(outcome: Outcome) -> str:
    """An outcome's unit as figures write it: shares become percentages."""
    if not is_share(outcome):
        return outcome.unit
    return f"%{outcome.unit.removeprefix(SHARE)}"


def is_share(outcome: Outcome) -> bool:
    """Whether an outcome is a share, shown as a percentage."""
    return outcome.unit == SHARE or outcome.unit.startswith(f"{SHARE} ")


def line_of(
    results: ResultsLike,
    curves: Curves,
    name: str,
    group: tuple[str, str] = WORLD,
    look: Look | None = None,
) -> Line | None:
    """An outcome's curve in the unit that figures show, or None where results lack it."""
    curve, outcome = curves.get(name, group), results.outcomes.get(name)
    if curve is None or outcome is None:
        return None
    shown = curve.scaled(PERCENT) if is_share(outcome) else curve
    return Line(shown, look or look_of(name, outcome))


def present(lines: Sequence[Line | None]) -> list[Line]:
    """The lines that results hold."""
    return [line for line in lines if line is not None]


def highest(lines: Sequence[Line], band: str = "q95") -> float:
    """Highest value drawn, of the means and the upper ends of a band."""
    tops = (band, "mean")
    return max((float(line.curve.values[top].max()) for line in lines for top in tops), default=0.0)


def lowest(lines: Sequence[Line]) -> float:
    """Lowest value drawn."""
    return min((float(line.curve.values["q05"].min()) for line in lines), default=0.0)


@dataclass(frozen=True)
class Panel:
    """What a panel of a stacked figure shows.

    Attributes:
        title: Above the panel.
        unit: Of its vertical axis.
        lines: Its curves.
        span: Ends of a scale that is given, such as (-1, 1); None: from 0 up.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    span: tuple[float, float] | None = None

    @property
    def crowded(self) -> bool:
        """Whether bands of 90 % would hide each other."""
        return len(self.lines) > MOST_WIDE_BANDS


def draw_panel(axes: Axes, panel: Panel, lift: float = 0.0) -> None:
    """Draw a panel with its own vertical axis: percentages on the whole scale or from 0 up.

    Args:
        axes: Where to draw.
        panel: What to draw.
        lift: Inches to leave free below the title.
    """
    for line in panel.lines:
        draw_curve(axes, line.curve, line.look, wide_band=not panel.crowded)
    top = highest(panel.lines, "q75" if panel.crowded else "q95")
    if panel.span is not None:
        quantity_axis(axes, panel.unit, panel.span[1], lowest=panel.span[0], given=True)
    elif panel.unit.startswith("%") and WHOLE_SCALE_FROM < top <= PERCENT:
        share_axis(axes, label=panel.unit)
    else:
        quantity_axis(axes, panel.unit, top, lowest=lowest(panel.lines))
    if panel.title:
        panel_title(axes, panel.title + (CROWDED if panel.crowded else ""), lift)


def outcome_panels(results: ResultsLike, curves: Curves, names: Sequence[str]) -> list[Panel]:
    """A panel for each of the outcomes that the results hold."""
    lines = {name: line_of(results, curves, name) for name in names}
    return [
        Panel(results.outcomes[name].label, unit_text(results.outcomes[name]), [line])
        for name, line in lines.items()
        if line is not None
    ]


def draw_stacked(
    results: ResultsLike,
    curves: Curves,
    title: str,
    panels: Sequence[Panel],
    *,
    panel_height: float = STACKED_HEIGHT,
) -> Figure:
    """Draw panels one above the other on one time axis; a legend where a panel has many lines."""
    grid = Grid(rows=max(len(panels), 1), panel_height=panel_height, title_rows=1, row_gap=0.1)
    looks = dict.fromkeys(
        line.look for panel in panels if len(panel.lines) > 1 for line in panel.lines
    )
    frame = wide_frame(results, curves, grid)
    figure, axes_list = new_sheet(results, title, grid, frame, looks)
    for place, (axes, panel) in enumerate(zip(axes_list, panels, strict=False)):
        draw_panel(axes, panel, frame.title_lift(panel.title, grid) if place == 0 else 0.0)
    return figure
