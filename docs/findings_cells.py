"""How the tables of findings.md are read and written: numbers, bands and words of their cells."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.results.sweep import SweepResults
from sim.studies.persistence.method import cohort_shares, read_history
from sim.studies.persistence.states import LATER

SINCE, LAST, LONG = 2029, 2040, 2060
"""The end of the year before the offer is withdrawn, that of the horizon, and the longest one."""
WITHDRAWN = "offer-withdrawn-2030"
WHOLE_FROM = 20.0
"""Numbers from here on are written without decimals."""

HALF_OUT = "until half is out of service, years"
"""Head of a column of :func:`half_out`."""

type Floats = NDArray[np.float64]


def lines_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as Markdown."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    body = [heads, ["---"] * len(heads), *cells]
    return ["| " + " | ".join(row) + " |" for row in body]


def band(values: Floats, *, percent: bool = False, signed: bool = False) -> str:
    """Return the mean of runs with the band that holds 90 % of them."""
    known = values[~np.isnan(values)] * (100.0 if percent else 1.0)
    mean, low, high = known.mean(), *np.quantile(known, (0.05, 0.95))
    return spelled(mean, low, high, percent=percent, signed=signed)


def spelled(
    mean: float, low: float, high: float, *, percent: bool = False, signed: bool = False
) -> str:
    """Return a mean with the ends of its band; large numbers and percentages without decimals."""
    decimals = 0 if percent or abs(mean) >= WHOLE_FROM else 1
    first, *ends = (number(value, decimals, signed=signed) for value in (mean, low, high))
    return f"{first}{' %' if percent and not signed else ''} ({ends[0]} to {ends[1]})"


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """Return a number as the page writes it."""
    text = f"{abs(value):.{decimals}f}"
    if not float(text):
        return "0"
    return ("−" if value < 0 else "+" if signed else "") + text


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def share(row: Mapping[str, str], years: int) -> str:
    """Return the share left in a row of `persistence.csv`."""
    cells = [row[f"left_{years}{end}"] for end in ("", "_q05", "_q95")]
    if not all(cells):
        return ""
    mean, low, high = (100 * float(cell) for cell in cells)
    return spelled(mean, low, high, percent=True)


def half_out(row: Mapping[str, str], end: int = LAST) -> str:
    """Return the years until half is out of service, of a row of `persistence.csv`."""
    last = end - SINCE
    texts = []
    for end in ("", "_q05", "_q95"):
        value = float(row[f"half_out{end}"] or "nan")
        texts.append(f"{value:.1f}" if np.isfinite(value) else f"> {last}")
    return texts[0] if texts[1] == texts[2] else f"{texts[0]} ({texts[1]} to {texts[2]})"


def on(text: str) -> str:
    """Return how a switch is written."""
    return {"true": "on", "false": "off"}[text]


def offer(scenario: str) -> str:
    """Return what a scenario's name says of the offer."""
    return "withdrawn" if scenario.startswith("offer-withdrawn") else "stands"


def left_of(sweep: SweepResults, members: NDArray[np.bool_] | None = None) -> Floats:
    """Return the share of the systems of 2029 that works ten years later: (points, replicates).

    Args:
        sweep: The sweep.
        members: Of which states; None: all.
    """
    history = read_history(sweep, "")
    own = np.ones(len(history.states), np.bool_) if members is None else members
    shares = cohort_shares(history.working, own[np.newaxis], SINCE, LAST)[:, 0, LATER]
    found = np.full((sweep.points, sweep.replicates), np.nan)
    found[sweep.point_of_run, sweep.replicate_of_run] = shares
    return found
