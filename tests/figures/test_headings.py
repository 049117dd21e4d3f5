"""Numbers in headings, of error bars and on maps, from planted results."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binomtest, sem, t

from sim.figures.of_runs import FIGURES, Curves, published
from sim.results.dataset import Results
from sim.results.targets import COUNTERPARTS
from sim.studies import ask, compare, country, retention
from sim.world.countries import find_state
from sim.world.seeds import shipped_seeds
from tests.planted import RUNS, STATES, STEPS, YEARS, planted

TARGETS = {target.id: target for target in shipped_seeds().targets}
LABELS = ("other", "baseline")
DATES = np.array(YEARS)
LAST = (DATES == 2040)[:, np.newaxis]
PLACES = np.arange(len(STATES))[:, np.newaxis]
HUNDRED = np.broadcast_to(PLACES < 100, (RUNS, len(STATES), len(DATES))).astype(float)
LEFT = HUNDRED * ~((PLACES < STEPS) & (DATES >= 2005))
"""Of a hundred systems each run loses as many in 2005 as its number says."""
SYSTEMS = {("working", "panel"): np.stack([LEFT, HUNDRED])}
CODES = ("KEN", "FRA")
KENYA, FRANCE = map(STATES.index.get_loc, CODES)
MOVED = np.zeros((2, RUNS, len(STATES), len(DATES)))
MOVED[0, :30, KENYA, -1] = MOVED[1, :4, FRANCE, -1] = 1.0
"""Against the second point the first gains Kenya in 30 runs, and loses France in 4, by chance."""
RISE = {"working": 50.0 + np.stack([0.0 * STEPS * LAST, (10.0 + STEPS) * LAST])}
FEW = {"working": np.stack([0.0 * STEPS, -1.0 * (STEPS < 4)])}
BY_REGIME = {("working_share", "regime"): np.where(LAST, 0.2 * np.arange(4) + STEPS / 200, 0.9)}
REACH = t.ppf(0.975, RUNS - 1) * sem(STEPS.ravel())
WILSON = binomtest(30, RUNS).proportion_ci(method="wilson")
CURVES = {
    "adoption-world": "At the end of 2040 a Chinese system works in {working} of 195 countries;"
    " {adopters} ever bought one, {recorded_adopters} on record",
    "recorded-against-observed": "Countries that ever bought any Chinese system by the end of 2040:"
    " {adopters}, on record {recorded_adopters}",
    "lock-in": "Leaving Chinese systems would cost {lock_in_chinese} times their yearly benefit to"
    " owners, end of 2040",
    "contracts": "{contracts_chinese} Chinese maintenance contracts are in force at the end of"
    " 2040",
    "money": "All vendors, million US$ in 2040: sales {revenue_sales_yearly}, maintenance"
    " {revenue_maintenance_yearly}",
    "blocs": "China's bloc at the end of 2040: {bloc_china} countries; the Western bloc:"
    " {bloc_west}",
}


@pytest.mark.parametrize(
    "name", [name for name, draw in FIGURES.items() if isinstance(draw, Curves) and draw.named]
)
def test_a_heading_has_mean_and_band_of_the_last_year(name: str) -> None:
    numbers = ("120 (90% of runs: 102 to 138)", "220 (202 to 238)", "320 (302 to 338)")
    outcomes = re.findall(r"{(\w+)}", CURVES[name])
    starts = dict(zip(outcomes, (100.0, 200.0, 300.0), strict=False))
    given = {outcome: np.where(LAST, start + STEPS, 7.0) for outcome, start in starts.items()}
    words = CURVES[name].format(**dict(zip(outcomes, numbers, strict=False)))
    assert FIGURES[name](planted(given)).get_label() == words


def report_of(study: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[..., Figure]:
    """Return a function that draws the first figure of a study of results."""
    return lambda results: study(results, *arguments, **options).draw()


def timeline(results: Results) -> Figure:
    """Draw Kenya's."""
    return country._timeline(results, find_state("Kenya", shipped_seeds().countries))


@pytest.mark.parametrize(
    ("draw", "given", "words"),
    [
        (FIGURES["adoption-by-regime"], BY_REGIME,
         "Working Chinese systems, % of countries, end of 2040: full democracy 10 (90% of runs: 1"
         " to 19), authoritarian 70 (61 to 79)"),
        (FIGURES["survival"], SYSTEMS,
         "80% of first systems work for ten years without a break (90% of runs: 62 to 98%)"),
        (report_of(retention.report, 2003), SYSTEMS,
         "other: 80% of the systems work 37 years later (90% of runs: 62 to 98%); in the baseline"
         " 100% (100 to 100)"),
        (timeline, {("working", "panel"): MOVED},
         f"Kenya: a Chinese system works at the end of 2040 in {3000 / RUNS:.0f}% of the runs"
         f" (95% interval: {100 * WILSON.low:.0f} to {100 * WILSON.high:.0f}%)"),
        (report_of(compare.report, ["working"]), RISE,
         f"Working Chinese systems: +30 countries by 2040 in baseline (95% of the mean:"
         f" {30 - REACH:.1f} to {30 + REACH:.1f}; 90% of runs: 12 to 48)"),
        (report_of(compare.report, ["working"]), FEW,
         "Working Chinese systems: −0.098 countries by 2040 in baseline (95% of the mean: −0.192 to"
         " −0.00274; up in 0% of runs, down in 9.8%)"),
        (lambda results: ask.report(results, results.outcomes["working"], 2030).draw(), RISE,
         "Working Chinese systems at the end of 2030: change by policies"),
        (report_of(compare.sweep_report, "working", year=2030), RISE,
         "Working Chinese systems at the end of 2030: what changes if one or more factors do"),
    ],
)  # fmt: skip
def test_a_heading_has_the_numbers_of_its_runs(
    draw: Callable[..., Figure], given: dict[Any, Any], words: str
) -> None:
    assert draw(planted(given, *LABELS)).get_label() == words


def test_published_figures_have_error_bars_of_two_standard_errors_and_misses_are_counted() -> None:
    """Records of nothing but 0, which define no ratio, meet upper bounds alone."""
    ratios = ("ratio", "midway")
    known = [of for of in TARGETS.values() if COUNTERPARTS[of.id].formula not in ratios]
    uses = [of.use for of in known if of.use != "judgement" and of.bound != "upper"]
    figure, apart = FIGURES["targets"](planted({})), uses.count("hold-out")
    assert str(figure.get_label()) == (
        f"{len(uses)} of {len(uses) + 1} published figures are missed, {apart} of them among the"
        f" {apart} held out"
    )
    (axes,) = figure.axes
    bars = axes.collections[0].get_segments()
    halves = [2.0 * (of.sigma or 0.0) / of.value for of in known]
    assert sorted(bar[1, 0] - 1.0 for bar in bars) == pytest.approx(sorted(halves))
    (point,) = published("recorded_trained", "world", "world", 1.0).itertuples()
    assert point.error == 2.0 * (TARGETS["trained_countries_2025"].sigma or 0.0)


def countries_on(axes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of a map's countries, outlines and dots, and their colours."""
    drawn = [part for part in axes.collections if part.get_array() is not None]
    values = [np.ma.filled(part.get_array().astype(float), np.nan) for part in drawn]
    return np.concatenate(values), np.concatenate([p.to_rgba(p.get_array()) for p in drawn])


def test_a_map_of_changes_has_what_is_beyond_chance_in_blue_where_it_rises() -> None:
    found = compare.report(planted({("working", "panel"): MOVED[::-1]}, *LABELS), ["working"])
    axes = found.draw("map").axes[0]
    values, colours = countries_on(axes)
    assert values[np.isfinite(values)] == pytest.approx([3000 / RUNS])
    red, _, blue, _ = colours[np.isfinite(values)][0]
    assert blue > red + 0.2 and axes.get_title("left") == "baseline: 1 countries"


def test_a_map_of_shares_is_darker_where_more_runs_are() -> None:
    results = planted({("adopted", "panel"): np.where(DATES == 2025, MOVED[0, :, :, -1:], 0.0)})
    first, platforms, working = FIGURES["map"](results).axes[:3]
    values, colours = countries_on(first)
    assert values.max() == pytest.approx(3000 / RUNS) and np.count_nonzero(values) == 1
    assert colours[values.argmax(), :3].sum() < colours[values.argmin(), :3].sum() - 1.0
    assert not countries_on(platforms)[0].any() and not countries_on(working)[0].any()
