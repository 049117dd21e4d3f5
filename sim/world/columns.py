"""Columns of the seed tables, with the allowed range or words of each."""

from dataclasses import dataclass, replace
from typing import Literal

from sim.model.mechanisms.tender import CHINESE_VENDORS
from sim.model.parameters import COVARIATE_YEARS
from sim.model.units import FIRST_YEAR, REGIMES, REGIONS

# A year outside this range is a typing error.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
NO_YEAR = 9999.0
"""Replaces an empty year: a year that no run reaches."""

type Kind = Literal["number", "whole", "coded", "word", "state", "states", "text", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a seed table.

    Attributes:
        name: Heading, and name of the field in rules' records.
        kind: Type of its cells; `coded`: a number from a list of words; `states`: codes of
            countries, parted by spaces; `date`: a text such as 2014, 2014-07 or 2014-07-31.
        words: The only texts allowed.
        optional: Whether a table may omit the column.
    """

    name: str
    unit: str = ""
    lowest: float = 0.0
    highest: float = 0.0
    doc: str = ""
    kind: Kind = "number"
    words: tuple[str, ...] = ()
    may_be_empty: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A seed table.

    Attributes:
        key: Columns whose values together identify a row, in any order.
        others: Form of columns with other names; None: not allowed.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    others: Column | None = None


def count(name: str, unit: str, lowest: float, highest: float, doc: str = "") -> Column:
    return Column(name, unit, lowest, highest, doc, "whole")


def year(name: str, doc: str = "", *, may_be_empty: bool = False) -> Column:
    bounds = (EARLIEST_YEAR, LATEST_YEAR)
    return Column(name, "year", *bounds, doc, "whole", may_be_empty=may_be_empty)


def coded(name: str, unit: str, doc: str, *words: str) -> Column:
    return Column(name, unit, doc=doc, kind="coded", words=words)


def word(name: str, *words: str) -> Column:
    return Column(name, kind="word", words=words)


def text(name: str, doc: str = "") -> Column:
    return Column(name, doc=doc, kind="text", may_be_empty=not doc)


def spare(column: Column) -> Column:
    return replace(column, may_be_empty=True, optional=True)


STATE = Column("iso3", kind="state")
FILLED = spare(text("filled"))
"""Filled cells of a row and the rule for each; written and read by `seeds/tools/gaps.py`."""

COUNTRY_COLUMNS = (
    year("bri_year", "Year of joining the Belt and Road.", may_be_empty=True),
    year("bri_exit_year", "Year of leaving it.", may_be_empty=True),
    coded("borders_china", "0 or 1", "1 with a land border with China.", "0", "1"),
    Column("latitude", "degrees", -90.0, 90.0, "Degrees north of a point in the middle."),
    Column("longitude", "degrees", -180.0, 180.0, "Degrees east of it."),
    # Killings per 100,000: below 2, below 6, below 15, above.
    coded("crime", "class", "Class of homicide, 0 to 3.", "0", "1", "2", "3"),
    count("large_cities", "cities", 1, 500, "Cities of 300,000 people or more, at least 1."),
    Column("un_distance", "ideal points", 0.0, 10.0, "Distance of votes from China's, 2000-2012."),
    # To foreign sellers: open, restricted, closed.
    coded("closed", "0 to 1", "How closed the economy is.", "0", "0.5", "1"),
    year("sco_year", "First year in the Shanghai Cooperation Organisation.", may_be_empty=True),
)
COUNTRIES = Table(
    "countries.csv",
    (
        STATE,
        text("name", "the country's short name"),
        word("region", *REGIONS),
        word("regime_2024", *REGIMES),
        text("regime_basis", "who says so"),
        *COUNTRY_COLUMNS,
        FILLED,
    ),
    ("iso3",),
)
REGIME_ESTIMATED = "estimated from Freedom House"
"""`regime_basis` of a country that the EIU does not rate."""

HISTORY_COLUMNS = (
    Column("voice", "WGI score", -3.0, 3.0),
    count("freedom", "sum of two ratings, 2 best", 2, 14),
    # Aid can exceed income (Tuvalu 2015: 89%), repayments can exceed aid.
    Column("oda_gni", "% of GNI", -50.0, 200.0),
    # 100 and 500,000: half the poorest and twice the richest state-year on record.
    Column("gdp_pc", "constant 2015 US$", 100.0, 500_000.0),
    Column("population_k", "thousand people", 1.0, 2_000_000.0),
    # The least on record is 8: a table of shares is refused.
    Column("urban_share", "% of population", 1.0, 100.0),
    count("conflict", "0 none, 1 minor, 2 war", 0, 2),
    # In state-based conflicts, by place; the greatest year on record is 82,000 (Ukraine 2022).
    count("battle_deaths", "deaths in the year", 0, 1_000_000),
    # Filled years hold a mean, so not whole; the busiest year on record has 10.
    Column("protests", "episodes in the year", 0.0, 50.0),
    # Commitments; the greatest year on record is 40 bn (Russia 2009).
    Column("chinese_finance", "million US$ of 2021", 0.0, 100_000.0),
    Column("state_finance", "million US$ of 2021", 0.0, 100_000.0),
)
HISTORY_NAMES = tuple(column.name for column in HISTORY_COLUMNS)
HISTORY = Table("history.csv", (STATE, year("year"), *HISTORY_COLUMNS, FILLED), ("iso3", "year"))

BORDERS = Table(
    "borders.csv",
    (Column("iso3_a", kind="state"), Column("iso3_b", kind="state")),
    ("iso3_a", "iso3_b"),
)
# Russia has 14 by land.
MOST_NEIGHBOURS = 20

MOST_COVARIATE = 1e12
LAST_COVARIATE = FIRST_YEAR + COVARIATE_YEARS - 1
COVARIATES = Table(
    "covariates.csv",
    (STATE, Column("year", "year", FIRST_YEAR, LAST_COVARIATE, kind="whole", may_be_empty=True)),
    ("iso3", "year"),
    Column("", "", -MOST_COVARIATE, MOST_COVARIATE, may_be_empty=True),
)
"""A user's data by country and year, in columns of any name."""

SANCTIONS = ("arms", "financial", "trade", "travel")
"""Kinds of sanctions; `+` joins several of one spell."""
SENDERS = ("us", "eu", "un")
SPELL_KINDS: dict[str, tuple[str, ...]] = {
    "no_relations": ("taipei", "neither"),
    "alliance": ("defence_pact", "five_eyes", "eea"),
    "agreement": ("gpa",),
    "rivalry": ("positional", "spatial", "ideological", "interventionary"),
    "home_vendor": (),
    "ban": ("ban", "procurement", "case", "vetting_used", "vetting", "defacto", "advice", "pledge"),
    "sanctions": SANCTIONS,
}
"""Kinds of each spell; empty: any word that the source uses."""
SPELLS = Table(
    "spells.csv",
    (
        STATE,
        word("what", *SPELL_KINDS),
        text("kind"),
        word("by", "", *SENDERS),
        year("first_year", may_be_empty=True),
        year("last_year", may_be_empty=True),
        # A spell of low is listed, not counted.
        word("sure", "high", "medium", "low"),
        text("source", "who says so"),
    ),
)


def date(name: str, earliest: int = EARLIEST_YEAR, *, may_be_empty: bool = True) -> Column:
    return Column(name, "year", earliest, LATEST_YEAR, "", "date", may_be_empty=may_be_empty)


def number(name: str, unit: str, highest: float) -> Column:
    return Column(name, unit, 0.0, highest, may_be_empty=True)


TRAINED, ADOPTED, EXITED = "trained", "adopted", "exited"
STAGES = ("small system", "safe city", "platform")
"""From stage 1."""
DOCUMENTED_COLUMNS = (
    STATE,
    word("what", TRAINED, ADOPTED, EXITED),
    date("date", FIRST_YEAR, may_be_empty=False),
    spare(word("vendor", *CHINESE_VENDORS)),
    spare(word("stage", *STAGES)),
    spare(text("source")),
)

READ = "S"
"""Evidence read in public text, with its address; M: memory."""
# Million US$: no contract of the record exceeds it.
MOST_MONEY = 100_000.0
EVIDENCE = word("evidence", READ, "M")
CONFIDENCE = Column("confidence", "share", 0.0, 1.0)
SEEN_IN = (spare(text("outlet")), spare(date("published")), text("url"))
CHINESE, ESTATE, COMPARED = "china", "estate", "compare"
# Stages that the model has, all of street cameras.
PLATFORMS = ("cameras", "safe city", "national platform")
SYSTEMS = Table(
    "systems.csv",
    (
        text("id", "the country's code and a word, such as KEN-NBO"),
        STATE,
        text("place", "what and where"),
        text("maker", "who made the equipment"),
        spare(word("vendor", *CHINESE_VENDORS)),
        word("stage", *PLATFORMS, "interception", "other"),
        date("contracted"),
        date("operational"),
        # No run begins before the first year of the model.
        spare(date("imposed", FIRST_YEAR)),
        spare(number("price_musd", "million US$", MOST_MONEY)),
        spare(word("finance", "loan", "budget", "operator", "gift", "fee", "unknown")),
        # Chinese supplied; agencies' own cameras under a ban or advice; made by others; maker not
        # known; no street cameras.
        word("group", CHINESE, ESTATE, COMPARED, "unknown", "aside"),
        EVIDENCE,
        CONFIDENCE,
        spare(text("from_memory")),
        spare(text("note")),
        *SEEN_IN,
    ),
    ("id",),
)
OUTAGES = ("partial_out", "suspended_unpaid")
REPAIRS = ("repaired_same", "repaired_other")
EXTENSIONS = ("extended_same", "extended_other_chinese", "extended_other", "extended_unknown")
REPLACED = ("replaced_other_chinese", "replaced_other")
GIVEN_UP = ("abandoned", "ended_by_buyer")
REMOVED = ("banned_removed",)
NOT_SERVED = ("cancelled_before", "not_started", "not_accepted")
BAN_REPORTS = ("ban_refused", "removal_ordered", "purchase_limited")
EVENT_WORDS = {
    "contracted": "signed",
    "installing": "being installed",
    "operational": "in service",
    "working": "reported to work",
    "dues": "dues in dispute",
    "renewal_planned": "renewal planned",
    "partial_out": "partly out of service",
    "suspended_unpaid": "suspended for dues",
    "repaired_same": "restored by the builder",
    "repaired_other": "restored by others",
    "extended_same": "extended, same vendor",
    "extended_other_chinese": "extended, other Chinese vendor",
    "extended_other": "extended, other vendor",
    "extended_unknown": "extended, vendor not named",
    "replaced_other_chinese": "replaced by another Chinese vendor",
    "replaced_other": "replaced by another vendor",
    "abandoned": "switched off",
    "ended_by_buyer": "ended by the buyer",
    "cancelled_before": "cancelled before service",
    "not_started": "not started",
    "not_accepted": "not accepted",
    "banned_removed": "removed under a ban",
    "ban_refused": "kept in spite of a ban",
    "removal_ordered": "removal ordered",
    "purchase_limited": "purchases limited",
}
"""What a dated event of a system may be, and its words in tables."""
CAUSES_OF_FATES = (
    "unpaid", "upkeep", "cables", "power", "theft", "war", "unrest", "wear", "dispute", "politics",
    "technology", "security advice", "unknown",
)  # fmt: skip
SYSTEM_EVENTS = Table(
    "system_events.csv",
    (
        text("id", "the id of a system"),
        date("date", may_be_empty=False),
        word("event", *EVENT_WORDS),
        spare(number("share", "share of the system", 1.0)),
        spare(word("cause", *CAUSES_OF_FATES)),
        spare(text("detail")),
        EVIDENCE,
        CONFIDENCE,
        *SEEN_IN,
    ),
)  # fmt: skip
# Formats of trainings: the first three in China, the next two in the country.
IN_CHINA = ("course in China", "seminar", "degree")
IN_COUNTRY = ("workshop in country", "trainers sent")
OPERATORS = "operator training"
TRAINING_FORMATS = (*IN_CHINA, *IN_COUNTRY, OPERATORS)
LANGUAGE, TECHNOLOGY = "language", "surveillance/technology"
# Text may name the countries of a regional course, or not.
STATES = Column("iso3", kind="states", may_be_empty=True)
TRAININGS = Table(
    "trainings.csv",
    (
        text("id", "a word of your choice, such as KEN-2018"),
        STATES,
        date("start", FIRST_YEAR),
        word("format", *TRAINING_FORMATS, "visit", "forum", "drill", "patrol"),
        word(
            "topic", "public order", LANGUAGE, "leadership", "protection", "crime investigation",
            "counter-terrorism", TECHNOLOGY, "anti-drug", "border", "cyber and digital forensics",
            "traffic", "other",
        ),
        spare(text("host")),
        # A police unit of the United Nations teaches, or learns.
        spare(word("unit", "un")),
        spare(count("officers", "officers", 1, 100_000)),
        spare(word("level", "junior", "mid", "senior", "unknown")),
        spare(word("paid_by", "China", "shared", "other", "unknown")),
        # A gift or equipment that the text names with the training.
        spare(text("equipment")),
        CONFIDENCE,
        *SEEN_IN,
        spare(text("note")),
        # Ids of the searches that returned it.
        spare(text("found_by")),
    ),
    ("id",),
)  # fmt: skip
RECORD_TABLES = {table.name: table for table in (SYSTEMS, SYSTEM_EVENTS, TRAININGS)}
"""A record of what became of systems, and of trainings: the project's, or a user's own."""
