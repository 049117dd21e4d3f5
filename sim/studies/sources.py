"""From a user's names to results: scenarios and experiments are run, folders are opened."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

import pandas as pd

from sim.engine.identity import OWN_MECHANISMS
from sim.engine.user_mechanisms import Mechanisms, load_rules
from sim.errors import MANIFEST, SHOWN_VALUE, InputError, check_text, listed, nearest, shorten
from sim.experiment import (
    Experiment,
    Keep,
    design_of,
    kind_of,
    load_experiment,
    refuse_other,
)
from sim.experiment.file import EXPERIMENT
from sim.model.draws import MOST_RUNS, MOST_SEED
from sim.model.register import SHIPPED, Rules
from sim.model.units import KINDS_OF_GROUPS
from sim.runs.dataset import Results, open_results
from sim.runs.folder import Part
from sim.runs.joining import join
from sim.runs.progress import Progress, shown
from sim.runs.runner import Confirm, EngineName, run_design, run_in_memory
from sim.runs.store import OtherResultsError, refuse_link
from sim.runs.workers import Workers, cores
from sim.scenario import BASELINE, Scenario, load_scenario
from sim.scenario.keys import Settings, settings_of
from sim.scenario.own_groups import read_where, split_outcome
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.points import experiment_of
from sim.world.seeds import Seeds, imposing, seeds_from

# A power of two uses parameter sets in proportion to their weights.
RUNS, SEED = 256, 1
# Tables of countries have 0.3 MB per run.
MOST_WITH_COUNTRIES = 2_000
ADDRESS = re.compile(r"(tcp|tls)://\S+:\d+")
# Options about how runs are made.
MAKING = (
    "runs", "seed", "set", "defaults", "mechanisms", "data", "known", "threads", "cluster",
    "countries", "engine",
)  # fmt: skip
FRESH = "choose another folder with --out, or replace these results with --fresh"

type Source = str | Path | Scenario | Results
"""A scenario's name or file, a results folder, a scenario, or results."""


class RunOptions(TypedDict, total=False):
    """Options of every function that runs scenarios.

    Attributes:
        runs: Runs of each scenario; default: 256, or the number in a folder.
        seed: Random seed; default: 1, or that of a folder.
        rng: Another name of `seed`, as in SciPy and Mesa.
        set: Values that override files: `{"contracts.term": 5}` or `["contracts.term=5"]`.
        defaults: Whether all runs have the documented parameter values, instead of plausible sets.
        mechanisms: Files with your mechanisms.
        data: Folder with your input tables.
        known: Table of documented decisions to impose on runs.
        threads: Threads of the engine; default: all cores.
        cluster: A Dask cluster instead: its scheduler's address or file, a `Client` or `Cluster`.
        engine: compiled, or mesa: the Mesa model, which gives the same numbers.
        out: Results folder; None: runs stay in memory, and nothing is written.
        fresh: Whether to replace other results in `out`.
        countries: Whether tables of every run, country and year are kept also for more than 2,000
            runs.
        progress: Called with the numbers of runs done and of all; True: shows a bar.
        where: Groups of countries of your own: the conditions of each, such as
            `region=South Asia,regime=hybrid`, or `NAME: CONDITIONS`.
        confirm: Called before many runs are made, with their number, seconds and megabytes; it
            may raise.
        check: Called with each design before its runs are made; it may raise.
    """

    runs: int | None
    seed: int | None
    rng: int | None
    set: Settings
    defaults: bool
    mechanisms: Mechanisms
    data: Seeds | Path | str | None
    known: Path | str | None
    threads: int | None
    cluster: Any
    engine: EngineName | None
    out: Path | str | None
    fresh: bool
    countries: bool
    progress: Progress | bool | None
    where: str | Sequence[str] | None
    confirm: Confirm | None
    check: Callable[[Experiment], None] | None


def make_runs(source: Source | pd.DataFrame = BASELINE, **options: Unpack[RunOptions]) -> Results:
    """Run a scenario, or all points of an experiment; runs in a finished folder are not repeated.

    Args:
        source: A scenario or an experiment, by name or file; results are returned as they are. In
            a data frame, columns are factors (dotted keys, or `scenario`) and rows are points.
        **options: See :class:`sim.studies.sources.RunOptions`; `runs` is per point.

    Examples:
        >>> sim.make_runs("baseline", runs=2, set={"horizon.end": 2003})
        <Results baseline: 2 runs, in memory>
    """
    if isinstance(source, pd.DataFrame) or (
        isinstance(source, str | Path) and not is_finished(source) and kind_of(source) == EXPERIMENT
    ):
        return swept(source, options)
    return results_of([source], options)


def swept(experiment: Source | pd.DataFrame, options: RunOptions) -> Results:
    if not isinstance(experiment, pd.DataFrame) and (results := opened(experiment)):
        _refuse_idle(options, [results])
        return results.asking(options.get("where"))
    rules, tables = _rules_and_tables(options)
    settings = settings_of(options.get("set"))
    if isinstance(experiment, pd.DataFrame):
        loaded = experiment_of(experiment, settings=settings, rules=rules)
    elif isinstance(experiment, str | Path):
        loaded = load_experiment(experiment, overrides=settings, rules=rules)
    else:
        shown = shorten(repr(experiment), SHOWN_VALUE)
        raise InputError(f"{shown} is not an experiment; allowed: a name, a file, a data frame")
    if options.get("defaults") and loaded.plausible is None:
        raise InputError("--defaults: no run of this experiment has a plausible set")
    design = replace(
        loaded.in_world(tables),
        n_runs=number_of_runs(options, loaded.n_runs),
        seed=whole_number(options.get("seed"), loaded.seed, "--seed", 0),
        plausible=None if options.get("defaults") else loaded.plausible,
    )
    return run_experiment(design, options)


def open(folder: Path | str) -> Results:
    """Open a finished results folder.

    Examples:
        >>> made = sim.make_runs("baseline", runs=2, set={"horizon.end": 2003}, out="short")
        >>> sim.open("short")
        <Results baseline: 2 runs, short>
    """
    return open_results(folder)


def point_of(results: Results, asked: str) -> Results:
    """Return the runs of one point of a sweep, named by its number or label."""
    labels = results.labels
    if not (asked.isdecimal() and int(asked) < len(labels)) and asked not in labels:
        hint = nearest(asked, labels, f", such as {labels[0]!r}")
        raise InputError(f"--point {asked}: allowed: 0 to {len(labels) - 1}, or a label{hint}")
    at = labels.index(asked) if asked in labels else int(asked)
    folder, place = results.places[at]
    return Results((Part(labels[at], folder, (place,)),), results.rules)


def results_of(
    sources: Sequence[Source],
    options: RunOptions,
    *,
    keep: Keep | None = None,
    countries: bool = False,
    read: Collection[str] = (),
) -> Results:
    """Open folders and run scenarios, as the points of one dataset.

    With a folder, scenarios have its runs, seed, parameters, decisions and rules. `countries` keeps
    the panel of any number of runs. `read` are options that act also where nothing is run.
    """
    each = [opened(source) for source in sources]
    folders = [results for results in each if results]
    asked = [source for source, results in zip(sources, each, strict=True) if not results]
    made: Iterator[tuple[str, Results, Sequence[int]]] = iter(())
    if not asked:
        _refuse_idle(options, folders, read)
    else:
        options = {**options, "countries": countries or options.get("countries", False)}
        options = as_in(folders[0], options) if folders else options
        design = _design(asked, options, folders[0] if folders else None, keep)
        ran = run_experiment(design, options)
        if not folders:
            return ran
        made = ((name, ran, [point]) for point, name in enumerate(design.scenarios))
    # A folder has its own name; runs in memory, that of their scenario.
    parts = [
        (results.folder.name.encode(errors="replace").decode() or results.name,
         results, range(results.n_points)) if results else next(made)
        for results in each
    ]  # fmt: skip
    names = numbered([name for name, *_ in parts])
    joined = join([(name, *part[1:]) for name, part in zip(names, parts, strict=True)])
    return joined.asking(options.get("where"))


def as_in(folder: Results, options: RunOptions) -> RunOptions:
    """Return options with the imposed decisions and mechanisms of results, where none are given.

    Raises:
        InputError: The results have tables or mechanisms that have to be given again.
    """
    tables, own = folder.identity.get("seeds", {}), folder.identity.get(OWN_MECHANISMS, [])
    lacking = [f"--data {tables['name']}"] if "name" in tables and not options.get("data") else []
    if own and not options.get("mechanisms"):
        options = {**options, "mechanisms": folder.rules}
        lacking += [f"--mechanism {of['file']}" for of in own if not folder.rules.plugins]
    if lacking:
        text = f"{' '.join(lacking)}: {folder.name} was run with it, so scenarios need it, too"
        raise InputError(text)
    known = tables.get("known") if not options.get("known") else None
    return {**options, "data": imposing(known, options.get("data"))} if known else options


def _refuse_idle(
    options: RunOptions, finished: Sequence[Results], read: Collection[str] = ()
) -> None:
    # Values that finished results have may be repeated.
    same = [{"runs": results.n_runs, "seed": results.seed} for results in finished]
    idle = [
        f"--{name.removesuffix('s') if name == 'mechanisms' else name}"
        for name in MAKING
        if (value := options.get(name)) is not False
        and value not in (None, [], (), {}, *(each.get(name) for each in same))
        and name not in read
    ]
    if idle:
        has = "; ".join(f"{results.n_runs:,} runs, seed {results.seed}" for results in finished)
        raise InputError(f"{', '.join(idle)} cannot change finished results ({has})")


def limiting(options: RunOptions, outcomes: str | Sequence[str] | None) -> RunOptions:
    """Return options that also keep the groups of outcomes `OUTCOME where CONDITIONS`."""
    conditions = [split_outcome(name)[1] for name in listed(outcomes)]
    return {**options, "where": [*listed(options.get("where")), *filter(None, conditions)]}


def _design(
    sources: Sequence[Source],
    options: RunOptions,
    folder: Results | None,
    keep: Keep | None,
) -> Experiment:
    loaded = scenarios_from(sources, options)
    names = numbered([scenario.name for scenario in loaded])
    runs, seed = (folder.n_runs, folder.seed) if folder else (RUNS, SEED)
    runs = number_of_runs(options, runs)
    few = runs * len(loaded) <= MOST_WITH_COUNTRIES
    defaults = options.get("defaults", False) or (folder and not folder.plausible_sha256)
    return design_of(
        dict(zip(names, loaded, strict=True)),
        runs=runs,
        seed=whole_number(options.get("seed"), seed, "--seed", 0),
        plausible=None if defaults else shipped_plausible(),
        keep=keep or Keep(groups=KINDS_OF_GROUPS, countries=few),
    )


def number_of_runs(options: RunOptions, otherwise: int) -> int:
    return whole_number(options.get("runs"), otherwise, "--runs", 1, MOST_RUNS)


def whole_number(
    asked: int | None, otherwise: int, option: str, least: int, most: int = MOST_SEED
) -> int:
    number = otherwise if asked is None else asked
    if not least <= number <= most or number % 1:
        raise InputError(f"{option} {number}: allowed: whole numbers from {least} to {most}")
    return int(number)


def run_experiment(design: Experiment, options: RunOptions) -> Results:
    """Run the missing part of a design, in the folder of `options`, or in memory."""
    if check := options.get("check"):
        check(design)
    out, fresh = options.get("out"), options.get("fresh", False)
    if fresh and out is None:
        raise InputError("--fresh: runs in memory replace nothing; give --out")
    how: dict[str, Any] = {
        "workers": workers_of(options),
        "engine": options.get("engine") or "compiled",
        "confirm": options.get("confirm"),
    }
    kept = {"countries": True} if options.get("countries") else {}
    keep, own = design.keep.model_copy(update=kept), read_where(options.get("where"))
    design = replace(design, keep=keep, own=own)
    try:
        with shown(options.get("progress")) as how["progress"]:
            if out is None:
                return run_in_memory(design, **how)
            results = run_design(design, Path(out), fresh=fresh, **how)
            return results.asking(options.get("where"))
    except OtherResultsError as error:
        raise OtherResultsError(error.messages, f"{FRESH}; {error.headline}") from None


def workers_of(options: RunOptions) -> Workers:
    cluster = options.get("cluster")
    if cluster is None:
        return Workers(whole_number(options.get("threads"), cores(), "--threads", 1))
    is_place = ADDRESS.fullmatch(str(cluster)) or os.path.isfile(str(cluster))
    if not (is_place or any(hasattr(cluster, of) for of in ("get_executor", "scheduler_address"))):
        allowed = "such as tcp://localhost:8786, a scheduler file, a Dask client or cluster"
        raise InputError(f"--cluster {shorten(str(cluster), SHOWN_VALUE)}: allowed: {allowed}")
    return Workers(cluster=cluster)


def within(options: RunOptions, name: str) -> RunOptions:
    out = options.get("out")
    return {**options, "out": None if out is None else refuse_link(Path(out) / name)}


def scenarios_from(sources: Sequence[Source], options: RunOptions) -> list[Scenario]:
    rules, tables = _rules_and_tables(options)
    settings = settings_of(options.get("set"))
    plain = [_load(source, {}, rules) for source in sources] if len(sources) > 1 else []
    events = [{event.name for event in scenario.events} for scenario in plain]
    every = set[str]().union(*events)
    if plain and (unknown := {_event_of(key) for key in settings} - every - {""}):
        raise InputError([f"no scenario has an event {e!r}{nearest(e, every)}" for e in unknown])
    # A setting of an event applies to the scenarios that have the event.
    others = [every - own for own in events] or [every]
    return [
        _load(source, {k: v for k, v in settings.items() if _event_of(k) not in absent}, rules)
        .in_world(tables)
        for source, absent in zip(sources, others, strict=True)
    ]  # fmt: skip


def _event_of(key: str) -> str:
    section, _, rest = key.partition(".")
    return rest.split(".")[0] if section == "events" else ""


def _load(source: Source, settings: Mapping[str, Any], rules: Rules) -> Scenario:
    if isinstance(source, Scenario):
        if settings or rules not in (SHIPPED, source.rules):
            raise InputError(
                f"{source.name} is loaded: give values and mechanisms when it is loaded"
            )
        return source
    if not isinstance(source, str | Path):
        shown = shorten(repr(source), SHOWN_VALUE)
        raise InputError(f"{shown} is not a scenario; allowed: a name, a file, sim.Scenario")
    refuse_other(source, "a scenario")
    return load_scenario(source, overrides=settings, rules=rules)


def _rules_and_tables(options: RunOptions) -> tuple[Rules, Seeds | None]:
    tables = seeds_from(options.get("data"), options.get("known"))
    return load_rules(options.get("mechanisms")), tables


def opened(source: Source) -> Results | None:
    if isinstance(source, str | Path) and is_finished(source):
        return open_results(source)
    return source if isinstance(source, Results) else None


def is_finished(source: Source) -> bool:
    """Return whether a source is results, or names a folder."""
    if not isinstance(source, str | Path) or not os.path.isdir(source):
        return isinstance(source, Results)
    # A bare name may be a scenario's: then only a folder with a manifest counts.
    return os.sep in str(source) or "/" in str(source) or (Path(source) / MANIFEST).exists()


def numbered(names: Sequence[str]) -> list[str]:
    """Return names of which a repeated one has a number."""
    for name in names:
        try:
            check_text(name, name=True)
        except ValueError as error:
            raise InputError(f"name {error}") from None
    before = [names[:place].count(name) for place, name in enumerate(names)]
    return [f"{n} ({again + 1})" if again else n for n, again in zip(names, before, strict=True)]
