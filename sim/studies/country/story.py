"""One state's story over an ensemble: trained, sold to, locked in, recorded; beside its like."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Flags
from sim.engine.chunk import working_key
from sim.studies.reasons import GROUPS, Reasons
from sim.world.columns import NO_YEAR
from sim.world.countries import CountrySeed
from sim.world.seeds import Seeds
from sim.world.spells import first_held

QUARTILES = (0.25, 0.5, 0.75)


DATES = {
    "first_trained": ("first trained", (2025, 2040)),
    "first_adopted": ("first contract with a Chinese vendor", (2019, 2025, 2040)),
    "first_adopted_platform": ("first Chinese platform", (2019, 2025, 2040)),
    "first_recorded_trained": ("recorded as trained", (2025,)),
    "first_recorded_adopted": ("recorded as adopter", (2019, 2025)),
    "first_recorded_platform": ("recorded with a platform", (2019, 2025)),
}
"""What may happen once in a run: its words, and by the end of which years one asks for it."""

RECORDED = "recorded"
"""Part of the names of what the observer saw."""

WORKING_IN = (2025, 2040)
"""At the ends of which years one asks for a working system."""

ENDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "renewed": ("renewed", ("renewed",)),
    "lapsed": ("lapsed (dark for unpaid fees)", ("lapsed",)),
    "lapsed_and_restored": ("lapsed and restored", ("lapsed", "restored")),
    "switched": ("ended: another vendor", ("switched",)),
    "abandoned": ("ended: abandoned", ("abandoned",)),
    "replaced": ("ended: replaced after a ban", ("replaced",)),
}
"""What may become of contracts: its words, and the counts that must all be above zero."""

OPENED = "opened"
"""Count of contracts opened in a run."""


@dataclass(frozen=True)
class Likelihood:
    """A probability, beside the same for the state's region and regime.

    Attributes:
        key: Name in JSON.
        label: What it is the probability of.
        state: Share of runs.
        region: Mean over the states of its region.
        regime: Mean over the states of its regime of 2024.

    A value is None where no run says anything about it.
    """

    key: str
    label: str
    state: float | None
    region: float | None
    regime: float | None


@dataclass(frozen=True)
class Timing:
    """When something first happened, over all runs.

    Attributes:
        key: Name in JSON.
        label: What happened.
        quartiles: Lower quartile, median and upper quartile of the year, where a run in which it
            never happened counts as later than all others; None: not within the horizon.
    """

    key: str
    label: str
    quartiles: tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class StateSummary:
    """What happens to a state, and why, over all runs.

    Attributes:
        iso3: Its code.
        name: Its name.
        facts: What is known of it: label and text.
        runs: Number of runs.
        last_year: Last year of the runs.
        region: Its region and how many states that has.
        regime: Its regime of 2024 and how many states have that.
        timings: When it was trained and when it bought.
        happened: Probabilities of what happened.
        contracts: Probabilities of what became of its contracts, among runs with one.
        contracts_opened: Mean number of contracts a run; None if not kept.
        contract_runs: In how many runs it has one; None if not kept.
        recorded: Probabilities of what the observer recorded.
        reasons: What each group of its inputs adds to its leaning towards courses, any system and
            a platform, in logits; see :mod:`sim.studies.reasons`. None if not known.
        names: How each group is called of this state.
    """

    iso3: str
    name: str
    facts: Mapping[str, str]
    runs: int
    last_year: int
    region: tuple[str, int]
    regime: tuple[str, int]
    timings: tuple[Timing, ...]
    happened: tuple[Likelihood, ...]
    contracts: tuple[Likelihood, ...]
    contracts_opened: float | None
    contract_runs: int | None
    recorded: tuple[Likelihood, ...]
    reasons: Mapping[str, Mapping[str, float]] | None
    names: Mapping[str, str]


def summary_of(
    state: CountrySeed,
    runs: pd.DataFrame,
    seeds: Seeds,
    last_year: int,
    reasons: Reasons | None = None,
) -> StateSummary:
    """Summarise what happens to a state.

    Args:
        state: The state.
        runs: A row per run and country, as `Results.country_runs` returns it.
        seeds: What is known of all states.
        last_year: Last year of the runs.
        reasons: Why states lean as they do.
    """
    row = seeds.countries.index(state)
    codes = runs["iso3"].astype(str)
    region = [c.iso3 for c in seeds.countries if c.region == state.region]
    regime = [c.iso3 for c in seeds.countries if c.regime_2024 == state.regime_2024]
    of_state = codes == state.iso3
    own = runs[of_state]
    groups = [np.asarray(rows) for rows in (of_state, codes.isin(region), codes.isin(regime))]

    def likelihood(key: str, label: str, happened: Flags, among: Flags | None = None) -> Likelihood:
        """Return how often something happened: in the state, its region, its regime."""
        rows = groups if among is None else [group & among for group in groups]
        return Likelihood(key, label, *(_share(happened[own]) for own in rows))

    happened = [
        likelihood(f"{name}_by_{year}", f"{label} by {year}", np.asarray(runs[name] < year + 1))
        for name, (label, years) in DATES.items()
        for year in years
        if name in runs and year <= last_year
    ]
    working = [
        likelihood(f"working_{year}", f"system works at the end of {year}", np.asarray(works == 1))
        for year in WORKING_IN
        if (works := runs.get(working_key(year))) is not None and year <= last_year
    ]
    signed = np.asarray(runs[OPENED] > 0) if OPENED in runs else None
    contracts = [
        likelihood(key, label, np.all([runs[field] > 0 for field in fields], axis=0), signed)
        for key, (label, fields) in ENDS.items()
        if signed is not None and all(field in runs for field in fields)
    ]
    return StateSummary(
        iso3=state.iso3,
        name=state.name,
        facts=state_facts(state, seeds, reasons),
        runs=int(own["run"].nunique()),
        last_year=last_year,
        region=(state.region, len(region)),
        regime=(state.regime_2024, len(regime)),
        timings=tuple(
            Timing(name, label, _year_quartiles(own[name]))
            for name, (label, _) in DATES.items()
            if name in runs
        ),
        happened=(*(h for h in happened if RECORDED not in h.key), *working),
        contracts=tuple(contracts),
        contracts_opened=float(own[OPENED].mean()) if OPENED in runs else None,
        contract_runs=int((own[OPENED] > 0).sum()) if OPENED in runs else None,
        recorded=tuple(h for h in happened if RECORDED in h.key),
        reasons=reasons.terms(row) if reasons else None,
        names={group: reasons.name(row, group) for group in GROUPS} if reasons else {},
    )


def state_facts(state: CountrySeed, seeds: Seeds, reasons: Reasons | None = None) -> dict[str, str]:
    """What is known of a state: label and text, with units; figures are the latest of history.

    Args:
        state: The state.
        seeds: What is known of all states.
        reasons: Whose rules say its regime's class, too.
    """
    row = seeds.countries.index(state)
    last = {name: float(values[row, -1]) for name, values in seeds.history.items()}
    rated = "" if state.regime_rated else " (not rated: estimated from Freedom House)"
    year = {name: round(state.figures[name]) for name in ("bri_year", "bri_exit_year", "sco_year")}
    joined = f"since {year['bri_year']}" if year["bri_year"] < NO_YEAR else "no member"
    if year["bri_exit_year"] < NO_YEAR:
        joined = f"{year['bri_year']} to {year['bri_exit_year']}"
    ally = first_held(seeds.spells, state.iso3, "alliance", seeds.first_year)
    apart = np.flatnonzero(seeds.history["relations"][row] == 0.0)
    facts = {
        "region": state.region,
        "regime of 2024, rated by the EIU": f"{state.regime_2024}{rated}",
        **(
            {f"regime of {reasons.year}, used by the rules": reasons.regime(row)} if reasons else {}
        ),
        "democracy score, latest": f"{last['democracy']:.1f} of 10",
        "Belt and Road": joined,
        "land border with China": "yes" if state.figures["borders_china"] else "no",
        "income, latest": f"{last['gdp_pc']:,.0f} US$ of 2015 per head",
        "population, latest": f"{last['population_k'] / 1000.0:,.1f} million",
        "aid received, latest": f"{last['oda_gni']:.1f} % of GNI",
        "conflict, latest": ("none", "minor", "war")[round(last["conflict"])],
        "sanctions, latest": f"{last['sanctions']:.0f} of US, EU, UN",
    }
    if ally:
        earlier = ", or earlier" if ally == seeds.first_year else ""
        facts["Western alliance"] = f"since {ally}{earlier}"
    if year["sco_year"] < NO_YEAR:
        facts["Shanghai Cooperation Organisation"] = f"since {year['sco_year']}"
    if len(apart):
        last_apart = seeds.first_year + int(apart[-1])
        still = last_apart == seeds.last_year
        facts["no relations with Beijing"] = "still" if still else f"until {last_apart}"
    banned = first_held(seeds.spells, state.iso3, "ban", seeds.first_year)
    if banned and last["ban"]:
        facts["binding ban on Chinese vendors"] = f"since {banned}"
    return facts


def _share(happened: Flags) -> float | None:
    return float(happened.mean()) if happened.size else None


def _year_quartiles(dates: pd.Series) -> tuple[int | None, int | None, int | None]:
    """Quartiles of the year; a run in which it never happened comes after all others."""
    quartiles = np.quantile(dates.fillna(np.inf), QUARTILES, method="inverted_cdf")
    lower, median, upper = (int(date) if np.isfinite(date) else None for date in quartiles)
    return lower, median, upper
