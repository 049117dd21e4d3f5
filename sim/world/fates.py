"""The public records: systems, their dated events, contracts that expired, and trainings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import nearest
from sim.model.mechanisms.documented import MOST_CONTRACTS
from sim.model.units import FIRST_YEAR, PERCENT
from sim.world import find_data_folder
from sim.world.columns import (
    ADOPTED,
    CHINESE,
    EVENT_WORDS,
    PLATFORMS,
    READ,
    RECORD_TABLES,
    STAGES,
    SYSTEM_EVENTS,
    SYSTEMS,
    TRAINING_FORMATS,
    TRAININGS,
    Table,
)
from sim.world.dates import MONTHS, date_of
from sim.world.documented import DocumentedDecision, quarter_of_text
from sim.world.tables import HEADER_LINE, Problems, Row, raise_all, read_table, values_of

SURE = 0.6
"""Least confidence of rows that a strict statistic counts."""
# Of a date that gives only the year: the second half begins.
MIDDLE_MONTH = 7
# The last stage needs a second contract, so a national platform counts as a safe city.
STAGE_OF = dict(zip(PLATFORMS, (STAGES[0], STAGES[1], STAGES[1]), strict=True))
"""Stage of a first contract in the model."""


@dataclass(frozen=True)
class FateRecord:
    """Rows of `systems.csv`, `system_events.csv` and `trainings.csv`; dates are texts."""

    systems: pd.DataFrame
    events: pd.DataFrame
    trainings: pd.DataFrame = field(default_factory=lambda: frame_of(TRAININGS, []))

    def of(self, ids: Collection[str]) -> FateRecord:
        tables = (self.systems, self.events)
        systems, events = (table[table["id"].isin(list(ids))] for table in tables)
        return FateRecord(systems, events, self.trainings)

    def of_country(self, iso3: str) -> FateRecord:
        systems = self.of(self.systems.loc[self.systems["iso3"] == iso3, "id"])
        trained = self.trainings["iso3"].map(lambda codes: iso3 in codes.split()).astype(bool)
        return replace(systems, trainings=self.trainings[trained])

    def with_own(self, own: FateRecord) -> FateRecord:
        # A user's systems replace those of the same id together with their events.
        rest = self.of(set(self.systems["id"]) - set(own.systems["id"]))
        rows = rest.trainings[~rest.trainings["id"].isin(own.trainings["id"])]
        pairs = zip(vars(replace(rest, trainings=rows)).values(), vars(own).values(), strict=True)
        return FateRecord(*(pd.concat(pair, ignore_index=True) for pair in pairs))


def decimal_year(date: str) -> float:
    """Return a decimal year: the middle of the year or month, or the day."""
    year, month, day = (int(part) for part in f"{date}-0-0".split("-")[:3])
    if not month:
        return year + 0.5
    return year + (month - 1 + ((day - 0.5) / 31 if day else 0.5)) / MONTHS


def in_order(events: pd.DataFrame) -> pd.DataFrame:
    return events.loc[events["date"].map(decimal_year).sort_values(kind="stable").index]


def event_words(event: Any) -> str:
    """Return an event in words, such as `partly out of service, 50%`."""
    share = f", {PERCENT * event['share']:.3g}%" if event["share"] > 0.0 else ""
    return f"{EVENT_WORDS[event['event']]}{share}"


def source_of(row: Any) -> str:
    texts = [text for text in (row["outlet"], row["published"], row["url"]) if text]
    return ", ".join(texts) or "from memory"


def confirmed(trainings: pd.DataFrame, of: Sequence[str] = TRAINING_FORMATS) -> pd.DataFrame:
    """Return the trainings of a format that is one, with a confidence of 0.6 or more."""
    return trainings[trainings["format"].isin(of) & (trainings["confidence"] >= SURE)]


def rows_of(
    path: Path, table: Table, codes: Collection[str], problems: Problems
) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield the rows of a table of the record with their values."""
    for row, values in values_of(read_table(path, table, problems), codes):
        if values.get("evidence") == READ and not values["url"]:
            row.wrong(f"url is empty; allowed with evidence {READ}: the address of the source")
        yield row, values


def frame_of(table: Table, lines: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=[column.name for column in table.columns])
    numbers = [column.name for column in table.columns if column.kind in ("number", "whole")]
    texts = [name for name in frame if name not in numbers]
    # Texts are empty, not NaN, where nothing is written.
    frame[numbers] = frame[numbers].astype(float)
    frame[texts] = frame[texts].fillna("").astype(object)
    return frame


def read_record(
    folder: Path, codes: Collection[str] = (), shipped: FateRecord | None = None
) -> FateRecord:
    """Read and check the tables of a record in a folder, some of which may be missing.

    `codes` are those of the countries: by default the shipped ones. Events may also concern systems
    of `shipped`.
    """
    problems: Problems = []
    present = [table for name, table in RECORD_TABLES.items() if (folder / name).exists()]
    if not present:
        text = f"no record; allowed: {', '.join(RECORD_TABLES)}"
        problems.append((folder.name, HEADER_LINE, text))
    codes = codes or shipped_codes()
    rows = {
        table: [*rows_of(folder / name, table, codes, problems)] if table in present else []
        for name, table in RECORD_TABLES.items()
    }
    for row, values in rows[SYSTEMS]:
        if values["imposed"] and values["group"] != CHINESE:
            row.wrong(f"group is {values['group']!r}; allowed with imposed: {CHINESE}")
        begun, served = values["contracted"], values["operational"]
        if begun and served and served[:4] < begun[:4]:
            row.wrong(
                f"operational is {served}; allowed: {begun}, when it was contracted, or later"
            )
    known = [*(shipped.systems["id"] if shipped else ()), *(own["id"] for _, own in rows[SYSTEMS])]
    for row, values in rows[SYSTEM_EVENTS]:
        if values["id"] and values["id"] not in known:
            hint = nearest(values["id"], known, "")
            row.wrong(f"id is {values['id']!r}; allowed: an id of {SYSTEMS.name}{hint}")
    raise_all(problems, folder, "the record of")
    return FateRecord(*(frame_of(table, [v for _, v in of]) for table, of in rows.items()))


@cache
def shipped_record() -> FateRecord:
    return read_record(find_data_folder("seeds"))


@cache
def shipped_expiries() -> pd.DataFrame:
    """Return the contracts that expired, as texts."""
    path = find_data_folder("seeds") / "expiries.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.astype({"confidence": float})


@cache
def shipped_codes() -> list[str]:
    path = find_data_folder("seeds") / "countries.csv"
    return list(pd.read_csv(path, usecols=["iso3"], keep_default_na=False)["iso3"])


def check_record(folder: Path) -> str:
    """Check a record; return the size of its content."""
    record = read_record(folder, shipped=shipped_record())
    sizes = [f"{len(table)} {of}" for of, table in vars(record).items() if len(table)]
    return ", ".join(sizes) or "no rows"


def contracts_of(record: FateRecord) -> tuple[DocumentedDecision, ...]:
    """Return the contracts that a record imposes on runs: of a country one a quarter."""
    systems = record.systems[
        (record.systems["group"] == CHINESE) & record.systems["stage"].isin(PLATFORMS)
    ]
    # The column is optional: a record that omits it imposes every dated contract.
    marked = record.systems["imposed"].ne("").any()
    dated = systems.assign(date=systems["imposed" if marked else "contracted"])
    dated = dated[dated["date"] >= str(FIRST_YEAR)].sort_values("date", kind="stable")
    dated = dated.assign(quarter=[quarter_of_text(date, MIDDLE_MONTH) for date in dated["date"]])
    dated = dated.drop_duplicates(["iso3", "quarter"]).groupby("iso3").head(MOST_CONTRACTS)
    found = []
    for _, row in dated.iterrows():
        date, stage = date_of(row["quarter"]), STAGE_OF[row["stage"]]
        named = ": ".join(filter(None, (row["place"], row["note"])))
        source = f"{named} ({source_of(row)})"
        found.append(DocumentedDecision(row["iso3"], ADOPTED, date, row["vendor"], stage, source))
    return tuple(found)
