"""The article's claims beside mechanism, switch and effect: the table of mechanisms.md.

`uv run python analyses/mechanisms.py` compares the baseline with itself, one mechanism off at a
time, and rewrites the table between its marks. `--keep DIR` keeps the results.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tables

import sim
from sim.studies.retention import surviving_share
from sim.world.arrays import Floats

RUNS = 512
"""As in findings.py, so that the same effect is the same number on both pages."""
OUTCOMES = {
    "trained": ("trained, 2025", 2025, 1.0),
    "platforms": ("platforms, 2025", 2025, 1.0),
    "working": ("working, 2040", 2040, 1.0),
    "unrest": ("unrest, 2040, points", 2040, 100.0),
}
WITHDRAWN, SINCE, LATER = "offer-withdrawn-2030", 2029, 10
SURVIVE = "survive, points"
"""Outcomes of the table: heading, year, factor."""
UNKNOWN = "assumed"


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        part: The place of the mechanism in the page's list of ten.
        article: Paragraphs of the article.
        claim: Their claim, in our words.
        mechanism: The part of the model that stands for it.
        sets: Values that switch it off, by dotted key.
        standing: How far published estimates support its strength.
    """

    part: int
    article: str
    claim: str
    mechanism: str
    sets: dict[str, object]
    standing: str = UNKNOWN

    @property
    def switch(self) -> str:
        """The values, as a scenario file would set them."""
        shown = [f"`{key} = {str(value).lower()}`" for key, value in self.sets.items()]
        return shown[0] + (f" and {len(shown) - 1} more" if len(shown) > 1 else "")


ROWS = {
    "priorities": Row(
        2,
        "P2-P4",
        "China prefers some partners, and since 2018 those of the Belt and Road",
        "China's priorities among applicants",
        {"china.active": False},
    ),
    "credit": Row(
        2,
        "P4",
        "finance and infrastructure bind partners",
        "Chinese credit",
        {"china.credit": False},
        "assumed; documented loans",
    ),
    "reinvestment": Row(
        2,
        "P10",
        "a growing source of revenue",
        "courses paid out of revenue",
        {"market.reinvestment": 0},
    ),
    "west": Row(
        3,
        "P14, P20, P22",
        "the West trains, too, and reacts",
        "Western courses, conditions, bans",
        {"west.active": False},
    ),
    "bundling": Row(
        4,
        "P8, P10",
        "training is the entry point: technology is offered with it",
        "technology offers with courses",
        {"china.bundling": False},
    ),
    "consideration": Row(
        4,
        "P6, P8, P17",
        "courses, peers and unrest put systems on the agenda",
        "governments consider before they decide",
        {"consideration.active": False},
    ),
    "training": Row(
        5,
        "P1, P5-P7",
        "China trains police of every regime type",
        "courses",
        {"training.active": False},
        "totals fitted; no parameter narrowed",
    ),
    "trust": Row(
        5,
        "P17",
        "training builds trust, and trust leads to purchases",
        "trust that courses earn",
        {"procurement.trust_weight": 0},
    ),
    "regime": Row(
        5,
        "P6",
        "the appeal reaches beyond repressive governments",
        "regime as a reason to train or buy",
        {
            f"{section}.regime_{kind}": 0
            for section in ("training", "procurement")
            for kind in ("flawed", "hybrid", "authoritarian")
        },
        "open: no sign is settled",
    ),
    "needs": Row(
        5,
        "P6, P11, P16, P20, P21",
        "cities, crime and unrest make countries seek help",
        "needs and unrest",
        {"needs.active": False},
    ),
    "peers": Row(
        5,
        "P6, P16, P20",
        "countries see the systems of their neighbours and peers",
        "peers and norms",
        {"peers.active": False, "peers.norms": False},
    ),
    "dependence": Row(
        5,
        "P9, P17, P18",
        "dependence on the vendor leads to more courses and purchases",
        "dependence as a reason",
        {"training.dependence_weight": 0},
    ),
    "conditions": Row(
        5,
        "P14-P16, P22",
        "China asks for little in reform, Western programmes for much",
        "conditions of Western aid",
        {"west.conditions": False},
    ),
    "sovereignty": Row(
        5,
        "P18",
        "data sovereignty and cyber risks trouble hosts",
        "concern for sovereignty, in purchases",
        {"procurement.sovereignty_weight": 0},
    ),
    "cameras": Row(
        5,
        "P20",
        "cities buy cameras by themselves",
        "cities' own cameras",
        {"cameras.active": False},
        "totals fitted",
    ),
    "exit": Row(
        6,
        "P9",
        "once adopted, a system is hard to leave",
        "exit cost",
        {"contracts.exit_cost": 0},
        "assumed; contracts",
    ),
    "fees": Row(
        6,
        "P9, P10",
        "maintenance, updates and operator training create a lasting bond",
        "maintenance contracts",
        {"contracts.active": False},
        "assumed; documented contracts",
    ),
    "mistrust": Row(
        6,
        "P18, P24",
        "predictive policing feeds mistrust",
        "public mistrust, at renewals",
        {"contracts.mistrust_cost": 0},
        "assumed; made small",
    ),
    "retention": Row(
        7,
        "P9, P10",
        "contracts bind, and unpaid ones end",
        "exit cost, missed payments and restoration",
        {"contracts.retention": False},
        "assumed; contracts",
    ),
    "unrest": Row(
        8,
        "P11, P12, P24",
        "preventive policing promises stability",
        "systems that calm unrest",
        {"society.unrest_cut": 0},
        "assumed; made small",
    ),
    "norms": Row(
        8,
        "P13, P19, P25",
        "methods shape norms of security and civil liberty",
        "norms alone",
        {"peers.norms": False},
    ),
    "market": Row(
        8,
        "P17, P23",
        "a cycle builds influence and markets; two networks emerge",
        "falling price, alignment, courses paid out of revenue",
        {"market.active": False},
    ),
    "society": Row(
        8,
        "P11, P12, P18, P24",
        "systems calm and unsettle publics, and data leak",
        "control, mistrust, leaks",
        {"society.active": False},
    ),
    "doctrine": Row(
        9,
        "P2, P11-P13, P19",
        "training spreads doctrine: what police do with what they have",
        "leaders trained in China use systems more",
        {"doctrine.feedback": False},
        "assumed; made small",
    ),
}


def signed(value: float) -> str:
    """Return a number with its sign, whole where it is large."""
    text = f"{value:+.0f}" if abs(value) >= 10.0 else f"{value:+.1f}"
    return "0" if float(text) == 0.0 else text.replace("-", "−")


def survivors(runs: int, folder: Path, sets: dict[str, object]) -> Floats:
    """Return the % of systems of 2029 that work ten years later, with the offer withdrawn."""
    results = sim.make_runs(WITHDRAWN, set=sets, runs=runs, out=folder)
    return 100.0 * surviving_share(results, 0, SINCE, LATER)


def effects(folder: Path, runs: int) -> str:
    """Run each beside the baseline and return the table."""
    outcomes = [head for head, _, _ in OUTCOMES.values()]
    heads = ["claim", "in the model", "switched off by", *outcomes, SURVIVE, "standing"]
    rows = []
    base = sim.make_runs("baseline", runs=runs, out=folder / "baseline")
    kept = survivors(runs, folder / "withdrawn", {})
    for name, row in ROWS.items():
        off = sim.make_runs("baseline", set=row.sets, runs=runs, out=folder / f"off-{name}")
        found = sim.compare(base, off, outcomes=list(OUTCOMES)).tables["differences"]
        cells = []
        for outcome, (_, year, factor) in OUTCOMES.items():
            own = found[(found["outcome"] == outcome) & (found["year"] == year)].iloc[0]
            mean, low, high = (signed(factor * own[key]) for key in ("mean", "q05", "q95"))
            cells.append(f"{mean} ({low} to {high})")
        change = survivors(runs, folder / f"withdrawn-off-{name}", row.sets) - kept
        ends = np.nanmean(change), *np.nanquantile(change, [0.05, 0.95])
        mean, low, high = (signed(float(end)) for end in ends)
        cells.append(f"{mean} ({low} to {high})")
        claim = f"{row.article}: {row.claim}"
        part = f"{row.part}: {row.mechanism}"
        rows.append([claim, part, row.switch, *cells, row.standing])
    made = tables.table(heads, rows)
    return f"Means of {runs} paired runs. Brackets contain 90% of the runs.\n\n{made}"


def main() -> None:
    """Run and rewrite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, help="print a trial with so many runs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        made = effects(asked.keep or Path(temporary), asked.runs or RUNS)
    if asked.runs:
        print(made)
    else:
        tables.rewrite({"effects": made}, "mechanisms.md")


if __name__ == "__main__":
    main()
