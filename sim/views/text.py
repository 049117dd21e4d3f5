"""Texts: how wide they are, and where to break them."""

from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from sim.views.style import FONT

POINTS_AN_INCH = 72.0
UNBROKEN = "\u00a0"
"""A space at which no line is broken."""


@cache
def text_width(text: str, size: float) -> float:
    """Width of a line of text in inches.

    Args:
        text: Without line breaks.
        size: In points.
    """
    font = FontProperties(family=FONT, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / POINTS_AN_INCH


def wrap(text: str, size: float, width: float) -> list[str]:
    """Break a text into lines of at most `width` inches; a longer word stays whole."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
