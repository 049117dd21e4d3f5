"""Countries compared: when each trains, buys and exits, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Flags
from sim.errors import InputError
from sim.figures.draw import Line, Panel, looks, over_time
from sim.figures.style import INK, THIN_LINE, look_of
from sim.register import register
from sim.results.dataset import Results, first_year
from sim.results.effects import country_effects, mean_of, share_of
from sim.studies.drivers import GROUPS, LEAST_TERM, QUESTIONS, TOGETHER, Reasons
from sim.studies.report import NONE, Report, Table, percent, shares, signed, wide
from sim.studies.sources import RunOptions, Source, results_of
from sim.text import listed
from sim.units import PERCENT
from sim.world.columns import SPELL_KINDS
from sim.world.countries import CountrySeed
from sim.world.names import find_state
from sim.world.seeds import Seeds, seeds_from, shipped_seeds

HAPPENED = {
    "trained": ("trained", (2025, 2040)),
    "adopted": ("bought any Chinese system", (2019, 2025, 2040)),
    "adopted_platform": ("bought a platform", (2019, 2025, 2040)),
    "working": ("a Chinese system works", (2025, 2040)),
    "recorded_trained": ("recorded as trained", (2025,)),
    "recorded_adopted": ("recorded as adopter", (2019, 2025)),
    "recorded_platform": ("recorded with a platform", (2019, 2025)),
}
"""Fields of the panel, words for them, and the ends of years at which they are told."""
DATED = ("trained", "adopted", "adopted_platform")
ENDS = {
    "renewed": "a contract renewed",
    "lapsed": "dark for unpaid fees",
    "restored": "restored",
    "switched": "switched vendor",
    "abandoned": "given up",
    "replaced": "replaced after a ban",
}
TERM_YEARS = (2005, 2010, 2015, 2020)
TERMS_SHOWN = 6
TIMELINE = {
    "trained": "trained",
    "adopted": "adopters",
    "adopted_platform": "platforms",
    "working": "working",
}
"""Fields of a country's timeline, and the outcomes whose colours they have."""
WORDS = {
    "trained": "Towards asking for courses",
    "adopted": "Towards buying any system",
    "platform": "Towards buying a platform",
}
TERM_NOTE = (
    "A term is what a group of the country's inputs adds, beside the mean of all countries, by the"
    " rules; above 0 it drives, below it holds back."
)
SHARE_NOTE = (
    "Shares of runs, not probabilities; in brackets 95 % intervals, clustered by parameter set."
)


def country(
    *names: str | Sequence[str],
    source: Source = "baseline",
    compare: Source | Sequence[Source] = (),
    **options: Unpack[RunOptions],
) -> Report:
    """Compare countries: when each trains, buys and exits, in which share of the runs, and why.

    Args:
        *names: ISO codes or English names.
        source: A scenario or a results folder.
        compare: Other scenarios or folders, compared run by run with the first.
        **options: See :class:`sim.studies.sources.RunOptions`.
    """
    tables = seeds_from(options.get("seeds"), options.get("known")) or shipped_seeds()
    wanted = [name for given in names for name in listed(given)]
    if not wanted:
        raise InputError("name a country: its ISO code or its English name")
    chosen = {state.iso3: state for state in (find_state(n, tables.countries) for n in wanted)}
    results = results_of([source, *listed(compare)], options)
    return report(results, list(chosen.values()), tables)


def report(results: Results, chosen: Sequence[CountrySeed], tables: Seeds) -> Report:
    """Return countries' shares, dates, contracts, drivers, and changes by other scenarios."""
    table = pd.concat([_shares(results, state) for state in chosen], ignore_index=True)
    years = [year for year in TERM_YEARS if year < tables.last_year]
    reasons = {
        year: Reasons.of(results.manifest, tables, year) for year in (*years, tables.last_year)
    }
    terms = pd.concat(
        [_terms(reasons, tables.countries.index(state), state) for state in chosen],
        ignore_index=True,
    )
    changes = pd.DataFrame()
    if results.n_points > 1:
        every = country_effects(results, results.years[-1])
        changes = every[every["iso3"].isin([state.iso3 for state in chosen])]
    facts = {state.iso3: facts_of(state, tables) for state in chosen}
    figures: dict[str, Any] = {}
    for state in chosen:
        figures[f"timeline-{state.iso3}"] = lambda state=state: _timeline(results, state)
        figures[f"terms-{state.iso3}"] = lambda state=state: _figure_terms(results, terms, state)
    latest = reasons[tables.last_year]
    return Report(
        kind="country",
        results=results,
        tables={
            "shares": table,
            "terms": terms,
            **({"changes": changes} if len(changes) else {}),
        },
        shown=_shown(results, chosen, facts, table, terms, changes, latest),
        figures=figures,
        facts={"countries": facts},
    )


def _shares(results: Results, state: CountrySeed) -> pd.DataFrame:
    """Return the shares of runs of a country, beside its region's and regime's mean country."""
    states, last = results.states, results.years[-1]
    here = states.index.get_loc(state.iso3)
    beside = {
        "mean_region": (states["region"] == state.region).to_numpy(),
        "mean_regime": (states["regime"] == state.regime_2024).to_numpy(),
    }
    table = []

    def add(field: str, words: str, year: int, among: Flags | bool = True) -> dict[str, Any]:
        values = results.panel(field, [year])[0, :, :, 0]
        good = np.isfinite(values).all(axis=1) & among
        happened = values[good] > 0
        row: dict[str, Any] = {
            "iso3": state.iso3,
            "country": state.name,
            "field": field,
            "what": words,
            "year": year,
            **share_of(happened[:, here], results.set_of_run[good])._asdict(),
        }
        row |= {name: happened[:, group].mean() for name, group in beside.items()}
        table.append(row)
        return row

    for field, (words, wanted) in HAPPENED.items():
        for year in [year for year in wanted if year in results.years] or [last]:
            add(field, words, year)
    with_contract = results.panel("opened", [last])[0, :, here, 0] > 0
    for field, words in ENDS.items() if with_contract.any() else ():
        row = add(field, words, last, with_contract)
        row |= dict.fromkeys(beside, np.nan) | {"of": "runs with a contract"}
    return pd.DataFrame(table)


def _terms(reasons: Mapping[int, Reasons], row: int, state: CountrySeed) -> pd.DataFrame:
    """Return what each group of inputs adds to a country's leanings, by year."""
    return pd.DataFrame(
        {
            "iso3": state.iso3,
            "year": year,
            "question": question,
            "group": group,
            "name": of_year.name(row, group),
            "logits": value,
        }
        for year, of_year in reasons.items()
        for question, terms in of_year.terms(row).items()
        for group, value in terms.items()
    )


def _shown(
    results: Results,
    chosen: Sequence[CountrySeed],
    facts: Mapping[str, Mapping[str, str]],
    table: pd.DataFrame,
    terms: pd.DataFrame,
    changes: pd.DataFrame,
    latest: Reasons,
) -> list[str | Table]:
    names = [state.name for state in chosen]
    known = list(dict.fromkeys(fact for part in facts.values() for fact in part))
    about = pd.DataFrame({"known": known})
    for state in chosen:
        about[state.name] = [facts[state.iso3].get(fact, NONE) for fact in known]
    rows = [
        words
        if field in ENDS
        else f"{words} {'at the end of' if field == 'working' else 'by'} {year}"
        for words, field, year in zip(table["what"], table["field"], table["year"], strict=True)
    ]
    named = table.assign(**{"share of runs": rows})
    cells = wide(named, ["share of runs"], "country", shares(table, "share", "low", "high"))
    dates = pd.DataFrame({"year, half of runs": [HAPPENED[field][0] for field in DATED]})
    for state in chosen:
        dates[state.name] = [_dates(results, state, field) for field in DATED]
    last = terms[(terms["year"] == terms["year"].max()) & (terms["group"] != TOGETHER)]
    drivers = pd.DataFrame({"drives or holds back": [WORDS[question] for question in QUESTIONS]})
    for state in chosen:
        drivers[state.name] = [
            _largest(last[(last["iso3"] == state.iso3) & (last["question"] == question)])
            for question in QUESTIONS
        ]
    blocks: list[str | Table] = [
        Table(about, f"{', '.join(names)}: {results.name}, {results.n_runs:,} runs"),
        Table(cells.reindex(columns=["share of runs", *names]).fillna(NONE)),
        SHARE_NOTE,
        Table(dates),
        Table(drivers),
        f"{TERM_NOTE} {latest.words}",
    ]
    if len(changes):
        columns = {"name": "country", "alternative": "scenario",
                   "p_reference": results.labels[0], "p_alternative": "there",
                   "changed": "beyond chance"}  # fmt: skip
        frame = changes[list(columns)].rename(columns=columns)
        for name in (results.labels[0], "there"):
            frame[name] = frame[name].map(percent)
        blocks.append(Table(frame, f"A working Chinese system at the end of {results.years[-1]}"))
    return blocks


def _dates(results: Results, state: CountrySeed, field: str) -> str:
    """Return median and quartiles of the first year; a run in which it never happens comes last."""
    happened = results.panel(field)[0, :, results.states.index.get_loc(state.iso3)] == 1
    first = first_year(results.years, happened)
    low, middle, high = np.quantile(first, (0.25, 0.5, 0.75), method="inverted_cdf")
    words = [f"{year:.0f}" if np.isfinite(year) else "never" for year in (low, middle, high)]
    return f"{words[1]} ({words[0]} to {words[2]})"


def _largest(terms: pd.DataFrame) -> str:
    part = terms[terms["logits"].abs() >= LEAST_TERM]
    part = part.sort_values("logits", key=lambda values: -values.abs(), kind="stable").head(4)
    words = part["name"] + " " + part["logits"].round(2).map(signed).astype(str)
    return ", ".join(words) or NONE


def facts_of(state: CountrySeed, tables: Seeds) -> dict[str, str]:
    """Return the known facts of a country: label and text, of the last year of the tables."""
    row = tables.countries.index(state)
    last = {name: float(values[row, -1]) for name, values in tables.history.items()}
    documented = shipped_documented(state.iso3)
    joined, left = (round(state.figures[name]) for name in ("bri_year", "bri_exit_year"))
    bri = "not a member" if joined > tables.last_year else f"since {joined}"
    facts = {
        **({"documented contract": "; ".join(documented)} if documented else {}),
        "region": state.region,
        "regime of 2024 (EIU)": state.regime_2024,
        "democracy score": f"{last['democracy']:.1f} of 10",
        "Belt and Road": bri if left > tables.last_year else f"{joined} to {left}",
        "income": f"{last['gdp_pc']:,.0f} US$ of 2015 per head",
        "population": f"{last['population_k'] / 1000.0:,.1f} million",
        "aid received": f"{last['oda_gni']:.1f} % of GNI",
        "conflict": ("none", "minor", "war")[round(last["conflict"])],
        "relations with Beijing": "yes" if last["relations"] else "no",
        "binding ban on Chinese vendors": "yes" if last["ban"] else "no",
    }
    allied = np.any([tables.history[kind][row] for kind in SPELL_KINDS["alliance"]], axis=0)
    if allied.any():
        facts["Western alliance"] = f"since {tables.first_year + int(np.argmax(allied))}"
    return facts


def shipped_documented(iso3: str) -> list[str]:
    """Return the documented contracts of a country: year, vendor and source."""
    tables = seeds_from(None, "documented")
    assert tables is not None
    return [
        f"{int(fact.date)}, {fact.described().get('vendor', 'vendor not known')} ({fact.source})"
        for fact in tables.known
        if fact.iso3 == iso3 and fact.what == "adopted"
    ]


def _timeline(results: Results, state: CountrySeed) -> Figure:
    """Draw the share of runs in which things have happened to a country, year by year."""
    here = results.states.index.get_loc(state.iso3)
    lines = [
        (replace(look_of(register()[outcome]), label=HAPPENED[field][0]), field, 0)
        for field, outcome in TIMELINE.items()
    ]
    works = next(look for look, field, _ in lines if field == "working")
    for point, (look, label) in enumerate(zip(looks(results.labels), results.labels, strict=True)):
        if point:
            words = f"a system works: {label}"
            lines.append((replace(works, label=words, dash=look.dash), "working", point))
    shown = []
    for look, field, point in lines:
        values = results.panel(field)[point, :, here]
        good = np.isfinite(values).all(axis=1)
        mean = mean_of((values[good] > 0).astype(np.float64), results.set_of_run[good])
        curve = pd.DataFrame({"mean": mean.mean, "low": mean.low, "high": mean.high}, results.years)
        shown.append(Line(look, PERCENT * curve.clip(0.0, 1.0)))
    return over_time(
        results,
        f"{state.name}: trained, sold to, locked in",
        [Panel("", "% of runs", shown, (0.0, 100.0))],
        "In which share of the runs had it happened by the end of the year?",
        note="Shares of runs of a model, not probabilities; bands: their 95 % interval.",
    )


def _figure_terms(results: Results, terms: pd.DataFrame, state: CountrySeed) -> Figure:
    """Draw the largest terms of a country's leanings over time, a colour per group of inputs."""
    part = terms[(terms["iso3"] == state.iso3) & (terms["group"] != TOGETHER)]
    most = part.groupby("group")["logits"].apply(lambda values: values.abs().max())
    groups = [group for group in GROUPS if group in set(most.nlargest(TERMS_SHOWN).index)]
    # The same group has the same colour and dash in the figure of each country.
    signs = dict(zip(GROUPS, looks(GROUPS), strict=True))
    part = part.rename(columns={"logits": "mean"}).set_index("year")
    panels = []
    for question in QUESTIONS:
        of = part[part["question"] == question]
        lines = [Line(signs[group], of.loc[of["group"] == group, ["mean"]]) for group in groups]
        panels.append(Panel(WORDS[question], "logits", lines))
    figure = over_time(
        results,
        f"{state.name}: what drives it, and what holds it back",
        panels,
        "Which of the country's circumstances make courses and purchases likely?",
        note=TERM_NOTE,
    )
    for axes in figure.axes:
        axes.axhline(0.0, color=INK, linewidth=THIN_LINE)
        axes.set_xticks(sorted(set(part.index)))
    return figure
