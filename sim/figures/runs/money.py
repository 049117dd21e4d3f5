"""Revenue from sales and from maintenance: all vendors, and each alone."""

import numpy as np
from matplotlib.figure import Figure

from sim.figures.axes import panel_title, quantity_axis
from sim.figures.caption import bands
from sim.figures.curves import WORLD, Held, draw_curve, unit_text
from sim.figures.findings import year_of
from sim.figures.panels import small_frame
from sim.figures.register import RUN, figure
from sim.figures.sheet import Grid, new_sheet

REVENUES = ("revenue_sales_yearly", "revenue_maintenance_yearly")
TITLE = "Revenue from sales and maintenance"


@figure(RUN, "money", TITLE, outcomes=REVENUES)
def figure_money(results: Held) -> Figure:
    """Revenue a year from sales and from maintenance, in all and by vendor."""
    vendors = [("vendor", name) for name in results.curves.groups("vendor")]
    groups = [WORLD, *vendors]
    lines = {group: results.lines(REVENUES, group) for group in groups}
    kept = [results.outcomes[name] for name in REVENUES if name in results.outcomes]
    columns = 2 if vendors else 1
    rows = -(-len(groups) // columns)
    grid = Grid(rows=rows, columns=columns, panel_height=1.1, title_rows=1, column_gap=0.66)
    drawn, panels = new_sheet(
        results.manifest,
        _found(results) or TITLE,
        grid,
        small_frame(results),
        [line.look for line in lines[WORLD]],
        bands(results.manifest) + (" All vendors have one scale." if vendors else ""),
        question="What do vendors earn by selling systems, and what by keeping them running?",
        panels=len(groups),
    )
    of_vendors = [part for g in vendors for line in lines[g] for part in line.curve.seen(2)]
    for axes, group in zip(panels, groups, strict=True):
        for line in lines[group]:
            draw_curve(axes, line.curve.at_year_ends(), line.look, lines=2)
        own = [part for line in lines[group] for part in line.curve.seen(2)]
        quantity_axis(axes, unit_text(kept[0]), own if group == WORLD else of_vendors, ticks=4)
        panel_title(axes, "All vendors together" if group == WORLD else group[1])
    return drawn


def _found(results: Held) -> str:
    """Since when maintenance has earned more than sales, if it does to the end."""
    lines = results.lines(REVENUES)
    if len(lines) < len(REVENUES):
        return ""
    sales, fees = (line.curve.values["mean"] for line in lines)
    behind = np.flatnonzero(fees <= sales)
    first = int(behind[-1]) + 1 if behind.size else 0
    if not 0 < first < len(fees):
        return ""
    year = year_of(float(np.ceil(lines[0].curve.dates[first])))
    return f"Maintenance earns more than sales from {year} on"
