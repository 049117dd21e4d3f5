"""The observed targets beside what the runs recorded.

Targets are compared with what the model's observer *recorded*, never with what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.arrays import Floats
from sim.engine.chunk import Chunk, Layout, end_of
from sim.engine.outcomes import derive, groups_of
from sim.engine.start import SUBSAHARAN
from sim.register import WORLD, register
from sim.results.implausibility import (
    DISCREPANCY_SHARE,
    Verdict,
    deviation,
    discrepancy_of,
    verdict_of,
)
from sim.results.read import Results
from sim.world.countries import Target
from sim.world.seeds import shipped_seeds

type Status = Literal["reached", "not reached", "not kept", "undefined", "not modelled"]
"""Whether there is a counterpart: yes; its date lies outside the horizon; its outcome, group or
quarter was not kept; no run defines it (nothing by nothing); the target has no counterpart."""

LOW, HIGH = 0.05, 0.95
"""Ends of the 90 % band over runs."""

FEWEST_RUNS = 2
"""Runs without which histories have no spread, and so no verdict."""

MADE_BY = {"recorded_train": "training", "recorded_": "procurement", "adopters": "procurement"}
"""The mechanism without which outcomes that begin so are nothing; the first that fits counts."""

RATED = "regime-rated"
"""Shares of regimes are of the states that the Economist Intelligence Unit rates."""
REGION = "region"


@dataclass(frozen=True)
class Counterpart:
    """What of a run is compared with a target.

    Attributes:
        columns: Outcomes that are read.
        years: At whose ends they are read.
        formula: From one array of shape (runs, years) per column to a number per run; NaN where a
            run does not define it.
        group_kind: Kind of group.
        group: Name of the group.
    """

    columns: tuple[str, ...]
    years: tuple[int, ...]
    formula: Callable[..., Floats]
    group_kind: str = WORLD
    group: str = WORLD


def _value(values: Floats) -> Floats:
    return values[:, -1]


def _average(values: Floats) -> Floats:
    return np.asarray(values.mean(axis=1))


def _growth(values: Floats) -> Floats:
    return values[:, -1] - values[:, 0]


def _quotient(numerator: Floats, denominator: Floats) -> Floats:
    below = denominator[:, -1]
    result = np.full(below.shape, np.nan)
    np.divide(numerator[:, -1], below, out=result, where=below != 0)
    return result


def _midway(one: Floats, other: Floats, denominator: Floats) -> Floats:
    return (_quotient(one, denominator) + _quotient(other, denominator)) / 2.0


def _at(year: int, column: str, kind: str = WORLD, group: str = WORLD) -> Counterpart:
    """An outcome at the end of a year."""
    return Counterpart((column,), (year,), _value, kind, group)


def _ratio(year: int, numerator: str, denominator: str) -> Counterpart:
    """One outcome over another at the end of a year."""
    return Counterpart((numerator, denominator), (year,), _quotient)


def _share(regime: str) -> Counterpart:
    return _at(2025, "recorded_trained_share", RATED, regime)


COUNTERPARTS: dict[str, Counterpart] = {
    "trained_countries_2025": _at(2025, "recorded_trained"),
    "trained_share_hybrid": _share("hybrid"),
    "trained_share_authoritarian": _share("authoritarian"),
    "trained_share_flawed": _share("flawed democracy"),
    "trainings_total": _at(2025, "recorded_trainings"),
    "trainings_2010": _at(2010, "recorded_trainings_yearly"),
    "trainings_2019": _at(2019, "recorded_trainings_yearly"),
    # "Surveillance and policing platforms": safe cities and above.
    "platforms_2019": _at(2019, "recorded_platforms"),
    # The list behind the figure is not printed: midway between members by 2017 and by 2018.
    "bri_share_2019": Counterpart(
        ("recorded_adopters_bri", "recorded_adopters_bri_strict", "recorded_adopters"),
        (2019,),
        _midway,
    ),
    # The source counted AI surveillance systems, not every pilot: safe cities and above.
    "training_to_technology_2018": _ratio(2018, "recorded_trained", "recorded_platforms"),
    "trained_ssa_2025": _at(2025, "recorded_trained", REGION, SUBSAHARAN),
    "platforms_2025": _at(2025, "recorded_platforms"),
    "bri_share_wide_2019": _ratio(2019, "recorded_adopters_bri", "recorded_adopters"),
    "bri_share_strict_2019": _ratio(2019, "recorded_adopters_bri_strict", "recorded_adopters"),
    "agreements_per_state_2018": _ratio(2018, "recorded_agreements", "recorded_platforms"),
    "agreements_lower_middle_2018": _ratio(
        2018, "recorded_agreements_lower_middle", "recorded_agreements"
    ),
    "agreements_upper_middle_2018": _ratio(
        2018, "recorded_agreements_upper_middle", "recorded_agreements"
    ),
    "western_importers_2021": _at(2021, "western_buyers"),
    "china_camp_2019": _at(2019, "bloc_china"),
    "west_camp_2019": _at(2019, "bloc_west"),
    "china_camp_2022": _at(2022, "bloc_china"),
    "west_camp_2022": _at(2022, "bloc_west"),
    "officers_2023_24": Counterpart(("officers_yearly",), (2023, 2024), _average),
    "officers_africa_2018_21": Counterpart(
        ("officers",), (2017, 2021), _growth, REGION, SUBSAHARAN
    ),
    "any_system_2019": _at(2019, "recorded_adopters"),
    "safe_city_states_2018": _at(2018, "recorded_platforms"),
    "importers_2021": _at(2021, "recorded_adopters"),
    "trainings_per_year_after_2019": Counterpart(
        ("recorded_trainings_yearly",), tuple(range(2020, 2026)), _average
    ),
    "outage_share": _ratio(2023, "lapsed_ever", "adopters"),
    "same_vendor_restoration": _ratio(2023, "restored_same_vendor", "restored"),
}
"""What is compared with each target."""


@dataclass(frozen=True)
class TargetRow:
    """A target beside its counterpart; numbers are None unless the status is `reached`.

    Attributes:
        id: Name of the target in `targets.csv`.
        use: `calibrate`, `hold-out` or `check`.
        quantity: What is counted, in words.
        observed: The published figure.
        sigma: Its standard error, if known.
        bound: Whether the observed is a `value`, a `lower` or an `upper` bound.
        status: Whether there is a counterpart.
        mean: Of the counterpart over the runs that define it.
        q05: Quantile over them.
        q95: Quantile over them.
        z: (mean - observed) / sigma; None where sigma is not known.
        sd: Standard deviation of a single history; None with a single run.
        deviation: Signed standardised distance I; None where there is none.
        verdict: What that says; None where nothing can be said.
    """

    id: str
    use: str
    quantity: str
    observed: float
    sigma: float | None
    bound: str
    status: Status
    mean: float | None = None
    q05: float | None = None
    q95: float | None = None
    z: float | None = None
    sd: float | None = None
    deviation: float | None = None
    verdict: Verdict | None = None


def compare_targets(
    results: Results,
    targets: Iterable[Target] | None = None,
    discrepancy_share: float = DISCREPANCY_SHARE,
) -> list[TargetRow]:
    """Return every target beside what the runs recorded.

    Args:
        results: A finished folder.
        targets: The targets; None: those of the shipped seeds.
        discrepancy_share: See :func:`sim.results.implausibility.discrepancy_of`.
    """
    chosen = shipped_seeds().targets if targets is None else targets
    rows = []
    for target in chosen:
        values = counterpart_values(results, target.id)
        row = target_row(target, values, _status(results, target.id), discrepancy_share)
        if switched_off(results, target.id):
            row = replace(row, deviation=None, verdict=None)
        rows.append(row)
    return rows


def switched_off(results: Results, name: str) -> bool:
    """Whether the mechanism that makes a target's counterpart is off, so that 0 is no figure."""
    counterpart = COUNTERPARTS.get(name)
    sections = results.manifest.get("scenario", {}).get("sections", {})
    for column in counterpart.columns if counterpart else ():
        maker = next((m for start, m in MADE_BY.items() if column.startswith(start)), None)
        if maker and not sections.get(maker, {}).get("active", True):
            return True
    return False


def counterpart_values(results: Results, name: str) -> Floats | None:
    """Return a target's counterpart of every run; None if the folder does not hold it."""
    if _status(results, name) != "reached":
        return None
    entry = COUNTERPARTS[name]
    quarters = [end_of(year) for year in entry.years]
    columns = (
        results.values(column, entry.group_kind, entry.group, quarters) for column in entry.columns
    )
    return entry.formula(*columns)


def counterparts_of_chunk(chunk: Chunk, layout: Layout, names: Iterable[str]) -> dict[str, Floats]:
    """Return targets' counterparts of every run of a chunk in memory.

    Args:
        chunk: Runs that keep the years asked for.
        layout: Their layout.
        names: Identifiers of targets, all in the register.
    """
    known = register()
    counterparts = {}
    for name in names:
        entry = COUNTERPARTS[name]
        quarters = [layout.quarters.index(end_of(year)) for year in entry.years]
        columns = []
        for column in entry.columns:
            where = groups_of(known[column], entry.group_kind, layout)
            if where is None:
                raise ValueError(f"{column} has no groups of kind {entry.group_kind}")
            place = where[layout.names[entry.group_kind].index(entry.group)]
            columns.append(derive(known[column], chunk, layout)[:, quarters, place])
        counterparts[name] = entry.formula(*columns)
    return counterparts


def _status(results: Results, name: str) -> Status:
    entry = COUNTERPARTS.get(name)
    if entry is None:
        return "not modelled"
    ends = [end_of(year) for year in entry.years]
    if min(ends) < results.quarters[0] or max(ends) > results.quarters[-1]:
        return "not reached"
    kept = (
        set(ends) <= set(results.quarters)
        and set(entry.columns) <= set(results.outcomes)
        and entry.group in results.groups.get(entry.group_kind, [])
    )
    return "reached" if kept else "not kept"


def target_row(
    target: Target,
    values: Floats | None,
    status: Status = "not reached",
    discrepancy_share: float = DISCREPANCY_SHARE,
) -> TargetRow:
    """Return a target beside its counterpart.

    Args:
        target: The published figure.
        values: Its counterpart of every run, NaN where a run does not define it; None: there is
            none.
        status: Why there is none.
        discrepancy_share: See :func:`sim.results.implausibility.discrepancy_of`.
    """
    said = (target.id, target.use, target.quantity, target.value, target.sigma, target.bound)
    if values is None:
        return TargetRow(*said, "not modelled" if target.id not in COUNTERPARTS else status)
    defined: Floats = values[np.isfinite(values)]
    if defined.size == 0:
        return TargetRow(*said, "undefined")
    mean = float(defined.mean())
    low, high = (float(edge) for edge in np.quantile(defined, (LOW, HIGH)))
    z = (mean - target.value) / target.sigma if target.sigma else None
    row = TargetRow(*said, "reached", mean, low, high, z)
    if defined.size < FEWEST_RUNS:
        return row
    sd = float(defined.std(ddof=1))
    off = float(
        deviation(
            target.value,
            mean,
            sigma=target.sigma or 0.0,
            ensemble_sd=sd,
            discrepancy=discrepancy_of(target.value, discrepancy_share),
            bound=target.bound,
        )
    )
    return replace(
        row, sd=sd, deviation=off, verdict=verdict_of(abs(off), target.bound, target.use)
    )
