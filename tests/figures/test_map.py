"""The map: the published projection, every state on it once, coloured by its value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import Normalize, to_rgba
from matplotlib.figure import Figure

from sim.figures.map import (
    LEAST_AREA,
    SENDER,
    UNKNOWN,
    draw_map,
    equal_earth,
    load_shapes,
    map_height,
)
from sim.figures.scale import COLOURS, OPPOSED
from sim.world.seeds import load_seeds

STATES = {country.iso3: country for country in load_seeds().countries}
NORTH = 1.3173627591574


def test_the_projection_is_the_published_one() -> None:
    # Patterson's and Savric's own figures: half the width at the equator, and the pole.
    east, north = equal_earth(180.0, 0.0)
    assert (east, north) == pytest.approx((2.7066299836, 0.0))
    assert equal_earth(0.0, 90.0) == pytest.approx([0.0, NORTH])
    assert east / NORTH == pytest.approx(2.05458, abs=1e-4)


@given(st.floats(-179.0, 179.0), st.floats(-85.0, 85.0))
def test_areas_are_true(longitude: float, latitude: float) -> None:
    step = 0.01
    corners = equal_earth(
        np.array([0.0, step, step, 0.0]) + longitude, np.array([0.0, 0.0, step, step]) + latitude
    )
    x, y = corners[:, 0], corners[:, 1]
    area = abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2.0
    band = np.sin(np.radians(latitude + step)) - np.sin(np.radians(latitude))
    assert area == pytest.approx(np.radians(step) * band, rel=1e-3)


def test_every_state_lies_within_or_near_its_outline() -> None:
    shapes = load_shapes()
    assert set(shapes) <= {*STATES, "CHN", "-99"}
    for code, state in STATES.items():
        if code in shapes:
            at = equal_earth(state.figures["longitude"], state.figures["latitude"])
            box = shapes[code].path.get_extents()
            assert box.x0 - 0.05 <= at[0] <= box.x1 + 0.05, code
            assert box.y0 - 0.05 <= at[1] <= box.y1 + 0.05, code


def test_no_outline_crosses_the_map() -> None:
    """A ring across the date line is cut there, and not drawn through the whole world."""
    for code, shape in load_shapes().items():
        steps = np.abs(np.diff(shape.path.vertices[:, 0]))
        same_ring = shape.path.codes[1:] != shape.path.MOVETO
        assert steps[same_ring].max() < 0.6, code


def test_areas_are_those_of_the_states() -> None:
    areas = {code: shape.area * 6371.0**2 for code, shape in load_shapes().items()}
    for code, published in (("BRA", 8.5e6), ("FRA", 0.64e6), ("RUS", 17.1e6), ("KEN", 0.58e6)):
        assert areas[code] == pytest.approx(published, rel=0.1), code


def test_each_state_has_its_colour_once() -> None:
    values = {code: float(at) for at, code in enumerate(STATES)}
    values["KEN"] = float("nan")
    axes = Figure().add_axes((0.0, 0.0, 1.0, 1.0))
    draw_map(axes, values, Normalize(0.0, len(values)), COLOURS)
    axes.get_figure().draw_without_rendering()
    land, states, dots = (c for c in axes.collections if isinstance(c, PathCollection))
    assert tuple(land.get_facecolor()[0]) == to_rgba(SENDER)
    shapes = load_shapes()
    seen = [code for code in values if code in shapes and shapes[code].area >= LEAST_AREA]
    assert len(states.get_paths()) == len(seen)
    assert len(states.get_paths()) + len(dots.get_offsets()) == len(STATES)
    colours = dict(zip(seen, map(tuple, states.get_facecolor()), strict=True))
    assert colours["KEN"] == to_rgba(UNKNOWN)
    assert colours["BRA"] == pytest.approx(COLOURS(values["BRA"] / len(values)))
    assert map_height(5.0) < 5.0 / 2.0


def test_differences_are_pale_at_zero_and_dark_at_both_ends() -> None:
    light = [np.dot(OPPOSED(x)[:3], [0.2126, 0.7152, 0.0722]) for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert light[0] < light[1] < light[2] > light[3] > light[4]
