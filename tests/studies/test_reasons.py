"""Why one state and not another: terms add up, and point where the rules point."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

import sim
from sim.engine.records import PAST, STATIC
from sim.model import mechanisms
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.reasons import (
    ADOPTED,
    GROUPS,
    LEFT_OUT,
    PLATFORM,
    QUESTIONS,
    TOGETHER,
    TRAINED,
    Reasons,
)
from sim.world.seeds import load_seeds

SEEDS = load_seeds()
CODES = [state.iso3 for state in SEEDS.countries]
BASE = load_scenario("baseline")
REASONS = Reasons.of(BASE, None, SEEDS, 2024)


def compared(rows: list[int]) -> Reasons:
    """The same of some countries alone, as all take long."""
    few = replace(REASONS)
    inputs = [REASONS.inputs[row] for row in rows]
    vars(few).update(inputs=inputs, wholes=REASONS.wholes[rows])
    return few


POINTS = [
    ("IND", "rivalry with China", TRAINED, -1),
    ("IND", "rivalry with China", PLATFORM, -1),
    ("GTM", "relations with Beijing", TRAINED, -1),
    ("GTM", "relations with Beijing", ADOPTED, -1),
    ("KEN", "relations with Beijing", TRAINED, 1),
    ("LAO", "Chinese finance", PLATFORM, 1),
    ("SGP", "procurement agreement", TRAINED, -1),
    ("SGP", "procurement agreement", PLATFORM, -1),
    ("SYR", "conflict and protest", PLATFORM, -1),
    ("FRA", "Western alliance", TRAINED, -1),
    ("FRA", "Western alliance", PLATFORM, -1),
    ("GBR", "ban on Chinese vendors", PLATFORM, -1),
    ("GBR", "own vendors", PLATFORM, -1),
    ("PRK", "closed economy", ADOPTED, -1),
    ("KAZ", "neighbour or partner", TRAINED, 1),
    ("KAZ", "Belt and Road", TRAINED, 1),
    ("IRN", "Western sanctions", ADOPTED, 1),
    ("JPN", "crime", TRAINED, -1),
]
"""The sign of what a group adds to a country's propensity."""


@cache
def some() -> tuple[Reasons, dict[str, int]]:
    """The countries named here and every eighth, as all take long, with the place of each."""
    named = ["USA", "TUV", *(code for code, *_ in POINTS)]
    rows = sorted({*map(CODES.index, named), *range(0, len(CODES), 8)})
    return compared(rows), {CODES[row]: place for place, row in enumerate(rows)}


@cache
def terms(code: str) -> dict[str, dict[str, float]]:
    few, place = some()
    return few.terms(place[code])


@pytest.mark.parametrize("code", ["USA", "KEN", "TUV"])
def test_terms_add_up_to_what_is_beyond_the_mean(code: str) -> None:
    few, place = some()
    beyond = few.wholes[place[code]] - few.wholes.mean(axis=0)
    for at, question in enumerate(QUESTIONS):
        assert set(terms(code)[question]) == {*GROUPS, TOGETHER}
        assert sum(terms(code)[question].values()) == pytest.approx(beyond[at])


def test_what_a_group_adds_is_nothing_on_average() -> None:
    """And income adds more where it is rarer."""
    few = compared([*range(0, len(CODES), 16)])
    added = [few.terms(row) for row in range(len(few.inputs))]
    for question in QUESTIONS:
        for group in GROUPS:
            assert sum(of[question][group] for of in added) == pytest.approx(0.0, abs=1e-9), group
    income = [of[TRAINED]["income"] for of in added]
    assert spearmanr(income, [of["gdp_pc"][-1] for of in few.inputs]).statistic < -0.5


@pytest.mark.parametrize(("code", "group", "question", "sign"), POINTS)
def test_terms_point_where_the_rules_point(code: str, group: str, question: str, sign: int) -> None:
    assert sign * terms(code)[question][group] > 0.02


def test_bars_on_purchases_say_nothing_of_courses() -> None:
    for group in ("ban on Chinese vendors", "own vendors"):
        assert terms("USA")[TRAINED][group] == 0.0


def test_every_input_that_a_rule_reads_belongs_to_one_group() -> None:
    """A column that a rule begins to read has to be given to a group."""
    named = [name for group in GROUPS.values() for name in group]
    assert len(named) == len(set(named))
    read = {
        node.attr
        for path in Path(mechanisms.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    inputs = {state.name for state in STATIC} | set(PAST)
    assert {*named, *LEFT_OUT} <= inputs
    assert inputs & read <= {*named, *LEFT_OUT}


def test_leanings_rank_states_as_histories_do() -> None:
    """Without it the terms would explain something that the model does not do."""
    results = sim.make_runs("baseline", runs=40, defaults=True, set={"horizon.end": 2025})
    fields = (("trained", 0.8), ("adopted", 0.6), ("adopted_platform", 0.7))
    for at, (field, least) in enumerate(fields):
        share = results.panel(field, 2025).isel(point=0).mean(["run", "year"])
        assert spearmanr(REASONS.wholes[:, at], share).statistic > least


def test_the_mean_of_the_plausible_sets_is_used_where_runs_used_them() -> None:
    sets = shipped_plausible()
    assert sets is not None
    mean = Reasons.of(BASE, sets, SEEDS, 2024)
    assert "plausible" in mean.words and "plausible" not in REASONS.words
    assert not np.allclose(mean.wholes, REASONS.wholes)


def test_years_before_and_after_what_was_observed() -> None:
    assert Reasons.of(BASE, None, SEEDS, 2040).year == SEEDS.last_year
    early = Reasons.of(BASE, None, SEEDS, 1990)
    assert early.year == 2000 and np.isfinite(early.wholes).all()
