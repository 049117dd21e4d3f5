"""The page's findings, without script: reasons for survival, policies of allies, real systems."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.figures.fates import TEN, by_kind
from sim.measures.bands import band
from sim.model.mechanisms.fates import FIRST_START, LAST_START
from sim.model.units import PERCENT, WORLD
from sim.page.contents import WORDS, PageContents
from sim.page.stored import DIGITS, KEEP, WORKING, Batch, surviving_shares
from sim.runs.dataset import Results
from sim.world.arrays import Floats
from sim.world.columns import CHINESE
from sim.world.fate_statistics import courses
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds

WORDS_OF = WORDS["sentences"]
HALF = 0.5
# Each reason: its name, and the scenarios without and with what takes it away.
STEPS = (("cost", "free", "stops"), ("bills", "stops", "paid"), ("choices", "stops", "better"))
# Shown once a lever is set, where runs are stored.
STORED = f'<p class="fine of-stored" hidden>{WORDS_OF["of_stored"]}</p>'


def whole(value: float) -> str:
    return f"{value:.0f}".replace("-0", "0").replace("-", "\N{MINUS SIGN}")


def finding(name: str, title: str, deck: str, *parts: str) -> str:
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<p class="asked">{WORDS["ways"][name]}</p><h2 id="{name}-title">{title}</h2>'
        f'<p class="deck">{deck}</p>{"".join(parts)}</section>'
    )


def bar(
    low: float, high: float, mean: float | None, least: float = 0.0, most: float = PERCENT
) -> str:
    """Return a bar between two values on a scale, with a dot at a third; without one, a step."""

    def place(value: float) -> float:
        return PERCENT * (value - least) / (most - least)

    zero = f'<s style="left:{place(0.0):.1f}%"></s>' if least < 0.0 else ""
    dot = "" if mean is None else f'<b style="left:{place(mean):.1f}%"></b>'
    return (
        f'<span class="bar{"" if dot else " step"}" aria-hidden="true">{zero}'
        f'<i style="left:{place(low):.1f}%;width:{place(high) - place(low):.1f}%"></i>{dot}</span>'
    )


def stairs(page: PageContents) -> str:
    """Return reasons for survival: its share, as one reason after another is removed."""
    batches = {batch.name: batch for batch in [*page.beside, *page.batches]}
    if not all(name in batches for name in WORDS["stairs"].values()):
        return ""
    since = batches[WORDS["stairs"]["stops"]].since or 0
    left = {
        step: PERCENT * surviving_shares(batches[name], since)[:, -1]
        for step, name in WORDS["stairs"].items()
    }
    rows, sizes = [_level("free", left["free"])], {}
    for step, here, there in STEPS:
        sizes[step], *ends = band(left[there] - left[here])
        rows.append(_step(step, band(left[here])[0], sizes[step], *ends))
        rows.append(_level(there, left[there]))
    said = [
        WORDS_OF[f"of_{step}"].format(points=whole(max(0.0, size)))
        for step, size in sorted(sizes.items(), key=lambda pair: -pair[1])
    ]
    deck = WORDS_OF["stairs_deck"].format(since=since, until=since + KEEP)
    return finding(
        "stays", WORDS_OF["stairs"].format(*said), deck, STORED,
        f'<ul class="rows">{"".join(rows)}</ul>', f'<p class="box">{WORDS_OF["fits"]}</p>',
    )  # fmt: skip


def _level(label: str, left: Floats) -> str:
    mean, low, high = band(left)
    look = "mine" if label == "stops" else ""
    return _row(WORDS_OF[label], bar(low, high, mean), f"{mean:.0f} of 100", (low, high), look)


def _step(label: str, start: float, mean: float, low: float, high: float) -> str:
    drawn = bar(min(start, start + mean), max(start, start + mean), None)
    sign = "+" if mean >= HALF else ""
    return _row(WORDS_OF[label], drawn, f"{sign}{whole(mean)}", (low, high), "step")


def _row(
    label: str, drawn: str, size: str, spread: Sequence[float], look: str = "", note: str = ""
) -> str:
    more = f"<em>{html.escape(note)}</em>" if note else ""
    return (
        f'<li class="{look}"><span>{label}</span>{drawn}<strong>{size}</strong> '
        f"<small>{' to '.join(map(whole, spread))}</small>{more}</li>"
    )


def allies(page: PageContents) -> str:
    """Return the effects of policies of allies, the strongest first, and of China's stop."""
    if not page.beside:
        return ""
    reference, *others = page.beside
    own = WORDS["stairs"]["stops"]
    titles = {batch.name: html.escape(batch.description["title"]) for batch in others}

    def working(batch: Batch) -> Floats:
        return np.asarray(batch.values[WORKING, WORLD][:, -1, 0], np.float64)

    changes = {
        batch.name: band(working(batch) - working(reference))
        for batch in others
        if batch.name in [*WORDS["allies"], own]
    }
    policies = sorted(WORDS["allies"], key=lambda name: changes[name][0])
    least = min(low for _, low, _ in changes.values())
    most = max(0.0, *(high for _, _, high in changes.values()))

    def row(name: str, note: str, look: str) -> str:
        mean, low, high = changes[name]
        words = html.escape(WORDS["short"].get(name, "")) or titles[name]
        return _row(
            f'<a href="#work" data-pick="{name}">{words}</a>', bar(low, high, mean, least, most),
            whole(mean), (low, high), look, note,
        )  # fmt: skip

    rows = [row(n, WORDS["allies"][n], "sure" if changes[n][2] < 0.0 else "") for n in policies]
    rows.append(row(own, WORDS_OF["scale"], "mine"))
    first = policies[0]
    portion = changes[first][0] / changes[own][0] if changes[own][0] else np.inf
    title = WORDS_OF["allies" if portion < HALF else "ally"].format(
        policy=titles[first], share=f"{PERCENT * portion:.0f}%"
    )
    deck = WORDS_OF["allies_deck"].format(
        all=len(page.results.country_groups),
        year=page.results.years[-1],
        size=whole(band(working(reference))[0]),
        runs=page.results.n_runs,
    )
    return finding("allies", title, deck, STORED, f'<ul class="rows">{"".join(rows)}</ul>')


def survival(results: Results) -> tuple[list[dict[str, Any]], Sequence[str]]:
    """Return the curves of real and the model's systems by kind, and their ends in words."""
    kinds, ends = by_kind(results, shipped_record())
    curves = [
        {"kind": kind, "years": TEN, "model": _curve(model), "record": _curve(real)}
        for kind, (real, model) in kinds.items()
    ]
    return curves, ends


def _curve(shares: pd.DataFrame) -> dict[str, list[float]]:
    named = shares.set_axis(["mean", "low", "high"], axis=1).rename_axis("at").reset_index()
    return dict(named.round(DIGITS).to_dict("list"))


def real_systems(runs: int, ends: Sequence[str]) -> str:
    table, (lasts, in_model) = courses(shipped_record()), ends
    age = table["end"].fillna(table["seen"])
    title = WORDS_OF["real"].format(real=lasts, model=in_model)
    deck = WORDS_OF["real_deck"].format(
        count=len(table), ended=table["end"].notna().sum(),
        dark=f"{table['out_of_service'].sum():.0f}", first=f"{FIRST_START:.0f}",
        last=f"{LAST_START:.0f}", runs=runs, long=(age >= TEN).sum(),
        shown=TEN,
    )  # fmt: skip
    bias = f'<p class="deck">{WORDS_OF["real_bias"]}</p>'
    return finding("real", title, deck, '<div id="survival"></div>', bias, _countries())


def _countries() -> str:
    systems = shipped_record().systems
    with_systems = {*systems.loc[systems["group"] == CHINESE, "iso3"]}
    links = [
        f'<a href="#place" data-state="{country.iso3}">{html.escape(country.name)}</a>'
        for country in sorted(shipped_seeds().countries, key=lambda country: country.name)
        if country.iso3 in with_systems
    ]
    words = WORDS_OF["real_countries"].format(count=len(links))
    return f"<details><summary>{words}</summary><p>{', '.join(links)}</p></details>"
