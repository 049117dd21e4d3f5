"""The Mesa model by Mesa's conventions, and by the command's defaults."""

from __future__ import annotations

from unittest.mock import Mock

import mesa
import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.engine.chunk import derive, groups_of
from sim.engine.mesa_model import CountryAgent, EntrenchModel
from sim.errors import InputError
from sim.model.register import SHIPPED
from sim.model.units import REGIMES, REGIONS, WORLD
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible

SHORT = load_scenario("baseline", overrides={"horizon.end": 2004})
QUARTERS = len(SHORT.quarters)


def world_of(name: str, model: EntrenchModel) -> list[float]:
    """An outcome of the world by the engine, under the sets that the command gives runs."""
    plausible = shipped_plausible()
    assert plausible is not None
    row = plausible.values(plausible.number_of(model.run_number))
    own = prepare(SHORT, model.ensemble.seed, [SHORT.beneath(row)])
    chunk = run_chunk(own, [model.run_number])
    outcome = SHIPPED.register[name]
    place = groups_of(outcome, WORLD, own.layout)
    assert place is not None
    return list(derive(outcome, chunk, own.layout)[0, :, place[0]])


@pytest.mark.parametrize("run_number", [0, 3])
def test_the_default_is_the_plausible_set_that_the_command_takes(run_number: int) -> None:
    model = EntrenchModel(SHORT, seed=7, run_number=run_number)
    model.run()
    assert list(model.outcome("trained")) == world_of("trained", model)


def test_seed_and_rng_are_two_names_of_one_thing() -> None:
    assert EntrenchModel(SHORT, rng=5).ensemble.seed == EntrenchModel(SHORT, seed=5).ensemble.seed
    assert EntrenchModel(SHORT, rng=np.int64(5)).ensemble.seed == 5
    with pytest.raises(InputError, match="give one"):
        EntrenchModel(SHORT, seed=1, rng=1)
    for wrong in (-1, np.random.default_rng(1)):
        with pytest.raises(InputError, match="out of range"):
            EntrenchModel(SHORT, rng=wrong)


def test_the_data_collector_holds_the_worlds_outcomes() -> None:
    model = EntrenchModel(SHORT, seed=1)
    for _ in range(5):
        model.step()
    assert len(model.datacollector.get_model_vars_dataframe()) == 5
    model.run()
    table = model.datacollector.get_model_vars_dataframe()
    assert len(table) == QUARTERS
    assert list(table["trained"]) == world_of("trained", model)
    names = [name for name, outcome in SHIPPED.register.items()
             if groups_of(outcome, WORLD, model.ensemble.layout) is not None]  # fmt: skip
    assert list(table.columns) == names


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(mesa, "batch_run"), reason="Mesa 4 has scenarios in its place")
def test_mesas_batch_run_varies_parameters() -> None:
    rows = mesa.batch_run(
        EntrenchModel,
        {"scenario": ["baseline"], "contracts.term": np.array([1.0, 5.0]), "horizon.end": [2010]},
        rng=[1],
        data_collection_period=-1,
        display_progress=False,
    )
    assert [row["contracts.term"] for row in rows] == [1.0, 5.0]
    for row in rows:
        settings = {"contracts.term": row["contracts.term"], "horizon.end": 2010}
        model = EntrenchModel(load_scenario("baseline", overrides=settings), seed=1)
        model.run()
        assert row["contracts_active"] == model.outcome("contracts_active")[-1]
    assert rows[0]["contracts_renewed"] > rows[1]["contracts_renewed"]


def test_a_value_that_cannot_be_set_is_refused() -> None:
    with pytest.raises(InputError, match=r"contracts\.trem: unknown key; did you mean 'term'"):
        EntrenchModel("baseline", **{"contracts.trem": 5})
    wrong = {"sede": "did you mean 'seed'", "relicate": "values have a dot"}
    for argument, hint in wrong.items():
        with pytest.raises(TypeError, match=f"no argument '{argument}'; {hint}"):
            EntrenchModel("baseline", **{argument: 3})
    with pytest.raises(InputError, match="at hand: set values, mechanisms"):
        EntrenchModel(SHORT, **{"contracts.term": 5})
    with pytest.raises(InputError, match="at hand: set values"):
        EntrenchModel(ensemble=prepare(SHORT, 1), **{"contracts.term": 5})


def test_a_run_that_has_ended_makes_no_step() -> None:
    model = EntrenchModel("baseline", seed=1, set={"horizon.end": 2001})
    assert len(model.outcome("working")) == 0 == len(model.datacollector.get_agent_vars_dataframe())
    model.run()
    with pytest.raises(InputError, match="the run ended with 2001 Q4"):
        model.step()


class Counting(CountryAgent):
    """What every user of Mesa writes first."""

    steps = 0

    def step(self) -> None:
        self.steps += 1


def test_a_mesa_user_s_first_lines_work() -> None:
    model = EntrenchModel("baseline", seed=1, country_class=Counting, set={"horizon.end": 2002})
    visitor = mesa.Agent(model)
    visitor.step = Mock()
    usual = EntrenchModel("baseline", seed=1, **{"horizon.end": 2002})
    model.run()
    usual.run()
    assert list(model.outcome("trained")) == list(usual.outcome("trained"))
    assert {country.steps for country in model.countries} == {12} and visitor.step.call_count == 12
    groups = model.agents.select(agent_type=Counting).groupby("region_name").groups
    assert {*groups} == {*REGIONS} and {c.regime_name for c in model.countries} == {*REGIMES}
    assert {(c.vendor_name, c.stage_name) for c in model.countries if not c.installed} == {("", "")}
    with pytest.raises(InputError, match=r"<Counting Afghanistan: 2002 Q4> cannot leave the model"):
        model.countries[0].remove()
    panel = model.datacollector.get_agent_vars_dataframe()
    assert panel.index.names == ["Step", "AgentID"] and len(panel) == 3 * len(model.countries)
    last = panel.loc[12].set_index("code")
    assert last["working"].to_dict() == {c.code: c.working for c in model.countries}


def test_a_method_with_nearly_the_name_of_a_rule_is_refused() -> None:
    near = type("Near", (CountryAgent,), {"cost_of_exti": lambda self, p: 0.0})
    with pytest.raises(
        InputError, match=r"Near\.cost_of_exti: did you mean the rule 'cost_of_exit'"
    ):
        EntrenchModel(SHORT, seed=1, country_class=near)
    own = type("Own", (CountryAgent,), {"exit_price_paid": lambda self: 0.0})
    assert isinstance(EntrenchModel(SHORT, seed=1, country_class=own).countries[0], own)
