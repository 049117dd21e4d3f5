"""What studies look at, resolved and checked before anything is run: scenarios, folders, results.

What must be paired is checked here, once: the same seed, the same number of runs, the same horizon,
the same parameter sets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any, TypeGuard

from sim.batch.ensemble import Request
from sim.batch.fill import identity_of
from sim.engine.identity import MECHANISMS, files_wanted, mechanisms_in_words
from sim.engine.own.files import load_rules
from sim.errors import InputError
from sim.experiment.form import refuse_other
from sim.parameters import Outcome
from sim.results.files import read_json
from sim.results.folder import MANIFEST
from sim.results.in_words import in_all, settings_in, what_was_set, with_settings
from sim.results.read import EXPERIMENT, Results
from sim.results.sweep import SweepResults
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario, load_scenario
from sim.scenario.scenario import scenario_of
from sim.studies.opened import open_folder, study_kind
from sim.studies.run_options import (
    PLAUSIBLE,
    RUNS,
    SEED,
    RunOptions,
    count_threads,
    plausible_of,
    seeds_of,
    settings_of,
)
from sim.studies.worlds import other_world
from sim.world.seeds import Seeds, shipped_seeds

AGREED = ("parameters", PLAUSIBLE)
"""Keys of a manifest in which paired runs must agree, beside runs and seed: whether and among which
parameter sets the runs choose. Rules may differ: then that is what is compared."""
CANNOT = "these runs cannot be paired:"
EVENTS = "events."

type Source = str | Path | Scenario | Results
"""A scenario's name or file, its manifest, a results folder, or a scenario or results at hand."""


@dataclass(frozen=True)
class Resolved:
    """A source that is there: finished results, or a request that can be run; one of the two.

    Attributes:
        text: As it was given.
        label: What tables and figures call it.
        results: The finished folder; None for a scenario.
        request: What to run; None for a folder.
    """

    text: str
    label: str
    results: Results | None = None
    request: Request | None = None

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What identifies its runs."""
        if self.results:
            return self.results.manifest
        assert self.request is not None
        return self.request.manifest()

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["scenario"]["name"])

    @property
    def scenario(self) -> Mapping[str, Any]:
        """The scenario's values, without where they come from."""
        content: dict[str, Any] = json.loads(json.dumps(self.manifest["scenario"]))
        return {key: value for key, value in content.items() if key != "origins"}

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Outcomes that its runs keep, or can keep."""
        if self.results:
            return self.results.outcomes
        assert self.request is not None
        return self.request.scenario.rules.register

    @property
    def runs_to_do(self) -> int:
        """Runs that have to be made."""
        return self.request.runs if self.request else 0

    def seeds(self, options: RunOptions) -> Seeds:
        """Return the seeds with which its runs were, or are to be, made.

        Raises:
            InputError: Those of a folder are one's own, and others, or none, were given.
        """
        if self.request:
            return self.request.scenario.seeds or shipped_seeds()
        assert self.results is not None
        given = seeds_of(options)
        if fault := other_world(self.results, given):
            raise InputError(fault)
        return given or shipped_seeds()


def resolve(source: Source, options: RunOptions) -> Resolved:
    """Find one source, and check it before anything is run; see :func:`resolve_paired`."""
    return resolve_paired([source], options)[0]


def resolve_paired(sources: Sequence[Source], options: RunOptions) -> list[Resolved]:
    """Find what belongs together, and check that it can be paired, before anything is run.

    Beside a folder, scenarios are run with its runs, seed and parameters. What `set` says of an
    event holds for the scenarios that have it.

    Raises:
        InputError: Something is missing, unknown, or cannot be paired; with all that is wrong.
    """
    seeds = seeds_of(options)
    overrides = settings_of(options.get("set"))
    rules = load_rules(options.get("mechanisms"))
    count_threads(options.get("threads"))
    if len(sources) == 1 and (path := manifest_file(sources[0])):
        return [_repeated(path, overrides, rules, seeds, options)]
    opened = _each(sources, _folder_of)
    folders = [results for results in opened if results]
    point = options.get("point", False)
    idle = ["--set"] * bool(folders and overrides)
    if len(folders) == len(sources):
        idle += ["--point"] * point + ["--mechanism"] * bool(rules.own)
    faults = [
        f"{option} changes what is run; finished results folders cannot be changed"
        for option in idle
    ]
    if seeds or len(folders) < len(sources):
        faults += [fault for results in folders if (fault := other_world(results, seeds))]
    if faults:
        raise InputError(faults)
    first = folders[0].manifest if folders else {}
    # Beside a folder of the schema's defaults, its own parameters.
    defaults = any(PLAUSIBLE not in results.manifest for results in folders)
    plausible = plausible_of(point or defaults)
    runs, seed = _runs_and_seed(options, first)
    scenarios = _scenarios(sources, opened, overrides, rules)
    resolved: list[Resolved] = []
    for source, results, scenario in zip(sources, opened, scenarios, strict=True):
        if results:
            text = str(results.folder if isinstance(source, Results) else source)
            if results.temporary:
                named = [one for one in sources if isinstance(one, str)]
                described = results.name + with_settings(what_was_set(results.manifest))
                text = _unlike(described, [*named, *(one.text for one in resolved)])
            resolved.append(Resolved(text, results.folder.resolve().name, results))
        elif scenario:
            at_hand = isinstance(source, Scenario)
            set_in = with_settings(settings_in(scenario.to_dict()))
            text = scenario.name + set_in if at_hand else str(source)
            request = Request(scenario.in_world(seeds), runs, seed, plausible)
            resolved.append(Resolved(text, scenario.name, request=request))
    settings = [settings_in(one.manifest["scenario"]) for one in resolved]
    shared = in_all(settings)
    labels = [
        one.label + with_settings({k: v for k, v in own.items() if k not in shared})
        for one, own in zip(resolved, settings, strict=True)
    ]
    labels = _distinct(labels, [one.text for one in resolved])
    resolved = [replace(one, label=label) for one, label in zip(resolved, labels, strict=True)]
    check_paired(resolved, {"runs": runs, "seed": seed})
    return resolved


def check_paired(resolved: Sequence[Resolved], asked: Mapping[str, int]) -> None:
    """Refuse runs that share no luck, parameters or horizon.

    Args:
        resolved: What is to be paired.
        asked: Runs and seed of all.

    Raises:
        InputError: With all that differs.
    """
    # What is run says what folders must agree with; without it, the first folder does.
    agreed = next((one.manifest for one in resolved if one.request), resolved[0].manifest)
    wanted: dict[str, Any] = {**{key: agreed.get(key) for key in AGREED}, **asked}
    faults = []
    for one in resolved:
        for key, value in wanted.items():
            if one.results and (own := one.manifest.get(key)) != value:
                shown = ("none" if given is None else given for given in (own, value))
                faults.append(f"{one.text}: {key} {', not '.join(map(str, shown))}")
    horizon = resolved[0].scenario.get("horizon")
    faults += [
        f"{one.text}: horizon {_years(one.scenario.get('horizon'))}, not {_years(horizon)} as"
        f" {resolved[0].text}"
        for one in resolved
        if one.scenario.get("horizon") != horizon
    ]
    if faults:
        raise InputError(faults, CANNOT)


def labels_of(sources: Sequence[Source]) -> list[str]:
    """Return what sources are called in the name of a folder, without opening any."""
    labels = []
    for source in sources:
        if is_folder(source):
            labels.append(Path(str(getattr(source, "folder", source))).resolve().name)
        elif isinstance(source, Scenario):
            labels.append(source.name)
        elif manifest := manifest_file(source):
            labels.append(manifest.resolve().parent.name)
        else:
            path = Path(str(source))
            labels.append(path.stem if path.suffix == ".toml" else str(source))
    return _distinct(labels, list(map(str, sources)))


def _distinct(labels: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return labels; what has another's has what the user wrote instead."""
    pairs = zip(labels, texts, strict=True)
    return [text if labels.count(label) > 1 else label for label, text in pairs]


def _unlike(text: str, others: Sequence[str]) -> str:
    """Return a text, numbered if it is among others."""
    numbered = (f"{text} ({number})" for number in count(2))
    return next(one for one in chain([text], numbered) if one not in others)


def is_folder(source: object) -> bool:
    """Tell whether a source names a folder, or is one: a bare name may be a scenario's."""
    if isinstance(source, Results):
        return True
    if not isinstance(source, str | Path):
        return False
    text, path = str(source), Path(source)
    if not path.is_dir():
        return False
    return "/" in text or os.sep in text or (path / MANIFEST).exists() or bool(study_kind(path))


def is_sweep(source: object) -> TypeGuard[SweepResults | Path | str]:
    """Tell whether a source is a sweep, or the folder of one."""
    if isinstance(source, SweepResults):
        return True
    if not is_folder(source) or isinstance(source, Results):
        return False
    path = Path(str(source)) / MANIFEST
    return path.is_file() and EXPERIMENT in read_json(path)


def _years(horizon: Any) -> str:
    return f"{horizon['start']} to {horizon['end']}" if horizon else "unknown"


def _each[Given, Kind](given: Sequence[Given], make: Callable[[Given], Kind]) -> list[Kind]:
    """Make something of each; raise all that is wrong at once, each with its own headline."""
    made, errors = [], []
    for one in given:
        try:
            made.append(make(one))
        except InputError as error:
            errors.append(error)
    if len({str(error) for error in errors}) == 1:
        raise errors[0]
    if errors:
        messages = dict.fromkeys(str(error).replace("\n", "\n  ") for error in errors)
        raise InputError(messages, "these cannot be read:")
    return made


def _folder_of(source: Source) -> Results | None:
    """Open a source that is a folder."""
    if is_sweep(source):
        text = getattr(source, "folder", source)
        raise InputError(
            f"{text} holds a sweep; here it must be a scenario, or the folder of a run"
            " (`entrench run`)"
        )
    if path := manifest_file(source):
        raise InputError(f"{path} repeats a run by itself; beside others, name {path.parent}")
    if isinstance(source, Results):
        return source
    return open_folder(str(source)) if is_folder(source) else None


def _scenarios(
    sources: Sequence[Source],
    opened: Sequence[Results | None],
    overrides: Mapping[str, Any],
    rules: Rules,
) -> list[Scenario | None]:
    """Load every source that is a scenario, with what is set over it."""
    wanted = [None if there else source for source, there in zip(sources, opened, strict=True)]
    moved = {key: key.split(".")[1] for key in overrides if key.startswith(EVENTS)}
    events: list[set[str]] = [set() for _ in wanted]
    if moved and len(wanted) > 1:
        plain = _each(wanted, lambda source: None if source is None else load(source, rules=rules))
        events = [{event.name for event in one.events} if one else set() for one in plain]
    somewhere = set().union(*events)

    def loaded(at: int) -> Scenario | None:
        source, elsewhere = wanted[at], somewhere - events[at]
        own = {key: value for key, value in overrides.items() if moved.get(key) not in elsewhere}
        return None if source is None else load(source, own, rules)

    return _each(range(len(wanted)), loaded)


def manifest_file(source: Source) -> Path | None:
    """Return the path of a manifest, if a source is one."""
    is_path = isinstance(source, str | Path) and Path(source).name == MANIFEST
    return Path(str(source)) if is_path and Path(str(source)).is_file() else None


def _repeated(
    path: Path,
    overrides: Mapping[str, Any],
    rules: Rules,
    seeds: Seeds | None,
    options: RunOptions,
) -> Resolved:
    """Return the request that a run's manifest holds, to be run again."""
    manifest = read_json(path)
    scenario = _scenario_in(path, manifest, rules).in_world(seeds)
    if overrides or options.get("point"):
        raise InputError(f"{path} says what is run: leave out --set and --point")
    plausible = plausible_of(PLAUSIBLE not in manifest)
    if plausible and identity_of(plausible) != manifest[PLAUSIBLE]:
        raise InputError(f"{path}: its runs chose among other plausible sets than are shipped now")
    if fault := world_fault(path, seeds):
        raise InputError(fault)
    request = Request(scenario, *_runs_and_seed(options, manifest), plausible)
    return Resolved(str(path), scenario.name, request=request)


def _scenario_in(path: Path, manifest: Mapping[str, Any], rules: Rules) -> Scenario:
    """Return the scenario that a run's manifest holds."""
    if EXPERIMENT in manifest or "scenario" not in manifest:
        raise InputError(f"{path} is not the manifest of a run; only a run can be repeated by it")
    if mechanisms_in_words(rules).get(MECHANISMS) != manifest.get(MECHANISMS):
        raise InputError(f"{path}: {files_wanted(manifest.get(MECHANISMS) or [])}")
    return scenario_of(manifest["scenario"], str(path), rules)


def world_fault(source: Source, seeds: Seeds | None) -> str:
    """Return what to say if a source is the manifest of runs in another world; else nothing."""
    path = manifest_file(source)
    return other_world(Results(path.parent, read_json(path)), seeds) if path else ""


def _runs_and_seed(options: RunOptions, manifest: Mapping[str, Any]) -> tuple[int, int]:
    """Return what is asked for; else what a manifest says; else what is usual."""
    runs, seed = options.get("runs"), options.get("seed")
    return (
        int(manifest.get("runs", RUNS)) if runs is None else runs,
        int(manifest.get("seed", SEED)) if seed is None else seed,
    )


def load(
    source: Source, overrides: Mapping[str, Any] | None = None, rules: Rules = SHIPPED
) -> Scenario:
    """Load a scenario by its name, file or manifest, or take one at hand.

    Raises:
        InputError: There is none, or it is an experiment or a calibration, which is said.
    """
    if isinstance(source, Scenario):
        if overrides:
            raise InputError(f"{source.name} is a scenario at hand: set values when it is loaded")
        if rules.own and rules != source.rules:
            text = f"{source.name} is at hand: load it with rules=sim.load_rules([...])"
            raise InputError(text)
        return source
    assert isinstance(source, str | Path)
    if path := manifest_file(source):
        if overrides:
            raise InputError(f"{path} says what every value is: leave out --set")
        return _scenario_in(path, read_json(path), rules)
    refuse_other(source, "a scenario")
    return load_scenario(source, overrides=overrides, rules=rules)
