"""What the model's observer recorded beside what was observed in the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.engine.start import SUBSAHARAN
from sim.figures.axes import panel_title, quantity_axis, share_axis
from sim.figures.caption import bands, sentences
from sim.figures.curves import WORLD, Held, draw_curve, seen, unit_text
from sim.figures.observations import (
    HOW_TO_READ,
    draw_dated_observations,
    draw_observation,
    legend_entries,
    upper_end,
)
from sim.figures.panels import frame_of
from sim.figures.register import RUN, figure
from sim.figures.sheet import Grid, new_sheet
from sim.figures.style import BLUE, LINE_WIDTH, MARKER_SIZE, QUIET_INK, SMALL_TEXT, Look
from sim.results.implausibility import HOW_MET, is_met
from sim.results.read import Results
from sim.results.targets import COUNTERPARTS, TargetRow, compare_targets
from sim.units import PERCENT
from sim.world.columns import CALIBRATE
from sim.world.countries import Target
from sim.world.seeds import shipped_seeds

SHOWN_UNTIL = 2031.0
"""The record is compared with observations up to 2025; a few years more show where it goes."""
YEAR_OF_SHARES = 2025
"""The published shares count what happened to the end of this year."""
TRUTH_LINE = 0.9
"""Points."""
SIDESTEP = 0.14
"""How far model and observation stand to the left and right of a column's middle."""
RECORDED = Look("recorded (or seen by all) in the model", BLUE)
TRUTH = Look("all that happened in the model", QUIET_INK)
GRID = Grid(
    panels=10,
    columns=2,
    panel_height=1.25,
    title_rows=1,
    row_gap=0.48,
    column_gap=0.66,
    dated=True,
    foot=0.56,
)


@dataclass(frozen=True)
class OverTime:
    """A panel over time, with the observations whose counterpart it shows.

    Attributes:
        outcome: What was recorded, or is seen without a record.
        truth: What happened; empty: the same.
        title: Heading of the panel.
    """

    outcome: str
    truth: str
    title: str

    @property
    def targets(self) -> tuple[str, ...]:
        """Observations of this outcome of the world alone, by id."""
        return tuple(
            name
            for name, counterpart in COUNTERPARTS.items()
            if counterpart.columns == (self.outcome,) and counterpart.group_kind == WORLD[0]
        )


PANELS = (
    OverTime("recorded_trained", "trained", "States ever trained"),
    OverTime("recorded_platforms", "platforms", "States with a platform, ever"),
    OverTime("recorded_trainings_yearly", "trainings_yearly", "Courses a year"),
    OverTime("recorded_adopters", "adopters", "States with any system, ever"),
    OverTime("recorded_trainings", "trainings", "Courses since 2000"),
    OverTime("officers_yearly", "", "Officers trained a year"),
    OverTime("bloc_china", "", "States in China's bloc"),
    OverTime("bloc_west", "", "States in the Western bloc"),
)


TRAINED_SHARE = "recorded_trained_share"
TRAINED_COLUMNS = {
    "trained_share_flawed": "Flawed\ndem.",
    "trained_share_hybrid": "Hybrid\nregimes",
    "trained_share_authoritarian": "Authori-\ntarian",
    "trained_ssa_2025": "Sub-Sah.\nAfrica",
}
"""Shares ever trained of the targets' own groups, and what stands below them."""
OTHER_COLUMNS = {
    "bri_share_2019": "In the BRI,\n2019",
    "outage_share": "Ever dark,\n2023",
    "same_vendor_restoration": "Restored by\nits vendor",
}
"""Quotients that no outcome holds."""


@figure(
    RUN,
    "recorded-against-observed",
    "Recorded in the model and observed in the world",
    outcomes=tuple(panel.outcome for panel in PANELS),
)
def figure_recorded(results: Held, topic: str = "") -> Figure:
    """What the model's observer recorded beside the published figures.

    Args:
        results: What the model gave.
        topic: Heading where nothing is found.
    """
    seeds = shipped_seeds()
    targets = {target.id: target for target in seeds.targets}
    # Some shares follow from several outcomes run by run, which a folder alone can tell.
    folder = results.results if isinstance(results.results, Results) else None
    compared = compare_targets(folder, seeds.targets) if folder else []
    frame = frame_of(results, GRID, (seeds.first_year, int(SHOWN_UNTIL) - 1))
    found = _finding(compared)
    drawn, panels = new_sheet(
        results.manifest,
        found or topic,
        GRID,
        frame,
        [RECORDED, TRUTH, *legend_entries()],
        sentences(bands(results.manifest), HOW_TO_READ, HOW_MET if found else ""),
        question="Does the model's record agree with what was observed in the world?",
        timeless=(len(PANELS), len(PANELS) + 1),
    )
    for axes, panel in zip(panels, PANELS, strict=False):
        observed = [targets[name] for name in panel.targets if name in targets]
        _draw_over_time(axes, results, panel, observed, frame.end)
    trained, other = panels[len(PANELS) :]
    shares = {}
    for name in TRAINED_COLUMNS:
        of = COUNTERPARTS[name]
        line = results.line(TRAINED_SHARE, (of.group_kind, of.group))
        if line and (values := line.at(YEAR_OF_SHARES + 1.0)):
            shares[name] = values
    size = sum(country.region == SUBSAHARAN for country in seeds.countries)
    share_axis(trained)
    _draw_columns(trained, TRAINED_COLUMNS, shares, targets, size)
    panel_title(trained, f"Ever trained by the end of {YEAR_OF_SHARES}")
    trained.set_xlabel("Regime (EIU 2024) or region")
    quotients = {
        row.id: {name: PERCENT * getattr(row, name) for name in ("mean", "q05", "q95")}
        for row in compared
        if row.mean is not None
    }
    share_axis(other, label="% of cases")
    _draw_columns(other, OTHER_COLUMNS, quotients, targets, size)
    panel_title(other, "Of adopters and their systems")
    other.set_xlabel("Share observed")
    return drawn


def _finding(compared: Sequence[TargetRow]) -> str:
    """How many of the published figures the model meets."""
    known = [row for row in compared if row.deviation is not None]
    met = sum(is_met(row.verdict) for row in known)
    used = sum(row.use == CALIBRATE for row in known)
    which = f"{met} of {len(known)} published figures, {used} of them used to calibrate,"
    return f"{which} are met by the model's runs" if known else ""


def _draw_over_time(
    axes: Axes, results: Held, panel: OverTime, observed: Sequence[Target], end: float
) -> None:
    """Draw a recorded curve, what truly happened, and the observations."""
    recorded = results.line(panel.outcome, WORLD, RECORDED)
    truth = results.line(panel.truth, WORLD, TRUTH)
    values: list[Any] = [upper_end(target) for target in observed]
    if truth is not None:
        shown = truth.curve.loc[:end]
        draw_curve(axes, shown, TRUTH, bands=False, linewidth=TRUTH_LINE)
        values.append(shown["mean"])
    if recorded is not None:
        shown = recorded.curve.loc[:end]
        draw_curve(axes, shown, RECORDED)
        values += seen(shown)
    outcome = results.outcomes.get(panel.outcome)
    quantity_axis(axes, unit_text(outcome) if outcome else "", values, ticks=4)
    panel_title(axes, panel.title if recorded else f"{panel.title}: not kept")
    draw_dated_observations(axes, observed)


def _draw_columns(
    axes: Axes,
    columns: Mapping[str, str],
    modelled: Mapping[str, Mapping[str, float]],
    targets: Mapping[str, Target],
    states: int,
) -> None:
    """Draw shares observed once, model at the left of each column and observation at the right.

    Args:
        axes: The panel.
        columns: Targets from left to right, each with what stands below it.
        modelled: Mean and what is known of the quantiles, in percent, by target.
        targets: Observations by id.
        states: How many states a target counts that is no share.
    """
    for place, name in enumerate(columns):
        at, values = place - SIDESTEP, modelled.get(name, {})
        for low, high, width in (("q05", "q95", LINE_WIDTH), ("q25", "q75", 3.0 * LINE_WIDTH)):
            if low in values:
                axes.vlines(at, values[low], values[high], BLUE, lw=width)
        if values:
            axes.plot(at, values["mean"], "_", color=BLUE, markersize=3.0 * MARKER_SIZE)
        target = targets.get(name)
        if target is not None:
            factor = PERCENT if target.unit == "share" else PERCENT / states
            draw_observation(axes, place + SIDESTEP, target, factor)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_xticks(range(len(columns)), list(columns.values()))
    axes.tick_params(axis="x", length=0, labelsize=SMALL_TEXT)
    axes.grid(visible=False, axis="x")
