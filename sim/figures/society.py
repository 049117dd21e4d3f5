"""Where states stand between the powers, and how their publics fare."""

from matplotlib.figure import Figure

from sim.figures.curves import Curves, ResultsLike
from sim.figures.panels import Panel, draw_stacked, line_of, outcome_panels, present, unit_text
from sim.figures.style import in_house_style

ALIGNMENT = "alignment"
ALIGNMENT_SPAN = (-1.0, 1.0)
"""Ends of the scale: West and China."""
ALIGNMENT_UNIT = "−1 West … +1 China"
BLOCS = ("bloc_china", "bloc_west")
PUBLICS = ("unrest", "mistrust", "legitimacy")


@in_house_style
def figure_blocs(results: ResultsLike) -> Figure:
    """Mean alignment of states, and how many stand in either bloc."""
    curves = Curves.of(results)
    panels = []
    alignment = present([line_of(results, curves, ALIGNMENT)])
    if alignment:
        panels.append(Panel("Mean alignment", ALIGNMENT_UNIT, alignment, ALIGNMENT_SPAN))
    blocs = [name for name in BLOCS if name in results.outcomes]
    lines = present([line_of(results, curves, name) for name in blocs])
    if lines:
        panels.append(Panel("States in a bloc", unit_text(results.outcomes[blocs[0]]), lines))
    return draw_stacked(results, curves, "Alignment and blocs", panels)


@in_house_style
def figure_publics(results: ResultsLike) -> Figure:
    """Unrest, public mistrust and legitimacy."""
    curves = Curves.of(results)
    panels = outcome_panels(results, curves, PUBLICS)
    return draw_stacked(results, curves, "Publics: unrest, mistrust, legitimacy", panels)
