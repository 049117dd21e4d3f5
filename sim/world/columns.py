"""What the seed tables may hold: columns, ranges, states, regions, regimes and rules for gaps."""

from dataclasses import dataclass
from typing import Literal, get_args

REGIME_RATED = "EIU 2024"
"""`regime_basis` of a state that the EIU rates."""
REGIME_ESTIMATED = "estimated from Freedom House"
"""`regime_basis` of a state that the EIU leaves out."""

_STATE_CODES = """
AFG AGO ALB AND ARE ARG ARM ATG AUS AUT AZE BDI BEL BEN BFA BGD BGR BHR BHS BIH BLR BLZ BOL
BRA BRB BRN BTN BWA CAF CAN CHE CHL CIV CMR COD COG COL COM CPV CRI CUB CYP CZE DEU DJI DMA
DNK DOM DZA ECU EGY ERI ESP EST ETH FIN FJI FRA FSM GAB GBR GEO GHA GIN GMB GNB GNQ GRC GRD
GTM GUY HND HRV HTI HUN IDN IND IRL IRN IRQ ISL ISR ITA JAM JOR JPN KAZ KEN KGZ KHM KIR KNA
KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT
MMR MNE MNG MOZ MRT MUS MWI MYS NAM NER NGA NIC NLD NOR NPL NRU NZL OMN PAK PAN PER PHL PLW
PNG POL PRK PRT PRY PSE QAT ROU RUS RWA SAU SDN SEN SGP SLB SLE SLV SMR SOM SRB SSD STP SUR
SVK SVN SWE SWZ SYC SYR TCD TGO THA TJK TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR URY USA
UZB VCT VEN VNM VUT WSM XKX YEM ZAF ZMB ZWE
"""
STATES = frozenset(_STATE_CODES.split())
"""ISO 3166 codes of the model's states: 192 UN members (all but China), Taiwan, Palestine, Kosovo
(`XKX`, a code of common use)."""


EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
"""A year outside these is a slip of the pen."""

NO_YEAR = 9999.0
"""A year that no run reaches: what an empty year stands for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers of `countries.csv`, which rules read under its name, or `history.csv`.

    Attributes:
        name: Its heading, and the field of rules' records.
        unit: What the figure counts.
        lowest: Least value allowed.
        highest: Greatest value allowed; beyond it a figure is a slip, not a fact.
        doc: What the figure says.
        whole: Whether the figure is a whole number.
        decimals: Digits after the point of a filled value.
        cells: The only texts allowed; empty: any number within the bounds.
        may_be_empty: Whether a cell may be empty, which then stands for `NO_YEAR`.
    """

    name: str
    unit: str
    lowest: float = 0.0
    highest: float = 0.0
    doc: str = ""
    whole: bool = False
    decimals: int = 0
    cells: tuple[str, ...] = ()
    may_be_empty: bool = False


def _year(name: str, doc: str) -> Column:
    return Column(name, "year", EARLIEST_YEAR, LATEST_YEAR, doc, whole=True, may_be_empty=True)


def _coded(name: str, unit: str, doc: str, *cells: str) -> Column:
    return Column(name, unit, doc=doc, cells=cells)


COUNTRY_COLUMNS = (
    _year("bri_year", "Year of joining the Belt and Road."),
    _year("bri_exit_year", "Year of leaving it."),
    _coded("borders_china", "0 or 1", "1 with a land border with China.", "0", "1"),
    Column("latitude", "degrees", -90.0, 90.0, "Degrees north of a point in the middle."),
    Column("longitude", "degrees", -180.0, 180.0, "Degrees east of it."),
    # Killings per 100,000: below 2, below 6, below 15, above.
    _coded("crime", "class", "Class of homicide, 0 to 3.", "0", "1", "2", "3"),
    Column(
        "large_cities", "cities", 1.0, 500.0, "Cities of 300,000 people or more, at least 1.", True
    ),
    Column(
        "telecom_networks",
        "networks",
        0.0,
        100.0,
        "Networks built on Chinese official finance to 2017.",
        whole=True,
    ),
    Column("un_distance", "ideal points", 0.0, 10.0, "Distance of votes from China's, 2000-2012."),
    _coded(
        "closed",
        "0 to 1",
        "How closed the economy is to foreign sellers: open, restricted, closed.",
        *("0", "0.5", "1"),
    ),
    _year("sco_year", "First year in the Shanghai Cooperation Organisation."),
)

HISTORY_COLUMNS = (
    Column("voice", "WGI score", -3.0, 3.0, decimals=2),
    Column("freedom", "sum of two ratings, 2 best", 2.0, 14.0, whole=True),
    # Aid can exceed income (Tuvalu 2015: 89 %), repayments can exceed aid.
    Column("oda_gni", "% of GNI", -50.0, 200.0, decimals=2),
    # 100 and 500,000: half the poorest and twice the richest state-year on record.
    Column("gdp_pc", "constant 2015 US$", 100.0, 500_000.0),
    Column("population_k", "thousand people", 1.0, 2_000_000.0),
    Column("urban_share", "% of population", 0.0, 100.0, decimals=1),
    Column("conflict", "0 none, 1 minor, 2 war", 0.0, 2.0, whole=True),
    # Filled years hold a mean, so not whole; the busiest year on record has 10.
    Column("protests", "episodes in the year", 0.0, 50.0, decimals=3),
    # Commitments; the greatest year on record is 40 bn (Russia 2009).
    Column("chinese_finance", "million US$ of 2021", 0.0, 100_000.0, decimals=1),
)
HISTORY_NAMES = tuple(column.name for column in HISTORY_COLUMNS)

COUNTRY_NAMES = (
    *("iso3", "name", "region", "regime_2024", "regime_basis"),
    *(column.name for column in COUNTRY_COLUMNS),
)

MOST_NEIGHBOURS = 20
"""Room for a state's neighbours by land (Russia has 14)."""

LARGEST_YEARLY_FACTOR = 3.0
"""Population or income that grows or shrinks beyond this factor in a year is a slip, unless listed
in `jumps.csv`. The largest on record is below 2 (Libya 2011-12)."""
JUMP_COLUMNS = ("gdp_pc", "population_k")

TARGET_USES = CALIBRATE, HOLD_OUT, CHECK = ("calibrate", "hold-out", "check")
"""What targets are for: found with, kept apart, rough."""
type Bound = Literal["value", "lower", "upper"]
TARGET_BOUNDS: tuple[Bound, ...] = get_args(Bound.__value__)

GAP_RULES = {
    "interpolated": "on the line between the nearest years before and after",
    "carried": "the nearest year's figure",
    "from_freedom": "the nearest year's voice, moved by the change in freedom",
    "mean": "the state's mean over the observed years",
    "neighbours": "the upper median of the neighbours",
    "region": "the upper median of the region",
    "estimate": "a figure listed in gaps.csv with its source",
    "not_recipient": "zero: not on the list of aid recipients in that year",
    "predecessor": "the state to which the country then belonged",
    "none": "the source lists the state, the model does not count it",
    "modelled": "a modelled figure, for want of counts",
    "outside": "zero: outside the data set, or without a record in it",
}
"""What the `filled` column may say of a cell, and what it means."""
