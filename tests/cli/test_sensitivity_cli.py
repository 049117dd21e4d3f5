"""`entrench sensitivity` and `entrench discover`, from the command line."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from small_sweep import EARLY, HYPERCUBE
from typer.testing import CliRunner

from sim.batch import tasks
from sim.cli import app
from sim.engine import run_chunk

SMALL = ("--trajectories", 4, "--samples", 8, "--top", 2, "--set", "horizon.end=2016")
VARIED = "observer.secrecy,procurement.base,procurement.rate,training.trust_gain"


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sensitivity") / "study"
    code, text, error = entrench(
        "sensitivity", "baseline", *SMALL, "--year", 2016, "--parameters", VARIED, "--out", out
    )
    assert code == 0, error
    assert "1 of 4 parameters have no effect" in text
    assert "of the variance lies between the 2 replicates" in text
    return out


def test_both_measures_are_written(folder: Path) -> None:
    screening = rows(folder / "morris.csv")
    assert list(screening[0]) == ["parameter", "mu", "mu_star", "mu_star_conf", "sigma", "rank"]
    assert [row["rank"] for row in screening] == ["1", "2", "3", "4"]
    effects = [float(row["mu_star"]) for row in screening]
    assert effects == sorted(effects, reverse=True)
    assert screening[-1]["parameter"] == "observer.secrecy" and effects[-1] == 0.0
    indices = rows(folder / "sobol.csv")
    assert list(indices[0]) == ["parameter", "S1", "S1_conf", "ST", "ST_conf", "rank"]
    assert {row["parameter"] for row in indices} == {row["parameter"] for row in screening[:2]}
    facts = json.loads((folder / "sensitivity.json").read_text())
    assert facts["outcome"] == "working" and facts["morris"]["parameters"] == 4
    assert facts["sobol"]["samples"] == 8 and facts["sobol"]["parameters"] == 2
    assert 0.0 < facts["sobol"]["chance_share"] < 1.0
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    assert figures == ["morris.png", "morris.svg", "sobol.png", "sobol.svg"]


def test_the_sweeps_are_ordinary_results(folder: Path) -> None:
    manifest = json.loads((folder / "morris" / "manifest.json").read_text())
    assert manifest["runs"] == 4 * 5 * 2
    assert manifest["experiment"]["keep"]["outcomes"] == ["working"]
    assert len(rows(folder / "sobol" / "design.csv")) == 8 * 4


def test_again_gives_the_same_bytes_and_another_question_is_refused(folder: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    asked = ("sensitivity", "baseline", *SMALL, "--year", 2016, "--out", folder, "--no-figures")
    code, _, error = entrench(*asked, "--parameters", VARIED, "--quiet")
    assert code == 0, error
    assert before == {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    code, _, error = entrench(*asked, "--parameters", "contracts.fee,procurement.base")
    assert code == 2 and "another question" in error and "--fresh" in error


def test_one_method_quietly(tmp_path: Path) -> None:
    asked = ("--year", 2016, "--parameters", "procurement.base", "--quiet", "--no-figures")
    for method, other in (("morris", "sobol"), ("sobol", "morris")):
        out = tmp_path / method
        code, text, error = entrench(
            "sensitivity", "baseline", *SMALL, *asked, "--method", method, "--out", out
        )
        assert (code, text, error) == (0, "", "")
        assert (out / f"{method}.csv").is_file() and not (out / f"{other}.csv").exists()


def test_nothing_matters(tmp_path: Path) -> None:
    code, _, error = entrench(
        "sensitivity", *SMALL, "--year", 2016, "--parameters", "observer.secrecy",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 2 and "no parameter has any effect" in error


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    code, _, error = entrench(
        "sensitivity", "baseline", "--outcome", "workin", "--group", "regin:Africa",
        "--year", 2050, "--parameters", "contracts.trem", "--samples", 100, "--top", 0,
        "--replicates", 0, "--threads", 0, "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 2
    for hint in (
        "did you mean 'working'", "did you mean 'region'", "2000 to 2040", "'contracts.term'",
        "the nearest are 64 and 128", "--top 0", "--replicates 0", "--threads 0",
    ):  # fmt: skip
        assert hint in error
    assert "Traceback" not in error and not (tmp_path / "out").exists()


WRONG = {
    "group": (("--group", "regime:hybird"), "did you mean 'hybrid'"),
    "group of an actor": (("--outcome", "price", "--group", "regime:hybrid"), "price"),
    "all at once": (("--method", "sobol"), "too many at once"),
    "set": (("--set", "contracts.fee=0.1", "--parameters", "contracts.fee"), "set with --set"),
    "scenario": (("no-peer",), "no-peers"),
    "a near parameter": (("--parameters", "contracts.fe"), "did you mean 'contracts.fee'"),
    "no near parameter": (("--parameters", "foo"), "'foo'; `entrench describe baseline` lists"),
}


def test_failed_runs_are_reported_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = []

    def spoiled(ensemble: Any, asked: Any, set_of: Any = None) -> Any:
        chunk = run_chunk(ensemble, asked, set_of)
        if len(asked) and not chunks:  # none are asked for to see the layout
            chunk.tallies[0] = math.nan
            chunks.append(asked)
        return chunk

    monkeypatch.setattr(tasks, "run_chunk", spoiled)
    asked = (*SMALL, "--year", 2016, "--parameters", VARIED, "--method", "morris", "--no-figures")
    for _ in "then", "later":
        code, _, error = entrench("sensitivity", *asked, "--threads", 1, "--out", tmp_path / "out")
        assert code == 3, error
    assert "1 of 40 runs failed" in error
    # The point's other replicate stands for it, so that its trajectory is whole.
    facts = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert facts["morris"]["trajectories"] == 4


@pytest.mark.parametrize("verb", ["sensitivity", "discover"])
def test_a_file_where_the_folder_must_be(verb: str, small: Path) -> None:
    given = (small, "--year", 2020, "--above", 3) if verb == "discover" else ()
    for out in (small, small / "deeper"):
        code, printed, error = entrench(verb, *given, "--out", out)
        assert code == 2 and f"{small} is a file, not a folder" in error, error
        assert printed == ""


@pytest.mark.parametrize("case", WRONG)
def test_refusals(case: str, tmp_path: Path) -> None:
    arguments, hint = WRONG[case]
    code, _, error = entrench("sensitivity", *arguments, "--out", tmp_path / "out")
    assert code == 2 and hint in error, error
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("discover")
    (folder / "early.toml").write_text(EARLY)
    (folder / "small.toml").write_text(HYPERCUBE.replace("BASE", "./early.toml"))
    return folder / "small.toml"


@pytest.fixture(scope="module")
def discovered(small: Path) -> Path:
    out = small.parent / "out"
    code, text, error = entrench("discover", small, "--quantile", 0.6, "--out", out)
    assert code == 0, error
    assert "working in 2020 relative to 2009 is above" in text
    return out


@pytest.mark.slow
def test_discovery_writes_points_and_the_sweep(discovered: Path) -> None:
    points = rows(discovered / "points.csv")
    assert len(points) == 40
    values = [float(row["value"]) for row in points if row["value"]]
    assert 0 < sum(int(row["met"]) for row in points) < len(values)
    assert (discovered / "sweep" / "status.json").is_file()


@pytest.mark.slow
def test_a_finished_sweep_is_analysed_as_it_is(discovered: Path) -> None:
    out = discovered.parent / "again"
    asked = ("--outcome", "adopters", "--year", 2020, "--quantile", 0.7, "--out", out)
    code, text, error = entrench("discover", discovered / "sweep", *asked)
    assert code == 0, error
    assert "Box 1: procurement.base above" in text
    (box,) = rows(out / "boxes.csv")
    assert box["factor"] == "procurement.base" and float(box["density"]) > 0.7
    assert (out / "figures" / "boxes.png").is_file()
    assert (out / "figures" / "tradeoff.svg").is_file()
    assert not (out / "sweep").exists()


DISCOVERY_WRONG = {
    "two thresholds": (("--above", 0.5, "--below", 0.2), "exclude each other"),
    "quantile": (("--quantile", 1.5), "between 0 and 1"),
    "density": (("--density", 0), "--density 0"),
    "boxes": (("--boxes", 0), "--boxes 0"),
    "outcome": (("--outcome", "adopter"), "did you mean 'adopters'"),
    "not kept": (("--outcome", "trained"), "does not keep it"),
    "kind": (("--group", "region:Africa"), "--group region"),
    "year": (("--year", 2015, "--above", 3), "is not kept; the experiment keeps 2009, 2020"),
    "outside": (("--year", 2031, "--above", 3), "outside the horizon"),
    "no threshold": (("--year", 2020), "--above, --below or --quantile"),
    "no year": (("--relative-to", 2009), "needs --year"),
    "threads": (("--threads", 0), "--threads 0"),
}


@pytest.mark.parametrize("case", DISCOVERY_WRONG)
def test_discovery_refusals(case: str, small: Path, tmp_path: Path) -> None:
    arguments, hint = DISCOVERY_WRONG[case]
    code, _, error = entrench("discover", small, *arguments, "--out", tmp_path / "out")
    assert code == 2 and hint in error, error
    assert not (tmp_path / "out").exists()


def test_no_withdrawal(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(HYPERCUBE.replace("BASE", "baseline"))
    code, _, error = entrench("discover", other, "--out", tmp_path / "out")
    assert code == 2 and "no event offer-withdrawn" in error and "--year" in error


@pytest.mark.slow
def test_nothing_to_tell_apart(discovered: Path, tmp_path: Path) -> None:
    code, _, error = entrench(
        "discover", discovered / "sweep", "--above", 99, "--out", tmp_path / "out"
    )
    assert code == 2 and "no point is one where" in error


@pytest.mark.slow
def test_options_of_a_sweep_that_is_finished(discovered: Path) -> None:
    code, _, error = entrench("discover", discovered / "sweep", "--replicates", 3, "--fresh")
    assert code == 2 and "--replicates has no use" in error and "--fresh has no use" in error


def test_the_shipped_experiment_is_right() -> None:
    from sim.experiment import load_experiment

    experiment = load_experiment("discovery")
    assert experiment.base == "offer-withdrawn-2030"
    assert isinstance(experiment.keep.dates, tuple) and {2029, 2040} <= set(experiment.keep.dates)
