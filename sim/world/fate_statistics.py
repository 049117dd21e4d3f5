"""Statistics of the record of fates, with the definitions of `sim.model.mechanisms.fates`.

Rates have exact 95% Poisson intervals, shares exact binomial ones (Clopper & Pearson 1934,
Biometrika 26; Garwood 1936, Biometrika 28).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.model.mechanisms.fates import EARLY_AGE, FIRST_START, LAST_REPORT, LAST_START, OUT_FROM
from sim.world import columns
from sim.world.arrays import Flags, Floats, Whole
from sim.world.fates import FateRecord, decimal_year

# What followed the end of a contract, in the words of `expiries.csv`.
KEPT = ("renewed_incumbent", "extended_short", "retender_incumbent")
SWITCHED, LAPSED, TRANSFERRED, EARLY = (
    "retender_other", "lapsed", "transferred", "terminated_early",
)  # fmt: skip
# What became of the system after a lapse; empty where no text says it.
GONE, ANEW, STAYED, NEVER = "gone", "replaced", ("restored", "never stopped"), "never existed"
NEUTRAL_ROUTES = ("n", "r")
"""Rows found by neutral queries (n) and searches for renewals (r), not because they ended."""
COUNTS = (
    "years_early", "years_late", "lost_early", "lost_late", "switched", "removed", "out_of_service",
    "years_lit", "restored", "years_out", "extended", "years_unextended", "added", "added_other",
)  # fmt: skip
"""Counts per system; the model's observer has most of them, with the prefix `seen_`."""
UNNAMED, SAME = "extended_unknown", "extended_same"
WORKING, OPERATIONAL, CONTRACTED = "working", "operational", "contracted"
# Of events of one date a repair follows the outage, and an end follows every report.
ORDER = {
    **dict.fromkeys((WORKING, OPERATIONAL), 0),
    **dict.fromkeys(columns.OUTAGES, 1),
    **dict.fromkeys(columns.REPAIRS, 3),
    **dict.fromkeys((*columns.GIVEN_UP, *columns.REPLACED, *columns.REMOVED), 4),
}
OTHERWISE = 2
ENDS = {**dict.fromkeys(columns.REPLACED, "switched"), **dict.fromkeys(columns.REMOVED, "removed")}
MODEL_KINDS = ("surveillance", "radio", "scanners")
"""Kinds of contracts whose expiries resemble those of the model's systems."""
INTERVAL = 0.95
COLUMNS = ("statistic", "count", "exposure", "unit", "estimate", "low", "high")


SYSTEM_YEARS = "system-years"
RATES = {
    "first outage": ("out_of_service", ("years_lit",), SYSTEM_YEARS),
    "restored": ("restored", ("years_out",), "years out of service"),
    "switched off below age 5": ("lost_early", ("years_early",), SYSTEM_YEARS),
    "switched off from age 5": ("lost_late", ("years_late",), SYSTEM_YEARS),
    "vendor changed below age 5": ("switched_early", ("years_early",), SYSTEM_YEARS),
    "vendor changed from age 5": ("switched_late", ("years_late",), SYSTEM_YEARS),
    "removed under a ban": ("removed", ("years_early", "years_late"), SYSTEM_YEARS),
    "first extension": ("extended", ("years_unextended",), SYSTEM_YEARS),
    "extended by the same vendor": ("added", ("added", "added_other"), "named extensions"),
}
"""Statistics that divide a count by the sum of others: count, others, unit of their sum."""


def served_from(system: Any, events: pd.DataFrame) -> float:
    """Return when a system began to serve, as a decimal year; NaN: never or unknown."""
    opened = sorted(events.loc[events["event"] == OPERATIONAL, "date"], key=decimal_year)
    if not system["operational"]:
        return decimal_year(opened[0]) if opened else np.nan
    # The table gives the year; a report of the opening in that year gives the month.
    same = [date for date in opened if date[:4] == system["operational"][:4]]
    return min(map(decimal_year, same or [system["operational"]]))


def course_of(start: float, events: pd.DataFrame) -> dict[str, float]:
    """Return the `COUNTS` of a system from the beginning of its service to its last report.

    Also returns `end`, its age in years when it ended (else NaN), and `seen`, its age at the last
    report, even after its end. `start` is a decimal year.
    """
    course: dict[str, float] = dict.fromkeys(COUNTS, 0.0)
    out_of_service = False
    reported, last = 0.0, 0.0
    course["end"] = np.nan
    events = events.reset_index(drop=True)
    dates = events["date"].map(decimal_year)
    order = pd.DataFrame({"date": dates, "rank": events["event"].map(ORDER).fillna(OTHERWISE)})
    for place in order.sort_values(["date", "rank"], kind="stable").index:
        event, share = events.at[place, "event"], events.at[place, "share"]
        if not int(start) <= dates[place] < LAST_REPORT + 1.0:
            continue
        # A year alone is its middle, which may lie before the month in which service began.
        last = max(dates[place] - start, 0.0)
        if np.isfinite(course["end"]):
            continue
        years = last - reported
        early = min(last, EARLY_AGE) - min(reported, EARLY_AGE)
        course["years_early"] += early
        course["years_late"] += years - early
        course["years_out"] += years * out_of_service
        course["years_lit"] += years * (not course["out_of_service"])
        course["years_unextended"] += years * (not course["extended"])
        reported = last
        if event in columns.OUTAGES and not share < OUT_FROM:
            out_of_service, course["out_of_service"] = True, 1.0
        elif event in (*columns.REPAIRS, WORKING):
            course["restored"] += out_of_service
            out_of_service = False
        elif event in columns.EXTENSIONS:
            course["extended"] = 1.0
            course["added"] += event == SAME
            course["added_other"] += event not in (SAME, UNNAMED)
        elif event in (*columns.GIVEN_UP, *columns.REPLACED, *columns.REMOVED):
            lost = "lost_early" if last < EARLY_AGE else "lost_late"
            course[lost if event in columns.GIVEN_UP else ENDS[event]] = 1.0
            course["end"] = last
    return {**course, "seen": last}


def courses(
    record: FateRecord, starts: tuple[float, float] = (FIRST_START, LAST_START)
) -> pd.DataFrame:
    """Return a row per Chinese system that began to serve in the years `starts`.

    Columns are `id`, `start`, `larger` (a safe city or more), `COUNTS`, `end` and `seen`; see
    :func:`course_of`.
    """
    rows = [
        {**named, "start": start, **course_of(start, events)}
        for named, _, events, start in _chinese(record)
        if starts[0] <= start < starts[1] + 1.0
    ]
    return pd.DataFrame(rows, columns=["id", "start", "larger", *COUNTS, "end", "seen"])


def _chinese(record: FateRecord) -> Iterator[tuple[dict[str, Any], str, pd.DataFrame, float]]:
    """Yield the systems: `id` and `larger`, date of contract, events, beginning of service."""
    by_id = dict(tuple(record.events.groupby("id", sort=False)))
    for _, system in record.systems.iterrows():
        if system["group"] == columns.CHINESE and system["stage"] in columns.PLATFORMS:
            events = by_id.get(system["id"], record.events.iloc[:0])
            named = {"id": system["id"], "larger": system["stage"] != columns.PLATFORMS[0]}
            yield named, system["contracted"], events, served_from(system, events)


def contracts_served(record: FateRecord) -> pd.DataFrame:
    """Return the Chinese contracts with a known fate: columns `id`, `larger`, `served`."""
    rows = []
    for named, signed, events, start in _chinese(record):
        dates = [*events.loc[events["event"] == CONTRACTED, "date"], *filter(None, [signed])]
        year = min(map(decimal_year, dates), default=start)
        # One that is reported to work has served, though no opening was reported.
        served = (
            np.isfinite(start)
            or events["event"].isin([WORKING, *columns.EXTENSIONS, *columns.OUTAGES]).any()
        )
        failed = events["event"].isin([*columns.NOT_SERVED, *columns.GIVEN_UP]).any()
        if (served or failed) and FIRST_START <= year < LAST_START + 1.0:
            rows.append({**named, "served": bool(served)})
    return pd.DataFrame(rows, columns=["id", "larger", "served"])


def rate(count: float, exposure: float) -> tuple[float, float, float]:
    """Return a rate with its exact Poisson interval; NaN without exposure."""
    from scipy.stats import gamma

    if exposure <= 0.0:
        return np.nan, np.nan, np.nan
    tail = (1.0 - INTERVAL) / 2.0
    low = gamma.ppf(tail, count) if count else 0.0
    high = gamma.ppf(1.0 - tail, count + 1.0)
    return count / exposure, low / exposure, high / exposure


def share(count: float, of: float) -> tuple[float, float, float]:
    """Return a share with its exact binomial interval; NaN for an empty group."""
    from scipy.stats import binomtest

    if of <= 0:
        return np.nan, np.nan, np.nan
    ends = binomtest(int(count), int(of)).proportion_ci(INTERVAL, "exact")
    return count / of, float(ends.low), float(ends.high)


type Counted = tuple[str, float, float, str]
"""Name, count, exposure and its unit."""


def statistics(record: FateRecord, expiries: pd.DataFrame) -> pd.DataFrame:
    """Return all statistics of a record, with the columns `COLUMNS`."""
    return estimated([*of_courses(courses(record)), *of_contracts(record), *of_expiries(expiries)])


def estimated(counts: Iterable[Counted]) -> pd.DataFrame:
    """Return statistics with their estimates and intervals."""
    rows = [
        (name, count, exposure, unit, *(rate if "years" in unit else share)(count, exposure))
        for name, count, exposure, unit in counts
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def of_courses(table: pd.DataFrame) -> Iterator[Counted]:
    total = table[[*COUNTS]].sum()
    for words, at in (("early", table["end"] < EARLY_AGE), ("late", table["end"] >= EARLY_AGE)):
        total[f"switched_{words}"] = table.loc[at, "switched"].sum()
    for name, (count, over, unit) in RATES.items():
        yield name, total[count], total[[*over]].sum(), unit
    for larger, part in table.groupby("larger"):
        lost = part[["lost_early", "lost_late"]].to_numpy().sum()
        years = part[["years_early", "years_late"]].to_numpy().sum()
        yield f"{'larger systems' if larger else 'cameras'} switched off", lost, years, SYSTEM_YEARS
    known = table[table["seen"] >= EARLY_AGE]
    failed = known[["out_of_service", "lost_early", "lost_late"]].any(axis=1).sum()
    reported = f"systems reported on at age {EARLY_AGE:.0f} or more"
    yield "ever out of service or switched off", failed, len(known), reported


def of_contracts(record: FateRecord) -> Iterator[Counted]:
    contracts = contracts_served(record)
    cameras = contracts[~contracts["larger"].astype(bool)]
    for words, part in (("", contracts), (", cameras", cameras)):
        served = part["served"].astype(bool)
        yield f"never served{words}", (~served).sum(), len(served), "contracts"


def of_expiries(expiries: pd.DataFrame) -> Iterator[Counted]:
    """Count what followed expiries of the model's kinds, of those found by neutral queries."""
    if expiries.empty:
        return
    neutral = expiries[expiries["route"].isin(NEUTRAL_ROUTES)]
    like = neutral[neutral["kind"].isin(MODEL_KINDS)]
    yield from after_expiry(like)
    became = like.loc[like["outcome"] == LAPSED, "became"]
    gone, anew, stayed = (became.isin(of).sum() for of in ([GONE], [ANEW], STAYED))
    yield "gone after a lapse", gone, gone + anew + stayed, "lapses"
    yield "replaced after a lapse", anew, anew + stayed, "lapses of systems that are not gone"


def after_expiry(expiries: pd.DataFrame) -> Iterator[Counted]:
    """Count lapses and changes of the vendor."""
    # A contract for a system that never existed interrupts nothing.
    number = expiries.loc[expiries["became"] != NEVER, "outcome"].value_counts()
    lapsed, state, switched = (number.get(of, 0) for of in (LAPSED, TRANSFERRED, SWITCHED))
    kept = number.reindex(KEPT, fill_value=0).sum()
    yield "lapsed at expiry", lapsed, kept + lapsed, "lapsed or kept"
    both = "lapsed or passed to the government at expiry"
    yield both, lapsed + state, kept + lapsed + state, "lapsed, passed on or kept"
    yield "vendor changed at expiry", switched, kept + lapsed + state + switched, "expiries"


def _not_ended(ages: Floats | Whole, ended: Flags) -> Any:
    from scipy.stats import CensoredData, ecdf

    return ecdf(CensoredData(ages[ended], right=ages[~ended])).sf


def kaplan_meier(ages: Whole, ended: Flags, years: Whole) -> Floats:
    """Return the Kaplan-Meier share of systems that have not ended, at each of `years`.

    `ages` are ages at the end or at the last observation. NaN beyond the largest age.
    """
    known = years <= ages.max(initial=-1)
    return np.where(known, _not_ended(ages, ended).evaluate(years) if known.any() else 0.0, np.nan)


def survival_of(ages: Iterable[float], ended: Iterable[bool]) -> pd.DataFrame:
    """Return the Kaplan-Meier share not ended: `mean`, `low`, `high` (95%) by age, from 0."""
    left = _not_ended(np.asarray([*ages], float), np.asarray([*ended], bool))
    with warnings.catch_warnings():
        # Where none or all have ended there is no interval.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = left.confidence_interval(INTERVAL, method="log-log")
    curves = {"mean": left, "low": band.low, "high": band.high}
    shares = {name: curve.probabilities for name, curve in curves.items()}
    frame = pd.DataFrame(shares, pd.Index(left.quantiles, name="age")).ffill()
    return pd.concat([pd.DataFrame(1.0, [0.0], frame.columns), frame]).fillna(1.0)
