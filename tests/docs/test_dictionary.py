"""The data dictionary names every file and column that a run leaves."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import sim
from sim.model.register import SHIPPED
from tests.docs.blocks import PROJECT

PAGE = (PROJECT / "docs" / "results.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([\w.-]+)`", PAGE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dictionary") / "results"
    return sim.make_runs("baseline", runs=1, out=out).folder


def test_every_file_is_named(folder: Path) -> None:
    left = {file.name for file in folder.iterdir() if file.is_file()}
    assert left <= NAMED


@pytest.mark.parametrize(
    "name", ["series.csv", "countries.csv", "runs.parquet", "country_runs.parquet"]
)
def test_every_column_is_named(folder: Path, name: str) -> None:
    file = folder / name
    columns = pq.read_schema(file).names if file.suffix == ".parquet" else pd.read_csv(file).columns
    for column in columns:
        if name != "runs.parquet" or column not in SHIPPED.register:
            assert {column, re.sub(r"(?<=_)\d{4}$", "YEAR", column)} & NAMED, column
