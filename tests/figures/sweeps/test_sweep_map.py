"""The map of a sweep: what its first factor changes between its ends, state by state."""

from __future__ import annotations

import numpy as np
import pandas as pd

from figures.synthetic_sweep import FakeFactor, FakeSweep, make_sweep
from sim.figures import register
from sim.figures.sweeps.world_map import figure_map
from sim.world.seeds import shipped_seeds

TERM = FakeFactor("contracts.term", "Contract term", "years", "number", (3.0, 8.0, 20.0))
CODES = [state.iso3 for state in shipped_seeds().countries]


def made(step: float, replicates: int = 40) -> FakeSweep:
    """A sweep in which ten states gain with every step of the factor, on the same luck."""
    sweep = make_sweep([TERM], replicates=replicates)
    rows = [
        {"point": point, "iso3": code, "p_working_2040": 0.5}
        for point in range(sweep.points)
        for code in CODES
    ]
    sweep.states = pd.DataFrame(rows)
    chance = np.full((sweep.points, len(CODES)), 0.4)
    chance[:, :10] += step * np.arange(sweep.points)[:, np.newaxis]
    luck = np.random.default_rng(1).random((replicates, len(CODES)))
    sweep.works = luck[sweep.replicate_of_run] < chance[sweep.point_of_run]
    return sweep


def test_states_are_counted_and_coloured_where_the_change_is_beyond_chance() -> None:
    sweep = made(0.2)
    figure = figure_map(sweep)  # type: ignore[arg-type]
    assert figure.get_label() == "Contract term decides about a system in 10 states in 2040"
    assert figure.axes[0].get_title(loc="left") == "From 3 to 20"
    # With few runs twenty points may be chance; with many of the same parameter set, too.
    few = figure_map(made(0.1, replicates=4))  # type: ignore[arg-type]
    assert few.get_label() == "Change by contract term, state by state"
    sweep.manifest = {**sweep.manifest, "set_weights": [0.5, 0.5]}
    assert figure_map(sweep).get_label() == few.get_label()  # type: ignore[arg-type]


def test_why_there_is_no_map() -> None:
    drawing = register.figures_of(register.SWEEP)["map"]
    assert "countries = true" in drawing.why_not({"sweep": make_sweep([TERM])})
    assert "one replicate" in drawing.why_not({"sweep": made(0.2, replicates=1)})
    assert not drawing.why_not({"sweep": made(0.2)})
    assert np.isfinite(made(0.2).states["p_working_2040"]).all()
