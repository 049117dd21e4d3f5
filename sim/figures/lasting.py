"""Figures of the fates of systems and contracts."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures import draw, style
from sim.figures.canvas import canvas
from sim.figures.fates import TEN, by_kind
from sim.figures.findings import mean_of_year, ranges
from sim.figures.style import ONE, Look
from sim.measures.variables import POINT, RUN, YEAR
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.world.arrays import Floats
from sim.world.fate_statistics import kaplan_meier
from sim.world.fates import shipped_record

# A first system works, wears out, or is lost to the cause counted in a field of this name; the
# rarest last.
LASTING = {
    "surviving": Look("works at every year's end", style.CHINA),
    "other": Look("worn out", "#f0c9ac"),
    "suspensions": Look("suspended for missed payments", "#9aa3ac"),
    "lapsed": Look("interrupted: contract lapsed", "#d5dade"),
    "switched_off": Look("switched off", style.INK),
    "switched": Look("another vendor", style.MODEL),
    "replaced": Look("replaced after a ban", "#a6c5e1"),
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
    _, (real, model) = by_kind(results, shipped_record())
    figure, (axes,) = canvas(
        title,
        "% of countries' first Chinese systems by years since they began to work, and what first"
        f" stopped the others; all runs. {spread} On record, {real} real systems have not been"
        " switched off or replaced after ten years. There an interruption and another vendor's"
        f" larger system end none. So counted, the model has {model} ones.",
        f"{draw.source(results)} Kaplan-Meier; causes add up (Aalen-Johansen). Works: less than"
        " half is out of service at the end of the year. Suspended and interrupted systems may be"
        " restored later.",
        width=ONE,
        panel_height=draw.HIGH,
    )
    with matplotlib.rc_context(style.SETTINGS):
        axes.set(xlim=(0, max(1, count - 1)), ylim=(0, 100))
        draw.draw_areas(axes, areas, np.arange(count), draw.HIGH, "% of systems")
        axes.set_xlabel("years since the system began to work", loc="left")
    return figure


FLOWS = {
    "renewed": (Look("renewed", style.CHINA), ("renewed",)),
    "suspended": (LASTING["suspensions"], ("suspended",)),
    "another vendor": (
        Look("another vendor, some after a ban", style.MODEL),
        ("switched", "replaced"),
    ),
    "switched off": (LASTING["switched_off"], ("switched_off",)),
}
IN_FORCE = "contracts_active"
CONTRACTS: list[str] = [IN_FORCE, *(f"contracts_{n}_yearly" for _, f in FLOWS.values() for n in f)]


def contracts(results: Results) -> Figure:
    years = results.years
    flows = {
        look: sum(
            results.values(f"contracts_{name}_yearly", years=years).isel({POINT: 0})
            for name in names
        )
        for look, names in FLOWS.values()
    }
    means = {look: of.mean(RUN).to_numpy() for look, of in flows.items()}
    renewed, suspended, _, switched_off = (f"{values[-1]:.0f}" for values in means.values())
    spread = ranges(
        {n: of.isel({YEAR: -1}) for n, of in zip(FLOWS, flows.values(), strict=True)}, ""
    )
    figure, (axes,) = canvas(
        f"In the model about {renewed} of {mean_of_year(results, IN_FORCE):.0f} contracts are"
        f" renewed in {years[-1]}, {suspended} suspended and {switched_off} switched off",
        f"Maintenance contracts of all vendors a year; mean of runs. {spread}",
        draw.source(results),
        width=ONE,
        panel_height=draw.HIGH,
    )
    with matplotlib.rc_context(style.SETTINGS):
        axes.set(
            xlim=(years[0], years[-1]),
            ylim=(0, 1.05 * max(1.0, np.sum([*means.values()], axis=0).max())),
        )
        draw.draw_areas(axes, means, years, draw.HIGH, "contracts a year")
    return figure


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
