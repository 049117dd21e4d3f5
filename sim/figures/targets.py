"""Figures of published figures beside the model: a row each, as multiples of what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures import draw, style
from sim.figures.rows import BAR, Dots, dots_of, rows
from sim.figures.style import Look
from sim.results.dataset import Results
from sim.results.numbers import shown
from sim.results.targets import BOUNDS, CHECK, FITTED, HOLD_OUT, JUDGED, misses, target_table

SIGMAS = 2.0
"""Half the length of an error bar, in standard errors."""
FAR = (0.22, 4.6)
"""Ratios at the ends of the axis."""
HEADS = {
    HOLD_OUT: "Held out: the only tests",
    CHECK: "Weak checks",
    FITTED: "Used to fit the model",
    JUDGED: "A judgement, which nobody published",
}
"""Uses of figures in the order of the rows, and words for them."""
PLAIN = Look("", style.PUBLISHED, marker="")


@cache
def titles() -> Mapping[str, str]:
    """Return a title for each published figure: `targets.csv`."""
    frame = pd.read_csv(Path(__file__).with_name("targets.csv"), index_col="target")
    return dict(frame["title"])


def beside_published(
    title: str, table: pd.DataFrame, dots: Sequence[Dots], deck: str, source: str, **more: Any
) -> Figure:
    """Draw a row per published figure, with its error or the side of a bound as a pale bar.

    Args:
        title: The finding.
        table: `target`, `observed`, `error` (a standard error), `bound`; a row each.
        dots: In multiples of the published figure.
        deck: What is shown.
        source: Which runs these are.
        **more: As `draw.rows` takes it.
    """
    low, high = FAR
    error = np.nan_to_num(SIGMAS * (table["error"] / table["observed"]).to_numpy())
    bound = table["bound"].to_numpy()
    left = np.where(bound == "lower", 1.0, np.where(bound == "upper", low, 1.0 - error))
    right = np.where(bound == "upper", 1.0, np.where(bound == "lower", high, 1.0 + error))
    none = np.full(len(table), np.nan)
    bar = Dots(PLAIN, none, np.maximum(left, low), np.minimum(right, high), BAR)
    names = [titles().get(target, target) for target in table["target"]]
    return rows(title, names, [bar, *dots], deck, source, ratio=True, bounds=FAR, **more)


def targets(results: Results) -> Figure:
    """Draw every published figure beside the model's record, misses marked."""
    # A multiple of 0 says nothing: such a figure is in the table alone.
    every = target_table(results).query("verdict != ''")
    table = every[every["observed"] != 0.0]
    ratio = table[["mean", "q05", "q95"]].div(table["observed"], axis=0).clip(lower=FAR[0] / 2.0)
    far, place = -np.abs(np.log(ratio["mean"])), table["use"].map([*HEADS].index)
    order = np.lexsort((far, place))
    table, ratio = table.iloc[order], ratio.iloc[order]
    bounded = table[["bound", "observed"]].to_numpy()
    uses, missed = table["use"].tolist(), table["verdict"] == "missed"
    return beside_published(
        misses(every),
        table.assign(error=table["sigma"]),
        [
            dots_of(Look("", style.MODEL), ratio[~missed].reindex(ratio.index)),
            dots_of(Look("", style.MISSED, marker="D"), ratio[missed].reindex(ratio.index)),
        ],
        "What the model's observer records, divided by the published figure. Grey: published, ± 2"
        " standard errors, or the side that a bound allows. Dot and line: mean and middle 90% of"
        f" runs{'; red: missed' * bool(missed.any())}.",
        f"{draw.source(results)} Within a group, the farthest first; arrow: beyond the axis.",
        heads={uses.index(use): words for use, words in HEADS.items() if use in uses},
        columns={
            "published": [f"{BOUNDS.get(b, '')}{shown(o)}" for b, o in bounded],
            "model": [shown(value) for value in table["mean"]],
            "": ["missed" if miss else "" for miss in missed],
        },
        colours=[style.MISSED if miss else style.QUIET_INK for miss in missed],
    )
