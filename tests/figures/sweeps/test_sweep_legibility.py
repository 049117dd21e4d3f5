"""Figures of sweeps stay legible: nothing leaves the canvas, covers something else, or is small."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache

import pytest
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
from figures.test_legibility import overlap, texts_of
from sim.figures import register
from sim.figures.style import COLUMN_WIDTH, FIGURE_WIDTH, LEAST_PRINTED_TEXT
from sim.figures.sweeps.reading import choices

LONG = number(
    "long",
    "Cost to leave, as a multiple of sunk capital, for a new pilot and all stages above it",
    "multiple of capital cost",
    0.0,
    3.0,
    5,
)
MANY_LABELS = FakeFactor(
    "path", "Path", "", "label", tuple(f"a-rather-long-label-{k}" for k in range(9))
)
SWEEPS: dict[str, Callable[[], FakeSweep]] = {
    "one": lambda: make_sweep([EXIT]),
    "one value": lambda: make_sweep([FakeFactor("a", "Exit cost", "", "number", (1.8,))]),
    "one logarithmic": lambda: make_sweep([number("l", "Officers", "a year", 1, 1e5, 9, "log")]),
    "labels": lambda: make_sweep([MANY_LABELS]),
    "labels twice": lambda: make_sweep([LABELS, SWITCH]),
    "labels by number": lambda: make_sweep([MANY_LABELS, TERM]),
    "2 x 2": lambda: make_sweep([number("a", "A", "u", 0, 3, 2), number("b", "B", "u", 5, 20, 2)]),
    "5 x 6": lambda: make_sweep([LONG, number("b", "Term", "years", 5, 20, 6)], failed=(3,)),
    "12 x 12": lambda: make_sweep(
        [number("a", "A", "share", 0.03, 0.15, 12), number("b", "B", "u", 500, 2e4, 12)],
        replicates=2,
    ),
    "20 x 25": lambda: make_sweep(
        [number("a", "A", "share", 0.03, 0.15, 20), number("b", "B", "u", 500, 2e4, 25)],
        replicates=2,
    ),
    "three on a grid": lambda: make_sweep([EXIT, LONG, LABELS]),
    "four on a grid": lambda: make_sweep([EXIT, TERM, LABELS, SWITCH], replicates=2),
    "one replicate": lambda: make_sweep([EXIT, TERM], replicates=1),
    "constant": lambda: make_sweep([EXIT, TERM, SWITCH], constant=True),
    "one year": lambda: make_sweep([EXIT, TERM], years=(2040,)),
    "two drawn": lambda: make_sweep(twelve()[:2], kind="sobol", points=64),
    "twelve drawn": lambda: make_sweep(twelve(), kind="latin-hypercube", points=128, replicates=3),
    "all failed": lambda: make_sweep([EXIT, TERM, SWITCH], replicates=1, failed=range(32)),
}


@cache
def figures(case: str) -> list[tuple[str, Figure]]:
    sweep = SWEEPS[case]()
    outcomes = ["working", "working_share"] if len(sweep.factors) == 1 else ["working"]
    facts = choices(sweep, outcomes)  # type: ignore[arg-type]
    return [(name, figure) for name, _, figure in register.drawings(register.SWEEP, facts)]


@pytest.mark.parametrize("case", SWEEPS)
def test_every_figure_is_legible_and_says_what_its_axes_count(case: str) -> None:
    found = figures(case)
    assert found
    for name, figure in found:
        _check_axes(name, figure)
        seen = texts_of(figure)
        width, height = figure.bbox.width, figure.bbox.height
        assert figure.get_figwidth() == FIGURE_WIDTH
        for text, (left, low, right, high) in seen:
            inside = left >= 0 and low >= 0 and right <= width and high <= height
            assert inside, (name, text.get_text())
            assert text.get_fontsize() * COLUMN_WIDTH / FIGURE_WIDTH >= LEAST_PRINTED_TEXT
        for (text, box), (other, other_box) in itertools.combinations(seen, 2):
            assert not overlap(box, other_box), (name, text.get_text(), other.get_text())


def _check_axes(name: str, figure: Figure) -> None:
    """Every axis with numbers has a label."""
    seen = {text for text, _ in texts_of(figure)}
    for axes in figure.axes:
        for axis, label in ((axes.xaxis, axes.get_xlabel()), (axes.yaxis, axes.get_ylabel())):
            numbered = any(tick in seen for tick in axis.get_ticklabels())
            # The rows of a tornado carry their factors' names.
            assert label or not numbered or (name.startswith("tornado") and axis is axes.yaxis)
    if name.startswith("response-"):
        assert len({axes.get_ylim() for axes in figure.axes}) == 1
