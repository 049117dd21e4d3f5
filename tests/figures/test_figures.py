"""Every figure: legible, complete, true to its data, the same on every run."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from PIL import Image

from figures.drawn import RUN_FIGURES, SOME_FIGURES, draw_run, save_run
from figures.synthetic import SHAPES, VENDORS, Synthetic, make_results, without
from sim.errors import InputError
from sim.figures import register, style
from sim.figures.axes import cut_axes, is_far_from_zero, quantity_axis
from sim.figures.curves import Held
from sim.figures.findings import capital
from sim.figures.marks import HISTORY_ENDS
from sim.figures.runs.over_time import (
    ADOPTION,
    ADOPTION_SHARES,
    ALIGNMENT,
    BLOCS,
    EVENTS,
    LOCK_IN,
    NUMBERS,
    PUBLICS,
    REVENUES,
)
from sim.figures.save import ALL_FORMATS, FORMATS, figure_metadata, render
from sim.figures.style import FIGURE_WIDTH
from sim.parameters import Colour, Dash, Outcome
from sim.register import register as outcome_register
from sim.units import REGIMES, REGIONS
from sim.world.seeds import load_seeds

WORLD = ("world", "world")
DRAWN: dict[str, list[tuple[str, tuple[str, str]]]] = {
    "adoption-world": [(name, WORLD) for name in ADOPTION],
    "adoption-by-regime": [(n, ("regime", r)) for n in ADOPTION_SHARES for r in REGIMES],
    "adoption-by-region": [
        (n, g) for n in ADOPTION_SHARES for g in (WORLD, *(("region", r) for r in REGIONS))
    ],
    "contracts": [(name, WORLD) for name in (*NUMBERS, *EVENTS)],
    "money": [(n, g) for n in REVENUES for g in (WORLD, *(("vendor", v) for v in VENDORS))],
    "lock-in": [(name, WORLD) for name in LOCK_IN],
    "blocs": [(name, WORLD) for name in (ALIGNMENT, *BLOCS)],
    "publics": [(name, WORLD) for name in PUBLICS],
}
"""The series that each figure shows."""
ROUNDS = 5
MOST_TIMES_PLAIN = 2.1
"""Bound on the time of a run's figures over that of as many plain ones; the best of some rounds is
1.5 to 1.9. Where plain ones take 1.75 s, as on a quiet machine, this is 3.7 s, and 4 s the first
time, when fonts are loaded."""


@pytest.fixture(scope="module")
def results() -> Held:
    return Held(make_results())


def drawn_lines(figure: Figure) -> Iterator[tuple[Axes, np.ndarray, np.ndarray]]:
    for axes in figure.axes:
        for line in axes.get_lines():
            yield axes, np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def bands_of(axes: Axes) -> list[np.ndarray]:
    return [
        path.vertices
        for band in axes.collections
        if isinstance(band, PolyCollection)
        for path in band.get_paths()
    ]


@pytest.mark.parametrize("name", DRAWN)
def test_each_series_is_drawn_as_it_is(name: str, results: Held) -> None:
    figure = draw_run(name, results)
    for outcome, group in DRAWN[name]:
        rows = results.results.series().query(
            "outcome == @outcome and group_kind == @group[0] and group == @group[1]"
        )
        dates = rows.year.to_numpy() + rows.quarter.to_numpy() / 4
        factor = 100.0 if SHAPES[outcome][0].startswith("share") else 1.0
        means = factor * rows["mean"].to_numpy()
        found = [
            (axes, x)
            for axes, x, y in drawn_lines(figure)
            if len(x) > 1
            and np.isin(x, dates).all()
            and np.array_equal(y, means[np.searchsorted(dates, x)])
        ]
        assert found, (outcome, group)
        axes, x = found[0]
        assert x[-1] == dates[-1]
        assert len(x) == len(dates) or set(np.arange(2001.0, dates[-1])) <= set(x)
        places = np.searchsorted(dates, x)
        for low, high in (("q25", "q75"), ("q05", "q95")):
            crowded = name == "money" and group != WORLD
            if low == "q05" and crowded:
                continue
            edges = {tuple(v) for band in bands_of(axes) for v in band}
            for column in (low, high):
                values = factor * rows[column].to_numpy()[places]
                assert set(zip(x, values, strict=True)) <= edges


@pytest.mark.parametrize("name", SOME_FIGURES)
def test_same_bytes_whatever_the_users_settings(name: str, results: Held) -> None:
    metadata = figure_metadata(results.manifest, RUN_FIGURES[name].title)
    first = [render(draw_run(name, results), ending, metadata) for ending in FORMATS]
    with matplotlib.rc_context(
        {"font.size": 20, "axes.facecolor": "red", "svg.hashsalt": "x", "axes.grid": False}
    ):
        second = [render(draw_run(name, results), ending, metadata) for ending in FORMATS]
        assert matplotlib.rcParams["font.size"] == 20
    assert first == second
    figure = draw_run(name, results)
    assert [render(figure, ending, metadata) for ending in reversed(FORMATS)] == first[::-1]


@pytest.mark.slow
def test_same_bytes_in_another_process(tmp_path: Path, results: Held) -> None:
    program = (
        "from pathlib import Path; from figures.drawn import save_run;"
        "from figures.synthetic import make_results;"
        f"save_run(make_results(), Path({str(tmp_path / 'other')!r}), ['contracts'])"
    )
    save_run(results, tmp_path / "here", ["contracts"])
    tests = str(Path(__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", program], check=True, env=os.environ | {"PYTHONPATH": tests}
    )
    for ending in FORMATS:
        here, other = (tmp_path / f / f"contracts.{ending}" for f in ("here", "other"))
        assert here.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("name", SOME_FIGURES)
def test_metadata_tell_the_origin_and_no_time(name: str, tmp_path: Path, results: Held) -> None:
    png, svg = save_run(results, tmp_path, [name])
    text = Image.open(png).text  # type: ignore[attr-defined]
    assert text["Title"] == draw_run(name, results).get_label()
    assert (text["Scenario"], text["Seed"], text["Version"]) == ("baseline", "1", "0.1.0")
    assert text["Software"] == "entrench 0.1.0"
    drawing = svg.read_text()
    for fact in ("Scenario: baseline", "Seed: 1", "Version: 0.1.0"):
        assert fact in drawing
    assert "dc:date" not in drawing and "matplotlib" not in drawing.lower().split("<defs>")[0]
    assert not [path for path in tmp_path.iterdir() if path not in (png, svg)]


def test_resolution_and_size(results: Held) -> None:
    figure = draw_run("adoption-world", results)
    image = Image.open(io.BytesIO(render(figure, "png", {})))
    assert image.width == round(FIGURE_WIDTH * style.PNG_DPI)


OF_OUTCOMES = [name for name, one in RUN_FIGURES.items() if len(one.outcomes) > 1]


@pytest.mark.parametrize(
    "name",
    [
        name if name in ("contracts", "lock-in") else pytest.param(name, marks=pytest.mark.slow)
        for name in OF_OUTCOMES
    ],
)
def test_a_missing_outcome_is_left_out(name: str) -> None:
    """The figure is drawn without it, or says why it is not; one of several never spoils it."""
    drawn = 0
    for absent in RUN_FIGURES[name].outcomes:
        lesser = without(make_results(quarters=44), absent)
        if not RUN_FIGURES[name].why_not({"results": Held(lesser)}):
            drawn += 1
            assert draw_run(name, lesser).axes
    assert drawn


def test_nothing_to_show_is_said(tmp_path: Path) -> None:
    lesser = without(make_results(quarters=8), *PUBLICS)
    assert "publics" not in [one.name for one in register.choose("run", {"results": lesser})]
    with pytest.raises(InputError, match=r"publics.*mistrust, legitimacy"):
        save_run(lesser, tmp_path, ["publics"])


def test_vendors_have_a_panel_each_though_no_states_are_counted_of_them(results: Held) -> None:
    name = "revenue_sales_yearly"
    ((_, _, figure),) = register.drawings(
        "run", {"results": results, "outcomes": [name], "by": "vendor"}, ["outcome"]
    )
    assert [axes.get_title(loc="left") for axes in figure.axes] == [*map(capital, VENDORS)]
    assert all(axes.get_lines() for axes in figure.axes)


def test_an_empty_figure_is_refused_where_it_is_asked_for(tmp_path: Path, results: Held) -> None:
    lesser = make_results(quarters=8)
    nan = replace(lesser, frame=lesser.frame.assign(mean=np.nan))
    for facts in (
        {"results": results, "outcomes": ["working"], "by": "vendor"},
        {"results": nan, "outcomes": ["working"], "by": "world"},
    ):
        with pytest.raises(InputError, match="no number to draw"):
            register.draw("run", tmp_path, facts, ["outcome"])
    assert not [*tmp_path.iterdir()]


def test_a_caption_says_which_axes_do_not_begin_at_zero() -> None:
    assert is_far_from_zero([np.array([90.0, 100.0])]) and not is_far_from_zero([40.0, 100.0])
    assert cut_axes({"A": False, "B": False}) == ""
    assert cut_axes({"A": True}) == "The vertical axis does not begin at 0."
    assert cut_axes({"A": True, "B": True}) == "The vertical axes do not begin at 0."
    assert cut_axes({"A": True, "B": False}) == "Vertical axes that do not begin at 0: A."


@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_the_caption_of_a_figure_tells_what_its_axis_is(shift: float) -> None:
    results = make_results(quarters=44)
    numbers = ["mean", "q05", "q25", "q50", "q75", "q95"]
    higher = replace(results, frame=results.frame.assign(**results.frame[numbers] + shift))
    figure = draw_run("lock-in", higher)
    low = [axes.get_ylim()[0] for axes in figure.axes]
    said = "vertical axes do not begin at 0" in " ".join(figure.texts[-1].get_text().split())
    assert said == (min(low) > 0.0) == (shift > 0.0)


def test_unknown_names_are_all_reported(results: Held, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        save_run(results, tmp_path / "out", ["contrats", "contracts", "zzz"])
    first, second = caught.value.messages
    assert "did you mean 'contracts'?" in first
    assert "adoption-world" in second
    with pytest.raises(InputError, match="png, svg, pdf"):
        save_run(results, tmp_path / "out", ["contracts"], ["gif"])
    assert not (tmp_path / "out").exists()


def test_missing_countries_leave_the_numbers_out() -> None:
    class Unkept(Synthetic):
        def countries(self) -> None:  # type: ignore[override]
            raise InputError("not kept")

    full = make_results(quarters=44)
    figure = draw_run(
        "adoption-by-regime", Unkept(full.manifest, full.outcomes, full.frame, full.states)
    )
    assert figure.axes[0].get_title(loc="left") == "Full democracy"


def test_colours_are_told_apart_without_colour() -> None:
    assert set(style.COLOURS) == set(get_args(Colour)) and set(style.DASHES) == set(get_args(Dash))
    assert len(set(style.COLOURS.values())) == len(style.COLOURS)
    assert len({(colour, str(dash)) for colour, dash, _ in style.SIGNS}) == len(style.SIGNS)
    assert len({colour for colour, *_ in style.SIGNS}) == len(style.SIGNS)
    assert len({marker for *_, marker in style.SIGNS}) == len(style.SIGNS)


def test_looks_stand_in_the_declarations_of_outcomes() -> None:
    declared = outcome_register()["working"]
    look = style.look_of(declared)
    assert (look.label, look.colour) == (declared.label, style.COLOURS[declared.colour])
    stranger = Outcome("new", "states", "New.", "new", "total", "New", colour="purple")
    assert style.look_of(stranger).colour == style.PURPLE
    # How it is drawn is no part of results: a colour changes no number.
    assert "colour" not in declared.described() and "dash" not in declared.described()


def test_a_pdf_tells_its_origin_and_no_time(tmp_path: Path, results: Held) -> None:
    (path,) = save_run(results, tmp_path, ["publics"], ["pdf"])
    told = path.read_bytes()
    assert told.startswith(b"%PDF") and b"CreationDate" not in told
    assert b"Scenario: baseline" in told
    assert set(ALL_FORMATS) > set(FORMATS)


def test_history_ends_where_the_seeds_end() -> None:
    assert load_seeds().last_year + 1 == HISTORY_ENDS


def test_importing_figures_leaves_pyplot_and_settings_alone() -> None:
    # Reading the setting `backend` imports pyplot, so it is left out.
    program = (
        "import sys, matplotlib;"
        "told = lambda: {k: matplotlib.rcParams[k] for k in matplotlib.rcParams if k != 'backend'};"
        "before = told(); from sim.figures import register; register.figures_of('run');"
        "assert told() == before and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.slow
def test_all_figures_take_little_longer_than_plain_ones(tmp_path: Path) -> None:
    """Processor time, one beside the other: what slows the machine slows both."""
    full, count, ratios = make_results(), len(set(RUN_FIGURES) - {"outcome", "state"}), []
    for _ in range(ROUNDS):
        plain = _seconds(lambda: _draw_plain_figures(count, tmp_path))
        ratios.append(_seconds(lambda: save_run(full, tmp_path)) / plain)
    print("figures over plain ones:", *(f"{ratio:.2f}" for ratio in ratios))
    assert len(list(tmp_path.glob("*.svg"))) == 2 * count
    assert min(ratios) < MOST_TIMES_PLAIN


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def _draw_plain_figures(count: int, folder: Path) -> None:
    """Write figures of four panels, each with a curve of forty years and two bands."""
    times = np.arange(164)
    for number in range(count):
        figure = Figure(figsize=(8.0, 6.0))
        for axes in figure.subplots(2, 2).flat:
            axes.plot(times, np.sqrt(times))
            for wide in (1.0, 2.0):
                axes.fill_between(times, np.sqrt(times) - wide, np.sqrt(times) + wide, alpha=0.3)
        for ending in FORMATS:
            figure.savefig(folder / f"{number}.{ending}", dpi=150)


def test_numbers_on_axes_have_commas_where_all_text_has_them() -> None:
    axes = Figure().add_subplot()
    quantity_axis(axes, "million US$", [0.0, 12e3])
    axes.figure.canvas.draw()
    texts = [tick.get_text() for tick in axes.get_yticklabels()]
    assert {"0", "5,000", "10,000"} <= set(texts)
