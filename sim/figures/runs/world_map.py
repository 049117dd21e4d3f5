"""Where systems were bought, and where they work: maps of probabilities."""

import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.figures.curves import Held
from sim.figures.map import figure_of_maps
from sim.figures.register import RUN, figure
from sim.units import PERCENT

COLUMNS = {
    "p_trained_2025": "Trained by the end of 2025",
    "p_adopted_2025": "Adopted by the end of 2025",
    "p_working_2040": "A working system at the end of 2040",
}
"""Columns of `countries.csv` that are shown, with the titles of their maps."""


def _maps(results: Held) -> dict[str, dict[str, float]]:
    """The maps that can be drawn: by title, each state's percentage of runs."""
    countries = pd.DataFrame() if results.countries is None else results.countries
    return {
        title: dict(zip(countries["iso3"], PERCENT * countries[name].astype(float), strict=True))
        for name, title in COLUMNS.items()
        if name in countries and countries[name].notna().any()
    }


def _obstacle(results: Held) -> str:
    """Why there is no map; empty if there is one."""
    if results.countries is None:
        return "nothing was kept by state"
    return "" if _maps(results) else "the runs end before any of its years"


@figure(RUN, "map", "Where states train, adopt and keep systems", obstacle=_obstacle)
def figure_map(results: Held, topic: str) -> Figure:
    """Probabilities of training, adoption and a working system, state by state."""
    return figure_of_maps(
        results.manifest,
        topic,
        _maps(results),
        "% of runs",
        Normalize(0.0, PERCENT),
        question="Which states are reached, and where does the system stay?",
    )
