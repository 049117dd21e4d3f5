"""Values and events for some states, or one vendor: read, checked, and run by class of states."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.engine import Ensemble, prepare, run_chunk
from sim.engine.model import EntrenchModel, run_replicates
from sim.engine.own.parameter_owners import reads
from sim.engine.parameter_sets import VariedScenario, sets_of_points
from sim.experiment import load_experiment
from sim.mechanisms.tender import DAHUA, HUAWEI, VENDORS, WESTERN
from sim.parameters import attribute
from sim.rules import SHIPPED
from sim.scenario import Scenario, ScenarioError, describe, load_scenario
from sim.scenario.scenario import scenario_of
from sim.scenario.scope import Where, classes_of
from sim.units import REGIMES, REGIONS
from sim.world.seeds import shipped_seeds

QUESTION = """extends = "baseline"
title = "Europe pays for maintenance, and allies bar Huawei"

[[events]]
name = "european-maintenance"
date = 2028
where = { region = ["Sub-Saharan Africa"] }
west.fees_paid = 1

[[events]]
name = "huawei-ban"
date = 2028
where = { ally = true }
vendor = "Huawei"
procurement.sells = false
"""

OVERLAPPING = """extends = "baseline"
[horizon]
start = 2012
end = 2020
[[values]]
where = { region = ["South Asia", "Southeast Asia"] }
contracts.fee = 0.2
procurement.rate = 0.5
[[values]]
where = { bri = true, income_below = 3000 }
contracts.fee = 0.01
china.bri_priority = 3.0
[[values]]
vendor = "Dahua"
procurement.weight = 0.9
[[events]]
name = "later"
date = 2015.5
until = 2018
where = { regime = ["hybrid", "authoritarian"] }
contracts.fee = 0.1
peers.standing = 0.9
training.rate = 0.5
"""


def written(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def loaded(folder: Path, text: str, **overrides: Any) -> Scenario:
    return load_scenario(written(folder, text), overrides=overrides)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loaded(folder, text)
    return [f"{p.place.line}: {p.key}: {p.text}" for p in caught.value.problems]


# --- What is read


def test_the_question_of_a_first_time_user_takes_less_than_twenty_lines(tmp_path: Path) -> None:
    assert len(QUESTION.splitlines()) < 20
    scenario = loaded(tmp_path, QUESTION)
    fund, ban = scenario.events[-2:]
    regions = {s.iso3: s.region for s in shipped_seeds().countries}
    assert fund.scope and {regions[c] for c in fund.scope.states} == {"Sub-Saharan Africa"}
    assert len(fund.scope.states) == list(regions.values()).count("Sub-Saharan Africa")
    assert ban.scope and {"USA", "JPN", "DEU"} <= set(ban.scope.states)
    assert not {"CHN", "KEN", "SRB"} & set(ban.scope.states)
    assert ban.sets == {"procurement.huawei_sells": False}
    assert not scenario.warnings


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"iso3": "SRB"}, {"SRB"}),
        ({"iso3": ["KEN", "SRB"], "bri": True}, {"KEN", "SRB"}),
        ({"iso3": ["ITA", "SRB"], "bri": True}, {"SRB"}),  # Italy left in 2023
        ({"region": ["Central Asia"], "regime": ["hybrid"], "iso3": ["KAZ", "KGZ"]}, None),
    ],
)
def test_a_target_is_the_states_that_meet_all_conditions(
    where: dict[str, Any], expected: set[str] | None
) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="matches no country"):
            Where.model_validate(where)
    else:
        assert set(Where.model_validate(where).scope.states) == expected


def test_limits_of_income_part_the_states() -> None:
    below = Where(income_below=4000).scope
    above = Where(income_from=4000).scope
    assert not set(below.states) & set(above.states)
    assert len(below.states) + len(above.states) == len(shipped_seeds().countries)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("where = { regoin = ['Oceania'] }", "3: values[1].where.regoin: unknown key; "
         "did you mean 'region'?"),
        ("where = { region = ['South Asa'] }", "did you mean 'South Asia'?"),
        ("where = { regime = ['hybird'] }", "did you mean 'hybrid'?"),
        ("where = { iso3 = ['KENN'] }", "did you mean 'KEN'?"),
        ("where = { iso3 = ['Serbia'] }", "there is no iso3 'Serbia'; write 'SRB'"),
        ("where = { bri = 1 }", "must be true or false"),
        ("where = { income_below = -3 }", "must be a number above 0"),
        ("where = { income_below = 10 }", "3: values[1].where: matches no country"),
        ("where = {}", "must be a table of conditions"),
        ("where = 'Africa'", "must be a table"),
        ("vendor = 'Huwei'", "did you mean 'Huawei'?"),
        ("vendor = 'Huawei'", "contracts.fee is not a vendor's value"),
        ("", "say whom they are for"),
        ("date = 2030", "unknown key"),
        ("where = { bri = true }\nchina.seats_open = 0.5", "one for the whole world"),
        ("where = { bri = true }\nmarket.price = 0.5", "4: values[1].market.price: is one for"),
        ("where = { bri = true }\nprocurement.weight = 0.5", "is a vendor's value"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, lines: str, expected: str) -> None:
    text = f'extends = "baseline"\n[[values]]\n{lines}\ncontracts.fee = 0.03\n'
    assert any(expected in fault for fault in faults(tmp_path, text)), faults(tmp_path, text)


def test_an_event_for_some_states_cannot_change_what_is_the_worlds(tmp_path: Path) -> None:
    text = QUESTION.replace("west.fees_paid = 1", "china.credit_a_year = 1")
    assert (
        "8: events.european-maintenance.china.credit_a_year: is one for"
        in faults(tmp_path, text)[0]
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("contracts.fee[region=Sub-Saharan Afrika]", "did you mean 'Sub-Saharan Africa'"),
        ("contracts.fee[bri]", "write conditions once each, as"),
        ("contracts.fee[bri=true,bri=false]", "once each"),
        ("market.price[bri=true]", "one for the whole world"),
        ("horizon.end[bri=true]", "only values of sections"),
        ("procurement.sells[vendor=ZTE]", "there is no vendor 'ZTE'"),
        ("contracts.fee[iso3=KEN,income_below=100]", "matches no country"),
    ],
)
def test_what_is_wrong_in_brackets_is_said(key: str, expected: str) -> None:
    with pytest.raises(ScenarioError, match="--set") as caught:
        load_scenario("baseline", overrides={key: "0.03"})
    assert expected in str(caught.value)


def test_brackets_say_what_a_file_says(tmp_path: Path) -> None:
    where = 'where = { iso3 = ["SRB", "KEN"] }'
    text = f'extends = "baseline"\n[[values]]\n{where}\ncontracts.fee = 0.03'
    brackets = {"contracts.fee[iso3=KEN|SRB]": "0.03"}
    by_set = load_scenario("baseline", overrides=brackets)
    assert loaded(tmp_path, text).identity() == by_set.identity()
    assert by_set.identity() != load_scenario("baseline").identity()
    vendor = load_scenario("baseline", overrides={"procurement.sells[vendor=Huawei]": "false"})
    plain = load_scenario("baseline", overrides={"procurement.huawei_sells": "false"})
    assert vendor.identity() == plain.identity()


def test_the_last_value_that_names_a_state_counts_and_events_over_it(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, OVERLAPPING)

    def fee(code: str | None, year: int) -> float:
        periods = scenario.for_state(code).periods()
        period = [p for p in periods if p.first_quarter <= (year - 2000) * 4][-1]
        return float(period.sections["contracts"].fee)  # type: ignore[attr-defined]

    usual = fee(None, 2012)
    assert (fee("IND", 2013), fee("IND", 2016)) == (0.2, 0.2)
    assert fee("BGD", 2013) == 0.01  # South Asia, member, poor: the later value counts
    assert (fee("VNM", 2016), fee("VNM", 2019)) == (0.1, 0.2)
    assert fee("CHL", 2016) == usual


def test_a_manifest_holds_the_targets_and_gives_the_scenario_back(tmp_path: Path) -> None:
    for text in (QUESTION, OVERLAPPING):
        scenario = loaded(tmp_path, text)
        stored = json.loads(json.dumps(scenario.to_dict()))
        again = scenario_of(stored, "manifest.json")
        assert again.identity() == scenario.identity()
        assert json.loads(json.dumps(again.to_dict())) == stored
        assert [value.scope for value in again.values] == [v.scope for v in scenario.values]


def test_describe_says_whom_a_value_is_for(tmp_path: Path) -> None:
    rows = {row.path: row for row in describe(loaded(tmp_path, QUESTION, **{
        "contracts.fee[region=South Asia]": "0.03"})
    )}  # fmt: skip
    assert rows["events.huawei-ban.where"].value == "ally=true"
    assert rows["events.european-maintenance.where"].doc == "For 48 countries."
    assert str(rows["contracts.fee[region=South Asia]"].origin) == "--set"
    assert rows["contracts.fee"].value == SHIPPED.sections["contracts"].model_fields["fee"].default


def test_a_switch_that_is_off_for_some_makes_idle_what_is_set_for_them(tmp_path: Path) -> None:
    text = """extends = "baseline"
[[values]]
where = { iso3 = ["KEN"] }
contracts.retention = false
[[values]]
where = { iso3 = ["KEN"] }
contracts.lapse_rate = 0.5
[[values]]
where = { iso3 = ["SRB"] }
contracts.lapse_rate = 0.5
"""
    found = [str(warning) for warning in loaded(tmp_path, text).warnings]
    assert len(found) == 1 and "lapse_rate[iso3=KEN]: has no effect" in found[0]


# --- The world's parameters


def test_parameters_of_the_world_are_those_that_rules_read_of_the_worlds_record() -> None:
    read = {w: {r.path for r in reads() if r.owner == w} for w in ("world", "state")}
    derived = {  # what they follow from
        "needs.unexplained_ratio": "needs.explained_share",
        "market.learning_exponent": "market.learning",
    }
    world = {derived.get(path, path) for path in read["world"]}
    declared = {
        f"{name}.{key}"
        for name, section in SHIPPED.sections.items()
        for key, field in section.model_fields.items()
        if attribute(field, "of_world")
    }
    # An offer can be made to some states and not to others; that nobody has one is the world's.
    assert declared == world - {"china.offering"}
    both = {derived.get(path, path) for path in read["world"] & read["state"]}
    assert both == {"china.offering", "contracts.propagation", "market.active", "west.active"}


# --- What runs


def of_states(ensemble: Ensemble, classes: Any, row: int = 0) -> bytes:
    """Parameters in every quarter of some classes of states."""
    own = ensemble.parameters[row][ensemble.period_of[row]][:, classes]
    return b"".join(
        own[section][key].tobytes()
        for section in own.dtype.names
        for key in own[section].dtype.names
    )


def test_mesa_and_engine_give_the_same_arrays_where_targets_overlap(tmp_path: Path) -> None:
    ensemble = prepare(loaded(tmp_path, OVERLAPPING), 20)
    assert ensemble.parameters.shape[2] >= 8
    mesa, engine = run_replicates(ensemble, [3]), run_chunk(ensemble, [3])
    for part in ("tallies", "vendor_tallies", "actors", "countries"):
        assert np.array_equal(getattr(mesa, part), getattr(engine, part)), part


def test_states_outside_change_only_once_they_read_another_state(tmp_path: Path) -> None:
    text = """extends = "baseline"
[horizon]
start = 2014
end = 2020
[[events]]
name = "rush"
date = 2016
where = { region = ["Central Asia", "South Asia"] }
procurement.rate = 1.0
procurement.base = 5.0
training.base = 5.0
training.rate = 1.0
"""
    plain = load_scenario("baseline", overrides={"horizon.start": 2014, "horizon.end": 2020})
    rush = loaded(tmp_path, text)
    target = rush.events[-1].scope
    assert target
    models = [
        EntrenchModel(plain, seed=3, point=True),
        EntrenchModel(rush, seed=3, point=True),
    ]
    names = [n for n in type(models[0].countries[0]).__slots__ if n not in ("code", "name")]
    names = [name for name in (*names, *slots_of(models[0])) if name != "parameter_row"]
    first = None
    for quarter in range(models[0].ensemble.quarters):
        for model in models:
            model.step()
        changed = {
            one.code
            for one, other in zip(models[0].countries, models[1].countries, strict=True)
            if any(getattr(one, name) != getattr(other, name) for name in names)
        }
        date = 2014 + quarter / 4
        if date < 2016:
            assert not changed
        elif date == 2016:
            assert changed and changed <= set(target.states)
        elif first is None and changed - set(target.states):
            first = date
    assert first is not None and first > 2016  # what others read is last quarter's


def slots_of(model: EntrenchModel) -> list[str]:
    from sim.engine.records import country_states

    return [state.name for state in country_states() if hasattr(model.countries[0], state.name)]


def test_a_scenario_for_all_states_is_the_one_without_where(tmp_path: Path) -> None:
    plain = load_scenario("baseline", overrides={"contracts.fee": "0.2", "horizon.end": 2020})
    all_regions = "|".join(REGIONS)
    key = f"contracts.fee[region={all_regions}]"
    every = load_scenario("baseline", overrides={key: "0.2", "horizon.end": 2020})
    one, other = (run_chunk(prepare(s, 1), [0, 1]) for s in (plain, every))
    assert np.array_equal(one.tallies, other.tallies)
    assert np.array_equal(one.countries, other.countries)


TARGETED = st.sampled_from([
    "contracts.fee[region=South Asia|Southeast Asia]",
    "contracts.fee[bri=true]",
    "contracts.fee[iso3=SRB]",
    "contracts.fee",
    "west.tie_half_life[regime=hybrid]",
    "events.later.contracts.fee",
    "events.later.society.drift",
])  # fmt: skip


@settings(max_examples=25)
@example(points=[{"contracts.fee[region=South Asia|Southeast Asia]": 0.5}])
@given(
    points=st.lists(
        st.dictionaries(TARGETED, st.floats(0.25, 0.75), max_size=4), min_size=1, max_size=3
    )
)
def test_points_equal_scenarios_loaded_with_the_same_factors(
    tmp_path_factory: pytest.TempPathFactory, points: list[dict[str, float]]
) -> None:
    file = written(tmp_path_factory.mktemp("points"), OVERLAPPING)
    varied = {"mine": VariedScenario(load_scenario(file))}
    records, period_of, classes = sets_of_points(varied, "mine", points)
    for row, factors in enumerate(points):
        long_way = prepare(load_scenario(file, factors=factors), 1)
        codes = long_way.world.codes
        short = Ensemble(**{
            **vars(long_way), "parameters": records, "period_of": period_of,
            "class_of": classes.rows(codes),
        })  # fmt: skip
        # The world, and a state for each pair of classes that there is.
        pairs = {(0, 0), *zip(short.class_of.tolist(), long_way.class_of.tolist(), strict=True)}
        ours, theirs = zip(*sorted(pairs), strict=True)
        assert of_states(short, list(ours), row) == of_states(long_way, list(theirs))


def test_a_sweep_varies_what_some_states_have(tmp_path: Path) -> None:
    text = """title = "Fees"
base = "baseline"
replicates = 2
[design]
kind = "grid"
[[factors]]
key = "contracts.fee[region=Sub-Saharan Africa]"
values = [0.03, 0.15]
[[factors]]
key = "procurement.sells[vendor=Huawei]"
values = [true, false]
"""
    path = tmp_path / "fees.toml"
    path.write_text(text)
    experiment = load_experiment(path)
    assert "where region=Sub-Saharan Africa" in experiment.design.factors[0].title
    path.write_text(text.replace("Saharan Africa", "Saharan Afrika"))
    with pytest.raises(ScenarioError, match="did you mean 'Sub-Saharan Africa'"):
        load_experiment(path)


@given(st.lists(st.lists(st.sampled_from(["AAA", "BBB", "CCC", "DDD"]), min_size=1), max_size=4))
def test_states_are_of_a_class_if_and_only_if_the_same_targets_name_them(
    named: list[list[str]],
) -> None:
    from sim.scenario.scope import Scope

    targets = [Scope((("iso3", tuple(s)),), tuple(sorted(set(s)))) for s in named]
    rows = classes_of(targets).rows(("AAA", "BBB", "CCC", "DDD"))
    codes = ("AAA", "BBB", "CCC", "DDD")
    by = [tuple(code in target.states for target in targets) for code in codes]
    for one in range(4):
        assert (rows[one] == 0) == (not any(by[one]))
        for other in range(4):
            assert (rows[one] == rows[other]) == (by[one] == by[other])


def test_a_vendor_that_is_barred_wins_nothing_where_it_is(tmp_path: Path) -> None:
    text = """extends = "baseline"
[horizon]
start = 2014
end = 2020
[[values]]
where = { bri = true }
vendor = "Huawei"
procurement.sells = false
"""
    scenario = loaded(tmp_path, text)
    barred = set(scenario.values[0].scope.states)
    model = EntrenchModel(scenario, seed=3, point=True)
    sold: dict[bool, set[str]] = {True: set(), False: set()}
    while model.running:
        model.step()
        for country in model.countries:
            if country.paid_sale > 0.0:
                sold[country.code in barred].add(VENDORS[country.sale_to])
    assert VENDORS[HUAWEI] not in sold[True] and VENDORS[DAHUA] in sold[True]
    assert VENDORS[HUAWEI] in sold[False] and VENDORS[WESTERN] in sold[False]


def test_regimes_and_regions_of_targets_are_those_of_results() -> None:
    for name, group in [*(("region", r) for r in REGIONS), *(("regime", r) for r in REGIMES)]:
        found = Where.model_validate({name: [group]}).scope
        wanted = [s.iso3 for s in shipped_seeds().countries if group in (s.region, s.regime_2024)]
        assert list(found.states) == wanted


def test_the_page_shows_the_question() -> None:
    """What it says to type is typed by tests/docs/test_blocks.py."""
    text = (Path(__file__).parents[1] / "docs" / "some-states.md").read_text(encoding="utf-8")
    assert QUESTION in re.findall(r'```toml title="[^"]+"\n(.*?)```', text, re.S)


@pytest.mark.slow
def test_eight_classes_cost_little(tmp_path: Path) -> None:
    plain = prepare(load_scenario("baseline", overrides={"horizon.end": 2020}), 1)
    base = [f"contracts.fee[{c}]" for c in ("bri=true", "ally=true", "income_below=4000")]
    overrides = dict.fromkeys(base, 0.06) | {"horizon.end": 2020}
    targeted = prepare(load_scenario("baseline", overrides=overrides), 1)
    assert targeted.parameters.shape[2] >= 7

    def cost(ensemble: Ensemble) -> float:
        begin = time.process_time()
        run_chunk(ensemble, range(20))
        return time.process_time() - begin

    pairs = [(cost(plain), cost(targeted)) for _ in range(9)]
    assert min(two for _, two in pairs) / min(one for one, _ in pairs) < 1.1
