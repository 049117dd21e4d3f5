"""Scenarios run by run: what differs between histories that share their luck.

Two scenarios with one seed draw the same numbers for the same state, quarter and purpose, so the
difference within a replicate is the scenario's doing, and varies less than the difference between
unrelated runs would. How much less, ``Difference.factor`` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine import CHUNK_RUNS, prepare, run_chunks
from sim.parameters import Outcome
from sim.results.chunk import (
    FIRST_YEAR,
    NEVER,
    QUARTERS_PER_YEAR,
    WORKING_YEARS,
    WORLD,
    CountryLabel,
    Floats,
    quarter_of_year,
    year_of,
)
from sim.results.outcomes import choose, derive, groups_of, register
from sim.results.read import Results
from sim.scenario import Scenario

KINDS = (WORLD, "regime", "region")
"""Kinds of groups whose differences are kept."""
OUTCOMES = ("working", "adopters", "trained", "contracts_alive")
"""Outcomes that are compared if none is named."""
YEARS = (2025, 2030, 2035, 2040)
"""Ends of years that the table shows, as far as the runs reach."""
WORKING_IN = (2030, 2040)
"""At the ends of which years a state's system is asked for."""
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
FIRST_ADOPTED = "first_adopted"

CHUNKS_A_THREAD = 4
"""Chunks of runs that are in memory at once."""

NOISE = float(np.finfo(np.float32).eps)
"""Results keep single precision: a spread below this share of the values is none."""

type Values = NDArray[np.float32] | NDArray[np.float64]
type Whole = NDArray[np.int64]
type Groups = tuple[tuple[str, str], ...]
"""Kind and name of each group."""


@dataclass(frozen=True)
class Side:
    """The runs of one of the scenarios that are compared.

    Attributes:
        label: What it is called in tables and figures.
        quarters: Absolute quarters since 2000 Q1.
        outcomes: What was observed.
        groups: The groups of each outcome, the world first.
        values: Each outcome: (runs, quarters, groups); in single precision, as in a results
            folder, so that it makes no difference which is read.
        states: The states; empty if what happened to each was not kept.
        adopted: Start of the quarter of the first adoption, inf for never: (runs, states).
        working: Bit k: the state's system worked at the end of year 2000 + k: (runs, states).
    """

    label: str
    quarters: tuple[int, ...]
    outcomes: Mapping[str, Outcome]
    groups: Mapping[str, Groups]
    values: Mapping[str, Values]
    states: tuple[CountryLabel, ...]
    adopted: Floats
    working: Whole


def run_side(
    label: str,
    scenario: Scenario,
    outcomes: Sequence[str],
    *,
    runs: int,
    seed: int,
    threads: int = 1,
) -> Side:
    """Run a scenario and keep only what a comparison needs of each chunk of runs.

    Raises:
        InputError: An outcome is unknown.
    """
    chosen = _in_order(register(), outcomes)
    ensemble = prepare([scenario], seed)
    layout = ensemble.layout
    cells = {
        name: {kind: part for kind in KINDS if (part := groups_of(outcome, kind, layout))}
        for name, outcome in chosen.items()
    }
    places = {name: [at for part in parts.values() for at in part] for name, parts in cells.items()}
    values = {
        name: np.empty((runs, len(layout.quarters), len(at)), np.float32)
        for name, at in places.items()
    }
    adopted = np.empty((runs, len(layout.countries)))
    working = np.empty(adopted.shape, np.int64)
    ranges = [range(at, min(at + CHUNK_RUNS, runs)) for at in range(0, runs, CHUNK_RUNS)]
    # Few at a time: whoever hands chunks to threads holds them all until the last is done.
    step = CHUNKS_A_THREAD * threads
    batches = (ranges[at : at + step] for at in range(0, len(ranges), step))
    for chunk in (chunk for batch in batches for chunk in run_chunks(ensemble, batch, threads)):
        rows = slice(chunk.first, chunk.first + chunk.runs)
        for name, outcome in chosen.items():
            values[name][rows] = derive(outcome, chunk, layout)[..., places[name]]
        dates = chunk.countries[:, :, layout.kept.index(FIRST_ADOPTED)]
        adopted[rows] = np.where(dates == NEVER, np.inf, dates)
        working[rows] = chunk.countries[:, :, layout.kept.index(WORKING_YEARS)].astype(np.int64)
    groups = {
        name: tuple(
            (kind, group.name) for kind in parts for group in layout.groups if group.kind == kind
        )
        for name, parts in cells.items()
    }
    return Side(label, layout.quarters, chosen, groups, values, layout.countries, adopted, working)


def read_side(label: str, results: Results, outcomes: Sequence[str]) -> Side:
    """Read the runs of a finished results folder.

    Raises:
        InputError: The folder does not hold an outcome.
    """
    chosen = _in_order(results.outcomes, outcomes)
    layout_of = {kind: results.groups[kind] for kind in KINDS if kind in results.groups}
    groups: dict[str, Groups] = {}
    values = {}
    for name, outcome in chosen.items():
        kinds = [kind for kind in layout_of if kind == WORLD or outcome.of == "country"]
        groups[name] = tuple((kind, group) for kind in kinds for group in layout_of[kind])
        columns = [results.values(name, *group).astype(np.float32) for group in groups[name]]
        values[name] = np.stack(columns, axis=2)
    states: tuple[CountryLabel, ...] = ()
    adopted, working = np.empty((results.runs_kept, 0)), np.empty((results.runs_kept, 0), np.int64)
    if results.has_countries:
        frame = results.country_runs()
        if {FIRST_ADOPTED, WORKING_YEARS} <= set(frame):
            table = results.countries()[list(CountryLabel._fields)]
            states = tuple(CountryLabel(*map(str, row)) for row in table.itertuples(index=False))
            shape = (results.runs_kept, len(states))
            dates = frame[FIRST_ADOPTED].to_numpy(dtype=np.float64).reshape(shape)
            adopted = np.where(np.isnan(dates), np.inf, dates)
            working = frame[WORKING_YEARS].to_numpy(dtype=np.int64).reshape(shape)
    return Side(label, results.quarters, chosen, groups, values, states, adopted, working)


def _in_order(known: Mapping[str, Outcome], names: Sequence[str]) -> dict[str, Outcome]:
    """The named outcomes in the order in which they are named."""
    chosen = choose(known, names)
    return {name: chosen[name] for name in names}


@dataclass(frozen=True)
class Difference:
    """The paired difference of one quantity: alternative less reference, over runs.

    All arrays have the shape of the quantity without its runs.

    Attributes:
        runs: Number of runs.
        reference: Mean of the reference.
        alternative: Mean of the alternative.
        mean: Mean difference.
        quantiles: Of the difference over runs, by column name; q05 to q95 hold 90 % of runs.
        error: Standard error of the mean difference; NaN for a single run.
        factor: How many times the runs would be needed if they did not share their luck:
            (variance of reference + variance of alternative) / variance of the difference.
            Infinite where the difference is the same in every run although the runs differ; NaN
            where nothing varies, or there is a single run.
    """

    runs: int
    reference: Floats
    alternative: Floats
    mean: Floats
    quantiles: Mapping[str, Floats]
    error: Floats
    factor: Floats

    @property
    def unpaired_runs(self) -> Floats:
        """Runs of each scenario that give the same standard error without shared luck."""
        return self.runs * self.factor


def paired_difference(of_reference: Values, of_alternative: Values) -> Difference:
    """Compare two arrays of the same shape whose first axis is the runs, in the same order."""
    if of_reference.shape != of_alternative.shape:
        raise ValueError(f"shapes differ: {of_reference.shape} and {of_alternative.shape}")
    reference, alternative = (v.astype(np.float64) for v in (of_reference, of_alternative))
    runs = len(reference)
    each = alternative - reference
    blank = np.full(each.shape[1:], np.nan)
    error, factor = blank, blank
    if runs > 1:
        paired = each.var(axis=0, ddof=1)
        apart = reference.var(axis=0, ddof=1) + alternative.var(axis=0, ddof=1)
        scale = np.maximum(np.abs(reference), np.abs(alternative)).max(axis=0)
        least = (NOISE * scale) ** 2
        paired, apart = (np.where(found <= least, 0.0, found) for found in (paired, apart))
        error = np.sqrt(paired / runs)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = apart / paired  # 0 / 0 is NaN: nothing varies
    found = np.quantile(each, list(QUANTILES.values()), axis=0)
    return Difference(
        runs=runs,
        reference=reference.mean(axis=0),
        alternative=alternative.mean(axis=0),
        mean=each.mean(axis=0),
        quantiles=dict(zip(QUANTILES, found, strict=True)),
        error=error,
        factor=factor,
    )


@dataclass(frozen=True)
class Likelihoods:
    """The probability of something happening to a state, with and without.

    Attributes:
        reference: Share of runs of the reference.
        alternative: Share of runs of the alternative.
        difference: The second less the first.
        error: Standard error of the difference, from the paired runs; NaN for a single run.
        gained: Share of runs in which it happens in the alternative alone.
        lost: Share of runs in which it happens in the reference alone.
    """

    reference: float
    alternative: float
    difference: float
    error: float
    gained: float
    lost: float

    @property
    def changed(self) -> float:
        """Share of runs in which the state changes."""
        return self.gained + self.lost


@dataclass(frozen=True)
class StateChange:
    """What an alternative changes for one state.

    Attributes:
        state: The state.
        events: Probabilities by name: `adopted_2040` (by the end of 2040), `working_2040` (a
            working system at the end of 2040); the last one is what states are sorted by.
        shift: Median over the runs in which both adopt of the years by which the first adoption
            comes later; NaN if there is none.
        shift_runs: In how many runs both adopt.
    """

    state: CountryLabel
    events: Mapping[str, Likelihoods]
    shift: float
    shift_runs: int

    @property
    def headline(self) -> Likelihoods:
        """The probabilities that states are sorted by."""
        return list(self.events.values())[-1]


def paired_likelihoods(reference: NDArray[np.bool_], alternative: NDArray[np.bool_]) -> Likelihoods:
    """Compare what happened to a state in each run, in the same order of runs."""
    each = alternative.astype(np.float64) - reference
    runs = len(each)
    return Likelihoods(
        reference=float(reference.mean()),
        alternative=float(alternative.mean()),
        difference=float(each.mean()),
        error=float(each.std(ddof=1) / np.sqrt(runs)) if runs > 1 else float("nan"),
        gained=float((each > 0).mean()),
        lost=float((each < 0).mean()),
    )


def state_changes(reference: Side, alternative: Side) -> list[StateChange]:
    """What changes for each state, the most changed first.

    Sorted by the change in the probability of a working system at the end of the last year asked
    for; then by the shares of runs in which that, or the adoption, changes; then by code.
    """
    last = min(WORKING_IN[-1], last_year(reference.quarters))
    years = [year for year in WORKING_IN if year < last] + [last]
    found = []
    for at, state in enumerate(reference.states if alternative.states else ()):
        one, other = reference.adopted[:, at], alternative.adopted[:, at]
        events = {f"adopted_{last}": paired_likelihoods(one < last + 1, other < last + 1)}
        for year in years:
            bit = year - FIRST_YEAR
            events[f"working_{year}"] = paired_likelihoods(
                (reference.working[:, at] >> bit) & 1 == 1,
                (alternative.working[:, at] >> bit) & 1 == 1,
            )
        both = np.isfinite(one) & np.isfinite(other)
        shift = float(np.median(other[both] - one[both])) if both.any() else float("nan")
        found.append(StateChange(state, events, shift, int(both.sum())))
    return sorted(
        found,
        key=lambda change: (
            -abs(change.headline.difference),
            -change.headline.changed,
            -change.events[f"adopted_{last}"].changed,
            change.state.iso3,
        ),
    )


def last_year(quarters: Sequence[int]) -> int:
    """The last year whose end is among the quarters, or that in which they end."""
    ends = [quarter for quarter in quarters if quarter_of_year(quarter) == QUARTERS_PER_YEAR]
    return year_of(ends[-1] if ends else quarters[-1])


@dataclass(frozen=True)
class Comparison:
    """An alternative against the reference.

    Attributes:
        reference: What it is compared with.
        alternative: What is compared.
        differences: Of each outcome: arrays of (quarters, groups).
        states: What changes for each state, the most changed first.
    """

    reference: Side
    alternative: Side
    differences: Mapping[str, Difference]
    states: Sequence[StateChange]

    def rows(self) -> Iterator[dict[str, str | int | float]]:
        """A row per outcome, group and quarter, as in `differences.csv`."""
        for name, found in self.differences.items():
            for place, (kind, group) in enumerate(self.reference.groups[name]):
                for at, quarter in enumerate(self.reference.quarters):
                    cell = (at, place)
                    yield {
                        "alternative": self.alternative.label,
                        "reference": self.reference.label,
                        "year": year_of(quarter),
                        "quarter": quarter_of_year(quarter),
                        "outcome": name,
                        "group_kind": kind,
                        "group": group,
                        "reference_mean": float(found.reference[cell]),
                        "alternative_mean": float(found.alternative[cell]),
                        "mean": float(found.mean[cell]),
                        **{key: float(value[cell]) for key, value in found.quantiles.items()},
                        "standard_error": float(found.error[cell]),
                        "variance_factor": float(found.factor[cell]),
                        "unpaired_runs": float(found.unpaired_runs[cell]),
                    }

    def state_rows(self) -> Iterator[dict[str, str | int | float]]:
        """A row per state, the most changed first, as in `countries.csv`."""
        for change in self.states:
            row: dict[str, str | int | float] = {
                "alternative": self.alternative.label,
                "reference": self.reference.label,
                **change.state._asdict(),
            }
            for name, found in change.events.items():
                row |= {
                    f"p_{name}_reference": found.reference,
                    f"p_{name}_alternative": found.alternative,
                    f"difference_{name}": found.difference,
                    f"standard_error_{name}": found.error,
                    f"gained_{name}": found.gained,
                    f"lost_{name}": found.lost,
                    f"changed_{name}": found.changed,
                }
            row |= {"adoption_shift_years": change.shift, "adoption_shift_runs": change.shift_runs}
            yield row


def compare_sides(sides: Sequence[Side]) -> list[Comparison]:
    """Compare the first side with each of the others.

    Raises:
        ValueError: The sides hold different quarters, groups or numbers of runs.
    """
    reference, *others = sides
    found = []
    for other in others:
        if other.quarters != reference.quarters or other.groups != reference.groups:
            raise ValueError(f"{other.label} and {reference.label} keep different quarters, groups")
        differences = {
            name: paired_difference(values, other.values[name])
            for name, values in reference.values.items()
        }
        found.append(Comparison(reference, other, differences, state_changes(reference, other)))
    return found
