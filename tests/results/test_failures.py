"""Runs that fail are recorded, and the others go on unharmed."""

import csv
import errno
import json
import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from results.fake import LAYOUT, OUTCOMES, RUNS, chunk_of, data_of, fill, open_store
from sim.engine.chunk import Chunk
from sim.engine.outcomes import derive
from sim.errors import InputError
from sim.results.failures import Failure, read_failures
from sim.results.read import open_results
from sim.results.writing.encode import encode
from sim.results.writing.parts import Parts, RunError
from sim.results.writing.summary import QUANTILES

CHUNKS = [range(0, 4), range(4, 8), range(8, 10)]
FAILED = [2, 5, 9]
GOOD = [0, 1, 3, 4, 6, 7, 8]


def spoiled(runs: range) -> Chunk:
    """Return a chunk whose runs 2, 5 and 9 fail, each in its own way."""
    chunk = chunk_of(runs)
    for run in set(FAILED) & set(runs):
        at = run - runs.start
        if run == 2:
            chunk.tallies[at, 7, 0, 2] = np.nan
        elif run == 5:
            chunk.tallies[at, 11, -1, 1] += 3.0
        else:
            chunk.countries[at, 3, -1] = 0.5
    return chunk


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished folder with failed runs."""
    path = tmp_path_factory.mktemp("failed")
    store = open_store(path)
    for runs in store.missing_chunks():
        store.write_chunk(spoiled(runs))
    assert [failure.run for failure in store.failures()] == FAILED
    assert store.finish() == store.failures()
    return path


def test_failures_are_listed_with_what_went_wrong(folder: Path) -> None:
    with (folder / "failures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [["run", "message"]] * 3
    assert [int(row["run"]) for row in rows] == FAILED
    assert [row["message"] for row in rows] == [
        "lock_in is not finite (2001 Q4)",
        "2002 Q4, world: trainings of all regions is not trainings of the world",
        "opened of a country is no whole number of int16",
    ]
    status = json.loads((folder / "status.json").read_text())
    assert (status["complete"], status["runs"], status["failed"]) == (True, RUNS, 3)
    assert sorted(status["files"]) == sorted({*data_of(folder)} - {"status.json"})


@pytest.mark.parametrize("content", [b"number,message\n2,x\n", b"run,message\nx,y\n", b"\xff"])
def test_a_damaged_list_of_failures_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "failures.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"failures\.csv is damaged"):
        read_failures(tmp_path)


def test_without_failures_there_is_no_list_of_them(tmp_path: Path) -> None:
    store = fill(tmp_path)
    assert store.failures() == []
    assert not (tmp_path / "failures.csv").exists()
    assert json.loads((tmp_path / "status.json").read_text())["failed"] == 0
    assert np.array_equal(open_results(tmp_path).run_numbers, np.arange(RUNS))


def test_tables_hold_the_good_runs_alone(folder: Path) -> None:
    results = open_results(folder)
    assert results.runs_kept == len(GOOD)
    assert results.run_numbers.tolist() == GOOD
    assert [failure.run for failure in results.failures] == FAILED
    assert not results.is_sweep
    good = [chunk_of(range(run, run + 1)) for run in GOOD]
    for name in ("trained", "lock_in"):
        values = np.concatenate([derive(OUTCOMES[name], one, LAYOUT) for one in good])
        values = values.astype(np.float32)
        assert np.array_equal(results.values(name), values[:, :, 0])
        rows = results.series()
        keys = rows[["outcome", "group_kind", "group"]]
        found = rows[(keys == [name, "region", "Sub-Saharan Africa"]).all(axis=1)]
        wanted = np.quantile(values[:, :, -1].astype(np.float64), list(QUANTILES.values()), axis=0)
        assert np.allclose(found.iloc[:, 6:].to_numpy().T, wanted, rtol=1e-6)
    assert results.runs()["run"].unique().tolist() == GOOD
    kept = np.concatenate([one.countries for one in good])
    assert results.country_runs()["run"].unique().tolist() == GOOD
    share = ((kept[:, :, 0] >= 0) & (kept[:, :, 0] < 2026)).mean(axis=0)
    assert np.allclose(results.countries()["p_trained_2025"], share)


def test_the_bytes_of_failures_depend_on_no_chunk_bounds(folder: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path, chunk_runs=3)
    for runs in reversed(store.missing_chunks()):
        store.write_chunk(spoiled(runs))
    store.finish()
    assert data_of(tmp_path) == data_of(folder)


def test_if_all_runs_failed_nothing_can_be_shown(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for runs in CHUNKS:
        chunk = chunk_of(runs)
        chunk.tallies[:] = np.nan
        store.write_chunk(chunk)
    assert len(store.finish()) == RUNS
    assert store.complete
    assert store.missing_chunks() == []
    with pytest.raises(InputError, match="all 10 runs failed") as caught:
        open_results(tmp_path)
    assert "run 0 first: trained is not finite (2000 Q1)" in str(caught.value)
    assert sorted(data_of(tmp_path)) == ["failures.csv", "manifest.json", "status.json"]


def test_stopping_names_the_first_run_and_writes_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(RunError, match=r"^run 2: lock_in is not finite") as caught:
        store.write_chunk(spoiled(CHUNKS[0]), on_error="stop")
    assert caught.value.run == 2
    assert caught.value.message.startswith("lock_in is not finite")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(ArithmeticError, match=r"^run 5: 2002 Q4, world: trainings"):
        encode(store.parts, spoiled(CHUNKS[1]), "stop")
    assert store.missing_chunks() == CHUNKS


def test_messages_of_any_kind_survive(tmp_path: Path) -> None:
    layout = LAYOUT.narrowed()
    store = open_store(tmp_path, layout=layout)
    chunk = chunk_of(CHUNKS[0])
    chunk.tallies[1, 3, :, 1] = -5.0
    content = encode(store.parts, chunk)
    store.write_part(CHUNKS[0], content)
    (failure,) = store.failures()
    assert failure == Failure(1, "2000 Q4, Sub-Saharan Africa: 0 states trained in -5 courses")


def as_bytes(parts: Parts, chunk: Chunk) -> bytes:
    return bytes(encode(parts, chunk))


def test_a_part_is_the_same_from_another_process(tmp_path: Path) -> None:
    store = open_store(tmp_path / "out")
    elsewhere = replace(store.parts, folder=Path("nowhere"))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        content = pool.submit(as_bytes, elsewhere, spoiled(CHUNKS[0])).result()
    store.write_part(CHUNKS[0], content)
    written = store.parts.path(CHUNKS[0]).read_bytes()
    store.write_chunk(spoiled(CHUNKS[0]))
    assert store.parts.path(CHUNKS[0]).read_bytes() == written == content


def test_what_is_encoded_is_read_back(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    chunk = spoiled(CHUNKS[0])
    store.write_chunk(chunk)
    names = [(name, slice(None)) for name in OUTCOMES]
    for wanted in (names, names[2:3], [(names[0][0], slice(5, 9))]):
        found = store.parts.read(wanted, range(1, 4))
        for (name, cells), values in zip(wanted, found, strict=True):
            with np.errstate(invalid="ignore"):
                true = derive(OUTCOMES[name], chunk, LAYOUT).astype(np.float32)
            true[2] = 0.0  # failed
            assert np.array_equal(values, true[1:].reshape(3, -1)[:, cells])


@pytest.mark.parametrize("cut", [1, 20, 70, -40, "head", "tail"])
def test_parts_cut_short_or_changed_are_missing(tmp_path: Path, cut: int | str) -> None:
    store = open_store(tmp_path)
    store.write_chunk(spoiled(CHUNKS[0]))
    path = store.parts.path(CHUNKS[0])
    content = path.read_bytes()
    if cut == "head":
        spoilt = b"\0" + content[1:]
    elif cut == "tail":
        # All of the tail is gone, so that no run seems to have failed.
        clean = len(encode(store.parts, chunk_of(CHUNKS[0])))
        assert len(content) > clean
        spoilt = content[:clean]
    else:
        assert isinstance(cut, int)
        spoilt = content[:-cut]
    path.write_bytes(spoilt)
    assert open_store(tmp_path).missing_chunks() == CHUNKS
    assert not store.parts.holds(spoilt, CHUNKS[0])
    with pytest.raises(ValueError, match="no part of runs 0 to 3"):
        store.write_part(CHUNKS[0], spoilt)


def test_one_changed_byte_is_noticed_when_a_part_is_handed_over(tmp_path: Path) -> None:
    parts = open_store(tmp_path).parts
    content = bytearray(encode(parts, spoiled(CHUNKS[0])))
    assert parts.holds(content, CHUNKS[0])
    random = np.random.default_rng(3)
    for at in [*random.integers(0, len(content), 50), len(content) - 1]:
        content[at] ^= 16
        assert not parts.holds(content, CHUNKS[0])
        content[at] ^= 16


def test_a_full_disk_leaves_no_wrong_table(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path)
    for runs in CHUNKS:
        store.write_chunk(spoiled(runs))
    real, calls = os.fsync, 0
    tables = [name for name in data_of(folder) if name not in ("manifest.json", "status.json")]

    def full_after(allowed: int) -> None:
        def sync(handle: int) -> None:
            nonlocal calls
            calls += 1
            if calls > allowed:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(handle)

        monkeypatch.setattr(os, "fsync", sync)

    for allowed in range(len(tables)):
        calls = 0
        full_after(allowed)
        with pytest.raises(OSError, match="No space left"):
            store.finish()
        monkeypatch.setattr(os, "fsync", real)
        assert not store.complete
        for path in tmp_path.iterdir():
            if path.is_file() and path.name != "manifest.json":
                assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    store.finish()
    assert data_of(tmp_path) == data_of(folder)


def test_schema_tells_which_runs_failed(folder: Path) -> None:
    content = json.loads(pq.read_schema(folder / "runs.parquet").metadata[b"entrench"])
    assert content["runs"] == len(GOOD)
    assert content["failed"] == FAILED
