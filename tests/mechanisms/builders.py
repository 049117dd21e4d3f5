"""Records for rules: plain objects with the fields and parameters that the mechanisms declare."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from sim.engine.records import NOW, plain, record_type, start_record, states_of
from sim.model.draws import COUNTRY_SHIFT, code_number
from sim.model.register import SHIPPED
from sim.scenario import Scenario
from sim.scenario.keys import of_point
from sim.scenario.resolve import derive

CODES = ["AGO", "BOL", "KEN", "SRB", "UZB", "ZMB"]
STATES = len(CODES)
"""States in a small world."""

USUAL = {
    "democracy": 6.0,
    "regime": 1,
    "gdp_pc": 5000.0,
    "population_k": 8000.0,
    "urban_share": 50.0,
    "economy": 40000.0,
    "budget": 400.0,
    "system_cost": 110.0,
    "relations": 1.0,
    "civil_space": 0.6,
    "course_access": 1.0,
    "large_cities": 1.0,
    "bri_year": 9999.0,
    "bri_exit_year": 9999.0,
    "sco_year": 9999.0,
    "considering": 1.0,
}
WORLD = {"price": 0.75, "technology": 1.0, "training_spread": 1.0, "purchase_spread": 1.0}
SYSTEM = {
    "installed": 1.0,
    "contract": 1.0,
    "opened": 1.0,
    "stage": 2.0,
    "cities": 1.0,
    "vendor": 0,
    "capital": 100.0,
    "fee": 6.0,
    "fee_rate": SHIPPED.sections["contracts"]().fee,
    "remaining": 20.0,
    "working": 1.0,
    "adopted": 1.0,
    "yearly_value": 25.0,
}


def parameters(**changes: Any) -> Any:
    """Parameters as rules read them: defaults, but for changes given as ``section__key``."""
    given = {name.replace("__", "."): value for name, value in changes.items()}
    scenario = Scenario("", "", "", tuple(of_point(given, SHIPPED)))
    records, _ = scenario.resolved([None])
    derive(records, SHIPPED)
    return plain(records[0, 0, 0])


@cache
def start(owner: str) -> Any:
    """The record of a state, an actor or the moment at the start of a run."""
    return plain(start_record(states_of()[owner], 1, STATES)[0])


def begun(owner: str) -> Any:
    """Such a record, whose fields and lists a test may change."""
    fields = vars(start(owner)).items()
    return SimpleNamespace(**{k: v.copy() if isinstance(v, list) else v for k, v in fields})


def country(code: str = "SRB", **fields: Any) -> Any:
    """A usual state without a system."""
    record = begun("country")
    record.counter = code_number(code) << COUNTRY_SHIFT
    return update(record, {**USUAL, **fields})


def buyer(code: str = "SRB", **fields: Any) -> Any:
    """A state with a working Chinese safe city under contract."""
    return country(code, **{**SYSTEM, **fields})


def public(**fields: Any) -> Any:
    """What all may know: technology on offer, prices a quarter below the Western."""
    return update(begun("public"), {**WORLD, **fields})


def china(**fields: Any) -> Any:
    return update(begun("china"), fields)


def west(**fields: Any) -> Any:
    return update(begun("west"), fields)


def now(
    date: float = 2015.0,
    *,
    elapsed: int | None = None,
    seed: int = 1,
    run: int = 0,
    changed: bool = False,
) -> Any:
    """A moment of a run that began in 2000; ``changed``: in which parameters change."""
    from sim.model.simulate import set_moment

    moment = begun("now")
    assert set(vars(moment)) == set(record_type(NOW, STATES).names)
    moment.seed = seed
    moment.last_observed_year = 2024
    quarter = round((date - 2000) * 4)
    set_moment(moment, run, 0, quarter, changed)
    if elapsed is not None:
        moment.elapsed = elapsed
    return moment


def update(record: Any, fields: dict[str, Any]) -> Any:
    """Set fields that the record has; a misspelt one is a mistake of the test."""
    unknown = set(fields) - set(vars(record))
    assert not unknown, f"no such field: {unknown}"
    for name, value in fields.items():
        setattr(record, name, value)
    return record
