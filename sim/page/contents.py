"""What a page carries: facts in words and numbers, stored series, and what the engine needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim import __version__
from sim.batch.ensemble import Request
from sim.engine import Ensemble
from sim.engine.chunk import WORKING_PREFIX
from sim.engine.layout import EIGHT_BYTES, column
from sim.engine.objects.entry import SIZES, array_types
from sim.engine.objects.shipped import shape_of
from sim.engine.outcomes import groups_of
from sim.engine.run import arrays_of
from sim.page import stored, words
from sim.page.batches import Batch, page_ensemble, state_ensemble
from sim.page.inputs import pack, places, sizes_of
from sim.page.plan import RERUN, ROOT, Plan, is_varied
from sim.page.shapes import dots
from sim.page.webassembly import module
from sim.scenario import load_scenario
from sim.studies.persistence.method import OFFERING, WORKING
from sim.world.seeds import shipped_seeds

OUTCOME = WORKING
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
    plausible = plan.plausible if is_varied(reference) else None
    current = _current(plan)
    scenarios = {}
    for at, (name, described) in enumerate(plan.definitions.items()):
        facts = words.scenario_facts(described)
        batch = next((b for b in plan.batches if b.name == name), None)
        facts |= {
            "shipped": name in plan.shipped,
            "live": not plan.still and _repeats(batch or reference, current),
            "point": not is_varied(batch or reference),
        }
        if batch:
            facts |= _shown(batch, plan, f"{at}", blobs)
        scenarios[name] = facts
    return {
        "version": __version__,
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
        "dates": stored.DATES,
        "mapped": [n for n in stored.MAPPED if n in reference.outcomes],
        "states_from_kept": {**stored.DATES, WORKING: WORKING_PREFIX},
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
        "kept": list(reference.kept),
        "ends": words.ends(),
        "levers": words.lever_facts(reference.manifest["scenario"]),
        "ways": [
            {"scenario": name, "beside": beside, "who": who, "words": text}
            for name, beside, who, text in words.WAYS_IN
            if {name, beside or name} <= set(scenarios)
        ],
        "counted_as": words.COUNTED_AS,
        "plausible": words.plausible_ranges(plausible, plan.runs),
        "scenarios": scenarios,
        "evidence": words.evidence(reference.evidence, seeds),
        "glossary": words.GLOSSARY,
        "identity": words.identity(reference.manifest, [b.name for b in plan.batches]),
        "engine": None,
    }


def _current(plan: Plan) -> dict[str, Any]:
    """Return what identifies runs that this engine would make."""
    scenario = load_scenario(ROOT, rules=plan.rules).in_world(plan.seeds)
    return Request(scenario, 1, plan.seed, plan.plausible).manifest()


def _repeats(batch: Batch, current: Mapping[str, Any]) -> bool:
    """Tell whether this engine repeats a batch's runs."""
    own = "plausible_sha256"
    return all(batch.manifest.get(key) == current.get(key) for key in RERUN) and (
        batch.manifest.get(own) in (None, current.get(own))
    )


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
    ends = {key: end["fields"] for key, end in words.ends().items()}
    return {
        "stored": parts,
        "runs": batch.runs,
        "fates": stored.fates(batch, ends),
        "answers": stored.answers(batch, other),
    }


def engine_facts(plan: Plan, blobs: dict[str, bytes], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what workers need to run histories; put module and arrays into `blobs`."""
    scenario = load_scenario(ROOT, rules=plan.rules).in_world(plan.seeds)
    ensemble = page_ensemble(scenario, plan.seed)
    by_state = state_ensemble(ensemble)
    varied = is_varied(plan.reference)
    keys, set_of, rows = words.plausible_facts(plan.plausible if varied else None, plan.runs)
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
            "fields": len(layout.fields),
            "actor_fields": len(layout.actor_fields),
            "vendor_fields": len(layout.vendor_fields),
            "vendors": len(layout.vendors),
            "kept_fields": len(layout.kept),
        },
        "parameter_bytes": ensemble.parameters.dtype.itemsize,
        "country_bytes": ensemble.world.countries.dtype.itemsize,
        "class_at": EIGHT_BYTES * column(ensemble.world.countries.dtype, "parameter_row"),
        "codes": list(ensemble.world.codes),
        "years": facts["years"],
        "fields": layout.fields,
        "actor_fields": layout.actor_fields,
        "vendor_fields": layout.vendor_fields,
        "vendors": layout.vendors,
        "kept": layout.kept,
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


def _first_of(outcome: Any, kind: str, ensemble: Ensemble) -> int:
    """Return where a kind's groups begin in the engine's sums; 0 where they are not summed."""
    cells = groups_of(outcome, kind, ensemble.layout) if outcome.of == "country" else None
    return cells.start if cells else 0
