"""Outcomes over time: adoption, contracts, money, lock-in, blocs, publics, and one of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from sim.figures.curves import FEW_STATES, WORLD, Group, Held, since_above
from sim.figures.findings import capital, change, widest_and_narrowest, year_of
from sim.figures.marks import history_end
from sim.figures.panels import Panel, draw_panels, panel_of, panels_of_groups
from sim.figures.register import RUN, figure
from sim.units import REGIMES, REGIONS

ADOPTION = ("trained", "adopters", "working")
"""Outcomes shown as numbers of states."""
ADOPTION_SHARES = ("trained_share", "adopters_share", "working_share")
"""The same as shares of states."""
REACHED = "Who was ever trained, who ever bought from a Chinese vendor, and whose system works?"
NUMBERS = {"contracts_alive": "", "contracts_opened": "Contracts opened so far"}
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
LOCK_IN = ("lock_in", "dependence", "working")
ALIGNMENT, BLOCS = "alignment", ("bloc_china", "bloc_west")
ALIGNMENT_UNIT, ALIGNMENT_SIZE = "−1 West … +1 China", 2.0
"""Unit of the scale of alignment, and its width."""
PUBLICS = ("unrest", "mistrust", "legitimacy")


@figure(RUN, "adoption-world", "Training and adoption in the world", outcomes=ADOPTION)
def figure_adoption_world(results: Held, topic: str) -> Figure:
    """How many states were ever trained, ever adopted and have a working system."""
    states = results.sizes.get(WORLD)
    panels = panel_of(results, ADOPTION, unit=f"states (of {states})" if states else "states")
    adopted, working = (results.at_end(name) for name in ADOPTION[1:])
    finding = (
        f"{adopted} of {states} states have adopted by the end of {results.last_year}; in {working}"
        " the system works"
    )
    title = finding if adopted and working and states else topic
    return draw_panels(results, title, [replace(panels[0], title="")], REACHED, legend=True)


@figure(RUN, "adoption-by-regime", "Training and adoption by regime", outcomes=ADOPTION_SHARES)
def figure_adoption_by_regime(results: Held, topic: str) -> Figure:
    """Shares of states ever trained, ever adopted and working, by regime of 2024."""
    groups = [("regime", regime) for regime in REGIMES]
    return _adoption(results, topic, groups, columns=2)


@figure(RUN, "adoption-by-region", "Training and adoption by region", outcomes=ADOPTION_SHARES)
def figure_adoption_by_region(results: Held, topic: str) -> Figure:
    """Shares of states ever trained, ever adopted and working, by region."""
    groups = [WORLD, *(("region", region) for region in REGIONS)]
    return _adoption(results, topic, groups, columns=3)


def _adoption(results: Held, topic: str, groups: Sequence[Group], columns: int) -> Figure:
    """Adoption by group, and where most and fewest of the groups that are not small adopted."""
    spreads = {}
    for kind, name in groups:
        line = results.line("adopters_share", (kind, name))
        spread = line.at(results.end) if line else None
        if spread and kind != WORLD[0] and results.sizes.get((kind, name), 0) >= FEW_STATES:
            plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name} regimes"
            spreads[plural if kind == "regime" else name] = spread
    widest = widest_and_narrowest("Adoption", spreads)
    title = f"{widest} by the end of {results.last_year}" if widest else topic
    panels = panels_of_groups(results, ADOPTION_SHARES, groups)
    return draw_panels(results, title, panels, REACHED, columns=columns, legend=True)


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
    if by == WORLD[0]:
        until = min(results.end, years[1] + 1.0) if years else results.end
        title = _change(results, outcome, capital(shown.label), until) or title
    if len(panels) == 1:
        panels = [replace(panels[0], title="")]
    return draw_panels(results, title, panels, shown.doc, columns=3, years=years)


@figure(RUN, "contracts", "Maintenance contracts", outcomes=(*NUMBERS, *EVENTS))
def figure_contracts(results: Held, topic: str) -> Figure:
    """Contracts alive and opened; a year renewed, lapsed, restored, and ended by cause."""
    panels = []
    for name, words in {**NUMBERS, **EVENTS}.items():
        absent = Panel(f"{words or name}: not kept", "", ())
        (one,) = panel_of(results, (name,), words) or [absent]
        panels.append(replace(one, scale="events" if name in EVENTS else ""))
    alive, opened = (results.at_end(name) for name in NUMBERS)
    finding = f"{alive} of {opened} contracts opened are alive at the end of {results.last_year}"
    question = "How many maintenance contracts are there, and what becomes of them in a year?"
    title = finding if alive and opened else topic
    return draw_panels(results, title, panels, question, columns=2)


@figure(RUN, "money", "Revenue from sales and maintenance", outcomes=REVENUES)
def figure_money(results: Held, topic: str) -> Figure:
    """Revenue a year from sales and from maintenance, in all and by vendor."""
    vendors = results.groups("vendor")
    (panel,) = panel_of(results, REVENUES, "All vendors together")
    panels = [panel] + [
        Panel(name, panel.unit, results.lines(REVENUES, ("vendor", name)), scale="vendors")
        for name in vendors
    ]
    since = since_above(*reversed(results.lines(REVENUES)))
    return draw_panels(
        results,
        f"Maintenance earns more than sales from {since} on" if since else topic,
        panels,
        "What do vendors earn by selling systems, and what by keeping them running?",
        columns=2,
        legend=True,
        note="All vendors have one scale." if vendors else "",
    )


@figure(RUN, "lock-in", "Lock-in: cost to leave, dependence, working systems", outcomes=LOCK_IN)
def figure_lock_in(results: Held, topic: str) -> Figure:
    """Exit cost as a multiple of yearly value, dependence, and working systems."""
    panels = [panel for name in LOCK_IN for panel in panel_of(results, (name,))]
    title = _change(results, "lock_in", "The cost to leave, in years of value,") or topic
    question = "How hard is it to leave, how much do states depend, and how many systems work?"
    return draw_panels(results, title, panels, question)


@figure(RUN, "blocs", "Alignment and blocs", outcomes=(ALIGNMENT, *BLOCS))
def figure_blocs(results: Held, topic: str) -> Figure:
    """Mean alignment between West and China, and the size of both blocs."""
    panels = [
        *panel_of(results, (ALIGNMENT,), "Alignment", ALIGNMENT_UNIT, ALIGNMENT_SIZE),
        *panel_of(results, BLOCS, "States in a bloc"),
    ]
    since = since_above(*results.lines(BLOCS))
    china, west = (results.at_end(name) for name in BLOCS)
    ends = f"{china} states against {west} at the end of {results.last_year}"
    title = f"China's bloc is the larger from {since} on: {ends}" if since else topic
    return draw_panels(results, title, panels, "Do states move towards China or the West?")


@figure(RUN, "publics", "Publics: unrest, mistrust, legitimacy", outcomes=PUBLICS)
def figure_publics(results: Held, topic: str) -> Figure:
    """Unrest, public mistrust and legitimacy."""
    panels = [panel for name in PUBLICS for panel in panel_of(results, (name,))]
    title = _change(results, "mistrust", "Public mistrust")
    title = title or _change(results, "legitimacy", "Legitimacy") or topic
    question = "How restless and how mistrustful are publics, and do systems add legitimacy?"
    return draw_panels(results, title, panels, question)


def _change(results: Held, name: str, words: str, until: float | None = None) -> str:
    """Whether an outcome clearly rises or falls from the end of history on."""
    first, last = history_end(results.manifest), until or results.end
    line = results.line(name)
    ends = (line.at(first), line.at(last)) if line else (None, None)
    return change(words, *ends, (year_of(first), year_of(last)))
