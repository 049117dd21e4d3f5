"""How long first systems last, and how they are lost: survival curves over the runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Flags, Floats, Whole
from sim.engine.chunk import working_years
from sim.figures.axes import share_axis, time_ticks
from sim.figures.caption import sentences
from sim.figures.curves import Held
from sim.figures.findings import capital, in_words
from sim.figures.register import RUN, figure
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import (
    BLACK,
    DOTTED,
    GREEN,
    LINE_WIDTH,
    ORANGE,
    PALE_INK,
    PURPLE,
    VERMILLION,
    Look,
)
from sim.figures.text import UNBROKEN
from sim.units import PERCENT

CAUSES = {
    "replaced": Look("lost: replaced after a ban", VERMILLION),
    "switched": Look("lost: another vendor", PURPLE),
    "abandoned": Look("lost: abandoned", BLACK),
    "lapsed": Look("lost: dark for unpaid fees", ORANGE),
}
"""How a first system may be lost, the rarest first, by the count that tells."""
OTHER = Look("lost: worn out, or not told", PALE_INK)
LEFT = Look("still working", GREEN)
ENDS = Look(f"still working, 90{UNBROKEN}% of runs", GREEN, DOTTED)
STRENGTH = 0.55
"""Opacity of an area."""
FEWEST = 50
"""Systems at risk below which a curve ends, if it begins with more: chance alone would move it."""
LOW, HIGH = 0.05, 0.95
"""Quantiles over runs, each run by itself."""
MOST_OF_RUNS = 0.9
"""Share of the runs that must have systems so old for their quantiles to be told."""
TEN = 10
TITLE = "How long first systems work, and how they are lost"
NOTE = (
    "Kaplan-Meier estimate; the line and the areas pool the first systems of all states in all"
    " runs, from the first end of a year at which each works; what the horizon cuts off counts"
    " until then. Causes add up (Aalen-Johansen); where several befell a state in a run, the rarest"
    " is named. A dark system may be restored later."
)
OF_RUNS = f"Dotted: the ends of 90{UNBROKEN}% of runs, each by itself."


@dataclass(frozen=True)
class Survival:
    """Shares by years since a first system began to work.

    Attributes:
        left: Share that has worked without a break: (years,), from 1 down.
        lost: Share lost by then, by cause: (years,) each.
        low: Lower end of what is left in 90 % of runs, each by itself; as far as most runs reach,
            and empty where there are not several runs.
        high: Upper end.
    """

    left: Floats
    lost: Mapping[str, Floats]
    low: Floats
    high: Floats


def _obstacle(results: Held) -> str:
    countries = results.countries
    return "nothing was kept by state" if countries is None else ""


@figure(RUN, "survival", TITLE, obstacle=_obstacle)
def figure_survival(results: Held) -> Figure | None:
    """How long states' first systems work without a break, and how they are lost."""
    shares = survival(results.results.country_runs(), int(results.end) - 1)
    if shares is None:
        return None
    years = np.arange(len(shares.left))
    looks = [*(CAUSES.get(cause, OTHER) for cause in shares.lost), LEFT]
    told = len(shares.low) > 1
    drawn, (axes,) = new_sheet(
        results.manifest,
        _finding(shares),
        grid := Grid(panel_height=2.4),
        None,
        [*looks, ENDS] if told else looks,
        sentences(NOTE, OF_RUNS if told else ""),
        question="How long does a state's first system work, and what ends it?",
    )
    areas = [shares.left, *reversed(list(shares.lost.values()))]
    colours = [look.colour for look in reversed(looks)]
    alphas = [STRENGTH / 2.0] + [STRENGTH] * len(shares.lost)
    stack = axes.stackplot(
        years, *(PERCENT * area for area in areas), colors=colours, linewidth=0.0
    )
    for area, alpha in zip(stack, alphas, strict=True):
        area.set_alpha(alpha)
    axes.plot(years, PERCENT * shares.left, color=LEFT.colour, lw=LINE_WIDTH, label=LEFT.label)
    for end in (shares.low, shares.high) if told else ():
        axes.plot(years[: len(end)], PERCENT * end, color=ENDS.colour, linestyle=ENDS.dash,
                  lw=LINE_WIDTH, label="_ends")  # fmt: skip
    ticks = time_ticks(0.0, float(years[-1]), grid.panel_width)
    axes.set_xlim(0.0, max(1.0, float(years[-1])))
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.set_xlabel("Years since the system began to work")
    share_axis(axes, label="% of first systems")
    return drawn


def survival(rows: pd.DataFrame, last: int) -> Survival | None:
    """How long first systems last over all runs; None where none ever worked.

    Args:
        rows: A row per run and state, as in `country_runs.parquet`.
        last: The last year at whose end it is known which systems work.
    """
    known = [name for year, name in working_years(rows.columns).items() if year <= last]
    table = rows[known].to_numpy(dtype=bool)
    ever = table.any(axis=1)
    if not ever.any():
        return None
    table, rows = table[ever], rows[ever]
    first = table.argmax(axis=1)
    # The end of the first unbroken stretch; past the last year where nothing ends it.
    after = np.arange(table.shape[1]) > first[:, np.newaxis]
    broken = after & ~table
    lost = broken.any(axis=1)
    end = np.where(lost, broken.argmax(axis=1), table.shape[1])
    spells = end - first
    # How each system was lost in its run: the rarest of what befell its state.
    befell = [rows[name].to_numpy() > 0 for name in CAUSES]
    causes = np.select(befell, list(CAUSES), "other")

    def counted(which: Flags) -> Whole:
        """How many of some systems have spells of 1, 2, … years."""
        return np.bincount(spells[which], minlength=int(spells.max()) + 1)[1:]

    # A system whose end is not seen is known to have worked for `spells` - 1 years.
    every = counted(spells > 0)
    risk = every[::-1].cumsum()[::-1] - counted(~lost)
    few = np.flatnonzero(risk < (FEWEST if len(spells) >= FEWEST else 1))
    kept = slice(int(few[0]) if few.size else None)
    risk = risk[kept]
    hazards = {c: counted(lost & (causes == c))[kept] / risk for c in (*CAUSES, "other")}
    left = np.concatenate([[1.0], np.cumprod(1.0 - sum(hazards.values()))])
    shares = {
        cause: np.concatenate([[0.0], np.cumsum(left[:-1] * hazard)])
        for cause, hazard in hazards.items()
    }
    low, high = _of_runs(rows, spells, lost, len(left))
    told = {cause: share for cause, share in shares.items() if share[-1] > 0.0}
    return Survival(left, told, low, high)


def _of_runs(rows: pd.DataFrame, spells: Whole, lost: Flags, years: int) -> tuple[Floats, Floats]:
    """Both ends of what is left in 90 % of runs, each by itself; empty without several runs.

    Args:
        rows: Of the systems; their column `run`.
        spells: How long each is seen.
        lost: Whether its end is.
        years: Beyond which nothing is asked.
    """
    if "run" not in rows:
        return np.zeros(0), np.zeros(0)
    names, codes = np.unique(rows["run"].to_numpy(), return_inverse=True)
    if len(names) < 2:
        return np.zeros(0), np.zeros(0)
    width = int(spells.max()) + 1

    def counted(which: Flags) -> Whole:
        places = (codes * width + spells)[which]
        return np.bincount(places, minlength=len(names) * width).reshape(-1, width)[:, 1:]

    every, kept = counted(spells > 0), counted(~lost)
    risk = every[:, ::-1].cumsum(axis=1)[:, ::-1] - kept
    hazard = np.full(risk.shape, np.nan)
    np.divide(counted(lost), risk, out=hazard, where=risk > 0)
    # Where nothing is left there is none at risk, and it stays so.
    left = np.cumprod(1.0 - hazard, axis=1)
    gone = np.cumsum(left == 0.0, axis=1) > 0
    left[gone] = 0.0
    left = np.column_stack([np.ones(len(names)), left])[:, :years]
    few = np.flatnonzero(np.isfinite(left).mean(axis=0) < MOST_OF_RUNS)
    left = left[:, : int(few[0]) if few.size else None]
    low, high = np.nanquantile(left, (LOW, HIGH), axis=0)
    return low, high


def _finding(lasting: Survival) -> str:
    """How many work for ten years without a break."""
    if len(lasting.left) <= TEN:
        return TITLE
    share = float(lasting.left[TEN])
    percent = f"({PERCENT * share:.0f}{UNBROKEN}%)"
    if len(lasting.low) > TEN:
        low, high = (PERCENT * float(end[TEN]) for end in (lasting.low, lasting.high))
        runs = f"{low:.0f} to {high:.0f}{UNBROKEN}% in nine of ten runs"
        percent = f"{percent[:-1]}; {runs})"
    return (
        f"{capital(in_words(share))} of first systems work for ten years without a break {percent}"
    )
