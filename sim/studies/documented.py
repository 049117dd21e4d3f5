"""Runs with documented decisions imposed, compared with free runs: `entrench validate --known`.

Both have the same draws in all that is not held. Parameter sets are not weighted anew: sets under
which the decisions are unlikely count as much as others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.results.dataset import Results, first_year, join
from sim.results.effects import BY_SET, effect_of, share_of
from sim.studies.report import CHANGES, Report, Table, changes, percent, shares
from sim.studies.sources import RunOptions, Source, is_folder, results_of, within
from sim.world.documented import LEFT
from sim.world.seeds import Seeds, seeds_from

YEARS = (2025, 2040)
CLOSE = 1
"""Years from the documented year within which a free run counts as close."""
NOTE = (
    "Held runs take these decisions in these years. A decision that few free runs take by its year"
    " is a decision that the model does not explain."
)


def documented(
    file: Path | str = "documented", scenario: Source = "baseline", **options: Unpack[RunOptions]
) -> Report:
    """Compare runs with documented decisions imposed with the same runs left free.

    Args:
        file: A table (iso3,what,date), or `documented`.
        scenario: A scenario.
        **options: See :class:`sim.studies.sources.RunOptions`.
    """
    if is_folder(scenario):
        raise InputError(f"{scenario} has finished runs; here it must be a scenario")
    tables = seeds_from(options.get("seeds"), file)
    assert tables is not None
    parts = []
    for name, known in (("held", file), ("free", None)):
        chosen: RunOptions = {**within(options, name), "known": known}
        parts.append((name, results_of([scenario], chosen), [0]))
    return report(join(parts), tables)


def report(results: Results, tables: Seeds) -> Report:
    """Return each documented decision beside the free runs, and other countries in both."""
    decisions = pd.DataFrame(
        [_decision(results, fact) for fact in tables.known if fact.what != LEFT]
    )
    named = {fact.iso3 for fact in tables.known}
    others = ~results.states.index.isin(named)
    elsewhere = []
    for field, words in (("trained", "trained"), ("adopted", "bought any Chinese system")):
        for year in [year for year in YEARS if year in results.years] or results.years[-1:]:
            counts = results.panel(field, [year])[:, :, others, 0].sum(axis=2)
            effect = effect_of(counts[1], counts[0], results.set_of_run)
            elsewhere.append(effect.assign(what=words, year=year))
    rest = pd.concat(elsewhere).rename(
        columns={"alternative_mean": "held", "reference_mean": "free", "mean": "change"}
    )[["what", "year", "held", "free", "change", "low", "high", "q05", "q95"]]
    shown = pd.DataFrame(
        {
            "country": decisions["country"],
            "documented": decisions["what"],
            "year": decisions["year"].astype(str),
            "free runs by then": shares(decisions, "free_by_then", "low", "high"),
            "within a year": decisions["free_within_a_year"].map(percent),
            "median year": decisions["free_median"].map(
                lambda year: "never" if np.isinf(year) else f"{year:.0f}"
            ),
        }
    )
    moved = rest[["what", "held", "free"]].assign(
        change=changes(rest.rename(columns={"change": "mean"}))
    )
    moved.insert(1, "year", rest["year"].astype(str))
    return Report(
        kind="documented",
        results=results,
        tables={"documented": decisions, "elsewhere": rest},
        shown=[
            Table(
                shown, f"{len(decisions)} documented decisions beside {results.n_runs:,} free runs"
            ),
            NOTE,
            Table(moved, f"The {int(others.sum())} other countries: {CHANGES}"),
            BY_SET,
        ],
    )


def _decision(results: Results, fact: Any) -> dict[str, Any]:
    """Return a documented decision beside the free runs."""
    field = "adopted_platform" if (fact.stage or 0) >= 2 else fact.what
    here = results.states.index.get_loc(fact.iso3)
    happened = results.panel(field)[1, :, here] == 1
    first = first_year(results.years, happened)
    year = int(fact.date)
    by_then = share_of(first <= year, results.set_of_run)
    return {
        "iso3": fact.iso3,
        "country": results.states.loc[fact.iso3, "name"],
        "what": fact.what,
        "year": year,
        "free_by_then": by_then.share,
        "low": by_then.low,
        "high": by_then.high,
        "free_within_a_year": float((np.abs(first - year) <= CLOSE).mean()),
        "free_median": float(np.quantile(first, 0.5, method="inverted_cdf")),
        "source": fact.source,
    }
