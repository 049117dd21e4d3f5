"""What a record tells of the planted truth that it comes from, and files of contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import evidence as study
import numpy as np
import pandas as pd
import pytest
from evidence import (
    COUNTED,
    DOCUMENTED,
    OWN,
    between_sets,
    cases_of,
    condition,
    follow,
    lots_of,
    removed,
    simulated,
)

import sim
from sim.model.draws import COUNTRY_SHIFT, PURPOSE_SHIFT, RUN_SHIFT, code_number, uniform
from sim.world.arrays import Floats
from sim.world.seeds import own_record
from tests.studies.short import single

SETS, RUNS_A_SET, COUNTRIES, YEARS = 100, 4, 120, 15
CHANCE = 0.2
"""Planted share of the variance of what is left that is chance."""


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
        name: np.zeros(shape) for name in (*COUNTED, *OWN, "expired", "barred", "out_of_service")
    }
    yearly["missed"] = random.random(shape) < rate[:, np.newaxis, np.newaxis]
    yearly["outage"] = yearly["missed"]
    yearly["years"] = np.ones(shape, bool)
    yearly["installed"] = np.arange(YEARS) == np.full(shape, YEARS - 1)
    yearly["out_now"] = random.random(shape) * yearly["installed"]  # of nothing else
    return {
        "yearly": yearly,
        "response": np.stack([0.9 - rate + noise, random.normal(0.0, 1.0, runs)], axis=1),
        "sets": sets,
        "lots": [random.random((runs, COUNTRIES)) for _ in range(3)],
    }


def test_more_contracts_tell_more_of_what_depends_on_them(planted: dict[str, Any]) -> None:
    records = simulated(planted["yearly"], planted["lots"])
    response, sets = planted["response"], planted["sets"]
    found = np.array(
        [
            removed(records["documented contracts", n], response, sets)
            for n in ("10", "20", "50", "all")
        ]
    )
    ceiling = between_sets(response, sets)
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
    (outages,) = records["logs of outages and repairs", "all"]  # these are what the rate makes
    assert removed([outages], planted["response"], planted["sets"])[1, 0] > 0.5
    kinds = ("scans of devices, countries", "losses after hand-over", "bans")
    for kind in kinds:
        found = removed(records[kind, "all"], planted["response"], planted["sets"])
        assert (found[0] < 0.02).all() and (found[1] == 0.0).all()


def systems(outages: float) -> pd.DataFrame:
    """Return twenty systems that served for ten years, with so many outages each."""
    table = pd.DataFrame(0.0, range(20), [*OWN])
    return table.assign(outage=outages, years=10.0)


def test_systems_of_ones_own_move_what_is_left_the_right_way(planted: dict[str, Any]) -> None:
    after = {}
    for outages in (0, 1, 3):
        rates, found = condition(systems(outages), **planted)
        row = found.set_index("number").loc["survival"]
        after[outages] = row["mean_after"] - row["mean"]
        assert row["q95_after"] - row["q05_after"] < 0.8 * (row["q95"] - row["q05"])
        assert rates.set_index("number")["own"]["first outage"] == pytest.approx(outages / 10)
    assert after[0] > after[1] > 0.0 > after[3]
    # Rates are uniform from 0.02 to 0.3; of 20 outages in 200 years the posterior mean is 0.104.
    assert after[1] == pytest.approx(0.16 - 0.104, abs=0.015)


def empty_panel(years: int) -> dict[str, np.ndarray]:
    names = ("adopted", "out_of_service", "banned", *COUNTED.values())
    return {name: np.zeros((1, 2, years)) for name in names}


def followed(panel: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Return sums over the years of both countries."""
    found = follow(panel.get)  # type: ignore[arg-type]
    return {name: values.sum(axis=-1)[0].tolist() for name, values in found.items()}


def test_systems_are_followed_from_their_contract_to_their_end() -> None:
    """Two countries, 2000 to 2007: one switches in 2005, the other has its system to the end."""
    panel = empty_panel(8)

    def plant(field: str, country: int, *years: int) -> None:
        for year in years:
            panel[field][0, country, year - 2000 :] += 1.0

    plant("adopted", 0, 2001)
    plant("adopted", 1, 2003)
    plant(
        "suspensions", 0, 2001, 2003, 2006
    )  # in the year of its contract, then, and with the next
    plant("restored", 0, 2004)
    plant("switched", 0, 2005, 2007)
    plant("renewed", 1, 2006)
    panel["out_of_service"][0, :, 3] = 0.4
    panel["out_of_service"][0, :, 7] = 0.3
    sums = followed(panel)
    assert sums["years"] == [4, 4]
    assert (sums["missed"], sums["restored"]) == ([1, 0], [1, 0])
    assert (sums["switched"], sums["renewed"], sums["expired"]) == ([1, 0], [0, 1], [1, 1])
    assert sums["out_of_service"] == [0.4, 0.3]
    assert (sums["installed"], sums["out_now"]) == ([0, 1], [0, 0.3])
    assert (sums["outage"], sums["repaired"]) == ([1, 1], [1, 0])


def test_what_is_given_up_at_first_counts_apart() -> None:
    panel = empty_panel(12)
    for country, given_up in enumerate((4, 9)):
        panel["adopted"][0, country, 1:] = 1.0
        panel["switched_off"][0, country, given_up:] = 1.0
    sums = followed(panel)
    assert (sums["switched_off_early"], sums["switched_off_late"]) == ([1, 0], [0, 1])


def test_what_is_documented_is_drawn_by_the_models_generator() -> None:
    results = single()
    lots: Floats = lots_of(results, np.array([0, 2]), 3)
    country = code_number(str(results.country_groups.index[5]))
    counter = (2 << RUN_SHIFT) + (country << COUNTRY_SHIFT) + (DOCUMENTED << PURPOSE_SHIFT)
    assert lots[1, 5] == uniform(1, counter + 3)
    assert len(np.unique(lots)) == lots.size


SYSTEMS = """\
id,iso3,place,maker,stage,contracted,operational,group,evidence,confidence,url
KEN-OWN,KEN,a town,Huawei,safe city,2013-05,2014-01,china,M,0.9,
UGA-OWN,UGA,a town,other,safe city,2013-05,2014-01,compare,M,0.9,
"""
EVENTS = """\
id,date,event,share,evidence,confidence,url
KEN-OWN,2017-01,partial_out,0.4,M,0.9,
KEN-OWN,2019-01,repaired_same,,M,0.9,
UGA-OWN,2017-01,partial_out,0.4,M,0.9,
KEN-OWN,2024-01,abandoned,,M,0.9,
"""


def test_a_small_run_is_told_and_weighed_by_ones_own_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "DRAWS", 2)
    monkeypatch.setattr(study, "FOLDS", 2)
    (tmp_path / "systems.csv").write_text(SYSTEMS)
    (tmp_path / "system_events.csv").write_text(EVENTS)
    own = own_record(tmp_path)
    assert own is not None
    (case,) = cases_of(own).to_dict("records")
    assert case == {**dict.fromkeys(OWN, 0.0), "outage": 1.0, "repaired": 1.0,
                    "switched_off_late": 1.0, "years": pytest.approx(10.0)}  # fmt: skip
    with pytest.raises(sim.InputError, match="no Chinese system of cameras"):
        cases_of(own.of(["UGA-OWN"]))
    found = study.evidence(None, 64, tmp_path)
    table = found.tables["evidence"].set_index(["record", "n"])
    assert ("documented contracts", "50") in table.index
    assert table.to_numpy().min() >= 0.0 and table.to_numpy().max() <= 1.0
    assert [*found.tables["conditioned"]["number"]] == ["survival", "exit_cost_effect"]
    with pytest.raises(sim.InputError, match="64 runs or more, of plausible parameter sets"):
        study.report(single())
