"""What cannot matter is said, at its line; and what the sections declare of it is true."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.engine.chunk import Chunk
from sim.model.parameters import attribute
from sim.model.register import SHIPPED
from sim.model.units import FIRST_YEAR, QUARTERS
from sim.scenario import Scenario, load_scenario
from sim.scenario.describe import find_warnings, governors, groups_of
from sim.scenario.toml_file import bounds
from tests.scenario.conftest import with_event

type Sets = dict[str, Any]

PARTS = ("tallies", "vendor_tallies", "actors")
RUNS = 2
BEFORE, OFF, LATER = 2000, 2010, 2012
"""Dates: of all of a run, of turning a switch amid it, of setting a value after that."""

# --- What the sections declare --------------------------------------------------------------------


@cache
def baseline(until: int = 2040) -> Scenario:
    return load_scenario("baseline", overrides={"horizon.end": until})


@cache
def unchanged() -> list[np.ndarray]:
    """Run the baseline as it is."""
    return ran()


def ran(*events: tuple[int, Sets]) -> list[np.ndarray]:
    """Run the baseline with further events, each from its date to the end."""
    scenario = baseline()
    for at, (date, sets) in enumerate(events):
        scenario = with_event(scenario, f"x{at}", date, sets)
    chunk = run_chunk(prepare(scenario, 1), range(RUNS))
    return [getattr(chunk, part) for part in PARTS]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def far(path: str) -> Any:
    """A value as far from the default as may be, or the switch's other position."""
    field = SHIPPED.parameters[path]
    if field.annotation is bool:
        return not field.default
    low, high = bounds(field)
    value = high if high - field.default > field.default - low else low
    return int(value) if field.annotation is int else float(value)


def ends(path: str) -> list[Any]:
    """Its least and largest value: a limit may bind at one of them alone."""
    field = SHIPPED.parameters[path]
    if field.annotation is bool:
        return [not field.default]
    return [int(e) if field.annotation is int else float(e) for e in bounds(field)]


def governed() -> dict[tuple[str, bool], dict[bool, list[str]]]:
    """What each switch's position idles: by (switch, position), then whether at once."""
    found: dict[tuple[str, bool], dict[bool, list[str]]] = {}
    for path, switches in governors(SHIPPED).items():
        for governor in switches:
            kept = found.setdefault((governor.path, governor.idle_at), {True: [], False: []})
            kept[governor.at_once].append(path)
    return found


def legal(sets: Sets) -> Sets:
    """Leave out what a rule between values of a section forbids together."""
    return {k: v for k, v in sets.items() if k not in ("contracts.grace", "contracts.term")}


@pytest.mark.parametrize(("switch", "position"), sorted(governed()))
def test_what_a_switch_idles_has_no_effect(switch: str, position: bool) -> None:
    """Set as far as may be, all at once: in all of a run, and where declared so, from then on."""
    idle = governed()[switch, position]
    whole = {
        switch: position,
        **legal({path: far(path) for paths in idle.values() for path in paths}),
    }
    assert same(ran((BEFORE, {switch: position})), ran((BEFORE, {**whole, switch: position})))
    if idle[True]:
        later = legal({path: far(path) for path in idle[True]})
        turned = (OFF, {switch: position})
        assert same(ran(turned), ran(turned, (LATER, later)))


def acting(paths: Collection[str], sets: Sets) -> set[str]:
    """Return the parameters of which an end of the range changes what the world does."""
    points = [(path, value) for path in sorted(paths) for value in ends(path)]
    settings = [sets, *({**sets, path: value} for path, value in points)]
    ensemble = prepare(baseline(2022), 1, settings).narrowed([], yearly=True, panel=[])
    chunk = run_chunk(ensemble, [0] * len(settings), range(len(settings)))
    changed = np.zeros(len(settings), bool)
    for part in PARTS:
        values = np.nan_to_num(getattr(chunk, part))
        changed |= (values != values[:1]).reshape(len(values), -1).any(axis=1)
    return {path for (path, _), acts in zip(points, changed[1:], strict=True) if acts}


def test_what_a_switch_of_its_section_idles_is_named() -> None:
    """A parameter that acts, and with the switch turned does not, is in the switch's list."""
    silent: dict[str, set[str]] = {}
    for (switch, position), idle in governed().items():
        section = switch.partition(".")[0]
        others = {path for path in SHIPPED.parameters if path.startswith(f"{section}.")}
        others -= {switch, *idle[True], *idle[False]}
        for path in others - acting(others, {switch: position}):
            silent.setdefault(path, set()).add(switch)
    acts = acting(silent, {})
    assert {path: switches for path, switches in silent.items() if path in acts} == {}


def test_what_acts_at_the_start_does_so_alone() -> None:
    """Set after the first quarter it changes nothing; from the first on it does, each by itself."""
    paths = [path for path, field in SHIPPED.parameters.items() if attribute(field, "at_start")]
    assert "needs.leaning_correlation" in paths
    assert same(unchanged(), ran((BEFORE + 1, {path: far(path) for path in paths})))
    for path in paths:
        assert not same(unchanged(), ran((BEFORE, {path: far(path)}))), path


SLOW_VALUES = (
    "west.aid_growth", "west.aid_growth_africa", "needs.explained_share", "history.arms_grade",
    "history.hedging_grade", "training.gate_strength", "procurement.half_towns",
    "procurement.safe_city_cost", "procurement.budget_share", "procurement.capacity_weight",
)  # fmt: skip
"""Parameters of what is worked out once a year, and when parameters change."""


@cache
def until_2031(path: str = "", value: Any = None) -> Chunk:
    """Ten runs of the baseline, with an event from 2030.25 on."""
    sets = {path: value} if path else {}
    scenario = with_event(baseline(2031), "x", 2030.25, sets, 2031)
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
            first = min(first, FIRST_YEAR + int(np.argmax(differ)) / QUARTERS)
    return first


@pytest.mark.parametrize("path", SLOW_VALUES)
def test_an_event_within_a_year_acts_before_the_next(path: str) -> None:
    assert 2030.25 <= first_effect(path) < 2031


# --- What is said ---------------------------------------------------------------------------------

HEAD = 'extends = "baseline"\n'
LATE = HEAD + '[[events]]\nname = "x"\ndate = 2030\n'


@pytest.fixture
def warned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Load a scenario's text and return its warnings, but for those of the runs' uncertainty."""
    monkeypatch.chdir(tmp_path)

    def load(text: str, **how: Any) -> list[str]:
        Path("study.toml").write_text(text)
        texts = map(str, find_warnings(load_scenario("study.toml", **how)))
        return [text for text in texts if "all runs one value" not in text]

    return load


@pytest.mark.parametrize(
    ("text", "where", "phrases"),
    [
        (
            HEAD + "[contracts]\nretention = false\nexit_cost = 3\n",
            "4: contracts.exit_cost",
            ("has no effect: contracts.retention is off (study.toml:3)",),
        ),
        (HEAD + "contracts.life = 6\n", "2: contracts.life", ("contracts.active is on (by d",)),
        (
            HEAD + "peers.active = false\n" + LATE[len(HEAD) :] + "peers.memory = 5\n",
            "6: events.x.peers.memory",
            ("peers.active is off (study.toml:2)",),
        ),
        (
            LATE + 'china.offering = false\n[[events]]\nname = "y"\ndate = 2031\nchina.epoch = 1\n',
            "9: events.y.china.epoch",
            ("china.offering is off (study.toml:5)",),
        ),
        (
            LATE + "needs.leaning_correlation = 1\n",
            "5: events.x.needs.leaning_correlation",
            ("from 2030 on", "at the start of a run alone"),
        ),
        (
            LATE + "west.subsidy = { times = 2 }\nwest.ban_rate = { times = 2 }\n",
            "5: events.x.west.subsidy.times",
            ("has no effect: west.subsidy is 0",),
        ),
        ("[contracts]\nterm = 5\n", "1", ("neither extends", 'extends = "baseline"')),
    ],
)
def test_what_cannot_matter_is_said_at_its_line(
    warned: Callable[..., list[str]], text: str, where: str, phrases: tuple[str, ...]
) -> None:
    (message,) = warned(text)
    assert message.startswith(f"study.toml:{where}: "), message
    for phrase in phrases:
        assert phrase in message


def event(text: str, date: int, until: int = 0) -> str:
    """Write an event of a scenario."""
    end = f"until = {until}\n" * bool(until)
    return f'{HEAD}[[events]]\nname = "x"\ndate = {date}\n{end}{text}\n'


NO_EFFECT = [
    ("west.ban_rate = 4\nwhere.ally = false", 2000, 0, "there: it acts only where ally=true"),
    (
        'west.aid_growth = 0.5\nwhere.region = ["Sub-Saharan Africa"]', 2000, 0,
        "there: it acts only outside region=Sub-Saharan Africa",
    ),
    (
        'west.aid_growth_africa = 0.5\nwhere.region = ["South Asia", "Oceania"]', 2000, 0,
        "there: it acts only where region=Sub-Saharan Africa",
    ),
    ("west.aid_floor = 1", 2010, 2020, "before 2025"),
    ("west.budget = 0", 2000, 0, ": it acts only while west.subsidy > 0 or west.fees_paid > 0"),
    ("china.course_growth_wave = 1", 2028, 0, ": it acts only while china.epoch = 2"),
    ("china.epoch = 3", 2028, 0, ": it has this value without the event, too"),
    ("china.technology_from = 2005", 2028, 0, "from 2"),
    ("procurement.cash_from = 2012", 2030, 0, "from 20"),
    ("observer.training_seen = 0", 2028, 0, "from 2020 on"),
    ("observer.training_seen_late = 0", 2000, 2020, "before 2020"),
    ("fates.claims = 1", 2028, 0, "from 2027 on"),
    ("fates.active = false", 2028, 0, "from 2027 on"),
]  # fmt: skip


@pytest.mark.parametrize(("sets", "date", "until", "reason"), NO_EFFECT)
def test_what_is_said_to_have_no_effect_has_none(
    warned: Callable[..., list[str]], sets: str, date: int, until: int, reason: str
) -> None:
    (message,) = warned(event(sets, date, until))
    assert f"has no effect {reason}".replace(" :", ":") in message
    scenario = load_scenario("study.toml", overrides={"horizon.end": 2031})
    chunk = run_chunk(prepare(scenario, 1), range(10))
    assert same(*([getattr(c, part) for part in PARTS] for c in (until_2031(), chunk)))


@pytest.mark.parametrize(
    "text",
    [
        event("west.ban_rate = 4\nwhere.region = ['Western Europe']", 2000),
        event("west.aid_growth = 0\nwhere.region = ['Sub-Saharan Africa', 'Oceania']", 2000),
        event("west.aid_floor = 1", 2010, 2026),
        event("west.budget = 0\nwest.exit_paid = 0.5", 2028),
        event("china.technology_from = 2030", 2028),
        event("observer.training_seen_late = 0", 2028),
        HEAD + "procurement.cash_from = 1998\n",
        # The subsidy comes in runs that meet a condition.
        'west.budget = 1\n[[events]]\nname = "x"\nwhen = "adopters > 9"\nwest.subsidy = 1',
    ],
)
def test_what_may_act_is_not_said_to_be_without_effect(
    warned: Callable[..., list[str]], text: str
) -> None:
    assert not [line for line in warned(text) if "effect" in line]


@pytest.mark.parametrize(
    ("when", "reach"),
    [
        ("adopters > 195", "0 to 195"),
        ("adopters > 194", ""),
        ("adopters_share > 1", "0 to 1"),
        ("adopters < 0", "0 to 195"),
        ("alignment < -0.99", ""),
    ],
)
def test_a_condition_that_no_run_can_meet_is_said(
    warned: Callable[..., list[str]], when: str, reach: str
) -> None:
    event = f'[[events]]\nname = "x"\nwhen = "{when}"\nwest.subsidy = 1\n'
    texts = [text for text in warned(HEAD + event) if "never" in text]
    assert texts == (
        [f"study.toml:4: x: {when}: never, as it is {reach}; the event has no effect"] * bool(reach)
    )


def test_a_share_in_place_of_percent_is_said(warned: Callable[..., list[str]]) -> None:
    where = "where = { aid_from = 0.05 }\n"
    found = warned(
        f"{LATE}{where}west.subsidy = 1\n[[values]]\n{where}contracts.term.times = 0.5\n"
    )
    text = "where.aid_from: 0.05 is 0.05% of GNI; write 5 for 5%"
    assert sum(text in warning for warning in found) == 1  # one group, at its first place
    assert not warned(f"{LATE}where = {{ aid_from = 5 }}\nwest.subsidy = 1\n")


def test_the_countries_of_events_and_values_are_named(tmp_path: Path) -> None:
    event = f'{LATE}where = {{ iso3 = ["SRB", "KEN"] }}\nwest.subsidy = 1\n'
    values = '[[values]]\nwhere.iso3 = ["SRB"]\ncontracts.term.times = 0.5\n'
    (path := tmp_path / "two.toml").write_text(event + values)
    assert groups_of(load_scenario(path)) == [
        "event x: 2 countries: Kenya, Serbia",
        "contracts.term.times[iso3=SRB]: 1 country: Serbia",
    ]
