"""What every study is: tables, figures and facts; one writer stores them, one reader shows them."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from sim.arguments import held_to_annotations
from sim.engine.identity import MECHANISMS
from sim.errors import InputError
from sim.results.claim import ASKED, FILES, claim, listed
from sim.results.files import digest_of, inside, is_own, is_regular, write_csv, write_sealed
from sim.results.folder import FIGURES
from sim.results.in_words import with_settings
from sim.results.lock import writing
from sim.results.read import EXPERIMENT, Results
from sim.studies.blocks import Block, block_html
from sim.studies.identity import OWN_WORLD, identity_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.figures import register

DIGITS = 7
"""Significant digits of numbers in tables."""

KINDS = {
    "comparison.json": "a comparison (`entrench compare`)",
    "persistence.json": "a report of what stays (`entrench persistence`)",
    "validation.json": "a validation (`entrench validate`)",
    "against.json": "a score of your list (`entrench validate --against`)",
    "naive.json": "rankings of states (`entrench validate --naive`)",
    "sensitivity.json": "a sensitivity study (`entrench sensitivity`)",
    "discovery.json": "conditions that were found (`entrench discover`)",
    "calibration.json": "a calibration (`entrench calibrate`)",
    "ask.json": "a ranking of what-ifs (`entrench ask`)",
    "country.json": "the story of a state (`entrench country`)",
    "account.json": "an account of what is known (`entrench known`)",
}
"""What a folder holds that has a study's file of facts; here, so that to ask loads no study."""

SHORT = ("scenarios", "set", "set_in", "runs", "seed", "seeds", MECHANISMS, "version")
"""Keys of what identifies the runs that say in short what a study is of."""

type Row = Mapping[str, str | int | float | None]
"""A row of a table, by column; None where there is no such number."""


class Drawing(NamedTuple):
    """A figure that can be drawn.

    Attributes:
        figure: Its entry in the register of figures.
        facts: What it is drawn of, and the `manifest` that identifies its runs.
    """

    figure: register.Drawing
    facts: Mapping[str, Any]

    def draw(self) -> Figure:
        """Draw it."""
        ((_, drawn),) = self.figure.draw(self.facts)
        return drawn


@dataclass(frozen=True, repr=False)
class Study(ABC):
    """The base of all studies: what differs is what they find, not how it is kept.

    A subclass says what its tables, figures, facts and words are.

    Attributes:
        FACTS: Name of the file that says what the study is of, with size and digest of every
            table; written last, so that where it stands all else is whole.
        FILES: Names of all tables that it may write.
        DRAWN: Names of all figures that it may draw; all of its room if not given.
        COLUMNS: Columns of the tables that are written even without rows.
        ROOM: Under which name its figures stand in the register of figures.
        FACTS_HOLD_TABLES: Whether its facts hold all that its tables do.
        manifest: What identifies the runs.
    """

    manifest: Mapping[str, Any]

    FACTS: ClassVar[str]
    FILES: ClassVar[tuple[str, ...]]
    DRAWN: ClassVar[tuple[str, ...]] = ()
    COLUMNS: ClassVar[Mapping[str, Sequence[str]]] = {}
    ROOM: ClassVar[str] = ""
    FACTS_HOLD_TABLES: ClassVar[bool] = False

    @abstractmethod
    def tables(self) -> Mapping[str, Iterable[Row]]:
        """Return the tables by the names of their files; a table without rows is not written."""

    def figures(self) -> Mapping[str, Drawing]:
        """Return topic and drawing of each figure by the name of its files."""
        shown = self.shown()
        usual = {} if "manifest" in shown else {"manifest": self.manifest}
        return drawings_of(self.ROOM, {**usual, **shown})

    def shown(self) -> Mapping[str, Any]:
        """Return what its figures take, by the names under which they take it.

        A `manifest` among it says where the figures come from, if the study's own does not.
        """
        return {}

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """What identifies the runs of any study; see :func:`identity_of`."""
        return self.manifest if "set" in self.manifest else identity_of([self.manifest])

    @property
    def scenario_name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["scenario"]["name"])

    @property
    def settings(self) -> str:
        """What follows its scenario's name: ` with contracts.term=5`; empty if nothing was set."""
        return with_settings(self.identity["set"])

    def facts(self) -> dict[str, Any]:
        """Return what it is of, in short: scenarios, what was set, runs, seed, version."""
        return {key: plain(self.identity[key]) for key in SHORT if key in self.identity}

    def all_facts(self) -> dict[str, Any]:
        """Return all that identifies its runs, and what is its own, as plain data."""
        runs = {key: value for key, value in self.identity.items() if key != EXPERIMENT}
        return runs | self.own_facts()

    def own_facts(self) -> dict[str, Any]:
        """Return what only this study says of itself, as plain data."""
        return {}

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """Yield what people read: tables and sentences."""

    def results_used(self) -> Sequence[Results]:
        """Return the results of which failed runs are left out, which is to be said."""
        used: Sequence[Results] = getattr(self, "results", ())
        return used

    def to_dict(self) -> dict[str, Any]:
        """Return facts and tables as plain data: what `--json` prints."""
        tables = {} if self.FACTS_HOLD_TABLES else self._rows_by_name()
        found: dict[str, Any] = plain(self.all_facts() | tables)
        return found

    @held_to_annotations
    def frame(self, table: str) -> pd.DataFrame:
        """Return a table as a data frame.

        Args:
            table: Name of its file, with or without the ending.

        Raises:
            InputError: There is no such table.
        """
        import pandas as pd

        tables = self._rows_by_name()
        if (stem := table.removesuffix(".csv")) not in tables:
            raise InputError(f"no table {table!r}; there are: {', '.join(tables)}")
        return pd.DataFrame(tables[stem])

    def _rows_by_name(self) -> dict[str, list[Row]]:
        return {Path(name).stem: list(rows) for name, rows in self.tables().items()}

    @held_to_annotations
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

    def saved(
        self, folder: Path | str | None, asked: Mapping[str, Any], *, figures: bool = True
    ) -> Self:
        """Return the study, saved in a folder if one is named that :meth:`claim` has claimed."""
        if folder is not None:
            self._write(Path(folder), asked, figures=figures)
        return self

    @held_to_annotations
    def save(self, folder: Path | str, *, figures: bool = True, fresh: bool = False) -> list[Path]:
        """Write tables and figures, and last the facts.

        Args:
            folder: Where; an earlier such study of the same runs there is written again.
            figures: Whether to draw there.
            fresh: Whether to replace a study of other runs there.

        Returns:
            The files of the figures.

        Raises:
            InputError: The folder holds something else, or cannot be made.
        """
        asked = self.facts()
        self.claim(folder, asked, fresh=fresh)
        return self._write(Path(folder), asked, figures=figures)

    def _write(self, folder: Path, asked: Mapping[str, Any], *, figures: bool) -> list[Path]:
        with writing(folder):
            for name, rows in self.tables().items():
                write_rows(folder / name, rows, self.COLUMNS.get(name, ()))
            self.write_more(folder)
            drawings = self.figures() if self.ROOM and figures else {}
            drawn = write_figures(drawings, folder / FIGURES)
            files = {
                name: digest_of(folder / name)._asdict()
                for name in sorted(self.FILES)
                if is_regular(folder / name)
            }
            facts = {**plain(self.all_facts()), ASKED: plain(asked), FILES: files}
            write_sealed(folder / self.FACTS, facts)
        return drawn

    def write_more(self, folder: Path) -> None:
        """Write what else of `FILES` there is beside tables."""
        return None

    @classmethod
    def claim(
        cls,
        folder: Path | str | None,
        asked: Mapping[str, Any],
        sources: Iterable[object] = (),
        *,
        fresh: bool = False,
    ) -> bool:
        """Take a folder for what is asked, before anything is run; see :func:`claim`.

        Args:
            folder: The folder; None: nothing is to be written.
            asked: What identifies the study.
            sources: What it looks at, some of which may be the user's own files.
            fresh: Whether another such study there is to be replaced.

        Returns:
            Whether what was made for it is to be replaced.

        Raises:
            InputError: The folder holds something else, or cannot be made.
        """
        if folder is None:
            return fresh
        try:
            return claim(
                Path(folder), cls.FACTS, plain(asked), cls.clear, fresh=fresh,
                files=own_files(sources), tables=cls.FILES, records=KINDS,
            )  # fmt: skip
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {error.strerror or error}") from None

    @classmethod
    def clear(cls, folder: Path) -> None:
        """Remove what an earlier such study wrote, its record first."""
        from sim.figures import register

        tables = [name for name in listed(folder / cls.FACTS) if name in cls.FILES]
        for name in (cls.FACTS, *tables):
            (folder / name).unlink(missing_ok=True)
        for name in cls.DRAWN or (register.figures_of(cls.ROOM) if cls.ROOM else ()):
            for path in inside(folder, FIGURES).glob(f"{name}[.-]*"):
                if is_own(path):
                    path.unlink()

    def __repr__(self) -> str:
        """Return what it is, short: its fields hold whole tables and the question in full."""
        tables = ", ".join(getattr(self, "FILES", ()))
        return f"<{type(self).__name__}{': ' if tables else ''}{tables}>"

    def _repr_html_(self) -> str:
        return "".join(block_html(block) for block in self.blocks())


def own_files(sources: Iterable[object]) -> list[Path]:
    """Return the files of scenarios and experiments among what is looked at."""
    paths = [Path(one) for one in sources if isinstance(one, str | Path)]
    return [path for path in paths if path.suffix == ".toml" and path.is_file()]


def drawings_of(room: str, facts: Mapping[str, Any]) -> dict[str, Drawing]:
    """Return the figures that facts allow, by the names of their files.

    Args:
        room: Name of the study in the register of figures.
        facts: What they take, by name.
    """
    from sim.figures import register

    return {one.name: Drawing(one, facts) for one in register.choose(room, facts)}


def write_figures(drawings: Mapping[str, Drawing], folder: Path) -> list[Path]:
    """Write figures into a folder, as PNG and SVG."""
    from sim.figures.save import figure_metadata, save

    written = []
    for name, drawing in drawings.items():
        figure = drawing.draw()
        metadata = figure_metadata(drawing.facts["manifest"], str(figure.get_label()))
        written += save(figure, folder, name, metadata)
    return written


def write_rows(path: Path, rows: Iterable[Row], columns: Sequence[str] = ()) -> None:
    """Write a CSV file, whole or not at all, numbers to seven digits.

    Args:
        path: Of the file; its folder is made.
        rows: All with the same keys; None and undefined numbers become empty cells. Without rows
            and without columns no file is written.
        columns: Those of the file; the keys of the first row if not given.
    """
    rows = list(rows)
    if columns := columns or list(rows[0] if rows else ()):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(path, columns, ([_cell(row[name]) for name in columns] for row in rows))


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


def origin_of(name: str, size: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the caption of a figure says of the runs behind it, as a manifest.

    Args:
        name: Of their scenario or experiment.
        size: How many there are, in words.
        manifest: What identifies them.
    """
    kept = ("seed", "runs", "version", MECHANISMS, *OWN_WORLD)
    seed, version = manifest["seed"], manifest["version"]
    return {
        **{key: manifest[key] for key in kept if key in manifest},
        "scenario": name,
        "origin": f"{name} · {size} · seed {seed} · entrench {version}.",
    }
