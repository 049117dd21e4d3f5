"""Figures drawn again from a folder: each line that documentation has, and options that act."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import sim
from sim.cli import app
from sim.errors import InputError
from tests.docs.blocks import PAGES
from tests.studies.short import single

SHORT: Any = {"runs": 1, "set": {"horizon.end": 2014}}
FILES = {
    "results/lock-in --point 29": [
        f"point-29/{name}" for name in ("adoption-world", "adoption-by-regime", "contracts")
    ],
    "results/lock-in --point 29 --outcome working": ["point-29/working-by-world"],
    "results/baseline --figure adoption-by-regime --title Four regimes --font DejaVu Serif": [
        "adoption-by-regime"
    ],
    "results/baseline --outcome working --by regime": ["working-by-regime"],
}
"""Files of figures by line of the documentation."""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the files of figures instead of drawing them."""

    def named(figures: Any, folder: Path, *_: Any, **__: Any) -> Sequence[Path]:
        return [folder / name for name in figures]

    monkeypatch.setattr("sim.studies.plot.save_figures", named)


def test_every_documented_line_draws_the_figures_that_it_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: None
) -> None:
    monkeypatch.chdir(tmp_path)
    sim.make_runs("baseline", out="results/baseline", **SHORT)
    sim.make_runs("exit-cost-by-term", out="results/lock-in", **SHORT)
    lines = re.findall(r"\bentrench (plot results.*?)(?:`|$)", "\n".join(
        page.read_text(encoding="utf-8") for page in PAGES), re.M)  # fmt: skip
    found = {}
    for _, *words in map(shlex.split, {*lines}):
        result = CliRunner().invoke(app, ["plot", *words])
        assert result.exit_code == 0, result.output
        files = [Path(line) for line in result.stdout.splitlines()]
        found[" ".join(words)] = [
            path.relative_to(f"{words[0]}/figures").as_posix() for path in files
        ]
    assert found == FILES


def test_an_outcome_is_drawn_of_groups_of_ones_own(tmp_path: Path, drawn: None) -> None:
    folder, where = tmp_path / "base", "Asia: region=South Asia"
    sim.make_runs("baseline", out=folder, **SHORT)
    (path,) = sim.plot(folder, where=where, outcome="working")
    assert path.name == "working-by-own"
    with pytest.raises(InputError, match="where needs an outcome"):
        sim.plot(folder, where=where)


def test_an_outcome_that_is_none_is_not_asked_for() -> None:
    with pytest.raises(InputError, match="no outcome"):
        single().asking(outcomes="workin")
