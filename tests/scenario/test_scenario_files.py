"""Loading: precedence, origins, events, periods, and what is made of a scenario."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.rules import SHIPPED, Rules
from sim.scenario import (
    Scenario,
    describe,
    json_schema,
    list_scenarios,
    load_scenario,
    parse_assignments,
)
from sim.scenario.reading import chain as chain_module
from sim.scenario.schema import EVENT_KEYS, TOP_KEYS

type Load = Callable[..., Scenario]


def value(scenario: Scenario, path: str) -> Any:
    """Return a base value by dotted key."""
    section, key = path.split(".")
    return getattr(scenario.sections[section], key)


def timeline(scenario: Scenario, path: str) -> list[tuple[int, int, Any]]:
    """Return first quarter, length and a key's value of every period."""
    section, key = path.split(".")
    return [
        (p.first_quarter, p.quarters, getattr(p.sections[section], key)) for p in scenario.periods()
    ]


# Precedence and origins


def test_each_layer_wins_over_those_below(load: Load, folder: Path) -> None:
    """Default < plausible row < extended file < file < factor < --set."""
    (folder / "parent.toml").write_text("[contracts]\nterm = 7\n")
    bare = 'extends = "baseline"\n'
    mid = 'extends = "parent.toml"\n'
    top = mid + "[contracts]\nterm = 8\n"
    low: dict[str, Any] = {"plausible": {"contracts.term": 6.0}}
    factor = low | {"factors": {"contracts.term": 9.0}}
    steps = [
        (load(bare), 10.0, "default"),
        (load(bare, **low), 6.0, "plausible set"),
        (load(mid, **low), 7.0, "parent.toml:2"),
        (load(top, **low), 8.0, "study.toml:3"),
        (load(top, **factor), 9.0, "experiment factor"),
        (load(top, **factor, overrides={"contracts.term": "11"}), 11.0, "--set"),
    ]
    for scenario, expected, origin in steps:
        assert value(scenario, "contracts.term") == expected
        assert str(scenario.origins["contracts.term"]) == origin


def test_every_value_has_an_origin(load: Load, rules: Rules) -> None:
    """Each parameter, the horizon and all that events set say where they come from."""
    scenario = load("baseline", overrides={"events.pandemic.until": "2023"})
    paths = {f"{name}.{key}" for name, s in rules.sections.items() for key in s.model_fields}
    events = {"events.pandemic.date", "events.pandemic.until", "events.pandemic.china.seats_open"}
    assert set(scenario.origins) == paths | events | {"horizon.start", "horizon.end"}
    assert str(scenario.origins["events.pandemic.date"]) == "baseline.toml:10"
    assert str(scenario.origins["events.pandemic.until"]) == "--set"
    assert scenario.events[0].origin.line == 8


def test_names_titles_and_questions(load: Load, folder: Path) -> None:
    """A file has its own title; without one, its name; never its parent's."""
    assert (load("baseline").title, load("baseline").question) == ("Baseline", "What is?")
    child = load('extends = "baseline"\n')
    assert (child.name, child.title, child.question) == ("study", "study", "")


def test_paths_relative_to_the_extending_file(load: Load, folder: Path) -> None:
    """A path in extends counts from the file that holds it, not from where one stands."""
    (folder / "deep").mkdir()
    (folder / "deep" / "parent.toml").write_text('extends = "../top.toml"\n')
    (folder / "top.toml").write_text("[contracts]\nterm = 3\n")
    scenario = load('extends = "deep/parent.toml"\n')
    assert value(scenario, "contracts.term") == 3.0
    assert str(scenario.origins["contracts.term"]) == "top.toml:2"


def test_a_file_without_ending_is_a_path(load: Load, folder: Path) -> None:
    """A name that exists as a file is that file."""
    (folder / "plain").write_text("[contracts]\nterm = 3\n")
    assert value(load("plain"), "contracts.term") == 3.0


def test_numbers_of_other_kinds(load: Load) -> None:
    """Whole numbers serve as decimals; a design's NumPy numbers and 2.0 for 2 do, too."""
    scenario = load(
        "[contracts]\nterm = 5\n",
        factors={"china.epoch": 2.0, "china.offering": np.bool_(False)},
        plausible={"contracts.fee": np.float64(0.25)},
    )
    assert isinstance(value(scenario, "contracts.term"), float)
    assert value(scenario, "china.epoch") == 2
    assert isinstance(value(scenario, "china.epoch"), int)
    assert value(scenario, "china.offering") is False
    assert type(value(scenario, "contracts.fee")) is float


def test_toml_in_every_form(load: Load) -> None:
    """Dotted keys, inline tables, quoted keys and comments mean the same."""
    forms = [
        "[contracts]\nterm = 5 # years\nactive = false\n",
        "contracts.term = 5.0\ncontracts.active = false\n",
        "contracts = { term = 5e0, active = false }\n",
        '["contracts"]\n"term" = 5_0e-1\nactive = false\n',
    ]
    assert len({load(form).identity() for form in forms}) == 1


# Events and periods


def test_periods_of_the_baseline(load: Load) -> None:
    """The horizon is covered without gaps: before, during and after the event."""
    scenario = load("baseline")
    assert scenario.first_quarter == 0
    assert scenario.quarters == 164
    assert timeline(scenario, "china.seats_open") == [(0, 81, 1.0), (81, 7, 0.1), (88, 76, 1.0)]


def test_without_events_there_is_one_period(load: Load) -> None:
    """Nothing changes: one period, counted from 2000 even if the run begins later."""
    scenario = load("[horizon]\nstart = 2010\nend = 2011\n")
    assert timeline(scenario, "contracts.term") == [(40, 8, 10.0)]


def events(*lines: str) -> str:
    """Return events written shortly: name, date, until (or '-'), and what they set."""
    text = ""
    for line in lines:
        name, date, until, sets = line.split(" ", 3)
        ends = "" if until == "-" else f"until = {until}\n"
        text += f'[[events]]\nname = "{name}"\ndate = {date}\n{ends}{sets}\n'
    return text


def test_the_later_in_the_list_wins_not_the_later_in_time(load: Load) -> None:
    """Overlapping events: the order of the list decides while both are in force."""
    text = events("a 2010 - contracts.term = 5", "b 2005 2015 contracts.term = 15")
    assert timeline(load(text), "contracts.term") == [(0, 20, 10.0), (20, 40, 15.0), (60, 104, 5.0)]
    text = events("b 2005 2015 contracts.term = 15", "a 2010 - contracts.term = 5")
    assert timeline(load(text), "contracts.term") == [(0, 20, 10.0), (20, 20, 15.0), (40, 124, 5.0)]


def test_equal_neighbours_are_one_period(load: Load) -> None:
    """Changes that change nothing make no period."""
    text = events(
        "same 2010 - contracts.term = 10",
        "first 2020 2025 contracts.term = 5",
        "second 2025 2030 contracts.term = 5.0",
    )
    assert timeline(load(text), "contracts.term") == [
        (0, 80, 10.0),
        (80, 40, 5.0),
        (120, 44, 10.0),
    ]


def test_events_at_the_edges(load: Load) -> None:
    """An event in the first quarter leaves no period before it; one in the last has one quarter."""
    text = events("a 2000 - china.epoch = 1", "b 2040.75 2041 china.epoch = 2")
    assert timeline(load(text), "china.epoch") == [(0, 163, 1), (163, 1, 2)]


def test_events_hold_over_every_layer(load: Load) -> None:
    """What an event sets counts over --set of the same key while it lasts."""
    scenario = load("baseline", overrides={"china.seats_open": "0.5"})
    assert [v for _, _, v in timeline(scenario, "china.seats_open")] == [0.5, 0.1, 0.5]


def test_children_replace_drop_and_follow(load: Load, folder: Path) -> None:
    """A child's event replaces its parent's namesake whole and comes after the others."""
    parent = events(
        "one 2010 - contracts.term = 5\nchina.epoch = 1",
        "two 2010 - contracts.term = 6",
        "three 2010 - contracts.fee = 0.5",
    )
    (folder / "parent.toml").write_text(parent)
    child = 'extends = "parent.toml"\ndrop_events = ["three"]\n'
    scenario = load(child + events("one 2012 - contracts.term = 7"))
    assert [(e.name, e.date) for e in scenario.events] == [("two", 2010.0), ("one", 2012.0)]
    assert scenario.events[1].sets == {"contracts.term": 7.0}
    assert timeline(scenario, "contracts.term") == [(0, 40, 10.0), (40, 8, 6.0), (48, 116, 7.0)]


def test_a_dropped_event_may_be_written_anew(load: Load) -> None:
    """Dropping and writing an event of that name is no contradiction."""
    child = 'extends = "baseline"\ndrop_events = ["pandemic"]\n'
    scenario = load(child + events("pandemic 2021 - china.seats_open = 0.3"))
    assert [event.date for event in scenario.events] == [2021.0]


def test_overrides_move_and_change_events(load: Load) -> None:
    """--set and factors move an event and change what it sets; --set wins."""
    scenario = load(
        "baseline",
        factors={"events.pandemic.date": 2018, "events.pandemic.china.seats_open": 0.4},
        overrides={"events.pandemic.date": "2019", "events.pandemic.contracts.term": "2"},
    )
    event = scenario.events[0]
    assert (event.date, event.until) == (2019.0, 2022.0)
    assert event.sets == {"china.seats_open": 0.4, "contracts.term": 2.0}


def test_a_shorter_horizon_leaves_later_events_idle(load: Load) -> None:
    """Shortening a run is no mistake of the events that it no longer reaches."""
    scenario = load("baseline", overrides={"horizon.end": "2010"})
    assert [event.name for event in scenario.idle_events()] == ["pandemic"]
    assert timeline(scenario, "china.seats_open") == [(0, 44, 1.0)]
    late = load("baseline", overrides={"horizon.start": "2021"})
    assert timeline(late, "china.seats_open") == [(84, 4, 0.1), (88, 76, 1.0)]
    assert load("baseline").idle_events() == []


# What is made of it


def test_identity_is_about_meaning(load: Load, folder: Path) -> None:
    """Comments, titles and ways of writing do not count; any number does."""
    plain = load("[contracts]\nterm = 5\n").identity()
    assert load('# note\ntitle = "x"\n\n[contracts]\nterm = 5.0\n').identity() == plain
    assert load("[contracts]\nterm = 5\nfee = 0.06\n").identity() == plain
    assert load(events("a 2000 - contracts.term = 5")).identity() == plain
    assert load("[contracts]\nterm = 5.5\n").identity() != plain
    assert load("[contracts]\nterm = 5\n[horizon]\nend = 2039\n").identity() != plain


def test_the_manifest_is_plain_and_keeps_through_comments(load: Load) -> None:
    """The resolved scenario is JSON; a comment above a value does not change it."""
    text = 'title = "x"\n[contracts]\nterm = 5\n' + events("a 2010 - china.epoch = 1")
    record = load(text).to_dict()
    assert json.loads(json.dumps(record)) == record
    assert load("# note\n\n" + text).to_dict() == record
    assert record["sections"]["contracts"]["term"] == 5.0
    assert record["origins"]["contracts.term"] == "study.toml"
    assert record["events"] == [
        {"name": "a", "date": 2010.0, "until": None, "sets": {"china.epoch": 1}}
    ]


def test_scenarios_cross_processes(load: Load) -> None:
    """A scenario pickles, as worker processes need."""
    scenario = load("baseline")
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert copy.identity() == scenario.identity()


def test_description_has_every_value(load: Load) -> None:
    """Each row has value, range, source and origin; --changed finds what differs."""
    scenario = load("[contracts]\nterm = 5\nfee = 0.06\n" + events("a 2010 - china.epoch = 1"))
    rows = {row.path: row for row in describe(scenario)}
    assert set(rows) == set(scenario.origins)
    term = rows["contracts.term"]
    assert (term.value, term.unit, term.low, term.high) == (5.0, "years", 1.0, 20.0)
    assert (term.plausible, term.source, term.evidence) == ((5.0, 15.0), "Test 2020", 2)
    changed = [path for path, row in rows.items() if row.changed]
    assert changed == ["contracts.term", "events.a.date", "events.a.china.epoch"]
    assert rows["events.a.china.epoch"].event_section == "china"
    json.dumps([row.to_dict() for row in rows.values()])


def test_editors_get_ranges_and_documentation(rules: Rules) -> None:
    """The JSON schema has each key with kind, range, unit and source, and closes the tables."""
    schema = json_schema(rules)
    json.dumps(schema, allow_nan=False)
    term = schema["definitions"]["contracts"]["properties"]["term"]
    assert (term["type"], term["minimum"], term["maximum"]) == ("number", 1.0, 20.0)
    for part in ("Length of a contract.", "years, 1 to 20", "Plausible: 5 to 15", "Test 2020"):
        assert part in term["description"]
    assert schema["definitions"]["contracts"]["properties"]["active"]["type"] == "boolean"
    assert schema["definitions"]["china"]["properties"]["epoch"]["type"] == "integer"
    event = schema["properties"]["events"]["items"]
    assert event["required"] == ["name", "date"]
    assert event["properties"]["china"] == {"$ref": "#/definitions/china"}
    closed = [schema, event, *schema["definitions"].values()]
    assert all(table["additionalProperties"] is False for table in closed)


def test_shipped_scenarios_are_listed(folder: Path) -> None:
    """The list has the baseline first, with title and question."""
    shipped = chain_module.scenarios_folder()
    (shipped / "another.toml").write_text('extends = "baseline"\n')
    names = [(listing.name, listing.title, listing.question) for listing in list_scenarios()]
    assert names == [("baseline", "Baseline", "What is?"), ("another", "another", "")]


def test_sections_do_not_take_the_files_own_names() -> None:
    """A mechanism called `events` would make files ambiguous."""
    assert not {*TOP_KEYS, *EVENT_KEYS} & SHIPPED.sections.keys()


def test_assignments_of_the_command_line() -> None:
    """The first equals sign divides; a key is given once; blanks do not matter."""
    assert parse_assignments(["a.b = 1", 'c.d="x=y"']) == {"a.b": "1", "c.d": '"x=y"'}
    with pytest.raises(InputError, match=r"a\.b is set twice: to 1 and to 2"):
        parse_assignments(["a.b = 1", "a.b=2"])


@given(
    term=st.floats(2.0, 20.0),
    fee=st.floats(0.0, 1.0),
    epoch=st.integers(0, 3),
    active=st.booleans(),
    start=st.integers(2000, 2024),
    length=st.integers(1, 36),
    quarter=st.integers(0, 3),
)
def test_whatever_is_in_range_loads_and_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    rules: Rules,
    term: float,
    fee: float,
    epoch: int,
    active: bool,
    start: int,
    length: int,
    quarter: int,
) -> None:
    """Any values in range load, and the resolved scenario holds exactly these."""
    file = tmp_path_factory.getbasetemp() / "any.toml"
    date = start + quarter / 4
    file.write_text(
        f"[horizon]\nstart = {start}\nend = {start + length}\n"
        f"[contracts]\nterm = {term!r}\nfee = {fee!r}\nactive = {str(active).lower()}\n"
        f'[[events]]\nname = "e"\ndate = {date}\nchina.epoch = {epoch}\n'
    )
    scenario = load_scenario(file, rules=rules)
    record = json.loads(json.dumps(scenario.to_dict()))
    contracts = record["sections"]["contracts"]
    assert (contracts["term"], contracts["fee"], contracts["active"]) == (term, fee, active)
    assert record["events"][0]["date"] == date
    periods = scenario.periods()
    assert sum(period.quarters for period in periods) == scenario.quarters == (length + 1) * 4
    assert periods[0].first_quarter == (start - 2000) * 4
    assert periods[-1].sections["china"].model_dump()["epoch"] == epoch
