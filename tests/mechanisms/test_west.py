"""The West: conditions, courses, bans."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.mechanisms import west as rules

from .builders import CODES, buyer, country, now, parameters, west

P = parameters()


def test_conditions_grow_with_dependence_and_strictness() -> None:
    def weight(aid: float, **keys: Any) -> float:
        return float(rules.weigh_conditions(country(oda_gni=aid), parameters(**keys)))

    for switch in ("west__conditions", "west__active"):
        assert weight(10.0, **{switch: False}) == 0.0
    for strictness in (0.0, 0.4, 1.0):
        found = [weight(aid, west__strictness=strictness) for aid in (0.0, 1.0, 10.0, 100.0)]
        assert found == sorted(found) and found[0] == 0.0 and found[-1] <= strictness
    assert weight(10.0, west__strictness=0.4) < weight(10.0, west__strictness=1.0)


def test_aid_follows_growth_down_to_its_floor() -> None:
    p = parameters(west__aid_growth=-0.5, west__aid_growth_africa=-1.0, west__aid_floor=0.4)
    assert rules.aid_next(country(aid_before=10.0, last_aid=10.0), p) == pytest.approx(5.0)
    assert rules.aid_next(country(aid_before=10.0, last_aid=10.0, subsaharan=1.0), p) == 4.0
    assert rules.aid_next(country(aid_before=1.0, last_aid=10.0), p) == 4.0
    whole = parameters(west__aid_floor=1.0)
    assert rules.aid_next(country(aid_before=1.0, last_aid=10.0), whole) == 10.0


def test_aid_changes_once_a_year_after_history_and_a_cut_acts_from_its_quarter() -> None:
    state, cut = country(oda_gni=10.0, last_aid=10.0), parameters(west__aid_growth=-0.5)
    for date, changed, p, aid in (
        (2024.0, False, P, 10.0),
        (2025.0, False, P, 9.8),
        (2025.25, False, P, 9.8),
        (2025.5, True, cut, 5.0),
        (2025.75, True, cut, 5.0),
        (2026.0, True, P, 4.9),
    ):
        rules.step(state, now(date, changed=changed), p)
        assert state.oda_gni == pytest.approx(aid)


def hold_many(ps: list[Any], **of_code: dict[str, float]) -> tuple[Any, dict[str, float]]:
    """Courses of recipients of aid in fifty years, and the West that gave them."""
    states = {code: country(code, oda_gni=1.0, **of_code.get(code, {})) for code in CODES}
    actor, held = west(), dict.fromkeys(CODES, 0.0)
    for quarter in range(1, 201):
        rules.ration(actor, [*states.values()], now(2000 + quarter / 4), ps)
        for code, state in states.items():
            held[code] += state.west_sessions
    return actor, held


def test_an_embargo_takes_its_share_of_western_courses_and_every_seat_is_held() -> None:
    """The lot lost some of them."""
    actor, held = hold_many([P], UZB={"embargo": 0.5})
    assert held["UZB"] / actor.sessions == pytest.approx(0.5 / 5.5, abs=0.02)
    assert actor.sessions + actor.carry == pytest.approx(actor.courses)
    assert abs(actor.carry) < 6.0


def test_no_western_seat_is_given_before_aid_is_known() -> None:
    actor = west()
    rules.ration(actor, [country(oda_gni=1.0)], now(2000.0), [P])
    assert actor.courses == 0.0


@pytest.mark.parametrize("world", [0.0, 110.0])
def test_courses_of_some_countries_are_more_there_and_no_fewer_elsewhere(world: float) -> None:
    """A number of one's own is shared as if it were the world's, also where that has none."""
    own, p = parameters(west__sessions_a_year=240.0), parameters(west__sessions_a_year=world)
    actor, held = hold_many([p, own], KEN={"parameter_row": 1})
    for code, number in held.items():
        assert number == pytest.approx(50 / 6 * (240.0 if code == "KEN" else world), abs=25)
    assert actor.sessions + actor.carry == pytest.approx(actor.courses)


def test_courses_tie_and_ties_fade() -> None:
    state = country(west_sessions=2.0)
    rules.step(state, now(), P)
    tied = state.west_tie
    assert 0.0 < tied <= 1.0
    assert state.west_trainings == 2.0
    state.west_sessions = 0.0
    for _ in range(int(4 * P.west.tie_half_life)):
        rules.step(state, now(2010.25), P)
    assert state.west_tie == pytest.approx(tied / 2)


def test_allies_alone_ban_and_only_if_they_do_at_all() -> None:
    sure = parameters(west__ban_rate=4.0)
    ally, other = country(ally=100.0), country()
    rules.step(other, now(), sure)
    rules.step(ally, now(), P)
    assert (ally.banned, other.banned) == (0, 0)
    rules.step(ally, now(), sure)
    assert ally.banned == 1.0
    off = country(ally=1.0)
    rules.step(off, now(), parameters(west__ban_rate=4.0, west__active=False))
    assert off.banned == 0.0


def test_only_a_ban_replaces() -> None:
    sure = parameters()
    sure.west.replace_chance = 1.0
    assert rules.replaces(buyer(banned=1.0), now(), sure)
    assert not rules.replaces(buyer(), now(), sure)
    assert not rules.replaces(buyer(banned=1.0), now(), parameters(west__replace_rate=0.0))
