"""The program against the rules written a second time: see `model.py`."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from second.inputs import Settings, load, seeds
from second.model import CHINESE, Model
from second.random_scenarios import write_scenario
from sim import CountryAgent, EntrenchModel
from sim.engine import prepare, run_chunk
from sim.scenario import load_scenario, shipped_names
from sim.world.dates import quarter_of_year

TOLERANCE = 1e-9
"""Relative, or of 1 if that is more. The two round differently in a number's last digit (another
exponential, another order of sums), which grows to some 1e-14 within 244 quarters. A rule that
differs shows far above."""

RANDOM, QUICK = 120, (28, 44)
"""Random scenarios, some two seconds each; two of them together turn fifteen switches."""


def run_program(path: str, seed: int, run_number: int, point: bool) -> tuple[Any, Any]:
    """The compiled program's sums of a history, and what their axes mean."""
    program = EntrenchModel(path, seed=seed, run_number=run_number, point=point)
    return run_chunk(program.ensemble, [run_number]), program.ensemble.layout


def run_second(model: Model, layout: Any) -> list[np.ndarray]:
    """The same sums of the rules as they are written here."""
    belongs = {
        "world": lambda state, name: True,
        "regime": lambda state, name: state.regime_2024 == name,
        "regime-rated": lambda s, name: s.regime_2024 == name and s.regime_basis == "EIU 2024",
        "region": lambda state, name: state.region == name,
        "aid": lambda state, name: aid_class(state) == name,
    }
    groups = np.array([[belongs[g.kind](s, g.name) for s in seeds()] for g in layout.groups], float)
    fields = attrgetter(*layout.fields)
    sums, vendors, actors, panel = [], [], [], []
    of_country = attrgetter(*compared(layout))
    for quarter in layout.quarters:
        model.step()
        sums.append(groups @ np.array([fields(state) for state in model.states], float))
        receipts = {"sales": model.sales, "fees": model.fees, "working": model.users}
        vendors.append(np.transpose([list(receipts[n].values()) for n in layout.vendor_fields]))
        china = {f"china.{n}": sum(receipts[n][v] for v in CHINESE) for n in ("sales", "fees")}
        china |= {"china.courses": model.china.courses, "public.price": model.price,
                  "china.credit_granted": model.china.granted}
        actors.append([china[name] for name in layout.actor_fields])
        if quarter_of_year(quarter) == 4:
            panel.append([of_country(state) for state in model.states])
    return [np.array(part, float) for part in (sums, vendors, actors, panel)]


def aid_class(state: Any) -> str:
    """How much Western aid a state depends on in 2024, by the glossary."""
    aid = state.years[2024].oda_gni
    levels = {"no aid": aid <= 0, "low aid": aid < 1, "middle aid": aid < 5, "high aid": True}
    return next(name for name, is_so in levels.items() if is_so)


def compared(layout: Any) -> list[str]:
    """The panel's fields but the vendor, which the second writing has by name."""
    return [name for name in layout.panel if name != "vendor"]


def differ(program: Any, second: Any) -> np.ndarray:
    return np.abs(program - second) > TOLERANCE * np.maximum(1.0, np.abs(program))


def check(path: str, seed: int = 1, run_number: int = 0, point: bool = False) -> None:
    """Both sides give the same numbers, or it is said where they first differ."""
    chunk, layout = run_program(path, seed, run_number, point)
    second = run_second(Model(path, seed, run_number, point), layout)
    places = [layout.panel.index(name) for name in compared(layout)]
    sums = (chunk.tallies, chunk.vendor_tallies, chunk.actors)
    program = [*(part[0] for part in sums), chunk.panel[0][..., places]]
    if any(differ(part, own).any() for part, own in zip(program, second, strict=True)):
        text = Path(path).read_text() if path.endswith(".toml") else ""
        where = f"{path}, seed {seed}, run {run_number}, point {point}"
        pytest.fail(f"{where}\n{first_difference(path, seed, run_number, point)}\n{text}")


def first_difference(path: str, seed: int, run_number: int, point: bool) -> str:
    """The first quarter in which fields of states differ, and which, as Mesa's model has them."""
    program = EntrenchModel(path, seed=seed, run_number=run_number, point=point)
    second = Model(path, seed, run_number, point)
    while program.running:
        program.step()
        second.step()
        found = []
        for country, state in zip(program.countries, second.states, strict=True):
            for name in CountryAgent.__slots__:
                both = getattr(country, name), vars(state).get(name)
                if all(isinstance(n, int | float) for n in both) and differ(*both):
                    found.append(f"{state.iso3} {name}: program {both[0]}, second {both[1]}")
        if found:
            return "\n".join([f"first in {program.now.date:.2f}:", *found[:20]])
    return "in no field of a state"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (at % 6 > 0))
        for at, name in enumerate(shipped_names())
    ],
)
def test_shipped_files_are_read_as_the_page_says(name: str) -> None:
    """Every parameter of every country in every quarter, under the documented values."""
    own, ensemble = Settings(load(name), 0, point=True), prepare(load_scenario(name), 1)
    classes = dict(zip(ensemble.world.codes, ensemble.class_of, strict=True))
    seen, wrong = set(), []
    for quarter, period in enumerate(ensemble.period_of[0]):
        _, values = own.at(2000 + quarter / 4)
        for state, of_state in zip(seeds(), values, strict=True):
            place = (period, classes[state.iso3])
            if (place, id(of_state)) in seen:
                continue
            seen.add((place, id(of_state)))
            record = ensemble.parameters[0][place]
            wrong += [
                f"{section}.{key} of {state.iso3} in {2000 + quarter / 4}: {record[section][key]}"
                for section, keys in vars(of_state).items()
                for key, value in vars(keys).items()
                if record[section][key] != pytest.approx(value, rel=1e-12)
            ]
    assert not wrong


def test_baseline_is_as_the_page_says(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text('extends = "baseline"\n[horizon]\nend = 2018\n')
    check(str(path))


@pytest.mark.slow
@pytest.mark.parametrize("run_number", [0, 1])
@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenarios_are_as_the_page_says(name: str, run_number: int) -> None:
    check(name, run_number=run_number)


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[pytest.mark.slow] * (n not in QUICK)) for n in range(RANDOM)]
)
def test_random_scenarios_are_as_the_page_says(number: int, tmp_path: Path) -> None:
    path = tmp_path / f"random-{number}.toml"
    check(str(path), **write_scenario(number, path))
