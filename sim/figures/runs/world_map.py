"""Where systems were bought, and where they work: maps of probabilities."""

from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.figures.axes import PERCENT
from sim.figures.curves import Held
from sim.figures.map import figure_of_maps
from sim.figures.register import RUN, figure

COLUMNS = {
    "p_trained_2025": "Trained by the end of 2025",
    "p_adopted_2025": "Adopted by the end of 2025",
    "p_working_2040": "A working system at the end of 2040",
}
"""Columns of `countries.csv` that are shown, with the titles of their maps."""
LIKELY = 0.8
"""Share of runs from which on something is likely."""


def _obstacle(results: Held) -> str:
    """Why there is no map; empty if there is one."""
    countries = results.countries
    if countries is None:
        return "nothing was kept by state"
    kept = [name for name in COLUMNS if name in countries and countries[name].notna().any()]
    return "" if kept else "the runs end before any of its years"


@figure(RUN, "map", "Where states train, adopt and keep systems", obstacle=_obstacle)
def figure_map(results: Held) -> Figure:
    """Probabilities of training, adoption and a working system, state by state."""
    countries = results.countries
    assert countries is not None
    maps = {}
    for column, title in COLUMNS.items():
        if column in countries and countries[column].notna().any():
            values = PERCENT * countries[column].astype(float)
            maps[title] = dict(zip(countries["iso3"], values, strict=True))
    title, last = list(maps.items())[-1]
    likely = sum(value >= LIKELY * PERCENT for value in last.values())
    found = f"{title}: likely (in four runs of five) in {likely} of {len(last)} states"
    return figure_of_maps(
        results.manifest,
        found if likely else "Where states train, adopt and keep systems",
        maps,
        "% of runs",
        Normalize(0.0, PERCENT),
        question="Which states are reached, and where does the system stay?",
    )
