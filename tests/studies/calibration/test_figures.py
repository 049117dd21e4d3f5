"""Figures of a calibration: true to the numbers, whole, legible, the same each time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from figures.test_legibility import overlap, texts_of
from matplotlib.figure import Figure

from sim.figures.save import figure_metadata, render
from sim.figures.style import COLUMN_WIDTH, FIGURE_WIDTH, LEAST_PRINTED_TEXT, VERMILLION
from sim.scenario import load_scenario
from sim.studies.calibration.figures import (
    LEAST_SHOWN,
    MOST_PARAMETERS,
    figure_parameters,
    figure_targets,
)
from sim.studies.calibration.plan import aims_of_seeds
from sim.studies.calibration.tables import ENDS, ParameterSummary, TargetSummary
from sim.studies.parameter_space import plausible_factors

MANIFEST = {"scenario": "baseline", "seed": 3, "runs": 84_000, "version": "9"}
FACTORS = plausible_factors(load_scenario("baseline"))


def parameters(known: int, of: int = len(FACTORS)) -> list[ParameterSummary]:
    found = []
    for at, factor in enumerate(FACTORS[:of]):
        half = 0.2 + 0.001 * at if at < known else 0.45
        places = {name: 0.5 + 2.0 * half * (share - 0.5) / 0.9 for name, share in ENDS.items()}
        low, high = factor.low or 0.0, factor.high or 0.0
        ends = {name: low + place * (high - low) for name, place in places.items()}
        middle = low + 0.25 * (high - low)
        found.append(ParameterSummary(factor, middle, ends, places, 2.0 * half / 0.9, 0.02))
    return found


def targets(shift: float) -> list[TargetSummary]:
    """Bands of 1 standard error each way, the last of them shifted."""
    found = []
    aims = aims_of_seeds()
    for at, aim in enumerate(aims):
        centre = aim.observed + (shift * aim.sigma if at == len(aims) - 1 else 0.0)
        ends = {name: centre + 2.0 * aim.sigma * (share - 0.5) for name, share in ENDS.items()}
        found.append(TargetSummary(aim, centre, ends, 1.0, 1.5))
    return found


FIGURES = {
    "parameters": lambda: figure_parameters(parameters(12), MANIFEST),
    "all known": lambda: figure_parameters(parameters(len(FACTORS)), MANIFEST),
    "one of one": lambda: figure_parameters(parameters(1, 1), MANIFEST),
    "none known": lambda: figure_parameters(parameters(0), MANIFEST),
    "targets": lambda: figure_targets(targets(0.0), MANIFEST),
    "one missed": lambda: figure_targets(targets(4.0), MANIFEST),
    "one far off": lambda: figure_targets(targets(40.0), MANIFEST),
}


def words(figure: Figure) -> str:
    text = " ".join(text.get_text() for text, _ in texts_of(figure))
    return " ".join(text.split())


def segments(figure: Figure, colour: str | None = None) -> list[Sequence[float]]:
    (axes,) = figure.axes
    return [
        np.asarray(line.get_xdata(), float).tolist()
        for line in axes.get_lines()
        if line.get_label() == "_interval" and colour in (None, line.get_color())
    ]


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
    assert "not forecasts" in words(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_bytes_twice(name: str) -> None:
    metadata = figure_metadata(MANIFEST, name)
    assert render(FIGURES[name](), "svg", metadata) == render(FIGURES[name](), "svg", metadata)


def test_intervals_stand_where_they_are() -> None:
    found = parameters(3)
    figure = figure_parameters(found, MANIFEST)
    first = segments(figure)[:2]
    assert first[0] == pytest.approx([found[0].places["q05"], found[0].places["q95"]])
    assert first[1] == pytest.approx([found[0].places["q25"], found[0].places["q75"]])
    default = figure.axes[0].collections[0].get_segments()[0]  # type: ignore[attr-defined]
    assert default[:, 0] == pytest.approx([0.25, 0.25])
    assert len(figure.axes[0].patches) == LEAST_SHOWN
    assert figure.axes[0].get_xlim() == (0.0, 1.0)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [name.split(",")[0] for name in names[:3]] == [one.factor.title for one in found[:3]]


def test_how_many_are_not_identified_is_said() -> None:
    assert f"Identified are 12 of {len(FACTORS)} parameters" in words(FIGURES["parameters"]())
    assert f"of the other {len(FACTORS) - 12}" in words(FIGURES["parameters"]())
    many = FIGURES["all known"]()
    assert f"The {MOST_PARAMETERS} narrowest are shown" in words(many)
    assert len(many.axes[0].patches) == MOST_PARAMETERS
    none = FIGURES["none known"]()
    assert f"the {LEAST_SHOWN} narrowest of them in grey" in words(none)


def test_ends_of_a_range_are_written() -> None:
    text = words(FIGURES["one of one"]())
    assert (FACTORS[0].low, FACTORS[0].high) == (-0.04, 0.02)
    assert "−0.04" in text and "0.02" in text


def test_targets_are_standardised() -> None:
    figure = figure_targets(targets(0.0), MANIFEST)
    bands = segments(figure)
    assert np.array(bands[:3]) == pytest.approx(np.array([[-0.95, 0.95], [-0.9, 0.9], [-0.5, 0.5]]))
    assert "outside" not in words(figure)
    missed = FIGURES["one missed"]()
    assert len(segments(missed, VERMILLION)) == 3
    assert "Orange: the figure lies outside the 95 % band." in words(missed)
    assert missed.axes[0].get_xlim()[1] > 4.95
    far = FIGURES["one far off"]()
    assert far.axes[0].get_xlim() == (-8.0, 8.0)
    assert "cut at the panel's edge" in words(far)
    assert [line.get_marker() for line in far.axes[0].get_lines()][-1] == ">"
