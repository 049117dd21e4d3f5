"""What the page's workers need to run histories: the module, its arrays, and what lies where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import Ensemble, prepare, records
from sim.engine.chunk import AID, EIGHT_BYTES, Group, column, groups_of
from sim.engine.entry import SIZES, array_types, shape_of
from sim.engine.run import CONDITION_NUMBERS, arrays_of, output_shapes, place_of
from sim.page.contents import ROOT, PageContents, plausible_facts
from sim.page.stored import DATES, WORKING
from sim.page.webassembly import module
from sim.parameters import Outcome
from sim.rules import SHIPPED, Rules
from sim.scenario import Scenario, load_scenario
from sim.scenario.condition import is_askable
from sim.world.seeds import shipped_seeds

SUMMED = ("fields", "actor_fields", "vendor_fields", "vendors")
"""What the engine sums: names in a layout, in the page's facts, and among the loop's lengths."""
ALIGNED = 16
"""Arrays begin at multiples of so many bytes."""
NUMBERS = {"f": "f64", "i": "i64", "b": "bool"}
"""NumPy's kinds of number, by the names that the page's script uses."""


def engine_facts(
    page: PageContents, blobs: dict[str, bytes], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what workers need to run histories; put module and arrays into `blobs`."""
    scenario = load_scenario(ROOT, rules=page.rules).in_world(page.seeds)
    ensemble = page_ensemble(scenario, page.results.manifest["seed"])
    layouts = {"groups": ensemble, "states": with_each_country(ensemble)}
    keys, set_of, rows = plausible_facts(page.plausible, facts["more_runs"])
    arrays = arrays_of(ensemble)
    del arrays["cell_of"], arrays["groups_of_cell"]
    arrays |= {f"{name}.cell_of": each.cells.of_country for name, each in layouts.items()}
    arrays |= {f"{name}.groups_of_cell": each.cells.groups for name, each in layouts.items()}
    blobs["arrays"], index = pack(arrays)
    # Their digits take less room than their bytes; a column's resemble each other.
    blobs["sets"] = ",".join(map(repr, np.array(rows, np.float64).T.ravel().tolist())).encode()
    shape = shape_of(page.seeds or shipped_seeds())._replace(rules=page.rules)
    blobs["wasm"] = module(shape)
    layout, outcomes = ensemble.layout, page.results.outcomes
    summed = {name: getattr(layout, name) for name in SUMMED}
    return {
        "index": index,
        "places": places(page.rules),
        "sizes": list(SIZES),
        "arrays": list(array_types(shape)),
        "lengths": {
            "first_quarter": ensemble.first_quarter,
            "quarters": ensemble.quarters,
            "kept_quarters": len(layout.quarters),
            "rows": len(layout.countries),
            "cell_groups": ensemble.cells.groups.shape[1],
            "condition_numbers": CONDITION_NUMBERS,
            "years": len(layout.years),
            "panel_fields": len(layout.panel),
            **{name: len(fields) for name, fields in summed.items()},
        },
        "places_of_outcomes": {
            name: place_of(outcome, ensemble.world)
            for name, outcome in page.rules.register.items()
            if is_askable(outcome)
        },
        "parameter_bytes": ensemble.parameters.dtype.itemsize,
        "country_bytes": ensemble.world.countries.dtype.itemsize,
        "class_at": EIGHT_BYTES * column(ensemble.world.countries.dtype, "parameter_row"),
        "codes": list(ensemble.world.codes),
        **summed,
        "panel": layout.panel,
        "dates": list(DATES.values()),
        "working": WORKING,
        "members": [group.size for group in layout.groups],
        "set_keys": keys,
        "set_of": set_of,
        "layouts": {name: _sizes(each) for name, each in layouts.items()},
        "firsts": [
            _first_group(outcomes[part["outcome"]], part["kind"], ensemble)
            for part in facts["order"]
        ],
    }


def page_ensemble(scenario: Scenario, seed: int) -> Ensemble:
    """Return an ensemble that keeps what a page shows."""
    return prepare(scenario, seed).narrowed(("regime", "region", AID), yearly=True)


def with_each_country(ensemble: Ensemble) -> Ensemble:
    """Return an ensemble of the same runs in which every state is a group of its own."""
    layout = ensemble.layout
    states = len(layout.countries)
    groups = (layout.groups[0], *(Group("state", c.iso3, 1) for c in layout.countries))
    cell = np.arange(states)
    groups_of_cell = np.full((states, ensemble.cells.groups.shape[1]), len(groups))
    groups_of_cell[:, 0], groups_of_cell[:, 1] = 0, cell + 1
    cells = replace(ensemble.cells, of_country=cell[np.newaxis], groups=groups_of_cell)
    return replace(ensemble, layout=replace(layout, groups=groups), cells=cells)


def pack(arrays: Mapping[str, NDArray[Any]]) -> tuple[bytes, dict[str, dict[str, Any]]]:
    """Put arrays into one block.

    Returns:
        The bytes; and where each array begins, its size in bytes, and its shape, by name.
    """
    data = bytearray()
    index: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        index[name] = {"at": len(data), "bytes": array.nbytes, "shape": list(array.shape)}
        data += array.tobytes() + bytes(-array.nbytes % ALIGNED)
    return bytes(data), index


def places(rules: Rules = SHIPPED) -> dict[str, tuple[int, str]]:
    """Return where each parameter lies in a period's record, in bytes, and its kind, by path.

    What sections derive from their own values is not among them: the loop's entry computes it.
    """
    offsets = {}
    fields: Any = records.parameter_type(rules).fields
    for name, section in rules.sections.items():
        kind, start = fields[name][:2]
        for key in section.model_fields:
            field, offset = kind.fields[key][:2]
            offsets[f"{name}.{key}"] = (start + offset, NUMBERS[field.kind])
    return offsets


def _sizes(ensemble: Ensemble) -> dict[str, Any]:
    """Return how many cells and groups there are, and numbers in each of the loop's outputs."""
    shapes = output_shapes(ensemble.layout, 1)
    return {
        "cells": len(ensemble.cells.groups),
        "divisions": len(ensemble.cells.of_country),
        "groups": len(ensemble.layout.groups),
        "sizes": {name: math.prod(shape) for name, shape in shapes.items()},
    }


def _first_group(outcome: Outcome, kind: str, ensemble: Ensemble) -> int:
    """Return where a kind's groups begin in the engine's sums; 0 where they are not summed."""
    cells = groups_of(outcome, kind, ensemble.layout) if outcome.of == "country" else None
    return cells.start if cells else 0
