"""Countries compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.arguments import without
from sim.arrays import Flags, Floats
from sim.engine.drivers import LEAST_TERM, TOGETHER, Reasons
from sim.errors import InputError, listed
from sim.figures import style
from sim.figures.draw import Line, Panel, over_time
from sim.figures.style import CHINA, INK, MODEL, PALE_INK, Look
from sim.results.dataset import Results
from sim.results.effects import by_set, country_effects, share_of
from sim.results.titles import title_of
from sim.results.variables import COUNTRY, PARAMETER_SET, POINT, RUN, YEAR
from sim.scenario import BASELINE
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.report import NONE, Report, Table, percent, shares, signed
from sim.studies.sources import RunOptions, Source, results_of
from sim.units import PERCENT, THOUSAND
from sim.world.columns import ADOPTED, SPELL_KINDS
from sim.world.countries import CountrySeed, find_states
from sim.world.fates import FateRecord, event_words, in_order, shipped_record, source_of
from sim.world.seeds import (
    Seeds,
    documented_decisions,
    own_record,
    seeds_from,
    shipped_seeds,
)

HAPPENED = {
    "trained": ("trained", (2025, 2040)),
    "adopted": ("bought any Chinese system", (2019, 2025, 2040)),
    "adopted_platform": ("bought a platform", (2019, 2025, 2040)),
    "working": ("a Chinese system works", (2025, 2040)),
    "recorded_trained": ("recorded as trained", (2025,)),
    "recorded_adopted": ("recorded as adopter", (2019, 2025)),
    "recorded_platform": ("recorded with a platform", (2019, 2025)),
}
DATED = ("trained", "adopted", "adopted_platform")
ENDS = {
    "renewed": "a contract renewed",
    "suspensions": "suspended for missed payments",
    "restored": "restored",
    "switched": "switched vendor",
    "switched_off": "switched off",
    "replaced": "replaced after a ban",
}
TERM_YEARS = (2005, 2010, 2015, 2020)
TIMELINE = {
    "working": Look("system works", CHINA),
    "adopted_platform": Look("bought a platform", MODEL, style.DASH_DOT),
    "adopted": Look("ever bought", INK, style.DASHED),
    "trained": Look("police trained", PALE_INK, style.DOTTED),
}
WORDS = {
    "trained": "Demand for police courses",
    "adopted": "Demand for any system",
    "platform": "Demand for a platform",
}
SHARE_NOTE = (
    "Shares of runs, not probabilities; in brackets 95% intervals, clustered by parameter set."
)


@without("countries")
def country(
    *names: str | Sequence[str],
    source: Source = BASELINE,
    compare: Source | Sequence[Source] = (),
    **options: Unpack[RunOptions],
) -> Report:
    """Compare countries: when each trains, buys and exits, in which share of the runs, and why.

    Args:
        *names: ISO codes or English names.
        source: A scenario or a results folder.
        compare: Other scenarios or folders, compared run by run with the first.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> found = sim.country("KEN", runs=2, set={"horizon.end": 2008})
        >>> sorted(found.tables)
        ['fates', 'shares', 'terms']
    """
    tables = seeds_from(options.get("seeds"), options.get("known")) or shipped_seeds()
    wanted = [name for given in names for name in listed(given)]
    if not wanted:
        raise InputError("name a country: its ISO code or its English name")
    chosen = {state.iso3: state for state in find_states(wanted, tables.countries)}
    sources = [source, *listed(compare)]
    own = own_record(options.get("known"))
    read = ("seeds",) if own is None else ("seeds", "known")
    results = results_of(sources, options, countries=True, read=read)
    return report(results, list(chosen.values()), tables, own)


def first_year(years: Sequence[int], happened: Flags) -> Floats:
    """Return the first year, on the last axis, of an event; infinite: never."""
    first = np.array(years, np.float64)[happened.argmax(axis=-1)]
    return np.where(happened.any(axis=-1), first, np.inf)


def report(
    results: Results,
    chosen: Sequence[CountrySeed],
    tables: Seeds,
    own: FateRecord | None = None,
) -> Report:
    last = results.years[-1]
    frames = {"shares": pd.DataFrame([row for s in chosen for row in _shares(results, s)])}
    years = [*(year for year in TERM_YEARS if year < tables.last_year), tables.last_year]
    scenario, sets = results.scenario(0), shipped_plausible()
    known = sets if results.plausible_sha256 == sets.sha256 else None
    own_rules = results.own_mechanisms
    reasons = [Reasons.of(scenario, known, tables, year, own_rules) for year in years]
    terms = [
        (state.iso3, year, question, group, value)
        for state in chosen
        for year, of_year in zip(years, reasons, strict=True)
        for question, terms in of_year.terms(tables.countries.index(state)).items()
        for group, value in terms.items()
    ]
    columns = ["iso3", "year", "question", "group", "logits"]
    frames["terms"] = pd.DataFrame(terms, columns=columns)
    if results.n_points > 1:
        every = country_effects(results, last)
        frames["changes"] = every[every["iso3"].isin([state.iso3 for state in chosen])]
    record = shipped_record().with_own(own) if own else shipped_record()
    fates = [fates_of(record.of_country(state.iso3)).assign(iso3=state.iso3) for state in chosen]
    frames["fates"] = pd.concat(fates, ignore_index=True)
    facts = {state.iso3: facts_of(state, tables) for state in chosen}
    return Report(
        kind="country",
        results=results,
        tables=frames,
        shown=_shown(results, chosen, facts, frames, reasons[-1].words),
        figures={f"timeline-{state.iso3}": partial(_timeline, results, state) for state in chosen},
        facts={"countries": facts},
    )


def _shares(results: Results, state: CountrySeed) -> Iterator[dict[str, Any]]:
    # Next to a country: the mean country of its region and of its regime.
    table, last = results.country_groups, results.years[-1]
    alike = {"region": state.region, "regime": state.regime_2024}
    rows = [
        (field, words, year)
        for field, (words, wanted) in HAPPENED.items()
        for year in [year for year in wanted if year in results.years] or [last]
    ]
    opened = _flags(results, "opened", last).sel({COUNTRY: state.iso3})
    with_contract = opened[RUN].to_numpy()[opened.to_numpy()]
    # Shares of contracts' ends are only defined in runs with a contract.
    if len(with_contract):
        rows += [(field, words, last) for field, words in ENDS.items()]
    for field, words, year in rows:
        happened = _flags(results, field, year)
        if field in ENDS:
            happened = happened.sel({RUN: with_contract})
        here = happened.sel({COUNTRY: state.iso3})
        share = share_of(here.to_numpy(), here[PARAMETER_SET].to_numpy())._asdict()
        keys = {"iso3": state.iso3, "country": state.name, "field": field, "what": words}
        row = {**keys, "year": year, **share}
        if field in ENDS:
            yield row | {"of": "runs with a contract"}
        else:
            cells = happened.to_numpy()
            means = {k: cells[:, table[k] == name].mean() for k, name in alike.items()}
            yield row | {f"mean_{kind}": mean for kind, mean in means.items()}


def _flags(results: Results, field: str, year: int) -> xr.DataArray:
    return results.panel(field, [year]).isel({POINT: 0, YEAR: 0}).dropna(RUN) > 0


def _shown(
    results: Results,
    chosen: Sequence[CountrySeed],
    facts: Mapping[str, Mapping[str, str]],
    frames: Mapping[str, pd.DataFrame],
    meaning: str,
) -> list[str | Table]:
    def beside(title: str, cells: Callable[[CountrySeed], Mapping[str, str]]) -> pd.DataFrame:
        table = pd.DataFrame({state.name: cells(state) for state in chosen})
        return table.fillna(NONE).rename_axis(title).reset_index()

    def happened(state: CountrySeed) -> dict[str, str]:
        part = frames["shares"].query("iso3 == @state.iso3")
        ends = [
            "" if field in ENDS else f" {'at the end of' if field == 'working' else 'by'} {year}"
            for field, year in zip(part["field"], part["year"], strict=True)
        ]
        return dict(zip(part["what"] + ends, shares(part, "share", "low", "high"), strict=True))

    def driving(state: CountrySeed) -> dict[str, str]:
        last = frames["terms"].query("iso3 == @state.iso3 and year == year.max()")
        return {words: _largest(last[last["question"] == of]) for of, words in WORDS.items()}

    blocks: list[str | Table] = [
        Table(
            beside("country profile", lambda state: facts[state.iso3]),
            f"{', '.join(state.name for state in chosen)}: {results.name}, {results.n_runs:,} runs",
        ),
        Table(beside("share of runs", happened)),
        SHARE_NOTE,
        by_set(results),
        Table(beside("median year (middle half of runs)", lambda state: _dates(results, state))),
        Table(beside("raises (+) or lowers (−) the odds", driving)),
        meaning,
    ]
    if len(fates := frames["fates"]):
        blocks.append(Table(fates.drop(columns="iso3"), "Systems on record, and their fate"))
    if "changes" in frames:
        ends = ["p_reference", "p_alternative"]
        changes = frames["changes"][["name", "alternative", *ends, "changed"]].copy()
        changes[ends] = changes[ends].map(percent)
        changes.columns = [
            "country",
            "scenario",
            results.labels[0],
            "in the scenario",
            "beyond chance",
        ]
        title = f"A working Chinese system at the end of {results.years[-1]}"
        blocks.append(Table(changes, title))
    return blocks


def _dates(results: Results, state: CountrySeed) -> dict[str, str]:
    """Return median and quartiles of first years; runs without the event come last."""
    dates = {}
    for field in DATED:
        values = results.panel(field).isel({POINT: 0}).sel({COUNTRY: state.iso3})
        first = first_year(results.years, (values.dropna(RUN) == 1).to_numpy())
        ends = np.quantile(first, (0.25, 0.5, 0.75), method="inverted_cdf")
        low, middle, high = (f"{year:.0f}" if np.isfinite(year) else "never" for year in ends)
        dates[HAPPENED[field][0]] = f"{middle} ({low} to {high})"
    return dates


def _largest(terms: pd.DataFrame) -> str:
    part = terms[(terms["logits"].abs() >= LEAST_TERM) & (terms["group"] != TOGETHER)]
    part = part.sort_values("logits", key=lambda values: -values.abs(), kind="stable").head(4)
    words = part["group"] + " " + part["logits"].round(2).map(signed).astype(str)
    return ", ".join(words) or NONE


def facts_of(state: CountrySeed, tables: Seeds) -> dict[str, str]:
    """Return the known facts of a country, label and text, in the last year of the tables."""
    row = tables.countries.index(state)
    last = {name: float(values[row, -1]) for name, values in tables.history.items()}
    documented = [
        f"{int(fact.date)}, {fact.described().get('vendor', 'vendor not known')} ({fact.source})"
        for fact in documented_decisions()
        if fact.iso3 == state.iso3 and fact.what == ADOPTED
    ]
    joined, left = (round(state.figures[name]) for name in ("bri_year", "bri_exit_year"))
    bri = "not a member" if joined > tables.last_year else f"since {joined}"
    exposed = THOUSAND * last["battle_deaths"] / last["population_k"]
    facts = {
        **({"documented contract": "; ".join(documented)} if documented else {}),
        "region": state.region,
        "regime of 2024 (EIU)": state.regime_2024,
        "democracy score": f"{last['democracy']:.1f} of 10",
        "Belt and Road": bri if left > tables.last_year else f"{joined} to {left}",
        "income": f"{last['gdp_pc']:,.0f} US$ of 2015 per head",
        "population": f"{last['population_k'] / 1000.0:,.1f} million",
        "aid received": f"{last['oda_gni']:.1f}% of GNI",
        "conflict": ("none", "minor", "war")[round(last["conflict"])],
        "deaths in state-based conflicts": f"{exposed:,.0f} per million",
        "relations with Beijing": "yes" if last["relations"] else "no",
        "binding ban on Chinese vendors": "yes" if last["ban"] else "no",
    }
    allied = np.any([tables.history[kind][row] for kind in SPELL_KINDS["alliance"]], axis=0)
    if last["gpa"]:
        facts["WTO procurement agreement"] = "a party"
    if allied.any():
        facts["Western alliance"] = f"since {tables.first_year + int(np.argmax(allied))}"
    return facts


def fates_of(record: FateRecord) -> pd.DataFrame:
    """Return a row per event: `system`, `date`, `event`, `source`."""
    events = in_order(record.events)
    names = record.systems.set_index("id")
    texts = names["place"] + " (" + names["maker"] + ")"
    rows = {
        "system": events["id"].map(texts),
        "date": events["date"],
        "event": [event_words(event) for _, event in events.iterrows()],
        "source": [source_of(event) for _, event in events.iterrows()],
    }
    return pd.DataFrame(rows, dtype=object).sort_values("system", kind="stable")


def _timeline(results: Results, state: CountrySeed) -> Figure:
    lines = [(look, field, 0) for field, look in TIMELINE.items()]
    for point in range(1, results.n_points):
        _, dash, _ = style.SIGNS[point % len(style.SIGNS)]
        label = f"works: {title_of(results, point)}"
        lines.append((replace(TIMELINE["working"], label=label, dash=dash), "working", point))
    shown = []
    for look, field, point in lines:
        values = results.panel(field).isel({POINT: point}).sel({COUNTRY: state.iso3})
        happened = values.dropna(RUN) > 0
        sets = happened[PARAMETER_SET].to_numpy()
        shares = [share_of(year, sets) for year in happened.to_numpy().T]
        curve = pd.DataFrame(shares, results.years).rename(columns={"share": "mean"})
        shown.append(Line(look, PERCENT * curve[["mean", "low", "high"]]))
    facts = [f"{int(fact.date)}" for fact in documented_decisions()
             if fact.iso3 == state.iso3 and fact.what == ADOPTED]  # fmt: skip
    known = " Dashed: contract on record, which runs need not follow." if facts else ""
    figure = over_time(
        results,
        f"{state.name}: a Chinese system works at the end of {results.years[-1]} in"
        f" {shown[0].curve['mean'].iloc[-1]:.0f}% of the model's runs",
        [Panel("", "% of runs", shown, (0.0, 100.0))],
        "% of runs in which it had happened by the end of the year; shares of runs of a model, not"
        f" probabilities. Band, and bars in the last year: 95% interval of the share.{known}",
    )
    for year in facts:
        figure.axes[0].axvline(
            int(year), color=INK, lw=style.THIN_LINE, ls=style.DASHED, zorder=0.5
        )
        figure.axes[0].text(
            int(year) + 0.3, 3.0, f"contract of {year}", fontsize=style.SMALL, color=INK
        )
    return figure
