"""The house style of all figures: sizes, colours, line styles and the settings they are drawn with.

The smallest text is `TINY_TEXT`: journals accept 5 points and more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib.colors import LinearSegmentedColormap

from sim.parameters import Colour, Dash, Outcome
from sim.rules import SHIPPED

PNG_DPI = 200
"""Dots per inch of a PNG."""

TITLE_TEXT = 10.0
"""Points."""
TEXT = 8.0
"""Points; labels of axes, panels and legends."""
SMALL_TEXT = 7.5
"""Points; numbers on axes, marks and the caption."""
TINY_TEXT = 6.0
"""Points; names of rows that take two lines."""
FONT = "DejaVu Sans"
"""Comes with matplotlib, so text has the same size on every machine."""


LINE_WIDTH = 1.3
THIN_LINE = 0.6
MARKER_SIZE = 4.0
"""Points."""

INK = "#222222"
QUIET_INK = "#595959"
"""Grey with a contrast of 7 : 1 on white."""
PALE_INK = "#8c8c8c"
GRID = "#e4e4e4"

# Okabe & Ito (2008), "Color universal design": eight colours told apart by all kinds of sight.
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"

SOLID: Any = "solid"
DASHED: Any = (0, (4.5, 1.6))
DOTTED: Any = (0, (1.2, 1.3))
DASH_DOT: Any = (0, (5, 1.4, 1.2, 1.4))
LONG_DASHED: Any = (0, (9, 2))


@dataclass(frozen=True)
class Look:
    """How one thing is drawn, in every figure that shows it.

    Attributes:
        label: Its name in legends.
        colour: Of line and bands.
        dash: Line style, a second sign beside colour.
        marker: Shape of dots, likewise.
    """

    label: str
    colour: str
    dash: Any = SOLID
    marker: str = "o"


COLOURS: Mapping[Colour, str] = {
    "black": BLACK,
    "blue": BLUE,
    "green": GREEN,
    "ink": INK,
    "orange": ORANGE,
    "purple": PURPLE,
    "sky blue": SKY_BLUE,
    "vermillion": VERMILLION,
}
DASHES: Mapping[Dash, tuple[Any, str]] = {
    "solid": (SOLID, "o"),
    "dashed": (DASHED, "s"),
    "dotted": (DOTTED, "v"),
    "dash-dot": (DASH_DOT, "^"),
    "long-dashed": (LONG_DASHED, "D"),
}
"""Line of an outcome's curve by the name of its dash, and shape of the outcome's dots."""
SIGNS = (
    ("#C71585", SOLID, "o"),
    ("#999933", DASHED, "s"),
    ("#332288", DASH_DOT, "^"),
    ("#CC6677", LONG_DASHED, "D"),
    ("#785EF0", DOTTED, "v"),
    ("#3D5A00", SOLID, "P"),
)
"""Colour, dash and marker of scenarios and levels of a factor: no colour of an outcome is here.

For each kind of sight, two of them differ by 23 or more in CIELAB (1976)."""


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
    """How an outcome is drawn, as its mechanism declares.

    Results hold no looks, so those of an outcome that the model knows come from its register.
    """
    known = SHIPPED.register.get(outcome.name, outcome)
    return Look(outcome.label, COLOURS[known.colour], *DASHES[known.dash])


_TICKS = {"color": QUIET_INK, "labelsize": SMALL_TEXT, "major.size": 2.5, "major.width": THIN_LINE}
SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": QUIET_INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelpad": 3.0,
    "axes.labelsize": TEXT,
    "axes.linewidth": THIN_LINE,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.titlesize": TEXT,
    "axes.unicode_minus": True,
    "font.family": [FONT],
    "font.size": TEXT,
    "grid.color": GRID,
    "grid.linewidth": THIN_LINE,
    "legend.fontsize": TEXT,
    "lines.linewidth": LINE_WIDTH,
    "figure.dpi": 100,
    "pdf.fonttype": 42,  # TrueType: words one can edit.
    "savefig.dpi": PNG_DPI,
    # A fixed salt and text kept as text: the same bytes every time, and words one can edit.
    "svg.fonttype": "none",
    "svg.hashsalt": "entrench",
    "text.color": INK,
    "text.parse_math": False,
    **{f"{axis}tick.{name}": value for axis in "xy" for name, value in _TICKS.items()},
}
