"""Peers and norms: what is seen, how it fades, when it becomes normal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.mechanisms import peers

from .builders import STATES, buyer, country, parameters, public

P = parameters()
SHARES = st.floats(0.0, 1.0)
FOUR_EACH = {"region_size": [4.0] * 11, "states": 4.0}
"""Groups of four: oneself, who has no system, and three others."""
ALL_OTHERS = {"region_seen": [3.0] * 11, "world_seen": 3.0}


@given(SHARES, SHARES, SHARES)
def test_acceptance_rises_past_the_threshold_only(
    norm: float, share: float, threshold: float
) -> None:
    after = peers.norm_next(country(norm=norm), share, parameters(peers__threshold=threshold))
    assert 0.0 <= after <= 1.0
    if share > threshold:
        assert after >= norm
        assert after > norm or norm > 1.0 - 1e-9
    else:
        assert after <= norm


def test_a_system_is_seen_in_full_while_it_is_new_or_served_and_then_fades() -> None:
    state = buyer()
    assert peers.visibility_next(state, P) == 1.0, "served"
    state = buyer(paid_sale=10.0, contract=0.0)
    state.visibility = peers.visibility_next(state, P)
    assert state.visibility == 1.0
    state.paid_sale = 0.0
    seen = [1.0]
    for _ in range(int(4 * P.peers.memory)):
        state.visibility = peers.visibility_next(state, P)
        seen.append(state.visibility)
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(0.5), "it works, and nobody serves it"


@pytest.mark.parametrize("working", [0.0, 1.0])
def test_a_system_that_stopped_working_or_is_served_no_more_fades_away(working: float) -> None:
    state = buyer(working=working, contract=1.0 - working, visibility=0.5)
    for _ in range(400):
        state.visibility = peers.visibility_next(state, P)
    assert state.visibility == pytest.approx(0.0, abs=1e-6)


BORDERED = {"neighbour_count": 2, "neighbours": [1, 2] + [0] * 18}


def test_exposure_is_the_mean_of_neighbours_and_region() -> None:
    nothing, all_seen = public(), public(seen=[1.0] * STATES, **ALL_OTHERS, **FOUR_EACH)
    bordered, island = country(**BORDERED), country()
    for state in (bordered, island):
        assert peers.exposure_to_peers(state, nothing, P) == 0.0
        assert peers.exposure_to_peers(state, all_seen, P) == pytest.approx(1.0)
    near = public(seen=[0.0, 1.0, 0.0], region_seen=[1.0] * 11, world_seen=1.0, **FOUR_EACH)
    assert peers.exposure_to_peers(bordered, near, P) == pytest.approx((1 / 2 + 1 / 3) / 2)
    assert peers.exposure_to_peers(island, near, P) == pytest.approx(1 / 3), "the region's alone"


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_what_is_not_of_the_whole_world_is_of_the_ring(weight: float) -> None:
    p = parameters(peers__world_weight=weight)
    seen = {"seen": [1.0] * STATES, "region_seen": [3.0] * 11}
    world = public(**seen, region_size=[4.0] * 11, world_seen=3.0, states=13.0)
    found = peers.exposure_to_peers(country(**BORDERED), world, p)
    assert found == pytest.approx(1.0 - weight + weight * 3 / 12)


def test_nobody_is_a_peer_of_oneself() -> None:
    """Whoever has a system saw it among its own peers, and found it the more normal."""
    alone = public(region_seen=[1.0] * 11, region_users=[1.0] * 11, world_seen=1.0, **FOUR_EACH)
    eager = parameters(peers__threshold=0.3)
    own, other = buyer(visibility=1.0, user=1.0, norm=0.5), country(norm=0.5)
    for state in (own, other):
        peers.step(state, alone, eager)
    assert (own.exposure, other.exposure) == (0.0, pytest.approx(1 / 3))
    assert own.norm < 0.5 < other.norm, "one of three others has a system"
    lone = public(region_seen=[1.0] * 11, region_size=[1.0] * 11, world_seen=1.0, states=1.0)
    assert peers.exposure_to_peers(own, lone, P) == 0.0
