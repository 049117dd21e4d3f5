"""The record of fates: what is observed of a system, and up to when."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.mechanisms import fates
from sim.model.mechanisms.tender import HUAWEI, NO_VENDOR, WESTERN

from .builders import buyer, country, now, parameters, update

SEEN = {f"fates__{name}_seen": 1.0 for name in ("loss", "switch", "pilot")}
ALL_SEEN = parameters(fates__press_rate=50.0, fates__claims=0.0, **SEEN)
"""A press that misses next to nothing."""


def followed(years: list[dict[str, Any]], p: Any = ALL_SEEN, start: int = 2010) -> Any:
    """A country after some years of the record; each is what its row is at the year's end."""
    state = country(press_reports=1.0)
    for at, fields in enumerate(years):
        update(state, fields)
        fates.step(state, now(start + at + 0.75), p)
    return state


def serving(age: float, **fields: Any) -> dict[str, Any]:
    """A Chinese safe city that has served for so many years."""
    row = {"installed": 1.0, "vendor": HUAWEI, "stage": 2.0, "cities": 1.0, "out_of_service": 0.0}
    return row | {"in_service": 4.0 * age} | fields


GONE = {"installed": 0.0, "vendor": NO_VENDOR, "stage": 0.0, "in_service": 0.0}


def test_years_of_service_are_counted_by_age() -> None:
    state = followed([serving(age) for age in range(1, 9)])
    assert (state.seen_years_early, state.seen_years_late) == (5.0, 3.0)
    assert state.seen_years_lit == state.seen_years_unextended == 8.0
    assert state.seen_years_out == 0.0


def test_years_after_the_last_report_are_not_observed() -> None:
    mute = parameters(fates__press_rate=0.0, fates__loss_seen=0.0)
    state = followed([*(serving(age) for age in range(1, 6)), {**GONE, "switched_off": 1.0}], mute)
    assert state.seen_years_early + state.seen_years_late == 0.0
    assert state.seen_lost_cameras + state.seen_lost_larger == 0.0


@pytest.mark.parametrize(("stage", "larger"), [(1.0, 0.0), (2.0, 1.0)])
def test_years_and_losses_count_by_kind(stage: float, larger: float) -> None:
    years = [serving(number, stage=stage) for number in range(1, 4)]
    state = followed([*years, {**GONE, "switched_off": 1.0}])
    assert (state.seen_lost_cameras, state.seen_lost_larger) == (1.0 - larger, larger)
    assert state.seen_years_larger == larger * (3.0 + fates.HALF)
    assert state.seen_years_cameras == (1.0 - larger) * (3.0 + fates.HALF)
    assert state.followed == NO_VENDOR


@pytest.mark.parametrize(("age", "early"), [(2, 1.0), (7, 0.0)])
def test_a_change_of_vendor_counts_as_early_or_late_by_age(age: int, early: float) -> None:
    years = [serving(number) for number in range(1, age + 1)]
    state = followed([*years, serving(0.5, vendor=WESTERN, switched=1.0)])
    assert (state.seen_switched_early, state.seen_switched_late) == (early, 1.0 - early)
    assert state.seen_years_early + state.seen_years_late == age + fates.HALF


def test_a_dark_spell_is_counted_once_from_its_report_to_its_repair() -> None:
    dark = {"out_of_service": 0.3}
    years = [serving(1), serving(2, **dark), serving(3, **dark), serving(4), serving(5, **dark)]
    state = followed(years)
    assert (state.seen_outages, state.seen_restored) == (1.0, 1.0)
    assert state.seen_years_lit == 2.0, "until the first report of an outage"
    assert state.seen_years_out == 2.0, "from that report to the repair"


def test_an_extension_names_who_supplied_it() -> None:
    same = followed([serving(1), serving(2, cities=2.0), serving(3, cities=3.0)])
    assert (same.seen_extended, same.seen_added, same.seen_added_other) == (1.0, 2.0, 0.0)
    assert same.seen_years_unextended == 2.0
    other = followed([serving(1), serving(0.5, vendor=WESTERN, stage=3.0, switched=1.0)])
    assert (other.seen_switched_early, other.seen_added_other) == (0.0, 1.0), "it ends nothing"
    alike = followed([serving(1), serving(0.5, vendor=WESTERN, switched=1.0)])
    assert (alike.seen_switched_early, alike.seen_added_other) == (1.0, 0.0)
    assert other.followed == NO_VENDOR, "a Western system is not followed"


@pytest.mark.parametrize("start", [2008, 2022])
def test_systems_outside_the_years_of_the_record_are_not_followed(start: int) -> None:
    state = followed([serving(1.25), serving(2.25)], start=start)
    assert state.followed == NO_VENDOR


def test_the_record_changes_nothing_else() -> None:
    before = buyer(in_service=3.0)
    after = buyer(in_service=3.0)
    fates.step(after, now(2015.75), ALL_SEEN)
    own = {state.name for state in fates.COUNTRY}
    changed = {name for name, value in vars(after).items() if value != vars(before)[name]}
    assert changed and changed <= own
