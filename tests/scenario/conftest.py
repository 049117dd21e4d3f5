"""Small sections to load into, and a folder that stands for the shipped scenarios."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from pydantic import model_validator

from sim.parameters import Section, parameter, switch
from sim.rules import Rules
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.reading import chain as chain_module


class Contracts(Section):
    """Contracts, for tests."""

    active: bool = switch(True, "Whether purchases open contracts.")
    term: float = parameter(
        10.0,
        "Length of a contract.",
        unit="years",
        low=1.0,
        high=20.0,
        plausible=(5.0, 15.0),
        source="Test 2020",
        evidence=2,
    )
    fee: float = parameter(
        0.06, "Yearly fee.", unit="share", low=0.0, high=1.0, source="Test 2021", evidence=3
    )
    grace: float = parameter(
        2.0, "Years before the first fee.", unit="years", low=0.0, high=10.0, source="-", evidence=1
    )

    @model_validator(mode="after")
    def _grace_within_term(self) -> Contracts:
        if self.grace > self.term:
            raise ValueError("grace must not be longer than term")
        return self


class China(Section):
    """China's offers, for tests."""

    offering: bool = switch(True, "Whether China offers anything new.")
    seats_open: float = parameter(
        1.0, "Share of seats open.", unit="share", low=0.0, high=1.0, source="-", evidence=1
    )
    epoch: int = parameter(0, "Policy epoch.", unit="class", low=0, high=3, source="-", evidence=1)


class SmallRules(Rules):
    """The small sections in place of the mechanisms'."""

    @cached_property
    def sections(self) -> dict[str, type[Section]]:
        """Sections of a scenario file by name."""
        return {"china": China, "contracts": Contracts}


RULES = SmallRules()

BASELINE = """\
title = "Baseline"
question = "What is?"

[horizon]
start = 2000
end = 2040

[[events]]
name = "pandemic"
date = 2020.25
until = 2022
china.seats_open = 0.1
"""


@pytest.fixture(scope="session")
def rules() -> Rules:
    """Return rules of the small sections."""
    return RULES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a test writes, with a baseline among the shipped scenarios."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "baseline.toml").write_text(BASELINE)
    monkeypatch.setattr(chain_module, "find_data_folder", lambda name: shipped)
    here = tmp_path / "here"
    here.mkdir()
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


@pytest.fixture
def wrong(load: Callable[..., Scenario]) -> Callable[..., list[str]]:
    """Return a function that gives the messages of a text that does not load."""

    def messages(text: str, **layers: Any) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            load(text, **layers)
        return caught.value.messages

    return messages
