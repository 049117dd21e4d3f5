"""Bounds: a known range is found, an end that fails on other draws is not shown, worlds are files.

The planted model has two parameters that make an effect, one that makes up for what they do to a
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
from sim.experiment import Factor, plausible_factors
from sim.scenario import load_scenario
from sim.studies.tilting import (
    LEAST,
    MOST,
    Criterion,
    Judgement,
    Slopes,
    Tried,
    World,
    plain_direction,
    search,
    slopes_of,
    verify,
)
from sim.studies.worlds import place_of, value_at

NAMES = ("strong", "weak", "helper", "idle")
EFFECT = np.array([-10.0, -4.0, 0.0, 0.0])
FIGURE = np.array([6.0, 2.0, -4.0, 0.0])
"""What whole ranges do: to the effect, and to the distance of the only figure."""
START = np.full(len(NAMES), 0.5)
MISSED = 2.0
SLOPES = Slopes(NAMES, START, EFFECT, np.full(len(NAMES), 0.5), {"figure": FIGURE})


def planted(figure: np.ndarray = FIGURE, lost: float = 0.0) -> Callable[..., list[Judgement]]:
    """Return a function that judges worlds; the figure is off by `lost` everywhere."""

    def judged(worlds: Sequence[World]) -> list[Judgement]:
        found = []
        for world in worlds:
            places = np.array([world.places.get(name, 0.5) for name in NAMES])
            assert ((places >= 0.0) & (places <= 1.0)).all()
            far = float(figure @ (places - START)) + lost
            missed = ("figure",) if abs(far) > MISSED else ()
            of: dict[str, Any] = {"reserve": MISSED - abs(far), "tightest": "figure"}
            of |= {"total": far**2, "distances": {"figure": far}, "missed": missed}
            found.append(Judgement(mean=float(EFFECT @ places), **of))
        return found

    return judged


def ends(tried: Tried, verdict: Callable[..., list[Judgement]], criterion: Criterion) -> Any:
    return verify(verdict, tried, criterion)[1]


def test_a_planted_range_is_found() -> None:
    """With the helper all of the range is permitted: -14 to 0, where the first alone is not."""
    tried = search(planted(), SLOPES, Criterion(), 2)
    retained, found = verify(planted(), tried, Criterion())
    assert retained.mean == -7.0
    assert found[LEAST].judged.mean == pytest.approx(-14.0, abs=0.5)
    assert found[MOST].judged.mean == pytest.approx(0.0, abs=0.5)
    for end in found.values():
        assert end.world.direction != "all" and "helper" in end.world.places
        assert "idle" not in end.world.places and not end.judged.missed
    # Without the helper, the figure is missed beyond half of the way, where the effect is -10.5.
    named = replace(SLOPES, figures={})
    alone = ends(search(planted(), named, Criterion(), 2), planted(), Criterion())
    assert -10.5 <= alone[LEAST].judged.mean < -10.5 + 7.0 / 16.0
    assert -3.5 >= alone[MOST].judged.mean > -3.5 - 7.0 / 16.0
    assert alone[LEAST].stopped_by == ("figure",)


def test_slopes_that_are_wrong_are_put_right_by_the_worlds_that_were_tried() -> None:
    """The helper does the opposite of what the first slopes say."""
    other = FIGURE * np.array([1.0, 1.0, -1.0, 1.0])
    tried = search(planted(other), SLOPES, Criterion(), 2)
    ways = {w.direction: j for w, j in tried.items() if w.end == LEAST and w.share == 1.0}
    assert ways["slack 1"].missed
    assert not ways["slack 2"].missed and ways["slack 2"].mean < -7.0
    found = ends(tried, planted(other), Criterion())
    assert -10.5 <= found[LEAST].judged.mean < -10.0


def test_an_end_that_fails_on_other_draws_is_not_shown() -> None:
    tried = search(planted(), SLOPES, Criterion(), 2)
    best = min(tried.values(), key=lambda judged: judged.mean if not judged.missed else 0.0)

    def unlucky(worlds: Sequence[World]) -> list[Judgement]:
        again = planted()(worlds)
        return [
            replace(j, missed=("other",), distances={"other": 3.0}) if j.mean < -12.0 else j
            for j in again
        ]

    assert best.mean < -12.0
    found = ends(tried, unlucky, Criterion())[LEAST]
    assert found.judged is None or found.judged.mean >= -12.0
    assert found.failed and found.stopped_by == ("other",)
    never = ends(tried, planted(lost=9.0), Criterion())
    assert never[LEAST].world is never[MOST].world is None
    assert never[LEAST].stopped_by == ("figure",)


def test_where_no_world_counts_the_figure_is_named() -> None:
    tried = search(planted(lost=20.0), SLOPES, Criterion(), 2)
    found = ends(tried, planted(lost=20.0), Criterion())
    assert [end.world for end in found.values()] == [None, None]
    assert {end.stopped_by for end in found.values()} == {("figure",)}


def test_within_counts_the_distance_and_not_the_misses() -> None:
    """The figure may be off by the root of 9 more, though it is missed from 2 on."""
    criterion = Criterion(within=9.0)
    far, near = planted(np.zeros(4), lost=5.0), planted(np.zeros(4))
    assert criterion.admits(far([World()])[0], far([World()])[0])
    assert not criterion.admits(far([World()])[0], near([World()])[0])
    free = replace(SLOPES, figures={})
    found = ends(search(planted(), free, criterion, 2), planted(), criterion)[LEAST]
    assert -12.25 <= found.judged.mean < -12.25 + 7.0 / 16.0
    assert found.judged.missed


def test_slopes_of_a_planted_line_are_found_and_chance_moves_nothing() -> None:
    random = np.random.default_rng(1)
    places = random.random((2000, 4))
    values = places @ EFFECT + random.normal(size=2000)
    values[3] = np.nan
    slopes, noise = slopes_of(places, values)
    assert (np.abs(slopes - EFFECT) < 4.0 * noise).all() and (noise < 0.5).all()
    moved = plain_direction(replace(SLOPES, effect=slopes, noise=noise), LEAST, 3)
    assert np.isfinite(moved).tolist() == [True, True, False, False]
    assert moved[:2].tolist() == [1.0, 1.0]
    assert np.isfinite(plain_direction(SLOPES, MOST, 1)).sum() == 1
    assert np.isfinite(plain_direction(SLOPES, MOST, 1, named=True)).all()


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_places_and_values_are_inverse(scale: Any) -> None:
    factor = Factor("x", "X", "", "x", 0.1, 10.0, scale=scale)
    for place in (0.0, 0.25, 1.0):
        assert place_of(factor, value_at(factor, place)) == pytest.approx(place, abs=1e-3)
    whole = Factor("n", "N", "", "n", 2.0, 6.0, step=1.0)
    assert value_at(whole, 0.6) == 4 and isinstance(value_at(whole, 0.6), int)


def test_the_model_is_bounded_and_its_worlds_are_files(tmp_path: Path) -> None:
    """Within a large distance all worlds count, so that both ends are at ends of the range."""
    file = tmp_path / "without.toml"
    file.write_text('extends = "no-training"\ntitle = "Without"\n')
    told: list[tuple[int, int]] = []
    ask: dict[str, Any] = {
        "outcome": "trained", "year": 2008, "parameters": "china.courses_at_start",
        "within": 1e6, "write": tmp_path / "worlds", "runs": 4, "out": tmp_path / "out",
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
    # Written, they are scenarios that have the same effect in the same runs.
    world, other = (
        tmp_path / f"worlds/without-trained-2008-smallest{e}.toml" for e in ("-world", "")
    )
    assert sim.check(str(world)).content and load_scenario(other).value("training.active") is False
    again = sim.compare(
        world, other, outcomes="trained", year=2008, runs=4, seed=found.results.seed,
        set={"horizon.end": 2026},
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


def test_survival_is_bounded_by_its_level() -> None:
    options: dict[str, Any] = {"runs": 2, "within": 1e6, "parameters": "contracts.exit_cost"}
    found = sim.bounds("offer-withdrawn-2030", outcome="surviving_5", **options)
    table = found.tables["bounds"].set_index("end")
    assert found.facts["unit"] == "%" and table["mean"].dropna().between(0.0, 100.0).all()
    usual = sim.persistence(
        "offer-withdrawn-2030", runs=2, seed=found.results.seed, set={"horizon.end": 2034}
    ).tables["persistence"]
    world = usual[usual["group"] == "world"]["surviving_5"].iloc[0]
    assert table.loc["plausible sets", "mean"] == pytest.approx(100.0 * world)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "outcome": ({"outcome": "workin"}, "did you mean 'working'"),
    "survival of none": ({"outcome": "surviving_10"}, "does not end it"),
    "year": ({"year": 1990}, "allowed: 2000 to 2040"),
    "within": ({"within": -1.0}, "allowed: 0 or more"),
    "parameter": ({"parameters": "contracts.trem"}, "contracts.term"),
    "parameter of the scenario": (
        {"scenario": "no-exit-cost", "parameters": "contracts.exit_cost"}, "is set by",
    ),
    "written settings": ({"write": Path("x"), "set": {"contracts.fee": 0.1}}, "values of set"),
    "top": ({"top": 0}, "top 0: allowed"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_refused(case: str) -> None:
    wrong, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        sim.bounds(**{"scenario": "no-training", **wrong})
