"""Bounds: a known range is found, an end that fails on other draws is not shown, worlds are files.

The planted model has three parameters that make an effect, one that makes up for what they do to a
figure, and one that does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import InputError
from sim.experiment import Factor, lay_over, plausible_factors
from sim.scenario import load_scenario
from sim.studies.tilting import (
    LEAST,
    MOST,
    Judgement,
    Slopes,
    Tried,
    World,
    perturbed,
    search,
    slopes_of,
    verify,
)
from sim.studies.worlds import places_of

NAMES = ("strong", "weak", "late", "helper", "idle")
START = np.full(len(NAMES), 0.5)
FIGURE = np.array([6.0, 2.0, 0.0, -4.0, 0.0])
"""What whole ranges do to the distance of the only figure, which is missed from 2 on."""
MISSED = 2.0


def effect_of(places: np.ndarray) -> np.ndarray:
    """From 0 to -22; one parameter acts only where the strong one is far out."""
    strong, weak, late, *_ = places.T
    return np.asarray(-10.0 * strong - 4.0 * weak - 8.0 * late * (strong > 0.7))


class Planted:
    """A model of which the search sees noisy runs alone; the figure is off by `lost` everywhere."""

    def __init__(self, figure: np.ndarray = FIGURE, lost: float = 0.0) -> None:
        self.figure, self.lost, self.random = figure, lost, np.random.default_rng(1)

    def screen(self, world: World) -> Slopes:
        at = np.array([world.places.get(name, 0.5) for name in NAMES])
        places, _ = perturbed(np.tile(at, (900, 1)), self.random, 1.0 / 6.0)
        effect, noise = slopes_of(places, effect_of(places) + self.random.normal(size=900))
        far = slopes_of(places, places @ self.figure + self.random.normal(size=900))[0]
        return Slopes(NAMES, START, effect, noise, {"figure": far})

    def judge(self, worlds: Sequence[World]) -> list[Judgement]:
        found = []
        for world in worlds:
            places = np.array([[world.places.get(name, 0.5) for name in NAMES]])
            assert ((places >= 0.0) & (places <= 1.0)).all()
            far = float(self.figure @ (places[0] - START)) + self.lost
            missed = ("figure",) if abs(far) > MISSED else ()
            of: dict[str, Any] = {"reserve": MISSED - abs(far), "tightest": "figure"}
            of |= {"distance": far**2, "distances": {"figure": far}, "missed": missed}
            found.append(Judgement(mean=float(effect_of(places)[0]), **of))
        return found

    def tried(self, most: int = 4) -> Tried:
        return search(self.judge, self.screen, most)


def ends(tried: Tried, verdict: Callable[..., list[Judgement]]) -> Any:
    return verify(verdict, tried)[1]


def test_a_planted_range_is_found() -> None:
    """All of the range is permitted: the helper makes up for the figure, and one acts late."""
    model = Planted()
    found = ends(model.tried(), model.judge)
    # A reserve of the figure costs 0.4.
    assert found[LEAST].judged.mean == pytest.approx(-22.0, abs=0.8)
    assert found[MOST].judged.mean == pytest.approx(0.0, abs=0.8)
    for end in found.values():
        assert "helper" in end.world.places and "idle" not in end.world.places
        assert not end.judged.missed


def test_without_what_makes_up_for_a_figure_the_range_ends_where_it_is_missed() -> None:
    """The figure permits -18.6 to -3.3, by the strong parameter traded for the weak one."""
    model = Planted(np.array([6.0, 2.0, 0.0, 0.0, 0.0]))
    found = ends(model.tried(), model.judge)
    assert -18.6 <= found[LEAST].judged.mean < -17.0
    assert -3.3 >= found[MOST].judged.mean > -4.5


@pytest.mark.usefixtures("two_steps")
def test_few_parameters_move_if_few_may() -> None:
    assert max(len(world.places) for world in Planted().tried(most=2)) == 2


def test_an_end_that_fails_on_other_draws_is_not_shown() -> None:
    tried = Planted().tried()

    def unlucky(worlds: Sequence[World]) -> list[Judgement]:
        again = Planted().judge(worlds)
        return [
            replace(j, missed=("other",), distances={"other": 3.0}) if j.mean < -12.0 else j
            for j in again
        ]

    assert min(judged.mean for judged in tried.values() if not judged.missed) < -12.0
    found = ends(tried, unlucky)[LEAST]
    assert found.judged is None or found.judged.mean >= -12.0
    assert found.failed and found.stopped_by == ("other",)


@pytest.mark.usefixtures("two_steps")
def test_where_no_world_counts_the_figure_is_named() -> None:
    model = Planted(lost=20.0)
    found = ends(model.tried(), model.judge)
    assert [end.world for end in found.values()] == [None, None]
    assert {end.stopped_by for end in found.values()} == {("figure",)}


def test_slopes_of_a_planted_line_are_found() -> None:
    random = np.random.default_rng(1)
    places = random.random((2000, 5))
    values = places @ FIGURE + random.normal(size=2000)
    values[3] = np.nan
    slopes, noise = slopes_of(places, values)
    assert (np.abs(slopes - FIGURE) < 4.0 * noise).all() and (noise < 0.5).all()


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_places_and_values_are_inverse(scale: Any) -> None:
    factor = Factor("x", "X", "", "x", 0.1, 10.0, scale=scale)
    places = np.array([0.0, 0.25, 1.0])
    values = [value for (value,) in lay_over([factor], places[:, None]).points]
    np.testing.assert_allclose(places_of(factor, values), places, atol=1e-9)


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no figure decide: of few runs, hardly any world would be permitted."""
    monkeypatch.setattr("sim.studies.worlds.DECIDING", ())


@pytest.mark.slow
@pytest.mark.usefixtures("two_steps", "no_figures")
def test_the_model_is_bounded_and_its_worlds_are_files(tmp_path: Path) -> None:
    """Without figures all worlds are permitted, so that both ends are at ends of the range."""
    file = tmp_path / "without.toml"
    file.write_text('extends = "no-training"\ntitle = "Without"\n')
    told: list[tuple[int, int]] = []
    ask: dict[str, Any] = {
        "outcome": "trained", "year": 2008, "parameters": "china.courses_at_start",
        "write": tmp_path / "worlds", "runs": 4, "out": tmp_path / "out",
        "progress": lambda *of: told.append(of),
    }  # fmt: skip
    found = sim.bounds(file, **ask)
    low, _, high = found.tables["bounds"]["mean"]
    assert low < high <= 0.0
    moves = found.tables["moves"].iloc[0]
    (factor,) = plausible_factors(load_scenario("baseline"), "china.courses_at_start")
    assert {moves["smallest"], moves["largest"]} == {factor.low, factor.high}
    assert told[-1] == (found.facts["simulations"],) * 2
    assert all(done <= total for done, total in told)
    # Written, they are worlds in which the scenario has the same effect in the same runs.
    world = tmp_path / "worlds/without-trained-2008-smallest.toml"
    assert sim.check(str(world)).content and load_scenario(world).kind == "storyline"
    again = sim.compare(
        world, f"{file}+{world}", outcomes="trained", year=2008, runs=4, seed=found.results.seed,
        set={"horizon.end": 2008},
    ).tables["differences"]  # fmt: skip
    assert again.query("year == 2008")["mean"].iloc[0] == pytest.approx(low)
    # The same command makes no run again, and writes no other file over a user's.
    repeated = sim.bounds(file, **ask)
    assert repeated.results.made == 0
    assert repeated.tables["worlds"].equals(found.tables["worlds"])
    world.write_text(world.read_text() + "# mine\n")
    with pytest.raises(InputError, match="other content"):
        sim.bounds(file, **ask)
    figure = found.draw()
    assert "an inner bound" in str(figure.get_label())


@pytest.mark.slow
@pytest.mark.usefixtures("two_steps", "no_figures")
def test_survival_is_bounded_by_its_level() -> None:
    options: dict[str, Any] = {"runs": 2, "parameters": "contracts.exit_cost"}
    found = sim.bounds("offer-withdrawn-2030", outcome="surviving_5", **options)
    table = found.tables["bounds"].set_index("end")
    assert found.facts["unit"] == "%" and table["mean"].dropna().between(0.0, 100.0).all()
    usual = sim.persistence(
        "offer-withdrawn-2030", runs=2, seed=found.results.seed, set={"horizon.end": 2034}
    ).tables["persistence"]
    world = usual[usual["group"] == "world"]["surviving_5"].iloc[0]
    assert table.loc["plausible sets", "mean"] == pytest.approx(100.0 * world)


@pytest.mark.usefixtures("two_steps", "no_figures")
def test_what_a_reason_keeps_is_bounded_against_the_end_of_the_offer() -> None:
    """The change without exit cost has the sign of what exit cost keeps."""
    options: dict[str, Any] = {"runs": 4, "parameters": "contracts.exit_cost"}
    found = sim.bounds("offer-withdrawn-no-exit-cost", outcome="surviving_5", **options)
    assert found.facts["unit"] == "percentage points"
    low, _, high = found.tables["bounds"]["mean"]
    assert low <= high <= 5.0 and low < 0.0


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "outcome": ({"outcome": "workin"}, "did you mean 'working'"),
    "survival of none": ({"outcome": "surviving_10"}, "does not end it"),
    "year": ({"year": 1990}, "allowed: 2000 to 2040"),
    "parameter": ({"parameters": "contracts.trem"}, "contracts.term"),
    "parameter of the scenario": (
        {"scenario": "no-exit-cost", "parameters": "contracts.exit_cost"}, "is set by",
    ),
    "written settings": ({"write": Path("x"), "set": {"contracts.fee": 0.1}}, "values of set"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_refused(case: str) -> None:
    wrong, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        sim.bounds(**{"scenario": "no-training", **wrong})
