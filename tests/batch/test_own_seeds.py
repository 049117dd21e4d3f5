"""Sweeps, clusters and resumed runs in a world of one's own, held to what is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from invented import INCOME, folder_of

from batch.small import data_of, entrench, load, sweep, write_file
from sim.batch.executors import Workers
from sim.experiment import Experiment
from sim.figures.caption import caption
from sim.world.seeds import seeds_from

KNOWN = "iso3,what,date\nKEN,trained,2001.5\nSRB,adopted,2002\nUSA,trained,2003\n"


@pytest.fixture
def options(tmp_path: Path) -> list[object]:
    own = folder_of(tmp_path / "mine", changes=INCOME.replace("2014", "2001"))
    (tmp_path / "known.csv").write_text(KNOWN, encoding="utf-8")
    return ["--seeds", own, "--known", tmp_path / "known.csv"]


@pytest.fixture
def own(tmp_path: Path, options: list[object]) -> Experiment:
    seeds = seeds_from(*map(str, options[1::2]))
    return load(write_file(tmp_path)).in_world(seeds)


def test_threads_give_the_bytes_of_one(own: Experiment, tmp_path: Path) -> None:
    sweep(own, tmp_path / "whole")
    whole = data_of(tmp_path / "whole")
    sweep(own, tmp_path / "threads", Workers("threads", 2))
    assert data_of(tmp_path / "threads") == whole
    sweep(load(write_file(tmp_path)), tmp_path / "shipped")
    assert data_of(tmp_path / "shipped")["runs.parquet"] != whole["runs.parquet"]


def test_what_is_known_is_held_at_every_point(own: Experiment, tmp_path: Path) -> None:
    from sim.studies.opened import open_sweep

    sweep(own, tmp_path / "out")
    frame = open_sweep(tmp_path / "out").country_runs()
    for iso3, column, date in (("KEN", "first_trained", 2001.5), ("SRB", "first_adopted", 2002.0)):
        assert set(frame.loc[frame["iso3"] == iso3, column]) == {date}
    assert set(frame.loc[frame["iso3"] == "USA", "first_trained"]) == {2003.0}


@pytest.mark.slow
def test_a_cluster_gives_the_bytes_of_threads(own: Experiment, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        sweep(own, tmp_path / "dask", Workers("cluster", address=cluster.scheduler_address))
    sweep(own, tmp_path / "whole")
    assert data_of(tmp_path / "dask") == data_of(tmp_path / "whole")


def run(out: Path, *more: object) -> tuple[int, str, str]:
    return entrench(
        "run", "baseline", "--runs", 20, "--set", "horizon.end=2003", "--no-figures", "--quiet",
        "--out", out, *more,
    )  # fmt: skip


def test_manifest_and_figures_say_whose_world_it_is(options: list[object], tmp_path: Path) -> None:
    assert run(tmp_path / "own", *options)[0] == 0
    assert run(tmp_path / "shipped")[0] == 0
    own, shipped = (
        json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("own", "shipped")
    )
    assert "seeds" not in shipped
    assert own["data"] != shipped["data"]
    assert own["seeds"]["changes"][0]["source"] == "a test"
    assert [fact["iso3"] for fact in own["seeds"]["known"]] == ["KEN", "SRB", "USA"]
    told = caption(own).replace("\N{NO-BREAK SPACE}", " ")
    assert "Own seeds, mine: 1 changed figure. Held to 3 known decisions of 3 states." in told
    assert "seeds" not in caption(shipped)


def test_a_run_resumes_in_its_own_world_alone(options: list[object], tmp_path: Path) -> None:
    out = tmp_path / "own"
    assert run(out, *options)[0] == 0
    whole = data_of(out)
    (out / "runs.parquet").unlink()  # as if damaged: made again, in the same bytes
    assert run(out, *options)[0] == 0
    assert data_of(out) == whole
    code, _, error = run(out)
    assert code == 2
    assert "seeds" in error
    code, _, error = entrench("run", out / "manifest.json", "--out", tmp_path / "again")
    assert code == 2
    assert "give --seeds DIR and --known FILE.csv" in error
    again = ("run", out / "manifest.json", "--out", tmp_path / "again", "--no-figures", "--quiet")
    assert entrench(*again, *options)[0] == 0
    assert data_of(tmp_path / "again")["runs.parquet"] == whole["runs.parquet"]


def test_readers_ask_for_the_seeds_of_a_folder(options: list[object], tmp_path: Path) -> None:
    out = tmp_path / "own"
    assert run(out, *options)[0] == 0
    for verb in (
        ("country", "KEN", "--results", out),
        ("compare", "baseline", out, "--out", tmp_path / "c"),
    ):
        code, _, error = entrench(*verb)
        assert code == 2
        assert "was made with the seeds 'mine' and 3 known facts: give --seeds DIR" in error
        code, _, error = entrench(*verb, "--known", "documented")
        assert code == 2
        assert "what was given is something else" in error
    code, shown, error = entrench("country", "KEN", "--results", out, *options)
    assert code == 0, error
    assert "2001" in shown
    assert run(tmp_path / "shipped")[0] == 0
    code, _, error = entrench("country", "KEN", "--results", tmp_path / "shipped", *options)
    assert code == 2
    assert "made with the shipped seeds: leave out --seeds and --known" in error
    # Two finished folders can be compared whatever their worlds: that is what is compared.
    code, _, error = entrench(
        "compare", tmp_path / "shipped", out, "--no-figures", "--quiet", "--out", tmp_path / "diff"
    )
    assert code == 0, error
