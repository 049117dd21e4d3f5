"""Books balance in every quarter of every run, at the extremes of every parameter too.

The engine can keep any number of any actor: here each state is a group of its own, so that what
is checked is every field of every state in every quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from sim.engine import Ensemble, prepare, run_chunk
from sim.engine.chunk import Cells, Chunk, Group, Layout
from sim.engine.records import ACTORS, VENDOR_FIELDS, country_states, states_of
from sim.model.mechanisms.doctrine import CAREER
from sim.model.register import SHIPPED
from sim.model.units import LAST_SEASON, QUARTERS
from sim.scenario import load_scenario, shipped_names
from sim.scenario.toml_file import bounds

SEED = 5
SCENARIOS = shipped_names()


@dataclass(frozen=True)
class Books:
    """Every number of every actor in every quarter of one history.

    Attributes:
        chunk: What the engine gave.
        layout: Names of its columns.
        doctrine: Whether doctrine acts: without it nobody counts officers in service.
    """

    chunk: Chunk
    layout: Layout
    doctrine: bool

    @cached_property
    def columns(self) -> np.ndarray:
        """Every field's values one after another: what is asked a hundred times is read fast."""
        return np.ascontiguousarray(self.chunk.tallies[0].transpose(2, 0, 1))

    def of(self, name: str) -> np.ndarray:
        """A field's values: a row a quarter, a column a state."""
        return self.columns[self.layout.fields.index(name), :, 1:]

    def world(self, name: str) -> np.ndarray:
        """A field's sum over states, a number a quarter."""
        return self.columns[self.layout.fields.index(name), :, 0]

    def actor(self, name: str) -> np.ndarray:
        """A number of China, the West or the public, a number a quarter."""
        return self.chunk.actors[0, :, self.layout.actor_fields.index(name)]


def keep_everything(ensemble: Ensemble) -> Ensemble:
    """Make each state a group, and keep every number of every actor."""
    states = country_states()
    scalar = [state.name for state in states if not state.length]
    assert [state.name for state in states][: len(scalar)] == scalar, "lists come last"
    actors = [
        f"{actor}.{state.name}"
        for actor in ACTORS
        for state in states_of()[actor]
        if not state.length and not state.whole
    ]
    kept = ensemble.layout
    rows = len(kept.countries)
    groups = (
        Group("world", "world", rows),
        *(Group("country", label.iso3, 1) for label in kept.countries),
    )
    spare = len(groups)
    belongs = np.array([(0, 1 + row, spare, spare) for row in range(rows)])
    cells = Cells(np.arange(rows)[np.newaxis], belongs)
    kept = replace(kept, fields=tuple(scalar), actor_fields=tuple(actors), groups=groups)
    return replace(ensemble, layout=kept, cells=cells)


def keep_books(name: str, overrides: Mapping[str, Any] | None = None, run: int = 0) -> Books:
    """Run one history and keep everything."""
    scenario = load_scenario(name, overrides=overrides)
    ensemble = keep_everything(prepare(scenario, SEED))
    return Books(run_chunk(ensemble, [run]), ensemble.layout, scenario.value("doctrine.active"))


PARTS_OF = {
    "cities": "large_cities", "debt_in_grace": "debt", "contract": "installed",
    "contract_chinese": "contract", "restored_same": "restored", "recorded_trained": "trained",
    "recorded_trainings": "trainings",
}  # fmt: skip
"""What is never larger than something else: no more cities than there are, and so on."""


def faults(books: Books) -> list[str]:
    """Everything that is wrong with a history's books, a line each."""
    found: list[str] = []

    def check(text: str, right: Any) -> None:
        if not np.all(right):
            found.append(text)

    chunk = books.chunk
    check("vendors' numbers are finite", np.isfinite(chunk.vendor_tallies))
    check("actors' numbers are finite", np.isfinite(chunk.actors))

    for state in country_states():
        if not (state.length or state.whole):
            kept = books.of(state.name)
            check(f"{state.name} is finite", np.isfinite(kept))
            check(f"{state.name} is at least {state.least}", kept >= state.least)
            check(f"{state.name} is at most {state.most}", kept <= state.most)
            if state.unit == "0 or 1":
                check(f"{state.name} is 0 or 1", np.isin(kept, (0.0, 1.0)))
            if state.grows:
                check(f"{state.name} grows", np.diff(kept, axis=0) >= 0.0)
    paid = books.of("paid_own") + books.of("donors_paid")
    paid += np.cumsum(books.of("sale_credit") * (books.of("fell_through") <= 0.0), axis=0)
    now = ("paid_sale", "paid_refresh", "paid_fee", "service")
    received = books.of("exits_paid") + np.cumsum(sum(books.of(name) for name in now), axis=0)
    check("what is paid is received", np.isclose(paid, received, rtol=1e-9, atol=1e-9))
    for part, whole in PARTS_OF.items():
        check(f"{part} ≤ {whole}", books.of(part) <= books.of(whole))
    covers = books.of("cities") >= 1.0
    check("a safe city covers a city", covers == (books.of("stage") >= 2.0))
    check("stage is a stage", np.isin(books.of("stage"), (0.0, 1.0, 2.0, 3.0)))

    for actor in ("china", "west"):
        held, seats = books.actor(f"{actor}.sessions"), books.actor(f"{actor}.courses")
        carried = books.actor(f"{actor}.carry")
        check(f"{actor}: courses held and carried ≤ offered", held + carried <= seats + 1e-6)
        check(f"{actor}: the lot overdraws less than a course a state", carried > -195.0)
    check(
        "courses granted are China's sessions",
        np.diff(books.actor("china.sessions"), prepend=0.0) == books.world("sessions"),
    )
    check(
        "courses held are courses granted",
        books.world("trainings") == np.cumsum(books.world("sessions")),
    )
    check(
        "Western courses held are the West's sessions",
        books.world("west_trainings") == (books.actor("west.sessions")),
    )

    officers = books.of("officers") if books.doctrine else np.zeros_like(books.of("officers"))
    serving = np.zeros_like(officers)
    for at, entered in enumerate(np.diff(officers, axis=0, prepend=0.0)):
        serving[at] = serving[at - 1] + entered
        if at % QUARTERS == LAST_SEASON:
            serving[at] -= serving[at] / CAREER
    check(
        "officers in service = those who entered, less who retired",
        np.isclose(books.of("trained_serving"), serving, rtol=1e-9, atol=1e-9),
    )
    ended = sum(books.of(name) for name in ("switched", "switched_off", "replaced", "expired"))
    check(
        "contracts opened = alive + lapsed + ended by cause",
        books.of("opened") == (books.of("contract") + books.of("lapsed") + ended),
    )
    check("a stage is an installed stage", (books.of("stage") > 0) == (books.of("installed") > 0))
    check(
        "what works is installed once",
        books.of("working") + books.of("working_western") <= (books.of("installed")),
    )
    # Lists contain agreements, also those for a platform that never serves.
    signed = books.of("adopted") + books.of("unserved")
    check("recorded ≤ signed: adopted", books.of("recorded_adopted") <= signed)

    kinds = VENDOR_FIELDS
    received = {name: chunk.vendor_tallies[0][:, :, kinds.index(name)] for name in kinds}
    sales = books.world("paid_sale") + books.world("paid_refresh")
    for paid, name in ((sales, "sales"), (books.world("paid_fee"), "fees")):
        sums = received[name].sum(axis=1)
        close = np.isclose(np.cumsum(paid), sums, rtol=1e-9, atol=1e-6)
        check(f"{name} paid = vendors' {name}", close)
        chinese = received[name][:, :-1].sum(axis=1)
        close = np.isclose(books.actor(f"china.{name}"), chinese, rtol=1e-9, atol=1e-6)
        check(f"China's {name} = its vendors' {name}", close)
    check(
        "vendors' working systems = states'",
        received["working"].sum(axis=1)
        == (books.world("working") + books.world("working_western")),
    )
    return found


@pytest.mark.parametrize(
    "name",
    [
        name if at % 16 == 0 else pytest.param(name, marks=pytest.mark.slow)
        for at, name in enumerate(SCENARIOS)
    ],
)
def test_books_balance_in_every_quarter(name: str) -> None:
    assert not faults(keep_books(name))


def test_the_checks_can_fail() -> None:
    """A false entry in each book is found: so an empty list of faults says something."""
    for field, wrong, text in (
        ("trust", 2.0, "trust is at most 1.0"),
        ("debt", np.nan, "debt is finite"),
        ("paid_sale", 2.0, "sales paid = vendors' sales"),
        ("opened", 2.0, "contracts opened = alive + lapsed + ended by cause"),
        ("sessions", 2.0, "courses granted are China's sessions"),
        ("trained_serving", 2.0, "officers in service = those who entered, less who retired"),
        ("working", 2.0, "vendors' working systems = states'"),
    ):
        books = keep_books("baseline", {"horizon.end": 2020})
        books.chunk.tallies[0, -1, :, books.layout.fields.index(field)] += wrong
        assert text in faults(books), field


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED.parameters)
def test_books_balance_at_the_extremes_of_every_parameter(path: str) -> None:
    """At its least and largest, a switch both ways; also over what events would set."""
    field = SHIPPED.parameters[path]
    kind: Any = field.annotation
    for value in (False, True) if kind is bool else map(kind, bounds(field)):
        assert not faults(keep_books("baseline", {path: value, "horizon.end": 2034})), value


def extreme(which: int, **but: Any) -> dict[str, Any]:
    """Every number at its least (0) or largest (1), with some exceptions by section and key."""
    given: dict[str, Any] = {
        path: field.annotation(bounds(field)[which])  # type: ignore[misc]
        for path, field in SHIPPED.parameters.items()
        if field.annotation is not bool
    }
    return given | {name.replace("__", "."): value for name, value in but.items()}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("active", [True, False])
def test_books_balance_with_every_parameter_at_its_bound(which: int, active: bool) -> None:
    assert not faults(keep_books("baseline", extreme(which, contracts__active=active)))


@pytest.mark.parametrize("which", [0, 1])
def test_books_balance_with_one_mechanism_at_its_bounds(which: int) -> None:
    for section in SHIPPED.sections:
        given = {k: v for k, v in extreme(which).items() if k.startswith(f"{section}.")}
        assert not faults(keep_books("baseline", given | {"horizon.end": 2026})), section


@pytest.mark.parametrize(
    "given",
    [
        {"china.courses_at_start": 0.0, "market.reinvestment": 0.0},
        {"west.aid_floor": 3.0, "west.strictness": 1.0},
        {"contracts.term": 0.25, "contracts.missed_payment_rate": 4.0},
        {"procurement.budget_share": 0.0001, "contracts.distress": 20.0},
        {"procurement.rate": 1.0, "procurement.base": 10.0, "china.technology_from": 1990.0},
        {"training.rate": 1.0, "training.base": 10.0, "china.courses_at_start": 1000.0},
        {"west.ban_rate": 4.0, "west.replace_rate": 4.0, "west.subsidy": 1.0},
        {"west.exit_paid": 1.0, "west.fees_paid_chinese": 1.0, "contracts.term": 1.0},
        {"contracts.active": False, "contracts.life": 0.5},
        {"contracts.retention": False, "contracts.propagation": False},
        {"horizon.start": 2024, "horizon.end": 2060},
        {"horizon.start": 2010, "horizon.end": 2060},
    ],
    ids=lambda given: " ".join(f"{k}={v}" for k, v in given.items()),
)
def test_books_balance_at_named_extremes(given: dict[str, Any]) -> None:
    assert not faults(keep_books("baseline", given))


def test_a_mechanism_that_stops_midway_leaves_the_books_in_order(tmp_path: Any) -> None:
    """Contracts that end, offers that stop and start, all by dated events."""
    file = tmp_path / "stop.toml"
    file.write_text(
        'extends = "baseline"\n'
        '[[events]]\nname = "outright"\ndate = 2018\nuntil = 2028\ncontracts.active = false\n'
        '[[events]]\nname = "pause"\ndate = 2021\nuntil = 2024\nchina.offering = false\n'
        '[[events]]\nname = "quiet"\ndate = 2026\nuntil = 2030\nsociety.active = false\n'
    )
    books = keep_books(str(file))
    assert not faults(books)
    assert books.of("expired").any()


@pytest.mark.parametrize("budget", [0.0, 4000.0])
def test_donors_pay_their_budget_and_no_more(budget: float) -> None:
    given = {"west.subsidy": 0.5, "west.exit_paid": 0.5, "west.fees_paid_chinese": 0.5}
    books = keep_books("baseline", {**given, "west.budget": budget})
    assert not faults(books)
    paid = books.world("donors_paid")
    assert np.all(paid <= budget * (1.0 + 1e-12)) and paid[-1] == pytest.approx(budget)
    spent = books.actor("west.closed") > 0.0
    assert spent[-1] and np.ptp(paid[spent]) <= 1e-9
    # Later nothing is promised, so that hosts act as if there were no donors.
    assert not books.of("promised")[1:][spent[:-1]].any()
    assert np.all(books.of("fund") == 1.0 - books.actor("west.closed")[:, np.newaxis])


def test_nobody_leaves_at_a_thousandfold_exit_cost() -> None:
    """At expiry all renew: what ends is lost to darkness, a ban or another's upgrade."""
    far = {"contracts.exit_cost": 1000.0, "contracts.missed_payment_rate": 0.0}
    far["contracts.early_loss"] = 0.0
    books = keep_books("baseline", far)
    assert books.of("renewed").any()
    assert not books.of("switched_off").any()
