"""Forecasts of what will be on public record, made once a year and scored by one function.

`uv run python analyses/forecasts.py` adds today's round to forecasts.csv and forecasts-countries.csv,
scores all rounds by forecasts-observed.csv, and rewrites the tables of forecasts.md; `--score` adds
no round, `--runs N` makes so many runs.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import sim
from sim.measures.scores import Forecast
from sim.model.mechanisms.tender import CHINESE_VENDORS, SAFE_CITY
from sim.studies.buyers import first_ones
from sim.world.columns import CHINESE, PLATFORMS
from sim.world.fate_statistics import courses
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds
from sim.world.training_statistics import by_country, confirmed, year_of

FOLDER = Path(__file__).parents[1] / "docs"
PAGE = FOLDER / "forecasts.md"
NUMBERS, COUNTRIES, OBSERVED = (
    FOLDER / f"forecasts{name}.csv" for name in ("", "-countries", "-observed")
)
MARKS = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- end of table -->)", re.S)
BASE, YEARS, RUNS = 2025, (2026, 2027, 2030), 1024
RECENT = 5
"""Years to the base whose mean is the trend."""
REVISED = 0.02
"""Standard deviation of a list's own revisions, as a share of its count: a judgement."""
LEVELS = [f"q{level:02d}" for level in range(5, 100, 5)]
LIKELIEST = 10
WORDS = {
    "trained": "countries ever trained (Carnegie's list)",
    "trainings": "trainings (Carnegie's list)",
    "listed": "countries with a Chinese system (record of fates)",
    "platforms": "countries with a Chinese safe city or more (record of fates)",
    "ended": "Chinese systems that ended (record of fates)",
}
OUTCOMES = {
    "trained": "recorded_trained", "trainings": "recorded_trainings",
    "listed": "recorded_adopters", "platforms": "recorded_platforms",
}  # fmt: skip
PUBLISHED = {"trained": "trained_countries_2025", "trainings": "trainings_total"}
"""Figures of another list than ours; its pace is taken from ours."""


def on_record() -> dict[str, Any]:
    """Return the year of each event on record, by quantity; of countries, of the first."""
    record = shipped_record()
    held = confirmed(record.trainings)
    held = held.assign(year=year_of(held["start"]))
    systems = record.systems[record.systems["group"] == CHINESE]
    begun = year_of(systems["contracted"]).fillna(year_of(systems["operational"]))
    systems = systems.assign(year=begun)
    larger, followed = systems[systems["stage"] != PLATFORMS[0]], courses(record)
    return {
        "trained": by_country(held).groupby("iso3")["year"].min(),
        "trainings": held["year"],
        "listed": systems.groupby("iso3")["year"].min(),
        "platforms": larger.groupby("iso3")["year"].min(),
        "ended": np.floor((followed["start"] + followed["end"]).dropna()),
    }


def ends_seen(results: sim.Results) -> Any:
    """Return the ends of Chinese systems that the press reports after the base: (runs, years)."""
    years = [*range(BASE, YEARS[-1] + 1)]
    vendor, stack = (results.panel(name, years)[0].to_numpy() for name in ("vendor", "stack"))
    ended = np.isin(vendor[..., :-1], CHINESE_VENDORS) & (vendor[..., 1:] != vendor[..., :-1])
    lost, switched, small = (
        results.parameters[f"fates.{name}"].to_numpy()[:, np.newaxis, np.newaxis]
        for name in ("loss_seen", "switch_seen", "pilot_seen")
    )
    chance = np.where(vendor[..., 1:] == "none", lost, switched)
    chance = chance * np.where(stack[..., :-1] >= SAFE_CITY, 1.0, small)
    seen = np.random.default_rng(BASE).random(chance.shape) < ended * chance
    return seen.sum(axis=1).cumsum(axis=1)[:, [year - BASE - 1 for year in YEARS]]


def numbers(results: sim.Results) -> Iterator[dict[str, Any]]:
    """Yield the forecasts: quantiles by quantity, year and method."""
    values = {n: results.values(o, years=[BASE, *YEARS])[0].to_numpy() for n, o in OUTCOMES.items()}
    grown = {name: of[:, 1:] - of[:, :1] for name, of in values.items()}
    grown["ended"] = ends_seen(results)
    published = {target.id: target.value for target in shipped_seeds().targets}
    for quantity, dates in on_record().items():
        known = dates[~(dates > BASE)]
        base = published.get(PUBLISHED.get(quantity, ""), float(len(known)))
        scale, recent = base / len(known), (known > BASE - RECENT).sum() / RECENT
        noise = max(1.0, REVISED * base)
        for at, year in enumerate(YEARS):
            events = recent * (ahead := year - BASE)
            # Events at a rate that is known from as many years as `RECENT`.
            spread = np.hypot(noise, scale * np.sqrt(events * (1.0 + ahead / RECENT)))
            grows = grown[quantity][:, at]
            for method, forecast in (
                ("model", Forecast(base + grows, np.ones(len(grows)), noise)),
                ("trend", Forecast.normal(base + scale * events, spread)),
                ("persistence", Forecast.normal(base, spread)),
            ):
                ends = {level: forecast.quantile(float(level[1:]) / 100.0) for level in LEVELS}
                keys = {"quantity": quantity, "base": base, "year": year, "method": method}
                yield {**keys, "mean": forecast.mean, **ends}


def countries(results: sim.Results) -> Iterator[pd.DataFrame]:
    """Yield the chances of a first Chinese system on record, by country."""
    systems = shipped_record().systems
    known = {*systems.loc[systems["group"] == CHINESE, "iso3"]}
    for year in YEARS[1:]:
        frame = first_ones(results, known, year, "recorded_adopted", "adopted")
        # Of few runs a share of 0 or 1 is not certain.
        chance = (frame["listed"] * frame["runs"] + 0.5) / (frame["runs"] + 1.0)
        yield frame[["iso3", "name"]].assign(year=year, chance=chance)


def scored(forecasts: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    """Return the forecasts that can be scored, with `observed`, `inside`, `pit`, `crps`, `log`.

    `inside` says whether the 90% contain the figure. Lower `crps`, in its unit, and higher `log`
    are better; see :class:`sim.results.scores.Forecast`.
    """
    both = forecasts.merge(observed[["quantity", "year", "observed"]], on=["quantity", "year"])
    rows = []
    for row in both.to_dict("records"):
        values = np.array([row[level] for level in LEVELS])
        gap = max(float(np.diff(values).mean()), 0.1)
        forecast = Forecast(values, np.ones(len(values)), gap)
        figure = row["observed"]
        inside = row[LEVELS[0]] <= figure <= row[LEVELS[-1]]
        scores = (inside, forecast.below(figure), forecast.crps(figure), forecast.log_score(figure))
        rows.append(row | dict(zip(("inside", "pit", "crps", "log"), scores, strict=True)))
    return pd.DataFrame(rows, columns=[*both, "inside", "pit", "crps", "log"])


def brier(chances: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    """Return mean squared errors of chances, and of one chance for all, by round and year.

    `observed` has the countries with a first system (`iso3`, `year` of it). Only years up to the
    last of any row are scored: the record was read so far.
    """
    rows = []
    for (made, year), part in chances[chances["year"] <= observed["year"].max()].groupby(
        ["made", "year"]
    ):
        happened = part["iso3"].isin(observed.loc[observed["year"] <= year, "iso3"])
        each, alike = (
            ((chance - happened) ** 2).mean() for chance in (part["chance"], part["chance"].mean())
        )
        rows.append((made, year, int(happened.sum()), each, alike))
    return pd.DataFrame(rows, columns=["made", "year", "events", "model", "alike"])


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown; a sentence if it has no row."""
    lines = (heads, ["---"] * len(heads), *rows)
    return "\n".join("| " + " | ".join(row) + " |" for row in lines) if rows else "None yet."


def tables() -> dict[str, str]:
    """Return the page's tables: the last round, and the scores of all."""
    every, chances, seen = (pd.read_csv(path) for path in (NUMBERS, COUNTRIES, OBSERVED))
    last = every[every["made"] == every["made"].max()]
    cells = last["mean"].map("{:.0f}".format) + [
        f" ({low:.0f} to {high:.0f})" for low, high in zip(last["q05"], last["q95"], strict=True)
    ]
    cells.index = pd.MultiIndex.from_frame(last[["quantity", "method", "year"]])
    methods, of = ("model", "trend", "persistence"), last.groupby("quantity")["base"].first()
    rows = [
        (WORDS[quantity] if method == "model" else "", f"{of[quantity]:.0f}", method,
         *(cells[quantity, method, year] for year in YEARS))
        for quantity in WORDS for method in methods
    ]  # fmt: skip
    final = chances[(chances["made"] == last["made"].iloc[0]) & (chances["year"] == YEARS[-1])]
    likely = final.nlargest(LIKELIEST, "chance")
    words = likely["name"] + (100.0 * likely["chance"]).map(" {:.0f}%".format)
    scores = scored(every, seen).drop(columns=["mean", "version", "rules", *LEVELS])
    means = scores.round(2).astype(str)
    squares = brier(chances, seen)
    head = last.iloc[0]
    return {
        "made": f"Made on {head['made']} by version {head['version']}, rules `{head['rules']}`.",
        "numbers": table(("on record", f"end of {BASE}", "by", *map(str, YEARS)), rows),
        "countries": f"Likeliest by {YEARS[-1]}: {', '.join(words)}.",
        "scores": table([*means], means.to_numpy().tolist()),
        "squares": table([*squares], squares.round(4).astype(str).to_numpy().tolist()),
    }


def main(arguments: Sequence[str]) -> None:
    """Add a round unless asked not to, and rewrite the page's tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--score", action="store_true", help="add no round")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args(arguments)
    if not given.score:
        short = {"horizon.end": YEARS[-1]}
        results = sim.make_runs("baseline", runs=given.runs, set=short, countries=True)
        today = {"made": f"{datetime.now(UTC):%Y-%m-%d}"}
        today |= {name: results.provenance[name] for name in ("version", "rules")}
        for path, frame in (
            (NUMBERS, pd.DataFrame(numbers(results))), (COUNTRIES, pd.concat(countries(results)))
        ):  # fmt: skip
            old = pd.read_csv(path) if path.is_file() else pd.DataFrame({"made": []})
            kept = old[old["made"] != today["made"]]  # a round of the same day is replaced
            pd.concat([kept, frame.assign(**today)]).to_csv(path, index=False, float_format="%.4g")
    made = tables()
    page = PAGE.read_text(encoding="utf-8")
    for mark in MARKS.finditer(page):
        page = page.replace(mark[0], f"{mark[1]}\n{made[mark['name']]}\n\n{mark[3]}")
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
