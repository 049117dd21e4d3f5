"""What stays when the offer stops: shares, until when half is out and probabilities of states."""

from __future__ import annotations

import math
from dataclasses import replace

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
    half_out_dates,
    persistence,
    withdrawal_of,
    year_before,
)
from sim.studies.persistence.report import Persistence, _share_text
from sim.studies.persistence.states import states_left, years_later
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


def history(working: list[list[int]]) -> History:
    return History("test", STATES, flags(working), np.arange(len(working)), 2034)


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
    assert math.isnan(by_name["authoritarian"].half_out)
    assert by_name["Oceania"].left(2) == 0.0
    assert math.isnan(by_name["Oceania"].left(6))
    assert [g.group for g in found if g.kind == "region"] == [
        name for name in REGIONS if name in (ASIA, "Oceania")
    ]


def test_a_system_that_is_dark_for_a_while_counts_again() -> None:
    dark = bits(2029, 2031, 2032, 2033, 2034)
    world = persistence(history([[dark, 0, 0]]), 2029, ())[0]
    assert world.curves["mean"].tolist() == [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    assert [world.unbroken(years) for years in range(6)] == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]


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


def test_the_half_lies_between_the_years_around_a_half() -> None:
    shares = np.array([[1.0, 0.8, 0.4, 0.3], [1.0, 0.9, 0.8, 0.5], [1.0, 0.0, 1.0, 1.0]])
    assert half_out_dates(shares) == pytest.approx([1.75, math.inf, 0.5])
    assert math.isnan(half_out_dates(np.array([math.nan, math.nan])))


def test_the_half_of_a_group_is_that_of_its_mean_and_its_band_of_the_runs() -> None:
    lost, stays = bits(2029), bits(*range(2029, 2035))
    found = persistence(history([[lost, 0, 0]] * 3 + [[stays, 0, 0]]), 2029, ())[0]
    assert found.half_out == pytest.approx(2 / 3)
    assert (found.half_out_q05, found.half_out_q95) == (0.5, math.inf)


@given(
    st.lists(st.floats(0.0, 1.0), min_size=2, max_size=12).map(
        lambda cells: [1.0, *sorted(cells, reverse=True)]
    )
)
def test_the_half_is_where_a_falling_curve_crosses_a_half(curve: list[float]) -> None:
    found = float(half_out_dates(np.array(curve)))
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


def test_uninterrupted_is_survival_and_left_counts_what_is_restored() -> None:
    """One in twenty fails in each year; half of what is dark is restored in the next."""
    random = np.random.default_rng(1)
    working = np.zeros((400, 50, 64), np.bool_)
    working[:, :, 29] = True
    for year in range(30, 41):
        chance = random.random((400, 50))
        working[:, :, year] = np.where(working[:, :, year - 1], chance > 0.05, chance > 0.5)
    states = tuple(CountryLabel(f"S{at:02}", "S", ASIA, "hybrid") for at in range(50))
    (world,) = persistence(History("x", states, working, np.arange(400), 2040), 2029, ())
    for years in (1, 5, 10):
        assert world.unbroken(years) == pytest.approx(0.95**years, abs=0.01)
        assert world.left(years) == pytest.approx((1 + 0.1 * 0.45**years) / 1.1, abs=0.01)


def test_the_error_of_a_share_is_by_set() -> None:
    stays, lost = bits(*range(2029, 2035)), bits(2029)
    runs = [[stays if run % 4 < 2 else lost, 0, 0] for run in range(40)]
    one = history(runs)
    (apart,) = persistence(one, 2029, ())
    (alike,) = persistence(replace(one, sets=np.arange(40) % 4), 2029, ())
    assert apart.error(5) == pytest.approx(0.5 / math.sqrt(39))
    assert alike.error(5) == pytest.approx(0.5 / math.sqrt(3))


def test_states_have_intervals_by_set() -> None:
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
    assert [one.state.iso3 for one in found] == ["AAA", "BBB", "CCC"]
    few = states_left(replace(held, sets=np.arange(40) % 4), 2029)[1].left
    assert few.high - few.low > 1.5 * (by_code["BBB"].left.high - by_code["BBB"].left.low)
    standing = by_code["BBB"].standing
    assert standing is not None and standing.share == 1.0
    assert by_code["BBB"].row()["p_left_standing"] == 1.0
    assert "p_left_standing" not in states_left(held, 2029)[0].row()


def test_left_stands_beside_survival_and_no_state_is_named() -> None:
    for runs in (1, 4, 40):
        one = history([[bits(2029, 2034), 0, 0]] * runs)
        (world,) = groups = persistence(one, 2029, ())
        assert (_share_text(5, world) == "100 %") == (runs == 1)
        manifest = {"runs": runs, "seed": 1, "scenario": {"name": "x"}, "set": {}}
        study = Persistence(manifest, 2029, (), [("x", groups)], states_left(one, 2029))
        _, table, words = study.blocks()
        assert isinstance(table, Table) and isinstance(words, str)
        assert "without interruption, 10 years" in table.heads
        assert "until half is out of service, years" in table.heads
        assert ("of a single run, which has no interval" in words) == (runs == 1)
        assert ("nearly all" in words) == (runs == 4) and ("90 % bands" in words) == (runs > 1)
