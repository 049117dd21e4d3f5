"""Validation: the area under the curve is that of a count by hand; lists are read with care."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.results.targets import target_table
from sim.studies.validate import _score, naive, read_list, summarise
from tests.studies.short import LAST, SHORT, single


def test_the_area_under_the_curve_is_a_count_of_pairs() -> None:
    random = np.random.default_rng(5)
    truth = random.random(60) < 0.4
    scores = np.round(truth + random.normal(0.0, 1.0, 60), 1)
    pairs = scores[truth][:, np.newaxis] - scores[~truth]
    found = _score(scores, truth)
    assert found["auc"] == pytest.approx((pairs > 0).mean() + 0.5 * (pairs == 0).mean())
    assert found["low"] < found["auc"] < found["high"]
    assert naive(2024)["population"].idxmax() == "IND"
    assert naive(2024)["autocracy"].idxmin() == "NOR"


def test_sums_of_squares_leave_out_figures_that_one_model_lacks() -> None:
    rows = [
        ("one", "a", "met", 1.0), ("one", "b", "missed", 4.0), ("one", "c", "met", 2.0),
        ("two", "a", "met", 0.5), ("two", "b", "met", 1.0), ("two", "c", "", np.nan),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["model", "target", "verdict", "distance"])
    found = summarise(table.assign(use="hold-out", label=table["target"])).set_index("model")
    assert found["sum_of_squares"].to_dict() == {"one": 17.0, "two": 1.25}
    assert found["met"].to_dict() == {"one": 2, "two": 2}
    assert found["ruled_out_by"].to_dict() == {"one": 1, "two": 0}
    assert found.loc["one", "missed"] == "b"


def test_a_list_of_ones_own_is_scored(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("iso3,value\nKEN,1\nPAK,true\nFJI,0\nISL,false\n")
    found = sim.validate(single(), against=path, year=LAST)
    shares = found.frame("countries_scored").set_index("iso3")["share_of_runs"]
    results = single()
    recorded = results.panel("recorded_adopted", [LAST])[0, :, :, 0].mean(axis=0)
    assert shares["KEN"] == pytest.approx(recorded[results.states.index.get_loc("KEN")])
    assert found.frame("scores")["ranking"].tolist()[0] == "the model"
    path.write_text("iso3,value\nXXX,1\nKEN,maybe\nFJI,1\nFJI,0\n")
    with pytest.raises(InputError) as caught:
        read_list(path)
    assert [message.split(":")[1] for message in caught.value.messages] == ["2", "3", "5"]


def test_a_figure_is_blank_where_its_mechanism_is_off_and_nowhere_else() -> None:
    results = sim.compare("baseline", "copying-only", runs=2, defaults=True).results
    trained = [target_table(results, point=point).set_index("target") for point in range(2)]
    verdicts = [table.loc["trained_countries_2025", "verdict"] for table in trained]
    assert verdicts[0] and not verdicts[1]


def test_figures_and_null_models_are_run() -> None:
    found = sim.validate(single(), nulls=False)
    assert set(found.frame("validation")["model"]) == {"baseline, plausible sets"}
    assert found.facts["met"].keys() == {"calibrate", "hold-out", "check"}
    defaults = sim.run("baseline", runs=2, set=SHORT, defaults=True)
    assert set(sim.validate(defaults, nulls=False).frame("validation")["model"]) == {
        "baseline, as it was run"
    }
