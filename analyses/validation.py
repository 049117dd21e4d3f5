"""Make the tables of published figures, survival, null models, lives and prices in validation.md.

`uv run python analyses/validation.py` runs `entrench validate` and rewrites the tables between
their marks; `--keep DIR` keeps the results there, `--runs N` prints a trial with so many runs.
`--quick` makes the two small tables alone, which take half a minute.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from tables import rewrite, table

import sim
from sim.estimates.targets import FITTED, HOLD_OUT, published
from sim.figures.fates import by_kind
from sim.measures.bands import band
from sim.model.mechanisms.history import REFERENCE_POPULATION
from sim.model.units import FIRST_YEAR
from sim.studies.report import bands
from sim.studies.validate import FEW_SETS
from sim.world.columns import CHINESE, PLATFORMS
from sim.world.fates import decimal_year, shipped_record
from sim.world.seeds import shipped_seeds

RUNS, FEWER_RUNS = 2_048, 512
"""Bayes factors need more than means do."""
WITHOUT_CONTRACTS = "no-maintenance-contracts+offer-withdrawn-2030"
LIVES = (7, 10, 15, 20)
"""Years that a system without a contract lasts; the first is the default."""
TODAY = 2025
PERCENTS = "{:.0f} ({:.0f} to {:.0f})"


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
            cells.append(PERCENTS.format(*100.0 * curve[curve.index <= years].iloc[-1]))
        rows.append((kind.lower(), *cells))
    heads = [f"{of}, {years}" for years in (5, 10) for of in ("record", "model")]
    return table(("kind", *heads), rows)


def lives(runs: int) -> str:
    """Return survival after the offer with contracts, and without them by a system's life."""
    settings = {"with contracts": ("offer-withdrawn-2030", {})} | {
        f"without, life of {years} years": (WITHOUT_CONTRACTS, {"contracts.life": years})
        for years in LIVES
    }
    rows = []
    for name, (scenario, values) in settings.items():
        world = sim.persistence(scenario, runs=runs, set=values).tables["persistence"].iloc[0]
        ends = [[100.0 * world[f"surviving_{y}{q}"] for q in ("", "_q05", "_q95")] for y in (5, 10)]
        rows.append((name, *(PERCENTS.format(*cell) for cell in ends)))
    return table(("system", "survive 5 years", "survive 10 years"), rows)


def prices(runs: int) -> str:
    """Return the model's prices and exit costs, as multiples of prices on record.

    A cell has the mean and 90% of runs of the median over contracts, or countries, of a run.
    """
    priced = f"group == {CHINESE!r} and stage in @PLATFORMS and price_musd > 0 and contracted != ''"
    record = shipped_record().systems.query(priced)
    known = record.groupby("iso3")["price_musd"].sum()
    results = sim.make_runs("baseline", runs=runs)
    p = results.frame(f"price_{TODAY}").set_index("run")
    level = results.values("price", "world").isel(point=0).squeeze().to_pandas()
    seeds = shipped_seeds()
    codes = [state.iso3 for state in seeds.countries]
    people = dict(zip(codes, seeds.history["population_k"], strict=True))
    signed = {}
    for of in record.itertuples():
        year = int(decimal_year(of.contracted))
        # No contract on record is younger than the history.
        size = np.log(people[of.iso3][year - FIRST_YEAR] / REFERENCE_POPULATION)
        cost = p["procurement.safe_city_cost"] * np.exp(p["procurement.size_elasticity"] * size)
        # As many stages as a first contract has in the model: cameras, or a safe city in one city.
        share = p["procurement.pilot_cost"] + float(of.stage != PLATFORMS[0])
        signed[of.id] = cost * share * level[year] / of.price_musd
    exit_cost, worth, out, works = (
        results.panel(name, [TODAY]).isel(point=0, year=0).to_pandas()[known.index]
        for name in ("exit_cost", "yearly_value", "out_of_service", "working")
    )
    bound = (works > 0.0) & (exit_cost > 0.0)
    paid = worth.div(p["contracts.annual_benefit"], axis=0) / (1.0 - out)
    found = {
        f"price of a contract at its signing ({len(signed)} contracts)": pd.DataFrame(signed),
        f"price paid by {TODAY} for a system that works ({len(known)} countries)": (paid / known)[
            bound
        ],
        f"exit cost in {TODAY} ({len(known)} countries)": (exit_cost / known)[bound],
    }
    cells = ["{:.1f} ({:.1f} to {:.1f})".format(*band(of.median(axis=1))) for of in found.values()]
    return table(("in the model", "times the price on record"), zip(found, cells, strict=True))


def main() -> None:
    """Run and rewrite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, help="print a trial with so many runs")
    parser.add_argument("--quick", action="store_true", help="only lives and prices")
    asked = parser.parse_args()
    made = {"lives": lives(asked.runs or FEWER_RUNS), "prices": prices(asked.runs or FEWER_RUNS)}
    if not asked.quick:
        with tempfile.TemporaryDirectory() as temporary:
            out = asked.keep or Path(temporary) / "validate"
            report = sim.validate(runs=asked.runs or RUNS, out=out)
        made |= {"figures": figures(report), "nulls": nulls(report)}
        made["survival"] = survival(report.results)
    if asked.runs:
        print("\n\n".join(made.values()))
        return
    rewrite(made, "validation.md")


if __name__ == "__main__":
    main()
