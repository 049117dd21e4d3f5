"""Value of evidence: records that would narrow survival and the effect of exit cost.

`uv run --extra calibration python analyses/evidence.py` simulates the withdrawn offer and the same
with free exit, 1,024 times each, and prints the table of findings.md. `--known DIR` also weighs the
runs by a record of yours; `--out DIR` keeps runs and tables, which a second call takes again.

The expected value of sample information (Strong, Oakley & Brennan 2015, Medical Decision Making
35). A user's record conditions runs by approximate Bayesian computation (Fearnhead & Prangle 2012,
Journal of the Royal Statistical Society B 74).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.estimates.effects import by_set, sums_by
from sim.measures.bands import BAND, quantiles
from sim.measures.variables import POINT, RUN
from sim.model.draws import COUNTRY_SHIFT, PURPOSE_SHIFT, RUN_SHIFT, code_number, uniform
from sim.model.mechanisms.fates import EARLY_AGE, OUT_FROM
from sim.runs.dataset import Results
from sim.studies.report import Report, Table, percent, ranges, shares
from sim.studies.retention import end_of_offer, surviving_share
from sim.studies.sources import results_of
from sim.world.arrays import Flags, Floats, Whole
from sim.world.fate_statistics import courses
from sim.world.fates import FateRecord
from sim.world.seeds import own_record

SOURCES = ("offer-withdrawn-2030", "offer-withdrawn-no-exit-cost")
RUNS, LEAST_RUNS = 1024, 64
SURVIVAL, EFFECT = "survival", "exit_cost_effect"
ASKED = {SURVIVAL: "survival", EFFECT: "effect of exit cost"}
YEARS_AFTER = 10
# Years that records may cover.
FIRST_RECORD, LAST_RECORD = 2000, 2025
ENDS = {"switched": "switched", "switched_off": "switched_off", "banned": "replaced"}
# Per contract; the field of the panel for each.
COUNTED = {"missed": "suspensions", "restored": "restored", "renewed": "renewed", **ENDS}
TEN = 10
# 0: all.
SIZES = (TEN, 20, 50, 100, 0)
KINDS = (
    ("documented contracts", SIZES, (*COUNTED, "out_of_service"), "years"),
    ("scans of devices, countries", SIZES, ("out_now",), "installed"),
    ("dated expiries, countries", SIZES, ("renewed", "switched", "switched_off"), "expired"),
    ("logs of outages and repairs", SIZES, ("outage", "repaired", "out_of_service"), "years"),
    ("losses after hand-over", SIZES, ("switched_off_early",), "years"),
    ("bans", (0,), ("banned",), "barred"),
)
"""Kinds of record: name, sizes, counts, and their denominator; countries without it have none."""
# Write-offs, audits or interviews might measure these.
MEASURED = {
    "exit cost": ("contracts.exit_cost",),
    "cost of switching off": ("contracts.switch_off_cost",),
    "length and fee of contracts": ("contracts.term", "contracts.fee"),
    "yearly benefit of a system": ("contracts.annual_benefit",),
    "missed payments and repairs": ("contracts.missed_payment_rate", "contracts.restoration_rate"),
    "how surely the better choice is taken": ("contracts.choice_precision",),
}
# Relative error of these measurements.
ERROR = 0.25
# Purpose of the draws of documented cases; the model's own are below.
DOCUMENTED = 480
# Repeated draws of documented cases; at most 64.
DRAWS = 8
FOLDS, PENALTIES, RESAMPLES = 5, np.logspace(-1, 4, 11), 1000
KNOWN = ("all parameters known", "")
# Share of simulated records that count as similar to the user's.
NEAREST = 0.1
NEEDED = (
    "evidence takes two, the offer withdrawn and the same with free exit, each with"
    f" {LEAST_RUNS} runs or more, of plausible parameter sets"
)
NOTE = (
    "All are further facts, beyond those that weighed the parameter sets. Shares of variance: where"
    " half of it is removed, bands narrow by three tenths. Records end with"
    f" {LAST_RECORD}; their cases are drawn at random, where the press reports those that went"
    " wrong. Runs of one parameter set differ by chance: knowing all parameters leaves that."
)
# Names in `follow` and in `fate_statistics`. Systems switched off in their first years count
# separately: the rules lose them at hand-over, not by a choice at expiry.
OWN = {
    "outage": "out_of_service",
    "repaired": "restored",
    "switched_off_early": "lost_early",
    "switched_off_late": "lost_late",
    "switched": "switched",
    "banned": "removed",
}
OWN_WORDS = {
    "outage": "first outage",
    "repaired": "restored",
    "switched_off_early": f"switched off below age {EARLY_AGE:g}",
    "switched_off_late": "switched off later",
    "banned": "removed under a ban",
}
OWN_NOTE = (
    "Your systems are taken for a random sample: if they were published because they failed,"
    " survival comes out too low. Contracts that never served, and extensions, do not count here."
)

type Counts = Mapping[str, Any]


def evidence(out: Path | None, runs: int = RUNS, known: Path | None = None) -> Report:
    """Return what records would remove; also, with a record of yours, the runs that resemble it."""
    own = own_record(known)
    cases = None if own is None else cases_of(own)
    options: Any = {"runs": runs, "known": known, "out": out, "progress": True}
    return report(results_of(SOURCES, options, countries=True), cases)


def report(results: Results, cases: pd.DataFrame | None = None) -> Report:
    since = end_of_offer(results)
    if results.n_points < 2 or results.parameters.empty or since is None:
        raise InputError(NEEDED)
    survival, free = (surviving_share(results, point, since, YEARS_AFTER) for point in (0, 1))
    good = np.flatnonzero(np.isfinite(survival - free))
    if len(good) < LEAST_RUNS:
        raise InputError(NEEDED)
    response, sets = np.stack([survival, survival - free], axis=1)[good], results.set_of_run[good]
    lots = [lots_of(results, good, nth) for nth in range(DRAWS)]
    years = range(results.years[0], LAST_RECORD + 1)
    yearly = follow(lambda f: results.panel(f, years).isel({POINT: 0, RUN: good}).to_numpy())
    records = simulated(yearly, lots)
    known = results.parameters.filter(items=[key for keys in MEASURED.values() for key in keys])
    errors = [ERROR * (2.0 * lot[:, : known.shape[1]] - 1.0) for lot in lots]
    measured = [known.iloc[good] * (1.0 + error) for error in errors]
    for name, keys in MEASURED.items():
        if set(keys) <= set(known):
            record = [each[list(keys)].to_numpy() for each in measured]
            records[f"{name}, within {percent(ERROR)}", ""] = record
    whole = [record for (_, size), record in records.items() if size in ("all", "")]
    records["all of these", ""] = [
        np.hstack([record[nth % len(record)] for record in whole]) for nth in range(DRAWS)
    ]
    removes = {key: removed(record, response, sets) for key, record in records.items()}
    removes[KNOWN] = between_sets(response, sets)
    columns = ["record", "n", *(f"{name}{end}" for name in ASKED for end in ("", "_low", "_high"))]
    table = pd.DataFrame([[*k, *np.ravel(v.T)] for k, v in removes.items()], columns=columns)
    tables, shown = {"evidence": table}, _shown(results, table)
    if cases is not None:
        rates, changed = condition(cases, yearly, response, sets, lots)
        tables |= {"rates": rates, "conditioned": changed}
        shown += _shown_conditioned(rates, changed, cases)
    return Report(
        kind="evidence",
        results=results,
        tables=tables,
        shown=shown,
        facts={"since": since, "last_year": LAST_RECORD},
    )


def lots_of(results: Results, runs: Whole, nth: int) -> Floats:
    """Return a number from 0 to 1 for each run and country, by the model's keyed generator."""
    run = runs.astype(np.uint64)[:, np.newaxis] << RUN_SHIFT
    codes = np.array([code_number(iso3) for iso3 in results.country_groups.index], np.uint64)
    counter: Any = run + (codes << COUNTRY_SHIFT) + (DOCUMENTED << PURPOSE_SHIFT) + nth
    return np.asarray(uniform(results.seed, counter))


def follow(panel: Callable[[str], Floats]) -> dict[str, Floats]:
    """Return the yearly events of each country's first Chinese system.

    `panel` returns a field of the panel: (runs, countries, years).

    Returns:
        The counts of :data:`COUNTED` and :data:`OWN`, and contracts `expired`; `years` in which it
        is followed, `out_of_service` or its vendor `barred`; in the last year `installed` and
        `out_now`.
    """
    before = panel("adopted")[..., :-1] > 0
    counts = {name: np.diff(panel(field), axis=-1) for name, field in COUNTED.items()}
    ends = before & (sum(counts[name] for name in ENDS) > 0)
    # From the year after the contract to the year in which the system ends.
    followed = before & (np.cumsum(ends, axis=-1) - ends == 0)
    counts["expired"] = counts["renewed"] + counts["switched"] + counts["switched_off"]
    early = np.cumsum(followed, axis=-1) <= EARLY_AGE
    out_of_service = (panel("out_of_service")[..., 1:] >= OUT_FROM) & followed
    repaired = np.diff(out_of_service, axis=-1, prepend=False) & ~out_of_service & ~ends
    counts |= {
        "switched_off_early": counts["switched_off"] * early,
        "switched_off_late": counts["switched_off"] * ~early,
        "outage": np.asarray(out_of_service & (np.cumsum(out_of_service, axis=-1) == 1), float),
        "repaired": np.asarray(repaired, float),
    }
    counts["years"] = followed
    counts["out_of_service"], counts["barred"] = (
        panel("out_of_service")[..., 1:],
        panel("banned")[..., 1:],
    )
    now = followed & ~ends & (np.arange(ends.shape[-1]) == ends.shape[-1] - 1)
    yearly = {name: values * followed for name, values in counts.items()}
    return {**yearly, "installed": now, "out_now": counts["out_of_service"] * now}


def places(lot: Floats, has: Flags) -> Whole:
    """Return each country's place from 0 among those with a record, by lot; others last."""
    return np.argsort(np.argsort(np.where(has, lot, 2.0), axis=1), axis=1)


def over(sums: Counts, names: Sequence[str], whole: str) -> Floats:
    return np.stack([sums[name] / np.maximum(sums[whole], 1.0) for name in names], axis=-1)


def simulated(yearly: Counts, lots: Sequence[Floats]) -> dict[tuple[str, str], list[Floats]]:
    """Return the numbers of each kind and size of record, in each draw: (runs, numbers)."""
    sums = {name: values.sum(axis=-1, dtype=float) for name, values in yearly.items()}
    records: dict[tuple[str, str], list[Floats]] = {}
    for kind, sizes, names, whole in KINDS:
        has = sums["installed" if whole == "installed" else "years"] > 0
        for size in sizes:
            chosen = [has & (places(lot, has) < size) for lot in lots] if size else [has]
            records[kind, str(size or "all")] = [
                over({n: (sums[n] * each).sum(axis=1) for n in (*names, whole)}, names, whole)
                for each in chosen
            ]
    return records


def regression() -> Any:
    # Numbers are not negative, so that their roots can be columns, too.
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    roots = FunctionTransformer(lambda numbers: np.hstack([numbers, np.sqrt(numbers)]))
    return make_pipeline(roots, StandardScaler(), RidgeCV(PENALTIES, alpha_per_target=True))


def predict(record: Floats, response: Floats, sets: Whole) -> Floats:
    """Return predictions for each run by a regression on runs of other parameter sets."""
    from sklearn.model_selection import GroupKFold, cross_val_predict

    # By set, or the regression would recognise sets that it has seen.
    model, folds = regression(), GroupKFold(FOLDS)
    return np.asarray(cross_val_predict(model, record, response, groups=sets, cv=folds))


def removed(record: Sequence[Floats], response: Floats, sets: Whole) -> Floats:
    """Return the share of variance that a record is expected to remove, and its interval.

    `record` has its numbers in each draw of documented cases, `response` is (runs, 2).
    """
    # A lower bound: a better regression might find more.
    rest = [(response - predict(each, response, sets)) ** 2 for each in record]
    return explained(rest, response, sets)


def between_sets(response: Floats, sets: Whole) -> Floats:
    # The rest is chance, which no record of parameters removes.
    _, cluster, size = np.unique(sets, return_inverse=True, return_counts=True)
    means = sums_by(cluster, response) / size[:, np.newaxis]
    unbiased = len(sets) / max(len(sets) - len(size), 1)
    return explained([unbiased * (response - means[cluster]) ** 2], response, sets)


def explained(rest: Sequence[Floats], response: Floats, sets: Whole) -> Floats:
    """Return the explained share of variance, at least 0, and its 95% interval: (3, 2).

    `rest` are squared residuals in each draw, `response` the numbers, each (runs, 2).
    """
    cluster = np.unique(sets, return_inverse=True)[1]
    left_over = np.stack([sums_by(cluster, each) for each in rest])
    spread = sums_by(cluster, (response - response.mean(axis=0)) ** 2)
    equally = np.full(len(spread), 1.0 / len(spread))
    sample = np.random.default_rng(1).multinomial(len(spread), equally, size=RESAMPLES)
    # Resamples parameter sets, each time with another draw of documented cases.
    again = [1.0 - n @ left_over[nth % len(rest)] / (n @ spread) for nth, n in enumerate(sample)]
    share = 1.0 - left_over.mean(axis=0).sum(axis=0) / spread.sum(axis=0)
    return np.maximum([share, *np.quantile(again, (0.025, 0.975), axis=0)], 0.0)


def cases_of(record: FateRecord) -> pd.DataFrame:
    table = courses(record, (FIRST_RECORD, LAST_RECORD))
    cases = pd.DataFrame({name: table[of] for name, of in OWN.items()})
    cases["years"] = table["years_early"] + table["years_late"]
    if not cases["years"].sum() > 0.0:
        raise InputError(
            "no Chinese system of cameras in this record has a dated report after its service began"
        )
    return cases


def condition(
    cases: pd.DataFrame, yearly: Counts, response: Floats, sets: Whole, lots: Sequence[Floats]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return results of the runs whose records resemble the user's.

    Returns:
        Rates per year of service, the user's and the runs'; survival and the effect of exit cost,
        before and after.
    """
    has = yearly["years"].any(axis=-1)
    lengths, age = np.append(cases["years"].round(), 0), np.cumsum(yearly["years"], axis=-1)
    aim = over(cases.sum(), [*OWN], "years")
    records = []
    for lot in lots:
        place = np.minimum(places(lot, has), len(cases))
        within = age <= lengths[place][..., np.newaxis]
        sums = {name: (yearly[name] * within).sum(axis=(1, 2)) for name in (*OWN, "years")}
        records.append(over(sums, [*OWN], "years"))
    record, many = np.concatenate(records), np.tile(response, (len(lots), 1))
    away = predict(record, many, np.tile(sets, len(lots)))
    # Distance between predictions, not records: their few numbers weigh by what they say about
    # the response.
    away = (away - regression().fit(record, many).predict(aim[np.newaxis])) / response.std(axis=0)
    distance = np.hypot(*away.T)
    near = many[distance <= np.quantile(distance, NEAREST)]
    words = [OWN_WORDS.get(name, name) for name in OWN]
    rates = pd.DataFrame({"number": words, "own": aim, **_band(record)})
    after = {f"{name}_after": values for name, values in _band(near).items()}
    return rates, pd.DataFrame({"number": [*ASKED], **_band(response), **after})


def _band(values: Floats) -> dict[str, Floats]:
    found = quantiles(values, axis=0)
    return {name: found[name] for name in BAND}


def _shown(results: Results, table: pd.DataFrame) -> list[str | Table]:
    frame = table[["record", "n"]].copy()
    for name, words in ASKED.items():
        frame[words] = shares(table, name, f"{name}_low", f"{name}_high")
    title = f"Share of variance that a record would remove (95% interval), {results.n_runs:,} runs"
    of = table.set_index(["record", "n"])[[*ASKED]].map(percent)
    some, full = of.loc["documented contracts", "50"], of.loc["all parameters known", ""]
    headline = (
        f"50 documented contracts would remove {some[SURVIVAL]} of the variance of survival, and"
        f" {some[EFFECT]} of that of the effect of exit cost; all parameters known,"
        f" {full[SURVIVAL]} and {full[EFFECT]}."
    )
    few = table[table["n"] == str(TEN)].set_index("record")[[*ASKED]]
    best = [f"{few[name].idxmax()} ({percent(few[name].max())} of {ASKED[name]})" for name in ASKED]
    ten = f"Of each kind {TEN} further facts: most is removed by {' and '.join(best)}."
    return [Table(frame, title), headline, ten, NOTE, by_set(results)]


def _shown_conditioned(
    rates: pd.DataFrame, changed: pd.DataFrame, cases: pd.DataFrame
) -> list[str | Table]:
    mine = rates[["number", "own"]].set_axis(["per year of service", "yours"], axis=1)
    mine["90% of the runs' records"] = ranges(rates)
    moved = changed[["number"]].replace(ASKED)
    moved["before"] = shares(changed, "mean", "q05", "q95")
    moved["after"] = shares(changed, "mean_after", "q05_after", "q95_after")
    years = f"{len(cases)} systems, {cases['years'].sum():.0f} years of service"
    return [Table(mine, years), Table(moved, "What they change"), OWN_NOTE]


def main() -> None:
    """Print the table, and with a record of yours what it changes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--known", type=Path, metavar="DIR", help="a record of yours")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep runs and tables here")
    given = parser.parse_args()
    found = evidence(given.out, given.runs, given.known)
    for block in found.shown:
        print(
            block if isinstance(block, str) else f"{block.title}\n{block.texts.to_string()}", "\n"
        )
    if given.out:
        found.save(given.out, figures=False)


if __name__ == "__main__":
    main()
