"""The figures of a comparison: true to the numbers, legible, the same on every run."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.engine.chunk import CountryLabel
from sim.figures.register import drawings
from sim.figures.save import figure_metadata, render, save
from sim.figures.style import FIGURE_WIDTH, SMALL_TEXT
from sim.register import register
from sim.studies.comparison.figures import MOST_STATES, figure_differences, most_changed
from sim.studies.comparison.method import Comparison
from sim.studies.comparison.method import compare_sides as compare_one_by_one
from sim.studies.comparison.sides import Content, Side
from sim.world.seeds import load_seeds

RUNS = 30
MANIFEST = {
    "scenario": {"name": "b, c against a", "events": [{"name": "offer-withdrawn", "date": 2030}]},
    "seed": 5,
    "runs": RUNS,
    "version": "9",
}
YEARS = 41
NAMES = ("working", "adopters_share", "trained")
STATES = tuple(
    CountryLabel(s.iso3, s.name, s.region, s.regime_2024) for s in load_seeds().countries
)


def side(label: str, effect: float, names: tuple[str, ...] = NAMES, runs: int = RUNS) -> Side:
    luck = np.random.default_rng(3)
    quarters = tuple(range(164))
    shape = (runs, len(quarters))
    rise = np.linspace(0.0, effect, len(quarters))
    spread = luck.random((runs, len(STATES)))
    works = spread < 0.5 + effect / 100 * np.linspace(-1, 1, len(STATES))
    own = np.random.default_rng(abs(hash_of(label)))
    world = {name: luck.random(shape) + rise * own.random((runs, 1)) for name in names}
    return Side(
        label=label,
        content=Content({name: register()[name] for name in names}, quarters, {}, STATES),
        runs=np.arange(runs),
        sets=np.arange(runs),
        world={name: values.astype(np.float32) for name, values in world.items()},
        grouped={},
        adopted=np.full((runs, len(STATES)), math.inf, np.float32),
        working=np.repeat(works[:, :, np.newaxis], YEARS, axis=2),
    )


def compare_sides(sides: list[Side]) -> list[Comparison]:
    return list(compare_one_by_one(sides[0], sides[1:]))


def hash_of(label: str) -> int:
    return sum(map(ord, label))


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    return compare_sides([side("a", 0.0), side("b", -60.0), side("c", 40.0)])


def figures_of(comparisons: list[Comparison], **told: object) -> list[tuple[str, str, Figure]]:
    """Every figure of a comparison: file name, heading, figure."""
    facts = {"comparisons": comparisons, "manifest": {**MANIFEST, **told}}
    return list(drawings("comparison", facts))


def texts(figure: Figure) -> list[str]:
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
        found += [label.get_text() for label in axes.get_yticklabels()]
    return found


def test_each_difference_is_drawn_as_it_is(comparisons: list[Comparison]) -> None:
    figure = figure_differences(comparisons, MANIFEST)
    assert len(figure.axes) == len(NAMES)
    for axes, name in zip(figure.axes, NAMES, strict=True):
        factor = 100.0 if name.endswith("share") else 1.0
        for comparison in comparisons:
            (line,) = (x for x in axes.get_lines() if x.get_label() == comparison.alternative)
            ends = comparison.world[name].mean[3::4] * factor
            assert np.asarray(line.get_ydata())[-41:] == pytest.approx(ends[-41:])
        low, high = axes.get_ylim()
        assert low < 0.0 < high  # the line of zero is always seen
    assert "percentage points" in texts(figure)


def test_only_states_that_change_beyond_chance_are_shown_coloured_and_counted(
    comparisons: list[Comparison],
) -> None:
    figures = {name: figure for name, _, figure in figures_of(comparisons)}
    assert list(figures) == ["differences", "states", "map"]
    changed = {change.state for comparison in comparisons for change in comparison.changed}
    states = most_changed(comparisons)
    assert 0 < len(states) <= MOST_STATES and {*states} <= changed != {*STATES}
    for state in states:
        assert state.name in texts(figures["states"])
    first = comparisons[0].changed
    fewer = sum(change.headline.difference < 0.0 for change in first)
    title = str(figures["map"].get_label())
    assert f"less likely in {fewer} states" in title
    for comparison, axes in zip(comparisons, figures["map"].axes, strict=False):
        land, coloured = axes.collections[:2]
        assert land.get_array() is None
        shown = np.count_nonzero(coloured.get_array()) + np.count_nonzero(
            axes.collections[2].get_array()
        )
        assert shown == len(comparison.changed)


def test_a_map_names_the_alternatives_that_it_leaves_out() -> None:
    """Of four that change states three are drawn; where nothing changes there is no map."""
    sides = [side("a", 0.0), *(side(f"b{k}", -60.0 - k) for k in range(4)), side("same", 0.0)]
    compared = compare_sides(sides)
    (drawn,) = [figure for name, _, figure in figures_of(compared) if name == "map"]
    caption = " ".join(" ".join(texts(drawn)).split())
    assert "No state changes beyond chance in same." in caption and "Not drawn: b3." in caption
    nothing = compare_sides([side("a", 0.0), side("same", 0.0)])
    assert [name for name, _, _ in figures_of(nothing)] == ["differences"]


@pytest.mark.parametrize(
    ("alternatives", "outcomes"),
    [
        (1, 1),
        (5, 3),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [(1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (5, 1), (5, 2)]
        ),
    ],
)
def test_any_number_of_alternatives_and_outcomes(alternatives: int, outcomes: int) -> None:
    names = NAMES[:outcomes]
    sides = [side("a", 0.0, names)]
    sides += [side(f"alternative-{k}", 5.0 + k, names) for k in range(alternatives)]
    for _, title, figure in figures_of(compare_sides(sides)):
        assert figure.get_figwidth() == FIGURE_WIDTH
        assert render(figure, "png", figure_metadata(MANIFEST, title))
        figure.draw_without_rendering()
        for text in figure.texts:
            box = text.get_window_extent().transformed(figure.transFigure.inverted())
            assert box.x0 >= -0.01 and box.x1 <= 1.01
            assert text.get_fontsize() >= SMALL_TEXT


def test_nothing_changes_and_a_single_run() -> None:
    same = compare_sides([side("a", 0.0), side("a", 0.0)])
    assert [name for name, _, _ in figures_of(same)] == ["differences"]
    single = compare_sides([side("a", 0.0, runs=1), side("b", 40.0, runs=1)])
    figures = list(figures_of(single, runs=1))
    assert any("A single run." in text.replace("\n", " ") for text in texts(figures[0][2]))


def test_what_bands_hold_and_what_is_left_out_is_reported(comparisons: list[Comparison]) -> None:
    def caption(manifest: dict[str, object]) -> str:
        shown = texts(figure_differences(comparisons, manifest))
        return " ".join(text.replace("\n", " ") for text in shown)

    usual = caption({**MANIFEST, "parameters": "point: one set"})
    assert "chance alone" in usual and "failed" not in usual
    assert "chance alone" not in caption({**MANIFEST, "parameters": "plausible: 9 sets"})
    assert "Runs that failed" in caption({**MANIFEST, "runs": RUNS + 1})


def test_the_same_bytes_twice_without_time(tmp_path: Path, comparisons: list[Comparison]) -> None:
    for folder in ("one", "two"):
        for name, title, figure in figures_of(comparisons):
            save(figure, tmp_path / folder, name, figure_metadata(MANIFEST, title))
    written = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert written == [
        f"{name}.{e}" for name in ("differences", "map", "states") for e in ("png", "svg")
    ]
    for name in written:
        content = (tmp_path / "one" / name).read_bytes()
        assert content == (tmp_path / "two" / name).read_bytes()
        assert b"b, c against a" in content
        assert b"<dc:date>" not in content
