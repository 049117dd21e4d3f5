"""The report that every study returns: tables, sentences and figures."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import ValidationError
from pydantic_core import to_json

from sim.errors import InputError, listed, nearest, printable
from sim.estimates.effects import large_groups
from sim.estimates.targets import published, verdicts
from sim.figures import check_form
from sim.model.units import PERCENT
from sim.runs import store
from sim.runs.joining import unlike
from sim.runs.numbers import shown
from sim.runs.own_groups import KEEP_IT
from sim.runs.store import FIGURES, OtherResultsError, whole_file
from sim.runs.titles import titles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.runs.dataset import Results

DIGITS = 3
TABLE_DIGITS = 7
NONE = "–"
# Outcomes of the first table: Chinese ones before those of all vendors.
SHOWN = (
    "trained",
    "adopters",
    "platforms",
    "working",
    "contracts_chinese",
    "contracts_active",
    "lock_in_chinese",
    "lock_in",
    "sales_chinese_yearly",
    "revenue_sales_yearly",
    "china_sales_share",
    "china_first_share",
    "maintenance_chinese_yearly",
    "revenue_maintenance_yearly",
)


# A cell that begins so is set on the right.
NUMBER = re.compile(r"[+−-]?[\d.,]+(?![a-z])|–")
_TEX = str.maketrans(
    {
        **{letter: rf"\{letter}" for letter in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{"−": "$-$", "±": r"$\pm$", "×": r"$\times$", "–": "--", "<": "$<$", ">": "$>$"},
    }
)


@dataclass(frozen=True)
class Table:
    """A table for readers, without its index, and the text above it.

    Screens show the first `most` rows, and name the table that has the rest; files have all.
    """

    frame: pd.DataFrame
    title: str = ""
    most: int = sys.maxsize
    rest: str = ""

    @property
    def texts(self) -> pd.DataFrame:
        return self.frame.map(text).rename(columns=lambda name: printable(str(name)))

    def printed(self, ending: str) -> bytes:
        """Return the table as papers take it: LaTeX or CSV."""
        if ending == "tex":
            return as_tex(self.texts, self.title).encode()
        if ending == "csv":
            return str(self.texts.to_csv(index=False, lineterminator="\n")).encode()
        hint = nearest(ending, ["tex", "csv"], "")
        raise InputError(f"no format {ending!r} of tables; allowed: tex, csv{hint}")

    @property
    def on_screen(self) -> list[str | Table]:
        rest = [f"{further}: see {self.rest}.csv." for further in more(len(self.frame) - self.most)]
        return [replace(self, frame=self.frame.head(self.most)), *rest]


@dataclass(frozen=True)
class Report:
    """Results of a study.

    Attributes:
        kind: Name of the study, and of its file of facts.
        results: The runs.
        tables: Data frames, by the name of their file; `attrs` of each has seed, version and rules.
        shown: Sentences and tables for readers, in order.
        figures: Functions that draw, by name.
        facts: Single numbers and texts, for `--json`.

    Examples:
        >>> runs = sim.make_runs("baseline", runs=2, set={"horizon.end": 2003})
        >>> report = sim.summary(runs)
        >>> report
        <summary of baseline: outcomes, causes, targets>
    """

    kind: str
    results: Results
    tables: Mapping[str, pd.DataFrame]
    shown: Sequence[str | Table]
    figures: Mapping[str, Callable[[], Figure]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for frame in self.tables.values():
            frame.attrs |= self.results.provenance

    @property
    def blocks(self) -> list[str | Table]:
        """All for a screen: differences of parts, sentences, tables, and numbers of runs."""
        paired, most = self.results.n_runs, max(of.n_runs for of in self.results.folders)
        blocks: list[str | Table] = [*unlike(self.results)]
        if most > paired:
            blocks.append(f"{paired:,} paired runs (the first of {most:,}).")
        for block in self.shown:
            blocks += [block] if isinstance(block, str) else block.on_screen
        return blocks + self.results.ineffective

    def draw(self, figure: str | None = None) -> Figure:
        """Return a figure; the first if none is named.

        Examples:
            >>> report.draw().savefig("figure.svg")
        """
        name = next(iter(self.figures), "") if figure is None else figure
        if name not in self.figures:
            raise InputError(f"no figure {name!r}{nearest(name, self.figures)}")
        return self.figures[name]()

    def save(
        self,
        folder: Path | str,
        *,
        figures: bool = True,
        formats: str | Sequence[str] = (),
        width: float | None = None,
        plain: bool = False,
        printed: str | Sequence[str] = (),
        fresh: bool = False,
    ) -> list[Path]:
        """Write tables, facts and figures into a folder; return the figures' files.

        Args:
            folder: Results, or any other folder.
            figures: Whether to draw figures.
            formats: png, pdf or svg; default: PNG and PDF.
            width: Their width in millimetres.
            plain: Whether heading and caption go to a text file next to each.
            printed: Formats of printed tables: tex or csv.
            fresh: Whether to replace also edited files, and those of other runs.

        Raises:
            OtherResultsError: A file with the name of a table has other content.

        Examples:
            >>> report.save("report", figures=False, printed=["tex"])
            []
        """
        check_form(formats, width)
        into = Path(folder)
        with store.locked(into):
            self._write_tables(into, fresh, listed(printed))
        if not figures:
            return []
        from sim.figures.canvas import save_figures

        drawn = store.refuse_link(into / FIGURES)
        return save_figures(self.figures, drawn, formats, width=width, plain=plain, fresh=fresh)

    def _write_tables(self, folder: Path, fresh: bool, printed: Sequence[str]) -> None:
        # Facts have the digest of each table.
        tables = {
            f"{name}.csv": frame.to_csv(
                index=False, float_format=f"%.{TABLE_DIGITS}g", lineterminator="\n"
            ).encode()
            for name, frame in self.tables.items()
        }
        readable = enumerate((of for of in self.shown if isinstance(of, Table)), start=1)
        for (number, table), ending in product(readable, printed):
            tables[f"{self.kind}-{number}.{ending}"] = table.printed(ending)
        path = folder / f"{self.kind}.json"
        facts, before = json.loads(as_json(self.to_dict(tables=False))), sealed(path)
        edited = store.damage(folder, before, path.name) if before else {}
        # Only files that this study wrote and nobody edited may be replaced without --fresh.
        ours = before.pop(store.FILES, {}).keys() - edited.keys()
        there = {name: folder / name for name in tables if (folder / name).exists()}
        other = [n for n, at in there.items() if at.is_dir() or at.read_bytes() != tables[n]]
        if path.exists() and (before != facts or path.name in edited):
            other.append(path.name)
        # Tables follow from the runs beside them: another outcome or year replaces the last one's.
        place, parts = self.results.folder, len(self.results.parts) > 1
        follows = place.name and place.is_relative_to(folder) and not parts
        if lost := [] if fresh else [name for name in other if not (follows and name in ours)]:
            text = f"{folder} has other content in {', '.join(lost)}: choose another --out, or"
            raise OtherResultsError(f"{text} write it again with --fresh; no run is made again")
        for name, content in tables.items():
            with whole_file(folder / name) as file:
                file.write(content)
        store.seal(path, facts, dict.fromkeys([*tables, *sorted(ours - {path.name})]))
        if runtime := sealed(folder / store.RUNTIME):  # so that `check` misses what is removed
            studies = sorted({*runtime.get(store.STUDIES, ()), path.name})
            store.seal(folder / store.RUNTIME, {**runtime, store.STUDIES: studies}, ())

    def to_dict(self, *, tables: bool = True) -> dict[str, Any]:
        """Return facts and tables as plain data, as in `--json`."""
        identity = self.results.identity
        rows = {name: frame.to_dict("records") for name, frame in self.tables.items() if tables}
        return {**identity, **self.facts, **rows}

    def __repr__(self) -> str:
        return printable(f"<{self.kind} of {self.results.name}: {', '.join(self.tables)}>")

    def _repr_html_(self) -> str:
        return "".join(
            f"<p>{escape(printable(block))}</p>"
            if isinstance(block, str)
            else f"<p><b>{escape(printable(block.title))}</b></p>{block.texts.to_html(index=False)}"
            for block in self.blocks
        )


def as_tex(cells: pd.DataFrame, title: str) -> str:
    """Return a table for the package `booktabs`, its title as the caption."""
    aligned = "".join("r" if cells[name].str.match(NUMBER).all() else "l" for name in cells)
    written = cells.map(in_tex).rename(columns=in_tex)
    return str(
        written.to_latex(index=False, escape=False, caption=in_tex(title), column_format=aligned)
    )


def in_tex(text: object) -> str:
    return str(text).translate(_TEX)


def sealed(path: Path) -> dict[str, Any]:
    """Return the facts of a file that Entrench wrote; empty if it did not, or it is damaged."""
    try:
        content = store.read_json(path)
        return content if path.name in store.Sealed.model_validate(content).files else {}
    except (InputError, OSError, ValidationError):
        return {}


def text(value: Any) -> str:
    """Return a cell for readers: numbers in three significant digits."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if value is None or not math.isfinite(value):
        return NONE
    return shown(value, DIGITS)


def signed(value: float) -> str:
    return f"+{shown(value)}" if value > 0 else shown(value)


def ranges(frame: pd.DataFrame, low: str = "q05", high: str = "q95") -> list[str]:
    """Return a text per row: `98 to 140`."""
    pairs = frame[[low, high]].itertuples(index=False)
    return [f"{shown(least)} to {shown(most)}" for least, most in pairs]


CHANGES = (
    "mean difference of paired runs ± margin of error (95%); in brackets the range of 90% of runs,"
    " or, where half or more do not change, how many rise and fall"
)
LEVELS = f"{CHANGES}. First row: mean level of the reference, and the range of 90% of runs"
SAME = "identical in all runs"
# With more unchanged runs, quantiles of a change are not informative.
MOST = 0.5


def changes(frame: pd.DataFrame) -> list[str]:
    """Return a text per row of a table of effects: `+3.2 ± 0.8 (1.1 to 5)`."""
    texts = []
    for row, same, ends in zip(frame.itertuples(), mostly_same(frame), ranges(frame), strict=True):
        up, down = (shown(round(PERCENT * of, 1)) for of in (row.share_up, row.share_down))
        spread = f"up in {up}% of runs, down in {down}%" if same else ends
        half = (row.high - row.low) / 2.0
        margin = f" ± {shown(half)}" if math.isfinite(half) else ""
        moves = row.share_up + row.share_down > 0.0
        texts.append(f"{signed(row.mean)}{margin} ({spread})" if moves else SAME)
    return texts


def mostly_same(frame: pd.DataFrame) -> pd.Series:
    return frame["share_up"] + frame["share_down"] <= 1.0 - MOST


def bands(
    frame: pd.DataFrame,
    middle: str = "mean",
    low: str = "q05",
    high: str = "q95",
    write: Callable[[float], str] = shown,
) -> list[str]:
    """Return a text per row: `121 (98 to 140)`; empty without a number."""
    cells = zip(frame[middle], ranges(frame, low, high), strict=True)
    return [f"{write(mean)} ({ends})" if math.isfinite(mean) else "" for mean, ends in cells]


def beside_published(targets: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Return published figures next to the runs' records and further columns, with verdicts."""
    known = {"published figure": targets["label"], "published": published(targets)}
    columns = {"recorded": bands(targets), **columns, "result": verdicts(targets)}
    return pd.DataFrame({**known, **columns})


def shares(frame: pd.DataFrame, share: str, low: str, high: str) -> list[str]:
    """Return a text per row: `80% (72 to 86)`."""
    rows = (PERCENT * frame[[share, low, high]]).itertuples(index=False)
    return [
        f"{mean:.0f}% ({least:.0f} to {most:.0f})" if math.isfinite(mean) else NONE
        for mean, least, most in rows
    ]


def wide(frame: pd.DataFrame, rows: Sequence[str], columns: str, cells: Sequence[Any]) -> Any:
    table = frame.assign(cell=cells).pivot_table(
        index=list(rows), columns=columns, values="cell", aggfunc="first", sort=False
    )
    return table.reset_index()


def more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def beside_levels(results: Results, effects: pd.DataFrame, reference: int = 0) -> pd.DataFrame:
    """Return effects of one year as texts (`cell`), below the levels of the reference point.

    `alternative` has the titles of scenarios.
    """
    year, named, levels = int(effects["year"].iloc[0]), titles(results), []
    for (name, kind), part in effects.groupby(["outcome", "group_kind"], sort=False):
        curve = results.curve(str(name), by=str(kind), years=year)
        rows = curve[(curve["point"] == reference) & curve["group"].isin({*part["group"]})]
        columns = {"outcome": name, "group_kind": kind, "year": year, "cell": bands(rows)}
        levels.append(rows[["point", "group"]].astype({"group": str}).assign(**columns))
    table = pd.concat([*levels, effects.assign(cell=changes(effects))], ignore_index=True)
    return table.assign(alternative=[named[point] for point in table["point"]])


def own_changes(results: Results, effects: pd.DataFrame) -> list[str | Table]:
    """Return the effects in each kind of groups of the user's own, as tables; none without any.

    `effects` has a row per point, outcome and group, of one year.
    """
    blocks: list[str | Table] = []
    for kind in results.own_kinds:
        large = effects["group"].isin(large_groups(results, kind))
        part, members = effects[large & (effects["group_kind"] == kind)], results.members(kind)
        if len(part):
            named = beside_levels(results, part)
            labels = [results.outcomes[name].named for name in named["outcome"]]
            groups = [f"{group} ({members[group].sum()})" for group in named["group"]]
            named = named.assign(outcome=labels, countries=groups)
            named = named.sort_values(
                "countries", key=lambda of: pd.factorize(of)[0], kind="stable"
            )
            table = wide(named, ["countries", "alternative"], "outcome", named["cell"])
            title = f"Change by {part['year'].max()} against {results.labels[0]}, by group"
            blocks.append(Table(table, title))
        names = [n for n in effects["outcome"].unique() if n not in {*part["outcome"]}]
        if lacking := [n for n in names if n not in results.limited and results.lacks(n, kind)]:
            blocks.append(f"Not known of these groups: {', '.join(lacking)}; {KEEP_IT}.")
    return blocks


def countries_missing(results: Results) -> list[str]:
    if results.has_panel:
        return []
    return ["These runs have no tables of countries: --countries keeps them."]


def percent(share: float) -> str:
    return NONE if not math.isfinite(share) else f"{100 * share:.0f}%"


def as_json(content: Any) -> str:
    """Return plain data as JSON text; NaN becomes null."""

    def plain(value: Any) -> Any:
        return value.to_dict("records") if isinstance(value, pd.DataFrame) else value.item()

    return to_json(content, indent=2, inf_nan_mode="null", fallback=plain).decode()
