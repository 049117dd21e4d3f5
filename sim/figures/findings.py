"""Titles of figures: findings made of the runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.estimates.effects import FALSE_SHARE, large_groups
from sim.figures import draw
from sim.measures.bands import band
from sim.measures.variables import POINT, YEAR
from sim.model.parameters import Outcome
from sim.model.units import WORLD
from sim.runs.dataset import Results
from sim.runs.numbers import rounded, shown
from sim.scenario.own_groups import plural


def of_year(
    results: Results, name: str, kind: str = WORLD, year: int | None = None
) -> pd.DataFrame:
    """Return an outcome of each run, a column per group, at the end of a year; None: the last."""
    values = results.values(name, kind, years=year or results.years[-1])
    cells = values.isel({POINT: 0, YEAR: 0}).to_numpy()
    frame = pd.DataFrame(cells.reshape(len(cells), -1))
    return frame.set_axis(results.groups[kind], axis=1)


def with_range(values: ArrayLike, unit: str = "") -> str:
    """Return a number of runs with its range in nine runs of ten: `58% (46 to 71)`."""
    mean, low, high = band(np.asarray(values, np.float64))
    return f"{rounded(mean)}{unit} ({rounded(low)} to {rounded(high)})"


def contrast(results: Results, name: str, kind: str, words: str = "") -> str:
    """Return an outcome of the groups where its mean is highest and lowest, with ranges.

    `words` describe the share of a group, such as `a Chinese system works in`.
    """
    outcome, year = results.outcomes[name], results.years[-1]
    unit = draw.unit_of(outcome)
    unit = "%" if unit.startswith("%") else f" {unit}"
    frame = draw.scale_of(outcome) * of_year(results, name, kind)[large_groups(results, kind)]
    means = frame.mean()
    countries = {"region": "countries in " * bool(words), "aid": "countries with "}.get(kind, "")
    preposition = "of" if words else "in"
    texts = []
    for group in dict.fromkeys((means.idxmax(), means.idxmin())):
        named = plural(group) if kind == "regime" else f"{countries}{group}"
        of = f" {preposition} {named}" * (kind != WORLD)
        texts.append(f"{with_range(frame[group], unit)}{of}")
    if words:
        return f"In the model {words} {' and '.join(texts)} in {year}"
    return f"{outcome.label} in the model: {', '.join(texts)} at the end of {year}"


def against(
    results: Results,
    outcome: Outcome,
    effects: pd.DataFrame,
    p_values: pd.Series,
    names: Sequence[str],
    what: str = "scenarios",
    year: int | None = None,
) -> str:
    """Return the finding of paired effects: the largest beyond chance, and among how many.

    After ± is half the 95% interval of the mean.

    `p_values` are adjusted for their number. `names` are the titles of effects, `what` is their
    kind in the plural.
    """
    name, names = lowered(outcome.label), without_sections(names)
    at = f"in the model by {year or results.years[-1]}"
    means = draw.scale_of(outcome) * effects["mean"].to_numpy()
    clear = (p_values <= FALSE_SHARE).to_numpy()
    count, several = int(clear.sum()), len(names) > 1
    if not count and several:
        return f"None of {len(names)} {what} changes {name} {at} beyond chance"
    if not count:
        return f"{names[0]}: this does not change {name} {at} beyond chance"
    largest = int(np.where(clear, np.abs(means), -1.0).argmax())
    way, row = "lowers" if means[largest] < 0.0 else "raises", effects.iloc[largest]
    margin = draw.scale_of(outcome) * (row["high"] - row["low"]) / 2.0
    size = f"{shown(abs(means[largest]))} ± {shown(margin)} {draw.change_unit(outcome)}"
    have = "has" if count == 1 else "have"
    among = f"; {count} of {len(names)} {what} {have} an effect beyond chance" * several
    return f"{names[largest]}: this {way} {name} by {size} {at}{among}"


def lowered(label: str) -> str:
    """Return a label as within a sentence: `US aid`, `working systems`."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def without_sections(names: Sequence[str]) -> Sequence[str]:
    """Return names as titles have them, without the sections of factors in brackets.

    Names that would then be the same stay.
    """
    short = [re.sub(r" \([a-z_]+\)", "", name) for name in names]
    return short if len({*short}) == len({*names}) else names
