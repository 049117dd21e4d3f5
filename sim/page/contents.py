"""What a page carries: facts in words and numbers, stored series, and what the engine needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sim.engine import Ensemble, Keeping, prepare
from sim.engine.chunk import Group
from sim.engine.layout import EIGHT_BYTES, column
from sim.engine.objects.entry import SIZES, array_types
from sim.engine.objects.shipped import shape_of
from sim.engine.outcomes import groups_of
from sim.engine.run import arrays_of
from sim.experiment.experiment import design_of
from sim.page import stored, words
from sim.page.batches import COUNTS, DATES, KINDS, MAPPED, WORKING_PREFIX, Batch
from sim.page.inputs import pack, places, sizes_of
from sim.page.plan import REPEATS, ROOT, Plan
from sim.page.shapes import dots
from sim.page.webassembly import module
from sim.results.runner import identity
from sim.scenario import Scenario, load_scenario
from sim.studies.country import ENDS
from sim.studies.retention import OFFERING
from sim.world.seeds import shipped_seeds

SUMMED = ("fields", "actor_fields", "vendor_fields", "vendors")
"""What the engine sums: names in a layout, in the page's facts, and among the loop's lengths."""
OUTCOME = "working"
"""Outcome that is shown first."""


def facts_of(plan: Plan, blobs: dict[str, bytes]) -> dict[str, Any]:
    """Return all that a page knows in words and numbers; put stored series into `blobs`."""
    reference, seeds = plan.reference, plan.seeds or shipped_seeds()
    order, cell = [], 0
    for outcome, kind in stored.series_order(reference):
        count, offset = reference.values[outcome, kind].shape[2], cell * len(reference.years)
        order.append(
            {"outcome": outcome, "kind": kind, "cell": cell, "count": count, "offset": offset}
        )
        cell += count
    live = not plan.still and _repeats(reference, plan)
    scenarios = {}
    for at, (name, described) in enumerate(plan.definitions.items()):
        facts = words.scenario_facts(described)
        batch = next((b for b in plan.batches if b.name == name), None)
        facts |= {
            "shipped": name in plan.shipped,
            "live": live,
            "point": plan.plausible is None,
        }
        if batch:
            facts |= _shown(batch, plan, f"{at}", blobs)
        scenarios[name] = facts
    return {
        "reference": reference.name,
        "root": ROOT,
        "outcome": OUTCOME if OUTCOME in reference.outcomes else next(iter(reference.outcomes)),
        "runs": plan.runs,
        "seed": plan.seed,
        "years": list(reference.years),
        "observed_until": seeds.last_year,
        "steps": stored.STEPS,
        "share_steps": stored.SHARE_STEPS,
        "keep": stored.KEEP,
        "offer": OFFERING,
        "dates": {MAPPED[at]: name for at, name in enumerate(DATES)},
        "mapped": [n for n in MAPPED if n in reference.outcomes],
        "states_from_kept": {MAPPED[at]: name for at, name in enumerate(DATES)}
        | {OUTCOME: WORKING_PREFIX},
        "schema": words.schema(plan.rules),
        "outcomes": words.outcome_facts(reference.outcomes),
        "order": order,
        "groups": reference.groups,
        "looks": words.looks(names for kind, names in reference.groups.items() if kind != "region"),
        "palette": words.palette(),
        "sequential": words.SEQUENTIAL,
        "diverging": words.DIVERGING,
        "states": words.states(seeds),
        "conditions": words.conditions(seeds),
        "dots": dots(seeds),
        "kept": list(reference.by_country),
        "ends": ENDS,
        "levers": words.lever_facts(reference.scenario),
        "ways": [
            {"scenario": name, "beside": beside, "who": who, "words": text}
            for name, beside, who, text in words.WAYS_IN
            if {name, beside or name} <= set(scenarios)
        ],
        "counted_as": words.COUNTED_AS,
        "plausible": words.plausible_ranges(plan.plausible, plan.runs),
        "scenarios": scenarios,
        "evidence": words.evidence(reference.evidence, seeds),
        "glossary": words.GLOSSARY,
        "identity": words.identity(reference.manifest, [b.name for b in plan.batches]),
        "engine": None,
    }


def _repeats(batch: Batch, plan: Plan) -> bool:
    """Tell whether this engine repeats a batch's runs."""
    scenario = load_scenario(ROOT, rules=plan.rules).in_world(plan.seeds)
    design = design_of({ROOT: scenario}, runs=1, seed=plan.seed, plausible=plan.plausible)
    current = identity(design)
    return all(batch.manifest.get(key) == current.get(key) for key in REPEATS)


def _shown(batch: Batch, plan: Plan, place: str, blobs: dict[str, bytes]) -> dict[str, Any]:
    """Return what a page knows of a scenario that has been run, and store its series."""
    other = None if batch is plan.reference else plan.reference
    data = bytearray()

    def put(part: bytes) -> list[int]:
        data.extend(part)
        return [len(data) - len(part), len(part)]

    parts = {
        "place": place,
        "levels": put(stored.levels(batch)),
        # Where the engine is, it takes differences run by run itself.
        "differences": put(stored.differences(batch, other)) if other and plan.still else None,
        "states": {name: put(part) for name, part in stored.state_shares(batch).items()},
    }
    blobs[f"stored-{place}"] = bytes(data)
    return {
        "stored": parts,
        "runs": batch.runs,
        "contract_outcomes_by_country": stored.contract_outcomes_by_country(batch, ENDS),
        "answers": stored.answers(batch, other),
    }


def engine_facts(plan: Plan, blobs: dict[str, bytes], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what workers need to run histories; put module and arrays into `blobs`."""
    scenario = load_scenario(ROOT, rules=plan.rules).in_world(plan.seeds)
    ensemble = page_ensemble(scenario, plan.seed)
    by_state = with_each_country(ensemble)
    keys, set_of, rows = words.plausible_facts(plan.plausible, plan.runs)
    arrays = arrays_of(ensemble)
    del arrays["cell_of"], arrays["groups_of_cell"]
    layouts = {"groups": ensemble, "states": by_state}
    arrays |= {f"{name}.cell_of": one.cells.of_country for name, one in layouts.items()}
    arrays |= {f"{name}.groups_of_cell": one.cells.groups for name, one in layouts.items()}
    arrays["sets"] = np.array(rows, np.float64)
    blobs["arrays"], index = pack(arrays)
    shape = shape_of(plan.seeds or shipped_seeds())._replace(rules=plan.rules)
    blobs["wasm"] = module(shape)
    layout, outcomes = ensemble.layout, plan.reference.outcomes
    summed = {name: getattr(layout, name) for name in SUMMED}
    return {
        "index": index,
        "places": places(plan.rules),
        "defaults": {
            f"{section['name']}.{key}": field["default"]
            for section in facts["schema"]
            for key, field in section["keys"].items()
        },
        "sizes": list(SIZES),
        "arrays": list(array_types(shape)),
        "lengths": {
            "first_quarter": ensemble.first_quarter,
            "quarters": ensemble.quarters,
            "kept_quarters": len(layout.quarters),
            "rows": len(layout.countries),
            "cell_groups": ensemble.cells.groups.shape[1],
            "years": len(layout.years),
            "panel_fields": len(layout.panel),
            **{name: len(fields) for name, fields in summed.items()},
        },
        "parameter_bytes": ensemble.parameters.dtype.itemsize,
        "country_bytes": ensemble.world.countries.dtype.itemsize,
        "class_at": EIGHT_BYTES * column(ensemble.world.countries.dtype, "parameter_row"),
        "codes": list(ensemble.world.codes),
        "years": facts["years"],
        **summed,
        "panel": layout.panel,
        "by_country": list(plan.reference.by_country),
        "dates": DATES,
        "counts": COUNTS,
        "members": [group.size for group in layout.groups],
        "set_keys": keys,
        "set_of": set_of,
        "layouts": {
            name: {
                "cells": len(one.cells.groups),
                "groups": len(one.layout.groups),
                "sizes": sizes_of(one.layout),
            }
            for name, one in layouts.items()
        },
        "cells": sum(part["count"] for part in facts["order"]) * len(facts["years"]),
        "outcomes": {o["name"]: o for o in facts["outcomes"]},
        "order": [
            {**part, "first": _first_of(outcomes[part["outcome"]], part["kind"], ensemble)}
            for part in facts["order"]
        ],
    }


def page_ensemble(scenario: Scenario, seed: int) -> Ensemble:
    """Return an ensemble that keeps what a page shows."""
    kinds = tuple(kind for kind in KINDS if kind in ("regime", "region"))
    return Keeping(kinds, yearly=True).of(prepare(scenario, seed))


def with_each_country(ensemble: Ensemble) -> Ensemble:
    """Return an ensemble of the same runs in which every state is a group of its own."""
    layout = ensemble.layout
    states = len(layout.countries)
    groups = (layout.groups[0], *(Group("state", c.iso3, 1) for c in layout.countries))
    own = np.arange(states)
    places = np.full((states, ensemble.cells.groups.shape[1]), len(groups))
    places[:, 0], places[:, 1] = 0, own + 1
    cells = replace(ensemble.cells, of_country=own, groups=places)
    return replace(ensemble, layout=replace(layout, groups=groups), cells=cells)


def _first_of(outcome: Any, kind: str, ensemble: Ensemble) -> int:
    """Return where a kind's groups begin in the engine's sums; 0 where they are not summed."""
    cells = groups_of(outcome, kind, ensemble.layout) if outcome.of == "country" else None
    return cells.start if cells else 0
