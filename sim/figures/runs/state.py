"""One state's timeline, of a run's folder: drawn where a state is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from sim.figures.register import RUN, figure
from sim.figures.timeline import Timeline, draw_timeline


@figure(RUN, "state", "A state's timeline")
def figure_state(
    state: Timeline, manifest: Mapping[str, Any], years: tuple[int, int] | None = None
) -> Figure:
    """What happens to one state, when, and in which share of runs.

    Args:
        state: What happens to it, and when.
        manifest: What identifies the runs, for the caption.
        years: First and last year; None: all.
    """
    return draw_timeline(manifest, state, years)
