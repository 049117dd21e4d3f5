"""Numbers in headings, of error bars and on maps, from planted results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, sem, t

from sim.estimates.designs import MAIN, PAIR
from sim.estimates.targets import COUNTERPARTS, target_table
from sim.figures.canvas import canvas
from sim.figures.findings import against, contrast
from sim.figures.map import maps, unclaimed
from sim.figures.of_runs import FIGURES, WORKS
from sim.figures.targets import FAR, tolerance
from sim.studies import ask, compare, country, retention, sweep
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds
from tests.figures.test_figures import full
from tests.planted import COUNTRIES, RUNS, STEPS, YEARS, planted

TABLES, ON_RECORD = shipped_seeds(), shipped_record()
TARGETS = {target.id: target for target in TABLES.targets}
LABELS = ("other", "baseline")
DATES = np.array(YEARS)
LAST = (DATES == 2040)[:, np.newaxis]
PLACES = np.arange(len(COUNTRIES))[:, np.newaxis]
HUNDRED = np.broadcast_to(PLACES < 100, (RUNS, len(COUNTRIES), len(DATES)))
LEFT = HUNDRED & ~((PLACES < STEPS) & (DATES >= 2005))
"""Of a hundred systems each run loses as many in 2005 as its number says."""
SYSTEMS = {("working", "panel"): np.stack([LEFT, HUNDRED]).astype(float)}
KENYA, FRANCE = map(COUNTRIES.index.get_loc, ("KEN", "FRA"))
CHANGED = np.zeros((2, RUNS, len(COUNTRIES), 1))
CHANGED[1, :30, KENYA] = CHANGED[0, :4, FRANCE] = 1.0
"""Kenya gains in 30 of 41 runs, beyond chance; France loses in 4, by chance."""
RISE = {("working", "world"): 50.0 + np.stack([0.0 * STEPS * LAST, (10.0 + STEPS) * LAST])}
CHANCE = {("working", "world"): np.stack([0.0 * STEPS, np.where(STEPS < 20, 1.0, -1.0)])}
FEW = {("working", "world"): np.stack([0.0 * STEPS, -1.0 * (STEPS < 4)])}
BY_REGIME = {("working_share", "regime"): np.where(LAST, 0.2 * np.arange(4) + STEPS / 200, 0.9)}
REACH = t.ppf(0.975, RUNS - 1) * sem(STEPS.ravel())
WILSON = binomtest(30, RUNS).proportion_ci(method="wilson")
of_working = partial(compare.report, outcomes=["working"])
ALIKE = np.random.default_rng(3).normal(0.5, 0.1, (1, RUNS, len(YEARS), 4))
APART = {("working_share", "regime"): np.where(LAST, 0.2 * np.arange(4) + 0.1 * ALIKE, 0.9)}
EVERY = 0.0 * STEPS + DATES[:, np.newaxis]


def by_regime(results: Any) -> Any:
    return canvas(contrast(results, "working_share", "regime", WORKS))[0]


def world(**values: float) -> dict[Any, Any]:
    """Return outcomes of the world whose mean of the last year is as given, 7 before."""
    return {(k, "world"): np.where(LAST, v - 20.0 + STEPS, 7.0) for k, v in values.items()}


@pytest.mark.parametrize(
    ("draw", "given", "words"),
    [
        (FIGURES["adoption-world"], world(working=120.0, adopters=220.0),
         "In the model a Chinese system works in 120 (102 to 138) countries in 2040; 220"
         " (202 to 238) ever bought one"),
        (FIGURES["contracts"],
         {("expiry_kept", "world"): 9.0 * EVERY, ("expiry_ended", "world"): 1.0 * EVERY,
          ("contracts_active", "world"): 100.0 + 0.0 * EVERY},
         "Of 100 contracts in force, in the model 9 (9 to 9) are renewed in a year, 1 (1 to 1) end"
         " and 0 (0 to 0) are suspended"),
        (by_regime, APART,
         "In the model a Chinese system works in 65% (64 to 66) of authoritarian regimes and 5%"
         " (4 to 6) of full democracies in 2040"),
        (lambda results: canvas(contrast(results, "working", "world"))[0], RISE,
         "Working Chinese systems in the model: 50 countries (50 to 50) at the end of 2040"),
        (lambda results: retention.report(results, 2003).draw(), SYSTEMS,
         "In the model 80% (62 to 98) of the systems of 2003 work in 2013; 100% (100 to 100)"
         " if China goes on"),
        (lambda results: country._timeline(results, TABLES.countries[KENYA], ON_RECORD),
         {("working", "panel"): CHANGED[1]},
         f"Kenya: a Chinese system works at the end of 2040 in {3000 / RUNS:.0f}% of the model's"
         " runs"),
        (lambda results: of_working(results).draw(), RISE,
         f"China goes on: this raises working Chinese systems by 30 ± {REACH:.2g} countries in the"
         " model by 2040"),
        (lambda results: of_working(results).draw(), FEW,
         "China goes on: this lowers working Chinese systems by 0.098 ± 0.095 countries in the"
         " model by 2040"),
        (lambda results: of_working(results).draw(), CHANCE,
         "China goes on: this does not change working Chinese systems in the model by 2040 beyond"
         " chance"),
        (lambda results: ask.report(results, results.outcomes["working"], 2030).draw(), RISE,
         "other: this does not change working Chinese systems in the model by 2030 beyond chance"),
        (lambda results: sweep.sweep_report(results, "working", year=2030).draw("effects"), RISE,
         "China goes on instead of other: this does not change working Chinese systems in the"
         " model by 2030 beyond chance"),
    ],
)  # fmt: skip
def test_a_heading_has_the_numbers_of_its_runs(
    draw: Callable[..., Any], given: dict[Any, Any], words: str
) -> None:
    assert draw(planted(given, *LABELS)).get_label() == words


def test_levels_that_differ_by_a_number_say_their_words_once() -> None:
    assert sweep._other("Withdrawn in 2038", "Withdrawn in 2026") == "2026"
    assert sweep._other("No exit cost", "No training") == "No training"


def test_error_bars_have_two_standard_errors_and_misses_are_counted() -> None:
    """Records of nothing but 0, which define no ratio, meet upper bounds and what is near 0."""
    formulas = {name: COUNTERPARTS[name].formula for name in TARGETS}
    without = ("ratio", "midway", "events", "relative")
    undefined = [name for name, of in formulas.items() if of in without]
    known = [t for n, t in TARGETS.items() if n not in undefined and t.use != "part"]
    counted = [t for t in known if t.use != "judgement"]
    small = [t for t in counted if t.bound == "upper" or t.value <= 2.0 * (t.sigma or 0.0)]
    missed = [t.use for t in counted if t not in small]
    figure, apart = FIGURES["targets"](planted({})), missed.count("hold-out")
    assert figure.get_label() == (
        f"The only tests of the model are {apart} figures held out, of which it meets none; of all"
        f" {len(counted)} published figures it misses {len(missed)}"
    )
    bars = next(part for part in figure.axes[0].collections if len(part.get_paths()) == len(known))
    # Runs do not vary: what is left is the figure's error and the model's own, of a twentieth.
    ends = [
        {"value": min(FAR[1], 1.0 + 2.0 * np.hypot((t.sigma or 0.0) / t.value, 0.05)),
         "lower": FAR[1], "upper": 1.0}[t.bound]
        for t in known
    ]  # fmt: skip
    assert sorted(bar[1, 0] for bar in bars.get_segments()) == pytest.approx(sorted(ends))
    # A bar has no dot within it exactly where the figure is missed.
    results = full()
    for _, row in target_table(results).query("verdict != '' and bound == 'value'").iterrows():
        low, high = tolerance(results, row)
        assert (low <= row["mean"] <= high) == (row["verdict"] != "missed"), row["target"]


def countries_on(axes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of a map's countries, outlines and dots, and their colours."""
    drawn = [part for part in axes.collections if part.get_array() is not None]
    values = [np.ma.filled(part.get_array().astype(float), np.nan) for part in drawn]
    return np.concatenate(values), np.concatenate([p.to_rgba(p.get_array()) for p in drawn])


def test_a_map_of_changes_has_what_is_beyond_chance_in_blue_where_it_rises() -> None:
    found = of_working(planted({("working", "panel"): CHANGED}, *LABELS))
    assert [table.frame["countries"].tolist() for table in found.shown[-2:-1]] == [[1]]
    axes = found.draw("map").axes[0]
    values, colours = countries_on(axes)
    assert values[np.isfinite(values)] == pytest.approx([3000 / RUNS])
    red, _, blue, _ = colours[np.isfinite(values)][0]
    assert blue > red + 0.2
    assert axes.get_title("left") == "China goes on; countries: 1"


def test_a_map_of_shares_is_darker_where_more_runs_are() -> None:
    shown = CHANGED[1].copy()
    shown[:22, FRANCE] = 1.0  # in more than half of 41 runs, which may be chance
    figure = FIGURES["map"](planted({("working", "panel"): shown}))
    axes, bar = figure.axes
    assert figure.get_label() == (
        "In 2 of 189 countries a Chinese system works in more than half of the model's runs in"
        " 2040; in 1 of them beyond chance"
    )
    assert 50.0 in bar.get_xticks(), "no colour spans the number in the title"
    values, colours = countries_on(axes)
    assert np.nanmax(values) == pytest.approx(3000 / RUNS) and np.count_nonzero(values > 0) == 2
    pale, dark = np.nanargmin(values), np.nanargmax(values)
    assert colours[dark, :3].sum() < colours[pale, :3].sum() - 1.0
    assert np.isnan(values).sum() == len(unclaimed(TABLES)) == 6


LOWER = "b: this lowers working Chinese systems by 1 ± 0.2 countries in the model by 2040"


@pytest.mark.parametrize(
    ("p_values", "words"),
    [
        ((0.001, 0.5), f"{LOWER}; 1 of 2 scenarios has an effect beyond chance"),
        ((0.001, 0.001), f"{LOWER}; 2 of 2 scenarios have an effect beyond chance"),
        ((0.5, 0.5), "None of 2 scenarios changes working Chinese systems in the model by 2040"
         " beyond chance"),
    ],
)  # fmt: skip
def test_a_title_of_several_effects_names_one_and_its_sign(
    p_values: tuple[float, float], words: str
) -> None:
    results, effects = planted(RISE, *LABELS), pd.DataFrame({"mean": [-1.0, 0.5]})
    effects = effects.assign(low=effects["mean"] - 0.2, high=effects["mean"] + 0.2)
    outcome, names = results.outcomes["working"], ["b (contracts)", "c (contracts)"]
    assert against(results, outcome, effects, pd.Series(p_values), names) == words


def test_a_title_of_main_effects_names_no_interaction() -> None:
    """An interaction is a difference between effects, however large."""
    results, kinds = planted(RISE, *LABELS), [MAIN, PAIR, MAIN]
    effects = pd.DataFrame({"mean": [2.0, -24.0, 9.0], "kind": kinds, "row": ["a", "a × b", "b"]})
    effects = effects.assign(low=1.0, high=2.0, q05=1.0, q95=2.0, adjusted_p=0.001, p_value=0.001)
    effects = effects.assign(share_up=1.0, share_down=0.0)
    figure = sweep.effects_figure(
        results, results.outcomes["working"], effects, 2040, "", "changes"
    )
    assert figure.get_label() == (
        "b: this raises working Chinese systems by 9 ± 0.5 countries in the model by 2040;"
        " 2 of 2 changes have an effect beyond chance"
    )


ENDS = ("offer-withdrawn-2030", "offer-withdrawn-no-exit-cost", "baseline")


def test_persistence_names_its_scenarios_and_counts_as_its_table() -> None:
    works = np.stack([LEFT, LEFT & (PLACES >= 50), HUNDRED]).astype(float)
    works[1, ..., :4] = 1.0 * HUNDRED[..., :4]
    found = retention.report(planted({("working", "panel"): works}, *ENDS), 2003)
    survived = found.tables["persistence"].query("group == 'world'")["surviving_10"]
    assert survived.tolist() == pytest.approx([0.8, 0.5, 1.0])
    assert found.draw().get_label() == (
        "In the model 80% (62 to 98) of the systems of 2003 work in 2013 with"
        " “offer-withdrawn-2030”, 50% (50 to 50) with “offer-withdrawn-no-exit-cost”; 100%"
        " (100 to 100) if China goes on"
    )


@pytest.mark.parametrize("bounds", [(-10.0, 10.0), (0.0, 10.0)])
def test_a_map_is_blue_above_0_brown_below_and_deeper_the_farther(
    bounds: tuple[float, float],
) -> None:
    values = {"FRA": 9.0, "KEN": 1.0} | ({"DZA": -9.0, "MLI": -1.0} if min(bounds) else {})
    (axes, _) = maps("", {"shown": values}, "", bounds).axes
    (countries,) = (
        c for c in axes.collections if c.get_array() is not None and c.get_hatch() is None
    )
    red, _, blue, _ = countries.to_rgba(list(values.values())).T
    assert (np.sign(blue - red) == np.sign([*values.values()])).all()
    assert blue[0] + red[0] < blue[1] + red[1]
    assert not min(bounds) or blue[2] + red[2] < blue[3] + red[3]
