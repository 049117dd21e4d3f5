"""The report that every study returns: tables, sentences and figures.

A study is a function of a results dataset. It returns a :class:`Report`, made of data frames (the
tables), of what people read (sentences and tables, in order), and of functions that draw.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import InputError, nearest
from sim.results.store import FIGURES, OtherResultsError, whole_file
from sim.units import PERCENT, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.dataset import Results

DIGITS = 3
"""Significant digits of numbers that people read."""
TABLE_DIGITS = 7
"""Significant digits of numbers in tables of files."""
NONE = "–"


@dataclass(frozen=True)
class Table:
    """A table that people read.

    Attributes:
        frame: Its cells: texts, or numbers to be shown in a few digits; the index is not shown.
        title: Text above it.
    """

    frame: pd.DataFrame
    title: str = ""

    @property
    def texts(self) -> pd.DataFrame:
        """The cells as they are shown."""
        return self.frame.map(text)


@dataclass(frozen=True)
class Report:
    """Results of a study.

    Attributes:
        kind: Name of the study, and of its file of facts.
        results: The runs.
        tables: Data frames, by the name of their file.
        shown: What people read, in order.
        figures: Functions that draw, by the name of the figure.
        facts: Single numbers and texts for `--json`, in addition to the tables.
    """

    kind: str
    results: Results
    tables: Mapping[str, pd.DataFrame]
    shown: Sequence[str | Table]
    figures: Mapping[str, Callable[[], Figure]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> list[str | Table]:
        """What people read, and how many runs failed."""
        if not self.results.failed:
            return list(self.shown)
        failed = f"{self.results.failed:,}"
        return [*self.shown, f"Runs that failed, left out of all numbers: {failed}."]

    def draw(self, figure: str | None = None) -> Figure:
        """Return a figure; the first if none is named."""
        name = next(iter(self.figures), "") if figure is None else figure
        if name not in self.figures:
            raise InputError(f"no figure {name!r}{nearest(name, self.figures)}")
        return self.figures[name]()

    def save(
        self,
        folder: Path | str,
        *,
        figures: bool = True,
        formats: Sequence[str] = (),
        width: float | None = None,
        plain: bool = False,
        fresh: bool = False,
    ) -> list[Path]:
        """Write tables, facts and figures into a folder; return the files of the figures.

        Args:
            folder: Results, or any other folder.
            figures: Whether to draw figures.
            formats: Formats of figures: png, pdf or svg; PNG and PDF if none is given.
            width: Their width in millimetres.
            plain: Whether heading and caption go to a text file next to each.
            fresh: Whether to replace files that say something else.

        Raises:
            OtherResultsError: A file of the name of a table is there and says something else.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        contents = {
            target / f"{name}.csv": frame.to_csv(index=False, float_format=f"%.{TABLE_DIGITS}g")
            for name, frame in self.tables.items()
        }
        contents[target / f"{self.kind}.json"] = as_json(self.to_dict(tables=False)) + "\n"
        written = {path: content.encode() for path, content in contents.items()}
        other = [p.name for p, new in written.items() if p.exists() and p.read_bytes() != new]
        if other and not fresh:
            text = f"{target} has other content in {', '.join(other)}: choose another --out, or"
            raise OtherResultsError(f"{text} replace it with --fresh; the same runs stay")
        for path, content in written.items():
            with whole_file(path) as file:
                file.write(content)
        if not figures:
            return []
        from sim.figures.canvas import save_figures

        return save_figures(self.figures, target / FIGURES, formats, width=width, plain=plain)

    def to_dict(self, *, tables: bool = True) -> dict[str, Any]:
        """Return facts and tables as plain data: what `--json` prints."""
        manifest = self.results.manifest
        identity = {k: v for k, v in manifest.items() if k not in ("files", "scenarios")}
        rows = {name: frame.to_dict("records") for name, frame in self.tables.items() if tables}
        return {**identity, "failed_runs": self.results.failed, **self.facts, **rows}

    def __repr__(self) -> str:
        """Kind and tables, in a line."""
        return f"<{self.kind} of {self.results.name}: {', '.join(self.tables)}>"

    def _repr_html_(self) -> str:
        parts = []
        for block in self.blocks:
            if isinstance(block, str):
                parts.append(f"<p>{block}</p>")
            else:
                parts.append(f"<p><b>{block.title}</b></p>" + block.texts.to_html(index=False))
        return "".join(parts)


def text(value: Any) -> str:
    """Return a cell as people read it: numbers in three significant digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if value is None or not math.isfinite(value):
        return NONE
    rounded = float(f"{value:.{DIGITS}g}")
    shown = f"{value:,.0f}" if abs(rounded) >= 10**DIGITS else f"{rounded:g}"
    return shown.replace("-", "−")


def signed(value: float) -> str:
    """Return a change with its sign."""
    return f"+{shown(value)}" if value > 0 else shown(value)


def ranges(frame: pd.DataFrame, low: str = "q05", high: str = "q95") -> list[str]:
    """Return a text per row of a table: `98 to 140`."""
    pairs = frame[[low, high]].itertuples(index=False)
    return [f"{shown(least)} to {shown(most)}" for least, most in pairs]


CHANGES = "mean of paired runs ± half of its 95 % interval (90 % of runs)"
"""What the cells of `changes` are."""


def changes(frame: pd.DataFrame) -> list[str]:
    """Return a text per row of a table of effects: `+3.2 ± 0.8 (1.1 to 5)`."""
    halves = (frame["high"] - frame["low"]) / 2.0
    cells = zip(frame["mean"], halves, ranges(frame), strict=True)
    return [f"{signed(mean)} ± {shown(half)} ({ends})" for mean, half, ends in cells]


def bands(
    frame: pd.DataFrame, middle: str = "mean", low: str = "q05", high: str = "q95"
) -> list[str]:
    """Return a text per row of a table: `121 (98 to 140)`; empty where there is no number."""
    cells = zip(frame[middle], ranges(frame, low, high), strict=True)
    return [f"{shown(mean)} ({ends})" if math.isfinite(mean) else "" for mean, ends in cells]


def shares(frame: pd.DataFrame, share: str, low: str, high: str) -> list[str]:
    """Return a text per row of a table of shares: `80 % (72 to 86)`."""
    rows = (PERCENT * frame[[share, low, high]]).itertuples(index=False)
    return [
        f"{mean:.0f} % ({least:.0f} to {most:.0f})" if math.isfinite(mean) else NONE
        for mean, least, most in rows
    ]


def wide(frame: pd.DataFrame, rows: Sequence[str], columns: str, cells: Sequence[Any]) -> Any:
    """Return cells, one per row of a table, as a table of their own: rows × columns, as given."""
    table = frame.assign(cell=cells).pivot_table(
        index=list(rows), columns=columns, values="cell", aggfunc="first", sort=False
    )
    return table.reset_index()


def more(count: int) -> list[str]:
    """Return how many further entries there are, as a last entry; none: nothing."""
    return [f"and {count:,} more"] if count > 0 else []


def percent(share: float) -> str:
    """Return a share as whole percent."""
    return NONE if not math.isfinite(share) else f"{100 * share:.0f} %"


def as_json(content: Any) -> str:
    """Return plain data as JSON text; NaN becomes null."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, np.generic):
            value = value.item()
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
