"""Outcomes over time: adoption, contracts, money, lock-in, blocs, publics, and one of one's own."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from sim.figures.curves import WORLD, Group, Held
from sim.figures.panels import Panel, draw_panels, panel_of, panels_of_groups
from sim.figures.register import RUN, figure
from sim.figures.text import UNBROKEN
from sim.units import REGIMES, REGIONS

ADOPTION = ("trained", "adopters", "working")
"""Outcomes shown as numbers of states."""
ADOPTION_SHARES = ("trained_share", "adopters_share", "working_share")
"""The same as shares of states."""
REACHED = "Who was ever trained, who ever bought from a Chinese vendor, and whose system works?"
NUMBERS = {"contracts_alive": "In force", "contracts_opened": "Opened so far"}
"""Shown on scales of their own; with titles that say more than labels."""
EVENTS = {
    "contracts_renewed_yearly": "",
    "contracts_lapsed_yearly": "Lapsed (dark for unpaid fees)",
    "contracts_restored_yearly": "",
    "contracts_switched_yearly": "Ended: switched vendor",
    "contracts_abandoned_yearly": "Ended: abandoned",
    "contracts_replaced_yearly": "Ended: replaced after a ban",
}
"""Shown on one scale, so that what is rare looks rare."""
REVENUES = ("revenue_sales_yearly", "revenue_maintenance_yearly")
LOCK_IN = ("lock_in_chinese", "dependence")
ALIGNMENT, BLOCS = "alignment", ("bloc_china", "bloc_west")
ALIGNMENT_UNIT, ALIGNMENT_SIZE = "−1 West … +1 China", 2.0
"""Unit of the scale of alignment, and its width."""
PUBLICS = ("mistrust", "legitimacy")


@figure(RUN, "adoption-world", "Training and adoption in the world", outcomes=ADOPTION)
def figure_adoption_world(results: Held, topic: str) -> Figure:
    """How many states were ever trained, ever adopted and have a working system."""
    states = results.sizes.get(WORLD)
    panels = panel_of(results, ADOPTION, unit=f"states (of {states})" if states else "states")
    line = results.line("adopters")
    end = line.at(results.end) if line else None
    title = topic
    if end and end["mean"] and states:
        title = (
            f"Mean of runs: {end['mean']:.0f} of {states} states ever buy a Chinese system by the"
            f" end of {results.last_year} ({end['q05']:.0f} to {end['q95']:.0f} in 90{UNBROKEN}% of"
            " runs)"
        )
    return draw_panels(results, title, [replace(panels[0], title="")], REACHED, legend=True)


@figure(RUN, "adoption-by-regime", "Training and adoption by regime", outcomes=ADOPTION_SHARES)
def figure_adoption_by_regime(results: Held, topic: str) -> Figure:
    """Shares of states ever trained, ever adopted and working, by regime of 2024."""
    groups = [("regime", regime) for regime in REGIMES]
    panels = panels_of_groups(results, ADOPTION_SHARES, groups)
    return draw_panels(results, topic, panels, REACHED, columns=2, legend=True)


@figure(RUN, "adoption-by-region", "Training and adoption by region", outcomes=ADOPTION_SHARES)
def figure_adoption_by_region(results: Held, topic: str) -> Figure:
    """Shares of states ever trained, ever adopted and working, by region."""
    groups: list[Group] = [WORLD, *(("region", region) for region in REGIONS)]
    panels = panels_of_groups(results, ADOPTION_SHARES, groups)
    return draw_panels(results, topic, panels, REACHED, columns=3, legend=True)


@figure(RUN, "outcome", "An outcome")
def figure_outcome(
    results: Held, outcome: str, by: str, years: tuple[int, int] | None = None
) -> Figure:
    """An outcome of one's own choice over time, in the world or in each group.

    Args:
        results: The runs, which must have kept it.
        outcome: Name of the outcome.
        by: Kind of groups; `world`: one panel.
        years: First and last year; None: all.
    """
    shown = results.outcomes[outcome]
    groups = [(by, name) for name in results.groups(by)]
    panels = panels_of_groups(
        results, (outcome,), [group for group in groups if results.line(outcome, group)]
    )
    title = shown.label if by == WORLD[0] else f"{shown.label} by {by}"
    if len(panels) == 1:
        panels = [replace(panels[0], title="")]
    return draw_panels(results, title, panels, shown.doc, columns=3, years=years)


@figure(RUN, "contracts", "Maintenance contracts of all vendors", outcomes=(*NUMBERS, *EVENTS))
def figure_contracts(results: Held, topic: str) -> Figure:
    """Contracts alive and opened; a year renewed, lapsed, restored, and ended by cause."""
    panels = []
    for name, words in {**NUMBERS, **EVENTS}.items():
        absent = Panel(f"{words or name}: not kept", "", ())
        (one,) = panel_of(results, (name,), words) or [absent]
        panels.append(replace(one, scale="events" if name in EVENTS else ""))
    question = "How many maintenance contracts are there, and what becomes of them in a year?"
    return draw_panels(results, topic, panels, question, columns=2)


@figure(RUN, "money", "Revenue from sales and maintenance, by vendor", outcomes=REVENUES)
def figure_money(results: Held, topic: str) -> Figure:
    """Revenue a year from sales and from maintenance, in all and by vendor."""
    vendors = results.groups("vendor")
    (panel,) = panel_of(results, REVENUES, "All, Western ones included")
    panels = [panel] + [
        Panel(name, panel.unit, results.lines(REVENUES, ("vendor", name)), scale="vendors")
        for name in vendors
    ]
    return draw_panels(
        results,
        topic,
        panels,
        "What do vendors earn by selling systems, and what by keeping them running?",
        columns=2,
        legend=True,
        note="All vendors have one scale." if vendors else "",
    )


@figure(RUN, "lock-in", "Lock-in of Chinese systems: cost to leave, dependence", outcomes=LOCK_IN)
def figure_lock_in(results: Held, topic: str) -> Figure:
    """Cost to leave Chinese systems as a multiple of yearly value, and dependence."""
    panels = [panel for name in LOCK_IN for panel in panel_of(results, (name,))]
    question = "How hard is it to leave, and how much do states depend?"
    return draw_panels(results, topic, panels, question)


@figure(RUN, "blocs", "Alignment and blocs", outcomes=(ALIGNMENT, *BLOCS))
def figure_blocs(results: Held, topic: str) -> Figure:
    """Mean alignment between West and China, and the size of both blocs."""
    panels = [
        *panel_of(results, (ALIGNMENT,), "Alignment", ALIGNMENT_UNIT, ALIGNMENT_SIZE),
        *panel_of(results, BLOCS, "States in a bloc"),
    ]
    return draw_panels(results, topic, panels, "Do states move towards China or the West?")


@figure(RUN, "publics", "Publics: mistrust and legitimacy", outcomes=PUBLICS)
def figure_publics(results: Held, topic: str) -> Figure:
    """Public mistrust and legitimacy."""
    panels = [panel for name in PUBLICS for panel in panel_of(results, (name,))]
    question = "How mistrustful are publics, and do systems add legitimacy?"
    return draw_panels(results, topic, panels, question)
