"""Make the tables of published figures, survival and null models in validation.md.

`uv run python analyses/validation.py` runs `entrench validate` and rewrites the tables between
their marks; `--keep DIR` keeps the results there, `--runs N` prints a trial with so many runs.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path

import pandas as pd
from tables import rewrite, table

import sim
from sim.estimates.targets import FITTED, HOLD_OUT, published
from sim.figures.fates import by_kind
from sim.studies.report import bands
from sim.studies.validate import FEW_SETS
from sim.world.fates import shipped_record

RUNS = 2_048
"""Bayes factors need more than means do."""


def figures(report: sim.Report) -> str:
    """Return every published figure next to the model under the plausible sets."""
    every = report.tables["validation"]
    own = every[every["model"] == every["model"].iloc[0]]
    recorded, real = bands(own), bands(own, "real", "real_q05", "real_q95")
    texts = ["" if pd.isna(far) else f"{abs(far):.1f}" for far in own["distance"]]
    cells = zip(own["target"], own["use"], published(own), recorded, real, texts, strict=True)
    rows = [
        (f"`{name}`", f"`{use}`", *rest, verdict or "no figure")
        for (name, use, *rest), verdict in zip(cells, own["verdict"], strict=True)
    ]
    heads = ("target", "use", "published", "recorded in the model (90%)", "real in the model (90%)")
    return table((*heads, "|I|", "verdict"), rows)


def nulls(report: sim.Report) -> str:
    """Return the model and the null models: sums of squares, rejections and Bayes factors."""
    summary = report.tables["validation_summary"].set_index(["model", "use"])
    factors = report.tables.get("bayes_factors", pd.DataFrame(columns=["model", "sets"]))
    known = factors.set_index("model")
    few = known["sets"].map(lambda sets: "" if sets >= FEW_SETS else " ?")
    beside = dict(zip(known.index, bands(known, "factor", "low", "high") + few, strict=True))
    rows = []
    for model in dict.fromkeys(summary.index.get_level_values("model")):
        cells = [
            f"{row['sum_of_squares']:.1f}; {row['ruled_out_by']} of {row['figures']}"
            for row in (summary.loc[(model, use)] for use in (FITTED, HOLD_OUT))
        ]
        rows.append((model, *cells, beside.get(model, "")))
    return table(("model", "fitted figures", "held-out figures", "Bayes factor"), rows)


def survival(results: sim.Results) -> str:
    """Return the share of systems without an end by kind, on record and in the model."""
    rows = []
    for kind, pair in by_kind(results, shipped_record())[0].items():
        cells = []
        for years, curve in product((5, 10), pair):
            mean, low, high = 100.0 * curve[curve.index <= years].iloc[-1]
            cells.append(f"{mean:.0f} ({low:.0f} to {high:.0f})")
        rows.append((kind.lower(), *cells))
    heads = [f"{of}, {years}" for years in (5, 10) for of in ("record", "model")]
    return table(("kind", *heads), rows)


def main() -> None:
    """Run and rewrite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, help="print a trial with so many runs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = asked.keep or Path(temporary) / "validate"
        report = sim.validate(runs=asked.runs or RUNS, out=out)
    made = {"figures": figures(report), "nulls": nulls(report)}
    made["survival"] = survival(report.results)
    if asked.runs:
        print("\n\n".join(made.values()))
        return
    rewrite(made, "validation.md")


if __name__ == "__main__":
    main()
