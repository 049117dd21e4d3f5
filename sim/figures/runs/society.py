"""What binds states, where they stand between the powers, and how their publics fare."""

import numpy as np
from matplotlib.figure import Figure

from sim.figures.curves import Held
from sim.figures.findings import change, year_of
from sim.figures.marks import history_end
from sim.figures.panels import draw_stacked, panel_of
from sim.figures.register import RUN, figure

LOCK_IN = ("lock_in", "dependence", "working")
ALIGNMENT = "alignment"
ALIGNMENT_UNIT = "−1 West … +1 China"
ALIGNMENT_SIZE = 2.0
"""Width of its scale."""
BLOCS = ("bloc_china", "bloc_west")
PUBLICS = ("unrest", "mistrust", "legitimacy")
TITLES = {
    "lock-in": "Lock-in: cost to leave, dependence, working systems",
    "blocs": "Alignment and blocs",
    "publics": "Publics: unrest, mistrust, legitimacy",
}


@figure(RUN, "lock-in", TITLES["lock-in"], outcomes=LOCK_IN)
def figure_lock_in(results: Held) -> Figure:
    """Exit cost as a multiple of yearly value, dependence, and working systems."""
    panels = [panel for name in LOCK_IN for panel in panel_of(results, (name,))]
    found = _changes(results, {"lock_in": "The cost to leave, in years of value,"})
    question = "How hard is it to leave, how much do states depend, and how many systems work?"
    return draw_stacked(results, found or TITLES["lock-in"], panels, question)


@figure(RUN, "blocs", TITLES["blocs"], outcomes=(ALIGNMENT, *BLOCS))
def figure_blocs(results: Held) -> Figure:
    """Mean alignment between West and China, and the size of both blocs."""
    panels = [
        *panel_of(results, (ALIGNMENT,), "Alignment", ALIGNMENT_UNIT, ALIGNMENT_SIZE),
        *panel_of(results, BLOCS, "States in a bloc"),
    ]
    question = "Do states move towards China or the West?"
    return draw_stacked(results, _found_in_blocs(results) or TITLES["blocs"], panels, question)


@figure(RUN, "publics", TITLES["publics"], outcomes=PUBLICS)
def figure_publics(results: Held) -> Figure:
    """Unrest, public mistrust and legitimacy."""
    panels = [panel for name in PUBLICS for panel in panel_of(results, (name,))]
    found = _changes(results, {"mistrust": "Public mistrust", "legitimacy": "Legitimacy"})
    question = "How restless and how mistrustful are publics, and do systems add legitimacy?"
    return draw_stacked(results, found or TITLES["publics"], panels, question)


def _changes(results: Held, words: dict[str, str]) -> str:
    """The first of some outcomes that clearly rises or falls from the end of history on."""
    first, last = history_end(results.manifest), results.curves.end
    for name, what in words.items():
        for line in results.lines((name,)):
            ends = (line.curve.at(first), line.curve.at(last))
            if found := change(what, *ends, (year_of(first), year_of(last))):
                return found
    return ""


def _found_in_blocs(results: Held) -> str:
    """Since when China's bloc has been the larger one, if it is to the end."""
    lines = results.lines(BLOCS)
    if len(lines) < len(BLOCS):
        return ""
    china, west = (line.curve.values["mean"] for line in lines)
    smaller = np.flatnonzero(china <= west)
    first = int(smaller[-1]) + 1 if smaller.size else 0
    if not 0 < first < len(china):
        return ""
    since = year_of(float(np.ceil(lines[0].curve.dates[first])))
    ends = f"{china[-1]:.0f} states against {west[-1]:.0f}"
    return (
        f"China's bloc is the larger from {since} on: {ends} at the end of"
        f" {year_of(results.curves.end)}"
    )
