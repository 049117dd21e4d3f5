"""Figures of what stays: true to the numbers, legible, the same bytes every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from figures.synthetic_sweep import EXIT, LABELS, SWITCH, TERM, FakeFactor, FakeSweep, make_sweep
from figures.test_legibility import overlap, texts_of
from matplotlib.figure import Figure

from sim.engine.chunk import CountryLabel
from sim.figures import register
from sim.figures.save import figure_metadata, render
from sim.figures.style import COLUMN_WIDTH, FIGURE_WIDTH, LEAST_PRINTED_TEXT
from sim.studies.persistence.figures import (
    Shown,
    _mean_count,
    figure_regions,
    figure_world,
)
from sim.studies.persistence.method import History, Persisted, persistence
from sim.studies.persistence.point_figures import figure_points
from sim.studies.persistence.points import PointPersistence
from sim.world.seeds import load_seeds

RUNS = 40
YEARS = 41
STATES = tuple(
    CountryLabel(s.iso3, s.name, s.region, s.regime_2024) for s in load_seeds().countries
)
MANIFEST = {
    "scenario": {"name": "offer-withdrawn-2030"},
    "seed": 1,
    "runs": RUNS,
    "version": "9",
    "parameters": "plausible: 3 sets",
}


def history(label: str, loss: float) -> History:
    luck = np.random.default_rng(1).random((RUNS, len(STATES), 12))
    works = np.logical_and.accumulate(luck > loss, axis=2)
    working = np.zeros((RUNS, len(STATES), YEARS), bool)
    working[:, :, 29:] = works
    return History(label, STATES, working, np.arange(RUNS), 2040)


def figures() -> list[tuple[str, str, Figure]]:
    gone, stands = history("offer-withdrawn-2030", 0.1), history("baseline", 0.02)
    shown = [Shown(one.label, persistence(one, 2029)) for one in (gone, stands)]
    facts = {
        "shown": shown,
        "since": 2029,
        "kinds": ("regime", "region"),
        "manifest": MANIFEST,
    }
    return list(register.drawings("persistence", facts))


def points_of(sweep: FakeSweep) -> list[PointPersistence]:
    one = persistence(history("x", 0.1), 2029, ())
    return [PointPersistence(at, {}, 2029, "cohort", one) for at in range(sweep.points)]


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str, str, Figure]]:
    return figures()


def legible(figure: Figure) -> None:
    assert figure.get_figwidth() == FIGURE_WIDTH
    found = texts_of(figure)
    width, height = figure.get_figwidth() * figure.dpi, figure.get_figheight() * figure.dpi
    for text, (left, low, right, high) in found:
        assert left >= -1 and low >= -1 and right <= width + 1 and high <= height + 1, text
        assert text.get_fontsize() * COLUMN_WIDTH / FIGURE_WIDTH >= LEAST_PRINTED_TEXT
    for (one, box), (other, place) in itertools.combinations(found, 2):
        assert not overlap(box, place), f"{one.get_text()!r} covers {other.get_text()!r}"


def test_all_are_drawn_and_legible(drawn: list[tuple[str, str, Figure]]) -> None:
    assert [name for name, _, _ in drawn] == [
        "persistence", "persistence_by_regime", "persistence_by_region",
    ]  # fmt: skip
    for _, _, figure in drawn:
        legible(figure)


def test_lines_are_the_means(drawn: list[tuple[str, str, Figure]]) -> None:
    world = persistence(history("offer-withdrawn-2030", 0.1), 2029, ())[0]
    (axes,) = drawn[0][2].axes
    line = next(one for one in axes.lines if one.get_label() == "offer-withdrawn-2030")
    assert np.allclose(line.get_ydata(), 100.0 * world.curves["mean"])
    assert list(line.get_xdata()) == list(range(12))


def test_captions_tell_what_bands_hold(drawn: list[tuple[str, str, Figure]]) -> None:
    def caption(figure: Figure) -> str:
        return " ".join(figure.texts[-1].get_text().split())

    assert "chance alone" not in caption(drawn[0][2])
    shown = [Shown("x", persistence(history("x", 0.1), 2029))]
    point = {**MANIFEST, "parameters": "point: one set"}
    assert "chance alone" in caption(figure_world(shown, 2029, point))


def test_groups_without_systems_leave_an_empty_panel() -> None:
    nobody = History("x", STATES, np.zeros((3, len(STATES), YEARS), bool), np.arange(3), 2040)
    shown = [Shown("x", persistence(nobody, 2029))]
    legible(figure_regions(shown, 2029, MANIFEST))
    legible(figure_world(shown, 2029, MANIFEST))


def test_the_same_bytes_every_time(drawn: list[tuple[str, str, Figure]]) -> None:
    for (_, title, one), (_, _, other) in zip(drawn[:2], figures()[:2], strict=True):
        facts = figure_metadata(MANIFEST, title)
        for ending in ("png", "svg"):
            assert render(one, ending, facts) == render(other, ending, facts)


@pytest.mark.parametrize(
    "sweep",
    [
        make_sweep([EXIT]),
        make_sweep([EXIT, TERM]),
        make_sweep([LABELS]),
        make_sweep([SWITCH, LABELS]),
        make_sweep(
            [SWITCH, FakeFactor("a", "A", "years", "number", (5.0, 20.0)),
             FakeFactor("b", "Cost to leave", "x", "number", (0.0, 1.0, 3.0))]
        ),
    ],
    ids=["one", "two", "labels", "switch by labels", "three"],
)  # fmt: skip
def test_sweeps_are_legible(sweep: FakeSweep) -> None:
    figure = figure_points(sweep, points_of(sweep))  # type: ignore[arg-type]
    assert figure is not None
    legible(figure)


def test_designs_without_lines_of_points_get_no_figure() -> None:
    for sweep in (
        make_sweep([EXIT, TERM, LABELS]),
        make_sweep([EXIT, TERM], kind="sobol", points=64),
    ):
        assert figure_points(sweep, points_of(sweep)) is None  # type: ignore[arg-type]


def test_a_group_of_one_run_is_a_line_without_bands() -> None:
    curves = {n: np.linspace(1, 0, 5) for n in ("mean", "q05", "q25", "q50", "q75", "q95")}
    one = Persisted("world", "world", 1, 3.0, curves, np.full(5, np.nan), None, 2.0, 2.0, 2.0)
    figure = figure_world([Shown("x", [one])], 2029, MANIFEST)
    assert not figure.axes[0].collections


def test_what_is_not_none_does_not_read_none() -> None:
    assert [_mean_count(n) for n in (0.0, 0.3, 0.04, 0.002, 4.2, 118.4)] == [
        "0", "0.3", "0.04", "0.002", "4", "118",
    ]  # fmt: skip
