"""What changes nothing is measured and said at its line; and what acts at once does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.engine import no_effect, prepare, run_chunk
from sim.engine.chunk import Chunk
from sim.engine.no_effect import CHANGES_NOTHING
from sim.model.units import QUARTERS
from sim.scenario import Scenario, load_scenario
from sim.scenario.describe import groups_of
from sim.scenario.resolve import Assignment
from sim.scenario.toml_file import SET
from tests.scenario.test_every_parameter import ends

PARTS = ("tallies", "vendor_tallies", "actors")
HEAD = 'extends = "baseline"\n'
LATE = HEAD + '[[events]]\nname = "x"\ndate = 2030\n'


@pytest.fixture
def warned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Check a scenario's text and return its warnings, but for those of the runs' uncertainty."""
    monkeypatch.chdir(tmp_path)

    def check(text: str) -> list[str]:
        Path("study.toml").write_text(text)
        return [text for text in sim.check("study.toml").warnings if "one value" not in text]

    return check


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "[contracts]\nretention = false\nexit_cost = 0\n", ["4: contracts.exit_cost"]),
        (HEAD + "contracts.life = 6\n", ["2: contracts.life"]),
        (LATE + "china.epoch = 3\n", ["5: events.x.china.epoch"]),
        (
            LATE + "west.ban_rate = 4\nwhere.ally = false\nwest.fees_paid = 1\n",
            ["5: events.x.west.ban_rate"],
        ),
        (LATE + "needs.leaning_correlation = 1\n", ["5: events.x.needs.leaning_correlation"]),
        # The file that it extends is without training: what is set again to the default acts.
        ('extends = "no-training"\ntraining.active = true\n', []),
        (
            LATE + "west.subsidy = { times = 2 }\nwest.fees_paid = 1\n",
            ["5: events.x.west.subsidy.times"],
        ),
    ],
)
def test_what_changes_nothing_is_said_at_its_line(
    warned: Callable[[str], list[str]], text: str, said: list[str]
) -> None:
    assert warned(text) == [f"study.toml:{place}: {CHANGES_NOTHING}" for place in said]


def test_what_acts_in_the_last_run_of_all_alone_acts(
    all_trials: tuple[range, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    last, pair = no_effect.RUNS - 1, [(baseline(2023), baseline(2024))]
    monkeypatch.setattr(no_effect, "digest", lambda of, _, runs, __: last in runs and of.quarters)
    assert not no_effect.differ(pair, None)
    monkeypatch.setattr(no_effect, "TRIALS", all_trials)
    assert no_effect.differ(pair, None)


def test_a_run_says_what_changed_nothing() -> None:
    found = sim.run("baseline", runs=2, set={"horizon.end": 2012, "west.budget": 1.0})
    said = [block for block in found.blocks if "--set: " in str(block)]
    assert said == [f"--set: west.budget {CHANGES_NOTHING}."]


def test_a_file_that_is_not_the_baseline_is_told(warned: Callable[[str], list[str]]) -> None:
    (text,) = warned("[contracts]\nterm = 5\n")
    assert text.startswith("study.toml:1: the file neither extends")


def test_the_countries_of_events_and_values_are_named(tmp_path: Path) -> None:
    event = f'{LATE}where = {{ iso3 = ["SRB", "KEN"] }}\nwest.subsidy = 1\n'
    values = '[[values]]\nwhere.iso3 = ["SRB"]\ncontracts.term.times = 0.5\n'
    (path := tmp_path / "two.toml").write_text(event + values)
    assert groups_of(load_scenario(path)) == [
        "event x: 2 countries: Kenya, Serbia",
        "contracts.term.times[iso3=SRB]: 1 country: Serbia",
    ]


# --- From when a value acts -----------------------------------------------------------------------

SLOW_VALUES = (
    "west.aid_growth", "west.aid_growth_africa", "needs.explained_share", "history.arms_grade",
    "history.hedging_grade", "training.gate_strength", "procurement.half_towns",
    "procurement.safe_city_cost", "procurement.budget_share", "procurement.capacity_weight",
)  # fmt: skip
"""Parameters of what is worked out once a year, and when parameters change."""


FROM = 2020


@cache
def baseline(until: int) -> Scenario:
    years = {"horizon.start": FROM, "horizon.end": until}
    return load_scenario("baseline", overrides=years)


@cache
def until_2031(path: str = "", value: Any = None) -> Chunk:
    """Ten runs of the baseline, with an event from 2030.25 on."""
    sets = {"date": 2030.25, "until": 2031} | ({path: value} if path else {})
    event = [Assignment(key, event="x", value=of, origin=SET) for key, of in sets.items()]
    scenario = baseline(2031)
    scenario = replace(scenario, assignments=(*scenario.assignments, *event))
    return run_chunk(prepare(scenario, 1), range(10))


def first_effect(path: str) -> float:
    """Date of the first effect of an event from 2030.25 until 2031; inf: none."""
    first = math.inf
    for value in ends(path):
        differ = np.zeros(len(baseline(2031).quarters), bool)
        chunks = until_2031(), until_2031(path, value)
        for part in PARTS:
            base, other = (getattr(chunk, part) for chunk in chunks)
            differ |= (base != other).reshape(*base.shape[:2], -1).any(axis=(0, 2))
        if differ.any():
            first = min(first, FROM + int(np.argmax(differ)) / QUARTERS)
    return first


@pytest.mark.parametrize("path", SLOW_VALUES)
def test_an_event_within_a_year_acts_before_the_next(path: str) -> None:
    assert 2030.25 <= first_effect(path) < 2031
