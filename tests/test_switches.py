"""Each switch moves its outcome the way its mechanism says, on the same luck; and nothing before.

Effects are paired: scenario and baseline share every draw, so a difference of means over a few
runs is the switch's doing. Where the sign is what the mechanism says, the sign is tested.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.engine.chunk import Chunk, Layout, derive
from sim.model.mechanisms import doctrine
from sim.model.register import SHIPPED
from sim.model.units import FIRST_YEAR
from sim.scenario import load_scenario, shipped_names
from sim.scenario.scope import representatives
from sim.world.dates import end_of
from tests.scenario.conftest import values_in
from tests.test_books import keep_books

SEED = 1
RUNS, FEW = 20, 2
"""Runs whose mean is compared; runs in which something happens or does not."""
WITHDRAWN = 2030
PARTS = ("tallies", "vendor_tallies", "actors")
load = cache(load_scenario)


@lru_cache(maxsize=32)  # each takes some 20 MB
def ran(name: str, *given: tuple[str, Any], runs: int = FEW) -> tuple[Chunk, Layout]:
    """Run a scenario with settings on the shared seeds."""
    ensemble = prepare(load_scenario(name, overrides=dict(given)), SEED)
    return run_chunk(ensemble, range(runs)), ensemble.layout


@cache
def of_world(name: str, *given: tuple[str, Any]) -> tuple[Chunk, Layout]:
    """The world's sums at the ends of years alone, of the runs whose mean is compared."""
    ensemble = prepare(load_scenario(name, overrides=dict(given)), SEED)
    ensemble = ensemble.narrowed([], yearly=True, panel=[])
    return run_chunk(ensemble, range(RUNS)), ensemble.layout


def series(outcome: str, name: str, *given: tuple[str, Any]) -> np.ndarray:
    """An outcome of the world in every run, at the end of every year."""
    chunk, layout = of_world(name, *given)
    return derive(SHIPPED.register[outcome], chunk, layout)[:, :, 0]


def at(outcome: str, name: str, *given: tuple[str, Any], year: int = 2040) -> float:
    """Its mean over the runs at a year's end."""
    return float(series(outcome, name, *given)[:, year - FIRST_YEAR].mean())


def summed(field: str, name: str, *given: tuple[str, Any]) -> np.ndarray:
    """A field's sum over all states, of a few runs in every quarter."""
    chunk, layout = ran(name, *given)
    return chunk.tallies[:, :, 0, layout.fields.index(field)]


def ends(name: str, *given: tuple[str, Any], year: int = 2040) -> float:
    """Contracts ended so far by leaving: switched or abandoned."""
    chunk, layout = of_world(name, *given)
    places = [layout.fields.index(field) for field in ("switched", "switched_off")]
    return float(chunk.tallies[:, year - FIRST_YEAR, 0, places].sum(axis=1).mean())


# --- Each switch and its outcome ------------------------------------------------------------------

RETENTION_OFF = ("baseline", ("contracts.retention", False))
PROPAGATION_OFF = ("baseline", ("contracts.propagation", False))
NO_CONTRACTS = "no-maintenance-contracts"
HERE = ("baseline",)

MORE = [
    # Where an outcome is larger, where it is smaller, and when.
    ("platforms", HERE, ("no-bundling",), 2020),
    ("adopters", HERE, ("no-peers",), 2030),
    ("platforms", HERE, ("no-norms",), 2020),
    # Later on more courses are on offer than countries ask for.
    ("officers_yearly", ("training-surge",), HERE, 2027),
    ("trainings_yearly", ("offer-doubled",), HERE, 2030),
    ("trainings_yearly", HERE, ("training-by-others",), 2030),
    ("platforms", ("no-conditions",), HERE, 2018),
    # Seats are limited: as long as many wait, who asks more often only takes others' place (+0.7 of
    # 136 in 2020, in 400 runs).
    ("trained", ("no-conditions",), HERE, 2020),
    ("lock_in", HERE, ("open-standards",), 2040),
    ("lock_in", ("open-standards",), ("no-exit-cost",), 2040),
    ("adopters", HERE, PROPAGATION_OFF, 2040),
    ("norm", HERE, PROPAGATION_OFF, 2040),  # norms also come from courses on stability
    ("aid", HERE, ("aid-closure-2025",), 2026),
    ("aid", ("aid-restored-2030",), HERE, 2040),
    ("bans", ("vendor-bans",), HERE, 2040),
    ("working", HERE, ("vendor-bans",), 2040),
    ("working_western", ("western-counter-offer",), HERE, 2040),
    ("west_trainings", ("western-counter-offer",), HERE, 2040),
    ("working", HERE, ("western-counter-offer",), 2040),
    *(("trainings_yearly", HERE, ("pandemic",), year) for year in (2031, 2034)),
    ("courses_yearly", HERE, ("pandemic",), 2031),
    ("sovereignty", ("data-leak",), HERE, 2028),
    ("out_of_service_share", ("debt-crisis",), HERE, 2030),
    ("working", HERE, ("debt-crisis",), 2031),
    ("democracy", ("democratic-wave",), HERE, 2036),
    ("democracy", HERE, ("backsliding-wave",), 2036),
    ("trainings", HERE, ("bri-slowdown",), 2040),
    ("courses_yearly", HERE, ("bri-slowdown",), 2040),
    ("lock_in", ("ai-leap",), HERE, 2025),
    ("adopters", HERE, ("baseline", ("training.active", False)), 2030),
    ("trained", ("baseline", ("west.active", False)), HERE, 2015),
    ("preventive_policing", HERE, ("baseline", ("training.active", False)), 2040),
    ("leaders_china", HERE, ("courses-end-2030",), 2040),
]


@pytest.mark.parametrize(("outcome", "where", "than", "year"), MORE)
def test_an_outcome_is_larger_where_its_mechanism_says(
    outcome: str, where: Any, than: Any, year: int
) -> None:
    assert at(outcome, *where, year=year) > at(outcome, *than, year=year)


READ_FIRST = [
    # What first reads the switch: an offer carried by a course, a visible system, the norm of a
    # state past its threshold or of one taught, a contract.
    (("no-bundling",), ("offers",)),
    (("no-peers",), ("exposure",)),
    (("no-norms",), ("norm",)),
    ((NO_CONTRACTS,), ("contract", "renewed")),
    (("no-exit-cost",), ("exit_cost",)),
]
NOTHING = [
    *READ_FIRST,
    (RETENTION_OFF, ("exit_cost", "suspensions")),
    (("no-lock-in",), ("exit_cost", "suspensions", "exposure", "dependence_installed")),
    (PROPAGATION_OFF, ("exposure", "dependence_installed")),
    (("baseline", ("needs.active", False)), ("unrest", "dissent_deterred")),
    (("baseline", ("society.active", False)), ("mistrust", "sovereignty", "dissent_deterred")),
    (("baseline", ("market.active", False)), ("alignment",)),
    # Chinese finance earns some trust without courses.
    (
        ("baseline", ("training.active", False), ("training.finance_trust", 0.0)),
        ("trained", "trainings", "offers", "trust"),
    ),
    (
        ("baseline", ("procurement.active", False)),
        ("adopted", "installed", "contract", "working", "debt", "exposure"),
    ),
    (("baseline", ("west.active", False)), ("west_trainings", "banned", "replaced")),
    (("copying-only",), ("trained", "trainings", "offers", "trust", "norm", "alignment", "debt")),
    (("baseline", ("doctrine.active", False)), ("trained_serving", "leaders_china", "prevention")),
    (("bass",), ("contract", "exit_cost", "suspensions", "dependence_installed", "norm")),
]


@pytest.mark.parametrize(("where", "fields"), NOTHING)
def test_what_a_switch_takes_away_is_gone(where: Any, fields: tuple[str, ...]) -> None:
    for field in fields:
        assert not summed(field, *where).any(), field
        assert summed(field, "baseline").any(), field


def test_without_retention_or_exit_cost_more_leave() -> None:
    """Whether fewer systems work in the end is open: who leaves for nothing buys again, cheaper."""
    assert ends("no-exit-cost") > 1.2 * ends("baseline")
    assert ends(*RETENTION_OFF) > 1.2 * ends("baseline")
    assert ends("open-standards") > ends("baseline")
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
    sales = chunk.vendor_tallies[:, :, :-1, layout.vendor_fields.index("sales")].sum(axis=2)
    # Refreshes ordered before are paid within a year, or once a suspension ends.
    assert (sales[:, -1] - sales[:, before] < 0.1 * sales[:, before]).all()
    assert (sales[:, -1] - sales[:, before + 4] < 0.05 * sales[:, before]).all()

    # Contracts go on: they are served, and renewed.
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
    off = (("observer.active", False), ("procurement.falls_through", 0.0))
    for happened in ("trained", "trainings", "adopted"):
        recorded = f"recorded_{happened}"
        assert np.array_equal(*(summed(n, "baseline", *off) for n in (recorded, happened)))
        seen, all_ = (summed(n, "baseline", *off[1:]) for n in (recorded, happened))
        assert (seen <= all_).all()
    # Being watched changes nothing.
    working = (summed("working", "baseline", *given) for given in (off, off[1:]))
    assert np.array_equal(*working)


def test_doctrine_without_feedback_changes_nothing_else() -> None:
    """Officers are counted all the same."""
    own = {s.name for s in doctrine.COUNTRY}
    off, _ = ran("baseline", ("doctrine.active", False))
    silent, layout = ran("baseline", ("doctrine.feedback", False))
    for k, name in enumerate(layout.fields):
        same = np.array_equal(off.tallies[..., k], silent.tallies[..., k])
        assert same == (name not in own), name
    assert np.array_equal(off.actors, silent.actors)


def test_china_off_shares_out_seats_evenly() -> None:
    off = (("china.active", False),)
    assert np.array_equal(
        ran("baseline", *off)[0].actors[:, :20, 0], ran("baseline")[0].actors[:, :20, 0]
    ), "as many seats, before revenue funds any"
    assert not np.array_equal(summed("trained", "baseline", *off), summed("trained", "baseline"))


def test_history_off_keeps_the_first_year_s_world() -> None:
    democracy = series("democracy", "baseline", ("history.active", False))
    assert (democracy == democracy[:, [0]]).all()
    assert np.ptp(series("democracy", "baseline")) > 0


OFF = 2020.25


FROM = slice(int((OFF - FIRST_YEAR) * 4), None)
"""Quarters in which the mechanism is off."""


@pytest.mark.parametrize(
    ("section", "gone", "stays"),
    [
        ("history", (), ("oda_gni",)),
        ("needs", ("unrest",), ("dissent_deterred",)),
        ("society", ("mistrust", "sovereignty"), ()),
        # Refreshes ordered before are still paid: so sales go on for a year.
        ("procurement", ("pending",), ("refreshes", "adopted", "opened", "agreements")),
        ("training", (), ("trainings", "offers")),
        ("market", (), ("public.price", "alignment")),
        ("contracts", (), ("opened", "renewed")),
        ("doctrine", ("leaders_china", "prevention"), ("trained_serving",)),
    ],
)
def test_a_mechanism_switched_off_by_an_event_stops_at_once(
    section: str, gone: tuple[str, ...], stays: tuple[str, ...]
) -> None:
    """What its switch says is 0 from then on, or stays as it was the quarter before."""
    off = {"events.bans.date": OFF, f"events.bans.{section}.active": False}
    books = keep_books("baseline", off, run=3)  # of the first with all that is named
    for name in (*gone, *stays):
        values = books.actor(name) if "." in name else books.world(name)
        before, after = values[FROM.start - 1], values[FROM]
        assert before and (after == (before if name in stays else 0.0)).all(), name


# --- Null models ----------------------------------------------------------------------------------

TRAINING_FIELDS = ("trained", "trainings", "officers", "trust", "recorded_trained")
PURCHASE_FIELDS = ("adopted", "adopted_platform", "contract", "working", "debt",
                   "out_of_service", "recorded_adopted")  # fmt: skip
OFF_BY = {
    PURCHASE_FIELDS: (("training.active", False), ("training.trust_gain", 0.5)),
    TRAINING_FIELDS: (("procurement.active", False),),
}


def changed(fields: tuple[str, ...], name: str, *given: tuple[str, Any]) -> list[str]:
    """Fields whose sums settings change, in any run and quarter."""
    return [f for f in fields if not np.array_equal(summed(f, name, *given), summed(f, name))]


@pytest.mark.parametrize(
    "name", ["common-cause", "bass", "copying-only", "regime-blind", "regimes-shuffled"]
)
def test_nulls_are_refitted_on_the_level(name: str) -> None:
    """Within two standard errors of the two targets of level: no straw men."""
    assert abs(at("recorded_adopters", name, year=2019) - 80) < 2 * 9
    if name != "copying-only":
        assert abs(at("recorded_trained", name, year=2025) - 138) < 2 * 6


def test_shuffled_regimes_keep_the_world_s_scores_and_change_everybody_s() -> None:
    """As long as history lasts, the sum over the world stays and sums over regimes differ."""
    chunk, layout = ran("regimes-shuffled", runs=RUNS)
    base, _ = ran("baseline", runs=RUNS)
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


@pytest.mark.parametrize("fields", OFF_BY)
def test_common_cause_has_no_link_between_training_and_purchase(fields: tuple[str, ...]) -> None:
    for given in OFF_BY[fields]:
        assert changed(fields, "common-cause", given) == []
    assert changed(fields, "baseline", OFF_BY[fields][0]) == list(fields)
    assert summed(fields[0], "common-cause")[:, -1].all()


def test_a_common_cause_makes_the_trained_buy_all_the_same() -> None:
    """Training goes with purchase across states; less so where lasting leanings are apart."""

    def association(*given: tuple[str, Any]) -> float:
        chunk, layout = ran("common-cause", *given, runs=RUNS)
        trained, adopted = (
            chunk.panel[:, -1, :, layout.panel.index(event)] for event in ("trained", "adopted")
        )
        pairs = zip(trained, adopted, strict=True)
        return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]))

    # As shipped lasting leanings are the smaller part of leanings; here they are nearly all.
    lasting = ("needs.explained_share", 0.05)
    assert association(lasting) > association(lasting, ("needs.leaning_correlation", 0)) + 0.02
    assert association() > 0.2


def test_copying_only_means_no_offers_and_spread_by_peers() -> None:
    name = "copying-only"
    alone = at("adopters", name, ("peers.active", False), year=2019)
    assert 0 < alone < 0.6 * at("adopters", name, year=2019)


def test_bass_means_nothing_holds_and_all_look_at_the_world_alike() -> None:
    name = "bass"
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
        (("history.regimes_shuffled", True), ("observer.secrecy", 0)),
        (("training.trust_gain", 0.5),),
        (("china.bri_priority", 5.0),),
    ):
        fields = ("adopted", "adopted_platform", "trained", "trainings")
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


def differs(name: str, quarter: int) -> bool:
    """Whether a scenario's parameters differ from the baseline's for any state in a quarter."""
    scenario, base = load(name), load("baseline")
    states = representatives(scenario.classes())
    return any(values_in(scenario, quarter, code) != values_in(base, quarter) for code in states)


def test_nothing_differs_before_the_change() -> None:
    quarters, usual = load("baseline").quarters, {(e.name, e.date) for e in load("baseline").events}
    dated = [name for name in shipped_names()[1:] if not differs(name, quarters.start)]
    assert len(dated) > 30
    for name in dated:
        own = {(event.name, event.date) for event in load(name).events} - usual
        begins = [int((date - FIRST_YEAR) * 4) for _, date in own if date is not None]
        years = range(0, len(quarters), 4)
        change = next(q for q in sorted({*years, *begins}) if differs(name, quarters[q]))
        # What has no event of its own acts on what comes after history.
        assert change == min(begins) if begins else change >= (2025 - FIRST_YEAR) * 4, name
        assert not begins or not differs(name, quarters[change - 1]), name
        assert change <= min(differences(name)) <= change + 8, name


@pytest.mark.parametrize(("where", "fields"), READ_FIRST)
def test_nothing_differs_before_the_switch_is_read(where: Any, fields: tuple[str, ...]) -> None:
    """In each run on its own: the first number to differ is the one that the switch takes away."""
    begins = [int(np.argmax(run)) for run in summed(fields[0], "baseline") > 0]
    assert differences(*where) == begins


@pytest.mark.parametrize(
    "path", ["contracts.same_vendor", "contracts.decay", "contracts.restoration_rate"]
)
def test_rules_of_dark_systems_matter_only_once_one_is_dark(path: str) -> None:
    out_of_service = summed("out_of_service", "baseline") > 0
    begins = int(np.argmax(out_of_service.any(axis=0)))
    assert begins > 0
    assert min(differences("baseline", (path, 0.0))) > begins
