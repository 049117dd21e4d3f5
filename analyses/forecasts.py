"""Forecasts of what will be on public record, made once a year and scored by one function.

`uv run python analyses/forecasts.py` adds a round of today to forecasts.csv and
forecasts-countries.csv, scores all rounds by forecasts-observed.csv, and rewrites the tables of
forecasts.md; with `--score` it adds none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from scores import Forecast
from tables import PAGES, rewrite, table
from training_statistics import by_country, year_of

import sim
from sim.model.mechanisms.tender import CHINESE_VENDORS, SAFE_CITY
from sim.studies.buyers import first_ones
from sim.studies.report import bands
from sim.world.columns import CHINESE, PLATFORMS
from sim.world.fate_statistics import courses
from sim.world.fates import confirmed, shipped_record
from sim.world.seeds import shipped_seeds

NUMBERS, COUNTRIES, OBSERVED = (
    PAGES / f"forecasts{name}.csv" for name in ("", "-countries", "-observed")
)
BASE, YEARS, RUNS = 2025, (2026, 2027, 2030), 1024
SEED = 2025
"""Of the draws that say which ends are seen."""
LEAST_GAP = 0.1
"""Least distance of neighbouring quantiles, in the figure's unit, for the score of a density."""
RECENT = 5
"""Years to the base whose mean is the trend."""
REVISED = 0.02
"""Standard deviation of a list's own revisions, as a share of its count: a judgement."""
LEVELS = [f"q{level:02d}" for level in range(5, 100, 5)]
LIKELIEST = 10
WORDS = {
    "trained": "countries ever trained, Carnegie's list",
    "trainings": "trainings, Carnegie's list",
    "listed": "countries with a Chinese system, record of fates",
    "platforms": "countries with a Chinese safe city or more, record of fates",
    "ended": "Chinese systems that ended, record of fates",
}
OUTCOMES = {
    "trained": "recorded_trained", "trainings": "recorded_trainings",
    "listed": "recorded_adopters", "platforms": "recorded_platforms",
}  # fmt: skip
PUBLISHED = {"trained": "trained_countries_2025", "trainings": "trainings_total"}
"""Figures of another list than ours; its pace is taken from ours."""


def chinese() -> pd.DataFrame:
    """Return the Chinese systems on record, with the year in which each begins."""
    systems = shipped_record().systems
    begun = year_of(systems["contracted"]).fillna(year_of(systems["operational"]))
    return systems.assign(year=begun)[systems["group"] == CHINESE]


def on_record() -> dict[str, Any]:
    """Return the year of each event on record, by quantity; of countries, of the first."""
    record, systems = shipped_record(), chinese()
    held = confirmed(record.trainings)
    held = held.assign(year=year_of(held["start"]))
    larger, followed = systems[systems["stage"] != PLATFORMS[0]], courses(record)
    first = {"trained": by_country(held), "listed": systems, "platforms": larger}
    ended = np.floor((followed["start"] + followed["end"]).dropna())
    years = {name: rows.groupby("iso3")["year"].min() for name, rows in first.items()}
    return {**years, "trainings": held["year"], "ended": ended}


def ends_seen(results: sim.Results) -> Any:
    """Return the ends of Chinese systems that the press reports after the base: (runs, years)."""
    years = [*range(BASE, YEARS[-1] + 1)]
    vendor, stage = (results.panel(name, years)[0].to_numpy() for name in ("vendor", "stage"))
    ended = np.isin(vendor[..., :-1], CHINESE_VENDORS) & (vendor[..., 1:] != vendor[..., :-1])
    lost, switched, small = (
        results.parameters[f"fates.{name}"].to_numpy()[:, np.newaxis, np.newaxis]
        for name in ("loss_seen", "switch_seen", "pilot_seen")
    )
    chance = np.where(vendor[..., 1:] == "none", lost, switched)
    chance = chance * np.where(stage[..., :-1] >= SAFE_CITY, 1.0, small)
    seen = np.random.default_rng(SEED).random(chance.shape) < ended * chance
    return seen.sum(axis=1).cumsum(axis=1)[:, [year - BASE - 1 for year in YEARS]]


def numbers(results: sim.Results) -> Iterator[dict[str, Any]]:
    """Yield the forecasts: quantiles by quantity, year and method."""
    values = {n: results.values(o, years=[BASE, *YEARS])[0].to_numpy() for n, o in OUTCOMES.items()}
    grown = {name: of[:, 1:] - of[:, :1] for name, of in values.items()}
    grown["ended"] = ends_seen(results)
    published = {target.id: target.value for target in shipped_seeds().targets}
    dates = on_record()
    for quantity in WORDS:
        known = dates[quantity][~(dates[quantity] > BASE)]
        base = published.get(PUBLISHED.get(quantity, ""), float(len(known)))
        scale, recent = base / len(known), (known > BASE - RECENT).sum() / RECENT
        noise = max(1.0, REVISED * base)
        for year, grows in zip(YEARS, grown[quantity].T, strict=True):
            events = recent * (ahead := year - BASE)
            # Events at a rate that is known from as many years as `RECENT`.
            spread = np.hypot(noise, scale * np.sqrt(events * (1.0 + ahead / RECENT)))
            for method, forecast in (
                ("model", Forecast(base + grows, np.ones(len(grows)), noise)),
                ("trend", Forecast.normal(base + scale * events, spread)),
                ("persistence", Forecast.normal(base, spread)),
            ):
                keys = {"quantity": quantity, "base": base, "year": year, "method": method}
                ends = {level: forecast.quantile(float(level[1:]) / 100.0) for level in LEVELS}
                yield {**keys, "mean": forecast.mean, **ends}


def countries(results: sim.Results) -> Iterator[pd.DataFrame]:
    """Yield the chances of a first Chinese system on record, by country."""
    for year in YEARS[1:]:
        frame = first_ones(results, {*chinese()["iso3"]}, year)
        # Of few runs a share of 0 or 1 is not certain.
        chance = (frame["listed"] * frame["runs"] + 0.5) / (frame["runs"] + 1.0)
        yield frame[["iso3", "name"]].assign(year=year, chance=chance)


def scored(forecasts: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    """Return the forecasts that can be scored, with `observed`, `inside`, `pit`, `crps`, `log`.

    `inside` says whether the 90% contain the figure. Lower `crps`, in its unit, and higher `log`
    are better; see :class:`scores.Forecast`.
    """
    both = forecasts.merge(observed[["quantity", "year", "observed"]], on=["quantity", "year"])
    scores = []
    for values, figure in zip(both[LEVELS].to_numpy(), both["observed"], strict=True):
        gap = max(float(np.diff(values).mean()), LEAST_GAP)
        forecast = Forecast(values, np.ones(len(values)), gap)
        inside = values[0] <= figure <= values[-1]
        of = (forecast.below(figure), forecast.crps(figure), forecast.log_score(figure))
        scores.append((inside, *of))
    return both.join(pd.DataFrame(scores, columns=["inside", "pit", "crps", "log"]))


def brier(chances: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    """Return mean squared errors of chances, and of one chance for all, by round and year.

    `observed` has the countries with a first system (`iso3`, `year` of it). Only years up to the
    last of any row are scored: the record was read so far.
    """
    rows = []
    due = chances[chances["year"] <= observed["year"].max()]
    for (made, year), part in due.groupby(["made", "year"]):
        happened = part["iso3"].isin(observed.loc[observed["year"] <= year, "iso3"])
        each, alike = (
            ((chance - happened) ** 2).mean() for chance in (part["chance"], part["chance"].mean())
        )
        rows.append((made, year, int(happened.sum()), each, alike))
    return pd.DataFrame(rows, columns=["made", "year", "events", "model", "one chance"])


def as_table(frame: pd.DataFrame) -> str:
    """Return a table as Markdown; a sentence if it has no row."""
    cells = frame.round(4).astype(str).to_numpy().tolist()
    return table([*map(str, frame)], cells) if cells else "None yet."


def pages() -> dict[str, str]:
    """Return the page's tables: the last round, and the scores of all."""
    every, chances, seen = (pd.read_csv(path) for path in (NUMBERS, COUNTRIES, OBSERVED))
    last = every[every["made"] == every["made"].max()]
    last = last.assign(cell=bands(last.round()), quantity=last["quantity"].map(WORDS))
    keys = ["quantity", "base", "method"]
    wide = last.pivot_table("cell", keys, "year", aggfunc="first", sort=False).reset_index()
    wide.loc[wide["quantity"].duplicated(), "quantity"] = ""
    head, final = last.iloc[0], chances[chances["made"] == last["made"].iloc[0]]
    likely = final[final["year"] == YEARS[-1]].nlargest(LIKELIEST, "chance")
    words = likely["name"] + (100.0 * likely["chance"]).map(" {:.0f}%".format)
    hidden = ["mean", "version", "rules", *LEVELS]
    return {
        "made": f"Made on {head['made']} by version {head['version']}, rules `{head['rules']}`.",
        "numbers": as_table(wide.rename(columns={"base": f"end of {BASE}"})),
        "countries": f"Largest chances by {YEARS[-1]}: {', '.join(words)}.",
        "scores": as_table(scored(every, seen).drop(columns=hidden)),
        "squares": as_table(brier(chances, seen)),
    }


def main(arguments: list[str]) -> None:
    """Add a round unless asked not to, and rewrite the page's tables."""
    if "--score" not in arguments:
        short = {"horizon.end": YEARS[-1]}
        results = sim.make_runs("baseline", runs=RUNS, set=short, countries=True)
        round_of = {name: results.provenance[name] for name in ("version", "rules")}
        round_of["made"] = f"{datetime.now(UTC):%Y-%m-%d}"
        made = {NUMBERS: pd.DataFrame(numbers(results)), COUNTRIES: pd.concat(countries(results))}
        for path, frame in made.items():
            old = pd.read_csv(path) if path.is_file() else pd.DataFrame({"made": []})
            kept = old[old["made"] != round_of["made"]]  # a round of the same day is replaced
            new = pd.concat([kept, frame.assign(**round_of)])
            new.to_csv(path, index=False, float_format="%.4g")
    rewrite(pages(), "forecasts.md")


if __name__ == "__main__":
    main(sys.argv[1:])
