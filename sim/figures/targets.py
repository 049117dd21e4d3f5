"""Published figures and the model, a row each, as multiples of the published value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.estimates.targets import (
    BOUNDS,
    CHECK,
    FITTED,
    HOLD_OUT,
    JUDGED,
    MET,
    count_met,
    counterpart_values,
    noise_of,
    target_table,
)
from sim.figures import draw, style
from sim.figures.rows import BAR, Dots, dots_of, rows
from sim.figures.style import Look
from sim.measures.counts import count_distance
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.world.seeds import shipped_seeds

FAR = (0.22, 4.6)
# Rates that meet a count are sought between these factors on runs' rates.
FACTORS = (0.01, 100.0)
# Uses of figures in the order of the rows.
HEADS = {
    HOLD_OUT: "Held out: the only tests",
    CHECK: "Weak checks",
    FITTED: "Used to fit the model",
    JUDGED: "Not counted: a judgement that nobody published",
}
PLAIN = Look("", style.PUBLISHED, marker="")


def tolerance(results: Results, row: pd.Series) -> tuple[float, float]:
    """Return the least and largest means of runs that do not miss a figure of the table."""
    target = next(t for t in shipped_seeds().targets if t.id == row["target"])
    if target.bound != "value":
        return (target.value, np.inf) if target.bound == "lower" else (-np.inf, target.value)
    if target.count is None:
        half = MET * float(np.hypot(noise_of(target), row["run_sd"]))
        return target.value - half, target.value + half
    rates = counterpart_values(results, target.id)
    assert rates is not None
    factors = np.geomspace(*FACTORS, 400)
    scaled = factors * np.nanmean(rates)
    defined = rates[np.isfinite(rates)]
    far = np.array([count_distance(target, factor * defined) for factor in factors])
    return float(scaled[far >= -MET].min(initial=np.inf)), float(scaled[far <= MET].max(initial=0))


def targets(results: Results) -> Figure:
    # A multiple of 0 says nothing: such a figure is in the table alone.
    every = target_table(results).query("verdict != ''")
    table = every[every["observed"] != 0.0]
    ratio = table[["mean", "q05", "q95"]].div(table["observed"], axis=0).clip(lower=FAR[0] / 2.0)
    far, place = -np.abs(np.log(ratio["mean"])), table["use"].map([*HEADS].index)
    order = np.lexsort((far, table["verdict"] != "missed", place))
    table, ratio = table.iloc[order], ratio.iloc[order]
    bounded = table[["bound", "observed"]].to_numpy()
    uses, missed = table["use"].tolist(), table["verdict"] == "missed"
    tested, apart = count_met(every, HOLD_OUT)
    counts = [count_met(every, use) for use in (HOLD_OUT, CHECK, FITTED)]
    met, known = np.sum(counts, axis=0)
    low, high = (
        np.clip(end / table["observed"], *FAR)
        for end in np.array([tolerance(results, row) for _, row in table.iterrows()]).T
    )
    titles = pd.read_csv(Path(__file__).with_name("targets.csv"), index_col="target")["title"]
    return rows(
        f"The only tests of the model are {apart} figures held out, of which it meets"
        f" {tested or 'none'}; of all {known} published figures it misses {known - met or 'none'}",
        [titles.get(target, target) for target in table["target"]],
        [
            Dots(PLAIN, np.full(len(table), np.nan), low, high, BAR),
            dots_of(Look("", style.MODEL), ratio[~missed].reindex(ratio.index)),
            dots_of(Look("", style.MISSED, marker="D"), ratio[missed].reindex(ratio.index)),
        ],
        "What the model's observer records, divided by the published figure. Grey: where a mean of"
        " runs meets the figure, within twice the errors of figure, single run and model together."
        f" Dot and line: mean and middle 90% of runs{'; diamond: missed' * bool(missed.any())}.",
        f"{draw.source(results)} In a group, a missed one, then the farthest first. An arrow, or"
        f" a line to the edge, goes beyond the axis. Not drawn: {len(every) - len(table)} published"
        " as 0.",
        ratio=True,
        bounds=FAR,
        unit="model ÷ published",
        heads={uses.index(use): words for use, words in HEADS.items() if use in uses},
        columns={
            "published": [f"{BOUNDS.get(b, '')}{shown(o)}" for b, o in bounded],
            "model": [shown(value) for value in table["mean"]],
            "": ["missed" if miss else "" for miss in missed],
        },
        colours=[style.MISSED if miss else style.QUIET_INK for miss in missed],
    )
