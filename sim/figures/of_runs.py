"""Figures of the runs of one scenario.

To add one: a function, and its lines in `FIGURES` and `NEEDS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError
from sim.estimates.effects import FEWEST_COUNTRIES, large_groups, share_of
from sim.figures import draw, style
from sim.figures.findings import contrast, of_year, with_range
from sim.figures.map import SHARES, maps, unclaimed
from sim.figures.rows import BAR, Dots, dots_of, rows
from sim.figures.style import ONE, Look
from sim.figures.targets import targets
from sim.measures.bands import quantiles
from sim.measures.variables import PARAMETER_SET, POINT, RUN, YEAR
from sim.model.units import AID, AID_CLASSES, AID_HIGH, AID_MIDDLE, PERCENT, WORLD
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.world.arrays import Floats
from sim.world.seeds import shipped_seeds

# Of contracts: outcomes that count the event so far, and outcomes that count it by year.
EVENTS = {
    "renewed at its end": ["expiry_kept"],
    "suspended for missed payments": ["contracts_suspended_yearly"],
    "lapsed, the system stays": ["expiry_ended"],
    "another vendor, some after a ban": ["contracts_switched_yearly", "contracts_replaced_yearly"],
    "switched off": ["contracts_switched_off_yearly"],
}
IN_FORCE, YEARLY = "contracts_active", "_yearly"
# The last years of the runs, over which events are counted.
COUNTED = 10
BRACKETS = "In brackets: middle 90% of runs."
# Percent of runs that the map's title counts from; a boundary of its classes.
HALF = 50.0


def left_out(results: Results, kind: str) -> str:
    """Return a sentence on groups too small to be drawn; empty if there are none."""
    every = results.groups.get(kind, [])
    small = [name for name in every if name not in large_groups(results, kind)]
    fewest = f"Not drawn, fewer than {FEWEST_COUNTRIES} countries: "
    return f"{fewest}{', '.join(small)}." if small else ""


def sized(results: Results, kind: str, group: str, words: str = "") -> str:
    """Return a group's name with its number of countries: `Hybrid (36)`."""
    which = results.members(kind).get(group)
    size = "" if which is None else f" ({which.sum()})"
    return f"{group[:1].upper()}{group[1:]}{words}{size}"


def _panel(
    results: Results, looks: Mapping[str, Look], title: str = "", kind: str = WORLD, group: str = ""
) -> draw.Panel:
    lines = []
    for name, look in looks.items():
        values = results.values(name, kind, group or None).isel({POINT: 0})
        curve = pd.DataFrame(quantiles(values.to_numpy(), axis=0), values[YEAR].to_numpy())
        lines.append(draw.Line(look, draw.scale_of(results.outcomes[name]) * curve))
    return draw.Panel(title, draw.unit_of(results.outcomes[[*looks][-1]]), lines)


def outcome(results: Results, name: str, by: str = WORLD) -> Figure:
    if results.n_points > 1:
        several = f"{results.name} has {results.n_points}: choose one with --point"
        raise InputError(f"--outcome draws one scenario: {several}")
    if not np.isfinite(results.values(name, by)).any():
        raise InputError(f"{name} is not counted by {by}")
    asked, groups = results.outcomes[name], large_groups(results, by)
    titles = {group: "" if by == WORLD else sized(results, by, group) for group in groups}
    looks = {name: Look(asked.label, style.MODEL)}
    panels = [_panel(results, looks, title, by, group) for group, title in titles.items()]
    return draw.over_time(
        results,
        contrast(results, name, by),
        panels,
        f"{asked.doc} {BRACKETS}",
        columns=3,
        note=left_out(results, by),
        width=style.TWO,
        unit=panels[0].unit if len(groups) > 1 else "",
    )


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
NOTES = {
    "aid": "Aid in % of income. Incomes and alliances differ with aid, so the gaps are not an"
    " effect of aid. ",
    "regime": "Regime enters exit through public mistrust alone; incomes, aid and alliances of"
    " these countries differ, too. ",
}


def adoption_world(results: Results) -> Figure:
    works, bought = (with_range(of_year(results, n)[WORLD]) for n in ("working", "adopters"))
    return draw.over_time(
        results,
        f"In the model a Chinese system works in {works} countries in {results.years[-1]};"
        f" {bought} ever bought one",
        [_panel(results, REACH)],
        "Countries at the end of the year; all that happens in the model, on record or not."
        f" {BRACKETS}",
    )


def by_group(results: Results, kind: str) -> Figure:
    groups, year = large_groups(results, kind), results.years[-1]
    values = {name: PERCENT * of_year(results, f"{name}_share", kind) for name in REACH}
    order = sorted(groups, key=lambda group: -np.nanmean(values["working"][group]))
    if kind == AID:
        order = [group for group in AID_CLASSES if group in groups]
    parts = {name: quantiles(values[name][order].to_numpy(), axis=0) for name in REACH}
    bar, works = Look("", "#f0c9ac", marker=""), parts["working"]
    dots = [Dots(bar, works["mean"], works["q05"], works["q95"], BAR)]
    dots += [Dots(look, parts[name]["mean"]) for name, look in reversed(REACH.items())]
    return rows(
        contrast(results, "working_share", kind, WORKS),
        [sized(results, kind, group, AID_LIMITS.get(group, "")) for group in order],
        dots,
        f"% of countries at the end of {year}, mean of runs; any system counts, even a single"
        f" city's cameras. {NOTES.get(kind, '')}Pale bar, and brackets above: middle 90% of runs."
        " After a name: number of countries.",
        f"{draw.source(results)} {left_out(results, kind)}".strip(),
        width=ONE,
        bounds=SHARES,
        unit="% of countries",
    )


def world_map(results: Results) -> Figure:
    year = results.years[-1]
    works = results.panel("working", year).isel({POINT: 0, YEAR: 0})
    sets = works[PARAMETER_SET].to_numpy()
    shares = (PERCENT * works.mean(RUN)).to_series().to_dict()
    crossed = [code for code in unclaimed(shipped_seeds()) if code in shares]
    names = ", ".join(sorted(s.name for s in shipped_seeds().countries if s.iso3 in crossed))
    often = [
        share_of(column > 0, sets).low > 0.5
        for code, column in zip(shares, works.to_numpy().T, strict=True)
        if code not in crossed and shares[code] > HALF
    ]
    beyond = f"; in {sum(often)} of them beyond chance" * bool(often)
    return maps(
        f"In {len(often) or 'none'} of {len(shares) - len(crossed)} countries a Chinese system"
        f" works in more than half of the model's runs in {year}{beyond}",
        {"": shares},
        "% of runs",
        SHARES,
        f"Share of runs at the end of {year}, not a probability. Any system counts, even a single"
        " city's cameras. Crosses, where the model claims nothing, are rich allies of the West"
        f" without a US defence pact, which are not counted: {names}.",
        draw.source(results),
        crossed,
    )


def contracts(results: Results) -> Figure:
    years = results.years[-COUNTED - 1 :]

    def of(name: str) -> Floats:
        values = results.values(name, years=years).isel({POINT: 0}).to_numpy()
        of_years = values[:, 1:] if name.endswith(YEARLY) or name == IN_FORCE else np.diff(values)
        return np.asarray(of_years.sum(axis=1))

    in_force = of(IN_FORCE)
    rates = [PERCENT * sum(map(of, names)) / in_force for names in EVENTS.values()]
    renewed, suspended, *ended = rates
    cells = pd.DataFrame([quantiles(rate, axis=0) for rate in rates])
    return rows(
        f"Of 100 contracts in force, in the model {with_range(renewed)} are renewed in a year,"
        f" {with_range(sum(ended))} end and {with_range(suspended)} are suspended",
        [*EVENTS],
        [dots_of(Look("", style.INK), cells)],
        f"Maintenance contracts of all vendors, {years[1]} to {years[-1]}: mean and, as a line or"
        " in brackets, middle 90% of runs. A suspended contract goes on once its debt is paid.",
        draw.source(results),
        width=ONE,
        heads={0: "The contract goes on", 2: "The contract ends"},
        columns={"mean": [shown(mean) for mean in cells["mean"]]},
        unit="of 100 contracts in force, a year",
    )


KINDS_DRAWN = ("regime", "region", AID)
FIGURES: Mapping[str, Callable[[Results], Figure]] = {
    "adoption-world": adoption_world,
    **{f"adoption-by-{kind}": partial(by_group, kind=kind) for kind in KINDS_DRAWN},
    "map": world_map,
    "targets": targets,
    "contracts": contracts,
}
PANEL = "panel of countries"
# Outcomes, kinds of groups, or the panel.
NEEDS = {
    "adoption-world": {*REACH},
    **{f"adoption-by-{kind}": {*OF_REACH, f"by {kind}"} for kind in KINDS_DRAWN},
    "map": {PANEL},
    "targets": {"recorded_trained", "recorded_platforms"},
    "contracts": {IN_FORCE, *itertools.chain(*EVENTS.values())},
}


def figures_of(results: Results) -> Mapping[str, Callable[[], Figure]]:
    known = {*results.outcomes, *(f"by {kind}" for kind in results.groups)}
    known |= {PANEL} if results.has_panel else set()
    drawn = {n: partial(figure, results) for n, figure in FIGURES.items() if NEEDS[n] <= known}
    if {*OF_REACH} <= known:
        for kind in results.own_kinds:
            drawn[f"adoption-by-{kind}"] = partial(by_group, results, kind)
    return drawn
