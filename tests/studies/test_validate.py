"""Validation: sums of squares by hand, and figures of what is switched off are blank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.estimates.targets import FITTED, target_table
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies import validate
from sim.studies.report import Table
from sim.studies.validate import NULLS, null_factors, report, summarise
from sim.world.seeds import shipped_seeds
from tests.studies.short import SHORT, single


def test_sums_of_squares_leave_out_figures_that_one_model_lacks() -> None:
    rows = [
        ("one", "a", "met", 1.0), ("one", "b", "missed", -4.0), ("one", "c", "met", 2.0),
        ("two", "a", "met", 0.5), ("two", "b", "met", 1.0), ("two", "c", "", np.nan),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["model", "target", "verdict", "distance"])
    found = summarise(table.assign(use="hold-out", label=table["target"])).set_index("model")
    assert found["sum_of_squares"].to_dict() == {"one": 17.0, "two": 1.25}
    assert found["met"].to_dict() == {"one": 2, "two": 2}
    assert found["ruled_out_by"].to_dict() == {"one": 1, "two": 0}
    assert found.loc["one", "missed"] == "b"


def test_figures_tell_a_model_without_camps_apart_and_not_one_without_a_cost_to_leave() -> None:
    whole = {"horizon.end": 2026}
    paired = sim.compare("baseline", "no-exit-cost", "bass", runs=24, set=whole).results
    factors = null_factors(paired).set_index("model")
    assert factors.loc["bass", "factor"] < 0.01 < 0.2 < factors.loc["no-exit-cost", "factor"] < 5.0
    fitted = sum(target.use == FITTED for target in shipped_seeds().targets)
    # Without contracts nothing expires and no press reports a fate; without ties nobody signs.
    counted = sum(t.use == FITTED and t.count is not None for t in shipped_seeds().targets)
    assert factors["figures"].to_dict() == {"no-exit-cost": fitted, "bass": fitted - counted - 1}
    assert len(shipped_plausible().likelihoods) == len(shipped_plausible().weights)


def test_a_figure_is_blank_where_its_mechanism_is_off_and_nowhere_else() -> None:
    results = sim.compare("baseline", "copying-only", runs=2, defaults=True).results
    trained = [target_table(results, point=point).set_index("target") for point in range(2)]
    verdicts = [table.loc["trained_countries_2025", "verdict"] for table in trained]
    assert verdicts[0] and not verdicts[1]


def test_null_models_are_run_at_the_documented_values_beside_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = dict(list(NULLS.items())[:2])
    monkeypatch.setattr(validate, "NULLS", few)
    found = sim.validate(single(), runs=2)
    models = found.tables["validation"]["model"].unique()
    assert models.tolist() == ["baseline, plausible sets", "baseline", *few]
    assert found.tables["bayes_factors"]["model"].tolist() == [*few]
    once = sim.make_runs("baseline", runs=1, set=SHORT, defaults=True)
    shown = [block for block in report(single(), once).shown if isinstance(block, Table)]
    assert len(shown) == 2, "figures and fates: of single runs no distance to null models is known"
    defaults = sim.make_runs("baseline", runs=2, set=SHORT, defaults=True)
    assert set(sim.validate(defaults, nulls=False).tables["validation"]["model"]) == {
        "baseline, as it was run"
    }
