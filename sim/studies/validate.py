"""The model and null models, compared with published figures.

A null model lacks a part of the model: where it meets the figures as well, they are not evidence
for that part.
"""

from __future__ import annotations

from functools import partial
from typing import Unpack

import numpy as np
import pandas as pd

from sim.arguments import without
from sim.estimates import targets
from sim.estimates.effects import Factor, bayes_factor
from sim.estimates.targets import CHECK, FITTED, HOLD_OUT, HOW_MET, RULED_OUT, USES
from sim.experiment import Keep
from sim.figures.fates import fates as draw_fates
from sim.figures.targets import targets as draw_targets
from sim.measures.bands import band
from sim.measures.variables import POINT, RUN, YEAR
from sim.model.mechanisms.fates import LAST_REPORT
from sim.model.register import SHIPPED
from sim.model.units import KINDS_OF_GROUPS
from sim.runs.dataset import Results
from sim.scenario import BASELINE
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.report import NONE, Report, Table, bands, beside_published, text, wide
from sim.studies.sources import MAKING, RunOptions, Source, as_in, is_finished, results_of, within
from sim.world.fate_statistics import statistics
from sim.world.fates import FateRecord, shipped_expiries, shipped_record
from sim.world.seeds import own_record

# Two models fit equally well if their sums of squared distances differ by less.
MARGIN = targets.MET * targets.MET
NULLS = {
    "regime-blind": "effects of regime among all but full democracies",
    "regimes-shuffled": "the country of each regime",
    "copying-only": "offers, needs and training",
    "common-cause": "the link between training and purchase",
    "bass": "anything beyond innovation and imitation",
    "no-exit-cost": "exit cost",
    "no-maintenance-contracts": "maintenance contracts",
    "no-bundling": "bundling",
}
IN_THE_MODEL = {
    "first outage": ("seen_outages", ("seen_years_lit",)),
    "restored": ("seen_restored", ("seen_years_out",)),
    "cameras switched off": ("seen_lost_cameras", ("seen_years_cameras",)),
    "larger systems switched off": ("seen_lost_larger", ("seen_years_larger",)),
    "vendor changed below age 5": ("seen_switched_early", ("seen_years_early",)),
    "vendor changed from age 5": ("seen_switched_late", ("seen_years_late",)),
    "first extension": ("seen_extended", ("seen_years_unextended",)),
    "extended by the same vendor": ("seen_added", ("seen_added", "seen_added_other")),
    "never served": ("unserved", ("unserved", "platforms")),
    "lapsed at expiry": ("expiry_ended", ("expiry_ended", "expiry_kept")),
    "gone after a lapse": (
        "lapses_gone", ("lapses_gone", "lapses_replaced", "lapses_restored"),
    ),
    "replaced after a lapse": ("lapses_replaced", ("lapses_replaced", "lapses_restored")),
}  # fmt: skip
"""Statistics of the record that runs have: the outcome that counts, and its denominators."""
FATE_NOTE = (
    "Rates are per year of the unit. The press reports failure more often than service, and the"
    " model's press does as well; contracts and expiries of the model are all that happened."
)
NULL_NOTE = (
    f"Sum of squared distances: lower is better, and models less than {MARGIN:g} apart fit equally"
    f" well. A fitted figure farther than {RULED_OUT:g} standard deviations rules parameters out."
    " Sums: at the documented parameter values."
)
# Figures hardly distinguish two models up to this Bayes factor (Kass & Raftery 1995).
WEAK = 3.0
# With fewer effective sets, a Bayes factor depends on a few of them.
FEW_SETS = 20.0
FACTOR_NOTE = (
    "Bayes factor: how much likelier the fitted figures are in the null model than in the model,"
    " over the same parameter sets and draws (95% interval). It understates a null model whose"
    f" best parameters lie elsewhere. ?: fewer than {FEW_SETS:g} sets decide it; more --runs help."
)


@without("countries")
def validate(
    scenario: Source = BASELINE, *, nulls: bool = True, **options: Unpack[RunOptions]
) -> Report:
    """Compare the model's record with published figures, and with the records of null models.

    Args:
        scenario: A scenario, or a results folder.
        nulls: Whether null models are run as well.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> sorted(sim.validate(nulls=False, runs=2).tables)
        ['fates', 'validation', 'validation_summary']
    """
    own = own_record(options.get("known"))
    # Null models are run, and a record is read, also next to a finished folder.
    read = {*MAKING} - {"set", "defaults", "mechanisms"} if nulls else set[str]()
    read |= set() if own is None else {"known"}
    results = results_of([scenario], within(options, "model"), countries=True, read=read)
    beside = paired = None
    if nulls:
        first = BASELINE if is_finished(scenario) else scenario
        options = {**options, "set": None, "mechanisms": SHIPPED, "check": None}
        options = as_in(results, options) if is_finished(scenario) else options
        shared: RunOptions = {**within(options, "null-models"), "defaults": True}
        beside = results_of([first, *NULLS], shared, keep=Keep(groups=KINDS_OF_GROUPS))
        if results.plausible_sha256 and shipped_plausible().likelihoods:
            free = within(options, "paired")
            paired = results_of([first, *NULLS], free, keep=Keep(groups=KINDS_OF_GROUPS))
    return report(results, beside, paired, own)


def report(
    results: Results,
    beside: Results | None = None,
    paired: Results | None = None,
    own: FateRecord | None = None,
) -> Report:
    """Return every published figure next to the model, and the comparison with null models.

    `beside` has the model and null models at the documented values, for sums of squares; `paired`
    under the plausible sets, for Bayes factors; `own` a user's systems.
    """
    record = shipped_record().with_own(own) if own else shipped_record()
    fates = beside_model(statistics(record, shipped_expiries()), results)
    sets = "plausible sets" if results.plausible_sha256 else "as it was run"
    table = targets.target_table(results).assign(model=f"{results.name}, {sets}")
    every = [table]
    if beside:
        tables_of = (targets.target_table(beside, point) for point in range(beside.n_points))
        every += [of.assign(model=name) for of, name in zip(tables_of, beside.labels, strict=True)]
    validation = pd.concat(every, ignore_index=True)
    summary = summarise(validation)
    tables = {"validation": validation, "validation_summary": summary, "fates": fates}
    if len(factors := null_factors(paired) if paired else pd.DataFrame()):
        tables["bayes_factors"] = factors
    return Report(
        kind="validation",
        results=results,
        tables=tables,
        shown=[*_shown(table, summary, factors, beside), *_shown_fates(fates)],
        figures={
            "targets": partial(draw_targets, results),
            **({"fates": partial(draw_fates, results, record)} if results.has_panel else {}),
        },
        facts={"met": {use: targets.count_met(table, use) for use in USES}},
    )


def null_factors(paired: Results) -> pd.DataFrame:
    """Return the Bayes factor of each null model against the model.

    `paired` has all of them, run by run with the same sets and draws.

    Returns:
        A row per null model: `model`, `figures` that both have, `factor`, `low`, `high`, `sets`.
    """
    chosen = np.array(shipped_plausible().likelihoods)[paired.set_of_run]
    rows = []
    for point, label in enumerate(paired.labels[1:], start=1):
        figures = targets.fitted_figures(paired, 0, point)
        base, null = (targets.log_likelihoods(paired, figures, at) for at in (0, point))
        factor = bayes_factor(null, base, chosen, paired.set_of_run)
        rows.append({"model": label, "figures": len(figures), **factor._asdict()})
    return pd.DataFrame(rows, columns=["model", "figures", *Factor._fields])


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per model and use: figures, how many are met, the sum of squares, misses."""
    known = table[table["verdict"] != ""].assign(figures=1)
    far, missed = known["distance"], known["verdict"] == "missed"
    # A figure without a number in some model is left out of all sums, so that they compare.
    shared = known.groupby("target")["model"].transform("nunique") == table["model"].nunique()
    known["met"] = ~missed
    known["sum_of_squares"] = (far**2).where(shared, 0.0)
    known["ruled_out_by"] = far.abs() > RULED_OUT
    known["missed"] = known["label"].where(missed, "")
    columns = dict.fromkeys(("figures", "met", "sum_of_squares", "ruled_out_by"), "sum")
    named = {**columns, "missed": lambda labels: "; ".join(filter(None, labels))}
    return known.groupby(["model", "use"], sort=False, as_index=False).agg(named)


def _shown(
    table: pd.DataFrame, summary: pd.DataFrame, factors: pd.DataFrame, beside: Results | None
) -> list[str | Table]:
    blocks: list[str | Table] = [
        Table(beside_published(table, distance=table["distance"]), targets.misses(table)),
        f"Distance: in standard deviations of observation, single run and the model's own error."
        f" {HOW_MET}",
    ]
    if beside is None or beside.n_runs < 2:
        return blocks
    models = wide(summary, ["model"], "use", summary["sum_of_squares"]).set_index("model")
    models = models[[FITTED, HOLD_OUT, CHECK]].rename(columns=USES)
    of_fitted = summary[summary["use"] == FITTED].set_index("model")
    # Not all models have all figures.
    ruled, known = (of_fitted[name].astype(str) for name in ("ruled_out_by", "figures"))
    models["ruled out by"] = ruled + " of " + known
    models.insert(0, "without", [NULLS.get(model, NONE) for model in models.index])
    fits = of_fitted["sum_of_squares"] <= of_fitted["sum_of_squares"][beside.labels[0]] + MARGIN
    notes = [NULL_NOTE]
    if len(factors):
        known = factors.set_index("model")
        few = known["sets"].map(lambda sets: "" if sets >= FEW_SETS else " ?")
        cells = pd.Series(bands(known, "factor", "low", "high"), known.index) + few
        models["Bayes factor"] = cells.reindex(models.index).fillna(NONE)
        fits = known["factor"] * WEAK > 1.0
        notes.append(FACTOR_NOTE)
    blocks += [Table(models.reset_index(), "The model and null models"), *notes]
    alike = [NULLS[name] for name in fits.index[fits] if name in NULLS]
    if alike:
        blocks.append(f"The fitted figures are not evidence for: {'; '.join(alike)}.")
    return blocks


def beside_model(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return statistics of the record next to those of the model's press.

    NaN without the statistic or an exposure.
    """
    columns = ["mean", "q05", "q95"]
    table = table.assign(**dict.fromkeys(columns, np.nan))
    year = int(LAST_REPORT)
    for name, (count, over) in IN_THE_MODEL.items():
        if year in results.years and {count, *over} <= {*results.outcomes}:
            part, *whole = (
                results.values(o, years=[year]).isel({POINT: 0, YEAR: 0}) for o in (count, *over)
            )
            below = sum(whole)
            numbers = (part / below.where(below > 0.0)).dropna(RUN)
            if len(numbers):
                table.loc[table["statistic"] == name, columns] = band(numbers)
    return table


def _shown_fates(table: pd.DataFrame) -> list[str | Table]:
    shown = table[["statistic", "count", "exposure", "unit"]].copy()
    shown["exposure"] = [f"{exposure:.0f}" for exposure in table["exposure"]]
    for words, mean, ends in (
        ("record (95% interval)", "estimate", ("low", "high")),
        ("model (90% of runs)", "mean", ("q05", "q95")),
    ):
        shown[words] = [cell or NONE for cell in bands(table, mean, *ends, write=text)]
    return [Table(shown, "The record of fates, and what the press of the model reports"), FATE_NOTE]
