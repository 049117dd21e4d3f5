"""Verbs: a small run and its files, JSON, wrong input, and a run that is interrupted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import sim
from sim.cli import app
from sim.errors import CONTROL
from sim.runs import store
from sim.studies.report import Report, Table

SHORT = ("--set", "horizon.end=2012")
FEW = ("--runs", "2", *SHORT, "--no-figures")
SWEEP = """\
title = "Term and exit cost"
question = "What do they do?"
base = "baseline"
runs = 1

[design]
kind = "latin-hypercube"
points = 24

[[factors]]
key = "contracts.term"

[[factors]]
key = "procurement.base"
"""


def entrench(*arguments: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


def done(*arguments: object) -> Result:
    """Run it where it must succeed."""
    result = entrench(*arguments)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def sweep_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "terms.toml"
    path.write_text(SWEEP)
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run."""
    folder = tmp_path_factory.mktemp("finished") / "base"
    done("run", "baseline", *FEW, "--out", folder)
    return folder


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, sweep_file: Path) -> Path:
    """Return the folder of a finished sweep."""
    folder = tmp_path_factory.mktemp("swept") / "terms"
    done("sweep", sweep_file, *SHORT, "--no-figures", "--out", folder)
    return folder


STUDIES: dict[str, tuple[str, ...]] = {
    "run": ("baseline", *FEW),
    "compare": ("baseline", "no-peers", *FEW),
    "ask": ("working in 2012", "--scenario", "no-peers", *FEW),
    "country": ("Kenya", "Fiji", *FEW),
    "persistence": ("baseline", "--since", "2008", *FEW),
    "validate": ("--no-nulls", *FEW),
    "sensitivity": (
        "--year", "2012", "--parameter", "contracts.term", "--parameter", "procurement.base",
        "--trajectories", "3", "--samples", "4", *FEW,
    ),
    "bounds": ("no-peers", "--year", "2008", "--parameter", "procurement.base", *FEW),
}  # fmt: skip


# Terms of a country take nine seconds, bounds two.
@pytest.mark.usefixtures("two_steps")
@pytest.mark.parametrize(
    "verb",
    [pytest.param(v, marks=[pytest.mark.slow] * (v in ("country", "bounds"))) for v in STUDIES],
)
def test_a_study_writes_its_files_and_prints_json(verb: str, tmp_path: Path) -> None:
    arguments = STUDIES[verb]
    folder = tmp_path / "out"
    figures = ("--no-figures",) if verb == "run" else ()  # drawn by another test
    assert f"Results: {folder}" in done(verb, *arguments, *figures, "--out", folder).output
    before = {path: path.read_bytes() for path in folder.glob("*.csv")}
    assert before
    again = done(verb, *arguments, "--out", folder, "--json", "--quiet", "--no-figures")
    content = json.loads(again.stdout)
    assert content["seed"] == 1
    assert content["plausible_sha256"] or verb == "sensitivity"
    assert before == {path: path.read_bytes() for path in folder.glob("*.csv")}


def test_a_sweep_is_run_and_opened(sweep_file: Path, swept: Path, tmp_path: Path) -> None:
    assert {"manifest.json", "design.csv", "runs.parquet", "effects.csv", "sweep.json"} <= {
        path.name for path in swept.iterdir()
    }
    assert len(pd.read_csv(swept / "parameters.csv")) == 1
    done("compare", swept, "--no-figures", "--out", tmp_path / "compared")
    plain = tmp_path / "plain"
    done("sweep", sweep_file, "--defaults", *SHORT, "--no-figures", "--out", plain)
    manifest = json.loads((plain / "manifest.json").read_text())
    assert "documented" in manifest["parameters"]


@pytest.mark.parametrize(
    ("words", "found"),
    [("run no-p", "no-peers"), ("compare --outcome worki", "working"),
     ("run --set contracts.te", "contracts.term")],
)  # fmt: skip
def test_names_complete_in_the_shell(words: str, found: str) -> None:
    environment = {"_ENTRENCH_COMPLETE": "complete_bash", "COMP_WORDS": f"entrench {words}"}
    environment["COMP_CWORD"] = str(len(words.split()))
    told = CliRunner().invoke(app, [], env=environment, prog_name="entrench")
    assert found in told.stdout.split()


def test_a_check_prints_json_of_right_and_wrong_files() -> None:
    told = entrench("check", "baseline", "nowhere", "--json")
    right, wrong = json.loads(told.stdout)
    assert right["errors"] == [] and "2000 to 2040" in right["content"]
    assert wrong["file"] == "nowhere" and len(wrong["errors"]) == 1 and told.exit_code == 2


def test_what_lists_and_describes_prints_json_or_tables_with_tabs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lists = json.loads(entrench("describe", "--json").stdout)
    assert "baseline" in [row["name"] for row in lists["scenarios"]]
    assert {"sweep", "calibrate"} == {row["verb"] for row in lists["experiments"]}
    rows = [line.split("\t") for line in entrench("describe").stdout.splitlines()]
    assert rows[0] == ["name", "kind", "question"] and rows[1][:2] == ["baseline", "baseline"]
    assert "what-holds" in [row[0] for row in rows]
    described = json.loads(entrench("describe", "--section", "contracts", "--json").stdout)
    assert "contracts.term" in json.dumps(described)
    done("new", "mine")
    done("check", "mine.toml", "baseline")
    # The file shows an effect as it is; without its event it is said to have none.
    few = ("--runs", "2", "--no-figures", "--out", tmp_path / "out")
    assert "Change by 2040 against baseline" in entrench("run", "mine.toml", *few).stdout
    Path("idle.toml").write_text('extends = "baseline"\ntitle = "Idle"\nquestion = "None?"\n')
    few = (*SHORT, "--runs", "2", "--no-figures", "--out", tmp_path / "idle")
    said = entrench("run", "idle.toml", *few).stdout
    assert said.startswith("idle changes nothing") and "published figures, and" in said
    assert "exists already" in entrench("new", "mine").stderr


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown scenario": (("run", "basline"), "did you mean 'baseline'"),
    "missing file": (("run", "nowhere.toml"), "nowhere.toml"),
    "missing folder": (("plot", "nowhere"), "there is no such folder"),
    "unknown key": (("run", "--set", "contracts.trem=5"), "did you mean 'term'"),
    "no value": (("run", "--set", "contracts.term"), "contracts.term"),
    "no runs": (("run", "--runs", "0"), "allowed: whole numbers from 1"),
    "negative seed": (("run", "--seed", "-1"), "--seed"),
    "width": (("run", "--width", "20"), "allowed: 80 to 300"),
    "cluster": (("run", "--cluster", "head:8786", *FEW), "tcp://localhost:8786"),
    "format": (("run", "--format", "gif", "--runs", "1", *SHORT), "png"),
    "event of no scenario": (
        ("compare", "baseline", "offer-withdrawn-2030", "--set", "events.offer-withdrwn.date=2031"),
        "did you mean 'offer-withdrawn'",
    ),
    "outcome of a group": (
        ("compare", "baseline", "no-peers", "--outcome", "working where regime=hybird", *FEW),
        "did you mean 'hybrid'",
    ),
    "form of no figure": (("run", "--plain", *FEW), "no effect with --no-figures"),
    "question's year": (("ask", "working in 1990", "--scenario", "no-peers"), "1990"),
    "kind of group": (("ask", "working", "--by", "continent", "--scenario", "no-peers"), "region"),
    "since": (("persistence", "baseline", "--since", "1990", *FEW), "allowed: 2000 to 2011"),
    "section": (("describe", "--section", "contract"), "contracts"),
    "experiment": (("sweep", "discovry"), "did you mean 'discovery'"),
    "scenario as experiment": (("sweep", "baseline"), "scenario"),
    "experiment as scenario": (("run", "discovery"), "experiment"),
    "set without =": (("run", "baseline", "--set", "contracts.term", "5"), "KEY=VALUE"),
    "outcome in words": (("ask", "systems that work in 2040"), "working (Working Chinese systems)"),
    "verb": (("rnu",), "run"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_refused_in_a_line(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, named = WRONG[case]
    refused(entrench(*arguments), named)
    if case != "since":  # the runs' last year is known when they are done
        assert not [*tmp_path.rglob("*.parquet")]


HOSTILE = "\x1b]0;title\x07\u202e\x9b31m[b]<script>alert(1)</script>"
"""What a terminal obeys, what turns the direction of writing, markup, and a script."""
SHOWN = r"\u001b]0;title\u0007\u202e\u009b31m[b]<script>alert(1)</script>"


def test_text_of_others_is_shown_and_not_obeyed(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = store.read_json(copy / "manifest.json") | {"name": HOSTILE, "parameters": HOSTILE}
    manifest["files"]["manifest.json"] = store._digest(store.identity_bytes(manifest))
    store.write_json(copy / "manifest.json", manifest)
    results = sim.open(copy)
    mine = Table(pd.DataFrame({HOSTILE: [HOSTILE]}), HOSTILE)
    report = Report("mine", results, {}, [HOSTILE, mine])
    monkeypatch.setattr(sim, "country", lambda *_, **__: report)
    for given in ([], ["--json"]):
        result = done("country", "KEN", "--out", tmp_path / "out", *given)
        assert result.output.count(SHOWN) == (2 if given else 4), result.output
        assert not CONTROL.search(result.output.replace("\n", ""))
    page = report._repr_html_()
    assert page.count(escape(SHOWN)) == 4 and "<script" not in page
    assert not CONTROL.search(repr(report) + repr(results))


@pytest.mark.parametrize("name", ["=cmd", "+1", "-1", "＝1", "\x1b[31mred", "\u202eright"])
def test_names_that_spreadsheets_or_terminals_execute_are_refused(
    name: str, copy: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"{name}.toml"
    file.write_text('extends = "baseline"\n')
    refused(entrench("check", file), "allowed: no ")
    folder = copy.rename(tmp_path / name)
    refused(entrench("compare", folder, folder, "--no-figures"), "allowed: no ")


def test_the_traceback_of_an_error_is_shown_when_asked_for() -> None:
    for arguments in (("--debug", "run", "basline"), ("run", "basline", "--debug")):
        result = entrench(*arguments)
        assert result.exit_code == 2 and "InputError" in result.stderr, result.stderr
        assert result.stderr.splitlines()[-1].startswith("error: ")


def refused(result: Result, named: str) -> None:
    """Check that a command ended with one error that says what is allowed."""
    assert result.exit_code == 2, (result.exit_code, result.output)
    assert named in " ".join(result.stderr.split()), result.stderr
    assert "Traceback" not in result.output and "internal error" not in result.output
    assert result.stderr.count("error: ") + result.stderr.count("Error") == 1, result.stderr


def test_wrong_options_of_a_finished_folder_are_refused(finished: Path, swept: Path) -> None:
    refused(entrench("plot", finished, "--figure", "adoption-wrld"), "adoption-world")
    refused(entrench("plot", finished, "--outcome", "workin"), "working")
    refused(entrench("plot", finished, "--outcome", "working", "--by", "planet"), "region")
    both = ("--outcome", "working", "--figure", "adoption-world")
    refused(entrench("plot", finished, *both), "not both")
    refused(entrench("plot", finished, "--by", "region"), "need an outcome")
    refused(entrench("compare", finished, finished, "--defaults"), "--defaults")
    refused(entrench("page", swept, "--out", swept.parent / "page.html"), "a page shows scenarios")


def test_a_year_or_reference_that_a_sweep_lacks_is_refused(sweep_file: Path, swept: Path) -> None:
    same = ("sweep", sweep_file, *SHORT, "--no-figures", "--out", swept)
    refused(entrench(*same, "--year", 2039), "2012")
    refused(entrench(*same, "--reference", 24), "0 to 23")
    refused(entrench(*same, "--outcome", "workin"), "working")
    before = (swept / "effects.csv").read_bytes()
    for other in (("--reference", 1), ("--outcome", "adopters"), ("--year", 2011)):
        done(*same, *other)  # without --fresh
    assert (swept / "effects.csv").read_bytes() != before


def test_other_results_are_kept_unless_fresh(finished: Path) -> None:
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    for arguments in (
        ("run", "baseline", "--runs", "3", *SHORT),
        ("run", "baseline", "--runs", "2", *SHORT, "--seed", "2"),
        ("compare", "baseline", "no-peers", *FEW),
        ("ask", "working in 2012", "--scenario", "no-peers", *FEW),
    ):
        refused(entrench(*arguments, "--no-figures", "--out", finished), "--fresh")
    assert before == {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished folder, to be spoilt."""
    return shutil.copytree(finished, tmp_path / "copy")


def test_an_edited_table_of_runs_is_refused_until_fresh(copy: Path) -> None:
    table, command = copy / "series.csv", ("run", "baseline", *FEW, "--quiet", "--out", copy)
    before = table.read_bytes()
    table.write_bytes(before + b"mine\n")
    refused(entrench(*command), "with --fresh")
    assert "series.csv" in entrench(*command).stderr
    assert table.read_bytes() == before + b"mine\n"
    done(*command, "--fresh")
    assert table.read_bytes() == before


def test_a_check_misses_facts_of_a_study_that_are_gone(copy: Path) -> None:
    listed = done("check", copy).output
    assert "summary.json" in listed and "runtime.json" in listed
    for spoil in (lambda path: path.write_text("{"), lambda path: path.unlink()):
        spoil(copy / "summary.json")
        refused(entrench("check", copy), "summary.json is damaged or missing")


def test_a_foreign_file_in_the_way_is_not_lost(tmp_path: Path, copy: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    refused(entrench("run", *FEW, "--fresh", "--out", foreign), "not empty")
    refused(entrench("run", *FEW, "--out", foreign / "thesis.txt"), "thesis.txt")
    assert (foreign / "thesis.txt").read_text() == "mine"
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "model").symlink_to(copy)
    study = ("validate", "--no-nulls", *FEW, "--seed", 2, "--fresh", "--out", tmp_path / "study")
    refused(entrench(*study), "model is a link")
    (copy / "notes.txt").write_text("mine")
    done("run", *FEW, "--seed", 2, "--fresh", "--out", copy)
    assert (copy / "notes.txt").read_text() == "mine"


def test_a_file_that_was_edited_replaces_its_results_with_fresh_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, text = Path("my.toml"), "[horizon]\nend = 2004\n[contracts]\nterm = 6.0\n"
    file.write_text(text)
    same = ("--runs", "2", "--no-figures", "--out", "results")
    done("run", file, *same)
    file.write_text(f"# The same values.\n{text}")
    done("run", file, *same)
    file.write_text(text.replace("6.0", "7.0"))
    refused(entrench("run", file, *same), "--fresh")
    done("run", file, *same, "--fresh")
    manifest = json.loads(Path("results", "manifest.json").read_text())
    assert manifest["scenarios"]["my"]["sections"]["contracts"]["term"] == 7.0
    assert "outcomes.csv" in entrench("check", "results").stdout


def test_figures_stay_in_their_folder_and_replace_only_figures(
    finished: Path, copy: Path, tmp_path: Path
) -> None:
    plot = ("plot", copy, "--figure", "adoption-world")
    target, mine = copy / "figures", tmp_path / "mine"
    mine.mkdir()
    shutil.rmtree(target, ignore_errors=True)
    (mine / "adoption-world.pdf").write_text("mine")
    refused(entrench(*plot, "--out", mine), "this command did not make")
    target.symlink_to(mine)
    refused(entrench(*plot), "is a link")
    assert [path.read_text() for path in mine.iterdir()] == ["mine"]
    target.unlink()
    target.mkdir()
    for name in (".entrench-0123abcd.tmp", "draft.tmp"):
        (target / name).write_text("left")
    formats = ("--format", "png", "--format", "pdf", "--format", "svg", "--plain", "--width", "85")
    for _ in range(2):
        done(*plot, *formats)
    names = {f"adoption-world.{ending}" for ending in ("png", "pdf", "svg", "txt", "csv")}
    assert {path.name for path in target.iterdir()} == {"draft.tmp", *names}
    svg, words = ((target / f"adoption-world.{end}").read_text() for end in ("svg", "txt"))
    assert f'width="{85 / 25.4 * 72:.2f}' in svg[:2000]
    assert "not forecasts" in words and "not forecasts" not in svg


SLOWLY = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # one in the background may ignore it
from sim import cli
from sim.runs import store

write = store.write_chunk
store.write_chunk = lambda *given: (write(*given), time.sleep(0.5))
cli.main()
"""


def test_an_interrupted_run_goes_on_to_the_same_numbers(tmp_path: Path) -> None:
    line = ["run", "--runs", "60", *SHORT, "--threads", "1", "--no-figures", "--quiet", "--out"]
    folder, whole = tmp_path / "stopped", tmp_path / "whole"
    command = [sys.executable, "-c", SLOWLY, *line, str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    chunks = folder / "chunks"
    deadline = time.monotonic() + 120
    while len(list(chunks.glob("*.arrow")) if chunks.is_dir() else ()) < 4:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and error.startswith("interrupted"), error
    kept = {path.name for path in chunks.glob("*.arrow")}
    assert kept and not (folder / "series.csv").exists()
    for target in (folder, whole):
        done(*line, target)
    for name in ("manifest.json", "runs.parquet", "country_runs.parquet", "series.csv"):
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
