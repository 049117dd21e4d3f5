"""What stays when the offer stops: curves of the share left, and single states with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import (
    level_line,
    panel_title,
    share_axis,
    time_ticks,
)
from sim.figures.caption import bands, sentences
from sim.figures.curves import DOT_SIZE, FEW_STATES, draw_curve, draw_dots
from sim.figures.findings import capital, in_words
from sim.figures.register import figure
from sim.figures.rows import dodge
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import TEXT, Look, looks_of
from sim.figures.text import UNBROKEN, wrap
from sim.register import WORLD
from sim.studies.persistence.method import Persisted
from sim.studies.persistence.states import LATER
from sim.units import PERCENT

PERSISTENCE = "persistence"
SHARE_LEFT = "% of systems"
COHORT = "Of states whose Chinese system worked at {end}: share whose system works."
MEAN_SYSTEMS = (
    f"n: mean number of systems at first; fewer than {FEW_STATES}: dots (mean of runs) and thin"
    f" lines (90{UNBROKEN}% of runs)."
)
QUESTION = "Of the systems that work when the offer stops, how many still work years later?"
GRIDS = {
    WORLD: Grid(panel_height=2.4),
    "regime": Grid(columns=2, panel_height=1.3, title_rows=1, column_gap=0.34),
    "region": Grid(columns=3, panel_height=0.92, title_rows=2, row_gap=0.1, column_gap=0.34),
}
YEAR_SHARE = 0.7
"""Part of a year that the dots of all scenarios share."""


@dataclass(frozen=True)
class Shown:
    """What stays in one scenario.

    Attributes:
        label: The scenario.
        groups: The world first.
    """

    label: str
    groups: Sequence[Persisted]

    def group(self, kind: str, name: str) -> Persisted | None:
        """Return a group; None where there is none."""
        return next((g for g in self.groups if (g.kind, g.group) == (kind, name)), None)


@figure(PERSISTENCE, "persistence", "What stays")
def figure_world(shown: Sequence[Shown], since: int, manifest: Mapping[str, Any]) -> Figure:
    """The share of the world's systems that is left, year after year."""
    return _figure(shown, since, manifest, WORLD, _finding(shown) or "What stays")


def _by(kind: str) -> Callable[[Sequence[str]], str]:
    return lambda kinds: "" if kind in kinds else f"groups by {kind} were not asked for"


@figure(PERSISTENCE, "persistence_by_regime", "What stays, by regime", obstacle=_by("regime"))
def figure_regimes(shown: Sequence[Shown], since: int, manifest: Mapping[str, Any]) -> Figure:
    """The share left by regime."""
    return _figure(shown, since, manifest, "regime", "What stays, by regime")


@figure(PERSISTENCE, "persistence_by_region", "What stays, by region", obstacle=_by("region"))
def figure_regions(shown: Sequence[Shown], since: int, manifest: Mapping[str, Any]) -> Figure:
    """The share left by region, the world beside it."""
    return _figure(shown, since, manifest, "region", "What stays, by region")


def _finding(shown: Sequence[Shown]) -> str:
    """How much still works after ten years, or at the end, and how much of it uninterrupted."""
    world = shown[0].groups[0]
    years = min(LATER, len(world.curves["mean"]) - 1)
    share, unbroken = world.left(years), world.unbroken(years)
    if years < 1 or np.isnan(share):
        return ""
    when = f"{years} year{'' if years == 1 else 's'} later"
    finding = f"{capital(in_words(share))} work {when} ({PERCENT * share:.0f} %)"
    if np.isnan(unbroken):
        return finding
    return f"{finding}, {PERCENT * unbroken:.0f} % without interruption"


def _figure(
    shown: Sequence[Shown], since: int, manifest: Mapping[str, Any], of: str, title: str
) -> Figure:
    """A panel for each group of a kind, and in it a line for each scenario."""
    names = [(g.kind, g.group) for g in shown[0].groups if g.kind == of]
    if of == "region":
        names.insert(0, (WORLD, WORLD))
    panels, grid = {}, GRIDS[of]
    for kind, name in names:
        found = [one.group(kind, name) for one in shown]
        size = f" (n{UNBROKEN}={UNBROKEN}{_mean_count(found[0].before)})" if found[0] else ""
        panels[("World" if kind == WORLD else capital(name)) + size] = found
    note = sentences(
        COHORT.format(end=f"the end of {since}"),
        bands(manifest),
        MEAN_SYSTEMS if len(names) > 1 else "",
    )
    looks = looks_of([one.label for one in shown])
    label = "Years" if grid.columns > 2 else f"Years after the end of {since}"
    return draw_shares(manifest, title, grid, panels, looks, note, label)


def _mean_count(systems: float) -> str:
    """A mean number of systems: what is not none does not read 0."""
    return f"{systems:.0f}" if systems >= 1.0 or not systems else f"{systems:.1g}"


def draw_shares(
    manifest: Mapping[str, Any],
    title: str,
    grid: Grid,
    panels: Mapping[str, Sequence[Persisted | None]],
    looks: Sequence[Look],
    note: str,
    label: str,
    legend_title: str = "",
) -> Figure:
    """Draw shares left, in percent by years, with a line at a half.

    Args:
        manifest: For the caption.
        title: Heading.
        grid: Arrangement of the panels, of which it need not know the number.
        panels: What each panel shows, by its title; None where there is no such group.
        looks: Of the lines of each panel.
        note: How to read it.
        label: Of the axis of years.
        legend_title: Heading of the legend.
    """
    grid = replace(grid, panels=len(panels))
    legend = looks if len(looks) > 1 else ()
    drawn, axes_list = new_sheet(
        manifest, title, grid, None, legend, note, question=QUESTION, legend_title=legend_title
    )
    for place, (axes, (text, groups)) in enumerate(zip(axes_list, panels.items(), strict=True)):
        for at, (group, look) in enumerate(zip(groups, looks, strict=True)):
            if group and group.runs:
                _draw_share(axes, group, look, at, len(looks))
        last = max((len(group.curves["mean"]) - 1 for group in groups if group), default=1)
        level_line(axes, PERCENT / 2.0)
        lowest = grid.is_lowest(place)
        ticks = time_ticks(0.0, float(last), grid.panel_width)
        axes.set_xlim(0.0, max(last, 1))
        axes.set_xticks(ticks, [str(tick) if lowest else "" for tick in ticks])
        axes.set_xlabel(label if lowest else "")
        share_axis(axes, labelled=place % grid.columns == 0, label=SHARE_LEFT)
        if len(panels) > 1:
            panel_title(axes, "\n".join(wrap(text, TEXT, grid.panel_width)[:2]))
    return drawn


def _draw_share(axes: Axes, group: Persisted, look: Look, at: int, lines: int) -> None:
    """Draw a group's share left; few systems as dots with thin ranges, beside those of others."""
    curve = PERCENT * pd.DataFrame(group.curves)
    if group.before < FEW_STATES and group.kind != WORLD:
        beside = curve.set_axis(curve.index + dodge(at, lines, YEAR_SHARE / lines))
        draw_dots(axes, beside, look, DOT_SIZE, ranges=group.runs > 1, clip_on=False)
    else:
        draw_curve(axes, curve, look, lines=lines, bands=group.runs > 1)
