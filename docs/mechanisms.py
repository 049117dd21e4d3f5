"""What each mechanism does to results when it is switched off: the table of mechanisms.md.

`uv run python docs/mechanisms.py` compares the baseline with itself, one mechanism off at a
time, and rewrites the table between its marks. `--keep DIR` keeps the results.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sim

PAGE = Path(__file__).with_name("mechanisms.md")
MARKS = re.compile(r"(<!-- table: effects -->\n).*?(<!-- end of table -->)", re.S)
RUNS = 200
OUTCOMES = {
    "trained": ("trained, 2025", 2025, 1.0),
    "platforms": ("platforms, 2025", 2025, 1.0),
    "working": ("working, 2040", 2040, 1.0),
    "unrest": ("unrest, 2040, points", 2040, 100.0),
}
"""Outcomes of the table: heading, year, factor."""
UNKNOWN = "assumed"


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        article: Paragraphs of the article.
        mechanism: What is switched off.
        sets: Values that do so, by dotted key.
        standing: How far published figures hold its strength.
    """

    article: str
    mechanism: str
    sets: dict[str, object]
    standing: str


ROWS = {
    "training": Row(
        "P1, P5-P7", "training", {"training.active": False}, "totals fitted; no parameter narrowed"
    ),
    "bundling": Row(
        "P8, P10", "offers of technology with courses", {"china.bundling": False}, UNKNOWN
    ),
    "trust": Row(
        "P17",
        "trust that courses earn",
        {"procurement.trust_weight": 0, "training.trust_weight": 0},
        UNKNOWN,
    ),
    "priorities": Row(
        "P2-P4", "China's priorities among those who ask", {"china.active": False}, UNKNOWN
    ),
    "credit": Row("P4", "Chinese credit", {"china.credit_a_year": 0}, "assumed; documented loans"),
    "regime": Row(
        "P6",
        "regime as a reason to train or buy",
        {
            f"{section}.regime_{kind}": 0
            for section in ("training", "procurement")
            for kind in ("flawed", "hybrid", "authoritarian")
        },
        "open: no sign is settled",
    ),
    "needs": Row("P2, P11, P16", "needs and unrest", {"needs.active": False}, UNKNOWN),
    "unrest": Row(
        "P11, P24", "systems that calm unrest", {"society.unrest_cut": 0}, "assumed; made small"
    ),
    "peers": Row(
        "P6, P16, P20", "peers and norms", {"peers.active": False, "peers.norms": False}, UNKNOWN
    ),
    "norms": Row("P13", "norms alone", {"peers.norms": False}, UNKNOWN),
    "exit": Row("P9", "cost to leave", {"contracts.exit_cost": 0}, "assumed; contracts"),
    "fees": Row(
        "P9, P10", "maintenance contracts", {"contracts.active": False}, "assumed; eight contracts"
    ),
    "dependence": Row(
        "P9, P17",
        "dependence that recruits",
        {"procurement.dependence_weight": 0, "training.dependence_weight": 0},
        UNKNOWN,
    ),
    "reinvestment": Row("P10", "courses paid out of revenue", {"market.reinvestment": 0}, UNKNOWN),
    "market": Row(
        "P17, P23",
        "falling price, alignment, and courses paid out of revenue",
        {"market.active": False},
        UNKNOWN,
    ),
    "conditions": Row("P14-P16", "conditions of aid", {"west.conditions": False}, UNKNOWN),
    "west": Row("P14, P22", "Western courses, conditions, bans", {"west.active": False}, UNKNOWN),
    "mistrust": Row(
        "P18, P24",
        "mistrust of the public, in purchases",
        {"procurement.mistrust_weight": 0},
        "assumed; made small",
    ),
    "sovereignty": Row(
        "P18",
        "concern for sovereignty, in purchases",
        {"procurement.sovereignty_weight": 0},
        UNKNOWN,
    ),
}


def signed(value: float) -> str:
    """Return a number with its sign, whole where it is large."""
    text = f"{value:+.0f}" if abs(value) >= 10.0 else f"{value:+.1f}"
    return "0" if float(text) == 0.0 else text.replace("-", "−")


def table(folder: Path, runs: int) -> str:
    """Run each beside the baseline and return the table."""
    heads = ["article", "switched off", *(head for head, _, _ in OUTCOMES.values()), "standing"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    base = sim.run("baseline", runs=runs, out=folder / "baseline")
    for name, row in ROWS.items():
        off = sim.run("baseline", set=row.sets, runs=runs, out=folder / f"off-{name}")
        found = sim.compare(base, off, outcomes=list(OUTCOMES)).tables["differences"]
        cells = []
        for outcome, (_, year, factor) in OUTCOMES.items():
            own = found[(found["outcome"] == outcome) & (found["year"] == year)].iloc[0]
            mean, low, high = (signed(factor * own[key]) for key in ("mean", "q05", "q95"))
            cells.append(f"{mean} ({low} to {high})")
        lines.append(f"| {' | '.join([row.article, row.mechanism, *cells, row.standing])} |")
    return "\n".join(lines)


def main() -> None:
    """Run and rewrite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, help="print a trial with so many runs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        made = table(asked.keep or Path(temporary), asked.runs or RUNS)
    if asked.runs:
        print(made)
        return
    text = PAGE.read_text(encoding="utf-8")
    text = MARKS.sub(lambda match: f"{match[1]}\n{made}\n\n{match[2]}", text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
