"""What a record tells of the planted truth that it comes from, and how systems are followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import evidence as study
import numpy as np
import pandas as pd
import pytest
from evidence import COUNTED, OWN, between_sets, condition, follow, removed, simulated

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
    names = (*COUNTED, *OWN, "expired", "barred", "out_of_service", "installed", "out_now")
    yearly: dict[str, Any] = dict.fromkeys(names, np.zeros(shape))
    yearly["outage"] = random.random(shape) < rate[:, np.newaxis, np.newaxis]
    return {
        "yearly": {**yearly, "missed": yearly["outage"], "years": np.ones(shape, bool)},
        "response": np.stack([0.9 - rate + noise, random.normal(0.0, 1.0, runs)], axis=1),
        "sets": sets,
        "lots": [random.random((runs, COUNTRIES))],
    }


def test_more_contracts_tell_more_of_what_depends_on_them_alone(planted: dict[str, Any]) -> None:
    records = simulated(planted["yearly"], planted["lots"])
    response, sets = planted["response"], planted["sets"]
    few, every, other = (
        removed(records[kind], response, sets)
        for kind in (("documented contracts", "10"), ("documented contracts", "all"),
                     ("bans", "all"))
    )  # fmt: skip
    ceiling = between_sets(response, sets)
    assert ceiling[1, 0] < 1.0 - CHANCE < ceiling[2, 0] and ceiling[1, 1] < 0.05
    assert 0.05 < few[0, 0] < every[0, 0] == pytest.approx(ceiling[0, 0], abs=0.03)
    assert (every[:, 1] < 0.05).all(), "luck is not foretold"
    assert (other[0] < 0.02).all(), "a record of something else tells nothing"


def test_systems_of_ones_own_move_what_is_left_the_right_way(planted: dict[str, Any]) -> None:
    after = {}
    for outages in (0, 1, 3):
        own = pd.DataFrame(0.0, range(20), [*OWN]).assign(outage=1.0 * outages, years=10.0)
        row = condition(own, **planted)[1].set_index("number").loc["survival"]
        after[outages] = row["mean_after"] - row["mean"]
    # Rates are uniform from 0.02 to 0.3; of 20 outages in 200 years the posterior mean is 0.104.
    assert after[0] > after[1] > 0.0 > after[3]
    assert after[1] == pytest.approx(0.16 - 0.104, abs=0.02)


def test_systems_are_followed_from_their_contract_to_their_end() -> None:
    """Two countries, 2000 to 2007: one switches in 2005, the other gives up in 2006."""
    names = ("adopted", "out_of_service", "banned", *COUNTED.values())
    panel = {name: np.zeros((1, 2, 8)) for name in names}
    for field, country, *years in (
        ("adopted", 0, 2001), ("adopted", 1, 2002), ("suspensions", 0, 2001, 2003, 2006),
        ("restored", 0, 2004), ("switched", 0, 2005, 2007), ("renewed", 1, 2004),
        ("switched_off", 1, 2006),
    ):  # fmt: skip
        for year in years:
            panel[field][0, country, year - 2000 :] += 1.0
    panel["out_of_service"][0, :, 3] = 0.4
    found = follow(panel.get)  # type: ignore[arg-type]
    sums = {name: values.sum(axis=-1)[0].tolist() for name, values in found.items()}
    assert (sums["years"], sums["missed"], sums["restored"]) == ([4, 4], [1, 0], [1, 0])
    assert (sums["switched"], sums["renewed"], sums["expired"]) == ([1, 0], [0, 1], [1, 2])
    assert (sums["switched_off_early"], sums["switched_off_late"]) == ([0, 1], [0, 0])
    assert (sums["outage"], sums["repaired"], sums["out_of_service"]) == (
        [1, 1],
        [1, 1],
        [0.4, 0.4],
    )


@pytest.mark.slow
def test_a_small_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "DRAWS", 2)
    monkeypatch.setattr(study, "FOLDS", 2)
    head = "id,iso3,place,maker,stage,contracted,operational,group,evidence,confidence,url\n"
    row = "KEN-OWN,KEN,a town,Huawei,safe city,2013-05,2014-01,china,M,0.9,\n"
    (tmp_path / "systems.csv").write_text(head + row)
    event = "id,date,event,share,evidence,confidence,url\nKEN-OWN,2024-01,abandoned,,M,0.9,\n"
    (tmp_path / "system_events.csv").write_text(event)
    found = study.evidence(None, study.LEAST_RUNS, tmp_path)
    table = found.tables["evidence"].set_index(["record", "n"])
    assert ("documented contracts", "50") in table.index
    assert table.to_numpy().min() >= 0.0 and table.to_numpy().max() <= 1.0
    assert [*found.tables["conditioned"]["number"]] == ["survival", "exit_cost_effect"]
