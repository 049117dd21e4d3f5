"""Rank scenarios by their effect on an outcome, run by run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.engine.user_mechanisms import load_rules
from sim.errors import InputError, listed
from sim.estimates.effects import FALSE_SHARE, adjusted, by_set, effect_table, large_groups
from sim.experiment import Keep
from sim.measures.variables import POINT
from sim.model.parameters import Outcome
from sim.model.register import Rules, by_any_name, no_outcome
from sim.model.units import PERCENT, WORLD
from sim.runs.dataset import Results
from sim.runs.titles import title_of, titles
from sim.scenario import BASELINE, list_scenarios, load_scenario, shipped_names
from sim.scenario.keys import SCENARIO
from sim.scenario.own_groups import LIMITER, OWN, limited, read_where, split_outcome
from sim.scenario.withdrawal import WITHDRAWN, WITHOUT
from sim.studies.report import (
    CHANGES,
    NONE,
    SHOWN,
    Report,
    Table,
    bands,
    changes,
    signed,
    text,
)
from sim.studies.sources import RunOptions, limiting, results_of
from sim.studies.sweep import effects_figure

# These are compared with another scenario than the baseline.
AGAINST = dict.fromkeys(WITHOUT, WITHDRAWN)
FORM = re.compile(r"^(.*?)(?:(?:^|\s+)(?:in |at the end of |by )?(\d{4}))?$")
# Words that no outcome has, and where their answer is.
ELSEWHERE = {
    r"surviv|persist|remain|outlast": "survival is followed by `entrench persistence`, which counts"
    " the systems that outlive the offer",
    r"\bbuys?\b|\bbought\b": "`entrench country` lists who buys next; with a country and --why it"
    " says why that one bought",
    r"\btopics?\b|\bformats?\b": "topics and formats of courses are on record, not in the model:"
    " docs/trainings.md",
}
ASKED = "write OUTCOME [where CONDITIONS] in YEAR, such as: working where regime=hybrid in 2035"
COLUMNS = (
    "group_kind", "group", SCENARIO, "against", "reference", "mean", "low", "high", "q05", "q95",
    "share_up", "share_down", "p_value", "runs", "adjusted_p", "beyond_chance", "kind",
    "moved_most", "moved_share",
)  # fmt: skip
# Ranked separately; a user's scenario counts as a policy.
KINDS = {
    "policy": "policies",
    "shock": "shocks",
    "ablation": "mechanisms off, or free exit",
    "null": "null models",
    "storyline": "storylines, each a world that published figures permit",
}
WHAT = KINDS | {"ablation": "missing mechanisms", "storyline": "storylines"}
MOST_CHANGES = 30
NOTE = (
    f"Change: {CHANGES}; beyond chance: corrected for all rows (Benjamini-Hochberg, 5% false"
    " discoveries). Moved most: of the outcomes that `entrench run` shows, the one whose change is"
    " largest in standard deviations of runs, in % of its level; –: none beyond chance."
)


def ask(
    question: str,
    *,
    by: str | None = None,
    scenarios: str | Sequence[str] = (),
    **options: Unpack[RunOptions],
) -> Report:
    """Rank scenarios by their effect on an outcome, such as `working in 2040`.

    Args:
        question: An outcome, by name or label, and a year; without a year the last.
        by: Kind of groups for further rankings.
        scenarios: By default all shipped ones.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> short = {"horizon.end": 2003}
        >>> found = sim.ask("working in 2003", scenarios=["no-peers"], runs=2, set=short)
        >>> found.tables["effects"][["scenario", "against"]].values.tolist()
        [['no-peers', 'baseline']]
    """
    outcome, year = read_question(question, load_rules(options.get("mechanisms")))
    names = listed(scenarios) or [name for name in shipped_names() if name != BASELINE]
    names = [BASELINE, *(name for name in names if name != BASELINE)]
    if {*AGAINST} & {*names} and WITHDRAWN not in names:
        # What these are compared with must be run.
        names.append(WITHDRAWN)
    plain, conditions = split_outcome(outcome.name)
    keep = Keep(
        outcomes=tuple(dict.fromkeys((plain, *SHOWN))), groups=(by,) if by else (), dates=(year,)
    )
    results = results_of(names, limiting(options, outcome.name), keep=keep)
    results = results.asking(outcomes=outcome.name)
    kinds = [*([by] if by else []), *([OWN] if options.get("where") and not conditions else [])]
    return report(results, results.outcomes[outcome.name], year, kinds)


def read_question(question: str, rules: Rules) -> tuple[Outcome, int]:
    known = rules.register
    last = load_scenario(BASELINE).horizon.end
    question, limiter, conditions = " ".join(question.split()).partition(LIMITER)
    ((named, year),) = FORM.findall(question)
    ((conditions, later),) = FORM.findall(conditions)
    name = by_any_name(known).get(named.casefold(), named)
    if name not in known:
        for words, answer in ELSEWHERE.items():
            if re.search(words, named, re.I):
                raise InputError(f"no outcome {named!r}: {answer}")
        if question.endswith("?"):
            raise InputError(f"{question!r} is a sentence; {ASKED}")
        raise InputError(no_outcome(named, known))
    if limiter:
        of = next(iter(read_where([conditions])))
        return limited(known[name], f"{name}{limiter}{conditions}", of), int(year or later or last)
    return known[name], int(year or last)


def report(results: Results, outcome: Outcome, year: int, by: str | Sequence[str] = ()) -> Report:
    for kind in listed(by):
        if not np.isfinite(results.values(outcome.name, kind, years=[year])).any():
            raise InputError(f"{outcome.name} is not counted by {kind}")
    tables = [_effects(results, outcome, year, kind) for kind in (WORLD, *listed(by))]
    kinds = [kind for kind in KINDS if kind in set(tables[0]["kind"])]
    names = ["effects", *(f"effects-{kind}" for kind in kinds[1:])]
    draw = partial(_figure, results, outcome, year, tables[0])
    return Report(
        kind="ask",
        results=results,
        tables={"effects": pd.concat(tables, ignore_index=True)},
        shown=_shown(results, outcome, year, tables),
        figures={name: partial(draw, kind) for name, kind in zip(names, kinds, strict=True)},
        facts={"outcome": outcome.name, "year": year},
    )


def _effects(results: Results, outcome: Outcome, year: int, kind: str) -> pd.DataFrame:
    against = {label: AGAINST.get(label, BASELINE) for label in results.labels}
    asked, frames = outcome.name, []
    others = [n for n in SHOWN if n in results.outcomes and n != asked and kind == WORLD]
    for name in dict.fromkeys(against.values()):
        point = results.labels.index(name)
        effects = effect_table(results, [asked, *others], by=[kind], years=[year], reference=point)
        frames.append(effects[effects["alternative"].map(against) == name].assign(against=name))
    columns = {"alternative": SCENARIO, "reference_mean": "reference"}
    every = pd.concat(frames).rename(columns=columns).sort_values("point", kind="stable")
    table = every[every["outcome"] == asked]
    if others:
        table = table.join(_moved_most(results, every, year), on=SCENARIO)
    kinds = {listing["name"]: listing["kind"] for listing in list_scenarios()}
    table["kind"] = [kinds.get(name, "policy") for name in table[SCENARIO]]
    # Many scenarios are tested at once: without a correction some would stand out by chance.
    table["adjusted_p"] = adjusted(table["p_value"])
    table["beyond_chance"] = table["adjusted_p"] <= FALSE_SHARE
    place = table["group"].map(results.groups[kind].index)
    size = -table["mean"].abs()
    return table.iloc[np.lexsort((size, place))].reindex(columns=list(COLUMNS))


def _moved_most(results: Results, effects: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return of each scenario the outcome that moves most, in deviations of runs."""
    first = {name: results.values(name, years=[year])[0] for name in {*effects["outcome"]}}
    spread = {name: float(values.std()) for name, values in first.items()}
    size = effects["mean"].abs() / effects["outcome"].map(spread)
    clear = effects[adjusted(effects["p_value"]) <= FALSE_SHARE].assign(size=size)
    clear = clear.sort_values("size").drop_duplicates(SCENARIO, keep="last").set_index(SCENARIO)
    return pd.DataFrame(
        {"moved_most": clear["outcome"], "moved_share": clear["mean"] / clear["reference"]}
    )


def _shown(
    results: Results, outcome: Outcome, year: int, tables: Sequence[pd.DataFrame]
) -> list[str | Table]:
    named = dict(zip(results.labels, titles(results), strict=True))
    world, *by_group = (
        table.assign(scenario=table[SCENARIO].map(named), against=table["against"].map(named))
        for table in tables
    )
    kinds = [kind for kind in KINDS if kind in set(world["kind"])]
    reference = float(results.values(outcome.name, years=[year]).isel({POINT: 0}).mean())
    title = f"{outcome.label} at the end of {year}: {text(reference)} {outcome.unit} in {BASELINE}"
    blocks: list[str | Table] = [f"{title}."]
    for kind in kinds:
        part = world[world["kind"] == kind]
        frame = part[[SCENARIO, "against"]].assign(change=changes(part))
        frame["beyond chance"] = part["beyond_chance"]
        frame["moved most"] = [
            f"{results.outcomes[name].label}, {signed(PERCENT * share)}%"
            if isinstance(name, str)
            else NONE
            for name, share in zip(part["moved_most"], part["moved_share"], strict=True)
        ]
        blocks.append(Table(frame, KINDS[kind].capitalize()))
    blocks.append(f"{NOTE} {by_set(results)}")
    for every in by_group:
        kind = every["group_kind"].iloc[0]
        of_group = results.curve(outcome.name, by=kind, years=year)
        of_group = of_group[of_group["point"] == 0]
        frame = pd.DataFrame({"countries": of_group["group"], outcome.named: bands(of_group)})
        blocks.append(Table(frame, f"{BASELINE} at the end of {year}".capitalize()))
        large = every[every["group"].isin(large_groups(results, kind))]
        clear = large[large["beyond_chance"] | (kind == OWN)]
        frame = clear[["group", SCENARIO, "against"]].assign(change=changes(clear))
        title = f"Changes beyond chance, corrected for all {len(every)} cells"
        title = "Changes by group" if kind == OWN else title
        blocks.append(Table(frame, title, MOST_CHANGES, "effects"))
    return blocks


def _figure(
    results: Results, outcome: Outcome, year: int, world: pd.DataFrame, kind: str
) -> Figure:
    titles = {label: title_of(results, point) for point, label in enumerate(results.labels)}
    part = world[world["kind"] == kind]
    beside = part["against"].map(
        lambda name: "" if name == BASELINE else f", against {titles[name]}"
    )
    part = part.assign(row=part[SCENARIO].map(titles) + beside)
    deck = f"Compared with “{titles[BASELINE]}” unless stated otherwise."
    note = "Corrected for all rows (Benjamini-Hochberg, 5% false discoveries)."
    return effects_figure(results, outcome, part, year, deck, WHAT[kind], note)
