"""How an outcome follows from a chunk's sums."""

from __future__ import annotations

import numpy as np

from sim.arrays import Floats
from sim.engine.chunk import Chunk, Layout
from sim.parameters import Outcome
from sim.register import VENDOR, WORLD


def fields_of(outcome: Outcome, layout: Layout) -> tuple[str, ...]:
    """Return the layout's fields among which the outcome's are."""
    match outcome.of:
        case "country":
            return layout.fields
        case "vendor":
            return layout.vendor_fields
        case "actor":
            return layout.actor_fields


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
    fields = fields_of(outcome, layout)
    numerator = _sums(outcome, chunk, fields.index(outcome.field))
    match outcome.form:
        case "total":
            return numerator
        case "mean" | "share":
            sizes = np.array(_sizes(outcome, layout), dtype=np.float64)
            return _divided(numerator, np.broadcast_to(sizes, numerator.shape))
        case "ratio":
            return _divided(numerator, _sums(outcome, chunk, fields.index(outcome.over)))
        case "yearly":
            return _yearly(numerator, layout)


def _sizes(outcome: Outcome, layout: Layout) -> list[int]:
    match outcome.of:
        case "country":
            return [group.size for group in layout.groups]
        case "vendor":
            return [*(1 for _ in layout.vendors), len(layout.vendors)]
        case "actor":
            return [1]


def _sums(outcome: Outcome, chunk: Chunk, field: int) -> Floats:
    match outcome.of:
        case "country":
            return chunk.tallies[..., field]
        case "vendor":
            each = chunk.vendor_tallies[..., field]
            return np.concatenate([each, each.sum(axis=2, keepdims=True)], axis=2)
        case "actor":
            return chunk.actors[..., field, np.newaxis]


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    result = np.zeros(numerator.shape)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result


def _yearly(totals: Floats, layout: Layout) -> Floats:
    result = totals.copy()
    now = [at for at, earlier in enumerate(layout.year_before) if earlier is not None]
    then = [earlier for earlier in layout.year_before if earlier is not None]
    result[:, now] -= totals[:, then]
    return result
