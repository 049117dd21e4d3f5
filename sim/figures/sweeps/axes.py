"""Axes of a sweep's figures: a factor below, and the room it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from sim.arrays import Floats
from sim.figures.scale import round_ticks
from sim.figures.style import SMALL_TEXT, TEXT
from sim.figures.sweeps.factors import ShownFactor
from sim.figures.text import fit, fits, number_texts, text_width

LABEL_LINE = 0.145
"""Inches of a line of an axis' label."""
TICK_LINE = 0.135
"""Inches of a line of the texts at an axis' ticks."""
TICK_DISTANCE = 0.085
"""Inches from a panel to the texts at its ticks."""
LABEL_GAP = 0.05
"""Inches between the texts at an axis' ticks and its label."""
TEXT_GAP = 0.07
"""Least inches between two texts side by side."""
MOST_TICK_LINES, MOST_LABEL_LINES = 3, 3
MOST_UPRIGHT = 1.1
"""Inches of a text that is turned by a right angle."""
SIDE_ROOM = 0.05
"""Share of a number's axis left free at both ends."""
LABEL_ROOM = 0.55
"""How far a label's axis reaches beyond its first and last label, in steps."""


def label_lines(text: str, length: float) -> list[str]:
    """An axis' label in lines that fit beside an axis so many inches long."""
    return fit(text, TEXT, length, MOST_LABEL_LINES)


def below_axis(factor: ShownFactor, width: float, step: float = 0.0) -> float:
    """Inches that a factor needs below an axis.

    Args:
        factor: What varies along the axis.
        width: Inches of the axis.
        step: Inches between labels; 0: as :func:`factor_axis` places them.
    """
    ticks = label_ticks(factor, step or label_step(factor, width)).height
    label = len(label_lines(factor.axis_text, width))
    return TICK_DISTANCE + ticks + LABEL_GAP + label * LABEL_LINE


def label_step(factor: ShownFactor, width: float) -> float:
    """Inches between labels on an axis so many inches wide."""
    return width / (len(factor.levels) - 1 + 2 * LABEL_ROOM)


@dataclass(frozen=True)
class LabelTicks:
    """The texts below a factor's labels.

    Attributes:
        texts: One for each label, perhaps of several lines.
        upright: Whether they are turned by a right angle.
        height: Inches that they need.
    """

    texts: list[str]
    upright: bool
    height: float

    def write(self, axes: Axes, every: int = 1) -> None:
        """Write them below places 0, 1, … of a panel, or each second, third and so on."""
        axes.set_xticks(range(0, len(self.texts), every), self.texts[::every])
        if self.upright:
            axes.tick_params(axis="x", labelrotation=90)


def label_ticks(factor: ShownFactor, step: float) -> LabelTicks:
    """Texts below labels that stand so many inches apart: level if they fit, else upright."""
    if not factor.labelled:
        return LabelTicks(factor.texts, upright=False, height=TICK_LINE)
    room = step - TEXT_GAP
    if all(fits(text, SMALL_TEXT, room, MOST_TICK_LINES) for text in factor.texts):
        lines = [fit(text, SMALL_TEXT, room, MOST_TICK_LINES) for text in factor.texts]
        height = max(len(text) for text in lines) * TICK_LINE
        return LabelTicks(["\n".join(text) for text in lines], upright=False, height=height)
    most = max(1, int(room / TICK_LINE))
    lines = [fit(text, SMALL_TEXT, MOST_UPRIGHT, min(most, 2)) for text in factor.texts]
    height = max(text_width(line, SMALL_TEXT) for text in lines for line in text)
    return LabelTicks(["\n".join(text) for text in lines], upright=True, height=height)


def factor_axis(axes: Axes, factor: ShownFactor, width: float) -> None:
    """Set the axis below a panel: labels evenly spaced, or a number's values.

    Args:
        axes: The panel.
        factor: What varies along the axis.
        width: Length of the axis in inches.
    """
    if factor.labelled:
        last = len(factor.levels) - 1
        label_ticks(factor, label_step(factor, width)).write(axes)
        axes.set_xlim(-LABEL_ROOM, last + LABEL_ROOM)
        axes.tick_params(axis="x", length=0.0)
        axes.grid(axis="x", visible=False)
    else:
        _number_axis(axes, factor, width)
    axes.set_xlabel("\n".join(label_lines(factor.axis_text, width)), linespacing=1.1)


def _number_axis(axes: Axes, factor: ShownFactor, width: float) -> None:
    low, high = float(factor.numbers[0]), float(factor.numbers[-1])
    if not factor.listed:
        low, high = min(low, factor.low), max(high, factor.high)
    if low == high:
        room = 0.5 * abs(low) or 0.5
        axes.set_xlim(low - room, high + room)
        axes.set_xticks([low], factor.texts)
        return
    if factor.log:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        reach = (high / low) ** SIDE_ROOM
        axes.set_xlim(low / reach, high * reach)
    else:
        reach = SIDE_ROOM * (high - low)
        axes.set_xlim(low - reach, high + reach)
    ticks, texts = _number_ticks(factor, low, high, width)
    axes.set_xticks(ticks, texts)


def _number_ticks(
    factor: ShownFactor, low: float, high: float, width: float
) -> tuple[Floats, list[str]]:
    """The factor's own values where they have room; else round numbers, as many as have."""
    candidates = [factor.numbers] if factor.listed else []
    if factor.log:
        candidates += [_round_numbers(low, high, digits) for digits in ((1, 2, 5), (1, 3), (1,))]
        candidates.append(np.array([low, high]))
    else:
        candidates += [round_ticks(low, high, most, 1e-9) for most in (6, 5, 4, 3, 2, 1)]
    usable = [ticks for ticks in candidates if ticks.size > 1]
    for ticks in usable:
        texts = number_texts(ticks)
        numbers = np.log([low, high, *ticks]) if factor.log else np.array([low, high, *ticks])
        places = (numbers[2:] - numbers[0]) / (numbers[1] - numbers[0])
        places = places * width / (1.0 + 2.0 * SIDE_ROOM)
        widths = np.array([text_width(text, SMALL_TEXT) for text in texts])
        needed = (widths[1:] + widths[:-1]) / 2.0 + TEXT_GAP
        if (np.diff(places) >= needed).all():
            return ticks, texts
    ends = np.array([low, high])
    return ends, number_texts(ends)


def _round_numbers(low: float, high: float, digits: Sequence[int]) -> Floats:
    """Round numbers on a logarithmic axis."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    numbers = np.array([digit * 10.0**power for power in powers for digit in digits])
    inside: Floats = numbers[(numbers >= low * (1 - 1e-9)) & (numbers <= high * (1 + 1e-9))]
    return inside
