"""Figures of a calibration: what the evidence says of parameters, and how the targets are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.figures.sheet import EDGE, Frame, Grid, new_sheet
from sim.figures.style import (
    BLUE,
    FIGURE_WIDTH,
    GRID,
    INK,
    MARKER_SIZE,
    PALE_INK,
    QUIET_INK,
    SMALL_TEXT,
    THIN_LINE,
    VERMILLION,
    in_house_style,
)
from sim.figures.text import UNBROKEN, text_width
from sim.studies.calibration.tables import NARROW, ParameterSummary, TargetSummary
from sim.studies.calibration.words import by_width
from sim.studies.sensitivity.figures import GAP, Origin, name_of
from sim.studies.validation.figures import SHORT

MOST_PARAMETERS = 30
"""Parameters that the figure shows; the table holds all."""
LEAST_SHOWN = 12
"""Parameters that are shown at least; in grey those that are not identified."""
ROW = 0.24
"""Inches of a row."""
PRIOR_HEIGHT = 0.62
"""Height of the bar that is the plausible range, of the row's."""
WIDE, MIDDLE, NARROW_LINE = 4.2, 2.2, 0.9
"""Points of the lines of the 50 %, 90 % and 95 % intervals."""
ROOM = 0.04
"""Inches between a range's end and its number."""
MOST_LIMIT = 8.0
"""Standard errors that the panel of targets shows at most."""
TICK = 0.34
"""Half the height of the mark of a default, of the row's."""
SPARE = 1.08
"""How much farther than the farthest band the panel of targets reaches."""
THOUSAND = 1000.0
"""Numbers from here on are written whole, with a comma."""
LEAST_LIMIT = 3.0
"""Standard errors that it shows at least."""


@in_house_style
def figure_parameters(
    parameters: Sequence[ParameterSummary], manifest: Mapping[str, Any]
) -> Figure:
    """Posterior intervals of the identified parameters within their plausible ranges.

    Where few are identified, the narrowest of the others are shown in grey.

    Args:
        parameters: All that were varied, in any order.
        manifest: What identifies the calibration, for the caption.
    """
    order = by_width(parameters)
    known = [one for one in order if one.identified]
    rest = [one for one in order if not one.identified]
    shown = [*known[:MOST_PARAMETERS], *rest[: max(0, LEAST_SHOWN - len(known))]]
    names = [name_of(one.factor) for one in shown]
    ends = [(_number(one.factor.low), _number(one.factor.high)) for one in shown]
    left = EDGE + max(text_width(name, SMALL_TEXT) for name in names) + GAP
    lows, highs = (
        max(text_width(pair[at], SMALL_TEXT) for pair in ends) + 2 * ROOM for at in range(2)
    )
    usual = BLUE if known else PALE_INK
    legend: list[Any] = [
        Patch(facecolor=GRID, label="plausible range"),
        _line(usual, MIDDLE, f"90{UNBROKEN}%"),
        _line(usual, WIDE, f"50{UNBROKEN}%"),
        Line2D([], [], color=VERMILLION, marker="|", linestyle="", markersize=MARKER_SIZE + 3,
               markeredgewidth=1.4, label="default"),
    ]  # fmt: skip
    figure, (axes,) = new_sheet(
        Origin(manifest),
        "What the published figures say of parameters",
        Grid(panel_height=ROW * len(shown) + 0.06, left=left + lows, right=EDGE + highs),
        Frame(0.0, 1.0),
        legend,
        note=_note(parameters, known, shown),
        timeless={0},
    )
    width = FIGURE_WIDTH - left - lows - EDGE - highs
    for y, (one, (low, high)) in enumerate(zip(shown, ends, strict=True)):
        places, colour = one.places, BLUE if one.identified else PALE_INK
        axes.barh(y, 1.0, height=PRIOR_HEIGHT, color=GRID, zorder=1.0)
        _interval(axes, y, places["q05"], places["q95"], colour, MIDDLE)
        _interval(axes, y, places["q25"], places["q75"], colour, WIDE)
        default = _place(one)
        if 0.0 <= default <= 1.0:
            axes.vlines(default, y - TICK, y + TICK, color=VERMILLION, linewidth=1.4, zorder=4.0)
        for x, text, side in ((-ROOM / width, low, "right"), (1.0 + ROOM / width, high, "left")):
            axes.text(x, y, text, ha=side, va="center_baseline", fontsize=SMALL_TEXT,
                      color=QUIET_INK, clip_on=False)  # fmt: skip
    _rows(axes, names, pad=lows * 72.0)
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Share of the plausible range", x=1.0, ha="right")
    return figure


def _note(
    parameters: Sequence[ParameterSummary],
    known: Sequence[ParameterSummary],
    shown: Sequence[ParameterSummary],
) -> str:
    least = f"{NARROW * 100:.0f}{UNBROKEN}%"
    text = (
        f"Identified are {len(known)} of {len(parameters)} parameters: their 90{UNBROKEN}%"
        f" interval is narrower than {least} of what it was, beyond sampling error."
    )
    if len(shown) < len(known):
        text += f" The {len(shown)} narrowest are shown."
    left, grey = len(parameters) - len(known), len(shown) - len(known)
    if left:
        text += f" The figures say nothing, or too little, of the other {left}"
        text += f"; the {grey} narrowest of them in grey." if grey > 0 else "."
    return text


@in_house_style
def figure_targets(targets: Sequence[TargetSummary], manifest: Mapping[str, Any]) -> Figure:
    """The published figures against the weighted ensemble of single histories.

    Args:
        targets: The targets.
        manifest: What identifies the calibration, for the caption.
    """
    names = [f"{_label(target.aim.id)}: {target.aim.observed:g}" for target in targets]
    widest = max(text_width(name, SMALL_TEXT) for name in names)
    legend: list[Any] = [
        Patch(facecolor=GRID, label=f"published ±{UNBROKEN}2 standard errors"),
        *(
            _line(BLUE, size, f"{share}{UNBROKEN}%")
            for size, share in ((NARROW_LINE, 95), (MIDDLE, 90), (WIDE, 50))
        ),
    ]
    note = (
        "Bands of single histories over the weighted parameter sets, less the published figure, in"
        " its standard errors."
    )
    if any(not target.inside for target in targets):
        note += f" Orange: the figure lies outside the 95{UNBROKEN}% band."
    scaled = [
        {name: (end - one.aim.observed) / one.aim.sigma for name, end in one.ends.items()}
        for one in targets
    ]
    reach = max(max(abs(ends["q025"]), abs(ends["q975"])) for ends in scaled)
    limit = min(max(reach * SPARE, LEAST_LIMIT), MOST_LIMIT)
    if reach > limit:
        note += " Bands are cut at the panel's edge; arrows: the whole band lies beyond."
    figure, (axes,) = new_sheet(
        Origin(manifest),
        "Published figures and the calibrated model",
        Grid(panel_height=ROW * len(targets) + 0.06, left=EDGE + widest + GAP),
        Frame(0.0, 1.0),
        legend,
        note=note,
        timeless={0},
    )
    axes.axvspan(-2.0, 2.0, color=GRID, linewidth=0.0, zorder=0.3)
    axes.axvline(0.0, color=QUIET_INK, linewidth=THIN_LINE, zorder=1.0)
    for y, (one, ends) in enumerate(zip(targets, scaled, strict=True)):
        colour = BLUE if one.inside else VERMILLION
        for low, high, size in (
            ("q025", "q975", NARROW_LINE), ("q05", "q95", MIDDLE), ("q25", "q75", WIDE),
        ):  # fmt: skip
            _interval(axes, y, ends[low], ends[high], colour, size)
        if ends["q025"] > limit or ends["q975"] < -limit:
            side = 1.0 if ends["q025"] > limit else -1.0
            axes.plot(side * limit, y, marker=">" if side > 0.0 else "<", color=colour,
                      markersize=MARKER_SIZE, clip_on=False, zorder=4.0)  # fmt: skip
    _rows(axes, names)
    axes.set_xlim(-limit, limit)
    axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
    axes.set_xlabel("Model less published, standard errors of the figure", x=1.0, ha="right")
    return figure


def _rows(axes: Axes, names: Sequence[str], pad: float = 3.5) -> None:
    """Name the rows, the first at the top."""
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0.0, labelcolor=INK, pad=pad)
    axes.grid(visible=False)


def _interval(axes: Axes, y: int, low: float, high: float, colour: str, size: float) -> None:
    axes.hlines(y, low, high, color=colour, linewidth=size, zorder=3.0, capstyle="butt")


def _line(colour: str, size: float, label: str) -> Line2D:
    return Line2D([], [], color=colour, linewidth=size, solid_capstyle="butt", label=label)


def _number(value: float | None) -> str:
    assert value is not None
    text = f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"
    return text.replace("-", "−")


def _label(name: str) -> str:
    """Return a target's name in words."""
    return " ".join(SHORT.get(word, word) for word in name.split("_"))


def _place(one: ParameterSummary) -> float:
    """Return where in its range a parameter's default lies."""
    low, high = one.factor.low, one.factor.high
    assert low is not None and high is not None
    return (one.default - low) / (high - low)
