"""Questions: scenarios ranked by their paired effect, and nothing named by chance."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import sim
from sim.errors import InputError
from sim.rules import SHIPPED
from sim.studies.ask import _effects, read_question
from tests.studies.short import LAST, RUNS, SHORT, pair


def planted(effect: float, groups: int = 8, scenarios: int = 20, runs: int = 64) -> SimpleNamespace:
    """Return results in which runs differ much, and the first scenario by an effect."""
    random = np.random.default_rng(3)
    luck = random.normal(100.0, 30.0, (1, runs, 1, groups))
    values = luck + random.normal(0.0, 5.0, (scenarios + 1, runs, 1, groups))
    values[1] += effect
    names = [f"g{at}" for at in range(groups)]
    return SimpleNamespace(
        values=lambda *_, **__: values,
        labels=["baseline", *(f"s{at}" for at in range(scenarios))],
        n_points=scenarios + 1,
        outcomes={"working": SHIPPED.register["working"]},
        set_of_run=np.arange(runs),
        groups={"regime": names},
    )


def test_planted_effects_are_named_and_chance_is_not() -> None:
    outcome = SHIPPED.register["working"]
    none = _effects(planted(0.0), outcome, 2040, "regime")
    assert not none["beyond_chance"].any()
    some = _effects(planted(5.0), outcome, 2040, "regime")
    named = some[some["beyond_chance"]]
    assert set(named["group"]) == {f"g{at}" for at in range(8)}
    assert set(named["scenario"]) == {"s0"}
    assert named["mean"].to_numpy() == pytest.approx(np.full(8, 5.0), abs=3.0)
    assert (some.groupby("group").first()["scenario"] == "s0").all()


def test_questions_are_read() -> None:
    assert read_question("working in 2030", SHIPPED.register)[1] == 2030
    asked = read_question("Working Chinese systems at the end of 2030", SHIPPED.register)
    assert asked[0].name == "working"
    assert read_question("working", SHIPPED.register) == (SHIPPED.register["working"], 2040)
    with pytest.raises(InputError, match="working"):
        read_question("workign in 2030", SHIPPED.register)


def test_answers_are_those_of_compare() -> None:
    names = ("no-peers", "no-bundling")
    found = sim.ask(f"working in {LAST}", scenarios=names, by="region", runs=RUNS, set=SHORT)
    effects = found.tables["effects"]
    values = pair().values("working", years=[LAST])[:, :, 0]
    for point, name in enumerate(names, start=1):
        row = effects[(effects["group"] == "world") & (effects["scenario"] == name)].iloc[0]
        assert row["mean"] == pytest.approx((values[point] - values[0]).mean(), rel=1e-6)
    assert not effects["beyond_chance"].any()
