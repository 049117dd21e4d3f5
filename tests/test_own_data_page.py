"""The page on one's own data: its files are right, and its commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "your-own-data.md"


@pytest.mark.slow
def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, content in re.findall(r'```csv title="([^"]+)"\n(.*?)```', text, re.S):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [
        line for part in re.findall(r"```bash\n(.*?)```", text, re.S) for line in part.splitlines()
    ]
    assert len(commands) >= 10
    for command in commands:
        words = shlex.split(command.replace("--runs 200", "--runs 10 --quiet"))
        if words[1] in ("run", "compare", "persistence"):
            words.append("--no-figures")
        if words[1] == "known" and "--runs" not in words:
            words += ["--runs", "10"]
        found = CliRunner().invoke(app, words[1:])
        assert found.exit_code == 0, f"{command}\n{found.output}"
