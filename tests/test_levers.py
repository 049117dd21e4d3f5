"""The offer in three: what goes on, and what stops, where one part alone ends in 2030."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.engine import prepare, run_chunk
from sim.engine.chunk import Chunk, Layout, derive
from sim.model.register import SHIPPED
from sim.scenario import load_scenario
from sim.world.dates import end_of
from tests.chunks import different

RUNS = 6
PARTS = ("courses", "sales", "credit")


@cache
def without(*parts: str) -> tuple[Chunk, Layout]:
    """Runs in which parts of the offer end in 2030."""
    sets = {f"events.bans.china.{part}": False for part in parts}
    when = {"events.bans.date": 2030} if parts else {}
    ensemble = prepare(load_scenario("baseline", overrides=sets | when), 1)
    return run_chunk(ensemble, range(RUNS)), ensemble.layout


def grown(name: str, *parts: str) -> float:
    """By how much an outcome of the world grows from the end of 2030 to the end of 2040."""
    chunk, layout = without(*parts)
    series = derive(SHIPPED.register[name], chunk, layout)[:, :, 0].mean(axis=0)
    return float(series[end_of(2040)] - series[end_of(2030)])


def test_what_ends_stops_and_the_rest_goes_on() -> None:
    for part in PARTS:
        stopped = {
            "trainings": part == "courses",
            "offers": part in ("courses", "sales"),
            "adopters": part == "sales",
            "cities_working": False,
            "contracts_renewed": False,
        }
        for name, stops in stopped.items():
            assert (grown(name, part) == 0.0) == stops, (part, name)
    assert 0.5 < grown("contracts_renewed", "sales") / grown("contracts_renewed") <= 1.1
    assert grown("debt", "credit") < grown("debt")
    assert grown("adopters", "credit") < grown("adopters")


def switched_off_at_expiry(folder: Path, date: float) -> float:
    """Contracts that end by switching off to 2040 where fees are five times as high from a date."""
    event = f"[[events]]\nname = 'dear'\ndate = {date}\ncontracts.fee = {{ times = 5 }}\n"
    (folder / "dear.toml").write_text(f"extends = 'baseline'\ntitle = 'Dearer'\n{event}")
    ensemble = prepare(load_scenario(str(folder / "dear.toml")), 1)
    series = derive(
        SHIPPED.register["expiry_ended"], run_chunk(ensemble, range(RUNS)), ensemble.layout
    )
    return float(series[:, end_of(2040), 0].mean())


def test_dearer_fees_end_systems_from_whichever_date(tmp_path: Path) -> None:
    early, late, last = (switched_off_at_expiry(tmp_path, at) for at in (2005, 2030, 2040.75))
    assert early > late + 20.0 > last + 60.0


def test_all_three_are_the_whole_offer() -> None:
    """But for the switch's name, and for what a country does with a course of the same quarter."""
    one, _ = without(*PARTS)
    other, _ = without("offering")
    assert not different(one, other)
