"""What each mechanism does to results when it is switched off: the table of mechanisms.md.

`uv run python docs/mechanisms.py` runs `entrench compare` on the baseline and scenarios in which
one mechanism is off, and rewrites the table between its marks. `--keep DIR` keeps the results.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).with_name("mechanisms.md")
MARKS = re.compile(r"(<!-- table: effects -->\n).*?(<!-- end of table -->)", re.S)
RUNS = "200"
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
        "pull on autocracies calibrated",
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


def scenario_text(name: str, row: Row) -> str:
    """Return a scenario file in which the row's mechanism is off."""
    spelled = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else value}"
        for key, value in row.sets.items()
    ]
    head = ['extends = "baseline"', f'title = "Without {row.mechanism}"']
    head.append(f'question = "What is {name} worth?"')
    return "\n".join([*head, *spelled, ""])


def run(folder: Path) -> None:
    """Compare each with the baseline."""
    for name, row in ROWS.items():
        file = folder / f"off-{name}.toml"
        file.write_text(scenario_text(name, row), encoding="utf-8")
        program = (sys.executable, "-c", "from sim.cli import main; main()")
        command = ("compare", "baseline", file.name, "--runs", RUNS, "--out", f"off-{name}")
        wanted = [part for outcome in OUTCOMES for part in ("--outcome", outcome)]
        subprocess.run(
            (*program, *command, *wanted, "--no-figures", "--quiet"), cwd=folder, check=True
        )


def cell(rows: Sequence[dict[str, str]], outcome: str) -> str:
    """Return a mean difference with its 90 % band over pairs."""
    _, year, factor = OUTCOMES[outcome]
    for row in rows:
        if (
            row["outcome"] == outcome
            and row["group_kind"] == "world"
            and (row["year"], row["quarter"]) == (str(year), "4")
        ):
            mean, low, high = (factor * float(row[key]) for key in ("mean", "q05", "q95"))
            return f"{signed(mean)} ({signed(low)} to {signed(high)})"
    raise ValueError(f"no {outcome} of {year}")


def signed(value: float) -> str:
    """Return a number with its sign, whole where it is large."""
    text = f"{value:+.0f}" if abs(value) >= 10.0 else f"{value:+.1f}"
    return "0" if float(text) == 0.0 else text.replace("-", "−")


def table(folder: Path) -> str:
    """Return the table."""
    heads = ["article", "switched off", *(head for head, _, _ in OUTCOMES.values()), "standing"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for name, row in ROWS.items():
        with (folder / f"off-{name}" / "differences.csv").open(encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        cells = [row.article, row.mechanism, *(cell(found, o) for o in OUTCOMES), row.standing]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and rewrite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        run(folder)
        text = PAGE.read_text(encoding="utf-8")
        made = table(folder)
        PAGE.write_text(
            MARKS.sub(lambda match: f"{match[1]}\n{made}\n\n{match[2]}", text), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
