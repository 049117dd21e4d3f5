"""Parts of figures: curves over time, rows with intervals, and maps."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from sim.figures import style
from sim.figures.canvas import EDGE, WIDTH, canvas, sheet
from sim.figures.map import NOTE as MAP_NOTE
from sim.figures.map import draw_map, map_height
from sim.figures.style import Look
from sim.parameters import Outcome
from sim.results.dataset import Results
from sim.scenario import BASELINE
from sim.units import PERCENT

HISTORY_END = 2024
"""Last year of observed inputs."""
HISTORY_LABEL = "scenario from here"
HISTORY_NOTE = f"Vertical line: end of {HISTORY_END}, the last year of observed inputs."
POINTS = "Points: published figures ± 2 standard errors; triangles: at least, at most."
MARKERS = {"value": "o", "lower": "^", "upper": "v"}
LABEL_LETTERS = 22
"""Letters in a line of a label beside a curve."""
LABEL_LINE = 0.135
"""Inches of such a line."""
MOST_BANDED = 2
"""Curves of a wide panel up to which each has its bands; of panels side by side, one has."""
LINES = "Lines: mean of runs."
BANDS = "Bands: 50% and 90% of runs."
RANGES = "Bars on the right: 90% of runs in the last year."
OPACITY = {("q05", "q95"): 0.14, ("q25", "q75"): 0.26, ("low", "high"): 0.26}
"""Opacity of each band, by the ends that a curve may have."""
RANGE_WIDTH = 2.4
"""Points."""
RANGE_STEP = 0.018
"""Width of a panel, as a share, from a range beside it to the next."""
SHARE = "share"
LEAST_PANEL = 1.4
"""Inches of width below which there are fewer panels in a row."""
TITLE_LETTERS = 78
"""Letters of a panel's title in the usual width."""
AXIS_LETTERS = 6
"""Letters whose room the numbers beside a panel take."""
NAME_LETTERS = 50
"""Letters in a line of a row's name in the usual width."""
ROW = 0.2
"""Inches of a row."""
YEARS = "end of year"
MAPS_IN_COLUMNS = (0, 3, 12)
"""Maps beyond which there is a column more."""
MOST_MAPS = 24
CLASSES = 5
"""Colours of a map on either side of 0: classes of equal width."""


def unit_of(outcome: Outcome) -> str:
    """Return an outcome's unit as figures write it: shares become percentages."""
    return outcome.unit.replace(SHARE, "%", 1)


def factor_of(outcome: Outcome) -> float:
    """Return the factor by which figures multiply an outcome."""
    return PERCENT if outcome.unit.split(" ")[0] == SHARE else 1.0


def change_unit(outcome: Outcome) -> str:
    """Return the unit of an outcome's changes as figures write it."""
    return "percentage points" if factor_of(outcome) == PERCENT else unit_of(outcome)


def source(results: Results, varied: str = "") -> str:
    """Return the first sentence of every caption: which runs these are.

    Args:
        results: The runs.
        varied: Which parameters a design varies, if it is not said in the figure.
    """
    points = f"{results.n_points:,} points × " if results.n_points > 1 else ""
    sets = "plausible parameter sets" if results.plausible_sha256 else "documented parameters"
    sets = f"{varied}; all others: {sets}" if varied else sets
    runs = "1 run" if results.n_runs == 1 else f"{results.n_runs:,} runs"
    failed = f" ({results.failed:,} that failed left out)" if results.failed else ""
    version = f"seed {results.seed} · entrench {results.version}"
    return f"{results.heading} · {points}{runs}{failed}, {sets} · {version}."


@dataclass(frozen=True)
class Line:
    """A curve, and how it is drawn.

    Attributes:
        look: Label, colour and dash.
        curve: Mean and quantiles over the runs (`mean`, `q05` to `q95`), by year; or `mean`, `low`
            and `high`.
        published: Published figures of it: `year`, `value`, `sigma`, `bound`.
    """

    look: Look
    curve: pd.DataFrame
    published: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Panel:
    """Curves that share two axes.

    Attributes:
        title: Text above it.
        unit: Unit of its vertical axis.
        lines: Its curves.
        bounds: Ends of its vertical axis; None: from 0, or as the curves need.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    bounds: tuple[float, float] | None = None


def draw_line(axes: Axes, shown: Line, beside: float | None = None) -> None:
    """Draw a mean, and its bands if it has some.

    Args:
        axes: Where.
        shown: The curve.
        beside: Where, in widths of the axes, the last range is drawn in place of bands.
    """
    curve, look = shown.curve, shown.look
    bands = {ends: opacity for ends, opacity in OPACITY.items() if set(ends) <= set(curve)}
    if beside is None:
        for (low, high), opacity in bands.items():
            axes.fill_between(
                curve.index, curve[low], curve[high], color=look.colour, linewidth=0.0,
                alpha=opacity,
            )  # fmt: skip
    elif bands:
        axes.plot(
            [beside, beside], curve[list(next(iter(bands)))].iloc[-1], color=look.colour,
            transform=axes.get_yaxis_transform(), linewidth=RANGE_WIDTH, clip_on=False,
            solid_capstyle="butt",
        )  # fmt: skip
    axes.plot(
        curve.index, curve["mean"], color=look.colour, linestyle=look.dash,
        linewidth=style.LINE_WIDTH, marker="o" if len(curve) == 1 else "",
        markersize=style.MARKER_SIZE,
    )  # fmt: skip
    for row in shown.published.itertuples():
        axes.errorbar(
            row.year, row.value, yerr=row.error or None, color=look.colour, ecolor=style.BLACK,
            marker=MARKERS[row.bound], markeredgecolor=style.BLACK,
            markersize=style.MARKER_SIZE, lw=0.9, zorder=4,
        )  # fmt: skip


def over_time(
    results: Results,
    title: str,
    panels: Sequence[Panel],
    question: str = "",
    *,
    columns: int = 1,
    note: str = "",
    together: bool = False,
) -> Figure:
    """Draw panels over time.

    Args:
        results: The runs, for caption and dates.
        title: Heading.
        panels: What each shows.
        question: The question that the figure answers.
        columns: Panels per row.
        note: How to read it.
        together: Whether all panels share one vertical axis.
    """
    columns = max(1, min(len(panels), columns, int(sheet().width / LEAST_PANEL)))
    several = [panel for panel in panels if len(panel.lines) > 1] if columns > 1 else []
    looks = dict.fromkeys(shown.look for panel in several for shown in panel.lines)
    keys = [Line2D([], [], color=k.colour, linestyle=k.dash, label=k.label) for k in looks]
    most = 1 if columns > 1 else MOST_BANDED
    crowded = [sum(len(s.curve.columns) > 1 for s in panel.lines) > most for panel in panels]
    every = [shown for panel in panels for shown in panel.lines]
    banded = any("q25" in shown.curve for shown in every)
    pointed = [shown for shown in every if len(shown.published)]
    notes = {
        LINES: banded,
        BANDS: banded and not all(crowded),
        RANGES: banded and any(crowded),
        HISTORY_NOTE: any(map(_crosses, every)),
        POINTS: pointed,
        note: note,
    }
    caption = " ".join([source(results), *(words for words, needed in notes.items() if needed)])
    height = 2.2 if len(panels) == 1 else 1.0
    for panel in panels if columns == 1 else ():
        labels = [shown.look.label for shown in panel.lines if len(panel.lines) > 1]
        lines = sum(len(textwrap.wrap(label, LABEL_LETTERS)) for label in labels)
        height = max(height, LABEL_LINE * lines)
    figure, axes = canvas(
        title,
        question,
        caption,
        panels=len(panels),
        columns=columns,
        panel_height=height,
        legend=keys,
        sharex=True,
        sharey=together,
    )
    with matplotlib.rc_context(style.SETTINGS):
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
            step = RANGE_STEP * columns * crowded[place]
            for at, shown in enumerate(panel.lines, start=1):
                draw_line(ax, shown, 1.0 + step * at if step else None)
        # Panels may share an axis: limits are set when all is drawn.
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
            if any(map(_crosses, panel.lines)):
                ax.axvline(HISTORY_END, color=style.PALE_INK, lw=style.THIN_LINE, ls=(0, (4, 2)))
                if len(panels) == 1 and sheet().width >= WIDTH:
                    ax.text(
                        HISTORY_END + 0.3, 0.0 if panel.bounds else 1.0, HISTORY_LABEL,
                        transform=ax.get_xaxis_transform(), fontsize=style.SMALL_TEXT,
                        color=style.QUIET_INK, va="bottom" if panel.bounds else "top",
                    )  # fmt: skip
            ax.set_title(textwrap.fill(panel.title, letters_of(columns)))
            ax.margins(x=0.0)
            ax.yaxis.set_major_formatter("{x:,.6g}")
            ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
            if panel.bounds:
                ax.set_ylim(*panel.bounds)
            elif banded and all((s.curve.fillna(0.0) >= 0.0).all(axis=None) for s in panel.lines):
                ax.set_ylim(bottom=0.0)
            if place % columns == 0 or panel.unit != panels[place - 1].unit:
                ax.set_ylabel(panel.unit)
            if place >= len(panels) - columns:
                ax.tick_params(labelbottom=True)
            if place // columns == (len(panels) - 1) // columns:
                ax.set_xlabel(YEARS)
            if columns == 1 and len(panel.lines) > 1:
                ends = {shown.look: float(shown.curve["mean"].iloc[-1]) for shown in panel.lines}
                known = {look: end for look, end in ends.items() if np.isfinite(end)}
                after = RANGE_STEP * crowded[place] * len(panel.lines)
                place_labels(ax, known, height, 1.0 + after)
    return figure


def letters_of(columns: int) -> int:
    """Return the letters of a line of a panel's title, of so many panels in a row."""
    return int(TITLE_LETTERS * sheet().width / WIDTH) // columns - AXIS_LETTERS


def place_labels(axes: Axes, ends: Mapping[Look, float], height: float, start: float = 1.0) -> None:
    """Write names on the right of axes, near values of the vertical axis, apart from each other.

    Args:
        axes: Where the curves are.
        ends: A value per name.
        height: Inches of the axes.
        start: Where the names begin, in widths of the axes.
    """
    low, high = axes.get_ylim()
    order = sorted(ends, key=lambda look: -ends[look])
    words = [textwrap.fill(look.label, LABEL_LETTERS) for look in order]
    places = (np.array([ends[look] for look in order]) - low) / (high - low)
    half = np.array([text.count("\n") + 1 for text in words]) * LABEL_LINE / height / 2.0
    # How far below the top each stands where all touch: none is higher over the next, or below 0.
    touching = 2.0 * np.cumsum(half) - half
    middle = np.minimum.accumulate(places + touching) - touching
    middle = np.maximum(middle, 2.0 * half.sum() - touching)
    for look, text, place, at in zip(order, words, places, middle, strict=True):
        axes.annotate(
            text, (start + 0.01, place), (start + 0.05, at), xycoords="axes fraction", va="center",
            fontsize=style.SMALL_TEXT, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": look.colour, "lw": style.LINE_WIDTH,
                        "relpos": (0.0, 0.5)},
        )  # fmt: skip


def _crosses(shown: Line) -> bool:
    """Tell whether a curve goes on beyond observed history."""
    dates = shown.curve.index
    return len(dates) > 0 and min(dates) < HISTORY_END < max(dates)


@dataclass(frozen=True)
class Dots:
    """A dot and an interval per row.

    Attributes:
        look: Label, colour and marker.
        values: Places of the dots; NaN: none.
        low: Lower ends of the intervals.
        high: Upper ends.
        thin: Whether the interval is a thin line, as of runs, rather than of a mean.
    """

    look: Look
    values: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    thin: bool = True


def dots_of(
    look: Look,
    frame: pd.DataFrame,
    low: str = "q05",
    high: str = "q95",
    *,
    middle: str = "mean",
    factor: float = 1.0,
    thin: bool = True,
) -> Dots:
    """Return a dot and an interval per row of a table, multiplied by a factor."""
    values, least, most = (factor * frame[name].to_numpy() for name in (middle, low, high))
    return Dots(look, values, least, most, thin)


def rows(
    title: str,
    names: Sequence[str],
    dots: Sequence[Dots],
    label: str,
    question: str = "",
    caption: str = "",
    *,
    zero: bool = False,
) -> Figure:
    """Draw a row per name, the first at the top, with dots and intervals.

    Args:
        title: Heading.
        names: Names of the rows.
        dots: One or more dots per row.
        label: Label of the horizontal axis.
        question: The question that the figure answers.
        caption: Source and reading aid.
        zero: Whether a line marks 0.
    """
    looks = list(dict.fromkeys(shown.look for shown in dots))
    keys = [
        Line2D([], [], color=look.colour, marker=look.marker, linestyle="", label=look.label)
        for look in looks
        if look.label
    ]
    figure, (axes,) = canvas(
        title, question, caption, panel_height=ROW * (len(names) + 1),
        legend=keys if len(keys) > 1 else (),
    )  # fmt: skip
    with matplotlib.rc_context(style.SETTINGS):
        places = np.arange(len(names), dtype=float)
        for shown in dots:
            at = looks.index(shown.look) - (len(looks) - 1) / 2.0
            shift = min(0.22, 0.8 / len(looks)) * at
            if shown.low is not None and shown.high is not None:
                axes.hlines(
                    places + shift, np.asarray(shown.low), np.asarray(shown.high),
                    color=shown.look.colour, linewidth=0.9 if shown.thin else 2.0, alpha=0.7,
                )  # fmt: skip
            axes.plot(
                np.asarray(shown.values), places + shift, shown.look.marker,
                color=shown.look.colour, markersize=style.MARKER_SIZE,
            )  # fmt: skip
        letters = int(NAME_LETTERS * sheet().width / WIDTH)
        wrapped = [textwrap.fill(name, letters) for name in names]
        size = style.TINY_TEXT if any("\n" in name for name in wrapped) else style.SMALL_TEXT
        axes.set_yticks(places, wrapped, fontsize=size, linespacing=0.95)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(textwrap.fill(label, letters // 2))
        if zero:
            axes.axvline(0.0, color=style.INK, linewidth=style.THIN_LINE)
    return figure


def maps(
    title: str,
    shown: Mapping[str, Mapping[str, float]],
    label: str,
    bounds: tuple[float, float],
    question: str = "",
    caption: str = "",
) -> Figure:
    """Draw maps with one scale of colours.

    Args:
        title: Heading.
        shown: A title, and a value per ISO code, for each map; NaN: no value.
        label: What the values are, with their unit.
        bounds: Values of the first and the last colour, opposed ones if the first is below 0.
        question: The question that the figure answers.
        caption: Source and reading aid.
    """
    columns = sum(len(shown) > most for most in MAPS_IN_COLUMNS)
    if left_out := [*shown][MOST_MAPS:]:
        caption += f" Left out, for want of room: {', '.join(left_out)}."
        shown = dict(islice(shown.items(), MOST_MAPS))
    height = map_height((sheet().width - 2 * EDGE) / columns) + (0.2 if columns > 1 else -0.1)
    figure, axes = canvas(
        title, question, f"{caption} {MAP_NOTE}", panels=len(shown), columns=columns,
        panel_height=height,
    )  # fmt: skip
    opposed = bounds[0] < 0.0
    colours = style.OPPOSED if opposed else style.COLOUR_SCALE
    edges = np.linspace(*bounds, CLASSES * (1 + opposed) + 1)
    scale = BoundaryNorm(edges, colours.N)
    with matplotlib.rc_context(style.SETTINGS):
        for ax, (name, values) in zip(axes, shown.items(), strict=True):
            draw_map(ax, values, scale, colours)
            ax.set_aspect("equal")
            ax.set_title(textwrap.fill(name, letters_of(columns)))
        figure.colorbar(
            matplotlib.cm.ScalarMappable(scale, colours), ax=axes, orientation="horizontal",
            label=label, fraction=0.03, aspect=28, shrink=0.9, pad=0.01,
            ticks=edges[1::2] if opposed else edges,
        )  # fmt: skip
    return figure


def looks(labels: Iterable[str]) -> list[Look]:
    """Return a colour, dash and marker for each of a few things; the baseline's is always ink.

    Where there are more than colours, a colour occurs again with another dash and marker.
    """
    signs = cycle(
        (colour, style.SIGNS[(at + turn) % len(style.SIGNS)][1], again or marker)
        for turn, again in enumerate(("", "X", "*", "<", ">"))
        for at, (colour, _, marker) in enumerate(style.SIGNS)
    )
    return [Look(n, style.INK) if n == BASELINE else Look(n, *next(signs)) for n in labels]
