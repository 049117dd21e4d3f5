"""Training: who asks, and what a course leaves behind."""

from __future__ import annotations

import math

import pytest

from sim.model.mechanisms import training
from sim.model.mechanisms.history import REFERENCE_INCOME

from .builders import country, now, parameters, public

P = parameters()


PULLS = ("need", "exposure", "dependence",
         "lasting_training", "known_training")  # fmt: skip


@pytest.mark.parametrize("field", [*PULLS, "condition_weight"])
def test_what_pulls_and_what_holds_back(field: str) -> None:
    low, high = (training.training_utility(country(**{field: v}), P) for v in (0.0, 1.0))
    assert (high > low) == (field in PULLS) and high != low


def test_the_rich_lean_less_to_courses() -> None:
    poor, rich = (training.training_known(country(wealth=v), P) for v in (0.0, 1.0))
    assert rich == pytest.approx(poor - P.training.wealth_weight)


def test_alliance_rivalry_and_a_closed_economy_leave_their_shares() -> None:
    t, gates = P.training, P.procurement
    rival = gates.rival_access**t.gate_strength
    assert training.share_of_courses(country(), P) == 1.0
    for fields, left in (
        ({"ally": 1.0}, t.ally_access),
        ({"ally": 0.5}, t.ally_access**0.5),
        ({"rivalry": 1.0}, rival),
        ({"closed": 1.0}, gates.closed_access**t.gate_strength),
        ({"ally": 1.0, "rivalry": 1.0}, t.ally_access * rival),
    ):
        assert training.share_of_courses(country(**fields), P) == pytest.approx(left)
    assert gates.rival_access < rival < 1.0, "a visit binds less than a system"
    everywhere = country(ally=1.5, rivalry=1.0, closed=1.0)
    off = parameters(training__ally_access=1.0, training__gate_strength=0.0)
    assert training.share_of_courses(everywhere, off) == 1.0


def test_a_barred_state_asks_as_much_more_rarely() -> None:
    eager = parameters(training__rate=1.0)

    def asked(share: float) -> int:
        states = [country(course_access=share) for _ in range(400)]
        for run, state in enumerate(states):
            state.unscaled_training = 50.0
            training.step(state, public(training_spread=1.0), now(run=run), eager)
        return sum(int(state.waiting) for state in states)

    assert asked(1.0) == 400
    assert asked(0.25) == pytest.approx(100, abs=30)


def test_a_course_trains_officers_and_earns_trust_and_acceptance() -> None:
    state, quiet = country(trust=0.5), country(trust=0.5)
    for nth in range(2):
        training.hold_course(state, public(), now(), nth, P)
        training.hold_course(quiet, public(), now(), nth, parameters(peers__norms=False))
    assert state.officers == state.trained_serving == 2.0 * P.training.officers
    assert state.trust == quiet.trust
    assert 1.0 - state.trust == pytest.approx(0.5 * (1.0 - P.training.trust_gain) ** 2)
    assert (state.norm, quiet.norm) == (pytest.approx(2.0 * P.training.norm_gain), 0.0)


def test_bundles_need_the_switch_and_technology() -> None:
    sure = parameters(china__bundle_chance=1.0)
    state = country()
    training.hold_course(state, public(), now(), 0, sure)
    assert (state.offers, state.offer_left) == (1, 4 * sure.china.bundle_years)
    for p, known in (
        (parameters(china__bundle_chance=1.0, china__bundling=False), public()),
        (sure, public(technology=0.0)),
        (parameters(china__bundle_chance=0.0), public()),
    ):
        state = country()
        training.hold_course(state, known, now(), 0, p)
        assert state.offers == state.offer_left == 0


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_trust_beyond_what_finance_earns_halves_in_its_half_life(level: float) -> None:
    floor = level * P.training.finance_trust
    state, quiet = country(trust=0.8, finance_level=level), parameters(training__rate=0.0)
    for _ in range(int(4 * P.training.trust_half_life)):
        training.step(state, public(), now(), quiet)
    assert state.trust == pytest.approx(floor + (0.8 - floor) / 2)


def test_what_is_granted_is_held_once() -> None:
    state = country(sessions=3.0, waiting=1.0)
    quiet = parameters(training__rate=0.0)
    training.step(state, public(), now(2012.25), quiet)
    training.step(state, public(), now(2012.5), quiet)
    assert (state.trained, state.trainings, state.waiting) == (1, 6, 0)


def test_the_rich_and_parties_to_the_agreement_mostly_never_ask() -> None:
    half = P.training.asking_income
    for fields, share in (
        ({"gdp_pc": 0.01 * half}, 1.0),
        ({"gdp_pc": half}, 0.5),
        ({"gdp_pc": 100.0 * half}, 0.0),
        ({"gdp_pc": half, "gpa": 1.0}, 0.5 * P.procurement.gpa_access**P.training.gate_strength),
    ):
        asking = []
        for at in range(1000):
            state = country(asking_draw=(at + 0.5) / 1000, **wealthy(fields))
            training.update(state, now(2015.0), P)
            asking.append(state.course_access)
        assert set(asking) <= {0.0, 1.0}
        assert sum(asking) / 1000 == pytest.approx(share, abs=0.001)
    everybody = parameters(training__asking_income=1e9, training__gate_strength=0.0)
    assert training.share_that_asks(country(**wealthy({"gdp_pc": 1e5})), everybody) > 1.0 - 1e-9


def wealthy(fields: dict[str, float]) -> dict[str, float]:
    """Add the wealth that goes with an income."""
    return {**fields, "wealth": math.log(fields["gdp_pc"] / REFERENCE_INCOME)}
