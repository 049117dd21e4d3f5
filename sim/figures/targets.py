"""Rows of targets, grouped by what each is for: two figures stand on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from sim.figures.rows import NAME_GAP
from sim.figures.style import FIGURE_WIDTH, GRID, INK, SMALL_TEXT, TEXT, THIN_LINE
from sim.figures.text import text_width
from sim.world.columns import CALIBRATE, CHECK, HOLD_OUT

HEADINGS = {HOLD_OUT: "kept apart", CHECK: "rough checks", CALIBRATE: "fitted"}
"""Groups of targets by use, from the top; what stands above each."""
HEADING = 0.8
"""Height of a group's heading, in rows."""


@dataclass(frozen=True)
class TargetRows:
    """Where targets and the headings of their groups stand.

    Attributes:
        heights: Middle of each target's row, by its name, from the top.
        headings: Each heading and its middle.
        end: Where the last row ends.
    """

    heights: dict[str, float]
    headings: list[tuple[str, float]]
    end: float

    @classmethod
    def of(cls, targets: Iterable[tuple[str, str]]) -> TargetRows:
        """Place targets.

        Args:
            targets: Name and use of each.
        """
        pairs = list(targets)
        heights: dict[str, float] = {}
        headings: list[tuple[str, float]] = []
        at = 0.0
        for use, heading in HEADINGS.items():
            names = [name for name, its in pairs if its == use]
            if names:
                headings.append((heading, at + HEADING / 2.0))
                at += HEADING
            for name in names:
                heights[name] = at + 0.5
                at += 1.0
        return cls(heights, headings, at)

    def draw(self, axes: Axes, names: Sequence[str]) -> None:
        """Draw headings and the lines between rows.

        Args:
            axes: The panel.
            names: What stands at the left of the rows.
        """
        widest = max(text_width(name, SMALL_TEXT) for name in names)
        left = -(widest + NAME_GAP) / (axes.get_position().width * FIGURE_WIDTH)
        for heading, y in self.headings:
            axes.text(
                left, y, heading, transform=axes.get_yaxis_transform(), fontsize=TEXT,
                fontweight="bold", va="center", color=INK, clip_on=False,
            )  # fmt: skip
        for y in self.heights.values():
            axes.axhline(y + 0.5, color=GRID, linewidth=THIN_LINE, zorder=0.5)
        axes.set_ylim(self.end, 0.0)
        axes.grid(visible=False)
