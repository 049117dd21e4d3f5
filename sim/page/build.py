"""Putting a page together: one HTML file that shows results and runs the model, with no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim import __version__
from sim.engine.own.files import Mechanisms, load_rules
from sim.page import charts
from sim.page.contents import engine_facts, facts_of
from sim.page.plan import Plan, plan_page
from sim.page.shapes import shapes_text
from sim.page.webassembly import check_target
from sim.results.files import refuse_foreign_file, write_own
from sim.world.seeds import Seeds, seeds_from

RUNS, SEED = 100, 1
MARK = b'<meta name="generator" content="entrench '
"""Stands near the beginning of every page."""
WEB = Path(__file__).parent / "web"
SCRIPTS = (
    "data.js", "statistics.js", "parameters.js", "runs.js", "state.js", "targets.js",
    "scenario_file.js",
    "series.js", "chart.js", "table.js", "story.js", "answers.js", "controls.js",
    "events.js", "words.js", "main.js",
)  # fmt: skip
"""What the page runs, in order; together they are one script."""
WORKER = ("engine.js", "parameters.js", "worker.js")
"""What its workers run."""
LEVEL = 9
"""Of compression."""


def make_page(
    sources: Sequence[Any] = (),
    out: str | Path = "entrench.html",
    *,
    runs: int = RUNS,
    seed: int = SEED,
    point: bool = False,
    still: bool = False,
    mechanisms: Mechanisms = None,
    seeds: Seeds | Path | str | None = None,
    known: Path | str | None = None,
) -> Path:
    """Write a page that shows results and runs the model in the browser.

    Args:
        sources: Scenarios (names or files), which are run, and finished results: folders, or
            objects with a `folder`. The first is what others are compared with. None given: the
            baseline and the decisive ones.
        out: Path of the page.
        runs: Histories a scenario.
        seed: Seed of the draws.
        point: All histories with the schema's defaults, instead of the plausible sets.
        still: Leave the engine out: what is stored is shown, and nothing runs.
        mechanisms: Files of your own mechanisms; the page's engine has them too.
        seeds: Folder of seed tables of one's own, or seeds at hand; the shipped ones if None.
        known: Table of what is known, to which histories are held.

    Returns:
        The file.

    Raises:
        InputError: A source is wrong, sources do not go together, or the page cannot be made here.
        OSError: The file cannot be written.
    """
    path = Path(out)
    refuse_foreign_file(path)
    library = charts.library()
    if not still:
        check_target()
    if isinstance(sources, str | Path):
        sources = [sources]
    named = [str(getattr(source, "folder", source)) for source in sources]
    rules, world = load_rules(mechanisms), seeds_from(seeds, known)
    plan = plan_page(
        named, runs=runs, seed=seed, point=point, still=still, rules=rules, seeds=world
    )  # fmt: skip
    text = _assemble(plan, library)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_own(path, text.encode())
    return path


def _assemble(plan: Plan, library: Mapping[str, Any]) -> str:
    """Return the page's text."""
    blobs: dict[str, bytes] = {}
    facts = facts_of(plan, blobs)
    if not plan.still:
        facts["engine"] = engine_facts(plan, blobs, facts)
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
        "TITLE": html.escape(title),
        "STYLE": (WEB / "style.css").read_text(encoding="utf-8"),
        "BLOBS": "\n".join(_blob(name, data) for name, data in blobs.items()),
        "WORKER": "" if plan.still else _joined(WORKER),
        "SCRIPT": script,
    }
    page = (WEB / "page.html").read_text(encoding="utf-8")
    return re.sub(r"@@([A-Z]+)@@", lambda match: parts[match[1]], page)


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
    return f'<script type="text/plain" id="blob-{name}">{packed}</script>'
