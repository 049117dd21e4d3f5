"""What the tables hold, against the same numbers made with numpy and pandas."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from results.fake import LAYOUT, MANIFEST, OUTCOMES, RUNS, chunk_of, fill, open_store, outcome
from sim.engine.chunk import end_of
from sim.engine.outcomes import derive, groups_of
from sim.errors import InputError
from sim.results.read import Results, open_results
from sim.results.writing.summary import QUANTILES, SERIES_COLUMNS, mean, statistics

ALL = chunk_of(range(RUNS))
NUMBERS = st.floats(-1e6, 1e6, width=32)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return a finished folder."""
    folder = tmp_path_factory.mktemp("results")
    fill(folder)
    return open_results(folder)


def values_of(name: str) -> np.ndarray:
    """Return an outcome as the tables hold it."""
    return derive(OUTCOMES[name], ALL, LAYOUT).astype(np.float32)


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 6)), elements=NUMBERS)
)
def test_quantiles_are_those_of_numpy(values: np.ndarray) -> None:
    expected = np.quantile(values.astype(np.float64), list(QUANTILES.values()), axis=0).astype(
        np.float32
    )
    _, *quantiles = statistics(values[np.newaxis])[0]
    np.testing.assert_array_almost_equal_nulp(np.array(quantiles), expected)
    equal = values.min(axis=0) == values.max(axis=0)
    assert (np.array(quantiles)[:, equal] == values[0, equal]).all()


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 300), st.integers(1, 6)), elements=NUMBERS)
)
def test_means_are_summed_in_the_order_of_runs(values: np.ndarray) -> None:
    for at, column in enumerate(values.T):
        total = 0.0
        for value in column:
            total += float(value)
        assert mean(values)[at] == total / len(column)


def test_runs_hold_every_outcome_of_every_group(results: Results) -> None:
    for kind in LAYOUT.names:
        frame = results.runs(group_kind=kind)
        names = LAYOUT.names[kind]
        shape = (RUNS, len(LAYOUT.quarters), len(names))
        assert frame["group"].tolist() == names * (RUNS * len(LAYOUT.quarters))
        assert frame["run"].is_monotonic_increasing
        for name, entry in OUTCOMES.items():
            cells = groups_of(entry, kind, LAYOUT)
            found = frame[name].to_numpy().reshape(shape)
            if cells is None:
                assert np.isnan(found).all()
            else:
                assert np.array_equal(found, values_of(name)[:, :, list(cells)])


def test_runs_of_some_columns_group_and_quarters(results: Results) -> None:
    quarters = [end_of(2019), end_of(2025)]
    frame = results.runs(["lock_in"], "region", "Sub-Saharan Africa", quarters)
    assert list(frame.columns) == ["run", "year", "quarter", "group_kind", "group", "lock_in"]
    assert frame["year"].tolist() == [2019, 2025] * RUNS
    assert set(frame["quarter"]) == {4}
    expected = values_of("lock_in")[:, quarters, -1]
    assert np.array_equal(frame["lock_in"].to_numpy().reshape(RUNS, 2), expected)
    values = results.values("lock_in", "region", "Sub-Saharan Africa", quarters)
    assert np.array_equal(values, expected)


def test_all_kinds_at_once(results: Results) -> None:
    frame = results.runs(["trained", "seats"], None, quarters=[0])
    assert len(frame) == RUNS * (len(LAYOUT.groups) + len(LAYOUT.vendors))
    assert frame["seats"].notna().sum() == RUNS


def test_unknown_columns_groups_and_quarters(results: Results) -> None:
    with pytest.raises(InputError, match="did you mean 'lock_in'"):
        results.runs(["lockin"])
    with pytest.raises(InputError, match="did you mean 'region'"):
        results.runs(group_kind="regions")
    with pytest.raises(InputError, match="there are: full democracy"):
        results.runs(group_kind="regime", group="monarchy")
    with pytest.raises(InputError, match="2041 Q1"):
        results.values("trained", quarters=[164])


def test_series_hold_mean_and_quantiles(results: Results) -> None:
    frame = results.series()
    assert tuple(frame.columns) == SERIES_COLUMNS
    assert not frame.isna().any().any()
    for name, kind, group, at in (
        ("trained", "world", "world", 0),
        ("lock_in", "regime-rated", "hybrid", 7),
        ("revenue_sales_yearly", "vendor", "Hikvision", 1),
        ("revenue_sales_yearly", "world", "world", 3),
        ("seats", "world", "world", 0),
    ):
        keys = frame[["outcome", "group_kind", "group"]]
        chosen = frame[(keys == [name, kind, group]).all(axis=1)]
        values = values_of(name)[:, :, at].astype(np.float64)
        assert chosen["quarter"].tolist() == [1, 2, 3, 4] * 41
        assert np.array_equal(chosen["mean"].astype(np.float32), values.mean(0).astype(np.float32))
        wanted = np.quantile(values, list(QUANTILES.values()), axis=0).astype(np.float32)
        assert np.allclose(chosen.iloc[:, 6:].to_numpy().T, wanted, rtol=1e-6)
    rows = sum(
        len(cells) * len(LAYOUT.quarters)
        for outcome in OUTCOMES.values()
        for kind in LAYOUT.names
        if (cells := groups_of(outcome, kind, LAYOUT)) is not None
    )
    assert len(frame) == rows


def test_series_are_plain_text(results: Results) -> None:
    lines = (results.folder / "series.csv").read_text().splitlines()
    assert lines[0] == ",".join(SERIES_COLUMNS)
    assert lines[1].startswith("2000,1,trained,world,world,0")
    # As a 32-bit float is told from all others: never more than nine digits.
    assert max(len(cell.replace(".", "").lstrip("0")) for cell in lines[-1].split(",")[5:]) <= 9


def test_country_runs_round_trip(results: Results) -> None:
    frame = results.country_runs()
    assert len(frame) == RUNS * len(LAYOUT.countries)
    for at, name in enumerate(LAYOUT.kept):
        kept = ALL.countries[:, :, at].reshape(-1)
        wanted = np.where(kept < 0, np.nan, kept)
        assert np.array_equal(frame[name].to_numpy(dtype=np.float64), wanted, equal_nan=True)
    one = results.country_runs("C03")
    assert one["run"].tolist() == list(range(RUNS))
    assert set(one["iso3"]) == {"C03"}
    with pytest.raises(InputError, match="no country 'CHN'"):
        results.country_runs("CHN")


def test_countries_hold_probabilities_and_medians(results: Results) -> None:
    frame = results.countries()
    kept = {name: ALL.countries[:, :, at] for at, name in enumerate(LAYOUT.kept)}
    assert frame["name"][2] == "State, no. 2"
    for name, field, year in (
        ("p_trained_2025", "first_trained", 2025),
        ("p_adopted_2019", "first_adopted", 2019),
        ("p_adopted_2040", "first_adopted", 2040),
        ("p_recorded_adopted_2022", "first_recorded_adopted", 2022),
    ):
        share = ((kept[field] >= 0) & (kept[field] < year + 1)).mean(axis=0)
        assert np.allclose(frame[name], share)
    assert np.allclose(frame["p_working_2040"], kept["working_2040"].mean(axis=0))
    years = pd.DataFrame(kept["first_trained"]).where(kept["first_trained"] >= 0) // 1
    assert np.array_equal(frame["first_trained_median"], years.median(), equal_nan=True)
    assert np.isnan(frame["first_trained_median"][0])


def test_years_beyond_the_horizon_stay_empty(tmp_path: Path) -> None:
    ends = tuple(range(end_of(2000), end_of(2021) + 1, 4))
    fill(tmp_path, layout=replace(LAYOUT, quarters=ends))
    with (tmp_path / "countries.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert all(row["p_adopted_2019"] for row in rows)
    for column in ("p_adopted_2022", "p_recorded_trained_2025", "p_working_2040"):
        assert not any(row[column] for row in rows)


def test_what_happens_after_the_last_kept_year_end_still_counts_in_medians(tmp_path: Path) -> None:
    layout = replace(LAYOUT, quarters=tuple(range(end_of(2000), end_of(2021) + 1, 4)))
    chunk = chunk_of(range(1), layout)
    chunk.countries[0, :, 0] = 2022.25
    chunk.tallies[..., 0] = 0.0
    store = open_store(tmp_path, layout=layout, runs=1)
    store.write_chunk(chunk)
    store.finish()
    assert set(open_results(tmp_path).countries()["first_trained_median"]) == {2022}


def test_counts_are_exact_to_sixteen_million_and_money_to_seven_digits(tmp_path: Path) -> None:
    layout = LAYOUT.narrowed(kinds=(), countries=False)
    chunk = chunk_of(range(1), layout)
    counts = np.arange(16_000_000, 16_000_000 + len(LAYOUT.quarters))
    chunk.tallies[0, :, 0, 1] = counts
    chunk.tallies[0, :, 0, 2] = 12_345.67
    chunk.actors[:] = 1e9
    known = {
        "trainings": outcome("trainings", "trainings", "total"),
        "exit_cost_yearly": outcome("exit_cost_yearly", "exit_cost", "yearly"),
    }
    store = open_store(tmp_path, runs=1, layout=layout, outcomes=known)
    store.write_chunk(chunk)
    assert store.finish() == []
    results = open_results(tmp_path)
    assert np.array_equal(results.values("trainings")[0], counts)
    assert f"{results.values('exit_cost_yearly')[0, 0]:.2f}" == "12345.67"


def test_a_row_group_is_one_kind(results: Results) -> None:
    file = pq.ParquetFile(results.folder / "runs.parquet")
    for at in range(file.num_row_groups):
        kinds = file.read_row_group(at, columns=["group_kind"]).column(0).unique().to_pylist()
        assert kinds == [list(LAYOUT.names)[at % len(LAYOUT.names)]]
    field = file.schema_arrow.field("lock_in")
    assert field.metadata == {b"unit": b"unit", b"doc": b"Doc of lock_in."}


def test_a_folder_tells_its_own_register(results: Results) -> None:
    assert results.outcomes == OUTCOMES
    assert results.manifest == MANIFEST
    assert results.quarters == LAYOUT.quarters
    assert results.runs_kept == RUNS
    assert results.runtime == {}


def test_folders_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        open_results(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no results folder"):
        open_results(tmp_path)
    folder = tmp_path / "out"
    fill(folder)
    whole = (folder / "status.json").read_bytes()
    (folder / "status.json").unlink()
    with pytest.raises(InputError, match="goes on where it stopped"):
        open_results(folder)
    (folder / "status.json").write_text(json.dumps({"complete": True}))
    with pytest.raises(InputError, match=r"status\.json is damaged, or of an older version"):
        open_results(folder)
    (folder / "status.json").write_bytes(whole)
    (folder / "runs.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match=r"runs\.parquet is damaged: 19 bytes, not"):
        open_results(folder)
    (folder / "runs.parquet").unlink()
    with pytest.raises(InputError, match=r"runs\.parquet is gone"):
        open_results(folder)
