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
    HEADROOM,
    SHARE_HEADROOM,
    WHOLE_SCALE_FROM,
    level_line,
    panel_title,
    round_numbers,
    share_axis,
    share_axis_below,
    time_ticks,
)
from sim.figures.caption import bands, sentences
from sim.figures.curves import DOT_SIZE, FEW_STATES, draw_curve, draw_dots
from sim.figures.findings import MOST_NAMED, capital, in_words, listed
from sim.figures.register import figure
from sim.figures.rows import dodge, dot, dot_and_bar, interval, new_rows
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import BLACK, GREEN, TEXT, Look, looks_of
from sim.figures.text import UNBROKEN, wrap
from sim.register import WORLD
from sim.results.in_words import with_settings
from sim.studies.persistence.method import Persisted
from sim.studies.persistence.states import (
    LATER,
    REACHED_AFTER,
    Odds,
    StateLeft,
    StateReached,
    can_be_ranked,
    likely_reached,
    most_and_least,
)
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
SHOWN_STATES = 15
"""States of either end that a figure shows."""
STATE_ROW = 0.15
"""Inches of a state's row."""
BAR = 1.1
"""Points of the bar of an interval."""
YEAR_SHARE = 0.7
"""Part of a year that the dots of all scenarios share."""
DODGE = 0.44
"""How far two dots in a row stand apart, in rows."""


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
    """How much still works after ten years, or at the end: "four fifths"."""
    world = shown[0].groups[0]
    years = min(LATER, len(world.curves["mean"]) - 1)
    share = world.left(years) if world.runs else float("nan")
    if years < 1 or np.isnan(share):
        return ""
    when = f"{years} year{'' if years == 1 else 's'} later"
    return f"{capital(in_words(share))} still work {when} ({PERCENT * share:.0f} %)"


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


@figure(
    PERSISTENCE,
    "states",
    "Most and least locked in",
    obstacle=lambda states: "" if can_be_ranked(states) else "too few states have runs enough",
)
def figure_states(
    states: Sequence[StateLeft], since: int, later: int, manifest: Mapping[str, Any]
) -> Figure:
    """The states whose systems stay most surely and least surely, with intervals of 90 %.

    Args:
        states: All states, of which some have runs enough; the others are passed over.
        since: The year at whose end the systems work.
        later: After how many years they are looked for.
        manifest: For the caption.

    """
    most, least = most_and_least(states, SHOWN_STATES)
    shown = [*most, *reversed(least)]
    looks = looks_of(["offer withdrawn", "offer standing"][: 1 + bool(shown[0].standing)])
    rows = [(s.state.name, [s.left, s.standing] if s.standing else [s.left]) for s in shown]
    # What is sure: the lower end of the first state's interval lies above the last one's upper end.
    sure = bool(least) and most[0].left.low > least[0].left.high
    title = "Most and least locked in"
    if sure:
        title = f"{most[0].state.name} is locked in most surely, {least[0].state.name} least"
    return _dots(
        title,
        rows,
        looks,
        f"Probability that a system working at the end of {since} works"
        f" {later}{UNBROKEN}years later, %",
        "Dots: share of the runs in which the state had a working system; bars: 90"
        f"{UNBROKEN}% intervals (Wilson), of the number of runs alone. Sorted by the ends of the"
        " intervals.",
        manifest,
        "In which states do systems stay?",
        gap=len(most) if least else None,
    )


@figure(
    PERSISTENCE,
    "next",
    "Reached next",
    obstacle=lambda reached: "" if likely_reached(reached) else "too few states have runs enough",
)
def figure_next(
    reached: Sequence[StateReached], manifest: Mapping[str, Any], reached_in: str = ""
) -> Figure:
    """The states most surely reached next, with intervals of 90 %.

    Args:
        reached: All states, of which some have runs enough.
        manifest: For the caption.
        reached_in: The scenario in which they are reached; empty: the manifest's.
    """
    # An earlier version kept what this one would not draw.
    shown = (likely_reached(reached) or list(reached))[: 2 * SHOWN_STATES]
    years = list(shown[0].by)
    looks = [
        Look(f"by the end of {year}", colour, marker=marker)
        for year, colour, marker in zip(years, (BLACK, GREEN), "o^", strict=False)
    ]
    names = [state.state.name for state in shown[:MOST_NAMED]]
    first, last = (list(state.by.values())[-1] for state in (shown[0], shown[-1]))
    likely = f"{listed(names)} {'is' if len(names) == 1 else 'are'} likeliest to be reached next"
    settings = with_settings(manifest.get("set", {}))
    return _dots(
        likely if first.low > last.high else "Reached next",
        [(s.state.name, list(s.by.values())) for s in shown],
        looks,
        "Probability of a first contract with a Chinese vendor, %",
        f"Of the runs in which the state has not adopted by the end of {REACHED_AFTER}; bars: 90"
        f"{UNBROKEN}% intervals (Wilson), of the number of runs alone.",
        {**manifest, "scenario": reached_in + settings} if reached_in else manifest,
        "Which states without a contract are reached next?",
    )


def _dots(
    title: str,
    rows: Sequence[tuple[str, Sequence[Odds]]],
    looks: Sequence[Look],
    label: str,
    note: str,
    manifest: Mapping[str, Any],
    question: str,
    gap: int | None = None,
) -> Figure:
    """A row of dots with bars for each state; a gap parts the rows before and after a place."""
    places = [row + (0.8 if gap is not None and row >= gap else 0.0) for row in range(len(rows))]
    drawn, axes = new_rows(
        manifest,
        title,
        [name for name, _ in rows],
        label,
        [dot_and_bar(look, BAR) for look in looks],
        note,
        question=question,
        row=STATE_ROW,
        places=places,
    )
    for place, (_, odds) in zip(places, rows, strict=True):
        for at, (one, look) in enumerate(zip(odds, looks, strict=True)):
            height = place + dodge(at, len(looks), DODGE)
            interval(axes, height, PERCENT * one.low, PERCENT * one.high, look.colour, BAR)
            if one.runs:
                dot(axes, height, PERCENT * one.share, look)
    share_axis_below(axes, axes.get_xlabel())
    top = max((PERCENT * one.high for _, odds in rows for one in odds), default=PERCENT)
    if top < WHOLE_SCALE_FROM:
        axes.set_xlim(-SHARE_HEADROOM / 2.0, top * HEADROOM)
        round_numbers(axes.xaxis, 5)
    return drawn
