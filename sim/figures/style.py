"""The house style of all figures: sizes, colours, line styles and settings.

Sizes are those in print. Nothing is smaller than `SMALL` points.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.textpath import text_to_path

from sim.errors import InputError, nearest
from sim.parameters import Colour, Dash, Outcome
from sim.rules import SHIPPED

PNG_DPI = 300
"""Dots per inch of a PNG."""
MM = 1.0 / 25.4
"""Inches."""
POINT = 25.4 / 72.0
"""Millimetres."""
ONE, ONE_AND_HALF, TWO = 88.0, 120.0, 180.0
"""Millimetres: widths of one, one and a half and two columns of a journal."""

TITLE, TEXT, SMALL = 9.0, 7.0, 6.0
"""Points: of the finding; of deck, panels and rows; of numbers on axes, labels and source."""
FONTS = Path(__file__).parents[1] / "fonts"
"""A sans in the package, so text has the same size on every machine; its licence."""
for _face in FONTS.glob("*.ttf"):
    font_manager.fontManager.addfont(_face)
FAMILY = ["Entrench Sans", "DejaVu Sans"]
"""Letters that the first font lacks are taken from the second, which matplotlib has."""


LINE_WIDTH = 1.3
THIN_LINE = 0.5
MARKER_SIZE = 4.0
"""Points."""

INK = "#1a1a1a"
QUIET_INK = "#5b6168"
"""Grey with a contrast of 6 : 1 on white."""
PALE_INK = "#767d85"
PALE = "#b9bec4"
GRID = "#e6e8ea"

# A colour per meaning, in every figure.
CHINA = "#c24e00"
"""A working Chinese system, and the scenario in question."""
MODEL = "#0072b2"
"""The model next to evidence; and the West."""
MISSED = "#b3261e"
PUBLISHED = "#d5d9dd"

# Okabe & Ito (2008), "Color universal design": eight colours told apart by all kinds of sight.
COLOURS: Mapping[Colour, str] = {
    "black": "#000000",
    "blue": "#0072B2",
    "green": "#009E73",
    "ink": INK,
    "orange": "#E69F00",
    "purple": "#CC79A7",
    "sky blue": "#56B4E9",
    "vermillion": "#D55E00",
}

SOLID: Any = "solid"
DASHED: Any = (0, (4.5, 1.6))
DOTTED: Any = (0, (1.2, 1.3))
DASH_DOT: Any = (0, (5, 1.4, 1.2, 1.4))
LONG_DASHED: Any = (0, (9, 2))
DASHES: Mapping[Dash, tuple[Any, str]] = {
    "solid": (SOLID, "o"),
    "dashed": (DASHED, "s"),
    "dotted": (DOTTED, "v"),
    "dash-dot": (DASH_DOT, "^"),
    "long-dashed": (LONG_DASHED, "D"),
}
"""Line of an outcome's curve by the name of its dash, and shape of its dots."""


@dataclass(frozen=True)
class Look:
    """Look of one thing in every figure.

    Attributes:
        label: Name next to curve or dots.
        dash: Line style, a second sign in addition to colour, as is the marker.
        hollow: Whether dots are white inside.
    """

    label: str
    colour: str
    dash: Any = SOLID
    marker: str = "o"
    hollow: bool = False


SIGNS = (
    (CHINA, SOLID, "o"),
    ("#332288", DASH_DOT, "^"),
    ("#117a65", DASHED, "s"),
    ("#a3195b", LONG_DASHED, "D"),
    ("#7a6a00", DOTTED, "v"),
    ("#3a6ea5", SOLID, "P"),
)
"""Colour, dash and marker of scenarios and levels of a factor."""


SEQUENCE = (
    "#f2f7fc", "#cbdeee", "#a6c5e1", "#81add4", "#5994c7", "#257dba", "#00659c", "#004e77",
    "#003856",
)  # fmt: skip
"""Even steps in lightness, around the blue of the house."""
COLOUR_SCALE = LinearSegmentedColormap.from_list("entrench", SEQUENCE)
OPPOSED = LinearSegmentedColormap.from_list(
    "entrench-opposed",
    ["#7a3300", "#b8500a", "#e08b4c", "#f3c7a3", "#f4f4f4", *SEQUENCE[2:8:2], SEQUENCE[8]],
)
"""For differences: browns below zero, pale at zero, blues above."""


@cache
def look_of(outcome: Outcome) -> Look:
    """The look of an outcome, as its mechanism declares.

    Results have no looks; those of the model's outcomes come from its register.
    """
    known = SHIPPED.register.get(outcome.name, outcome)
    return Look(outcome.label, COLOURS[known.colour], *DASHES[known.dash])


@cache
def width_of(text: str, size: float, weight: str = "regular") -> float:
    """Return the width of a line of text in millimetres."""
    family = SETTINGS["font.family"]
    face = font_manager.FontProperties(family=family, weight=weight, size=size)
    return POINT * float(text_to_path.get_text_width_height_descent(text, face, ismath=False)[0])


def wrapped(text: str, width: float, size: float, weight: str = "regular") -> list[str]:
    """Return the lines of a text, filled to a width; a percent sign stays at its number."""
    lines: list[str] = []
    for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" ") if text else ():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


_TICKS = {"color": PALE, "labelcolor": QUIET_INK, "labelsize": SMALL, "major.width": THIN_LINE}
SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": PALE,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": QUIET_INK,
    "axes.labelpad": 2.0,
    "axes.labelsize": SMALL,
    "axes.linewidth": THIN_LINE,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.titlesize": TEXT,
    "axes.unicode_minus": True,
    "font.family": FAMILY,
    "font.size": TEXT,
    "grid.color": GRID,
    "grid.linewidth": THIN_LINE,
    "hatch.linewidth": 0.7,
    "lines.linewidth": LINE_WIDTH,
    "lines.markersize": MARKER_SIZE,
    "figure.dpi": 150,
    "pdf.fonttype": 42,  # TrueType: words one can edit.
    "savefig.dpi": PNG_DPI,
    # A fixed salt and text kept as text: the same bytes every time, and words one can edit.
    "svg.fonttype": "none",
    "svg.hashsalt": "entrench",
    "text.color": INK,
    "text.parse_math": False,
    **{f"{axis}tick.{name}": value for axis in "xy" for name, value in _TICKS.items()},
    "xtick.major.size": 2.0,
    "ytick.major.size": 0.0,
}


@contextmanager
def font(name: str) -> Iterator[None]:
    """Draw the figures of a block in a font family of the machine; empty: in the usual one.

    Raises:
        InputError: There is no such family.
    """
    names = {face.name for face in font_manager.fontManager.ttflist}
    if name and name not in names:
        raise InputError(f"no font {name!r} on this machine{nearest(name, names)}")
    if name:
        SETTINGS["font.family"] = [name, *FAMILY]
        width_of.cache_clear()
    try:
        yield
    finally:
        if name:
            SETTINGS["font.family"] = FAMILY
            width_of.cache_clear()
