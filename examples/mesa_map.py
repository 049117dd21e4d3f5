"""The countries on a map, a quarter at a time, in Mesa's own page.

Play, pause and step in the browser; choose another scenario or seed, and reset. Run it with

    uv run --with-requirements examples/mesa-page.txt solara run examples/mesa_map.py
"""

from __future__ import annotations

import solara
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz, make_plot_component
from mesa.visualization.utils import update_counter

import sim
from sim.figures.map import equal_earth, load_shapes, map_height

WIDTH, LEGEND = 7.0, 0.6
"""Inches of the map, and of the legend below it."""
LAND = "#eeeeee"
LOOKS = {
    "no system": ("#999999", "o"),
    "a Chinese system, working": ("#d55e00", "s"),
    "a Chinese system, out of service": ("#000000", "x"),
    "another system, working": ("#0072b2", "^"),
}
"""Colour and marker by what a country has."""


def has(country: sim.CountryAgent) -> str:
    """Say what a country has: one of `LOOKS`."""
    if country.working:
        return "a Chinese system, working"
    if country.working_western:
        return "another system, working"
    idle = country.installed and country.adopted
    return "a Chinese system, out of service" if idle else "no system"


def draw_countries(model: sim.EntrenchModel) -> Figure:
    """Draw every country where it lies, by what it has at this quarter's end."""
    figure = Figure(figsize=(WIDTH, map_height(WIDTH) + LEGEND), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    axes.set_aspect("equal")
    outlines = [shape.path for shape in load_shapes().values()]
    axes.add_collection(PathCollection(outlines, facecolors=LAND))
    kinds = [has(country) for country in model.countries]
    places = equal_earth(
        [country.longitude for country in model.countries],
        [country.latitude for country in model.countries],
    )
    for kind, (colour, marker) in LOOKS.items():
        own = places[[one == kind for one in kinds]]
        axes.scatter(*own.T, s=16, c=colour, marker=marker, label=f"{kind} ({len(own)})")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    axes.set_title(f"The end of {model.now.year} Q{model.now.season + 1}" if model.time else "")
    return figure


@solara.component
def CountriesMap(model: sim.EntrenchModel) -> None:  # noqa: N802 - a component is named as a class
    """The map, drawn again after each step."""
    update_counter.get()
    solara.FigureMatplotlib(draw_countries(model), format="png")


page = SolaraViz(
    sim.EntrenchModel("baseline", seed=1),
    components=[CountriesMap, make_plot_component(["trained", "adopters", "working"])],
    model_params={
        "name": {
            "type": "Select",
            "value": "baseline",
            "label": "Scenario",
            "values": ["baseline", "no-exit-cost", "offer-withdrawn-2030"],
        },
        "seed": {
            "type": "SliderInt",
            "value": 1,
            "label": "Seed",
            "min": 1,
            "max": 100,
            "step": 1,
        },
    },
    name="Entrench",
)
