"""The model and null models beside the published figures; a user's own list of countries.

Compared is what the model's observer *recorded*. A null model lacks something that the model takes
to matter: where it meets the figures as well, they are no evidence for what it lacks. The model is
shown under the plausible sets, which is what is claimed, and, as the null models, at the documented
parameter values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Flags, Floats
from sim.errors import InputError
from sim.experiment.experiment import GROUPS, Keep
from sim.figures.draw import Dots, looks, rows, source
from sim.figures.of_runs import targets as figure_targets
from sim.results.dataset import Results
from sim.results.targets import (
    CHECK,
    FITTED,
    HOLD_OUT,
    HOW_MET,
    MET,
    RULED_OUT,
    USES,
    count_met,
    published,
    target_table,
)
from sim.studies.report import NONE, Report, Table, percent, ranges
from sim.studies.sources import RunOptions, Source, results_of, within
from sim.world.names import find_state
from sim.world.seeds import shipped_seeds

MODEL = "baseline"
MARGIN = MET * MET
"""Difference between two sums of squared distances below which two models fit alike."""
YEAR = 2025
KINDS = ("adopted", "platform", "trained")


NULLS = {
    "regime-blind": "effects of regime among all but full democracies",
    "regimes-shuffled": "which country has which regime",
    "copying-only": "offers, needs and training",
    "common-cause": "the link between training and purchase",
    "bass": "anything beyond innovation and imitation",
    "no-exit-cost": "the cost to leave",
    "no-maintenance-contracts": "maintenance contracts",
    "no-bundling": "bundling",
}
"""Null models, or the model with a part taken out: the scenario, and what it lacks."""
NULL_NOTE = (
    f"Sum of squared distances from the figures. Two sums closer than {MARGIN:g} say nothing; a"
    f" figure farther than {RULED_OUT:g} standard deviations rules these parameters out. Null"
    " models have the documented parameter values: what is ruled out may fit elsewhere."
)


def validate(
    scenario: Source = MODEL,
    *,
    nulls: bool = True,
    against: Path | str | None = None,
    what: str = "adopted",
    year: int = YEAR,
    **options: Unpack[RunOptions],
) -> Report:
    """Compare the model's record with published figures, and with the records of null models.

    Args:
        scenario: A scenario, or a results folder.
        nulls: Whether null models are run beside it.
        against: A table of the user's own (iso3,value) against which countries are scored.
        what: What the table says: adopted, platform or trained.
        year: By the end of which year.
        **options: See :class:`sim.studies.sources.RunOptions`.
    """
    if against is not None and what not in KINDS:
        raise InputError(f"--what {what}: allowed: {', '.join(KINDS)}")
    listed = None if against is None else read_list(Path(against))
    results = results_of([scenario], within(options, "model"))
    if listed is not None:
        return score_report(results, listed, what, year)
    beside = None
    if nulls:
        first = MODEL if isinstance(scenario, Results) else scenario
        shared: RunOptions = {**within(options, "null-models"), "defaults": True, "set": None}
        shared["mechanisms"] = None
        beside = results_of([first, *NULLS], shared, keep=Keep(groups=GROUPS))
    return report(results, beside)


def report(results: Results, beside: Results | None = None) -> Report:
    """Return every published figure beside the model, and sums of squares of null models."""
    sets = "plausible sets" if results.manifest["plausible_sha256"] else "as it was run"
    table = target_table(results).assign(model=f"{results.name}, {sets}")
    frames = [table]
    if beside is not None:
        frames += [
            target_table(beside, point=point).assign(model=label)
            for point, label in enumerate(beside.labels)
        ]
    every = pd.concat(frames, ignore_index=True)
    summary = summarise(every)
    return Report(
        kind="validation",
        results=results,
        tables={"validation": every, "validation_summary": summary},
        shown=_shown(table, summary, beside),
        figures={
            "targets": lambda: figure_targets(results),
            **({"models": lambda: _figure(results, every)} if beside is not None else {}),
        },
        facts={"met": dict(zip(USES, (list(count_met(table, use)) for use in USES), strict=True))},
    )


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per model and use: figures, how many are met, the sum of squares, misses.

    A figure that any model has no number for is left out of all sums, so that they compare.
    """
    known = table[table["verdict"] != ""].copy()
    far, missed = known["distance"], known["verdict"] == "missed"
    shared = known.groupby("target")["model"].transform("nunique") == table["model"].nunique()
    known["met"] = ~missed
    known["sum_of_squares"] = (far**2).where(shared, 0.0)
    known["ruled_out_by"] = far.abs() > RULED_OUT
    known["missed"] = known["label"].where(missed, "")
    return known.groupby(["model", "use"], sort=False, as_index=False).agg(
        figures=("target", "size"),
        met=("met", "sum"),
        sum_of_squares=("sum_of_squares", "sum"),
        ruled_out_by=("ruled_out_by", "sum"),
        missed=("missed", lambda labels: "; ".join(filter(None, labels))),
    )


def _shown(table: pd.DataFrame, summary: pd.DataFrame, beside: Results | None) -> list[str | Table]:
    met, known = count_met(table, HOLD_OUT)
    figures = pd.DataFrame(
        {
            "published figure": table["label"],
            "use": table["use"].map(USES),
            "published": published(table),
            "recorded": table["mean"],
            "distance": table["distance"],
            "": table["verdict"],
        }
    )
    blocks: list[str | Table] = [
        Table(figures, f"{met} of {known} published figures that were kept apart are met"),
        f"Distance: in standard deviations of observation, single run and the model's own error."
        f" {HOW_MET}",
    ]
    if beside is None:
        return blocks
    wide = summary.pivot_table(
        index="model", columns="use", values="sum_of_squares", aggfunc="first", sort=False
    )[[FITTED, HOLD_OUT, CHECK]].rename(columns=USES)
    ruled = summary[summary["use"] == FITTED].set_index("model")["ruled_out_by"]
    wide["figures that rule it out"] = ruled
    wide.insert(0, "lacks", [NULLS.get(model, NONE) for model in wide.index])
    blocks += [Table(wide.reset_index(), "The model and null models"), NULL_NOTE]
    model = wide.loc[beside.labels[0], USES[FITTED]]
    fitted = wide[USES[FITTED]]
    alike = [NULLS[name] for name in wide.index if name in NULLS and fitted[name] <= model + MARGIN]
    if alike:
        blocks.append(f"The fitted figures are no evidence for: {'; '.join(alike)}.")
    return blocks


def _figure(results: Results, table: pd.DataFrame) -> Figure:
    """Draw the distance of every model from every figure."""
    models = list(dict.fromkeys(table["model"]))
    shown = table[table["model"] == models[0]]
    dots = []
    for model, look in zip(models, looks(models), strict=True):
        part = table[table["model"] == model].set_index("target").reindex(shown["target"])
        dots.append(Dots(look, np.clip(part["distance"].to_numpy(), -6.0, 6.0)))
    return rows(
        "Distance from the published figures",
        list(shown["label"]),
        dots,
        "standard deviations (beyond 6: at the edge)",
        "How far are the model and null models from each figure?",
        f"{source(results)} {HOW_MET} Null models: documented parameters.",
        zero=True,
    )


def read_list(path: Path) -> pd.Series:
    """Read a table of countries: columns `iso3` and `value` (1, 0, true or false).

    Raises:
        InputError: With every fault, by line.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None
    if not {"iso3", "value"} <= set(frame.columns):
        raise InputError(f"{path}:1: the header needs the columns iso3,value")
    faults, values = [], {}
    truth = {"1": True, "true": True, "0": False, "false": False}
    for line, (code, value) in enumerate(zip(frame["iso3"], frame["value"], strict=True), start=2):
        if value.strip().lower() not in truth:
            faults.append(f"{path}:{line}: value {value!r}; allowed: 1, 0, true, false")
            continue
        try:
            state = find_state(code.strip(), shipped_seeds().countries)
        except InputError as error:
            faults += [f"{path}:{line}: {message}" for message in error.messages]
            continue
        if state.iso3 in values:
            faults.append(f"{path}:{line}: {state.iso3} is there twice")
        values[state.iso3] = truth[value.strip().lower()]
    if not faults and len(set(values.values())) < 2:
        faults.append(f"{path}: needs countries with 1 and countries with 0")
    if faults:
        raise InputError(faults)
    return pd.Series(values, name="listed")


def score_report(results: Results, listed: pd.Series, what: str, year: int) -> Report:
    """Score recorded shares of runs against a list of countries, beside naive rankings."""
    recorded = results.panel(f"recorded_{what}", [year])[0, :, :, 0]
    shares = pd.Series(np.nanmean(recorded, axis=0), index=results.states.index)
    truth = listed.to_numpy(bool)
    part = shares[listed.index].to_numpy()
    rankings = {"the model": shares, **naive(year)}
    table = pd.DataFrame(
        {"ranking": name, **_score(values[listed.index].to_numpy(), truth)}
        for name, values in rankings.items()
    )
    from sklearn.metrics import brier_score_loss

    brier, base = brier_score_loss(truth, part), truth.mean() * (1.0 - truth.mean())
    countries = pd.DataFrame({"iso3": listed.index, "listed": truth, "share_of_runs": part})
    bins = pd.cut(part, np.linspace(0.0, 1.0, 6), include_lowest=True)
    curve = pd.DataFrame({"bin": bins.astype(str), "listed": truth, "share": part})
    curve = curve.groupby("bin").agg(
        countries=("listed", "size"), listed=("listed", "mean"), mean=("share", "mean")
    )
    cells = table[["ranking", "auc"]].assign(**{"95 %": ranges(table, "low", "high")})
    title = f"{what} by {year}: {len(listed)} countries, {int(truth.sum())} of them 1"
    return Report(
        kind="score",
        results=results,
        tables={"scores": table, "countries_scored": countries, "calibration": curve.reset_index()},
        shown=[
            Table(cells, title),
            "AUC: chance that a listed country is ranked above one that is not; intervals by"
            " bootstrap of countries, which neighbours make too narrow.",
            f"Brier score {brier:.3f}; of the list's own share {base:.3f}.",
            Table(curve.reset_index().assign(listed=curve["listed"].map(percent).to_numpy())),
        ],
        facts={"what": what, "year": year, "brier": brier, "brier_base": base},
    )


def naive(year: int) -> dict[str, pd.Series]:
    """Return naive rankings of countries: by population, poverty, and lack of democracy."""
    tables = shipped_seeds()
    at = min(year, tables.last_year) - tables.first_year
    index = [state.iso3 for state in tables.countries]
    column = {name: pd.Series(rows[:, at], index=index) for name, rows in tables.history.items()}
    return {
        "population": column["population_k"],
        "poverty": -column["gdp_pc"],
        "autocracy": -column["democracy"],
    }


def _score(scores: Floats, truth: Flags) -> dict[str, Any]:
    """Return the area under the curve with an interval by bootstrap of countries."""
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(1)
    again: list[float] = []
    while len(again) < 500:
        chosen = random.integers(len(truth), size=len(truth))
        if 0 < truth[chosen].sum() < len(truth):
            again.append(float(roc_auc_score(truth[chosen], scores[chosen])))
    low, high = np.quantile(again, (0.025, 0.975))
    return {"auc": float(roc_auc_score(truth, scores)), "low": low, "high": high}
