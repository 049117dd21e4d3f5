"""Which scenarios move a number most: each against its reference, run by run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Flags, Floats
from sim.engine.plugins import load_rules
from sim.errors import InputError
from sim.experiment.experiment import Keep
from sim.figures.draw import Dots, factor_of, rows, source, unit_of
from sim.figures.style import BLUE, PALE_INK, Look
from sim.parameters import Outcome
from sim.register import WORLD, by_any_name, nearest
from sim.results.dataset import Results
from sim.results.effects import BY_SET, FALSE_SHARE, adjusted, effect_of
from sim.scenario import list_scenarios, load_scenario
from sim.studies.report import Report, Table, signed, text
from sim.studies.sources import RunOptions, results_of

BASELINE, WITHDRAWN = "baseline", "offer-withdrawn-2030"
LEAVING_FREE = "offer-withdrawn-no-exit-cost"
AGAINST = {LEAVING_FREE: WITHDRAWN}
"""Scenarios that are compared with another than the baseline: leaving free, with the offer
withdrawn."""
FORM = re.compile(r"(?P<outcome>.*?)(?:(?:^|\s+)(?:in |at the end of |by )?(?P<year>\d{4}))?")
ROWS_SHOWN = 20
SHOWN_OF_GROUP = 3
NOTE = (
    "Change: mean of paired runs (95 % interval of the mean); beyond chance: corrected for all rows"
    " (Benjamini-Hochberg, 5 % false discoveries)."
)


def ask(
    question: str,
    *,
    by: str | None = None,
    scenarios: Sequence[str] = (),
    **options: Unpack[RunOptions],
) -> Report:
    """Rank scenarios by how far they move an outcome, such as `working in 2040`.

    Args:
        question: An outcome, by name or label, and a year; without a year the last.
        by: Kind of groups for which it is asked too.
        scenarios: The scenarios; by default all that come with the program.
        **options: See :class:`sim.studies.sources.RunOptions`.
    """
    outcome, year = read_question(question, load_rules(options.get("mechanisms")).register)
    names = list(scenarios) or [one.name for one in list_scenarios() if one.name != BASELINE]
    names = [BASELINE, *(name for name in names if name != BASELINE)]
    if LEAVING_FREE in names and WITHDRAWN not in names:
        names.append(WITHDRAWN)
    keep = Keep(outcomes=(outcome.name,), groups=(by,) if by else (), dates=(year,))
    return report(results_of(names, options, keep=keep), outcome, year, by)


def read_question(question: str, known: Mapping[str, Outcome]) -> tuple[Outcome, int]:
    """Return the outcome, of those known, and the year of a question."""
    last = load_scenario(BASELINE).horizon.end
    found = FORM.fullmatch(" ".join(question.split()))
    named = found["outcome"] if found else question
    year = int(found["year"]) if found and found["year"] else last
    name = by_any_name(known).get(named.casefold(), named)
    if name not in known:
        raise InputError(f"no outcome {named!r}{nearest(named, known)}")
    return known[name], year


def report(results: Results, outcome: Outcome, year: int, by: str | None = None) -> Report:
    """Return the effects of all points on one number."""
    tables = [_effects(results, outcome, year, WORLD)]
    if by:
        tables.append(_effects(results, outcome, year, by))
    effects = pd.concat(tables, ignore_index=True)
    world = tables[0]
    return Report(
        kind="ask",
        results=results,
        tables={"effects": effects},
        shown=_shown(results, outcome, year, world, tables[1] if by else None),
        figures={"effects": lambda: _figure(results, outcome, year, world)},
        facts={"outcome": outcome.name, "year": year},
    )


def _effects(results: Results, outcome: Outcome, year: int, kind: str) -> pd.DataFrame:
    """Return a row per group and scenario, the largest change of each group first."""
    values = results.values(outcome.name, kind, years=[year])[:, :, 0]
    values = values[..., np.newaxis] if values.ndim == 2 else values
    good = np.isfinite(values).all(axis=(0, 2))
    labels, sets = results.labels, results.set_of_run[good]
    table = []
    for at, group in enumerate(results.groups[kind]):
        for point, label in enumerate(labels):
            if label == BASELINE:
                continue
            against = AGAINST.get(label, BASELINE)
            before = values[labels.index(against), good, at]
            found = effect_of(before, values[point, good, at], sets)
            table.append(
                {
                    "group_kind": kind,
                    "group": group,
                    "scenario": label,
                    "against": against,
                    "reference": float(found.reference),
                    "mean": float(found.mean),
                    "low": float(found.low),
                    "high": float(found.high),
                    "q05": float(found.quantiles["q05"]),
                    "q95": float(found.quantiles["q95"]),
                    "p_value": float(found.p_value),
                }
            )
    frame = pd.DataFrame(table)
    frame["adjusted_p"] = adjusted(frame["p_value"])
    frame["beyond_chance"] = frame["adjusted_p"] <= FALSE_SHARE
    frame["size"] = -frame["mean"].abs()
    order = {group: place for place, group in enumerate(results.groups[kind])}
    frame["place"] = frame["group"].map(order)
    return frame.sort_values(["place", "size"], kind="stable").drop(columns=["size", "place"])


def _shown(
    results: Results,
    outcome: Outcome,
    year: int,
    world: pd.DataFrame,
    grouped: pd.DataFrame | None,
) -> list[str | Table]:
    rows_of = world.head(ROWS_SHOWN)
    frame = pd.DataFrame(
        {
            "scenario": rows_of["scenario"],
            "against": rows_of["against"],
            "change": [
                f"{signed(row.mean)} ({text(row.low)} to {text(row.high)})"
                for row in rows_of[["mean", "low", "high"]].itertuples(index=False)
            ],
            "90 % of runs": [
                f"{text(low)} to {text(high)}"
                for low, high in zip(rows_of["q05"], rows_of["q95"], strict=True)
            ],
            "beyond chance": rows_of["beyond_chance"],
        }
    )
    reference = float(np.nanmean(results.values(outcome.name, years=[year])[0]))
    title = f"{outcome.label} at the end of {year}: {text(reference)} {outcome.unit} in {BASELINE}"
    blocks: list[str | Table] = [Table(frame, title), f"{NOTE} {BY_SET}"]
    if grouped is not None:
        clear = grouped[grouped["beyond_chance"]].groupby("group", sort=False)
        texts = {
            str(group): "; ".join(
                f"{row.scenario} {signed(row.mean)}"
                for row in own.head(SHOWN_OF_GROUP)[["scenario", "mean"]].itertuples(index=False)
            )
            for group, own in clear
        }
        groups = list(dict.fromkeys(grouped["group"]))
        cells = {"countries": groups, "beyond chance": [texts.get(g, "–") for g in groups]}
        blocks.append(Table(pd.DataFrame(cells), f"Corrected for all {len(grouped)} cells"))
    return blocks


def _figure(results: Results, outcome: Outcome, year: int, world: pd.DataFrame) -> Figure:
    """Draw the change by each scenario."""
    factor = factor_of(outcome)
    own = world.head(ROWS_SHOWN)

    def some(which: Flags, column: str) -> Floats:
        return np.where(which, factor * own[column].to_numpy(), np.nan)

    clear = own["beyond_chance"].to_numpy()
    dots = [
        Dots(look, some(which, "mean"), some(which, "low"), some(which, "high"), thin=False)
        for which, look in (
            (clear, Look("beyond chance", BLUE)),
            (~clear, Look("not beyond chance", PALE_INK)),
        )
    ]
    return rows(
        f"{outcome.label} at the end of {year}: change by scenario",
        list(own["scenario"]),
        dots,
        "percentage points" if factor != 1.0 else unit_of(outcome),
        "How far does each scenario move it? Lines: 95 % interval of the mean.",
        f"{source(results)} {NOTE} {BY_SET}",
        zero=True,
    )
