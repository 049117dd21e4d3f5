"""What a right file means: layers, origins, events, periods, identity; where files are found."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.model.register import SHIPPED
from sim.scenario import Scenario, describe, parse_assignments
from sim.scenario.forms import EVENT_KEYS, TOP_KEYS
from tests.scenario.conftest import RULES, in_force

type Load = Callable[..., Scenario]


def timeline(scenario: Scenario, path: str) -> list[tuple[int, int, Any]]:
    """Return first quarter, length and a key's value of every period."""
    ((_, rows),) = in_force(scenario)
    found: list[tuple[int, int, Any]] = []
    for value, quarters in groupby(row[path] for row in rows):
        first = sum(found[-1][:2]) if found else scenario.quarters.start
        found.append((first, len(list(quarters)), value))
    return found


def events(*lines: str) -> str:
    """Return events written shortly: name, date, until (or '-'), and what they set."""
    text = ""
    for line in lines:
        name, date, until, sets = line.split(" ", 3)
        ends = "" if until == "-" else f"until = {until}\n"
        text += f'[[events]]\nname = "{name}"\ndate = {date}\n{ends}{sets}\n'
    return text


def test_each_layer_wins_over_those_below(load: Load, folder: Path) -> None:
    """Default < extended file < file < factor < --set."""
    (folder / "parent.toml").write_text("[contracts]\nterm = 7\n")
    bare, mid = 'extends = "baseline"\n', 'extends = "parent.toml"\n'
    top = mid + "[contracts]\nterm = 8\n"
    factor: dict[str, Any] = {"factors": {"contracts.term": 9.0}}
    steps = [
        (load(bare), 10.0, "default"),
        (load(mid), 7.0, "parent.toml:2"),
        (load(top), 8.0, "study.toml:3"),
        (load(top, **factor), 9.0, "experiment factor"),
        (load(top, **factor, overrides={"contracts.term": "11"}), 11.0, "--set"),
    ]
    for scenario, expected, origin in steps:
        assert scenario.value("contracts.term") == expected
        assert str(scenario.origins["contracts.term"]) == origin


def test_every_value_has_an_origin_and_a_row(load: Load) -> None:
    scenario = load("baseline", overrides={"events.pandemic.until": "2023"})
    paths = {f"{name}.{key}" for name, s in RULES.sections.items() for key in s.model_fields}
    of_events = {f"events.pandemic.{key}" for key in ("date", "until", "china.courses_open")}
    assert set(scenario.origins) == paths | of_events | {"horizon.start", "horizon.end"}
    assert str(scenario.origins["events.pandemic.date"]) == "baseline.toml:6"
    assert str(scenario.origins["events.pandemic.until"]) == "--set"
    rows = {row["path"]: row for row in describe(scenario)}
    assert set(rows) == set(scenario.origins)
    facts = [rows["contracts.term"][name] for name in ("value", "unit", "low", "high", "changed")]
    assert facts == [10.0, "years", 1.0, 20.0, False]
    assert {path for path, row in rows.items() if row["changed"]} == of_events


def test_changed_is_what_the_file_or_set_sets_and_not_what_it_extends(
    load: Load, folder: Path
) -> None:
    (folder / "mine.toml").write_text('extends = "baseline"\n[contracts]\nterm = 6.0\n')
    rows = describe(load("mine.toml", overrides={"china.courses_open": 0.5}))
    changed = {row["path"] for row in rows if row["changed"]}
    assert changed == {"contracts.term", "china.courses_open"}


def test_files_are_found_by_name_or_path_from_the_file_that_names_them(
    load: Load, folder: Path
) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "parent.toml").write_text('extends = "../top.toml"\n')
    (folder / "top.toml").write_text('title = "Top"\n[contracts]\nterm = 3\n')
    scenario = load('extends = "deep/parent.toml"\n')
    assert str(scenario.origins["contracts.term"]) == "top.toml:3"
    assert (scenario.name, scenario.title, scenario.question) == ("study", "study", "")
    assert load("top").value("contracts.term") == 3.0
    (folder / "baseline.toml").write_text("[contracts]\nterm = 3\n")  # hides no shipped one
    assert load("baseline").value("contracts.term") == 10.0


def test_numbers_are_of_their_parameters_kind(load: Load) -> None:
    factors = {"china.epoch": 2.0, "china.offering": np.bool_(False)}
    scenario = load("[contracts]\nterm = 5\n", factors=factors)
    values = [scenario.value(key) for key in (*factors, "contracts.term")]
    assert values == [2, False, 5.0] and [type(value) for value in values] == [int, bool, float]


def test_periods_cover_the_horizon(load: Load) -> None:
    seats = timeline(load("baseline"), "china.courses_open")
    assert seats == [(0, 81, 1.0), (81, 7, 0.1), (88, 76, 1.0)]
    alone = load("[horizon]\nstart = 2010\nend = 2011\n")
    assert timeline(alone, "contracts.term") == [(40, 8, 10.0)]
    edges = events("a 2000 - china.epoch = 1", "b 2040.75 2041 china.epoch = 2")
    assert timeline(load(edges), "china.epoch") == [(0, 163, 1), (163, 1, 2)]
    text = events("a 2010 - contracts.term = 10", "b 2020 2025 contracts.term = 5")
    assert timeline(load(text), "contracts.term") == [(0, 80, 10.0), (80, 20, 5.0), (100, 64, 10.0)]


def test_the_later_in_the_list_wins_not_the_later_in_time(load: Load) -> None:
    text = events("a 2010 - contracts.term = 5", "b 2005 2015 contracts.term = 15")
    assert timeline(load(text), "contracts.term") == [(0, 20, 10.0), (20, 40, 15.0), (60, 104, 5.0)]
    text = events("b 2005 2015 contracts.term = 15", "a 2010 - contracts.term = 5")
    assert timeline(load(text), "contracts.term") == [(0, 20, 10.0), (20, 20, 15.0), (40, 124, 5.0)]


def test_children_replace_drop_and_follow(load: Load, folder: Path) -> None:
    """A child's event replaces its parent's namesake whole and comes after the others."""
    (folder / "parent.toml").write_text(
        events(
            "one 2010 - contracts.term = 5\nchina.epoch = 1",
            "two 2010 - contracts.term = 6",
            "three 2010 - contracts.fee = 0.5",
        )
    )
    child = 'extends = "parent.toml"\ndrop_events = ["three"]\n'
    scenario = load(child + events("one 2012 - contracts.term = 7"))
    assert [(e.name, e.date) for e in scenario.events] == [("two", 2010.0), ("one", 2012.0)]
    assert scenario.events[1].sets == {"contracts.term": 7.0}
    assert "events.one.china.epoch" not in scenario.origins
    anew = load(child + events("three 2021 - contracts.fee = 0.3"))
    assert [event.date for event in anew.events] == [2010.0, 2010.0, 2021.0]


def test_overrides_move_and_change_events_which_count_over_all_layers(load: Load) -> None:
    scenario = load(
        "baseline",
        factors={"events.pandemic.date": 2018, "events.pandemic.china.courses_open": 0.4},
        overrides={
            "events.pandemic.date": "2019",
            "events.pandemic.contracts.term": "2",
            "china.courses_open": "0.5",
        },
    )
    (event,) = scenario.events
    assert (event.date, event.until) == (2019.0, 2022.0)
    assert event.sets == {"china.courses_open": 0.4, "contracts.term": 2.0}
    assert [value for *_, value in timeline(scenario, "china.courses_open")] == [0.5, 0.4, 0.5]


def test_a_shorter_horizon_leaves_later_events_without_effect(load: Load) -> None:
    scenario = load("baseline", overrides={"horizon.end": "2010"})
    assert timeline(scenario, "china.courses_open") == [(0, 44, 1.0)]
    late = load("baseline", overrides={"horizon.start": "2021"})
    assert timeline(late, "china.courses_open") == [(84, 4, 0.1), (88, 76, 1.0)]


def test_the_manifest_is_plain_and_keeps_through_comments(load: Load) -> None:
    text = 'title = "x"\n[contracts]\nterm = 5\n' + events("a 2010 - china.epoch = 1")
    scenario = load(text)
    record = scenario.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert load("# note\n\n" + text).to_dict() == record
    assert record["origins"]["contracts.term"] == "study.toml"
    assert record["events"] == [
        {"name": "a", "date": 2010.0, "until": None, "sets": {"china.epoch": 1}}
    ]
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_several_extended_files_add_up(load: Load, folder: Path) -> None:
    """All that they set counts, and of what two set differently the later."""
    event = '[[events]]\nname = "{}"\ndate = 2030\ncontracts.{} = {}\n'
    head = 'extends = "baseline"\n'
    (folder / "a.toml").write_text(head + "[contracts]\nterm = 5\n" + event.format("x", "fee", 0.1))
    (folder / "b.toml").write_text(
        head + 'drop_events = ["pandemic"]\n[china]\nepoch = 1\n' + event.format("y", "grace", 1)
    )
    both = 'extends = ["a.toml", "b.toml"]\n'
    scenario = load(both)
    assert [event.name for event in scenario.events] == ["x", "y"]
    assert (scenario.value("contracts.term"), scenario.value("china.epoch")) == (5.0, 1)
    other = head + "[contracts]\nterm = 6\n" + event.format("x", "fee", 0.2)
    (folder / "b.toml").write_text(other)
    for order, term, fee in ((both, 6.0, 0.2), ('extends = ["b.toml", "a.toml"]\n', 5.0, 0.1)):
        scenario = load(order)
        assert scenario.value("contracts.term") == term
        (event_x,) = (event for event in scenario.events if event.name == "x")
        assert event_x.sets == {"contracts.fee": fee}
    assert load(both + "[contracts]\nterm = 7\n").value("contracts.term") == 7.0


def test_sections_do_not_take_the_files_own_names() -> None:
    assert not {*TOP_KEYS, *EVENT_KEYS} & SHIPPED.sections.keys()


def test_assignments_of_the_command_line() -> None:
    """The first equals sign after brackets divides; a key is given once; blanks do not matter."""
    assert parse_assignments(["a.b = 1", 'c.d="x=y"', "a.b[bri=true]=2"]) == {
        "a.b": "1", "c.d": '"x=y"', "a.b[bri=true]": "2",
    }  # fmt: skip
    for wrong in (["a.b = 1", "a.b=2"], ["a.b"], ["=1"], ["a.b[bri=true]"], ["a.b*=2"]):
        with pytest.raises(InputError, match="set: "):
            parse_assignments(wrong)
