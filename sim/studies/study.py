"""What every study is: tables, figures and facts; one writer stores them, one reader shows them."""

from __future__ import annotations

import csv
import html
import io
import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from sim.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.figures import register

FIGURES = "figures"
"""Where in a study's folder its figures lie."""
FILES = "files"
"""Key of a study's facts under which size and digest of its tables stand."""
DIGITS = 7
"""Significant digits of numbers in tables."""
NOT_FORECASTS = "Scenarios, not forecasts."

type Row = Mapping[str, str | int | float | None]
"""A row of a table, by column; None where there is no such number."""


class Drawing(NamedTuple):
    """A figure that can be drawn.

    Attributes:
        title: What it shows.
        draw: Draws it.
        manifest: What identifies its runs.
        figure: Its entry in the register of figures.
        facts: What it is drawn of.
    """

    title: str
    draw: Callable[[], Figure]
    manifest: Mapping[str, Any]
    figure: register.Drawing
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table for people.

    Attributes:
        heads: Headings; the first column names the row.
        rows: A text for each column.
        if_wide: Headings of columns to leave out where there is little room.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    if_wide: Collection[str] = ()


type Block = Table | str
"""A table or a sentence."""


class Study:
    """The base of all studies: what differs is what they find, not how it is kept.

    A subclass says what its tables, figures, facts and words are.

    Attributes:
        FACTS: Name of the file that says what the study is of, with size and digest of every
            table; written last, so that where it stands all else is whole.
        FILES: Names of all tables that it may write.
        DRAWN: Names of all figures that it may draw.
        COLUMNS: Columns of the tables that are written even without rows.
        ROOM: Under which name its figures stand in the register of figures.
        manifest: What identifies the runs.
    """

    FACTS: ClassVar[str]
    FILES: ClassVar[tuple[str, ...]]
    DRAWN: ClassVar[tuple[str, ...]] = ()
    COLUMNS: ClassVar[Mapping[str, Sequence[str]]] = {}
    ROOM: ClassVar[str] = ""
    manifest: Mapping[str, Any]

    def tables(self) -> Mapping[str, Iterable[Row]]:
        """Return the tables by the names of their files; a table without rows is not written."""
        raise NotImplementedError

    def figures(self) -> Mapping[str, Drawing]:
        """Return topic and drawing of each figure by the name of its files."""
        shown = dict(self.shown())
        if "manifest" not in shown:
            shown["manifest"] = self.manifest
        return drawings_of(self.ROOM, shown)

    def shown(self) -> Mapping[str, Any]:
        """Return what its figures take, by the names under which they take it.

        A `manifest` among it says where the figures come from, if the study's own does not.
        """
        return {}

    def facts(self) -> dict[str, Any]:
        """Return what the study is of, as plain data."""
        return dict(self.manifest)

    def blocks(self) -> Iterator[Block]:
        """Yield what people read: tables and sentences."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return facts and tables as plain data: what `--json` prints."""
        tables = {Path(name).stem: list(rows) for name, rows in self.tables().items()}
        found: dict[str, Any] = plain(self.facts() | tables)
        return found

    def frame(self, table: str) -> Any:
        """Return a table as a data frame.

        Args:
            table: Name of its file, with or without the ending.

        Raises:
            InputError: There is no such table.
        """
        import pandas as pd

        tables = {Path(name).stem: rows for name, rows in self.tables().items()}
        if (stem := table.removesuffix(".csv")) not in tables:
            raise InputError(f"no table {table!r}; there are: {', '.join(tables)}")
        return pd.DataFrame(list(tables[stem]))

    def draw(self, figure: str | None = None) -> Figure:
        """Return a figure; the first if none is named.

        Raises:
            InputError: There is no such figure, or nothing to show in it.
        """
        drawings = self.figures()
        name = next(iter(drawings), "") if figure is None else figure
        if name not in drawings:
            raise InputError(f"no figure {name!r}; there are: {', '.join(drawings) or 'none'}")
        return drawings[name].draw()

    def save(self, folder: Path | str, *, figures: bool = True) -> list[Path]:
        """Write tables and figures, and last the facts; an earlier such study is replaced.

        Returns:
            The files of the figures.

        Raises:
            InputError: The folder holds something else; see :meth:`check_folder`.
        """
        from sim.results.files import digest_of, is_regular, write_sealed
        from sim.results.lock import writing
        from sim.studies.kept import keep

        folder = Path(folder)
        self.check_folder(folder)
        with writing(folder):
            self.clear(folder)
            for name, rows in self.tables().items():
                write_rows(folder / name, rows, self.COLUMNS.get(name, ()))
            drawings = self.figures() if self.ROOM else {}
            keep(folder / kept_of(self.FACTS), drawings)
            drawn = write_figures(drawings, folder / FIGURES) if figures else []
            files = {
                name: digest_of(folder / name)._asdict()
                for name in sorted((*self.FILES, kept_of(self.FACTS)))
                if is_regular(folder / name)
            }
            write_sealed(folder / self.FACTS, {**plain(self.facts()), FILES: files})
        return drawn

    @classmethod
    def check_folder(cls, folder: Path) -> None:
        """Refuse a place that holds anything but an earlier such study, as far as it would be lost.

        Raises:
            InputError: It is a file, the folder of a run, or has tables that are not this study's.
        """
        if fault := file_in_the_way(folder):
            raise InputError(fault)
        if (folder / "manifest.json").exists():
            raise InputError(f"--out {folder} holds the results of a run; choose another folder")
        there = next((name for name in cls.FILES if (folder / name).exists()), None)
        if there and not (folder / cls.FACTS).exists():
            raise InputError(f"--out {folder} holds another {there}; choose another folder")

    @classmethod
    def clear(cls, folder: Path) -> None:
        """Remove an earlier such study: its facts first, so that nothing half seems whole."""
        for name in (cls.FACTS, *cls.FILES, kept_of(cls.FACTS)):
            (folder / name).unlink(missing_ok=True)
        cls.clear_figures(folder)

    @classmethod
    def clear_figures(cls, folder: Path) -> None:
        """Remove an earlier such study's figures."""
        from sim.figures.save import FORMATS

        for name in cls.DRAWN:
            for ending in FORMATS:
                (folder / FIGURES / f"{name}.{ending}").unlink(missing_ok=True)
        with suppress(OSError):
            (folder / FIGURES).rmdir()  # unless something else is in it

    def _repr_html_(self) -> str:
        return "".join(block_html(block) for block in self.blocks())


def kept_of(facts: str) -> str:
    """Return the name of the file that holds what a study's figures are drawn of.

    Args:
        facts: Name of the study's own file.
    """
    return facts.replace(".json", ".figures.json")


def drawings_of(room: str, facts: Mapping[str, Any]) -> dict[str, Drawing]:
    """Return the figures that facts allow, by the names of their files.

    Args:
        room: Name of the study in the register of figures.
        facts: What they take, by name.
    """
    from sim.figures import register

    return {one.name: drawing_of(one, facts) for one in register.choose(room, facts)}


def drawing_of(one: register.Drawing, facts: Mapping[str, Any]) -> Drawing:
    """Return a figure of the register, to be drawn of these facts."""
    return Drawing(one.title, partial(_draw, one, facts), facts["manifest"], one, facts)


def write_figures(
    drawings: Mapping[str, Drawing], folder: Path, formats: Sequence[str] | None = None
) -> list[Path]:
    """Write figures into a folder: as PNG and SVG, or in the formats named."""
    from sim.figures.save import FORMATS, figure_metadata, save

    return [
        path
        for name, drawing in drawings.items()
        for figure in (drawing.draw(),)
        for path in save(
            figure,
            folder,
            name,
            figure_metadata(drawing.manifest, str(figure.get_label())),
            formats or FORMATS,
        )
    ]


def _draw(one: Any, facts: Mapping[str, Any]) -> Figure:
    ((_, figure),) = one.draw(facts)
    drawn: Figure = figure
    return drawn


def file_in_the_way(folder: Path) -> str:
    """Return what is wrong with `--out` if a file stands where a folder must be, or nothing."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if there is None or there.is_dir():
        return ""
    if there == folder:
        return f"--out {folder} is a file, not a folder"
    return f"--out {folder}: {there} is a file, not a folder"


def write_rows(path: Path, rows: Iterable[Row], columns: Sequence[str] = ()) -> None:
    """Write a CSV file, whole or not at all, numbers to seven digits.

    Args:
        path: Of the file; its folder is made.
        rows: All with the same keys; None and undefined numbers become empty cells. Without rows
            and without columns no file is written.
        columns: Those of the file; the keys of the first row if not given.
    """
    from sim.results.files import whole_file

    text = io.StringIO(newline="")
    writer = _writer(text, columns) if columns else None
    for row in rows:
        if writer is None:
            writer = _writer(text, list(row))
        writer.writerow({key: _cell(value) for key, value in row.items()})
    if writer is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _writer(text: io.StringIO, columns: Sequence[str]) -> csv.DictWriter[str]:
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    return writer


def _cell(value: str | int | float | None) -> str | int:
    if value is None:
        return ""
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.{DIGITS}g}"


def plain(content: Any) -> Any:
    """Return nested data for JSON, which knows neither infinity (`inf`) nor NaN (null)."""
    if isinstance(content, Mapping):
        return {key: plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(value) for value in content]
    if not isinstance(content, float) or math.isfinite(content):
        return content
    return None if math.isnan(content) else "inf" if content > 0 else "-inf"


def as_json(content: Any) -> str:
    """Return plain data as the text that `--json` prints."""
    return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)


def block_html(block: Block) -> str:
    """Return a table or a sentence as HTML."""
    if isinstance(block, str):
        return f"<p>{html.escape(block)}</p>"
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in block.heads)
    rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in block.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def origin_of_sweep(
    name: str, points: int, replicates: int, seed: object, version: object
) -> dict[str, Any]:
    """Return what the caption of a figure says of the sweep behind it, as a manifest."""
    return {
        "scenario": name,
        "seed": seed,
        "runs": points * replicates,
        "version": version,
        "origin": (
            f"{name} · {points:,} points × {replicates} replicates · seed {seed} · entrench"
            f" {version}."
        ),
    }


def percent(share: float) -> str:
    """Return a share as text: `83 %`; small ones with one decimal."""
    number = 100.0 * share
    return f"{number:.1f} %" if 0.0 < number < 10.0 else f"{number:.0f} %"


def counted(number: int, what: str) -> str:
    """Return a number of things: `1 run`, `200 runs`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
