"""`import sim`: lazy, the same bytes as the command, shown well; its examples hold."""

from __future__ import annotations

import doctest
import gc
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import sim
from sim.cli import app
from sim.errors import InputError
from sim.experiment import load_experiment

RUNS = 6
EXPERIMENT = """
title = "Terms"
base = "offer-withdrawn-2030"
replicates = 2
[[factors]]
key = "contracts.term"
values = [3.0, 20.0]
"""
SLOW_EXAMPLES = tuple(
    f"sim.studies.{study}" for study in ("country", "discovery", "persistence", "validation")
)
EXAMPLES = sorted({*sim._HOMES.values()} - {"sim.scenario", "sim.errors", "sim.engine.model"})


def entrench(*arguments: object) -> None:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def base() -> sim.Runs:
    return sim.run("baseline", runs=RUNS)


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "matplotlib", "numba", "mesa", "pyarrow", "pydantic", "sim.cli")
    code = f"import sim, sys; sys.exit(sum(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_name_is_there_and_listed() -> None:
    for name, home in sim._HOMES.items():
        assert getattr(sim, name) is getattr(import_module(home), name)
        assert name in dir(sim)
    stub = (Path(sim.__file__).with_suffix(".pyi")).read_text()
    assert {line.split()[-1] for line in stub.splitlines() if " as " in line} == set(sim._HOMES)
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        sim.rum  # noqa: B018


@pytest.mark.parametrize(
    "module",
    [
        "sim",
        *(
            pytest.param(name, marks=pytest.mark.slow) if name in SLOW_EXAMPLES else name
            for name in EXAMPLES
        ),
    ],
)
def test_examples(module: str) -> None:
    found = doctest.testmod(import_module(module))
    assert found.failed == 0 and found.attempted > 0


def test_run_gives_the_commands_files(base: sim.Runs, tmp_path: Path) -> None:
    entrench("run", "baseline", "--runs", RUNS, "--no-figures", "--quiet", "--out", tmp_path / "r")
    for name in ("series.csv", "countries.csv", "runs.parquet", "country_runs.parquet"):
        assert (base.folder / name).read_bytes() == (tmp_path / "r" / name).read_bytes()
    opened = sim.open(tmp_path / "r")
    assert isinstance(opened, sim.Runs) and opened.manifest == base.manifest
    pd.testing.assert_frame_equal(opened.countries(), base.countries())


def test_compare_persistence_and_sweep_give_the_commands_files(
    base: sim.Runs, tmp_path: Path
) -> None:
    quiet = ("--no-figures", "--quiet", "--out")
    entrench("compare", "baseline", "no-exit-cost", "--runs", RUNS, *quiet, tmp_path / "c")
    sim.compare(base, "no-exit-cost").save(tmp_path / "p", figures=False)
    entrench("persistence", "--runs", RUNS, "--against", "none", *quiet, tmp_path / "l")
    sim.persistence(runs=RUNS, against="none", out=tmp_path / "q", figures=False)
    (tmp_path / "terms.toml").write_text(EXPERIMENT)
    entrench("sweep", tmp_path / "terms.toml", *quiet, tmp_path / "s")
    swept = sim.sweep(tmp_path / "terms.toml", out=tmp_path / "t", figures=False)
    for one, other in ("cp", "lq", "st"):
        names = [p.name for p in (tmp_path / one).iterdir() if p.suffix in (".csv", ".parquet")]
        assert names
        for name in names:
            own = (tmp_path / one / name).read_bytes()
            assert own == (tmp_path / other / name).read_bytes(), name
    assert list(swept.points_frame["contracts.term"]) == [3.0, 20.0]
    assert swept.draw().axes


def test_curves_are_those_of_the_series(base: sim.Runs) -> None:
    curve = base.curve("working", by="regime", years=[2020, 2040])
    series = base.series()
    for row in curve.itertuples():
        (own,) = series[
            (series.outcome == "working")
            & (series.group_kind == "regime")
            & (series.group == row.group)
            & (series.year == row.year)
            & (series.quarter == 4)
        ].itertuples()
        assert [row.mean, row.q05, row.q95] == pytest.approx([own.mean, own.q05, own.q95], rel=1e-5)
    with pytest.raises(sim.InputError, match="did you mean 'working'"):
        base.curve("workin")


def test_runs_draw_their_figures(base: sim.Runs) -> None:
    assert base.draw().axes


def test_a_temporary_folder_goes_with_its_object() -> None:
    results = sim.run("baseline", runs=1, set={"horizon.end": 2005})
    folder = results.folder
    assert folder.is_dir() and results.last_year == 2005
    del results
    gc.collect()
    assert not folder.exists()


def test_shown_in_a_notebook(base: sim.Runs) -> None:
    assert "<table>" in base._repr_html_() and "Ever trained" in base._repr_html_()
    diff = sim.compare(base, "no-exit-cost", outcomes=["working"])
    assert "no-exit-cost less baseline" in diff._repr_html_()
    assert set(diff.differences()["outcome"]) == {"working"}
    assert len(diff.countries()) == 195
    for drawn in (base.draw(), diff.draw("differences")):
        assert drawn._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    with pytest.raises(sim.InputError, match="no figure 'x'; there are: differences"):
        diff.draw("x")


def test_settings_of_events_hold_where_the_event_is() -> None:
    moved = {"events.offer-withdrawn.date": 2033}
    diff = sim.compare("baseline", "offer-withdrawn-2030", runs=1, set=moved)
    dates = {event["name"]: event["date"] for event in diff.manifest["scenario"]["events"]}
    assert dates["offer-withdrawn"] == 2033.0
    with pytest.raises(sim.InputError, match="offer-withdraw"):
        sim.compare("baseline", "no-peers", runs=1, set={"events.offer-withdraw.date": 2033})


@pytest.mark.parametrize("given", [{"runs": "x"}, {"runs": 2.5}, {"seed": 2.5}, {"runs": True}])
def test_what_is_no_whole_number_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allowed: a whole number"):
        sim.run("baseline", **{"runs": 1, **given})


def test_results_at_hand_are_called_by_what_is_set(base: sim.Runs) -> None:
    short = sim.run("baseline", runs=RUNS, set={"contracts.term": 5})
    shown = sim.compare(base, short, outcomes=["working"])._repr_html_()
    assert "baseline with contracts.term=5 less baseline," in shown
    with pytest.raises(InputError, match=r"5 \(2\) is the same scenario as baseline with"):
        sim.compare(short, short)


def test_running_draws_and_is_strict_as_the_command(tmp_path: Path) -> None:
    short: dict[str, Any] = {"set": {"horizon.end": 2003}}
    drawn = sim.run("baseline", runs=1, out=tmp_path / "drawn", **short)
    assert drawn.report and drawn.report.runs == 1
    assert (drawn.folder / "figures" / "adoption-world.png").is_file()
    again = sim.run("baseline", runs=1, out=tmp_path / "drawn", figures=False, **short)
    assert again.report and again.report.runs == 0
    with pytest.raises(InputError, match="with --strict that is an error"):
        sim.run("ai-leap", strict=True, **short)
    with pytest.raises(InputError, match="holds finished runs"):
        sim.run(drawn.folder)
    (tmp_path / "terms.toml").write_text(EXPERIMENT)
    with pytest.raises(InputError, match="exclude each other"):
        sim.sweep(tmp_path / "terms.toml", threads=1, cluster="tcp://a:1")
    loaded = load_experiment(tmp_path / "terms.toml")
    with pytest.raises(InputError, match="at hand: leave out --replicates"):
        sim.sweep(loaded, replicates=3)


def test_known_takes_what_is_known_once() -> None:
    with pytest.raises(InputError, match="leave out known="):
        sim.known("documented", known="nonsense.csv", runs=1)


def test_results_are_short_where_they_are_printed() -> None:
    """In a plain session a result is printed as it is: not with the whole question in it."""
    base = sim.run("baseline", runs=np.int64(2), set={"horizon.end": 2003})
    folder = base.folder
    assert repr(base) == f"<Runs of baseline: 2 histories in {folder}>"
    assert repr(base.summary()) == "<RunSummary>"
    against = sim.compare(base, sim.run("no-exit-cost", runs=2, set={"horizon.end": 2003}))
    assert repr(against) == "<Compared: differences.csv, countries.csv>"
