"""Texts: how wide they are, and where to break them."""

import re
from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from sim.figures.style import FONT

POINTS_AN_INCH = 72.0
UNBROKEN = "\u00a0"
"""A space at which no line is broken."""
CUT = "…"
"""Ends a text that was cut."""


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
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
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
    lines: list[str] = []
    for word in text.split(" "):
        gap = " "
        for piece in _pieces(word, size, width, weight):
            longer = f"{lines[-1]}{gap}{piece}" if lines else piece
            if lines and text_width(longer, size, weight) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
            gap = ""
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
