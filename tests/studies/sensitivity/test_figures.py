"""Figures of sensitivity and discovery: true to the numbers, whole, legible, the same each time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from figures.test_legibility import overlap, texts_of
from matplotlib.figure import Figure

from sim.figures.save import figure_metadata, render
from sim.figures.style import COLUMN_WIDTH, FIGURE_WIDTH, LEAST_PRINTED_TEXT, SMALL_TEXT
from sim.figures.text import text_width
from sim.register import register
from sim.results.sweep import FactorInfo
from sim.scenario import load_scenario
from sim.studies.discovery.figures import figure_boxes, figure_tradeoff
from sim.studies.discovery.method import Box, Condition, Discovery, Limit
from sim.studies.discovery.prim import Side, Step
from sim.studies.parameter_space import plausible_factors
from sim.studies.sensitivity.figures import (
    MOST_PARAMETERS,
    NAME_WIDTH,
    figure_indices,
    figure_screening,
    name_of,
    text_of,
)
from sim.studies.sensitivity.method import Indices, Screening
from sim.studies.sensitivity.plan import Measured

MANIFEST = {"scenario": "baseline", "seed": 3, "runs": 640, "version": "9"}
FACTORS = plausible_factors(load_scenario("baseline"))
WORKING = text_of(Measured(), register()["working"])


def screening(count: int, effect: float = 30.0) -> Screening:
    size = effect * np.linspace(1.0, 0.0, count) ** 3
    return Screening(
        factors=FACTORS[:count], mu=-size, mu_star=size, mu_star_conf=0.2 * size, sigma=0.7 * size,
        used=20, noise=0.1,
    )  # fmt: skip


def indices(count: int) -> Indices:
    share = 0.5 * np.linspace(1.0, 0.0, count) ** 3
    half = np.full(count, 0.02)
    return Indices(
        factors=FACTORS[:count], first=share - 0.01, first_conf=half, total=share + 0.02,
        total_conf=half, used=512, noise=0.1,
    )  # fmt: skip


def info(name: str, **given: object) -> FactorInfo:
    chosen = {"title": name, "unit": "", "kind": "number", **given}
    return FactorInfo(name=name, **chosen)  # type: ignore[arg-type]


def discovery(boxes: int) -> Discovery:
    cost = info("contracts.exit_cost", unit="multiple of capital cost", low=1.0, high=3.0)
    rate = info("contracts.lapse_rate", unit="a year", low=0.06, high=0.5, scale="log")
    listed = info("events.offer-withdrawn.date", unit="year", values=(2027.0, 2030.0, 2035.0))
    chosen = info("scenario", kind="label", values=("baseline", "no-peers"))
    limits = (
        Limit(cost, (Side("contracts.exit_cost", low=1.4, p=1e-9),), 1.0),
        Limit(rate, (Side("contracts.lapse_rate", low=0.1, p=0.01),
                     Side("contracts.lapse_rate", high=0.12, p=0.02)), 0.45),
        Limit(listed, (Side("events.offer-withdrawn.date", high=2030.0, p=0.03),), 0.5),
        Limit(chosen, (Side("scenario", labels=("no-peers",), p=0.04),), 0.6),
    )  # fmt: skip
    steps = tuple(Step(1.0 - k / 10.0, 0.3 + k / 15.0, 1.0 - k / 10.5, k // 2) for k in range(10))
    box = Box(limits, 120, 100, 0.6, 0.83, 0.2, 0.41, steps, 5, ("contracts.fee",))
    columns = {"events.offer-withdrawn.date": np.array([2027.0, 2030.0, 2035.0])}
    condition = Condition("working", 2040, 2029, True, 0.8)
    values, hits = np.array([0.9, 0.7, 0.5]), np.array([True, False, False])
    factors = (cost, rate, listed, chosen)
    return Discovery(condition, factors, columns, values, hits, (box,) * boxes)


FIGURES = {
    "screening": lambda: figure_screening(screening(180), WORKING, "states", MANIFEST),
    "screening of two": lambda: figure_screening(screening(2), WORKING, "states", MANIFEST),
    "no effect": lambda: figure_screening(screening(3, 0.0), WORKING, "states", MANIFEST),
    "indices": lambda: figure_indices(indices(12), WORKING, MANIFEST),
    "one index": lambda: figure_indices(indices(1), WORKING, MANIFEST),
    "trade-off": lambda: figure_tradeoff(discovery(2), MANIFEST, "Boxes"),
    "box": lambda: figure_boxes(discovery(1), MANIFEST, "Boxes"),
    "many boxes": lambda: figure_boxes(discovery(7), MANIFEST, "Boxes"),
}


def words(figure: Figure) -> str:
    return " ".join(text.get_text() for text, _ in texts_of(figure))


@pytest.mark.parametrize("name", FIGURES)
def test_whole_and_legible(name: str) -> None:
    figure = FIGURES[name]()
    seen = texts_of(figure)
    width, height = figure.bbox.width, figure.bbox.height
    for text, (left, low, right, high) in seen:
        assert left >= 0 and low >= 0 and right <= width and high <= height, text.get_text()
        assert text.get_fontsize() * COLUMN_WIDTH / FIGURE_WIDTH >= LEAST_PRINTED_TEXT
    for (text, box), (other, other_box) in itertools.combinations(seen, 2):
        assert not overlap(box, other_box), (text.get_text(), other.get_text())
    assert "not forecasts" in words(figure).replace("\n", " ")


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_bytes_twice(name: str) -> None:
    metadata = figure_metadata(MANIFEST, name)
    assert render(FIGURES[name](), "svg", metadata) == render(FIGURES[name](), "svg", metadata)


def test_bars_are_the_effects() -> None:
    found = screening(180)
    (axes,) = figure_screening(found, WORKING, "states", MANIFEST).axes
    bars = [bar.get_width() for bar in axes.patches]
    assert bars == pytest.approx(found.mu_star[:MOST_PARAMETERS].tolist())
    (diamonds,) = (line for line in axes.get_lines() if line.get_marker() == "D")
    assert np.asarray(diamonds.get_xdata()) == pytest.approx(found.sigma[:MOST_PARAMETERS])
    first = next(line for line in axes.get_lines() if line.get_label() == "_interval")
    assert np.asarray(first.get_xdata()) == pytest.approx([24.0, 36.0])


def test_indices_stand_where_they_are() -> None:
    found = indices(12)
    figure = figure_indices(found, WORKING, MANIFEST)
    drawn = [line for line in figure.axes[0].get_lines() if line.get_marker() in ("o", "s")]
    assert np.asarray(drawn[0].get_xdata()) == pytest.approx(found.first)
    assert np.asarray(drawn[1].get_xdata()) == pytest.approx(found.total)
    assert figure.axes[0].get_xlim()[0] < -0.03  # an interval below zero is seen whole


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
def test_every_name_fits_and_is_whole(factor: object) -> None:
    text = name_of(factor)  # type: ignore[arg-type]
    assert text.startswith(factor.title) and "." not in text  # type: ignore[attr-defined]
    assert text_width(text, SMALL_TEXT) <= NAME_WIDTH


def test_box_in_words_and_numbers() -> None:
    text = words(figure_boxes(discovery(1), MANIFEST, "Boxes"))
    for part in ("Box 1: 83 % of its 120 points", "covers 60 %", "1.4", "no-peers", "again 45 %"):
        assert part in text


def test_tradeoff_rings_the_chosen_step() -> None:
    found = discovery(1)
    axes = figure_tradeoff(found, MANIFEST, "Boxes").axes[0]
    chosen = found.boxes[0].steps[5]
    points = [
        (float(np.ravel(line.get_xdata())[0]), float(np.ravel(line.get_ydata())[0]))
        for line in axes.get_lines()
        if len(np.ravel(line.get_xdata())) == 1
    ]
    assert (pytest.approx(100 * chosen.coverage), pytest.approx(100 * chosen.density)) in points
    assert (pytest.approx(60.0), pytest.approx(83.0)) in points


def test_a_group_is_named() -> None:
    text = text_of(Measured("adopters", 2030, "region", "Africa"), register()["adopters"])
    assert "Africa" in text and text.endswith("at the end of 2030")
