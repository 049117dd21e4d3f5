"""What stays at the points of a sweep: panels by one factor, lines by the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.figure import Figure

from sim.figures.axes import panel_title
from sim.figures.panels import MOST_WIDE_BANDS
from sim.figures.sheet import BANDS, Frame, Grid, new_sheet
from sim.figures.style import TEXT, in_house_style
from sim.figures.sweeps.axes import MOST_LINES, level_looks
from sim.figures.sweeps.factors import Group, ShownFactor, in_sentence, shown_factors
from sim.figures.sweeps.reading import Origin, origin_of
from sim.figures.sweeps.reading import note_of as note_of_parts
from sim.figures.text import UNBROKEN, wrap
from sim.results.sweep import SweepResults
from sim.studies.persistence.figures import draw_share, finish_panel, note_of
from sim.studies.persistence.points import PointPersistence

MOST_PANELS = 6
NARROW_BANDS = f"Lines: mean of runs; bands: 50{UNBROKEN}% of runs."


@in_house_style
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
        rows=-(-len(panels) // columns),
        columns=columns,
        panel_height=2.4 if columns == 1 else 1.4,
        title_rows=0 if columns == 1 else 2,
        column_gap=0.34,
    )
    factors = shown_factors(sweep)
    looks = level_looks([line.text for line in lines])
    over = [factor.axis_text for factor in (factors if columns == 1 else factors[1:])]
    since = sorted({point.since for point in points})
    wide = len(lines) <= MOST_WIDE_BANDS
    figure, axes_list = new_sheet(
        _origin(sweep),
        "What stays" if columns == 1 else f"What stays, by {in_sentence(factors[0].title)}",
        grid,
        Frame(0.0, 1.0),
        looks if len(lines) > 1 else (),
        note=note_of_parts(
            _note(points, since), BANDS if wide else NARROW_BANDS, _some(panels, lines, points)
        ),
        timeless=range(grid.rows * grid.columns),
        legend_title="; ".join(over) if len(lines) > 1 else "",
    )
    for place, (axes, panel) in enumerate(zip(axes_list, panels, strict=False)):
        last = 1
        for line, look in zip(lines, looks, strict=True):
            (at,) = np.flatnonzero(panel.points & line.points)
            group = by_number[int(at)].groups[0]
            last = max(last, len(group.curves["mean"]) - 1)
            if group.runs:
                draw_share(axes, group, look, len(lines))
        label = f"Years after the end of {since[0]}" if len(since) == 1 else "Years"
        finish_panel(axes, last, grid, place, len(panels), label)
        if columns > 1:
            text = f"{factors[0].axis_text}: {panel.text}"
            panel_title(axes, "\n".join(wrap(text, TEXT, grid.panel_width)[:2]))
    for axes in axes_list[len(panels) :]:
        axes.remove()
    return figure


def _origin(sweep: SweepResults) -> Origin:
    """Where the figure comes from, and what parameters its bands hold."""
    parameters = sweep.manifest.get("parameters", "")
    return Origin({**origin_of(sweep).manifest, "parameters": parameters})


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
    whole = Group(0.0, "", np.ones(first.places.size, dtype=np.bool_))
    if not rest:
        return [whole], first.coarse_groups(MOST_LINES)
    if len(rest) == 1:
        return first.coarse_groups(MOST_PANELS), rest[0].coarse_groups(MOST_LINES)
    combined = [_both(groups) for groups in product(*(factor.groups() for factor in rest))]
    return first.coarse_groups(MOST_PANELS), combined if len(combined) <= MOST_LINES else None


def _both(groups: Sequence[Group]) -> Group:
    points = np.logical_and.reduce([group.points for group in groups])
    return Group(0.0, ", ".join(group.text for group in groups), points)


def _alone(panels: Sequence[Group], lines: Sequence[Group]) -> bool:
    """Whether each line of each panel is one point."""
    return all((p.points & line.points).sum() == 1 for p in panels for line in lines)
