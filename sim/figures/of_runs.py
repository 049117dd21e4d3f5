"""Figures of the runs of one scenario.

To add one: a line in `FIGURES`; if it has no curves over time, a function and a line in `NEEDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError
from sim.estimates.effects import FEWEST_COUNTRIES, large_groups, share_of
from sim.estimates.targets import COUNTERPARTS, JUDGED, target_table
from sim.figures import draw, style
from sim.figures.contracts import CONTRACTS, contracts
from sim.figures.findings import contrast, of_year, with_range
from sim.figures.map import SHARES, maps, unclaimed
from sim.figures.rows import BAR, Dots, rows
from sim.figures.style import ONE, Look
from sim.figures.targets import SIGMAS, targets
from sim.measures.bands import quantiles
from sim.measures.variables import PARAMETER_SET, POINT, RUN, YEAR
from sim.model.units import AID, AID_CLASSES, AID_HIGH, AID_MIDDLE, PERCENT, RATED, WORLD
from sim.runs.dataset import Results
from sim.scenario.own_groups import OWN
from sim.world.seeds import shipped_seeds

# From this year on, an outcome no longer depends on the start of runs.
SETTLED = {"unrest": 2003}
# Real outcomes, and their records, as in published figures.
RECORDED = {
    "trained": "recorded_trained",
    "trained_share": "recorded_trained_share",
    "adopters": "recorded_adopters",
    "platforms": "recorded_platforms",
    "trainings_yearly": "recorded_trainings_yearly",
}
LISTED = 2019
BRACKETS = "In brackets: middle 90% of runs."
# Percent of runs that the map's title counts from; a boundary of its classes.
HALF = 50.0


@dataclass(frozen=True)
class Shown:
    """Outcomes of a panel.

    Attributes:
        title: Text above it; None: label of the last.
        unit: Unit of its vertical axis; empty: that of the last.
        looks: Label, colour and dash of each; empty: one blue.
        scale: Factor on values, such as 0.001 for billions instead of millions.
    """

    names: tuple[str, ...]
    title: str | None = None
    unit: str = ""
    looks: tuple[Look, ...] = ()
    bounds: tuple[float, float] | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Curves:
    """A figure of outcomes over time.

    Attributes:
        finding: Returns the title, with ranges in brackets; None: the last outcome, by group.
        panels: Panels of the world.
        by: A kind of groups.
        each: The panel of each of its groups.
    """

    finding: Callable[[Results], str] | None = None
    deck: str = ""
    panels: tuple[Shown, ...] = ()
    columns: int = 1
    by: str = ""
    each: Shown = Shown(())
    width: float = style.ONE_AND_HALF

    @property
    def needs(self) -> set[str]:
        names = {name for panel in (*self.panels, self.each) for name in panel.names}
        return names | ({f"by {self.by}"} if self.by else set())

    def __call__(self, results: Results) -> Figure:
        groups = large_groups(results, self.by) if self.by else []
        sizes = {group: which.sum() for group, which in results.members(self.by).items()}
        panels = [_panel(results, panel) for panel in self.panels]
        for group in groups:
            size = f" ({sizes[group]})" if group in sizes else ""
            title = "" if self.by == WORLD else f"{group[:1].upper()}{group[1:]}{size}"
            panels.append(_panel(results, replace(self.each, title=title), self.by, group))
        last = (self.each.names or self.panels[-1].names)[-1]
        finding = self.finding or partial(contrast, name=last, kind=self.by or WORLD)
        return draw.over_time(
            results, finding(results), panels, f"{self.deck} {BRACKETS}", columns=self.columns,
            note=left_out(results, self.by), width=self.width,
            unit=panels[0].unit if len(groups) > 1 and not self.panels else "",
        )  # fmt: skip


def filled(
    results: Results, text: str, names: Sequence[str], year: int = 0, scale: float = 1.0
) -> str:
    """Return a text with outcomes of a year, by default the last, and their ranges."""
    year = year if year in results.years else results.years[-1]
    of_runs = (scale * of_year(results, name, year=year)[WORLD] for name in names)
    return text.format(*map(with_range, of_runs), year=year)


def left_out(results: Results, kind: str) -> str:
    """Return a sentence on groups too small to be drawn; empty if there are none."""
    every = results.groups.get(kind, [])
    small = [name for name in every if name not in large_groups(results, kind)]
    fewest = f"Not drawn, fewer than {FEWEST_COUNTRIES} countries: "
    return f"{fewest}{', '.join(small)}." if small else ""


def _panel(
    results: Results, shown: Shown, kind: str = WORLD, group: str | None = None
) -> draw.Panel:
    looks = shown.looks or [Look(results.outcomes[name].label, style.MODEL) for name in shown.names]
    lines = []
    for name, look in zip(shown.names, looks, strict=True):
        factor = shown.scale * draw.factor_of(results.outcomes[name])
        values = factor * results.values(name, kind, group).isel({POINT: 0})
        values = values.sel({YEAR: slice(SETTLED.get(name), None)})
        curve = pd.DataFrame(quantiles(values.to_numpy(), axis=0), values[YEAR].to_numpy())
        points = published(name, kind, group or WORLD, factor, results)
        lines.append(draw.Line(look, curve, points))
    last = results.outcomes[shown.names[-1]]
    title = last.label if shown.title is None else shown.title
    return draw.Panel(title, shown.unit or draw.unit_of(last), lines, shown.bounds)


def published(
    outcome: str, kind: str, group: str, factor: float, results: Results | None = None
) -> pd.DataFrame:
    """Return the published figures of one year that count the same as an outcome.

    Figures that the runs miss are marked.
    """
    rows = []
    for target in shipped_seeds().targets:
        entry = COUNTERPARTS[target.id]
        of = {RATED: "regime"}.get(entry.kind, entry.kind), entry.group
        # Ratios and means over years are of the same outcome, and no point of its curve.
        alone = entry.columns == (outcome,) and len(entry.years) == 1
        if target.use != JUDGED and alone and of == (kind, group):
            error = factor * SIGMAS * (target.sigma or 0.0)
            verdicts = [] if results is None else target_table(results, only=target.id)["verdict"]
            missed = "missed" in [*verdicts]
            rows.append((entry.years[0], factor * target.value, error, target.bound, missed))
    return pd.DataFrame(rows, columns=["year", "value", "error", "bound", "missed"])


def outcome(results: Results, name: str, by: str = WORLD) -> Figure:
    if results.n_points > 1:
        several = f"{results.name} has {results.n_points}: choose one with --point"
        raise InputError(f"--outcome draws one scenario: {several}")
    if not np.isfinite(results.values(name, by)).any():
        raise InputError(f"{name} is not counted by {by}")
    each, deck = Shown((name,)), results.outcomes[name].doc
    return Curves(None, deck, columns=3, by=by, each=each, width=style.TWO)(results)


REACH = {
    "working": Look("system works", style.CHINA),
    "adopters": Look("ever bought", style.INK, style.DASHED, "D"),
    "trained": Look("police trained", "#6f7d8a", style.DASH_DOT, "o", hollow=True),
}
OF_REACH = [f"{name}_share" for name in REACH]
WORKS = "a Chinese system works in"
AID_LIMITS = {
    "no aid": ", rich ones too",
    "low aid": f", below {AID_MIDDLE:g}%",
    "middle aid": f", {AID_MIDDLE:g} to {AID_HIGH:g}%",
    "high aid": f", above {AID_HIGH:g}%",
}


def reach_by(kind: str, deck: str) -> Curves:
    title = partial(contrast, name="working_share", kind=kind, words=WORKS)
    each = Shown((*OF_REACH,), "", "%", (*REACH.values(),), SHARES)
    return Curves(title, deck, by=kind, columns=2, each=each)


AID_NOTE = "Incomes and alliances differ with aid, so the gaps are not an effect of aid. "


def by_group(results: Results, kind: str) -> Figure:
    groups, year = large_groups(results, kind), results.years[-1]
    values = {name: PERCENT * of_year(results, f"{name}_share", kind) for name in REACH}
    order = sorted(groups, key=lambda group: -np.nanmean(values["working"][group]))
    if kind == AID:
        order = [group for group in AID_CLASSES if group in groups]
    sizes = {group: which.sum() for group, which in results.members(kind).items()}
    parts = {name: quantiles(values[name][order].to_numpy(), axis=0) for name in REACH}
    bar, works = Look("", "#f0c9ac", marker=""), parts["working"]
    dots = [Dots(bar, works["mean"], works["q05"], works["q95"], BAR)]
    dots += [Dots(look, parts[name]["mean"]) for name, look in reversed(REACH.items())]
    return rows(
        contrast(results, "working_share", kind, WORKS),
        [
            f"{group[:1].upper()}{group[1:]}{AID_LIMITS.get(group, '')} ({sizes[group]})"
            for group in order
        ],
        dots,
        f"% of countries at the end of {year}, mean of runs; any system counts, even a single"
        f" city's cameras. {AID_NOTE * (kind == AID)}Pale bar, and brackets above: middle 90% of"
        f" runs. After a name: number of countries.{' Aid in % of income.' * (kind == AID)}",
        f"{draw.source(results)} {left_out(results, kind)}".strip(),
        width=ONE,
        bounds=SHARES,
        unit="% of countries",
    )


def world_map(results: Results) -> Figure:
    year = results.years[-1]
    works = results.panel("working", year).isel({POINT: 0, YEAR: 0}).dropna(RUN)
    sets = works[PARAMETER_SET].to_numpy()
    shares = (PERCENT * works.mean(RUN)).to_series().to_dict()
    hatched = [code for code in unclaimed(shipped_seeds()) if code in shares]
    names = ", ".join(sorted(s.name for s in shipped_seeds().countries if s.iso3 in hatched))
    often = [
        share_of(column > 0, sets).low > 0.5
        for code, column in zip(shares, works.to_numpy().T, strict=True)
        if code not in hatched and shares[code] > HALF
    ]
    beyond = f"; in {sum(often)} of them beyond chance" * bool(often)
    return maps(
        f"In {len(often) or 'none'} of {len(shares)} countries a Chinese system works in more than"
        f" half of the model's runs in {year}{beyond}",
        {"": shares},
        "% of runs",
        SHARES,
        f"Share of runs at the end of {year}, not a probability. Any system counts, even a single"
        " city's cameras. Hatched, where the model claims nothing, are rich allies of the West"
        f" without a US defence pact, which are not counted: {names}.",
        draw.source(results),
        hatched,
    )


EARNED = {
    "maintenance_chinese_yearly": Look("maintenance", style.CHINA),
    "sales_chinese_yearly": Look("sales", style.QUIET_INK, style.DASHED),
}
# Of a million US$.
BILLIONS = 0.001
RECORD_LOOKS = (
    Look("on record", style.MODEL),
    Look("all that happened", style.QUIET_INK, style.DASHED),
)


FIGURES: Mapping[str, Callable[[Results], Figure]] = {
    "adoption-world": Curves(
        partial(
            filled,
            text="In the model a Chinese system works in {} countries in {year}; {} ever bought"
            " one",
            names=("working", "adopters"),
        ),
        "Countries at the end of the year; all that happens in the model, on record or not.",
        (Shown((*REACH,), "", "countries", (*REACH.values(),)),),
    ),
    "adoption-by-regime": reach_by(
        "regime",
        "% of countries of a regime at the end of the year. Regime enters exit through"
        " public mistrust alone; incomes, aid and alliances of these countries differ, too.",
    ),
    "adoption-by-region": partial(by_group, kind="region"),
    "adoption-by-aid": partial(by_group, kind="aid"),
    "map": world_map,
    "targets": targets,
    "recorded-against-observed": Curves(
        partial(
            filled,
            text="In the model the record misses part of all events: by {year} it has {} of {}"
            " buyers and {} of {} safe cities",
            names=("recorded_adopters", "adopters", "recorded_platforms", "platforms"),
            year=LISTED,
        ),
        "What the model's observer records, as published figures do, next to all events. A"
        " point may lie off the blue line: it is missed only beyond twice the joint error.",
        tuple(
            Shown((RECORDED[name], name), looks=RECORD_LOOKS)
            for name in ("trained", "adopters", "platforms", "trainings_yearly")
        ),
        columns=2,
    ),
    "contracts": contracts,
    "money": Curves(
        partial(
            filled,
            text="In the model Chinese vendors earn {} billion US$ from maintenance in {year} and"
            " {} from sales",
            names=(*EARNED,),
            scale=BILLIONS,
        ),
        "Revenue of Chinese vendors, billion US$ a year.",
        (Shown((*EARNED,), "", "billion US$ a year", (*EARNED.values(),), scale=BILLIONS),),
        width=ONE,
    ),
}  # fmt: skip
OF_OWN = reach_by(OWN, "% of the group's countries at the end of the year.")
PANEL = "panel of countries"
# Outcomes, kinds of groups, or the panel: needs of figures that do not list them.
NEEDS = {
    "adoption-by-region": {*OF_REACH, "by region"},
    "adoption-by-aid": {*OF_REACH, "by aid"},
    "contracts": {*CONTRACTS},
    "map": {PANEL},
    "targets": {"recorded_trained", "recorded_platforms"},
}
OF_TARGETS = ("targets", "recorded-against-observed")


def figures_of(results: Results) -> dict[str, Callable[[], Figure]]:
    known = {*results.outcomes, *(f"by {kind}" for kind in results.groups)}
    known |= {PANEL} if results.has_panel else set()
    needs = {n: f.needs if isinstance(f, Curves) else NEEDS[n] for n, f in FIGURES.items()}
    drawn: dict[str, Callable[[], Figure]] = {
        n: partial(draw, results) for n, draw in FIGURES.items() if needs[n] <= known
    }
    if needs["adoption-by-aid"] <= known:
        for kind in results.own_kinds:
            draw = OF_OWN if kind == OWN else partial(by_group, kind=kind)
            drawn[f"adoption-by-{kind}"] = partial(draw, results)
    return drawn
