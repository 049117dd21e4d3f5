"""The page on the record of fates, made from its tables: `docs/scripts/generate.py` writes it.

The page has what the record shows by itself, the agreement of its two coders, and a row per system.
Its text is `pages/fates.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from record_tables import OF_FATES
from scipy.stats import binomtest, fisher_exact
from tables import PAGES, table, template

from sim.figures.fates import TEN, record_survival
from sim.model.mechanisms.fates import EARLY_AGE, OUT_FROM
from sim.world import columns, fate_statistics
from sim.world.countries import CountrySeed
from sim.world.fates import (
    SURE,
    FateRecord,
    decimal_year,
    event_words,
    in_order,
    shipped_expiries,
    shipped_record,
)
from sim.world.seeds import shipped_seeds

STRICT = f"confidence {SURE:g} or more"
CLEAR = 0.05
"""Chance (p) below which a difference is more than chance."""
SEEDS = PAGES.parent / "seeds"
CLASSES = {
    **dict.fromkeys((*columns.OUTAGES, "dues"), "outage"),
    **dict.fromkeys(columns.REPAIRS, "repair"),
    **dict.fromkeys(columns.EXTENSIONS, "extension"),
    **dict.fromkeys((*columns.REPLACED, *columns.GIVEN_UP), "end"),
    **dict.fromkeys(columns.NOT_SERVED, "never served"),
    **dict.fromkeys((*columns.REMOVED, *columns.BAN_REPORTS), "ban"),
}
"""Coarse classes of events; all others are of service."""
SERVICE = "service"
OUTCOMES = {
    "kept": fate_statistics.KEPT,
    "vendor changed": (fate_statistics.SWITCHED,),
    "lapsed": (fate_statistics.LAPSED,),
    "passed to the government": (fate_statistics.TRANSFERRED,),
    "ended early": (fate_statistics.EARLY,),
}
ROUTES = {"neutral": fate_statistics.NEUTRAL_ROUTES, "asked about an end": ("e",)}
GROUPS = {
    columns.CHINESE: "Chinese suppliers",
    columns.COMPARED: "Other makers",
    "unknown": "Makers not known",
    "estate": "Agencies' own cameras under a ban or advice",
    "aside": "Systems without street cameras",
}
WIDTH, HEIGHT, LEFT, TOP = 620, 220, 60, 62
"""Pixels of the chart of survival, and where it begins."""
FOLLOWED = (0, 2, 4, 6, 8, 10)
"""Years of service at which it says how many systems are still followed."""
LONGEST = float(TEN)
ANCHOR = "systemscsv-system_eventscsv-and-their-neighbours"
TIP = "Kaplan-Meier estimate with its 95% interval"


def figure(value: float) -> str:
    """Return a number in two or three digits; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def estimates(rows: pd.DataFrame) -> list[str]:
    """Return a text per row of statistics: `0.063 (0.033 to 0.11)`."""
    parts = rows[["estimate", "low", "high"]].itertuples(index=False)
    return [f"{figure(mean)} ({figure(low)} to {figure(high)})" for mean, low, high in parts]


def outage_causes(record: FateRecord) -> pd.DataFrame:
    """Return the number of systems with an outage by cause.

    Columns are `chinese`, `other` for other makers that are known, and `unknown`.
    """
    out_of_service = record.events[
        record.events["event"].isin(columns.OUTAGES) & ~(record.events["share"] < OUT_FROM)
    ].merge(record.systems[["id", "group"]], on="id")
    out_of_service = out_of_service.assign(
        cause=out_of_service["cause"].replace("", "unknown")
    ).drop_duplicates(["id", "cause"])
    # A cause that was found later counts, not that it was unknown before.
    several = out_of_service.groupby("id")["cause"].transform("size") > 1
    out_of_service = out_of_service[~(several & (out_of_service["cause"] == "unknown"))]
    makers = {columns.CHINESE: "chinese", columns.COMPARED: "other"}
    maker = out_of_service["group"].map(makers).fillna("unknown")
    counts = pd.crosstab(out_of_service["cause"], maker).reindex(
        columns=[*makers.values(), "unknown"], fill_value=0
    )
    total = counts.sum(axis=1).sort_values(ascending=False, kind="stable")
    return counts.loc[total.index].rename_axis(columns=None)


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Return Cohen's kappa: agreement of two coders beyond chance (Cohen 1960)."""
    one, two = pd.Series(first), pd.Series(second)
    agreed = (one.to_numpy() == two.to_numpy()).mean()
    by_chance = (one.value_counts(normalize=True) * two.value_counts(normalize=True)).sum()
    return float((agreed - by_chance) / (1.0 - by_chance))


def agreement(recoded: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return measure, number of rows and agreement of two coders.

    Args:
        recoded: Rows of `fates_recoded.csv`, texts.
    """
    seen = recoded[recoded["seen"].astype(float) > 0.0]
    kinds = {name: seen[f"event_{name}"].to_numpy() for name in ("first", "second")}
    classes = {n: [CLASSES.get(event, SERVICE) for event in kind] for n, kind in kinds.items()}
    years = seen[(seen["date_first"] != "") & (seen["date_second"] != "")]
    apart = years["date_first"].map(decimal_year) - years["date_second"].map(decimal_year)
    shares = seen[(seen["share_first"] != "") & (seen["share_second"] != "")]
    differ = shares["share_first"].astype(float) - shares["share_second"].astype(float)
    near = (differ.abs() <= 0.1 + 1e-9).sum()
    same = sum(a == b for a, b in zip(*kinds.values(), strict=True))
    alike = sum(a == b for a, b in zip(*classes.values(), strict=True))
    n = len(seen)
    return [
        ("event, 25 words", f"{n}", f"{same} agree, kappa {kappa(*kinds.values()):.2f}"),
        ("event, 7 classes", f"{n}", f"{alike} agree, kappa {kappa(*classes.values()):.2f}"),
        ("date, within a year", f"{len(years)}", f"{(apart.abs() <= 1.0).sum()} agree"),
        ("share, within 0.1, where both give one", f"{len(shares)}", f"{near} agree"),
    ]


def surveys(expiries: pd.DataFrame) -> pd.DataFrame:
    """Return what followed expiries of other kinds and searches, and after a renewal."""
    expiries = expiries[expiries["became"] != fate_statistics.NEVER]
    neutral = expiries[expiries["route"].isin(fate_statistics.NEUTRAL_ROUTES)]
    parts = {
        ", all kinds": neutral,
        ", Chinese": neutral[neutral["origin"] == columns.CHINESE],
        ", asked about an end": expiries[~expiries["route"].isin(fate_statistics.NEUTRAL_ROUTES)],
    }
    counts = [
        (f"{name}{words}", *rest)
        for words, part in parts.items()
        for name, *rest in fate_statistics.after_expiry(part)
    ]
    like = neutral["kind"].isin(fate_statistics.MODEL_KINDS) & neutral["outcome"].isin(
        [*fate_statistics.KEPT, fate_statistics.LAPSED]
    )
    later = after_renewal(neutral[neutral["kind"].isin(fate_statistics.MODEL_KINDS)])
    for words, part in (("before", neutral[like & ~later]), ("after", neutral[like & later])):
        lapsed = (part["outcome"] == fate_statistics.LAPSED).sum()
        counts.append((f"lapsed {words} a recorded renewal", lapsed, len(part), "lapsed or kept"))
    return fate_statistics.estimated(counts)


def after_renewal(expiries: pd.DataFrame) -> pd.Series:
    """Say of each expiry whether an earlier one of the same buyer and vendor was kept."""
    dates = expiries["expiry"].where(expiries["expiry"] != "", expiries["ended"])
    table = expiries.assign(date=[decimal_year(date) if date else np.nan for date in dates])
    kept = table["date"].where(table["outcome"].isin(fate_statistics.KEPT))
    first = kept.groupby([table[name] for name in ("iso3", "buyer", "vendor")]).transform("min")
    return first < table["date"]


def variants_of(record: FateRecord, expiries: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the statistics of all rows, of those of high confidence, and of larger systems."""
    larger = record.systems[record.systems["stage"] != columns.PLATFORMS[0]]
    sure = [of[of["confidence"] >= SURE] for of in (record.systems, record.events, expiries)]
    parts = {
        "all": (record, expiries),
        STRICT: (FateRecord(*sure[:2]), sure[2]),
        "safe cities and more": (FateRecord(larger, record.events), expiries.iloc[:0]),
    }
    return {
        name: pd.concat(
            [fate_statistics.statistics(rows, of), *[surveys(of)] * bool(len(of))],
            ignore_index=True,
        )
        for name, (rows, of) in parts.items()
    }


def statistics_table(record: FateRecord) -> str:
    """Return the statistics with counts, exposure and intervals."""
    variants = variants_of(record, shipped_expiries())
    whole, *others = variants.values()
    texts = [dict(zip(part["statistic"], estimates(part), strict=True)) for part in others]
    rows = [
        (name, f"{count:.0f} of {over:.0f} {unit}", text, *(part.get(name, "") for part in texts))
        for name, count, over, unit, text in zip(
            whole["statistic"], whole["count"], whole["exposure"], whole["unit"],
            estimates(whole), strict=True,
        )
    ]  # fmt: skip
    heads = ("statistic", "count", "estimate (95%)", *[*variants][1:])
    return table(heads, rows)


def expiries_table() -> str:
    """Return what followed the expiry of contracts, by kind and route."""
    expiries = shipped_expiries()
    rows = []
    for kind, part in expiries.groupby("kind", sort=False):
        for words, routes in ROUTES.items():
            outcomes = part.loc[part["route"].isin(routes), "outcome"]
            counts = [f"{outcomes.isin(of).sum()}" for of in OUTCOMES.values()]
            rows.append((str(kind), words, f"{len(outcomes)}", *counts))
    return table(("kind", "query", "contracts", *OUTCOMES), sorted(rows))


def lapses_table() -> str:
    """Return the lapsed contracts of the model's kinds, with what became of each system."""
    every = shipped_expiries()
    like = every["kind"].isin(fate_statistics.MODEL_KINDS) & every["route"].isin(
        fate_statistics.NEUTRAL_ROUTES
    )
    rows = [
        (row["id"], row["system"], row["ended"] or row["expiry"], row["became"] or "unknown",
         linked(row["note"], row["url"]))
        for _, row in every[like & (every["outcome"] == fate_statistics.LAPSED)].iterrows()
    ]  # fmt: skip
    return table(
        ("contract", "system", "lapsed", "what became of it", "what the source says"), rows
    )


def beside(record: FateRecord) -> tuple[set[str], set[str]]:
    """Return the countries where two makers' systems served at the same time.

    Then the countries where another vendor extended a system that stayed. Makers that no text
    names do not count.
    """
    named = record.systems[record.systems["group"].isin([columns.CHINESE, columns.COMPARED])]
    spans: dict[str, list[tuple[str, float, float]]] = {}
    for _, system in named[named["stage"].isin(columns.PLATFORMS)].iterrows():
        events = record.events[record.events["id"] == system["id"]]
        if np.isfinite(start := fate_statistics.served_from(system, events)):
            course = fate_statistics.course_of(start, events)
            age = course["seen"] if np.isnan(course["end"]) else course["end"]
            # A contractor's name may follow the maker's.
            span = (system["maker"].split()[0], start, start + age)
            spans.setdefault(system["iso3"], []).append(span)
    both = {
        iso3
        for iso3, of in spans.items()
        for (one, begun, end), (other, later, last) in combinations(of, 2)
        if one != other and max(begun, later) < min(end, last)
    }
    others = record.events[
        record.events["event"].isin(
            {*columns.EXTENSIONS} - {fate_statistics.SAME, fate_statistics.UNNAMED}
        )
    ]
    return both, {*record.systems.loc[record.systems["id"].isin(others["id"]), "iso3"]}


def by_kind(record: FateRecord) -> str:
    """Say how losses at and after hand-over differ between cameras and larger systems."""
    served, each = fate_statistics.contracts_served(record), fate_statistics.courses(record)
    never = pd.crosstab(served["larger"], ~served["served"].astype(bool))
    early = each.groupby("larger")[["lost_early", "years_early"]].sum()
    lost, years = early["lost_early"], early["years_early"]
    parts = (
        (
            "never served",
            [f"{row[True]} of {row.sum()} contracts" for _, row in never.iterrows()],
            fisher_exact(never).pvalue,
        ),
        (
            f"switched off below age {EARLY_AGE:.0f}",
            [f"{n:.0f} in {of:.0f} system-years" for n, of in zip(lost, years, strict=True)],
            binomtest(int(lost[False]), int(lost.sum()), years[False] / years.sum()).pvalue,
        ),
    )
    rows = [
        (words, *cells, f"{chance:.2f}", "yes" if chance < CLEAR else "no")
        for words, cells, chance in parts
    ]
    return table(("count", "cameras", "safe cities and more", "p", "beyond chance"), rows)


def linked(text: str, url: str) -> str:
    """Return a text as a link, if there is an address."""
    target = url.replace("(", "%28").replace(")", "%29").replace("|", "%7C").replace(" ", "%20")
    return f"[{text}]({target})" if url else text


def system_row(system: pd.Series, events: pd.DataFrame, country: str) -> tuple[str, ...]:
    """Return what the page says of one system."""
    happened = []
    for _, event in in_order(events).iterrows():
        happened.append(linked(f"{event['date']} {event_words(event)}", event["url"]))
    since = system["operational"] or (system["contracted"] and f"signed {system['contracted']}")
    place = f"{country}: {system['place']} (`{system['id']}`)"
    maker = linked(system["maker"], system["url"])
    return place, maker, since or "–", "; ".join(happened) or "–"


def systems_tables(record: FateRecord, states: dict[str, CountrySeed]) -> str:
    """Return a table of all systems for each group."""
    by_id = dict(tuple(record.events.groupby("id", sort=False)))
    parts = []
    for group, words in GROUPS.items():
        rows = [
            system_row(system, by_id.get(system["id"], record.events.iloc[:0]),
                       states[system["iso3"]].name)
            for _, system in record.systems[record.systems["group"] == group].iterrows()
        ]  # fmt: skip
        heads = ("place", "maker", "since", "fate, with sources")
        parts.append(f"### {words}\n\n{table(heads, rows)}")
    return "\n\n".join(parts)


def picture() -> str:
    """Return the chart of survival of Chinese systems, as an SVG file."""
    each = fate_statistics.courses(shipped_record())
    age, curve = each["end"].fillna(each["seen"]), record_survival(shipped_record())

    def path(name: str) -> list[str]:
        points, before = [], 1.0
        for age, value in curve[name].items():
            x = LEFT + age / LONGEST * WIDTH
            points += [f"{x:.0f},{TOP + (1 - part) * HEIGHT:.0f}" for part in (before, value)]
            before = value
        return points

    left = 100 * curve["mean"].iloc[-1]
    at_risk = {year: int((age >= year).sum()) for year in FOLLOWED}
    marks = "".join(
        f'<text x="{LEFT + year / LONGEST * WIDTH:.0f}" y="{TOP + HEIGHT + 16}" '
        f'text-anchor="middle">{year}</text>'
        f'<text x="{LEFT + year / LONGEST * WIDTH:.0f}" y="{TOP + HEIGHT + 56}" '
        f'text-anchor="middle">{count}</text>'
        for year, count in at_risk.items()
    ) + "".join(
        f'<text x="{LEFT - 8}" y="{TOP + (1 - part) * HEIGHT + 4:.0f}" text-anchor="end">'
        f'{100 * part:.0f}</text><path d="M{LEFT} {TOP + (1 - part) * HEIGHT:.0f}h{WIDTH}" '
        'stroke="#e6e8ea"/>'
        for part in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    band = " ".join([*path("high"), *reversed(path("low"))])
    title = f"After ten years {left:.0f} of 100 real systems have not ended"
    deck = (
        "% not switched off or replaced by another vendor. Band: 95% interval."
        f" {each['end'].notna().sum()} of {len(each)} have ended."
    )
    axis = "years since service began; below, systems still followed:"
    source = "Source: Entrench, record of fates. The press misses quiet ends."
    texts = ((16, 24, title), (16, 44, deck), (LEFT, TOP + HEIGHT + 36, axis),
             (16, TOP + HEIGHT + 76, source))  # fmt: skip
    words = "\n".join(
        f'<text x="{x}" y="{y}"{' class="title"' * (text is title)}>{text}</text>'
        for x, y, text in texts
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} 364">
<title>{TIP}</title>
<style>
text {{ font: 13px "Source Sans 3", "Helvetica Neue", Arial, sans-serif; fill: #5b6168 }}
.title {{ font-size: 17px; font-weight: 700; fill: #1a1a1a }}
</style>
<path d="M0 0H{LEFT + WIDTH + 20}V364H0z" fill="#fff"/>
{marks}
<polygon points="{band}" fill="#b84900" fill-opacity="0.16"/>
<polyline points="{" ".join(path("mean"))}" fill="none" stroke="#b84900" stroke-width="2.4"/>
{words}
</svg>
"""


def page(note: str) -> str:
    """Return the page.

    Args:
        note: What says that it is made.
    """
    record, expiries = shipped_record(), shipped_expiries()
    systems, events = record.systems, record.events
    each = fate_statistics.courses(record)
    ended = int(each["end"].notna().sum())
    frames = {name: pd.read_csv(SEEDS / name, dtype=str, keep_default_na=False)
              for name in (*(of.name for of in OF_FATES), "fates_recoded.csv")}  # fmt: skip
    recoded, searched = frames["fates_recoded.csv"], frames["fates_searched.csv"]
    states = {state.iso3: state for state in shipped_seeds().countries}
    chinese = (systems["group"] == columns.CHINESE).sum()
    neutral = expiries["route"].isin(fate_statistics.NEUTRAL_ROUTES).sum()
    read = (events["evidence"] == columns.READ).sum()
    clauses, logs = len(frames["exit_clauses.csv"]), len(frames["outage_logs.csv"])
    causes = table(
        ("cause", "Chinese makers", "other known makers", "maker not known"),
        ((str(cause), *map(str, counts)) for cause, *counts in outage_causes(record).itertuples()),
    )

    def of_hundred(row: pd.Series) -> str:
        return f"{row['mean']:.0f} of 100 ({row['low']:.0f} to {row['high']:.0f})"

    both, added = beside(record)
    found = surveys(expiries).set_index("statistic")

    def lapsed(when: str) -> str:
        row = found.loc[f"lapsed {when} a recorded renewal"]
        ends = f"{figure(row['low'])} to {figure(row['high'])}"
        return f"{row['count']:.0f} of {row['exposure']:.0f} (share {ends})"

    (left, low, high), cameras, larger = (
        100 * record_survival(record, kind).iloc[-1][["mean", "low", "high"]]
        for kind in (None, False, True)
    )
    return template("fates.md").format(
        note=note,
        systems=len(systems),
        countries=systems["iso3"].nunique(),
        chinese=chinese,
        events=len(events),
        read=read,
        anchor=ANCHOR,
        counted=len(each),
        ended=ended,
        left=left,
        low=low,
        high=high,
        cameras=of_hundred(cameras),
        larger=of_hundred(larger),
        statistics=statistics_table(record),
        kinds=", ".join(fate_statistics.MODEL_KINDS),
        tip=TIP,
        by_kind=by_kind(record),
        beside=len(both),
        beside_in=", ".join(sorted(both)),
        extended=len(added),
        extended_in=", ".join(sorted(added)),
        causes=causes,
        expiries=len(expiries),
        neutral=neutral,
        expiries_table=expiries_table(),
        lapses=lapses_table(),
        lapsed_before=lapsed("before"),
        lapsed_after=lapsed("after"),
        clauses=clauses,
        logs=logs,
        recoded=len(recoded),
        agreement=table(("item", "rows seen", "agreement"), agreement(recoded)),
        searches=len(searched),
        searched_countries=searched["iso3"].nunique(),
        listing=systems_tables(record, states),
    )
