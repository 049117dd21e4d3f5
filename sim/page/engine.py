"""What the page's workers need to run histories: the module, its arrays, and what lies where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import Ensemble, prepare, records
from sim.engine.chunk import AID, EIGHT_BYTES, column, groups_of
from sim.engine.entry import ARRAYS, SIZES, array_types, shape_of
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
    keys, set_of, rows = plausible_facts(page.plausible, facts["more_runs"])
    arrays = arrays_of(ensemble)
    blobs["arrays"], index = pack(arrays)
    # Their digits take less room than their bytes; a column's resemble each other.
    blobs["sets"] = ",".join(map(repr, np.array(rows, np.float64).T.ravel().tolist())).encode()
    shape = shape_of(page.seeds or shipped_seeds())._replace(rules=page.rules)
    blobs["wasm"] = module(shape)
    layout, outcomes = ensemble.layout, page.results.outcomes
    outputs = output_shapes(layout, 1)
    lengths = {"first_quarter": layout.start, "sets": 1}
    lengths["condition_numbers"] = CONDITION_NUMBERS
    for name, of in ({n: array.shape for n, array in arrays.items()} | outputs).items():
        lengths |= zip(ARRAYS[name][1].split(", "), of, strict=True)
    summed = {name: getattr(layout, name) for name in SUMMED}
    return {
        "index": index,
        "places": places(page.rules),
        "sizes": list(SIZES),
        "arrays": list(array_types(shape)),
        "lengths": lengths,
        "places_of_outcomes": {
            name: place_of(outcome, ensemble.world)
            for name, outcome in page.rules.register.items()
            if is_askable(outcome)
        },
        "defaults": {
            f"{section['name']}.{key}": field["default"]
            for section in facts["schema"]
            for key, field in section["keys"].items()
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
        "outputs": {name: math.prod(of) for name, of in outputs.items()},
        "firsts": {
            name: [_first_group(outcomes[name], part["kind"], ensemble) for part in row["parts"]]
            for row in facts["outcomes"]
            for name in (row["name"],)
        },
    }


def page_ensemble(scenario: Scenario, seed: int) -> Ensemble:
    """Return an ensemble that keeps what a page shows."""
    return prepare(scenario, seed).narrowed(("regime", "region", AID), yearly=True)


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


def _first_group(outcome: Outcome, kind: str, ensemble: Ensemble) -> int:
    """Return where a kind's groups begin in the engine's sums; 0 where they are not summed."""
    cells = groups_of(outcome, kind, ensemble.layout) if outcome.of == "country" else None
    return cells.start if cells else 0
