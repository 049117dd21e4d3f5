"""Texts: how wide they are, where to break them, and how numbers are written."""

import math
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from sim.arrays import Floats
from sim.figures.style import FONT

POINTS_AN_INCH = 72.0
UNBROKEN = "\u00a0"
"""A space at which no line is broken."""
CUT = "…"
"""Ends a text that was cut."""
MOST_DECIMALS = 6
FINE = 0.1
"""Share of the least gap between numbers by which writing them may be wrong."""
FINER = 0.02
"""The same for the bounds of ranges."""
EXACT = 1e-6
"""Share of that gap below which a number is written exactly."""
PLAIN_UNITS = ("", "1", "on or off")
"""Units that say nothing beside a title."""
GROUPED_FROM = 10_000
"""Numbers from here on are written with commas between thousands."""


def with_unit(title: str, unit: str) -> str:
    """A quantity's title with its unit, as an axis says it."""
    return title if unit in PLAIN_UNITS else f"{title}, {unit}"


@cache
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of a line of text in inches.

    Args:
        text: Without line breaks.
        size: In points.
        weight: Normal or bold.
    """
    font = FontProperties(family=FONT, size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / POINTS_AN_INCH


def wrap(text: str, size: float, width: float, weight: str = "normal") -> list[str]:
    """Break a text into lines of at most `width` inches; a longer word stays whole."""
    return _lines([[word] for word in text.split(" ")], size, width, weight)


def _lines(words: Sequence[Sequence[str]], size: float, width: float, weight: str) -> list[str]:
    """Put the pieces of words into lines; a line may end after any piece."""
    lines: list[str] = []
    for word in words:
        gap = " "
        for piece in word:
            longer = f"{lines[-1]}{gap}{piece}" if lines else piece
            if lines and text_width(longer, size, weight) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
            gap = ""
    return lines


def fit(text: str, size: float, width: float, most_lines: int, weight: str = "normal") -> list[str]:
    """Break a text into at most so many lines of at most `width` inches each.

    Words longer than a line are broken after a hyphen, dot, slash or underscore, or else at any
    letter; a text that needs more lines is cut.

    Args:
        text: Without line breaks.
        size: In points.
        width: Inches.
        most_lines: How many lines there may be.
        weight: Normal or bold.
    """
    words = [_pieces(word, size, width, weight) for word in text.split(" ")]
    lines = _lines(words, size, width, weight)
    if len(lines) <= most_lines:
        return lines
    last = lines[most_lines - 1]
    while last and text_width(last + CUT, size, weight) > width:
        last = last[:-1]
    return [*lines[: most_lines - 1], last.rstrip(" ,;-") + CUT]


def fits(text: str, size: float, width: float, most_lines: int) -> bool:
    """Whether :func:`fit` neither cuts the text nor breaks a word at a letter."""
    parts = re.split(r"(?<=[-_./])| ", text)
    whole = all(text_width(part, size) <= width for part in parts)
    return whole and not fit(text, size, width, most_lines)[-1].endswith(CUT)


def _pieces(word: str, size: float, width: float, weight: str) -> list[str]:
    """A word in pieces that fit on a line."""
    if text_width(word, size, weight) <= width:
        return [word]
    pieces: list[str] = []
    for part in re.split(r"(?<=[-_./])", word):
        if text_width(part, size, weight) <= width:
            pieces.append(part)
        else:
            pieces += part
    return pieces


def number_texts(numbers: Floats, fine: float = FINE) -> list[str]:
    """Numbers with as many decimals as tell them apart, and a proper minus sign.

    Args:
        numbers: All that stand together.
        fine: Share of the least gap between them by which writing them may be wrong.
    """
    distinct = np.unique(numbers)
    gap = float(np.diff(distinct).min()) if distinct.size > 1 else abs(float(distinct[0]))
    errors = [float(np.abs(numbers - np.round(numbers, d)).max()) for d in range(MOST_DECIMALS + 1)]
    rough = next((d for d, error in enumerate(errors) if error <= fine * gap), MOST_DECIMALS)
    # One decimal more is welcome where it makes the numbers exact: 0.75 rather than 0.8.
    exact = rough < MOST_DECIMALS and errors[rough + 1] <= EXACT * gap < errors[rough]
    decimals = rough + 1 if exact else rough
    return [number_text(float(number), decimals) for number in numbers]


def number_text(number: float, decimals: int) -> str:
    """A number with so many decimals and a proper minus sign."""
    rounded = round(number, decimals) + 0.0
    comma = "," if abs(rounded) >= GROUPED_FROM else ""
    return f"{rounded:{comma}.{decimals}f}".replace("-", "−")


def range_texts(ends: Floats) -> list[str]:
    """Ranges, each with its two ends; one number where both are the same.

    Args:
        ends: Shape (ranges, 2).
    """
    decimals = decimals_for(float(ends.max() - ends.min()))
    return [range_text(float(low), float(high), decimals) for low, high in ends]


def range_text(low: float, high: float, decimals: int) -> str:
    """A range from its lower to its upper end."""
    first, last = number_text(low, decimals), number_text(high, decimals)
    if first == last:
        return first
    return f"{first} to {last}" if "−" in first + last else f"{first}–{last}"


def decimals_for(span: float) -> int:
    """Decimals with which numbers that span so much are told apart well enough."""
    if span <= 0.0:
        return 1
    return max(0, min(MOST_DECIMALS, 1 - math.floor(math.log10(span))))
