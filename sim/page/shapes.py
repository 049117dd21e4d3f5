"""Outlines of states for the map, and which states are too small to be seen without a dot."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

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
                if max(y for _, y in _ring(polygon[0], arcs)) > ANTARCTIC
            ]
    return json.dumps(shapes, separators=(",", ":"))


def dots(seeds: Seeds) -> list[str]:
    """Return the codes of states that a map shows as dots: without an outline, or small."""
    areas = _areas(json.loads(shapes_text()))
    return [s.iso3 for s in seeds.countries if areas.get(s.iso3, 0.0) < SMALL]


def _areas(shapes: dict[str, Any]) -> dict[str, float]:
    """Return each state's area in square degrees, shrunk by its latitude."""
    arcs = _arcs(shapes)
    found: dict[str, float] = {}
    for shape in shapes["objects"][OBJECT]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [_ring(polygon[0], arcs) for polygon in polygons]
        found[shape["id"]] = sum(map(_area, rings))
    return found


def _arcs(shapes: dict[str, Any]) -> list[list[Any]]:
    scale, shift = shapes["transform"]["scale"], shapes["transform"]["translate"]
    return [_points(arc, scale, shift) for arc in shapes["arcs"]]


def _points(arc: list[list[int]], scale: list[float], shift: list[float]) -> list[Any]:
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
    return points


def _ring(numbers: list[int], arcs: list[list[Any]]) -> list[Any]:
    ring: list[Any] = []
    for number in numbers:
        # A negative number is an arc walked backwards: ~0 is the first.
        ring += arcs[number] if number >= 0 else reversed(arcs[~number])
    return ring


def _area(ring: list[Any]) -> float:
    total = 0.0
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        total += (x0 * y1 - x1 * y0) / 2.0 * math.cos(math.radians((y0 + y1) / 2.0))
    return abs(total)
