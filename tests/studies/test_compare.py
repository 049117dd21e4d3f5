"""Comparisons: paired differences are those of two single runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.studies.compare import report
from tests.studies.short import LAST, RUNS, SHORT, pair, single


def test_a_difference_is_that_of_two_single_runs() -> None:
    other = sim.run("no-peers", runs=RUNS, set=SHORT)
    found = report(pair(), ["working", "trained"]).frame("differences")
    for name in ("working", "trained"):
        changes = []
        for results in (single(), other):
            table = pd.read_parquet(results.folder / "runs.parquet")
            table = table[(table["group_kind"] == "world") & (table["year"] == LAST)]
            changes.append(table.sort_values("run")[name].to_numpy(float))
        change = changes[1] - changes[0]
        row = found[
            (found["alternative"] == "no-peers")
            & (found["outcome"] == name)
            & (found["group"] == "world")
            & (found["year"] == LAST)
        ].iloc[0]
        assert row["mean"] == pytest.approx(change.mean(), rel=1e-6)
        assert row["q05"] == pytest.approx(np.quantile(change, 0.05), rel=1e-6)
        assert row["reference_mean"] == pytest.approx(changes[0].mean(), rel=1e-6)
        assert row["standard_error"] == pytest.approx(change.std(ddof=1) / np.sqrt(RUNS), rel=1e-5)


def test_a_folder_and_a_scenario_of_one_name_are_two_points() -> None:
    found = sim.compare(single(), "no-peers", outcomes="working", set=SHORT)
    assert found.results.labels == ["baseline", "no-peers"]
    same = sim.compare(single(), single(), outcomes="working").frame("differences")
    assert (same["mean"] == 0.0).all()
    mixed = sim.compare(single(), "baseline", outcomes="working", set=SHORT)
    assert mixed.results.n_points == 2
    assert (mixed.frame("differences")["mean"] == 0.0).all()


def test_no_country_is_named_with_three_runs() -> None:
    """Three signs at most: no p-value is below a quarter."""
    found = report(pair(), ["working"])
    assert not found.frame("country_differences")["changed"].any()
    assert all("beyond chance" in one for one in found.shown if str(one).startswith("no-"))
