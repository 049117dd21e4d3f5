"""Putting a page together: one HTML file that shows results and runs the model, with no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
from pathlib import Path
from typing import Unpack

from sim import __version__
from sim.page.contents import WEB, PageContents, as_json, contents_of, outlines, page_facts
from sim.page.engine import engine_facts
from sim.page.first_screen import first_screen
from sim.page.webassembly import check_target
from sim.results.store import refuse_foreign_file, whole_file
from sim.studies.sources import RunOptions, Source, is_finished
from sim.world.seeds import DOCUMENTED

MARK = b'<meta name="generator" content="entrench'
"""What a page has in its head."""
RUNS = 128
"""Runs if none are asked for: a browser repeats them for every change."""
FREE = "nothing"
"""What `known` may be so that runs are held to nothing."""
PAGE, WORKER = "main.js", "worker.js"
"""The modules that the page, and its workers, begin with."""
IMPORT = re.compile(r'^import [^;]*? from "\./(\w+\.js)";\n', re.MULTILINE)


def make_page(
    *sources: Source,
    to: str | Path = "entrench.html",
    still: bool = False,
    **options: Unpack[RunOptions],
) -> Path:
    """Write a page that shows results and runs the model in the browser.

    Args:
        *sources: Scenarios and results folders; the first is the reference. None:
            the baseline and the decisive scenarios.
        to: Path of the page.
        still: Leave the engine out: stored results are shown, and nothing runs.
        **options: See :class:`sim.studies.sources.RunOptions`; 128 runs if not given, with the
            documented contracts imposed unless `known` is another table, or `nothing`, or input
            tables are one's own.

    Returns:
        The file.

    Raises:
        InputError: A source is wrong, or the runs cannot be paired.
        OSError: The file cannot be written.
    """
    path = Path(to)
    refuse_foreign_file(path, MARK)
    if not still:
        check_target()
    if not any(map(is_finished, sources)):
        if options.get("runs") is None:
            options["runs"] = RUNS
        if options.get("known") is None and options.get("seeds") is None:
            options["known"] = DOCUMENTED
    if str(options.get("known")) == FREE:
        options["known"] = None
    page = contents_of(sources, still=still, options=options)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(_assemble(page).encode())
    return path


def _assemble(page: PageContents) -> str:
    """Return the page's text."""
    blobs: dict[str, bytes] = {}
    facts = page_facts(page, blobs)
    if not page.still:
        facts["engine"] = engine_facts(page, blobs, facts)
    blobs["shapes"] = outlines().encode()
    blobs["facts"] = as_json(facts)
    script = bundle(PAGE)
    parts = {
        **first_screen(page, facts),
        "POLICY": _policy(script),
        "VERSION": __version__,
        "TITLE": html.escape(page.reference.scenario["title"]),
        "STYLE": (WEB / "style.css").read_text(encoding="utf-8"),
        "BLOBS": "\n".join(_blob(name, data) for name, data in blobs.items()),
        "WORKER": "" if page.still else bundle(WORKER),
        "SCRIPT": script,
    }
    frame = (WEB / "page.html").read_text(encoding="utf-8")
    return re.sub(r"@@([A-Z]+)@@", lambda match: parts[match[1]], frame)


def bundle(entry: str) -> str:
    """Return a module and all that it imports as one script, each after what it imports."""
    joined: dict[str, str] = {}

    def add(name: str) -> None:
        text = (WEB / name).read_text(encoding="utf-8")
        for imported in IMPORT.findall(text):
            if imported not in joined:
                add(imported)
        joined[name] = re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.MULTILINE)

    add(entry)
    return "\n".join(['"use strict";', *joined.values()])


def _policy(script: str) -> str:
    """Return the policy: nothing from anywhere but this script, and workers made by it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' 'wasm-unsafe-eval' blob:; "
        "worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
        "form-action 'none'"
    )


def _blob(name: str, data: bytes) -> str:
    # Without a time stamp, so that the same page has the same bytes.
    packed = base64.b64encode(gzip.compress(data, mtime=0)).decode()
    return f'<script type="text/plain" id="blob-{name}">{packed}</script>'
