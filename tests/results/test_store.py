"""The folder: resuming, refusing, and bytes that depend on the question alone."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from results.fake import (
    CHUNK_RUNS,
    LAYOUT,
    MANIFEST,
    OUTCOMES,
    RUNS,
    chunk_of,
    cut,
    data_of,
    fill,
    open_store,
    outcome,
)
from sim.errors import InputError
from sim.results.files import whole_file
from sim.results.lock import writing
from sim.results.read import open_results
from sim.results.writing import countries, parquet, store, summary

CHUNKS = [range(0, 4), range(4, 8), range(8, 10)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the data of a folder that was filled in one go."""
    folder = tmp_path_factory.mktemp("whole")
    fill(folder)
    return data_of(folder)


def test_a_finished_folder_holds_these_files(whole: dict[str, bytes]) -> None:
    assert list(whole) == [
        "countries.csv",
        "country_runs.parquet",
        "manifest.json",
        "runs.parquet",
        "series.csv",
        "status.json",
    ]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(CHUNKS), killed=st.lists(st.sampled_from(CHUNKS), max_size=3))
def test_killed_and_resumed_in_any_order_gives_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], order: list[range], killed: list[range]
) -> None:
    folder = tmp_path / "out"
    shutil.rmtree(folder, ignore_errors=True)
    begun = open_store(folder)
    for runs in order:
        if runs in killed:
            # What a killed process leaves: half a part under its temporary name.
            temporary = begun.parts.path(runs).with_suffix(".part.0123abcd.tmp")
            temporary.write_bytes(b"half a part")
        else:
            begun.write_chunk(chunk_of(runs))
    resumed = open_store(folder)
    assert resumed.missing_chunks() == [runs for runs in CHUNKS if runs in killed]
    for runs in resumed.missing_chunks():
        resumed.write_chunk(chunk_of(runs))
    resumed.finish()
    assert data_of(folder) == whole


def test_threads_and_chunk_bounds_do_not_matter(tmp_path: Path, whole: dict[str, bytes]) -> None:
    begun = open_store(tmp_path, chunk_runs=3)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda runs: begun.write_chunk(chunk_of(runs)), begun.missing_chunks()))
    begun.finish()
    assert data_of(tmp_path) == whole


def test_small_blocks_give_the_same_summaries(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BLOCK_VALUES", 50)
    monkeypatch.setattr(summary, "BLOCK_VALUES", 50)
    monkeypatch.setattr(summary, "PASS_VALUES", 500)
    monkeypatch.setattr(countries, "BLOCK_VALUES", 50)
    fill(tmp_path)
    found = data_of(tmp_path)
    assert found["series.csv"] == whole["series.csv"]
    assert found["countries.csv"] == whole["countries.csv"]
    values = open_results(tmp_path).values("trained", "regime", "hybrid")
    assert np.array_equal(values, chunk_of(range(RUNS)).tallies[:, :, 3, 0].astype(np.float32))


def killed_while(name: str) -> Callable[..., None]:
    """Return what stands in for a function during which the process dies."""

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt(name)

    return killed


@pytest.mark.parametrize("step", ["write_series", "write_runs", "write_country_runs", "status"])
def test_killed_while_finishing(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    begun = open_store(tmp_path)
    for runs in CHUNKS:
        begun.write_chunk(chunk_of(runs))
    with monkeypatch.context() as patch:
        if step == "status":
            patch.setattr(store, "write_status", killed_while(step))
        else:
            patch.setattr(summary if step == "write_series" else parquet, step, killed_while(step))
        with pytest.raises(KeyboardInterrupt):
            begun.finish()
    with pytest.raises(InputError, match="not finished"):
        open_results(tmp_path)
    again = open_store(tmp_path)
    assert again.missing_chunks() == []
    again.finish()
    assert data_of(tmp_path) == whole


def test_killed_while_parts_are_removed(tmp_path: Path, whole: dict[str, bytes]) -> None:
    fill(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "000000000-000000004.part").write_bytes(b"")
    again = open_store(tmp_path)
    assert again.complete
    assert again.missing_chunks() == []
    again.finish()
    assert data_of(tmp_path) == whole


def test_parts_of_other_outcomes_or_cut_short_are_missing(tmp_path: Path) -> None:
    begun = open_store(tmp_path)
    for runs in CHUNKS:
        begun.write_chunk(chunk_of(runs))
    part = begun.parts.path(CHUNKS[1])
    part.write_bytes(part.read_bytes()[:-1])
    assert open_store(tmp_path).missing_chunks() == [CHUNKS[1]]
    changed = OUTCOMES | {"trained": outcome("trained", "trainings", "total")}
    assert open_store(tmp_path, outcomes=changed).missing_chunks() == CHUNKS


def test_finishing_with_chunks_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 chunks are missing"):
        open_store(tmp_path).finish()


def test_another_question_is_refused_with_what_differs(tmp_path: Path) -> None:
    open_store(tmp_path)
    asked = {
        "scenario": {"name": "fake", "contracts": {"term": 12.0, "fee": 0.1}},
        "runs": RUNS,
        "seed": 1,
    }
    with pytest.raises(InputError) as caught:
        open_store(tmp_path, manifest=asked)
    assert caught.value.messages == [
        "scenario.contracts.term: 10.0 in the folder, 12.0 asked for",
        "scenario.contracts.fee: nothing in the folder, 0.1 asked for",
    ]


def test_many_differences_are_cut_short(tmp_path: Path) -> None:
    open_store(tmp_path, manifest={"row": list(range(100))})
    with pytest.raises(InputError) as caught:
        open_store(tmp_path, manifest={"row": list(range(1, 101))})
    assert caught.value.messages[-1] == "and 80 more"


def test_the_same_manifest_in_another_order_is_the_same(tmp_path: Path) -> None:
    open_store(tmp_path)
    open_store(tmp_path, manifest=dict(reversed(MANIFEST.items())))


@pytest.mark.parametrize("text", ["not JSON", "[1]"])
def test_foreign_folders_and_files_are_refused(tmp_path: Path, text: str) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.docx").write_bytes(b"")
    with pytest.raises(InputError, match="not empty"):
        open_store(foreign)
    assert [path.name for path in foreign.iterdir()] == ["thesis.docx"]
    (foreign / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="damaged"):
        open_store(foreign)
    with pytest.raises(InputError, match="is a file"):
        open_store(foreign / "thesis.docx")


def test_a_folder_in_which_a_manifest_was_being_written_is_empty(tmp_path: Path) -> None:
    (tmp_path / "manifest.json.0123abcd.tmp").write_text("{")
    with writing(tmp_path):
        open_store(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "parts"]


def test_a_folder_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file is a file, not a folder"):
        open_store(tmp_path / "file" / "out")


def test_a_full_disk_keeps_finished_parts(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = open_store(tmp_path)
    begun.write_chunk(chunk_of(CHUNKS[0]))

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as caught:
            begun.write_chunk(chunk_of(CHUNKS[1]))
    assert caught.value.errno == errno.ENOSPC
    assert str(begun.parts.path(CHUNKS[1])) in str(caught.value)
    assert [path.suffix for path in begun.parts.folder.iterdir()] == [".part"]
    for runs in open_store(tmp_path).missing_chunks():
        begun.write_chunk(chunk_of(runs))
    begun.finish()
    assert data_of(tmp_path) == whole


def test_a_file_interrupted_by_anything_else_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "table") as file:
        file.write(b"half" * (1 // 0))
    assert not any(tmp_path.iterdir())


def test_what_is_not_finite_is_refused_with_its_run(tmp_path: Path) -> None:
    begun = open_store(tmp_path)
    chunk = chunk_of(CHUNKS[1])
    chunk.tallies[2, 5, 0, 2] = np.inf
    with pytest.raises(ArithmeticError, match="run 6: lock_in is not finite"):
        begun.write_chunk(chunk, on_error="stop")
    chunk = chunk_of(CHUNKS[1])
    chunk.countries[0, 0, -1] = 0.5
    with pytest.raises(ArithmeticError, match="run 4: opened of a country"):
        begun.write_chunk(chunk, on_error="stop")
    assert begun.missing_chunks() == CHUNKS


def test_chunks_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    begun = open_store(tmp_path)
    with pytest.raises(ValueError, match="no chunk of this batch"):
        begun.write_chunk(chunk_of(range(1, CHUNK_RUNS + 1)))
    with pytest.raises(ValueError, match="actors has shape"):
        begun.write_chunk(replace(chunk_of(CHUNKS[0]), actors=np.zeros((1, 1, 1))))
    with pytest.raises(ValueError, match="there must be runs"):
        open_store(tmp_path, runs=0)


def test_without_countries_there_are_no_tables_of_them(tmp_path: Path) -> None:
    layout = LAYOUT.narrowed(kinds=(), yearly=True, countries=False)
    begun = open_store(tmp_path, layout=layout)
    for runs in CHUNKS:
        begun.write_chunk(cut(chunk_of(runs), LAYOUT, layout))
    begun.finish()
    assert {"countries.csv", "country_runs.parquet"}.isdisjoint(data_of(tmp_path))
    results = open_results(tmp_path)
    assert list(results.groups) == ["world", "vendor"]
    with pytest.raises(InputError, match="without keeping"):
        results.country_runs()


def test_runtime_holds_what_the_data_must_not(tmp_path: Path) -> None:
    done = fill(tmp_path)
    done.write_runtime({"seconds": 1.5, "threads": 2})
    runtime = open_results(tmp_path).runtime
    assert runtime["threads"] == 2
    assert runtime["libraries"]["numpy"] == np.__version__


def test_writing_and_reading_values_need_no_pandas(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from results.fake import fill\n"
        "from sim.results.read import open_results\n"
        "fill(Path(sys.argv[1])); open_results(sys.argv[1]).values('trained', quarters=[163])\n"
        "assert not {'pandas', 'matplotlib', 'numba', 'mesa'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, env=_environment())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
