"""Sweeps: tables by point against the same numbers made with numpy, and how they are read."""

import csv
import itertools
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from results.fake import LAYOUT, OUTCOMES, chunk_of, data_of, fill, open_store
from sim.engine.chunk import end_of
from sim.engine.outcomes import derive, groups_of
from sim.errors import InputError
from sim.parameters import cell_text
from sim.results.points import Points
from sim.results.read import open_results
from sim.results.sweep import FactorInfo
from sim.results.writing import countries, parquet, summary
from sim.results.writing.store import Store
from sim.results.writing.summary import QUANTILES, SERIES_COLUMNS, statistics
from sim.studies.opened import open_sweep

SHAPES = [(1, 12), (4, 3), (12, 1), (3, 5), (2, 1)]
"""Points and replicates."""
SMALL_BLOCKS = [None, 1, 20_000]
FAILED = [(), (1,), (0, 1, 2, 7)]
ONE_BY_ONE = (4, 3), (1,), 1
"""The one case in blocks of one value that is not slow."""


def points_of(points: int, replicates: int) -> Points:
    """Return a design with a factor of each kind."""
    cells = tuple((0.1 * at, at % 2 == 0, 'a "label", really') for at in range(points))
    return Points(("contracts.term", "retention", "scenario"), cells, replicates)


def manifest(points: Points) -> dict[str, Any]:
    """Return a manifest as sweeps have it."""
    factors = [
        {"name": "contracts.term", "title": "Term", "unit": "years", "kind": "number"}
        | {"low": 5.0, "high": 20.0, "scale": "log"},
        {"name": "retention", "title": "", "unit": "", "kind": "label", "values": [True, False]},
        {"name": "scenario", "title": "Scenario", "unit": "", "kind": "label", "values": ["a"]},
    ]
    return {"experiment": {"factors": factors, "replicates": points.replicates}}


def begin(folder: Path, points: Points, chunk_runs: int = 4) -> Store:
    """Open a store for a sweep."""
    known = manifest(points)
    runs = points.runs
    return open_store(folder, known, runs=runs, chunk_runs=chunk_runs, points=points)


def swept(folder: Path, points: Points, failed: tuple[int, ...] = (), chunk_runs: int = 4) -> Store:
    """Fill and finish the folder of a sweep; some runs fail."""
    store = begin(folder, points, chunk_runs)
    for runs in reversed(store.missing_chunks()):
        chunk = chunk_of(runs)
        for run in set(failed) & set(runs):
            chunk.tallies[run - runs.start] = np.nan
        store.write_chunk(chunk)
    assert [failure.run for failure in store.finish()] == sorted(failed)
    return store


@cache
def derived(name: str, run: int) -> np.ndarray:
    """Return an outcome of one run as the tables hold it."""
    return derive(OUTCOMES[name], chunk_of(range(run, run + 1)), LAYOUT).astype(np.float32)


def expected(points: Points, name: str, failed: tuple[int, ...]) -> dict[int, np.ndarray]:
    """Return an outcome of each point's good runs."""
    found = {}
    for point in range(len(points.cells)):
        first = point * points.replicates
        good = [run for run in range(first, first + points.replicates) if run not in failed]
        if good:
            found[point] = np.concatenate([derived(name, run) for run in good])
    return found


def cases() -> list[Any]:
    """Every shape, with every failure, in blocks of every size."""
    return [
        pytest.param(*case, marks=pytest.mark.slow) if case[2] == 1 and case != ONE_BY_ONE else case
        for case in itertools.product(SHAPES, FAILED, SMALL_BLOCKS)
    ]


@pytest.mark.parametrize(("shape", "failed", "block"), cases())
def test_series_are_those_of_each_point(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, int],
    failed: tuple[int, ...],
    block: int | None,
) -> None:
    points, replicates = shape
    design = points_of(points, replicates)
    failed = tuple(run for run in failed if run < design.runs)
    if len(failed) == design.runs:
        return
    if block:
        for module in (summary, parquet, countries):
            monkeypatch.setattr(module, "BLOCK_VALUES", block)
        monkeypatch.setattr(summary, "PASS_VALUES", 2 * block)
    swept(tmp_path, design, failed)
    if replicates == 1:
        assert not (tmp_path / "series.csv").exists()
        with pytest.raises(InputError, match="one replicate a point"):
            open_results(tmp_path).series()
        return
    frame = open_results(tmp_path).series()
    assert tuple(frame.columns) == ("point", *SERIES_COLUMNS)
    for name in ("lock_in", "revenue_sales_yearly", "seats"):
        wanted = expected(design, name, failed)
        rows = frame[frame["outcome"] == name]
        assert rows["point"].unique().tolist() == list(wanted)
        for point, values in wanted.items():
            cells = [
                k for kind in LAYOUT.names for k in groups_of(OUTCOMES[name], kind, LAYOUT) or ()
            ]
            # (runs, quarters, groups) to a row per group and quarter.
            flat = values[:, :, cells].transpose(0, 2, 1).reshape(len(values), -1)
            flat = flat.astype(np.float64)
            found = rows[rows["point"] == point]
            assert np.allclose(found["mean"], flat.mean(axis=0), rtol=1e-6)
            quantiles = np.quantile(flat, list(QUANTILES.values()), axis=0)
            assert np.allclose(found.iloc[:, 7:].to_numpy().T, quantiles, rtol=1e-6)
    # Each point's rows are as in the folder of a run.
    sizes = frame.groupby("point").size().unique()
    assert len(sizes) == 1


def test_the_rows_of_a_point_are_those_of_a_run_s_folder(tmp_path: Path) -> None:
    fill(tmp_path / "run", runs=6)
    swept(tmp_path / "sweep", points_of(2, 6))
    alone = (tmp_path / "run" / "series.csv").read_text().splitlines()[1:]
    both = (tmp_path / "sweep" / "series.csv").read_text().splitlines()[1:]
    assert both[: len(alone)] == [f"0,{line}" for line in alone]
    assert all(line.startswith("1,") for line in both[len(alone) :])
    states = (tmp_path / "run" / "countries.csv").read_text().splitlines()[1:]
    both = (tmp_path / "sweep" / "countries.csv").read_text().splitlines()[1:]
    assert both[: len(states)] == [f"0,{line}" for line in states]


@pytest.mark.parametrize("block", SMALL_BLOCKS)
def test_runs_have_a_point_and_a_replicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int | None
) -> None:
    if block:
        monkeypatch.setattr(parquet, "BLOCK_VALUES", block)
    swept(tmp_path, points_of(4, 3), (4, 6, 7, 8))
    results = open_results(tmp_path)
    frame = results.runs(["trained"])
    assert list(frame.columns)[:4] == ["run", "point", "replicate", "year"]
    good = [0, 1, 2, 3, 5, 9, 10, 11]
    assert frame["run"].unique().tolist() == results.run_numbers.tolist() == good
    assert (frame["point"] == frame["run"] // 3).all()
    assert (frame["replicate"] == frame["run"] % 3).all()
    schema = pq.read_schema(tmp_path / "runs.parquet")
    assert [str(schema.field(name).type) for name in ("run", "point", "replicate")] == ["int32"] * 3
    for name in ("trained", "lock_in"):
        wanted = np.concatenate(list(expected(points_of(4, 3), name, (4, 6, 7, 8)).values()))
        assert np.array_equal(results.values(name), wanted[:, :, 0])
        some = results.values(name, "region", "Sub-Saharan Africa", [7, 20])
        assert np.array_equal(some, wanted[:, [7, 20], -1])
    states = results.country_runs()
    assert (states["point"] == states["run"] // 3).all()
    assert (states["replicate"] == states["run"] % 3).all()
    assert states["run"].unique().tolist() == good


@pytest.mark.parametrize("block", SMALL_BLOCKS)
def test_countries_are_those_of_each_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int | None
) -> None:
    if block:
        monkeypatch.setattr(countries, "BLOCK_VALUES", block)
    failed = (4, 6, 7, 8)
    swept(tmp_path, points_of(4, 3), failed)
    frame = open_results(tmp_path).countries()
    assert frame["point"].unique().tolist() == [0, 1, 3]
    for point in (0, 1, 3):
        good = [run for run in range(point * 3, point * 3 + 3) if run not in failed]
        kept = np.concatenate([chunk_of(range(run, run + 1)).countries for run in good])
        rows = frame[frame["point"] == point]
        first, works = kept[:, :, 0], kept[:, :, LAYOUT.kept.index("working_2040")]
        share = ((first >= 0) & (first < 2026)).mean(axis=0)
        assert np.allclose(rows["p_trained_2025"], share, rtol=1e-6)
        assert np.allclose(rows["p_working_2040"], works.mean(axis=0), rtol=1e-6)
        years = pd.DataFrame(first).where(first >= 0) // 1
        assert np.array_equal(rows["first_trained_median"], years.median(), equal_nan=True)


def test_failures_tell_where_each_factor_stood(tmp_path: Path) -> None:
    swept(tmp_path, points_of(4, 3), (4, 11))
    with (tmp_path / "failures.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = ["run", "point", "replicate", "message", "contracts.term", "retention", "scenario"]
    assert list(rows[0]) == names
    assert [(row["run"], row["point"], row["replicate"]) for row in rows] == [
        ("4", "1", "1"),
        ("11", "3", "2"),
    ]
    assert rows[1]["retention"] == "false"
    assert float(rows[1]["contracts.term"]) == 0.1 * 3
    assert rows[1]["scenario"] == 'a "label", really'
    assert "trained is not finite" in rows[0]["message"]


def test_bytes_depend_on_the_experiment_alone(tmp_path: Path) -> None:
    whole = {}
    for chunk_runs, which in itertools.product((4, 5, 12), (0, 1)):
        folder = tmp_path / f"{chunk_runs}-{which}"
        swept(folder, points_of(4, 3), (4, 6), chunk_runs)
        whole[folder.name] = data_of(folder)
    first, *others = whole.values()
    assert all(other == first for other in others)
    assert sorted(first) == [
        "countries.csv",
        "country_runs.parquet",
        "design.csv",
        "failures.csv",
        "manifest.json",
        "runs.parquet",
        "series.csv",
        "status.json",
    ]


def test_a_sweep_opened_for_reading(tmp_path: Path) -> None:
    swept(tmp_path, points_of(4, 3), (4, 6, 7, 8))
    sweep = open_sweep(tmp_path)
    assert sweep.is_sweep
    assert (sweep.points, sweep.replicates) == (4, 3)
    assert sweep.manifest == manifest(points_of(4, 3))
    term, retention, scenario = sweep.factors
    assert term == FactorInfo("contracts.term", "Term", "years", "number", (), 5.0, 20.0, "log")
    assert retention == FactorInfo("retention", "retention", "", "label", (True, False))
    assert scenario.values == ("a",)
    assert sweep.design["contracts.term"].tolist() == [0.1 * at for at in range(4)]
    assert sweep.design["retention"].tolist() == ["true", "false", "true", "false"]
    assert set(sweep.design["scenario"]) == {'a "label", really'}
    assert sweep.point_of_run.tolist() == [0, 0, 0, 1, 1, 3, 3, 3]
    assert sweep.replicate_of_run.tolist() == [0, 1, 2, 0, 2, 0, 1, 2]
    found = sweep.values_by_point("lock_in", 2025, "regime", "hybrid")
    assert found.shape == (4, 3)
    wanted = expected(points_of(4, 3), "lock_in", ())
    at = end_of(2025)
    for point, replicate in itertools.product(range(4), range(3)):
        if point * 3 + replicate in (4, 6, 7, 8):
            assert np.isnan(found[point, replicate])
        else:
            assert found[point, replicate] == wanted[point][replicate, at, 3]
    with pytest.raises(InputError, match="2041 Q4"):
        sweep.values_by_point("lock_in", 2041)


def test_folders_that_hold_no_sweep_are_refused(tmp_path: Path) -> None:
    fill(tmp_path / "run")
    with pytest.raises(InputError, match="not a sweep"):
        open_sweep(tmp_path / "run")
    folder = tmp_path / "sweep"
    swept(folder, points_of(4, 3))
    for content in (b"point,term\n0,1\n", b"", b"\xff\xfe"):
        (folder / "design.csv").write_bytes(content)
        with pytest.raises(InputError, match=r"design\.csv is damaged"):
            open_sweep(folder)
    (folder / "design.csv").unlink()
    with pytest.raises(InputError, match=r"design\.csv is gone"):
        open_sweep(folder)


def test_points_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a cell for each factor"):
        Points(("a", "b"), ((1.0,),), 2)
    with pytest.raises(ValueError, match="there must be points"):
        Points(("a",), (), 2)
    with pytest.raises(ValueError, match="12 runs of points, not 10"):
        open_store(tmp_path, points=points_of(4, 3), runs=10)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (0.1, "0.1"),
        (5.0, "5.0"),
        (3, "3"),
        (True, "true"),
        (False, "false"),
        ("x", "x"),
        (1e-7, "1e-07"),
    ],
)
def test_cells_as_text(cell: float | bool | str, text: str) -> None:
    assert cell_text(cell) == text


def test_statistics_of_many_points_are_those_of_each() -> None:
    random = np.random.default_rng(5)
    for runs, cells in ((1, 3), (2, 1), (7, 4), (40, 1)):
        values = random.random((6, runs, cells), dtype=np.float32)
        each = np.concatenate([statistics(values[at : at + 1]) for at in range(6)])
        assert np.array_equal(statistics(values), each)


@pytest.mark.slow
def test_memory_does_not_grow_with_runs_and_time_only_in_proportion(tmp_path: Path) -> None:
    program = Path(__file__).with_name("many.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def measure(points: int, replicates: int) -> dict[str, float]:
        folder = tmp_path / f"{points}-{replicates}"
        command = [sys.executable, program, str(points), str(replicates), folder]
        told = subprocess.run(command, check=True, env=environment, capture_output=True).stdout
        for path in folder.iterdir():
            path.unlink()
        found: dict[str, float] = json.loads(told)
        return found

    for points, replicates in ((1, 100_000), (1000, 100), (100_000, 1)):
        few = measure(max(1, points // 100), replicates if points > 1 else 1000)
        many = measure(points, replicates)
        assert many["mebibytes"] < 600
        # A hundred times the runs; a busy machine may take twice its time.
        assert many["seconds"] < 250 * few["seconds"]
