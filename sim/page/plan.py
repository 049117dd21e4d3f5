"""What a page is made of: scenarios to run, folders to read, and whether they go together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.batch.ensemble import Request
from sim.engine import own_world
from sim.engine.identity import MECHANISMS
from sim.errors import InputError
from sim.experiment.form import refuse_other
from sim.page import stored, words
from sim.page.batches import Batch, read_batch, run_batch
from sim.results.folder import MANIFEST
from sim.rules import SHIPPED, Rules
from sim.scenario import list_scenarios, load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.world.seeds import Seeds

ROOT = "baseline"
"""The scenario that written files extend where theirs is not a shipped one."""
DECISIVE = (
    ROOT,
    "offer-withdrawn-2030",
    "offer-withdrawn-no-exit-cost",
    "no-maintenance-contracts",
    "western-counter-offer",
    "open-standards",
)
"""What a page shows if nothing is named."""
RERUN = ("rules", "data", MECHANISMS)
"""What of a manifest must be as it is now for this engine to repeat the runs."""


@dataclass(frozen=True)
class Plan:
    """What a page is made of.

    Attributes:
        batches: The scenarios with their runs, the reference first.
        definitions: Each scenario as a manifest describes it, by name; shown ones first.
        shipped: Names of those that the project ships in just this form.
        runs: Histories that the page runs.
        seed: Their seed.
        still: Whether to leave the engine out.
        plausible: The plausible sets that this engine has.
        rules: What this engine's histories go by.
        seeds: Those of one's own, with which all is run; None: the shipped ones.
    """

    batches: list[Batch]
    definitions: dict[str, Mapping[str, Any]]
    shipped: frozenset[str]
    runs: int
    seed: int
    still: bool
    plausible: PlausibleSets | None
    rules: Rules = SHIPPED
    seeds: Seeds | None = None

    @property
    def reference(self) -> Batch:
        """What others are compared with."""
        return self.batches[0]


def is_varied(batch: Batch) -> bool:
    """Tell whether a batch's replicates have plausible sets."""
    return "plausible_sha256" in batch.manifest


def plan_page(
    sources: Sequence[str],
    *,
    runs: int,
    seed: int,
    point: bool,
    still: bool,
    rules: Rules = SHIPPED,
    seeds: Seeds | None = None,
) -> Plan:
    """Run and read what a page shows.

    Args:
        sources: Scenarios and results folders, the reference first; the decisive ones if none.
        runs: Histories of scenarios that are run.
        seed: Their seed.
        point: Whether they all have the schema's defaults.
        still: Whether the page has no engine.
        rules: What histories go by: the model's mechanisms, and a user's own.
        seeds: Those of one's own; None: the shipped ones.

    Raises:
        InputError: A source is wrong, or they do not go together.
    """
    plausible = None if point else shipped_plausible()
    asked: list[Batch | Request] = []
    for source in sources or DECISIVE:
        if (Path(source) / MANIFEST).is_file():
            asked.append(read_batch(Path(source)))
        else:
            refuse_other(source, "a scenario")
            loaded = load_scenario(source, rules=rules).in_world(seeds)
            asked.append(Request(loaded, runs, seed, plausible))
    _check_together(asked, own_world(seeds).get("data"))
    batches: list[Batch] = []
    for one in asked:
        if isinstance(one, Request):
            # Run once more for these; with the engine in it, a page runs those of others itself.
            by_state = still or not batches
            one = run_batch(one, states=stored.RUN_AGAIN if by_state else ())
        batches.append(one)
    if problems := [
        f"{batch.name} and {batches[0].name} do not keep the same outcomes"
        for batch in batches[1:]
        if set(batch.values) != set(batches[0].values)
    ]:
        raise InputError(problems)
    definitions = {batch.name: batch.manifest["scenario"] for batch in batches}
    horizon = batches[0].manifest["scenario"]["horizon"]
    shipped = set()
    for listing in list_scenarios():
        loaded = load_scenario(listing.name, rules=rules)
        described = loaded.to_dict()
        shown = definitions.get(listing.name)
        if shown is None and not still and described["horizon"] == horizon:
            definitions[listing.name] = described
        if shown is None or _meaning(shown) == _meaning(described):
            shipped.add(listing.name)
    first = batches[0]
    return Plan(
        batches=batches,
        definitions=definitions,
        shipped=frozenset(shipped),
        runs=min(first.runs, runs),
        seed=int(first.manifest["seed"]),
        still=still,
        plausible=shipped_plausible(),
        rules=rules,
        seeds=seeds,
    )


def _check_together(asked: Sequence[Batch | Request], own: str | None) -> None:
    """Raise InputError for sources that cannot stand in one page, before anything is run.

    Args:
        asked: What is to be shown.
        own: Hash of the seeds of one's own with which the page runs; None: the shipped ones.
    """
    problems = []
    known = [one.manifest if isinstance(one, Batch) else one.manifest() for one in asked]
    names = [str(manifest["scenario"]["name"]) for manifest in known]
    for name in dict.fromkeys(n for n in names if names.count(n) > 1):
        problems.append(f"two sources are called {name!r}; a page shows each scenario once")
    for name, manifest in zip(names, known, strict=True):
        if (manifest["data"] if "seeds" in manifest else None) != own:
            problems.append(
                f"{name} was not run with the seeds of this page: give --seeds and --known as"
                " they were given when it was run, or leave both out"
            )
    spans = [_years(one) for one in asked]
    for name, manifest, span in zip(names[1:], known[1:], spans[1:], strict=True):
        if span != spans[0]:
            problems.append(
                f"{name} covers {span[0]}-{span[-1]}, {names[0]} {spans[0][0]}-{spans[0][-1]};"
                " scenarios of a page share their years"
            )
        if manifest["seed"] != known[0]["seed"]:
            problems.append(
                f"{name} has seed {manifest['seed']}, {names[0]} {known[0]['seed']}; differences"
                " are taken between runs of one seed"
            )
    if problems:
        raise InputError(problems)


def _years(one: Batch | Request) -> tuple[int, ...]:
    if isinstance(one, Batch):
        return one.years
    horizon = one.scenario.horizon
    return tuple(range(horizon.start, horizon.end + 1))


def _meaning(described: Mapping[str, Any]) -> str:
    facts = words.scenario_facts(described)
    meant = [facts[key] for key in ("horizon", "fixed", "values", "events")]
    return json.dumps(meant, sort_keys=True)
