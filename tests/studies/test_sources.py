"""Options of functions that run scenarios: each acts, or is refused before anything is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim.calibration import waves
from sim.errors import InputError
from sim.runs.runner import identity
from sim.studies import sources
from sim.studies.compare import report
from tests.studies.short import RUNS, SHORT, pair, single

EXAMPLE = Path(__file__).parents[2] / "examples" / "mechanisms" / "unpaid_fees.py"

STUDIES: dict[str, Callable[..., Any]] = {
    "make_runs": lambda **of: sim.make_runs("no-peers", **of),
    "make_runs of a file": lambda **of: sim.make_runs("withdrawal-date", **of),
    "make_runs of points": lambda **of: sim.make_runs(pd.DataFrame({"contracts.term": [3]}), **of),
    "make_runs of a scenario": lambda **of: sim.make_runs(sim.load_scenario("no-peers"), **of),
    "run": lambda **of: sim.run("no-peers", **of),
    "compare": lambda **of: sim.compare("baseline", "no-peers", **of),
    "sweep": lambda **of: sim.sweep("withdrawal-date", **of),
    "ask": lambda **of: sim.ask("working in 2040", scenarios="no-peers", **of),
    "country": lambda **of: sim.country("KEN", **of),
    "persistence": lambda **of: sim.persistence("baseline", **of),
    "sensitivity": lambda **of: sim.sensitivity(parameters="contracts.term", **of),
    "bounds": lambda **of: sim.bounds(parameters="contracts.term", **of),
    "validate": lambda **of: sim.validate(**of),
    "calibrate": lambda **of: sim.calibrate(**of),
    "make_page": lambda **of: sim.make_page("baseline", still=True, **of),
}
FINISHED: dict[str, Callable[..., Any]] = {
    "make_runs": lambda **of: sim.make_runs(single(), **of),
    "run": lambda **of: sim.run(single(), **of),
    "compare": lambda **of: sim.compare(single(), single(), **of),
    "sweep": lambda **of: sim.sweep(pair(), **of),
    "persistence": lambda **of: sim.persistence(single(), **of),
    "validate": lambda **of: sim.validate(single(), nulls=False, **of),
}


def test_tables_of_countries_are_kept_of_few_runs_of_all_scenarios_together() -> None:
    names, most = ["baseline", "no-peers"], sources.MOST_WITH_COUNTRIES
    for count, runs, kept in ((1, most, True), (2, most // 2, True), (2, most // 2 + 1, False)):
        design = sources._design(names[:count], {"runs": runs}, None, None)
        assert design.keep.countries is kept


class AskedError(Exception):
    """Runs that would be made."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that returns all that runs of a study depend on, and makes none."""

    def stop(design: Any, *folder: Path, **how: Any) -> None:
        called = {name: bool(how.get(name)) for name in ("progress", "confirm", "fresh")}
        called["engine"] = how.get("engine")
        raise AskedError(identity(design), folder, how["workers"], called)

    monkeypatch.setattr(sources, "MOST_WITH_COUNTRIES", 4)  # more runs are drawn in seconds
    for module in (sources, waves):
        for name in {"run_design", "run_in_memory"} & {*vars(module)}:
            monkeypatch.setattr(module, name, stop)

    def ask(study: str, **options: Any) -> Any:
        with pytest.raises((AskedError, InputError, TypeError)) as caught:
            STUDIES[study](**options)
        return caught.value if caught.type is not AskedError else caught.value.args

    return ask


SLOW = ("calibrate", "sweep")


@pytest.mark.parametrize(
    "study", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in STUDIES]
)
def test_an_option_changes_the_runs_or_is_refused(
    study: str, asked: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "covariates.csv").write_text("iso3,year,readiness\nKEN,2005,0.2\n")
    (tmp_path / "known.csv").write_text("iso3,what,date\nKEN,adopted,2015\n")
    calls: list[Any] = []
    values = {
        "runs": 6, "seed": 7, "rng": 7, "set": {"contracts.term": 7}, "defaults": True,
        "mechanisms": EXAMPLE, "data": tmp_path, "known": tmp_path / "known.csv",
        "threads": 7, "cluster": "tcp://localhost:8786", "out": None, "fresh": True,
        "countries": True, "progress": True, "where": "region=South Asia", "confirm": print,
        "check": calls.append, "engine": "mesa",
    }  # fmt: skip
    assert values.keys() == sources.RunOptions.__annotations__.keys()
    usual = {"out": tmp_path / "out"} | ({} if study == "calibrate" else {"runs": 8})
    before = asked(study, **usual)
    assert isinstance(before, tuple), before
    idle = [name for name in values if asked(study, **usual | {name: values[name]}) == before]
    assert [name for name in idle if name != "check" or not calls] == []


@pytest.mark.parametrize("study", FINISHED)
def test_options_about_runs_are_refused_where_none_is_made(study: str) -> None:
    values = {
        "runs": 0, "seed": 99, "set": SHORT, "defaults": True, "mechanisms": EXAMPLE,
        "data": "nowhere", "known": "nowhere.csv", "threads": 2, "cluster": "tcp://localhost:8786",
        "countries": True, "engine": "mesa",
    }  # fmt: skip
    assert {*values} == {*sources.MAKING}
    for name, value in values.items():
        with pytest.raises((InputError, TypeError), match=r"cannot change finished|no argument"):
            FINISHED[study](**{name: value})
    assert sim.make_runs(single(), runs=RUNS, seed=1).n_runs == RUNS


def test_what_is_loaded_takes_no_values() -> None:
    scenario = sim.load_scenario("no-peers")
    for options in ({"mechanisms": EXAMPLE}, {"set": SHORT}):
        with pytest.raises(InputError, match="is loaded"):
            sim.make_runs(scenario, **options)
    with pytest.raises(InputError, match="in memory replace nothing"):
        sim.make_runs("baseline", fresh=True)


def test_a_report_says_how_many_runs_of_different_numbers_are_paired() -> None:
    few = sim.make_runs("no-peers", runs=RUNS - 1, set=SHORT)
    found = sim.compare(single(), few)
    assert found.blocks[0] == f"{RUNS - 1} paired runs (the first of {RUNS})."
    assert "paired runs (" not in str(report(pair(), ["working"]).blocks[0])


def test_a_scenario_beside_results_has_their_imposed_decisions(tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text("iso3,what,date,vendor\nTUV,adopted,2010-05,Huawei\n")
    imposed = sim.make_runs("baseline", runs=RUNS, set=SHORT, known=tmp_path / "known.csv")
    found = sim.compare(imposed, "no-peers", outcomes="adopters", set=SHORT)
    adopted = found.results.panel("adopted", [2010]).sel(country="TUV")
    assert adopted.to_numpy().all()
    parts = found.to_dict()["parts"]
    assert parts[0]["seeds"]["known"] == parts[1]["seeds"]["known"]
    assert parts[0]["data"] == parts[1]["data"]
    plain = sim.compare(single(), "no-peers", set=SHORT, known=tmp_path / "known.csv")
    assert "with imposed decisions (1)" in plain.blocks[0]


def test_tables_and_mechanisms_of_results_are_repeated_or_the_scenario_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "covariates.csv").write_text("iso3,year,readiness\nKEN,2005,0.2\n")
    options: dict[str, Any] = {"runs": RUNS, "set": SHORT, "data": tmp_path}
    tables = sim.make_runs("baseline", **options)
    with pytest.raises(InputError, match=f"data {tmp_path.name}: "):
        sim.compare(tables, "no-peers", set=SHORT)
    again = sim.compare(tables, "no-peers", set=SHORT, data=tmp_path).blocks
    assert "These parts differ" not in str(again)
    sim.make_runs("baseline", runs=RUNS, set=SHORT, mechanisms=EXAMPLE, out=tmp_path / "own")
    with pytest.raises(InputError, match=r"mechanisms? unpaid_fees\.py: "):
        sim.compare(tmp_path / "own", "no-peers", set=SHORT)
    own = sim.make_runs("baseline", runs=RUNS, set=SHORT, mechanisms=EXAMPLE)
    found = sim.compare(own, "no-peers", set=SHORT).to_dict()["parts"]
    assert found[0]["mechanisms"] == found[1]["mechanisms"]
