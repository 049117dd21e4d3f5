"""History: observed inputs to 2024, then trends."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.engine.records import LENDING, PAST
from sim.model.mechanisms import history
from sim.model.mechanisms.documented import CONTRACTS, MOST_CONTRACTS
from sim.model.mechanisms.history import AUTHORITARIAN, FLAWED_DEMOCRACY, FULL_DEMOCRACY, HYBRID
from sim.world.history import EMBARGOES
from sim.world.seeds import shipped_seeds

from .builders import country, now, parameters

P = parameters()
TIES = ("relations", "defence_pact", "five_eyes", "eea", "rivalry", "home_vendor", "ban")
GRADES = ("defence_pact", "five_eyes", "eea")
"""Parts of `ally`."""
UNREAD = (
    "voice", "freedom", "protests", "battle_deaths", "chinese_finance", "state_finance",
    "lent_to_state", "earned", "related_years", "gpa",
)  # fmt: skip
"""Columns of which other inputs are made."""


def past(**series: list[float]) -> SimpleNamespace:
    """A history in which everything grows by one a year, but for what is given."""
    values = {name: [50.0 + year for year in range(25)] for name in PAST}
    values["democracy"] = [year / 4 for year in range(25)]
    values["conflict"] = values["sanctions"] = [0.0] * 25
    values["arms_embargo"] = values["trade_embargo"] = [0.0] * 25
    for name in TIES:
        values[name] = [float(year % 2) for year in range(25)]
    values["lent_to_state"] = [1.0] * 25
    values["earned"] = [100.0] * 25
    values |= dict.fromkeys(CONTRACTS, [-1.0] * MOST_CONTRACTS) | series
    values["related_years"] = [float(earned > 0.0) for earned in values["earned"]]
    for name in LENDING:
        values[name] = np.cumsum(values[name]).tolist()
    return SimpleNamespace(**values)


def test_cut_offs_belong_to_the_class_above() -> None:
    assert history.regime_of(10.0) == FULL_DEMOCRACY
    assert history.regime_of(history.FULL_DEMOCRACY_FROM) == FULL_DEMOCRACY
    assert history.regime_of(history.FLAWED_DEMOCRACY_FROM) == FLAWED_DEMOCRACY
    assert history.regime_of(history.HYBRID_FROM) == HYBRID
    assert history.regime_of(history.HYBRID_FROM - 1e-9) == AUTHORITARIAN
    assert history.regime_of(0.0) == AUTHORITARIAN


@pytest.mark.parametrize("year", [2000, 2001, 2013, 2024])
def test_history_is_observed_year_by_year(year: int) -> None:
    state, observed = country(), past()
    history.step(state, observed, observed, now(float(year)), P)
    for name in PAST:
        if name not in (*GRADES, *EMBARGOES, *UNREAD):
            assert getattr(state, name) == getattr(observed, name)[year - 2000], name
    deaths, people = observed.battle_deaths[year - 2000], observed.population_k[year - 2000]
    assert state.war_exposure == 1000.0 * deaths / people
    assert state.gpa == observed.gpa[year - 2000] * (1.0 - year % 2)
    assert state.embargo == history.embargo(0.0, 0.0, P)
    assert state.ally == history.alliance(year % 2, year % 2, year % 2, state.regime, P)
    assert state.urban_change == (1.0 if year > 2000 else 0.0)
    assert state.last_aid == state.oda_gni
    assert state.wealth == pytest.approx(math.log(state.gdp_pc / history.REFERENCE_INCOME))


def test_memberships_add_up_and_a_pact_binds_a_democracy_more() -> None:
    h, grade = P.history, history.alliance
    assert grade(0.0, 0.0, 0.0, FLAWED_DEMOCRACY, P) == 0.0
    assert grade(1.0, 0.0, 0.0, FLAWED_DEMOCRACY, P) == 1.0
    assert grade(1.0, 0.0, 0.0, HYBRID, P) == h.hedging_grade < 1.0
    assert grade(1.0, 0.0, 1.0, FULL_DEMOCRACY, P) == 1.0 + h.eea_grade
    assert all(0.0 < grade(*ties, HYBRID, P) < 1.0 for ties in ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))


def test_inputs_change_on_the_first_quarter_of_a_year_alone() -> None:
    state = country()
    history.step(state, past(), past(), now(2010.0), P)
    before = dict(vars(state))
    for date in (2010.25, 2010.5, 2010.75):
        history.step(state, past(), past(), now(date), P)
    assert vars(state) == before


def test_after_history_trends_take_over() -> None:
    state = country(gdp_pc=1000.0, population_k=100.0, urban_share=99.9, democracy=0.005)
    history.step(state, past(), past(), now(2025.0), P)
    assert state.gdp_pc == pytest.approx(1000.0 * (1 + P.history.income_growth))
    assert state.population_k == pytest.approx(100.0 * (1 + P.history.population_growth))
    assert state.urban_share == 100.0
    assert state.urban_change == pytest.approx(0.1)
    assert state.democracy == 0.0


def test_the_democracy_score_is_of_the_state_whose_regime_it_has() -> None:
    own, other = past(), past(democracy=[9.0] * 25)
    for year in (2000, 2010, 2024):
        state = country()
        history.step(state, own, other, now(float(year)), P)
        assert state.democracy == 9.0
        assert state.regime == FULL_DEMOCRACY
        assert state.gdp_pc == own.gdp_pc[year - 2000]


SHUFFLED = parameters(history__regimes_shuffled=True)
CODES = tuple(state.iso3 for state in shipped_seeds().countries)


def test_shuffled_regimes_are_a_permutation_in_which_nobody_keeps_its_own() -> None:
    for run in range(3):
        countries = [country(code) for code in CODES]
        history.permute_regimes(countries, now(2000.0, run=run), SHUFFLED)
        rows = [state.regime_row for state in countries]
        assert sorted(rows) == list(range(len(CODES)))
        assert all(row != own for own, row in enumerate(rows))


def test_memberships_begin_and_end_with_their_years() -> None:
    state = country(bri_year=2013.0, bri_exit_year=2023.0, sco_year=2017.0, borders_china=1.0)
    peaceful = past(rivalry=[0.0] * 25)
    expected = {2008: (0, 1), 2013: (1, 1), 2017: (1, 2), 2022: (1, 2), 2023: (0, 2)}
    for year, (bri, strategic) in expected.items():
        history.step(state, peaceful, peaceful, now(float(year)), P)
        assert (state.bri, state.strategic) == (bri, strategic), year


def test_an_embargo_on_trade_forbids_all_and_one_on_arms_a_part() -> None:
    strength = history.embargo
    assert strength(0.0, 0.0, P) == 0.0
    assert strength(1.0, 1.0, P) == strength(0.0, 1.0, P) == 1.0
    assert strength(0.5, 0.5, P) == 0.5
    assert 0.0 < strength(0.5, 0.0, P) < strength(1.0, 0.0, P) == P.history.arms_grade
    assert strength(1.0, 0.0, parameters(history__arms_grade=0.0)) == 0.0


@pytest.mark.parametrize("access", [0.0, 0.2, 1.0])
def test_war_takes_more_the_more_die_and_half_of_it_at_its_deaths(access: float) -> None:
    deaths = (0.0, 10.0, P.history.war_deaths, 1000.0, 1e9)
    left = [history.share_at_war(each, access, P) for each in deaths]
    assert left == sorted(left, reverse=True)
    assert left[0] == 1.0 and left[2] == pytest.approx((1.0 + access) / 2.0)
    assert left[-1] == pytest.approx(access, abs=1e-6)


@pytest.mark.parametrize("conflict", [0.0, 1.0, 2.0])
def test_after_history_no_conflict_begins_or_ends_and_each_is_as_heavy(conflict: float) -> None:
    series = past(conflict=[conflict] * 25)
    for run in range(5):
        state = country()
        history.step(state, series, series, now(2024.0), P)
        deaths = state.war_exposure
        for year in range(2025, 2040):
            history.step(state, series, series, now(float(year), run=run), P)
            assert (state.conflict, state.war_exposure) == (conflict, deaths)


def received(year: int, until: int = 17, p: Any = P, **series: list[float]) -> float:
    return history.finance_received(country(finance_until=until), past(**series), year, p)


def test_finance_is_that_to_the_state_of_the_last_years_with_relations() -> None:
    five = parameters(history__finance_years=5.0)
    assert received(0, p=five) == 0.0
    assert received(10, p=five) == pytest.approx(1.0)
    one = [0.0] * 25
    one[7] = 10.0
    lent = {"lent_to_state": one}
    assert [received(year, p=five, **lent) for year in (7, 8, 12, 13)] == pytest.approx(
        [0.0, 2.0, 2.0, 0.0]
    )
    part = parameters(history__finance_years=5.5)
    assert received(13, p=part, **lent) == pytest.approx(5.0 / 5.5)
    # Two years with relations count as five, of which the others had no loans.
    two = {"earned": [0.0] * 8 + [100.0] * 17, "lent_to_state": [0.0] * 8 + [1.0] * 17}
    assert received(10, p=five, **two) == pytest.approx(0.4)


def test_finance_counts_no_further_than_before_the_outcomes_that_it_could_follow() -> None:
    rising = {"lent_to_state": [float(year) for year in range(25)]}
    five = parameters(history__finance_years=5.0)
    assert received(18, p=five, **rising) == received(24, p=five, **rising) == pytest.approx(15.0)
    assert received(24, until=21, p=five, **rising) == pytest.approx(19.0)
