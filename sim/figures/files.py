"""Figures as files: several are drawn at a time where processes can be forked."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.figures.canvas import WIDTH, Canvas, Sheet, drawn_for
from sim.figures.style import PNG_DPI
from sim.results.cluster import cores
from sim.results.store import whole_file

FORMATS = ("png", "pdf")
MILLIMETRES = 25.4
"""Per inch."""
PACKED = 3
"""How hard PNGs are packed: no larger than at zlib's own level, in two thirds of the time."""
FORKS = sys.platform == "linux"
"""A forked process has the results and matplotlib already. Elsewhere forking is not safe."""

type Figures = Mapping[str, Callable[[], Figure]]


def save_figures(
    figures: Figures,
    folder: Path,
    formats: Sequence[str] = (),
    *,
    width: float | None = None,
    plain: bool = False,
) -> list[Path]:
    """Draw figures into a folder; return the files.

    Args:
        figures: Functions that draw, by the name of the figure.
        folder: Where.
        formats: Formats: png, pdf or svg; PNG and PDF if none is given.
        width: Width in millimetres.
        plain: Whether heading and caption go to a text file next to each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sheet = Sheet(width / MILLIMETRES if width else WIDTH, plain)
    save = partial(_save, figures, folder, formats or FORMATS, sheet)
    count = min(cores(), len(figures))
    if count < 2 or not FORKS:
        return [*chain.from_iterable(map(save, figures))]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(count, context, _inherit, (save,)) as pool:
        return [*chain.from_iterable(pool.map(_save_inherited, figures))]


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
        labelled = {"Title": str(figure.get_label()), **dated}
        packed: Any = {"pil_kwargs": {"compress_level": PACKED}} if ending == "png" else {}
        with whole_file(written[-1]) as file:
            figure.savefig(file, format=ending, dpi=PNG_DPI, metadata=labelled, **packed)
        figure.set_layout_engine("none")  # All formats have the layout of the first.
    return written


_inherited: list[Callable[[str], list[Path]]] = []
"""What a forked process does: functions that draw cannot be sent to it later."""


def _inherit(save: Callable[[str], list[Path]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the process that waits for it.
    gc.freeze()  # What is there already need not be looked at again.
    _inherited.append(save)


def _save_inherited(name: str) -> list[Path]:
    return _inherited[-1](name)
