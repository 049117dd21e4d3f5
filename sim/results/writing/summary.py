"""`series.csv`: mean and quantiles over runs; of a sweep, over the replicates of each point.

They are computed from exactly the values that the Parquet tables hold. Numbers are written as the
shortest decimals that give the same 32-bit float.

Where a point has few replicates, whole points are read at a time, each part once; where it has
many, a few columns of a single point: memory does not grow with the number of runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from sim.arrays import Floats, Singles, Whole
from sim.engine.chunk import quarter_of_year, year_of
from sim.engine.outcomes import groups_of
from sim.results.files import whole_file
from sim.results.points import POINT
from sim.results.writing.arrow import numbers, repeated
from sim.results.writing.parquet import BLOCK_VALUES
from sim.results.writing.source import ALL, Source

PASS_VALUES = 2**24
"""Values of one point that are read in one pass through its parts (64 MiB)."""

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
"""Quantiles over runs that stand beside a mean, by the names of their columns."""
SERIES_COLUMNS = ("year", "quarter", "outcome", "group_kind", "group", "mean", *QUANTILES)


def _between(ordered: Singles, probability: float) -> Floats:
    """Return a quantile of what is in ascending order along the last axis.

    It lies on the line between two neighbours, as `numpy.quantile` defines it by default.
    """
    last = ordered.shape[-1] - 1
    place = probability * last
    below = int(place)
    share = place - below
    low = ordered[..., below].astype(np.float64)
    high = ordered[..., min(below + 1, last)].astype(np.float64)
    # Measured from the nearer neighbour, like numpy, so that equal neighbours give themselves.
    rise = high - low
    return np.asarray(low + rise * share if share < 0.5 else high - rise * (1 - share))


def mean(values: Singles) -> Floats:
    """Return the mean over runs, summed in their order; `values`: (runs, cells)."""
    if values.shape[1] == 1:
        # One long column numpy would add in pairs; of several it adds row after row.
        total = np.cumsum(values, axis=0, dtype=np.float64)[-1]
    else:
        total = values.sum(axis=0, dtype=np.float64)
    return np.asarray(total / len(values))


def statistics(values: Singles) -> Singles:
    """Return mean and quantiles of several points that have the same number of good runs.

    Args:
        values: Shape (points, runs, cells).

    Returns:
        Shape (points, statistics, cells).
    """
    points, _, cells = values.shape
    result = np.empty((points, 1 + len(QUANTILES), cells), dtype=np.float32)
    result[:, 0] = [mean(one) for one in values]
    ordered = np.ascontiguousarray(values.swapaxes(1, 2))
    ordered.sort(axis=-1)
    for at, probability in enumerate(QUANTILES.values(), start=1):
        result[:, at] = _between(ordered, probability)
    return result


def write_series(source: Source, path: Path) -> None:
    """Write `series.csv`: mean and quantiles by outcome, group and quarter.

    A sweep's has a column `point` before the others, and the same rows for each point in turn; a
    point of which all runs failed has none.
    """
    layout = source.layout
    words = [*source.outcomes, *(name for names in layout.names.values() for name in names)]
    style = "needed" if any(set(word) & set(',"\r\n') for word in words) else "none"
    options = pa.csv.WriteOptions(include_header=False, quoting_style=style)
    labels, order = _labels(source)
    header = ((POINT,) if source.points else ()) + SERIES_COLUMNS
    with whole_file(path) as file:
        file.write((",".join(header) + "\n").encode())
        for point, values in _statistics(source):
            columns = [*labels, *map(numbers, values[:, order])]
            if source.points:
                columns.insert(0, numbers(np.full(len(order), point, dtype=np.int32)))
            pa.csv.write_csv(pa.table(columns, names=list(header)), file, options)


def _labels(source: Source) -> tuple[list[pa.Array], Whole]:
    """Return the label columns of a point's rows, and which statistic each row holds."""
    layout = source.layout
    quarters = len(layout.quarters)
    outcomes, kinds, groups, order = [], [], [], []
    kind_names = list(layout.names)
    names = list(dict.fromkeys(name for own in layout.names.values() for name in own))
    before = 0
    for at, (name, outcome) in enumerate(source.outcomes.items()):
        width = source.parts.columns[name].shape[1]
        for kind in kind_names:
            cells = groups_of(outcome, kind, layout) or range(0)
            for cell, group in zip(cells, layout.names[kind], strict=False):
                outcomes.append(at)
                kinds.append(kind_names.index(kind))
                groups.append(names.index(group))
                # From (quarters, groups) to a group's quarters one after the other.
                order.append(before + cell + width * np.arange(quarters))
        before += quarters * width
    years = np.array([year_of(q) for q in layout.quarters], dtype=np.int16)
    ordinals = np.array([quarter_of_year(q) for q in layout.quarters], dtype=np.int8)
    labels = [
        numbers(np.tile(years, len(order))),
        numbers(np.tile(ordinals, len(order))),
        _texts(list(source.outcomes), outcomes, quarters),
        _texts(kind_names, kinds, quarters),
        _texts(names, groups, quarters),
    ]
    return labels, np.concatenate(order)


def _texts(words: list[str], places: list[int], times: int) -> pa.Array:
    return repeated(words, np.repeat(np.array(places, dtype=np.int16), times)).cast(pa.string())


def _statistics(source: Source) -> Iterator[tuple[int, Singles]]:
    """Return each point that has good runs, and its (statistics, cells of all outcomes)."""
    widths = {name: math.prod(source.parts.columns[name].shape) for name in source.outcomes}
    step = BLOCK_VALUES // max(1, sum(widths.values()))
    for runs in source.point_blocks(step):
        if len(runs) > max(step, 1):
            if len(source.good_of(runs)):
                yield runs.start // source.replicates, _of_large_point(source, runs, widths)
            continue
        good, columns = source.read([(name, ALL) for name in widths], runs)
        points, firsts, counts = np.unique(
            good // source.replicates, return_index=True, return_counts=True
        )
        result = np.empty((len(points), 1 + len(QUANTILES), sum(widths.values())), np.float32)
        for count in np.unique(counts):
            alike = np.flatnonzero(counts == count)
            rows = firsts[alike, np.newaxis] + np.arange(count)
            at = 0
            for values in columns:
                stop = at + values.shape[1]
                result[alike, :, at:stop] = statistics(values[rows])
                at = stop
        yield from zip(map(int, points), result, strict=True)


def _of_large_point(source: Source, runs: range, widths: dict[str, int]) -> Singles:
    """Return the statistics of one point, read some columns at a time."""
    slab = max(1, BLOCK_VALUES // len(runs))
    slabs = [
        (name, slice(first, min(first + slab, width)))
        for name, width in widths.items()
        for first in range(0, width, slab)
    ]
    several = max(1, PASS_VALUES // (len(runs) * min(slab, max(widths.values()))))
    parts = []
    for at in range(0, len(slabs), several):
        _, columns = source.read(slabs[at : at + several], runs)
        while columns:
            parts.append(statistics(columns.pop(0)[np.newaxis])[0])
    return np.concatenate(parts, axis=1)
