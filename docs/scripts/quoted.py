"""Numbers in sentences, taken from the tables that scripts write.

A page writes `<!--n survive-->75<!--/n-->` for the mean of a cell that `CELLS` names,
`<!--n survive range-->51 to 93<!--/n-->` for its band, and `<!--n missed-->2<!--/n-->` for a count
of published figures. `docs/scripts/generate.py` fills all of them in, so that a sentence and the
table that it quotes cannot differ. Signs are left to the sentence, except in a band that contains
zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[1]
TABLES = ("fates.md", "findings.md", "validation.md", "mechanisms.md", "calibration.md")
"""Pages whose tables are made by scripts."""
PAGES = ("../README.md", "reading-numbers.md", "plain-words.md", "tutorial.md", "cite.md",
         *TABLES)  # fmt: skip
"""Pages with numbers in sentences."""
KINDS = " range| listed| listed range| cell"
MARK = re.compile(rf"<!--n ([\w-]+)({KINDS})?-->.*?<!--/n-->", re.S)
TABLE = re.compile(r"<!-- table: ([\w-]+) -->\n(.*?)<!-- end of table -->", re.S)
SURVIVE, KEPT, UNPAID = "survive 10 years", "kept by exit cost, points", "change by missed payments"
PLATFORM = "Ever bought a Chinese platform"
WITHOUT = "without {}, platforms in 2025"
OUTLAST = "systems of 100 that work ten years after the offer"
TIES = "P9, P10: maintenance, updates and operator training create a lasting bond"
AID = "with Western aid closed, working systems in 2040"
OFFERLESS = "survive, points"
CELLS = {
    "survive": ("what-holds", "world", SURVIVE),
    "survive-free": ("what-holds", "world", "no exit cost"),
    "survive-full-democracies": ("what-holds", "full democracy", SURVIVE),
    "survive-east-europe": ("what-holds", "Eastern Europe & Caucasus", SURVIVE),
    "survive-mena": ("what-holds", "Middle East & North Africa", SURVIVE),
    "half-survive": ("tilt", "more than half survive 10 years", "of runs"),
    "offer-continues": ("tilt", "10 points more would survive if the offer continued", "of runs"),
    "moratorium": ("policies", "moratorium-in-democracies", "Working"),
    "open-standards": ("exits", "open-standards", "change"),
    "survive-paid": ("what-holds", "world", "all fees paid"),
    "goes-on": ("withdrawal-by-group", "world", "survive, offer continues"),
    "hybrid-free": ("what-holds", "hybrid", "no exit cost"),
    "hybrid-paid": ("what-holds", "hybrid", "all fees paid"),
    "hybrid-both": ("what-holds", "hybrid", "both"),
    "full-systems": ("withdrawal-by-group", "full democracy", "systems 2029"),
    "full-half": ("withdrawal-by-group", "full democracy", "until half"),
    "full-no-bans": ("withdrawal-by-group", "full democracy", "survive, no bans"),
    "low-fee": ("what-decides", "contracts.fee", "survive in its lowest"),
    "high-fee": ("what-decides", "contracts.fee", "in its highest"),
    "city-benefit": ("sum-that-decides", "safe city", "benefit"),
    "city-fees": ("sum-that-decides", "safe city", "− fees"),
    "city-off": ("sum-that-decides", "safe city", "+ cost"),
    "city-sum": ("sum-that-decides", "safe city", "= sum"),
    "short-free": ("contracts-after-withdrawal", "5 years 0 ×", SURVIVE),
    "nulls-no-bundling": ("nulls", "no-bundling", "Bayes factor"),
    "hindcast-listed": ("predictions", "listed_any_2019", "from figures to 2015"),
    "hindcast-2018": ("hindcast", "2018", "inside"),
    "listings": ("shocks", "listings of vendors stays with its vendor", "effect where exit"),
    "survive-flawed": ("what-holds", "flawed democracy", SURVIVE),
    "survive-hybrid": ("what-holds", "hybrid", SURVIVE),
    "kept": ("what-holds", "world", KEPT),
    "missed-payments": ("what-holds", "world", UNPAID),
    "missed-payments-africa": ("what-holds", "Sub-Saharan Africa", UNPAID),
    "unbroken": ("withdrawal-by-group", "world", "without a break"),
    "model-larger": ("survival", "larger systems", "model, 10"),
    "listed-2018": ("figures", "listed_platforms_2018", "recorded"),
    "aid-least": ("bounds", AID, "smallest"),
    "aid-most": ("bounds", AID, "largest"),
    "goes-on-unbroken": ("withdrawal-by-group", "world", "without a break, offer"),
    "survive-both": ("what-holds", "world", "both"),
    "kept-if-stopping-free": ("stopping", "0", KEPT),
    "prior-survive": ("prior", SURVIVE, "prior"),
    "retention": ("retention-by-propagation", "withdrawn retention", "on the share"),
    "kept-least": (
        "bounds",
        "without exit cost after the offer, systems of 100 that work ten years later",
        "largest",
    ),
    "kept-most": (
        "bounds",
        "without exit cost after the offer, systems of 100 that work ten years later",
        "smallest",
    ),
    "survive-least": ("bounds", OUTLAST, "smallest"),
    "survive-most": ("bounds", OUTLAST, "largest"),
    "spread-any-2025": ("spreads", "both", "any system, 2025"),
    "spread-any-2040": ("spreads", "both", "any system, 2040"),
    "spread-platforms-2025": ("spreads", "both", "platform, 2025"),
    "spread-platforms-2040": ("spreads", "both", "platform, 2040"),
    "no-contracts": ("drives", "no-maintenance-contracts", PLATFORM),
    "missed-payments-full": ("what-holds", "full democracy", UNPAID),
    "choices-full": ("what-holds", "full democracy", "change by choices"),
    "counter-offer-systems": ("policies", "western-counter-offer", "Working"),
    "evidence-exit": ("evidence", "exit cost, within 25%", "of the effect"),
    "training-least": ("bounds", WITHOUT.format("training"), "largest"),
    "training-most": ("bounds", WITHOUT.format("training"), "smallest"),
    "credit-least": ("bounds", WITHOUT.format("Chinese credit"), "largest"),
    "credit-most": ("bounds", WITHOUT.format("Chinese credit"), "smallest"),
    "choices": ("what-holds", "world", "change by choices"),
    "no-credit": ("drives", "no-chinese-credit", PLATFORM),
    "no-training": ("drives", "no-training", PLATFORM),
    "systems": ("policies", "baseline", "Working"),
    "aid-closed": ("policies", "aid-closure-2025", "Working"),
    "trained": ("who", "world", "trained"),
    "platforms": ("who", "world", "platform"),
    "any": ("who", "world", "any Chinese system"),
    "working": ("drives", "baseline", "Working"),
    "systems-2029": ("withdrawal-by-group", "world", "systems 2029"),
    "listed-2019": ("figures", "listed_any_2019", "recorded"),
    "real-2019": ("figures", "listed_any_2019", "real"),
    "most-bundling": ("bounds", WITHOUT.format("bundled offers"), "smallest"),
    "off-credit": ("effects", "P4: finance and infrastructure bind partners", "platforms"),
    "off-contracts": ("effects", TIES, OFFERLESS),
    "off-contracts-working": ("effects", TIES, "working"),
    "off-exit": ("effects", "P9: once adopted, a system is hard to leave", OFFERLESS),
    "off-retention": ("effects", "P9, P10: contracts bind, and unpaid ones end", OFFERLESS),
    "evidence-contracts": ("evidence", "documented contracts all", "of the effect"),
    "evidence-fifty": ("evidence", "documented contracts 50", "of survival"),
}
"""Name: table, row and the beginning of the column's heading."""
FATES = re.compile(
    r"It has (?P<systems>\d+)\ssystems in (?P<countries>\d+) countries, (?P<chinese>\d+) of them"
    r".*?with (?P<events>\d+).*?to 2021: (?P<followed>\d+) of them, (?P<ended>\d+)"
    r".*?ten years (?P<lasting>\d+) of 100.*?interval (?P<interval>\d+ to \d+)"
    r".*?differ: (?P<cameras>\d+) of 100 \((?P<cameras_interval>\d+ to \d+)\)"
    r".*?and\s(?P<larger>\d+) of 100 \((?P<larger_interval>\d+ to \d+)\)",
    re.S,
)
"""Numbers in the sentences of the page on the record, which `analyses/fates.py` writes."""
COUNTS = {
    "figures": lambda use, verdict: use != "judgement",
    "missed": lambda use, verdict: use != "judgement" and verdict == "missed",
    "fitted": lambda use, verdict: use == "calibrate",
    "held-out": lambda use, verdict: use == "hold-out",
    "held-out-met": lambda use, verdict: use == "hold-out" and verdict == "met",
    "weak": lambda use, verdict: use == "check",
    "weak-met": lambda use, verdict: use == "check" and verdict == "met",
}
"""Numbers of published figures in the table of scores, by their use and the verdict."""
WAYS = (", offer continues", " 10 years")
"""Ends of the headings whose shares differ by what the end of the offer takes."""
type Rows = dict[str, dict[str, str]]


def plain(cell: str) -> str:
    """Return a cell without the marks of Markdown."""
    return MARK.sub("", cell).strip().strip("*`")


def rows_of(text: str) -> Rows:
    """Return a table's rows by their first cell, and by their first two."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads, _, *body = [[plain(c) for c in line.strip("| ").split(" | ")] for line in lines]
    found: Rows = {}
    for cells in body:
        row = dict(zip(heads, cells, strict=False))
        found.setdefault(cells[0], row)
        found[" ".join(cells[:2])] = row
    return found


def texts_of(names: Iterable[str], fresh: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of pages: those just made, others as they are on the disk."""
    return {n: fresh.get(n) or (FOLDER / n).read_text(encoding="utf-8") for n in names}


def parts(cell: str) -> tuple[str, str]:
    """Return the mean and the band of a cell, as a sentence writes them."""
    mean, *band = re.findall(
        r"[+−-]?[\d,.]+", cell.partition("(")[0] + " " + cell.partition("(")[2]
    )
    if "(" in cell and len(band) < 2:
        raise ValueError(f"not a number with its band: {cell}")
    ends = ["0" if not value_of(end) else end for end in band[:2]]
    if ends and not value_of(ends[0]) < 0.0 < value_of(ends[1]):
        ends = sorted((end.lstrip("+−") for end in ends), key=value_of)
    return mean.lstrip("+−"), " to ".join(ends)


def value_of(text: str) -> float:
    """Return the value of a number in a table."""
    return float(text.replace(",", "").replace("−", "-"))


def numbers(pages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each mark's words and its text.

    Args:
        pages: Texts of the pages with tables.
    """
    found = (TABLE.findall(text) for text in pages.values())
    known = {name: rows_of(inner) for tables in found for name, inner in tables}
    for name, (table, row, head) in CELLS.items():
        cells = known[table].get(row, {})
        cell = next((text for column, text in cells.items() if column.startswith(head)), None)
        if cell is None:
            continue  # an error only where a sentence asks for it
        yield f"{name} cell", cell
        for kind, part in zip(("", " listed"), cell.split(" · "), strict=False):
            mean, band = ("about 0", "") if part == "·" else parts(part)
            yield name + kind, mean
            yield f"{name}{kind} range", band
    systems = known["withdrawal-by-group"]["world"]
    goes_on, ends = (parts(systems[f"survive{way}"])[0] for way in WAYS)
    yield "fewer", str(int(goes_on.rstrip("%")) - int(ends.rstrip("%")))
    judged = (row for row in known["figures"].values() if row["verdict"] != "no figure")
    figures = {row["target"]: row for row in judged}.values()
    for name, counts in COUNTS.items():
        yield name, str(sum(counts(row["use"], row["verdict"]) for row in figures))
    record = FATES.search(pages["fates.md"])
    assert record
    for name, number in record.groupdict().items():
        yield f"record-{name.replace('_', '-')}", number


def filled(fresh: Mapping[str, str]) -> dict[str, str]:
    """Return every page with its numbers as the tables have them.

    Args:
        fresh: Pages that were just made.
    """
    now = dict(numbers(texts_of(TABLES, fresh)))

    def fill(mark: re.Match[str]) -> str:
        opening = mark[0].partition("-->")[0] + "-->"
        if (name := mark[1] + (mark[2] or "")) not in now:
            raise KeyError(f"{opening}: its table has no such row now: rewrite the sentence")
        return f"{opening}{now[name]}<!--/n-->"

    texts = texts_of(PAGES, fresh)
    return {name: MARK.sub(fill, text) for name, text in texts.items() if "<!--n " in text}
