"""What becomes of systems once they are bought: contracts, money and lock-in."""

from matplotlib.figure import Figure

from sim.views.axes import panel_title, quantity_axis
from sim.views.curves import Curves, ResultsLike, draw_curve
from sim.views.panels import (
    Panel,
    draw_panel,
    draw_stacked,
    frame_of,
    highest,
    line_of,
    look_of,
    outcome_panels,
    present,
    unit_text,
)
from sim.views.sheet import Grid, new_sheet
from sim.views.style import VENDOR_LOOKS, in_house_style

CONTRACTS_ALIVE = "contracts_alive"
CONTRACT_EVENTS = (
    "contracts_renewed_yearly",
    "contracts_lapsed_yearly",
    "contracts_restored_yearly",
    "contracts_switched_yearly",
    "contracts_abandoned_yearly",
)
CONTRACTS_GRID = Grid(rows=3, columns=2, panel_height=0.95, title_rows=1, column_gap=0.66)
REVENUES = ("revenue_sales_yearly", "revenue_maintenance_yearly")
VENDOR_PANELS = ("Sales by vendor", "Maintenance by vendor")
"""Titles of the panels by vendor, in the order of `REVENUES`."""
LOCK_IN = ("lock_in", "dependence", "working")


@in_house_style
def figure_contracts(results: ResultsLike) -> Figure:
    """Contracts alive, and how many a year were renewed, lapsed, restored, switched, abandoned."""
    curves = Curves(results.series())
    frame = frame_of(results, curves, label_marks=False)
    figure, panels = new_sheet(results, "Maintenance contracts", CONTRACTS_GRID, frame)
    alive = present([line_of(results, curves, CONTRACTS_ALIVE)])
    draw_panel(panels[0], Panel("Contracts alive", "contracts", alive))
    events = {name: present([line_of(results, curves, name)]) for name in CONTRACT_EVENTS}
    # One scale for all that happens to contracts, so that what is rare looks rare.
    top = highest([line for lines in events.values() for line in lines])
    for axes, (name, lines) in zip(panels[1:], events.items(), strict=True):
        for line in lines:
            draw_curve(axes, line.curve, line.look)
        quantity_axis(axes, "contracts a year", top, ticks=4)
        title = look_of(name).label.capitalize()
        panel_title(axes, title if lines else f"{title}: not in these results")
    return figure


@in_house_style
def figure_money(results: ResultsLike) -> Figure:
    """Revenue a year from sales and from maintenance, of all vendors and by vendor."""
    curves = Curves(results.series())
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
    curves = Curves(results.series())
    return draw_stacked(results, curves, "Lock-in", outcome_panels(results, curves, LOCK_IN))
