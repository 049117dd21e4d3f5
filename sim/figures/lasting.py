"""Figures of the fates of systems and contracts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures import draw, style
from sim.figures.canvas import canvas, keep_numbers, sheet
from sim.figures.fates import TEN
from sim.figures.findings import ranges
from sim.figures.rows import dots_of, rows
from sim.figures.style import ONE, Look
from sim.measures.bands import band, quantiles
from sim.measures.variables import POINT, RUN
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.world.arrays import Floats
from sim.world.fate_statistics import kaplan_meier

# A first system works, wears out, or is lost to the cause counted in a field of this name; the
# rarest last. Neighbours differ in lightness, so that areas are apart in grey.
LASTING = {
    "surviving": Look("works at every year's end", style.CHINA),
    "other": Look("worn out", "#f0c9ac"),
    "suspensions": Look("suspended for missed payments", "#8b939b"),
    "lapsed": Look("contract lapsed", "#d5dade"),
    "switched_off": Look("switched off", style.INK),
    "switched": Look("another vendor", "#81add4"),
    "replaced": Look("replaced after a ban", "#00507a"),
}
CAUSES = tuple(name for name in reversed(LASTING) if name not in ("surviving", "other"))
FEWEST_AT_RISK = 50
# Records of real systems are not longer.
EVIDENCED = 15


def survival(results: Results) -> Figure:
    shares, ten = first_systems(results)
    count = min(len(shares["surviving"]), EVIDENCED + 1)
    areas = {
        look: PERCENT * shares[name][:count] for name, look in LASTING.items() if shares[name].any()
    }
    title = f"How long first systems work in the model, to {results.years[-1]}"
    spread = ""
    if count > TEN:
        left = shown(PERCENT * shares["surviving"][TEN])
        title = f"In the model {left}% of first systems work at every year's end for ten years"
        spread = ranges({"at ten years": PERCENT * ten}, "%")
    figure, (axes,) = canvas(
        title,
        "% of countries' first Chinese systems by years since they began to work, and what first"
        f" stopped the others; all runs. {spread} Interruptions count here, and not in the record"
        " of real systems: entrench validate counts both in one way.",
        f"{draw.source(results)} Kaplan-Meier; causes add up (Aalen-Johansen). Works: less than"
        " half is out of service at the end of the year. Suspended and interrupted systems may be"
        " restored later.",
        width=ONE,
        panel_height=draw.HIGH,
    )
    with matplotlib.rc_context(style.SETTINGS):
        axes.set(xlim=(0, max(1, count - 1)), ylim=(0, 100))
        axes.set_ylabel("% of systems" if sheet().plain else "")
        axes.set_xlabel("years since the system began to work", loc="left")
        parts, colours = [*areas.values()], [look.colour for look in areas]
        axes.stackplot(np.arange(count), *parts, colors=colours, edgecolor="white", lw=0.6)
        middles = np.cumsum(parts, axis=0)[:, -1] - np.array(parts)[:, -1] / 2.0
        ends = dict(zip(areas, middles, strict=True))
        draw.place_labels(
            axes, {replace(k, colour=style.INK): at for k, at in ends.items()}, draw.HIGH
        )
        for look, part in areas.items():
            keep_numbers(axes, look.label, pd.DataFrame({"year": np.arange(count), "value": part}))
    return figure


# Of contracts: outcomes that count the event so far, and outcomes that count it by year.
EVENTS = {
    "at its end: renewed": ["expiry_kept"],
    "at its end: lapsed, system stays": ["expiry_ended"],
    "suspended for missed payments": ["contracts_suspended_yearly"],
    "another vendor, some after a ban": ["contracts_switched_yearly", "contracts_replaced_yearly"],
    "switched off": ["contracts_switched_off_yearly"],
}
IN_FORCE, YEARLY = "contracts_active", "_yearly"
CONTRACTS: list[str] = [IN_FORCE, *itertools.chain(*EVENTS.values())]


def contracts(results: Results) -> Figure:
    years = results.years[-TEN - 1 :]

    def of(name: str) -> Floats:
        values = results.values(name, years=years).isel({POINT: 0}).to_numpy().squeeze()
        of_years = values[:, 1:] if name.endswith(YEARLY) or name == IN_FORCE else np.diff(values)
        return np.asarray(of_years.sum(axis=1))

    in_force = of(IN_FORCE)
    rates = [PERCENT * sum(map(of, names)) / in_force for names in EVENTS.values()]
    cells = pd.DataFrame([quantiles(rate, axis=0) for rate in rates])
    share = PERCENT * rates[0] / (rates[0] + rates[1])
    return rows(
        f"In the model {shown(band(share)[0])}% of the contracts that reach their end are renewed,"
        " and the others lapse",
        [*EVENTS],
        [dots_of(Look("", style.INK), cells)],
        f"A year, of 100 maintenance contracts in force, all vendors, {years[1]} to {years[-1]}:"
        " mean and middle 90% of runs. Contracts that go to another vendor count apart."
        f" {ranges({'renewed': share}, '%')}",
        draw.source(results),
        width=ONE,
        columns={"mean": [shown(mean) for mean in cells["mean"]]},
        unit="of 100 contracts in force, a year",
    )


def first_systems(results: Results) -> tuple[Mapping[str, Floats], Floats]:
    """Return the fates of first systems, by years since they began to work.

    First shares of all runs by fate, then the share surviving in each run (NaN: unknown).
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
        before = 0.0 if cause in ("suspensions", "lapsed") else counts[each, ends - 1]
        ended.append(counts[each, np.minimum(ends, last)] > before)
    causes = np.select(ended, CAUSES, "other")
    # A system whose end is not seen is known to have worked for one year less.
    ages = spells - ~lost
    parts = (run == number for number in range(len(good)))
    of_runs = [kaplan_meier(ages[part], lost[part], np.array([TEN]))[0] for part in parts]
    years = np.arange(1, int(ages.max()) + 1)
    risk = np.array([(ages >= year).sum() for year in years])
    enough = risk >= min(FEWEST_AT_RISK, risk.max(initial=0))
    left = np.r_[1.0, kaplan_meier(ages, lost, years[enough])]
    hazards = {
        cause: np.bincount(ages[lost & (causes == cause)], minlength=len(years) + 1)[years][enough]
        / risk[enough]
        for cause in (*CAUSES, "other")
    }
    shares = {cause: np.r_[0.0, np.cumsum(left[:-1] * each)] for cause, each in hazards.items()}
    return {"surviving": left, **shares}, np.array(of_runs)
