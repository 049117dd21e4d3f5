"""The page's charts: Vega-Lite, compiled here, with the library that draws them in a browser.

Both come out of the wheel `vl-convert-python`; bundling takes some ten seconds, so its result is
kept in the user's cache by version and by the charts asked for.
"""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.engine import object_cache
from sim.errors import InputError
from sim.figures import style

VEGA_LITE = "6.4"
"""Version of Vega-Lite, of those that the wheel holds."""
SNIPPET = "window.vegaEmbed = vegaEmbed;"
CHARTS = ("curve", "map")
"""Files in `web`; `@@NAME@@` is a colour or an opacity of the figures' style."""


def specification(chart: str) -> dict[str, Any]:
    """Return a chart in the figures' style, as Vega-Lite describes it."""
    text = (Path(__file__).parent / "web" / f"{chart}.json").read_text(encoding="utf-8")
    text = re.sub(r'"@@(\w+)@@"', lambda name: json.dumps(getattr(style, name[1])), text)
    chart_spec: dict[str, Any] = json.loads(text)
    return chart_spec


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
    charts = {chart: specification(chart) for chart in CHARTS}
    made_of = (version("vl-convert-python"), VEGA_LITE, SNIPPET)
    key = object_cache.digest(made_of, json.dumps(charts, sort_keys=True))
    cached = object_cache.find(key)
    if cached is None:
        made: dict[str, Any] = {"vega": vl_convert.javascript_bundle(SNIPPET, vl_version=VEGA_LITE)}
        for chart, spec in charts.items():
            made[chart] = vl_convert.vegalite_to_vega(spec, vl_version=VEGA_LITE)
        cached = json.dumps(made).encode()
        object_cache.keep(cached, key)
    compiled: dict[str, Any] = json.loads(cached)
    return compiled
