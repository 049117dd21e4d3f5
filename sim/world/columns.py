"""What the seed tables may hold: columns, ranges, states, regions, regimes and rules for gaps."""

from dataclasses import dataclass

REGIONS = (
    "Sub-Saharan Africa",
    "Middle East & North Africa",
    "Eastern Europe & Caucasus",
    "Western Europe",
    "Central Asia",
    "South Asia",
    "Southeast Asia",
    "East Asia",
    "Oceania",
    "North America",
    "Latin America & Caribbean",
)
"""The eleven regions, in the order in which results list them."""

REGIMES = ("full democracy", "flawed democracy", "hybrid", "authoritarian")
"""The four classes of the EIU Democracy Index; a regime's number is its place here, 0 to 3."""

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

FIRST_YEAR = 2000
"""The year in which every history begins, and its table."""

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
"""A year outside these is a slip of the pen."""

CLOSED_CELLS = ("0", "0.5", "1")
"""How closed an economy is to foreign sellers: open, restricted, closed."""
MOST_CITIES, MOST_NETWORKS, LARGEST_DISTANCE = 500.0, 100.0, 10.0
"""Beyond these a figure of `countries.csv` is a slip: cities of 300,000, networks, ideal points."""

CRIME_CLASSES = (0, 3)
"""Lowest and highest class of killings per 100,000: below 2, below 6, below 15, above."""
CRIME_CELLS = tuple(str(number) for number in range(CRIME_CLASSES[0], CRIME_CLASSES[1] + 1))


@dataclass(frozen=True, slots=True)
class HistoryColumn:
    """A column of `history.csv`.

    Attributes:
        name: The column's name.
        unit: What the figure counts.
        lowest: Least value allowed.
        highest: Greatest value allowed; beyond it a figure is a slip, not a fact.
        whole: Whether the figure is a whole number.
        decimals: Digits after the point of a filled value.
    """

    name: str
    unit: str
    lowest: float
    highest: float
    whole: bool = False
    decimals: int = 0


HISTORY_COLUMNS = (
    HistoryColumn("voice", "WGI score", -3.0, 3.0, decimals=2),
    HistoryColumn("freedom", "sum of two ratings, 2 best", 2.0, 14.0, whole=True),
    # Aid can exceed income (Tuvalu 2015: 89 %), repayments can exceed aid.
    HistoryColumn("oda_gni", "% of GNI", -50.0, 200.0, decimals=2),
    # 100 and 500,000: half the poorest and twice the richest state-year on record.
    HistoryColumn("gdp_pc", "constant 2015 US$", 100.0, 500_000.0),
    HistoryColumn("population_k", "thousand people", 1.0, 2_000_000.0),
    HistoryColumn("urban_share", "% of population", 0.0, 100.0, decimals=1),
    HistoryColumn("conflict", "0 none, 1 minor, 2 war", 0.0, 2.0, whole=True),
    # Filled years hold a mean, so not whole; the busiest year on record has 10.
    HistoryColumn("protests", "episodes in the year", 0.0, 50.0, decimals=3),
    # Commitments; the greatest year on record is 40 bn (Russia 2009).
    HistoryColumn("chinese_finance", "million US$ of 2021", 0.0, 100_000.0, decimals=1),
)
HISTORY_NAMES = tuple(column.name for column in HISTORY_COLUMNS)

COUNTRY_NAMES = (
    "iso3",
    "name",
    "region",
    "regime_2024",
    "regime_basis",
    "bri_year",
    "bri_exit_year",
    "borders_china",
    "latitude",
    "longitude",
    "crime",
    "large_cities",
    "telecom_networks",
    "un_distance",
    "closed",
    "sco_year",
)

MOST_NEIGHBOURS = 20
"""Room for a state's neighbours by land (Russia has 14)."""

LARGEST_YEARLY_FACTOR = 3.0
"""Population or income that grows or shrinks beyond this factor in a year is a slip, unless listed
in `jumps.csv`. The largest on record is below 2 (Libya 2011-12)."""
JUMP_COLUMNS = ("gdp_pc", "population_k")

TARGET_USES = ("calibrate", "hold-out", "check")
TARGET_BOUNDS = ("value", "lower", "upper")

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
