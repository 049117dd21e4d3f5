"""Outlines of states for the map, and which states are too small to be seen without a dot."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.world.locate import find_data_folder
from sim.world.seeds import Seeds

FILE = "states.topojson"
OBJECT = "states"
SMALL = 1.2
"""Square degrees at the equator: smaller states are dots (Luxembourg 0.2, Slovenia 1.6)."""

ANTARCTIC = -60.0
"""Degrees; what lies south of it takes room and is no state's."""


@cache
def shapes_text() -> str:
    """Return the outlines, Antarctica's left out: a TopoJSON object with an identifier a state."""
    shapes = json.loads((find_data_folder("shapes") / FILE).read_text(encoding="utf-8"))
    arcs = _arcs(shapes)
    for shape in shapes["objects"][OBJECT]["geometries"]:
        if shape["type"] == "MultiPolygon":
            shape["arcs"] = [
                polygon
                for polygon in shape["arcs"]
                if _ring(polygon[0], arcs)[:, 1].max() > ANTARCTIC
            ]
    return json.dumps(shapes, separators=(",", ":"))


def dots(seeds: Seeds) -> list[str]:
    """Return the codes of states that a map shows as dots: without an outline, or small."""
    shapes = json.loads(shapes_text())
    arcs = _arcs(shapes)
    areas = {}
    for shape in shapes["objects"][OBJECT]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        areas[shape["id"]] = sum(_area(_ring(polygon[0], arcs)) for polygon in polygons)
    return [s.iso3 for s in seeds.countries if areas.get(s.iso3, 0.0) < SMALL]


def _arcs(shapes: dict[str, Any]) -> list[Floats]:
    """Return the points of all arcs, in degrees; each is stored in steps from point to point."""
    scale, start = (np.array(shapes["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(arc, axis=0) * scale + start for arc in shapes["arcs"]]


def _ring(numbers: list[int], arcs: list[Floats]) -> Floats:
    # A negative number is an arc walked backwards: ~0 is the first.
    return np.concatenate([arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers])


def _area(ring: Floats) -> float:
    """Return a ring's area in square degrees, shrunk by its latitude."""
    x0, y0 = ring.T
    x1, y1 = np.roll(ring, -1, axis=0).T
    return abs(float(np.sum((x0 * y1 - x1 * y0) / 2.0 * np.cos(np.radians((y0 + y1) / 2.0)))))
