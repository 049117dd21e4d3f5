"""Examples run as they are, and do what they say."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import sim
from sim.engine.mesa_model import CountryAgent, EntrenchModel

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def stubborn() -> ModuleType:
    name = "stubborn_states"
    specification = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", [file.name for file in sorted(EXAMPLES.glob("*.ipynb"))])
def test_notebooks_run_and_show_something_in_every_cell(name: str, tmp_path: Path) -> None:
    import nbclient  # in seconds, which collecting would pay for in every process
    import nbformat

    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "commit it without outputs"
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": tmp_path}}
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kinds = {kind for output in cell.outputs for kind in output.get("data", ())}
            assert kinds & {"image/png", "text/html", "text/plain"}, cell.source
            assert "image/png" in kinds or "draw(" not in cell.source


def test_the_usual_model_is_the_engine_s(
    stubborn: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = {"horizon.end": 2012}
    monkeypatch.setattr(stubborn, "EntrenchModel", partial(EntrenchModel, **until))
    results = sim.make_runs("baseline", runs=1, seed=1, set=until)
    engine = results.values("working").isel(point=0, run=0, year=-1)
    assert stubborn.working_at_the_end(CountryAgent, 0) == engine


def test_stubborn_states_leave_less(stubborn: ModuleType) -> None:
    left = {}
    for kind in (CountryAgent, stubborn.StubbornState):
        years = {"horizon.start": 2011, "horizon.end": 2016}
        model = EntrenchModel("baseline", seed=1, country_class=kind, **years)
        model.run()
        left[kind] = sum(c.switched + c.switched_off for c in model.countries)
        assert np.isfinite([c.exit_cost for c in model.countries]).all()
    assert left[stubborn.StubbornState] < left[CountryAgent]
