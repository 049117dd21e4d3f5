"""What a record tells of the planted truth that it comes from, and files of contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import sim
from sim.arrays import Floats
from sim.cli import app
from sim.draws import COUNTRY_SHIFT, PURPOSE_SHIFT, REPLICATE_SHIFT, code_number, uniform
from sim.studies.evidence import (
    COUNTED,
    DOCUMENTED,
    between_sets,
    condition,
    follow,
    lots_of,
    read_contracts,
    removed,
    simulated,
)
from sim.studies.sources import results_of
from tests.studies.short import single

SETS, RUNS_A_SET, COUNTRIES, YEARS = 100, 4, 120, 15
CHANCE = 0.2
"""Planted share of the variance of what is left that is chance."""
EIGHT = Path(__file__).parents[2] / "examples/contracts.csv"


@pytest.fixture(scope="module")
def planted() -> dict[str, Any]:
    """Return worlds in which what is left falls with the rate of missed fees, and held is luck."""
    random = np.random.default_rng(3)
    sets = np.repeat(np.arange(SETS), RUNS_A_SET)
    runs = len(sets)
    rate = random.uniform(0.02, 0.3, SETS)[sets]
    noise = random.normal(0.0, rate.std() * np.sqrt(CHANCE / (1.0 - CHANCE)), runs)
    shape = runs, COUNTRIES, YEARS
    yearly: dict[str, Any] = {
        name: np.zeros(shape) for name in (*COUNTED, "expired", "barred", "dark")
    }
    yearly["missed"] = random.random(shape) < rate[:, np.newaxis, np.newaxis]
    yearly["years"] = np.ones(shape, bool)
    yearly["installed"] = np.arange(YEARS) == np.full(shape, YEARS - 1)
    yearly["dark_now"] = random.random(shape) * yearly["installed"]  # of nothing else
    return {
        "yearly": yearly,
        "targets": np.stack([0.9 - rate + noise, random.normal(0.0, 1.0, runs)], axis=1),
        "sets": sets,
        "lots": [random.random((runs, COUNTRIES)) for _ in range(3)],
    }


def test_more_contracts_tell_more_of_what_depends_on_them(planted: dict[str, Any]) -> None:
    records = simulated(planted["yearly"], planted["lots"])
    targets, sets = planted["targets"], planted["sets"]
    found = np.array(
        [
            removed(records["documented contracts", n], targets, sets)
            for n in ("8", "20", "50", "all")
        ]
    )
    ceiling = between_sets(targets, sets)
    left, held = found[:, 0].T
    assert (np.diff(left) > 0.0).all(), "and every further one tells something"
    assert ceiling[1, 0] < 1.0 - CHANCE < ceiling[2, 0]
    assert left[0] < 0.9 * ceiling[0, 0]
    assert left[-1] == pytest.approx(ceiling[0, 0], abs=0.03), "all tell what can be told"
    assert (found[:, 1] <= found[:, 0]).all() and (found[:, 0] <= found[:, 2]).all()
    assert (held < 0.02).all() and (found[:, 1, 1] == 0.0).all(), "luck is not foretold"
    assert ceiling[1, 1] < 0.05


def test_a_record_of_something_else_tells_nothing(planted: dict[str, Any]) -> None:
    records = simulated(planted["yearly"], planted["lots"])
    for kind in ("scans of devices, countries", "bans"):
        found = removed(records[kind, "all"], planted["targets"], planted["sets"])
        assert (found[0] < 0.02).all() and (found[1] == 0.0).all()


def contracts(**ended: int) -> pd.DataFrame:
    """Return twenty contracts of ten years, with so many missed fees."""
    table = pd.DataFrame({"years": np.full(20, 10), "restored": 0, "ended": None})
    return table.assign(missed=ended["missed"])


def test_contracts_of_ones_own_move_what_is_left_the_right_way(planted: dict[str, Any]) -> None:
    after = {}
    for missed in (0, 1, 3):
        rates, found = condition(contracts(missed=missed), **planted)
        row = found.set_index("number").loc["left"]
        after[missed] = row["mean_after"] - row["mean"]
        assert row["q95_after"] - row["q05_after"] < 0.8 * (row["q95"] - row["q05"])
        assert rates.set_index("number")["own"]["missed"] == pytest.approx(missed / 10)
        assert "renewed" not in list(rates["number"]), "nobody looked for renewals"
    assert after[0] > after[1] > 0.0 > after[3]
    # Rates are uniform from 0.02 to 0.3; of 20 missed in 200 years the posterior mean is 0.104.
    assert after[1] == pytest.approx(0.16 - 0.104, abs=0.015)


def test_systems_are_followed_from_their_contract_to_their_end() -> None:
    """Two countries, 2000 to 2007: one switches in 2005, the other has its system to the end."""
    panel = {name: np.zeros((1, 2, 8)) for name in ("adopted", "dark", "banned", *COUNTED.values())}

    def plant(field: str, country: int, *years: int) -> None:
        for year in years:
            panel[field][0, country, year - 2000 :] += 1.0

    plant("adopted", 0, 2001)
    plant("adopted", 1, 2003)
    plant("lapsed", 0, 2001, 2003, 2006)  # in the year of its contract, then, and with the next
    plant("restored", 0, 2004)
    plant("switched", 0, 2005, 2007)
    plant("renewed", 1, 2006)
    panel["dark"][0, :, 3] = 0.4
    panel["dark"][0, :, 7] = 0.3
    sums = {name: values.sum(axis=-1)[0].tolist() for name, values in follow(panel.get).items()}  # type: ignore[arg-type]
    assert sums["years"] == [4, 4]
    assert (sums["missed"], sums["restored"]) == ([1, 0], [1, 0])
    assert (sums["switched"], sums["renewed"], sums["expired"]) == ([1, 0], [0, 1], [1, 1])
    assert sums["dark"] == [0.4, 0.3]
    assert (sums["installed"], sums["dark_now"]) == ([0, 1], [0, 0.3])


def test_what_is_documented_is_drawn_by_the_models_generator() -> None:
    results = single()
    lots: Floats = lots_of(results, np.array([0, 2]), 3)
    country = code_number(str(results.states.index[5]))
    counter = (2 << REPLICATE_SHIFT) + (country << COUNTRY_SHIFT) + (DOCUMENTED << PURPOSE_SHIFT)
    assert lots[1, 5] == uniform(1, counter + 3)
    assert len(np.unique(lots)) == lots.size


WRONG = """\
iso3,first_year,last_year,missed,restored,ended
KEX,2014,,1,1,
KEN,1999,,1,1,
KEN,2014,2010,0,0,
KEN,2014,,0,0,switched
KEN,2014,2020,0,0,lapsed
"""


def test_all_mistakes_in_a_table_of_contracts_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(WRONG)
    with pytest.raises(sim.InputError) as caught:
        read_contracts(path)
    for text in (
        "mine.csv:2: iso3 is 'KEX'; allowed",
        "did you mean 'KEN'",
        "mine.csv:3: first_year is 1999; allowed: a whole number from 2000 to 2025",
        "mine.csv:4: last_year is 2010; allowed: 2014",
        "mine.csv:5: last_year is empty; allowed beside switched",
        "mine.csv:6: ended is 'lapsed'; allowed: renewed, switched, left, banned",
    ):
        assert text in str(caught.value)
    path.write_text("iso3,first_year\n")
    with pytest.raises(sim.InputError, match=r"mine.csv:1: the column 'last_year' is missing"):
        read_contracts(path)
    path.write_text(WRONG.splitlines()[0])
    with pytest.raises(sim.InputError, match="no rows below the header"):
        read_contracts(path)


def test_the_eight_documented_systems() -> None:
    found = read_contracts(EIGHT)
    assert len(found) == 8
    assert (found["missed"].sum(), found["ended"].notna().sum()) == (5, 0)
    assert found["source"].str.len().min() > 0


def test_a_small_run_is_told_saved_and_drawn(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    report = sim.evidence(runs=64, set={"horizon.end": 2039}, out=folder)
    table = report.tables["evidence"].set_index(["record", "n"])
    assert ("documented contracts", "50") in table.index
    assert table.loc[("all parameters known", ""), "left"] >= 0.0
    assert table.to_numpy().min() >= 0.0 and table.to_numpy().max() <= 1.0
    assert "documented contracts" in report._repr_html_()
    report.draw()
    arguments = ["evidence", str(folder), "--contracts", str(EIGHT), "--json", "--no-figures"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "own")])
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert content["since"] == 2029
    assert [row["number"] for row in content["conditioned"]] == ["left", "held"]
    assert {"evidence.csv", "rates.csv", "conditioned.csv"} <= {
        path.name for path in (tmp_path / "own").iterdir()
    }


@pytest.mark.parametrize("options", [{"runs": 4}, {"defaults": True}])
def test_what_cannot_tell_is_refused_before_it_is_run(options: dict[str, Any]) -> None:
    with pytest.raises(sim.InputError, match="64 runs or more, of plausible parameter sets"):
        sim.evidence(**options)


def test_one_scenario_or_no_withdrawal_is_refused() -> None:
    with pytest.raises(sim.InputError, match="evidence takes two"):
        sim.evidence("offer-withdrawn-2030")
    with pytest.raises(sim.InputError, match="evidence takes two"):
        sim.evidence(results_of([single(), single()], {}))
