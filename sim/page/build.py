"""Putting a page together: one HTML file that shows results and runs the model, with no network.

The first screen can be read without JavaScript: question, answer, bars and what is known. The
page's scripts say the same with the same words (`web/words.json`), once they run.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from sim import __version__
from sim.page.contents import WEB, WORDS, PageContents, as_json, contents_of, outlines, page_facts
from sim.page.stored import WORKING, Batch
from sim.page.webassembly import check_target, engine_facts
from sim.results.bands import band
from sim.results.store import refuse_foreign_file, whole_file
from sim.studies.retention import OFFERING
from sim.studies.sources import RunOptions, Source, is_finished
from sim.units import PERCENT, QUARTERS, WORLD
from sim.world.seeds import DOCUMENTED

MARK = re.compile(rb'(<meta name="generator" content="entrench [^"]*" data-sha256=")[0-9a-f]*')
"""What a page has in its head: a digest of the page without that digest."""
RUNS = 128
"""Runs if none are asked for: a browser repeats them for every change."""
NOTHING = "nothing"
"""What `known` may be so that runs are held to nothing."""
PAGE, WORKER = "main.js", "worker.js"
"""The modules that the page, and its workers, begin with."""
NEAR, EDGE = 0.03, 0.05
"""How far words may be from a share; how near nothing and all have words of their own."""
FREE = "offer-withdrawn-no-exit-cost"
"""The scenario in which leaving is free, too."""
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
    refuse_foreign_file(path, lambda page: bool(MARK.search(page)) and _marked(page) == page)
    if not still:
        check_target()
    if not any(map(is_finished, sources)):
        if options.get("runs") is None:
            options["runs"] = RUNS
        if options.get("known") is None and options.get("seeds") is None:
            options["known"] = DOCUMENTED
    if str(options.get("known")) == NOTHING:
        options["known"] = None
    page = contents_of(sources, still=still, options=options)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(_marked(_assemble(page).encode()))
    return path


def _marked(page: bytes) -> bytes:
    """Return a page with its digest."""
    digest = hashlib.sha256(MARK.sub(rb"\1", page, count=1)).hexdigest()
    return MARK.sub(rb"\g<1>" + digest.encode(), page, count=1)


def _assemble(page: PageContents) -> str:
    """Return the page's text."""
    blobs: dict[str, bytes] = {}
    facts = page_facts(page, blobs)
    if page.live:
        facts["engine"] = engine_facts(page, blobs, facts)
    blobs["shapes"] = outlines().encode()
    blobs["facts"] = as_json(facts)
    script = bundle(PAGE)
    parts = {
        **first_screen(page, facts),
        "POLICY": _policy(script),
        "VERSION": __version__,
        "TITLE": html.escape(page.reference.description["title"]),
        "STYLE": (WEB / "style.css").read_text(encoding="utf-8"),
        "BLOBS": "\n".join(_blob(name, data) for name, data in blobs.items()),
        "WORKER": bundle(WORKER) if page.live else "",
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


def first_screen(page: PageContents, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts of the frame that can be read without JavaScript."""
    batches = {batch.name: batch for batch in page.batches}
    shown = batches[facts["first"]]
    answer, detail = _answer(page, shown, facts)
    return {
        "ANSWER": answer,
        "DETAIL": detail,
        **{part.upper(): facts["sentences"][part] for part in ("rests", "measure", "fits")},
        "BARS": _bars(page, shown, facts),
        "KNOWN": _known(facts),
        "EVIDENCE": "".join(f"<p>{text}</p>" for text in facts["evidence_notes"]),
        "LIMITS": "".join(f"<li>{text}</li>" for text in facts["limits"]),
        "GLOSSARY": _terms(facts["glossary"], "word"),
        "IDENTITY": _terms(facts["identity"], "fact"),
        "MADE": f"{html.escape(facts['made'])}, version {html.escape(facts['version'])}",
    }


def in_words(share: float) -> str:
    """Return a share as people say it: about 3 in 4."""
    if share > 1 - EDGE:
        return "nearly all"
    if share < EDGE:
        return "fewer than 1 in 20"
    count, of = min(WORDS["fractions"], key=lambda pair: abs(pair[0] / pair[1] - share))
    if abs(count / of - share) <= NEAR:
        return f"about {count} in {of}"
    return f"{int(PERCENT * share + 0.5)}%"


def _answer(page: PageContents, shown: Batch, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the answer and its range."""
    words = facts["sentences"]
    left = _left(facts, shown.name)
    if shown.since is not None and left.size:
        mean, low, high = (f"{PERCENT * x:.0f}" for x in band(left))
        answer = words["stays"].format(
            when=_when(shown), share=f"<b>{in_words(left.mean())}</b>",
            years=f"{facts['keep']} years",
        )  # fmt: skip
        if shown.name not in WORDS["short"]:
            answer = (
                words["scenario"].format(title=html.escape(shown.description["title"])) + answer
            )
        return answer, words["left"].format(mean=mean, low=low, high=high)
    mean, low, high = (f"{x:.0f}" for x in band(shown.values[WORKING, WORLD][:, -1, 0]))
    answer = words["level"].format(
        year=facts["years"][-1], size=f"<b>{mean}</b>", all=len(facts["states"])
    )
    return answer, words["levels"].format(low=low, high=high)


def _when(shown: Batch) -> str:
    """Return when the offer ends for all countries, in words; as in `web/words.js`."""
    events = [e for e in shown.events if e.scope is None and e.sets.get(OFFERING) is False]
    date = min(event.date for event in events if event.date)
    return f"{WORDS['quarters'][int(date % 1 * QUARTERS)]} {int(date)}"


def _left(facts: Mapping[str, Any], name: str) -> Any:
    runs = facts["scenarios"][name]["stored"]["left"]
    return np.array([share for share in runs if share is not None], np.float64)


def _bars(page: PageContents, shown: Batch, facts: Mapping[str, Any]) -> str:
    """Return the shares that stay: as asked, if China went on, and were leaving free."""
    if shown.since is None:
        return ""
    words, rows = facts["sentences"], []
    mine = "stops" if shown.name in WORDS["short"] else "here"
    names = {mine: shown.name, "goes": page.reference.name, "free": FREE}
    for label, name in names.items():
        if "stored" in facts["scenarios"].get(name, {}) and _left(facts, name).size:
            mean, low, high = (round(PERCENT * x) for x in band(_left(facts, name)))
            look = "mine" if name == shown.name else ""
            rows.append(
                f'<li><span>{html.escape(words[label])}</span><span class="bar" '
                f'aria-hidden="true"><b class="{look}" style="width:{mean}%"></b>'
                f'<i style="left:{low}%;width:{high - low}%"></i></span>'
                f"<strong>{mean} of 100</strong> <small>{low} to {high}</small></li>"
            )
    return "".join(rows)


def _terms(texts: Mapping[str, str], prefix: str) -> str:
    """Return words and what they mean, each with an id for links."""
    return "".join(
        f'<dt id="{prefix}-{word.replace(" ", "-")}">{html.escape(word)}</dt>'
        f"<dd>{html.escape(text)}</dd>"
        for word, text in texts.items()
    )


def _known(facts: Mapping[str, Any]) -> str:
    figures = {}
    for row in facts["evidence"]:
        figures[row["target"]] = f"{row['observed']:g}"
        figures[f"{row['target']}_recorded"] = "–" if row["mean"] is None else f"{row['mean']:.0f}"
    for section in facts["schema"]:
        for key, field in section["keys"].items():
            grade = field["evidence"]
            figures[f"{section['name']}_{key}"] = "●" * grade + "○" * (3 - grade)
    return "".join(
        f"<h2>{title}</h2><ul>"
        + "".join(f"<li>{html.escape(line.format_map(figures))}</li>" for line in lines)
        + "</ul>"
        for title, lines in facts["known"]
    )
