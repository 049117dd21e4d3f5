"""What a right experiment file means: factors, settings, scenarios, what is kept, the manifest."""

from __future__ import annotations

import hashlib
import json
import pickle
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.layout import group_list
from sim.errors import InputError
from sim.experiment import (
    Experiment,
    Factor,
    Keep,
    Level,
    experiments_folder,
    is_experiment,
    list_experiments,
    load_experiment,
)
from sim.experiment.file import experiment_schema
from sim.experiment.keep import GROUPS
from sim.experiment.points import MOST_POINTS
from sim.experiment.structures import choose_points
from sim.register import VENDOR
from sim.scenario import Scenario, load_scenario, shipped_names
from sim.world.seeds import load_seeds

type Load = Callable[..., Experiment]

SHIPPED = [listing.name for listing in list_experiments()]

WHOLE = """\
title = "Exit cost and term"
question = "Which binds?"
base = "offer-withdrawn-2030"
replicates = 40
seed = 7

[design]
kind = "grid"

[[factors]]
key = "contracts.exit_cost"
title = "Cost to leave"
values = [0, 1.5]

[[factors]]
key = "contracts.term"
low = 5
high = 20
steps = 4
scale = "log"

[[factors]]
name = "retention"
levels = { on = {}, off = { "contracts.retention" = false, "contracts.same_vendor" = 1 } }

[keep]
outcomes = ["working", "adopters"]
groups = ["world", "regime", "vendor"]
dates = [2040, 2025]
countries = true
"""
ONE = '[[factors]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n'


def test_a_whole_file(load: Load) -> None:
    """Every part of the file is where it belongs."""
    experiment = load(WHOLE)
    assert (experiment.name, experiment.title) == ("study", "Exit cost and term")
    assert (experiment.question, experiment.base) == ("Which binds?", "offer-withdrawn-2030")
    assert (experiment.replicates, experiment.seed, experiment.runs) == (40, 7, 640)
    assert experiment.keep == Keep(
        ("working", "adopters"), ("regime", "vendor"), (2025, 2040), True
    )
    exit_cost, term, retention = experiment.design.factors
    assert exit_cost == Factor(
        name="contracts.exit_cost",
        title="Cost to leave",
        unit="multiple of capital cost",
        key="contracts.exit_cost",
        values=(0.0, 1.5),
    )
    assert (term.title, term.unit, term.scale) == ("Term (contracts)", "years", "log")
    assert (term.low, term.high, len(term.values)) == (5.0, 20.0, 4)
    off = {"contracts.retention": False, "contracts.same_vendor": 1.0}
    assert retention.levels == (Level("on", {}), Level("off", off))
    assert (retention.key, retention.title) == (None, "Retention")
    assert list(experiment.scenarios) == ["offer-withdrawn-2030"]


def load_point(experiment: Experiment, point: int) -> Scenario:
    """A point's scenario: its file, over that its factors, over that `--set`."""
    settings = experiment.design.settings(point)
    name = str(settings.pop("scenario", experiment.base))
    path = experiment.sources.get(name, name)
    return load_scenario(path, overrides=experiment.overrides, factors=settings)


def test_points_set_what_their_cells_say(load: Load) -> None:
    """A point's scenario is the base with the point's settings, as an experiment's factor."""
    experiment = load(WHOLE, overrides={"contracts.fee": "0.1"})
    last = len(experiment.design.points) - 1
    assert experiment.design.settings(last) == {
        "contracts.exit_cost": 1.5,
        "contracts.term": 20.0,
        "contracts.retention": False,
        "contracts.same_vendor": 1.0,
    }
    scenario = load_point(experiment, last)
    assert scenario.sections["contracts"].model_dump()["exit_cost"] == 1.5
    assert str(scenario.origins["contracts.retention"]) == "experiment factor"
    assert str(scenario.origins["contracts.fee"]) == "--set"
    assert experiment.scenarios[experiment.base].sections["contracts"].model_dump()["fee"] == 0.1
    assert load_point(experiment, 0).sections["contracts"].model_dump()["retention"] is True


def test_what_a_file_leaves_out(load: Load) -> None:
    """A grid over the baseline, ten replicates, seed 1, all outcomes of the world each year."""
    experiment = load(ONE)
    assert (experiment.title, experiment.question) == ("study", "")
    assert (experiment.base, experiment.design.kind) == ("baseline", "grid")
    assert (experiment.replicates, experiment.seed) == (10, 1)
    assert experiment.keep == Keep((), (), "yearly", False)


def test_arguments_count_over_the_file(load: Load) -> None:
    experiment = load("replicates = 5\nseed = 2\n" + ONE, replicates=3, seed=0)
    assert (experiment.replicates, experiment.seed, experiment.runs) == (3, 0, 6)


def test_scenarios_as_a_factor(load: Load, folder: Path) -> None:
    """By name or by path from the file; the base is then not used."""
    (folder / "mine.toml").write_text('extends = "baseline"\n[contracts]\nterm = 5\n')
    experiment = load('[[factors]]\nkey = "scenario"\nvalues = ["no-norms", "mine.toml"]\n')
    assert list(experiment.scenarios) == ["no-norms", "mine.toml"]
    named = [experiment.design.settings(point)["scenario"] for point in (0, 1)]
    assert named == ["no-norms", "mine.toml"]
    assert load_point(experiment, 1).sections["contracts"].model_dump()["term"] == 5.0
    assert load_point(experiment, 0).name == "no-norms"


def test_levels_may_choose_a_scenario_and_an_events_date(load: Load) -> None:
    """A level's keys are looked up in its own scenario; levels without one take the base."""
    text = (
        '[[factors]]\nname = "policy"\n[factors.levels]\nnone = {}\n'
        'early = { scenario = "open-standards", events.open-standards.date = 2025 }\n'
        'late = { scenario = "open-standards", "events.open-standards.date" = 2032.25 }\n'
    )
    experiment = load(text)
    assert list(experiment.scenarios) == ["baseline", "open-standards"]
    found = [experiment.design.settings(k).get("scenario", experiment.base) for k in range(3)]
    assert found == [
        "baseline",
        "open-standards",
        "open-standards",
    ]
    dates = [event.date for event in load_point(experiment, 2).events]
    assert dates[-1] == 2032.25
    assert experiment.design.settings(1)["events.open-standards.date"] == 2025.0


def test_dates_and_what_events_set_can_vary(load: Load) -> None:
    """A date's range holds quarters; an event's parameter has the parameter's bounds and unit."""
    text = (
        'base = "open-standards"\n[design]\nkind = "latin-hypercube"\npoints = 64\n'
        '[[factors]]\nkey = "events.open-standards.date"\nlow = 2025\nhigh = 2030.5\n'
        '[[factors]]\nkey = "events.open-standards.contracts.open_standards"\nlow = 0\nhigh = 0.5\n'
    )
    design = load(text).design
    date, share = design.factors
    assert (date.title, date.unit, date.whole) == ("Date of open-standards", "year", False)
    assert (share.unit, share.low, share.high) == ("share", 0.0, 0.5)
    assert all((when * 4).is_integer() for when, _ in design.points)  # type: ignore[union-attr]


def test_overrides_may_set_the_horizon(load: Load) -> None:
    """It is then the horizon of all points, and of the years kept."""
    experiment = load(ONE + "[keep]\ndates = [2050]\n", overrides={"horizon.end": "2050"})
    assert experiment.scenarios["baseline"].horizon.end == 2050


def test_the_manifest_is_plain_and_tells_designs_apart(load: Load) -> None:
    """It survives JSON; the points' hash is that of their JSON."""
    experiment = load(WHOLE)
    manifest = experiment.manifest()
    assert json.loads(json.dumps(manifest)) == manifest
    assert list(manifest) == [
        *("title", "question", "base", "factors", "design"),
        *("replicates", "seed", "keep", "scenarios"),
    ]
    text = json.dumps(experiment.design.points, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert manifest["design"] == {"kind": "grid", "points": 16, "sha256": digest}
    exit_cost, term, retention = manifest["factors"]
    assert exit_cost == {
        "name": "contracts.exit_cost",
        "title": "Cost to leave",
        "unit": "multiple of capital cost",
        "kind": "number",
        "values": [0.0, 1.5],
        "scale": "linear",
    }
    assert (term["kind"], len(term["values"])) == ("number", 4)
    assert (retention["kind"], retention["values"]) == ("label", ["on", "off"])
    assert retention["levels"]["off"]["contracts.retention"] is False
    assert manifest["keep"]["dates"] == [2025, 2040]
    name = "offer-withdrawn-2030"
    assert manifest["scenarios"] == {name: load_scenario(name).to_dict()}
    assert load(WHOLE).manifest() == manifest
    assert load(WHOLE.replace("1.5", "1.6")).manifest() != manifest
    assert load(WHOLE, seed=8).manifest() != manifest
    assert load(WHOLE, overrides={"contracts.fee": "0.1"}).manifest() != manifest


def test_the_manifest_of_ranges_and_switches(load: Load) -> None:
    """A range has its ends; a switch has labels."""
    text = (
        '[design]\nkind = "sobol"\npoints = 4\n[[factors]]\nkey = "contracts.term"\n'
        '[[factors]]\nkey = "contracts.active"\nvalues = [true, false]\n'
    )
    term, active = load(text).manifest()["factors"]
    assert (term["low"], term["high"]) == (5.0, 20.0)
    assert "values" not in term
    assert (active["kind"], active["values"], active["unit"]) == ("label", ["true", "false"], "")


def test_experiments_cross_processes(load: Load) -> None:
    experiment = load(WHOLE)
    assert pickle.loads(pickle.dumps(experiment)) == experiment


def test_the_points_that_are_loaded_of_a_large_design(load: Load) -> None:
    """Each listed value, each level, both ends of a range, each date; and not many more."""
    text = (
        '[design]\nkind = "latin-hypercube"\npoints = 2000\n[[factors]]\nkey = "contracts.term"\n'
        '[[factors]]\nkey = "contracts.fee"\nvalues = [0.03, 0.05, 0.1]\n'
        '[[factors]]\nkey = "events.bans.date"\nlow = 2015\nhigh = 2025\n'
    )
    design = load(text).design
    chosen = [design.points[at] for at in choose_points(design, "baseline")]
    assert {fee for _, fee, _ in chosen} == {0.03, 0.05, 0.1}
    assert {when for _, _, when in chosen} == {2015 + quarter / 4 for quarter in range(41)}
    terms = [term for term, _, _ in design.points]
    assert {min(terms), max(terms)} <= {term for term, _, _ in chosen}  # type: ignore[type-var]
    assert len(chosen) <= 46


def test_kinds_of_groups_are_those_of_results() -> None:
    layout = list(dict.fromkeys(group.kind for group in group_list(load_seeds())))
    assert [*layout, VENDOR] == list(GROUPS)


# --- The experiments that come with the program ---------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_experiments_load(name: str) -> None:
    """Each has a title and a question, and takes about two minutes at most."""
    experiment = load_experiment(name)
    assert experiment.title != name
    assert experiment.question.endswith("?")
    assert 500 <= experiment.runs <= 40_000
    assert is_experiment(name)


def test_shipped_experiments_are_listed() -> None:
    assert sorted(SHIPPED) == SHIPPED
    assert len(SHIPPED) >= 7
    assert not set(SHIPPED) & set(shipped_names()), "one name would mean two things"


def test_scenarios_are_no_experiments(folder: Path) -> None:
    (folder / "a.toml").write_text('extends = "baseline"\n')
    (folder / "b.toml").write_text(ONE)
    (folder / "c.toml").write_text("[design]\n")
    assert [is_experiment(name) for name in ("a.toml", "b.toml", "c.toml", "gone.toml")] == [
        *(False, True, True, False)
    ]
    assert not any(is_experiment(name) for name in ("baseline", "nothing-like-it"))


# --- Garbled files --------------------------------------------------------------------------------

LIST = b'[design]\nkind = "list"\nfile = "points.csv"\n[[factors]]\nkey = "contracts.term"\n'
CSV = b'contracts.term\n5\n"7.5"\n20\n'
PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [
            b"\0",
            b"\n",
            b'"',
            b"[",
            b"]",
            b"=",
            b"-",
            b"9",
            b"1e9",
            b"true",
            b"nan",
            b",",
            b"[[",
            b".",
        ]
    ),
)


def garble(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Return the content with some stretches replaced."""
    for where, length, piece in edits:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + length :]
    return content


EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), PIECES), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_garbled_experiments_are_wrong_input_or_fine(folder: Path, edits: list) -> None:  # type: ignore[type-arg]
    """Whatever a file holds, nothing but the one error for wrong input comes out."""
    (folder / "study.toml").write_bytes(garble(WHOLE.encode(), edits))
    try:
        experiment = load_experiment("study.toml")
    except InputError as error:
        assert error.messages
    else:
        assert 1 <= len(experiment.design.points) <= MOST_POINTS


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, of_table=st.booleans())
def test_garbled_lists_are_wrong_input_or_fine(folder: Path, edits: list, of_table: bool) -> None:  # type: ignore[type-arg]
    """The same for a list of points and its experiment."""
    (folder / "points.csv").write_bytes(garble(CSV, edits) if of_table else CSV)
    (folder / "study.toml").write_bytes(LIST if of_table else garble(LIST, edits))
    try:
        load_experiment("study.toml")
    except InputError as error:
        assert error.messages


IDLE = """
replicates = 1
[[factors]]
key = "scenario"
values = ["baseline", "no-maintenance-contracts"]
[[factors]]
key = "contracts.exit_cost"
values = [0.0, 2.0]
[[factors]]
key = "china.bundling"
values = [false, true]
[[factors]]
key = "china.bundle_chance"
values = [0.1, 0.2]
"""


def test_a_factor_that_a_scenario_switches_off_is_warned_of(folder: Path) -> None:
    """At its line, with the scenario; not one that another factor switches on at some points."""
    (folder / "study.toml").write_text(IDLE)
    (warning,) = load_experiment("study.toml").warnings
    assert str(warning).startswith("study.toml:7:7: contracts.exit_cost: has no effect: ")
    assert "contracts.active is off" in str(warning)
    assert "in the scenario 'no-maintenance-contracts'" in str(warning)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_experiments_vary_nothing_without_effect(name: str) -> None:
    assert load_experiment(name).warnings == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_the_json_schema_knows_every_key_of_shipped_experiments(name: str) -> None:
    schema = experiment_schema()
    tables = schema["definitions"]
    with (experiments_folder() / f"{name}.toml").open("rb") as file:
        data = tomllib.load(file)
    assert data.keys() <= schema["properties"].keys()
    for table, model in (("design", "DesignTable"), ("keep", "KeepTable")):
        assert data.get(table, {}).keys() <= tables[model]["properties"].keys()
    for factor in data.get("factors", []):
        assert factor.keys() <= tables["FactorTable"]["properties"].keys()
    assert all(field["description"] for field in schema["properties"].values())
