"""Procurement: who buys the next stage, from whom, at what price."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.arithmetic import logistic_deviate
from sim.model.mechanisms import market_access, procurement, tender
from sim.model.mechanisms.history import REFERENCE_INCOME
from sim.model.mechanisms.market_access import whole_cost
from sim.model.mechanisms.purchase_utility import never_buys, purchase_utility
from sim.model.mechanisms.tender import (
    DAHUA,
    HIKVISION,
    HUAWEI,
    NO_VENDOR,
    OTHER_CHINESE,
    WESTERN,
    chinese_vendor,
    chinese_win_chance,
)

from .builders import buyer, country, now, parameters, public

P = parameters()
SHARES = st.floats(0.0, 1.0)
DRAWS = [(k + 0.5) / 1000 for k in range(1000)]
EAGER = parameters(procurement__rate=1.0)


PULLS = ("need", "trust", "norm", "offer_left", "lasting_purchase", "known_purchase")


@pytest.mark.parametrize("field", [*PULLS, "condition_weight", "sovereignty"])
def test_what_pulls_and_what_holds_back(field: str) -> None:
    low, high = (purchase_utility(country(**{field: v}), 50.0, 1.0, P) for v in (0.0, 1.0))
    assert (high > low) == (field in PULLS) and high != low


@given(st.floats(0.0, 1e5), st.floats(0.1, 1e4))
def test_a_dearer_system_is_wanted_less(price: float, more: float) -> None:
    state = country()
    assert purchase_utility(state, price + more, 1.0, P) <= purchase_utility(state, price, 1.0, P)


@pytest.mark.parametrize(
    ("fields", "pilot", "platform"),
    [
        ({"conflict": 2.0}, 1.0, 1.0),
        ({"relations": 0.0}, P.procurement.no_relations_access, P.procurement.no_relations_access),
        ({"closed": 1.0}, P.procurement.closed_access, P.procurement.closed_access),
        ({"population_k": P.procurement.half_towns, "urban_share": 100.0}, 1.0, 0.5),
        ({"population_k": P.procurement.half_towns, "urban_share": 0.0}, 1.0, 0.0),
        ({"ally": 1.0}, 1.0, P.procurement.ally_access),
        ({"gpa": 1.0}, 1.0, P.procurement.gpa_access),
        ({"gpa": 1.0, "ally": 1.0}, 1.0, P.procurement.gpa_access * P.procurement.ally_access),
        ({"rivalry": 1.0}, 1.0, P.procurement.rival_access),
        ({"home_vendor": 1.0}, 1.0, P.procurement.home_vendor_access),
        ({"banned": 1.0}, P.procurement.ban_access_pilot, P.procurement.ban_access),
    ],
    ids=str,
)
def test_gates_leave_their_share_and_some_bind_platforms_alone(
    fields: dict[str, float], pilot: float, platform: float
) -> None:
    """Over all draws of the door of politics, which is open or shut for good."""
    state = country(**{"gdp_pc": 1e6, "population_k": 1e12, **fields})
    procurement.update(state, now(2020.0), P)
    for stage, left in ((1.0, pilot), (2.0, platform), (3.0, platform)):
        supplies = []
        for state.politics_draw in DRAWS:
            market_access.set_market_access(state, stage, 100.0, 0.75, P)
            supplies.append(procurement.chinese_supply(state, public(), P))
        assert sum(supplies) / len(DRAWS) == pytest.approx(left, abs=0.0005)
        assert len(set(supplies)) <= 2


def test_war_is_a_door_that_opens_as_it_is_forgotten() -> None:
    half = (1.0 + P.procurement.war_access) / 2.0
    state = country(war_exposure=P.history.war_deaths, war_draw=half + 0.001, closed=1.0)
    assert shut(state, 2015.0)
    state.war_exposure = 0.0
    assert not shut(state, 2016.0)
    assert state.foreign_access == pytest.approx(P.procurement.closed_access)
    state.war_exposure, state.war_draw = 50.0 * P.history.war_deaths, 0.5
    assert shut(state, 2017.0)
    state.war_exposure = 0.0
    years = [year for year in range(2018, 2060) if shut(state, float(year))]
    assert years == list(range(2018, 2018 + len(years))) and 10 < len(years) < 40
    # Another draw: sellers who stay in the heaviest war.
    state.war_exposure, state.war_draw = 1e5, P.procurement.war_access - 0.01
    assert not shut(state, 2060.0)


def shut(state: Any, year: float) -> bool:
    """Whether war shuts the country out in a year."""
    procurement.update(state, now(year), P)
    return bool(state.foreign_access == 0.0)


def test_two_doors_lead_to_a_country_the_market_and_chinese_finance() -> None:
    """Where a market does not repay the cost of entry, Chinese finance alone opens the door."""

    def access(market_draw: float, finance_draw: float) -> tuple[float, float]:
        state = country(
            budget=P.procurement.half_market, economy=1000.0, finance=1.5 / P.procurement.half_loan,
            system_cost=1.0, market_draw=market_draw, finance_draw=finance_draw,
        )  # fmt: skip
        # The price is 15 million: half of such loans go through; half of such markets repay.
        market_access.set_market_access(state, 2.0, 20.0, 0.75, P)
        return state.chinese_access, state.western_access

    assert access(0.49, 0.99)[0] == access(0.49, 0.01)[0] == access(0.51, 0.49)[0] == 1.0
    assert access(0.49, 0.99)[1] > 0.0
    assert access(0.51, 0.49)[1] == 0.0
    assert access(0.51, 0.51) == (0.0, 0.0)


def test_a_vendor_in_the_country_has_paid_for_its_entry() -> None:
    for vendor in (HUAWEI, WESTERN):
        state = buyer(vendor=vendor, market_draw=1.0, finance_draw=1.0)
        market_access.set_market_access(state, 2.0, 20.0, 0.75, P)
        assert (state.chinese_access > 0.0) is (vendor == HUAWEI)
        assert (state.western_access > 0.0) is (vendor == WESTERN)


def test_larger_markets_and_more_finance_open_more_doors() -> None:
    budgets = (10.0, P.procurement.half_market, 1e5)
    markets = [market_access.market_share(country(budget=b), P) for b in budgets]
    assert markets == sorted(markets) and markets[1] == pytest.approx(0.5)
    state = country(economy=1000.0, finance=1.0 / P.procurement.half_loan, system_cost=1.0)
    loans = [market_access.finance_share(state, price, P) for price in (1.0, 10.0, 100.0, 1e6)]
    assert loans == sorted(loans, reverse=True) and loans[1] == pytest.approx(0.5)
    state.system_cost = 10.0  # nobody lends for less than a safe city
    assert market_access.finance_share(state, 1.0, P) == loans[1]
    aided = country(budget=2.0 * P.procurement.half_market, oda_gni=market_access.OWN_REVENUE)
    assert market_access.market_share(aided, P) == pytest.approx(0.5)  # donors pay half of it
    open_markets = parameters(procurement__half_market=0.0)
    assert market_access.market_share(country(budget=1.0), open_markets) == 1.0


def test_doors_are_drawn_once_in_a_run() -> None:
    state, drawn = country(), set()
    for quarter in range(160):
        market_access.draw_doors(state, now(2000.0 + quarter / 4))
        doors = state.market_draw, state.finance_draw, state.politics_draw, state.war_draw
        drawn.add(doors)
    assert len(drawn) == 1
    assert len(set(drawn.pop())) == 4


def on_credit(p: Any = P, **fields: Any) -> float:
    """Share of draws with which a country takes credit for a price of 10 million."""
    lent = {"economy": 1000.0, "finance": 1.0, "system_cost": 10.0}
    lent["wealth"] = math.log(fields.get("gdp_pc", 5000.0) / REFERENCE_INCOME)
    return sum(
        market_access.takes_credit(country(**{**lent, **fields}, finance_draw=draw), 10.0, p)
        for draw in DRAWS
    ) / len(DRAWS)


def test_credit_is_for_who_cannot_pay_and_for_the_poor_who_choose_it() -> None:
    need = on_credit(budget=10.0)
    assert 0.0 < need < 1.0
    half, rich = market_access.CHOICE_INCOME, 100.0 * market_access.CHOICE_INCOME
    for income, share in ((1.0, 1.0), (half, 0.5), (rich, 0.0)):
        taken = on_credit(budget=1e6, gdp_pc=income)
        assert taken == pytest.approx(share * P.procurement.credit_choice * need, abs=0.002)
    assert on_credit(budget=1e6, gdp_pc=1.0, relations=0.0) == 0.0
    assert on_credit(parameters(procurement__credit_choice=0.0), budget=1e6, gdp_pc=1.0) == 0.0
    assert on_credit(parameters(china__credit=False), budget=10.0) == 0.0


@pytest.mark.parametrize(("year", "ready"), [(2012.0, 0.0), (2014.0, 0.5), (2030.0, 1.0)])
def test_platforms_for_cash_come_later_than_on_credit(year: float, ready: float) -> None:
    rich = {"gdp_pc": 1e6, "population_k": 1e9, "finance_draw": 0.5}
    state = country(**rich)
    procurement.update(state, now(year), P)
    for stage, access in ((1.0, 1.0), (2.0, ready), (3.0, ready)):
        market_access.set_market_access(state, stage, 100.0, 0.75, P)
        assert state.chinese_access == pytest.approx(access * state.town_access, rel=1e-3)
        assert state.western_access == pytest.approx(state.town_access, rel=1e-3)
    borrower = country(**{**rich, "gdp_pc": 100.0}, wealth=-4.0, finance=10.0)
    procurement.update(borrower, now(year), P)
    market_access.set_market_access(borrower, 2.0, 100.0, 0.75, P)
    assert borrower.chinese_access == borrower.town_access


def test_who_leans_least_to_buy_never_buys() -> None:
    p = parameters(procurement__never_share=0.25)
    leanings = [logistic_deviate((at + 0.5) / 1000, 1.0) for at in range(1000)]
    never = [never_buys(country(unscaled_purchase=leaning), p) for leaning in leanings]
    assert sum(never) == 250 and never == sorted(never, reverse=True)
    none = parameters(procurement__never_share=0.0)
    assert not never_buys(country(unscaled_purchase=-20.0), none)


def upgraded(vendor: int, **given: Any) -> Any:
    """A state that bought the step to an integrated platform from a vendor."""
    fields = {"vendor": HUAWEI, "unscaled_purchase": 50.0, "budget": 1e6, "system_cost": 100.0}
    for run in range(400):
        state = buyer(**fields, **given)
        procurement.step(state, public(purchase_spread=1.0), now(2015.25, run=run), EAGER)
        if state.sale_vendor == vendor:
            return state
    raise AssertionError(f"vendor {vendor} never wins")


def test_a_rival_builds_the_whole_system_anew_to_which_the_incumbent_only_adds() -> None:
    """A rival was once paid the last step alone, so that capital, fee and exit cost shrank."""
    own, rival = upgraded(HUAWEI), upgraded(WESTERN)
    assert own.sale_price == pytest.approx(0.75 * 100.0 * P.procurement.integrated_cost)
    assert rival.sale_price == pytest.approx(whole_cost(rival, 3.0, 1.0, P))
    assert rival.sale_price > 100.0 * (1.0 + P.procurement.integrated_cost)


def test_price_trust_friends_and_credit_win_a_tender_and_western_quality_and_money_lose_it() -> (
    None
):
    def chance(price: float = 0.75, credit: bool = False, p: Any = P, **fields: float) -> float:
        state = country(chinese_access=0.5, western_access=0.5, **fields)
        return chinese_win_chance(state, public(price=price), credit, p)

    for better in (chance(0.65), chance(trust=1.0), chance(alignment=0.5), chance(credit=True)):
        assert chance() < better < 1.0
    for against in ({"procurement__quality_gap": 2.0}, {"west__subsidy": 0.5}):
        assert 0.0 < chance(p=parameters(**against)) < chance()
    assert chance(price=3.0, embargo=1.0) == 1.0, "nobody else bids"


def test_who_cannot_pay_at_once_finds_fewer_western_sellers() -> None:
    for budget, share in ((1e6, 1.0), (1.0, P.procurement.western_credit)):
        state = country(budget=budget, market_draw=-1.0)
        market_access.set_market_access(state, 1.0, 50.0, 0.75, P)
        assert state.western_access == share


def test_security_takes_a_larger_share_of_a_rich_economy() -> None:
    poor, rich = country(), country(wealth=1.0)
    for state in (poor, rich):
        procurement.update(state, now(2000.0), P)
    assert rich.budget == pytest.approx(poor.budget * math.exp(P.procurement.budget_income))


@pytest.mark.parametrize("sells", [True, False])
def test_chinese_vendors_win_by_weight(sells: bool) -> None:
    p = parameters(procurement__huawei_sells=sells)
    found = [chinese_vendor(draw, p) for draw in DRAWS]
    names = ("HUAWEI", "HIKVISION", "DAHUA", "OTHER")
    huawei, *others = (getattr(tender, f"{name}_WEIGHT") for name in names)
    assert huawei + sum(others) == pytest.approx(1.0)
    weights = np.array([huawei * sells, *others])
    counts = [found.count(vendor) for vendor in (HUAWEI, HIKVISION, DAHUA, OTHER_CHINESE)]
    assert counts == pytest.approx(1000 * weights / weights.sum(), abs=1)


def lost(cost: float, whole: float) -> int:
    """Of a thousand draws, those in which an upgrade is tendered afresh."""
    held = buyer(exit_cost=cost)
    return sum(tender.incumbent_loses(held, 50.0, whole, at / 1000, P) for at in range(1000))


def test_the_dearer_leaving_the_rarer_a_fresh_tender() -> None:
    for one, dearer in pairwise(lost(cost, 60.0) for cost in (60.0, 70.0, 80.0, 100.0)):
        assert one > dearer > 0
    assert lost(0.0, 60.0) == lost(60.0, 60.0), "new equipment counts once"


@pytest.mark.parametrize("embargo", [0.0, 0.5, 1.0])
def test_an_embargo_takes_its_share_of_western_supply_and_a_whole_one_all(embargo: float) -> None:
    usual, barred = (country(western_access=1.0, embargo=strength) for strength in (0.0, embargo))
    supply = tender.western_supply(usual, public(), P)
    assert supply > 0.0
    assert tender.western_supply(barred, public(), P) == pytest.approx(supply * (1.0 - embargo))


def test_who_needs_credit_waits_for_it() -> None:
    poor = country(unscaled_purchase=50.0, budget=10.0, embargo=1.0, finance=1e4)
    sanctioned = parameters(procurement__rate=1.0, procurement__application_years=1000.0)
    procurement.step(poor, public(purchase_spread=1.0), now(2015.25), sanctioned)
    assert poor.pending == 1.0
    assert poor.credit_wanted == pytest.approx(110.0 * P.procurement.pilot_cost * 0.75)
    assert poor.sale_vendor == NO_VENDOR
    wanted = poor.credit_wanted
    procurement.step(poor, public(), now(2015.5), sanctioned)
    assert poor.pending == 1.0
    poor.credit = 1.0
    procurement.step(poor, public(), now(2015.75), sanctioned)
    assert poor.sale_vendor in (HUAWEI, HIKVISION, DAHUA, OTHER_CHINESE)
    assert (poor.sale_price, poor.sale_credit, poor.sale_stage) == (wanted, wanted, 1.0)
    assert poor.pending == poor.credit_wanted == 0.0


def test_who_does_not_buy() -> None:
    """Where it is off, at a rate of 0, without a deeper step, and in arrears."""
    wish = {"unscaled_purchase": 50.0}
    for state, p in (
        (country(**wish), parameters(procurement__active=False)),
        (country(**wish), parameters(procurement__rate=0.0)),
        (buyer(**wish, stage=3.0), EAGER),
        (buyer(**wish, out_of_service=0.3, unpaid=1.0), EAGER),
    ):
        procurement.step(state, public(purchase_spread=1.0), now(2015.25), p)
        assert (state.sale_vendor, state.pending) == (NO_VENDOR, 0.0)


def test_a_western_system_is_subsidised() -> None:
    p = parameters(procurement__rate=1.0, west__subsidy=0.4, procurement__western_supply=1.0)
    state = country(unscaled_purchase=50.0, relations=0.0, budget=4000.0)
    p.procurement.no_relations_access = 0.0
    procurement.step(state, public(purchase_spread=1.0), now(2015.25), p)
    assert state.sale_vendor == WESTERN
    # The vendor gets, and the capital sunk is, the whole price: the West pays a share of it.
    assert state.sale_price == pytest.approx(110.0 * P.procurement.pilot_cost)
