"""Maps of the world's countries: outlines, and dots for small countries.

The projection is Equal Earth (Šavrič, Patterson & Jenny 2018).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.path import Path
from numpy.typing import ArrayLike

from sim.figures import style
from sim.figures.canvas import EDGE, canvas, keep_numbers, sheet
from sim.figures.style import INK, ONE_AND_HALF, PALE_INK, QUIET_INK, wrapped
from sim.scenario.scope import attributes_of
from sim.world import find_data_folder
from sim.world.arrays import Floats
from sim.world.columns import ADOPTED
from sim.world.seeds import Seeds, documented_decisions, shipped_seeds

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = np.sqrt(3.0) / 2.0
NAN = float("nan")
# Degrees of latitude; there are no countries beyond.
SOUTH, NORTH = -57.0, 84.0
# US dollars per person from which a map claims nothing of an ally of the West.
RICH = 20_000
SHAPES_FILE = "states.topojson"
CHINA = "CHN"
# On the unit sphere, about 16,000 km²; smaller countries are dots.
LEAST_AREA = 4e-4
# Of all values; half of them of each sign.
CLASSES = 10
SHARES = (0.0, 100.0)
# Square points of a small country's dot, and of the mark of a documented contract.
DOT, MARK = 5.0, 3.0
# Land outside the model, and a country without a value.
UNKNOWN = "white"
BORDER, CROSS = 0.2, 0.6
NOTE = (
    "Black dots: documented contracts; circles: small countries; hatched: China, the seller; pale"
    " outlines: not in the model. Equal Earth projection; Natural Earth's de facto borders."
)


def equal_earth(longitude: ArrayLike, latitude: ArrayLike) -> Floats:
    """Project degrees east and north on a sphere of radius 1: shape (..., 2)."""
    # Areas are true, so that a colour counts for as much as its country is large.
    theta = np.arcsin(M * np.sin(np.radians(np.asarray(latitude, dtype=np.float64))))
    square = theta * theta
    sixth = square**3
    slope = A1 + 3.0 * A2 * square + sixth * (7.0 * A3 + 9.0 * A4 * square)
    east = np.radians(np.asarray(longitude, dtype=np.float64)) * np.cos(theta) / (M * slope)
    north = theta * (A1 + A2 * square + sixth * (A3 + A4 * square))
    return np.stack([east, north], axis=-1)


def unclaimed(seeds: Seeds) -> list[str]:
    """Return the codes of rich Western allies without a US pact and without a known fact."""
    # Validation doubts the model there, so maps show no number for them.
    facts = {fact.iso3 for fact in seeds.known or documented_decisions()}
    pact = seeds.history["defence_pact"][:, -1] > 0
    return [
        state["iso3"]
        for row, state in enumerate(attributes_of(seeds))
        if state["ally"] and not pact[row]
        if state["income"] >= RICH and state["iso3"] not in facts
    ]


@dataclass(frozen=True)
class Shape:
    path: Path
    area: float


@cache
def load_shapes() -> Mapping[str, Shape]:
    """The project's outlines, projected, by ISO code; see `shapes/SOURCES.md`."""
    text = (find_data_folder("shapes") / SHAPES_FILE).read_text(encoding="utf-8")
    topology = json.loads(text)
    scale, start = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    # Each arc is stored in steps from one point to the next.
    arcs = [np.cumsum(arc, axis=0) * scale + start for arc in topology["arcs"]]
    shapes = {}
    for geometry in topology["objects"]["states"]["geometries"]:
        many = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings = [_ring(arcs, numbers) for polygon in many for numbers in polygon]
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
        shapes[str(geometry["id"])] = Shape(path, abs(sum(_area(ring) for ring in rings)))
    return shapes


def _ring(arcs: Sequence[Floats], numbers: Sequence[int]) -> Floats:
    # An arc with a negative number runs backwards; each begins where the one before ends.
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    return equal_earth(*np.concatenate([parts[0], *(part[1:] for part in parts[1:])]).T)


def _area(ring: Floats) -> float:
    # Signed, so that holes are subtracted.
    x, y = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2.0)


def draw_map(
    axes: Axes,
    values: Mapping[str, float],
    scale: Normalize,
    colours: LinearSegmentedColormap,
    crossed: Collection[str] = (),
) -> None:
    """Colour each country by its value, by ISO code; NaN: no value.

    The axes' box should have the aspect of :func:`map_height`. `crossed` countries have a cross
    instead of their value.
    """
    shapes = load_shapes()
    states = {state.iso3: state.figures for state in shipped_seeds().countries}
    places = {iso3: (of["longitude"], of["latitude"]) for iso3, of in states.items()}
    axes.axis("off")
    # The order of drawing: land, countries, and their dots on top. In a world of one's own, land is
    # also what belongs to none of its countries.
    land = [code for code in shapes if code not in values]
    values = {**values, **dict.fromkeys(crossed, NAN)}
    seen = [code for code in values if code in shapes and shapes[code].area >= LEAST_AREA]
    valued: dict[str, Any] = {"cmap": colours.with_extremes(bad=UNKNOWN), "norm": scale}
    edges: dict[str, Any] = {"edgecolors": PALE_INK, "linewidths": BORDER}
    of_land: dict[str, Any] = {"facecolors": UNKNOWN, "edgecolors": style.PALE, "zorder": 1.0}
    of_china: dict[str, Any] = {"facecolors": UNKNOWN, "hatch": 6 * "/", "zorder": 1.1}
    of_states = {"array": [values[code] for code in seen], "zorder": 2.0, **valued}
    # Browns and blues are one grey in print.
    falls = [code for code in seen if values[code] < 0.0 < (scale.vmax or 0.0)]
    dotted: dict[str, Any] = {"facecolors": "none", "hatch": 5 * ".", "zorder": 2.2}
    china = {CHINA} & {*land}
    parts = ((land, of_land), (china, of_china), (seen, of_states), (falls, dotted))
    for codes, filled in parts:
        paths = [shapes[code].path for code in codes]
        axes.add_collection(PathCollection(paths, **(edges | filled)), autolim=False)
    small = [code for code in values if code not in seen and code in places]
    facts = {fact.iso3 for fact in documented_decisions() if fact.what == ADOPTED}
    of_small = {"s": DOT, "c": [values[code] for code in small], **valued, "plotnonfinite": True,
                "edgecolors": QUIET_INK, "linewidths": BORDER, "zorder": 3.0}  # fmt: skip
    of_facts = {"s": MARK, "color": INK, "edgecolors": UNKNOWN, "linewidths": 2.0 * BORDER,
                "zorder": 4.0}  # fmt: skip
    of_crossed = {"s": MARK, "color": INK, "marker": "x", "linewidths": CROSS, "zorder": 4.0}
    known = sorted(facts & {*values})
    for codes, dots in ((small, of_small), (known, of_facts), ([*crossed], of_crossed)):
        if at := [places[code] for code in codes if code in places]:
            axes.scatter(*equal_earth(*np.array(at).T).T, clip_on=False, **dots)
    axes.set(xlim=(-EAST, EAST), ylim=(LOW, HIGH), xticks=[], yticks=[])


EAST = equal_earth(180.0, 0.0)[0]
LOW, HIGH = equal_earth([0.0, 0.0], [SOUTH, NORTH])[:, 1]


def map_height(width: float) -> float:
    return float(width * (HIGH - LOW) / (2.0 * EAST))


def maps(
    title: str, shown: Mapping[str, Mapping[str, float]], label: str, bounds: tuple[float, float],
    deck: str = "", source: str = "", crossed: Collection[str] = (),
) -> Figure:  # fmt: skip
    """Draw maps with one scale of colours.

    `shown` has a value per ISO code by title; NaN: no value. `bounds` are the values of the first
    and the last colour; 0 is pale.
    """
    columns, width = (1, ONE_AND_HALF) if len(shown) == 1 else (2, style.TWO)
    whole = sheet().width or width
    height = map_height((whole - 2.0 * EDGE) / columns)
    figure, axes = canvas(
        title, deck, f"{source} {NOTE}", width=width, panels=len(shown), columns=columns,
        panel_height=height,
    )  # fmt: skip
    low, high = bounds
    edges = np.linspace(low, high, CLASSES + 1)
    middles = (edges[1:] + edges[:-1]) / 2.0
    colours: Any = style.OPPOSED((1.0 + middles / max(-low, high)) / 2.0)
    if low == 0.0:
        colours = style.COLOUR_SCALE(np.linspace(0.0, 1.0, CLASSES))
    palette = LinearSegmentedColormap.from_list("classes", colours, N=CLASSES)
    scale = BoundaryNorm(edges, CLASSES)
    with matplotlib.rc_context(style.SETTINGS):
        for ax, (name, values) in zip(axes, shown.items(), strict=True):
            draw_map(ax, values, scale, palette, crossed)
            claimed = {code: value for code, value in values.items() if code not in crossed}
            keep_numbers(ax, "", pd.DataFrame(claimed.items(), columns=["iso3", "value"]).dropna())
            ax.set_aspect("equal")
            ax.set_title("\n".join(wrapped(name, whole / columns - 3.0 * EDGE, style.TEXT)))
        # Every other number of a scale of changes: 0 is among them.
        said = edges if bounds == SHARES else edges[int(low < 0.0 < high) :: 2]
        bar = figure.colorbar(
            matplotlib.cm.ScalarMappable(scale, palette), ax=axes, orientation="horizontal",
            fraction=0.025, aspect=36, shrink=0.6, pad=0.02, ticks=said, anchor=(0.0, 0.5),
        )  # fmt: skip
        bar.outline.set_visible(False)
        bar.minorticks_off()
        bar.ax.tick_params(length=0.0)
        bar.ax.set_xlabel(label, loc="left")
    return figure
