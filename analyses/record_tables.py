"""Tables of the two public records that only pages read, with the range or words of each column."""

from __future__ import annotations

from functools import cache

import pandas as pd

from sim.model.units import FIRST_YEAR
from sim.world import find_data_folder
from sim.world.columns import (
    CHINESE,
    CONFIDENCE,
    EVIDENCE,
    MOST_MONEY,
    SEEN_IN,
    STATE,
    STATES,
    SYSTEM_EVENTS,
    SYSTEMS,
    TRAININGS,
    Table,
    count,
    date,
    number,
    spare,
    text,
    word,
)
from sim.world.fate_statistics import (
    ANEW,
    EARLY,
    GONE,
    KEPT,
    LAPSED,
    NEUTRAL_ROUTES,
    NEVER,
    STAYED,
    SWITCHED,
    TRANSFERRED,
)
from sim.world.fates import frame_of, rows_of
from sim.world.seeds import shipped_seeds
from sim.world.tables import Problems, raise_all

KEPT_WHY = ("no_successor", "wanted", "locked", "tender_won", "politics", "none stated")
EXPIRIES = Table(
    "expiries.csv",
    (
        text("id", "the country's code and a word"),
        STATE,
        text("buyer"),
        text("system", "what was bought"),
        text("vendor", "who holds the contract"),
        word("origin", CHINESE, "other"),
        word(
            "kind", "surveillance", "radio", "scanners", "traffic cameras", "biometrics", "other IT"
        ),
        date("start"),
        number("term_years", "years", 50.0),
        date("expiry"),
        date("ended"),
        word("outcome", *KEPT, SWITCHED, LAPSED, TRANSFERRED, EARLY),
        spare(word("became", GONE, ANEW, *STAYED, NEVER)),
        text("successor"),
        number("price_musd", "million US$", MOST_MONEY),
        number("exit_payment_musd", "million US$", MOST_MONEY),
        spare(word("kept_why", *KEPT_WHY)),
        word("route", *NEUTRAL_ROUTES, "e"),
        word("finance", "fee", "budget", "loan", "gift"),
        text("note"),
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
        text("expiry"),
        text("contract", "which contract"),
        text("clause", "its words, or the payment"),
        number("money_musd", "million US$", MOST_MONEY),
        text("share_of_price"),
        EVIDENCE,
        text("outlet"),
        text("url"),
    ),
)
OUTAGE_LOGS = Table(
    "outage_logs.csv",
    (
        STATE,
        text("system", "which system"),
        text("years"),
        # As the source has it: that was out of service, or worked.
        text("share"),
        text("repair_time"),
        text("informant"),
        text("detail"),
        EVIDENCE,
        *SEEN_IN,
    ),
)
FATES_SEARCHED = Table(
    "fates_searched.csv",
    (STATE, text("queries", "how many"), text("languages"), text("result", "in a few words")),
)

BY_COUNTRY, BY_SUBJECT = ("country", "region"), ("institution", "topic")
"""Two ways of searching, logged apart."""
TRAININGS_SEARCHED = Table(
    "trainings_searched.csv",
    (
        text("id", "the id of a search"),
        # The later round sought only events that were not on record.
        word("arm", *BY_COUNTRY, *BY_SUBJECT, "data set", "later"),
        text("language"),
        STATES,
        text("query", "the words"),
        spare(count("results", "pages", 0, 1_000)),
        spare(count("used", "rows", 0, 1_000)),
    ),
    ("id",),
)
TRAINING_GIFTS = Table(
    "training_gifts.csv",
    (
        text("id", "a word of your choice"),
        STATE,
        date("start", FIRST_YEAR),
        word("kind", "gift", "building", "pledge", "loan"),
        text("title", "the gift, in a few words"),
        number("amount", "of the currency", 1e12),
        text("currency"),
        text("url"),
        # Where a data set has it.
        text("dataset"),
        text("record"),
        spare(text("note")),
    ),
    ("id",),
)
TRAINING_TOTALS = Table(
    "training_totals.csv",
    (
        text("of", "what was counted"),
        count("total", "of the unit", 1, 1_000_000),
        word("unit", "trainings", "officers", "countries"),
        date("since", may_be_empty=False),
        date("until", may_be_empty=False),
        # Hosts whose trainings are counted: any with one of these texts, parted by semicolons.
        text("host"),
        text("source", "who says so"),
        text("url"),
    ),
    ("of",),
)
WORLD_LANGUAGES = ("English", "French", "Spanish", "Portuguese", "Arabic", "Russian")
LANGUAGES = Table("languages.csv", (STATE, word("language", *WORLD_LANGUAGES, "other")), ("iso3",))
OF_FATES = (SYSTEMS, SYSTEM_EVENTS, EXPIRIES, EXIT_CLAUSES, OUTAGE_LOGS, FATES_SEARCHED)
OF_TRAININGS = (TRAININGS, TRAININGS_SEARCHED, TRAINING_GIFTS, TRAINING_TOTALS, LANGUAGES)


@cache
def shipped_table(table: Table) -> pd.DataFrame:
    """Return the shipped rows of a table, checked."""
    problems: Problems = []
    path = find_data_folder("seeds") / table.name
    codes = [state.iso3 for state in shipped_seeds().countries]
    frame = frame_of(table, [values for _, values in rows_of(path, table, codes, problems)])
    raise_all(problems, path, "the table")
    return frame
