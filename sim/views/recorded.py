"""What the model's observer recorded beside what was observed in the world."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator

from sim.views.axes import panel_title, quantity_axis, share_axis
from sim.views.curves import PERCENT, WORLD, Curve, Curves, ResultsLike, draw_curve
from sim.views.panels import frame_of, line_of
from sim.views.sheet import BANDS, Grid, new_sheet
from sim.views.style import (
    BLACK,
    BLUE,
    DASHED,
    LINE_WIDTH,
    MARKER_SIZE,
    QUIET_INK,
    SMALL_TEXT,
    THIN_LINE,
    Look,
    in_house_style,
)
from sim.world.countries import Target
from sim.world.seeds import Seeds, load_seeds

SIGMAS = 2.0
"""Half the length of an error bar, in standard deviations."""
SHOWN_UNTIL = 2031.0
"""The record is compared with observations up to 2025; a few years more show where it goes."""
YEAR_OF_SHARES = 2025
"""The published shares count what happened to the end of this year."""
ARROW_SHARE = 0.1
"""Length of a bound's arrow, as a share of the axis."""
TRUTH_LINE = 0.9
"""Points."""
SIDESTEP = 0.14
"""How far model and observation stand to the left and right of a column's middle."""
TRUTH = Look("all that happened in the model", QUIET_INK, DASHED)
HOW_TO_READ = "Observations stand at the end of their period; arrows: a lower or upper bound."
GRID = Grid(
    rows=2, columns=2, panel_height=1.45, title_rows=1, row_gap=0.5, column_gap=0.66, dated=True
)


@dataclass(frozen=True)
class Recorded:
    """A panel over time.

    Attributes:
        outcome: What was recorded.
        truth: What happened.
        title: Of the panel.
        unit: Of its vertical axis.
        targets: Observations that belong here, by id.
    """

    outcome: str
    truth: str
    title: str
    unit: str
    targets: tuple[str, ...]


PANELS = (
    Recorded("recorded_trained", "trained", "Ever trained", "states", ("trained_countries_2025",)),
    Recorded(
        "recorded_trainings_yearly",
        "trainings_yearly",
        "Trainings a year",
        "trainings a year",
        ("trainings_2010", "trainings_2019", "trainings_per_year_after_2019"),
    ),
    Recorded(
        "recorded_adopters",
        "adopters",
        "Ever adopted",
        "states",
        ("adopters_2019", "importers_2021", "adopters_2025"),
    ),
)
RECORDED = Look("recorded in the model", BLUE)

GROUP_LABEL = "Regime (EIU 2024) or region"
SHARE_TARGETS: Mapping[str, tuple[tuple[str, str], str]] = {
    "trained_share_flawed": (("regime-rated", "flawed democracy"), "Flawed\ndem."),
    "trained_share_hybrid": (("regime-rated", "hybrid"), "Hybrid\nregimes"),
    "trained_share_authoritarian": (("regime-rated", "authoritarian"), "Authori-\ntarian"),
    "trained_ssa_2025": (("region", "Sub-Saharan Africa"), "Sub-Sah.\nAfrica"),
}
"""Observed shares: group, and its name on the axis."""


@dataclass(frozen=True)
class Sign:
    """How an observation is marked, by its use."""

    label: str
    marker: str
    filled: bool


SIGNS = {
    "calibrate": Sign("observed ± 2 σ, used to calibrate", "o", filled=True),
    "hold-out": Sign("observed, held out", "D", filled=False),
    "check": Sign("observed, rough check", "s", filled=False),
}


@in_house_style
def figure_recorded(results: ResultsLike, seeds: Seeds | None = None) -> Figure:
    """Recorded training and adoption with the observations they are judged by.

    Args:
        results: What the model gave.
        seeds: Targets and ratings; the project's own if None.
    """
    seeds = load_seeds() if seeds is None else seeds
    targets = {target.id: target for target in seeds.targets}
    curves = Curves(results.series())
    frame = frame_of(results, curves, label_marks=False)
    frame = replace(frame, end=min(frame.end, max(SHOWN_UNTIL, frame.start + 1.0)))
    frame = replace(frame, marks=[mark for mark in frame.marks if mark.date < frame.end])
    figure, axes_list = new_sheet(
        results,
        "Recorded in the model and observed in the world",
        GRID,
        frame,
        [RECORDED, TRUTH, *map(_legend_sign, SIGNS.values())],
        note=f"{BANDS} {HOW_TO_READ}",
        timeless=(len(PANELS),),
    )
    for axes, panel in zip(axes_list, PANELS, strict=False):
        observed = [targets[name] for name in panel.targets if name in targets]
        _draw_over_time(axes, results, curves, panel, observed, frame.end)
    _draw_shares(axes_list[len(PANELS)], results, curves, targets, seeds)
    return figure


def _draw_over_time(
    axes: Axes,
    results: ResultsLike,
    curves: Curves,
    panel: Recorded,
    observed: Sequence[Target],
    end: float,
) -> None:
    """Draw a recorded curve, what truly happened, and the observations."""
    recorded = line_of(results, curves, panel.outcome, WORLD, RECORDED)
    truth = line_of(results, curves, panel.truth, WORLD, TRUTH)
    tops = [_upper_end(target) for target in observed]
    if truth is not None:
        shown = _until(truth.curve, end)
        axes.plot(
            shown.dates,
            shown.values["mean"],
            color=TRUTH.colour,
            linestyle=TRUTH.dash,
            lw=TRUTH_LINE,
        )
        tops.append(float(shown.values["mean"].max()))
    if recorded is not None:
        shown = _until(recorded.curve, end)
        draw_curve(axes, shown, RECORDED)
        tops.append(float(shown.values["q95"].max()))
    quantity_axis(axes, panel.unit, max(tops, default=0.0), ticks=4)
    panel_title(axes, panel.title if recorded else f"{panel.title}: not in these results")
    for target in observed:
        first, last = _period(target)
        if first is not None and target.bound != "value":
            # A bound on every year of a period, not on what had happened by its end.
            axes.plot([first, last], [target.value] * 2, color=BLACK, lw=LINE_WIDTH)
            _draw_observation(axes, (first + last) / 2.0, target, target.value)
        else:
            _draw_observation(axes, last, target, target.value)


def _draw_shares(
    axes: Axes,
    results: ResultsLike,
    curves: Curves,
    targets: Mapping[str, Target],
    seeds: Seeds,
) -> None:
    """Draw the shares of states recorded as trained, a column a group."""
    for place, (name, (group, _)) in enumerate(SHARE_TARGETS.items()):
        size = _group_size(seeds, group)
        curve = curves.get("recorded_trained", group)
        value = curve.at(YEAR_OF_SHARES + 1.0) if curve is not None else None
        if value is not None:
            at = place - SIDESTEP
            scaled = {key: PERCENT * number / size for key, number in value.items()}
            for low, high, width in (("q05", "q95", LINE_WIDTH), ("q25", "q75", 3 * LINE_WIDTH)):
                axes.plot([at, at], [scaled[low], scaled[high]], color=BLUE, lw=width)
            axes.plot(
                [at],
                [scaled["mean"]],
                color=BLUE,
                marker="_",
                markersize=3 * MARKER_SIZE,
                label=f"_{name}",
            )
        target = targets.get(name)
        if target is not None:
            factor = PERCENT if target.unit == "share" else PERCENT / size
            _draw_observation(axes, place + SIDESTEP, target, factor * target.value, factor)
    axes.set_xlim(-0.5, len(SHARE_TARGETS) - 0.5)
    axes.xaxis.set_major_locator(FixedLocator(range(len(SHARE_TARGETS))))
    axes.xaxis.set_major_formatter(FixedFormatter([text for _, text in SHARE_TARGETS.values()]))
    axes.tick_params(axis="x", length=0, labelsize=SMALL_TEXT)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel(GROUP_LABEL)
    share_axis(axes)
    panel_title(axes, f"Ever trained by {YEAR_OF_SHARES}")


def _draw_observation(
    axes: Axes, at: float, target: Target, value: float, factor: float = 1.0
) -> None:
    """Draw an observation with its error bar, or with an arrow if it is a bound."""
    sign = SIGNS[target.use]
    low, high = axes.get_ylim()
    bound = target.bound != "value"
    spread = SIGMAS * (target.sigma or 0.0) * factor
    axes.errorbar(
        [at],
        [value],
        yerr=ARROW_SHARE * (high - low) if bound else spread or None,
        lolims=target.bound == "lower",
        uplims=target.bound == "upper",
        color=BLACK,
        marker=sign.marker,
        markersize=MARKER_SIZE,
        markerfacecolor=BLACK if sign.filled else "white",
        elinewidth=2 * THIN_LINE,
        capsize=MARKER_SIZE / 2.0,
        linestyle="none",
        zorder=4,
        label=target.id,
    )


def _legend_sign(sign: Sign) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        color=BLACK,
        marker=sign.marker,
        markersize=MARKER_SIZE,
        markerfacecolor=BLACK if sign.filled else "white",
        label=sign.label,
    )


def _group_size(seeds: Seeds, group: tuple[str, str]) -> int:
    """How many states a group has."""
    kind, name = group
    if kind == "region":
        return sum(country.region == name for country in seeds.countries)
    return sum(country.regime_rated and country.regime_2024 == name for country in seeds.countries)


def _period(target: Target) -> tuple[float | None, float]:
    """Begin (None if one date alone is named) and end of an observation's period."""
    years = [int(year) for year in re.findall(r"\d{4}", target.period)]
    end = max(years, default=YEAR_OF_SHARES) + 1.0
    yearly = len(years) > 1 and "year" in target.quantity
    return (float(min(years)) if yearly else None), end


def _upper_end(target: Target) -> float:
    """Highest point of an observation's drawing."""
    reach = ARROW_SHARE * target.value if target.bound == "lower" else 0.0
    return target.value + reach + SIGMAS * (target.sigma or 0.0)


def _until(curve: Curve, end: float) -> Curve:
    """The part of a curve up to a date."""
    kept = curve.dates <= end
    return Curve(curve.dates[kept], {name: v[kept] for name, v in curve.values.items()})
