"""The page's charts: Vega-Lite, compiled here, with the library that draws them in a browser.

Both come out of the wheel `vl-convert-python`; bundling takes some ten seconds, so its result is
kept in the user's cache by version and by the charts asked for.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from sim.engine.objects import kept_objects
from sim.engine.objects.content import digest
from sim.errors import InputError
from sim.figures.style import GRID, INK, QUIET_INK, WIDE_BAND_OPACITY

VEGA_LITE = "6.4"
"""Version of Vega-Lite, of those that the wheel holds."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SNIPPET = "window.vegaEmbed = vegaEmbed;"
FONT = "system-ui, sans-serif"
TEXT = 12
"""Pixels."""
START = {"least": 0, "most": 1, "first": 0, "last": 1, "share": False}
"""What the page's script sets of a chart of curves, until it does."""


def _axis(field: str, low: str, high: str, axis: dict[str, Any]) -> dict[str, Any]:
    """Return an axis between two signals that the page's script sets."""
    scale = {"domain": {"expr": f"[{low}, {high}]"}, "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "title": None, "axis": axis, "scale": scale}


def _as_given(field: str) -> dict[str, Any]:
    """Return a field that holds colours or dashes as they are to be drawn."""
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _layer(data: str, kind: str, encoding: dict[str, Any], **mark: Any) -> dict[str, Any]:
    """Return a layer: a mark for each row of the data that the page's script gives by this name."""
    return {"data": {"name": data}, "mark": {"type": kind, **mark}, "encoding": encoding}


def _side(name: str, x: dict[str, Any], **mark: Any) -> dict[str, Any]:
    """Return what stands on one side of the border between past and future, at its top."""
    return _layer(
        "border", "text", {"x": x, "y": {"value": 0}, "text": {"field": name, "type": "nominal"}},
        baseline="top", fontSize=TEXT, color=QUIET_INK, aria=False, **mark,
    )  # fmt: skip


def curve() -> dict[str, Any]:
    """One panel: bands, lines, published figures, where the past ends, and the chosen year."""
    x = _axis("year", "first", "last", {"format": "d", "tickCount": 5})
    percent = "share ? format(datum.value, '.0%') : datum.label"
    y = _axis("mean", "least", "most", {"tickCount": 5, "labelExpr": percent})
    colour = _as_given("colour")
    line = {"field": "line", "type": "nominal"}
    mean, value = {"x": x, "y": y}, {"x": x, "y": {**y, "field": "value"}}
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    return {
        "$schema": SCHEMA,
        "width": 320,
        "height": 260,
        "autosize": {"type": "fit", "contains": "padding"},
        "params": [{"name": name, "value": value} for name, value in START.items()],
        "layer": [
            _layer("bands", "area", {**band, "fill": colour, "detail": line},
                   opacity=WIDE_BAND_OPACITY, aria=False),
            _layer("border", "rule", {"x": x}, color=QUIET_INK, aria=False),
            _side("past", x, align="right", dx=-4),
            _side("ahead", x, align="left", dx=4),
            _layer("now", "rule", {"x": x}, color=QUIET_INK, strokeDash=[2, 3], aria=False),
            _layer("lines", "line",
                   {**mean, "stroke": colour, "detail": line, "strokeDash": _as_given("dash")},
                   strokeWidth=2.2, strokeCap="round"),
            {"name": "observed",
             **_layer("observed", "rule", band, strokeWidth=1.5, color=INK, aria=False)},
            {"name": "points",
             **_layer("observed", "point", {**value, "shape": _as_given("shape")},
                      filled=True, size=50, color=INK, aria=False)},
        ],
        "config": _config(),
    }  # fmt: skip


def world_map() -> dict[str, Any]:
    """The map: countries by their colour, small ones as dots."""
    tips = [{"field": "name", "title": "country"}, {"field": "text", "title": "value"}]
    colour = _as_given("colour")
    fields = ["iso3", "name", "colour", "text"]
    lookup = {
        "lookup": "id",
        "from": {"data": {"name": "values"}, "key": "iso3", "fields": fields},
    }
    return {
        "$schema": SCHEMA,
        "width": 640,
        "height": 320,
        "projection": {"type": "equalEarth"},
        "layer": [
            {
                "data": {"name": "shapes", "values": {}, "format": {"type": "topojson",
                                                                     "feature": "states"}},
                "transform": [lookup],
                "mark": {"type": "geoshape", "strokeWidth": 0.5, "stroke": "white",
                         "cursor": "pointer"},
                "encoding": {
                    "fill": {"condition": {"test": "!isValid(datum.colour)", "value": GRID},
                             **colour},
                    "tooltip": tips,
                },
            },
            _layer(
                "dots", "circle",
                {
                    "longitude": {"field": "lon", "type": "quantitative"},
                    "latitude": {"field": "lat", "type": "quantitative"},
                    "fill": colour,
                    "tooltip": tips,
                },
                size=26, stroke="white", strokeWidth=0.6, opacity=1, cursor="pointer",
            ),
        ],
        "config": _config(),
    }  # fmt: skip


def _config() -> dict[str, Any]:
    axis = {"labelFontSize": TEXT, "gridColor": GRID, "domainColor": QUIET_INK,
            "tickColor": QUIET_INK, "labelColor": QUIET_INK}  # fmt: skip
    return {"font": FONT, "view": {"stroke": None}, "axis": axis, "background": None}


def library() -> dict[str, Any]:
    """Return the library's text and the compiled charts: `vega`, `curve`, `map`.

    Raises:
        InputError: `vl-convert-python` is not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise InputError(
            "a page needs vl-convert-python: pip install 'entrench[page]' "
            "(in a checkout: uv sync --extra page)"
        ) from error
    made_of = (version("vl-convert-python"), VEGA_LITE, SNIPPET)
    charts = {"curve": curve(), "map": world_map()}
    key = digest(made_of, json.dumps(charts, sort_keys=True))
    kept = kept_objects.find(key)
    if kept is not None:
        known: dict[str, Any] = json.loads(kept)
        return known
    made = {
        "vega": vl_convert.javascript_bundle(SNIPPET, vl_version=VEGA_LITE),
        **{
            chart: vl_convert.vegalite_to_vega(spec, vl_version=VEGA_LITE)
            for chart, spec in charts.items()
        },
    }
    kept_objects.keep(json.dumps(made).encode(), key)
    return made
