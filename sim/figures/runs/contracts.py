"""Maintenance contracts: how many there are, and what becomes of them a year."""

from matplotlib.figure import Figure

from sim.figures.axes import panel_title, quantity_axis
from sim.figures.caption import bands
from sim.figures.curves import Held, draw_curve, unit_text
from sim.figures.findings import year_of
from sim.figures.panels import small_frame
from sim.figures.register import RUN, figure
from sim.figures.sheet import Grid, new_sheet

NUMBERS = ("contracts_alive", "contracts_opened")
"""Shown on scales of their own."""
EVENTS = (
    "contracts_renewed_yearly",
    "contracts_lapsed_yearly",
    "contracts_restored_yearly",
    "contracts_switched_yearly",
    "contracts_abandoned_yearly",
    "contracts_replaced_yearly",
)
"""Shown on one scale, so that what is rare looks rare."""
WORDS = {
    "contracts_opened": "Contracts opened so far",
    "contracts_lapsed_yearly": "Lapsed (dark for unpaid fees)",
    "contracts_switched_yearly": "Ended: switched vendor",
    "contracts_abandoned_yearly": "Ended: abandoned",
    "contracts_replaced_yearly": "Ended: replaced after a ban",
}
"""Titles of panels that say more than the outcome's label."""
GRID = Grid(rows=4, columns=2, panel_height=0.9, title_rows=1, row_gap=0.1, column_gap=0.66)


@figure(RUN, "contracts", "Maintenance contracts", outcomes=(*NUMBERS, *EVENTS))
def figure_contracts(results: Held) -> Figure:
    """Contracts alive and opened; a year renewed, lapsed, restored, and ended by cause."""
    drawn, panels = new_sheet(
        results.manifest,
        _found(results) or "Maintenance contracts",
        GRID,
        small_frame(results),
        note=bands(results.manifest),
        question="How many maintenance contracts are there, and what becomes of them in a year?",
    )
    lines = {name: results.lines((name,)) for name in (*NUMBERS, *EVENTS)}
    events = [part for name in EVENTS for line in lines[name] for part in line.curve.seen()]
    for axes, (name, shown) in zip(panels, lines.items(), strict=True):
        outcome = results.outcomes.get(name)
        title = WORDS.get(name, outcome.label if outcome else name)
        for line in shown:
            draw_curve(axes, line.curve.at_year_ends(), line.look)
        own = [part for line in shown for part in line.curve.seen()]
        unit = unit_text(outcome) if outcome else ""
        quantity_axis(axes, unit, events if name in EVENTS else own, ticks=4)
        panel_title(axes, title if outcome else f"{title}: not kept")
    return drawn


def _found(results: Held) -> str:
    """How many of the contracts ever opened are alive at the end."""
    ends = [line.curve.at(results.curves.end) for line in results.lines(NUMBERS)]
    alive, opened, *_ = [*(round(one["mean"]) if one else 0 for one in ends), 0, 0]
    if not (alive and opened):
        return ""
    year = year_of(results.curves.end)
    return f"{alive} of {opened} contracts opened are alive at the end of {year}"
