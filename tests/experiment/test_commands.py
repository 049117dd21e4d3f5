"""The commands about experiments, and the examples of their documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.experiment import list_experiments, load_experiment

DOCUMENT = Path(__file__).parents[2] / "docs" / "experiment-files.md"
ONE = '[[factors]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n'


def run(*arguments: str) -> Result:
    """Run the command with these arguments."""
    return CliRunner().invoke(app, list(arguments))


def test_experiments_lists_those_that_come_with_the_program() -> None:
    table = run("scenarios", "--experiments")
    assert table.exit_code == 0
    rows = json.loads(run("scenarios", "--experiments", "--json").output)
    names = [listing.name for listing in list_experiments()]
    assert [row["name"] for row in rows if row["verb"] == "sweep"] == names
    assert "calibration" in [row["name"] for row in rows if row["verb"] == "calibrate"]
    for row in rows:
        assert row["name"] in table.output
        assert row["question"] in table.output


def test_check_takes_experiments_and_scenarios_together(folder: Path) -> None:
    """A file is what its tables say; a name is a scenario's or an experiment's."""
    (folder / "mine.toml").write_text('extends = "baseline"\n')
    (folder / "study.toml").write_text("replicates = 3\n" + ONE)
    result = run("check", "mine.toml", "study.toml", "withdrawal-date", "baseline")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("ok: mine.toml (2000-2040; events: ")
    assert lines[1] == "ok: study.toml (grid; factors: 1, points: 2, replicates: 3, runs: 6)"
    assert lines[2].startswith("ok: withdrawal-date (grid; factors: 1, points: 13, ")
    assert lines[3].startswith("ok: baseline (2000-2040; ")


def test_check_tells_where_an_event_covers_a_factor(folder: Path) -> None:
    """While the event is in force, the factor has no effect; a level's keys count too."""
    (folder / "study.toml").write_text(
        'base = "ai-leap"\n[[factors]]\nkey = "market.ai_leap"\nvalues = [0, 1]\n'
        '[[factors]]\nname = "aid"\nlevels = { a = {}, b = { west.aid_growth = 0 } }\n'
    )
    assert run("check", "study.toml").output.splitlines()[1:] == [
        "note: study.toml: event aid-cuts-2025 of ai-leap sets west.aid_growth, over the factor",
        "note: study.toml: event ai-leap of ai-leap sets market.ai_leap, over the factor",
    ]


def test_a_sweep_tells_where_an_event_covers_a_factor(folder: Path) -> None:
    (folder / "study.toml").write_text(
        'base = "ai-leap"\nreplicates = 1\n[[factors]]\nkey = "market.ai_leap"\nvalues = [0, 1]\n'
    )
    short = ("sweep", "study.toml", "--no-figures", "--set", "horizon.end=2002")
    note = "note: event ai-leap of ai-leap sets market.ai_leap, over the factor"
    warning, said = run(*short).stderr.splitlines()
    assert warning.startswith("warning: --set: horizon: the events ")
    assert said == note
    assert run(*short, "--quiet").output == ""


def test_a_name_finds_the_file_in_the_working_folder(folder: Path) -> None:
    (folder / "study.toml").write_text(ONE)
    assert load_experiment("study") == load_experiment("study.toml")


def test_a_scenario_is_no_experiment(folder: Path) -> None:
    result = run("sweep", "baseline")
    assert result.exit_code == 2
    assert "baseline is a scenario, not an experiment: entrench run baseline" in result.output


def test_a_file_of_another_kind_is_named_with_its_command(folder: Path) -> None:
    (folder / "mine.toml").write_text("[contracts]\nterm = 5\n")
    (folder / "study.toml").write_text(ONE)
    (folder / "manifest.json").write_text("{}")
    for verb in ("sweep", "discover", "calibrate"):
        for name in ("mine.toml", "manifest.json"):
            result = run(verb, name)
            assert result.exit_code == 2 and f": entrench run {name}" in result.output
    # Another JSON file is none: to run it would help nobody.
    (folder / "other.json").write_text("{}")
    assert "manifest" not in run("sweep", "other.json").output
    for verb in ("calibrate", "describe", "sensitivity", "page"):
        result = run(verb, "study.toml")
        assert result.exit_code == 2 and ": entrench sweep study.toml" in result.output


def test_a_folder_of_results_is_no_experiment(folder: Path) -> None:
    """A bare name, too: what it holds is said."""
    (folder / "r1").mkdir()
    (folder / "r1" / "manifest.json").write_text("{}")
    (folder / "c1").mkdir()
    (folder / "c1" / "comparison.json").write_text("{}")
    assert "r1 holds finished runs; give an experiment's name" in run("sweep", "r1").stderr
    assert "c1 holds a comparison (`entrench compare`); give" in run("sweep", "c1").stderr
    assert "c1 holds a comparison (`entrench compare`), not runs" in run("run", "c1").stderr


def test_check_tells_where_another_factor_covers_a_factor(folder: Path) -> None:
    """An event that a factor gives a parameter to set counts over a factor of that parameter."""
    (folder / "study.toml").write_text(
        'base = "offer-withdrawn-2030"\n'
        '[[factors]]\nkey = "events.offer-withdrawn.contracts.term"\nvalues = [3, 12]\n'
        '[[factors]]\nkey = "contracts.term"\nvalues = [3, 12]\n'
    )
    assert run("check", "study.toml").output.splitlines()[1:] == [
        "note: study.toml: event offer-withdrawn of offer-withdrawn-2030 sets contracts.term, over "
        "the factor"
    ]


def test_check_shows_what_is_wrong_with_both(folder: Path) -> None:
    (folder / "mine.toml").write_text("[contracts]\ntrem = 5\n")
    (folder / "study.toml").write_text(ONE.replace("term", "trem"))
    result = run("check", "mine.toml", "study.toml")
    assert result.exit_code == 2
    assert "error: 2 problems" in result.output
    assert "mine.toml:2:1: contracts.trem: unknown key" in result.output
    assert "study.toml:2:7: contracts.trem: unknown key" in result.output


def test_the_documentations_examples_load(folder: Path) -> None:
    """Each file of the page is right, and as large as the page says."""
    text = DOCUMENT.read_text(encoding="utf-8")
    files = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(files) == 2
    runs = []
    for file in files:
        (folder / "study.toml").write_text(file)
        runs.append(load_experiment("study.toml").runs)
    assert runs == [640, 30]
    (table,) = re.findall(r"```csv\n(contracts\.term,.*?)```", text, re.DOTALL)
    (folder / "points.csv").write_text(table)
    (folder / "study.toml").write_text('[design]\nkind = "list"\nfile = "points.csv"\n')
    assert len(load_experiment("study.toml").design.points) == 2


def test_the_documentations_errors_are_what_the_command_says(folder: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (expected,) = re.findall(r"```text\n(error: .*?)```", text, re.DOTALL)
    (folder / "study.toml").write_text(
        'base = "basline"\n[design]\nkind = "sobol"\npoints = 100\n'
        '[[factors]]\nkey = "contracts.trem"\n\n[[factors]]\nkey = "contracts.fee"\n'
        "low = 0\nhigh = 7\n"
    )
    assert run("check", "study.toml").output == expected


def test_a_file_from_here_hides_no_shipped_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ai-leap.toml").write_text('base = "baseline"\n' + ONE)
    for verb in ("sweep", "calibrate"):
        output = run(verb, "ai-leap").output
        assert "ai-leap is a scenario" in output, output
    assert "ok: ai-leap (2000-2040" in run("check", "ai-leap").output
