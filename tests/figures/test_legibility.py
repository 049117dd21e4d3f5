"""Every figure can be read: whole texts, none over another, large enough, units on every axis."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from figures.drawn import RUN_FIGURES, SOME_FIGURES, draw_run
from figures.synthetic import Synthetic, make_results
from sim.figures.axes import TIME_LABEL
from sim.figures.curves import Held
from sim.figures.style import COLUMN_WIDTH, FIGURE_WIDTH, LEAST_PRINTED_TEXT, house_style

MANY_EVENTS = [
    {"name": f"event-{year}", "date": year}
    for year in (2001, 2013, 2018, 2019, 2020.25, 2022, 2026)
]
LONG_NAMES = [
    {"name": "a-name-longer-than-any-that-one-would-give-to-an-event", "date": 2039.0},
    {"name": "late-event", "date": 2040.5},
]


@pytest.fixture(scope="module")
def results() -> Held:
    return Held(make_results())


def texts_of(figure: Figure) -> list[tuple[Text, tuple[float, float, float, float]]]:
    """Every text that is seen, with its box in pixels."""
    with house_style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        # The label of a tick beyond the axis' ends is not drawn.
        unseen = {
            label
            for axes in figure.axes
            for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
            for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            if not min(limits) <= place <= max(limits)
        }
        seen = []
        for text in figure.findobj(Text):
            if text.get_visible() and text.get_text().strip() and text not in unseen:
                box = text.get_window_extent(renderer)
                seen.append((text, (box.x0, box.y0, box.x1, box.y1)))
    return seen


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 1.0
        and min(one[3], other[3]) - max(one[1], other[1]) > 1.0
    )


CASES = {
    "usual": {},
    "many events": {"events": MANY_EVENTS},
    "long names": {"events": LONG_NAMES},
    "no events": {"events": []},
    "one run": {"runs": 1},
    "chance alone": {"parameters": "point: one set for all"},
}


@pytest.mark.parametrize(
    ("name", "case"),
    [
        *((name, "usual") for name in RUN_FIGURES),
        # One figure of each kind of layout.
        *itertools.product(("adoption-world", "adoption-by-region", "lock-in"), list(CASES)[1:]),
    ],
)
def test_no_text_leaves_the_canvas_or_covers_another(name: str, case: str, results: Held) -> None:
    synthetic = results.results
    assert isinstance(synthetic, Synthetic)
    told = Synthetic(
        {**synthetic.manifest, **CASES[case]}, results.outcomes, synthetic.frame, synthetic.states
    )
    figure = draw_run(name, told)
    seen = texts_of(figure)
    width, height = figure.bbox.width, figure.bbox.height
    for text, (left, low, right, high) in seen:
        assert left >= 0 and low >= 0 and right <= width and high <= height, text.get_text()
    for (text, box), (other, other_box) in itertools.combinations(seen, 2):
        assert not overlap(box, other_box), (text.get_text(), other.get_text())


@pytest.mark.parametrize("factor", [5.0, 30.0])
def test_labels_stand_clear_of_large_numbers(factor: float, results: Held) -> None:
    synthetic = results.results
    assert isinstance(synthetic, Synthetic)
    numbers = ["mean", "q05", "q25", "q50", "q75", "q95"]
    larger = synthetic.frame.assign(**(synthetic.frame[numbers] * factor))
    figure = draw_run("money", replace(synthetic, frame=larger))
    seen = texts_of(figure)
    assert any("," in text.get_text() and text.get_text()[0].isdigit() for text, _ in seen)
    assert min(box[0] for _, box in seen) >= 0
    for (text, box), (other, other_box) in itertools.combinations(seen, 2):
        assert not overlap(box, other_box), (text.get_text(), other.get_text())


@pytest.mark.parametrize("name", SOME_FIGURES)
def test_text_stays_legible_in_one_column(name: str, results: Held) -> None:
    figure = draw_run(name, results)
    assert figure.get_figwidth() == FIGURE_WIDTH
    smallest = min(text.get_fontsize() for text, _ in texts_of(figure))
    assert smallest * COLUMN_WIDTH / FIGURE_WIDTH >= LEAST_PRINTED_TEXT


@pytest.mark.parametrize("name", RUN_FIGURES)
def test_every_axis_with_numbers_has_a_label(name: str, results: Held) -> None:
    figure = draw_run(name, results)
    FigureCanvasAgg(figure).draw()
    for axes in figure.axes:
        for axis, label in ((axes.xaxis, axes.get_xlabel()), (axes.yaxis, axes.get_ylabel())):
            # Rows of targets have names.
            numbered = any(tick.get_text()[:1].isdigit() for tick in axis.get_ticklabels())
            assert label or not numbered
            assert numbered or not label
    assert any(axes.get_xlabel() for axes in figure.axes)
    # A panel without numbers shares its scale with the first of its row.
    for axes in figure.axes if len(figure.axes) > 1 else ():
        if not axes.get_ylabel() and len(axes.get_yticks()):
            row = [a for a in figure.axes if a.get_position().y0 == axes.get_position().y0]
            assert row[0].get_ylabel() and row[0].get_ylim() == axes.get_ylim()


HORIZONS = ((2000, 1), (2024, 8), (2030, 44))
"""First years, and quarters; the later ones in the slow run."""


@pytest.mark.parametrize(
    ("name", "first", "quarters"),
    [
        pytest.param(name, *horizon, marks=pytest.mark.slow if at else ())
        for name in RUN_FIGURES
        for at, horizon in enumerate(HORIZONS)
        # In one quarter no year ends, and these two are told by ends of years.
        if at or name not in ("survival", "recorded-against-observed")
    ],
)
def test_short_horizons(name: str, first: int, quarters: int) -> None:
    figure = draw_run(name, make_results(first=first, quarters=quarters))
    seen = texts_of(figure)
    for (text, box), (other, other_box) in itertools.combinations(seen, 2):
        assert not overlap(box, other_box), (text.get_text(), other.get_text())
    for axes in figure.axes:
        if axes.get_xlabel() == TIME_LABEL:
            low, high = axes.get_xlim()
            assert low < high and any(low <= tick <= high for tick in axes.get_xticks())
    timed = any(axes.get_xlabel() == TIME_LABEL for axes in figure.axes)
    if quarters == 1 and timed:
        assert any(line.get_marker() == "o" for axes in figure.axes for line in axes.get_lines())
