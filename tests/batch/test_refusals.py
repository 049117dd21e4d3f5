"""What is refused, in words that help: folders of something else, workers, addresses."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from batch.small import data_of, entrench, load, sweep, write_file
from sim.batch import fill
from sim.batch.executors import Workers
from sim.batch.sweep import open_store, plan_of, run_sweep
from sim.batch.tasks import make_part, make_tasks
from sim.errors import InputError
from sim.experiment import Experiment
from sim.results.lock import writing


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return load(write_file(tmp_path), replicates=4)


def test_a_folder_of_another_question_is_refused_saying_what_differs(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    sweep(experiment, out)
    before = data_of(out)
    file = tmp_path / "small.toml"
    arguments = ("sweep", file, "--set", "horizon.end=2003", "--replicates", 4, "--out", out)
    code, _, error = entrench(*arguments, "--seed", 2)
    assert code == 2
    assert "- seed: 1 in the folder, 2 asked for" in error
    assert "name another folder with --out" in error
    code, _, error = entrench(*arguments, "--set", "contracts.fee=0.3")
    assert (code, "contracts.fee" in error) == (2, True)
    text = file.read_text()
    file.write_text(text.replace("12.0", "13.0"))
    code, _, error = entrench(*arguments)
    assert code == 2
    assert "experiment.factors[0].values[1]: 12.0 in the folder, 13.0 asked for" in error
    file.write_text(text)
    monkeypatch.setattr(fill, "source_hash", lambda: "other")
    code, _, error = entrench(*arguments)
    assert code == 2
    assert 'in the folder, "other" asked for' in error
    assert data_of(out) == before


def test_fresh_replaces_it(experiment: Experiment, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sweep(experiment, out)
    arguments = ("sweep", tmp_path / "small.toml", "--set", "horizon.end=2003", "--out", out)
    code, _, error = entrench(*arguments, "--replicates", 1, "--fresh", "--no-figures", "--quiet")
    assert (code, error) == (0, "")
    assert not (out / "series.csv").exists()  # of single runs there is none


def test_a_folder_that_is_no_results_folder_is_left_alone(
    experiment: Experiment, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("words")
    with pytest.raises(InputError, match="no results folder"):
        sweep(experiment, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_folder_that_another_process_writes_is_refused_and_left_alone(
    experiment: Experiment, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    sweep(experiment, out)
    before = data_of(out)
    arguments = ("sweep", tmp_path / "small.toml", "--set", "horizon.end=2003", "--out", out)
    with writing(out):
        for fresh in ((), ("--fresh",)):
            code, _, error = entrench(*arguments, "--replicates", 4, "--no-figures", *fresh)
            assert code == 1
            assert f"error: {out}: another process writes here; wait" in error
    assert data_of(out) == before


def test_an_empty_out_is_refused_and_not_taken_for_the_folder_one_is_in(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for out in (("--out", ""), ("--out=",)):
        for verb in (("sweep", "small.toml"), ("run", "baseline"), ("plot", "x")):
            code, _, error = entrench(*verb, *out)
            assert (code, "must name a folder" in error) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--threads", 0), "--threads 0: allowed: 1 or more"),
        (("--threads", 2, "--cluster", "tcp://a:1"), "--threads and --cluster exclude each other"),
        (("--cluster", "nowhere"), "it needs a host and a port"),
        (("--cluster", "tcp://a:99999"), "must be the address of a Dask scheduler"),
    ],
)
def test_wrong_options(
    experiment: Experiment, tmp_path: Path, options: tuple[object, ...], words: str
) -> None:
    out = tmp_path / "out"
    code, _, error = entrench("sweep", tmp_path / "small.toml", "--out", out, *options)
    assert (code, words in error) == (2, True)
    assert "--fresh" not in error
    assert not out.exists()


def test_no_cluster_is_noticed_at_once(experiment: Experiment, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        workers = Workers("cluster", address=address)
        started = time.monotonic()
        with pytest.raises(OSError, match=f"--cluster {address}: no Dask scheduler answers"):
            run_sweep(experiment, tmp_path / "out", workers=workers)
    assert time.monotonic() - started < 10.0
    with pytest.raises(InputError, match="protocols: tcp and tls, not http"):
        run_sweep(experiment, tmp_path / "out", workers=Workers("cluster", address="http://a:1"))


def test_a_port_that_says_nothing_is_noticed(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.batch.cluster.CONNECT_SECONDS", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(OSError, match="no Dask scheduler answers"):
            run_sweep(experiment, tmp_path / "out", workers=Workers("cluster", address=address))


def test_no_more_workers_start_than_there_are_chunks(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    @contextmanager
    def counted(workers: Workers) -> Iterator[tuple[Executor, int]]:
        asked.append(workers.count)
        with ThreadPoolExecutor(1) as executor:
            yield executor, 1

    monkeypatch.setattr("sim.batch.fill.executor_of", counted)
    sweep(experiment, tmp_path / "out", Workers("threads", 500))
    assert asked == [3]


def test_begun_results_do_not_go_on_with_another_world(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    sweep(experiment, out)
    monkeypatch.setattr("sim.batch.fill.data_hash", lambda: "others")
    with pytest.raises(InputError, match='in the folder, "others" asked for'):
        sweep(experiment, out)


def test_a_worker_with_another_world_refuses(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = iter(["asked", *["here"] * 99])
    monkeypatch.setattr("sim.batch.tasks.data_hash", lambda: next(hashes))
    with pytest.raises(InputError, match="other tables of countries"):
        sweep(experiment, tmp_path / "out")


def test_a_worker_with_other_rules_refuses(experiment: Experiment, tmp_path: Path) -> None:
    store = open_store(experiment, tmp_path / "out")
    task = next(make_tasks(plan_of(experiment, store), store.parts.chunks))
    assert make_part(task).runs == range(10)
    with pytest.raises(InputError, match="install the same Entrench everywhere"):
        make_part(replace(task, rules="other"))
