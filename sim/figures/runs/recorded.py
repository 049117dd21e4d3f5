"""What the model's observer recorded beside what was observed in the world, target by target."""

from __future__ import annotations

from matplotlib.figure import Figure

from sim.figures.caption import sentences
from sim.figures.curves import Held
from sim.figures.register import RUN, figure
from sim.figures.rows import bar_entry, dot, dot_and_bar, interval, new_rows, zero_line
from sim.figures.style import BLUE, LINE_WIDTH, VERMILLION, Look
from sim.figures.targets import TargetRows
from sim.results.implausibility import VERDICTS, hold_outs_met
from sim.results.table import in_digits
from sim.results.targets import TargetRow, compare_targets
from sim.units import PERCENT
from sim.world.countries import target_label

BOUNDS = {"lower": "≥ ", "upper": "≤ "}
ROW = 0.19
"""Inches of a target's row."""
LIMIT = 200.0
"""Percent of a published figure up to which records are shown; more stands at the edge."""
SIGMAS = 2.0
"""Standard errors of a published figure on either side of it."""
SHADE, SHADE_WIDTH = "#d9d9d9", 8.0
"""Colour and points of what the published figure allows."""
RECORDED = Look("recorded in the model, 90 % of runs", BLUE)
MISSED = Look("the same, missed", VERMILLION)
NOTE = (
    "Grey: two published standard errors on either side; of a bound all that it allows."
    " At the right edge: beyond it."
)


@figure(RUN, "recorded-against-observed", "Recorded in the model and observed in the world")
def figure_recorded(results: Held, topic: str) -> Figure | None:
    """What the model's observer recorded, as a percentage of each published figure."""
    compared = [row for row in compare_targets(results.results) if row.mean is not None]
    if not compared:
        return None
    rows = TargetRows.of((row.id, row.use) for row in compared)
    by_name = {row.id: row for row in compared}
    names = [_name(by_name[name]) for name in rows.heights]
    drawn, axes = new_rows(
        results.manifest,
        hold_outs_met((row.use, row.verdict) for row in compared) or topic,
        names,
        "Recorded in the model, % of the published figure",
        [dot_and_bar(RECORDED, LINE_WIDTH), dot_and_bar(MISSED, LINE_WIDTH),
         bar_entry(SHADE, SHADE_WIDTH, "published")],
        sentences(NOTE, VERDICTS),
        question="Does the model's record agree with what was observed in the world?",
        row=ROW,
        places=list(rows.heights.values()),
    )  # fmt: skip
    zero_line(axes, PERCENT)
    for (name, at), label in zip(rows.heights.items(), axes.get_yticklabels(), strict=True):
        row = by_name[name]
        look = MISSED if row.verdict == "missed" else RECORDED
        if row.verdict == "missed":
            label.set_color(MISSED.colour)
        low, high = _published(row)
        interval(axes, at, low, high, SHADE, SHADE_WIDTH)
        mean, *ends = (
            PERCENT * (value or 0.0) / row.observed for value in (row.mean, row.q05, row.q95)
        )
        low, high = (min(end, LIMIT) for end in ends)
        interval(axes, at, low, high, look.colour, LINE_WIDTH)
        dot(axes, at, min(mean, LIMIT), look)
    rows.draw(axes, names)
    axes.set_xlim(0.0, LIMIT)
    return drawn


def _name(row: TargetRow) -> str:
    """A target's name, its published figure, and whether it is missed."""
    missed = ", missed" if row.verdict == "missed" else ""
    return f"{target_label(row.id)}: {BOUNDS.get(row.bound, '')}{in_digits(row.observed)}{missed}"


def _published(row: TargetRow) -> tuple[float, float]:
    """Both ends of what a published figure allows, in percent of it."""
    reach = PERCENT * SIGMAS * (row.sigma or 0.0) / row.observed
    low, high = PERCENT - reach, PERCENT + reach
    if row.bound == "lower":
        high = LIMIT
    if row.bound == "upper":
        low = 0.0
    return max(low, 0.0), min(high, LIMIT)
