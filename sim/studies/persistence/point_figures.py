"""What stays at the points of a sweep: panels by one factor, lines by the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.figure import Figure

from sim.figures.caption import bands, sentences
from sim.figures.curves import MOST_WIDE_BANDS
from sim.figures.findings import in_sentence
from sim.figures.register import figure
from sim.figures.sheet import Grid
from sim.figures.style import SIGNS, looks_of
from sim.figures.sweeps.factors import Group, ShownFactor, combined, everything, shown_factors
from sim.figures.sweeps.reading import described
from sim.register import WORLD
from sim.results.sweep import SweepResults
from sim.studies.persistence.figures import COHORT, GRIDS, PERSISTENCE, draw_shares
from sim.studies.persistence.points import PointPersistence

MOST_PANELS = 6
SMALL_GRID = Grid(columns=2, panel_height=1.4, title_rows=2, column_gap=0.34)
BASE = "Working systems over those at {end}."
"""How systems are followed where not the states themselves were kept."""


def _obstacle(sweep: SweepResults) -> str:
    panels, lines = _levels(shown_factors(sweep))
    suits = lines is not None and _alone(panels, lines)
    return "" if suits else "the design is no grid, or has too many factors for one figure"


@figure(PERSISTENCE, "persistence_at_points", "What stays", obstacle=_obstacle)
def figure_points(sweep: SweepResults, points: Sequence[PointPersistence]) -> Figure | None:
    """The share of the world's systems that is left, year after year, at the points of a grid.

    Args:
        sweep: The sweep.
        points: What stays at each point.

    Returns:
        The figure; None where the design is no grid, or has too many factors for one.
    """
    panels, lines = _levels(shown_factors(sweep))
    if lines is None or not _alone(panels, lines):
        return None
    factors = shown_factors(sweep)
    alone = len(panels) == 1
    over = [factor.axis_text for factor in (factors if alone else factors[1:])]
    since = sorted({point.since for point in points})
    after = (
        f"the end of {since[0]}" if len(since) == 1 else "the end of the year before the withdrawal"
    )
    measure = COHORT if points[0].measure == "cohort" else BASE
    world = {point.point: point.groups[0] for point in points}
    shown = {
        f"{factors[0].axis_text}: {panel.text}": [
            world[int(np.flatnonzero(panel.points & line.points)[0])] for line in lines
        ]
        for panel in panels
    }
    return draw_shares(
        described(sweep),
        "What stays" if alone else f"What stays, by {in_sentence(factors[0].title)}",
        GRIDS[WORLD] if alone else SMALL_GRID,
        shown,
        looks_of([line.text for line in lines]),
        sentences(
            measure.format(end=after),
            bands(sweep.manifest, wide=len(lines) <= MOST_WIDE_BANDS),
            _some(panels, lines, points),
        ),
        f"Years after {after}" if len(since) == 1 else "Years",
        "; ".join(over) if len(lines) > 1 else "",
    )


def _some(panels: Sequence[Group], lines: Sequence[Group], points: Sequence[object]) -> str:
    """What the caption says where not all points are shown."""
    shown = len(panels) * len(lines)
    return f"{shown} of {len(points)} points are shown." if shown < len(points) else ""


def _levels(factors: Sequence[ShownFactor]) -> tuple[list[Group], list[Group] | None]:
    """Return what panels and what lines stand for; no lines where there would be too many."""
    first, *rest = factors
    if not rest:
        return [everything(first.places.size)], first.coarse_groups(len(SIGNS))
    if len(rest) == 1:
        return first.coarse_groups(MOST_PANELS), rest[0].coarse_groups(len(SIGNS))
    lines = [
        combined(groups, ", ".join(group.text for group in groups))
        for groups in product(*(factor.groups() for factor in rest))
    ]
    return first.coarse_groups(MOST_PANELS), lines if len(lines) <= len(SIGNS) else None


def _alone(panels: Sequence[Group], lines: Sequence[Group]) -> bool:
    """Whether each line of each panel is one point."""
    return all((p.points & line.points).sum() == 1 for p in panels for line in lines)
