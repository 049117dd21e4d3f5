"""What becomes of systems once they are bought: contracts, money and lock-in."""

from matplotlib.figure import Figure

from sim.figures.axes import quantity_axis
from sim.figures.curves import Curves, ResultsLike
from sim.figures.panels import (
    Panel,
    draw_panel,
    draw_stacked,
    highest,
    line_of,
    look_of,
    outcome_panels,
    present,
    small_frame,
    unit_text,
)
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import VENDOR_LOOKS, in_house_style

CONTRACTS = (
    "contracts_alive",
    "contracts_opened",
)
"""Shown on scales of their own."""
CONTRACT_EVENTS = (
    "contracts_renewed_yearly",
    "contracts_lapsed_yearly",
    "contracts_restored_yearly",
    "contracts_switched_yearly",
    "contracts_abandoned_yearly",
    "contracts_replaced_yearly",
)
"""Shown on one scale, so that what is rare looks rare."""
CONTRACTS_GRID = Grid(
    rows=4, columns=2, panel_height=0.9, title_rows=1, row_gap=0.1, column_gap=0.66
)
REVENUES = ("revenue_sales_yearly", "revenue_maintenance_yearly")
VENDOR_PANELS = ("Sales by vendor", "Maintenance by vendor")
"""Titles of the panels by vendor, in the order of `REVENUES`."""
LOCK_IN = ("lock_in", "dependence", "working")


@in_house_style
def figure_contracts(results: ResultsLike) -> Figure:
    """Contracts alive and opened, and what became of them a year."""
    curves = Curves.of(results)
    frame = small_frame(results, curves)
    figure, panels = new_sheet(results, "Maintenance contracts", CONTRACTS_GRID, frame)
    lines = {
        name: present([line_of(results, curves, name)]) for name in (*CONTRACTS, *CONTRACT_EVENTS)
    }
    top = highest([line for name in CONTRACT_EVENTS for line in lines[name]])
    for axes, name in zip(panels, lines, strict=True):
        look = look_of(name)
        outcome = results.outcomes.get(name)
        unit = unit_text(outcome) if outcome else ""
        title = look.label[0].upper() + look.label[1:]
        draw_panel(axes, Panel(title if outcome else f"{title}: not kept", unit, lines[name]))
        if name in CONTRACT_EVENTS:
            quantity_axis(axes, unit, top, ticks=4)
    return figure


@in_house_style
def figure_money(results: ResultsLike) -> Figure:
    """Revenue a year from sales and from maintenance, of all vendors and by vendor."""
    curves = Curves.of(results)
    units = [unit_text(results.outcomes[name]) for name in REVENUES if name in results.outcomes]
    unit = units[0] if units else ""
    world = present([line_of(results, curves, name) for name in REVENUES])
    panels = [Panel("All vendors", unit, world)] if world else []
    for name, title in zip(REVENUES, VENDOR_PANELS, strict=True):
        lines = present(
            [
                line_of(results, curves, name, ("vendor", vendor), VENDOR_LOOKS.get(vendor))
                for vendor in curves.groups("vendor")
            ]
        )
        if lines:
            panels.append(Panel(title, unit, lines))
    return draw_stacked(results, curves, "Revenue from sales and maintenance", panels)


@in_house_style
def figure_lock_in(results: ResultsLike) -> Figure:
    """Exit cost as a multiple of yearly value, dependence, and systems that still work."""
    curves = Curves.of(results)
    return draw_stacked(
        results,
        curves,
        "Lock-in: cost to leave, dependence, working systems",
        outcome_panels(results, curves, LOCK_IN),
    )
