"""The data dictionary names every file and column that a run leaves."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

import sim
from sim.model.register import SHIPPED
from tests.docs.blocks import PROJECT

PAGE = (PROJECT / "docs" / "results.md").read_text(encoding="utf-8")
PYTHON = (PROJECT / "docs" / "python.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([\w.-]+)`", PAGE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dictionary") / "results"
    return sim.make_runs("baseline", runs=1, out=out).folder


@pytest.mark.slow
@pytest.mark.parametrize("line", re.findall(r"`base\.(\S+\.to_netcdf\(.+?\))`", PYTHON))
def test_lines_of_the_page_write_netcdf(
    line: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base = sim.open(folder)
    exec(f"base.{line}", {"base": base})
    (file,) = tmp_path.glob("*.nc")
    with xr.open_dataset(file) as there:
        assert there.sizes["regime"] == 4


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
