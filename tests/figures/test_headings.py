"""Numbers in headings, of error bars and on maps, from planted results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, sem, t

from sim.figures.of_runs import FIGURES, Curves, Shown, published
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
FEW = {("working", "world"): np.stack([0.0 * STEPS, -1.0 * (STEPS < 4)])}
BY_REGIME = {("working_share", "regime"): np.where(LAST, 0.2 * np.arange(4) + STEPS / 200, 0.9)}
REACH = t.ppf(0.975, RUNS - 1) * sem(STEPS.ravel())
WILSON = binomtest(30, RUNS).proportion_ci(method="wilson")
NUMBERS = ("120 (90% of runs: 102 to 138)", "220 (202 to 238)", "320 (302 to 338)")
of_working = partial(compare.report, outcomes=["working"])
CURVES = [name for name, draw in FIGURES.items() if isinstance(draw, Curves) and draw.named]


@pytest.mark.parametrize("name", CURVES)
def test_a_heading_has_mean_and_band_of_the_last_year(name: str) -> None:
    curves: Any = FIGURES[name]
    starts = zip(curves.named, (100.0, 200.0, 300.0), strict=False)
    given = {(outcome, "world"): np.where(LAST, start + STEPS, 7.0) for outcome, start in starts}
    texts = dict(zip(curves.named, NUMBERS, strict=False))
    words = curves.title.format(year=2040, countries=len(COUNTRIES), **texts)
    assert curves(planted(given)).get_label() == words


@pytest.mark.parametrize(
    ("draw", "given", "words"),
    [
        (FIGURES["adoption-by-regime"], BY_REGIME,
         "Working Chinese systems, % of countries, end of 2040: full democracy 10 (90% of runs: 1"
         " to 19), authoritarian 70 (61 to 79)"),
        (Curves("How many?", panels=(Shown(("trained", "working")),)), RISE,
         "Working Chinese systems, countries, end of 2040: 50 (90% of runs: 50 to 50)"),
        (FIGURES["survival"], SYSTEMS,
         "80% of first systems work for ten years without a break (90% of runs: 62 to 98%)"),
        (lambda results: retention.report(results, 2003).draw(), SYSTEMS,
         "other: 80% of the systems work 37 years later (90% of runs: 62 to 98%); in the baseline"
         " 100% (100 to 100)"),
        (lambda results: country._timeline(results, shipped_seeds().countries[KENYA]),
         {("working", "panel"): CHANGED[1]},
         f"Kenya: a Chinese system works at the end of 2040 in {3000 / RUNS:.0f}% of the runs"
         f" (95% interval: {100 * WILSON.low:.0f} to {100 * WILSON.high:.0f}%)"),
        (lambda results: of_working(results).draw(), RISE,
         f"Working Chinese systems: +30 countries by 2040 in baseline (95% of the mean:"
         f" {30 - REACH:.1f} to {30 + REACH:.1f}; 90% of runs: 12 to 48)"),
        (lambda results: of_working(results).draw(), FEW,
         "Working Chinese systems: −0.098 countries by 2040 in baseline (95% of the mean: −0.192 to"
         " −0.00274; up in 0% of runs, down in 9.8%)"),
        (lambda results: ask.report(results, results.outcomes["working"], 2030).draw(), RISE,
         "Working Chinese systems at the end of 2030: change by policies"),
        (lambda results: compare.sweep_report(results, "working", year=2030).draw(), RISE,
         "Working Chinese systems at the end of 2030: what changes if one or more factors do"),
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
    words = f"{len(missed)} of {len(missed) + 1} published figures are missed, {apart} of them"
    assert figure.get_label() == f"{words} among the {apart} held out"
    bars = figure.axes[0].collections[0].get_segments()
    halves = [2.0 * (target.sigma or 0.0) / target.value for target in known]
    assert sorted(bar[1, 0] - 1.0 for bar in bars) == pytest.approx(sorted(halves))
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
    assert blue > red + 0.2 and axes.get_title("left") == "baseline: 1 countries"


def test_a_map_of_shares_is_darker_where_more_runs_are() -> None:
    given = {("adopted", "panel"): np.where(DATES == 2025, CHANGED[1], 0.0)}
    first, platforms, working = FIGURES["map"](planted(given)).axes[:3]
    values, colours = countries_on(first)
    assert values.max() == pytest.approx(3000 / RUNS) and np.count_nonzero(values) == 1
    assert colours[values.argmax(), :3].sum() < colours[values.argmin(), :3].sum() - 1.0
    assert not countries_on(platforms)[0].any() and not countries_on(working)[0].any()
