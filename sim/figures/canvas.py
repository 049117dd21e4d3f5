"""The one canvas of all figures: heading, question, legend, panels and caption."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from sim.figures.style import INK, QUIET_INK, SETTINGS, SMALL_TEXT, TEXT, TITLE_TEXT

WIDTH = 5.2
"""Inches of the usual width: the text block of a page, so that a screen shows it whole."""
MOST_HEIGHT = 8.8
"""Inches: the height of a page's text block. Panels of a higher figure are made lower."""
LEAST_PANEL = 1.4
"""Inches of width below which there are fewer panels in a row."""
EDGE = 0.07
LINE, TITLE_LINE, KEY_LINE = 0.145, 0.175, 0.19
"""Inches of a line of text, of the heading, and of the legend."""
PANEL_TEXT = 0.4
"""Inches of a panel's title and of the numbers below it."""
TITLE_LETTERS, TEXT_LETTERS, CAPTION_LETTERS, KEYS_LETTERS = 60, 86, 90, 76
"""Letters in a line of the usual width."""
KEY_LETTERS = 7
"""Letters whose room the sign of a legend's key takes."""
NOT_FORECASTS = "Scenarios, not forecasts."


@dataclass(frozen=True)
class Sheet:
    """What figures are drawn for.

    Attributes:
        width: Inches.
        plain: Whether heading, question and caption are left out, as journals set them.
    """

    width: float = WIDTH
    plain: bool = False

    @property
    def inner(self) -> float:
        """Inches between the edges."""
        return self.width - 2 * EDGE

    def columns(self, panels: int, most: int) -> int:
        """Return how many panels fit in a row."""
        return max(1, min(panels, most, int(self.width / LEAST_PANEL)))


_sheet: ContextVar[Sheet | None] = ContextVar("sheet", default=None)


def sheet() -> Sheet:
    """Return what figures are drawn for at the moment."""
    return _sheet.get() or Sheet()


@contextmanager
def drawn_for(wanted: Sheet) -> Iterator[None]:
    """Draw the figures of a block for something else than a screen."""
    token = _sheet.set(wanted)
    try:
        yield
    finally:
        _sheet.reset(token)


class Canvas(Figure):
    """A figure that a notebook shows where a cell ends with it, without pyplot.

    Attributes:
        words: Its heading, question and caption, a paragraph each.
    """

    words: str = ""

    def _repr_png_(self) -> bytes:
        import io

        sink = io.BytesIO()
        self.savefig(sink, format="png")
        return sink.getvalue()


def canvas(
    title: str,
    question: str = "",
    caption: str = "",
    *,
    rows: int = 1,
    columns: int = 1,
    panel_height: float = 1.0,
    legend: Sequence[Any] = (),
    **grid: Any,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with its texts in place, and its panels in reading order.

    Args:
        title: Heading: the finding, or the topic.
        question: The question that it answers.
        caption: Source and reading aid.
        rows: Rows of panels.
        columns: Panels per row.
        panel_height: Inches of a panel; fewer where the figure would be higher than a page.
        legend: Handles, each with its label.
        **grid: As `Figure.subplots` takes it, such as `sharey`.
    """
    with matplotlib.rc_context(SETTINGS):
        width = sheet().width
        scale = width / WIDTH
        words = (title, question, f"{caption} {NOT_FORECASTS}")
        letters = (TITLE_LETTERS, TEXT_LETTERS, CAPTION_LETTERS)
        head, asked, foot = (
            [] if sheet().plain else _wrapped(text, int(most * scale))
            for text, most in zip(words, letters, strict=True)
        )
        keys, key_rows = _legend_columns(legend, KEYS_LETTERS * scale)
        top = EDGE + TITLE_LINE * len(head) + LINE * len(asked) + KEY_LINE * key_rows + EDGE
        bottom = EDGE + LINE * len(foot)
        fitting = (MOST_HEIGHT - top - bottom) / rows - PANEL_TEXT
        height = top + rows * (min(panel_height, fitting) + PANEL_TEXT) + bottom
        layout = ConstrainedLayoutEngine(
            rect=(0.0, bottom / height, 1.0, 1.0 - (top + bottom) / height),
            w_pad=0.05, h_pad=0.04, hspace=0.03, wspace=0.02,
        )  # fmt: skip
        figure = Canvas((width, height), layout=layout)
        figure.set_label(title)
        figure.words = "\n\n".join(filter(None, words))
        left, place = EDGE / width, EDGE
        for lines, size, line, weight, colour in (
            (head, TITLE_TEXT, TITLE_LINE, "bold", INK),
            (asked, TEXT, LINE, "normal", QUIET_INK),
        ):
            figure.text(
                left, 1.0 - place / height, "\n".join(lines), va="top", fontsize=size,
                fontweight=weight, color=colour,
            )  # fmt: skip
            place += line * len(lines)
        if legend:
            figure.legend(
                handles=list(legend), loc="upper left", ncols=keys, frameon=False,
                bbox_to_anchor=(left, 1.0 - place / height), borderpad=0.2, borderaxespad=0.0,
                handlelength=2.4, columnspacing=1.4,
            ).set_in_layout(False)  # fmt: skip
        figure.text(
            left, EDGE / height, "\n".join(foot), va="bottom", fontsize=SMALL_TEXT, color=QUIET_INK
        )
        return figure, list(figure.subplots(rows, columns, squeeze=False, **grid).flat)


def _wrapped(words: str, letters: int) -> list[str]:
    """Return the lines of a text; a percent sign stays at its number."""
    return textwrap.wrap(words.replace(" %", "\N{NO-BREAK SPACE}%"), letters)


def _legend_columns(legend: Sequence[Any], letters: float) -> tuple[int, int]:
    """Return how many keys fit in a row, and the rows that they need."""
    widths = [len(str(handle.get_label())) + KEY_LETTERS for handle in legend]
    for columns in range(len(widths), 0, -1):
        rows = -(-len(widths) // columns)
        # matplotlib fills columns first
        longest = [max(widths[at : at + rows]) for at in range(0, len(widths), rows)]
        if sum(longest) <= letters or columns == 1:
            return len(longest), rows
    return 1, 0
