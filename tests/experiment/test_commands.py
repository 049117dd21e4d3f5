"""The commands about experiments, and the examples of their documentation."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner, Result

from sim.cli import app
from sim.experiment import load_experiment

DOCUMENT = Path(__file__).parents[2] / "docs" / "experiment-files.md"
ONE = '[[factors]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n'


def run(*arguments: str) -> Result:
    """Run the command with these arguments."""
    return CliRunner().invoke(app, list(arguments))


def test_check_takes_experiments_and_scenarios_together(folder: Path) -> None:
    """A file is what its tables say; a name is a scenario's or an experiment's."""
    (folder / "mine.toml").write_text('extends = "baseline"\n')
    (folder / "study.toml").write_text("runs = 3\n" + ONE)
    result = run("check", "mine.toml", "study", "withdrawal-date", "baseline")
    assert result.exit_code == 0, result.output
    said = [line.removeprefix("ok: ") for line in result.stdout.splitlines()]
    right = (
        "mine.toml (2000 to 2040, ",
        "study (2 points x 3 ",
        "withdrawal-date (13 ",
        "baseline (",
    )
    assert len(said) == len(right) and all(map(str.startswith, said, right))
    (folder / "mine.toml").write_text("titel = 1\n")
    (folder / "study.toml").write_text(ONE.replace("factors", "factor"))
    result = run("check", "mine.toml", "study.toml")
    assert result.exit_code == 2
    assert result.output.endswith("error: 2 of 2 are wrong: mine.toml, study.toml\n")
    assert "mine.toml:1: titel: unknown key; did you mean 'title'?" in result.output
    assert "did you mean 'factors'?" in result.output


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
