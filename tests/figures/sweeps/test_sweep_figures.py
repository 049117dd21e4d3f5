"""The figures of a sweep show the numbers of its runs, and no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection, QuadMesh
from matplotlib.figure import Figure

from figures.synthetic_sweep import (
    EXIT,
    LABELS,
    SWITCH,
    TERM,
    FakeFactor,
    FakeSweep,
    make_sweep,
    number,
    twelve,
)
from sim.figures.scale import COLOURS, SEQUENCE
from sim.figures.sweeps.cells import LEAST_SCALE
from sim.figures.sweeps.factors import BINS, shown_factors
from sim.figures.sweeps.heat_map import figure_heat_map
from sim.figures.sweeps.numbers import standard_error, swings
from sim.figures.sweeps.reading import show
from sim.figures.sweeps.response import figure_response, figure_response_by_factor
from sim.figures.sweeps.tornado import figure_tornado
from sim.figures.sweeps.years import figure_over_years
from sim.figures.text import decimals_for, number_texts, range_text

FAILED = (3, 5, 17)


def caption(figure: Figure) -> str:
    return (
        " ".join(text.get_text() for text in figure.texts).replace("\n", " ").replace("\xa0", " ")
    )


def meshes(figure: Figure) -> list[np.ndarray]:
    """The colours' numbers of each panel, without those of the scale."""
    found = [m for axes in figure.axes for m in axes.collections if isinstance(m, QuadMesh)]
    return [np.ma.filled(mesh.get_array(), np.nan) for mesh in found[:-1]]


def lines(axes: Axes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        str(line.get_label()): (np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata()))
        for line in axes.get_lines()
    }


def band(axes: Axes, name: str) -> set[tuple[float, float]]:
    return {
        (float(x), round(float(y), 9))
        for found in axes.collections
        if isinstance(found, PolyCollection) and found.get_label() == name
        for path in found.get_paths()
        for x, y in path.vertices
    }


def brute(sweep: FakeSweep, outcome: str, year: int, **chosen: object) -> np.ndarray:
    """Good runs of the points whose factors have the chosen values, one by one."""
    at = [year for year in range(2000, 2041)].index(year)
    return np.array(
        [
            sweep.truth[outcome][point, replicate, at]
            for point in range(sweep.points)
            for replicate in range(sweep.replicates)
            if all(sweep.design[name][point] == value for name, value in chosen.items())
            and not np.isnan(sweep.truth[outcome][point, replicate, at])
        ]
    )


@pytest.mark.parametrize("year", [2025, 2040])
def test_each_cell_is_the_mean_of_its_good_runs(year: int) -> None:
    sweep = make_sweep([EXIT, TERM], failed=FAILED)
    (drawn,) = meshes(figure := figure_heat_map(sweep, "working", year))
    texts = {text.xy: text.get_text() for text in figure.axes[0].texts}  # type: ignore[attr-defined]
    for column, cost in enumerate(EXIT.values):
        for row, term in enumerate(TERM.values):
            runs = brute(sweep, "working", year, **{EXIT.name: cost, TERM.name: term})
            assert drawn[row, column] == pytest.approx(runs.mean())
            found = [t.get_text() for t in figure.axes[0].texts if t.xy == (column, row)]  # type: ignore[attr-defined]
            low, high = np.quantile(runs, [0.05, 0.95])
            assert found == [f"{runs.mean():.0f}", f"{low:.0f}–{high:.0f}"]
    assert len(texts) == 16
    assert "Left out: 3 failed runs." in caption(figure)
    assert figure.axes[0].get_xlabel() == "Exit cost, multiple of capital cost"
    assert figure.axes[0].get_ylabel() == "Contract term, years"
    assert figure.axes[-1].get_ylabel().replace("\n", " ") == "States with a working system, states"


def test_a_share_is_drawn_in_percent_with_its_unit() -> None:
    sweep = make_sweep([EXIT, TERM])
    figure = figure_heat_map(sweep, "working_share", 2040)
    runs = brute(sweep, "working_share", 2040, **{EXIT.name: 3.0, TERM.name: 5.0})
    assert meshes(figure)[0][0, 3] == pytest.approx(100 * runs.mean())
    assert figure.axes[-1].get_ylabel().replace("\n", " ") == "Working systems, % of states"


def test_a_cell_without_good_runs_is_blank() -> None:
    sweep = make_sweep([EXIT, TERM], replicates=2, failed=(0, 1))
    (drawn,) = meshes(figure := figure_heat_map(sweep, "working", 2040))
    assert np.isnan(drawn[0, 0]) and np.isnan(drawn).sum() == 1
    assert "Pale cells: no runs." in caption(figure)


def test_few_combinations_of_further_factors_get_a_panel_each() -> None:
    sweep = make_sweep([EXIT, TERM, LABELS])
    figure = figure_heat_map(sweep, "working", 2040)
    drawn = meshes(figure)
    assert len(drawn) == 3
    for panel, label in zip(drawn, LABELS.values, strict=True):
        runs = brute(sweep, "working", 2040, **{EXIT.name: 0.0, TERM.name: 20.0, "scenario": label})
        assert panel[3, 0] == pytest.approx(runs.mean())
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes[:3]]
    assert titles == [f"Scenario: {label}" for label in LABELS.values]


def test_many_combinations_of_further_factors_are_averaged_and_it_is_said() -> None:
    sweep = make_sweep([EXIT, TERM, number("c", "Weight of peers", "logit", 0, 1, 7)])
    figure = figure_heat_map(sweep, "working", 2040)
    (drawn,) = meshes(figure)
    runs = brute(sweep, "working", 2040, **{EXIT.name: 1.0, TERM.name: 10.0})
    assert len(runs) == 7 * 12 and drawn[1, 1] == pytest.approx(runs.mean())
    assert "Each cell holds all values of: Weight of peers." in caption(figure)


@pytest.mark.parametrize(("side", "written"), [(2, True), (12, True), (13, False)])
def test_large_grids_carry_no_numbers(side: int, written: bool) -> None:
    factors = [number(n, n.title(), "", 0, 1, side) for n in ("one", "two")]
    figure = figure_heat_map(make_sweep(factors, replicates=2), "working", 2040)
    assert bool(figure.axes[0].texts) is written
    assert meshes(figure)[0].shape == (side, side)


def test_colours_do_not_stretch_over_what_chance_does() -> None:
    sweep = make_sweep([EXIT, TERM])
    rng = np.random.default_rng(1)
    noise = 80.0 + rng.normal(0, 5, sweep.held["working"].shape)
    noisy = replace(sweep, held={"working": noise})
    figure = figure_heat_map(noisy, "working", 2040)
    low, high = figure.axes[-1].get_ylim()
    ranges = [np.ptp(np.quantile(part[:, -1], [0.05, 0.95])) for part in np.split(noise, 16)]
    assert high - low >= LEAST_SCALE * np.median(ranges) - 1e-9
    assert high - low > 1.3 * np.ptp(meshes(figure)[0])


def test_colours_darken_evenly() -> None:
    luminances = [
        np.dot([((c + 0.055) / 1.055) ** 2.4 for c in COLOURS(x)[:3]], [0.2126, 0.7152, 0.0722])
        for x in np.linspace(0, 1, len(SEQUENCE))
    ]
    lightness = [116 * y ** (1 / 3) - 16 for y in luminances]
    steps = -np.diff(lightness)
    assert (steps > 0).all() and steps.max() < 1.1 * steps.min()


@pytest.mark.parametrize("failed", [(), FAILED])
def test_response_of_one_factor(failed: tuple[int, ...]) -> None:
    sweep = make_sweep([EXIT], failed=failed)
    figure = figure_response(sweep, ["working", "adopters"], 2030)
    for axes, outcome in zip(figure.axes, ("working", "adopters"), strict=False):
        runs = [brute(sweep, outcome, 2030, **{EXIT.name: cost}) for cost in EXIT.values]
        x, y = lines(axes)["mean"]
        assert x.tolist() == list(EXIT.values)
        assert y == pytest.approx([r.mean() for r in runs])
        for name, ends in (("_q25-q75", (0.25, 0.75)), ("_q05-q95", (0.05, 0.95))):
            for end in ends:
                wanted = {
                    (c, round(float(np.quantile(r, end)), 9))
                    for c, r in zip(EXIT.values, runs, strict=True)
                }
                assert wanted <= band(axes, name)
    assert "50 % and 90 % of runs" in caption(figure)


def test_response_of_two_factors_has_a_line_for_each_value() -> None:
    sweep = make_sweep([EXIT, TERM])
    figure = figure_response(sweep, ["working"], 2040)
    drawn = lines(figure.axes[0])
    for term in TERM.values:
        runs = [
            brute(sweep, "working", 2040, **{EXIT.name: c, TERM.name: term}) for c in EXIT.values
        ]
        assert drawn[f"{term:.0f}"][1] == pytest.approx([r.mean() for r in runs])
    # Four bands of 90 % would hide each other.
    assert not band(figure.axes[0], "_q05-q95") and band(figure.axes[0], "_q25-q75")
    assert figure.legends[0].get_title().get_text() == "Contract term, years"


def test_at_most_six_lines_with_both_ends() -> None:
    many = number("many", "Many", "", 0, 10, 11)
    figure = figure_response(make_sweep([EXIT, many]), ["working"], 2040)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["0", "2", "4", "6", "8", "10"]
    assert "6 of 11 values of many are shown." in caption(figure)


def test_labels_are_dots_with_bars() -> None:
    sweep = make_sweep([LABELS])
    (axes,) = figure_response(sweep, ["working"], 2040).axes
    x, y = lines(axes)["mean"]
    runs = [brute(sweep, "working", 2040, scenario=label) for label in LABELS.values]
    assert x.tolist() == [0, 1, 2] and y == pytest.approx([r.mean() for r in runs])
    assert axes.get_lines()[0].get_linestyle() == "None"


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol"])
def test_response_by_factor_of_drawn_points(kind: str) -> None:
    factors = twelve()[:3]
    sweep = make_sweep(factors, kind=kind, points=128, replicates=3, failed=FAILED)
    figure = figure_response_by_factor(sweep, "working", 2040)
    assert len(figure.axes) == len(factors)
    for axes, factor in zip(figure.axes, factors, strict=True):
        values = sweep.design[factor.name]
        edges = np.quantile(values, np.linspace(0, 1, BINS + 1))
        x, y = lines(axes)["mean"]
        assert len(x) == BINS
        for k in range(BINS):
            inside = (values >= edges[k]) & (
                (values < edges[k + 1]) if k < BINS - 1 else (values <= edges[-1])
            )
            assert x[k] == pytest.approx(values[inside].mean())
            assert y[k] == pytest.approx(np.nanmean(sweep.truth["working"][inside, :, -1]))


def test_over_years_has_a_curve_for_each_value() -> None:
    sweep = make_sweep([EXIT, TERM], failed=FAILED)
    figure = figure_over_years(sweep, "working")
    drawn = lines(figure.axes[0])
    for cost in EXIT.values:
        x, y = drawn[f"{cost:.0f}"]
        assert x.tolist() == list(range(2001, 2042))
        for year in (2000, 2025, 2040):
            runs = brute(sweep, "working", year, **{EXIT.name: cost})
            assert y[year - 2000] == pytest.approx(runs.mean())


def test_over_years_splits_drawn_points_into_thirds() -> None:
    sweep = make_sweep(twelve()[:2], kind="sobol", points=64, years=(2025, 2040))
    figure = figure_over_years(sweep, "working")
    assert len(figure.legends[0].get_texts()) == 3
    first = next(iter(lines(figure.axes[0]).values()))[1]
    lowest = sweep.design["f0"] < np.quantile(sweep.design["f0"], 1 / 3)
    assert first == pytest.approx(np.nanmean(sweep.truth["working"][lowest], axis=(0, 1)))
    assert "a third of the points" in caption(figure)


def test_tornado_compares_quarters_of_ranges() -> None:
    sweep = make_sweep(twelve(), kind="latin-hypercube", points=128, replicates=3, failed=FAILED)
    found = swings(show(sweep, "working", [2040]), shown_factors(sweep), drawn=True)
    assert [s.span for s in found] == sorted((s.span for s in found), reverse=True)
    by_title = {swing.factor.title: swing for swing in found}
    truth = sweep.truth["working"][:, :, -1]
    for factor in sweep.factors[:11]:
        assert factor.low is not None and factor.high is not None
        values, low, high = sweep.design[factor.name], factor.low, factor.high
        if factor.scale == "log":
            values, low, high = np.log(values), np.log(low), np.log(high)
        quarter = 0.25 * (high - low)
        swing = by_title[factor.title]
        for end, mask in (
            (swing.low, values <= low + quarter),
            (swing.high, values >= high - quarter),
        ):
            assert end.mean == pytest.approx(np.nanmean(truth[mask]))
            # All points share a replicate's luck, so both the points and the replicates are drawn.
            apart = (truth - np.nanmean(truth, axis=0))[mask]
            of_points, of_replicates = (np.nanmean(apart, axis=axis) for axis in (1, 0))
            errors = [m.std(ddof=1) / np.sqrt(len(m)) for m in (of_points, of_replicates)]
            assert end.error == pytest.approx(np.hypot(*errors))
    levels = [np.nanmean(truth[sweep.design["scenario"] == label]) for label in LABELS.values]
    scenario = by_title["Scenario"]
    assert (scenario.low.mean, scenario.high.mean) == pytest.approx((min(levels), max(levels)))
    assert by_title["Officers a year"].low.text == "≤ 32"  # the fourth root of 10^2, times 10


@pytest.mark.parametrize("replicates", [1, 6])
def test_chance_that_all_points_share_does_not_average_out(replicates: int) -> None:
    """Half of the variance lies between replicates: more points do not make it smaller."""
    random = np.random.default_rng(3)
    luck = random.normal(0.0, 5.0, replicates)
    values = (100.0 + random.normal(0.0, 5.0, (400, 1)) + luck)[:, :, np.newaxis]
    error = standard_error(values, np.arange(replicates), np.ones(400, dtype=bool), drawn=True)
    assert (
        0.2
        < standard_error(values[:, :1], np.arange(1), np.ones(400, dtype=bool), drawn=True)
        < 0.3
    )
    if replicates > 1:
        assert error > luck.std(ddof=1) / np.sqrt(replicates)


def test_shared_luck_cancels_in_the_distance_between_two_ends() -> None:
    sweep = make_sweep(twelve(), kind="latin-hypercube", points=128, replicates=3)
    values = show(sweep, "working", [2040])
    lucky = replace(values, values=values.values + np.array([-30.0, 0.0, 30.0])[:, np.newaxis])
    plain, moved = (swings(v, shown_factors(sweep), drawn=True) for v in (values, lucky))
    assert [one.low.error for one in moved] == pytest.approx([one.low.error for one in plain])
    assert [one.high.mean for one in moved] == pytest.approx([one.high.mean for one in plain])


def test_tornado_draws_what_it_computes() -> None:
    sweep = make_sweep([EXIT, TERM, SWITCH], failed=FAILED)
    figure = figure_tornado(sweep, "working", 2040)
    (axes,) = figure.axes
    baseline = float(np.nanmean(sweep.truth["working"][:, :, -1]))
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]
    costs = [brute(sweep, "working", 2040, **{EXIT.name: c}).mean() for c in (0.0, 3.0)]
    terms = [brute(sweep, "working", 2040, **{TERM.name: t}).mean() for t in (5.0, 20.0)]
    assert ends[:4] == pytest.approx([*costs, *terms])
    assert all(bar.get_x() == pytest.approx(baseline) for bar in axes.patches)  # type: ignore[attr-defined]
    assert [t.get_text() for t in axes.texts][:4] == ["0", "3", "5", "20"]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [
        "Exit cost, multiple of capital cost",
        "Contract term, years",
        "Retention of staff",
    ]
    assert "2 standard errors of the distance from the line, replicate by replicate" in caption(
        figure
    )
    drawn = [found for found in axes.collections if isinstance(found, LineCollection)]
    whiskers = [segment for found in drawn for segment in found.get_segments()]
    for whisker, end in zip(whiskers, ends, strict=True):
        assert np.mean(whisker[:, 0]) == pytest.approx(end)


def test_standard_errors_over_replicates_use_pairs() -> None:
    values = np.arange(12.0).reshape(3, 4, 1) ** 1.5
    values[1, 2] = np.nan
    everything = np.ones(3, dtype=bool)
    means = [np.nanmean(values[:, k, 0]) for k in range(4)]
    error = standard_error(values, np.arange(4), everything, drawn=False)
    assert error == pytest.approx(np.std(means, ddof=1) / 2)
    assert np.isnan(standard_error(values[:, :1], np.arange(1), everything, drawn=False))
    # Two replicates of a parameter set are one of a kind.
    pairs = np.mean(np.reshape(means, (2, 2)), axis=1)
    of_sets = standard_error(values, np.array([0, 0, 1, 1]), everything, drawn=False)
    assert of_sets == pytest.approx(np.std(pairs, ddof=1) / np.sqrt(2))


def test_one_replicate_has_no_bands_and_it_is_said() -> None:
    sweep = make_sweep([EXIT, TERM], replicates=1)
    figure = figure_response(sweep, ["working"], 2040)
    assert not figure.axes[0].collections
    assert "one run at each value, so no bands" in caption(figure)
    heat = figure_heat_map(sweep, "working", 2040)
    assert "One run in each cell." in caption(heat)
    assert not any("–" in text.get_text() for text in heat.axes[0].texts)
    assert "so no standard errors" in caption(figure_tornado(sweep, "working", 2040))
    alone = figure_over_years(make_sweep([EXIT], replicates=1), "working")
    assert not alone.axes[0].collections and "so no bands" in caption(alone)


def test_a_constant_outcome_and_a_single_value() -> None:
    sweep = make_sweep([EXIT, TERM], constant=True)
    for figure in (
        figure_heat_map(sweep, "working", 2040),
        figure_response(sweep, ["working"], 2040),
        figure_tornado(sweep, "working", 2040),
        figure_over_years(sweep, "working"),
    ):
        for axes in figure.axes:
            for low, high in (axes.get_xlim(), axes.get_ylim()):
                assert np.isfinite([low, high]).all() and low != high
    assert np.ptp(figure_tornado(sweep, "working", 2040).axes[0].get_xlim()) > 1.0
    single = make_sweep([FakeFactor("a", "A", "", "number", (1.8,))])
    (axes,) = figure_response(single, ["working"], 2040).axes
    assert lines(axes)["mean"][1] == pytest.approx([brute(single, "working", 2040).mean()])


def test_every_run_failed() -> None:
    sweep = make_sweep([EXIT, TERM], replicates=2, failed=range(32))
    for figure in (
        figure_heat_map(sweep, "working", 2040),
        figure_response(sweep, ["working"], 2040),
        figure_over_years(sweep, "working"),
        figure_tornado(sweep, "working", 2040),
    ):
        assert "Left out: 32 failed runs." in caption(figure)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=12, unique=True))
def test_numbers_are_told_apart_and_true(numbers: list[float]) -> None:
    values = np.array(numbers)
    texts = number_texts(values)
    read = np.array([float(text.replace("−", "-").replace(",", "")) for text in texts])
    gap = np.diff(np.sort(values)).min() if len(values) > 1 else np.inf
    assert np.abs(read - values).max() <= max(0.1 * min(gap, np.abs(values).max()), 1e-6)
    if gap > 1e-4:
        assert len(set(texts)) == len(texts)


def test_numbers_are_short() -> None:
    assert number_texts(np.array([5.0, 10.0, 20.0])) == ["5", "10", "20"]
    assert number_texts(np.array([0.0, 0.75, 1.5])) == ["0.00", "0.75", "1.50"]
    assert number_texts(np.linspace(0.03, 0.15, 12))[:2] == ["0.030", "0.041"]
    assert number_texts(np.array([-1.0, 20000.0])) == ["−1", "20,000"]
    assert range_text(-0.2, 0.3, 1) == "−0.2 to 0.3" and range_text(1, 1, 0) == "1"
    assert [decimals_for(span) for span in (250.0, 25.0, 2.5, 0.25, 0.0)] == [0, 0, 1, 2, 1]


@given(st.lists(st.integers(0, 40), min_size=4, max_size=80))
def test_bins_hold_every_point_once(values: list[int]) -> None:
    sweep = make_sweep(
        [FakeFactor("x", "X", "", "number", (), 0, 40)], "latin-hypercube", points=len(values)
    )
    drawn = replace(sweep, design={"x": np.array(values, dtype=float)})
    (factor,) = shown_factors(drawn)
    groups = factor.groups()
    assert (np.sum([group.points for group in groups], axis=0) == 1).all()
    places = [group.at for group in groups]
    assert places == sorted(places)
    for coarse in (factor.coarse_groups(6),):
        assert 1 <= len(coarse) <= 6
    low, high = factor.ends()
    assert low.points.any() and high.points.any()
