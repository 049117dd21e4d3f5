"""Who buys next, and why a country bought: `entrench country`, and its `--why`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from sim.estimates.effects import Share, by_set, share_of
from sim.experiment import Keep
from sim.measures.bands import ENDS
from sim.measures.variables import COUNTRY, PARAMETER_SET, RUN
from sim.runs.dataset import Results
from sim.scenario import Origin, Scenario
from sim.studies.report import NONE, Report, Table, ranges, shares, signed, wide
from sim.studies.sources import RunOptions, results_of
from sim.world.arrays import Flags, Floats
from sim.world.columns import CHINESE
from sim.world.countries import CountrySeed
from sim.world.fates import FateRecord

# The last year of the record, and how far ahead.
NOW, AHEAD = 2025, 5
MOST_SHOWN = 30
NEXT_NOTE = (
    "Of the runs in which no list has a Chinese system of the country either, with cities' cameras:"
    " share (95%) in which a first one is on lists in these years (listed), or is bought in them"
    " (real), or was bought before, on no list (unlisted). Shares of runs, not probabilities."
)
# Switches that are turned off one by one.
WHY = {
    "training.active": "Chinese courses",
    "china.bundling": "bundled offers",
    "china.credit": "Chinese credit",
    "peers.active": "peers",
    "peers.norms": "norms",
    "needs.active": "needs: crime and unrest",
    "west.conditions": "conditions of Western aid",
    "contracts.active": "maintenance contracts",
}
BOUGHT = {"adopted": "first system", "adopted_platform": "first platform"}
WHY_NOTE = (
    "Of the runs in which it buys: share in which it never does once this is off in all countries"
    " (95%); where it still buys, years later (90% of runs). The draws are the same. Mechanisms"
    " stand in for each other, so shares do not add up."
)


def first_year(years: Sequence[int], happened: Flags) -> Floats:
    """Return the first year, on the last axis, of an event; infinite: never."""
    first = np.array(years, np.float64)[happened.argmax(axis=-1)]
    return np.where(happened.any(axis=-1), first, np.inf)


def first_ones(
    results: Results, without: Collection[str], until: int, listed: str, happened: str
) -> pd.DataFrame:
    """Return how likely a first event of countries is, those with none on record by `NOW` too.

    Args:
        results: Runs; the first point counts.
        without: Countries that are left out: they have one on record.
        until: The last year.
        listed: The field that says that one is on record.
        happened: The field that says that one happened.

    Returns:
        A row per country, the likeliest first: `iso3`, `name`, `region`, `runs`, and the shares
        `listed`, `real` and `unlisted` with the ends of their 95% intervals, `_low` and `_high`.
    """
    (known, now_known), (had, has) = (
        np.moveaxis(results.panel(field, [NOW, until])[0].to_numpy() > 0, -1, 0)
        for field in (listed, happened)
    )
    events, rows = {"listed": now_known, "real": has & ~had, "unlisted": had}, []
    for at, (iso3, state) in enumerate(results.country_groups.iterrows()):
        runs = results.worked[0] & ~known[:, at]
        each = {n: share_of(of[runs, at], results.set_of_run[runs]) for n, of in events.items()}
        ends = {f"{n}_{end}": getattr(of, end) for n, of in each.items() for end in ("low", "high")}
        found = {name: of.share for name, of in each.items()} | ends
        if iso3 not in without and runs.any():
            rows.append({"iso3": iso3, **state[["name", "region"]], "runs": runs.sum(), **found})
    frame = pd.DataFrame(rows)
    return frame.sort_values(["listed", "real"], ascending=False, ignore_index=True)


def next_buyers(results: Results, record: FateRecord) -> Report:
    """Return the countries without a Chinese system on record, by how likely a first one is."""
    until = min(NOW + AHEAD, results.years[-1])
    has = {*record.systems.loc[record.systems["group"] == CHINESE, "iso3"]}
    frame = first_ones(results, has, until, "recorded_adopted", "adopted")
    names = ("listed", "real", "unlisted")
    cells = {name: shares(frame, name, f"{name}_low", f"{name}_high") for name in names}
    title = f"Who buys next, {NOW + 1} to {until}: {results.name}, countries without one on record"
    table = Table(frame[["name", "region", "runs"]].assign(**cells), title, MOST_SHOWN, "next")
    return Report("country", results, {"next": frame}, [table, NEXT_NOTE, by_set(results)])


def with_reasons(report: Report, chosen: Sequence[CountrySeed], options: RunOptions) -> Report:
    """Return a report on countries with the purchases that go once a mechanism is off."""
    results = report.results
    off = [without(results.scenario(0), key, words) for key, words in WHY.items()]
    keep = Keep(outcomes=("working",), countries=tuple(BOUGHT))
    again: RunOptions = {**options, "set": None, "out": None, "fresh": False, "countries": False}
    frame = reasons_of(results_of([results, *off], again, keep=keep), chosen)
    cells = zip(
        shares(frame, "share", "low", "high"), frame["years_later"], ranges(frame), strict=True
    )
    texts = [f"{gone}; {signed(y)} ({ends})" if gone != NONE else NONE for gone, y, ends in cells]
    named = frame.assign(head=frame["name"] + ", " + frame["purchase"])
    table = Table(wide(named, ["without"], "head", texts), "Why: purchases that go")
    tables = {**report.tables, "why": frame}
    return replace(report, tables=tables, shown=[*report.shown, table, WHY_NOTE])


def reasons_of(results: Results, chosen: Sequence[CountrySeed]) -> pd.DataFrame:
    """Return of purchases at the first point the share that goes at each of the last, by `WHY`."""
    rows, causes = [], [*WHY.values()]
    for state, (field, words), at in product(chosen, BOUGHT.items(), range(len(WHY))):
        cells = results.panel(field).sel({COUNTRY: state.iso3})[[0, at - len(WHY)]].dropna(RUN)
        before, after = first_year(results.years, cells.to_numpy() > 0)
        bought = np.isfinite(before)
        gone = share_of(~np.isfinite(after[bought]), cells[PARAMETER_SET].to_numpy()[bought])
        still = bought & np.isfinite(after)
        later = after[still] - before[still]
        moved = [later.mean(), *np.quantile(later, ENDS)] if len(later) else [np.nan] * 3
        rows.append((state.iso3, state.name, words, causes[at], *gone, *moved))
    columns = ["iso3", "name", "purchase", "without", *Share._fields, "years_later", "q05", "q95"]
    return pd.DataFrame(rows, columns=columns)


def without(scenario: Scenario, key: str, words: str) -> Scenario:
    """Return a scenario with a switch off from the start."""
    section, _, name = key.partition(".")
    off = scenario.sections[section].model_copy(update={name: False})
    return replace(
        scenario,
        name=f"without {words}",
        sections={**scenario.sections, section: off},
        origins={**scenario.origins, key: Origin("--why")},
    )
