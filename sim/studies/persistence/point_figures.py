"""What stays at the points of a sweep: panels by one factor, lines by the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.figure import Figure

from sim.figures.axes import panel_title
from sim.figures.caption import bands, sentences
from sim.figures.curves import MOST_WIDE_BANDS
from sim.figures.findings import in_sentence
from sim.figures.register import figure
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import SIGNS, TEXT, looks_of
from sim.figures.sweeps.factors import Group, ShownFactor, combined, everything, shown_factors
from sim.figures.sweeps.reading import described
from sim.figures.text import wrap
from sim.results.sweep import SweepResults
from sim.studies.persistence.figures import (
    PERSISTENCE,
    QUESTION,
    draw_share,
    finish_panel,
    note_of,
)
from sim.studies.persistence.points import PointPersistence

MOST_PANELS = 6


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
    by_number = {point.point: point for point in points}
    columns = 1 if len(panels) == 1 else 2
    grid = Grid(
        panels=len(panels),
        columns=columns,
        panel_height=2.4 if columns == 1 else 1.4,
        title_rows=0 if columns == 1 else 2,
        column_gap=0.34,
    )
    factors = shown_factors(sweep)
    looks = looks_of([line.text for line in lines])
    over = [factor.axis_text for factor in (factors if columns == 1 else factors[1:])]
    since = sorted({point.since for point in points})
    drawn, axes_list = new_sheet(
        described(sweep),
        "What stays" if columns == 1 else f"What stays, by {in_sentence(factors[0].title)}",
        grid,
        None,
        looks if len(lines) > 1 else (),
        sentences(
            _note(points, since),
            bands(sweep.manifest, wide=len(lines) <= MOST_WIDE_BANDS),
            _some(panels, lines, points),
        ),
        question=QUESTION,
        legend_title="; ".join(over) if len(lines) > 1 else "",
    )
    for place, (axes, panel) in enumerate(zip(axes_list, panels, strict=True)):
        last = 1
        for line, look in zip(lines, looks, strict=True):
            (at,) = np.flatnonzero(panel.points & line.points)
            group = by_number[int(at)].groups[0]
            last = max(last, len(group.curves["mean"]) - 1)
            if group.runs:
                draw_share(axes, group, look, len(lines))
        label = f"Years after the end of {since[0]}" if len(since) == 1 else "Years"
        finish_panel(axes, last, grid, place, label)
        if columns > 1:
            text = f"{factors[0].axis_text}: {panel.text}"
            panel_title(axes, "\n".join(wrap(text, TEXT, grid.panel_width)[:2]))
    return drawn


def _note(points: Sequence[PointPersistence], since: Sequence[int]) -> str:
    note = note_of(points[0].measure, since[0])
    if len(since) == 1:
        return note
    return note.replace(f"the end of {since[0]}", "the end of the year before the withdrawal")


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
