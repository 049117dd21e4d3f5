"""Every figure of every study is drawn, all its text is on the canvas, and titles claim little."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.text
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

import sim
from sim.estimates.effects import large_groups
from sim.figures import canvas, style
from sim.figures.canvas import MOST_HEIGHT, Canvas, Sheet, drawn_for
from sim.figures.of_runs import FIGURES
from sim.figures.style import MM, SMALL
from sim.studies.compare import _map
from sim.studies.report import Report
from sim.studies.run import summary
from sim.studies.sweep import sweep_report

NARROW = Sheet(85.0, plain=True)
"""A column of a journal."""
UNITS = re.compile(r"%|countries|a year|percentage points|published|variance|systems|effect")
SUPERLATIVE = re.compile(r"\b(most|next|widest|largest|smallest|best|worst|highest|lowest)\b", re.I)
SLUG = re.compile(r"[a-z]-[a-z]+-\d|[a-z]_[a-z]")
"""Names of scenarios and parameters, whose titles figures show."""
SWEEP = """\
base = "offer-withdrawn-2030"
runs = 1
[design]
kind = "grid"
[[factors]]
key = "contracts.term"
values = [5.0, 20.0]
[[factors]]
key = "contracts.exit_cost"
values = [0, 3]
[[factors]]
key = "contracts.switch_off_cost"
values = [0.0, 1.0]
"""


def sweep(folder: Path, **options: Any) -> sim.Results:
    """Return a small sweep to 2040."""
    (folder / "sweep.toml").write_text(SWEEP)
    return sim.make_runs(folder / "sweep.toml", **options)


@cache
def full() -> sim.Results:
    """Return three runs of two scenarios to 2040."""
    return sim.compare("baseline", "offer-withdrawn-2030", runs=3).results


def compared() -> Report:
    """Return a comparison in which each country changes beyond chance, for its map."""
    found = sim.compare(full())
    countries = found.tables["country_differences"].assign(changed=True)
    return replace(found, figures={**found.figures, "map": lambda: _map(full(), countries, 2040)})


STUDIES: dict[str, Callable[[Path], Report]] = {
    "run": lambda _: summary(sim.make_runs("baseline", runs=3)),
    "compare": lambda _: compared(),
    "country": lambda _: sim.country("Kenya", "Bosnia and Herzegovina", source=full()),
    "persistence": lambda _: sim.persistence(full()),
    "survival": lambda folder: sim.persistence(sweep(folder, countries=True)),
    "ask": lambda _: sim.ask("Working Chinese systems", scenarios=["no-peers"], runs=3),
    "sweep": lambda folder: sweep_report(sweep(folder)),
    "validate": lambda _: sim.validate(sim.make_runs("baseline", runs=2), nulls=False),
    "sensitivity": lambda _: sim.sensitivity(
        parameters=["contracts.term", "procurement.base"], trajectories=3, samples=4, runs=1
    ),
    "bounds": lambda _: sim.bounds("no-training", year=2015, parameters="procurement.base", runs=2),
}
DRAWN = {
    "run": {*FIGURES},
    "compare": {"differences", "map"},
    "country": {"timeline-KEN", "timeline-BIH"},
    "persistence": {"persistence"},
    "survival": {"persistence", "persistence-heat"},
    "validate": {"targets", "fates"},
    "sensitivity": {"morris", "sobol"},
    "bounds": {"bounds"},
    "sweep": {"curves", "heat", "main-effects", "effects"},
}


def test_groups_of_few_countries_are_neither_drawn_nor_named() -> None:
    """Of two countries a mean of 1.2 lies outside of nine runs in ten: all have 0."""
    sizes = full().country_groups["region"].value_counts()
    small = {str(name) for name in sizes.index[sizes < 5]}
    assert small and not small & {*large_groups(full(), "region")}
    figure = FIGURES["adoption-by-region"](full())
    texts = [text.get_text() for text in figure.axes[0].texts]
    named = [text for text in texts if any(text.startswith(name) for name in sizes.index)]
    assert len(named) == len(sizes) - len(small)
    assert not any(name in text for name in small for text in [*named, str(figure.get_label())])
    assert large_groups(full(), "vendor") == full().groups["vendor"]


SLOW = ("bounds", "country", "survival", "validate")
"""These take seconds each: `run` and `sweep` draw the same kinds, and `bounds` its own tests."""


@pytest.mark.usefixtures("two_steps")
@pytest.mark.parametrize(
    "study", [pytest.param(s, marks=[pytest.mark.slow] * (s in SLOW)) for s in STUDIES]
)
def test_figures_are_drawn_within_their_canvas(
    study: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = STUDIES[study](tmp_path_factory.getbasetemp())
    assert set(found.figures) == DRAWN.get(study, {"effects"})
    for name in found.figures:
        figure = found.draw(name)
        assert not beyond(figure), (name, beyond(figure))
        title = str(figure.get_label())
        assert title and not SUPERLATIVE.search(title) and not SLUG.search(title), title
        assert min(text.get_fontsize() for text in texts_of(figure)) >= SMALL, name
        assert isinstance(figure, Canvas) and len(figure.data) >= len(figure.panels), name
        assert not overlapping(figure, heads_of(figure)), name
        with drawn_for(NARROW):
            narrow = found.draw(name)
        assert narrow.get_size_inches()[1] <= (MOST_HEIGHT + 1e-9) * MM
        assert not beyond(narrow), (name, beyond(narrow))
        for texts in (heads_of(narrow), *(a.get_xticklabels() for a in narrow.axes if a.axison)):
            assert not overlapping(narrow, texts), name
        # Without its deck, a figure names its unit at an axis or in the titles of its panels.
        said = [f"{ax.get_title('left')} {ax.get_xlabel()} {ax.get_ylabel()}" for ax in narrow.axes]
        assert UNITS.search(" ".join(said)), (name, said)
        assert isinstance(narrow, Canvas) and narrow.words.startswith(title)


@pytest.mark.slow
def test_a_figure_is_the_same_file_whatever_was_drawn_before_it(tmp_path: Path) -> None:
    """Before it: other figures in the same process, or the same figure in another format."""
    name, files = "adoption-by-regime", []
    drawn = {name: partial(FIGURES[name], full())}
    for formats in (["pdf"], ["svg", "pdf"], ["svg", "pdf"]):
        canvas.save_figures(drawn, tmp_path, formats)
        files.append([(tmp_path / f"{name}.{ending}").read_bytes() for ending in formats])
        canvas.save_figures({"map": partial(FIGURES["map"], full())}, tmp_path, ["png"])
    assert files[0] == files[1][1:] and files[1] == files[2]
    assert b"<dc:date>" not in files[1][0]


def test_a_paper_has_its_title_letters_font_and_the_numbers_drawn(tmp_path: Path) -> None:
    contracts = summary(full()).figures["contracts"]
    figures = {"differences": sim.compare(full()).figures["differences"], "contracts": contracts}
    settings: Any = {"title": "Mine", "letters": True, "font": "DejaVu Serif"}
    canvas.save_figures(figures, tmp_path, ["svg"], **settings)
    first, second = (tmp_path.joinpath(f"{name}.svg").read_text() for name in figures)
    assert ">Mine<" in first and ">Mine<" not in second and "DejaVu Serif" in second
    assert ">a  Working Chinese systems" in first and ">b  " in first
    table = pd.read_csv(tmp_path / "differences.csv").query("year == 2040").set_index("panel")
    before, after = full().values("working").isel(year=-1).mean("run").to_numpy().ravel()
    assert [name[:1] for name in table.index] == [*"abcdefgh"[: len(table)]]
    assert table["mean"].iloc[0] == pytest.approx(after - before, rel=1e-5)
    (tmp_path / "contracts.csv").write_text("mine")
    with pytest.raises(sim.InputError, match=r"contracts\.csv is a folder, or a file"):
        canvas.save_figures(figures, tmp_path)
    with pytest.raises(sim.InputError, match="no font 'Ariel'"):
        canvas.save_figures(figures, tmp_path / "other", font="Ariel")
    assert style.SETTINGS["font.family"] == style.FAMILY


def _edit_picture(path: Path) -> None:
    with Image.open(path) as image:
        info = PngInfo()
        for name, value in image.text.items():  # type: ignore[attr-defined]
            info.add_text(name, value)
        ImageOps.invert(image.convert("RGB")).save(path, pnginfo=info)


EDITS: dict[str, Any] = {
    "png": _edit_picture, "pdf": lambda path: path.write_bytes(path.read_bytes() + b"% mine"),
    "csv": lambda path: path.write_text(path.read_text().replace(".", "9.", 1)),
    "txt": lambda path: path.write_text("mine" + path.read_text()),
}  # fmt: skip


def test_an_edited_figure_is_refused_and_ours_are_replaced_without_a_record(tmp_path: Path) -> None:
    figures = {"contracts": summary(full()).figures["contracts"]}
    draw = partial(canvas.save_figures, figures, tmp_path, ["png", "pdf"], plain=True)
    for title in ("One", "Two"):
        paths = {path.suffix[1:]: path for path in draw(title=title)}
        Image.open(paths["png"]).verify()
        assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths.values()}
    for ending, edit in EDITS.items():
        edit(paths[ending])
        edited = paths[ending].read_bytes()
        with pytest.raises(sim.InputError, match=rf"contracts\.{ending} is .*fresh replaces it"):
            draw()
        assert paths[ending].read_bytes() == edited
        draw(fresh=True)


def beyond(figure: Figure) -> list[str]:
    """Return the texts that reach beyond the canvas; of an axis, the numbers that it shows."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    texts = {id(text): text for text in figure.findobj(matplotlib.text.Text)}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = axis._update_ticks() if axes.get_visible() else []  # type: ignore[attr-defined]
            for tick in {*axis.majorTicks, *axis.minorTicks} - {*drawn}:
                texts.pop(id(tick.label1), None)
                texts.pop(id(tick.label2), None)
    found = []
    for text in texts.values():
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent(renderer)
            if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
                found.append(text.get_text())
    return found


def texts_of(figure: Figure) -> list[matplotlib.text.Text]:
    """Return the texts of a figure that say something."""
    texts = figure.findobj(matplotlib.text.Text)
    return [text for text in texts if text.get_text().strip()]  # type: ignore[attr-defined]


def overlapping(figure: Figure, texts: Iterable[matplotlib.text.Text]) -> list[str]:
    """Return texts of which each reaches into another."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    shown = [text for text in texts if text.get_text() and text.get_visible()]
    boxes = {text: text.get_window_extent(renderer) for text in shown}
    return [
        one.get_text() for one, two in combinations(shown, 2) if boxes[one].overlaps(boxes[two])
    ]


def heads_of(figure: Figure) -> list[matplotlib.text.Text]:
    """Return the titles of panels."""
    return [ax._left_title for ax in figure.axes if ax.get_visible()]  # type: ignore[attr-defined]
