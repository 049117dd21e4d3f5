"""What ``entrench compare`` compares: scenarios to run, finished folders; can they be paired?"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.results.read import Results
    from sim.scenario import Scenario
    from sim.scenario.plausible import PlausibleSets
    from sim.studies.comparison.sides import Content

RUNS, SEED = 200, 1
"""Runs and seed where neither an option nor a folder gives them."""
FEWEST = 2
SWEEP = "experiment"
"""Key of a manifest that a sweep's folder has and a run's has not."""
PLAUSIBLE = "plausible_sha256"
"""Key of a manifest whose runs choose among plausible parameter sets."""
AGREED = ("parameters", PLAUSIBLE)
"""Keys of a manifest in which all must agree, beside runs and seed: whether and among which
parameter sets the runs choose. Rules may differ: then that is what is compared."""
CANNOT = "these runs cannot be paired:"


@dataclass(frozen=True)
class Source:
    """One of the things to compare: a scenario to run, or finished results.

    Attributes:
        text: As it was given.
        label: What tables and figures call it.
        scenario: What to run; None for results.
        results: The finished folder; None for a scenario.
    """

    text: str
    label: str
    scenario: Scenario | None = None
    results: Results | None = None

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was asked of finished results; empty for a scenario."""
        return self.results.manifest if self.results else {}

    @property
    def rules(self) -> str:
        """Hash of the rules of finished results; for a scenario, of those that would run it."""
        from sim.engine import source_hash

        return str(self.manifest.get("rules", "")) if self.results else source_hash()

    @property
    def plain(self) -> dict[str, Any]:
        """The scenario as plain data, without where its values come from."""
        content = self.scenario.to_dict() if self.scenario else self.manifest.get("scenario", {})
        plain: dict[str, Any] = json.loads(json.dumps(content))
        return {key: value for key, value in plain.items() if key != "origins"}


@dataclass(frozen=True)
class Plan:
    """A comparison that can be made.

    Attributes:
        sources: What is compared; the first is the reference.
        content: What is kept of each run.
        manifest: What identifies the comparison, in the form of a results folder's manifest.
        plausible: Parameter sets among which runs to be made choose.
    """

    sources: Sequence[Source]
    content: Content
    manifest: Mapping[str, Any]
    plausible: PlausibleSets | None = None

    @property
    def runs(self) -> int:
        """Runs of each source."""
        return int(self.manifest["runs"])

    @property
    def runs_to_do(self) -> int:
        """Runs of all scenarios that have to be run."""
        return self.runs * sum(source.scenario is not None for source in self.sources)


def make_plan(
    texts: Sequence[str],
    outcomes: Sequence[str],
    *,
    runs: int | None,
    seed: int | None,
    assignments: Sequence[str],
    plausible: PlausibleSets | None = None,
) -> Plan:
    """Find what is to be compared, and check that it can be, before anything is run.

    Args:
        texts: Names or files of scenarios, or results folders.
        outcomes: What to compare.
        runs: Paired runs; None: the folders', or the usual number.
        seed: Of the draws; None: the folders', or the usual one.
        assignments: Values set over all scenarios.
        plausible: Parameter sets among which runs to be made choose.

    Raises:
        InputError: Something is missing, unknown, or cannot be paired.
    """
    from sim.studies.comparison.sides import shared_content

    found = _find(texts, assignments)
    contents = _contents(found, outcomes)
    if any(source.results and PLAUSIBLE not in source.manifest for source in found):
        plausible = None  # beside a folder of the schema's defaults, its own parameters
    manifest = _identity(found, contents, runs, seed, assignments, plausible)
    return Plan(found, shared_content(contents), manifest, plausible)


def _find(texts: Sequence[str], assignments: Sequence[str]) -> list[Source]:
    """Open every folder and load every scenario; refuse what is no comparison."""
    from sim.errors import InputError
    from sim.scenario import parse_assignments

    if len(texts) < FEWEST:
        raise InputError("compare needs two scenarios or results folders, or more")
    overrides = parse_assignments(assignments)
    found: list[Source] = []
    errors: list[InputError] = []
    for text in dict.fromkeys(texts):
        try:
            found.append(_open(text, overrides))
        except InputError as error:
            errors.append(error)
    if len({str(error) for error in errors}) == 1:
        raise errors[0]
    if errors:
        # Each keeps its own headline, and the list below it.
        told = dict.fromkeys(str(error).replace("\n", "\n  ") for error in errors)
        raise InputError(told, "what is to be compared cannot be read:")
    faults = [f"{text} is given twice" for text in dict.fromkeys(texts) if texts.count(text) > 1]
    for place, source in enumerate(found):
        for earlier in found[:place]:
            if source.plain == earlier.plain and source.rules == earlier.rules:
                faults.append(f"{source.text} is the same scenario as {earlier.text}")
    if assignments and any(source.results for source in found):
        faults.append("--set changes what is run; finished results folders cannot be changed")
    if faults:
        raise InputError(faults)
    labels = [source.label for source in found]
    return [
        Source(s.text, s.text if labels.count(s.label) > 1 else s.label, s.scenario, s.results)
        for s in found
    ]


def _open(text: str, overrides: Mapping[str, Any]) -> Source:
    from sim.errors import InputError
    from sim.results import store
    from sim.results.read import open_results
    from sim.scenario import load_scenario

    path = Path(text)
    manifest = path / store.MANIFEST
    if path.is_dir() and ("/" in text or os.sep in text or manifest.exists()):
        if manifest.is_file() and SWEEP in store.read_json(manifest):
            raise InputError(
                f"{text} holds a sweep; compare takes the folder of a run (`entrench run`)"
            )
        return Source(text, path.resolve().name, results=open_results(path))
    scenario = load_scenario(text, overrides=overrides)
    return Source(text, scenario.name, scenario=scenario)


def _contents(found: Sequence[Source], outcomes: Sequence[str]) -> dict[str, Content]:
    """What each source can keep, by its text; refuses unknown outcomes."""
    from sim.studies.comparison.sides import content_of_folder, content_of_scenario

    contents = {}
    for source in found:
        if source.results:
            contents[source.text] = content_of_folder(source.results, outcomes)
        elif source.scenario:
            contents[source.text] = content_of_scenario(source.scenario, outcomes)
    return contents


def _identity(
    found: Sequence[Source],
    contents: Mapping[str, Content],
    runs: int | None,
    seed: int | None,
    assignments: Sequence[str],
    plausible: PlausibleSets | None,
) -> dict[str, Any]:
    """What identifies the comparison; refuse runs that share no luck, horizon or dates."""
    from sim import __version__
    from sim.batch.ensemble import Request
    from sim.errors import InputError
    from sim.studies.comparison.sides import shared_content

    folders = [source for source in found if source.results]
    first = folders[0].manifest if folders else {}
    asked = {"runs": runs, "seed": seed}
    usual = {"runs": int(first.get("runs", RUNS)), "seed": int(first.get("seed", SEED))}
    chosen = {k: usual[k] if (value := asked[k]) is None else value for k in usual}
    # What is run says what folders must agree with; without it, the first folder does.
    agreed = first
    for source in found:
        if source.scenario:
            asks = Request(source.scenario, chosen["runs"], chosen["seed"], plausible)
            agreed = asks.manifest()
    wanted = {key: agreed.get(key) for key in AGREED} | chosen
    faults = []
    for source in folders:
        for key, value in wanted.items():
            if (own := source.manifest.get(key)) != value:
                told = ("none" if given is None else given for given in (own, value))
                faults.append(f"{source.text}: {key} {', not '.join(map(str, told))}")
    horizon = found[0].plain.get("horizon")
    others = [source for source in found if source.plain.get("horizon") != horizon]
    faults += [
        f"{source.text}: horizon {_years(source.plain.get('horizon'))},"
        f" not {_years(horizon)} as {found[0].text}"
        for source in others
    ]
    if not others:
        try:
            shared_content(contents)
        except InputError as error:
            faults += error.messages
    if faults:
        raise InputError(faults, CANNOT)
    events: list[Any] = []
    for source in found:
        events += [event for event in source.plain.get("events", ()) if event not in events]
    reference, *alternatives = (source.label for source in found)
    name = f"{', '.join(alternatives)} against {reference}"
    if assignments:
        name += f" with {', '.join(assignments)}"
    return {
        "version": first.get("version", __version__),
        "rules": ", ".join(dict.fromkeys(source.rules for source in found)),
        "scenario": {"name": name, "events": events},
        **{key: value for key, value in wanted.items() if value is not None},
    }


def _years(horizon: Any) -> str:
    return f"{horizon['start']} to {horizon['end']}" if horizon else "unknown"
