"""The canvas of all figures: finding, deck, panels and source; and their files."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, product
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

from sim.figures import check_form, style
from sim.figures.style import MM, ONE_AND_HALF, PNG_DPI, SETTINGS, wrapped
from sim.runs.store import locked, refuse_foreign_file, whole_file

# Millimetres: panels of a higher figure are made lower.
MOST_HEIGHT = 200.0
EDGE = 2.0
TITLE_LINE, TEXT_LINE, SOURCE_LINE = 4.0, 3.1, 2.7
# Millimetres: the margin; a line of title, deck and source; their distance to the panels.
GAP = 3.0
# Drawn letters are whole dots wide, so lines are not filled to their end.
FILLED = 0.97
# Share of a line that is above its baseline.
ASCENT = 0.75
# Millimetres of a panel's title and the numbers below it.
PANEL_TEXT = 9.0
NOT_FORECASTS = "Scenarios, not forecasts."
# Mark of the project's figures in their files. There a digest of the rest of the file follows, so
# that an edited figure is not replaced.
DRAWN_BY = "drawn by Entrench"
UNMARKED = f"{DRAWN_BY} {'0' * 16}"
MARK = re.compile(rb"(drawn by Entrench )[0-9a-f]{16}")
PNG_MARK = re.compile(rb"(tEXtSoftware\0drawn by Entrench )[0-9a-f]{16}.{4}", re.DOTALL)
PROGRAM = {"png": "Software", "pdf": "Creator", "svg": "Creator"}
FORMATS = ("png", "pdf")
DATED = {"pdf": "CreationDate", "svg": "Date"}
# Digits of a place in a figure, as a share of its size: a thousandth of a millimetre.
PLACES = 6
# As small as zlib's usual level, in two thirds of the time.
PACKED = 3


type Figures = Mapping[str, Callable[[], Figure]]


@dataclass(frozen=True)
class Sheet:
    """Form in which figures are drawn.

    Attributes:
        width: Millimetres; None: each figure's usual width.
        plain: Whether title, deck and source are left out, as in journals.
        font: A font family of the machine; empty: the one in the package.
    """

    width: float | None = None
    plain: bool = False
    title: str = ""
    letters: bool = False
    font: str = ""


_sheet: ContextVar[Sheet | None] = ContextVar("sheet", default=None)


def sheet() -> Sheet:
    return _sheet.get() or Sheet()


@contextmanager
def drawn_for(wanted: Sheet) -> Iterator[None]:
    token = _sheet.set(wanted)
    try:
        with style.font(wanted.font):
            yield
    finally:
        _sheet.reset(token)


class Canvas(Figure):
    """A figure that a notebook shows without pyplot.

    Attributes:
        words: Title, deck and source.
        panels: Axes in reading order.
        drawn: Per axes, the name and numbers of each series.
    """

    words: str = ""
    panels: Sequence[Axes] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.drawn: list[tuple[Axes, str, pd.DataFrame]] = []

    @property
    def data(self) -> pd.DataFrame:
        """A row per point of a series, with panel and series; the source last."""
        frames = [
            frame.assign(panel=" ".join(axes.get_title("left").split()), series=series)
            for axes, series, frame in self.drawn
        ]
        table = pd.concat(frames) if frames else pd.DataFrame(columns=["panel", "series"])
        names = [name for name in ("panel", "series") if table[name].any()]
        numbers = [name for name in table if name not in ("panel", "series")]
        return table[[*names, *numbers]].assign(source=DRAWN_BY)

    def _repr_png_(self) -> bytes:
        sink = io.BytesIO()
        self.savefig(sink, format="png")
        return sink.getvalue()


def keep_numbers(axes: Axes, series: str, numbers: pd.DataFrame) -> None:
    if isinstance(axes.figure, Canvas):
        axes.figure.drawn.append((axes, series, numbers))


def canvas(
    title: str,
    deck: str = "",
    source: str = "",
    *,
    width: float = ONE_AND_HALF,
    panels: int = 1,
    columns: int = 1,
    panel_height: float = 30.0,
    **grid: Any,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with its texts in place, and its panels in reading order.

    `title` is the finding; `deck` has content, unit, and the meaning of bands and bars. `width` and
    `panel_height` are millimetres. `grid` is as `Figure.subplots` takes it.
    """
    with matplotlib.rc_context(SETTINGS):
        rows, width = -(-panels // columns), sheet().width or width
        title = sheet().title or title
        parts = (
            (title, style.TITLE, TITLE_LINE, "bold", style.INK),
            (deck, style.TEXT, TEXT_LINE, "regular", style.QUIET_INK),
            (f"{source} {NOT_FORECASTS}", style.SMALL, SOURCE_LINE, "regular", style.QUIET_INK),
        )
        lines = [
            [] if sheet().plain else wrapped(text, FILLED * (width - 2.0 * EDGE), size, weight)
            for text, size, _, weight, _ in parts
        ]
        above, deck_height, bottom = (
            len(each) * part[2] for each, part in zip(lines, parts, strict=True)
        )
        top, bottom = EDGE + above + deck_height + GAP, EDGE + bottom + GAP / 2.0
        fitting = (MOST_HEIGHT - top - bottom) / rows - PANEL_TEXT
        height = top + rows * (min(panel_height, fitting) + PANEL_TEXT) + bottom
        layout = ConstrainedLayoutEngine(
            rect=(EDGE / width, bottom / height, 1.0 - 2.0 * EDGE / width,
                  1.0 - (top + bottom) / height),
            w_pad=0.0, h_pad=0.0, hspace=0.08, wspace=0.06,
        )  # fmt: skip
        figure = Canvas((width * MM, height * MM), layout=layout)
        figure.set_label(title)
        figure.words = "\n\n".join(filter(None, (part[0] for part in parts)))
        starts = (EDGE, EDGE + above, height - bottom + GAP / 2.0)
        for each, (_, size, step, weight, colour), start in zip(lines, parts, starts, strict=True):
            for at, line in enumerate(each):
                figure.text(
                    EDGE / width, 1.0 - (start + step * (at + ASCENT)) / height, line,
                    fontsize=size, fontweight=weight, color=colour,
                )  # fmt: skip
        axes = list(figure.subplots(rows, columns, squeeze=False, **grid).flat)
        for empty in axes[panels:]:
            empty.remove()
        figure.panels = axes[:panels]
        return figure, axes[:panels]


def save_figures(
    figures: Figures, folder: Path, formats: Sequence[str] = (), *, fresh: bool = False, **form: Any
) -> list[Path]:
    """Draw figures into a folder, each with a CSV of its numbers; return the files.

    Without `formats`, PNG and PDF. For `form` see `Sheet`; a title replaces the first figure's.
    `fresh` replaces also edited figures, and other files of these names.

    Raises:
        InputError: Such a file exists, or the font does not.
    """
    sheet = Sheet(**form)
    formats = check_form(formats, sheet.width) or FORMATS
    save = partial(_save, figures, folder, formats, sheet)
    endings = [*formats, *["txt"] * sheet.plain, "csv"]
    with locked(folder):
        for path in (folder / f"{name}.{ending}" for name, ending in product(figures, endings)):
            if not fresh:
                refuse_foreign_file(path, lambda file: marked(file) == file, "--fresh replaces it")
        return [*chain.from_iterable(map(save, figures))]


def marked(content: bytes) -> bytes:
    """Return a figure's file with the digest of its other bytes in its mark; empty without one."""
    mark = PNG_MARK if content.startswith(b"\x89PNG") else MARK
    if not (found := mark.search(content)):
        return b""
    signed = found[1] + hashlib.sha256(mark.sub(rb"\1", content)).hexdigest()[:16].encode()
    # The mark ends a part of the PNG, whose checksum follows.
    check = zlib.crc32(signed).to_bytes(4) if mark is PNG_MARK else b""
    return mark.sub(lambda _: signed + check, content)


def _save(
    figures: Figures, folder: Path, formats: Sequence[str], sheet: Sheet, name: str
) -> list[Path]:
    first = name == next(iter(figures))
    with drawn_for(sheet if first else replace(sheet, title="")):
        figure = figures[name]()
    if sheet.letters and isinstance(figure, Canvas) and len(figure.panels) > 1:
        with matplotlib.rc_context(SETTINGS):
            for letter, axes in zip(ascii_lowercase, figure.panels, strict=False):
                axes.set_title(f"{letter}  {axes.get_title('left')}".rstrip(), loc="left")
    files = dict[str, bytes]()
    if sheet.plain and isinstance(figure, Canvas):
        files["txt"] = f"{figure.words}\n\n{UNMARKED}\n".encode()
    _lay_out(figure)
    for ending in formats:
        file = io.BytesIO()
        dated = {DATED[ending]: None} if ending in DATED else {}
        labelled = {"Title": str(figure.get_label()), PROGRAM[ending]: UNMARKED, **dated}
        packed: Any = {"pil_kwargs": {"compress_level": PACKED}} if ending == "png" else {}
        with matplotlib.rc_context(SETTINGS):
            figure.savefig(file, format=ending, dpi=PNG_DPI, metadata=labelled, **packed)
        files[ending] = file.getvalue()
    if isinstance(figure, Canvas):
        data = figure.data.assign(source=UNMARKED)
        files["csv"] = data.to_csv(index=False, float_format="%.7g", lineterminator="\n").encode()
    for ending, content in files.items():
        with whole_file(folder / f"{name}.{ending}") as whole:
            whole.write(marked(content) or content)
    return [folder / f"{name}.{ending}" for ending in files]


def _lay_out(figure: Figure) -> None:
    # Once, at the size of a PNG, for all formats. The solver's last digits depend on what the
    # process did before.
    with matplotlib.rc_context(SETTINGS):
        figure.dpi = PNG_DPI
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    for axes in figure.axes:
        place = axes.get_position(original=True)
        axes.set_position(Bbox(place.get_points().round(PLACES)))
