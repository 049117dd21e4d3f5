"""The stored response surface: whole, of the rules as they are, and laid over any page's curves."""

import json
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np

from sim.experiment import design_of
from sim.model.register import SHIPPED
from sim.page.contents import SURFACE, WORDS, schema, stored_surface
from sim.runs.runner import identity
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.seeds import seeds_from

surface = SimpleNamespace(**run_path(str(Path(__file__).parents[2] / "analyses" / "surface.py")))
STORED = json.loads(SURFACE.read_text(encoding="utf-8"))


def test_it_has_every_lever_from_end_to_end() -> None:
    """A slider is the plausible range and as much on either side, within what is allowed."""
    fields = {f"{s['name']}.{key}": f for s in schema(SHIPPED) for key, f in s["keys"].items()}
    shown = [lever["path"] for lever in WORDS["levers"] if lever.keys() & {"lead", "first"}]
    assert {*shown} - {"stop"} == {*surface.LEVERS} - {surface.DATE}
    for lever, at in surface.LEVERS.items():
        row = STORED["levers"][lever]
        assert row["at"] == [*at] == sorted(at)
        for way in ("stops", "goes"):
            assert np.shape(row[way]) == (len(at), 5, 10)
        if lever in fields:
            low, high = fields[lever]["plausible"]
            wide = high - low
            assert at[0] <= max(fields[lever]["low"], low - wide) + 1e-9
            assert at[-1] >= min(fields[lever]["high"], high + wide) - 1e-9
    for pair, grid in STORED["pairs"].items():
        assert {*pair.split()} <= {*surface.LEVERS}
        assert np.shape(grid["by"]) == (*map(len, grid["at"]), 5, 10)


def test_pages_of_other_rules_sets_or_draws_do_without_it() -> None:
    same = STORED["of"]
    assert stored_surface(same) == STORED
    for key in same:
        assert stored_surface({**same, key: "other"}) is None


def test_it_is_of_the_rules_as_they_are() -> None:
    """Else: ``uv run python analyses/surface.py``, six minutes."""
    scenario = load_scenario(surface.ALTERNATIVE).in_world(seeds_from(None, "documented"))
    design = design_of(
        {scenario.name: scenario}, runs=1, seed=surface.SEED, plausible=shipped_plausible()
    )
    assert stored_surface(identity(design)) is not None
