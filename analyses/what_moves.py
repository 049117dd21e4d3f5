"""Find what each uncertain parameter moves, and keep it in moves.csv.

`uv run python analyses/what_moves.py` runs 4,096 sets of the prior in five scenarios, in two
minutes on two cores, and rewrites the table. `--keep DIR` keeps the runs there; a second call
resumes. `--sets N` prints a trial with so many sets, a power of two, and writes nothing.
`--freeze` prints instead whether parameters that are not varied disturb a run more than luck does.

Each outcome, as normal scores, is regressed on a straight and a curved term of all parameters at
once. A share is the part of its variance that the two terms of a parameter explain beyond the
rest, less what chance explains. A parameter speaks if chance gives such a share, in any outcome and
of any parameter, in fewer than one of twenty studies. Dummies, which no rule reads, are the floor.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import f as fisher
from scipy.stats import norm, qmc, rankdata

import sim
from sim.estimates.targets import COUNTERPARTS, counterpart_values, misses, target_table
from sim.experiment import Keep, design_of, lay_over, plausible_factors
from sim.measures.bands import ENDS
from sim.model.parameters import attribute
from sim.model.register import SHIPPED
from sim.model.units import RATED, REGION, WORLD
from sim.scenario import BASELINE, load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.scenario.withdrawal import WITHDRAWN
from sim.studies.retention import surviving_share
from sim.studies.sources import run_experiment
from sim.world.arrays import Floats

TABLE = Path(__file__).parents[1].joinpath("docs", "moves.csv")
SETS, LEAST_SETS, DUMMIES, SEED, LEVEL = 4096, 1024, 20, 1, 0.05
FREE, PAID, UNTAUGHT = (
    "offer-withdrawn-no-exit-cost", "offer-withdrawn-fees-paid", "no-training",
)  # fmt: skip
SINCE, LATER = 2029, 10
HEADLINES = {
    "platforms": (2025, 2040), "adopters": (2025, 2040), "trained": (2025,), "agreements": (2025,),
    "trainings_yearly": (2025,), "considering_share": (2025, 2040), "adopted_course": (2025,),
    "adopted_offer": (2025,), "adopted_peers": (2025,), "adopted_market": (2025,),
    "sales_chinese_yearly": (2025,), "maintenance_chinese_yearly": (2025,),
    "working": (2025, 2040), "working_western": (2025, 2040), "out_of_service_share": (2025,),
    "lapsed": (2025,), "contracts_switched_yearly": (2025,), "lock_in_chinese": (2025,),
    "dependence": (2025,), "leaders_china": (2040,), "preventive_policing": (2040,),
    "unrest": (2040,), "mistrust": (2040,), "sovereignty": (2040,),
    "norm": (2040,), "alignment": (2040,), "china_sales_share": (2025,),
}  # fmt: skip
"""Outcomes of the world that pages tell, with their years."""
UNTAUGHT_CHANGES = {"platforms": 2025, "working": 2040}
HEADLINE, FIGURE = "headline", "figure"
LEAST_KNOWN = 100
"""Runs with an outcome, below which it is left out."""


def sets_of(cube: Floats, names: Sequence[str]) -> PlausibleSets:
    """Return sets of equal weight, from shares of the ranges."""
    factors = plausible_factors(load_scenario(BASELINE), [*names])
    points: Any = lay_over(factors, cube).points
    return PlausibleSets(tuple(names), points, (1.0 / len(cube),) * len(cube))


def runs_of(sets: PlausibleSets, folder: Path, seed: int = SEED) -> dict[str, sim.Results]:
    """Run each set once in every scenario, with the same draws."""
    columns = dict.fromkeys(column for entry in COUNTERPARTS.values() for column in entry.columns)
    years = {year for entry in COUNTERPARTS.values() for year in entry.years}
    years |= {year for of in HEADLINES.values() for year in of} | {SINCE, SINCE + LATER}
    full = Keep(
        outcomes=tuple(columns | dict.fromkeys(HEADLINES)), groups=(RATED, REGION),
        dates=tuple(sorted(years)), countries=("working",),
    )  # fmt: skip
    few = Keep(
        outcomes=tuple(UNTAUGHT_CHANGES), countries=("working",),
        dates=tuple(sorted({SINCE, SINCE + LATER, *UNTAUGHT_CHANGES.values()})),
    )  # fmt: skip
    return {
        name: run_experiment(
            design_of(
                {name: load_scenario(name)}, runs=len(sets.rows), seed=seed, plausible=sets,
                keep=full if name == BASELINE else few,
            ),
            {"out": folder / name},
        )
        for name in (BASELINE, WITHDRAWN, FREE, PAID, UNTAUGHT)
    }  # fmt: skip


def outcomes_of(runs: Mapping[str, sim.Results]) -> dict[tuple[str, str], Floats]:
    """Return headlines and published figures in every run, by kind and name."""
    base = runs[BASELINE]
    found: dict[tuple[str, str], Floats] = {
        (HEADLINE, f"{name} {year}"): base.of_point(0, name, WORLD, WORLD, [year])[:, 0]
        for name, years in HEADLINES.items()
        for year in years
    }
    left = {name: surviving_share(runs[name], 0, SINCE, LATER) for name in (WITHDRAWN, FREE, PAID)}
    found[HEADLINE, "surviving ten years"] = left[WITHDRAWN]
    found[HEADLINE, "kept by exit cost"] = left[WITHDRAWN] - left[FREE]
    found[HEADLINE, "lost to missed payments"] = left[PAID] - left[WITHDRAWN]
    for name, year in UNTAUGHT_CHANGES.items():
        without, given = (
            runs[of].of_point(0, name, WORLD, WORLD, [year])[:, 0] for of in (UNTAUGHT, BASELINE)
        )
        found[HEADLINE, f"{name} {year} by training"] = given - without
    for target in COUNTERPARTS:
        values = counterpart_values(base, target)
        if values is not None:
            found[FIGURE, target] = values
    return found


def shares_of(cube: Floats, values: Floats) -> tuple[Floats, Floats, float]:
    """Return each column's share of the variance and its p-value, and the share of all together.

    NaN where a run does not define the outcome; an outcome of one value has no shares.
    """
    known = np.isfinite(values)
    cube, values = cube[known], values[known]
    width, rest = cube.shape[1], len(values) - 2 * cube.shape[1] - 1
    if rest < width or np.ptp(values) == 0.0:
        return np.zeros(width), np.ones(width), 0.0
    scores = norm.ppf((rankdata(values) - 0.5) / len(values))
    centred = cube - 0.5
    terms = np.hstack([np.ones((len(cube), 1)), centred, centred**2 - 1.0 / 12.0])
    inverse = np.linalg.inv(terms.T @ terms)
    slopes = inverse @ (terms.T @ scores)
    total = ((scores - scores.mean()) ** 2).sum()
    noise = ((scores - terms @ slopes) ** 2).sum() / rest
    explained = np.empty(width)
    for at in range(width):
        own = [1 + at, 1 + width + at]
        explained[at] = slopes[own] @ np.linalg.solve(inverse[np.ix_(own, own)], slopes[own])
    chances = fisher.sf(explained / 2.0 / noise, 2, rest)
    return (explained - 2.0 * noise) / total, chances, 1.0 - noise * (len(values) - 1) / total


def study(
    cube: Floats, names: Sequence[str], outcomes: Mapping[tuple[str, str], Floats]
) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Return a row per column of the cube, and the share explained of each outcome.

    Columns of the cube after those of the named parameters are dummies.
    """
    parts = [shares_of(cube, values) for values in outcomes.values()]
    labels = pd.MultiIndex.from_tuples(outcomes, names=["kind", "outcome"])
    columns = [*names, *(f"dummy {at + 1}" for at in range(cube.shape[1] - len(names)))]
    shares = pd.DataFrame([part[0] for part in parts], labels, columns)
    chances = pd.DataFrame([part[1] for part in parts], labels, columns)
    limit = LEVEL / len(names) / len(parts)
    table = pd.DataFrame({"parameter": columns})
    for kind in (HEADLINE, FIGURE):
        own = shares.loc[kind]
        table[kind] = own.idxmax().to_numpy()
        table[f"{kind}_share"] = own.max().clip(lower=0.0).round(4).to_numpy()
    table["speaks"] = (chances.min() < limit).to_numpy()
    return table, pd.Series([part[2] for part in parts], labels, name="explained")


def freeze(folder: Path, count: int) -> pd.DataFrame:
    """Compare runs where silent parameters are frozen or drawn, or where draws are others.

    The plausible sets have all others. Runs with the silent ones drawn have the same sets and draws
    as the frozen ones, run by run; the last have the same sets and other draws.

    Returns:
        A row per outcome: its mean where they are frozen and drawn, the ratio of the widths of
        90%, and the frozen runs' correlations with the drawn and with those of other draws.
    """
    shipped = shipped_plausible()
    rows = tuple(shipped.rows[shipped.number_of(run)] for run in range(count))
    frozen = PlausibleSets(shipped.keys, rows, (1.0 / count,) * count)
    fields = {key: field for key, field in SHIPPED.parameters.items()
              if attribute(field, "plausible") and not attribute(field, "varied")}  # fmt: skip
    cube = qmc.LatinHypercube(len(fields), rng=np.random.default_rng(SEED)).random(count)
    silent = sets_of(cube, [*fields])
    both: Any = tuple((*own, *more) for own, more in zip(rows, silent.rows, strict=True))
    drawn = PlausibleSets(shipped.keys + silent.keys, both, frozen.weights)
    runs = {
        "frozen": runs_of(frozen, folder / "frozen"),
        "drawn": runs_of(drawn, folder / "drawn"),
        "other draws": runs_of(frozen, folder / "other-draws", SEED + 1),
    }
    for name in ("frozen", "drawn"):
        print(f"{name}: {misses(target_table(runs[name][BASELINE]))}")
    found = {name: outcomes_of(of) for name, of in runs.items()}
    lines = []
    for key, base in found["frozen"].items():
        same, other = (found[name][key] for name in ("drawn", "other draws"))
        known = np.isfinite(base) & np.isfinite(same) & np.isfinite(other)
        if known.sum() < LEAST_KNOWN or np.ptp(base[known]) == 0.0:
            continue
        base, same, other = base[known], same[known], other[known]
        width, wide = (np.ptp(np.quantile(values, ENDS)) for values in (base, same))
        lines.append(
            (*key, base.mean(), same.mean(), wide / width if width else np.nan,
             np.corrcoef(base, same)[0, 1], np.corrcoef(base, other)[0, 1])
        )  # fmt: skip
    columns = ["kind", "outcome", "frozen", "drawn", "width", "drawn_corr", "other_draws_corr"]
    return pd.DataFrame(lines, columns=columns)


def main() -> None:
    """Run, and rewrite the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the runs here")
    parser.add_argument("--sets", type=int, help="print a trial with so many sets")
    parser.add_argument("--freeze", action="store_true", help="of parameters that are not varied")
    asked = parser.parse_args()
    count = asked.sets or SETS
    if count & (count - 1) or count < LEAST_SETS:
        # Runs take each set exactly once only of a power of two.
        parser.error(f"--sets {count}: allowed: powers of two from {LEAST_SETS}")
    names = [key for key, field in SHIPPED.parameters.items() if attribute(field, "plausible")]
    random = np.random.default_rng(SEED)
    cube = qmc.LatinHypercube(len(names) + DUMMIES, rng=random).random(count)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        if asked.freeze:
            print(freeze(folder, asked.sets or LEAST_SETS).round(3).to_string())
            return
        runs = runs_of(sets_of(cube[:, : len(names)], names), folder)
        # Run numbers deal the sets in an order of their own.
        in_order = cube[runs[BASELINE].set_of_run]
        table, explained = study(in_order, names, outcomes_of(runs))
    own, dummies = table.iloc[: len(names)], table.iloc[len(names) :]
    floor = dummies[[f"{HEADLINE}_share", f"{FIGURE}_share"]].max()
    print(f"{(~own['speaks']).sum()} of {len(own)} parameters move nothing; of {DUMMIES} dummies")
    print(f"{dummies['speaks'].sum()} speak, with shares up to {floor.max():.2%}")
    if asked.sets:
        print(own.to_string(), explained.round(2).to_string(), sep="\n")
        return
    own.to_csv(TABLE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
