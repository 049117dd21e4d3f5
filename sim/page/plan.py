"""What a page is made of: scenarios with their runs, and what the page can run itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.engine.identity import MECHANISMS
from sim.engine.plugins.files import load_rules
from sim.page import words
from sim.page.batches import Batch, batches_of
from sim.rules import Rules
from sim.scenario import list_scenarios, load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.studies.sources import RunOptions, Source, results_of
from sim.world.seeds import Seeds, seeds_from

ROOT = "baseline"
"""The scenario that files which the page writes extend."""
DECISIVE = (
    ROOT,
    "offer-withdrawn-2030",
    "offer-withdrawn-no-exit-cost",
    "no-maintenance-contracts",
    "western-counter-offer",
    "open-standards",
)
"""What a page shows if nothing is named."""
REPEATS = ("rules", "data", MECHANISMS, "plausible_sha256")
"""Keys of a manifest that must be as they are now for the page's engine to repeat the runs."""


@dataclass(frozen=True)
class Plan:
    """What a page is made of.

    Attributes:
        batches: The scenarios with their runs, the reference first.
        definitions: Each scenario as a manifest describes it, by name; shown ones first.
        shipped: Names of those that the project ships in just this form.
        still: Whether to leave the engine out.
        plausible: The parameter sets of the runs; None: documented values.
        rules: Rules of the engine's runs.
        seeds: The user's own input tables; None: the shipped ones.
    """

    batches: list[Batch]
    definitions: dict[str, Mapping[str, Any]]
    shipped: frozenset[str]
    still: bool
    plausible: PlausibleSets | None
    rules: Rules
    seeds: Seeds | None

    @property
    def reference(self) -> Batch:
        """What others are compared with."""
        return self.batches[0]

    @property
    def runs(self) -> int:
        """Runs of each scenario."""
        return self.reference.runs

    @property
    def seed(self) -> int:
        """Their seed."""
        return int(self.reference.manifest["seed"])


def plan_page(sources: Sequence[Source], *, still: bool, options: RunOptions) -> Plan:
    """Run and open what a page shows.

    Args:
        sources: Scenarios and results folders, the reference first; the decisive ones if none.
        still: Whether the page has no engine.
        options: See :class:`sim.studies.sources.RunOptions`.

    Raises:
        InputError: A source is wrong, or the runs cannot be paired.
    """
    batches = batches_of(results_of(sources or DECISIVE, options))
    rules = load_rules(options.get("mechanisms"))
    definitions = {batch.name: batch.scenario for batch in batches}
    horizon = batches[0].scenario["horizon"]
    shipped = set()
    for listing in list_scenarios():
        described = load_scenario(listing.name, rules=rules).to_dict()
        shown = definitions.get(listing.name)
        if shown is None and not still and described["horizon"] == horizon:
            definitions[listing.name] = described
        if shown is None or _meaning(shown) == _meaning(described):
            shipped.add(listing.name)
    return Plan(
        batches=batches,
        definitions=definitions,
        shipped=frozenset(shipped),
        still=still,
        plausible=shipped_plausible() if batches[0].manifest["plausible_sha256"] else None,
        rules=rules,
        seeds=seeds_from(options.get("seeds"), options.get("known")),
    )


def _meaning(described: Mapping[str, Any]) -> str:
    facts = words.scenario_facts(described)
    meant = [facts[key] for key in ("horizon", "fixed", "values", "events")]
    return json.dumps(meant, sort_keys=True)
