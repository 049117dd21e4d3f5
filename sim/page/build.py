"""Putting a page together: one HTML file that shows results and runs the model, with no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim import __version__
from sim.batch.ensemble import Request
from sim.errors import InputError
from sim.page import charts, stored, words
from sim.page.batches import SHOWN_KINDS, Batch, page_ensemble, read_batch, run_batch, state_ensemble
from sim.page.inputs import arrays_of, pack, places, sizes_of
from sim.page.shapes import dots, shapes_text
from sim.page.webassembly import POINTERS, SIZES, module
from sim.engine import Ensemble
from sim.results.files import whole_file
from sim.results.outcomes import groups_of
from sim.results.store import MANIFEST
from sim.scenario import Scenario, list_scenarios, load_scenario
from sim.scenario.plausible import PlausibleSets, shipped_plausible
from sim.world.seeds import shipped_seeds

ROOT = "baseline"
"""The scenario that written files extend where theirs is not a shipped one."""
DECISIVE = (
    ROOT,
    "offer-withdrawn-2030",
    "no-exit-cost",
    "no-maintenance-contracts",
    "western-counter-offer",
    "open-standards",
)
"""What a page shows if nothing is named."""
RUNS, SEED = 100, 1
OUTCOME = stored.WORKING
"""Outcome that is shown first."""
WEB = Path(__file__).parent / "web"
SCRIPTS = (
    "data.js", "statistics.js", "parameters.js", "runs.js", "state.js", "scenario_file.js",
    "series.js", "chart.js", "table.js", "story.js", "answers.js", "controls.js", "main.js",
)  # fmt: skip
"""What the page runs, in order; together they are one script."""
WORKER = ("engine.js", "parameters.js", "worker.js")
"""What its workers run."""
LEVEL = 9
"""Of compression."""

GLOSSARY = {
    "history": "One run of the model from 2000 on, with its own luck and its own plausible set of"
    " assumptions. All numbers here are means or shares over many histories.",
    "band": "The range that holds 90 of 100 histories. It holds chance and what the evidence leaves"
    " open about the model's numbers.",
    "observer": "The part of the model that records what happens as real sources would: some of it"
    " is missed.",
    "paired difference": "Each history is compared with the history of the same luck and the same"
    " assumptions in the other scenario, so that only the change differs.",
    "trained": "Police of the state have attended a course held or paid for by China.",
    "adopted": "The state has bought a surveillance system from a Chinese vendor at least once.",
    "working": "A Chinese system is installed and not more than partly dark.",
    "regime": "The Economist Intelligence Unit's four classes of 2024, from full democracy to"
    " authoritarian; for states that it does not rate, an estimate.",
    "calibrated": "Set so that the model agrees with published figures; many sets of numbers do,"
    " and each history takes one of them.",
    "held out": "A published figure that was not used to tune the model, kept to test it.",
}
"""Words that the page uses and no register defines."""


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
        point: Whether the reference's runs all have the schema's defaults.
    """

    batches: list[Batch]
    definitions: dict[str, Mapping[str, Any]]
    shipped: frozenset[str]
    runs: int
    seed: int
    still: bool

    @property
    def reference(self) -> Batch:
        """What others are compared with."""
        return self.batches[0]


def make_page(
    sources: Sequence[str | Path] = (),
    out: str | Path = "entrench.html",
    *,
    runs: int = RUNS,
    seed: int = SEED,
    point: bool = False,
    still: bool = False,
) -> Path:
    """Write a page that shows results and runs the model in the browser.

    Args:
        sources: Scenarios (names or files), which are run, and finished results folders; the
            first is what others are compared with. None: the baseline and the decisive ones.
        out: The file.
        runs: Histories a scenario.
        seed: Seed of the draws.
        point: All histories with the schema's defaults, instead of the plausible sets.
        still: Leave the engine out: what is stored is shown, and nothing runs.

    Returns:
        The file.

    Raises:
        InputError: A source is wrong, sources do not go together, or the page cannot be made here.
        OSError: The file cannot be written.
    """
    path = Path(out)
    if path.is_dir():
        raise InputError(f"--out {path} is a folder, not a file")
    library = charts.library()
    plan = _plan([str(s) for s in sources] or list(DECISIVE), runs, seed, point, still)
    text = _assemble(plan, library)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.encode())
    return path


def _plan(sources: list[str], runs: int, seed: int, point: bool, still: bool) -> Plan:
    plausible = None if point else shipped_plausible()
    batches: list[Batch] = []
    scenarios: dict[str, Scenario] = {}
    for source in sources:
        if (Path(source) / MANIFEST).is_file():
            batches.append(read_batch(Path(source)))
        else:
            loaded = load_scenario(source)
            scenarios[loaded.name] = loaded
            request = Request(loaded, runs, seed, plausible)
            states = [n for n in stored.MAPPED if n not in (*stored.DATES, stored.WORKING)]
            batches.append(run_batch(request, states=states))
    _check_together(batches)
    definitions = {batch.name: batch.manifest["scenario"] for batch in batches}
    shipped = set()
    for listing in list_scenarios():
        loaded = load_scenario(listing.name)
        described = loaded.to_dict()
        shown = definitions.get(listing.name)
        if shown is None and not still and described["horizon"] == _horizon(batches[0]):
            definitions[listing.name] = described
        if shown is None or _meaning(shown) == _meaning(described):
            shipped.add(listing.name)
    first = batches[0]
    return Plan(
        batches, definitions, frozenset(shipped), min(first.runs, runs),
        int(first.manifest["seed"]), still,
    )  # fmt: skip


def _check_together(batches: list[Batch]) -> None:
    """Raise InputError for batches that cannot stand in one page."""
    first, problems = batches[0], []
    names = [batch.name for batch in batches]
    for name in dict.fromkeys(n for n in names if names.count(n) > 1):
        problems.append(f"two sources are called {name!r}; a page shows each scenario once")
    for batch in batches[1:]:
        if batch.years != first.years:
            problems.append(
                f"{batch.name} covers {batch.years[0]}-{batch.years[-1]}, {first.name} "
                f"{first.years[0]}-{first.years[-1]}; scenarios of a page share their years"
            )
        if set(batch.values) != set(first.values):
            problems.append(f"{batch.name} and {first.name} do not keep the same outcomes")
        if batch.manifest["seed"] != first.manifest["seed"]:
            problems.append(
                f"{batch.name} has seed {batch.manifest['seed']}, {first.name} "
                f"{first.manifest['seed']}; differences are taken between runs of one seed"
            )
    if problems:
        raise InputError(problems)


def _horizon(batch: Batch) -> Any:
    return batch.manifest["scenario"]["horizon"]


def _meaning(described: Mapping[str, Any]) -> str:
    facts = words.scenario_facts(described)
    return json.dumps([facts["horizon"], facts["fixed"], facts["events"]], sort_keys=True)


def _assemble(plan: Plan, library: Mapping[str, Any]) -> str:
    """Return the page's text."""
    blobs: dict[str, bytes] = {}
    facts = _facts(plan, blobs)
    if not plan.still:
        facts["engine"] = _engine(plan, blobs, facts)
    vega = library["vega"] + ';window.dispatchEvent(new Event("vega"));'
    blobs["vega"] = vega.encode()
    blobs["specs"] = json.dumps({"curve": library["curve"], "map": library["map"]}).encode()
    blobs["shapes"] = shapes_text().encode()
    blobs["facts"] = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    script = _joined(SCRIPTS)
    title = plan.definitions[plan.reference.name]["title"]
    parts = {
        "POLICY": _policy(script, vega),
        "VERSION": __version__,
        "TITLE": _escaped(title),
        "STYLE": (WEB / "style.css").read_text(encoding="utf-8"),
        "BLOBS": "\n".join(_blob(name, data) for name, data in blobs.items()),
        "WORKER": "" if plan.still else _joined(WORKER),
        "SCRIPT": script,
    }
    page = (WEB / "page.html").read_text(encoding="utf-8")
    return re.sub(r"@@([A-Z]+)@@", lambda found: parts[found[1]], page)


def _facts(plan: Plan, blobs: dict[str, bytes]) -> dict[str, Any]:
    """Return all that the page knows in words and numbers, and add the stored series."""
    reference, seeds = plan.reference, shipped_seeds()
    sections = reference.manifest["scenario"]["sections"]
    order, cell = [], 0
    for outcome, kind in stored.series_order(reference):
        count = len(reference.groups[kind])
        count = reference.values[outcome, kind].shape[2]
        order.append({"outcome": outcome, "kind": kind, "cell": cell, "count": count})
        cell += count
    years = len(reference.years)
    for part in order:
        part["offset"] = part["cell"] * years
    plausible = shipped_plausible() if _is_varied(reference) else None
    scenarios = {}
    for at, (name, described) in enumerate(plan.definitions.items()):
        facts = words.scenario_facts(described)
        batch = next((b for b in plan.batches if b.name == name), None)
        facts |= {
            "shipped": name in plan.shipped,
            "live": not plan.still and _same_rules(batch, plan),
            "point": not _is_varied(batch or reference),
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
        "recent": stored.RECENT,
        "ahead": stored.AHEAD,
        "keep": stored.KEEP,
        "offer": stored.OFFER,
        "dates": stored.DATES,
        "mapped": [n for n in stored.MAPPED if n in reference.outcomes],
        "states_from_kept": {**stored.DATES, stored.WORKING: "working_years"},
        "schema": words.schema(),
        "outcomes": words.outcome_facts(reference.outcomes),
        "order": order,
        "groups": reference.groups,
        "looks": words.looks(),
        "palette": words.palette(),
        "sequential": words.SEQUENTIAL,
        "diverging": words.DIVERGING,
        "states": words.states(seeds),
        "dots": dots(seeds),
        "kept": list(reference.kept),
        "ends": words.ends(),
        "levers": words.lever_facts(reference.manifest["scenario"]),
        "ways": [
            {"kind": kind, "scenario": name, "words": text}
            for kind, name, text in words.WAYS_IN
            if name in scenarios and (not plan.still or "stored" in scenarios[name])
        ],
        "plausible": words.plausible_ranges(plausible, plan.runs),
        "scenarios": scenarios,
        "evidence": words.evidence(reference.evidence, seeds),
        "glossary": GLOSSARY,
        "identity": words.identity(reference.manifest, [b.name for b in plan.batches]),
        "sections": len(sections),
        "engine": None,
    }


def _is_varied(batch: Batch) -> bool:
    return "plausible_sha256" in batch.manifest


def _same_rules(batch: Batch | None, plan: Plan) -> bool:
    """Tell whether this engine repeats a batch's runs."""
    now = Request(load_scenario(ROOT), 1, plan.seed, shipped_plausible()).manifest()
    keys = ("rules", "data")
    if batch is None:
        return _same_rules(plan.reference, plan)
    sets = batch.manifest.get("plausible_sha256")
    return all(batch.manifest[k] == now[k] for k in keys) and sets in (
        None,
        now.get("plausible_sha256"),
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


def _engine(plan: Plan, blobs: dict[str, bytes], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what workers need to run histories, and add module and arrays."""
    ensemble = page_ensemble(load_scenario(ROOT), plan.seed)
    by_state = state_ensemble(ensemble)
    varied = _is_varied(plan.reference)
    keys, set_of, rows = words.plausible_facts(shipped_plausible() if varied else None, plan.runs)
    arrays = arrays_of(ensemble)
    layouts = {"groups": ensemble, "states": by_state}
    for name in ("cell_of", "cell_groups"):
        del arrays[name]
        for layout, one in layouts.items():
            arrays[f"{layout}.{name}"] = arrays_of(one)[name]
    arrays["sets"] = np.array(rows, np.float64)
    block = pack(arrays)
    blobs["arrays"] = block.data
    blobs["wasm"] = module(ensemble.world)
    layout, outcomes = ensemble.layout, plan.reference.outcomes
    names = list(outcomes)
    return {
        "index": block.index,
        "places": places(),
        "defaults": {
            f"{section['name']}.{key}": field["default"]
            for section in facts["schema"]
            for key, field in section["keys"].items()
        },
        "arguments": [*SIZES, *POINTERS],
        "parameter_bytes": ensemble.parameters.dtype.itemsize,
        "first_quarter": ensemble.first_quarter,
        "quarters": ensemble.quarters,
        "years": facts["years"],
        "rows": len(layout.countries),
        "fields": list(layout.fields),
        "actor_fields": list(layout.actor_fields),
        "vendor_fields": list(layout.vendor_fields),
        "vendors": list(layout.vendors),
        "kept": list(layout.kept),
        "sizes": [group.size for group in layout.groups],
        "set_keys": keys,
        "set_of": set_of,
        "layouts": {
            name: {
                "cells": len(one.cells.groups),
                "groups": len(one.layout.groups),
                "sizes": sizes_of(one),
            }
            for name, one in layouts.items()
        },
        "cells": sum(part["count"] for part in facts["order"]) * len(facts["years"]),
        "outcomes": {o["name"]: o for o in facts["outcomes"]},
        "order": [
            {
                "outcome": part["outcome"],
                "kind": part["kind"],
                "first": _first_of(outcomes[part["outcome"]], part["kind"], ensemble),
                "count": part["count"],
            }
            for part in facts["order"]
            if part["outcome"] in names
        ],
    }


def _first_of(outcome: Any, kind: str, ensemble: Ensemble) -> int:
    """Return where a kind's groups begin in the engine's sums; 0 where they are not summed."""
    found = groups_of(outcome, kind, ensemble.layout) if outcome.of == "country" else None
    return found.start if found else 0


def _joined(names: Sequence[str]) -> str:
    text = "\n".join((WEB / name).read_text(encoding="utf-8") for name in names)
    return f'"use strict";\n{text}'


def _policy(*scripts: str) -> str:
    """Return the policy: nothing from anywhere but these scripts, and workers made of them."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} 'wasm-unsafe-eval' blob:; worker-src blob:; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _blob(name: str, data: bytes) -> str:
    # Without a time stamp, so that the same page has the same bytes.
    packed = base64.b64encode(gzip.compress(data, LEVEL, mtime=0)).decode()
    return f'<script type="text/plain" id="{name}">{packed}</script>'


def _escaped(text: str) -> str:
    import html

    return html.escape(text)
