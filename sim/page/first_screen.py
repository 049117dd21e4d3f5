"""The first screen as plain HTML: question, answer, chart and what is known, without JavaScript.

The page's scripts say the same with the same words (`web/words.json`), once they run.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.page.contents import PageContents
from sim.page.stored import WORKING, Batch
from sim.register import WORLD
from sim.studies.retention import OFFERING
from sim.units import PERCENT

FRACTIONS = (2, 3, 4, 5)
"""Denominators of shares in words, the plainest first; of what fits none, so many in 10."""
NEAR = 0.025
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 330, 40, 175, 30, 26
"""The chart's size and its margins, in pixels."""
TICKS = (2000, 2010, 2020, 2030, 2040)


def first_screen(page: PageContents, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts of the frame that can be read without JavaScript."""
    batches = {batch.name: batch for batch in page.batches}
    asked = [way["scenario"] for way in facts["questions"] if way["scenario"] in batches]
    shown = batches[asked[0]] if asked else page.reference
    answer, detail = _answer(page, shown, facts)
    return {
        "ANSWER": answer,
        "DETAIL": detail,
        "BARS": _bars(page, shown, facts),
        "CHART": _chart(page, shown, facts),
        "KNOWN": _known(facts),
        "MADE": f"{html.escape(facts['made'])}, version {html.escape(facts['version'])}",
    }


def in_words(share: float) -> str:
    """Return a share as people say it: about 3 in 4."""
    if share > 1 - NEAR:
        return "nearly all"
    if share < NEAR:
        return "almost none"
    for of in FRACTIONS:
        count = round(share * of)
        if 0 < count < of and abs(count / of - share) <= NEAR:
            return f"about {count} in {of}"
    return f"about {min(9, max(1, int(10 * share + 0.5)))} in 10"


def _answer(page: PageContents, shown: Batch, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the answer and its range."""
    words = facts["sentences"]
    left = _left(facts, shown.name)
    if shown.since is not None and left.size:
        until = min(shown.since + facts["keep"], facts["years"][-1])
        mean, low, high = (f"{PERCENT * x:.0f}" for x in _band(left))
        date = _date(shown)
        answer = words["stays"].format(
            when=f"at the start of {date:g}", share=f"<b>{in_words(left.mean())}</b>",
            years=f"{until - shown.since} year{'s' if until - shown.since > 1 else ''}",
        )  # fmt: skip
        return answer, words["left"].format(mean=mean, low=low, high=high)
    mean, low, high = (f"{x:.0f}" for x in _band(shown.values[WORKING, WORLD][:, -1, 0]))
    answer = words["level"].format(
        year=facts["years"][-1], size=f"<b>{mean}</b>", all=len(facts["states"])
    )
    return answer, words["levels"].format(low=low, high=high)


def _date(shown: Batch) -> float:
    events = shown.scenario["events"]
    dates = [float(e["date"]) for e in events if e.get("sets", {}).get(OFFERING) is False]
    return min(dates)


def _left(facts: Mapping[str, Any], name: str) -> Any:
    runs = facts["scenarios"][name]["stored"]["left"]
    return np.array([share for share in runs if share is not None], np.float64)


def _band(values: ArrayLike) -> tuple[float, float, float]:
    numbers = np.asarray(values, np.float64)
    low, high = np.quantile(numbers, (0.05, 0.95))
    return float(numbers.mean()), float(low), float(high)


def _bars(page: PageContents, shown: Batch, facts: Mapping[str, Any]) -> str:
    """Return the shares that stay: as asked, if China went on, and were leaving free."""
    if shown.since is None:
        return ""
    words, rows = facts["sentences"], []
    free = "offer-withdrawn-no-exit-cost"
    for label, name in (("stops", shown.name), ("goes", page.reference.name), ("free", free)):
        if "stored" in facts["scenarios"].get(name, {}) and _left(facts, name).size:
            mean, low, high = (round(PERCENT * x) for x in _band(_left(facts, name)))
            rows.append(
                f"<li><span>{html.escape(words[label])}</span>"
                f'<span class="bar" aria-hidden="true"><b style="width:{mean}%"></b>'
                f'<i style="left:{low}%;width:{high - low}%"></i></span>'
                f"<strong>{mean} of 100</strong> <small>{low} to {high}</small></li>"
            )
    return "".join(rows)


def _known(facts: Mapping[str, Any]) -> str:
    figures = {row["target"]: f"{row['observed']:g}" for row in facts["evidence"]}
    return "".join(
        f"<h2>{title}</h2><ul>"
        + "".join(f"<li>{html.escape(line.format_map(figures))}</li>" for line in lines)
        + "</ul>"
        for title, lines in facts["known"]
    )


def _chart(page: PageContents, shown: Batch, facts: Mapping[str, Any]) -> str:
    """Return the curve of working systems, as asked and in the reference, as SVG."""
    years: list[int] = facts["years"]
    batches = [page.reference, *([shown] if shown is not page.reference else [])]
    bands = [
        np.array([_band(column) for column in batch.values[WORKING, WORLD][:, :, 0].T])
        for batch in batches
    ]
    most = max(float(band.max()) for band in bands) * 1.04
    now = facts["observed_until"]

    def x(year: float) -> float:
        return LEFT + (year - years[0]) / (years[-1] - years[0]) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM)

    def line(values: Iterable[float]) -> str:
        return " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(years, values, strict=True))

    parts = [
        f'<rect x="{x(now):.1f}" y="{TOP}" width="{x(years[-1]) - x(now):.1f}"'
        f' height="{HEIGHT - TOP - BOTTOM}" class="zone"/>',
        f'<text x="{x(now) - 6:.1f}" y="{TOP - 8}" text-anchor="end">simulated past</text>',
        f'<text x="{x(now) + 6:.1f}" y="{TOP - 8}">scenario</text>',
    ]
    parts += [
        f'<text x="{x(t):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{t}</text>'
        for t in TICKS
        if t in years
    ]
    ends = sorted(range(len(batches)), key=lambda k: bands[k][-1, 0])
    for place, k in enumerate(ends):
        batch, band, look = batches[k], bands[k], ("a" if k else "r")
        if k == len(batches) - 1:
            shape = f"{line(band[:, 1])} " + " ".join(reversed(line(band[:, 2]).split()))
            parts.append(f'<polygon points="{shape}" class="band {look}"/>')
        parts.append(f'<polyline points="{line(band[:, 0])}" class="line {look}"/>')
        name = facts["short"].get(batch.name, batch.scenario["title"])
        parts.append(
            f'<text x="{x(years[-1]) + 8:.1f}" y="{y(band[-1, 0]) + 4 - 8 * (place - 0.5):.1f}"'
            f' class="{look}">{html.escape(name)} {band[-1, 0]:.0f}</text>'
        )
    label = f"Countries with a Chinese system that works, {years[0]} to {years[-1]}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )
