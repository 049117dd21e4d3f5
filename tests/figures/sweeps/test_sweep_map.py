"""The map of a sweep: what its first factor changes between its ends, state by state."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from figures.synthetic_sweep import FakeFactor, FakeSweep, make_sweep
from sim.figures import register
from sim.figures.sweeps.world_map import figure_map
from sim.world.seeds import shipped_seeds

TERM = FakeFactor("contracts.term", "Contract term", "years", "number", (3.0, 8.0, 20.0))
CODES = [state.iso3 for state in shipped_seeds().countries]


def made(step: float, replicates: int = 40) -> FakeSweep:
    """A sweep in which ten states gain with every step of the factor."""
    sweep = make_sweep([TERM], replicates=replicates)
    rows = [
        {"point": point, "iso3": code, "p_working_2040": 0.4 + (step * point if at < 10 else 0.0)}
        for point in range(sweep.points)
        for at, code in enumerate(CODES)
    ]
    sweep.states = pd.DataFrame(rows)
    return sweep


def test_a_title_counts_what_is_clear() -> None:
    title = str(figure_map(made(0.2)).get_label())  # type: ignore[arg-type]
    assert title == "Contract term matters in 10 states, by 10 points or more in 2040"
    # With few runs twenty points may be chance.
    few = str(figure_map(made(0.1, replicates=4)).get_label())  # type: ignore[arg-type]
    assert few == "Where contract term matters"


def test_the_map_shows_the_change_from_the_lowest_to_the_highest_value() -> None:
    figure = figure_map(made(0.2))  # type: ignore[arg-type]
    assert figure.axes[0].get_title(loc="left") == "From 3 to 20"
    # 40 points: the scale reaches just so far.
    assert figure.axes[-1].get_xlim() == pytest.approx((-40.0, 40.0))


def test_why_there_is_no_map() -> None:
    drawing = register.figures_of(register.SWEEP)["map"]
    assert "countries = true" in drawing.why_not({"sweep": make_sweep([TERM])})
    assert "one replicate" in drawing.why_not({"sweep": made(0.2, replicates=1)})
    assert not drawing.why_not({"sweep": made(0.2)})
    assert np.isfinite(made(0.2).states["p_working_2040"]).all()
