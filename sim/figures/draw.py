"""What figures are made of: curves over time, rows with intervals, and maps."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from sim.engine.chunk import end_of
from sim.figures.canvas import EDGE, WIDTH, canvas
from sim.figures.map import NOTE as MAP_NOTE
from sim.figures.map import draw_map, map_height
from sim.figures.style import (
    COLOUR_SCALE,
    INK,
    LINE_WIDTH,
    MARKER_SIZE,
    NARROW_BAND_OPACITY,
    PALE_INK,
    QUIET_INK,
    SETTINGS,
    SMALL_TEXT,
    THIN_LINE,
    WIDE_BAND_OPACITY,
    Look,
    look_of,
)
from sim.parameters import Outcome
from sim.register import WORLD
from sim.results.dataset import Results, quantiles
from sim.units import PERCENT, QUARTERS

HISTORY_END = 2024
"""Last year of observed inputs."""
HISTORY_LABEL = "scenario from here"
MOST_WIDE_BANDS = 3
"""Curves of a panel up to which each has its band of 90 % of runs: more would hide each other."""
BANDS = "Lines: mean of runs; bands: 50 % and 90 % of runs."
NARROW_BANDS = "Lines: mean of runs; bands: 50 % of runs."
SHARE = "share"
TITLE_LETTERS = 72
"""Letters of a panel's title in the whole width."""
ROW = 0.2
"""Inches of a row."""


def is_share(outcome: Outcome) -> bool:
    """Tell whether figures show an outcome as a percentage."""
    return outcome.unit.split(" ")[0] == SHARE


def unit_of(outcome: Outcome) -> str:
    """Return an outcome's unit as figures write it: shares become percentages."""
    return outcome.unit.replace(SHARE, "%", 1)


def factor_of(outcome: Outcome) -> float:
    """Return the factor by which figures multiply an outcome."""
    return PERCENT if is_share(outcome) else 1.0


def change_unit(outcome: Outcome) -> str:
    """Return the unit of an outcome's changes as figures write it."""
    return "percentage points" if is_share(outcome) else unit_of(outcome)


def source(results: Results, varied: str = "") -> str:
    """Return the first sentence of every caption: which runs these are.

    Args:
        results: The runs.
        varied: Which parameters a design varies, if it is not said in the figure.
    """
    manifest = results.manifest
    points = f"{results.n_points:,} points × " if results.n_points > 1 else ""
    sets = "plausible parameter sets" if manifest["plausible_sha256"] else "documented parameters"
    sets = f"{varied}; all others: {sets}" if varied else sets
    runs = "1 run" if results.n_runs == 1 else f"{results.n_runs:,} runs"
    failed = f" ({results.failed:,} that failed left out)" if results.failed else ""
    version = f"entrench {manifest['version']}"
    return f"{results.name} · {points}{runs}{failed}, {sets} · seed {manifest['seed']} · {version}."


@dataclass(frozen=True)
class Line:
    """A curve, and how it is drawn.

    Attributes:
        look: Label, colour and dash.
        curve: Mean and quantiles over the runs (`mean`, `q05` to `q95`), by year.
    """

    look: Look
    curve: pd.DataFrame


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


def line(
    results: Results,
    outcome: str,
    kind: str = WORLD,
    group: str | None = None,
    *,
    point: int = 0,
    look: Look | None = None,
) -> Line:
    """Return an outcome's curve in the unit that figures show."""
    shown = results.outcomes[outcome]
    values = factor_of(shown) * results.values(outcome, kind, group)[point]
    curve = pd.DataFrame(quantiles(values, axis=0), index=dates_of(results))
    return Line(look or look_of(shown), curve)


def dates_of(results: Results) -> list[float]:
    """Return the kept dates as figures place them: the end of 2030 at 2030."""
    return [(q - end_of(0)) / QUARTERS for q in results.quarters]


def draw_line(axes: Axes, shown: Line, lines: int = 1) -> None:
    """Draw a mean above its bands, if it has some; the more curves a panel has, the fainter."""
    curve, look = shown.curve, shown.look
    bands = [("q25", "q75", NARROW_BAND_OPACITY)]
    if lines <= MOST_WIDE_BANDS:
        bands.insert(0, ("q05", "q95", WIDE_BAND_OPACITY))
    for low, high, opacity in bands if "q25" in curve else ():
        axes.fill_between(
            curve.index, curve[low], curve[high], color=look.colour, linewidth=0.0,
            alpha=opacity * min(1.0, 2.0 / lines),
        )  # fmt: skip
    axes.plot(
        curve.index, curve["mean"], color=look.colour, linestyle=look.dash, linewidth=LINE_WIDTH,
        marker="o" if len(curve) == 1 else "", markersize=MARKER_SIZE,
    )  # fmt: skip


def key(look: Look) -> Line2D:
    """Return a legend's key for a line."""
    return Line2D([], [], color=look.colour, linestyle=look.dash, label=look.label)


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
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    several = [panel for panel in panels if len(panel.lines) > 1]
    looks = dict.fromkeys(shown.look for panel in several for shown in panel.lines)
    letters = TITLE_LETTERS // columns
    crowded = any(len(panel.lines) > MOST_WIDE_BANDS for panel in panels)
    banded = any("q25" in shown.curve for panel in panels for shown in panel.lines)
    bands = (NARROW_BANDS if crowded else BANDS) if banded else ""
    caption = " ".join(filter(None, [source(results), bands, note]))
    figure, axes = canvas(
        title,
        question,
        caption,
        rows=rows,
        columns=columns,
        panel_height=2.2 if len(panels) == 1 else 1.0,
        legend=[key(look) for look in looks],
        sharex=True,
        sharey=together,
    )
    with matplotlib.rc_context(SETTINGS):
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=False)):
            for shown in panel.lines:
                draw_line(ax, shown, len(panel.lines))
            mark_history(ax, panel.lines, label=place == 0 and len(panels) == 1)
            ax.set_title(textwrap.fill(panel.title, letters))
            ax.margins(x=0.0)
            if panel.bounds:
                ax.set_ylim(*panel.bounds)
            elif banded and all((s.curve["q05"].fillna(0.0) >= 0.0).all() for s in panel.lines):
                ax.set_ylim(bottom=0.0)
            if not together or place % columns == 0:
                ax.set_ylabel(panel.unit)
        for place in range(len(panels), len(axes)):
            axes[place].set_visible(False)
            axes[place - columns].tick_params(labelbottom=True)
    return figure


def mark_history(axes: Axes, lines: Sequence[Line], *, label: bool = False) -> None:
    """Draw a line where observed history ends, if the panel reaches beyond."""
    dates = [date for shown in lines for date in (shown.curve.index[0], shown.curve.index[-1])]
    if not dates or not min(dates) < HISTORY_END < max(dates):
        return
    axes.axvline(HISTORY_END, color=PALE_INK, linewidth=THIN_LINE, linestyle=(0, (4, 2)))
    if label:
        axes.text(
            HISTORY_END + 0.3, 1.0, HISTORY_LABEL, transform=axes.get_xaxis_transform(),
            va="top", fontsize=SMALL_TEXT, color=QUIET_INK,
        )  # fmt: skip


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
    keys = [
        Line2D([], [], color=d.look.colour, marker=d.look.marker, linestyle="", label=d.look.label)
        for d in dots
        if d.look.label
    ]
    figure, (axes,) = canvas(
        title, question, caption, panel_height=ROW * (len(names) + 1),
        legend=keys if len(keys) > 1 else (),
    )  # fmt: skip
    with matplotlib.rc_context(SETTINGS):
        places = np.arange(len(names), dtype=float)
        for at, shown in enumerate(dots):
            shift = min(0.22, 0.8 / len(dots)) * (at - (len(dots) - 1) / 2.0)
            if shown.low is not None and shown.high is not None:
                axes.hlines(
                    places + shift, np.asarray(shown.low), np.asarray(shown.high),
                    color=shown.look.colour, linewidth=0.9 if shown.thin else 2.0, alpha=0.7,
                )  # fmt: skip
            axes.plot(
                np.asarray(shown.values), places + shift, shown.look.marker,
                color=shown.look.colour, markersize=MARKER_SIZE,
            )  # fmt: skip
        axes.set_yticks(places, names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(label)
        if zero:
            axes.axvline(0.0, color=INK, linewidth=THIN_LINE)
    return figure


def maps(
    title: str,
    shown: Mapping[str, Mapping[str, float]],
    label: str,
    bounds: tuple[float, float],
    question: str = "",
    caption: str = "",
    *,
    colours: LinearSegmentedColormap = COLOUR_SCALE,
    places: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Draw maps one above the other, with one scale of colours.

    Args:
        title: Heading.
        shown: A title, and a value per ISO code, for each map; NaN: no value.
        label: What the values are, with their unit.
        bounds: Values of the first and the last colour.
        question: The question that the figure answers.
        caption: Source and reading aid.
        colours: The scale of colours.
        places: Longitude and latitude of countries that the shipped tables do not have.
    """
    figure, axes = canvas(
        title, question, f"{caption} {MAP_NOTE}", rows=len(shown),
        panel_height=map_height(WIDTH - 2 * EDGE) - 0.1,
    )  # fmt: skip
    scale = Normalize(*bounds)
    with matplotlib.rc_context(SETTINGS):
        for ax, (name, values) in zip(axes, shown.items(), strict=True):
            draw_map(ax, values, scale, colours, places)
            ax.set_aspect("equal")
            ax.set_title(name)
        figure.colorbar(
            matplotlib.cm.ScalarMappable(scale, colours), ax=axes, orientation="horizontal",
            label=label, fraction=0.03, aspect=28, shrink=0.5, pad=0.01,
        )  # fmt: skip
    return figure


def looks(labels: Iterable[str]) -> list[Look]:
    """Return a colour, dash and marker for each of a few things."""
    from sim.figures.style import looks_of

    return looks_of(list(labels))
