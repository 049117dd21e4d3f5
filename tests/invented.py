"""Seeds of one's own for tests: single changes, and worlds invented from rows of real states."""

from __future__ import annotations

import csv
import itertools
import string
from collections.abc import Iterator
from pathlib import Path

from sim.world import find_data_folder


def folder_of(path: Path, **texts: str) -> Path:
    """Write tables (`changes="..."`) into a new folder; returns it."""
    path.mkdir(parents=True)
    for name, text in texts.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def shipped_rows(table: str) -> list[list[str]]:
    """Return the rows of a shipped table, its header first."""
    with (find_data_folder("seeds") / table).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def income(value: str, year: str = "2014", iso3: str = "SRB") -> str:
    """Return the shipped `history.csv` with another income of Serbia in a year."""
    header, *rows = shipped_rows("history.csv")
    place = header.index("gdp_pc")
    for row in rows:
        if row[:2] == [iso3, year]:
            row[place] = value
    return "".join(f"{','.join(row)}\n" for row in (header, *rows))


def write(path: Path, rows: Iterator[list[str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def invented(path: Path, states: int) -> Path:
    """Invent a world: each state is like a real one, under a code of its own."""
    path.mkdir(parents=True)
    codes = ["".join(c) for c in itertools.product("XYZW", *[string.ascii_uppercase] * 2)][:states]
    header, *countries = shipped_rows("countries.csv")
    real = [row[0] for row in countries]
    like = {code: real[at % len(real)] for at, code in enumerate(codes)}
    row_of = {row[0]: row for row in countries}
    write(
        path / "countries.csv",
        iter([header, *([c, f"State {c}", *row_of[like[c]][2:-1], ""] for c in codes)]),
    )
    header, *history = shipped_rows("history.csv")
    years: dict[str, list[list[str]]] = {}
    for row in history:
        years.setdefault(row[0], []).append(row)
    write(
        path / "history.csv",
        iter([header, *([c, *row[1:-1], ""] for c in codes for row in years[like[c]])]),
    )
    header, *borders = shipped_rows("borders.csv")
    code_of = {(at // len(real), like[code]): code for at, code in enumerate(codes)}
    ends = (
        (code_of.get((part, one)), code_of.get((part, other)))
        for part in range(states // len(real) + 1)
        for one, other in borders
    )
    write(path / "borders.csv", iter([header, *([a, b] for a, b in ends if a and b)]))
    return path
