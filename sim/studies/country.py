"""Countries compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, Unpack

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.arguments import without
from sim.errors import InputError, listed
from sim.estimates.effects import by_set, country_effects, share_of
from sim.figures import style
from sim.figures.draw import Line, Panel, over_time
from sim.figures.style import CHINA, DASHED, INK, MODEL, PALE_INK, THIN_LINE, Look
from sim.measures.bands import BAND, band
from sim.measures.variables import COUNTRY, PARAMETER_SET, POINT, YEAR
from sim.model.mechanisms.consideration import CAUSES
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.titles import title_of
from sim.scenario import BASELINE
from sim.studies.buyers import first_year, next_buyers, with_reasons
from sim.studies.report import NONE, Report, Table, bands, percent, shares, wide
from sim.studies.sources import RunOptions, Source, results_of
from sim.world.columns import ADOPTED, CHINESE, PLATFORMS, TRAINING_FORMATS
from sim.world.countries import CountrySeed, find_states
from sim.world.facts import facts_of
from sim.world.fates import (
    FateRecord,
    confirmed,
    event_words,
    shipped_record,
    source_of,
)
from sim.world.seeds import Seeds, own_record, seeds_from, shipped_seeds

HAPPENED = {
    "trained": ("trained", (2025, 2040)),
    "adopted": ("bought any Chinese system", (2019, 2025, 2040)),
    "adopted_platform": ("bought a platform", (2019, 2025, 2040)),
    "working": ("a Chinese system works", (2025, 2040)),
    "recorded_trained": ("recorded as trained", (2025,)),
    "recorded_adopted": ("recorded as adopter", (2019, 2025)),
    "recorded_platform": ("recorded with a platform", (2019, 2025)),
}
# The article's chain, step by step; those in CAUSED have a cause in the model.
CHAIN = {
    "trained": "first police course",
    "considered_for": "first considers a system",
    "adopted": "first Chinese system",
    "adopted_platform": "first platform",
    "dependence": "first contract, and with it dependence",
}
CAUSED = ("considered_for", "dependence")
CAUSES_SHOWN = 3
ENDS = {
    "renewed": "a contract renewed",
    "suspensions": "suspended for missed payments",
    "restored": "restored",
    "switched": "switched vendor",
    "switched_off": "switched off",
    "replaced": "replaced after a ban",
}
# Police work together: no training, but on record.
JOINT = ("drill", "patrol")
WITH_POLICE = ("police training: ", "with Chinese police: ")
TIMELINE = {
    "working": Look("system works", CHINA),
    "adopted_platform": Look("bought a platform", MODEL, style.DASH_DOT),
    "adopted": Look("ever bought", INK, style.DASHED),
    "trained": Look("police trained", PALE_INK, style.DOTTED),
}
LEAVING = (2025, 2030, 2040)
LEAVING_NOTE = (
    "Leaving: exit cost at the end of the year, where a Chinese system works under contract, and in"
    " years of what the system is worth: mean (90% of runs). It is paid only at exit. Money: the"
    " model's systems cost more than those on record, see docs/validation.md."
)
CHAIN_NOTE = (
    "From course to dependence, in the model: share of runs, median year (middle half of runs):"
    " main causes. After the dot: the first on record."
)
SHARE_NOTE = (
    "Shares of runs, not probabilities; in brackets 95% intervals, clustered by parameter set."
)


@without("countries")
def country(
    *names: str | Sequence[str],
    source: Source = BASELINE,
    compare: Source | Sequence[Source] = (),
    why: bool = False,
    **options: Unpack[RunOptions],
) -> Report:
    """Compare countries: when each trains, buys and exits, in which share of the runs, and why.

    Args:
        *names: ISO codes or English names; none: those without a system on record, by how likely
            they buy next.
        source: A scenario or a results folder.
        compare: Other scenarios or folders, compared run by run with the first.
        why: Whether to count the purchases that go with each mechanism off, in further runs.
        **options: See :class:`sim.studies.sources.RunOptions`.

    Examples:
        >>> found = sim.country("KEN", runs=2, set={"horizon.end": 2008})
        >>> sorted(found.tables)
        ['chain', 'fates', 'leaving', 'shares']
    """
    tables = seeds_from(options.get("data"), options.get("known")) or shipped_seeds()
    wanted = [name for given in names for name in listed(given)]
    if not wanted and (why or compare):
        raise InputError("name a country: its ISO code or its English name")
    chosen = {state.iso3: state for state in find_states(wanted, tables.countries)}
    sources = [source, *listed(compare)]
    own = own_record(options.get("known"))
    read = ("data",) if own is None else ("data", "known")
    results = results_of(sources, options, countries=True, read=read)
    if not wanted:
        return next_buyers(results, shipped_record().with_own(own) if own else shipped_record())
    found = report(results, list(chosen.values()), tables, own)
    return with_reasons(found, list(chosen.values()), options) if why else found


def report(
    results: Results,
    chosen: Sequence[CountrySeed],
    tables: Seeds,
    own: FateRecord | None = None,
) -> Report:
    last = results.years[-1]
    if absent := [s.name for s in chosen if s.iso3 not in results.country_groups.index]:
        raise InputError(f"{', '.join(absent)}: not in the input tables of {results.name}")
    every = shipped_record().with_own(own) if own else shipped_record()
    records = {state.iso3: every.of_country(state.iso3) for state in chosen}

    found: dict[str, list[dict[str, Any]]] = {"shares": [], "chain": [], "leaving": []}
    for state in chosen:
        of = {"iso3": state.iso3, "country": state.name}
        found["shares"] += [of | row for row in _shares(results, state)]
        found["chain"] += [of | row for row in _chain(results, state, records[state.iso3])]
        found["leaving"] += [of | row for row in _leaving(results, state)]
    frames = {name: pd.DataFrame(rows) for name, rows in found.items()}
    fates = [fates_of(record).assign(iso3=iso3) for iso3, record in records.items()]
    frames["fates"] = pd.concat(fates, ignore_index=True)
    if results.n_points > 1:
        changes = country_effects(results, last)
        frames["changes"] = changes[changes["iso3"].isin([state.iso3 for state in chosen])]
    facts = {state.iso3: facts_of(state, tables) for state in chosen}
    for iso3, known in facts.items():
        if years := _imposed(results, iso3):
            known["contract imposed on runs"] = "; ".join(map(str, years))
    return Report(
        kind="country",
        results=results,
        tables=frames,
        shown=_shown(results, chosen, facts, frames),
        figures={
            f"timeline-{s.iso3}": partial(_timeline, results, s, records[s.iso3]) for s in chosen
        },
        facts={"countries": facts},
    )


def _imposed(results: Results, iso3: str) -> list[int]:
    """Return the years of contracts that a country was made to sign at some point."""
    decisions = chain.from_iterable(map(results.known, range(results.n_points)))
    mine = (of for of in decisions if of["iso3"] == iso3 and of["what"] == ADOPTED)
    return sorted({int(of["date"]) for of in mine})


def _shares(results: Results, state: CountrySeed) -> Iterator[dict[str, Any]]:
    last = results.years[-1]
    rows = [
        (field, words, year)
        for field, (words, wanted) in HAPPENED.items()
        for year in [year for year in wanted if year in results.years] or [last]
    ]
    signed = _cells(results, state, "opened", [last])[:, 0] > 0
    # Shares of contracts' ends are only defined in runs with a contract.
    if signed.any():
        rows += [(field, words, last) for field, words in ENDS.items()]
    for field, words, year in rows:
        happened = _cells(results, state, field, [year])[:, 0] > 0
        happened = happened[signed.to_numpy()] if field in ENDS else happened
        of = "runs with a contract" if field in ENDS else "runs"
        yield {"field": field, "what": words, "year": year, **_share(happened), "of": of}


def _leaving(results: Results, state: CountrySeed) -> Iterator[dict[str, Any]]:
    for year in [year for year in LEAVING if year in results.years]:
        cost, worth, works = (
            _cells(results, state, field, [year]).to_numpy()[:, 0]
            for field in ("exit_cost", "yearly_value", "working")
        )
        paid = (cost > 0.0) & (works > 0.0)
        of_unit = {"million US$": cost[paid], "years of benefit": cost[paid] / worth[paid]}
        for unit, values in of_unit.items() if paid.any() else ():
            row = dict(zip(BAND, band(values), strict=True))
            yield {"year": year, "unit": unit, "runs": paid.sum(), **row}


def _cells(
    results: Results,
    state: CountrySeed,
    field: str,
    years: Sequence[int] | None = None,
    point: int = 0,
) -> xr.DataArray:
    """Return a field of a country: (runs, years)."""
    return results.panel(field, years).isel({POINT: point}).sel({COUNTRY: state.iso3})


def _share(happened: xr.DataArray) -> dict[str, Any]:
    return share_of(happened.to_numpy(), happened[PARAMETER_SET].to_numpy())._asdict()


def _shown(
    results: Results,
    chosen: Sequence[CountrySeed],
    facts: Mapping[str, Mapping[str, str]],
    frames: Mapping[str, pd.DataFrame],
) -> list[str | Table]:
    def beside(head: str, frame: pd.DataFrame, rows: pd.Series, cells: list[str]) -> pd.DataFrame:
        table = wide(frame.assign(row=rows), ["row"], "country", cells)
        return table.rename(columns={"row": head}).fillna(NONE)

    happened, costs, steps = (frames[name] for name in ("shares", "leaving", "chain"))
    dated = happened["what"] + " by " + happened["year"].astype(str)
    dated = dated.str.replace("works by", "works at the end of")
    dated = dated.mask(happened["field"].isin(ENDS), happened["what"])
    profile = pd.DataFrame({state.name: facts[state.iso3] for state in chosen}).fillna(NONE)
    profile = profile.rename_axis("country profile").reset_index()
    named = ", ".join(state.name for state in chosen)
    on_record = f"in the model, to {results.years[-1]} · on record"
    blocks: list[str | Table] = [
        Table(profile, f"{named}: {results.name}, {results.n_runs:,} runs"),
        Table(beside("share of runs", happened, dated, shares(happened, "share", "low", "high"))),
        SHARE_NOTE,
        by_set(results),
        Table(beside(on_record, steps, steps["what"], steps["text"].tolist()), CHAIN_NOTE),
    ]
    if len(costs):
        dated = costs["year"].astype(str) + ", " + costs["unit"]
        table = beside("leaving costs at the end of", costs, dated, bands(costs))
        blocks.append(Table(table, LEAVING_NOTE))
    if len(fates := frames["fates"]):
        title = "On record: systems, their fate, and police trainings, drills and patrols"
        blocks.append(Table(fates.drop(columns="iso3"), title))
    if "changes" in frames:
        heads = {
            "name": "country", "alternative": "scenario", "p_reference": f"in {results.labels[0]}",
            "p_alternative": "in the scenario", "changed": "beyond chance",
        }  # fmt: skip
        changes = frames["changes"][[*heads]]
        columns = ["p_reference", "p_alternative"]
        changes = changes.assign(**{name: changes[name].map(percent) for name in columns})
        title = f"A working Chinese system at the end of {results.years[-1]}: share of runs"
        blocks.append(Table(changes.rename(columns=heads), title))
    return blocks


def _chain(results: Results, state: CountrySeed, record: FateRecord) -> Iterator[dict[str, Any]]:
    """Return each step's share of runs and dates, with the first on record, and its causes."""
    causes = _cells(results, state, "considered_for").to_numpy().astype(int)
    systems = record.systems[record.systems["group"] == CHINESE]
    dates = {
        "trained": confirmed(record.trainings)["start"],
        "adopted": systems["contracted"],
        "adopted_platform": systems.loc[systems["stage"].isin(PLATFORMS[1:]), "contracted"],
    }
    for field, what in CHAIN.items():
        happens = _cells(results, state, field) > 0
        share, happened = _share(happens.any(YEAR)), happens.to_numpy()
        at, some = happened.argmax(axis=-1), happened.any(axis=-1)
        # Runs without the event come last.
        first = first_year(results.years, happened)
        quartiles = np.quantile(first, (0.25, 0.5, 0.75), method="inverted_cdf")
        low, middle, high = (f"{year:.0f}" if np.isfinite(year) else "never" for year in quartiles)
        known = min((date for date in dates.get(field, ()) if date), default="")
        of = pd.Series(causes[some, at[some]] if field in CAUSED else [])
        of = of.map(dict(enumerate(CAUSES.values(), 1)))
        largest = of.value_counts(normalize=True).head(CAUSES_SHOWN)
        why = ", ".join(f"{words} {percent(part)}" for words, part in largest.items())
        text = f"{percent(share['share'])}, {middle} ({low} to {high})"
        text += f": {why}" * bool(why) + f" · {known}" * bool(known)
        row = {"field": field, "what": what, **share}
        yield {**row, "first_median": quartiles[1], "on_record": known, "causes": why, "text": text}


def fates_of(record: FateRecord) -> pd.DataFrame:
    """Return a row per event or confirmed training, drill or patrol, with its source."""
    events = record.events
    trained = confirmed(record.trainings, (*TRAINING_FORMATS, *JOINT))
    names = record.systems.set_index("id")
    texts = names["place"] + " (" + names["maker"] + ")"
    officers = trained["officers"].map(lambda n: f", {n:.0f} officers" if n > 0.0 else "")
    words = [event_words(event) for _, event in events.iterrows()]
    courses = trained.assign(
        date=trained["start"],
        system=trained["format"].map(lambda form: WITH_POLICE[form in JOINT]) + trained["topic"],
        event=trained["format"] + officers,
    )
    rows = pd.concat([events.assign(system=events["id"].map(texts), event=words), courses])
    rows = rows.assign(source=[source_of(row) for _, row in rows.iterrows()])
    # A training without a date comes last.
    rows = rows.sort_values("date", key=lambda dates: dates.replace("", "~"), kind="stable")
    return rows[["date", "system", "event", "source"]]


def _timeline(results: Results, state: CountrySeed, record: FateRecord) -> Figure:
    lines = [(look, field, 0) for field, look in TIMELINE.items()]
    for point in range(1, results.n_points):
        _, dash = style.SIGNS[point % len(style.SIGNS)]
        label = f"works: {title_of(results, point)}"
        lines.append((replace(TIMELINE["working"], label=label, dash=dash), "working", point))
    shown = []
    for look, field, point in lines:
        happened = _cells(results, state, field, point=point) > 0
        curve = pd.DataFrame([_share(year) for year in happened.T], results.years)
        curve = curve.rename(columns={"share": "mean"})
        # Where all runs agree there is often nothing to estimate: nobody sells, or all must sign.
        curve.loc[curve["mean"].isin([0.0, 1.0]), ["low", "high"]] = np.nan
        shown.append(Line(look, PERCENT * curve[["mean", "low", "high"]]))
    imposed = _imposed(results, state.iso3)
    dashed = f" Dashed: contract imposed on runs, {', '.join(map(str, imposed))}." * bool(imposed)
    figure = over_time(
        results,
        f"{state.name}: a Chinese system works at the end of {results.years[-1]} in"
        f" {shown[0].curve['mean'].iloc[-1]:.0f}% of the model's runs",
        [Panel("", "% of runs", shown, (0.0, 100.0))],
        "% of runs in which it had happened by the end of the year, or a system works then: not"
        " probabilities. Band, and bars in the last year: 95% interval of the share if runs differ."
        f" Years on record: squares, Chinese contracts; triangles, police trainings.{dashed}",
    )
    figure.axes[0].vlines(imposed, 0.0, 100.0, color=INK, lw=THIN_LINE, ls=DASHED, zorder=0.5)
    signed = record.systems.loc[record.systems["group"] == CHINESE, "contracted"]
    marks = {"^": confirmed(record.trainings)["start"], "s": signed}
    for height, (marker, dates) in enumerate(marks.items()):
        at = [int(date[:4]) for date in dates if date]
        figure.axes[0].plot(at, [2.0 + 4.0 * height] * len(at), marker, color=INK, ms=3.0)
    return figure
