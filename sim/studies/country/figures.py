"""A state's timeline, and what drives it towards training and purchase, over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sim.figures.axes import level_line, panel_title, quantity_axis
from sim.figures.register import figure
from sim.figures.sheet import Frame, Grid, new_sheet
from sim.figures.style import MARKER_SIZE, looks_of
from sim.figures.timeline import Timeline, draw_timeline
from sim.studies.country.over_time import Terms
from sim.studies.reasons import ADOPTED, PLATFORM, QUESTIONS, TOGETHER, TRAINED

COUNTRY = "country"
BEFORE = 0.7
"""Years that an axis reaches beyond its dots."""
MOST_TERMS = 6
"""Terms shown: as many as can be told apart."""
WORDS = {
    TRAINED: "Towards asking for courses",
    ADOPTED: "Towards buying any system",
    PLATFORM: "Towards buying a platform",
}
NOTE = (
    "A term is what a group of the state's inputs adds, beside the mean of all states, by the"
    " rules; above 0 it drives, below it holds back. Peers, trust and dependence move in each"
    " history and are not among them."
)


@figure(COUNTRY, "timeline", "Trained, sold to, locked in")
def figure_timeline(timeline: Timeline, manifest: Mapping[str, Any]) -> Figure:
    """What happens to a state, when, how likely, and what other scenarios leave working.

    Args:
        timeline: The state's.
        manifest: What identifies the runs.
    """
    return draw_timeline(manifest, timeline)


@figure(COUNTRY, "terms", "What drives it, and what holds it back")
def figure_terms(
    terms: Terms, names: Mapping[str, str], title: str, manifest: Mapping[str, Any]
) -> Figure:
    """The terms that drive a state towards courses and purchase, year by year.

    Args:
        terms: In logits.
        names: How each group of inputs is called of this state.
        title: Name of the state.
        manifest: What identifies the runs.
    """
    most: dict[str, float] = {}
    for question in QUESTIONS:
        for name, found in terms.values[question].items():
            if name != TOGETHER:
                most[name] = max(most.get(name, 0.0), *map(abs, found))
    shown = sorted(most, key=lambda name: -most[name])[:MOST_TERMS]
    looks = looks_of([names.get(name, name) for name in shown])
    dates = np.array(terms.years, dtype=np.float64)
    grid = Grid(len(QUESTIONS), panel_height=1.15, title_rows=1, row_gap=0.1)
    drawn, panels = new_sheet(
        manifest,
        f"{title}: what drives it, and what holds it back",
        grid,
        Frame(dates[0] - BEFORE, dates[-1] + BEFORE),
        looks,
        NOTE,
        question="Which of the state's circumstances make courses and purchases likely?",
    )
    for axes, question in zip(panels, QUESTIONS, strict=True):
        level_line(axes)
        lines = [np.array(terms.values[question][name]) for name in shown]
        for values, look in zip(lines, looks, strict=True):
            axes.plot(dates, values, color=look.colour, linestyle=look.dash, marker=look.marker,
                      markersize=0.7 * MARKER_SIZE, label=look.label, clip_on=False)  # fmt: skip
        quantity_axis(axes, "logits", [*lines, 0.0], size=2.0)
        panel_title(axes, WORDS[question])
    panels[-1].set_xlabel("year of the inputs")
    return drawn
