"""Questions: scenarios ranked by their paired effect, and nothing named by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.model.register import SHIPPED
from sim.model.units import REGIMES
from sim.scenario.withdrawal import WITHDRAWN, WITHOUT
from sim.studies.ask import read_question, report
from sim.studies.report import Table
from tests.planted import planted


def effects_of(effect: float) -> pd.DataFrame:
    """Return the effects by regime where runs differ much, the first of 20 scenarios by this."""
    random = np.random.default_rng(3)
    luck = random.normal(100.0, 30.0, (1, 64, 1, 4))
    values = luck + random.normal(0.0, 5.0, (21, 64, 1, 4))
    values[1] += effect
    labels = ["baseline", *(f"s{at}" for at in range(20))]
    results = planted({("working", "regime"): values}, *labels, runs=64)
    found = report(results, results.outcomes["working"], 2040, "regime").tables["effects"]
    return found[found["group_kind"] == "regime"]


def test_a_row_by_group_says_what_it_is_compared_with() -> None:
    """The world without exit cost is compared with the end of the offer, not with the baseline."""
    labels = ("baseline", WITHDRAWN, free := next(iter(WITHOUT)))
    values = np.random.default_rng(1).normal(50.0, 1.0, (1, 64, 1, 4)).repeat(3, axis=0)
    values[1:] -= 5.0
    values[2] -= 5.0
    results = planted({("working", "regime"): values}, *labels, runs=64)
    found = report(results, results.outcomes["working"], 2040, "regime")
    frame = [block.frame for block in found.shown if isinstance(block, Table)][-1]
    compared = dict(zip(frame["scenario"], frame["against"], strict=True))
    assert compared == {free: WITHDRAWN, WITHDRAWN: "baseline"}
    assert all(cell.startswith("−5 ±") for cell in frame["change"])


def test_planted_effects_are_named_and_chance_is_not() -> None:
    assert not effects_of(0.0)["beyond_chance"].any()
    some = effects_of(5.0)
    named = some[some["beyond_chance"]]
    assert {*zip(named["group"], named["scenario"], strict=True)} == {(of, "s0") for of in REGIMES}
    assert named["mean"].to_numpy() == pytest.approx(np.full(4, 5.0), abs=3.0)
    assert (some.groupby("group").first()["scenario"] == "s0").all()


def test_questions_are_read() -> None:
    assert read_question("working in 2030", SHIPPED)[1] == 2030
    asked = read_question("Working Chinese systems at the end of 2030", SHIPPED)
    assert asked[0].name == "working"
    assert read_question("working", SHIPPED) == (SHIPPED.register["working"], 2040)
    with pytest.raises(InputError, match="working"):
        read_question("workign in 2030", SHIPPED)
    with pytest.raises(InputError, match="entrench persistence"):
        read_question("survival in 2039", SHIPPED)
    with pytest.raises(InputError, match="write OUTCOME \\[where CONDITIONS\\] in YEAR"):
        read_question("Does aid reduce adoption?", SHIPPED)


def test_what_a_scenario_moved_most_is_measured_by_the_spread_of_runs() -> None:
    """Systems move by 10 of a spread of 30, platforms by 8 of 5, and of the other nothing."""
    random = np.random.default_rng(1)
    luck = random.normal(100.0, 1.0, (1, 64, 1, 1))
    works, bought = (np.tile(100.0 + spread * (luck - 100.0), (3, 1, 1, 1)) for spread in (30, 5))
    works[1], bought[1] = works[1] + 10.0, bought[1] - 8.0
    given = {("working", "world"): works, ("platforms", "world"): bought}
    results = planted(given, "baseline", "moves", "still", runs=64)
    table = report(results, results.outcomes["working"], 2040).tables["effects"]
    moves, still = (table[table["scenario"] == name].iloc[0] for name in ("moves", "still"))
    assert moves["moved_most"] == "platforms"
    assert moves["moved_share"] == pytest.approx(-0.08, abs=0.002)
    assert pd.isna(still["moved_most"])
