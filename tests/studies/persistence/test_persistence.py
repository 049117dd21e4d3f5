"""What stays when the offer stops: shares, half-lives and probabilities of states."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.chunk import CountryLabel
from sim.errors import InputError
from sim.studies.blocks import Table
from sim.studies.persistence.method import (
    History,
    base_shares,
    check_year,
    cohort_shares,
    half_lives,
    persistence,
    withdrawal_of,
    year_before,
)
from sim.studies.persistence.report import Persistence, _share_text
from sim.studies.persistence.states import (
    FEWEST_RANKED,
    FEWEST_RUNS,
    Odds,
    StateLeft,
    StateReached,
    can_be_ranked,
    likely_reached,
    most_and_least,
    states_left,
    states_reached,
    years_later,
)
from sim.units import REGIONS

ASIA = "Central Asia"
STATES = (
    CountryLabel("AAA", "A", ASIA, "hybrid"),
    CountryLabel("BBB", "B", ASIA, "authoritarian"),
    CountryLabel("CCC", "C", "Oceania", "hybrid"),
)


def bits(*years: int) -> int:
    return sum(1 << (year - 2000) for year in years)


def flags(bits_of: list[list[int]]) -> np.ndarray:
    """Whether each system worked in year 2000 + k, from sets of years as bits."""
    return np.array([[[bits >> k & 1 == 1 for k in range(64)] for bits in run] for run in bits_of])


def history(working: list[list[int]], adopted: list[list[float]] | None = None) -> History:
    dates = np.array(adopted, dtype=float) if adopted else np.full((len(working), 3), math.inf)
    return History("test", STATES, flags(working), dates, 2034)


def test_only_systems_that_worked_at_first_are_followed() -> None:
    always, late, lost = bits(*range(2029, 2035)), bits(2033, 2034), bits(2029, 2030)
    found = persistence(history([[always, late, lost]]), 2029)
    world = found[0]
    assert (world.runs, world.before) == (1, 2.0)
    assert world.curves["mean"].tolist() == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    by_name = {group.group: group for group in found}
    assert by_name["hybrid"].curves["mean"].tolist() == world.curves["mean"].tolist()
    assert by_name["authoritarian"].runs == 0
    assert np.isnan(by_name["authoritarian"].curves["mean"]).all()
    assert math.isnan(by_name["authoritarian"].half_life)
    assert by_name["Oceania"].left(2) == 0.0
    assert math.isnan(by_name["Oceania"].left(6))
    assert [g.group for g in found if g.kind == "region"] == [
        name for name in REGIONS if name in (ASIA, "Oceania")
    ]


def test_a_system_that_is_dark_for_a_while_counts_again() -> None:
    dark = bits(2029, 2031, 2032, 2033, 2034)
    world = persistence(history([[dark, 0, 0]]), 2029, ())[0]
    assert world.curves["mean"].tolist() == [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]


def test_runs_without_systems_say_nothing_of_shares_but_count_in_their_number() -> None:
    found = persistence(history([[bits(2029), 0, 0], [0, 0, 0]]), 2029, ())[0]
    assert (found.runs, found.before) == (1, 0.5)
    assert found.left(1) == 0.0
    assert found.left(1, "q95") == 0.0


def test_bands_hold_the_runs() -> None:
    runs = [[bits(2029, 2034) if run < 50 else bits(2029), 0, 0] for run in range(100)]
    found = persistence(history(runs), 2029, ())[0]
    assert found.left(5) == 0.5
    assert (found.left(5, "q05"), found.left(5, "q95")) == (0.0, 1.0)


def test_half_life_lies_between_the_years_around_a_half() -> None:
    shares = np.array([[1.0, 0.8, 0.4, 0.3], [1.0, 0.9, 0.8, 0.5], [1.0, 0.0, 1.0, 1.0]])
    assert half_lives(shares) == pytest.approx([1.75, math.inf, 0.5])
    assert math.isnan(half_lives(np.array([math.nan, math.nan])))


def test_half_life_of_a_group_is_that_of_its_mean_and_its_band_of_the_runs() -> None:
    lost, stays = bits(2029), bits(*range(2029, 2035))
    found = persistence(history([[lost, 0, 0]] * 3 + [[stays, 0, 0]]), 2029, ())[0]
    assert found.half_life == pytest.approx(2 / 3)
    assert (found.half_life_q05, found.half_life_q95) == (0.5, math.inf)


@given(
    st.lists(st.floats(0.0, 1.0), min_size=2, max_size=12).map(
        lambda cells: [1.0, *sorted(cells, reverse=True)]
    )
)
def test_half_life_is_where_a_falling_curve_crosses_a_half(curve: list[float]) -> None:
    found = float(half_lives(np.array(curve)))
    if math.isinf(found):
        assert curve[-1] >= 0.5
    else:
        assert np.interp(found, range(len(curve)), curve) == pytest.approx(0.5)
        assert 0.0 < found <= len(curve) - 1


@given(st.integers(0, 2**35 - 1), st.integers(0, 2**35 - 1))
def test_shares_of_a_cohort_lie_between_0_and_1_and_groups_add_up(one: int, other: int) -> None:
    working = np.array([[one, other]])
    members = np.array([[True, True], [True, False], [False, True]])
    shares = cohort_shares(flags(working.tolist()), members, 2029, 2034)
    assert shares.shape == (1, 3, 6)
    assert np.nanmin(shares, initial=0.0) >= 0.0
    assert np.nanmax(shares, initial=0.0) <= 1.0
    known = ~np.isnan(shares[0, 1:, 0])
    if known.any():
        assert shares[0, 0] == pytest.approx(shares[0, 1:][known].mean(axis=0))


def test_the_base_may_grow() -> None:
    shares = base_shares(np.array([[[4.0, 6.0, 2.0]], [[0.0, 1.0, 1.0]]]))
    assert shares[0].tolist() == [[1.0, 1.5, 0.5]]
    assert np.isnan(shares[1]).all()


def test_the_withdrawal_is_the_first_event_that_ends_the_offer() -> None:
    events = [
        {"name": "a", "date": 2027, "sets": {"china.credit_a_year": 0}},
        {"name": "b", "date": 2031.25, "sets": {"china.offering": False}},
        {"name": "c", "date": 2030, "sets": {"china.offering": True}},
    ]
    assert withdrawal_of(events) == 2031.25
    assert withdrawal_of(events[:1]) is None
    assert (year_before(2030.0), year_before(2030.75)) == (2029, 2029)


def test_years_are_checked() -> None:
    check_year(2029, 2000, 2040)
    for year in (1999, 2040, 2041):
        with pytest.raises(InputError, match=rf"--since {year}: allowed: 2000 to 2039"):
            check_year(year, 2000, 2040)


def test_states_by_the_ends_of_their_intervals() -> None:
    stays, lost = bits(2029, 2034), bits(2029)
    runs = [[stays, stays if run % 2 else lost, stays if run < 2 else 0] for run in range(40)]
    held = history(runs)
    assert years_later(held, 2029) == 5
    found = states_left(held, 2029, history([[stays, stays, stays]] * 40))
    by_code = {one.state.iso3: one for one in found}
    assert (by_code["AAA"].left.share, by_code["AAA"].left.runs) == (1.0, 40)
    assert (by_code["BBB"].left.share, by_code["BBB"].left.count) == (0.5, 20)
    assert (by_code["CCC"].left.share, by_code["CCC"].left.runs) == (1.0, 2)
    # Two runs of two are no proof of a hundred per cent.
    assert by_code["CCC"].left.low < 0.5
    assert [one.state.iso3 for one in found] == ["AAA", "CCC", "BBB"]
    most, least = ([one.state.iso3 for one in side] for side in most_and_least(found, 10))
    assert (most, least) == (["AAA"], ["BBB"])
    standing = by_code["BBB"].standing
    assert standing is not None and standing.share == 1.0
    assert by_code["BBB"].row()["p_left_standing"] == 1.0
    assert "p_left_standing" not in states_left(held, 2029)[0].row()


def test_reached_next_counts_first_adoptions_of_those_that_have_none() -> None:
    dates = [[2025.75, 2026.0, 2031.0]] * FEWEST_RUNS + [[math.inf, 2030.75, 2036.0]]
    held = History("x", STATES, np.zeros((len(dates), 3), np.int64), np.array(dates), 2040)
    found = {one.state.iso3: one for one in states_reached(held)}
    assert (found["AAA"].runs, found["AAA"].by[2030].count) == (1, 0)
    assert (found["BBB"].runs, found["BBB"].by[2030].share) == (FEWEST_RUNS + 1, 1.0)
    assert found["CCC"].by[2030].count == 0
    assert found["CCC"].by[2035].count == FEWEST_RUNS
    short = History("x", STATES, held.working, held.adopted, 2032)
    assert list(states_reached(short)[0].by) == [2030]
    assert states_reached(History("x", STATES, held.working, held.adopted, 2029)) == []


def left(at: int, count: int, runs: int = 40) -> StateLeft:
    return StateLeft(
        CountryLabel(f"S{at:02}", f"State {at:02}", ASIA, "hybrid"), Odds.of(count, runs)
    )


def reached(at: int, count: int, runs: int = 40) -> StateReached:
    state = CountryLabel(f"S{at:02}", f"State {at:02}", ASIA, "hybrid")
    return StateReached(state, {2030: Odds.of(0, runs), 2035: Odds.of(count, runs)})


@pytest.mark.parametrize("number", [0, 1, 2, 5, 6, 7, 20, 21, 50])
def test_no_state_is_both_most_and_least_locked_in(number: int) -> None:
    states = [left(at, 40 - at % 40) for at in range(number)] + [left(99, 5, FEWEST_RUNS - 1)]
    assert can_be_ranked(states) == (number >= FEWEST_RANKED)
    most, least = most_and_least(states, 10)
    names = [one.state.iso3 for one in (*most, *least)]
    assert len(names) == len(set(names)) == min(number, 20) and "S99" not in names
    assert 0 <= len(most) - len(least) <= 1


def test_who_is_never_reached_is_not_next() -> None:
    never = [reached(at, 0) for at in range(FEWEST_RANKED)]
    assert likely_reached(never) == likely_reached([*never, reached(90, 3)]) == []
    found = likely_reached(
        [reached(90, 3), reached(91, 1), *never, reached(92, 2, FEWEST_RUNS - 1)]
    )
    assert [one.state.iso3 for one in found] == ["S90", "S91"]
    assert likely_reached([reached(at, 3) for at in range(FEWEST_RANKED - 1)]) == []


def told(states: list[StateLeft], next_states: list[StateReached], runs: int = 40) -> list[str]:
    """What is printed below the table of groups: headings of tables, and sentences."""
    manifest = {"runs": runs, "seed": 1, "scenario": {"name": "x"}, "set": {}}
    one = history([[bits(2029, 2034), 0, 0]] * runs)
    study = Persistence(manifest, 2029, 5, (), [("x", persistence(one, 2029, ()))], states,
                        next_states, "x")  # fmt: skip
    return [block.heads[0] if isinstance(block, Table) else block for block in study.blocks()][2:]


def test_a_ranking_says_of_how_many_states_it_is_and_why_it_is_left_out() -> None:
    ranked = told([left(at, at) for at in range(8)], [reached(at, at) for at in range(8)])
    assert ranked[:2] == ["most locked in", "least locked in"]
    assert (
        "the 8 of 8 states whose system worked at the end of 2029 in 20 runs or more" in ranked[2]
    )
    assert ranked[3] == "reached next, x" and "ever reached of the 8 of 8 states" in ranked[4]
    assert "most locked in by their lower end" in ranked[-1]
    few = told([left(0, 3), left(1, 3, 5)], [reached(0, 3), reached(1, 3), reached(2, 3, 5)])
    assert "Most and least locked in are left out: there is 1 of 2 states" in few[0]
    assert "in 20 runs or more, and a ranking takes 6 states" in few[0]
    assert "Reached next is left out: there are 2 of 3 states" in few[1]
    assert len(few) == 3 and "surest" not in few[-1]
    none = told([left(0, 3, 5)], [reached(at, 0) for at in range(8)])
    assert "there are none of 1 state whose" in none[0] and "at most one ever is by 2035" in none[1]
    assert "the runs end before 2030" in told([], [])[1]


def test_a_single_run_has_no_band() -> None:
    for runs in (1, 4, 40):
        (world,) = persistence(history([[bits(2029, 2034), 0, 0]] * runs), 2029, ())
        assert (_share_text(5, world) == "100 %") == (runs == 1)
        words = told([], [], runs)[-1]
        assert ("of a single run, which has no interval" in words) == (runs == 1)
        assert ("nearly all" in words) == (runs == 4) and ("90 % bands" in words) == (runs > 1)
