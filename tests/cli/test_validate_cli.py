"""`entrench validate`: files, sentences, one's own list, naive rankings, refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.scenario import shipped_names
from sim.studies.validation.method import COLUMNS, Summary
from sim.studies.validation.words import RIVALS
from sim.world.columns import TARGET_USES
from sim.world.seeds import shipped_seeds

RUNS = 4
SHORT = ("--set", "horizon.end=2025", "--runs", RUNS)
"""Ends with the last target, so that the runs are short."""
LIST = "iso3,value\nKEN,1\nNGA,1\nFRA,0\nISL,0\nNOR,0\nSRB,1\n"
BESIDE = [rival.name for rival in RIVALS if rival.name in shipped_names()]


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A validation whose runs the other tests take up."""
    out = tmp_path_factory.mktemp("validation") / "v"
    code, printed, error = entrench("validate", *SHORT, "--out", out)
    assert code == 0, error
    (out / "printed.txt").write_text(printed)
    return out


def test_files_and_tables(folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if path.is_file()}
    assert {"validation.csv", "validation_summary.csv", "validation.json"} <= names
    assert {"validation.png", "validation.svg"} <= {p.name for p in (folder / "figures").iterdir()}
    table = rows(folder / "validation.csv")
    assert tuple(table[0]) == COLUMNS
    targets = [target.id for target in shipped_seeds().targets]
    models = ["baseline, plausible sets", "baseline", *BESIDE]
    assert [row["target"] for row in table[:: len(models)]] == targets
    assert [row["model"] for row in table[: len(models)]] == models
    assert len(table) == len(targets) * len(models)
    folders = {path.name for path in folder.iterdir() if path.is_dir()}
    assert folders == {"baseline-plausible", "baseline", "figures", *BESIDE}
    summary = rows(folder / "validation_summary.csv")
    assert tuple(summary[0]) == Summary._fields
    assert [row["use"] for row in summary[:3]] == list(TARGET_USES)


def test_the_summary_adds_up(folder: Path) -> None:
    table = rows(folder / "validation.csv")
    for row in rows(folder / "validation_summary.csv"):
        sizes = [
            float(r["implausibility"])
            for r in table
            if r["model"] == row["model"] and r["use"] == row["use"] and r["implausibility"]
        ]
        assert int(row["targets"]) == len(sizes)
        assert float(row["sum_of_squares"]) == pytest.approx(sum(s * s for s in sizes), rel=1e-4)
        assert int(row["outside"]) == sum(size > 3 for size in sizes)


def test_what_is_printed(folder: Path) -> None:
    printed = (folder / "printed.txt").read_text()
    for words in ("trained share hybrid", "at least 40", "hold-out", "verdict", "not forecasts",
                  "calibration targets", "Without effects of a state's", "tuned to"):  # fmt: skip
        assert words in printed
    for name in BESIDE:
        assert name in printed


def test_the_same_bytes_again_without_running(folder: Path, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in folder.iterdir() if p.name.startswith("validation")}
    stamp = (folder / "baseline" / "status.json").stat().st_mtime_ns
    code, printed, _ = entrench("validate", *SHORT, "--out", folder, "--quiet")
    assert code == 0 and printed == ""
    assert {path: path.read_bytes() for path in before} == before
    assert (folder / "baseline" / "status.json").stat().st_mtime_ns == stamp


def test_a_finished_folder_alone_and_without_figures(folder: Path, tmp_path: Path) -> None:
    code, printed, error = entrench(
        "validate", folder / "baseline", "--no-nulls", "--no-figures", "--out", tmp_path,
        "--discrepancy", 0,
    )  # fmt: skip
    assert code == 0, error
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "validation.csv",
        "validation.json",
        "validation_summary.csv",
    ]
    mine, theirs = rows(tmp_path / "validation.csv"), rows(folder / "validation.csv")
    assert {row["discrepancy"] for row in mine} == {"0"}
    for row in mine:
        other = next(r for r in theirs if (r["target"], r["model"]) == (row["target"], "baseline"))
        assert row["mean"] == other["mean"]
        if row["implausibility"]:
            assert float(row["implausibility"]) >= float(other["implausibility"])
    assert "regime-blind" not in printed


def test_against_a_list(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(LIST)
    code, printed, error = entrench("validate", *SHORT, "--out", folder, "--against", mine)
    assert code == 0, error
    for words in ("6 states on the list, 3 of them 1", "189 states", "ROC curve",
                  "income alone, low", "skill", "hits", "misses", "Kenya",
                  "too narrow"):  # fmt: skip
        assert words in printed
    drawn = {p.name for p in (folder / "figures").glob("against.*")}
    assert drawn == {"against.png", "against.svg"}
    scored = rows(folder / "countries_scored.csv")
    assert {row["iso3"] for row in scored} == {"KEN", "NGA", "FRA", "ISL", "NOR", "SRB"}
    # What is scored is the model under the plausible sets, as everywhere.
    assert "baseline, plausible sets" in printed
    recorded = {row["iso3"]: row for row in rows(folder / "baseline-plausible" / "countries.csv")}
    for row in scored:
        expected = float(recorded[row["iso3"]]["p_recorded_adopted_2025"])
        assert float(row["probability"]) == pytest.approx(expected, rel=1e-5)
    values = {row["score"]: row["value"] for row in rows(folder / "scores.csv")}
    assert values["states left out"] == "189"
    brier, base = (float(values[k]) for k in ("Brier score", "Brier score of the base rate"))
    assert float(values["Brier skill"]) == pytest.approx(1 - brier / base, rel=1e-4)


def test_against_reads_a_folder_and_another_year(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(LIST)
    code, printed, error = entrench(
        "validate", folder / "baseline", "--against", mine, "--year", 2019, "--no-figures",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, error
    assert "by the end of 2019" in printed
    assert not (tmp_path / "out" / "figures").exists()
    recorded = {row["iso3"]: row for row in rows(folder / "baseline" / "countries.csv")}
    for row in rows(tmp_path / "out" / "countries_scored.csv"):
        expected = float(recorded[row["iso3"]]["p_recorded_adopted_2019"])
        assert float(row["probability"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_naive(folder: Path) -> None:
    code, printed, error = entrench("validate", *SHORT, "--out", folder, "--naive", "--point")
    assert code == 0, error
    assert "States by baseline with horizon.end=2025\n" in printed
    code, printed, error = entrench("validate", *SHORT, "--out", folder, "--naive")
    assert code == 0, error
    assert "States by baseline, plausible sets with horizon.end=2025\n" in printed
    for words in ("Spearman", "population", "democracy", "platform, 2025", "naive rank", "Terms:"):
        assert words in printed
    table = rows(folder / "naive.csv")
    assert {row["kind"] for row in table} == {"adopted", "platform", "trained"}
    assert {row["kind"] for row in rows(folder / "naive_terms.csv")} == {r["kind"] for r in table}
    assert all(-1.0 <= float(row["spearman"]) <= 1.0 for row in table)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--runs", 1), "--runs 1: allowed: 2 or more"),
        (("--naive", "--runs", 1), "--runs 1: allowed: 2 or more"),
        (("--threads", 0), "--threads 0"),
        (("--discrepancy", -0.1), "--discrepancy -0.1"),
        (("--year", 2019), "they need --against"),
        (("--naive", "--against", "x.csv"), "give one of them"),
        (("--against", "no-such.csv"), "there is no such file"),
        (("bassline",), "baseline"),
        (("--seed", -1), "--seed -1"),
    ],
)
def test_refusals(arguments: tuple[object, ...], words: str, tmp_path: Path) -> None:
    code, _, error = entrench("validate", *arguments, "--out", tmp_path / "out")
    assert code == 2
    assert words in error
    assert not (tmp_path / "out").exists()


def test_a_wrong_list_or_year_is_refused_before_anything_runs(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("iso3,value\nUK,1\nCHN,0\n")
    code, _, error = entrench("validate", "--against", mine, "--out", tmp_path / "out")
    assert code == 2
    assert f"{mine}:2: no state 'UK'; did you mean GBR" in error
    assert f"{mine}:3: CHN: China is not a state" in error
    mine.write_text(LIST)
    code, _, error = entrench(
        "validate",
        "--against",
        mine,
        "--what",
        "trained",
        "--year",
        2019,
        "--out",
        tmp_path / "out",
    )
    assert code == 2 and "allowed for --what trained: 2025" in error
    assert not (tmp_path / "out").exists()


def test_other_runs_in_the_folder_and_fresh(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = ("validate", "--no-nulls", "--no-figures", "--quiet", "--out", out, *SHORT)
    assert entrench(*first)[0] == 0
    code, _, error = entrench(*first, "--seed", 5)
    assert code == 2 and "--fresh" in error
    assert entrench(*first, "--seed", 5, "--fresh")[0] == 0
    manifest = json.loads((out / "baseline" / "manifest.json").read_text())
    assert manifest["seed"] == 5


def test_folders_that_cannot_stand_beside_null_models(folder: Path, tmp_path: Path) -> None:
    code, _, error = entrench("validate", folder / "baseline", "--runs", 50, "--out", tmp_path)
    assert code == 2 and f"runs {RUNS}, not 50" in error
    code, _, error = entrench(
        "validate", folder / "baseline", "--set", "contracts.term=5", "--out", tmp_path
    )
    assert code == 2 and "--set" in error
    code, _, error = entrench("validate", folder / "baseline", "--point", "--out", tmp_path)
    assert code == 2 and "--point changes what is run" in error
    code, _, error = entrench("validate", "--out", folder / "baseline")
    assert code == 2 and "holds the results of a run" in error
    code, _, error = entrench("validate", "--out", folder / "validation.csv" / "deeper")
    assert code == 2 and "validation.csv is a file, not a folder" in error
