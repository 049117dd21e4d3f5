"""The one canvas of all figures: heading, question, legend, panels and caption; and its files.

Several figures are drawn at a time where processes can be forked.
"""

from __future__ import annotations

import gc
import io
import multiprocessing
import os
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import chain, product
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from sim.figures.style import INK, PNG_DPI, QUIET_INK, SETTINGS, SMALL_TEXT, TEXT, TITLE_TEXT
from sim.results.store import locked, refuse_foreign_file, whole_file
from sim.results.workers import cores

WIDTH = 5.2
"""Inches of the usual width: the text block of a page, so that a screen shows it whole."""
MOST_HEIGHT = 8.8
"""Inches: the height of a page's text block. Panels of a higher figure are made lower."""
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
DRAWN_BY = "drawn by Entrench"
"""What tells the files of our figures from others."""
PROGRAM = {"png": "Software", "pdf": "Creator", "svg": "Creator"}
"""Where a format says which program made a file."""
FORMATS = ("png", "pdf")
MILLIMETRES = 25.4
"""Per inch."""
PACKED = 3
"""How hard PNGs are packed: no larger than at zlib's own level, in two thirds of the time."""


type Figures = Mapping[str, Callable[[], Figure]]


@dataclass(frozen=True)
class Sheet:
    """What figures are drawn for.

    Attributes:
        width: Inches.
        plain: Whether heading, question and caption are left out, as journals set them.
    """

    width: float = WIDTH
    plain: bool = False


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
        sink = io.BytesIO()
        self.savefig(sink, format="png")
        return sink.getvalue()


def canvas(
    title: str,
    question: str = "",
    caption: str = "",
    *,
    panels: int = 1,
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
        panels: How many panels.
        columns: Panels per row.
        panel_height: Inches of a panel; fewer where the figure would be higher than a page.
        legend: Handles, each with its label.
        **grid: As `Figure.subplots` takes it, such as `sharey`.
    """
    with matplotlib.rc_context(SETTINGS):
        rows, width = -(-panels // columns), sheet().width
        scale = width / WIDTH
        words = (title, question, f"{caption} {NOT_FORECASTS}")
        letters = (TITLE_LETTERS, TEXT_LETTERS, CAPTION_LETTERS)
        head, asked, foot = (
            [] if sheet().plain else _wrapped(text, int(most * scale))
            for text, most in zip(words, letters, strict=True)
        )
        widest = max((len(str(key.get_label())) + KEY_LETTERS for key in legend), default=1)
        keys = max(1, min(len(legend), int(KEYS_LETTERS * scale / widest)))
        key_rows = -(-len(legend) // keys)
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
        axes = list(figure.subplots(rows, columns, squeeze=False, **grid).flat)
        for empty in axes[panels:]:
            empty.remove()
        return figure, axes[:panels]


def _wrapped(words: str, letters: int) -> list[str]:
    """Return the lines of a text; a percent sign stays at its number."""
    return textwrap.wrap(words.replace(" %", "\N{NO-BREAK SPACE}%"), letters)


def save_figures(
    figures: Figures,
    folder: Path,
    formats: Sequence[str] = (),
    *,
    width: float | None = None,
    plain: bool = False,
    fresh: bool = False,
) -> list[Path]:
    """Draw figures into a folder; return the files.

    Args:
        figures: Functions that draw, by the name of the figure.
        folder: Where.
        formats: Formats: png, pdf or svg; PNG and PDF if none is given.
        width: Width in millimetres.
        plain: Whether heading and caption go to a text file next to each.
        fresh: Whether to replace files that are not figures of ours.

    Raises:
        InputError: Such a file is there.
    """
    sheet = Sheet(width / MILLIMETRES if width else WIDTH, plain)
    save = partial(_save, figures, folder, formats or FORMATS, sheet)
    count = min(cores(), len(figures))
    endings = [*(formats or FORMATS), *["txt"] * plain]
    with locked(folder):
        for name, ending in product(() if fresh else figures, endings):
            refuse_foreign_file(folder / f"{name}.{ending}", _is_ours)
        if count < 2 or not _may_fork():
            return [*chain.from_iterable(map(save, figures))]
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(count, context, _inherit, (save,)) as pool:
            return [*chain.from_iterable(pool.map(_save_inherited, figures))]


def _is_ours(content: bytes) -> bool:
    return DRAWN_BY.encode() in content or NOT_FORECASTS.encode() in content


def _may_fork() -> bool:
    """Tell whether forking is safe: a lock that another thread has is locked in a fork for good."""
    return sys.platform == "linux" and threading.active_count() == 1


def _save(
    figures: Figures, folder: Path, formats: Sequence[str], sheet: Sheet, name: str
) -> list[Path]:
    with drawn_for(sheet):
        figure = figures[name]()
    written = []
    if sheet.plain and isinstance(figure, Canvas):
        written.append(folder / f"{name}.txt")
        with whole_file(written[-1]) as file:
            file.write(f"{figure.words}\n".encode())
    for ending in formats:
        written.append(folder / f"{name}.{ending}")
        dated = {"CreationDate": None} if ending == "pdf" else {}
        labelled = {"Title": str(figure.get_label()), PROGRAM[ending]: DRAWN_BY, **dated}
        packed: Any = {"pil_kwargs": {"compress_level": PACKED}} if ending == "png" else {}
        with whole_file(written[-1]) as file:
            figure.savefig(file, format=ending, dpi=PNG_DPI, metadata=labelled, **packed)
        figure.set_layout_engine("none")  # All formats have the layout of the first.
    return written


_inherited: list[Callable[[str], list[Path]]] = []
"""What a forked process does: functions that draw cannot be sent to it later."""


def _inherit(save: Callable[[str], list[Path]]) -> None:
    # Ctrl-C and a closed terminal end the process that waits; without it, this one ends as well.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()  # What is there already need not be looked at again.
    _inherited.append(save)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _save_inherited(name: str) -> list[Path]:
    return _inherited[-1](name)
