"""One HTML file that shows results and runs the model, without a network; see docs/results.md."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from sim.arguments import without
from sim.page.contents import WEB, WORDS, PageContents, as_json, contents_of, outlines, page_facts
from sim.page.findings import allies, real_systems, stairs, survival
from sim.page.webassembly import check_target, engine_facts
from sim.runs.store import refuse_foreign_file, whole_file
from sim.studies.sources import RunOptions, Source, is_finished
from sim.world.fate_statistics import courses
from sim.world.fates import shipped_record
from sim.world.seeds import DOCUMENTED

MARK = re.compile(rb'(<meta name="generator" content="entrench [^"]*" data-sha256=")[0-9a-f]*')
# A browser repeats them for every change.
RUNS = 512
# Value of `known` for runs without documented decisions.
NOTHING = "nothing"
PAGE, WORKER = "main.js", "worker.js"
FONTS = Path(__file__).parents[1] / "fonts"
TYPEFACES = (
    ("Entrench Serif", "600", "serif-600.woff2"),
    ("Entrench Sans", "400 700", "sans-var.woff2"),
)
IMPORT = re.compile(r'^import [^;]*? from "\./(\w+\.js)";\n', re.MULTILINE)


@without("countries")
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
        **options: See :class:`sim.studies.sources.RunOptions`; by default 512 runs with the
            documented contracts. Another table or `nothing` as `known`, or your own input tables,
            replace these contracts.

    Raises:
        InputError: A source is wrong, or the runs cannot be paired.
        OSError: The file cannot be written.

    Examples:
        >>> sim.make_page("baseline", to="page.html", still=True, runs=2).name
        'page.html'
    """
    path = Path(to)
    refuse_foreign_file(path, lambda page: bool(MARK.search(page)) and _marked(page) == page)
    if not still:
        check_target()
    if not any(map(is_finished, sources)):
        if options.get("runs") is None:
            options["runs"] = RUNS
        if options.get("known") is None and options.get("data") is None:
            options["known"] = DOCUMENTED
    if str(options.get("known")) == NOTHING:
        options["known"] = None
    page = contents_of(sources, still=still, options=options)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(_marked(_assemble(page).encode()))
    return path


def _marked(page: bytes) -> bytes:
    digest = hashlib.sha256(MARK.sub(rb"\1", page, count=1)).hexdigest()
    return MARK.sub(rb"\g<1>" + digest.encode(), page, count=1)


def _assemble(page: PageContents) -> str:
    blobs: dict[str, bytes] = {}
    curves, ends = survival(page.results)
    facts = page_facts(page, blobs) | {"survival": curves}
    if page.live:
        facts["engine"] = engine_facts(page, blobs, facts)
    blobs["shapes"] = outlines().encode()
    blobs["facts"] = as_json(facts)
    script = bundle(PAGE)
    parts = {
        **texts(page, facts, ends),
        "POLICY": _policy(script),
        "VERSION": facts["version"],
        "TITLE": html.escape(page.reference.description["title"]),
        "STYLE": typefaces() + (WEB / "style.css").read_text(encoding="utf-8"),
        "BLOBS": "\n".join(_blob(name, data) for name, data in blobs.items()),
        "WORKER": bundle(WORKER) if page.live else "",
        "SCRIPT": script,
    }
    frame = (WEB / "page.html").read_text(encoding="utf-8")
    return re.sub(r"@@([A-Z]+)@@", lambda match: parts[match[1]], frame)


def bundle(entry: str) -> str:
    """Return a module and its imports as one script, each after its own imports."""
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
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' 'wasm-unsafe-eval' blob:; "
        "worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def typefaces() -> str:
    return "".join(
        f'@font-face{{font-family:"{name}";font-weight:{weights};font-display:swap;src:url('
        f"data:font/woff2;base64,{base64.b64encode((FONTS / file).read_bytes()).decode()}"
        ")}\n"
        for name, weights, file in TYPEFACES
    )


def _blob(name: str, data: bytes) -> str:
    # Without a time stamp, so that the same page has the same bytes.
    packed = base64.b64encode(gzip.compress(data, mtime=0)).decode()
    return f'<script type="text/plain" id="blob-{name}">{packed}</script>'


def texts(page: PageContents, facts: Mapping[str, Any], ends: Sequence[str]) -> dict[str, str]:
    # These parts can be read without JavaScript.
    sections = {
        "STAYS": stairs(page),
        "ALLIES": allies(page),
        "REAL": real_systems(page.results.n_runs, ends),
    }
    ways = {name: words for name, words in WORDS["ways"].items() if sections.get(name.upper(), "-")}
    return {
        "WAYS": "".join(f'<li><a href="#{name}">{words}</a></li>' for name, words in ways.items()),
        **sections,
        "KNOWN": _known(facts),
        "EVIDENCE": "".join(f"<p>{text}</p>" for text in facts["evidence_notes"]),
        "LIMITS": "".join(f"<li>{text}</li>" for text in facts["limits"]),
        "CHANGED": "".join(f"<li>{text}</li>" for text in facts["changed"]),
        "GLOSSARY": _terms(facts["glossary"], "word"),
        "IDENTITY": _terms(facts["identity"], "fact"),
        "MADE": f"{html.escape(facts['made'])}, version {html.escape(facts['version'])}",
    }


def _terms(texts: Mapping[str, str], prefix: str) -> str:
    return "".join(
        f'<dt id="{prefix}-{word.replace(" ", "-")}">{html.escape(word)}</dt>'
        f"<dd>{html.escape(text)}</dd>"
        for word, text in texts.items()
    )


def _known(facts: Mapping[str, Any]) -> str:
    systems = courses(shipped_record())
    figures = {"systems": str(len(systems)), "systems_ended": str(systems["end"].notna().sum())}
    for row in facts["evidence"]:
        figures[row["target"]] = f"{row['observed']:.0f}"
        figures[f"{row['target']}_recorded"] = "–" if row["mean"] is None else f"{row['mean']:.0f}"
    for section in facts["schema"]:
        for key, field in section["keys"].items():
            grade = field["evidence"]
            figures[f"{section['name']}_{key}"] = "●" * grade + "○" * (3 - grade)
    return "".join(
        f"<div><h3>{title}</h3><ul>"
        + "".join(f"<li>{html.escape(line.format_map(figures))}</li>" for line in lines)
        + "</ul></div>"
        for title, lines in facts["known"]
    )
