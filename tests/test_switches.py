"""Each switch moves its outcome the way its mechanism says, on the same luck; and nothing before.

Effects are paired: scenario and baseline share every draw, so a difference of means over a few
runs is the switch's doing. Where the sign is what the mechanism says, the sign is tested.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.engine.chunk import Chunk, Layout, end_of
from sim.engine.model import EntrenchModel
from sim.engine.outcomes import derive, groups_of
from sim.register import register
from sim.rules import SHIPPED
from sim.scenario import Event, Origin, Scenario, load_scenario, shipped_names
from sim.units import FIRST_YEAR

SEED, RUNS = 1, 20
WITHDRAWN = 2030
PARTS = ("tallies", "vendor_tallies", "actors")


@cache
def ran(name: str, *given: tuple[str, Any]) -> tuple[Chunk, Layout]:
    """Run a scenario with settings on the shared seeds."""
    ensemble = prepare(load_scenario(name, overrides=dict(given)), SEED)
    return run_chunk(ensemble, range(RUNS)), ensemble.layout


def series(outcome: str, name: str, *given: tuple[str, Any], group: str = "world") -> np.ndarray:
    """An outcome of every run and quarter."""
    chunk, layout = ran(name, *given)
    found = register()[outcome]
    if group == "world":
        place = groups_of(found, "world", layout)[0]
    else:
        place = [g.name for g in layout.groups if g.kind == "region"].index(group)
        place = groups_of(found, "region", layout)[place]
    return derive(found, chunk, layout)[:, :, place]


def at(outcome: str, name: str, *given: tuple[str, Any], year: int = 2040) -> float:
    """Its mean over the runs at a year's end."""
    return float(series(outcome, name, *given)[:, end_of(year)].mean())


def summed(field: str, name: str, *given: tuple[str, Any]) -> np.ndarray:
    """A field's sum over all states, of every run and quarter."""
    chunk, layout = ran(name, *given)
    return chunk.tallies[:, :, 0, layout.fields.index(field)]


def ends(name: str, *given: tuple[str, Any], year: int = 2040) -> float:
    """Contracts ended so far by leaving: switched or abandoned."""
    return sum(
        float(summed(field, name, *given)[:, end_of(year)].mean())
        for field in ("switched", "abandoned")
    )


# --- Each switch and its outcome ------------------------------------------------------------------


def test_no_bundling_means_fewer_adopters() -> None:
    assert at("adopters", "no-bundling", year=2030) < at("adopters", "baseline", year=2030)
    assert at("offers", "baseline") > 0
    assert not summed("offers", "no-bundling").any()


def test_no_peers_means_fewer_adopters_and_no_exposure() -> None:
    assert at("adopters", "no-peers", year=2030) < at("adopters", "baseline", year=2030)
    assert not summed("exposure", "no-peers").any()


def test_no_norms_means_fewer_adopters_and_no_norm() -> None:
    assert at("adopters", "no-norms") < at("adopters", "baseline")
    assert not summed("norm", "no-norms").any()


def test_no_conditions_means_more_trained_and_more_adopters() -> None:
    for year in (2015, 2025, 2040):
        assert at("adopters", "no-conditions", year=year) > at("adopters", "baseline", year=year)
    # Seats are limited: as long as many wait, who asks more often only takes others' place.
    assert at("trained", "no-conditions") > at("trained", "baseline")
    assert not summed("conditions_met", "no-conditions").any()


def test_no_maintenance_contracts_means_a_smaller_share_works() -> None:
    def working(name: str) -> float:
        return at("working", name) / at("adopters", name)

    assert working("no-maintenance-contracts") < working("baseline")
    assert not summed("opened", "no-maintenance-contracts").any()
    assert not summed("renewed", "no-maintenance-contracts").any()
    assert at("adopters", "no-maintenance-contracts") > 0


def test_no_exit_cost_means_more_leave() -> None:
    """Whether fewer systems work in the end is open: who leaves for nothing buys again, cheaper."""
    assert ends("no-exit-cost") > 1.2 * ends("baseline")
    assert at("lock_in", "baseline") > 1.0
    assert not summed("exit_cost", "no-exit-cost").any()


def test_open_standards_lie_between_the_exit_cost_and_none() -> None:
    assert ends("baseline") < ends("open-standards")
    assert at("lock_in", "open-standards") < at("lock_in", "baseline")
    for year in (2028, 2040):
        assert at("lock_in", "open-standards", year=year) > 0.0


def test_retention_off_lets_go_and_never_darkens_for_a_fee() -> None:
    off = (("contracts.retention", False),)
    assert ends("baseline", *off) > 1.2 * ends("baseline")
    assert not summed("exit_cost", "baseline", *off).any()
    assert not summed("lapsed", "baseline", *off).any()
    assert summed("lapsed", "baseline").any()


def test_propagation_off_means_fewer_adopters_and_no_dependence() -> None:
    off = (("contracts.propagation", False),)
    assert at("adopters", "baseline", *off) < at("adopters", "baseline")
    for field in ("exposure", "norm", "dependence_installed"):
        if field == "norm":  # norms also come from courses on stability maintenance
            assert at("norm", "baseline", *off) < at("norm", "baseline")
        else:
            assert not summed(field, "baseline", *off).any(), field
    assert at("working", "baseline", *off) > 0


def test_the_regime_blind_null_keeps_the_total_of_the_same_order() -> None:
    blind, base = at("trained", "regime-blind"), at("trained", "baseline")
    assert 0.5 * base < blind < 1.5 * base
    assert blind != base


def test_aid_closure_means_no_aid_and_more_trained_or_adopting() -> None:
    assert at("aid", "aid-closure-2025", year=2026) == 0.0
    assert at("conditions_met", "aid-closure-2025") == 0.0
    for outcome in ("trained", "adopters"):
        assert at(outcome, "aid-closure-2025") >= at(outcome, "baseline")
    assert at("trainings", "aid-closure-2025") != at("trainings", "baseline")


def test_restored_aid_brings_its_conditions_back() -> None:
    assert at("aid", "aid-restored-2030") > at("aid", "baseline")
    assert at("conditions_met", "aid-restored-2030") > at("conditions_met", "baseline")


def test_vendor_bans_cost_allies_their_systems() -> None:
    assert at("bans", "vendor-bans") > at("bans", "baseline")
    assert at("working", "vendor-bans") < at("working", "baseline")
    assert summed("replaced", "vendor-bans")[:, -1].sum() > (
        summed("replaced", "baseline")[:, -1].sum()
    )
    group = "Western Europe"
    banned = series("working", "vendor-bans", group=group)[:, -1].mean()
    assert banned <= series("working", "baseline", group=group)[:, -1].mean()


def test_the_west_s_counter_offer_installs_western_systems() -> None:
    offer = "western-counter-offer"
    assert at("working_western", offer) > at("working_western", "baseline")
    assert at("west_trainings", offer) > at("west_trainings", "baseline")
    assert at("working", offer) < at("working", "baseline")


def test_a_pandemic_means_fewer_courses_while_it_lasts_and_after() -> None:
    for year in (2031, 2034):
        assert at("trainings_yearly", "pandemic", year=year) < (
            at("trainings_yearly", "baseline", year=year)
        )
    assert at("seats_yearly", "pandemic", year=2031) < 0.3 * (
        at("seats_yearly", "baseline", year=2031)
    )


def test_a_leak_raises_concern_for_sovereignty_and_lowers_new_adoption() -> None:
    assert at("sovereignty", "data-leak", year=2028) > at("sovereignty", "baseline", year=2028)
    assert at("adopters", "data-leak", year=2030) <= at("adopters", "baseline", year=2030)


def test_a_debt_crisis_darkens_systems() -> None:
    assert at("dark_share", "debt-crisis", year=2030) > at("dark_share", "baseline", year=2030)
    assert summed("lapsed", "debt-crisis")[:, -1].sum() > summed("lapsed", "baseline")[:, -1].sum()
    assert at("working", "debt-crisis", year=2031) < at("working", "baseline", year=2031)


def test_waves_of_democracy_move_democracy_and_opposite_ways() -> None:
    low, middle, high = (
        at("democracy", name, year=2036)
        for name in ("backsliding-wave", "baseline", "democratic-wave")
    )
    assert low < middle - 1.0 < middle + 1.0 < high


def test_a_slower_belt_and_road_holds_fewer_courses() -> None:
    assert at("trainings", "bri-slowdown") < at("trainings", "baseline")
    assert at("seats_yearly", "bri-slowdown") < at("seats_yearly", "baseline")


def test_the_leap_raises_lock_in() -> None:
    assert at("lock_in", "ai-leap", year=2025) > at("lock_in", "baseline", year=2025)
    assert ends("ai-leap") <= ends("baseline") * 1.02


# --- The decisive experiment ----------------------------------------------------------------------


def test_withdrawn_means_nothing_new_by_china() -> None:
    name = "offer-withdrawn-2030"
    before = end_of(WITHDRAWN - 1)
    for field in ("trained", "trainings", "offers", "adopted", "recorded_trainings"):
        values = summed(field, name)
        assert (values[:, before:] == values[:, [before]]).all(), field
        assert (values[:, before] > 0).any(), field
    chunk, layout = ran(name)
    sales = chunk.vendor_tallies[:, :, :-1, layout.vendor_fields.index("sales")]
    assert (sales[:, before:] == sales[:, [before]]).all()
    assert not summed("pending", name)[:, before + 1 :].any()


def test_withdrawn_contracts_are_served_and_renew() -> None:
    name = "offer-withdrawn-2030"
    before = end_of(WITHDRAWN - 1)
    chunk, layout = ran(name)
    fees = chunk.vendor_tallies[:, :, :-1, layout.vendor_fields.index("fees")].sum(axis=2)
    assert (fees[:, -1] > fees[:, before]).all()
    assert (summed("renewed", name)[:, -1] > summed("renewed", name)[:, before]).all()


def test_withdrawn_systems_fall_slowly_and_some_stay() -> None:
    name = "offer-withdrawn-2030"
    start, soon, end = (at("working", name, year=year) for year in (2029, 2031, 2040))
    assert 0.0 < end < start
    assert soon > 0.8 * start, "they do not vanish with the offer"
    assert end < at("working", "baseline")


def test_withdrawn_without_exit_cost_or_contracts_falls_faster() -> None:
    """What keeps systems once nothing new comes is what retention is."""
    name = "offer-withdrawn-2030"

    def left(*given: tuple[str, Any]) -> float:
        """Share of the systems that worked at the withdrawal that still do ten years on."""
        before = at("working", name, *given, year=2029)
        return at("working", name, *given, year=2040) / before

    assert left(("contracts.exit_cost", 0)) < left()
    assert left(("contracts.active", False)) < left()


# --- Each mechanism's own switch ------------------------------------------------------------------


def test_observer_off_records_all_that_happens() -> None:
    off = (("observer.active", False),)
    for recorded, happened in (
        ("recorded_trained", "trained"),
        ("recorded_trainings", "trainings"),
        ("recorded_adopted", "adopted"),
    ):
        assert np.array_equal(
            summed(recorded, "baseline", *off), summed(happened, "baseline", *off)
        )
        assert (summed(recorded, "baseline") <= summed(happened, "baseline")).all()
    # Being watched changes nothing.
    assert np.array_equal(summed("working", "baseline", *off), summed("working", "baseline"))


def test_needs_off_means_no_unrest() -> None:
    off = (("needs.active", False),)
    assert not summed("unrest", "baseline", *off).any()
    assert not summed("dissent_deterred", "baseline", *off).any()
    assert summed("unrest", "baseline").any()


def test_society_off_means_no_mistrust_legitimacy_or_concern() -> None:
    off = (("society.active", False),)
    for field in ("mistrust", "legitimacy", "sovereignty", "dissent_deterred"):
        assert not summed(field, "baseline", *off).any(), field
        assert summed(field, "baseline").any(), field


def test_market_off_means_a_constant_price_and_no_alignment() -> None:
    off = (("market.active", False),)
    price = series("price", "baseline", *off)
    assert (price == SHIPPED.sections["market"]().price).all()
    assert series("price", "baseline")[:, -1].max() < price[0, 0]
    assert not summed("alignment", "baseline", *off).any()


def test_training_off_means_nobody_trains() -> None:
    # Chinese finance earns some trust without courses.
    off = (("training.active", False), ("training.finance_trust", 0.0))
    for field in ("trained", "trainings", "offers", "trust"):
        assert not summed(field, "baseline", *off).any(), field
    assert at("adopters", "baseline", *off, year=2030) < at("adopters", "baseline", year=2030)


def test_procurement_off_means_nobody_buys() -> None:
    off = (("procurement.active", False),)
    for field in ("adopted", "installed", "opened", "working", "debt", "exposure"):
        assert not summed(field, "baseline", *off).any(), field
    chunk, _ = ran("baseline", *off)
    assert not chunk.vendor_tallies.any()
    assert at("trained", "baseline", *off) > 0


def test_west_off_means_no_conditions_courses_or_bans() -> None:
    off = (("west.active", False),)
    for field in ("conditions_met", "west_trainings", "banned", "replaced", "aid_at_risk"):
        assert not summed(field, "baseline", *off).any(), field
    assert at("trained", "baseline", *off, year=2015) > at("trained", "baseline", year=2015)


def test_china_off_shares_out_seats_evenly() -> None:
    off = (("china.active", False),)
    assert np.array_equal(
        ran("baseline", *off)[0].actors[:, :20, 0], ran("baseline")[0].actors[:, :20, 0]
    ), "as many seats, before revenue funds any"
    assert not np.array_equal(summed("trained", "baseline", *off), summed("trained", "baseline"))


def test_history_off_keeps_the_first_year_s_world() -> None:
    democracy = series("democracy", "baseline", ("history.active", False), ("society.drift", 0))
    assert (democracy == democracy[:, [0]]).all()
    assert np.ptp(series("democracy", "baseline")) > 0


OFF = 2020.25


@cache
def turned_off(section: str) -> dict[str, np.ndarray]:
    """Each summed field and actor's number of the world, a mechanism off from a date, by name."""
    scenario = load_scenario("baseline")
    event = Event("off", OFF, None, {f"{section}.active": False}, Origin("set"))
    ensemble = prepare(replace(scenario, events=(*scenario.events, event)), SEED)
    chunk, layout = run_chunk(ensemble, range(RUNS)), ensemble.layout
    fields = {name: chunk.tallies[:, :, 0, k] for k, name in enumerate(layout.fields)}
    actors = {name: chunk.actors[:, :, k] for k, name in enumerate(layout.actor_fields)}
    sales = chunk.vendor_tallies[:, :, :, layout.vendor_fields.index("sales")].sum(axis=2)
    return fields | actors | {"sales": sales}


FROM = slice(int((OFF - FIRST_YEAR) * 4), None)
"""Quarters in which the mechanism is off."""


@pytest.mark.parametrize(
    ("section", "gone", "stays"),
    [
        ("history", (), ("oda_gni",)),
        ("needs", ("unrest",), ("dissent_deterred",)),
        ("society", ("mistrust", "legitimacy", "sovereignty"), ()),
        ("procurement", (), ("sales", "adopted", "bought_western")),
        ("training", (), ("trainings", "offers")),
        ("market", (), ("public.price", "alignment")),
    ],
)
def test_a_mechanism_switched_off_by_an_event_stops_at_once(
    section: str, gone: tuple[str, ...], stays: tuple[str, ...]
) -> None:
    """What its switch says is 0 from then on, or stays as it was the quarter before."""
    values = turned_off(section)
    for name in gone:
        assert values[name][:, FROM.start - 1].any() and not values[name][:, FROM].any(), name
    for name in stays:
        before = values[name][:, [FROM.start - 1]]
        assert before.any() and (values[name][:, FROM] == before).all(), name


def test_history_switched_off_keeps_its_world_memberships_included() -> None:
    model = EntrenchModel(
        replace(
            load_scenario("baseline"),
            events=(Event("off", 2012.5, None, {"history.active": False}, Origin("set")),),
        ),
        seed=SEED,
    )
    names = ("gdp_pc", "conflict", "embargo", "bri", "strategic", "ally", "finance", "regime")
    while model.now.date < 2012.25:
        model.step()
    before = [[getattr(country, name) for name in names] for country in model.countries]
    while model.now.date < 2015:
        model.step()
    after = [[getattr(country, name) for name in names] for country in model.countries]
    assert before == after


def test_every_switch_changes_something() -> None:
    """No switch is dead: turning it changes some array of the baseline."""
    base, _ = ran("baseline")
    for section, kind in SHIPPED.sections.items():
        for key, field in kind.model_fields.items():
            if field.annotation is bool:
                turned, _ = ran("baseline", (f"{section}.{key}", not field.default))
                assert any(
                    not np.array_equal(getattr(turned, part), getattr(base, part)) for part in PARTS
                ), f"{section}.{key}"


# --- Null models ----------------------------------------------------------------------------------

TRAINING_FIELDS = ("trained", "trainings", "officers", "trust", "recorded_trained")
PURCHASE_FIELDS = ("adopted", "stack", "contract", "working", "debt", "dark", "recorded_adopted")
LEARNT = (("training.active", False),)
BOUGHT = (("procurement.active", False),)


def changed(fields: tuple[str, ...], name: str, *given: tuple[str, Any]) -> list[str]:
    """Fields whose sums settings change, in any run and quarter."""
    return [f for f in fields if not np.array_equal(summed(f, name, *given), summed(f, name))]


@pytest.mark.parametrize(
    "name", ["common-cause", "bass", "copying-only", "regime-blind", "regimes-shuffled"]
)
def test_nulls_are_refitted_on_the_level(name: str) -> None:
    """Within two standard errors of the two targets of level: no straw men."""
    assert abs(at("recorded_platforms", name, year=2019) - 80) < 2 * 8
    if name != "copying-only":
        assert abs(at("recorded_trained", name, year=2025) - 138) < 2 * 6


def test_shuffled_regimes_keep_the_world_s_scores_and_change_everybody_s() -> None:
    """As long as history lasts, the sum over the world stays and sums over regimes differ."""
    chunk, layout = ran("regimes-shuffled")
    base, _ = ran("baseline")
    observed = slice(0, end_of(2024) + 1)
    place = layout.fields.index("democracy")
    shuffled, true = (c.tallies[:, observed, :, place] for c in (chunk, base))
    assert np.allclose(shuffled[:, :, 0], true[:, :, 0])
    for k, group in enumerate(layout.groups):
        if group.kind == "regime":
            assert not np.isclose(shuffled[:, :, k], true[:, :, k]).any()
    # Each true class has about the world's mean score, over runs.
    means = {g.name: shuffled[:, -1, k].mean() / g.size for k, g in enumerate(layout.groups)}
    for name in ("full democracy", "flawed democracy", "hybrid", "authoritarian"):
        assert means[name] == pytest.approx(means["world"], abs=0.5)


def test_shuffled_regimes_divide_the_true_classes_less() -> None:
    """Of the gap in alignment what is owed to regime itself is gone; alliances and aid remain."""

    def gap(name: str) -> float:
        chunk, layout = ran(name)
        names = [group.name for group in layout.groups]
        means = chunk.tallies[:, end_of(2019), :, layout.fields.index("alignment")].mean(axis=0)
        high, low = names.index("authoritarian"), names.index("full democracy")
        return float(means[high] / layout.groups[high].size - means[low] / layout.groups[low].size)

    assert gap("regimes-shuffled") < 0.8 * gap("baseline")


def test_common_cause_has_no_link_from_training_to_purchase() -> None:
    name = "common-cause"
    assert changed(PURCHASE_FIELDS, name, *LEARNT) == []
    assert changed(PURCHASE_FIELDS, name, ("training.trust_gain", 0.5)) == []
    assert changed(PURCHASE_FIELDS, "baseline", *LEARNT) == list(PURCHASE_FIELDS)
    assert summed("trained", name)[:, -1].all()


def test_common_cause_has_no_link_from_purchase_to_training() -> None:
    name = "common-cause"
    assert changed(TRAINING_FIELDS, name, *BOUGHT) == []
    assert changed(TRAINING_FIELDS, "baseline", *BOUGHT) == list(TRAINING_FIELDS)
    assert summed("adopted", name)[:, -1].all()


def test_a_common_cause_makes_the_trained_buy_all_the_same() -> None:
    """Training goes with purchase across states; less so where lasting leanings are apart."""

    def association(*given: tuple[str, Any]) -> float:
        chunk, layout = ran("common-cause", *given)
        trained, adopted = (
            chunk.countries[:, :, layout.kept.index(f"first_{event}")] >= 0
            for event in ("trained", "adopted")
        )
        pairs = zip(trained, adopted, strict=True)
        return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]))

    # Lasting leanings are the smaller part of leanings, so the difference is small, too.
    assert association() > association(("needs.leaning_correlation", 0)) + 0.005
    assert association() > 0.2


def test_copying_only_means_no_offers_and_spread_by_peers() -> None:
    name = "copying-only"
    for field in ("trained", "trainings", "offers", "trust", "norm", "alignment", "debt"):
        assert not summed(field, name).any(), field
    alone = at("adopters", name, ("peers.active", False), year=2019)
    assert 0 < alone < 0.6 * at("adopters", name, year=2019)


def test_bass_means_nothing_holds_and_all_look_at_the_world_alike() -> None:
    name = "bass"
    for field in ("opened", "contract", "exit_cost", "lapsed", "dependence_installed", "norm"):
        assert not summed(field, name).any(), field
    chunk, layout = ran(name)
    seen = chunk.tallies[:, :, :, layout.fields.index("exposure")]
    sizes = np.array([group.size for group in layout.groups])
    # Alike but for oneself, whom nobody sees.
    assert np.allclose(seen / sizes, seen[:, :, :1] / sizes[0], atol=1.0 / 195)
    assert (seen[:, -1] > 0).all()
    alone = at("adopters", name, ("peers.active", False), year=2019)
    assert 0 < alone < 0.8 * at("adopters", name, year=2019)
    assert at("working", name) < 0.75 * at("adopters", name)


def test_bass_knows_no_regimes_neighbours_or_courses() -> None:
    for given in (
        (("history.hybrid_from", 5.9), ("observer.secrecy", 0), ("society.drift", 0)),
        (("training.trust_gain", 0.5),),
        (("china.bri_priority", 5.0),),
    ):
        fields = ("adopted", "stack", "trained", "trainings")
        assert changed(fields, "bass", *given) == [], given
        assert changed(fields, "baseline", *given) == list(fields), given


# --- Nothing before -------------------------------------------------------------------------------


def differences(name: str, *given: tuple[str, Any]) -> list[int]:
    """First quarter of each run in which any array differs from the baseline's."""
    one, _ = ran(name, *given)
    base, _ = ran("baseline")
    differs = np.zeros(base.tallies.shape[:2], bool)
    for part in PARTS:
        a, b = getattr(one, part), getattr(base, part)
        differs |= (a != b).reshape(*a.shape[:2], -1).any(axis=2)
    return [int(np.argmax(run)) if run.any() else len(run) for run in differs]


def first_difference(name: str, *given: tuple[str, Any]) -> int:
    """First quarter in which any run differs from the baseline's."""
    return min(differences(name, *given))


def first_change(name: str) -> int:
    """First quarter in which a scenario's parameters differ from the baseline's for any state."""

    def by_quarter(scenario: Scenario) -> list[Any]:
        return [p.sections for p in scenario.periods() for _ in range(p.quarters)]

    scenario, base = load_scenario(name), by_quarter(load_scenario("baseline"))
    states = scenario.classes().representatives
    rows = [by_quarter(scenario.for_state(code)) for code in states]
    return next(k for k, now in enumerate(base) if any(row[k] != now for row in rows))


DATED = [name for name in shipped_names() if name != "baseline" and first_change(name) > 0]


def test_dated_scenarios_are_those_that_say_so() -> None:
    assert len(DATED) >= 13
    assert first_change("offer-withdrawn-2030") == (WITHDRAWN - FIRST_YEAR) * 4


@pytest.mark.parametrize("name", DATED)
def test_nothing_differs_before_the_change(name: str) -> None:
    change = first_change(name)
    assert change >= (2025 - FIRST_YEAR) * 4
    assert change <= first_difference(name) <= change + 8


@pytest.mark.parametrize(
    ("name", "read"),
    [
        # What first reads the switch: an offer carried by a course, a visible system, the norm
        # of a state past its threshold or of one taught, a contract, a condition of aid.
        ("no-bundling", "offers"),
        ("no-peers", "exposure"),
        ("no-norms", "norm"),
        ("no-maintenance-contracts", "opened"),
        ("no-exit-cost", "exit_cost"),
        ("no-conditions", "conditions_met"),
    ],
)
def test_nothing_differs_before_the_switch_is_read(name: str, read: str) -> None:
    """In each run on its own: the first number to differ is the one that the switch takes away."""
    begins = [int(np.argmax(run)) for run in summed(read, "baseline") > 0]
    assert differences(name) == begins


def test_exit_cost_itself_aside_nothing_differs_before_it_is_read() -> None:
    """An upgrade or an expiry reads it: never the quarter in which a first system is bought."""
    base, layout = ran("baseline")
    one, _ = ran("no-exit-cost")
    other = [k for k, name in enumerate(layout.fields) if not name.startswith("exit_cost")]
    differs = (one.tallies[..., other] != base.tallies[..., other]).any(axis=(2, 3))
    opened = summed("opened", "baseline") > 0
    for run in range(RUNS):
        assert differs[run].any()
        assert np.argmax(differs[run]) > np.argmax(opened[run])


@pytest.mark.parametrize(
    "path", ["contracts.same_vendor", "contracts.settlement", "contracts.restoration_rate"]
)
def test_rules_of_dark_systems_matter_only_once_one_is_dark(path: str) -> None:
    dark = summed("dark", "baseline") > 0
    begins = int(np.argmax(dark.any(axis=0)))
    assert begins > 0
    assert first_difference("baseline", (path, 0.0)) > begins


def test_what_society_reads_needs_a_system() -> None:
    installed = int(np.argmax((summed("installed", "baseline") > 0).any(axis=0)))
    for path, value in (("society.unrest_cut", 1.0), ("society.activation_block", 0.0)):
        assert first_difference("baseline", (path, value)) >= installed
