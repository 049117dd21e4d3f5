"""Systems left: planted cohorts, and a small run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.runs.described import Described
from sim.scenario import Event, load_scenario
from sim.scenario.scope import Scope
from sim.scenario.withdrawal import WITHDRAWN, WITHOUT, withdrawn, year_before_withdrawal
from sim.studies.report import Table
from sim.studies.retention import cohort_shares, report, surviving_share, years_to_half
from tests.planted import COUNTRIES, RUNS, STEPS, YEARS, planted


def test_planted_losses_are_found() -> None:
    """Of 1,000 systems 5 % end each year; every tenth that is dark comes back after two years."""
    random = np.random.default_rng(1)
    works = np.ones((40, 1000, 12), bool)
    for year in range(1, 12):
        works[:, :, year] = works[:, :, year - 1] & (random.random((40, 1000)) < 0.95)
    before, (left, unbroken) = cohort_shares(works)
    assert (before == 1000).all()
    assert np.array_equal(left, unbroken)
    assert left.mean(axis=0) == pytest.approx(0.95 ** np.arange(12), abs=0.01)
    back = works.copy()
    back[:, :100, 5] = False
    back[:, :100, 6:] = True
    _, (left, unbroken) = cohort_shares(back)
    assert (left >= unbroken).all()
    assert left[:, -1] - unbroken[:, -1] == pytest.approx(np.full(40, 0.1), abs=0.03)
    before, (left, _) = cohort_shares(np.array([[[True, True], [False, True]]]))
    assert before == [1.0] and left.tolist() == [[1.0, 1.0]], "later systems are not of the cohort"
    _, (none, _) = cohort_shares(np.zeros((2, 5, 3), bool))
    assert np.isnan(none).all()


def test_years_to_half_are_those_of_a_straight_line() -> None:
    shares = np.array([[1.0, 0.75, 0.25], [1.0, 0.9, 0.8], [1.0, 0.5, 0.4], [1.0, 0.0, 0.0]])
    assert years_to_half(shares).tolist() == [1.5, np.inf, 1.0, 0.5]
    assert np.isnan(years_to_half(np.full((1, 3), np.nan))).all()


def test_the_end_of_the_offer_is_read_from_events() -> None:
    ends = Event("ends", {"china.offering": False}, 2030.0)
    other = replace(ends, date=2020.0, sets={})
    assert year_before_withdrawal([other, ends]) == 2029
    some = replace(ends, scope=Scope("region=Oceania", ("FJI",)))
    assert year_before_withdrawal([some]) is None


def test_a_scenario_without_a_withdrawal_is_asked_with_one(tmp_path: Path) -> None:
    """As a file that extends both is."""
    file = tmp_path / "both.toml"
    file.write_text('extends = ["exit-fund", "offer-withdrawn-2030"]\n')
    made, both = withdrawn(load_scenario("exit-fund")), load_scenario(file)
    assert made.events == both.events
    assert year_before_withdrawal(made.events) == 2029


def test_the_years_of_all_points_are_named_and_counted_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sweep ends the offer in 2028 and 2033: five years are known of both."""
    events = Event("fund", {}, 2025.0), Event("ends", {"china.offering": False}, 2030.0)
    monkeypatch.setattr(Described, "events", lambda *_: events)
    results = planted({("working", "panel"): 1.0}, "one", "two")
    dates = {"events.fund.date": [2010.0, 2020.0], "events.ends.date": [2028.0, 2033.0]}
    vars(results.folders[0])["design"] = results.folders[0].design.assign(**dates)
    found = report(results)
    title = next(block.title for block in found.shown if isinstance(block, Table))
    assert title.startswith("Of the systems that work at the end of 2027 or 2032: share that")
    assert " 5 years later" in title and (found.tables["changes"]["years"] == 5).all()


def test_surviving_shares_are_counted_in_the_panel() -> None:
    left = np.where(np.array(YEARS) < 2005, 100.0, 100.0 - STEPS)
    works = np.arange(len(COUNTRIES))[:, np.newaxis] < left
    results = planted({("working", "panel"): works.astype(float)})
    assert surviving_share(results, 0, 2003, 4) == pytest.approx(1.0 - STEPS.ravel() / 100.0)


def test_systems_are_followed_for_a_year_at_least_and_to_the_last() -> None:
    works = np.ones((RUNS, len(COUNTRIES), len(YEARS)))
    works[:, ::3, -1] = 0.0
    results = planted({("working", "panel"): works})
    curves = report(results, YEARS[-2]).tables["curves"]
    found = curves.query("group == 'world' and measure == 'surviving'").set_index("years")["mean"]
    assert found.to_dict() == pytest.approx({0: 1.0, 1: 2 / 3})
    for since in (YEARS[0] - 1, YEARS[-1]):
        with pytest.raises(InputError, match=f"since {since}: allowed: 2000 to 2039"):
            report(results, since)


def test_changes_are_paired_with_the_first_scenario_in_each_group() -> None:
    """Of the systems of 2029, 60% are left after ten years; in later scenarios 40, 70, 90, 100%."""
    names = (WITHDRAWN, *WITHOUT, "baseline")
    works = np.ones((len(names), RUNS, len(COUNTRIES), len(YEARS)))
    count = len(COUNTRIES) // 10
    for point, tenths in enumerate((6, 4, 7, 9, 10)):
        works[point, :, tenths * count : 10 * count, YEARS.index(2035) :] = 0.0
    works[..., 10 * count :, :] = 0.0
    works[1, : RUNS // 2] = works[0, : RUNS // 2]  # half of the runs do not change
    found = report(planted({("working", "panel"): works}, *names), 2029)
    changes = found.tables["changes"]
    world = changes[changes["group"] == "world"].set_index("scenario")
    half = -20.0 * (RUNS - RUNS // 2) / RUNS
    assert world["mean"].tolist() == pytest.approx([half, 10.0, 30.0, 40.0])
    assert world.iloc[0][["q05", "q95"]].tolist() == pytest.approx([-20.0, 0.0])
    some = changes[changes["group_kind"] == "region"]
    assert {*some["group"]} == {*COUNTRIES["region"][: 10 * count]}
    table = found.shown[0]
    assert isinstance(table, Table)
    for name in ("works", "without a break"):
        assert [cell.split("%")[0] for cell in table.frame[name]] == ["60", "50", "70", "90", "100"]
    assert table.frame["change"].tolist()[:2] == ["", f"−{-half:.2g} (−20 to 0)"]
    assert "changes" not in report(planted({("working", "panel"): 1.0}), 2029).tables
