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


def _count(name: str, unit: str, lowest: float, highest: float, doc: str = "") -> Column:
    return Column(name, unit, lowest, highest, doc, "whole")


def _year(name: str, doc: str = "", *, may_be_empty: bool = False) -> Column:
    bounds = (EARLIEST_YEAR, LATEST_YEAR)
    return Column(name, "year", *bounds, doc, "whole", may_be_empty=may_be_empty)


def _coded(name: str, unit: str, doc: str, *words: str) -> Column:
    return Column(name, unit, doc=doc, kind="coded", words=words)


def _word(name: str, *words: str) -> Column:
    return Column(name, kind="word", words=words)


def _text(name: str, doc: str = "") -> Column:
    return Column(name, doc=doc, kind="text", may_be_empty=not doc)


def _optional(name: str, *words: str) -> Column:
    kind: Kind = "word" if words else "text"
    return Column(name, kind=kind, words=words, may_be_empty=True, optional=True)


STATE = Column("iso3", kind="state")
SOURCE = _text("source", "who says so")
FILLED = _optional("filled")
"""Filled cells of a row and the rule for each; written and read by `seeds/tools/gaps.py`."""

COUNTRY_COLUMNS = (
    _year("bri_year", "Year of joining the Belt and Road.", may_be_empty=True),
    _year("bri_exit_year", "Year of leaving it.", may_be_empty=True),
    _coded("borders_china", "0 or 1", "1 with a land border with China.", "0", "1"),
    Column("latitude", "degrees", -90.0, 90.0, "Degrees north of a point in the middle."),
    Column("longitude", "degrees", -180.0, 180.0, "Degrees east of it."),
    # Killings per 100,000: below 2, below 6, below 15, above.
    _coded("crime", "class", "Class of homicide, 0 to 3.", "0", "1", "2", "3"),
    _count("large_cities", "cities", 1, 500, "Cities of 300,000 people or more, at least 1."),
    Column("un_distance", "ideal points", 0.0, 10.0, "Distance of votes from China's, 2000-2012."),
    # To foreign sellers: open, restricted, closed.
    _coded("closed", "0 to 1", "How closed the economy is.", "0", "0.5", "1"),
    _year("sco_year", "First year in the Shanghai Cooperation Organisation.", may_be_empty=True),
)
COUNTRIES = Table(
    "countries.csv",
    (
        STATE,
        _text("name", "the country's short name"),
        _word("region", *REGIONS),
        _word("regime_2024", *REGIMES),
        _text("regime_basis", "who says so"),
        *COUNTRY_COLUMNS,
        FILLED,
    ),
    ("iso3",),
)
UNREAD = {
    "name": "texts show it",
    "regime_2024": "groups and `where` follow it, behaviour follows `voice` and `freedom`",
    "regime_basis": "groups of rated countries follow it",
    "latitude": "maps show it",
    "longitude": "maps show it",
}
"""Columns that no rule reads, and their use."""
REGIME_ESTIMATED = "estimated from Freedom House"
"""`regime_basis` of a country that the EIU does not rate."""

HISTORY_COLUMNS = (
    Column("voice", "WGI score", -3.0, 3.0),
    _count("freedom", "sum of two ratings, 2 best", 2, 14),
    # Aid can exceed income (Tuvalu 2015: 89%), repayments can exceed aid.
    Column("oda_gni", "% of GNI", -50.0, 200.0),
    # 100 and 500,000: half the poorest and twice the richest state-year on record.
    Column("gdp_pc", "constant 2015 US$", 100.0, 500_000.0),
    Column("population_k", "thousand people", 1.0, 2_000_000.0),
    Column("urban_share", "% of population", 0.0, 100.0),
    _count("conflict", "0 none, 1 minor, 2 war", 0, 2),
    # In state-based conflicts, by place; the greatest year on record is 82,000 (Ukraine 2022).
    _count("battle_deaths", "deaths in the year", 0, 1_000_000),
    # Filled years hold a mean, so not whole; the busiest year on record has 10.
    Column("protests", "episodes in the year", 0.0, 50.0),
    # Commitments; the greatest year on record is 40 bn (Russia 2009).
    Column("chinese_finance", "million US$ of 2021", 0.0, 100_000.0),
    Column("state_finance", "million US$ of 2021", 0.0, 100_000.0),
)
HISTORY_NAMES = tuple(column.name for column in HISTORY_COLUMNS)
HISTORY = Table("history.csv", (STATE, _year("year"), *HISTORY_COLUMNS, FILLED), ("iso3", "year"))

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

MEASURES = ("arms", "financial", "trade", "travel")
"""Kinds of sanctions; `+` joins several of one spell."""
SENDERS = ("us", "eu", "un")
SPELL_KINDS: dict[str, tuple[str, ...]] = {
    "no_relations": ("taipei", "neither"),
    "alliance": ("defence_pact", "five_eyes", "eea"),
    "agreement": ("gpa",),
    "rivalry": ("positional", "spatial", "ideological", "interventionary"),
    "home_vendor": (),
    "ban": ("ban", "procurement", "case", "vetting_used", "vetting", "defacto", "advice", "pledge"),
    "sanctions": MEASURES,
}
"""Kinds of each spell; empty: any word that the source uses."""
SPELLS = Table(
    "spells.csv",
    (
        STATE,
        _word("what", *SPELL_KINDS),
        _text("kind"),
        _word("by", "", *SENDERS),
        _year("first_year", may_be_empty=True),
        _year("last_year", may_be_empty=True),
        # A spell of low is listed, not counted.
        _word("sure", "high", "medium", "low"),
        SOURCE,
    ),
)

TRAINED, ADOPTED, EXITED = "trained", "adopted", "exited"
STAGES = ("small system", "safe city", "platform")
"""From stage 1."""
DOCUMENTED_COLUMNS = (
    STATE,
    _word("what", TRAINED, ADOPTED, EXITED),
    _text("date", "a year, a month or a day"),
    _optional("vendor", *CHINESE_VENDORS),
    _optional("stage", *STAGES),
    _optional("source"),
)


def _date(name: str, earliest: int = EARLIEST_YEAR, *, may_be_empty: bool = True) -> Column:
    return Column(name, "year", earliest, LATEST_YEAR, "", "date", may_be_empty=may_be_empty)


def _number(name: str, unit: str, highest: float) -> Column:
    return Column(name, unit, 0.0, highest, may_be_empty=True)


def _spare(column: Column) -> Column:
    return replace(column, may_be_empty=True, optional=True)


READ = "S"
"""Evidence read in public text, with its address; M: memory."""
# Million US$: no contract of the record exceeds it.
MOST_MONEY = 100_000.0
MOST_TERM = 50.0
EVIDENCE = _word("evidence", READ, "M")
CONFIDENCE = Column("confidence", "share", 0.0, 1.0)
SEEN_IN = (_spare(_text("outlet")), _spare(_date("published")), _text("url"))
CHINESE, COMPARED = "china", "compare"
# Stages that the model has, all of street cameras.
PLATFORMS = ("cameras", "safe city", "national platform")
SYSTEMS = Table(
    "systems.csv",
    (
        _text("id", "the country's code and a word, such as KEN-NBO"),
        STATE,
        _text("place", "what and where"),
        _text("maker", "who made the equipment"),
        _optional("vendor", *CHINESE_VENDORS),
        _word("stage", *PLATFORMS, "interception", "other"),
        _date("contracted"),
        _date("operational"),
        # No run begins before the first year of the model.
        _spare(_date("imposed", FIRST_YEAR)),
        _spare(_number("price_musd", "million US$", MOST_MONEY)),
        _spare(_word("finance", "loan", "budget", "operator", "gift", "fee", "unknown")),
        # Chinese supplied; agencies' own cameras under a ban or advice; made by others; maker not
        # known; no street cameras.
        _word("group", CHINESE, "estate", COMPARED, "unknown", "aside"),
        EVIDENCE,
        CONFIDENCE,
        _spare(_text("from_memory")),
        _spare(_text("note")),
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
BEGUN = ("contracted", "installing", "operational")
OTHER_REPORTS = ("working", "dues", "renewal_planned")
BAN_REPORTS = ("ban_refused", "removal_ordered", "purchase_limited")
CAUSES_OF_FATES = (
    "unpaid", "upkeep", "cables", "power", "theft", "war", "unrest", "wear", "dispute", "politics",
    "technology", "security advice", "unknown",
)  # fmt: skip
SYSTEM_EVENTS = Table(
    "system_events.csv",
    (
        _text("id", "the id of a system"),
        _date("date", may_be_empty=False),
        _word(
            "event", *BEGUN, *OTHER_REPORTS, *OUTAGES, *REPAIRS, *EXTENSIONS, *REPLACED, *GIVEN_UP,
            *NOT_SERVED, *REMOVED, *BAN_REPORTS,
        ),
        _spare(_number("share", "share of the system", 1.0)),
        _spare(_word("cause", *CAUSES_OF_FATES)),
        _spare(_text("detail")),
        EVIDENCE,
        CONFIDENCE,
        *SEEN_IN,
    ),
)  # fmt: skip
# Results of an expiry.
KEPT = ("renewed_incumbent", "extended_short", "retender_incumbent")
SWITCHED, LAPSED, TRANSFERRED, EARLY = (
    "retender_other", "lapsed", "transferred", "terminated_early",
)  # fmt: skip
# What became of the system after a lapse; empty where no text says it.
GONE, ANEW, STAYED, NEVER = "gone", "replaced", ("restored", "never stopped"), "never existed"
NEUTRAL_ROUTES = ("n", "r")
"""Rows found by neutral queries (n) and searches for renewals (r), not because they ended."""
EXPIRIES = Table(
    "expiries.csv",
    (
        _text("id", "the country's code and a word"),
        STATE,
        _text("buyer"),
        _text("system", "what was bought"),
        _text("vendor", "who holds the contract"),
        _word("origin", CHINESE, "other"),
        _word(
            "kind", "surveillance", "radio", "scanners", "traffic cameras", "biometrics", "other IT"
        ),
        _date("start"),
        _number("term_years", "years", MOST_TERM),
        _date("expiry"),
        _date("ended"),
        _word("outcome", *KEPT, SWITCHED, LAPSED, TRANSFERRED, EARLY),
        _spare(_word("became", GONE, ANEW, *STAYED, NEVER)),
        _text("successor"),
        _number("price_musd", "million US$", MOST_MONEY),
        _number("exit_payment_musd", "million US$", MOST_MONEY),
        _spare(
            _word(
                "kept_why",
                "no_successor",
                "wanted",
                "locked",
                "tender_won",
                "politics",
                "none stated",
            )
        ),
        _word("route", *NEUTRAL_ROUTES, "e"),
        _word("finance", "fee", "budget", "loan", "gift"),
        _text("note"),
        EVIDENCE,
        CONFIDENCE,
        *SEEN_IN,
    ),
    ("id",),
)
EXIT_CLAUSES = Table(
    "exit_clauses.csv",
    (
        STATE,
        _text("expiry"),
        _text("contract", "which contract"),
        _text("clause", "its words, or the payment"),
        _number("money_musd", "million US$", MOST_MONEY),
        _text("share_of_price"),
        EVIDENCE,
        _text("outlet"),
        _text("url"),
    ),
)
OUTAGE_LOGS = Table(
    "outage_logs.csv",
    (
        STATE,
        _text("system", "which system"),
        _text("years"),
        # As the source has it: that was out of service, or worked.
        _text("share"),
        _text("repair_time"),
        _text("informant"),
        _text("detail"),
        EVIDENCE,
        *SEEN_IN,
    ),
)
FATES_SEARCHED = Table(
    "fates_searched.csv",
    (STATE, _text("queries", "how many"), _text("languages"), _text("result", "in a few words")),
)
FATE_TABLES = {
    table.name: table
    for table in (
        SYSTEMS, SYSTEM_EVENTS, EXPIRIES, EXIT_CLAUSES, OUTAGE_LOGS, FATES_SEARCHED
    )
}  # fmt: skip

# Formats of trainings: the first three in China, the next two in the country.
IN_CHINA = ("course in China", "seminar", "degree")
IN_COUNTRY = ("workshop in country", "trainers sent")
OPERATORS = "operator training"
TRAINING_FORMATS = (*IN_CHINA, *IN_COUNTRY, OPERATORS)
LANGUAGE, TECHNOLOGY = "language", "surveillance/technology"
# Text may name the countries of a regional course, or not.
STATES = Column("iso3", kind="states", may_be_empty=True)
FOUND_BY = _spare(_text("found_by"))
TRAININGS = Table(
    "trainings.csv",
    (
        _text("id", "a word of your choice, such as KEN-2018"),
        STATES,
        _date("start", FIRST_YEAR),
        _word("format", *TRAINING_FORMATS, "visit", "forum", "drill", "patrol"),
        _word(
            "topic", "public order", LANGUAGE, "leadership", "protection", "crime investigation",
            "counter-terrorism", TECHNOLOGY, "anti-drug", "border", "cyber and digital forensics",
            "traffic", "other",
        ),
        _spare(_text("host")),
        # A police unit of the United Nations teaches, or learns.
        _optional("unit", "un"),
        _spare(_count("officers", "officers", 1, 100_000)),
        _optional("level", "junior", "mid", "senior", "unknown"),
        _optional("paid_by", "China", "shared", "other", "unknown"),
        # A gift or equipment that the text names with the training.
        _spare(_text("equipment")),
        CONFIDENCE,
        *SEEN_IN,
        _spare(_text("note")),
        # Ids of the searches that returned it.
        FOUND_BY,
    ),
    ("id",),
)  # fmt: skip
BY_COUNTRY, BY_SUBJECT = ("country", "region"), ("institution", "topic")
"""Two ways of searching, logged apart."""
TRAININGS_SEARCHED = Table(
    "trainings_searched.csv",
    (
        _text("id", "the id of a search"),
        # The later round sought only events that were not on record.
        _word("arm", *BY_COUNTRY, *BY_SUBJECT, "data set", "later"),
        _text("language"),
        STATES,
        _text("query", "the words"),
        _spare(_count("results", "pages", 0, 1_000)),
        _spare(_count("used", "rows", 0, 1_000)),
    ),
    ("id",),
)
TRAINING_GIFTS = Table(
    "training_gifts.csv",
    (
        _text("id", "a word of your choice"),
        STATE,
        _date("start", FIRST_YEAR),
        _word("kind", "gift", "building", "pledge", "loan"),
        _text("title", "the gift, in a few words"),
        _number("amount", "of the currency", 1e12),
        _text("currency"),
        _text("url"),
        # Where a data set has it.
        _text("dataset"),
        _text("record"),
        _spare(_text("note")),
    ),
    ("id",),
)
TRAINING_TOTALS = Table(
    "training_totals.csv",
    (
        _text("of", "what was counted"),
        _count("total", "of the unit", 1, 1_000_000),
        _word("unit", "trainings", "officers", "countries"),
        _date("since", may_be_empty=False),
        _date("until", may_be_empty=False),
        # Hosts whose trainings are counted: any with one of these texts, parted by semicolons.
        _text("host"),
        _text("source", "who says so"),
        _text("url"),
    ),
    ("of",),
)
WORLD_LANGUAGES = ("English", "French", "Spanish", "Portuguese", "Arabic", "Russian")
LANGUAGES = Table("languages.csv", (STATE, _word("language", *WORLD_LANGUAGES, "other")), ("iso3",))
TRAINING_TABLES = {
    table.name: table
    for table in (TRAININGS, TRAININGS_SEARCHED, TRAINING_GIFTS, TRAINING_TOTALS, LANGUAGES)
}
RECORD_TABLES = FATE_TABLES | TRAINING_TABLES
