"""What `seeds/datapackage.json` says: columns, units, ranges, keys, sources and licences.

A Data Package (Frictionless Table Schema) that R, Stata and others read. Columns and their bounds
come from the tables' declarations in `sim/world/columns.py`, sources and terms of a column from the
tables in `seeds/SOURCES.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from runpy import run_path
from typing import Any

from record_tables import LANGUAGES, OF_FATES, OF_TRAININGS

from sim import __version__
from sim.model.register import SHIPPED
from sim.scenario.parameter_sets import FILE, LIKELIHOOD, SET, WEIGHT, shipped_plausible
from sim.world import columns
from sim.world.columns import Column, Table

SEEDS = Path(__file__).parents[2] / "seeds"
OF_RECORDS = {table.name: table for table in (*OF_FATES, *OF_TRAININGS)}
LICENCES = {
    "MIT": "MIT License",
    "CC-BY-3.0-IGO": "Creative Commons Attribution 3.0 IGO",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "ODC-By-1.0": "Open Data Commons Attribution License 1.0",
    "ODbL-1.0": "Open Data Commons Open Database License 1.0",
}
"""SPDX names of the licences of tables, and their titles."""
LICENCES_OF = {
    "countries.csv": ("CC-BY-3.0-IGO", "ODC-By-1.0", "ODbL-1.0"),
    "history.csv": ("CC-BY-3.0-IGO", "CC-BY-4.0", "ODC-By-1.0"),
    "borders.csv": ("ODbL-1.0",),
    # The records of fates and of trainings are the project's own work.
    **dict.fromkeys((*OF_RECORDS, "fates_recoded.csv", "trainings_recoded.csv"), ("MIT",)),
    LANGUAGES.name: (),
}
"""Those of each table."""
IN_WORDS = {"path": "SOURCES.md", "title": "terms of each source, named in SOURCES.md"}
"""The licence of other tables, whose sources have no named one."""
TYPES = {"number": "number", "coded": "number", "whole": "integer"}
DESCRIBED = {
    "gaps.csv": "single cells filled: a number, or the country to copy from, with the reason",
    "targets.csv": "published figures to compare the model with; source and quality by row",
    FILE: "parameter sets with weights, made by `entrench calibrate`, not observed",
    "fates_recoded.csv": "a random third of the events of the record, as two coders coded them",
    "trainings_recoded.csv": "random rows of the record of trainings, as two coders coded them",
}
"""Tables that no user's table replaces, so that `sim/world/columns.py` does not declare them."""
OF_COUNTRIES = (columns.COUNTRIES, columns.HISTORY, columns.BORDERS, columns.SPELLS)
PATTERNS = {"state": "^[A-Z]{3}$", "states": "^[A-Z]{3}( [A-Z]{3})*$"}
MOST = 1e6


def _texts(*names: str) -> list[Column]:
    return [Column(name, kind="text") for name in names]


def _amounts(highest: float, *names: str) -> list[Column]:
    return [Column(name, highest=highest, may_be_empty=True) for name in names]


def other_tables() -> Iterator[Table]:
    """Return the tables of `DESCRIBED`."""
    yield run_path(str(SEEDS / "tools" / "gaps.py"))["GAPS"]
    uses = Column("use", kind="word", words=("calibrate", "hold-out", "check", "judgement"))
    bound = Column("bound", kind="word", words=("value", "lower", "upper"))
    yield Table(
        "targets.csv",
        (
            *_texts("id"), uses, *_texts("quantity"), Column("value", highest=MOST),
            *_amounts(MOST, "sigma"), bound, *_texts("unit", "scope", "period", "source"),
            *_texts("quality"), *_amounts(MOST, "count", "exposure", "design_effect"),
        ),
        ("id",),
    )  # fmt: skip
    of_sets = (Column(SET, highest=MOST, kind="whole"), Column(WEIGHT, highest=1.0))
    likelihood = Column(LIKELIHOOD, lowest=-MOST, highest=MOST)
    keys = []
    for key in shipped_plausible().keys:
        declared = SHIPPED.parameters[key]
        least, most = (getattr(of, "ge", getattr(of, "le", None)) for of in declared.metadata)
        unit = declared.json_schema_extra["unit"]
        keys.append(Column(key, unit, least, most, declared.description))
    yield Table(FILE, (*of_sets, likelihood, *keys), (SET,))
    event = {column.name: column for column in columns.SYSTEM_EVENTS.columns}
    coded = [
        replace(event[name], name=f"{name}_{coder}", may_be_empty=True)
        for name in ("date", "event", "share", "cause")
        for coder in ("first", "second")
    ]
    yield Table("fates_recoded.csv", (*_texts("id", "url"), *_amounts(1.0, "seen", "sure"), *coded))
    yes = [Column(name, kind="word", words=("yes", "no"), may_be_empty=True)
           for name in ("found", "confirmed_first", "confirmed_second")]  # fmt: skip
    training = {column.name: column for column in columns.TRAININGS.columns}
    coded = [
        replace(training[name], name=f"{name}_{coder}", may_be_empty=True)
        for name in ("start", "format", "topic", "level", "officers")
        for coder in ("first", "second")
    ]
    yield Table("trainings_recoded.csv", (training["id"], *yes, *coded), ("id",))


def terms() -> dict[str, tuple[str, str]]:
    """Return source and terms of each column that SOURCES.md has a row for."""
    text = (SEEDS / "SOURCES.md").read_text(encoding="utf-8")
    row = r"^\| (`\w+`(?:, `\w+`)*) \| [^|]* \| ([^|]*) \| ([^|]*) \| [^|]* \|$"
    rows = re.findall(row, text, re.M)
    return {
        name: (source.strip(), words.strip())
        for names, source, words in rows
        for name in re.findall(r"\w+", names)
    }


def field(column: columns.Column, known: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Return a column as Table Schema has it."""
    limits: dict[str, Any] = {"required": not column.may_be_empty and "" not in column.words}
    if column.kind in ("number", "whole"):
        limits |= {"minimum": column.lowest, "maximum": column.highest}
    if column.words:
        limits["enum"] = [float(w) if column.kind == "coded" else w for w in column.words if w]
    if pattern := PATTERNS.get(column.kind):
        limits["pattern"] = pattern
    source, words = known.get(column.name, ("", ""))
    described = {"unit": column.unit, "description": column.doc, "source": source, "terms": words}
    return {
        "name": column.name,
        "type": TYPES.get(column.kind, "string"),
        **{key: value for key, value in described.items() if value},
        "constraints": limits,
    }


def resource(name: str, **described: Any) -> dict[str, Any]:
    """Return a table as Data Packages have it."""
    names = LICENCES_OF.get(name, ())
    return {
        "name": Path(name).stem.replace("_", "-"),
        "path": name,
        "format": "csv",
        "encoding": "utf-8",
        **described,
        "licenses": [{"name": of, "title": LICENCES[of]} for of in names] or [IN_WORDS],
    }


def package() -> str:
    """Return the file's text."""
    known = terms()
    resources = []
    for table in (*OF_COUNTRIES, *OF_RECORDS.values(), *other_tables()):
        fields = [field(column, known) for column in table.columns]
        schema = {"fields": fields, "missingValues": [""]}
        if table.key:
            schema["primaryKey"] = list(table.key)
        described = {"description": DESCRIBED[table.name]} if table.name in DESCRIBED else {}
        resources.append(resource(table.name, **described, schema=schema))
    content = {
        "name": "entrench-seeds",
        "title": "195 countries, 2000 to 2024, and the records of fates and of trainings",
        "description": "SOURCES.md has the sources, terms and gaps of every table.",
        "version": __version__,
        "licenses": [*({"name": of, "title": title} for of, title in LICENCES.items()), IN_WORDS],
        "resources": resources,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
