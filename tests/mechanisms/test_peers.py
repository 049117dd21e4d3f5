"""Peers and norms: what is seen, how it fades, when it becomes normal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms import peers

from .builders import STATES, buyer, country, parameters, public

P = parameters()
SHARES = st.floats(0.0, 1.0)
FOUR_EACH = {"region_size": [4.0] * 11, "regime_size": [4.0] * 4, "states": 4.0}
"""Groups of four: oneself, who has no system, and three others."""
ALL_OTHERS = {"region_seen": [3.0] * 11, "regime_seen": [3.0] * 4, "world_seen": 3.0}


@given(SHARES, SHARES, SHARES)
def test_acceptance_rises_past_the_threshold_only(
    norm: float, share: float, threshold: float
) -> None:
    after = peers.norm_next(country(norm=norm, threshold=threshold), share, P)
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
    standing = P.peers.standing
    assert seen[-1] == pytest.approx(standing + (1.0 - standing) / 2)
    for _ in range(400):
        state.visibility = peers.visibility_next(state, P)
    assert state.visibility == pytest.approx(standing)


def test_a_system_that_stopped_working_fades_away() -> None:
    state = buyer(working=0.0, visibility=0.5)
    for _ in range(400):
        state.visibility = peers.visibility_next(state, P)
    assert state.visibility == pytest.approx(0.0, abs=1e-6)


def test_exposure_is_a_weighted_mean() -> None:
    nothing, all_seen = (
        public(),
        public(seen=[1.0] * STATES, **ALL_OTHERS, **FOUR_EACH),
    )
    bordered = country(neighbour_count=2, neighbours=[1, 2] + [0] * 18, counted_as=1)
    for state in (bordered, country(counted_as=1)):
        assert peers.exposure_to_peers(state, nothing, P) == 0.0
        assert peers.exposure_to_peers(state, all_seen, P) == pytest.approx(1.0)
    near = public(seen=[0.0, 1.0, 0.0], world_seen=1.0)
    total = P.peers.neighbour_weight + P.peers.region_weight + P.peers.regime_weight
    expected = P.peers.neighbour_weight / 2 / total
    assert peers.exposure_to_peers(bordered, near, P) == pytest.approx(expected)
    assert peers.exposure_to_peers(country(), near, P) == 0.0


def test_nobody_is_a_peer_of_oneself() -> None:
    """Whoever has a system saw it among its own peers, and found it the more normal."""
    alone = public(
        region_seen=[1.0] * 11, regime_seen=[1.0] * 4, region_users=[1.0] * 11,
        regime_users=[1.0] * 4, world_seen=1.0, **FOUR_EACH,
    )  # fmt: skip
    own = buyer(visibility=1.0, user=1.0, counted_as=1)
    assert peers.exposure_to_peers(own, alone, P) == 0.0
    assert peers.reference_share(own, alone) == 0.0
    # One that has changed its class was not counted in the new one.
    own.regime = 2
    assert peers.reference_share(own, alone) == pytest.approx(1.0 / 4 / 2)
    other = country(counted_as=1)
    assert peers.reference_share(other, alone) == pytest.approx(1.0 / 3)


def test_what_is_published_adds_up_over_regions_and_regimes() -> None:
    countries = [
        buyer("AAA", region=0, regime=1, visibility=0.5),
        country("BBB", region=0, regime=2),
        country("CCC", region=1, regime=1),
    ]
    known = public(region_size=[2.0, 1.0] + [0.0] * 9)
    peers.publish(known, countries, [P])
    assert known.region_users[:3] == [1.0, 0.0, 0.0]
    assert known.regime_users == [0.0, 1.0, 0.0, 0.0]
    assert [c.user for c in countries] == [1.0, 0.0, 0.0]
    assert [c.counted_as for c in countries] == [1, 2, 1]
    assert known.regime_size == [0.0, 2.0, 1.0, 0.0]
    assert known.seen[:3] == [c.visibility for c in countries]
    assert known.region_seen[0] == pytest.approx(countries[0].visibility)
    assert known.world_seen == pytest.approx(countries[0].visibility)
    assert known.states == 3.0
