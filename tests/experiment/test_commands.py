"""The commands about experiments, and the examples of their documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

from typer.testing import CliRunner, Result

from sim.cli import app
from sim.experiment import list_experiments, load_experiment

DOCUMENT = Path(__file__).parents[2] / "docs" / "experiment-files.md"
ONE = '[[factors]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n'


def run(*arguments: str) -> Result:
    """Run the command with these arguments."""
    return CliRunner().invoke(app, list(arguments))


def test_experiments_lists_those_that_come_with_the_program() -> None:
    table = run("describe")
    rows = json.loads(run("describe", "--json").output)["experiments"]
    assert rows == list_experiments()
    assert [row["name"] for row in rows if row["verb"] == "calibrate"] == ["calibration"]
    for row in rows:
        assert row["name"] in table.output and row["question"] in table.output


def test_check_takes_experiments_and_scenarios_together(folder: Path) -> None:
    """A file is what its tables say; a name is a scenario's or an experiment's."""
    (folder / "mine.toml").write_text('extends = "baseline"\n')
    (folder / "study.toml").write_text("runs = 3\n" + ONE)
    result = run("check", "mine.toml", "study", "withdrawal-date", "baseline")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ok: mine.toml (2000 to 2040, ")
    assert lines[1] == "ok: study (2 points x 3 runs)"
    assert lines[2].startswith("ok: withdrawal-date (13 points x ")
    assert lines[3].startswith("ok: baseline (2000 to 2040, ")
    for name in ("mine", "study"):
        path = folder / f"{name}.toml"
        path.write_text(path.read_text() + "titel = 1\n")
    result = run("check", "mine.toml", "study.toml")
    assert result.exit_code == 2 and "wrong: study.toml" in result.output
    assert result.output.endswith("error: 2 of 2 are wrong: mine.toml, study.toml\n")
    assert "mine.toml:2: titel: unknown key; did you mean 'title'?" in result.output


def test_a_file_of_another_kind_is_named_with_its_command(folder: Path) -> None:
    (folder / "mine.toml").write_text("[contracts]\nterm = 5\n")
    (folder / "study.toml").write_text(ONE)
    (folder / "ai-leap.toml").write_text(ONE)  # hides no shipped scenario
    for verb in ("sweep", "calibrate"):
        for name in ("mine.toml", "ai-leap"):
            result = run(verb, name)
            assert result.exit_code == 2 and f": entrench run {name}" in result.output
    for verb in ("calibrate", "describe", "sensitivity", "page"):
        result = run(verb, "study.toml")
        assert result.exit_code == 2 and ": entrench sweep study.toml" in result.output


def test_the_documentations_examples_load(folder: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    runs = []
    for file in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        (folder / "study.toml").write_text(file)
        runs.append(load_experiment("study.toml").runs)
    assert runs == [640, 30]


def test_a_misspelt_table_still_tells_an_experiment(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('base = "baseline"\n[[factor]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n')
    result = run("check", str(file))
    assert result.exit_code == 2 and "did you mean 'factors'?" in result.output
