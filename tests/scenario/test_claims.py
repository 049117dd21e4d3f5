"""The values of shipped scenarios do what the scenarios' words say, in every plausible set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import sim
from sim.engine import prepare
from sim.model.register import SHIPPED
from sim.scenario import BASELINE, Scenario, list_scenarios, load_scenario, shipped_names
from sim.scenario.describe import find_warnings
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.resolve import split_key
from sim.world import find_data_folder

RAISES, LOWERS = 1, -1
NULLS = {"bass", "common-cause", "copying-only", "regime-blind"}
"""Null models take away what they lack, or fit a level: their words name no direction."""
STORYLINES = {each["name"] for each in list_scenarios() if each["kind"] == "storyline"}
"""Their values say from where they were moved, and `test_storylines.py` what follows."""
CLAIMS: Mapping[tuple[str, str], tuple[int, float | None]] = {
    ("ai-leap", "market.ai_leap"): (RAISES, None),
    ("aid-closure-2025", "west.aid_growth"): (LOWERS, None),
    ("aid-closure-2025", "west.aid_growth_africa"): (LOWERS, None),
    ("aid-restored-2030", "west.aid_floor"): (RAISES, None),
    ("backsliding-wave", "history.democracy_trend.plus"): (LOWERS, None),
    ("baseline", "china.epoch"): (RAISES, None),
    ("baseline", "china.courses_open"): (LOWERS, 0.12),
    ("baseline", "west.ban_rate"): (RAISES, None),
    ("baseline", "west.aid_growth"): (LOWERS, None),
    ("baseline", "west.aid_growth_africa"): (LOWERS, None),
    ("bri-slowdown", "china.course_growth_security_initiative.plus"): (LOWERS, None),
    ("bri-slowdown", "china.credit_a_year.times"): (LOWERS, 0.2),
    ("contracts-of-three-years", "contracts.term"): (LOWERS, None),
    ("data-leak", "society.leak_now"): (RAISES, None),
    ("dated-shocks", "contracts.distress"): (RAISES, 4.0),
    ("dated-shocks", "contracts.restoration_rate.times"): (LOWERS, 0.4),
    ("dated-shocks", "society.leak_now"): (RAISES, None),
    ("debt-crisis", "contracts.distress"): (RAISES, 4.0),
    ("debt-crisis", "contracts.restoration_rate.times"): (LOWERS, 0.4),
    ("democratic-wave", "history.democracy_trend.plus"): (RAISES, None),
    ("exit-fund", "west.exit_paid"): (RAISES, None),
    ("export-controls", "market.price.times"): (RAISES, 1.15),
    ("export-controls", "procurement.quality_gap.plus"): (RAISES, None),
    ("maintenance-fund-in-africa", "west.fees_paid"): (RAISES, None),
    ("no-exit-cost", "contracts.exit_cost"): (LOWERS, 0.0),
    ("offer-withdrawn-no-exit-cost", "contracts.exit_cost"): (LOWERS, 0.0),
    ("offer-withdrawn-better-option", "contracts.choice_precision"): (RAISES, None),
    ("offer-withdrawn-fees-paid", "contracts.missed_payment_rate"): (LOWERS, 0.0),
    ("offer-doubled", "china.course_growth_security_initiative.plus"): (RAISES, None),
    ("offer-doubled", "china.credit_a_year.times"): (RAISES, 2.0),
    ("open-standards", "contracts.open_standards"): (RAISES, None),
    ("open-standards-in-asean", "contracts.open_standards"): (RAISES, None),
    ("pandemic", "china.courses_open"): (LOWERS, 0.12),
    ("rival-20-percent-cheaper", "west.subsidy.plus"): (RAISES, None),
    ("serbia-leaves", "contracts.exit_cost"): (LOWERS, 0.0),
    ("serbia-leaves", "west.subsidy"): (RAISES, None),
    ("training-by-others", "training.rate.times"): (LOWERS, 0.5),
    ("training-surge", "china.course_growth_security_initiative.plus"): (RAISES, None),
    ("us-aid-ends-2025", "west.aid_growth.plus"): (LOWERS, None),
    ("us-aid-ends-2025", "west.aid_growth_africa.plus"): (LOWERS, None),
    ("vendor-bans", "west.ban_rate.times"): (RAISES, 10.0),
    ("vendor-bans", "west.replace_rate.plus"): (RAISES, None),
    ("western-counter-offer", "west.sessions_a_year.times"): (RAISES, 2.0),
    ("western-counter-offer", "west.subsidy"): (RAISES, None),
    ("western-counter-offer", "procurement.western_supply"): (RAISES, None),
    ("western-training-doubled", "west.sessions_a_year.times"): (RAISES, 2.0),
}
"""What the words say a value does, and to which multiple of its usual value if they say so."""


def numbers(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the parameters that are set in a table, but for switches, by dotted key."""
    for key, value in table.items():
        dotted = f"{path}{key}"
        if isinstance(value, dict) and key not in ("where", "vendor", "horizon"):
            yield from numbers(value, f"{dotted}.")
        elif path.partition(".")[0] in SHIPPED.sections and type(value) in (int, float):
            yield dotted, float(value)


def values_of(scenario: str) -> list[tuple[str, float]]:
    """Return what a shipped scenario's own file sets."""
    path = find_data_folder("scenarios") / f"{scenario}.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return [pair for table in (tables, *tables.get("events", [])) for pair in numbers(table)]


def usual(key: str) -> tuple[list[float], float]:
    """Return a parameter's default with its value in every plausible set, and their mean."""
    default = float(SHIPPED.parameters[key].default)
    sets = shipped_plausible()
    if key not in sets.columns:
        return [default], default
    column = sets.columns[key]
    mean = sum(w * value for w, value in zip(sets.weights, column, strict=True))
    return [default, *column], mean


@pytest.mark.parametrize("scenario", sorted({*shipped_names()} - NULLS - STORYLINES))
def test_values_do_what_the_scenario_says(scenario: str) -> None:
    for key, value in values_of(scenario):
        assert (scenario, key) in CLAIMS, f"{scenario} sets {key}: say what its words claim"
        sign, times = CLAIMS[scenario, key]
        _, how = split_key(key)
        if how:  # relative: the sign of the change is that in every set of positive values
            assert sign * (value - (how == "times")) > 0.0 and times in (None, value)
            continue
        others, mean = usual(key)
        # Three years lie within the range of terms: they are shorter than its mean and the default.
        asked = [others[0], mean] if scenario == "contracts-of-three-years" else others
        against = [other for other in asked if sign * (value - other) <= 0.0]
        assert not against, f"{scenario}: {key} = {value} against {against}"
        if times is not None:
            assert value == pytest.approx(times * mean, rel=0.01)


ABSOLUTE = ("contracts-of-three-years", "aid-closure-2025")
"""Their words name the number that all runs then have."""


def test_policies_and_shocks_leave_the_uncertainty_of_the_runs_and_stay_within_bounds() -> None:
    for name in {*shipped_names()} - {*ABSOLUTE}:
        scenario = load_scenario(name)
        assert not find_warnings(scenario), name
        # Bounds bind one parameter at a time: at its least and its largest value.
        sets, relative = shipped_plausible(), {path for path, how in changes(scenario) if how}
        columns = [sets.columns[path] for path in sorted(relative & sets.columns.keys())]
        rows = {column.index(end(column)) for column in columns for end in (min, max)}
        points = [scenario.beneath(sets.values(row)) for row in rows]
        assert points or not columns
        prepare(scenario, 1, points or [{}])


def changes(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield each parameter that values for some countries or events change, and how."""
    for given in scenario.assignments:
        if "." in given.bare and not given.is_usual:
            yield given.bare, given.how


DONORS_PAY = (
    "exit-fund", "maintenance-fund-in-africa", "rival-20-percent-cheaper", "western-counter-offer",
)  # fmt: skip


@pytest.mark.parametrize("name", DONORS_PAY)
def test_what_donors_pay_by_the_words_is_counted(name: str) -> None:
    results = sim.make_runs(name, runs=4, set={"horizon.end": 2031})
    (paid,) = results.values("donors_paid", years=2031).to_numpy()[:, :, 0]
    assert (paid > 0.0).all()


def test_no_claim_is_left_of_a_value_that_is_gone() -> None:
    there = {(name, key) for name in shipped_names() for key, _ in values_of(name)}
    assert not CLAIMS.keys() - there


def test_each_question_names_an_outcome_or_a_verb_that_answers_it() -> None:
    for scenario in list_scenarios():
        named = {*re.findall(r"[a-z_]+", " ".join(re.findall(r"\((.*?)\)", scenario["question"])))}
        known = named & {*SHIPPED.register, "persistence", "country"}
        assert known or scenario["name"] == BASELINE, scenario["name"]
