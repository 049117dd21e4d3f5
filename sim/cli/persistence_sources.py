"""What ``entrench persistence`` looks at: a scenario to run or a finished folder, and another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.compare_sources import AGREED, PLAUSIBLE, RUNS, SEED, SWEEP

if TYPE_CHECKING:
    from sim.results.read import Results
    from sim.scenario import Scenario
    from sim.scenario.plausible import PlausibleSets
    from sim.studies.persistence.method import History

CANNOT = "these runs cannot be set side by side:"
EVENTS = "events."


@dataclass(frozen=True)
class Source:
    """A scenario to run, or the finished folder of one.

    Attributes:
        text: As it was given.
        label: What tables and figures call it.
        manifest: What identifies its runs.
        scenario: What to run; None for a folder.
        results: The folder; None for a scenario.
        plausible: Parameter sets among which runs to be made choose.
    """

    text: str
    label: str
    manifest: Mapping[str, Any]
    scenario: Scenario | None = None
    results: Results | None = None
    plausible: PlausibleSets | None = None

    @property
    def content(self) -> Mapping[str, Any]:
        """The scenario as a manifest holds it."""
        found: Mapping[str, Any] = self.manifest["scenario"]
        return found

    @property
    def runs_to_do(self) -> int:
        """Runs that have to be made."""
        return int(self.manifest["runs"]) if self.scenario else 0

    def history(self, threads: int, tell: Callable[[int], None]) -> History:
        """Run the scenario or read the folder."""
        from sim.studies.comparison.sides import content_of_scenario, run_side
        from sim.studies.persistence.method import WORKING, History, read_history

        if self.results:
            return read_history(self.results, self.label)
        assert self.scenario is not None
        side = run_side(
            self.label,
            self.scenario,
            replace(content_of_scenario(self.scenario, [WORKING]), groups={}),
            runs=self.runs_to_do,
            seed=int(self.manifest["seed"]),
            threads=threads,
            plausible=self.plausible,
            tell=tell,
        )
        return History.of_side(side)


def is_sweep(text: str) -> bool:
    """Tell whether a text names the folder of a sweep."""
    from sim.results import store

    manifest = Path(text) / store.MANIFEST
    return manifest.is_file() and SWEEP in store.read_json(manifest)


def open_source(
    text: str,
    *,
    runs: int | None,
    seed: int | None,
    overrides: Mapping[str, Any],
    plausible: PlausibleSets | None,
) -> Source:
    """Open a finished folder of a run, or load a scenario.

    Raises:
        InputError: There is none, or options were given that a finished folder cannot take.
    """
    from sim.batch.ensemble import Request
    from sim.errors import InputError
    from sim.results.read import open_results
    from sim.scenario import load_scenario

    path = Path(text)
    if path.is_dir():
        if is_sweep(text):
            raise InputError(f"{text} holds a sweep; here it must be a scenario or a run's folder")
        given = {"--runs": runs, "--seed": seed, "--set": overrides or None}
        named = [name for name, value in given.items() if value is not None]
        if named:
            raise InputError(f"{text} holds finished runs: leave out {' and '.join(named)}")
        results = open_results(path)
        name = str(results.manifest["scenario"]["name"])
        return Source(text, name, results.manifest, None, results)
    scenario = load_scenario(text, overrides=overrides)
    runs, seed = RUNS if runs is None else runs, SEED if seed is None else seed
    asked = Request(scenario, runs, seed, plausible)
    return Source(text, scenario.name, asked.manifest(), scenario, None, plausible)


def open_beside(
    text: str, what: Source, overrides: Mapping[str, Any], plausible: PlausibleSets | None
) -> Source:
    """Open what stands beside the first: with its runs, seed and parameters.

    What `--set` says of events that this scenario has not is left out.

    Raises:
        InputError: There is none, or its runs are other ones.
    """
    from sim.errors import InputError
    from sim.scenario import load_scenario

    if Path(text).is_dir():
        beside = open_source(text, runs=None, seed=None, overrides={}, plausible=None)
    else:
        known = {event.name for event in load_scenario(text).events}
        held = {
            key: value
            for key, value in overrides.items()
            if not key.startswith(EVENTS) or key.split(".")[1] in known
        }
        beside = open_source(
            text,
            runs=int(what.manifest["runs"]),
            seed=int(what.manifest["seed"]),
            overrides=held,
            plausible=plausible if PLAUSIBLE in what.manifest else None,
        )
    faults = [
        f"{beside.text}: {key} {beside.manifest.get(key, 'none')},"
        f" not {what.manifest.get(key, 'none')} as {what.text}"
        for key in (*AGREED, "runs", "seed")
        if beside.manifest.get(key) != what.manifest.get(key)
    ]
    own, other = (_plain(source.content["horizon"]) for source in (beside, what))
    if own != other:
        faults.append(f"{beside.text}: horizon {own}, not {other} as {what.text}")
    if faults:
        raise InputError(faults, CANNOT)
    return beside


def _plain(content: Any) -> str:
    return json.dumps(content, sort_keys=True)
