"""Statistics of the record of trainings, and of the same events in runs of the model.

Intervals are exact 95% ones: of shares binomial (Clopper & Pearson 1934, Biometrika 26), of ratios
of rates and of odds conditional on the number of events. Mantel-Haenszel ratios within calendar
years follow Greenland & Robins (1985, Biometrics 41), capture and recapture Chapman (1951).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from record_tables import BY_COUNTRY, BY_SUBJECT, WORLD_LANGUAGES

from sim.model.units import FIRST_YEAR
from sim.world.arrays import Flags, Whole
from sim.world.columns import (
    CHINESE,
    IN_CHINA,
    IN_COUNTRY,
    LANGUAGE,
    OPERATORS,
    TECHNOLOGY,
)
from sim.world.fate_statistics import share
from sim.world.fates import confirmed

LAST_YEAR = 2025
YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)
WINDOW = 2
"""Years before or after a signing in which a training counts; the year of the signing does not."""
# Before, trainings are hardly on record.
FIRST_SIGNED = 2010
BEFORE_SHOCK, SHOCK = (2016, 2019), (2020, 2022)
COURSES = IN_CHINA[:2]
"""Courses in China, without degrees."""
CAMERAS = "camera|video|surveillance|recognition|safe city"
"""Words of `equipment` that name surveillance."""
OTHER_MAKERS, UNKNOWN_MAKERS = "compare", "unknown"
GIVEN = ("gift", "building")
PLAIN, IN_TIME, IN_MAKER, UNKNOWN = (
    "Chinese systems",
    "placebo in time: training in the two years after",
    "placebo in maker: systems of other makers",
    "systems of unknown makers",
)
"""Comparisons: a purchase after a training, two that training cannot have caused, and the rest."""
GIFT, OF_CAMERAS = "name a gift or equipment", "name cameras or surveillance"
NORMAL = 1.96
DRAWS = 4000
POWER, LEVEL = 0.8, 0.05
SHARES = ("estimate", "low", "high")


def without_operators(trainings: pd.DataFrame) -> pd.DataFrame:
    """Return the confirmed trainings, without those of operators, which follow a contract."""
    part = confirmed(trainings)
    return part[part["format"] != OPERATORS]


def year_of(dates: pd.Series) -> pd.Series:
    return pd.to_numeric(dates.str[:4], errors="coerce")


def by_country(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each country that a row names."""
    return table.assign(iso3=table["iso3"].str.split()).explode("iso3").dropna(subset="iso3")


def counts(trainings: pd.DataFrame, regions: Mapping[str, str]) -> pd.DataFrame:
    """Return numbers by year, region, format, topic and level.

    Columns are `by`, `value`, `rows`, `confirmed`, and `countries` with a confirmed one. A row of
    several countries counts in each of their regions.
    """
    dated = trainings.assign(year=trainings["start"].str[:4].replace("", "unknown"))
    each = by_country(dated)
    tables = dict.fromkeys(("year", "format", "topic", "level"), dated)
    tables["region"] = each.assign(region=each["iso3"].map(regions))
    parts = []
    for by, table in tables.items():
        part = confirmed(table)
        columns = {
            "rows": table.groupby(by).size(),
            "confirmed": part.groupby(by).size(),
            "countries": by_country(part).groupby(by)["iso3"].nunique(),
        }
        numbers = pd.DataFrame(columns).fillna(0).astype(int).rename_axis("value").reset_index()
        parts.append(numbers.assign(by=by))
    return pd.concat(parts, ignore_index=True)


def completeness(trainings: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each known total that the confirmed trainings have.

    Columns are `of`, `total`, `unit`, `found`, `estimate`, `low`, `high`.
    """
    rows = []
    for total in totals.itertuples():
        part = confirmed(trainings)
        start = part["start"]
        within = (start >= total.since) & (start.str[: len(total.until)] <= total.until)
        hosts = total.host.replace(";", "|")
        part = part[within & part["host"].str.contains(hosts)]
        found = {
            "trainings": len(part),
            "officers": part["officers"].sum(),
            "countries": by_country(part)["iso3"].nunique(),
        }[total.unit]
        ends = share(min(found, total.total), total.total)
        if total.unit == "officers":
            # They come in whole courses, so each is not a draw of its own.
            ends = (ends[0], np.nan, np.nan)
        rows.append((total.of, total.total, total.unit, found, *ends))
    return pd.DataFrame(rows, columns=["of", "total", "unit", "found", *SHARES])


def chapman(first: int, second: int, both: int) -> tuple[float, float, float]:
    """Return the number of all from two searches, with its log-normal 95% interval."""
    number = (first + 1) * (second + 1) / (both + 1) - 1.0
    spread = (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    variance = (first + 1) * (second + 1) * spread
    seen = first + second - both
    if number <= seen:
        return number, number, number
    factor = np.exp(NORMAL * np.sqrt(np.log(1.0 + variance / (number - seen) ** 2)))
    return number, seen + (number - seen) / factor, seen + (number - seen) * factor


def capture_recapture(trainings: pd.DataFrame, searches: pd.DataFrame) -> pd.DataFrame:
    """Return what two ways of searching found, and the number of rows that they could find.

    Columns are `of`, `by_country`, `by_subject`, `both`, `seen`, `estimate`, `low`, `high`. The
    later round of searches counts for neither way, since it left out events already on record.
    """
    arms = dict(zip(searches["id"], searches["arm"], strict=True))
    ways = trainings["found_by"].map(lambda ids: {arms.get(each) for each in ids.split()})
    found = {
        name: ways.map(lambda arms, way=way: not arms.isdisjoint(way)).astype(bool)
        for name, way in (("by_country", BY_COUNTRY), ("by_subject", BY_SUBJECT))
    }
    was_confirmed = trainings.index.isin(confirmed(trainings).index)
    most = by_country(confirmed(trainings))["iso3"].value_counts().index[:1]
    formats = {"in China": IN_CHINA, "in the country": IN_COUNTRY}
    year = year_of(trainings["start"])
    parts = {
        "all rows": np.ones(len(trainings), bool),
        "confirmed": was_confirmed,
        "confirmed, without the country with most": was_confirmed & ~trainings["iso3"].isin(most),
        "confirmed, without language": was_confirmed & (trainings["topic"] != LANGUAGE),
        **{
            f"confirmed {n}": was_confirmed & trainings["format"].isin(f)
            for n, f in formats.items()
        },
        "confirmed before 2016": was_confirmed & (year < 2016),
        "confirmed from 2016": was_confirmed & (year >= 2016),
    }
    rows = []
    for of, part in parts.items():
        one, two = (int((part & way).sum()) for way in found.values())
        both = int((part & found["by_country"] & found["by_subject"]).sum())
        rows.append((of, one, two, both, one + two - both, *chapman(one, two, both)))
    return pd.DataFrame(rows, columns=["of", *found, "both", "seen", *SHARES])


def by_language(
    trainings: pd.DataFrame, searches: pd.DataFrame, languages: pd.DataFrame
) -> pd.DataFrame:
    """Return rows and searches per country, by official language.

    Columns are `language`, `countries`, `searches`, `confirmed` (both per country), and the share
    of countries with a confirmed training, `estimate`, `low`, `high`.
    """
    spoken = languages.set_index("iso3")["language"]
    tables = {"searches": searches, "confirmed": confirmed(trainings)}
    numbers = pd.DataFrame(
        {name: by_country(table)["iso3"].value_counts() for name, table in tables.items()}
    ).reindex(spoken.index, fill_value=0)
    rows = []
    for language in (*WORLD_LANGUAGES, "other"):
        part = numbers[spoken == language].fillna(0)
        means = (part["searches"].mean(), part["confirmed"].mean())
        rows.append((language, len(part), *means, *share((part["confirmed"] > 0).sum(), len(part))))
    return pd.DataFrame(rows, columns=["language", "countries", *tables, *SHARES])


def moved_by_language(
    found: pd.DataFrame, languages: pd.DataFrame, classes: Mapping[str, str], reached: float
) -> float:
    """Return by how much recording by language could move the shares of classes ever trained.

    The root mean square over classes and over what the counts leave open, if countries of a
    language are on record as often as here, and a longer list has `reached` of all countries.

    Args:
        found: Shares by language, of :func:`by_language`.
        languages: Language of each country.
        classes: Class of each country that has one.
        reached: Share of these countries on the longer list.
    """
    hits = found["estimate"] * found["countries"]
    ends = hits + 0.5, found["countries"] - hits + 0.5
    chances = np.random.default_rng(0).beta(*ends, (DRAWS, len(found)))
    part = languages[languages["iso3"].isin(classes)]
    each = chances[:, pd.Index(found["language"]).get_indexer(part["language"])]
    power = np.log(1.0 - reached) / np.log(1.0 - each.mean(axis=1, keepdims=True))
    listed = pd.DataFrame(1.0 - (1.0 - each) ** power, columns=part["iso3"].map(classes))
    shifts = listed.T.groupby(level=0).mean() - listed.mean(axis=1)
    return float(np.sqrt((shifts**2).to_numpy().mean()))


def content(trainings: pd.DataFrame) -> pd.DataFrame:
    """Return shares of the confirmed trainings: `statistic`, `count`, `of`, estimate and ends."""
    part = confirmed(trainings)
    counted = {
        "teach surveillance or technology": part["topic"] == TECHNOLOGY,
        GIFT: part["equipment"] != "",
        OF_CAMERAS: part["equipment"].str.contains(CAMERAS, case=False),
        "teach a language": part["topic"] == LANGUAGE,
        "train, or are by, a police unit of the United Nations": part["unit"] == "un",
    }
    rows = [(n, int(c.sum()), len(part), *share(c.sum(), len(part))) for n, c in counted.items()]
    return pd.DataFrame(rows, columns=["statistic", "count", "of", *SHARES])


def officers_per_course(trainings: pd.DataFrame) -> pd.Series:
    """Return officers of each course in China that teaches no language."""
    part = confirmed(trainings)
    part = part[part["format"].isin(COURSES) & (part["topic"] != LANGUAGE)]
    return part["officers"].dropna()


def mean(numbers: pd.Series) -> tuple[float, float, float]:
    """Return a mean with its bootstrapped 95% interval (Efron 1979, Annals of Statistics 7)."""
    drawn = np.random.default_rng(0).choice(numbers, (DRAWS, len(numbers))).mean(axis=1)
    low, high = np.quantile(drawn, [LEVEL / 2.0, 1.0 - LEVEL / 2.0])
    return float(numbers.mean()), float(low), float(high)


def operators(trainings: pd.DataFrame, systems: pd.DataFrame) -> dict[str, int]:
    """Return how many trainings of operators of surveillance follow a Chinese contract there."""
    signed = systems[(systems["group"] == CHINESE) & (systems["contracted"] != "")]
    years = year_of(signed["contracted"]).groupby(signed["iso3"]).min()
    part = confirmed(trainings)
    part = by_country(part[(part["format"] == OPERATORS) & (part["topic"] == TECHNOLOGY)])
    apart = (year_of(part["start"]) - part["iso3"].map(years)).to_numpy()
    follows, precedes = int((apart >= 0).sum()), int((apart < 0).sum())
    return {"follow": follows, "precede": precedes, "none": len(part) - follows - precedes}


class Ratio(NamedTuple):
    """Events and time with and without a training, and their ratio; `within` calendar years."""

    events: float
    time: float
    other_events: float
    other_time: float
    estimate: float
    low: float
    high: float
    within: float = np.nan
    within_low: float = np.nan
    within_high: float = np.nan


def ratio(events: float, time: float, other_events: float, other_time: float) -> Ratio:
    """Return a ratio of two rates with its exact interval."""
    scale = other_time / time if time > 0.0 else np.nan
    chances = np.array(share(events, events + other_events))
    with np.errstate(divide="ignore"):
        return Ratio(events, time, other_events, other_time, *(chances / (1.0 - chances) * scale))


def yearly(rows: pd.DataFrame, dates: str, codes: Sequence[str]) -> Whole:
    """Return the number of rows by country and year of `YEARS`."""
    each = by_country(rows)
    table = pd.crosstab(each["iso3"], year_of(each[dates]))
    cells: Whole = table.reindex(index=[*codes], columns=YEARS, fill_value=0).to_numpy(np.int64)
    return cells


def near(trained: Whole, after: bool = False, window: int = WINDOW) -> Flags:
    """Return whether a training took place in the years before, or after, each year."""
    happened = np.pad(trained > 0, ((0, 0), (window, window)))
    steps = range(window + 1, 2 * window + 1) if after else range(window)
    parts = [happened[:, at : at + trained.shape[1]] for at in steps]
    return np.asarray(np.any(parts, axis=0))


def rate_ratio(
    signed: Whole, trained: Whole, at_risk: Flags | None = None, *, after: bool = False
) -> Ratio:
    """Return the rate of signing near a training, relative to the rate in other years.

    Args:
        signed: Signings by country and year of `YEARS`.
        trained: Trainings, likewise.
        at_risk: Countries and years that count; None: all.
        after: Whether trainings count that follow the signing, which cannot have caused it.
    """
    exposed = near(trained, after)
    last = LAST_YEAR - WINDOW if after else LAST_YEAR
    counted = np.broadcast_to((YEARS >= FIRST_SIGNED) & (last >= YEARS), signed.shape)
    counted = counted if at_risk is None else counted & at_risk
    # By year: signings and countries, with and without a training nearby.
    with_it, without = counted & exposed, counted & ~exposed
    a, n, b, m = ((of * part).sum(axis=0).astype(float) for part in (with_it, without)
                  for of in (signed, 1))  # fmt: skip
    both = (n > 0.0) & (m > 0.0)
    a_, n_, b_, m_ = (values[both] for values in (a, n, b, m))
    total = n_ + m_
    up, down = (a_ * m_ / total).sum(), (b_ * n_ / total).sum()
    crude = ratio(a.sum(), n.sum(), b.sum(), m.sum())
    if not (up and down):
        return crude
    spread = np.sqrt(((a_ + b_) * n_ * m_ / total**2).sum() / (up * down))
    ends = up / down * np.exp(NORMAL * spread * np.array([0.0, -1.0, 1.0]))
    return Ratio(*crude[: -len(ends)], *ends)


def crossover(signed: Whole, trained: Whole) -> Ratio:
    """Return the odds that a training precedes a signing rather than follows it.

    Each signing is its country's own control, so traits of countries cannot matter. Only signings
    with a training on one side within `WINDOW` years count; `time` is the number of all signings.
    `within` divides by the odds of all countries in the same years, since trainings rise and fall.
    """
    inside = (YEARS >= FIRST_YEAR + WINDOW) & (YEARS <= LAST_YEAR - WINDOW)
    before, after = near(trained), near(trained, after=True)
    counted = signed * inside
    sides = (before & ~after, after & ~before)
    first, then = (float(counted[side].sum()) for side in sides)
    usual, later = (float(counted.sum(axis=0) @ side.mean(axis=0)) for side in sides)
    found = ratio(first, float(counted.sum()), then, float(counted.sum()))
    with np.errstate(invalid="ignore"):
        ends = np.array(found[4:7]) * (later / usual if usual else np.nan)
    return Ratio(*found[: -len(ends)], *ends)


def first_only(signed: Whole) -> Whole:
    """Return each country's first year with a signing."""
    happened = signed > 0
    return np.asarray(happened & (happened.cumsum(axis=1) == 1), np.int64)


def purchases(
    trainings: pd.DataFrame, systems: pd.DataFrame, gifts: pd.DataFrame, codes: Sequence[str]
) -> pd.DataFrame:
    """Return rates and odds of signing near trainings, each with its placebos.

    Columns are `test` (`rates` or `odds`), `comparison`, and those of :class:`Ratio`.
    """
    part = without_operators(trainings)
    trained = yearly(part, "start", codes)
    signed = {
        group: yearly(systems[systems["group"] == group], "contracted", codes)
        for group in (CHINESE, OTHER_MAKERS, UNKNOWN_MAKERS)
    }
    chinese, other, unknown = signed.values()
    buyers = np.broadcast_to(chinese.any(axis=1, keepdims=True), chinese.shape)
    given = yearly(gifts[gifts["kind"].isin(GIVEN)], "start", codes)
    narrow = part[(part["topic"] != LANGUAGE) & (part["unit"] != "un")]
    courses = part[part["format"].isin(IN_CHINA)]
    rates = {
        PLAIN: rate_ratio(chinese, trained),
        "Chinese systems, in countries that have one": rate_ratio(chinese, trained, buyers),
        IN_TIME: rate_ratio(chinese, trained, after=True),
        IN_MAKER: rate_ratio(other, trained),
        UNKNOWN: rate_ratio(unknown, trained),
        "Chinese systems, after a gift to the police": rate_ratio(chinese, given),
    }
    odds = {
        PLAIN: crossover(chinese, trained),
        "first Chinese system of a country": crossover(first_only(chinese), trained),
        "without language courses and units of the United Nations": crossover(
            chinese, yearly(narrow, "start", codes)
        ),
        "courses, seminars and degrees in China": crossover(
            chinese, yearly(courses, "start", codes)
        ),
        IN_MAKER: crossover(other, trained),
        UNKNOWN: crossover(unknown, trained),
    }
    rows = [
        (test, comparison, *found)
        for test, table in (("rates", rates), ("odds", odds))
        for comparison, found in table.items()
        if found.events + found.other_events
    ]
    return pd.DataFrame(rows, columns=["test", "comparison", *Ratio._fields])


def came_first(signed: Whole, trained: Whole) -> tuple[int, int]:
    """Return in how many countries the first training came first, and the first signing."""
    both = signed.any(axis=1) & trained.any(axis=1)
    apart = (signed > 0).argmax(axis=1) - (trained > 0).argmax(axis=1)
    return int((both & (apart > 0)).sum()), int((both & (apart < 0)).sum())


def within(dates: pd.Series, span: tuple[int, int]) -> int:
    return int(year_of(dates).between(*span).sum())


def shock(trainings: pd.DataFrame, systems: pd.DataFrame) -> dict[str, Ratio]:
    """Return trainings, and signings, in the years of closed borders relative to before.

    `courses` are those in China, `trainings` all, `reopened` and `since` courses in China in the
    first year of open borders and in all of them. The ratio of signings compares Chinese ones with
    those of other and of unknown makers.
    """
    from scipy.stats.contingency import odds_ratio

    every = without_operators(trainings)
    courses = every[every["format"].isin(IN_CHINA)]
    reopening = SHOCK[1] + 1

    def relative(part: pd.DataFrame, span: tuple[int, int]) -> Ratio:
        during, before = (within(part["start"], ends) for ends in (span, BEFORE_SHOCK))
        length, long = (last - first + 1 for first, last in (span, BEFORE_SHOCK))
        return ratio(during, length, before, long)

    spans = (SHOCK, BEFORE_SHOCK)
    rest = systems["group"].isin([OTHER_MAKERS, UNKNOWN_MAKERS])
    cells = [
        [within(systems.loc[of, "contracted"], span) for of in (systems["group"] == CHINESE, rest)]
        for span in spans
    ]
    odds = odds_ratio(cells)
    ends = odds.confidence_interval()
    plain = cells[0][0] * cells[1][1] / max(cells[0][1] * cells[1][0], 1)
    return {
        "courses": relative(courses, SHOCK),
        "trainings": relative(every, SHOCK),
        "reopened": relative(courses, (reopening, reopening)),
        "since": relative(courses, (reopening, LAST_YEAR)),
        "signings": Ratio(
            cells[0][0], sum(cells[0]), cells[1][0], sum(cells[1]), plain, ends.low, ends.high
        ),
    }


def discordant_needed(odds: float) -> int:
    """Return how many signings with a training on one side show such odds with 80% power."""
    from scipy.stats import binom

    numbers = np.arange(6, 5_000)
    critical = binom.isf(LEVEL / 2.0, numbers, 0.5)
    enough = binom.sf(critical, numbers, odds / (1.0 + odds)) >= POWER
    # Power jumps with whole numbers: from here on it is enough.
    return int(numbers[~enough][-1] + 1)
