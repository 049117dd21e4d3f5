"""`entrench run`, from the command line: results, resuming, refusals, and the defaults' fit."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.results.read import open_results
from sim.results.targets import compare_targets

DATA = ("manifest.json", "runs.parquet", "country_runs.parquet", "series.csv", "countries.csv")
SIGMAS = 2.0


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def same_data(one: Path, other: Path) -> bool:
    return all(filecmp.cmp(one / name, other / name, shallow=False) for name in DATA)


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "baseline"
    code, _, error = entrench("run", "baseline", "--runs", 60, "--out", folder, "--no-figures")
    assert code == 0, error
    return folder


@pytest.mark.parametrize("point", [False, True])
def test_every_calibrate_target_is_within_two_sigma(
    baseline: Path, point: bool, tmp_path: Path
) -> None:
    """Under the plausible sets, and at the defaults alone."""
    if point:
        options = ("--runs", 60, "--point", "--no-figures", "--set", "horizon.end=2025")
        assert entrench("run", "baseline", *options, "--out", tmp_path / "point")[0] == 0
    rows = compare_targets(open_results(tmp_path / "point" if point else baseline))
    calibrated = [row for row in rows if row.use == "calibrate"]
    assert len(calibrated) == 13
    assert all(row.status == "reached" for row in rows)
    assert {row.id: row.z for row in calibrated if abs(row.z or 99.0) >= SIGMAS} == {}


def test_summary_shows_what_happened_and_targets(tmp_path: Path) -> None:
    code, out, _ = entrench("run", "baseline", "--runs", 3, "--out", tmp_path / "r", "--no-figures")
    assert code == 0
    for words in (
        "Ever trained",
        "platforms 2025",
        "hold-out",
        "verdict",
        "not forecasts",
    ):
        assert words in out


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    arguments = ("run", "no-peers", "--runs", 2, "--out", tmp_path / "r", "--no-figures", "--quiet")
    assert entrench(*arguments) == (0, "", "")


def test_threads_and_engines_give_the_same_bytes(tmp_path: Path) -> None:
    for name, more in (
        ("one", ("--threads", 1)),
        ("two", ("--threads", 2)),
        ("mesa", ("--engine", "mesa")),
    ):
        code, _, error = entrench(
            "run", "data-leak", "--runs", 2, "--set", "horizon.end=2029", "--out", tmp_path / name,
            "--no-figures", *more,
        )  # fmt: skip
        assert code == 0, error
    assert same_data(tmp_path / "one", tmp_path / "two")
    assert same_data(tmp_path / "one", tmp_path / "mesa")


def test_same_command_again_runs_nothing_and_another_question_is_refused(baseline: Path) -> None:
    command = ("run", "baseline", "--out", baseline, "--no-figures")
    before = (baseline / "runs.parquet").stat().st_mtime_ns
    code, out, _ = entrench(*command, "--runs", 60)
    assert code == 0
    assert "already there" in out
    assert (baseline / "runs.parquet").stat().st_mtime_ns == before
    code, _, error = entrench(*command, "--runs", 61)
    assert code == 2
    assert "runs: 60 in the folder, 61 asked for" in error


def test_a_manifest_repeats_its_run(baseline: Path, tmp_path: Path) -> None:
    again = ("--out", tmp_path / "again", "--no-figures", "--quiet")
    code, _, error = entrench("run", baseline / "manifest.json", *again)
    assert code == 0, error
    assert same_data(baseline, tmp_path / "again")
    code, _, error = entrench("run", baseline / "manifest.json", "--set", "contracts.term=5")
    assert code == 2 and "says what is run: leave out --set and --point" in error
    code, _, error = entrench("compare", "baseline", baseline / "manifest.json")
    assert code == 2 and f"beside others, name {baseline}" in error
    manifest = json.loads((baseline / "manifest.json").read_text())
    manifest["scenario"]["sections"]["contracts"]["trem"] = 5.0
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    code, _, error = entrench("run", tmp_path / "manifest.json")
    assert code == 2 and "this version" in error


def test_as_json(tmp_path: Path) -> None:
    asked = ("run", "baseline", "--runs", 3, "--no-figures", "--out", tmp_path / "r")
    code, out, error = entrench(*asked, "--json")
    assert code == 0, error
    told = json.loads(out)
    assert told["seed"] == 1 and {row["unit"] for row in told["outcomes"]} >= {"states"}
    assert {row["id"] for row in told["targets"]} >= {"platforms_2019"}


def test_a_manifest_is_described_and_ranked(baseline: Path) -> None:
    of_manifest, of_name = (
        json.loads(entrench("describe", scenario, "--json")[1])
        for scenario in (baseline / "manifest.json", "baseline")
    )
    assert of_manifest["identity"] == of_name["identity"]
    for verb in ("describe", "sensitivity"):
        code, _, error = entrench(verb, baseline / "manifest.json", "--set", "contracts.term=5")
        assert code == 2 and "says what every value is: leave out --set" in error


@pytest.mark.parametrize("verb", ["run", "describe", "sensitivity"])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("withdrawal-date", "an experiment, not a scenario: entrench sweep withdrawal-date"),
        ("calibration", "a calibration, not a scenario: entrench calibrate calibration"),
    ],
)
def test_an_experiment_is_named(verb: str, given: str, told: str) -> None:
    code, _, error = entrench(verb, given)
    assert code == 2 and told in error


def test_a_folder_of_runs_says_how_to_repeat_it(baseline: Path) -> None:
    code, _, error = entrench("run", baseline)
    assert code == 2 and f"entrench run {baseline}/manifest.json" in error


def test_fresh_replaces_results_and_nothing_else(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    code, _, error = entrench("run", "baseline", "--runs", 1, "--out", mine, "--fresh")
    assert code == 2
    assert "manifest.json" in error
    assert (mine / "thesis.txt").read_text() == "years of work"
    # Browser extensions and others have a manifest.json too.
    for manifest in ('{"manifest_version": 3, "version": "1.0"}', "[]", "no JSON"):
        (mine / "manifest.json").write_text(manifest)
        code, _, error = entrench("run", "baseline", "--runs", 1, "--out", mine, "--fresh")
        assert (code, "tells of no results" in error) == (2, True)
    assert (mine / "thesis.txt").read_text() == "years of work"
    (tmp_path / "disk").mkdir()
    results = tmp_path / "results"
    results.symlink_to(tmp_path / "disk")
    for runs in (1, 2):
        code, _, _ = entrench(
            "run", "baseline", "--runs", runs, "--out", results, "--fresh", "--no-figures"
        )
        assert code == 0
    assert json.loads((results / "manifest.json").read_text())["runs"] == 2
    assert results.is_symlink()
    assert (results / "status.json").is_file()


def test_a_file_in_the_place_of_the_folder_is_reported_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("words")
    code, _, error = entrench("run", "baseline", "--runs", 1, "--out", tmp_path / "notes")
    assert code == 2
    assert error.strip() == f"error: --out {tmp_path / 'notes'} is a file, not a folder for results"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("baslin",), "did you mean 'baseline'"),
        (("baseline", "--runs", 0), "--runs 0: allowed: 1 to"),
        (("baseline", "--seed", -1), "--seed -1: allowed: 0 to 4294967295"),
        (("baseline", "--threads", 0), "--threads 0: allowed: 1 or more"),
        (("baseline", "--set", "contracts.trem=5"), "did you mean 'term'"),
        (("baseline", "--set", "contracts.term=0,2"), 'not "0,2"'),
        (("baseline", "--set", "contracts.term=true"), "must be a number"),
        (("baseline", "--set", "contracts.term=inf"), "must be a number"),
        (("baseline", "--set", "contracts.term=99"), "from 0.25 to 40"),
    ],
)
def test_wrong_input_gives_code_2_and_leaves_no_folder(
    tmp_path: Path, arguments: tuple[object, ...], words: str
) -> None:
    out = tmp_path / "out"
    code, _, error = entrench("run", *arguments, "--out", out)
    assert code == 2
    assert words in error
    assert "Traceback" not in error
    assert not out.exists()


def test_a_finished_folder_is_told_as_such_whatever_else_is_asked(
    tmp_path: Path, baseline: Path
) -> None:
    code, _, error = entrench("run", baseline, "--runs", 3, "--out", tmp_path / "out")
    assert code == 2 and "holds finished runs" in error


def test_a_broken_link_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    code, _, error = entrench("run", "baseline", "--runs", 1, "--out", tmp_path / "link")
    assert code == 2 and "is a broken link, not a folder" in error


def test_a_folder_in_a_file_is_reported_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, error = entrench("run", "baseline", "--runs", 1, "--out", tmp_path / "file" / "r")
    assert code == 2
    assert error.strip() == (
        f"error: --out {tmp_path / 'file' / 'r'}: {tmp_path / 'file'} is a file, not a folder"
    )


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_bytes(tmp_path: Path, baseline: Path) -> None:
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", "from sim.cli import main; main()", "run", "baseline"]
    command += ["--runs", "60", "--out", str(folder), "--no-figures", "--quiet"]
    process = subprocess.Popen(command)
    while process.poll() is None and not list(folder.glob("parts/*.part")):
        pass
    process.kill()
    process.wait()
    assert not (folder / "status.json").exists()
    subprocess.run(command, check=True)
    assert same_data(folder, baseline)


@pytest.mark.slow
def test_an_installed_wheel_runs_from_any_folder(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    uv = shutil.which("uv")
    assert uv, "uv runs these tests"
    env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    subprocess.run(
        [uv, "build", "--wheel", "--out-dir", tmp_path / "dist", root], check=True, env=env
    )
    wheel = next((tmp_path / "dist").glob("*.whl"))
    venv = tmp_path / "venv"
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, venv], check=True, env=env)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", python, wheel], check=True, env=env)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [python.with_name("entrench"), "run", "baseline", "--runs", "2"],
        cwd=elsewhere, env=env, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (elsewhere / "results" / "baseline" / "figures" / "adoption-world.png").is_file()
