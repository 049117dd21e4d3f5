"""How an outcome follows from a chunk's sums."""

from __future__ import annotations

import numpy as np

from sim.arrays import Floats
from sim.engine.chunk import Chunk, Layout
from sim.parameters import Outcome
from sim.register import VENDOR, WORLD
from sim.units import QUARTERS


def groups_of(outcome: Outcome, kind: str, layout: Layout) -> range | None:
    """Return where a kind's groups lie on the last axis of :func:`derive`; None: not there.

    An outcome of vendors has a value for each vendor and, as the world's, for all together.
    """
    vendors = len(layout.vendors)
    match outcome.of:
        case "country":
            return layout.kind_parts.get(kind)
        case "vendor":
            return {VENDOR: range(vendors), WORLD: range(vendors, vendors + 1)}.get(kind)
        case "actor":
            return {WORLD: range(1)}.get(kind)


def derive(outcome: Outcome, chunk: Chunk, layout: Layout) -> Floats:
    """Return an outcome of every run, kept quarter and group.

    Returns:
        Shape (runs, quarters, groups); for an outcome of vendors the last axis is the vendors and
        then all of them together, for one of an actor it is the world alone.
    """
    numerator = _sums(outcome, outcome.field, chunk, layout)
    match outcome.form:
        case "total":
            return numerator
        case "yearly":
            return _yearly(numerator, layout)
        case "ratio":
            denominator = _sums(outcome, outcome.over, chunk, layout)
        case "mean" | "share":
            vendors = len(layout.vendors)
            sizes = {
                "country": [group.size for group in layout.groups],
                "vendor": [*[1] * vendors, vendors],
                "actor": [1],
            }
            denominator = np.array(sizes[outcome.of], np.float64)
    result = np.zeros(numerator.shape)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result


def _sums(outcome: Outcome, field: str, chunk: Chunk, layout: Layout) -> Floats:
    match outcome.of:
        case "country":
            return chunk.tallies[..., layout.fields.index(field)]
        case "vendor":
            each = chunk.vendor_tallies[..., layout.vendor_fields.index(field)]
            return np.concatenate([each, each.sum(axis=2, keepdims=True)], axis=2)
        case "actor":
            return chunk.actors[..., layout.actor_fields.index(field), np.newaxis]


def _yearly(totals: Floats, layout: Layout) -> Floats:
    result = totals.copy()
    for at, quarter in enumerate(layout.quarters):
        year_before = quarter - QUARTERS
        if year_before >= layout.start:  # before it, running totals are zero
            result[:, at] -= totals[:, layout.quarters.index(year_before)]
    return result
