"""Parts of figures: curves over time, areas, and their names."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from sim.figures import style
from sim.figures.canvas import EDGE, TEXT_LINE, canvas, keep_numbers, sheet
from sim.figures.style import MM, ONE_AND_HALF, POINT, Look, wrapped
from sim.model.parameters import Outcome
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.titles import GOES_ON
from sim.scenario import BASELINE
from sim.scenario.keys import SCENARIO
from sim.world.arrays import Floats
from sim.world.seeds import shipped_seeds

POINTS = "Points: published, ± 2 standard errors; triangles: at least, at most{missed}."
POINT_WORDS = ("points", "scenarios")
MARKERS = {"value": "o", "lower": "^", "upper": "v"}
# Millimetres of a label next to a curve, of a line of it, and of numbers beside an axis.
LABEL_WIDTH, LABEL_LINE, NUMBERS = 23.0, 2.7, 6.0
LINES = "Line: mean of runs"
BANDS = "; bands: middle 50% and 90%"
RANGES = "; bars at the right: middle 90% in the last year"
OPACITY = {("q05", "q95"): 0.14, ("q25", "q75"): 0.22, ("low", "high"): 0.22}
RANGE_WIDTH = 2.2
# Millimetres between ranges next to a panel.
RANGE_STEP = 1.6
SHARE = "share"
TITLES = " / "
# Millimetres: with narrower panels, a row has fewer.
LEAST_PANEL = 34.0
# Millimetres of a single panel, and of one of several.
HIGH, LOW = 48.0, 26.0
# Millimetres by which text is lowered to be level with its object.
LOWERED = 0.2
# Millimetres from axes to a name, and to a name with a line.
GAPS = (1.2, 3.2)
# With more letters, the source line omits titles of scenarios.
LONG = 100


def unit_of(outcome: Outcome) -> str:
    return outcome.unit.replace(SHARE, "%", 1)


def factor_of(outcome: Outcome) -> float:
    return PERCENT if outcome.unit.split(" ")[0] == SHARE else 1.0


def change_unit(outcome: Outcome) -> str:
    return "percentage points" if factor_of(outcome) == PERCENT else unit_of(outcome)


def source(results: Results, varied: str = "") -> str:
    points = (
        f"{results.n_points:,} {POINT_WORDS[set(results.design) == {SCENARIO}]} × "
        if results.n_points > 1
        else ""
    )
    sets = "plausible parameter sets" if results.plausible_sha256 else "documented parameters"
    sets = f"{varied}; all others: {sets}" if varied else sets
    runs = "1 run" if results.n_runs == 1 else f"{results.n_runs:,} runs"
    version = f"seed {results.seed} · Entrench {results.version}"
    title = _heading(results)
    title = "" if len(title) > LONG else f"{title} · "
    return f"{title}{points}{runs}, {sets} · {version}."


def _heading(results: Results) -> str:
    alone = results.n_points == 1 < results.folders[0].n_points
    title = f"{results.title}, {results.name}" if alone else results.title or results.name
    parts = results.heading.replace(results.name, title, 1).split(TITLES)
    return TITLES.join(GOES_ON if part.lower() == BASELINE and parts[1:] else part
                       for part in parts)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A curve, and its look.

    `curve` has `mean` and quantiles over the runs (`q05` to `q95`), or `low` and `high`, by year or
    by what its index is called. If `stepped`, it stays level from one row to the next.
    `published` has `year`, `value`, `error`, `bound`, `missed`.
    """

    look: Look
    curve: pd.DataFrame
    published: pd.DataFrame = field(default_factory=pd.DataFrame)
    stepped: bool = False

    @property
    def bands(self) -> list[tuple[str, str]]:
        """Pairs of columns that bound a band, the widest first."""
        return [ends for ends in OPACITY if set(ends) <= set(self.curve)]


@dataclass(frozen=True)
class Panel:
    """Curves that share two axes.

    The first curve has bands; others have a bar at their end. Without `bounds` the vertical axis
    begins at 0, or as the curves need.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    bounds: tuple[float, float] | None = None


def draw_line(
    axes: Axes, shown: Line, beside: float | None = None, *, with_bands: bool = True
) -> None:
    """Draw a mean, and its bands.

    `beside` is the distance in millimetres from the axes to the last range; None: no range.
    """
    curve, look = shown.curve, shown.look
    by = curve.index.name or "year"
    keep_numbers(axes, look.label, curve.rename_axis(index=by, columns=None).reset_index())
    if len(shown.published):
        keep_numbers(axes, f"{look.label}, published", shown.published.drop(columns="missed"))
    for low, high in shown.bands if with_bands else ():
        axes.fill_between(
            curve.index, curve[low], curve[high], color=look.colour, linewidth=0.0,
            alpha=OPACITY[low, high], step="post" if shown.stepped else None,
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
        marker="o" if len(curve) == 1 else "", drawstyle="steps-post" if shown.stepped else None,
    )  # fmt: skip
    for row in shown.published.itertuples():
        colour = style.MISSED if row.missed else style.INK
        axes.errorbar(
            row.year, row.value, yerr=row.error or None, color=colour, marker=MARKERS[row.bound],
            markersize=3.2, markeredgewidth=0.6, mfc=look.colour, lw=0.6, zorder=4, clip_on=False,
        )  # fmt: skip


def over_time(
    results: Results, title: str, panels: Sequence[Panel], deck: str = "", *, columns: int = 1,
    note: str = "", width: float = ONE_AND_HALF, unit: str = "",
) -> Figure:  # fmt: skip
    """Draw panels over time.

    Advice on reading is added to `deck`, and `note` to the source line. With a `unit`, all panels
    share one vertical axis.
    """
    whole = sheet().width or width
    columns = max(1, min(len(panels), columns, int(whole / LEAST_PANEL)))
    every = [shown for panel in panels for shown in panel.lines]
    of_runs = {
        LINES: any("q05" in shown.curve for shown in every),
        BANDS: any("q25" in panel.lines[0].curve for panel in panels),
        RANGES: any("q05" in shown.curve for panel in panels for shown in panel.lines[1:]),
    }
    missed = any(len(s.published) and s.published["missed"].any() for s in every)
    reading = "".join(words for words, needed in of_runs.items() if needed)
    crossed = any(map(_crosses, every))
    notes = {
        deck: deck,
        f"{reading}.": reading,
        POINTS.format(missed="; red: missed" * missed): any(len(s.published) for s in every),
        f"Vertical line: {history_label()}.": panels[0].title and crossed,
    }
    deck = " ".join(words for words, needed in notes.items() if needed)
    height = HIGH if len(panels) <= columns else LOW
    shared = len({tuple(s.look for s in panel.lines) for panel in panels}) == 1
    named = LABEL_WIDTH * (1 if shared else columns) * any(panel.lines[1:] for panel in panels)
    room = min((whole - 2.0 * EDGE - named) / columns - NUMBERS, 2.2 * LABEL_WIDTH)
    heads = [wrapped(_head(panel), room, style.TEXT) for panel in panels]
    further = TEXT_LINE * max(0, *(len(head) - 1 for head in heads))
    figure, axes = canvas(
        title, deck, f"{source(results)} {note}".strip(), width=width, panels=len(panels),
        columns=columns, panel_height=height + further, sharex=True, sharey=bool(unit),
    )  # fmt: skip
    with matplotlib.rc_context(style.SETTINGS):
        for ax, panel in zip(axes, panels, strict=True):
            # The first is drawn last, on top of the others.
            for at, shown in reversed([*enumerate(panel.lines)]):
                several = len(panel.lines) > 1
                draw_line(ax, shown, RANGE_STEP * (at + 1) if several else None, with_bands=not at)
        # Panels may share an axis: limits are set when all is drawn.
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
            ax.set_title("\n".join(heads[place]))
            _finish(ax, panel, first=place == 0)
            if sheet().plain and (unit or not panel.title) and place % columns == 0:
                ax.set_ylabel("\n".join(wrapped(unit or panel.unit, height, style.SMALL)))
            if place >= len(panels) - columns:
                ax.tick_params(labelbottom=True)
            ends = {s.look: float(s.curve["mean"].iloc[-1]) for s in panel.lines if len(s.curve)}
            known = {look: end for look, end in ends.items() if np.isfinite(end)}
            # Of panels with the same curves, the one at the end of the first row has the names.
            if len(panel.lines) > 1 and (not shared or place == columns - 1):
                bars = max([0, *(k + 1 for k, s in enumerate(panel.lines) if s.bands)])
                place_labels(ax, known, height, RANGE_STEP * bars)
    return figure


def _head(panel: Panel) -> str:
    unit = "" if panel.title.lower() == panel.unit.lower() or not panel.title else panel.unit
    return f"{panel.title}, {unit}" if unit else panel.title


def _finish(ax: Axes, panel: Panel, *, first: bool) -> None:
    if any(map(_crosses, panel.lines)):
        ax.axvline(history_end(), color=style.PALE, lw=style.THIN_LINE, zorder=0.5)
        if first and not panel.title:
            ax.text(
                history_end(), 1.0, f"{history_label()} ", transform=ax.get_xaxis_transform(),
                fontsize=style.SMALL, color=style.QUIET_INK, va="bottom", ha="right",
            ).set_in_layout(False)  # fmt: skip
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
    """Return places, in falling order, moved up and down until they do not overlap.

    `halves` is half of the room of each. None is above 1, or below 0 if the room suffices.
    """
    touching = 2.0 * np.cumsum(halves) - halves
    if not len(places):
        return places
    up_to = max(places[0], 1.0 - halves[0]) + touching[0]
    lowered = np.minimum.accumulate(places + touching)
    lifted = np.maximum.accumulate((places + touching)[::-1])[::-1]
    middle = np.minimum((lowered + lifted) / 2.0, up_to) - touching
    return np.asarray(np.maximum(middle, 2.0 * halves.sum() - touching))


def place_labels(axes: Axes, ends: Mapping[Look, float], height: float, start: float = 0.0) -> None:
    """Write names on the right of axes, near values of the vertical axis, without overlap.

    `height` and `start`, the distance from the axes, are in millimetres.
    """
    low, high = axes.get_ylim()
    order = sorted(ends, key=lambda look: -ends[look])
    words = [wrapped(look.label, LABEL_WIDTH, style.SMALL, "bold") for look in order]
    places = np.array([(ends[look] - low) / (high - low) for look in order])
    middle = apart(places, np.array([LABEL_LINE * len(lines) / height / 2.0 for lines in words]))
    near, further = (
        ScaledTranslation((start + gap) * MM, 0.0, axes.figure.dpi_scale_trans) for gap in GAPS
    )
    # Where a line leads to a name, it would cross others that are nearer.
    far = bool((np.abs(middle - places) * height > LABEL_LINE).any())
    for look, lines, place, at in zip(order, words, places, middle, strict=True):
        if far:
            axes.annotate(
                "", (1.0, place), (1.0, at), xycoords=axes.transAxes + near,
                textcoords=axes.transAxes + further, annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": look.colour, "lw": style.THIN_LINE,
                            "shrinkA": 0.0, "shrinkB": 0.0},
            )  # fmt: skip
        write(
            axes, lines, (1.0, at), start + GAPS[far] + 0.4 * far, "axes fraction",
            color=look.colour, fontsize=style.SMALL, fontweight="bold",
        )  # fmt: skip


def write(
    axes: Axes, lines: Sequence[str], at: tuple[float, float], right: float, coordinates: Any,
    **text: Any,
) -> None:  # fmt: skip
    """Write lines of text vertically centred on a place, `right` millimetres from it."""
    axes.annotate(
        "\n".join(lines), at, (right / POINT, -LOWERED / POINT), xycoords=coordinates, va="center",
        textcoords="offset points", annotation_clip=False, linespacing=1.0, **text,
    )  # fmt: skip


def history_end() -> int:
    return shipped_seeds().last_year


def history_label() -> str:
    return f"inputs observed to {history_end()}"


def _crosses(shown: Line) -> bool:
    dates = shown.curve.index
    return len(dates) > 0 and min(dates) < history_end() < max(dates)


def looks(labels: Iterable[str]) -> list[Look]:
    """Return a look for each of a few labels; the baseline's is dashed grey."""
    # Beyond the number of colours, a colour occurs again with another dash.
    count, usual = len(style.SIGNS), (BASELINE, GOES_ON.lower())
    signs = ((style.SIGNS[at % count][0], style.SIGNS[(at + at // count) % count][1])
             for at in itertools.count())  # fmt: skip
    return [
        Look(name, style.QUIET_INK, style.DASHED)
        if name.lower() in usual
        else Look(name, *next(signs))
        for name in labels
    ]
