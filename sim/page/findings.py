"""The page's findings, without script: reasons for survival, policies of allies, real systems."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sim.figures.fates import TEN, by_kind
from sim.measures.bands import band
from sim.model.mechanisms.fates import FIRST_YEAR, LAST_START, OUT_FROM
from sim.model.units import PERCENT, WORLD
from sim.page.contents import WORDS, PageContents
from sim.page.drawing import Curve, drawings
from sim.page.stored import KEEP, WORKING, Batch, surviving_shares
from sim.world.arrays import Floats
from sim.world.columns import CHINESE, OUTAGES
from sim.world.fate_statistics import (
    RATES,
    courses,
    outage_causes,
    share,
    statistics,
)
from sim.world.fates import FateRecord, shipped_expiries, shipped_record
from sim.world.seeds import shipped_seeds

WORDS_OF = WORDS["sentences"]
SIZES = ((1064, 330), (362, 236))
# Fewer than a dozen systems are followed for longer.
SHOWN = TEN
HALF = 0.5
# Shown once a lever is set, where runs are stored.
STORED = f'<p class="fine of-stored" hidden>{WORDS_OF["of_stored"]}</p>'


def whole(value: float) -> str:
    return f"{value:.0f}".replace("-0", "0").replace("-", "\N{MINUS SIGN}")


def of_hundred(share: float) -> str:
    """Return a share of 0 to 1 as so many of 100; halves go up, as in `web/words.js`."""
    return str(int(PERCENT * share + HALF))


def finding(name: str, title: str, *parts: str) -> str:
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<p class="asked">{WORDS["ways"][name]}</p>'
        f'<h2 id="{name}-title">{title}</h2>{"".join(parts)}</section>'
    )


def bar(low: float, high: float, mean: float, least: float, most: float, look: str = "") -> str:
    """Return a bar between two values, with a dot at a third, on a scale."""

    def place(value: float) -> float:
        return PERCENT * (value - least) / (most - least)

    zero = f'<s style="left:{place(0.0):.1f}%"></s>' if least < 0.0 else ""
    return (
        f'<span class="bar {look}" aria-hidden="true">{zero}'
        f'<i style="left:{place(low):.1f}%;width:{place(high) - place(low):.1f}%"></i>'
        f'<b style="left:{place(mean):.1f}%"></b></span>'
    )


def stairs(page: PageContents) -> str:
    """Return reasons for survival: its share, as one reason after another is removed."""
    batches = page.known_batches
    if not all(name in batches for name in WORDS["stairs"].values()):
        return ""
    steps = {step: batches[name] for step, name in WORDS["stairs"].items()}
    since = steps["stops"].since
    left = {step: _percent_surviving(batch, since) for step, batch in steps.items()}
    rows = [
        _level("free", left["free"]),
        _step("cost", left["free"], left["stops"]),
        _level("stops", left["stops"], "mine"),
        _step("bills", left["stops"], left["paid"]),
        _level("paid", left["paid"]),
        _step("choices", left["stops"], left["better"]),
        _level("better", left["better"]),
    ]
    sizes = {
        words: max(0.0, band(left[there] - left[here])[0])
        for words, here, there in (
            ("keeps_cost", "free", "stops"),
            ("ends_bills", "stops", "paid"),
            ("ends_choices", "stops", "better"),
        )
    }
    largest = sorted(sizes, key=lambda words: -sizes[words])
    said = [WORDS_OF[words].format(points=whole(sizes[words])) for words in largest]
    title = WORDS_OF["stairs"].format_map(
        dict(zip(("first", "second", "third"), said, strict=True))
    )
    deck = WORDS_OF["stairs_deck"].format(since=since, until=(since or 0) + KEEP)
    return finding(
        "stays", title, _p(deck), STORED, f'<ul class="rows">{"".join(rows)}</ul>',
        f'<p class="box">{WORDS_OF["fits"]}</p>',
    )  # fmt: skip


def _percent_surviving(batch: Batch, since: int | None) -> Floats:
    return PERCENT * surviving_shares(batch, since)[:, -1]


def _level(label: str, left: Floats, look: str = "") -> str:
    mean, low, high = band(left)
    return _row(
        WORDS_OF[label], bar(low, high, mean, 0.0, PERCENT, look), f"{mean:.0f} of 100",
        f"{low:.0f} to {high:.0f}", look,
    )  # fmt: skip


def _step(label: str, here: Floats, there: Floats) -> str:
    mean, low, high = band(there - here)
    start = band(here)[0]
    drawn = (
        f'<span class="bar step" aria-hidden="true"><i style="left:{min(start, start + mean):.1f}%;'
        f'width:{abs(mean):.1f}%"></i></span>'
    )
    sign = "+" if mean >= 0.5 else ""
    return _row(
        WORDS_OF[label], drawn, f"{sign}{whole(mean)}", f"{whole(low)} to {whole(high)}", "step"
    )


def _row(label: str, drawn: str, size: str, spread: str, look: str = "", note: str = "") -> str:
    more = f"<em>{html.escape(note)}</em>" if note else ""
    return (
        f'<li class="{look}"><span>{label}</span>{drawn}<strong>{size}</strong> '
        f"<small>{spread}</small>{more}</li>"
    )


def allies(page: PageContents) -> str:
    """Return the effects of policies of allies, the strongest first, and of China's stop."""
    batches, own = page.known_batches, WORDS["stairs"]["stops"]
    policies = [name for name in WORDS["allies"] if name in batches]
    if not page.beside:
        return ""
    reference = page.beside[0]

    def working(batch: Batch) -> Floats:
        return np.asarray(batch.values[WORKING, WORLD][:, -1, 0], np.float64)

    changes = {
        batch.name: band(working(batch) - working(reference))
        for batch in page.beside
        if batch.name in [*policies, own]
    }
    policies.sort(key=lambda name: changes[name][0])
    least = min(low for _, low, _ in changes.values())
    most = max(0.0, *(high for _, _, high in changes.values()))

    def row(name: str, note: str, look: str) -> str:
        mean, low, high = changes[name]
        words = html.escape(WORDS["short"].get(name, batches[name].description["title"]))
        label = f'<a href="#work" data-pick="{name}">{words}</a>'
        drawn = bar(low, high, mean, least, most, look)
        return _row(label, drawn, whole(mean), f"{whole(low)} to {whole(high)}", look, note)

    rows = [
        row(name, WORDS["allies"][name], "sure" if changes[name][2] < 0.0 else "")
        for name in policies
    ]
    rows.append(row(own, WORDS_OF["scale"], "mine"))
    first = policies[0]
    portion = changes[first][0] / changes[own][0] if changes[own][0] else np.inf
    title = WORDS_OF["allies" if portion < HALF else "ally"].format(
        policy=html.escape(batches[first].description["title"]), share=f"{PERCENT * portion:.0f}%"
    )
    deck = WORDS_OF["allies_deck"].format(
        all=len(page.results.country_groups),
        year=page.results.years[-1],
        size=whole(band(working(reference))[0]),
        runs=page.results.n_runs,
    )
    return finding("allies", title, _p(deck), STORED, f'<ul class="rows">{"".join(rows)}</ul>')


def real_systems(page: PageContents) -> str:
    record = shipped_record()
    table = courses(record)
    ended = table["end"].notna()
    curves, (lasts, in_model) = by_kind(page.results, record)
    title = WORDS_OF["real"].format(real=lasts, model=in_model)
    deck = WORDS_OF["real_deck"].format(
        count=len(table), ended=ended.sum(), dark=f"{table['out_of_service'].sum():.0f}",
        first=f"{FIRST_YEAR:.0f}", last=f"{LAST_START:.0f}", runs=page.results.n_runs,
        long=(table["seen"] >= SHOWN).sum(), shown=SHOWN,
    )  # fmt: skip
    ticks = {0: "0", 5: "5 years of service", SHOWN: f"{SHOWN}"}
    charts = []
    for kind, (real, model) in curves.items():
        drawn = [
            _survival(model, ("q05", "q95"), "goes", WORDS_OF["km_model"]),
            _survival(real, ("low", "high"), "record", WORDS_OF["km_record"]),
        ]
        says = WORDS_OF["km_says"].format(
            kind=kind,
            years=SHOWN,
            real=of_hundred(real["mean"].iloc[-1]),
            model=of_hundred(model["mean"].iloc[-1]),
        )
        charts += [_p(f"<b>{kind}</b>"), drawings(drawn, ticks, SIZES, says)]
    return finding(
        "real", title, _p(deck), *charts,
        f'<div class="pair">{_rates(record)}{_causes(record)}</div>', _p(WORDS_OF["real_bias"]),
        _countries(record),
    )  # fmt: skip


def _range(curve: pd.DataFrame, ends: tuple[str, str]) -> dict[str, str]:
    low, high = (of_hundred(curve[end].iloc[-1]) for end in ends)
    return {"low": low, "high": high}


def _survival(curve: pd.DataFrame, ends: tuple[str, str], look: str, words: str) -> Curve:
    low, high = (curve[end].tolist() for end in ends)
    label = [of_hundred(curve["mean"].iloc[-1]), *words.format_map(_range(curve, ends)).split("|")]
    years = [*map(float, curve.index)]
    return Curve(years, curve["mean"].tolist(), [(low, high)], look, label, stepped=True)


def _rates(record: FateRecord) -> str:
    table = statistics(record, shipped_expiries())
    table = table[table["of"] == "all"].set_index("statistic")
    names = [*RATES, "ever out of service or switched off", "never served"]
    rows = []
    for name in names:
        row = table.loc[name]
        rows.append((
            name, f"{row['count']:.0f} of {row['exposure']:.0f} {row['unit']}",
            f"{PERCENT * row['estimate']:.0f}%",
            f"{PERCENT * row['low']:.0f} to {PERCENT * row['high']:.0f}%",
        ))  # fmt: skip
    return _table(WORDS_OF["rates_heads"], rows)


def _causes(record: FateRecord) -> str:
    events, systems = record.events, record.systems
    chinese = set(systems.loc[systems["group"] == CHINESE, "id"])
    outages = events[events["event"].isin(OUTAGES) & ~(events["share"] < OUT_FROM)]
    dark = len(chinese & set(outages["id"]))
    causes = outage_causes(record)["chinese"]
    rows = []
    for cause, count in causes[causes > 0].sort_values(ascending=False, kind="stable").items():
        estimate, low, high = (PERCENT * value for value in share(count, dark))
        rows.append((
            str(cause), f"{count} of {dark} systems", f"{estimate:.0f}%",
            f"{low:.0f} to {high:.0f}%",
        ))  # fmt: skip
    return _table(WORDS_OF["causes_heads"], rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{text}</td>" for text in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _countries(record: FateRecord) -> str:
    names = {country.iso3: country.name for country in shipped_seeds().countries}
    counts = record.systems.loc[record.systems["group"] == CHINESE, "iso3"].value_counts()
    links = [
        f'<a href="#place" data-state="{iso3}">{html.escape(name)}</a>'
        for iso3, name in sorted(names.items(), key=lambda pair: pair[1])
        if iso3 in counts.index
    ]
    words = WORDS_OF["real_countries"].format(count=len(links))
    return f"<details><summary>{words}</summary><p>{', '.join(links)}</p></details>"


def _p(words: str) -> str:
    return f'<p class="deck">{words}</p>'
