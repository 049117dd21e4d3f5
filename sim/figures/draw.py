"""Parts of figures: curves over time, areas, rows with intervals, and maps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike

from sim.arrays import Floats
from sim.figures import style
from sim.figures.canvas import EDGE, canvas, sheet
from sim.figures.map import NOTE as MAP_NOTE
from sim.figures.map import draw_map, map_height
from sim.figures.style import MM, ONE, ONE_AND_HALF, POINT, Look, width_of, wrapped
from sim.parameters import Outcome
from sim.results.dataset import Results
from sim.units import PERCENT

BASELINE = "baseline"
HISTORY_END = 2024
"""Last year of observed inputs."""
HISTORY_LABEL = f"inputs observed to {HISTORY_END}"
POINTS = "Points: published, ± 2 standard errors; triangles: at least, at most; red: missed."
MARKERS = {"value": "o", "lower": "^", "upper": "v"}
LABEL_WIDTH, LABEL_LINE = 23.0, 2.7
"""Millimetres of a label beside a curve, and of a line of it."""
LINES = "Line: mean of runs"
BANDS = "; bands: middle 50% and 90%"
RANGES = "; bars: middle 90% in the last year"
OPACITY = {("q05", "q95"): 0.14, ("q25", "q75"): 0.22, ("low", "high"): 0.22}
"""Opacity of each band, by the ends that a curve may have."""
RANGE_WIDTH = 2.2
"""Points."""
RANGE_STEP = 1.6
"""Millimetres from a range beside a panel to the next."""
SHARE = "share"
LEAST_PANEL = 34.0
"""Millimetres of width below which there are fewer panels in a row."""
HIGH, LOW = 48.0, 26.0
"""Millimetres of a panel that is alone, and of one of several."""
RAISED = 0.25
"""Millimetres by which text is raised to be level with what it names."""
GAPS = (1.2, 3.2)
"""Millimetres from axes to a name beside them, and to one that a line leads to."""
ROW, SECOND_LINE, HEAD = 3.6, 2.8, 0.6
"""Millimetres of a row, and of each further line of its name; rows left free above a heading."""
AREA_WIDTH = 0.6
"""Share of a figure's width that areas have at least."""
LONG = 100
"""Letters beyond which titles of scenarios are left out of the source line."""
ASIDE = 0.28
"""Rows from an interval to the next of the same row."""
MOST_MAPS = 24
CLASSES = 5
"""Colours of a map on either side of 0: classes of equal width."""
MULTIPLES = {0.25: "¼", 0.5: "½", 0.75: "¾", 1.0: "equal", 1.5: "1½", 2.0: "2 ×", 4.0: "4 ×"}
"""Marks of an axis of ratios."""


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
    """Return the source line of every figure: which runs these are.

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
    version = f"seed {manifest['seed']} · Entrench {manifest['version']}"
    title = title_of(results)
    if len(title) > LONG:
        title = f"{results.n_points} scenarios"
    return f"{title} · {points}{runs}{failed}, {sets} · {version}."


def title_of(results: Results, point: int | None = None) -> str:
    """Return the title of a point's scenario; of all runs, what was set beside it as well."""
    if point is None:
        return results.heading.replace(results.name, results.title or results.name, 1)
    words = results.labels[point]
    scenario = results.scenario(point)
    # A label may also say the levels of factors.
    return words.replace(str(scenario.get("name")), scenario.get("title") or words, 1)


@dataclass(frozen=True)
class Line:
    """A curve, and how it is drawn.

    Attributes:
        look: Label, colour and dash.
        curve: Mean and quantiles over the runs (`mean`, `q05` to `q95`), by year; or `mean`, `low`
            and `high`.
        published: Published figures of it: `year`, `value`, `error`, `bound`, `missed`.
    """

    look: Look
    curve: pd.DataFrame
    published: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def bands(self) -> list[tuple[str, str]]:
        """Pairs of columns that are ends of a band, the widest first."""
        return [ends for ends in OPACITY if set(ends) <= set(self.curve)]


@dataclass(frozen=True)
class Panel:
    """Curves that share two axes.

    Attributes:
        title: Text above it.
        unit: Unit of its vertical axis.
        lines: Its curves; the first has bands, and each other a bar at its end.
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
        beside: Millimetres from the axes to the last range, drawn in place of bands.
    """
    curve, look = shown.curve, shown.look
    for low, high in shown.bands if beside is None else ():
        axes.fill_between(
            curve.index, curve[low], curve[high], color=look.colour, linewidth=0.0,
            alpha=OPACITY[low, high],
        )  # fmt: skip
    if beside is not None and shown.bands:
        ends = curve[[*shown.bands[0]]].iloc[-1]
        axes.update_datalim([(curve.index[-1], end) for end in ends if np.isfinite(end)])
        shift = ScaledTranslation(beside * MM, 0.0, axes.figure.dpi_scale_trans)
        axes.plot(
            [1.0, 1.0], ends, color=look.colour, alpha=0.6,
            linewidth=RANGE_WIDTH, transform=axes.get_yaxis_transform() + shift, clip_on=False,
            solid_capstyle="butt",
        )  # fmt: skip
    axes.plot(
        curve.index, curve["mean"], color=look.colour, linestyle=look.dash,
        marker="o" if len(curve) == 1 else "",
    )  # fmt: skip
    for row in shown.published.itertuples():
        colour = style.MISSED if row.missed else style.INK
        axes.errorbar(
            row.year, row.value, yerr=row.error or None, color=colour, marker=MARKERS[row.bound],
            markersize=3.2, markeredgewidth=0.6, mfc=look.colour, lw=0.6, zorder=4, clip_on=False,
        )  # fmt: skip


def over_time(
    results: Results,
    title: str,
    panels: Sequence[Panel],
    deck: str = "",
    *,
    columns: int = 1,
    note: str = "",
    width: float = ONE_AND_HALF,
    together: bool = False,
) -> Figure:
    """Draw panels over time.

    Args:
        results: The runs, for source and dates.
        title: The finding.
        panels: What each shows.
        deck: What is shown; how to read it is added.
        columns: Panels per row.
        note: What the source line adds.
        width: Millimetres, where none is asked for.
        together: Whether all panels share one vertical axis.
    """
    columns = max(1, min(len(panels), columns, int((sheet().width or width) / LEAST_PANEL)))
    every = [shown for panel in panels for shown in panel.lines]
    of_runs = {
        LINES: any("q05" in shown.curve for shown in every),
        BANDS: any("q25" in panel.lines[0].curve for panel in panels),
        RANGES: any("q05" in shown.curve for panel in panels for shown in panel.lines[1:]),
    }
    reading = "".join(words for words, needed in of_runs.items() if needed)
    notes = {
        deck: deck,
        f"{reading}.": reading,
        POINTS: any(len(shown.published) for shown in every),
        f"Vertical line: {HISTORY_LABEL}.": panels[0].title and any(map(_crosses, every)),
    }
    deck = " ".join(words for words, needed in notes.items() if needed)
    height = HIGH if len(panels) <= columns else LOW
    figure, axes = canvas(
        title, deck, f"{source(results)} {note}".strip(), width=width, panels=len(panels),
        columns=columns, panel_height=height, sharex=True, sharey=together,
    )  # fmt: skip
    with matplotlib.rc_context(style.SETTINGS):
        for ax, panel in zip(axes, panels, strict=True):
            # The first is drawn last, on top of the others.
            for at, shown in reversed([*enumerate(panel.lines)]):
                draw_line(ax, shown, RANGE_STEP * at if at else None)
        # Panels may share an axis: limits are set when all is drawn.
        shared = len({tuple(s.look for s in panel.lines) for panel in panels}) == 1
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
            _finish(ax, panel, first=place == 0)
            if place >= len(panels) - columns:
                ax.tick_params(labelbottom=True)
            ends = {s.look: float(s.curve["mean"].iloc[-1]) for s in panel.lines if len(s.curve)}
            known = {look: end for look, end in ends.items() if np.isfinite(end)}
            # Of panels with the same curves, the one at the end of the first row has the names.
            if len(panel.lines) > 1 and (not shared or place == columns - 1):
                bars = sum(bool(shown.bands) for shown in panel.lines[1:])
                place_labels(ax, known, height, RANGE_STEP * bars)
    return figure


def _finish(ax: Axes, panel: Panel, *, first: bool) -> None:
    """Give a panel its title, axes and the end of history."""
    if any(map(_crosses, panel.lines)):
        ax.axvline(HISTORY_END, color=style.PALE, lw=style.THIN_LINE, zorder=0.5)
        if first and not panel.title:
            ax.text(
                HISTORY_END, 1.0, f"{HISTORY_LABEL} ", transform=ax.get_xaxis_transform(),
                fontsize=style.SMALL, color=style.QUIET_INK, va="bottom", ha="right",
            ).set_in_layout(False)  # fmt: skip
    unit = "" if panel.title.lower() == panel.unit.lower() or not panel.title else panel.unit
    title = f"{panel.title}, {unit}" if unit else panel.title
    ax.set_title("\n".join(wrapped(title, LABEL_WIDTH * 2.2, style.TEXT)))
    ax.margins(x=0.0)
    ax.yaxis.set_major_formatter("{x:,.6g}")
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    curves = [shown.curve.fillna(0.0) for shown in panel.lines]
    if panel.bounds:
        ax.set_ylim(*panel.bounds)
    elif all((curve >= 0.0).all(axis=None) for curve in curves):
        ax.set_ylim(bottom=0.0)
    else:
        ax.axhline(0.0, color=style.PALE_INK, lw=style.THIN_LINE)


def apart(places: Floats, halves: Floats) -> Floats:
    """Return places, in falling order, moved down until none reaches into the next.

    None falls below 0 if all together do not need more room.

    Args:
        places: Where each would be, the highest first.
        halves: Half of the room that each needs.
    """
    touching = 2.0 * np.cumsum(halves) - halves
    middle = np.minimum.accumulate(places + touching) - touching
    return np.maximum(middle, 2.0 * halves.sum() - touching)


def place_labels(axes: Axes, ends: Mapping[Look, float], height: float, start: float = 0.0) -> None:
    """Write names on the right of axes, near values of the vertical axis, apart from each other.

    Args:
        axes: Where the curves are.
        ends: A value per name.
        height: Millimetres of the axes.
        start: Where the names begin, in millimetres from the axes.
    """
    low, high = axes.get_ylim()
    order = sorted(ends, key=lambda look: -ends[look])
    words = [wrapped(look.label, LABEL_WIDTH, style.SMALL, "bold") for look in order]
    places = np.array([(ends[look] - low) / (high - low) for look in order])
    middle = apart(places, np.array([LABEL_LINE * len(lines) / height / 2.0 for lines in words]))
    near, further = (
        ScaledTranslation((start + gap) * MM, 0.0, axes.figure.dpi_scale_trans) for gap in GAPS
    )
    for look, lines, place, at in zip(order, words, places, middle, strict=True):
        far = bool(abs(at - place) * height > LABEL_LINE)
        if far:
            axes.annotate(
                "", (1.0, place), (1.0, at), xycoords=axes.transAxes + near,
                textcoords=axes.transAxes + further, annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": look.colour, "lw": style.THIN_LINE,
                            "shrinkA": 0.0, "shrinkB": 0.0},
            )  # fmt: skip
        write(
            axes, lines, (1.0, at), start + GAPS[far] + 0.4 * far, LABEL_LINE, "axes fraction",
            color=look.colour, fontsize=style.SMALL, fontweight="bold",
        )  # fmt: skip


def write(
    axes: Axes,
    lines: Sequence[str],
    at: tuple[float, float],
    right: float,
    step: float,
    coordinates: Any,
    **text: Any,
) -> None:
    """Write lines of text beside a place, whose middle is at its height.

    Args:
        axes: Where.
        lines: Of text.
        at: The place.
        right: Millimetres to the right of it.
        step: Millimetres from line to line.
        coordinates: Of the place, as `Axes.annotate` takes them.
        **text: As `Axes.annotate` takes it.
    """
    for number, line in enumerate(lines):
        up = step * ((len(lines) - 1) / 2.0 - number) + RAISED
        axes.annotate(
            line, at, (right / POINT, up / POINT), xycoords=coordinates, va="center_baseline",
            textcoords="offset points", annotation_clip=False, **text,
        )  # fmt: skip


def _crosses(shown: Line) -> bool:
    """Tell whether a curve goes on beyond observed history."""
    dates = shown.curve.index
    return len(dates) > 0 and min(dates) < HISTORY_END < max(dates)


def draw_areas(axes: Axes, areas: Mapping[Look, Floats], years: ArrayLike, height: float) -> None:
    """Draw areas on top of each other, each with its name in it, or beside it if it is thin.

    Args:
        axes: Where; its vertical limits are set.
        areas: Values by year, the lowest area first.
        years: Of the values.
        height: Millimetres of the axes.
    """
    values, dates = np.array([*areas.values()]), np.asarray(years)
    axes.stackplot(
        dates, *values, colors=[look.colour for look in areas], edgecolor="white", lw=0.6
    )
    tops, per_unit = np.cumsum(values, axis=0), height / np.ptp(axes.get_ylim())
    per_year = AREA_WIDTH * (sheet().width or ONE) / max(1, np.ptp(dates))
    beside = {}
    for look, bottom, top in zip(areas, tops - values, tops, strict=True):
        # The name is where the area is highest over the whole width of the name.
        span = int(np.ceil(width_of(look.label, style.SMALL, "bold") / per_year)) + 1
        starts = range(1, len(dates) - span)
        under, over = (
            [of(line[at : at + span + 1]) for at in starts] or [0.0]
            for of, line in ((max, bottom), (min, top))
        )
        room = np.subtract(over, under)
        at = int(room.argmax())
        if room[at] * per_unit < 1.2 * LABEL_LINE:
            beside[Look(look.label, style.QUIET_INK)] = (bottom[-1] + top[-1]) / 2.0
            continue
        axes.text(
            dates[starts[at]] + span / 2.0, (over[at] + under[at]) / 2.0, look.label, va="center",
            ha="center", fontsize=style.SMALL, fontweight="bold",
            color="white" if np.dot(to_rgb(look.colour), (0.3, 0.6, 0.1)) < 0.6 else style.INK,
        )  # fmt: skip
    place_labels(axes, beside, height)


@dataclass(frozen=True)
class Dots:
    """A dot and an interval per row.

    Attributes:
        look: Label, colour and marker; without a marker, no dots.
        values: Places of the dots; NaN: none.
        low: Lower ends of the intervals.
        high: Upper ends.
        line: Points of the interval's line: thin as of runs, thick as of a mean, or a bar.
    """

    look: Look
    values: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    line: float = 0.8


THICK, BAR = 2.0, 5.0
"""Points of an interval of a mean, and of a bar behind others."""


def dots_of(
    look: Look,
    frame: pd.DataFrame,
    low: str = "q05",
    high: str = "q95",
    *,
    middle: str = "mean",
    factor: float = 1.0,
    line: float = 0.8,
) -> Dots:
    """Return a dot and an interval per row of a table, multiplied by a factor."""
    values, least, most = (factor * frame[name].to_numpy() for name in (middle, low, high))
    return Dots(look, values, least, most, line)


def rows(
    title: str,
    names: Sequence[str],
    dots: Sequence[Dots],
    deck: str = "",
    source: str = "",
    *,
    width: float = ONE_AND_HALF,
    heads: Mapping[int, str] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
    colours: Sequence[str] = (),
    zero: bool = False,
    ratio: bool = False,
    bounds: tuple[float, float] | None = None,
    unit: str = "",
) -> Figure:
    """Draw a row per name, the first at the top, with dots and intervals.

    Args:
        title: The finding.
        names: Names of the rows.
        dots: One or more dots per row; those drawn last are on top.
        deck: What is shown, and its unit.
        source: Which runs these are.
        width: Millimetres, where none is asked for.
        heads: A heading above the row of a number.
        columns: A text per row on the right, by the heading of the column.
        colours: Of these texts, row by row.
        zero: Whether a line marks 0.
        ratio: Whether values are ratios, drawn on a logarithmic axis.
        bounds: Ends of the horizontal axis; what lies beyond them has an arrow at the edge.
        unit: Written at the last number of the axis.
    """
    heads, columns = heads or {}, columns or {}
    whole = sheet().width or width
    size = style.TEXT if len(names) <= 30 else style.SMALL
    texts = [wrapped(name, 0.46 * whole, size) for name in names]
    lines = np.array([len(text) for text in texts])
    steps = 1.0 + SECOND_LINE / ROW * (lines - 1)
    steps += [(1.0 + HEAD * (at > 0)) * (at in heads) for at in range(len(names))]
    places = np.cumsum(steps) - steps[0] + (1.0 if 0 in heads else 0.0)
    keyed = [shown for shown in dots if shown.look.label]
    above = 2.2 if len({shown.look for shown in keyed}) > 1 else 0.9
    end = places[-1] + lines[-1] / 2.0 + 0.1
    figure, (axes,) = canvas(
        title, deck, source, width=width, panel_height=ROW * (end + above) - 4.0
    )
    with matplotlib.rc_context(style.SETTINGS):
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.set_yticks([])
        axes.set_ylim(end, -above)
        if ratio:
            axes.set_xscale("log")
            axes.axvline(1.0, color=style.INK, lw=style.LINE_WIDTH, zorder=1.5)
        beside = [shown.look for shown in keyed if shown.low is not None]
        for order, shown in enumerate(dots):
            aside = (
                beside.index(shown.look) - (len(beside) - 1) / 2.0 if shown.look in beside else 0
            )
            _draw_dots(axes, shown, places + ASIDE * aside, 2.0 + 0.1 * order, bounds)
        axes.set_xlim(*(bounds or axes.get_xlim()))
        if ratio:
            axes.set_xticks([*MULTIPLES], [*MULTIPLES.values()])
            axes.minorticks_off()
            axes.set_xlim(*(bounds or (0.22, 4.6)))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            axes.xaxis.set_major_formatter("{x:,.6g}")
        if unit:
            axes.set_xlabel(unit, loc="right")
        if zero:
            axes.axvline(0.0, color=style.INK, lw=style.THIN_LINE, zorder=1.5)
        names_width = max(width_of(line, size) for text in texts for line in text)
        rightmost = axes.get_yaxis_transform()
        for lines_of, place in zip(texts, places, strict=True):
            write(axes, lines_of, (0.0, place), -1.5, SECOND_LINE, rightmost, size=size, ha="right")
        for at, words in heads.items():
            place, left = places[at] - lines[at] / 2.0 - 0.55, -names_width - 1.5
            write(axes, [words], (0.0, place), left, 0.0, rightmost, size=size, weight="bold")
        start, right = 2.5, 0.0
        for heading, cells in columns.items():
            column = max(width_of(text, style.SMALL) for text in (heading, *cells)) + 2.0
            colour = [style.QUIET_INK, *(colours or [style.QUIET_INK] * len(names))]
            for text, place, of in zip((heading, *cells), (-0.9, *places), colour, strict=True):
                edge = (1.0, float(place))
                write(axes, [text], edge, start + right, 0.0, rightmost, size=style.SMALL, color=of)
            right += column
        _name_dots(axes, keyed, whole - names_width - right - start - 2.0 * EDGE)
    return figure


def _draw_dots(
    axes: Axes, shown: Dots, places: Floats, order: float, bounds: tuple[float, float] | None
) -> None:
    """Draw dots and intervals, an arrow at the edge for a dot beyond it."""
    look, values = shown.look, np.asarray(shown.values, dtype=np.float64)
    if shown.low is not None and shown.high is not None:
        axes.hlines(
            places, np.asarray(shown.low), np.asarray(shown.high), color=look.colour,
            linewidth=shown.line, zorder=order,
        )  # fmt: skip
    beyond = np.zeros(len(values), dtype=np.int64)
    if bounds:
        beyond = (values > bounds[1]).astype(np.int64) - (values < bounds[0])
        values = np.clip(values, *bounds)
    fill = "white" if look.hollow else look.colour
    for way, marker in ((0, look.marker), (-1, "<"), (1, ">")):
        if (chosen := (beyond == way) & np.isfinite(values)).any():
            axes.plot(
                values[chosen], places[chosen], ls="", marker=marker, color=look.colour, mfc=fill,
                mew=0.9 if look.hollow else 0.0, zorder=order + 0.05, clip_on=False,
            )  # fmt: skip


def _name_dots(axes: Axes, dots: Sequence[Dots], width: float) -> None:
    """Write the names of dots above their first row, apart from each other, if there are several.

    Args:
        axes: Where.
        dots: Those that have names.
        width: Millimetres of the axes, about.
    """
    firsts: dict[Look, float] = {}
    for shown in dots:
        values = np.asarray(shown.values, dtype=np.float64)
        if np.isfinite(values).any():
            firsts.setdefault(shown.look, values[np.isfinite(values)][0])
    if len(firsts) < 2:
        return
    to_axes = axes.transScale + axes.transLimits
    at = {look: to_axes.transform((value, 0.0))[0] for look, value in firsts.items()}
    order = sorted(at, key=lambda look: -at[look])
    halves = np.array([width_of(k.label, style.SMALL, "bold") + 3.0 for k in order]) / width / 2.0
    middle = apart(np.minimum([at[look] for look in order], 1.0 - halves[0]), halves)
    for look, place in zip(order, middle, strict=True):
        axes.annotate(
            look.label, (at[look], 1.0), (place, 1.0), xycoords="axes fraction", ha="center",
            textcoords="axes fraction", va="top", color=look.colour, fontsize=style.SMALL,
            fontweight="bold", annotation_clip=False,
        )  # fmt: skip


def maps(
    title: str,
    shown: Mapping[str, Mapping[str, float]],
    label: str,
    bounds: tuple[float, float],
    deck: str = "",
    source: str = "",
    hatched: Collection[str] = (),
) -> Figure:
    """Draw maps with one scale of colours.

    Args:
        title: The finding.
        shown: A title, and a value per ISO code, for each map; NaN: no value.
        label: What the values are, with their unit.
        bounds: Values of the first and the last colour; 0 is pale.
        deck: What is shown.
        source: Which runs these are.
        hatched: ISO codes of countries of which nothing is claimed.
    """
    if left_out := [*shown][MOST_MAPS:]:
        source += f" Left out, for want of room: {', '.join(left_out)}."
        shown = dict(islice(shown.items(), MOST_MAPS))
    columns, width = (1, ONE_AND_HALF) if len(shown) == 1 else (2, style.TWO)
    height = map_height(((sheet().width or width) - 2.0 * EDGE) / columns)
    figure, axes = canvas(
        title, deck, f"{source} {MAP_NOTE}", width=width, panels=len(shown), columns=columns,
        panel_height=height,
    )  # fmt: skip
    low, high = bounds
    reach = max(-low, high)
    edges = np.linspace(low, high, CLASSES * (1 + (low < 0.0 < high)) + 1)
    middles = (edges[1:] + edges[:-1]) / 2.0
    colours: Any = style.OPPOSED((1.0 + middles / reach) / 2.0)
    if low == 0.0:
        colours = style.COLOUR_SCALE(np.linspace(0.0, 1.0, CLASSES))
    palette = LinearSegmentedColormap.from_list("classes", colours, N=len(colours))
    scale = BoundaryNorm(edges, len(colours))
    with matplotlib.rc_context(style.SETTINGS):
        for ax, (name, values) in zip(axes, shown.items(), strict=True):
            draw_map(ax, values, scale, palette, hatched)
            ax.set_aspect("equal")
            ax.set_title("\n".join(wrapped(name, width / columns - 3.0 * EDGE, style.TEXT)))
        bar = figure.colorbar(
            matplotlib.cm.ScalarMappable(scale, palette), ax=axes, orientation="horizontal",
            fraction=0.025, aspect=36, shrink=0.6, pad=0.02, ticks=edges, anchor=(0.0, 0.5),
        )  # fmt: skip
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0.0)
        bar.ax.set_xlabel(label, loc="left")
    return figure


def looks(labels: Iterable[str]) -> list[Look]:
    """Return a colour, dash and marker for each of a few things; the baseline's is dashed grey.

    Where there are more than colours, a colour occurs again with another dash and marker.
    """
    signs = cycle(
        (colour, style.SIGNS[(at + turn) % len(style.SIGNS)][1], again or marker)
        for turn, again in enumerate(("", "X", "*", "<", ">"))
        for at, (colour, _, marker) in enumerate(style.SIGNS)
    )
    usual = (style.QUIET_INK, style.DASHED)
    return [Look(n, *(usual if n.lower() == BASELINE else next(signs))) for n in labels]
