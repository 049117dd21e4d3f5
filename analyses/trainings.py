"""The page on the record of trainings, made from its tables: `docs/scripts/generate.py` writes it.

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
from tables import PAGES, rewrite, table
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
    "in the country": (style.MODEL, IN_COUNTRY),
    "of operators": (style.PALE_INK, (OPERATORS,)),
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
    """Return an estimate with its interval: `2.2 (1.1 to 4.2)`."""
    texts = []
    for value in (estimate * scale, low * scale, high * scale):
        digits = 2 if value < 0.995 else 1 if value < 9.95 else 0
        texts.append("–" if np.isnan(value) else "∞" if np.isinf(value) else f"{value:,.{digits}f}")
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


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
        for nth, (name, (colour, formats)) in enumerate(GROUPS.items()):
            number = years[part["format"].isin(formats)].value_counts().reindex(YEARS, fill_value=0)
            left.bar(YEARS, number, bottom=below, color=colour, width=0.8)
            left.text(0.02, 0.97 - 0.08 * nth, name, color=colour, fontweight="bold", va="top",
                      fontsize=style.SMALL, transform=left.transAxes)  # fmt: skip
            below += number.to_numpy()
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
    return f"""# The record of trainings

{note}

The record has {len(trainings)} rows on {named_in_all} countries: police trainings given or paid by
China, with visits, forums and offers. {len(part)} of the rows are trainings that took place, in
{each} countries. Each row has the address of a text that was read. Each number on this page is
computed from the tables in [`seeds`](../seeds/SOURCES.md#{ANCHOR}).

## Dates do not show whether training sells systems

Countries that were trained buy more Chinese systems. In the two years after a training the rate
of signing is {plain} times as high as in other years. Two placebos show how much of this ratio
training cannot have caused. A training in the two years *after* a signing goes with a rate of
{placebo}. Systems of other makers follow Chinese trainings at a rate of {maker}{unknown}.
Countries that train and buy differ from others, for instance in size, money or press, and this
moves all of these ratios.

The fourth test compares each country with itself. Among {odds.time:.0f} Chinese signings,
{odds.events:.0f} have a training on record only in the two years before and
{odds.other_events:.0f} only in the two years after. The odds are {own}, or
{corrected} if they are divided by the odds of all countries in the same years, since trainings
rise and fall. In {training_first} countries the first training came first, in {signing_first} the
first signing.

**So the dates neither show an effect nor exclude one.** Odds of 2 would show in four tests of
five with {needed[2.0]} signings that have a training on one side only. The record has
{apart:.0f}. At its share of such signings this is about {signings[2.0]:,.0f} signings. Odds of
1.4 need about {signings[1.4]:,.0f}.

The model gives the same answer. The table puts the tests to runs in which every course and every
first purchase is seen. Each median without the path from training to purchase is within the range
of the runs with it. So even a complete list of dates would hardly identify the path. Evidence of
another kind could, such as
tenders that name trained officers, or interviews with buyers.

{model}

Medians of runs, with the middle 90%. Only first purchases count here, so the record differs from
the tables below. Compare the record with the column *{AS_SEEN}*. There courses and
purchases are left out at random, until each year has as many as the record, so the fourth test
agrees by construction. These numbers are a check, and none of them was fitted. The press is less
fair than chance. It reports some countries more, their trainings as well as their systems, and this
raises the ratios of the record. Compare the other two columns with each other. Without the path,
`{path}`.

**Closed borders.** Courses in China almost stopped from {during}: {courses.events:.0f} are on
record, after {courses.other_events:.0f} from {before}. Their rate was {between(*courses[4:7])} of
the rate before. All trainings, those in the trained countries included, were at
{between(*every[4:7])} of theirs. In {SHOCK[1] + 1} courses in China were back at
{between(*reopened[4:7])}, but from {SHOCK[1] + 1} to {LAST_YEAR} at {between(*since[4:7])}. Pages
of the last years are still few. Chinese systems were {sales.events:.0f} of {sales.time:.0f} dated
signings, after {sales.other_events:.0f} of {sales.other_time:.0f}. The odds ratio is
{between(*sales[4:7])}. In the model the path changes first purchases in these years
by less than this interval is wide, as the table above shows.

### Rates

Country-years of {FIRST_SIGNED} to {LAST_YEAR}. *Near* is the two years before, unless the row
says otherwise. Trainings of operators do not count, because they follow a contract.

{rates_table(found)}

### Odds

{odds_table(found)}

## Counts

A training counts as *confirmed* if its format is one of {formats}, and its confidence is 0.6
or more.
Visits, forums, drills, patrols, offers and doubtful reports are rows that do not count.

![Confirmed trainings by year and format, and the share of known totals on record]({picture})

*Left: confirmed trainings by year and format. Right: trainings, officers or countries on record,
as a share of totals that others published, with 95% interval.*

{counts_tables(trainings)}

A regional course counts once for each region and each country that its text names.

## Completeness

{completeness_table(trainings)}

The unit of the published totals, an event or a country's part in it, is not stated. The colleges
count courses as this record does, and a smaller share of their courses is found than of all
trainings. So routine courses in China are probably reported less often than other trainings.

**Two ways of searching.** Searches by country, and searches by institution or topic, were logged
apart. Their overlap gives the number of trainings that the stored pages contain (Chapman 1951).
Both use one index, so the estimates are lower bounds, and pages are fewer than trainings.

{capture_table(trainings)}

## Bias

{language_table(trainings)}

Rows per country differ several times by language, and so do searches. Such differences show the
press and the search as much as training. Language courses, ceremonies and gifts are news, and a
routine course in China is not. One country that reports each workshop can have a tenth of all
rows. Pages from before 2014 are rare.

This matters for the published shares of regimes that were ever trained, since regimes differ in
their languages. If a longer list had this record's bias, a regime's share would move by
{language_bias()} or so.
The errors of those shares are widened by as much. Formats do not matter for them. In the model
formats have the same shares in all countries, so that a chance to be recorded for each format
would record the same countries.

## Content

{content_table(trainings)}

Reports do not name every gift, so these shares are lower bounds. A bundled offer of the model
(`china.bundle_chance`) is rarer than any gift, and may be more frequent than cameras in reports.
Of 100 trainings, without those of operators, which come with a contract, {percent(part_gift)}
name a gift and {percent(part_cameras)} cameras.

{len(officers)} courses in China that teach no language give a number of officers: the median is
{middle:.0f}, the middle half {low:.0f} to {high:.0f}. A few large courses raise the mean to
{between(*size)}. The {total:,.0f} officers of the year to August 2024 are {total / size[0]:.0f}
courses of the mean's size ({total / size[2]:.0f} to {total / size[1]:.0f}), and
{total / middle:.0f} of the median's. The model has one size for each form of course, and takes the
mean, because totals depend on it. Large courses may be reported more often, so the range of
`training.officers` begins at the median.

Of the trainings of operators of surveillance, {operators["follow"]}
follow a Chinese contract in their country, {operators["precede"]} precede it, and
{operators["none"]} have no dated contract on record. `seeds/training_gifts.csv` lists
{len(gifts)} dated gifts, buildings, pledges and loans to police in {gifts["iso3"].nunique()}
countries.

## Correct a row, or add one

Add one line to `seeds/trainings.csv`. Check it with `entrench check seeds/trainings.csv`, and
make this page again with `uv run python docs/scripts/generate.py`. The message names the line, the
column and the allowed words. A [record of your own](your-own-data.md#trainings) has the same
table, and `entrench country KEN` shows it with the systems on one time line.

## The coder's rules

1. One row per training, from a text that was read. Another outlet does not make a new
   row.
2. `start` is the training's date, not the article's: a month if the text gives one, else a year.
3. A course of several countries is one row with all codes that the text names, or none.
4. Offers, agreements and plans have the format that they would have, and a confidence of 0.5 or
   less.
5. Police, gendarmerie, border guards, anti-drug agencies and interior ministries count. The
   military and Chinese officers trained abroad do not.
6. `equipment` is a gift or equipment that the text names with the training.
7. `confidence` is the belief that the event took place as coded: 0.95 for a clear report with a
   date, 0.8 with an inferred cell, 0.6 if it probably took place.

**Agreement.** {len(pd.read_csv(RECODED))} random rows, of three draws, were coded a second time,
without sight of the first codes (`trainings_recoded.csv`). Those whose page was found again count.

{agreement_table()}

Twenty more rows of the later searches, drawn at random, were looked up again. All came back.
{trainings["note"].str.contains(AGAIN).sum()} of them had a wrong cell, most often the level. It is
corrected, with a note.

**Searches.** `seeds/trainings_searched.csv` lists {len(searches)} searches in
{searches["language"].nunique()} languages, {(searches["used"] == 0).sum()} of them without a row.

## The trainings

° not counted as confirmed: a visit, forum, drill, patrol, offer or doubtful report.

{listing(trainings)}
"""


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
