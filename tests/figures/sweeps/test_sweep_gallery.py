"""Which figures of a sweep are drawn, under which names, and the same every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
from PIL import Image
from results import fake
from typer.testing import CliRunner, Result

from figures.drawn import save_sweep, sweep_names
from figures.synthetic_sweep import EXIT, LABELS, TERM, FakeFactor, make_sweep, number, twelve
from sim.cli import app
from sim.errors import InputError
from sim.figures import register
from sim.figures.caption import origin
from sim.figures.save import FORMATS
from sim.figures.sweeps.reading import kept_years, shared_events
from sim.results.points import Points

GRID = make_sweep([EXIT, TERM], replicates=3)
RANDOM = make_sweep(twelve(), kind="latin-hypercube", points=64, replicates=2)


@pytest.mark.parametrize(
    ("factors", "kind", "names"),
    [
        ([EXIT], "grid", ["response", "over-years"]),
        ([EXIT, TERM], "grid", ["heat-map", "response", "over-years"]),
        ([EXIT, TERM, LABELS], "grid", ["heat-map", "response-by-factor", "tornado", "over-years"]),
        (
            [number(n, n, "", 0, 1, 2) for n in "abcd"],
            "grid",
            ["response-by-factor", "tornado", "over-years"],
        ),
        (twelve()[:1], "sobol", ["response", "over-years"]),
        (twelve()[:2], "sobol", ["response-by-factor", "tornado", "over-years"]),
        (twelve(), "latin-hypercube", ["response-by-factor", "tornado", "over-years"]),
        ([EXIT, FakeFactor("x", "X", "", "number", (1.0,))], "grid", ["response", "over-years"]),
    ],
)
def test_the_design_decides(factors: list[FakeFactor], kind: str, names: list[str]) -> None:
    sweep = make_sweep(factors, kind=kind, replicates=1)
    assert sweep_names(sweep) == names


def test_one_year_has_no_curves_over_years() -> None:
    sweep = make_sweep([EXIT], years=(2040,))
    assert sweep_names(sweep) == ["response"]


def test_files_are_named_after_figure_and_outcome(tmp_path: Path) -> None:
    written = save_sweep(GRID, tmp_path, formats=["svg"])
    each = ("working", "adopters", "trained")
    assert [path.name for path in written] == [
        *(f"heat-map-{name}.svg" for name in each),
        "response.svg",
        *(f"over-years-{name}.svg" for name in each),
    ]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    (only,) = save_sweep(RANDOM, tmp_path, ["tornado"], ["trained"], 2030, ["png"])
    assert only.name == "tornado-trained.png"


def test_without_the_usual_outcomes_the_first_is_shown(tmp_path: Path) -> None:
    sweep = make_sweep([EXIT, TERM], replicates=1, outcomes=["working_share"])
    (path,) = save_sweep(sweep, tmp_path, ["heat-map"], formats=["png"])
    assert path.name == "heat-map-working_share.png"


def test_the_year_is_the_last_one_kept_unless_given(tmp_path: Path) -> None:
    sweep = make_sweep([EXIT, TERM], replicates=1, years=(2025, 2030))
    (last,) = save_sweep(sweep, tmp_path, ["heat-map"], ["working"], formats=["svg"])
    assert "end of 2030" in last.read_text()
    (first,) = save_sweep(sweep, tmp_path, ["heat-map"], ["working"], 2025, ["svg"])
    assert "end of 2025" in first.read_text()


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        save_sweep(
            RANDOM, tmp_path / "out", ["tornados", "heat-map"], ["workin"], 2050, ["gif"]
        )  # fmt: skip
    told = "\n".join(caught.value.messages)
    assert len(caught.value.messages) == 5
    assert "did you mean 'tornado'" in told
    assert (
        "heat-map: not possible" in told
        and "possible are: response-by-factor, tornado, over-years" in told
    )
    assert "did you mean 'working'" in told
    assert "the end of 2050 was not kept; there are: 2000-2040" in told
    assert "png, svg" in told
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="two factors that vary"):
        save_sweep(make_sweep([EXIT]), tmp_path / "out", ["heat-map"])
    with pytest.raises(InputError, match="there are: 2001, 2005-2006"):
        save_sweep(make_sweep([EXIT], years=(2001, 2005, 2006)), tmp_path, year=2002)


def test_a_sweep_without_ends_of_years_is_refused(tmp_path: Path) -> None:
    sweep = make_sweep([EXIT])
    sweep.quarters = [0, 1, 2]
    assert kept_years(sweep) == []
    with pytest.raises(InputError, match="no end of a year"):
        save_sweep(sweep, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("sweep", [GRID, RANDOM], ids=["grid", "random"])
def test_the_same_bytes_whatever_the_users_settings(sweep: object, tmp_path: Path) -> None:
    save_sweep(sweep, tmp_path / "a", outcomes=["working"])  # type: ignore[arg-type]
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False, "svg.hashsalt": "x"}):
        save_sweep(sweep, tmp_path / "b", outcomes=["working"])  # type: ignore[arg-type]
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.slow
def test_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from figures.drawn import save_sweep;"
        "from figures.synthetic_sweep import EXIT, TERM, make_sweep;"
        f"save_sweep(make_sweep([EXIT, TERM], replicates=3), Path({str(tmp_path / 'other')!r}),"
        "['heat-map'], ['working'])"
    )
    save_sweep(GRID, tmp_path / "here", ["heat-map"], ["working"])
    tests = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", program], check=True, env=os.environ | {"PYTHONPATH": tests}
    )
    for ending in FORMATS:
        here, other = (tmp_path / f / f"heat-map-working.{ending}" for f in ("here", "other"))
        assert here.read_bytes() == other.read_bytes()


def test_metadata_and_caption_tell_the_origin_and_no_time(tmp_path: Path) -> None:
    png, svg = save_sweep(GRID, tmp_path, ["heat-map"], ["working"])
    text = Image.open(png).text  # type: ignore[attr-defined]
    assert (text["Experiment"], text["Seed"], text["Version"]) == (
        "exit-cost-and-term",
        "1",
        "0.1.0",
    )
    assert (text["Points"], text["Replicates"]) == ("16", "3")
    drawing = svg.read_text().replace("\xa0", " ")
    for fact in ("exit-cost-and-term · 16 points × 3 replicates · seed 1", "Points: 16"):
        assert fact in drawing
    assert "dc:date" not in drawing


def test_events_that_all_scenarios_share_are_marked() -> None:
    events = [{"name": name, "date": 2026.0 + at} for at, name in enumerate(["a", "b", "c"])]
    moved = [*events[:2], {"name": "c", "date": 2035.0}]
    experiment = {
        "scenarios": {"one": {"events": events}, "two": {"events": moved}},
        "factors": [{"name": "events.b.date"}],
    }
    assert shared_events({"experiment": experiment}) == events[:1]
    level = {"name": "x", "levels": {"on": {"events.a.contracts.term": 5}}}
    experiment["factors"] = [level]
    assert shared_events({"experiment": experiment}) == events[1:2]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "sweep"
    cells = tuple((cost, label) for cost in (0.0, 1.5, 3.0) for label in ("true", "false"))
    factors = [
        {"name": "cost", "title": "Cost", "unit": "u", "kind": "number", "values": [0.0, 1.5, 3.0]},
        {"name": "on", "title": "On", "unit": "", "kind": "label", "values": ["true", "false"]},
    ]
    experiment = {
        "name": "made-up",
        "title": "Made up",
        "factors": factors,
        "design": {"kind": "grid", "points": 6},
        "replicates": 2,
        "seed": 3,
    }
    manifest = {"version": "9", "seed": 3, "runs": 12, "experiment": experiment}
    fake.fill(path, manifest=manifest, runs=12, points=Points(("cost", "on"), cells, 2))
    return path


def test_plot_knows_a_sweep(folder: Path, tmp_path: Path) -> None:
    results = [run("plot", folder, "--out", tmp_path / name) for name in "ab"]
    assert [result.exit_code for result in results] == [0, 0], results[0].output
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert "heat-map-trained.png" in names and "response.svg" in names
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    one = run(
        "plot", folder, "--out", tmp_path / "c", "--figure", "heat-map", "--outcome", "value",
        "--outcome", "lock_in", "--year", 2020, "--format", "svg",
    )  # fmt: skip
    assert one.exit_code == 0, one.output
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == [
        "heat-map-lock_in.svg",
        "heat-map-value.svg",
    ]
    assert "end of 2020" in (tmp_path / "c" / "heat-map-value.svg").read_text()


def test_plot_lists_what_a_sweep_allows(folder: Path) -> None:
    lines = run("plot", folder, "--list").stdout.splitlines()
    names = list(register.figures_of(register.SWEEP))
    assert [line.split()[0] for line in lines] == [n for n in names if n != "response-by-factor"]


def test_plot_tells_wrong_options(folder: Path, tmp_path: Path) -> None:
    result = run("plot", folder, "--figure", "heatmap", "--outcome", "trainde", "--year", 2099)
    assert result.exit_code == 2 and "Traceback" not in result.output
    for hint in ("'heat-map'", "'trained'", "2099"):
        assert hint in result.output
    runs = tmp_path / "runs"
    fake.fill(runs)
    result = run("plot", runs, "--outcome", "trained", "--year", 2030)
    assert result.exit_code == 2
    assert "--year is for the folder of a sweep" in result.output
    result = run("plot", folder, "--by", "region", "--state", "KEN")
    assert result.exit_code == 2
    for option in ("--by", "--state"):
        assert f"{option} is for the folder of a run" in result.output


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, ""),
        ({"parameters": "plausible: 7 sets"}, " Replicates differ in chance and plausible"),
        ({"parameters": "those of each point"}, " Replicates differ in chance alone."),
    ],
)
def test_a_caption_says_what_replicates_differ_in(parameters: dict[str, str], told: str) -> None:
    text = origin({"experiment": {"name": "made-up", "base": "baseline"}, **parameters})
    assert text.startswith("made-up, from baseline") and told in text
    assert ("Replicates differ" in text) is bool(told)
