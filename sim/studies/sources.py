"""What studies look at: a scenario is run into its folder, a folder is opened; both are results.

No study runs histories a way of its own. What must be paired is checked here, once: the same seed,
the same number of runs, the same horizon, the same parameter sets.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from sim.batch.ensemble import EngineName, Request, run_to_folder
from sim.batch.executors import Crew
from sim.batch.fill import Report, identity_of
from sim.batch.sweep import OtherResultsError, Shard, run_sweep, total_of
from sim.batch.tasks import OnError
from sim.engine.identity import MECHANISMS, files_wanted, mechanisms_in_words
from sim.engine.own_files import Mechanisms, load_rules
from sim.errors import InputError, Note
from sim.experiment import Experiment
from sim.results import store
from sim.results.folder import clear
from sim.results.read import Results
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario, load_scenario, parse_assignments
from sim.scenario.plausible import PlausibleSets, shipped_plausible
from sim.scenario.rebuild import scenario_of
from sim.studies.opened import Runs, Sweep, open_folder
from sim.studies.watching import Tell as Tell
from sim.studies.watching import Watch as Watch
from sim.studies.watching import further, ignore
from sim.studies.watching import watching as watching
from sim.studies.worlds import other_world, world_of
from sim.world.seeds import Seeds

RUNS, SEED = 200, 1
"""Runs and seed where neither the caller nor a folder gives them."""
PLAUSIBLE = "plausible_sha256"
"""Key of a manifest whose runs choose among plausible parameter sets."""
AGREED = ("parameters", PLAUSIBLE)
"""Keys of a manifest in which paired runs must agree, beside runs and seed: whether and among which
parameter sets the runs choose. Rules may differ: then that is what is compared."""
LISTED = 10
"""Files that a message lists."""
CANNOT = "these runs cannot be paired:"
EVENTS = "events."

type Source = str | Path | Scenario | Results
"""A scenario's name or file, its manifest, a results folder, or a scenario or results at hand."""
type Settings = Mapping[str, Any] | Sequence[str] | None
"""Values over all files, by dotted key: ``{"contracts.term": 5}`` or ``["contracts.term=5"]``."""


class How(TypedDict, total=False):
    """What every study takes that runs a scenario.

    Attributes:
        runs: Number of histories; 200, or as many as a folder has.
        seed: Seed of the draws; 1, or a folder's.
        set: Values over all files, by dotted key: ``{"contracts.term": 5}``.
        point: All runs with the schema's defaults instead of the plausible sets.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if not given.
        known: Table of what is known, to which histories are held; none if not given.
        threads: Threads of the engine; all cores if not given.
        watch: Shows how far it is; in a notebook a bar if not given.
        mechanisms: Files of your own mechanisms, run beside the model's.
    """

    runs: int | None
    seed: int | None
    set: Settings
    point: bool
    seeds: Seeds | Path | str | None
    known: Path | str | None
    threads: int | None
    watch: Watch | None
    mechanisms: Mechanisms


@dataclass(frozen=True)
class Found:
    """A source that is there: finished results, or a request that can be run.

    Attributes:
        text: As it was given.
        label: What tables and figures call it.
        manifest: What identifies its runs.
        results: The finished folder; None for a scenario.
        request: What to run; None for a folder.
    """

    text: str
    label: str
    manifest: Mapping[str, Any]
    results: Runs | None = None
    request: Request | None = None

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
    def runs_to_do(self) -> int:
        """Runs that have to be made."""
        return self.request.runs if self.request else 0


def open_or_run(
    source: Source,
    *,
    out: Path | str | None = None,
    fresh: bool = False,
    engine: EngineName = "compiled",
    **how: Unpack[How],
) -> Runs:
    """Open a finished folder, or run what is missing of a scenario.

    Args:
        source: What is wanted.
        out: The scenario's folder; None: a temporary one, which goes with the results.
        fresh: Whether to replace results of another question in that folder.
        engine: The compiled engine or the Mesa model: the same numbers.
        **how: See :class:`How`.

    Raises:
        InputError: The source, a number or the folder is wrong.
    """
    folder = None if out is None else Path(out)
    return open_all([find(source, how)], how, [folder], fresh=fresh, engine=engine)[0]


def find(source: Source, how: How) -> Found:
    """Find one source, and check it before anything is run; see :func:`find_paired`."""
    return find_paired([source], how)[0]


def find_paired(sources: Sequence[Source], how: How) -> list[Found]:
    """Find what belongs together, and check that it can be paired, before anything is run.

    Beside a folder, scenarios are run with its runs, seed and parameters. What `set` says of an
    event holds for the scenarios that have it.

    Raises:
        InputError: Something is missing, unknown, or cannot be paired; with all that is wrong.
    """
    runs, seed, point = how.get("runs"), how.get("seed"), how.get("point", False)
    seeds = world_of(how)
    overrides = settings_of(how.get("set"))
    rules = load_rules(how.get("mechanisms"))
    count_threads(how.get("threads"))
    if len(sources) == 1 and (path := manifest_file(sources[0])):
        return [_repeated(path, overrides, runs, seed, point, rules, seeds)]
    opened = _each(sources, _folder_of)
    folders = [results for results in opened if results]
    faults = []
    if folders and overrides:
        faults.append("--set changes what is run; finished results folders cannot be changed")
    if len(folders) == len(sources):
        given = ["--point"] * point + ["--mechanism"] * bool(rules.own)
        faults += [
            f"{option} changes what is run; finished results folders cannot be changed"
            for option in given
        ]
    if seeds or len(folders) < len(sources):
        faults += [fault for results in folders if (fault := other_world(results, seeds))]
    if faults:
        raise InputError(faults)
    first = folders[0].manifest if folders else {}
    plausible = plausible_of(point)
    if any(PLAUSIBLE not in results.manifest for results in folders):
        plausible = None  # beside a folder of the schema's defaults, its own parameters
    asked = (
        int(first.get("runs", RUNS)) if runs is None else runs,
        int(first.get("seed", SEED)) if seed is None else seed,
    )
    scenarios = _scenarios(sources, opened, overrides, rules)
    found = []
    for source, results, scenario in zip(sources, opened, scenarios, strict=True):
        if results:
            path = results.folder
            text = str(path) if isinstance(source, Results) else str(source)
            found.append(Found(text, path.resolve().name, results.manifest, results))
        elif scenario:
            request = Request(scenario.placed(seeds), *asked, plausible)
            text = scenario.name if isinstance(source, Scenario) else str(source)
            found.append(Found(text, scenario.name, request.manifest(), None, request))
    labels = [one.label for one in found]
    found = [
        Found(f.text, f.text if labels.count(f.label) > 1 else f.label, f.manifest, f.results,
              f.request)
        for f in found
    ]  # fmt: skip
    check_paired(found, {"runs": asked[0], "seed": asked[1]})
    return found


def check_paired(found: Sequence[Found], asked: Mapping[str, int]) -> None:
    """Refuse runs that share no luck, parameters or horizon.

    Args:
        found: What is to be paired.
        asked: Runs and seed of all.

    Raises:
        InputError: With all that differs.
    """
    # What is run says what folders must agree with; without it, the first folder does.
    agreed = next((one.manifest for one in found if one.request), found[0].manifest)
    wanted: dict[str, Any] = {**{key: agreed.get(key) for key in AGREED}, **asked}
    faults = []
    for one in found:
        for key, value in wanted.items():
            if one.results and (own := one.manifest.get(key)) != value:
                told = ("none" if given is None else given for given in (own, value))
                faults.append(f"{one.text}: {key} {', not '.join(map(str, told))}")
    horizon = found[0].scenario.get("horizon")
    faults += [
        f"{one.text}: horizon {_years(one.scenario.get('horizon'))}, not {_years(horizon)} as"
        f" {found[0].text}"
        for one in found
        if one.scenario.get("horizon") != horizon
    ]
    if faults:
        raise InputError(faults, CANNOT)


def open_all(
    found: Sequence[Found],
    how: How,
    folders: Sequence[Path | None] = (),
    *,
    fresh: bool = False,
    engine: EngineName = "compiled",
    outcomes: Collection[str] = (),
) -> list[Runs]:
    """Open the folders, and run what is missing of the scenarios.

    Args:
        found: What was found.
        how: See :class:`How`; threads and watch count here.
        folders: Of each that is run; none, or None: a temporary one, which goes with the results.
        fresh: Whether to replace results of another question there.
        engine: The compiled engine or the Mesa model.
        outcomes: What temporary folders keep, where that is all that is looked at.
    """
    workers = count_threads(how.get("threads"))
    total = sum(one.runs_to_do for one in found)
    opened, done = [], 0
    with watching(how.get("watch"), total) as tell:
        for one, folder in zip(found, folders or [None] * len(found), strict=True):
            if one.results:
                opened.append(one.results)
                continue
            assert one.request is not None
            temporary = None
            if folder is None:
                temporary = tempfile.TemporaryDirectory(prefix="entrench-")
                folder = Path(temporary.name) / one.name
            elif fresh:
                clear_results(folder)
            with suggest_fresh():
                run_to_folder(
                    one.request, folder, engine=engine, threads=workers,
                    progress=further(tell, done), outcomes=outcomes if temporary else (),
                )  # fmt: skip
            results = open_folder(folder, temporary)
            assert isinstance(results, Runs)
            opened.append(results)
            done += one.runs_to_do
    return opened


def run_experiment(
    experiment: Experiment,
    folder: Path,
    *,
    crew: Crew,
    on_error: OnError = "record",
    shard: Shard | None = None,
    fresh: bool = False,
    watch: Watch | None = None,
) -> Report:
    """Run what is missing of a sweep, or of a shard of it.

    Args:
        experiment: What is asked.
        folder: Its results folder.
        crew: Who runs it.
        on_error: What becomes of a run that fails.
        shard: Which share to run; None: all.
        fresh: Whether to replace results of another question.
        watch: Shows how far it is.

    Raises:
        InputError: The folder holds something else.
    """
    if fresh:
        clear_results(folder / shard.folder if shard else folder)
    total = total_of(experiment, shard)
    with watching(watch, total) as tell, suggest_fresh(OtherResultsError):
        return run_sweep(experiment, folder, crew=crew, on_error=on_error, shard=shard, tell=tell)


SAMPLE_RUNS = 40
"""Runs by which it is measured how long more of them would take."""


def forecast_of(found: Sequence[Found], threads: int | None = None) -> tuple[float, int]:
    """Run a sample of each scenario, and return how many seconds all its runs would take.

    Returns:
        The seconds, and how many runs were measured.
    """
    seconds, sample = 0.0, 0
    for one in found:
        if one.request is None:
            continue
        few = replace(one.request, runs=min(SAMPLE_RUNS, one.runs_to_do))
        started = time.perf_counter()
        quiet: How = {"threads": threads, "watch": lambda _: nullcontext(ignore)}
        open_all([replace(one, request=few)], quiet)
        # Loading what the first runs need counts once, so a long study takes rather less.
        seconds += (time.perf_counter() - started) * one.runs_to_do / few.runs
        sample += few.runs
    return seconds, sample


def labels_of(sources: Sequence[Source]) -> list[str]:
    """Return what sources are called in the name of a folder, without opening any."""
    labels = []
    for source in sources:
        if is_folder(source):
            labels.append(Path(str(getattr(source, "folder", source))).resolve().name)
        elif isinstance(source, Scenario):
            labels.append(source.name)
        else:
            path = Path(str(source))
            labels.append(path.stem if path.suffix == ".toml" else str(source))
    return [
        str(source) if labels.count(label) > 1 else label
        for source, label in zip(sources, labels, strict=True)
    ]


def settings_of(given: Settings) -> dict[str, Any]:
    """Return settings by dotted key, whether given as a mapping or as the command takes them."""
    if isinstance(given, str):
        given = [given]
    return dict(given) if isinstance(given, Mapping) else parse_assignments(given or [])


def is_folder(source: object) -> bool:
    """Tell whether a source names a folder, or is one: a bare name may be a scenario's."""
    if isinstance(source, Results | Sweep):
        return True
    if not isinstance(source, str | Path):
        return False
    text, path = str(source), Path(source)
    return path.is_dir() and ("/" in text or os.sep in text or (path / store.MANIFEST).exists())


def is_sweep(source: object) -> bool:
    """Tell whether a source is a sweep, or the folder of one."""
    if isinstance(source, Sweep):
        return True
    if not is_folder(source) or isinstance(source, Results):
        return False
    path = Path(str(source)) / store.MANIFEST
    return path.is_file() and "experiment" in store.read_json(path)


def count_threads(threads: int | None) -> int:
    """Return the number of threads: all cores if none is given.

    Raises:
        InputError: It is below 1.
    """
    if threads is not None and threads < 1:
        raise InputError(f"--threads {threads}: allowed: 1 or more")
    return threads or os.cpu_count() or 1


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
        told = dict.fromkeys(str(error).replace("\n", "\n  ") for error in errors)
        raise InputError(told, "these cannot be read:")
    return made


def _folder_of(source: Source) -> Runs | None:
    """Open a source that is a folder."""
    if isinstance(source, Runs):
        return source
    if isinstance(source, Results):
        return Runs(source.folder, source.manifest)
    if is_sweep(source):
        text = getattr(source, "folder", source)
        raise InputError(
            f"{text} holds a sweep; here it must be a scenario, or the folder of a run"
            " (`entrench run`)"
        )
    if isinstance(source, Scenario) or not is_folder(source):
        return None
    opened = open_folder(str(source))
    assert isinstance(opened, Runs)
    return opened


def _scenarios(
    sources: Sequence[Source],
    opened: Sequence[Runs | None],
    overrides: Mapping[str, Any],
    rules: Rules,
) -> list[Scenario | None]:
    """Load every source that is a scenario, with what is set over it."""
    pairs = [(s, r is None) for s, r in zip(sources, opened, strict=True)]
    moved = {key.split(".")[1] for key in overrides if key.startswith(EVENTS) and "." in key}
    known: dict[int, set[str]] = {}
    if moved and len(pairs) > 1:
        plain = _each(pairs, lambda pair: load(pair[0], rules=rules) if pair[1] else None)
        known = {at: {e.name for e in s.events} for at, s in enumerate(plain) if s}
    somewhere = set().union(*known.values()) if known else set()

    def loaded(at: int) -> Scenario | None:
        source, is_scenario = pairs[at]
        if not is_scenario:
            return None
        held = {
            key: value
            for key, value in overrides.items()
            if not (
                key.startswith(EVENTS)
                and (event := key.split(".")[1]) in somewhere
                and event not in known[at]
            )
        }
        return load(source, held, rules)

    return _each(range(len(pairs)), loaded)


def manifest_file(source: Source) -> Path | None:
    """Return the path of a manifest, if a source is one."""
    is_path = isinstance(source, str | Path) and Path(source).name == store.MANIFEST
    return Path(str(source)) if is_path and Path(str(source)).is_file() else None


def _repeated(
    path: Path,
    overrides: Mapping[str, Any],
    runs: int | None,
    seed: int | None,
    point: bool,
    rules: Rules,
    seeds: Seeds | None,
) -> Found:
    """Return the request that a run's manifest holds, to be run again."""
    manifest = store.read_json(path)
    if "experiment" in manifest or "scenario" not in manifest:
        raise InputError(f"{path} is not the manifest of a run; only a run can be repeated by it")
    if overrides or point:
        raise InputError(f"{path} says what is run: leave out --set and --point")
    plausible = plausible_of(PLAUSIBLE not in manifest)
    if plausible and identity_of(plausible) != manifest[PLAUSIBLE]:
        raise InputError(f"{path}: its runs chose among other plausible sets than are shipped now")
    if mechanisms_in_words(rules).get(MECHANISMS) != manifest.get(MECHANISMS):
        raise InputError(f"{path}: {files_wanted(manifest.get(MECHANISMS) or [])}")
    if fault := other_world(Results(path.parent, manifest), seeds):
        raise InputError(fault)
    request = Request(
        scenario_of(manifest["scenario"], str(path), rules).placed(seeds),
        int(manifest["runs"]) if runs is None else runs,
        int(manifest["seed"]) if seed is None else seed,
        plausible,
    )
    return Found(str(path), request.scenario.name, request.manifest(), None, request)


def load(
    source: Source, overrides: Mapping[str, Any] | None = None, rules: Rules = SHIPPED
) -> Scenario:
    """Load a scenario by its name or file, or take one at hand.

    Raises:
        InputError: There is none, or it is an experiment, which is said.
    """
    if isinstance(source, Scenario):
        if overrides:
            raise InputError(f"{source.name} is a scenario at hand: set values when it is loaded")
        if rules.own and rules != source.rules:
            text = f"{source.name} is at hand: load it with rules=sim.load_rules([...])"
            raise InputError(text)
        return source
    assert isinstance(source, str | Path)
    if refusal := experiment_instead(source):
        raise InputError(refusal)
    return load_scenario(source, overrides=overrides, rules=rules)


def experiment_instead(source: str | Path) -> str:
    """Return what to say if what should be a scenario is an experiment; empty if it is not."""
    from sim.experiment.load import is_calibration, is_experiment
    from sim.scenario import shipped_names

    if str(source) in shipped_names():
        return ""
    if is_calibration(source):
        return f"{source} is a calibration, not a scenario: entrench calibrate {source}"
    if is_experiment(source):
        return f"{source} is an experiment, not a scenario: entrench sweep {source}"
    return ""


def clear_results(folder: Path) -> None:
    """Empty an earlier results folder of what Entrench wrote, and nothing that is not one.

    What is left there is told by a :class:`sim.errors.Note`.

    Raises:
        InputError: The folder is no results folder.
        OSError: Another process writes there.
    """
    if left := clear(folder):
        shown = ", ".join(str(path.relative_to(folder)) for path in left[:LISTED])
        more = f" and {len(left) - LISTED:,} more" if len(left) > LISTED else ""
        warnings.warn(f"{folder}: left alone, as not Entrench's: {shown}{more}", Note, stacklevel=2)


@contextmanager
def suggest_fresh(kind: type[InputError] = InputError) -> Iterator[None]:
    """Say what can be done where a folder holds results of another question.

    Args:
        kind: The error that tells of such a folder.
    """
    try:
        yield
    except kind as error:
        if not error.headline:
            raise  # the folder holds no results, and the message says what it is
        hint = "name another folder with --out, or replace these results with --fresh"
        raise type(error)([*error.messages, hint], error.headline) from None


def plausible_of(point: bool) -> PlausibleSets | None:
    """Return the parameter sets that runs choose among; None for the schema's defaults."""
    return None if point else shipped_plausible()
