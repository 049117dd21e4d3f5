"""What a right experiment file means: factors, settings, scenarios, what is kept, the manifest."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import Experiment, Factor, kind_of, list_experiments, load_experiment
from sim.experiment.file import choose_points
from sim.scenario import Scenario, load_scenario, shipped_names

type Load = Callable[..., Experiment]

SHIPPED = [file["name"] for file in list_experiments() if file["verb"] == "sweep"]

WHOLE = """\
title = "Exit cost and term"
question = "Which binds?"
base = "offer-withdrawn-2030"
runs = 40
seed = 7

[design]
kind = "grid"

[[factors]]
key = "contracts.exit_cost"
title = "Cost to leave"
values = [0, 1.5]

[[factors]]
key = "contracts.term"
values = [5, 10, 15, 20]

[[factors]]
name = "retention"
levels = { on = {}, off = { "contracts.retention" = false, "contracts.same_vendor" = 1 } }

[keep]
outcomes = ["working", "adopters"]
groups = ["regime", "vendor"]
dates = [2025, 2040]
countries = true
"""
ONE = '[[factors]]\nkey = "contracts.term"\nvalues = [5.0, 10.0]\n'


def load_point(experiment: Experiment, point: int, **overrides: Any) -> Scenario:
    """A point's scenario: its file, over that its factors, over that `--set`."""
    settings = experiment.design.settings(point)
    name = str(settings.pop("scenario", experiment.base))
    return load_scenario(name, overrides=overrides, factors=settings)


def test_a_whole_file(load: Load) -> None:
    experiment = load(WHOLE)
    assert (experiment.name, experiment.title) == ("study", "Exit cost and term")
    assert (experiment.question, experiment.base) == ("Which binds?", "offer-withdrawn-2030")
    assert (experiment.n_runs, experiment.seed, experiment.runs) == (40, 7, 640)
    keep = experiment.keep
    assert (keep.outcomes, keep.groups) == (("working", "adopters"), ("regime", "vendor"))
    assert (keep.dates, keep.countries) == ((2025, 2040), True)
    exit_cost, term, retention = experiment.design.factors
    key, unit = "contracts.exit_cost", "multiple of capital cost"
    assert exit_cost == Factor(key, "Cost to leave", unit, key, values=(0.0, 1.5))
    assert (term.title, term.unit, term.values[-1]) == ("Term (contracts)", "years", 20.0)
    off = {"contracts.retention": False, "contracts.same_vendor": 1.0}
    assert retention.levels == {"on": {}, "off": off}
    assert (retention.key, retention.title) == (None, "Retention")
    assert pickle.loads(pickle.dumps(experiment)) == experiment


def test_what_a_file_leaves_out_and_what_counts_over_it(load: Load) -> None:
    experiment, other = load(ONE), load("seed = 0\nparameters = 'point'\n" + ONE)
    assert (experiment.base, experiment.design.kind) == ("baseline", "grid")
    assert (experiment.n_runs, experiment.seed, other.seed) == (10, 1, 0)
    assert experiment.plausible is not None and other.plausible is None
    twice = load(ONE + "[keep]\ndates = [2030, 2020, 2030]\n")
    assert twice.years == [2020, 2030]
    later = load(ONE + "[keep]\ndates = [2050]\n", overrides={"horizon.end": "2050"})
    assert later.scenarios["baseline"].horizon.end == 2050


def test_points_set_what_their_cells_say(load: Load) -> None:
    """A point's scenario is the base with the point's settings, as an experiment's factor."""
    fee = {"contracts.fee": "0.1"}
    experiment = load(WHOLE, overrides=fee)
    last = len(experiment.design.points) - 1
    scenario = load_point(experiment, last, **fee)
    values = {"contracts.exit_cost": 1.5, "contracts.term": 20.0, "contracts.retention": False}
    for path, value in values.items():
        assert scenario.value(path) == experiment.design.settings(last)[path] == value
    assert str(scenario.origins["contracts.retention"]) == "experiment factor"
    assert str(scenario.origins["contracts.fee"]) == "--set"
    assert load_point(experiment, 0).value("contracts.retention") is True


def test_scenarios_as_a_factor_or_of_levels(load: Load, folder: Path) -> None:
    """By name or by path from the file; a level's keys are looked up in its own scenario."""
    (folder / "mine.toml").write_text('extends = "baseline"\n[contracts]\nterm = 5\n')
    experiment = load('[[factors]]\nkey = "scenario"\nvalues = ["no-norms", "mine.toml"]\n')
    assert list(experiment.scenarios) == ["no-norms", "mine.toml"]
    assert load_point(experiment, 1).value("contracts.term") == 5.0
    text = (
        '[[factors]]\nname = "policy"\n[factors.levels]\nnone = {}\n'
        'early = { scenario = "open-standards", events.open-standards.date = 2025 }\n'
        'late = { scenario = "open-standards", "events.open-standards.date" = 2032.25 }\n'
    )
    experiment = load(text)
    assert list(experiment.scenarios) == ["baseline", "open-standards"]
    assert [load_point(experiment, at).events[-1].date for at in (1, 2)] == [2025.0, 2032.25]


def test_dates_and_what_events_set_can_vary(load: Load) -> None:
    """A date's range has quarters; an event's parameter has the parameter's bounds and unit."""
    text = (
        'base = "open-standards"\n[design]\nkind = "latin-hypercube"\npoints = 2000\n'
        '[[factors]]\nkey = "events.open-standards.date"\nlow = 2025\nhigh = 2030.5\n'
        '[[factors]]\nkey = "events.open-standards.contracts.open_standards"\nlow = 0\nhigh = 0.5\n'
    )
    design = load(text).design
    date, share = design.factors
    assert (date.title, date.unit, date.step) == ("Date of open-standards", "year", 0.25)
    assert (share.unit, share.low, share.high) == ("share", 0.0, 0.5)
    assert all((when * 4).is_integer() for when, _ in design.points)  # type: ignore[union-attr]
    chosen = [design.points[at] for at in choose_points(design.points)]
    assert len(chosen) <= 204
    for at in (0, 1):
        cells = [point[at] for point in design.points]
        assert {min(cells), max(cells)} <= {point[at] for point in chosen}


def test_the_manifest_is_plain_and_tells_designs_apart(load: Load) -> None:
    experiment = load(WHOLE)
    manifest = experiment.manifest()
    assert json.loads(json.dumps(manifest)) == manifest
    text = json.dumps(experiment.design.points, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert manifest["design"] == {"kind": "grid", "points": 16, "sha256": digest}
    kinds = [(factor["kind"], factor["values"]) for factor in manifest["factors"]]
    assert kinds[0] == ("number", [0.0, 1.5]) and kinds[2] == ("label", ["on", "off"])
    name = "offer-withdrawn-2030"
    assert manifest["scenarios"] == {name: load_scenario(name).to_dict()}
    for other in (load(WHOLE.replace("1.5", "1.6")), load(WHOLE.replace("seed = 7", "seed = 8"))):
        assert other.manifest() != manifest
    ranges = (
        '[design]\nkind = "latin-hypercube"\npoints = 4\n[[factors]]\nkey = "contracts.term"\n'
        '[[factors]]\nkey = "contracts.active"\nvalues = [true, false]\n'
    )
    term, active = load(ranges).manifest()["factors"]
    assert (term["low"], term["high"]) == (2.0, 10.0)
    assert (active["kind"], active["values"], active["unit"]) == ("label", ["true", "false"], "")


def test_scenarios_are_not_experiments(folder: Path) -> None:
    (folder / "a.toml").write_text('extends = "baseline"\n')
    (folder / "b.toml").write_text(ONE)
    kinds = [kind_of(name) for name in ("a.toml", "b.toml", "gone.toml", "baseline")]
    assert kinds == ["a scenario", "an experiment", "", "a scenario"]
    assert not set(SHIPPED) & set(shipped_names()), "one name would mean two things"


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_experiments(name: str) -> None:
    experiment = load_experiment(name)
    assert experiment.title != name and experiment.question.endswith("?")
    assert 500 <= experiment.runs <= 40_000
