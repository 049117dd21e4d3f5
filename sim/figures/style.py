"""The house style of all figures: sizes in print, colours and line styles."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.textpath import text_to_path

from sim.errors import InputError, nearest

PNG_DPI = 300
NO_BREAK = "\N{NO-BREAK SPACE}"
# Inches.
MM = 1.0 / 25.4
# Millimetres.
POINT = 25.4 / 72.0
# Millimetres: widths of one, one and a half and two columns of a journal.
ONE, ONE_AND_HALF, TWO = 88.0, 120.0, 180.0

# Points: of the finding; of deck, panels and rows; of numbers on axes, labels and source. Nothing
# is smaller.
TITLE, TEXT, SMALL = 9.0, 7.0, 6.0
# In the package, so that text has the same size on every machine.
FONTS = Path(__file__).parents[1] / "fonts"
for _face in FONTS.glob("*.ttf"):
    font_manager.fontManager.addfont(_face)
# Letters that the first font lacks are taken from the second, which matplotlib has.
FAMILY = ["Entrench Sans", "DejaVu Sans"]


LINE_WIDTH = 1.3
THIN_LINE = 0.5
# Points.
MARKER_SIZE = 4.0

INK = "#1a1a1a"
# A contrast of 6 : 1 on white.
QUIET_INK = "#5b6168"
PALE_INK = "#767d85"
PALE = "#b9bec4"
GRID = "#e6e8ea"

# A colour per meaning, in every figure.
# A working Chinese system, and the scenario in question; the model next to evidence, and the West.
# Both have the lightness 46 (of CIELAB): no line is louder, and in grey their dashes differ.
CHINA = "#b84900"
MODEL = "#0072b2"
MISSED = "#b3261e"
PUBLISHED = "#d5d9dd"

SOLID: Any = "solid"
DASHED: Any = (0, (4.5, 1.6))
DOTTED: Any = (0, (1, 1.8))
DASH_DOT: Any = (0, (5, 1.4, 1.2, 1.4))
LONG_DASHED: Any = (0, (8.5, 2))
SHORT_DASHED: Any = (0, (2.2, 1.1))


@dataclass(frozen=True)
class Look:
    """Look of one thing in every figure.

    Attributes:
        label: Name next to curve or dots.
        hollow: Whether dots are white inside.
    """

    label: str
    colour: str
    dash: Any = SOLID
    marker: str = "o"
    hollow: bool = False


# Of scenarios and levels of a factor. `DASHED` is the baseline's, also in grey print.
SIGNS = (
    (CHINA, SOLID),
    ("#332288", DASH_DOT),
    ("#117a65", SHORT_DASHED),
    ("#a3195b", LONG_DASHED),
    ("#7a6a00", DOTTED),
    ("#3a6ea5", (0, (3, 1, 1, 1, 1, 1))),
)


# Even steps in lightness, around the blue of the house.
SEQUENCE = (
    "#f2f7fc", "#cbdeee", "#a6c5e1", "#81add4", "#5994c7", "#257dba", "#00659c", "#004e77",
    "#003856",
)  # fmt: skip
COLOUR_SCALE = LinearSegmentedColormap.from_list("entrench", SEQUENCE)
# For differences: browns below zero, pale at zero, blues above.
OPPOSED = LinearSegmentedColormap.from_list(
    "entrench-opposed",
    ["#7a3300", "#b8500a", "#e08b4c", "#f3c7a3", "#f4f4f4", *SEQUENCE[2:8:2], SEQUENCE[8]],
)


@cache
def width_of(text: str, size: float, weight: str = "regular") -> float:
    """Return the width of a line of text in millimetres."""
    family = SETTINGS["font.family"]
    face = font_manager.FontProperties(family=family, weight=weight, size=size)
    return POINT * float(text_to_path.get_text_width_height_descent(text, face, ismath=False)[0])


def wrapped(text: str, width: float, size: float, weight: str = "regular") -> list[str]:
    """Return the lines of a text, filled to a width; `%` and `±` stay at their numbers."""
    joined = text.replace(" %", f"{NO_BREAK}%").replace(" ± ", f"{NO_BREAK}±{NO_BREAK}")
    words = joined.split(" ") if text else []
    lines: list[str] = []
    while words:
        starts = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
        # Bisection measures a quarter of the texts that adding word after word does.
        fitting = bisect_right(starts, width, lo=1, key=lambda s: width_of(s, size, weight))
        lines.append(starts[fitting - 1])
        words = words[fitting:]
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
