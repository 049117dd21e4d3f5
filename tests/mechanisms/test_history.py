"""History: observed inputs to 2024, then trends and chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from sim.engine.records import PAST
from sim.mechanisms import history
from sim.mechanisms.history import AUTHORITARIAN, FLAWED_DEMOCRACY, FULL_DEMOCRACY, HYBRID
from sim.world.history import EMBARGOES
from sim.world.seeds import shipped_seeds

from .builders import country, now, parameters

P = parameters()
TIES = ("relations", "defence_pact", "five_eyes", "eea", "rivalry", "home_vendor", "ban")
GRADES = ("defence_pact", "five_eyes", "eea")
"""Parts of `ally`."""
UNREAD = ("voice", "freedom", "protests", "chinese_finance")
"""Columns of which other inputs are made."""


def past(**series: list[float]) -> SimpleNamespace:
    """A history in which everything grows by one a year, but for what is given."""
    values = {name: [50.0 + year for year in range(25)] for name in PAST}
    values["democracy"] = [year / 4 for year in range(25)]
    values["conflict"] = values["sanctions"] = [0.0] * 25
    values["arms_embargo"] = values["trade_embargo"] = [0.0] * 25
    for name in TIES:
        values[name] = [float(year % 2) for year in range(25)]
    values["finance"] = [year / 5 for year in range(25)]
    return SimpleNamespace(**(values | series))


def test_cut_offs_belong_to_the_class_above() -> None:
    assert history.regime_of(10.0, P) == FULL_DEMOCRACY
    assert history.regime_of(P.history.full_democracy_from, P) == FULL_DEMOCRACY
    assert history.regime_of(P.history.flawed_democracy_from, P) == FLAWED_DEMOCRACY
    assert history.regime_of(P.history.hybrid_from, P) == HYBRID
    assert history.regime_of(P.history.hybrid_from - 1e-9, P) == AUTHORITARIAN
    assert history.regime_of(0.0, P) == AUTHORITARIAN


@pytest.mark.parametrize("year", [2000, 2001, 2013, 2024])
def test_history_is_observed_year_by_year(year: int) -> None:
    state, observed = country(), past()
    history.step(state, observed, observed, now(float(year)), P)
    for name in PAST:
        if name not in (*GRADES, *EMBARGOES, *UNREAD):
            assert getattr(state, name) == getattr(observed, name)[year - 2000], name
    assert state.embargo == history.embargo(0.0, 0.0, P)
    assert state.ally == history.alliance(year % 2, year % 2, year % 2, state.regime, P)
    assert state.urban_change == (1.0 if year > 2000 else 0.0)
    assert state.last_aid == state.oda_gni
    assert state.wealth == pytest.approx(math.log(state.gdp_pc / P.history.reference_income))


def test_memberships_add_up_and_a_pact_binds_a_democracy_more() -> None:
    h, grade = P.history, history.alliance
    assert grade(0.0, 0.0, 0.0, FLAWED_DEMOCRACY, P) == 0.0
    assert grade(1.0, 0.0, 0.0, FLAWED_DEMOCRACY, P) == 1.0
    assert grade(1.0, 0.0, 0.0, HYBRID, P) == h.hedging_grade < 1.0
    assert grade(1.0, 0.0, 1.0, FULL_DEMOCRACY, P) == 1.0 + h.eea_grade
    assert all(0.0 < grade(*ties, HYBRID, P) < 1.0 for ties in ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))


def held(state: Any) -> dict[str, Any]:
    return dict(vars(state))


def test_inputs_change_on_the_first_quarter_of_a_year_alone() -> None:
    state = country()
    history.step(state, past(), past(), now(2010.0), P)
    before = held(state)
    for date in (2010.25, 2010.5, 2010.75):
        history.step(state, past(), past(), now(date), P)
    assert held(state) == before


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


def dealt(codes: Sequence[str], p: Any = SHUFFLED, run: int = 0) -> list[int]:
    """Whose democracy score each state has."""
    countries = [country(code) for code in codes]
    history.permute_regimes(countries, now(2000.0, run=run), p)
    return [state.regime_row for state in countries]


@pytest.mark.parametrize("run", range(5))
def test_shuffled_regimes_are_a_permutation_in_which_nobody_keeps_its_own(run: int) -> None:
    rows = dealt(CODES, run=run)
    assert sorted(rows) == list(range(len(CODES)))
    assert all(row != own for own, row in enumerate(rows))


def test_regimes_are_dealt_out_when_a_run_begins_and_anew_in_each() -> None:
    countries = [country(code) for code in CODES]
    history.permute_regimes(countries, now(2000.0), SHUFFLED)
    before = [state.regime_row for state in countries]
    history.permute_regimes(countries, now(2000.25), SHUFFLED)
    assert [state.regime_row for state in countries] == before
    assert len({tuple(dealt(CODES, run=run)) for run in range(8)}) == 8


def test_memberships_begin_and_end_with_their_years() -> None:
    state = country(
        bri_year=2013.0,
        bri_exit_year=2023.0,
        sco_year=2017.0,
        borders_china=1.0,
    )
    peaceful = past(rivalry=[0.0] * 25)
    expected = {2008: (0, 1), 2013: (1, 1), 2017: (1, 2), 2022: (1, 2), 2023: (0, 2)}
    for year, (bri, strategic) in expected.items():
        history.step(state, peaceful, peaceful, now(float(year)), P)
        assert (state.bri, state.strategic) == (bri, strategic), year


def test_rivalry_cancels_what_makes_a_neighbour_strategic() -> None:
    state, hostile = country(borders_china=1.0, sco_year=2001.0), past(rivalry=[1.0] * 25)
    history.step(state, hostile, hostile, now(2010.0), P)
    assert state.strategic == 0.0


def test_an_embargo_on_trade_forbids_all_and_one_on_arms_a_part() -> None:
    strength = history.embargo
    assert strength(0.0, 0.0, P) == 0.0
    assert strength(1.0, 1.0, P) == strength(0.0, 1.0, P) == 1.0
    assert strength(0.5, 0.5, P) == 0.5
    assert 0.0 < strength(0.5, 0.0, P) < strength(1.0, 0.0, P) == P.history.arms_grade
    assert strength(1.0, 0.0, parameters(history__arms_grade=0.0)) == 0.0


def test_new_sanctions_forbid_goods_in_their_share_and_end_together() -> None:
    sure = parameters(history__sanction_onset=1.0, history__sanction_end=0.0)
    begun = []
    for run in range(500):
        state = country()
        history.step(state, past(), past(), now(2025.0, run=run), sure)
        assert state.sanctions == 1.0
        begun.append(state.embargo)
    assert set(begun) == {0.0, P.history.new_embargo}
    share = sum(1 for strength in begun if strength) / 500
    assert share == pytest.approx(P.history.sanction_embargo, abs=0.06)
    over = country(sanctions=1.0, embargo=1.0)
    history.step(over, past(), past(), now(2025.0), parameters(history__sanction_end=1.0))
    assert over.sanctions == over.embargo == 0.0
