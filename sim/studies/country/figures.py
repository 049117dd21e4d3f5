"""One state's timeline, with what other scenarios change of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from sim.figures.register import figure
from sim.figures.timeline import Timeline, draw_timeline

COUNTRY = "country"


@figure(COUNTRY, "timeline", "Trained, sold to, locked in")
def figure_timeline(timeline: Timeline, manifest: Mapping[str, Any]) -> Figure:
    """What happens to a state, when, how likely, and what other scenarios leave working.

    Args:
        timeline: The state's.
        manifest: What identifies the runs.
    """
    return draw_timeline(manifest, timeline)
