"""Numbers in headings, of error bars and on maps, from planted results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, sem, t

from sim.figures.map import unclaimed
from sim.figures.of_runs import FIGURES, Curves, Shown, published
from sim.figures.targets import FAR
from sim.results.targets import COUNTERPARTS
from sim.studies import ask, compare, country, retention
from sim.world.seeds import shipped_seeds
from tests.planted import COUNTRIES, RUNS, STEPS, YEARS, planted

TARGETS = {target.id: target for target in shipped_seeds().targets}
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


def world(**values: float) -> dict[Any, Any]:
    """Return outcomes of the world whose mean of the last year is as given, 7 before."""
    return {(k, "world"): np.where(LAST, v - 20.0 + STEPS, 7.0) for k, v in values.items()}


@pytest.mark.parametrize(
    ("draw", "given", "words"),
    [
        (FIGURES["adoption-world"], world(working=120.0, adopters=220.0),
         "A Chinese system works in 120 of 195 countries at the end of 2040; 220 ever bought one"),
        (FIGURES["recorded-against-observed"],
         {("recorded_adopters", "world"): 70.0 + STEPS, ("adopters", "world"): 100.0 + STEPS},
         "Of 120 countries that had bought a Chinese system by 2019 in the model, 90 were on"
         " record"),
        (FIGURES["money"], world(maintenance_chinese_yearly=300.0, sales_chinese_yearly=100.0),
         "In 2040 Chinese vendors earn 300 million US$ by maintenance and 100 by sales"),
        (FIGURES["blocs"], world(bloc_china=80.0, bloc_west=40.0),
         "China's bloc has 80 countries at the end of 2040, the Western bloc 40"),
        (FIGURES["contracts"],
         world(contracts_renewed_yearly=50.0, contracts_suspended_yearly=30.0,
               contracts_switched_off_yearly=25.0),
         "50 contracts are renewed in 2040, 30 suspended for unpaid fees, 25 switched off"),
        (FIGURES["adoption-by-regime"], APART,
         "In 2040 a Chinese system works in 65% of authoritarian regimes and 4.9% of full"
         " democracies"),
        (FIGURES["adoption-by-regime"], {("working_share", "regime"): ALIKE},
         "Working Chinese systems: 48 to 51% at the end of 2040, no more apart by regime"
         " than by chance"),
        (Curves("", panels=(Shown(("trained", "working")),)), RISE,
         "Working Chinese systems: 50 countries at the end of 2040"),
        (FIGURES["survival"], SYSTEMS,
         "80% of first systems work for ten years without a break"),
        (lambda results: retention.report(results, 2003).draw(), SYSTEMS,
         "80% of the systems of 2003 work 37 years later; 100% if China goes on"),
        (lambda results: country._timeline(results, shipped_seeds().countries[KENYA]),
         {("working", "panel"): CHANGED[1]},
         f"Kenya: a Chinese system works at the end of 2040 in {3000 / RUNS:.0f}% of the runs"),
        (lambda results: of_working(results).draw(), RISE,
         "baseline: working Chinese systems higher by 30 countries by 2040"),
        (lambda results: of_working(results).draw(), FEW,
         "baseline: working Chinese systems lower by 0.098 countries by 2040"),
        (lambda results: of_working(results).draw(), CHANCE,
         "baseline: no change of working Chinese systems by 2040 beyond chance"),
        (lambda results: ask.report(results, results.outcomes["working"], 2030).draw(), RISE,
         "other: no change of working Chinese systems by 2030 beyond chance"),
        (lambda results: compare.sweep_report(results, "working", year=2030).draw(), RISE,
         "scenario: baseline: no change of working Chinese systems by 2030 beyond chance"),
    ],
)  # fmt: skip
def test_a_heading_has_the_numbers_of_its_runs(
    draw: Callable[..., Any], given: dict[Any, Any], words: str
) -> None:
    assert draw(planted(given, *LABELS)).get_label() == words


def test_error_bars_have_two_standard_errors_and_misses_are_counted() -> None:
    """Records of nothing but 0, which define no ratio, meet upper bounds alone."""
    known = [
        t
        for n, t in TARGETS.items()
        if COUNTERPARTS[n].formula not in ("ratio", "midway", "events")
    ]
    missed = [t.use for t in known if t.use != "judgement" and t.bound != "upper"]
    figure, apart = FIGURES["targets"](planted({})), missed.count("hold-out")
    words = f"The model misses {len(missed)} of {len(missed) + 1} published figures"
    assert figure.get_label() == f"{words}, and {apart} of the {apart} held out"
    bars = figure.axes[0].collections[0].get_segments()
    ends = [
        {"value": 1.0 + 2.0 * (t.sigma or 0.0) / t.value, "lower": FAR[1], "upper": 1.0}[t.bound]
        for t in known
    ]
    assert sorted(bar[1, 0] for bar in bars) == pytest.approx(sorted(ends))
    years = published("recorded_adopters", "world", "world", 1.0)["year"]
    assert 2015 not in set(years), "a judgement is no published figure"
    (point,) = published("recorded_trained", "world", "world", 1.0).itertuples()
    assert point.error == 2.0 * (TARGETS["trained_countries_2025"].sigma or 0.0)


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
    assert blue > red + 0.2 and axes.get_title("left") == "baseline: 1 more often, 0 less"


def test_a_map_of_shares_is_darker_where_more_runs_are() -> None:
    axes = FIGURES["map"](planted({("working", "panel"): CHANGED[1]})).axes[0]
    values, colours = countries_on(axes)
    assert np.nanmax(values) == pytest.approx(3000 / RUNS) and np.count_nonzero(values > 0) == 1
    pale, dark = np.nanargmin(values), np.nanargmax(values)
    assert colours[dark, :3].sum() < colours[pale, :3].sum() - 1.0
    assert np.isnan(values).sum() == len(unclaimed(shipped_seeds())) == 6
