"""The page on the record of trainings, made from its tables: `docs/scripts/generate.py` writes it.

Its text is `pages/trainings.md`.

`uv run python analyses/trainings.py` makes what takes longer: the figure, and the table that
puts the same tests to the model, with everything seen, with and without the path from training to
purchase (twice a minute). `--figure` makes the figure alone, `--runs N` so many runs.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import training_statistics as statistics
from fates import kappa, linked
from record_tables import (
    LANGUAGES,
    TRAINING_GIFTS,
    TRAINING_TOTALS,
    TRAININGS_SEARCHED,
    shipped_table,
)
from tables import PAGES, rewrite, table, template
from training_statistics import (
    BEFORE_SHOCK,
    FIRST_SIGNED,
    IN_MAKER,
    IN_TIME,
    LAST_YEAR,
    PLAIN,
    SHOCK,
    UNKNOWN,
    YEARS,
)

import sim
from sim.figures import style
from sim.figures.canvas import Sheet, canvas, drawn_for
from sim.runs.dataset import Results
from sim.world.columns import CHINESE, IN_CHINA, IN_COUNTRY, OPERATORS, TRAINING_FORMATS
from sim.world.fates import confirmed, shipped_record
from sim.world.seeds import shipped_seeds

PAGE = PAGES / "trainings.md"
FIGURE = PAGES / "images" / "trainings.png"
RECODED = PAGES.parent / "seeds" / "trainings_recoded.csv"
MARKS = re.compile(r"<!-- table: model -->\n.*?<!-- end of table -->", re.S)
EMPTY = "<!-- table: model -->\n\nNot made yet.\n\n<!-- end of table -->"
ANCHOR = "trainingscsv-and-its-neighbours"
RUNS, SEED = 256, 3
NO_PATH: dict[str, Any] = {
    "procurement.trust_weight": 0.0, "china.bundling": False, "consideration.by_course": 0.0,
}  # fmt: skip
"""Values that close the path from training to purchase."""
GROUPS = {
    "in China": (style.CHINA, IN_CHINA),
    "in the country": (style.SEQUENCE[2], IN_COUNTRY),
    "of operators": (style.INK, (OPERATORS,)),
}
"""Formats of confirmed trainings, as the figure has them."""
REGIME_SHARES = "trained_share_"
"""Published shares of countries ever trained, by regime."""
AS_SEEN = "model, seen as in the record"
"""Column of the model with as many courses and purchases in each year as the record has."""
AGAIN = "second look"
"""Words of the note of a row that was looked up again and corrected."""
ITEMS = {"confirmed": "confirmed or not", "format": "format", "topic": "topic", "level": "level"}
"""What two coders are compared in."""


def between(estimate: float, low: float, high: float, scale: float = 1.0) -> str:
    """Return an estimate with its interval, if it has one: `2.2 (1.1 to 4.2)`."""
    texts = []
    for value in (estimate * scale, low * scale, high * scale):
        digits = 2 if value < 0.995 else 1 if value < 9.95 else 0
        texts.append("–" if np.isnan(value) else "∞" if np.isinf(value) else f"{value:,.{digits}f}")
    return texts[0] if np.isnan(low) else f"{texts[0]} ({texts[1]} to {texts[2]})"


def percent(row: Any) -> str:
    """Return a share in percent with its interval."""
    return between(row.estimate, row.low, row.high, 100.0)


def purchases() -> pd.DataFrame:
    """Return the comparisons of trainings and purchases, by test and comparison."""
    record = shipped_record()
    codes = [state.iso3 for state in shipped_seeds().countries]
    gifts = shipped_table(TRAINING_GIFTS)
    found = statistics.purchases(record.trainings, record.systems, gifts, codes)
    return found.set_index(["test", "comparison"])


def rates_table(found: pd.DataFrame) -> str:
    """Return the rates of signing near a training."""
    rows = [
        (name, f"{row.events:.0f} in {row.time:,.0f}", f"{row.other_events:.0f} in"
         f" {row.other_time:,.0f}", between(row.estimate, row.low, row.high),
         between(row.within, row.within_low, row.within_high))
        for name, row in found.loc["rates"].iterrows()
    ]  # fmt: skip
    heads = ("signings of", "with a training near", "without", "ratio (95%)", "within years (95%)")
    return table(heads, rows)


def odds_table(found: pd.DataFrame) -> str:
    """Return the odds that a training precedes a signing rather than follows it."""
    rows = [
        (name, f"{row.time:.0f}", f"{row.events:.0f}", f"{row.other_events:.0f}",
         between(row.estimate, row.low, row.high),
         between(row.within, row.within_low, row.within_high))
        for name, row in found.loc["odds"].iterrows()
    ]  # fmt: skip
    heads = ("signings of", "number", "training only before", "only after", "odds (95%)",
             "within years (95%)")  # fmt: skip
    return table(heads, rows)


def counts_tables(trainings: pd.DataFrame) -> str:
    """Return the numbers by year, region, format, topic and level."""
    regions = {state.iso3: state.region for state in shipped_seeds().countries}
    parts = []
    for by, part in statistics.counts(trainings, regions).groupby("by", sort=False):
        order = part if by == "year" else part.sort_values("confirmed", ascending=False)
        rows = ((f"{v}", f"{n}", f"{h}", f"{c}") for v, n, h, c, _ in order.itertuples(index=False))
        parts.append(table((by, "rows", "confirmed", "countries trained"), rows))
    # A training of several countries of a region counts there once.
    each = statistics.by_country(confirmed(trainings))
    each = each.assign(region=each["iso3"].map(regions)).drop_duplicates(["id", "region"])
    cells = {
        by: each.groupby("region")[by].agg(
            lambda of: ", ".join(f"{value} {n}" for value, n in of.value_counts().items())
        )
        for by in ("topic", "format")
    }
    rows = list(zip(cells["topic"].index, *cells.values(), strict=True))
    return "\n\n".join([*parts, table(("region", "topics, confirmed", "formats"), rows)])


def completeness_table(trainings: pd.DataFrame) -> str:
    """Return the share of known totals that is on record."""
    totals = shipped_table(TRAINING_TOTALS)
    sources = {row.of: linked(row.source, row.url) for row in totals.itertuples()}
    rows = (
        (row.of, f"{row.total:,.0f} {row.unit}", f"{row.found:,.0f}", percent(row), sources[row.of])
        for row in statistics.completeness(trainings, totals).itertuples()
    )
    return table(("total of", "published", "on record", "% (95%)", "source"), rows)


def capture_table(trainings: pd.DataFrame) -> str:
    """Return what two ways of searching found, and the estimate of all."""
    searches = shipped_table(TRAININGS_SEARCHED)
    rows = (
        (row.of, f"{row.by_country}", f"{row.by_subject}", f"{row.both}", f"{row.seen}",
         between(row.estimate, row.low, row.high))
        for row in statistics.capture_recapture(trainings, searches).itertuples()
    )  # fmt: skip
    heads = ("rows", "by country", "by institution or topic", "by both", "seen", "all (95%)")
    return table(heads, rows)


def language_table(trainings: pd.DataFrame) -> str:
    """Return rows and searches per country by the language of the state."""
    names = (TRAININGS_SEARCHED, LANGUAGES)
    found = statistics.by_language(trainings, *map(shipped_table, names))
    rows = (
        (
            row.language,
            f"{row.countries}",
            f"{row.searches:.1f}",
            f"{row.confirmed:.1f}",
            percent(row),
        )
        for row in found.itertuples()
    )
    heads = ("official language", "countries", "searches per country", "trainings per country",
             "% of countries with one (95%)")  # fmt: skip
    return table(heads, rows)


def language_bias() -> str:
    """Return by how much recording by language could move a regime's share of trained countries."""
    record = shipped_record().trainings
    languages = shipped_table(LANGUAGES)
    found = statistics.by_language(record, shipped_table(TRAININGS_SEARCHED), languages)
    seeds = shipped_seeds()
    shares = {t.id.split("_")[-1]: t.value for t in seeds.targets if t.id.startswith(REGIME_SHARES)}
    rated = {s.iso3: s.regime_2024 for s in seeds.countries if s.regime_rated
             and s.regime_2024.split()[0] in shares}  # fmt: skip
    reached = float(np.mean(list(shares.values())))
    return f"{statistics.moved_by_language(found, languages, rated, reached):.2f}"


def content_table(trainings: pd.DataFrame) -> str:
    """Return the shares of trainings by content."""
    found = statistics.content(trainings).itertuples()
    rows = ((row.statistic, f"{row.count} of {row.of}", percent(row)) for row in found)
    return table(("trainings that", "number", "% (95%)"), rows)


def agreement_table() -> str:
    """Return how far two coders agree."""
    both = pd.read_csv(RECODED, dtype=str, keep_default_na=False)
    both = both[both["found"] != "no"]
    rows = []
    for name, words in ITEMS.items():
        one, two = both[f"{name}_first"], both[f"{name}_second"]
        same = (one == two).sum()
        rows.append((words, f"{len(both)}", f"{same} agree, kappa {kappa(one, two):.2f}"))
    for name, words, letters in (
        ("start", "year, where both give one", 4),
        ("start", "month, where both give one", 7),
        ("officers", "officers, where both give a number", None),
    ):
        one, two = (both[f"{name}_{by}"].str[:letters] for by in ("first", "second"))
        dated = (one.str.len() >= (letters or 1)) & (two.str.len() >= (letters or 1))
        rows.append((words, f"{dated.sum()}", f"{(one == two)[dated].sum()} agree"))
    return table(("item", "rows", "agreement"), rows)


def listing(trainings: pd.DataFrame) -> str:
    """Return all rows by country, each with its date, format and topic."""
    states = {state.iso3: state.name for state in shipped_seeds().countries}
    sure = set(confirmed(trainings)["id"])
    # A row without countries is listed as well.
    named = trainings.assign(iso3=trainings["iso3"].replace("", "-").str.split()).explode("iso3")
    named["name"] = named["iso3"].map(states).fillna("countries not named")
    rows = []
    for name, part in named.sort_values(["name", "start"], kind="stable").groupby("name"):
        cells = []
        for _, row in part.iterrows():
            words = f"{row['start'] or 'no date'} {row['format']}, {row['topic']}"
            if (number := row["officers"]) > 0.0:
                words += f", {number:,.0f} officer{'s' * (number > 1.0)}"
            cells.append(linked(words, row["url"]) + ("" if row["id"] in sure else " °"))
        rows.append((name, "; ".join(cells)))
    return table(("country", "trainings, with sources"), rows)


def draw(path: Path) -> None:
    """Draw trainings by year and format, and the share of known totals on record."""
    trainings = shipped_record().trainings
    part = confirmed(trainings)
    years = statistics.year_of(part["start"])
    found = statistics.completeness(trainings, shipped_table(TRAINING_TOTALS))
    with drawn_for(Sheet(plain=True)):
        drawing, (left, right) = canvas(
            "Trainings on record", width=style.TWO, panels=2, columns=2, panel_height=58.0
        )
    with matplotlib.rc_context(style.SETTINGS):
        below = np.zeros(len(YEARS))
        for name, (colour, formats) in GROUPS.items():
            number = years[part["format"].isin(formats)].value_counts().reindex(YEARS, fill_value=0)
            left.bar(YEARS, number, bottom=below, color=colour, width=0.8, label=name)
            below += number.to_numpy()
        # The last is on top of the bars.
        left.legend(loc="upper left", reverse=True, frameon=False, fontsize=style.SMALL)
        left.set(title="Confirmed trainings, by year", xlim=(YEARS[0] - 0.6, YEARS[-1] + 0.6))
        places = np.arange(len(found))[::-1]
        low, high = (100.0 * abs(found[end] - found["estimate"]) for end in ("low", "high"))
        right.errorbar(100.0 * found["estimate"], places, xerr=[low, high], fmt="o", lw=1.0,
                       color=style.CHINA, markersize=style.MARKER_SIZE)  # fmt: skip
        names = [f"{row.of}\n{row.found:,.0f} of {row.total:,.0f} {row.unit}"
                 for row in found.itertuples()]  # fmt: skip
        right.set(title="% of known totals on record", xlim=(0, None), yticks=places,
                  ylim=(-0.6, len(found) - 0.4))  # fmt: skip
        right.set_yticklabels(names)
        right.tick_params(axis="y", labelcolor=style.INK)
        right.grid(visible=False, axis="y")
        right.grid(visible=True, axis="x")
        drawing.savefig(path, dpi=style.PNG_DPI)


def of_run(trained: Any, first: Any) -> tuple[float, ...]:
    """Return the tests on one run: its courses and first purchases by country and year."""
    before = np.cumsum(first, axis=1) - first == 0
    rates = (statistics.rate_ratio(first, trained, before, after=after) for after in (False, True))
    each = pd.Series(first.sum(axis=0), YEARS)
    during, usual = (each.loc[slice(*span)].mean() for span in (SHOCK, BEFORE_SHOCK))
    own = statistics.crossover(first, trained)
    came = statistics.came_first(first, trained)
    return (*(rate.within for rate in rates), own.within, during / usual, *came)


def events_of(results: Results) -> list[Any]:
    """Return courses and first purchases by run, country and year."""
    panels = (results.panel(field, [*YEARS]).isel(point=0) for field in ("trainings", "adopted"))
    return [
        np.diff(cells.dropna("run").to_numpy().astype(np.int64), axis=2, prepend=0)
        for cells in panels
    ]


def of_model(events: Sequence[Any]) -> pd.DataFrame:
    """Return the tests on each run."""
    return pd.DataFrame([of_run(*run) for run in zip(*events, strict=True)])


def as_on_record(happened: Any, recorded: Any, random: np.random.Generator) -> Any:
    """Return events of runs, thinned at random to the number on record in each year."""
    mean = happened.sum(axis=1).mean(axis=0)
    share = np.clip(recorded.sum(axis=0) / np.maximum(mean, 1.0), 0.0, 1.0)
    return random.binomial(happened, share)


def model_table(runs: int) -> str:
    """Return the table of tests on the record and on the model with and without the path."""
    record = shipped_record()
    codes = [state.iso3 for state in shipped_seeds().countries]
    trained = statistics.yearly(statistics.without_operators(record.trainings), "start", codes)
    chinese = record.systems[record.systems["group"] == CHINESE]
    first = statistics.first_only(statistics.yearly(chinese, "contracted", codes))
    columns = {"record": pd.DataFrame([of_run(trained, first)])}
    for name, values in (("model", {}), ("model without the path", NO_PATH)):
        results = sim.make_runs("baseline", runs=runs, seed=SEED, countries=True, set=values)
        columns[name] = of_model(events := events_of(results))
        if name == "model":
            random = np.random.default_rng(SEED)
            pairs = zip(events, (trained, first), strict=True)
            columns[AS_SEEN] = of_model([as_on_record(*pair, random) for pair in pairs])
    heads = (
        "rate of a first purchase, training in the two years before, within years",
        "placebo in time: training in the two years after",
        "odds, training before rather than after, within years",
        f"first purchases a year, {SHOCK[0]} to {SHOCK[1]} relative to {BEFORE_SHOCK[0]} to"
        f" {BEFORE_SHOCK[1]}",
        "countries where training came first",
        "countries where a purchase came first",
    )
    record, ends = columns["record"].loc[0], columns[AS_SEEN].quantile([0.05, 0.95])
    beyond = ~record.between(*ends.to_numpy())
    outside = [head for head, apart in zip(heads, beyond, strict=True) if apart]
    rows = []
    for nth, head in enumerate(heads):
        cells = []
        for frame in columns.values():
            low, middle, high = frame[nth].quantile([0.05, 0.5, 0.95])
            cells.append(
                between(middle, low, high) if len(frame) > 1 else f"{middle:#.2g}".rstrip(".")
            )
        rows.append((head, *cells))
    words = "; ".join(outside) or "none"
    return (
        f"{table(('test', *columns), rows)}\n\nTests with the record outside the middle 90% of"
        f" the column *{AS_SEEN}*: {words}."
    )


def page(note: str) -> str:
    """Return the page, with the table of the model as it is there.

    Args:
        note: What says that it is made.
    """
    record = shipped_record()
    trainings = record.trainings
    part = confirmed(trainings)
    each, named_in_all = (
        statistics.by_country(rows)["iso3"].nunique() for rows in (part, trainings)
    )
    searches, gifts = map(shipped_table, (TRAININGS_SEARCHED, TRAINING_GIFTS))
    found = purchases()
    plain, placebo, maker = (
        between(*found.loc[("rates", name), ["estimate", "low", "high"]])
        for name in (PLAIN, IN_TIME, IN_MAKER)
    )
    unknown = "".join(
        f", those of unknown makers at {between(row.estimate, row.low, row.high)}"
        for name, row in found.loc["rates"].iterrows()
        if name == UNKNOWN
    )
    odds = found.loc[("odds", PLAIN)]
    if odds.low > 1.0 or odds.high < 1.0:
        raise ValueError("the odds differ from 1 now: rewrite the first section of the page")
    own = between(odds.estimate, odds.low, odds.high)
    corrected = between(odds.within, odds.within_low, odds.within_high)
    apart = odds.events + odds.other_events
    needed = {of: statistics.discordant_needed(of) for of in (2.0, 1.4)}
    signings = {of: number / (apart / odds.time) for of, number in needed.items()}
    moved = statistics.shock(trainings, record.systems)
    codes = [state.iso3 for state in shipped_seeds().countries]
    signed = statistics.yearly(record.systems[record.systems["group"] == CHINESE], "contracted",
                               codes)  # fmt: skip
    trained = statistics.yearly(statistics.without_operators(trainings), "start", codes)
    training_first, signing_first = statistics.came_first(signed, trained)
    officers = statistics.officers_per_course(trainings)
    low, middle, high = officers.quantile([0.25, 0.5, 0.75])
    size = statistics.mean(officers)
    totals = shipped_table(TRAINING_TOTALS)
    total = totals.loc[totals["unit"] == "officers", "total"].item()
    named = statistics.content(statistics.without_operators(trainings)).set_index("statistic")
    part_gift, part_cameras = (named.loc[of] for of in (statistics.GIFT, statistics.OF_CAMERAS))
    operators = statistics.operators(trainings, record.systems)
    kept = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    model = (MARKS.search(kept) or [EMPTY])[0]
    courses, sales, every, reopened, since = (
        moved[of] for of in ("courses", "signings", "trainings", "reopened", "since")
    )
    before, during = (f"{first} to {last}" for first, last in (BEFORE_SHOCK, SHOCK))
    path = "` and `".join(f"{key} = {value!s}".lower() for key, value in NO_PATH.items())
    formats, picture = ", ".join(TRAINING_FORMATS), "images/trainings.png"
    return template("trainings.md").format(
        note=note,
        rows=len(trainings),
        named_in_all=named_in_all,
        confirmed=len(part),
        trained=each,
        anchor=ANCHOR,
        plain=plain,
        placebo=placebo,
        maker=maker,
        unknown=unknown,
        odds=odds,
        own=own,
        corrected=corrected,
        training_first=training_first,
        signing_first=signing_first,
        needed=needed[2.0],
        apart=apart,
        signings_at_2=signings[2.0],
        signings_at_1_4=signings[1.4],
        model=model,
        as_seen=AS_SEEN,
        path=path,
        during=during,
        courses=courses,
        before=before,
        courses_rate=between(*courses[4:7]),
        every_rate=between(*every[4:7]),
        reopening=SHOCK[1] + 1,
        reopened=between(*reopened[4:7]),
        last_year=LAST_YEAR,
        since=between(*since[4:7]),
        sales=sales,
        sales_odds=between(*sales[4:7]),
        first_signed=FIRST_SIGNED,
        rates=rates_table(found),
        odds_table=odds_table(found),
        formats=formats,
        picture=picture,
        counts=counts_tables(trainings),
        completeness=completeness_table(trainings),
        capture=capture_table(trainings),
        languages=language_table(trainings),
        bias=language_bias(),
        content=content_table(trainings),
        gift=percent(part_gift),
        cameras=percent(part_cameras),
        sizes=len(officers),
        middle=middle,
        low=low,
        high=high,
        size=between(*size),
        total=total,
        by_mean=total / size[0],
        by_high=total / size[2],
        by_low=total / size[1],
        by_median=total / middle,
        operators=operators,
        gifts=len(gifts),
        gift_countries=gifts["iso3"].nunique(),
        recoded=len(pd.read_csv(RECODED)),
        agreement=agreement_table(),
        corrected_rows=trainings["note"].str.contains(AGAIN).sum(),
        searches=len(searches),
        search_languages=searches["language"].nunique(),
        searches_without=(searches["used"] == 0).sum(),
        listing=listing(trainings),
    )


def main(arguments: Sequence[str]) -> None:
    """Make the figure, and the table of the model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--figure", action="store_true", help="the figure alone")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args(arguments)
    draw(FIGURE)
    if not given.figure:
        rewrite({"model": model_table(given.runs)}, PAGE.name)


if __name__ == "__main__":
    main(sys.argv[1:])
