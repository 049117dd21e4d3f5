"""Figures of the runs of one scenario.

To add one: a line in `FIGURES`; if it is not of curves over time, a function and a line in `NEEDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.errors import InputError
from sim.figures import draw, style
from sim.figures.canvas import canvas
from sim.figures.style import Look, look_of
from sim.results.bands import band, spread
from sim.results.dataset import Results
from sim.results.effects import FEWEST_COUNTRIES, large_groups
from sim.results.numbers import shown
from sim.results.targets import (
    CHECK,
    COUNTERPARTS,
    FITTED,
    HOLD_OUT,
    HOW_MET,
    JUDGED,
    USES,
    misses,
    target_table,
)
from sim.results.variables import POINT, RUN, YEAR
from sim.units import PERCENT, RATED, WORLD
from sim.world.seeds import shipped_seeds

SETTLED = {"unrest": 2003}
"""First year in which an outcome no longer depends on how runs begin; others do from the start."""
RECORDED = {
    "trained": "recorded_trained",
    "trained_share": "recorded_trained_share",
    "adopters": "recorded_adopters",
    "platforms": "recorded_platforms",
    "trainings_yearly": "recorded_trainings_yearly",
}
"""What happens, and what the observer records of it, as published figures do."""
SIGMAS = 2.0
"""Half the length of an error bar, in standard errors."""
LASTING = {
    "left": Look("still working, never interrupted", style.GREEN),
    "other": Look("worn out", style.PALE_INK),
    "lapsed": Look("suspended for unpaid fees", style.ORANGE),
    "abandoned": Look("given up", style.BLACK),
    "switched": Look("another vendor", style.PURPLE),
    "replaced": Look("replaced after a ban", style.SKY_BLUE),
}
"""What becomes of a first system: it works, wears out, or is lost to what a field of this name
counts; the rarest last."""
CAUSES = tuple(name for name in reversed(LASTING) if name not in ("left", "other"))
"""What a loss is put down to, the rarest first."""
FEWEST_AT_RISK = 50
TEN = 10
"""Years of a first system that the heading of `survival` is about."""
MAPS = {
    "adopted": ("Ever bought any Chinese system by", 2025),
    "adopted_platform": ("Ever bought a platform (safe city or more) by", 2025),
    "working": ("A working Chinese system at the end of", 2040),
}
"""Fields of countries, with words and year of their maps."""


@dataclass(frozen=True)
class Shown:
    """Outcomes of a panel.

    Attributes:
        names: Their names.
        title: Text above it; None: label of the last.
        unit: Unit of its vertical axis; empty: that of the last.
        looks: Label, colour and dash of each; empty: as mechanisms declare.
        bounds: Ends of its vertical axis.
    """

    names: tuple[str, ...]
    title: str | None = None
    unit: str = ""
    looks: tuple[Look, ...] = ()
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Curves:
    """A figure of outcomes over time.

    Attributes:
        question: The question that it answers.
        title: Heading, with `{year}` for the last year, `{countries}` for their number, and
            outcomes for their value in that year; empty: the last outcome, in the groups where
            it is lowest and highest, or in the world.
        panels: Panels of the world.
        columns: Panels per row.
        by: A kind of groups.
        each: The panel of each of its groups.
        note: How to read it.
    """

    question: str
    title: str = ""
    panels: tuple[Shown, ...] = ()
    columns: int = 1
    by: str = ""
    each: Shown = Shown(())
    note: str = ""

    @property
    def named(self) -> list[str]:
        """Outcomes in the heading, in its order."""
        return [n for n in re.findall(r"{(\w+)}", self.title) if n not in ("year", "countries")]

    @property
    def needs(self) -> set[str]:
        """All outcomes in it."""
        return {*self.named, *(name for panel in (*self.panels, self.each) for name in panel.names)}

    def __call__(self, results: Results) -> Figure:
        """Draw it of the first point of results."""
        groups = large_groups(results, self.by) if self.by else []
        small = [
            name for name in results.groups[self.by or WORLD] if self.by and name not in groups
        ]
        left_out = f"Left out, fewer than {FEWEST_COUNTRIES} countries: {', '.join(small)}."
        sizes = results.country_groups.get(self.by, pd.Series()).value_counts()
        panels = [_panel(results, panel) for panel in self.panels]
        for group in groups:
            size = f" ({sizes[group]})" if group in sizes else ""
            title = "" if self.by == WORLD else f"{group[:1].upper()}{group[1:]}{size}"
            panels.append(_panel(results, replace(self.each, title=title), self.by, group))
        last = {"year": results.years[-1], "countries": len(results.country_groups)}
        numbers = {n: _last(results, n, again=at > 0) for at, n in enumerate(self.named)}
        title = self.title.format(**last, **numbers)
        return draw.over_time(
            results,
            title
            or _ends(results, (self.each.names or self.panels[-1].names)[-1], self.by or WORLD),
            panels,
            self.question,
            columns=self.columns,
            note=f"{self.note} {left_out if small else ''}".strip(),
            together=len(groups) > 1 and not self.panels,
        )


def _panel(
    results: Results, shown: Shown, kind: str = WORLD, group: str | None = None
) -> draw.Panel:
    """Return a panel with its curves."""
    looks = shown.looks or tuple(look_of(results.outcomes[name]) for name in shown.names)
    lines = [
        _line(results, name, kind, group, look, beside_record=RECORDED.get(name) in shown.names)
        for name, look in zip(shown.names, looks, strict=True)
    ]
    last = results.outcomes[shown.names[-1]]
    unit = shown.unit.format(countries=len(results.country_groups)) or draw.unit_of(last)
    return draw.Panel(last.label if shown.title is None else shown.title, unit, lines, shown.bounds)


def _line(
    results: Results, name: str, kind: str, group: str | None, look: Look, *, beside_record: bool
) -> draw.Line:
    """Return an outcome's curve in the unit that figures show; a mean alone beside its record."""
    factor = draw.factor_of(results.outcomes[name])
    values = factor * results.values(name, kind, group).isel({POINT: 0})
    curve = spread(values.sel({YEAR: slice(SETTLED.get(name), None)})).to_pandas()
    if beside_record:
        return draw.Line(look, curve[["mean"]])
    figures = published(name, kind, group or WORLD, factor)
    return draw.Line(look, curve, figures)


def published(outcome: str, kind: str, group: str, factor: float) -> pd.DataFrame:
    """Return the published figures of one year that count the same as an outcome."""
    rows = []
    for target in shipped_seeds().targets:
        entry = COUNTERPARTS[target.id]
        of = {RATED: "regime"}.get(entry.kind, entry.kind), entry.group
        if target.use != JUDGED and entry.columns == (outcome,) and of == (kind, group):
            error = factor * SIGMAS * (target.sigma or 0.0)
            rows.append((entry.years[0], factor * target.value, error, target.bound))
    return pd.DataFrame(rows, columns=["year", "value", "error", "bound"])


def _last(
    results: Results, name: str, kind: str = WORLD, group: str | None = None, again: bool = False
) -> str:
    """Return an outcome in the last year, as figures show it: `98 (90% of runs: 78 to 115)`."""
    values = results.values(name, kind, group).isel({POINT: 0, YEAR: -1})
    mean, low, high = map(shown, band(draw.factor_of(results.outcomes[name]) * values))
    return f"{mean} ({'' if again else '90% of runs: '}{low} to {high})"


def _ends(results: Results, name: str, kind: str) -> str:
    """Return a heading: an outcome in the last year, in the world or lowest and highest group."""
    shown, large = results.outcomes[name], large_groups(results, kind)
    last = results.values(name, kind).isel({POINT: 0, YEAR: -1})
    means = dict(zip(results.groups[kind], np.atleast_1d(last.mean(RUN)), strict=True))
    groups = sorted(large, key=lambda of: means[of])
    texts = [
        f"{group} " * (kind != WORLD) + _last(results, name, kind, group, again=at > 0)
        for at, group in enumerate(dict.fromkeys((groups[0], groups[-1])))
    ]
    return f"{shown.label}, {draw.unit_of(shown)}, end of {results.years[-1]}: {', '.join(texts)}"


def outcome(results: Results, name: str, by: str = WORLD) -> Figure:
    """One outcome over time, in the world or in each group of a kind."""
    if results.n_points > 1:
        raise InputError(f"--outcome draws one scenario: {results.name} has {results.n_points}")
    if not np.isfinite(results.values(name, by)).any():
        raise InputError(f"{name} is not counted by {by}")
    return Curves(results.outcomes[name].doc, columns=3, by=by, each=Shown((name,)))(results)


def world_map(results: Results) -> Figure:
    """Share of runs in which each country adopted, and in which its system works."""
    shown = {}
    for field, (words, wanted) in MAPS.items():
        year = ([year for year in results.years if year <= wanted] or results.years)[-1]
        shares = PERCENT * results.panel(field, [year]).isel({POINT: 0, YEAR: 0}).mean(RUN)
        shown[f"{words} {year}"] = shares.to_series().to_dict()
    return draw.maps(
        f"Where Chinese systems are bought and work in the model, to {results.years[-1]}",
        shown,
        "% of runs",
        (0.0, 100.0),
        "In which share of the runs? Shares of runs of a model, not probabilities.",
        draw.source(results),
    )


def targets(results: Results) -> Figure:
    """Every published figure beside the model's record, misses marked."""
    # A multiple of 0 says nothing: such a figure is in the table alone.
    table = target_table(results).query("verdict != '' and observed != 0.0")
    order = [HOLD_OUT, FITTED, CHECK, JUDGED].index
    table = table.sort_values("use", key=lambda uses: uses.map(order), kind="stable")
    bounds = {"lower": "at least, ", "upper": "at most, "}
    names = [
        f"{row.label} ({bounds.get(row.bound, '')}{USES[row.use]}"
        f"{', missed' if row.verdict == 'missed' else ''})"
        for row in table.itertuples()
    ]
    ratio = table[["mean", "q05", "q95"]].div(table["observed"], axis=0)
    error = np.nan_to_num(SIGMAS * (table["sigma"] / table["observed"]).to_numpy())
    missed = table["verdict"] == "missed"
    observed = Look("published, ± 2 standard errors", style.BLACK)
    within = Look("recorded in the model, 90% of runs", style.QUIET_INK, marker="s")
    without = Look("the same, missed", style.VERMILLION, marker="D")
    dots = [
        draw.Dots(observed, np.ones(len(error)), 1.0 - error, 1.0 + error),
        draw.dots_of(within, ratio.where(~missed)),
        draw.dots_of(without, ratio.where(missed)),
    ]
    return draw.rows(
        misses(table),
        names,
        dots,
        "multiple of the published figure",
        "Does the model's record agree with what was published?",
        f"{draw.source(results)} {HOW_MET}",
    )


def survival(results: Results) -> Figure:
    """How long countries' first systems work without a break, and how they are lost."""
    shares, ten = survival_of(results)
    years = np.arange(len(shares["left"]))
    areas = {look: PERCENT * shares[name] for name, look in LASTING.items() if shares[name].any()}
    title = f"How long first systems work, to {results.years[-1]}"
    if len(years) > TEN:
        mean = PERCENT * shares["left"][TEN]
        _, low, high = (PERCENT * share for share in band(ten))
        title = (
            f"{mean:.0f}% of first systems work for ten years without a break"
            f" (90% of runs: {low:.0f} to {high:.0f}%)"
        )
    figure, (axes,) = canvas(
        title,
        "How long does a country's first Chinese system work, and what stops it?",
        f"{draw.source(results)} Kaplan-Meier over the first systems of all countries in all runs;"
        " causes add up (Aalen-Johansen). A suspended system may be restored later.",
        panel_height=2.2,
    )
    with matplotlib.rc_context(style.SETTINGS):
        colours = [look.colour for look in areas]
        axes.stackplot(years, *areas.values(), colors=colours, alpha=0.55, lw=0.0)
        axes.set(xlim=(0, max(1, years[-1])), ylim=(0, 100), ylabel="% of first systems")
        axes.set_xlabel("years since the system began to work")
        ends = np.array([area[-1] for area in areas.values()])
        draw.place_labels(axes, dict(zip(areas, np.cumsum(ends) - ends / 2.0, strict=True)), 2.2)
    return figure


def survival_of(results: Results) -> tuple[Mapping[str, Floats], Floats]:
    """Return what becomes of first systems, by years since they began to work.

    Returns:
        The shares of all runs: `left`, and lost by cause; and the share left after ten years in
        each run, NaN where that is not known.
    """
    panel = results.panel("working").isel({POINT: 0}).dropna(RUN) > 0
    good, every = panel[RUN].to_numpy(), panel.to_numpy()
    run, country = np.nonzero(every.any(axis=2))
    if not len(run):
        raise InputError(f"{results.name}: no system ever works")
    works = every[run, country]
    first, last = works.argmax(axis=1), works.shape[1] - 1
    broken = (np.arange(last + 1) > first[:, np.newaxis]) & ~works
    lost = broken.any(axis=1)
    ends = np.where(lost, broken.argmax(axis=1), last + 1)
    spells = ends - first
    each = np.arange(len(run))
    ended = []
    for cause in CAUSES:
        counts = results.panel(cause).isel({POINT: 0, RUN: good}).to_numpy()[run, country]
        # A suspended system decays, and may fail only years later.
        before = 0.0 if cause == "lapsed" else counts[each, ends - 1]
        ended.append(counts[each, np.minimum(ends, last)] > before)
    causes = np.select(ended, CAUSES, "other")
    width = int(spells.max()) + 1

    def counted(which: Floats) -> Floats:
        """Count systems by run and by years until their end."""
        places = run[which] * width + spells[which]
        counts = np.bincount(places, minlength=len(good) * width).reshape(-1, width)
        return counts[:, 1:].astype(np.float64)

    # A system whose end is not seen is known to have worked for one year less.
    every = counted(spells > 0)
    at_risk = every[:, ::-1].cumsum(axis=1)[:, ::-1] - counted(~lost)
    with np.errstate(invalid="ignore"):
        of_runs = np.prod((1.0 - counted(lost) / at_risk)[:, :TEN], axis=1)
    risk = at_risk.sum(axis=0)
    enough = risk >= min(FEWEST_AT_RISK, risk[0])
    hazards = {
        cause: counted(lost & (causes == cause)).sum(axis=0)[enough] / risk[enough]
        for cause in (*CAUSES, "other")
    }
    left = np.concatenate([[1.0], np.cumprod(1.0 - sum(hazards.values()))])
    shares = {cause: np.r_[0.0, np.cumsum(left[:-1] * each)] for cause, each in hazards.items()}
    return {"left": left, **shares}, of_runs


COUNTED = "countries (of {countries})"
REACHED = "Who was ever trained, who ever bought any Chinese system, and whose system works?"
BY_GROUP = partial(
    Curves,
    REACHED,
    each=Shown(("trained_share", "adopters_share", "working_share"), bounds=(0.0, 100.0)),
)
RECORD_LOOKS = (
    Look("recorded in the model", style.INK),
    Look("all that happened in the model", style.PALE_INK, style.DASHED),
)
REVENUES = Shown(
    ("revenue_sales_yearly", "revenue_maintenance_yearly"),
    "All vendors, Western ones included",
    looks=(Look("Sales", style.VERMILLION), Look("Maintenance", style.INK, style.DASHED)),
)
CONTRACTS = Shown(
    ("contracts_chinese", "contracts_active"),
    "Contracts in force",
    looks=(
        Look("Chinese contracts in force", style.VERMILLION),
        Look("Contracts in force, all vendors", style.INK, style.DASHED),
    ),
)
FIGURES: Mapping[str, Callable[[Results], Figure]] = {
    "adoption-world": Curves(
        REACHED,
        "At the end of {year} a Chinese system works in {working} of {countries} countries;"
        " {adopters} ever bought one, {recorded_adopters} on record",
        (
            Shown(("trained", "adopters", "working"), "In the model", COUNTED),
            Shown(
                ("recorded_trained", "recorded_adopters"),
                "On record in the model, as published figures are",
                COUNTED,
            ),
        ),
    ),
    "adoption-by-regime": BY_GROUP(
        by="regime",
        columns=2,
        each=Shown(
            ("trained_share", "recorded_trained_share", "adopters_share", "working_share"),
            bounds=(0.0, 100.0),
        ),
    ),
    "adoption-by-region": BY_GROUP(by="region", columns=3),
    "adoption-by-aid": BY_GROUP(by="aid", columns=2),
    "map": world_map,
    "targets": targets,
    "recorded-against-observed": Curves(
        "How much of what happens in the model does its observer record?",
        "Countries that ever bought any Chinese system by the end of {year}: {adopters}, on record"
        " {recorded_adopters}",
        tuple(
            Shown((RECORDED[name], name), looks=RECORD_LOOKS)
            for name in ("trained", "adopters", "platforms", "trainings_yearly")
        ),
        columns=2,
    ),
    "survival": survival,
    "lock-in": Curves(
        "How much does it cost to leave, and how much do countries depend on China?",
        "Leaving Chinese systems would cost {lock_in_chinese} times their yearly benefit to owners,"
        " end of {year}",
        (Shown(("lock_in_chinese",)), Shown(("dependence",))),
    ),
    "contracts": Curves(
        "How many maintenance contracts are there, and what becomes of them in a year?",
        "{contracts_chinese} Chinese maintenance contracts are in force at the end of {year}",
        (
            CONTRACTS,
            Shown(("contracts_renewed_yearly",), "Renewed"),
            Shown(("contracts_lapsed_yearly",), "Suspended for unpaid fees"),
            Shown(("contracts_restored_yearly",), "Restored"),
            Shown(("contracts_switched_yearly",), "Ended: another vendor"),
            Shown(("contracts_abandoned_yearly",), "Ended: given up"),
            Shown(("contracts_replaced_yearly",), "Ended: replaced after a ban"),
        ),
        columns=2,
    ),
    "money": Curves(
        "What do vendors earn by selling systems, and what by keeping them running?",
        "All vendors, million US$ in {year}: sales {revenue_sales_yearly}, maintenance"
        " {revenue_maintenance_yearly}",
        (REVENUES,),
        columns=2,
        by="vendor",
        each=REVENUES,
    ),
    "blocs": Curves(
        "Do countries move towards China or towards the West?",
        "China's bloc at the end of {year}: {bloc_china} countries; the Western bloc: {bloc_west}",
        (
            Shown(("alignment",), "Alignment", "−1 West, +1 China", bounds=(-1.0, 1.0)),
            Shown(("bloc_china", "bloc_west"), "Countries in a bloc"),
        ),
        note="No published figure before 2019 gives the size of a bloc, so bands are wide there.",
    ),
}
"""The figures of a scenario's runs, by name."""
PANEL = "panel of countries"
NEEDS = {
    "map": {PANEL},
    "targets": {"recorded_trained", "recorded_platforms"},
    "survival": {PANEL},
}
"""What figures need that do not say so themselves: outcomes, or the panel."""
OF_TARGETS = ("targets", "recorded-against-observed")
"""Those of published figures."""


def figures_of(results: Results) -> dict[str, Callable[[], Figure]]:
    """Return the figures that runs allow, by name."""
    known = {*results.outcomes, *([PANEL] if results.has_panel else [])}
    needs = {n: f.needs if isinstance(f, Curves) else NEEDS[n] for n, f in FIGURES.items()}
    if "working" in known and not results.values("working").isel({POINT: 0}).max() > 0.0:
        needs["survival"] = {"a system that works"}
    return {n: partial(draw, results) for n, draw in FIGURES.items() if needs[n] <= known}
