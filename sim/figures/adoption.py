"""Training and adoption over time: the world, by regime and by region."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures.axes import panel_title, share_axis
from sim.figures.curves import WORLD, Curves, ResultsLike, draw_curve
from sim.figures.panels import (
    Panel,
    draw_panel,
    line_of,
    look_of,
    present,
    small_frame,
    wide_frame,
)
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import TEXT, in_house_style
from sim.figures.text import UNBROKEN, wrap
from sim.world.columns import REGIMES, REGIONS

ADOPTION = ("trained", "adopters", "working")
"""Outcomes shown as numbers of states."""
ADOPTION_SHARES = ("trained_share", "adopters_share", "working_share")
"""The same as shares of states."""

WORLD_GRID = Grid(panel_height=2.5)
REGIME_GRID = Grid(rows=2, columns=2, panel_height=1.35, title_rows=1, column_gap=0.34)
REGION_GRID = Grid(rows=4, columns=3, panel_height=0.92, title_rows=2, row_gap=0.1, column_gap=0.34)


@in_house_style
def figure_adoption_world(results: ResultsLike) -> Figure:
    """Numbers of states ever trained, ever adopted and with a working system."""
    curves = Curves.of(results)
    lines = present([line_of(results, curves, name) for name in ADOPTION])
    figure, panels = new_sheet(
        results,
        "Training and adoption in the world",
        WORLD_GRID,
        wide_frame(results, curves, WORLD_GRID),
        [line.look for line in lines],
    )
    states = _sizes(results).get(WORLD)
    draw_panel(panels[0], Panel("", f"states (of {states})" if states else "states", lines))
    return figure


@in_house_style
def figure_adoption_by_regime(results: ResultsLike) -> Figure:
    """Shares of states ever trained, ever adopted and working, a panel per regime of 2024."""
    groups = [("regime", regime) for regime in REGIMES]
    title = "Training and adoption by regime"
    return _small_multiples(results, title, REGIME_GRID, groups)


@in_house_style
def figure_adoption_by_region(results: ResultsLike) -> Figure:
    """Shares of states ever trained, ever adopted and working, a panel per region."""
    groups = [WORLD, *(("region", region) for region in REGIONS)]
    title = "Training and adoption by region"
    return _small_multiples(results, title, REGION_GRID, groups)


def _small_multiples(
    results: ResultsLike, title: str, grid: Grid, groups: Sequence[tuple[str, str]]
) -> Figure:
    """One panel a group, all with the same axes."""
    curves = Curves.of(results)
    looks = [look_of(name.removesuffix("_share")) for name in ADOPTION_SHARES]
    figure, panels = new_sheet(results, title, grid, small_frame(results, curves), looks)
    sizes = _sizes(results)
    for place, (axes, group) in enumerate(zip(panels, groups, strict=True)):
        lines = present(
            [
                line_of(results, curves, name, group, look)
                for name, look in zip(ADOPTION_SHARES, looks, strict=True)
            ]
        )
        for line in lines:
            draw_curve(axes, line.curve.at_year_ends(), line.look)
        share_axis(axes, labelled=place % grid.columns == 0)
        name = "World" if group == WORLD else group[1][0].upper() + group[1][1:]
        size = f" (n{UNBROKEN}={UNBROKEN}{sizes[group]})" if group in sizes else ""
        panel_title(axes, "\n".join(wrap(name + size, TEXT, grid.panel_width)))
    return figure


def _sizes(results: ResultsLike) -> Mapping[tuple[str, str], int]:
    """Number of states of each group, by kind and name."""
    try:
        countries = results.countries()
    except InputError:
        return {}  # This batch kept nothing by country.
    sizes = {WORLD: len(countries)} if len(countries) else {}
    for kind, column in (("regime", "regime_2024"), ("region", "region")):
        for name, count in countries[column].value_counts().items():
            sizes[kind, str(name)] = int(count)
    return sizes
