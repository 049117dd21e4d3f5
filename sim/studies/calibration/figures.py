"""Figures of a calibration: what the evidence says of parameters, and how the targets are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.figures.axes import round_numbers
from sim.figures.findings import MOST_NAMED, in_sentence, listed
from sim.figures.register import figure
from sim.figures.rows import bar_entry, interval, new_rows, zero_line
from sim.figures.style import (
    BLUE,
    FIGURE_WIDTH,
    GRID,
    MARKER_SIZE,
    PALE_INK,
    QUIET_INK,
    SMALL_TEXT,
    VERMILLION,
)
from sim.figures.text import UNBROKEN, text_width
from sim.studies.calibration.tables import NARROW, ParameterSummary, TargetSummary
from sim.studies.calibration.words import by_width
from sim.studies.sensitivity.figures import name_of
from sim.world.countries import target_label

CALIBRATION = "calibration"
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


@figure(CALIBRATION, "parameters", "What the published figures say of parameters")
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
    lows, highs = (
        max(text_width(pair[at], SMALL_TEXT) for pair in ends) + 2 * ROOM for at in range(2)
    )
    usual = BLUE if known else PALE_INK
    legend: list[Any] = [
        Patch(facecolor=GRID, label="plausible range"),
        bar_entry(usual, MIDDLE, f"90{UNBROKEN}%"),
        bar_entry(usual, WIDE, f"50{UNBROKEN}%"),
        Line2D([], [], color=VERMILLION, marker="|", linestyle="", markersize=MARKER_SIZE + 3,
               markeredgewidth=1.4, label="default"),
    ]  # fmt: skip
    drawn, axes = new_rows(
        manifest,
        _finding(parameters, known),
        names,
        "Share of the plausible range",
        legend,
        _note(parameters, known, shown),
        question="What do the published figures say of parameters?",
        row=ROW,
        margins=(lows, 2 * ROOM + highs),
    )
    width = axes.get_position().width * FIGURE_WIDTH
    for y, (one, (low, high)) in enumerate(zip(shown, ends, strict=True)):
        places, colour = one.places, BLUE if one.identified else PALE_INK
        axes.barh(y, 1.0, height=PRIOR_HEIGHT, color=GRID, zorder=1.0)
        interval(axes, y, places["q05"], places["q95"], colour, MIDDLE)
        interval(axes, y, places["q25"], places["q75"], colour, WIDE)
        default = _place(one)
        if 0.0 <= default <= 1.0:
            axes.vlines(default, y - TICK, y + TICK, color=VERMILLION, linewidth=1.4, zorder=4.0)
        for x, text, side in ((-ROOM / width, low, "right"), (1.0 + ROOM / width, high, "left")):
            axes.text(x, y, text, ha=side, va="center_baseline", fontsize=SMALL_TEXT,
                      color=QUIET_INK, clip_on=False)  # fmt: skip
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    return drawn


def _finding(parameters: Sequence[ParameterSummary], known: Sequence[ParameterSummary]) -> str:
    """Which parameters the published figures narrow, or how few."""
    if not known:
        return "The published figures narrow none of the parameters"
    finding = f"The published figures narrow {len(known)} of {len(parameters)} parameters"
    if len(known) > MOST_NAMED:
        return finding
    return f"{finding}: {listed([in_sentence(one.factor.title) for one in known])}"


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


@figure(CALIBRATION, "targets", "Published figures and the calibrated model")
def figure_targets(targets: Sequence[TargetSummary], manifest: Mapping[str, Any]) -> Figure:
    """The published figures against the weighted ensemble of single histories.

    Args:
        targets: The targets.
        manifest: What identifies the calibration, for the caption.
    """
    names = [f"{target_label(target.aim.id)}: {target.aim.observed:g}" for target in targets]
    legend: list[Any] = [
        Patch(facecolor=GRID, label=f"published ±{UNBROKEN}2 standard errors"),
        *(
            bar_entry(BLUE, size, f"{share}{UNBROKEN}%")
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
    if any(ends["q025"] == ends["q975"] for ends in scaled):
        note += " An upright: all histories say the same."
    if reach > limit:
        note += " Bands are cut at the panel's edge; arrows: the whole band lies beyond."
    inside = sum(target.inside for target in targets)
    drawn, axes = new_rows(
        manifest,
        f"{inside} of {len(targets)} published figures lie within the calibrated model's runs",
        names,
        "Model less published, standard errors of the figure",
        legend,
        note,
        question="Does the calibrated model meet the figures that it was calibrated to?",
        row=ROW,
    )
    axes.axvspan(-2.0, 2.0, color=GRID, linewidth=0.0, zorder=0.3)
    zero_line(axes)
    for y, (one, ends) in enumerate(zip(targets, scaled, strict=True)):
        colour = BLUE if one.inside else VERMILLION
        for low, high, size in (
            ("q025", "q975", NARROW_LINE), ("q05", "q95", MIDDLE), ("q25", "q75", WIDE),
        ):  # fmt: skip
            interval(axes, y, ends[low], ends[high], colour, size)
        if ends["q025"] > limit or ends["q975"] < -limit:
            side = 1.0 if ends["q025"] > limit else -1.0
            axes.plot(side * limit, y, marker=">" if side > 0.0 else "<", color=colour,
                      markersize=MARKER_SIZE, clip_on=False, zorder=4.0)  # fmt: skip
    axes.set_xlim(-limit, limit)
    round_numbers(axes.xaxis, 9)
    axes.grid(visible=False)
    return drawn


def _number(value: float | None) -> str:
    assert value is not None
    text = f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"
    return text.replace("-", "−")


def _place(one: ParameterSummary) -> float:
    """Return where in its range a parameter's default lies."""
    low, high = one.factor.low, one.factor.high
    assert low is not None and high is not None
    return (one.default - low) / (high - low)
