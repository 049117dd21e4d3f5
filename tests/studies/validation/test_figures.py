"""The figures of validation: true to the numbers, legible, the same bytes each time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.figures.save import figure_metadata, render
from sim.figures.style import FIGURE_WIDTH, SMALL_TEXT
from sim.figures.targets import HEADINGS
from sim.results.implausibility import verdict_of
from sim.studies.validation.against import score
from sim.studies.validation.figures import (
    LEAST_LIMIT,
    MOST_LIMIT,
    figure_against,
    figure_validation,
    title_of,
)
from sim.studies.validation.method import QUANTILES, Fit, ModelFit
from sim.studies.validation.words import RIVALS
from sim.world.seeds import shipped_seeds

MANIFEST = {"scenario": {"name": "baseline"}, "seed": 5, "runs": 30, "version": "9"}
SEEDS = shipped_seeds()


def model(name: str, role: object, sizes: Sequence[float]) -> ModelFit:
    fits = []
    for target, size in zip(SEEDS.targets, sizes, strict=True):
        mean = math.nan if math.isnan(size) else 1.0
        words = verdict_of(abs(size), target.bound, target.use)
        fits.append(
            Fit(target, name, words, 9, mean, dict.fromkeys(QUANTILES, mean), 1.0, 1.0, size)
        )
    return ModelFit(name, role, tuple(fits))  # type: ignore[arg-type]


def models(widest: float) -> list[ModelFit]:
    random = np.random.default_rng(2)
    names = [("baseline", "model"), *((rival.name, rival.role) for rival in RIVALS)]
    return [
        model(name, role, random.uniform(-widest, widest, len(SEEDS.targets)))
        for name, role in names
    ]


def check_texts(figure: Figure) -> None:
    figure.draw_without_rendering()
    assert figure.get_figwidth() == FIGURE_WIDTH
    texts = [*figure.texts, *(t for axes in figure.axes for t in axes.texts)]
    texts += [t for axes in figure.axes for t in (*axes.get_yticklabels(), axes._left_title)]
    for text in texts:
        if text.get_text():
            box = text.get_window_extent().transformed(figure.transFigure.inverted())
            assert box.x0 >= -0.001 and box.x1 <= 1.001, text.get_text()
            assert text.get_fontsize() >= SMALL_TEXT


def places() -> list[int]:
    """The row of each published figure: those of a use stand together."""
    order = sorted(
        range(len(SEEDS.targets)), key=lambda at: [*HEADINGS].index(SEEDS.targets[at].use)
    )
    return [order.index(at) for at in range(len(order))]


@pytest.mark.parametrize("widest", [0.5, 3.9, 30.0])
def test_every_mark_stands_where_its_number_is(widest: float) -> None:
    fits = models(widest)
    figure = figure_validation(fits, MANIFEST)
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    assert low == -high and LEAST_LIMIT <= high <= MOST_LIMIT
    lines = {line.get_label(): line for line in axes.get_lines()}
    for fit in fits:
        marks = lines[fit.name]
        expected = [min(max(f.deviation, low), high) for f in fit.fits]
        assert np.asarray(marks.get_xdata()) == pytest.approx(expected)
        rows = np.asarray(marks.get_ydata())
        ticks = axes.get_yticks()
        assert [int(np.argmin(np.abs(ticks - y))) for y in rows] == places()
    check_texts(figure)


def test_a_missing_figure_has_no_mark_and_a_lone_model_stands_in_the_middle() -> None:
    sizes = [0.0] * len(SEEDS.targets)
    sizes[3] = math.nan
    fits = [model("mine", "model", sizes)]
    figure = figure_validation(fits, MANIFEST)
    (axes,) = figure.axes
    (marks,) = (line for line in axes.get_lines() if line.get_label() == "mine")
    ticks = np.delete(axes.get_yticks(), places()[3])
    assert sorted(marks.get_ydata()) == pytest.approx(ticks)
    assert title_of(fits) == "mine: 7 of 7 published figures kept apart are met"
    assert title_of([model("mine", "model", [math.nan] * len(sizes))]) == "Published figures, mine"
    check_texts(figure)


def test_the_same_bytes_twice_with_their_origin() -> None:
    for ending in ("png", "svg"):
        one, other = (
            render(
                figure_validation(models(2.0), MANIFEST),
                ending,
                figure_metadata(MANIFEST, title_of(models(2.0))),
            )
            for _ in range(2)
        )
        assert one == other
        assert b"published figures kept apart" in one


@pytest.mark.parametrize("states", [2, 30, 195])
def test_a_scored_list(states: int) -> None:
    random = np.random.default_rng(4)
    codes = [state.iso3 for state in SEEDS.countries][:states]
    found = score(
        {code: at % 3 == 0 for at, code in enumerate(codes)}, random.random(195), SEEDS, 2025
    )
    figure = figure_against(found, MANIFEST, "Recorded as adopted, against " + "x" * 60 + ".csv")
    upper, lower = figure.axes
    means = [line.get_xdata()[0] for line in upper.get_lines() if line.get_marker() == "o"]
    assert means == pytest.approx([one.mean for one in found.bins])
    assert {t.get_text() for t in upper.texts} == {str(one.states) for one in found.bins}
    lines = {line.get_label(): line for line in lower.get_lines()}
    assert lines["the model"].get_xdata()[0] == pytest.approx(found.auc.value)
    for name, area in found.naive.items():
        assert lines[name].get_xdata()[0] == pytest.approx(area.value)
    check_texts(figure)
