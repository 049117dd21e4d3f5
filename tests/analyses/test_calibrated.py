"""Planted truths are found again by their records of fates, and what moved has a row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import calibrated
import numpy as np
import pandas as pd
import pytest

from sim.estimates.effects import wilson
from sim.experiment import plausible_factors
from sim.scenario import load_scenario
from sim.world.documented import PublishedFigure

PAGE = vars(calibrated)
NAMES = ["contracts.term", "contracts.missed_payment_rate", "contracts.fee"]
RATE = PublishedFigure(
    id="rate", use="calibrate", quantity="", value=0.05, sigma=None, bound="value", unit="a year",
    scope="", period="", source="", quality="", count=9.0, exposure=170.0,
)  # fmt: skip
SHARE = replace(RATE, id="share", unit="share", count=5.0, exposure=40.0)


@pytest.mark.parametrize(("design_effect", "low", "high"), [(1.0, 0.86, 0.97), (0.03, 0.0, 0.8)])
def test_planted_rates_are_covered_unless_counts_are_believed_too_much(
    design_effect: float, low: float, high: float
) -> None:
    random = np.random.default_rng(1)
    sets = 1500
    rate, share, other = random.uniform([[0.0], [0.0], [0.0]], [[0.3], [0.6], [1.0]], (3, sets))
    years, expiries = random.uniform(60.0, 240.0, sets), random.integers(60, 300, sets)

    def counts(runs: int) -> np.ndarray:
        lost, ended = random.poisson(rate * years * runs), random.binomial(expiries * runs, share)
        return np.stack([np.stack([lost, years * runs], 1), np.stack([ended, expiries * runs], 1)])

    values = pd.DataFrame({"rate": rate, "share": share, "unseen": other})
    targets = [replace(target, design_effect=design_effect) for target in (RATE, SHARE)]
    table = PAGE["recover_fates"](targets, counts(1), counts(20), values, 200, seed=2)
    shares = table.groupby("parameter")["covered"].mean()
    assert low <= shares["rate"] <= high
    assert low <= shares["share"] <= high
    width = PAGE["narrowed"](table)["width"]
    assert (width[["rate", "share"]] < 0.5).all()
    assert width["unseen"] > 0.7


@pytest.mark.slow
def test_from_80_worlds_the_intervals_cover(tmp_path: Path) -> None:
    table = PAGE["of_prior"](600, 3, 80, tmp_path)
    by = table.groupby(table["parameter"].str.partition(".")[0])["covered"].mean()
    low, high = wilson(0.9, 80)
    assert low <= by["survival"] <= high + 0.01
    # Parameters of one world share its record; half of the binomial error is left of many.
    assert by["contracts"] == pytest.approx(0.9, abs=0.04)
    # The record orders worlds: without it, the correlation is 0 with a standard error of 0.11.
    survive = table[table["parameter"] == "survival"]
    assert survive["q50"].corr(survive["true"], method="spearman") > 0.35


def test_what_is_moved_has_a_row_and_what_is_not_has_none() -> None:
    factors = plausible_factors(load_scenario("baseline"), NAMES)
    random = np.random.default_rng(1)
    cube = random.random((2000, 3))
    cube[:, 0] = 0.5 + 0.1 * (cube[:, 0] - 0.5)  # narrowed
    cube[:, 1] = 0.3 + 0.7 * cube[:, 1]  # shifted
    rows = PAGE["moved"](factors, cube, {"weighed": np.full(2000, 1 / 2000)}).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == NAMES[:2]
    # The term is 2 to 10 years, so its middle twentieths are 5.6 to 6.4.
    assert "(5.64 to 6.36)" in rows[0] and "10%" in rows[0]
    assert "+0.5" in rows[1]
