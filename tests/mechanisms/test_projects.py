"""Several projects a state: further cities under one contract, and what binds is their sum."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.mechanisms import contracts, procurement, system_lifecycle
from sim.model.mechanisms.contract_exit import cost_of_exit
from sim.model.mechanisms.market_access import whole_cost
from sim.model.mechanisms.tender import HIKVISION, HUAWEI, NO_VENDOR, WESTERN

from .builders import buyer, country, now, parameters, public

P = parameters()
EAGER = parameters(procurement__rate=1.0, procurement__step_to_integrated=-5.0)
RICH = {"known_purchase": 50.0, "budget": 1e6, "system_cost": 100.0, "stage": 3.0, "cities": 1.0}


def bought(p: Any = EAGER, runs: int = 200, **fields: Any) -> list[Any]:
    """States that could cover one more city, after a quarter."""
    states = []
    for run in range(runs):
        state = buyer(**{**RICH, **fields})
        procurement.step(state, public(), now(2015.25, run=run), p)
        states.append(state)
    return states


def test_a_further_city_is_bought_from_who_built_the_first() -> None:
    sold = [s for s in bought(large_cities=4.0) if s.sale_vendor != NO_VENDOR]
    assert sold
    for state in sold:
        assert (state.sale_vendor, state.sale_stage, state.sale_cities) == (HUAWEI, 3.0, 2.0)
        assert state.sale_price == pytest.approx(0.75 * 100.0 * P.procurement.city_cost)


def test_the_fewer_cities_are_left_the_rarer_one_is_bought_and_then_none() -> None:
    shares = [
        sum(s.sale_vendor != NO_VENDOR for s in bought(cities=cities, large_cities=4.0)) / 200
        for cities in (1.0, 2.0, 3.0, 4.0)
    ]
    assert shares == pytest.approx([0.75, 0.5, 0.25, 0.0], abs=0.1)
    assert shares[-1] == 0.0


def test_who_covers_no_further_city() -> None:
    """In arrears, with a small system, and waiting for credit."""
    small = {"stage": 1.0, "cities": 0.0, "known_purchase": -50.0}
    for fields in ({"out_of_service": 0.3, "unpaid": 1.0}, small, {"pending": 1.0}):
        assert all(s.sale_vendor == NO_VENDOR for s in bought(large_cities=9.0, runs=20, **fields))


def with_city(**fields: Any) -> Any:
    """A safe city of 100 million US$, five years before its end, and one more city for 50."""
    state = buyer(**{"cities": 1.0, "remaining": 20.0, "age": 6.0, **fields})
    state.sale_stage, state.sale_cities = 2.0, 2.0
    system_lifecycle.install(state, HUAWEI, 50.0, 50.0, now(), P)
    return state


def test_what_is_added_joins_the_contract() -> None:
    state = with_city()
    assert (state.opened, state.contract, state.switched) == (1, 1, 0)
    assert (state.capital, state.cities, state.debt) == (150.0, 2.0, 50.0)
    assert state.fee == pytest.approx(6.0 + 50.0 * P.contracts.fee)
    # Ends and ages are means by capital: one part of three is new.
    assert state.remaining == pytest.approx((2 * 20.0 + 4 * P.contracts.term) / 3)
    assert state.age == pytest.approx(4.0)
    assert (state.agreements, state.signed) == (1, 1)


def test_what_binds_is_the_sum_of_the_projects() -> None:
    one, two = buyer(cities=1.0, age=0.0), with_city(age=0.0)
    assert cost_of_exit(two, P) == pytest.approx(1.5 * cost_of_exit(one, P))
    assert whole_cost(country(system_cost=100.0), 2.0, 3.0, P) == pytest.approx(
        100.0 * (1.0 + P.procurement.pilot_cost + 2 * P.procurement.city_cost)
    )
    # Twice the cities need twice the operators: the share that the vendor trained is a share.
    one.vendor_staff, two.vendor_staff = 100.0, 200.0
    assert cost_of_exit(two, P) == pytest.approx(1.5 * cost_of_exit(one, P))
    contracts.serve(one, public(), now(), P)
    contracts.serve(two, public(), now(), P)
    assert two.vendor_staff - 200.0 == pytest.approx(2 * (one.vendor_staff - 100.0))


def test_leaving_leaves_all_cities_and_a_rival_builds_all_of_them() -> None:
    state = with_city(system_cost=100.0)
    only_west = parameters(china__offering=False)
    system_lifecycle.retender(state, public(), now(), only_west)
    assert (state.vendor, state.cities, state.switched) == (WESTERN, 2.0, 1.0)
    assert state.capital == pytest.approx(whole_cost(state, 2.0, 2.0, P))
    system_lifecycle.switch_off(state)
    assert (state.cities, state.stage, state.capital) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("vendor", "stage", "adopted", "platform"),
    [(HUAWEI, 1.0, 1, 0), (HUAWEI, 2.0, 1, 1), (HIKVISION, 3.0, 1, 1), (WESTERN, 2.0, 0, 0)],
)
def test_a_small_system_is_an_adoption_but_no_platform(
    vendor: int, stage: float, adopted: int, platform: int
) -> None:
    cities = 1.0 if stage > 1.0 else 0.0
    state = country(sale_stage=stage, sale_cities=cities)
    system_lifecycle.install(state, vendor, 50.0, 0.0, now(2012.5), P)
    assert (state.adopted, state.adopted_platform) == (adopted, platform)
    assert state.agreements == platform


def test_another_chinese_vendor_is_no_further_agreement() -> None:
    state = with_city()
    state.sale_stage, state.sale_cities = 2.0, 2.0
    system_lifecycle.install(state, HIKVISION, 150.0, 0.0, now(), P)
    assert (state.agreements, state.adopted_platform) == (1, 1)
    western = buyer(vendor=WESTERN, cities=1.0, sale_stage=2.0, sale_cities=1.0)
    system_lifecycle.install(western, HIKVISION, 150.0, 0.0, now(), P)
    assert western.agreements == 1


def test_an_offer_counts_while_china_would_keep_it() -> None:
    """Standing offers once made states buy Western systems after China had withdrawn."""
    state = country(offer_left=4.0)
    kept, void = (procurement.purchase_utility(state, 50.0, supply, P) for supply in (0.5, 0.0))
    assert kept > void == procurement.purchase_utility(country(), 50.0, 0.0, P)
