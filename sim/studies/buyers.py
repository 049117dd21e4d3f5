"""Who buys next, and why a country bought: `entrench country`, and its `--why`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from sim.estimates.effects import by_set, share_of
from sim.experiment import Keep
from sim.measures.bands import ENDS
from sim.measures.variables import COUNTRY, PARAMETER_SET
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.scenario import Origin, Scenario
from sim.scenario.resolve import Assignment
from sim.studies.report import Report, Table, ranges, shares, signed, wide
from sim.studies.sources import RunOptions, results_of
from sim.world.arrays import Flags, Floats
from sim.world.columns import CHINESE, ESTATE
from sim.world.countries import CountrySeed
from sim.world.fates import FateRecord

# The last year of the record, and how far ahead.
NOW, AHEAD = 2025, 5
MOST_SHOWN = 30
NEXT_NOTE = (
    "Of the runs in which no list has a Chinese system of the country either, with cities' cameras:"
    " share (95%) in which a first one is on lists in these years (listed), or is bought in them"
    " (real), or was bought before, on no list (unlisted). Shares of runs, not probabilities."
    " In the order of the lower ends of `listed`."
    " For doubtful countries, such as Libya, see docs/which-states.md."
)
REGIMES = [f"{of}.regime_{name}" for of in ("training", "procurement")
           for name in ("flawed", "hybrid", "authoritarian")]  # fmt: skip
# What is taken away, one at a time, and the values that do it: mechanisms, then what a country is.
WHY: dict[str, dict[str, Any]] = {
    "Chinese courses": {"training.active": False},
    "bundled offers": {"china.bundling": False},
    "Chinese credit": {"china.credit": False},
    "peers": {"peers.active": False},
    "norms": {"peers.norms": False},
    "needs: crime and unrest": {"needs.active": False},
    "conditions of Western aid": {"west.conditions": False},
    "maintenance contracts": {"contracts.active": False},
    "regime": dict.fromkeys(REGIMES, 0.0),
    "Western alliance": {"training.ally_access": 1.0, "procurement.ally_access": 1.0},
    "procurement agreement": {"procurement.gpa_access": 1.0},
    "rivalry with China": {"procurement.rival_access": 1.0},
    "bans": {"procurement.ban_access": 1.0, "procurement.ban_access_pilot": 1.0},
    "own vendors": {"procurement.home_vendor_access": 1.0},
    "lack of relations with Beijing": {"procurement.no_relations_access": 1.0},
    "closed economy": {"procurement.closed_access": 1.0},
    "war": {"procurement.war_access": 1.0},
}
BOUGHT = {"adopted": "first system", "adopted_platform": "first platform"}
WHY_NOTE = (
    "Without: this is taken away in all countries, with the same draws. Of the runs in which it"
    " buys, so many never do (−); of those in which it does not, so many do (+); and where it buys"
    " in both, so many years later (90% of runs). One cause may replace another: shares do not add"
    " up. why.csv has the intervals."
)


def first_year(years: Sequence[int], happened: Flags) -> Floats:
    """Return the first year, on the last axis, of an event; infinite: never."""
    first = np.array(years, np.float64)[happened.argmax(axis=-1)]
    return np.where(happened.any(axis=-1), first, np.inf)


def first_ones(results: Results, without: Collection[str], until: int) -> pd.DataFrame:
    """Return how likely a first system of countries is, in runs with none on lists by `NOW`.

    Args:
        results: Runs; the first point counts.
        without: Countries that are left out: they have one on record.
        until: The last year.

    Returns:
        A row per country, by chance: `iso3`, `name`, `region`, `runs`, and the shares `listed`,
        `real` and `unlisted` with the ends of their 95% intervals, `_low` and `_high`.
    """
    (known, now_known), (had, has) = (
        np.moveaxis(results.panel(field, [NOW, until])[0].to_numpy() > 0, -1, 0)
        for field in ("recorded_adopted", "adopted")
    )
    events, rows = {"listed": now_known, "real": has & ~had, "unlisted": had}, []
    for at, (iso3, state) in enumerate(results.country_groups.iterrows()):
        runs = ~known[:, at]
        if iso3 in without or not runs.any():
            continue
        row = {"iso3": iso3, **state[["name", "region"]], "runs": runs.sum()}
        for name, of in events.items():
            _, *numbers = share_of(of[runs, at], results.set_of_run[runs])
            row |= zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True)
        rows.append(row)
    frame = pd.DataFrame(rows)
    return frame.sort_values(["listed", "real"], ascending=False, ignore_index=True)


def next_buyers(results: Results, record: FateRecord) -> Report:
    """Return the countries without a Chinese system on record, by how likely a first one is."""
    until = min(NOW + AHEAD, results.years[-1])
    # Agencies with Chinese cameras of their own are no first buyers either.
    has = {*record.systems.loc[record.systems["group"].isin([CHINESE, ESTATE]), "iso3"]}
    # Few runs say little: a country is as high as the lower end of its share.
    frame = first_ones(results, has, until).sort_values("listed_low", ascending=False)
    names = ("listed", "real", "unlisted")
    cells = {name: shares(frame, name, f"{name}_low", f"{name}_high") for name in names}
    title = f"Who buys next, {NOW + 1} to {until}: {results.name}, countries without one on record"
    table = Table(frame[["name", "region", "runs"]].assign(**cells), title, MOST_SHOWN, "next")
    return Report("country", results, {"next": frame}, [table, NEXT_NOTE, by_set(results)])


def with_reasons(report: Report, chosen: Sequence[CountrySeed], options: RunOptions) -> Report:
    """Return a report on countries with the purchases that go and come without each cause."""
    results = report.results
    off = [without(results.scenario(0), words) for words in WHY]
    keep = Keep(outcomes=("working",), countries=tuple(BOUGHT))
    again: RunOptions = {**options, "set": None, "out": None, "fresh": False, "countries": False}
    frame = reasons_of(results_of([results, *off], again, keep=keep), chosen)
    parts = zip(frame["gone"], frame["come"], frame["years_later"], ranges(frame), strict=True)
    cells = [
        f"{signed(round(-PERCENT * gone))}%" * (gone >= 0)
        + f" {signed(round(PERCENT * come))}%" * (come >= 0)
        + f"; {signed(round(years, 1))} years ({ends})" * (years == years)
        for gone, come, years, ends in parts
    ]
    named = frame.assign(head=frame["name"] + ", " + frame["purchase"])
    table = Table(wide(named, ["without"], "head", cells), "Why: purchases that go and come")
    tables = {**report.tables, "why": frame}
    return replace(report, tables=tables, shown=[*report.shown, table, WHY_NOTE])


def reasons_of(results: Results, chosen: Sequence[CountrySeed]) -> pd.DataFrame:
    """Return the purchases at the first point that go, come and move at the last, one per cause."""
    rows = []
    for state, (field, words), (at, cause) in product(chosen, BOUGHT.items(), enumerate(WHY)):
        cells = results.panel(field).sel({COUNTRY: state.iso3})[[0, at - len(WHY)]]
        before, after = first_year(results.years, cells.to_numpy() > 0)
        bought, buys = np.isfinite(before), np.isfinite(after)
        sets = cells[PARAMETER_SET].to_numpy()
        gone, come = share_of(~buys[bought], sets[bought]), share_of(buys[~bought], sets[~bought])
        later = after[bought & buys] - before[bought & buys]
        moved = [later.mean(), *np.quantile(later, ENDS)] if len(later) else [np.nan] * 3
        rows.append((state.iso3, state.name, words, cause, *gone, *come[1:], *moved))
    shares = [f"{of}{end}" for of in ("gone", "come") for end in ("", "_low", "_high")]
    columns = ["iso3", "name", "purchase", "without", "bought", *shares, "years_later"]
    return pd.DataFrame(rows, columns=[*columns, "q05", "q95"])


def without(scenario: Scenario, cause: str) -> Scenario:
    """Return a scenario in which a cause is taken away from the start."""
    rest = [given for given in scenario.assignments if given.path not in WHY[cause]]
    off = [Assignment(k, value=v, origin=Origin("--why")) for k, v in WHY[cause].items()]
    return replace(scenario, name=f"without {cause}", assignments=(*rest, *off))
