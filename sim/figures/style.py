"""The house style of all figures: sizes, colours, line styles and the settings they are drawn with.

Every figure is `FIGURE_WIDTH` wide and its smallest text is `SMALL_TEXT`, so that it stays legible
(5 points and more, the least that journals accept) when a printer reduces it to one column.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import matplotlib

FIGURE_WIDTH = 5.2
"""Inches; as wide as a page's text block, so that a screen shows it whole."""
COLUMN_WIDTH = 3.5
"""Inches; one column of a two-column journal, the narrowest a figure is reduced to."""
LEAST_PRINTED_TEXT = 5.0
"""Points; the smallest text that journals accept after reduction."""
PNG_DPI = 200
"""Dots per inch of a PNG."""

TITLE_TEXT = 10.0
"""Points."""
TEXT = 8.0
"""Points; labels of axes, panels and legends."""
SMALL_TEXT = 7.5
"""Points; numbers on axes, marks and the caption."""
FONT = "DejaVu Sans"
"""Comes with matplotlib, so text has the same size on every machine."""


LINE_WIDTH = 1.3
THIN_LINE = 0.6
MARKER_SIZE = 4.0
"""Points."""
WIDE_BAND_OPACITY = 0.14
NARROW_BAND_OPACITY = 0.26

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
    """

    label: str
    colour: str
    dash: Any = SOLID


OUTCOME_LOOKS = {
    "trained": Look("ever trained", BLUE),
    "adopters": Look("ever adopted", VERMILLION, DASHED),
    "working": Look("system working", GREEN, DASH_DOT),
    "contracts_alive": Look("contracts alive", BLACK),
    "contracts_opened": Look("contracts opened so far", BLUE),
    "contracts_renewed_yearly": Look("renewed", GREEN),
    "contracts_lapsed_yearly": Look("lapsed (dark for unpaid fees)", ORANGE),
    "contracts_restored_yearly": Look("restored", SKY_BLUE),
    "contracts_switched_yearly": Look("ended: switched vendor", PURPLE),
    "contracts_abandoned_yearly": Look("ended: abandoned", BLACK),
    "contracts_replaced_yearly": Look("ended: replaced after a ban", VERMILLION),
    "revenue_sales_yearly": Look("sales", GREEN),
    "revenue_maintenance_yearly": Look("maintenance", BLACK),
    "lock_in": Look("lock-in", PURPLE),
    "dependence": Look("dependence", VERMILLION),
    "alignment": Look("mean alignment", BLACK),
    "bloc_china": Look("Chinese bloc", VERMILLION),
    "bloc_west": Look("Western bloc", BLUE, DASHED),
    "unrest": Look("unrest", VERMILLION),
    "mistrust": Look("public mistrust", PURPLE),
    "legitimacy": Look("legitimacy", BLUE),
}
"""Look of each outcome."""

VENDOR_LOOKS = {
    "Huawei": Look("Huawei", VERMILLION),
    "Hikvision": Look("Hikvision", ORANGE, DASHED),
    "Dahua": Look("Dahua", PURPLE, DASH_DOT),
    "other Chinese": Look("other Chinese", SKY_BLUE, DOTTED),
    "Western": Look("Western", BLUE, LONG_DASHED),
}
"""Look of each vendor."""

REGIME_LOOKS = {
    "full democracy": Look("full democracy", BLUE),
    "flawed democracy": Look("flawed democracy", SKY_BLUE, DASHED),
    "hybrid": Look("hybrid", ORANGE, DASH_DOT),
    "authoritarian": Look("authoritarian", VERMILLION, DOTTED),
}
"""Look of each regime, from most to least democratic."""

_SETTINGS: dict[str, Any] = {
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
    "savefig.dpi": PNG_DPI,
    # A fixed salt and text kept as text: the same bytes every time, and words one can edit.
    "svg.fonttype": "none",
    "svg.hashsalt": "entrench",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": QUIET_INK,
    "xtick.labelsize": SMALL_TEXT,
    "xtick.major.size": 2.5,
    "xtick.major.width": THIN_LINE,
    "ytick.color": QUIET_INK,
    "ytick.labelsize": SMALL_TEXT,
    "ytick.major.size": 2.5,
    "ytick.major.width": THIN_LINE,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with this style, whatever the user's own matplotlib settings; they come back after."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        # Any: matplotlib types the names of its settings one by one.
        settings: Any = _SETTINGS
        matplotlib.rcParams.update(settings)
        yield


def in_house_style[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function that draws or saves, so that it does so in this style."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with house_style():
            return function(*args, **kwargs)

    return styled
