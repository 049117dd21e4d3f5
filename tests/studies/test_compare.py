"""Comparisons and sweeps: paired differences are those of two single runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import sim
from sim.engine.no_effect import CHANGES_NOTHING
from sim.errors import InputError
from sim.estimates.costs import cost_table
from sim.estimates.effects import effect_of
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.studies.compare import _costs, report
from sim.studies.report import Table, changes
from sim.studies.run import summary
from sim.studies.sources import point_of
from sim.studies.sweep import sweep_report
from tests.planted import COUNTRIES, planted
from tests.studies.short import LAST, RUNS, SHORT, pair, single

GRID = """\
title = "Contracts"
question = "What do they do?"
runs = 3
[design]
kind = "grid"
[[factors]]
key = "contracts.term"
values = [5.0, 10.0]
[[factors]]
key = "procurement.base"
values = [-6.0, -5.0, -4.0]
"""


def test_a_difference_is_that_of_two_single_runs() -> None:
    other = sim.make_runs("no-peers", runs=RUNS, set=SHORT)
    table = report(pair(), ["working", "trained"]).tables["differences"]
    found = table.query("alternative == 'no-peers' and group == 'world' and year == @LAST")
    for name in ("working", "trained"):
        one, two = (
            of.frame(f"{name}_{LAST}").iloc[:, -1].to_numpy(float) for of in (single(), other)
        )
        row, change = found.set_index("outcome").loc[name], two - one
        assert row["mean"] == pytest.approx(change.mean(), rel=1e-6)
        assert row["q05"] == pytest.approx(np.quantile(change, 0.05), rel=1e-6)
        assert row["reference_mean"] == pytest.approx(one.mean(), rel=1e-6)
        assert row["standard_error"] == pytest.approx(change.std(ddof=1) / np.sqrt(RUNS), rel=1e-5)


def test_a_folder_and_a_scenario_of_one_name_are_two_points() -> None:
    twice: Any = sim.compare(single(), single(), outcomes="working")
    mixed: Any = sim.compare(single(), "baseline", outcomes="working", set=SHORT)
    for found in (twice, mixed):
        assert found.results.n_points == 2 and (found.tables["differences"]["mean"] == 0.0).all()


@pytest.mark.parametrize(
    ("key", "options"), [("seed", {"seed": 2}), ("plausible_sha256", {"defaults": True})]
)
def test_runs_of_another_kind_are_not_paired(key: str, options: dict[str, Any]) -> None:
    other = sim.make_runs("no-peers", **{"runs": RUNS, "set": SHORT, **options})
    with pytest.raises(InputError, match=f"cannot be paired:\\n.*no-peers: {key} "):
        sim.compare(single(), other)


def test_shown_cells_are_those_of_their_row() -> None:
    found = sim.compare("baseline", "no-peers", "no-bundling", runs=RUNS, set=SHORT, year=LAST - 1)
    frame = next(block for block in found.shown if isinstance(block, Table)).frame
    table = found.tables["differences"].query("group == 'world' and year == @LAST - 1")
    assert frame["alternative"].tolist() == ["baseline", "No peers", "No bundling"]
    level = single().values("working", years=LAST - 1).mean()
    assert frame["Working Chinese systems, countries"].iloc[0].startswith(f"{shown(level)} (")
    for row, cell in zip(table.itertuples(), changes(table), strict=True):
        # Below the level of the reference.
        assert frame[found.results.outcomes[row.outcome].named].iloc[row.point] == cell


def test_where_most_runs_stay_the_same_cells_tell_directions() -> None:
    """Quantiles of -1, 0 and 1 are whole numbers beside a mean of a hundredth."""
    changes_of = np.zeros((1000, 4))
    changes_of[:30, 0], changes_of[30:40, 0] = 1.0, -1.0
    changes_of[:600, 1] = -1.0
    changes_of[:, 2] = np.linspace(-1.0, 2.0, 1000)
    found = effect_of(np.zeros((1000, 4)), changes_of, np.arange(1000))
    cells, half = changes(found), shown((found["high"] - found["low"])[0] / 2.0)
    assert cells[0] == f"+0.02 ± {half} (up in 3% of runs, down in 1%)"
    assert cells[1].startswith("−0.6 ±") and cells[1].endswith("(−1 to 0)")
    assert cells[2].endswith("(−0.85 to 1.8)") and cells[3] == "identical in all runs"


LATE = """\
extends = "baseline"
[[events]]
name = "subsidy"
date = 2012
where = {{ region = ["South Asia"] }}
west.subsidy = {subsidy}
"""


def test_an_event_that_sets_what_is_so_changes_no_number(tmp_path: Path) -> None:
    (same := tmp_path / "same.toml").write_text(LATE.format(subsidy=0.0))
    (other := tmp_path / "other.toml").write_text(LATE.format(subsidy=1.0))
    found = sim.compare("baseline", same, other, runs=RUNS, set=SHORT)
    runs = found.results.dataset().to_array().to_numpy().swapaxes(0, 1)
    assert np.array_equal(runs[0], runs[1]) and (runs[0] != runs[2]).any()
    assert not sim.compare("baseline", same, runs=RUNS, set=SHORT).figures


def test_a_map_of_several_scenarios_counts_countries_of_any() -> None:
    """Each scenario takes the systems of another country."""
    works = np.ones((3, 41, len(COUNTRIES), 1))
    works[1, :, 0], works[2, :, 1] = 0.0, 0.0
    found = report(planted({("working", "panel"): works}, "baseline", "one", "two"), ["working"])
    assert found.draw("map").get_label() == (
        "In 2 of 189 countries a Chinese system works less often in the model's runs at the end of"
        " 2040 in one scenario or more, beyond chance"
    )
    # The model claims nothing of New Zealand.
    works = np.ones((2, 41, len(COUNTRIES), 1))
    works[1, :, COUNTRIES.index.get_loc("NZL")] = 0.0
    found = report(planted({("working", "panel"): works}, "baseline", "one"), ["working"])
    assert "map" not in found.figures


def test_a_policy_has_a_price_where_its_effect_is_beyond_chance() -> None:
    nan = float("nan")
    rows = [
        (1, "aid", "Western donors", 2040, 4000.0, 3000.0, 5000.0, -2.0, 2000.0, 1500.0, 2500.0),
        (1, "aid", "host countries", 2040, -1000.0, -1100.0, -900.0, -2.0, -500.0, -600.0, -400.0),
        (2, "chance", "Western donors", 2040, 500.0, 400.0, 600.0, 0.1, nan, nan, nan),
        (3, "free", "Western donors", 2040, 0.0, 0.0, 0.0, -9.0, 0.0, 0.0, 0.0),
    ]
    columns = ("point", "alternative", "payer", "year", "mean", "low", "high", "systems",
               "per_system", "per_low", "per_high")  # fmt: skip
    results = planted({}, "baseline", "aid", "chance", "free")
    (table,) = _costs(results, pd.DataFrame(rows, columns=list(columns)))
    assert isinstance(table, Table)
    assert table.frame.iloc[:, 2:].to_numpy().tolist() == [
        ["+4 (3 to 5)", "+2,000 (1,500 to 2,500)"],
        ["−1 (−1.1 to −0.9)", "−500 (−600 to −400)"],
        ["+0.5 (0.4 to 0.6)", "no effect beyond chance: no cost per system"],
    ]
    assert _costs(results, pd.DataFrame(rows[3:], columns=list(columns))) == []
    short = cost_table(pair(), LAST)
    assert len(short) == 4 and not short.query("payer == 'Western donors'")["mean"].any()


def test_sources_keep_the_order_given(tmp_path: Path) -> None:
    """A folder between two scenarios, one of its name."""
    sim.make_runs("no-peers", runs=RUNS, set=SHORT, out=tmp_path / "no-peers")
    found = sim.compare("baseline", tmp_path / "no-peers", "no-bundling", set=SHORT)
    assert found.results.labels == ["baseline", "no-peers", "no-bundling"]
    values = found.results.values("working", years=LAST).isel(year=0)
    alone = single().values("working", years=LAST).isel(point=0, year=0)
    assert np.array_equal(values.isel(point=0), alone)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    (file := tmp_path_factory.mktemp("grid") / "grid.toml").write_text(GRID)
    return sim.make_runs(file, set={"horizon.end": 2012})


def test_effects_are_paired_with_any_reference_point(results: Results) -> None:
    values = results.values("adopters", years=2012).isel(year=0).to_numpy()
    for reference in (0, 4):
        effects = sweep_report(results, "adopters", reference=reference).tables["effects"]
        assert sorted(effects["point"]) == [at for at in range(6) if at != reference]
        for row in effects.itertuples():
            change = values[row.point] - values[reference]
            assert row.mean == pytest.approx(change.mean(), rel=1e-6, abs=1e-9)
            assert row.q95 == pytest.approx(np.quantile(change, 0.95), rel=1e-6, abs=1e-9)
    table = sweep_report(results, "adopters").tables["effects"]
    assert table[table["procurement.base"] == -4.0]["mean"].max() > 0.0


def test_a_data_frame_is_a_design(results: Results) -> None:
    """The rows of a grid give the grid's runs; what is wrong with cells is said at once."""
    rows = results.design[["contracts.term", "procurement.base"]].reset_index(drop=True)
    short = {"horizon.end": 2012}
    mine = sim.make_runs(rows, runs=results.n_runs, set=short)
    assert np.array_equal(mine.values("working"), results.values("working"))
    pd.testing.assert_frame_equal(mine.design[rows.columns], results.design[rows.columns])
    two = pd.DataFrame({"scenario": ["baseline", "no-peers"]})
    effects = sim.sweep(two, outcomes="working", runs=2, set=short).tables["effects"]
    assert effects["scenario"].tolist() == ["no-peers"]
    wrong = rows.assign(**{"contracts.term": [*rows["contracts.term"][:-1], 99.0], "fee": 1.0})
    with pytest.raises(sim.InputError) as told:
        sim.make_runs(wrong, set={"procurement.base": -5.0})
    texts = told.value.messages
    assert len(texts) == 3 and "'contracts.term', row 5: must be a number from" in texts[0]
    assert "leave it out of set" in texts[1] and "column 'fee'" in texts[2]
    with pytest.raises(sim.InputError, match="no scenario is called 'no-pers'"):
        sim.make_runs(two.replace("no-peers", "no-pers"))


def test_points_that_are_no_grid_are_read_by_correlations() -> None:
    base, peers = np.linspace(-4.0, -2.0, 12), [True, False] * 6
    points = pd.DataFrame({"procurement.base": base, "peers.active": peers})
    found = sim.sweep(points, outcomes="adopters", runs=2, set={"horizon.end": 2012})
    means = found.results.values("adopters", years=2012).mean(["run", "year"])
    table = found.tables["rank_correlations"].set_index("factor")["rank_correlation"]
    assert table["procurement.base"] == pytest.approx(spearmanr(base, means).statistic)
    assert table["peers.active"] == pytest.approx(spearmanr(peers, means).statistic)
    assert {*found.figures} == {"curves"} and found.draw()


BUDGET = """\
[design]
kind = "grid"
[[factors]]
key = "west.budget"
values = [20.0, 40.0]
[[factors]]
key = "west.subsidy"
values = """


@pytest.mark.parametrize(("subsidies", "said"), [("[0.0, 1.0]", 0), ("[0.0]", 1)])
def test_a_factor_that_acts_at_no_point_is_named(tmp_path: Path, subsidies: str, said: int) -> None:
    """At one point with a subsidy it acts."""
    (file := tmp_path / "budget.toml").write_text(BUDGET + subsidies)
    text = f"west.budget {CHANGES_NOTHING}"
    assert sum(text in line for line in sim.check(file).warnings) == said
    found = sim.sweep(file, outcomes="working", runs=1, set={"horizon.end": 2020})
    assert sum(text in str(block) for block in found.blocks) == said


def test_rows_of_a_sweep_have_names_and_units(results: Results) -> None:
    """Never `5.0, -6.0`."""
    assert results.labels[1] == "Term (contracts) 5 years, Base (procurement) −5 logit"
    found = sweep_report(results, "adopters")
    effects, shares = found.tables["main_effects"], found.tables["variance"]
    assert effects["level"].tolist()[:3] == ["10 years", "−5 logit", "−4 logit"]
    values = results.values("adopters", years=2012).isel(year=0).to_numpy().mean(axis=1)
    assert effects["mean"].iloc[0] == pytest.approx(values[3:].mean() - values[:3].mean())
    assert shares["factors"].tolist()[-1] == "parameters and chance"


def test_a_point_of_a_sweep_has_the_figures_of_a_scenario(results: Results) -> None:
    alone = point_of(results, "4")
    assert alone.labels[0].endswith(results.labels[4]) and alone.n_points == 1
    assert np.array_equal(alone.values("working")[0], results.values("working")[4])
    assert point_of(results, results.labels[4]).places == alone.places
    assert "adoption-world" in summary(alone).figures
    with pytest.raises(InputError, match="allowed: 0 to 5, or a label"):
        point_of(results, "6")


def test_values_outside_the_plausible_range_are_named(tmp_path: Path) -> None:
    (file := tmp_path / "study.toml").write_text(GRID.replace("5.0, 10.0", "3, 30"))
    said, *_ = sim.check(file).warnings
    assert "Term (contracts), contracts.term: 30 (years) outside the plausible" in said


def test_what_cannot_be_reported_is_refused_before_runs_are_made() -> None:
    def ran(design: object) -> None:
        pytest.fail("a design was checked before its options")

    short: Any = {"set": {"horizon.end": 2003}, "check": ran}
    points = pd.DataFrame({"contracts.term": [5, 10]})
    with pytest.raises(InputError, match=r"^reference 99: allowed: 0 to 1"):
        sim.sweep(points, reference=99, **short)
    for study in (partial(sim.sweep, points), partial(sim.compare, "baseline", "no-peers")):
        with pytest.raises(InputError, match=r"^year 1990: kept are 2000, 2001"):
            study(year=1990, **short)
