"""Titles of figures: findings made of the runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sim.estimates.effects import FALSE_SHARE, large_groups, mean_of
from sim.figures import draw
from sim.measures.bands import band
from sim.measures.variables import POINT, YEAR
from sim.model.parameters import Outcome
from sim.model.units import KINDS, WORLD
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


def members(kind: str, groups: Sequence[str]) -> str:
    """Return the countries of groups in words, such as `countries with low or middle aid`."""
    *others, last = [plural(group) for group in groups] if kind == "regime" else groups
    before = {"region": "countries in ", "aid": "countries with "}.get(kind, "")
    others = [name.removesuffix(f" {last.split(' ')[-1]}") for name in others]
    return before + " or ".join(filter(None, (", ".join(others), last)))


def beyond_chance(results: Results, differences: pd.Series, comparisons: int) -> bool:
    """Return whether a mean difference is not 0, given the number of comparisons (Bonferroni)."""
    known = differences.notna().to_numpy()
    mean = mean_of(differences.to_numpy()[known], results.set_of_run[known])
    return bool(comparisons * mean.p_value <= FALSE_SHARE)


def contrast(results: Results, name: str, kind: str, words: str = "") -> tuple[str, str]:
    """Return in which groups an outcome is high and low, and a sentence on its ranges.

    `words` describe the share of a group, such as `a Chinese system works in`. Groups that differ
    from the highest or lowest no more than by chance are named with it.
    """
    outcome, year = results.outcomes[name], results.years[-1]
    unit = draw.unit_of(outcome)
    unit = "%" if unit.startswith("%") else f" {unit}"
    factor = draw.factor_of(outcome)
    frame = factor * of_year(results, name, kind)[large_groups(results, kind)]
    means = frame.mean().dropna().sort_values(kind="stable")
    label = f"{outcome.label} in the model"
    if len(means) < 2:
        of = f" in {means.index[0]}" * (kind != WORLD)
        spread = ranges(dict.fromkeys([""], frame[means.index].mean(axis=1)), unit)
        return f"{label}{of}: {shown(float(means.mean()))}{unit} at the end of {year}", spread
    low, high = means.index[0], means.index[-1]
    spread = ranges({high: frame[high], low: frame[low]}, unit)
    pairs = len([*combinations(means, 2)])

    def alike(end: str) -> list[str]:
        apart = (beyond_chance(results, frame[group] - frame[end], pairs) for group in means.index)
        return [group for group, far in zip(means.index, apart, strict=True) if not far]

    highest, lowest = alike(high), alike(low)
    if high in lowest:
        least, most = shown(float(means[low])), shown(float(means[high]))
        apart = f"no more apart by {kind if kind in KINDS else 'group'} than by chance"
        return f"{label}: {least} to {most}{unit} at the end of {year}, {apart}", spread
    texts = []
    for groups, others in ((highest, lowest), (lowest, highest)):
        named = [group for group in groups if group not in others]
        numbers = dict.fromkeys(shown(float(means[group])) for group in (named[0], named[-1]))
        preposition = "of" if words else "in"
        texts.append(f"{' to '.join(numbers)}{unit} {preposition} {members(kind, named)}")
    if not words:
        return f"{label}: {', '.join(texts)} at the end of {year}", spread
    both = f"{texts[0]} and {texts[1].replace('of countries ', '')}"
    return f"In the model {words} {both} in {year}", spread


def ranges(parts: Mapping[str, ArrayLike], unit: str) -> str:
    """Return a sentence on the ranges of numbers in nine runs of ten."""
    bands = {name: band(np.asarray(values, np.float64)) for name, values in parts.items()}
    ends = [
        f"{name} {rounded(low)} to {rounded(high)}".strip()
        for name, (mean, low, high) in bands.items()
        if np.isfinite(mean)
    ]
    return f"Nine runs of ten: {', '.join(ends)}{unit}." if ends else ""


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
    means = draw.factor_of(outcome) * effects["mean"].to_numpy()
    clear = (p_values <= FALSE_SHARE).to_numpy()
    count, several = int(clear.sum()), len(names) > 1
    if not count and several:
        return f"None of {len(names)} {what} changes {name} {at} beyond chance"
    if not count:
        return f"{names[0]}: this does not change {name} {at} beyond chance"
    largest = int(np.where(clear, np.abs(means), -1.0).argmax())
    way, row = "lowers" if means[largest] < 0.0 else "raises", effects.iloc[largest]
    margin = draw.factor_of(outcome) * (row["high"] - row["low"]) / 2.0
    size = f"{shown(abs(means[largest]))} ± {shown(margin)} {draw.change_unit(outcome)}"
    have = "has" if count == 1 else "have"
    among = f"; {count} of {len(names)} {what} {have} an effect beyond chance" * several
    return f"{names[largest]}: this {way} {name} by {size} {at}{among}"


def more_or_less(changes: ArrayLike) -> str:
    """Return in how many countries a share changes each way: `less often in 2 countries`."""
    signs = np.sign(changes)
    each = {"more often": int((signs > 0).sum()), "less often": int((signs < 0).sum())}
    texts = [f"{way} in {count}" for way, count in each.items() if count]
    return f"{', '.join(texts)} {'country' if texts[-1].endswith(' 1') else 'countries'}"


def lowered(label: str) -> str:
    """Return a label as within a sentence: `US aid`, `working systems`."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def without_sections(names: Sequence[str]) -> Sequence[str]:
    """Return names as titles have them, without the sections of factors in brackets.

    Names that would then be the same stay.
    """
    short = [re.sub(r" \([a-z_]+\)", "", name) for name in names]
    return short if len({*short}) == len({*names}) else names
