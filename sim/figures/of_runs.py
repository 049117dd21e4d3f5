"""Figures of the runs of one scenario. To add one: a function here, and its line in `FIGURES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.errors import InputError, nearest
from sim.figures.canvas import canvas
from sim.figures.draw import (
    RECORDED,
    SIGMAS,
    Dots,
    Line,
    Panel,
    dots_of,
    factor_of,
    line,
    maps,
    over_time,
    place_labels,
    rows,
    source,
    unit_of,
)
from sim.figures.style import (
    BLACK,
    DASHED,
    GREEN,
    INK,
    ORANGE,
    PALE_INK,
    PURPLE,
    QUIET_INK,
    SETTINGS,
    SKY_BLUE,
    VERMILLION,
    Look,
    look_of,
)
from sim.results.dataset import Results
from sim.results.targets import FITTED, HOLD_OUT, HOW_MET, USES, count_met, target_table
from sim.rules import WORLD
from sim.units import PERCENT

ADOPTION = ("trained", "adopters", "working")
SHARES = ("trained_share", "adopters_share", "working_share")
REACHED = "Who was ever trained, who ever bought any Chinese system, and whose system works?"
ALIVE = ("contracts_chinese", "contracts_active")
EVENTS = {
    "contracts_renewed_yearly": "Renewed",
    "contracts_lapsed_yearly": "Suspended for unpaid fees",
    "contracts_restored_yearly": "Restored",
    "contracts_switched_yearly": "Ended: another vendor",
    "contracts_abandoned_yearly": "Ended: given up",
    "contracts_replaced_yearly": "Ended: replaced after a ban",
}
REVENUES = {"revenue_sales_yearly": "Sales", "revenue_maintenance_yearly": "Maintenance"}
SHOWN_RECORDS = ("trained", "adopters", "platforms", "trainings_yearly")
RECORD_LOOK = Look("recorded in the model", INK)
TRUTH_LOOK = Look("all that happened in the model", PALE_INK, (0, (4.5, 1.6)))
CAUSES = {
    "replaced": Look("replaced after a ban", SKY_BLUE),
    "switched": Look("another vendor", PURPLE),
    "abandoned": Look("given up", BLACK),
    "lapsed": Look("suspended for unpaid fees", ORANGE),
}
"""How a first system is lost, the rarest first, by the field that counts it."""
OTHER = Look("worn out", PALE_INK)
FEWEST_AT_RISK = 50
LEAST_WHOLE = 10.0
"""Numbers of headings are whole from here on."""
TEN = 10
"""Years of a first system that the heading of `survival` is about."""
MAPS = {
    "adopted": ("Ever bought any Chinese system by", 2025),
    "adopted_platform": ("Ever bought a platform (safe city or more) by", 2025),
    "working": ("A working Chinese system at the end of", 2040),
}
"""Fields of countries, with words and year of their maps."""


def adoption_world(results: Results) -> Figure:
    """Countries ever trained, ever adopters, with a working system."""
    title = (
        f"At the end of {results.years[-1]} a Chinese system works in {_last(results, 'working')}"
        f" of {len(results.states)} countries; {_last(results, 'adopters', again=True)} ever bought"
        " one,"
        f" {_last(results, 'recorded_adopters', again=True)} on record"
    )
    panel = Panel("", f"countries (of {len(results.states)})", [line(results, n) for n in ADOPTION])
    return over_time(results, title, [panel], REACHED)


def _number(value: float) -> str:
    """Return a number for a heading."""
    return (f"{value:,.0f}" if abs(value) >= LEAST_WHOLE else f"{value:.2g}").replace("-", "−")


def _last(
    results: Results, name: str, kind: str = WORLD, group: str | None = None, again: bool = False
) -> str:
    """Return an outcome in the last year, as figures show it: `98 (90 % of runs: 78 to 115)`."""
    values = factor_of(results.outcomes[name]) * results.values(name, kind, group)[0, :, -1]
    mean, low, high = map(_number, (np.nanmean(values), *np.nanquantile(values, (0.05, 0.95))))
    return f"{mean} ({'' if again else '90 % of runs: '}{low} to {high})"


def _ends(results: Results, name: str, kind: str) -> str:
    """Return a heading: an outcome in the last year, in the world or the first and last group."""
    shown, groups = results.outcomes[name], results.groups[kind]
    texts = [
        f"{group} " * (kind != WORLD) + _last(results, name, kind, group, again=at > 0)
        for at, group in enumerate(dict.fromkeys((groups[0], groups[-1])))
    ]
    return f"{shown.label}, {unit_of(shown)}, end of {results.years[-1]}: {', '.join(texts)}"


def _panel(results: Results, name: str, title: str = "", lines: Sequence[Line] = ()) -> Panel:
    """Return a panel of an outcome's curve, or of others in its unit."""
    shown = results.outcomes[name]
    return Panel(title or shown.label, unit_of(shown), lines or [line(results, name)])


def adoption_by(results: Results, kind: str, columns: int = 2) -> Figure:
    """Shares of countries trained, that bought and whose system works, by group of a kind."""
    title = _ends(results, "working_share", kind)
    sizes = results.states[kind].value_counts()
    panels = [
        Panel(
            f"{group[:1].upper()}{group[1:]} ({sizes.get(group, 0)})",
            "% of countries",
            [line(results, name, kind, group) for name in SHARES],
            (0.0, 100.0),
        )
        for group in results.groups[kind]
    ]
    return over_time(results, title, panels, REACHED, columns=columns, together=True)


def world_map(results: Results) -> Figure:
    """Share of runs in which each country adopted, and in which its system works."""
    shown = {}
    for field, (words, wanted) in MAPS.items():
        year = ([year for year in results.years if year <= wanted] or results.years)[-1]
        shares = PERCENT * np.nanmean(results.panel(field, [year])[0, :, :, 0], axis=0)
        shown[f"{words} {year}"] = dict(zip(results.states.index, shares, strict=True))
    return maps(
        f"Where Chinese systems are bought and work in the model, to {results.years[-1]}",
        shown,
        "% of runs",
        (0.0, 100.0),
        "In which share of the runs? Shares of runs of a model, not probabilities.",
        source(results),
    )


def targets(results: Results) -> Figure:
    """Every published figure beside the model's record, misses marked."""
    table = target_table(results)
    table = table[table["verdict"] != ""].copy()
    order = {use: place for place, use in enumerate((HOLD_OUT, FITTED, "check"))}
    table = table.sort_values("use", key=lambda uses: uses.map(order), kind="stable")
    met, known = count_met(table, HOLD_OUT)
    bounds = {"lower": "at least, ", "upper": "at most, "}
    names = [
        f"{row.label} ({bounds.get(row.bound, '')}{USES[row.use]}"
        f"{', missed' if row.verdict == 'missed' else ''})"
        for row in table.itertuples()
    ]
    ratio = table[["mean", "q05", "q95"]].div(table["observed"], axis=0)
    error = np.nan_to_num(SIGMAS * (table["sigma"] / table["observed"]).to_numpy())
    missed = table["verdict"] == "missed"
    within = Look("recorded in the model, 90 % of runs", QUIET_INK, marker="s")
    dots = [
        Dots(
            Look("published, ± 2 standard errors", BLACK), 1.0 + 0.0 * error, 1 - error, 1 + error
        ),
        dots_of(within, ratio.where(~missed)),
        dots_of(Look("the same, missed", VERMILLION, marker="D"), ratio.where(missed)),
    ]
    return rows(
        f"{met} of {known} published figures that were kept apart are met",
        names,
        dots,
        "multiple of the published figure",
        "Does the model's record agree with what was published?",
        f"{source(results)} {HOW_MET}",
    )


def recorded(results: Results) -> Figure:
    """The observer's record over time, beside published points."""
    panels = []
    for name in SHOWN_RECORDS:
        truth = line(results, name, look=TRUTH_LOOK)
        truth = replace(truth, curve=truth.curve[["mean"]], published=pd.DataFrame())
        record = line(results, RECORDED[name], look=RECORD_LOOK)
        panels.append(_panel(results, name, lines=[record, truth]))
    return over_time(
        results,
        f"Countries that ever bought any Chinese system by the end of {results.years[-1]}:"
        f" {_last(results, 'adopters')}, on record"
        f" {_last(results, 'recorded_adopters', again=True)}",
        panels,
        "How much of what happens in the model does its observer record?",
        columns=2,
    )


def survival(results: Results) -> Figure:
    """How long countries' first systems work without a break, and how they are lost."""
    shares, ten = survival_of(results)
    years = np.arange(len(shares["left"]))
    looks = {**CAUSES, "other": OTHER}
    lost = [cause for cause in looks if shares[cause][-1] > 0.0]
    left = Look("still working, never interrupted", GREEN)
    title = f"How long first systems work, to {results.years[-1]}"
    if len(years) > TEN:
        mean, low, high = PERCENT * np.array(
            [shares["left"][TEN], *np.nanquantile(ten, (0.05, 0.95))]
        )
        title = (
            f"{mean:.0f} % of first systems work for ten years without a break"
            f" (90 % of runs: {low:.0f} to {high:.0f} %)"
        )
    figure, (axes,) = canvas(
        title,
        "How long does a country's first Chinese system work, and what stops it?",
        f"{source(results)} Kaplan-Meier over the first systems of all countries in all runs;"
        " causes add up (Aalen-Johansen). A suspended system may be restored later.",
        panel_height=2.2,
    )
    with matplotlib.rc_context(SETTINGS):
        signs = [left, *(looks[cause] for cause in reversed(lost))]
        areas = [PERCENT * shares[n] for n in ("left", *reversed(lost))]
        colours = [sign.colour for sign in signs]
        axes.stackplot(years, *areas, colors=colours, alpha=0.55, lw=0.0)
        axes.set(xlim=(0, max(1, years[-1])), ylim=(0, 100), ylabel="% of first systems")
        axes.set_xlabel("years since the system began to work")
        ends = [area[-1] for area in areas]
        middles = np.cumsum(ends) - np.array(ends) / 2.0
        place_labels(axes, dict(zip(signs, middles, strict=True)), 2.2)
    return figure


def survival_of(results: Results, point: int = 0) -> tuple[Mapping[str, Floats], Floats]:
    """Return what becomes of first systems, by years since they began to work.

    Returns:
        The shares of all runs: `left`, and lost by cause; and the share left after ten years in
        each run, NaN where that is not known.
    """
    works = results.panel("working")[point]
    good = np.isfinite(works).all(axis=(1, 2))
    run, country = np.nonzero((works[good] > 0).any(axis=2))
    if not len(run):
        raise InputError(f"{results.name}: no system ever works")
    works = works[good][run, country] > 0
    first, last = works.argmax(axis=1), works.shape[1] - 1
    broken = (np.arange(last + 1) > first[:, np.newaxis]) & ~works
    lost = broken.any(axis=1)
    ends = np.where(lost, broken.argmax(axis=1), last + 1)
    spells = ends - first
    each = np.arange(len(run))
    ended = []
    for cause in CAUSES:
        counts = results.panel(cause)[point][good][run, country]
        # A suspended system decays, and may fail only years later.
        before = 0.0 if cause == "lapsed" else counts[each, ends - 1]
        ended.append(counts[each, np.minimum(ends, last)] > before)
    causes = np.select(ended, list(CAUSES), "other")
    width = int(spells.max()) + 1

    def counted(which: Floats) -> Floats:
        """Count systems by run and by years until their end."""
        places = run[which] * width + spells[which]
        counts = np.bincount(places, minlength=good.sum() * width).reshape(-1, width)
        return counts[:, 1:].astype(np.float64)

    # A system whose end is not seen is known to have worked for one year less.
    every = counted(spells > 0)
    at_risk = every[:, ::-1].cumsum(axis=1)[:, ::-1] - counted(~lost)
    with np.errstate(invalid="ignore"):
        of_runs = np.prod((1.0 - counted(lost) / at_risk)[:, :TEN], axis=1)
    risk = at_risk.sum(axis=0)
    few = np.flatnonzero(risk < min(FEWEST_AT_RISK, risk[0]))
    enough = slice(int(few[0]) if few.size else None)
    hazards = {
        cause: counted(lost & (causes == cause)).sum(axis=0)[enough] / risk[enough]
        for cause in (*CAUSES, "other")
    }
    left = np.concatenate([[1.0], np.cumprod(1.0 - sum(hazards.values()))])
    shares = {cause: np.r_[0.0, np.cumsum(left[:-1] * each)] for cause, each in hazards.items()}
    return {"left": left, **shares}, of_runs


def lock_in(results: Results) -> Figure:
    """Cost to leave in years of benefit, and dependence."""
    panels = [_panel(results, name) for name in ("lock_in_chinese", "dependence")]
    return over_time(
        results,
        f"Leaving Chinese systems would cost {_last(results, 'lock_in_chinese')} years of their"
        f" benefit at the end of {results.years[-1]}",
        panels,
        "How much does it cost to leave, and how much do countries depend on China?",
    )


def contracts(results: Results) -> Figure:
    """Contracts in force, and their yearly ends."""
    labels = [results.outcomes[name].label for name in ALIVE]
    signs = [Look(labels[0], VERMILLION), Look(labels[1], INK, DASHED)]
    lines = [line(results, name, look=look) for name, look in zip(ALIVE, signs, strict=True)]
    alive = _panel(results, ALIVE[0], "Contracts in force", lines)
    panels = [_panel(results, name, title) for name, title in EVENTS.items()]
    return over_time(
        results,
        f"{_last(results, ALIVE[0])} Chinese maintenance contracts are in force at the end of"
        f" {results.years[-1]}",
        [alive, *panels],
        "How many maintenance contracts are there, and what becomes of them in a year?",
        columns=2,
    )


def money(results: Results) -> Figure:
    """Revenue from sales and maintenance, in all and by vendor."""
    looks = [replace(look_of(results.outcomes[n]), label=word) for n, word in REVENUES.items()]

    def panel(title: str, *group: str) -> Panel:
        pairs = zip(REVENUES, looks, strict=True)
        lines = [line(results, name, *group, look=look) for name, look in pairs]
        return Panel(title, "million US$ a year", lines)

    panels = [panel("All vendors, Western ones included")]
    for vendor in results.groups.get("vendor", ()):
        panels.append(panel(vendor[:1].upper() + vendor[1:], "vendor", vendor))
    sales, maintenance = (_last(results, n, again=at > 0) for at, n in enumerate(REVENUES))
    return over_time(
        results,
        f"All vendors, million US$ in {results.years[-1]}: sales {sales}, maintenance"
        f" {maintenance}",
        panels,
        "What do vendors earn by selling systems, and what by keeping them running?",
        columns=2,
    )


def blocs(results: Results) -> Figure:
    """Mean alignment between West and China, and the size of both blocs."""
    alignment = Panel("Alignment", "−1 West, +1 China", [line(results, "alignment")], (-1.0, 1.0))
    size = Panel(
        "Countries in a bloc", "countries", [line(results, n) for n in ("bloc_china", "bloc_west")]
    )
    return over_time(
        results,
        f"China's bloc at the end of {results.years[-1]}: {_last(results, 'bloc_china')}"
        f" countries; the Western bloc: {_last(results, 'bloc_west', again=True)}",
        [alignment, size],
        "Do countries move towards China or towards the West?",
        note="No published figure before 2019 gives the size of a bloc, so bands are wide there.",
    )


def outcome(results: Results, name: str, by: str = WORLD, point: int = 0) -> Figure:
    """One outcome over time, in the world or in each group of a kind."""
    if name not in results.outcomes:
        raise InputError(f"no outcome {name!r}{nearest(name, results.outcomes)}")
    shown = results.outcomes[name]
    if not np.isfinite(results.values(name, by)).any():
        raise InputError(f"{name} is not counted by {by}")
    groups = results.groups[by]
    panels = []
    for group in groups:
        title = group[:1].upper() + group[1:] if len(groups) > 1 else ""
        panels.append(Panel(title, unit_of(shown), [line(results, name, by, group, point=point)]))
    title = _ends(results, name, by)
    return over_time(results, title, panels, shown.doc, columns=3, together=len(groups) > 1)


FIGURES: dict[str, tuple[Callable[[Results], Figure], tuple[str, ...]]] = {
    "adoption-world": (adoption_world, (*ADOPTION, "recorded_adopters")),
    "adoption-by-regime": (partial(adoption_by, kind="regime"), SHARES),
    "adoption-by-region": (partial(adoption_by, kind="region", columns=3), SHARES),
    "adoption-by-aid": (partial(adoption_by, kind="aid"), SHARES),
    "map": (world_map, ()),
    "targets": (targets, ("recorded_trained", "recorded_platforms")),
    "recorded-against-observed": (
        recorded,
        tuple(n for name in SHOWN_RECORDS for n in (name, RECORDED[name])),
    ),
    "survival": (survival, ()),
    "lock-in": (lock_in, ("lock_in_chinese", "dependence")),
    "contracts": (contracts, (*ALIVE, *EVENTS)),
    "money": (money, tuple(REVENUES)),
    "blocs": (blocs, ("alignment", "bloc_china", "bloc_west")),
}
"""Each figure, and the outcomes that it needs; none: the panel of countries."""
OF_TARGETS = ("targets", "recorded-against-observed")
"""Those of published figures."""


def figures_of(results: Results) -> dict[str, Callable[[], Figure]]:
    """Return the figures that runs allow, by name."""
    none = "working" in results.outcomes and not np.nanmax(results.values("working")[0]) > 0.0
    return {
        name: lambda draw=draw: draw(results)  # type: ignore[misc]
        for name, (draw, needs) in FIGURES.items()
        if (results.has_panel if not needs else set(needs) <= set(results.outcomes))
        and not (none and name == "survival")
    }
