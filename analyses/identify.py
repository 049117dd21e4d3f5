"""Which dated shock would show why systems stay? The tables of identification in calibration.md.

`uv run python analyses/identify.py` simulates two worlds of `experiments/identify.toml`, and
estimates in each run the event study that a scholar would run: some four minutes. `--runs N` makes
so many runs of each world; `--keep DIR` keeps them there.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tables
from scipy.special import ndtri

from sim.engine.user_mechanisms import load_rules
from sim.estimates.effects import wilson
from sim.experiment import Experiment, Factor, Keep, load_experiment
from sim.model.mechanisms.tender import CHINESE_VENDORS
from sim.runs.dataset import Results
from sim.scenario import load_scenario
from sim.studies.sources import run_experiment
from sim.world.arrays import Flags, Floats, Whole
from sim.world.seeds import Seeds, shipped_seeds

TASTES = Path(__file__).parents[1] / "examples" / "mechanisms" / "lasting_tastes.py"
RUNS, LAST = 512, 2025
FOLLOWED = 5
"""Years that an effect is the mean of, the year of the shock included."""
LEVEL = 0.05
"""Share of worlds without an effect in which one may be found."""
LEAST = 0.5
"""Share of worlds with two treated countries at risk or more, from which an effect is shown."""
NEVER, LEFT_OUT = 9999, 0
"""First year of a country that a shock never reaches, and of one that is no comparison."""
SPREAD = 1.0
"""Standard deviation of the logarithm of tastes in the second world."""
LEVELS = (1.0, 4.0, 16.0, 64.0)
"""Mean tastes that are tried; the one between them that keeps as many systems is taken."""
TRIED, STAY_FROM = 128, 2012
"""Runs of each trial, and the first year of the average stay."""
DEAR, FREE = "dear", "free"
WORLDS = (DEAR, FREE)
RELATIONS_FROM, RETREAT_FROM, LENT_FROM, LENT_TO = 2012, 2017, 2010, 2016
LENDING_YEARS, LENT_MOST, FALL = 3, 2 / 3, 0.5
"""Lending retreats from a country of the upper third when the mean of three years falls below half
of that of 2010 to 2016."""
STAY, ENTER = "stay", "enter"
NONE = "none"
LEVEL_OF = {"listing": "listed", "standards": "standards"}
"""Levels of the experiment that have a shock; all others are in one."""
OUTCOMES = {STAY: "stays with its vendor", ENTER: "enters"}
VENDORS_OF = {"listed-2019": ("Huawei",), "listed-2023": ("Hikvision", "Dahua")}
SHOCKS = {
    "recognition": "recognition of Beijing",
    "lending": "retreat of lending",
    "listing": "listings of vendors",
    "default": "defaults",
    "leak": "leaks",
    "standards": "*open standards, invented*",
}


class Estimate(NamedTuple):
    """An event study in each of many worlds; NaN where it cannot be made.

    Attributes:
        effect: Mean effect on the treated: (worlds,).
        error: Its standard error.
        treated: Treated units that were at risk.
    """

    effect: Floats
    error: Floats
    treated: Whole

    @property
    def beyond_chance(self) -> Flags:
        """Where zero lies outside the interval."""
        return np.asarray(np.abs(self.effect) > ndtri(1.0 - LEVEL / 2.0) * self.error)


def mean_where(values: Floats, among: Flags) -> Floats:
    """Return the mean over some units of each world: (worlds, 1); 0 where there are none."""
    sums = np.where(among, values, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(among.sum(axis=1, keepdims=True), 1))


def event_study(
    changes: Mapping[int, tuple[Flags, Floats]], first: Whole, followed: int = FOLLOWED
) -> Estimate:
    """Estimate a staggered difference in differences in each of many worlds.

    Effects by cohort and year compare a cohort with units that no shock has reached by that year
    (Callaway & Sant'Anna 2021, without covariates), and are averaged over the years since the shock
    and over cohorts by size. Few units are treated, and what they do is yes or no, so that those of
    a world may all do the same. The spread of the treated is therefore taken to be that of all
    units (Conley & Taber 2011).

    Args:
        changes: By cohort: which units are at risk in the year before (worlds, units), and the
            change of the outcome since then, from the shock on (worlds, units, years).
        first: The year of each unit's shock, or `NEVER`, or `LEFT_OUT`: (worlds, units).
        followed: Years that the effect is the mean of, at most.
    """
    worlds, _ = first.shape
    effect, variance = np.zeros((worlds, 1)), np.zeros((worlds, 1))
    treated = np.zeros((worlds, 1), int)
    of_controls = np.zeros(first.shape)
    for year, (at_risk, change) in changes.items():
        own = at_risk & (first == year)
        length = min(followed, change.shape[2])
        mean_change = change[..., :length].mean(axis=2)
        size, compared = own.sum(axis=1, keepdims=True), np.zeros_like(own)
        for step in range(length):
            others = at_risk & (first > year + step)
            compared |= others
            now = change[..., step]
            normal = mean_where(now, others)
            share = size / length
            effect += share * (mean_where(now, own) - normal)
            loads = share / np.maximum(others.sum(axis=1, keepdims=True), 1)
            of_controls += np.where(others, loads * (now - normal), 0.0)
        usual = np.where(own, mean_where(mean_change, own), mean_where(mean_change, compared))
        variance += size * mean_where((mean_change - usual) ** 2, own | compared)
        treated += size
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.where(treated > 1, treated, np.nan)
        error = np.sqrt(variance + (of_controls**2).sum(axis=1, keepdims=True)) / whole
        return Estimate((effect / whole)[:, 0], error[:, 0], treated[:, 0])


@dataclass(frozen=True)
class Worlds:
    """The runs of a world.

    Attributes:
        vendor: Place of the vendor in `CHINESE_VENDORS`, else -1: (runs, countries, years).
        years: The years.
        sets: The parameter set of each run.
    """

    vendor: Whole
    years: Sequence[int]
    sets: Whole

    def at(self, year: int) -> Whole:
        """Return the vendors at the end of a year."""
        return np.asarray(self.vendor[..., self.years.index(year)])

    def changes(self, outcome: str, first: Whole) -> dict[int, tuple[Flags, Floats]]:
        """Return who is at risk, and what changes, by cohort."""
        found = {}
        for year in sorted({*np.unique(first).tolist()} & {*self.years[1:]}):
            before, since = self.at(year - 1), self.vendor[..., self.years.index(year) :]
            has = before >= 0
            if outcome == STAY:
                found[year] = has, (since == before[..., np.newaxis]) - 1.0
            else:
                found[year] = ~has, (since >= 0) * 1.0
        return found

    @property
    def stay(self) -> float:
        """Share of Chinese systems that are with the same vendor a year later."""
        part = self.vendor[..., self.years.index(STAY_FROM) :]
        has = part[..., :-1] >= 0
        return float((part[..., 1:] == part[..., :-1])[has].mean())


def worlds_of(results: Results, point: int) -> Worlds:
    """Return the runs of a point."""
    names = results.panel("vendor").isel(point=point).to_numpy()
    vendor = np.full(names.shape, -1)
    for place, name in enumerate(CHINESE_VENDORS):
        vendor[names == name] = place
    return Worlds(vendor, results.years, results.set_of_run)


def recognition() -> Whole:
    """Return the first year of relations with Beijing; those that always had them are left out."""
    seeds = shipped_seeds()
    years = np.arange(seeds.first_year, seeds.last_year + 1)
    lacked = seeds.history["relations"] <= 0
    since = years > RELATIONS_FROM
    begun = lacked[:, :-1] & ~lacked[:, 1:] & since[1:]
    first = np.where(begun.any(axis=1), years[1:][begun.argmax(axis=1)], NEVER)
    return np.where(lacked[:, years == RELATIONS_FROM][:, 0], first, LEFT_OUT)


def retreat() -> Whole:
    """Return the year in which Chinese lending fell by half; others than borrowers are left out."""
    seeds = shipped_seeds()
    years = np.arange(seeds.first_year, seeds.last_year + 1)
    lent = seeds.history["state_finance"]
    mean = lent[:, (years >= LENT_FROM) & (years <= LENT_TO)].mean(axis=1)
    recent = np.stack([lent[:, at - LENDING_YEARS + 1 : at + 1].mean(axis=1)
                       for at in np.flatnonzero(years >= RETREAT_FROM)], axis=1)  # fmt: skip
    fell = recent < FALL * mean[:, np.newaxis]
    first = np.where(fell.any(axis=1), RETREAT_FROM + fell.argmax(axis=1), NEVER)
    return np.where(mean > np.quantile(mean, LENT_MOST), first, LEFT_OUT)


def reached(first: Whole) -> Flags:
    """Return which countries a shock reaches."""
    return np.asarray((first > LEFT_OUT) & (first < NEVER))


def by_events(experiment: Experiment, scenario: str, prefix: str) -> Whole:
    """Return the first year of each country that events of a scenario name."""
    first = np.full(len(shipped_seeds().countries), NEVER)
    codes = [country.iso3 for country in shipped_seeds().countries]
    for event in experiment.scenarios[scenario].events:
        if event.name.startswith(prefix) and event.scope and event.date is not None:
            first[[codes.index(code) for code in event.scope.states]] = int(event.date)
    return first


def listing(worlds: Worlds) -> Whole:
    """Return the year in which the vendor that a country has the year before is listed."""
    first = np.full(worlds.vendor.shape[:2], NEVER)
    for name, vendors in VENDORS_OF.items():
        year = int(name[-4:])
        places = [CHINESE_VENDORS.index(vendor) for vendor in vendors]
        own = np.isin(worlds.at(year - 1), places) & (first == NEVER)
        first = np.where(own, year, first)
    return first


def treatments(experiment: Experiment, worlds: Worlds, shock: str) -> Whole:
    """Return the year in which a shock reaches each country of each run; else `NEVER`."""
    if shock == "listing":
        return listing(worlds)
    if shock == "standards":
        own = by_events(experiment, "open-standards-in-asean", "open")
        own = np.where(own < NEVER, RETREAT_FROM, NEVER)
    elif shock in ("default", "leak"):
        own = by_events(experiment, "dated-shocks", shock)
    else:
        own = recognition() if shock == "recognition" else retreat()
    return np.broadcast_to(own, worlds.vendor.shape[:2])


def true_effect(worlds: Worlds, without: Worlds, outcome: str, first: Whole) -> Floats:
    """Return what a shock does to the treated, relative to others, by the same draws without it."""
    with_it, none = worlds.changes(outcome, first), without.changes(outcome, first)
    differ = {
        year: (at_risk & none[year][0], change - none[year][1])
        for year, (at_risk, change) in with_it.items()
    }
    return event_study(differ, first).effect


def without_shocks() -> Seeds:
    """Return tables in which nobody recognises Beijing anew, and Chinese lending goes on."""
    seeds = shipped_seeds()
    years = np.arange(seeds.first_year, seeds.last_year + 1)
    relations, lent = (seeds.history[name].copy() for name in ("relations", "state_finance"))
    relations[reached(recognition())] = 0.0
    before = (years >= LENT_FROM) & (years <= LENT_TO)
    lent[:, years >= RETREAT_FROM] = lent[:, before].mean(axis=1, keepdims=True)
    history = {**seeds.history, "relations": relations, "state_finance": lent}
    return replace(seeds, history=history, overrides={"name": "without-shocks", "tables": []})


def dealt(first: Whole, seed: int) -> Whole:
    """Deal the dates of a shock anew among the countries of its study, in each world at random."""
    left_out = first == LEFT_OUT
    order = np.argsort(np.random.default_rng(seed).random(first.shape) + left_out, axis=1)
    placebo = np.empty_like(first)
    np.put_along_axis(placebo, order, np.sort(np.where(left_out, NEVER, first), axis=1), axis=1)
    return np.where(left_out, LEFT_OUT, placebo)


def estimates(
    both: Mapping[str, Worlds], dates: Mapping[str, Whole], outcome: str
) -> list[Estimate]:
    """Return an event study of each world."""
    return [event_study(both[w].changes(outcome, dates[w]), dates[w]) for w in WORLDS]


def told_apart(dear: Floats, free: Floats) -> float:
    """Return the power of a test of one world in the other, at the level: the mean of both ways."""
    dear, free = dear[np.isfinite(dear)], free[np.isfinite(free)]
    ends = (LEVEL / 2.0, 1.0 - LEVEL / 2.0)
    power = [
        np.mean((theirs < low) | (theirs > high))
        for ours, theirs in ((dear, free), (free, dear))
        for low, high in [np.quantile(ours, ends)]
    ]
    return float(np.mean(power))


def together(dear: Floats, free: Floats, sets: Whole) -> tuple[Floats, Floats]:
    """Return all estimates of each run as one number that tells the worlds apart best.

    Fisher's linear discriminant, from the runs of every other parameter set, for all others.

    Args:
        dear: (runs, estimates) of one world.
        free: Of the other.
        sets: The parameter set of each run.
    """
    number = np.unique(sets, return_inverse=True)[1]
    learns = number % 2 == 0
    centre = np.nanmean(np.concatenate([dear[learns], free[learns]]), axis=0)
    dear, free = (np.where(np.isnan(each), centre, each) for each in (dear, free))
    within = np.cov(dear[learns].T) + np.cov(free[learns].T)
    slopes = np.linalg.lstsq(within, (free[learns] - dear[learns]).mean(axis=0), rcond=None)[0]
    return dear[~learns] @ slopes, free[~learns] @ slopes


def tasted(experiment: Experiment, level: float) -> Experiment:
    """Return the experiment in which tastes persist where leaving is free."""
    tastes = {"lasting_tastes.level": level, "lasting_tastes.spread": SPREAD}
    factors = []
    for factor in experiment.design.factors:
        levels = {name: {**own, **(tastes if name == FREE else {})}
                  for name, own in factor.levels.items()}  # fmt: skip
        factors.append(replace(factor, levels=levels))
    return replace(experiment, design=replace(experiment.design, factors=tuple(factors)))


def level_of_tastes(experiment: Experiment, folder: Path, runs: int) -> float:
    """Return the mean taste at which as many systems stay as where leaving is dear."""
    first = experiment.design.factors[1]
    levels: dict[str, Any] = {DEAR: first.levels[DEAR]}
    for level in LEVELS:
        levels[f"{level:g}"] = tasted(experiment, level).design.factors[1].levels[FREE]
    factor: Factor = replace(first, levels=levels)
    design = replace(experiment.design, factors=(factor,), points=tuple((at,) for at in levels))
    trial = replace(experiment, design=design, n_runs=min(runs, TRIED))
    results = run_experiment(trial, {"out": folder / "tastes"})
    aim, *stays = (worlds_of(results, point).stay for point in range(len(levels)))
    return float(np.exp(np.interp(aim, stays, np.log(LEVELS))))


def points(share: float, *, signed: bool = False) -> str:
    """Return a share as points, a minus as the page has it."""
    rounded = round(100 * share)
    return f"{rounded:{'+' if signed and rounded else ''}d}".replace("-", "−")


def percent(share: float, count: int) -> str:
    """Return a share of worlds with its 95% interval."""
    low, high = wilson(share, count)
    return f"{100 * share:.0f}% ({100 * low:.0f} to {100 * high:.0f})"


def tables_of(runs: int, folder: Path) -> dict[str, str]:
    """Simulate both worlds, estimate every study, and return the tables of the page."""
    experiment = load_experiment(
        "identify", overrides={"horizon.end": LAST}, rules=load_rules([TASTES])
    )
    experiment = replace(
        experiment, n_runs=runs, keep=Keep(outcomes=("working",), countries=("vendor",))
    )
    level = level_of_tastes(experiment, folder, runs)
    experiment = tasted(experiment, level)
    results = run_experiment(experiment, {"out": folder / "worlds"})
    calm = replace(
        experiment,
        scenarios={"baseline": load_scenario("baseline", overrides={"horizon.end": LAST},
                                             rules=experiment.rules)},
        base="baseline",
        design=replace(experiment.design, factors=experiment.design.factors[1:],
                       points=tuple((world,) for world in WORLDS)),
    )  # fmt: skip
    none = run_experiment(calm.in_world(without_shocks()), {"out": folder / NONE})
    every = {
        (row.shock, row.world): worlds_of(results, point)
        for point, row in enumerate(results.design.itertuples())
    } | {(NONE, world): worlds_of(none, point) for point, world in enumerate(WORLDS)}
    rows, joint = [], []
    for shock, words in SHOCKS.items():
        both = {world: every[LEVEL_OF.get(shock, "dated"), world] for world in WORLDS}
        dates = {world: treatments(experiment, of, shock) for world, of in both.items()}
        placebos = {world: dealt(first, at + 1) for at, (world, first) in enumerate(dates.items())}
        for outcome in OUTCOMES:
            if shock == "listing" and outcome == ENTER:
                continue  # who has no system has no vendor
            found = estimates(both, dates, outcome)
            dear, free = found
            at_risk = float(np.mean([each.treated for each in found]))
            number = reached(dates[DEAR]).sum(axis=1).mean()
            if not all(np.isfinite(each.effect).mean() > LEAST for each in found):
                continue
            cells = [words, OUTCOMES[outcome], f"{number:.0f}", f"{at_risk:.0f}"]
            for world, each in zip(WORLDS, found, strict=True):
                own = true_effect(both[world], every[NONE, world], outcome, dates[world])
                mean, truth = (
                    points(float(np.nanmean(v)), signed=True) for v in (each.effect, own)
                )
                cells.append(f"{mean} ± {points(float(np.nanstd(each.effect)))} ({truth})")
            for of in (found, estimates(both, placebos, outcome)):
                cells.append(f"{100 * np.mean([each.beyond_chance for each in of]):.0f}%")
            rows.append([*cells, percent(told_apart(dear.effect, free.effect), runs)])
            if shock != "standards":
                joint.append((dear.effect, free.effect))
    pair = (np.stack([each[at] for each in joint], axis=1) for at in (0, 1))
    apart = together(*pair, every["dated", DEAR].sets)
    rows.append(["all recorded shocks", *[""] * 7, percent(told_apart(*apart), len(apart[0]))])
    stays = [every["dated", world].stay for world in WORLDS]
    facts = [[f"{100 * stays[0]:.1f}%", f"{100 * stays[1]:.1f}%", f"{level:.1f}", f"{runs}"]]
    heads = ("shock", "outcome", "countries", "at risk", "effect where exit is costly",
             "where tastes persist", "found", "found by placebo",
             "power to separate the worlds")  # fmt: skip
    of_worlds = ("stay a year where exit is costly", "where tastes persist",
                 "mean taste, times the model's worth", "runs of each")  # fmt: skip
    return {"worlds": tables.table(of_worlds, facts), "shocks": tables.table(heads, rows)}


def main() -> None:
    """Rewrite the tables of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tables.rewrite(tables_of(given.runs, given.keep or Path(temporary)), "calibration.md")


if __name__ == "__main__":
    main()
