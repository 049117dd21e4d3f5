"""Statistics of the record, on planted events: censoring, spells, phases, dates, events at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from fates import STRICT, surveys, variants_of

from sim.world.fate_statistics import (
    contracts_served,
    course_of,
    courses,
    rate,
    share,
    statistics,
    survival_of,
)
from sim.world.fates import FateRecord, shipped_expiries

OPENED = 2010.0
SYSTEM = {"id": "A", "iso3": "KEN", "stage": "safe city", "group": "china", "contracted": "2009",
          "operational": "2010-01", "confidence": 0.9}  # fmt: skip


def events(*rows: tuple[Any, ...], of: str = "A", sure: float = 0.9) -> pd.DataFrame:
    """Return events: date, event and, of some, share and cause."""
    cells = [(*row, *("", "")[len(row) - 2 :]) for row in rows]
    frame = pd.DataFrame(cells, columns=["date", "event", "share", "cause"])
    frame["share"] = pd.to_numeric(frame["share"])
    return frame.assign(id=of, confidence=sure)


def course(*rows: tuple[Any, ...]) -> dict[str, float]:
    return course_of(OPENED, events(*rows))


def record(*systems: dict[str, Any], happened: pd.DataFrame) -> FateRecord:
    return FateRecord(pd.DataFrame([{**SYSTEM, **system} for system in systems]), happened)


def test_what_follows_the_last_report_is_not_observed() -> None:
    found = course(("2013-01", "working"), ("2016-01", "renewal_planned"))
    years = 6.0 + 0.5 / 12
    assert found["years_early"] == 5.0
    assert found["years_late"] == pytest.approx(years - 5.0)
    assert found["years_lit"] == found["years_unextended"] == pytest.approx(years)
    assert np.isnan(found["end"]) and found["seen"] == pytest.approx(years)
    assert course()["years_early"] == 0.0


def test_several_outages_have_one_first_and_each_its_dark_years() -> None:
    found = course(
        ("2012-01", "partial_out", 0.05),  # too small
        ("2013-01", "partial_out", 0.3),
        ("2014-01", "partial_out"),  # the same one
        ("2015-01", "working"),
        ("2016-01", "suspended_unpaid"),
        ("2018-01", "repaired_other"),
        ("2019-01", "working"),
    )
    assert (found["out_of_service"], found["restored"]) == (1.0, 2.0)
    assert found["years_out"] == pytest.approx(4.0)
    assert found["years_lit"] == pytest.approx(3.0 + 0.5 / 12)
    out_of_service = course(("2013-01", "partial_out", 0.1), ("2015-01", "dues"))
    assert out_of_service["years_out"] == pytest.approx(2.0), "to the last report"


@pytest.mark.parametrize(
    ("event", "date", "counted"),
    [
        ("abandoned", "2014-12", "lost_early"),
        ("ended_by_buyer", "2015-02", "lost_late"),
        ("replaced_other", "2012", "switched"),
        ("replaced_other_chinese", "2017", "switched"),
        ("banned_removed", "2013", "removed"),
    ],
)
def test_a_system_ends_once_and_is_not_observed_after_it(
    event: str, date: str, counted: str
) -> None:
    found = course((date, event), ("2019-01", "abandoned"), ("2018-01", "partial_out"))
    names = ("lost_early", "lost_late", "switched", "removed", "out_of_service")
    assert {name for name in names if found[name]} == {counted}
    assert found["end"] == pytest.approx(found["years_early"] + found["years_late"])
    assert found["seen"] > found["end"]


def test_events_of_one_date_are_in_their_natural_order() -> None:
    for order in (1, -1):
        both = [("2013-01", "repaired_same"), ("2013-01", "partial_out")][::order]
        found = course(*both)
        assert (found["out_of_service"], found["restored"], found["years_out"]) == (1.0, 1.0, 0.0)
        same = course(*[("2013-01", "working"), ("2013-01", "partial_out")][::order])
        assert (same["out_of_service"], same["restored"]) == (1.0, 0.0), (
            "one report of both restores nothing"
        )


def test_dates_before_service_do_not_count_but_those_of_its_year_do() -> None:
    found = course_of(2010.9, events(("2009-12", "partial_out"), ("2010", "partial_out")))
    assert (found["out_of_service"], found["years_lit"]) == (1.0, 0.0)
    assert course_of(2010.9, events(("2009-12", "partial_out")))["out_of_service"] == 0.0


def test_phases_count_as_extensions_by_who_supplies_them() -> None:
    found = course(
        ("2012-01", "extended_same"),
        ("2014-01", "extended_unknown"),
        ("2016-01", "extended_other"),
        ("2017-01", "extended_other_chinese"),
    )
    assert (found["extended"], found["added"], found["added_other"]) == (1.0, 1.0, 2.0)
    assert found["years_unextended"] == pytest.approx(2.0 + 0.5 / 12)


def test_systems_that_are_counted_and_when_they_began() -> None:
    systems = (
        {},
        {"id": "B", "group": "compare"},
        {"id": "C", "stage": "interception"},
        {"id": "D", "operational": "2022"},
        {"id": "E", "operational": ""},
        {"id": "F", "operational": "2012"},
    )
    happened = pd.concat([
        events(("2011-07", "operational"), of="E"),
        events(("2012-09", "operational"), ("2016-02", "operational"), of="F"),
        events(("2008-09", "operational")),
    ])  # fmt: skip
    table = courses(record(*systems, happened=happened)).set_index("id")
    assert [*table.index] == ["A", "E", "F"]
    assert table["start"].round(2).tolist() == [2010.04, 2011.54, 2012.71]


def test_contracts_that_never_served() -> None:
    none = {"operational": ""}
    systems = [{**none, "id": name} for name in "ABCDE"] + [{"id": "F"}]
    happened = pd.concat([
        events(("2014", "not_started"), of="A"),
        events(("2014", "not_accepted"), ("2015", "working"), of="B"),  # served after all
        events(("2014", "installing"), of="C"),  # not known
        events(("2014", "cancelled_before"), of="D"),
        events(("2014", "abandoned"), of="E"),
        events(("2014", "abandoned"), of="F"),  # served, then given up
    ])  # fmt: skip
    table = contracts_served(record(*systems, happened=happened)).set_index("id")["served"]
    assert table.to_dict() == {"A": False, "B": True, "D": False, "E": False, "F": True}


def test_doubtful_rows_are_left_out_of_the_strict_variant() -> None:
    happened = pd.concat(
        [events(("2013-01", "partial_out")), events(("2014-01", "abandoned"), sure=0.5)]
    )
    variants = variants_of(record({}, happened=happened), shipped_expiries().iloc[:0])
    whole, strict = (variants[name].set_index("statistic")["count"] for name in ("all", STRICT))
    assert whole["switched off below age 5"] == 1.0
    assert strict["switched off below age 5"] == 0.0
    assert strict["first outage"] == 1.0


EXPIRY = {"iso3": "KEN", "buyer": "a town", "vendor": "a firm", "expiry": "", "ended": "2014",
          "outcome": "lapsed", "became": "", "kind": "radio", "route": "n", "origin": "other",
          "confidence": 1.0}  # fmt: skip


def counted(*expiries: dict[str, Any]) -> pd.DataFrame:
    """Return counts and exposures of statistics of expiries, by name."""
    table = pd.DataFrame([EXPIRY | expiry for expiry in expiries])
    found = statistics(record({}, happened=events()), table)
    return found.set_index("statistic")[["count", "exposure"]]


def test_what_followed_expiries() -> None:
    outcomes = ["renewed_incumbent"] * 6 + ["extended_short", "lapsed", "transferred"]
    outcomes += ["retender_other", "terminated_early"]
    rows = [{"outcome": outcome} for outcome in outcomes]
    others = [{"route": "e"} for _ in rows] + [{**row, "kind": "biometrics"} for row in rows]
    found = counted(*rows, *others)
    table = pd.DataFrame([EXPIRY | row for row in (*rows, *others)])
    every = surveys(table).set_index("statistic")[["count", "exposure"]]
    assert found.loc["lapsed at expiry"].tolist() == [1, 8]
    assert found.loc["lapsed or passed to the government at expiry"].tolist() == [2, 9]
    assert found.loc["vendor changed at expiry"].tolist() == [1, 10]
    assert every.loc["lapsed at expiry, all kinds"].tolist() == [2, 16]


def test_what_became_of_lapsed_systems() -> None:
    known = ["gone", "replaced", "restored", "restored", "never stopped", "never existed", ""]
    rows = [{"became": word} for word in known]
    found = counted(*rows, {"outcome": "extended_short"})
    assert found.loc["lapsed at expiry"].tolist() == [6, 7], "a system that never was cannot lapse"
    assert found.loc["gone after a lapse"].tolist() == [1, 5], "where its fate is known"
    assert found.loc["replaced after a lapse"].tolist() == [1, 4]


def test_lapses_before_and_after_a_recorded_renewal() -> None:
    rows = (
        {"outcome": "renewed_incumbent", "expiry": "2012"},
        {"outcome": "retender_incumbent", "expiry": "2014-06", "ended": "2011"},
        {"ended": "2016"},
        {"ended": "2016", "vendor": "another firm"},
        {"ended": "2016", "buyer": "another town"},
        {"ended": "", "outcome": "extended_short"},  # not known when
    )
    table = pd.DataFrame([EXPIRY | row for row in rows])
    found = surveys(table).set_index("statistic")[["count", "exposure"]]
    assert found.loc["lapsed before a recorded renewal"].tolist() == [2, 4]
    assert found.loc["lapsed after a recorded renewal"].tolist() == [1, 2]


def test_intervals_are_the_published_exact_ones() -> None:
    # Ulm (1990), American Journal of Epidemiology 131: 0 and 10 events.
    assert rate(10, 1.0) == pytest.approx((10.0, 4.795, 18.39), abs=0.005)
    assert rate(0, 2.0) == pytest.approx((0.0, 0.0, 3.689 / 2), abs=0.001)
    assert share(5, 42) == pytest.approx((0.119, 0.040, 0.256), abs=0.001)
    assert np.isnan(rate(0, 0.0)).all() and np.isnan(share(0, 0)).all()


def test_survival_uses_those_at_risk() -> None:
    curve = survival_of([1.0, 2.0, 3.0, 4.0], [True, False, True, False])
    assert curve["mean"].tolist() == pytest.approx([1.0, 0.75, 0.75, 0.375, 0.375])
    inner = curve.loc[1.0]
    assert 0.0 < inner["low"] < 0.75 < inner["high"] < 1.0
