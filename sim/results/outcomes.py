"""The register of outcomes, and how each follows from a chunk's sums."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import numpy as np

from sim.errors import InputError
from sim.parameters import Mechanism, Outcome
from sim.results.chunk import VENDOR, WORLD, Chunk, Floats, Layout

KEYS = ("run", "year", "quarter", "group_kind", "group")
"""Columns of `runs.parquet` that say what a row is about; no outcome may be named so."""

SOURCES = ("country", "vendor", "actor")
"""What an outcome may be `of`, in the order of columns in results."""


def register(mechanisms: Iterable[Mechanism] | None = None) -> dict[str, Outcome]:
    """Return the outcomes of all mechanisms by name, in the order of columns in results.

    Args:
        mechanisms: Whose outcomes; None: all of the model.
    """
    if mechanisms is None:
        from sim.mechanisms import MECHANISMS

        mechanisms = MECHANISMS
    found: dict[str, Outcome] = {}
    for mechanism in mechanisms:
        for outcome in mechanism.outcomes:
            if outcome.name in found or outcome.name in KEYS:
                raise ValueError(f"{mechanism.name}: the outcome name {outcome.name!r} is taken")
            if (outcome.form == "ratio") != bool(outcome.over):
                raise ValueError(f"{outcome.name}: `over` belongs to ratios, and to them alone")
            found[outcome.name] = outcome
    return dict(sorted(found.items(), key=lambda item: SOURCES.index(item[1].of)))


def choose(known: Mapping[str, Outcome], names: Iterable[str]) -> dict[str, Outcome]:
    """Return the named outcomes of a register in its order.

    Raises:
        InputError: For names that it does not hold, with the nearest that it does.
    """
    wanted = list(names)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InputError([f"no outcome {name!r}{nearest(name, known)}" for name in unknown])
    return {name: outcome for name, outcome in known.items() if name in wanted}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the nearest known name, or what there is."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(names)}"


def check_layout(outcomes: Mapping[str, Outcome], layout: Layout) -> None:
    """Raise ValueError if an outcome reads a field that the layout lacks."""
    for outcome in outcomes.values():
        fields = fields_of(outcome, layout)
        for field in filter(None, (outcome.field, outcome.over)):
            if field not in fields:
                raise ValueError(f"{outcome.name}: no {outcome.of} field {field!r}")
        if outcome.form == "yearly" and -1 in layout.year_before:
            raise ValueError(f"{outcome.name}: the quarter a year earlier is not among those kept")


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


def width_of(outcome: Outcome, layout: Layout) -> int:
    """Return the length of the last axis of :func:`derive`."""
    return len(_sizes(outcome, layout))


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
