"""Figures of the runs of one scenario. To add one: a function here, and its line in `FIGURES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.errors import InputError
from sim.figures.canvas import canvas
from sim.figures.draw import (
    RECORDED,
    SIGMAS,
    Dots,
    Panel,
    draw_line,
    key,
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
from sim.register import WORLD, nearest
from sim.results.dataset import Results
from sim.results.targets import FITTED, HOLD_OUT, HOW_MET, USES, count_met, target_table
from sim.units import PERCENT

ADOPTION = ("trained", "adopters", "working")
SHARES = ("trained_share", "adopters_share", "working_share")
REACHED = "Who was ever trained, who ever bought any Chinese system, and whose system works?"
ALIVE = ("contracts_chinese", "contracts_active")
EVENTS = {
    "contracts_renewed_yearly": "Renewed",
    "contracts_lapsed_yearly": "Dark for unpaid fees",
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
    "lapsed": Look("dark for unpaid fees", ORANGE),
}
"""How a first system is lost, the rarest first, by the field that counts it."""
OTHER = Look("worn out", PALE_INK)
FEWEST_AT_RISK = 50
MAP_YEARS = {"p_adopted_2025": "Ever bought any Chinese system by 2025",
             "p_platform_2025": "Ever bought a platform (safe city or more) by 2025",
             "p_working_2040": "A working Chinese system at the end of 2040"}  # fmt: skip


def adoption_world(results: Results) -> Figure:
    """Countries ever trained, ever adopters, with a working system."""
    adopted, working = (results.values(n)[0, :, -1] for n in ("adopters", "working"))
    listed = results.values("recorded_adopters")[0, :, -1]
    title = (
        f"{np.nanmean(adopted):.0f} of {len(results.states)} countries ever had any Chinese system"
        f" by the end of {results.years[-1]} ({np.nanmean(listed):.0f} on lists); in"
        f" {np.nanmean(working):.0f} a national one works (90 % of runs: {_range(working)})"
    )
    panel = Panel("", f"countries (of {len(results.states)})", [line(results, n) for n in ADOPTION])
    return over_time(results, title, [panel], REACHED)


def _range(values: Floats) -> str:
    low, high = np.nanquantile(values, (0.05, 0.95))
    return f"{low:.0f} to {high:.0f}"


def _last(results: Results, name: str) -> str:
    """Return an outcome at the end of the last year: `98 (90 % of runs: 78 to 115)`."""
    values = results.values(name)[0, :, -1]
    return f"{np.nanmean(values):.0f} (90 % of runs: {_range(values)})"


def adoption_by_regime(results: Results) -> Figure:
    """Shares of countries by regime of 2024."""
    return _by(results, "regime", "Training and adoption by regime", 2)


def adoption_by_aid(results: Results) -> Figure:
    """Shares of countries by dependence on Western aid."""
    return _by(results, "aid", "Training and adoption by dependence on Western aid", 2)


def adoption_by_region(results: Results) -> Figure:
    """Shares of countries by region."""
    return _by(results, "region", "Training and adoption by region", 3)


def _by(results: Results, kind: str, title: str, columns: int) -> Figure:
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
    table = results.countries()
    shown = {
        words: dict(zip(table["iso3"], PERCENT * table[column], strict=True))
        for column, words in MAP_YEARS.items()
        if table[column].notna().any()
    }
    if not shown:
        last = results.years[-1]
        shares = np.nanmean(results.panel("working", [last])[0, :, :, 0], axis=0)
        values = dict(zip(results.states.index, PERCENT * shares, strict=True))
        shown = {f"A working Chinese system at the end of {last}": values}
    return maps(
        "Where Chinese systems are bought and work, in the model",
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
    observed = table["observed"].to_numpy()
    error = np.nan_to_num(SIGMAS * table["sigma"].to_numpy()) / observed
    missed = table["verdict"].to_numpy() == "missed"
    ratio = {name: table[name].to_numpy() / observed for name in ("mean", "q05", "q95")}
    dots = [
        Dots(Look("published, ± 2 standard errors", BLACK), np.ones(len(table)), 1.0 - error,
             1.0 + error),
        *(
            Dots(
                look,
                np.where(which, ratio["mean"], np.nan),
                np.where(which, ratio["q05"], np.nan),
                np.where(which, ratio["q95"], np.nan),
            )
            for which, look in (
                (~missed, Look("recorded in the model, 90 % of runs", QUIET_INK, marker="s")),
                (missed, Look("the same, missed", VERMILLION, marker="D")),
            )
        ),
    ]  # fmt: skip
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
    panels = [
        Panel(
            results.outcomes[happened].label,
            unit_of(results.outcomes[happened]),
            [
                line(results, RECORDED[happened], look=RECORD_LOOK),
                replace(line(results, happened, look=TRUTH_LOOK), published=pd.DataFrame()),
            ],
        )
        for happened in SHOWN_RECORDS
    ]
    return over_time(
        results,
        "Recorded in the model, and published",
        panels,
        "How much of what happens in the model does its observer record?",
        columns=2,
    )


def survival(results: Results) -> Figure:
    """How long countries' first systems work without a break, and how they are lost."""
    shares = survival_of(results)
    years = np.arange(len(shares["left"]))
    looks = {**CAUSES, "other": OTHER}
    lost = [cause for cause in looks if shares[cause][-1] > 0.0]
    left = Look("still working, never interrupted", GREEN)
    ten = f"{PERCENT * shares['left'][10]:.0f} % of first systems" if len(years) > 10 else ""
    title = f"{ten} work for ten years without a break" if ten else "How long first systems work"
    figure, (axes,) = canvas(
        title,
        "How long does a country's first Chinese system work, and what ends it?",
        f"{source(results)} Kaplan-Meier over the first systems of all countries in all runs;"
        " causes add up (Aalen-Johansen). A dark system may be restored later.",
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


def survival_of(results: Results, point: int = 0) -> Mapping[str, Floats]:
    """Return by years since a first system began to work: `left`, and the share lost by cause."""
    works = results.panel("working")[point]
    works = works[np.isfinite(works).all(axis=(1, 2))] > 0
    flat = works.reshape(-1, works.shape[-1])
    ever = flat.any(axis=1)
    counts = {
        cause: results.panel(cause)[point].reshape(flat.shape)[ever][:, -1] > 0 for cause in CAUSES
    }
    flat = flat[ever]
    if not len(flat):
        raise InputError(f"{results.name}: no system ever works")
    first = flat.argmax(axis=1)
    after = np.arange(flat.shape[1]) > first[:, np.newaxis]
    broken = after & ~flat
    lost = broken.any(axis=1)
    spells = np.where(lost, broken.argmax(axis=1), flat.shape[1]) - first
    causes = np.select(list(counts.values()), list(counts), "other")
    width = int(spells.max()) + 1

    def counted(which: Floats) -> Floats:
        return np.bincount(spells[which], minlength=width)[1:].astype(np.float64)

    # A system whose end is not seen is known to have worked for one year less.
    every = counted(spells > 0)
    risk = every[::-1].cumsum()[::-1] - counted(~lost)
    few = np.flatnonzero(risk < min(FEWEST_AT_RISK, risk[0]))
    enough = slice(int(few[0]) if few.size else None)
    hazards = {
        cause: counted(lost & (causes == cause))[enough] / risk[enough]
        for cause in (*CAUSES, "other")
    }
    left = np.concatenate([[1.0], np.cumprod(1.0 - sum(hazards.values()))])
    return {
        "left": left,
        **{cause: np.r_[0.0, np.cumsum(left[:-1] * hazard)] for cause, hazard in hazards.items()},
    }


def lock_in(results: Results) -> Figure:
    """Cost to leave in years of value, dependence, and working systems."""
    panels = [
        Panel(results.outcomes[name].label, unit_of(results.outcomes[name]), [line(results, name)])
        for name in ("lock_in_chinese", "dependence", "working")
    ]
    return over_time(
        results,
        f"Leaving Chinese systems would cost {_last(results, 'lock_in_chinese')} years of their"
        f" benefit at the end of {results.years[-1]}",
        panels,
        "How dear is it to leave, how much do countries depend, and how many systems work?",
    )


def contracts(results: Results) -> Figure:
    """Contracts in force, and their yearly ends."""
    labels = [results.outcomes[name].label for name in ALIVE]
    signs = [Look(labels[0], VERMILLION), Look(labels[1], INK, DASHED)]
    alive = Panel(
        "Contracts in force",
        "contracts",
        [line(results, name, look=look) for name, look in zip(ALIVE, signs, strict=True)],
    )
    panels = [
        Panel(words, "contracts a year", [line(results, name)]) for name, words in EVENTS.items()
    ]
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
        return Panel(
            title, "million US$ a year", [line(results, n, *group, look=look) for n, look in pairs]
        )

    panels = [panel("All vendors, Western ones included")]
    for vendor in results.groups.get("vendor", ()):
        panels.append(panel(vendor[:1].upper() + vendor[1:], "vendor", vendor))
    return over_time(
        results,
        "Revenue from sales and maintenance",
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
        f" countries; the Western bloc: {_last(results, 'bloc_west')}",
        [alignment, size],
        "Do countries move towards China or towards the West?",
    )


def outcome(results: Results, name: str, by: str = WORLD, point: int = 0) -> Figure:
    """One outcome over time, in the world or in each group of a kind."""
    if name not in results.outcomes:
        raise InputError(f"no outcome {name!r}{nearest(name, results.outcomes)}")
    shown = results.outcomes[name]
    results.values(name, by)  # refuses a kind of groups that there is not
    groups = results.groups[by]
    panels = [
        Panel(
            group[:1].upper() + group[1:] if len(groups) > 1 else "",
            unit_of(shown),
            [line(results, name, by, group, point=point)],
        )
        for group in groups
    ]
    title = shown.label if by == WORLD else f"{shown.label} by {by}"
    return over_time(results, title, panels, shown.doc, columns=3, together=len(groups) > 1)


FIGURES: dict[str, tuple[Callable[[Results], Figure], tuple[str, ...]]] = {
    "adoption-world": (adoption_world, (*ADOPTION, "recorded_adopters")),
    "adoption-by-regime": (adoption_by_regime, SHARES),
    "adoption-by-region": (adoption_by_region, SHARES),
    "adoption-by-aid": (adoption_by_aid, SHARES),
    "map": (world_map, ()),
    "targets": (targets, ("recorded_trained", "recorded_platforms")),
    "recorded-against-observed": (
        recorded,
        tuple(n for name in SHOWN_RECORDS for n in (name, RECORDED[name])),
    ),
    "survival": (survival, ()),
    "lock-in": (lock_in, ("lock_in_chinese", "dependence", "working")),
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


__all__ = ["FIGURES", "draw_line", "figures_of", "key", "outcome", "survival_of"]
