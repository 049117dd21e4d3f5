"""Outcomes of a scenario's runs, next to the baseline and the published figures."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Unpack

import pandas as pd

from sim.estimates.effects import by_set, effect_table
from sim.estimates.targets import HOW_MET, misses, target_table
from sim.experiment import Keep
from sim.model.mechanisms.consideration import CAUSES
from sim.model.units import REGIME, REGION, WORLD
from sim.runs.dataset import Results
from sim.runs.joining import join
from sim.runs.titles import titles
from sim.scenario import BASELINE, Scenario
from sim.scenario.own_groups import OWN
from sim.scenario.toml_file import DEFAULT
from sim.studies import report
from sim.studies.sources import RunOptions, Source, results_of, scenarios_from

YEARS = (2010, 2019, 2025, 2030, 2040)
YEARS_SHOWN = 3
HORIZON = {"horizon.start", "horizon.end"}
NAMES = ("name", "title", "question")
EXIT_COST = (
    "Exit cost: weighed, paid only at exit, and here divided by what the systems are worth to"
    " governments in a year. Platform: a safe city or more."
)


def run(scenario: Source = BASELINE, **options: Unpack[RunOptions]) -> report.Report:
    """Run a scenario: its outcomes, their change against the baseline, the published figures.

    Args:
        scenario: A name, a file, a scenario, or a results folder.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> report = sim.run("no-peers", runs=2, set={"horizon.end": 2003})
        >>> "effects" in report.tables
        True
    """
    results = results_of([scenario], options)
    baseline = run_baseline(results, options)
    found = summary(results, baseline=baseline)
    if baseline or results.made is None or results.name == BASELINE:
        return found
    same = f"{results.name} changes nothing: all that it sets is as in {BASELINE}."
    return replace(found, shown=[same, *found.shown])


def run_baseline(results: Results, options: RunOptions) -> Results | None:
    """Run the baseline, paired with other runs; None if they are the baseline's, or were opened."""
    if results.made is None:
        return None
    ours = results.scenario(0)
    horizon = {f"horizon.{key}": year for key, year in ours.horizon}
    (baseline,) = scenarios_from([BASELINE], {**options, "set": horizon})
    if _contents(baseline) == _contents(ours):
        return None
    paired: RunOptions = {**options, "set": None, "out": None, "fresh": False, "confirm": None}
    paired["check"] = None  # the same outcomes and years
    paired["runs"], paired["seed"] = results.n_runs, results.seed
    paired["defaults"] = not results.plausible_sha256
    return results_of([baseline], paired, keep=Keep(outcomes=tuple(_kept(results))))


def _contents(scenario: Scenario) -> Mapping[str, Any]:
    # Names do not change numbers.
    # Parameter sets fill values without an origin: two scenarios with the same numbers differ if
    # one of them fixes a value.
    free = {path for path, origin in scenario.origins.items() if origin == DEFAULT}
    return {**scenario.to_dict(), "origins": free - HORIZON, **dict.fromkeys(NAMES)}


def summary(results: Results, *, baseline: Results | None = None) -> report.Report:
    """Return the outcomes of a scenario's runs.

    Args:
        results: The runs.
        baseline: Runs of the baseline, paired with them: the effect is then shown first, and no
            published figure, which is of the real world.

    Examples:
        >>> runs = sim.make_runs("baseline", runs=2, set={"horizon.end": 2003})
        >>> sorted(sim.summary(runs).tables)
        ['causes', 'outcomes', 'targets']
    """
    outcomes, causes = _outcomes(results), _causes(results)
    compared = target_table(results)
    shown = [*_levels(results, outcomes), *_caused(causes)]
    comparable = (compared["verdict"] != "") & (compared["observed"] != 0.0)
    tables = {"outcomes": outcomes, "causes": causes, "targets": compared}
    if baseline:
        both = join([(BASELINE, baseline, [0]), (results.name, results, [0])])
        effects = effect_table(
            both, _kept(results), by=[WORLD, *both.own_kinds], years=_years(results)
        ).sort_values("outcome", key=lambda names: names.map(report.SHOWN.index), kind="stable")
        tables["effects"] = effects
        changed = _changes(both, baseline, titles(both)[1] or results.heading, effects)
        shown = [*changed, *shown]
    else:
        shown += _missed(compared)
    return report.Report(
        kind="summary",
        results=results,
        tables=tables,
        shown=[*shown, "Scenarios, not forecasts."],
        figures=_Figures(results, not baseline and comparable.any()),
    )


class _Figures(UserDict[str, Any]):
    # Loads matplotlib only when a figure is drawn.

    def __init__(self, results: Results, targets: bool) -> None:
        self.results, self.targets = results, targets

    @cached_property
    def data(self) -> dict[str, Any]:  # type: ignore[override]
        from sim.figures.of_runs import figures_of

        drawn = figures_of(self.results)
        return {name: draw for name, draw in drawn.items() if self.targets or name != "targets"}


def _kept(results: Results) -> list[str]:
    return [name for name in report.SHOWN if name in results.outcomes]


def _years(results: Results) -> list[int]:
    return [year for year in results.years if year in (*YEARS, results.years[-1])]


def _changes(
    results: Results, baseline: Results, alternative: str, effects: pd.DataFrame
) -> list[str | report.Table]:
    last = effects["year"].max()
    every = effects[effects["year"] == last]
    final = every[every["group_kind"] == WORLD]
    columns = {
        "outcome": [baseline.outcomes[name].named for name in final["outcome"]],
        f"baseline {last}": final["reference_mean"],
        f"{alternative} {last}": final["alternative_mean"],
        "change": report.changes(final),
    }
    title = f"Change by {last} against baseline: {report.CHANGES}"
    own = report.own_changes(results, every)
    return [report.Table(pd.DataFrame(columns), title), *own, by_set(baseline)]


def _outcomes(results: Results) -> pd.DataFrame:
    frames = []
    for kind in (WORLD, *results.own_kinds):
        kept = [results.outcomes[n] for n in _kept(results) if not results.lacks(n, kind)]
        kept = [of for of in kept if kind == WORLD or of.of == "country"]
        results.load(kind, [of.name for of in kept])
        for of in kept:
            facts = {"outcome": of.name, "label": of.label, "unit": of.unit, "group_kind": kind}
            curve = results.curve(of.name, by=kind, years=_years(results))
            frames.append(curve.assign(**facts))
    columns = ["outcome", "label", "unit", "group_kind", "group", "year", "mean", "q05", "q95"]
    return pd.concat(frames, ignore_index=True)[columns]


def _levels(results: Results, outcomes: pd.DataFrame) -> list[str | report.Table]:
    last = outcomes[outcomes["year"].isin(sorted(set(outcomes["year"]))[-YEARS_SHOWN:])]
    last = last[last["group_kind"].isin([WORLD, OWN])]
    named = last.assign(outcome=last["label"] + ", " + last["unit"], cells=report.bands(last))
    tables, members = list[report.Table](), results.members(OWN)
    for group, part in named.groupby("group", sort=False, observed=True):
        among = f" in {group} ({members[group].sum()})" if group in members else ""
        title = f"{results.heading}{among}: mean of {results.n_runs:,} runs (90% of runs)"
        tables.append(report.Table(report.wide(part, ["outcome"], "year", part["cells"]), title))
    basis = f"{EXIT_COST} Parameters: {results.basis}."
    return [*tables, basis, *report.countries_missing(results)]


def _causes(results: Results) -> pd.DataFrame:
    """Return how often each cause made countries consider systems (`considered`), and buy."""
    last = results.years[-1]
    frames = [
        results.curve(name, by=kind, years=last).assign(cause=words, step=step, group_kind=kind)
        for step in ("considered", "adopted")
        for kind in (WORLD, REGIME, REGION)
        for name, words in ((f"{step}_{cause}", words) for cause, words in CAUSES.items())
        if kind in results.groups and name in results.outcomes and not results.lacks(name, kind)
    ]
    columns = ["step", "cause", "group_kind", "group", "year", "mean", "q05", "q95"]
    return pd.concat(frames)[columns] if frames else pd.DataFrame(columns=columns)


def _caused(causes: pd.DataFrame) -> list[report.Table]:
    part = causes[causes["group_kind"] != REGION]
    part = part[(part["step"] == "adopted") | (part["group"] == WORLD)]
    if part.empty:
        return []
    heads = {("considered", WORLD): "times considered", ("adopted", WORLD): "first Chinese systems"}
    keys = zip(part["step"], part["group"], strict=True)
    named = part.assign(head=[heads.get(key, str(key[1])) for key in keys])
    title = (
        f"What made governments consider systems, and buy, by {part['year'].max()}; by regime:"
        " first Chinese systems"
    )
    return [report.Table(report.wide(named, ["cause"], "head", report.bands(named)), title)]


def _missed(every: pd.DataFrame) -> list[str | report.Table]:
    targets = every[every["verdict"] == "missed"]
    compared = report.beside_published(
        targets, real=report.bands(targets, "real", "real_q05", "real_q95")
    )
    return [
        report.Table(compared, misses(every)) if len(compared) else misses(every),
        "Recorded: events that lists show, to compare with figures; real: all events of the runs."
        f" {HOW_MET} All figures: targets.csv, or `entrench validate`.",
    ]
