"""Small sections to load into, and a folder that stands for the shipped scenarios."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from sim.model.parameters import Section, parameter, switch
from sim.model.register import Rules
from sim.scenario import Scenario, load_scenario, toml_file
from sim.scenario.resolve import column
from sim.scenario.scope import representatives


def number(default: float, unit: str, low: float, high: float, source: str = "-") -> Any:
    """Declare a number."""
    return parameter(default, "A number.", unit=unit, low=low, high=high, source=source, evidence=1)


class Contracts(Section):
    """Contracts, for tests."""

    active: bool = switch(True, "Whether purchases open contracts.")
    term: float = number(10.0, "years", 1.0, 20.0, "Test 2020")
    fee: float = number(0.06, "share", 0.0, 1.0)
    grace: float = number(2.0, "years", 0.0, 10.0)


class China(Section):
    """China's offers, for tests."""

    offering: bool = switch(True, "Whether China offers anything new.")
    courses_open: float = number(1.0, "share", 0.0, 1.0)
    epoch: int = number(0, "class", 0, 3)


class SmallRules(Rules):
    """The small sections in place of the mechanisms'."""

    @cached_property
    def sections(self) -> dict[str, type[Section]]:
        """Sections of a scenario file by name."""
        return {"china": China, "contracts": Contracts}


@cache
def _records(scenario: Scenario) -> tuple[dict[str, int], Any, Any]:
    classes = scenario.classes()
    return classes, *scenario.resolved(representatives(classes))


def values_in(scenario: Scenario, quarter: int, code: str | None = None) -> dict[str, Any]:
    """Return all values by dotted key in a quarter, for a country or (None) the world."""
    classes, records, period_of = _records(scenario)
    place = period_of[quarter - scenario.quarters.start], classes.get(code or "", 0)
    paths = scenario.rules.parameters
    return {path: column(records[0], path)[place].item() for path in paths}


def in_force(scenario: Scenario) -> list[Any]:
    """Return what a scenario sets: for the world and each class of states, by quarter."""
    classes = scenario.classes()
    quarters = scenario.quarters
    return [
        (
            [state for state in classes if classes[state] == classes.get(code or "")],
            [values_in(scenario, quarter, code) for quarter in quarters],
        )
        for code in representatives(classes)
    ]


RULES = SmallRules()
BASELINE = """\
title = "Baseline"
question = "What is?"

[[events]]
name = "pandemic"
date = 2020.25
until = 2022
china.courses_open = 0.1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a test writes, with a baseline among the shipped scenarios."""
    shipped, here = tmp_path / "shipped", tmp_path / "here"
    shipped.mkdir()
    here.mkdir()
    (shipped / "baseline.toml").write_text(BASELINE)
    monkeypatch.setattr(toml_file, "find_data_folder", lambda name: shipped)
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def load(folder: Path) -> Callable[..., Scenario]:
    """Return a function that loads a text, or a file's name, with the small sections."""

    def load_text(text: str, **layers: Any) -> Scenario:
        name = text
        if "\n" in text or "=" in text:
            name = "study.toml"
            (folder / name).write_text(text, encoding="utf-8")
        return load_scenario(name, rules=RULES, **layers)

    return load_text
