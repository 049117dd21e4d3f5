"""Published data: decisions that are imposed on runs, and figures to compare with the model."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass as checked_dataclass

from sim.model.mechanisms.documented import MOST_CONTRACTS
from sim.model.units import QUARTERS
from sim.world.columns import ADOPTED, DOCUMENTED_COLUMNS, EXITED, Table
from sim.world.dates import MONTHS, date_of, quarter_of
from sim.world.tables import HEADER_LINE, Problems, Row, raise_all, read_table, values_of


@dataclass(frozen=True)
class DocumentedDecision:
    """A documented decision, which happens in every run in its quarter and not before.

    Attributes:
        what: `trained` (first course), `adopted` (a contract with a Chinese vendor) or `exited`
            (end of the system).
        date: The beginning of its quarter.
        vendor: One of `CHINESE_VENDORS`; empty: unknown or not applicable.
        stage: One of `STAGES`, likewise.
    """

    iso3: str
    what: str
    date: float
    vendor: str = ""
    stage: str = ""
    source: str = ""

    @property
    def quarter(self) -> int:
        return quarter_of(self.date)

    def described(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if value != ""}


def read_known(path: Path, codes: Collection[str]) -> tuple[DocumentedDecision, ...]:
    """Read a CSV file of documented decisions; `codes` may map each code to a name."""
    problems: Problems = []
    table = Table(path.name, DOCUMENTED_COLUMNS, ("iso3", "what", "date"))
    facts: list[tuple[Row, DocumentedDecision]] = []
    dates = defaultdict[tuple[str, str], list[int]](list)
    for row, values in values_of(read_table(path, table, problems), codes):
        iso3, what, vendor, stage = (values[n] for n in ("iso3", "what", "vendor", "stage"))
        # Courses and exits have neither: an exit ends the system that was adopted.
        if what != ADOPTED and (vendor or stage):
            row.wrong(f"vendor is {vendor!r}, stage {stage!r}; allowed with {what}: nothing")
        if not row.right:
            continue
        quarter, most = quarter_of_text(values["date"]), MOST_CONTRACTS if what == ADOPTED else 1
        if quarter in dates[iso3, what] or len(dates[iso3, what]) >= most:
            row.wrong(f"{iso3} {what} again; allowed: {most} of a country, one a quarter")
            continue
        dates[iso3, what].append(quarter)
        known: Any = {name: value or "" for name, value in values.items()}
        facts.append((row, DocumentedDecision(**known | {"date": date_of(quarter)})))
    for row, fact in facts:
        first = min(dates[fact.iso3, ADOPTED], default=fact.quarter)
        if fact.what == EXITED and fact.quarter <= first:
            row.wrong(f"{fact.iso3} exited at {fact.date:g}, and no line has a contract before")
    if not facts and not problems:
        problems.append((path.name, HEADER_LINE, "there are no rows below the header"))
    raise_all(problems, path, "the table")
    return tuple(fact for _, fact in facts)


def quarter_of_text(date: str, month: int = 1) -> int:
    """Return the quarter of a date such as 2014-07; a year alone begins with `month`."""
    year, month = (int(part) for part in f"{date}-{month}".split("-")[:2])
    return quarter_of(year) + (month - 1) * QUARTERS // MONTHS


type Bound = Literal["value", "lower", "upper"]


@checked_dataclass(frozen=True, kw_only=True)
class PublishedFigure:
    """A published figure to compare the model with: a row of `targets.csv`.

    Attributes:
        use: `calibrate`, `hold-out`, `check`, `judgement` where nothing is published, or `part` of
            another figure, which counts once for all its parts.
        sigma: Standard deviation of our knowledge of it; None for a bound or a weak check.
        bound: `value`, or `lower` / `upper` where the source gives a bound.
        count: Number of events, for a rate or share in the record of fates; else None.
        exposure: System-years or systems in which `count` was observed.
        design_effect: Loss of information because events cluster in countries (1: none).
    """

    id: str
    use: Literal["calibrate", "hold-out", "check", "judgement"]
    quantity: str
    value: float
    sigma: float | None = None
    bound: Bound
    unit: str
    scope: str
    period: str
    source: str
    quality: str
    count: float | None = None
    exposure: float | None = None
    design_effect: float = 1.0


# Always the project's: a user's tables cannot replace them.
def read_targets(path: Path) -> tuple[PublishedFigure, ...]:
    rows: Any = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    filled = ({name: cell for name, cell in row.items() if cell} for row in rows)
    return tuple(PublishedFigure(**row) for row in filled)


def target_label(target: str) -> str:
    words = " ".join(_WORDS.get(word, word) for word in target.split("_"))
    return re.sub(r"(\d{4}) (\d\d)$", r"\1-\2", words)


_WORDS = {
    "africa": "Africa", "bri": "BRI", "china": "China", "ssa": "sub-Saharan",
    "state": "country", "trainings": "courses", "un": "UN", "west": "West", "western": "Western",
}  # fmt: skip
