"""Training and adoption over time: the world, by regime and by region."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from sim.figures.axes import panel_title, quantity_axis, share_axis
from sim.figures.caption import bands, sentences
from sim.figures.curves import FEW, FEW_STATES, WORLD, Held, draw_curve, draw_dots
from sim.figures.findings import widest_and_narrowest, year_of
from sim.figures.panels import small_frame, wide_frame
from sim.figures.register import RUN, figure
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import TEXT, look_of
from sim.figures.text import UNBROKEN, wrap
from sim.world.columns import REGIMES, REGIONS

ADOPTION = ("trained", "adopters", "working")
"""Outcomes shown as numbers of states."""
ADOPTION_SHARES = ("trained_share", "adopters_share", "working_share")
"""The same as shares of states."""
QUESTION = "Who was ever trained, who ever bought from a Chinese vendor, and whose system works?"

WORLD_GRID = Grid(panel_height=2.5)
REGIME_GRID = Grid(rows=2, columns=2, panel_height=1.35, title_rows=1, column_gap=0.34)
REGION_GRID = Grid(rows=4, columns=3, panel_height=0.92, title_rows=2, row_gap=0.1, column_gap=0.34)


@figure(RUN, "adoption-world", "Training and adoption in the world", outcomes=ADOPTION)
def figure_adoption_world(results: Held) -> Figure:
    """How many states were ever trained, ever adopted and have a working system."""
    lines = results.lines(ADOPTION)
    states = results.sizes.get(WORLD)
    drawn, (axes,) = new_sheet(
        results.manifest,
        _found_in_world(results) or "Training and adoption in the world",
        WORLD_GRID,
        wide_frame(results, WORLD_GRID),
        [line.look for line in lines],
        bands(results.manifest),
        question=QUESTION,
    )
    for line in lines:
        draw_curve(axes, line.curve, line.look)
    seen = [part for line in lines for part in line.curve.seen()]
    quantity_axis(axes, f"states (of {states})" if states else "states", seen)
    return drawn


def _found_in_world(results: Held) -> str:
    """How many states have adopted at the end, and how many systems work."""
    end = results.curves.end
    ends = [line.curve.at(end) for line in results.lines(("adopters", "working"))]
    adopted, working, *_ = [*(round(one["mean"]) if one else 0 for one in ends), 0, 0]
    if not (adopted and working and WORLD in results.sizes):
        return ""
    return (
        f"{adopted} of {results.sizes[WORLD]} states have adopted by the end of {year_of(end)};"
        f" in {working} the system works"
    )


@figure(RUN, "adoption-by-regime", "Training and adoption by regime", outcomes=ADOPTION_SHARES)
def figure_adoption_by_regime(results: Held) -> Figure:
    """Shares of states ever trained, ever adopted and working, by regime of 2024."""
    groups = [("regime", regime) for regime in REGIMES]
    return _small_multiples(results, "Training and adoption by regime", REGIME_GRID, groups)


@figure(RUN, "adoption-by-region", "Training and adoption by region", outcomes=ADOPTION_SHARES)
def figure_adoption_by_region(results: Held) -> Figure:
    """Shares of states ever trained, ever adopted and working, by region."""
    groups = [WORLD, *(("region", region) for region in REGIONS)]
    return _small_multiples(results, "Training and adoption by region", REGION_GRID, groups)


def _small_multiples(
    results: Held, title: str, grid: Grid, groups: Sequence[tuple[str, str]]
) -> Figure:
    """One panel a group, all with the same axes."""
    sizes = results.sizes
    if sizes:
        groups = [group for group in groups if sizes.get(group)]
        grid = replace(grid, rows=-(-len(groups) // grid.columns))
    few = any(sizes.get(group, FEW_STATES) < FEW_STATES for group in groups)
    kept = [results.outcomes[name] for name in ADOPTION_SHARES if name in results.outcomes]
    drawn, panels = new_sheet(
        results.manifest,
        _found_in_groups(results, groups) or title,
        grid,
        small_frame(results),
        [look_of(outcome) for outcome in kept],
        sentences(bands(results.manifest), FEW if few else ""),
        question=QUESTION,
        panels=len(groups),
    )
    for place, (axes, group) in enumerate(zip(panels, groups, strict=True)):
        for line in results.lines(ADOPTION_SHARES, group):
            if sizes.get(group, FEW_STATES) < FEW_STATES:
                draw_dots(axes, line)
            else:
                draw_curve(axes, line.curve.at_year_ends(), line.look)
        share_axis(axes, labelled=place % grid.columns == 0)
        name = "World" if group == WORLD else group[1][0].upper() + group[1][1:]
        size = f" (n{UNBROKEN}={UNBROKEN}{sizes[group]})" if group in sizes else ""
        panel_title(axes, "\n".join(wrap(name + size, TEXT, grid.panel_width)))
    return drawn


def _found_in_groups(results: Held, groups: Sequence[tuple[str, str]]) -> str:
    """Where most and where fewest states have adopted at the end, of groups that are not small."""
    found = {}
    for group in groups:
        for line in results.lines(("adopters_share",), group):
            spread = line.curve.at(results.curves.end)
            if spread and group != WORLD and results.sizes.get(group, 0) >= FEW_STATES:
                found[_named(group)] = spread
    told = widest_and_narrowest("Adoption", found)
    return f"{told} by the end of {year_of(results.curves.end)}" if told else ""


def _named(group: tuple[str, str]) -> str:
    """A group as a sentence names it: "flawed democracies"."""
    kind, name = group
    if kind != "regime":
        return name
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name} regimes"
