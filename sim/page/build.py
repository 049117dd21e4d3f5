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
from typing import Any, Unpack

from sim import __version__
from sim.figures.map import SHAPES_FILE
from sim.page import charts
from sim.page.contents import PageContents, contents_of, page_facts
from sim.page.engine import engine_facts
from sim.page.webassembly import check_target
from sim.results.store import refuse_foreign_file, whole_file
from sim.studies.sources import RunOptions, Source, is_folder
from sim.world.locate import find_data_folder

MARK = b'<meta name="generator" content="entrench'
"""What a page has in its head."""
RUNS = 128
"""Runs if none are asked for: a browser repeats them for every change."""
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


def make_page(
    *sources: Source,
    to: str | Path = "entrench.html",
    still: bool = False,
    **options: Unpack[RunOptions],
) -> Path:
    """Write a page that shows results and runs the model in the browser.

    Args:
        *sources: Scenarios and results folders; the first is what others are compared with. None:
            the baseline and the decisive scenarios.
        to: Path of the page.
        still: Leave the engine out: what is stored is shown, and nothing runs.
        **options: See :class:`sim.studies.sources.RunOptions`; 128 runs if not given.

    Returns:
        The file.

    Raises:
        InputError: A source is wrong, or the runs cannot be paired.
        OSError: The file cannot be written.
    """
    path = Path(to)
    refuse_foreign_file(path, MARK)
    library = charts.library()
    if not still:
        check_target()
    if options.get("runs") is None and not any(map(is_folder, sources)):
        options["runs"] = RUNS
    page = contents_of(sources, still=still, options=options)
    text = _assemble(page, library)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.encode())
    return path


def _assemble(page: PageContents, library: Mapping[str, Any]) -> str:
    """Return the page's text."""
    blobs: dict[str, bytes] = {}
    facts = page_facts(page, blobs)
    if not page.still:
        facts["engine"] = engine_facts(page, blobs, facts)
    vega = library["vega"] + ';window.dispatchEvent(new Event("vega"));'
    blobs["vega"] = vega.encode()
    blobs["specs"] = json.dumps({"curve": library["curve"], "map": library["map"]}).encode()
    blobs["shapes"] = (find_data_folder("shapes") / SHAPES_FILE).read_bytes()
    blobs["facts"] = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    script = _joined(SCRIPTS)
    title = page.reference.scenario["title"]
    parts = {
        "POLICY": _policy(script, vega),
        "VERSION": __version__,
        "TITLE": html.escape(title),
        "STYLE": (WEB / "style.css").read_text(encoding="utf-8"),
        "BLOBS": "\n".join(_blob(name, data) for name, data in blobs.items()),
        "WORKER": "" if page.still else _joined(WORKER),
        "SCRIPT": script,
    }
    frame = (WEB / "page.html").read_text(encoding="utf-8")
    return re.sub(r"@@([A-Z]+)@@", lambda match: parts[match[1]], frame)


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
    packed = base64.b64encode(gzip.compress(data, mtime=0)).decode()
    return f'<script type="text/plain" id="blob-{name}">{packed}</script>'
