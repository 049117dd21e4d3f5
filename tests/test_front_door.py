"""`import sim`: lazy, the same files as the command; its examples hold."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
import tempfile
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import entrench
import sim
from sim.cli import app
from sim.studies.report import as_json

RUNS = 6
LATE = {"horizon.start": 2018}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> sim.Results:
    folder = tmp_path_factory.mktemp("runs") / "baseline"
    return sim.make_runs("baseline", runs=RUNS, set=LATE, out=folder)


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "matplotlib", "numba", "mesa", "pyarrow", "pydantic", "sim.cli")
    code = f"import sim, sys; sys.exit(sum(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_name_is_there_and_listed() -> None:
    for name, home in sim._HOMES.items():
        assert unwrap(getattr(sim, name)) is getattr(import_module(home), name)
        assert getattr(entrench, name) is getattr(sim, name)
    assert dir(sim) == dir(entrench) == sorted([*sim.__all__, "open"])
    names: dict[str, Any] = {}
    exec("from entrench import *", names)
    assert names.keys() - {"__builtins__"} == {*sim.__all__}  # none of Python's own, as `open` is
    stub = (Path(sim.__file__).with_suffix(".pyi")).read_text()
    assert {line.split()[-1] for line in stub.splitlines() if " as " in line} == set(sim._HOMES)
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        sim.rum  # noqa: B018


def test_another_package_named_sim_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sim", doctest)
    with pytest.raises(ImportError, match=r"doctest\.py is not Entrench's"):
        entrench.run  # noqa: B018


def examples_run(of: Any, known: dict[str, Any]) -> dict[str, Any]:
    """Run a docstring's examples where these names are known; return those known after it."""
    text, name = unwrap(of).__doc__, of.__name__
    test = doctest.DocTestParser().get_doctest(text, known, name, None, 0)
    assert test.examples, name
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(test, clear_globs=False).failed == 0
    return test.globs


def test_examples() -> None:
    for module in (sim, entrench):
        examples_run(module, vars(module))


METHODS = {
    "Results": ("asking", "values", "panel", "dataset", "curve", "frame", "scenario"),
    "Report": ("draw", "save"),
    "EntrenchModel": ("step", "outcome", "run"),
}
LONG = ("bounds", "country", "make_page", "persistence", "sensitivity", "validate")


@pytest.mark.usefixtures("two_steps")
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LONG)) for n in sim._HOMES]
)
def test_each_public_name_and_method_has_examples_that_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of methods run after those of their class."""
    monkeypatch.chdir(tmp_path)
    public = getattr(sim, name)
    known = examples_run(public, {"sim": sim, "pd": pd})
    for method in METHODS.get(name, ()):
        known = examples_run(getattr(public, method), known)


def test_a_function_returns_what_its_command_prints(tmp_path: Path) -> None:
    def printed(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    described = sim.describe("no-peers").reset_index()
    assert printed("describe", "no-peers")["values"] == json.loads(as_json(described))
    short = ("--runs", "1", "--set", "horizon.end=2031", "--no-figures", "--out", str(tmp_path))
    ran = sim.run("no-peers", runs=1, set={"horizon.end": 2031})
    assert printed("run", "no-peers", *short) == json.loads(as_json(ran.to_dict()))


def test_curves_are_those_of_the_series(base: sim.Results) -> None:
    curve = base.curve("working", by="regime", years=[2020, 2040])
    series = base.series().query("outcome == 'working' and group_kind == 'regime'")
    both = curve.merge(series, on=["group", "year"], suffixes=("", "_series"))
    assert len(both) == 8
    for name in ("mean", "q05", "q95"):
        assert both[name].to_list() == pytest.approx(both[f"{name}_series"].to_list(), rel=1e-5)


def test_runs_in_memory_are_those_of_a_folder_and_write_nothing(
    base: sim.Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    mine = sim.make_runs("baseline", runs=RUNS, set=LATE)
    assert not list(tmp_path.rglob("*"))
    for ours, theirs in (
        (mine.series(), base.series()),
        (mine.countries(), base.countries()),
        (mine.parameters, base.parameters),
        (mine.panel("working"), base.panel("working")),
        (mine.dataset(), base.dataset()),
    ):
        assert len(ours) and ours.equals(theirs)
    np.testing.assert_array_equal(mine.values("working"), base.values("working"))
    assert sim.compare(mine, base).results.labels == ["baseline", "baseline (2)"]


def test_rng_is_a_seed_and_progress_is_told() -> None:
    short = {"horizon.end": 2001}
    told: list[Any] = []
    seven = sim.make_runs(runs=1, set=short, rng=7, progress=lambda *n: told.append(n))
    assert seven.seed == 7
    assert told == [(0, 1), (1, 1)]


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("sim.make_runs", (), {"runs": 2.5}, "^runs 2.5: allowed: whole numbers"),
    ("sim.make_runs", (), {"engine": "meas"}, "^engine 'meas': .*did you mean 'mesa'"),
    ("sim.make_runs", ("baseline", 5), {}, "1 positional argument"),
    ("sim.make_runs", (), {"cluster": object()}, "^cluster <object"),
    ("sim.make_runs", (), {"fresh": True}, "^fresh: .*; give out"),
    ("sim.make_runs", (), {"seed": 1, "rng": 7}, "give one"),
    ("sim.make_runs", (), {"rnus": 3}, "'rnus'; did you mean 'runs'"),
    ("sim.make_runs", (), {"mechanism": "rule.py"}, "'mechanism'; did you mean 'mechanisms'"),
    ("sim.compare", (), {"bananas": True}, r"^sim\.compare: no argument 'bananas'"),
    ("sim.calibrate", (), {}, "calibrate needs out: a folder"),
    ("base.panel", ("working", 2022.9), {}, r"not kept: 2022\.9"),
    ("base.scenario", (7,), {}, "^point 7: allowed: 0 to 0"),
    ("base.curve", ("workin",), {}, "working"),
    ("base.curve", ("working",), {"years": []}, "were not kept: none"),
    ("base.curve", ("working",), {"by": "regoin"}, "no kind of group 'regoin'.* 'region'"),
]


@pytest.mark.parametrize(("call", "values", "named", "text"), WRONG)
def test_a_wrong_argument_is_told_in_a_sentence(
    base: sim.Results, call: str, values: tuple[Any, ...], named: dict[str, Any], text: str
) -> None:
    of, _, name = call.partition(".")
    function = getattr(sim if of == "sim" else base, name)
    with pytest.raises((sim.InputError, TypeError), match=text):
        function(*values, **named)


def test_settings_of_events_count_where_the_event_is() -> None:
    moved = {"events.offer-withdrawn.date": 2033}
    diff = sim.compare("baseline", "offer-withdrawn-2030", runs=1, set=moved)
    events = diff.results.scenario(1).events
    assert {event.name: event.date for event in events}["offer-withdrawn"] == 2033.0


TYPED = """
import entrench as sim
class Mine(sim.CountryAgent):
    def step(self) -> None: ...
model = sim.EntrenchModel("baseline", seed=1, country_class=Mine, set={"contracts.term": 5})
working: float = model.countries[0].working
reveal_type(sim.make_runs("baseline", rng=3))
reveal_type(sim.__version__)
"""


@pytest.mark.slow
def test_a_user_s_file_has_types(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TYPED)
    mypy = [sys.executable, "-m", "mypy", "--strict", "mine.py"]
    done = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert 'is "sim.runs.dataset.Results"' in done.stdout and 'is "str"' in done.stdout
