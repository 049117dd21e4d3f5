"""Parts of figures: curves over time, and their names."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, MultipleLocator
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
from sim.world.seeds import shipped_seeds

# Millimetres of a curve's name, of its line next to it, and of numbers beside an axis.
LABEL_WIDTH, SIGN, NUMBERS = 20.0, 7.9, 6.0
# Names with more letters, as those of points of a sweep, have twice the width.
LONG_NAME = 50
OPACITY = {("q05", "q95"): 0.14, ("q25", "q75"): 0.22, ("low", "high"): 0.22}
# Up to so many years, every second one has a tick, from the first on, which titles name; on a
# narrow sheet, where names of curves leave an axis little room, every fifth.
FEW_YEARS = 12
RANGE_WIDTH = 2.2
# Millimetres between ranges next to a panel.
RANGE_STEP = 1.6
# Units for which a stepped curve goes on level after its last step, so that the step is seen.
LEVEL = 0.4
SHARE = "share"
TITLES = " / "
# Millimetres: with narrower panels, a row has fewer.
LEAST_PANEL = 34.0
# Millimetres of a single panel, and of one of several.
HIGH, LOW = 48.0, 26.0
# Millimetres by which text is lowered to be level with its object.
LOWERED = 0.2
# With more letters, the source line omits titles of scenarios.
LONG = 100


def unit_of(outcome: Outcome) -> str:
    return outcome.unit.replace(SHARE, "%", 1)


def scale_of(outcome: Outcome) -> float:
    return PERCENT if outcome.unit.split(" ")[0] == SHARE else 1.0


def change_unit(outcome: Outcome) -> str:
    return "percentage points" if scale_of(outcome) == PERCENT else unit_of(outcome)


def source(results: Results, varied: str = "") -> str:
    words = "scenarios" if {*results.design} == {SCENARIO} else "points"
    if results.n_points > 1 and results.design[SCENARIO].nunique() == 1:
        words += f" of “{results.description(0)['title']}”"
    points = f"{results.n_points:,} {words} × " * (results.n_points > 1)
    sets = "plausible parameter sets" if results.plausible_sha256 else "documented parameters"
    sets = f"{varied}; all others: {sets}" if varied else sets
    runs = "1 run" if results.n_runs == 1 else f"{results.n_runs:,} runs"
    version = f"seed {results.seed} · Entrench {results.version}"
    title = "" if len(title := _heading(results)) > LONG else f"{title} · "
    known = ", decisions on record imposed" * bool(results.known(0))
    return f"{title}{points}{runs}, {sets}{known} · {version}."


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
    """

    look: Look
    curve: pd.DataFrame
    stepped: bool = False

    @property
    def bands(self) -> list[tuple[str, str]]:
        """Pairs of columns that bound a band, the widest first."""
        return [ends for ends in OPACITY if set(ends) <= set(self.curve)]

    @property
    def ends(self) -> pd.Series:
        return self.curve[[*self.bands[0]]].iloc[-1]


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
    if shown.stepped:
        curve = pd.concat([curve, curve.iloc[-1:].rename(index=lambda end: end + LEVEL)])
    for low, high in shown.bands if with_bands else ():
        axes.fill_between(
            curve.index, curve[low], curve[high], color=look.colour, linewidth=0.0,
            alpha=OPACITY[low, high], step="post" if shown.stepped else None,
        )  # fmt: skip
    if beside is not None and shown.bands:
        ends = shown.ends
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
        clip_on=False,
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
    others = [shown for panel in panels for shown in panel.lines[1:]]
    reading = (
        "Line: mean of runs" * any("q05" in shown.curve for shown in every)
        + "; bands: middle 50% and 90%" * any("q25" in panel.lines[0].curve for panel in panels)
        + "; bars at the right, in the order of names: middle 90% in the last year"
        * any("q05" in shown.curve for shown in others)
    )
    observed = f"Vertical line: inputs observed to {history_end()}." * any(map(_crosses, every))
    deck = " ".join(filter(None, (deck, f"{reading}." * bool(reading), observed)))
    height = HIGH if len(panels) <= columns else LOW
    shared = len({tuple(s.look for s in panel.lines) for panel in panels}) == 1
    named = (SIGN + LABEL_WIDTH) * (1 if shared else columns) * any(p.lines[1:] for p in panels)
    room = min((whole - 2.0 * EDGE - named) / columns - NUMBERS, 2.5 * LABEL_WIDTH)
    heads = [wrapped(_head(panel), room, style.TEXT) for panel in panels]
    further = TEXT_LINE * max(0, *(len(head) - 1 for head in heads))
    figure, axes = canvas(
        title, deck, f"{source(results)} {note}".strip(), width=width, panels=len(panels),
        columns=columns, panel_height=height + further, sharex=True, sharey=bool(unit),
    )  # fmt: skip
    with matplotlib.rc_context(style.SETTINGS):
        for ax, panel in zip(axes, panels, strict=True):
            # The first is drawn last, on top of the others; ranges are in the order of names, which
            # are those of one panel if all have the same curves.
            lines = panels[columns - 1].lines if shared else panel.lines
            ranged = by_end([s for s in lines if s.bands and s.ends.notna().all()])
            for at, shown in reversed([*enumerate(panel.lines)]):
                beside = RANGE_STEP * (ranged.index(shown.look) + 1) if shown.look in ranged else 0
                draw_line(ax, shown, beside if panel.lines[1:] else None, with_bands=not at)
        # Panels may share an axis: limits are set when all is drawn.
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
            ax.set_title("\n".join(heads[place]))
            _finish(ax, panel)
            if sheet().plain and (unit or not panel.title) and place % columns == 0:
                ax.set_ylabel("\n".join(wrapped(unit or panel.unit, height, style.SMALL)))
            if place >= len(panels) - columns:
                ax.tick_params(labelbottom=True)
            # Of panels with the same curves, the one at the end of the first row has the names.
            if len(panel.lines) > 1 and (not shared or place == columns - 1):
                name_curves(ax, panel.lines, RANGE_STEP * (len(panel.lines) + 0.5))
    return figure


def _head(panel: Panel) -> str:
    unit = "" if panel.title.lower() == panel.unit.lower() or not panel.title else panel.unit
    return f"{panel.title}, {unit}" if unit else panel.title


def _finish(ax: Axes, panel: Panel) -> None:
    if any(map(_crosses, panel.lines)):
        ax.axvline(history_end(), color=style.PALE, lw=style.THIN_LINE, zorder=0.5)
    ax.margins(x=0.0)
    ax.yaxis.set_major_formatter("{x:,.6g}")
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    first, last = ax.get_xlim()
    if 5 < last - first <= FEW_YEARS:
        narrow = (sheet().width or ONE_AND_HALF) < ONE_AND_HALF
        ax.xaxis.set_major_locator(MultipleLocator(5 if narrow else 2, first))
    curves = [shown.curve.fillna(0.0) for shown in panel.lines]
    if panel.bounds:
        ax.set_ylim(*panel.bounds)
    elif all((curve >= 0.0).all(axis=None) for curve in curves):
        ax.set_ylim(bottom=0.0)
    else:
        ax.axhline(0.0, color=style.PALE_INK, lw=style.THIN_LINE)


def name_curves(axes: Axes, lines: Sequence[Line], right: float = 0.0) -> None:
    """Name curves next to axes, `right` millimetres away, in the order of their ends."""
    # With ranges between axes and names, the first curve alone has bands.
    order, banded = by_end(lines), lines[0].look if right and lines[0].bands else None
    room = LABEL_WIDTH * (1 + any(len(look.label) > LONG_NAME for look in order))
    texts = [f"{look.label} (band)" if look == banded else look.label for look in order]
    names = ["\n".join(wrapped(text, room, style.SMALL)) for text in texts]
    shift = ScaledTranslation(right * MM, 0.0, axes.figure.dpi_scale_trans)
    axes.legend(
        [Line2D([], [], color=look.colour, linestyle=look.dash) for look in order], names,
        loc="center left", bbox_to_anchor=(1.0, 0.5), bbox_transform=axes.transAxes + shift,
        borderpad=0.0, borderaxespad=0.6, frameon=False, fontsize=style.SMALL, handlelength=3.3,
        handletextpad=0.5, labelcolor=[look.colour for look in order],
    )  # fmt: skip


def by_end(lines: Sequence[Line]) -> list[Look]:
    """Return the looks of curves in the order of their last means, the highest first."""
    ends = {shown.look: shown.curve["mean"].iloc[-1] for shown in lines if len(shown.curve)}
    return sorted((look for look in ends if np.isfinite(ends[look])), key=lambda at: -ends[at])


def write(
    axes: Axes, lines: Sequence[str], at: tuple[float, float], right: float, coordinates: Any,
    **text: Any,
) -> None:  # fmt: skip
    """Write lines of text vertically centred on a place, `right` millimetres from it."""
    axes.annotate(
        "\n".join(lines), at, (right / POINT, -LOWERED / POINT), xycoords=coordinates, va="center",
        textcoords="offset points", annotation_clip=False, linespacing=0.9, **text,
    )  # fmt: skip


def history_end() -> int:
    return shipped_seeds().last_year


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
