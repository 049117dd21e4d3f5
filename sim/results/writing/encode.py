"""From a chunk's sums to its part: outcomes, what is kept of countries, failed runs."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from sim.engine.chunk import DATE_PREFIX, Chunk, quarter_of_year, year_of
from sim.engine.outcomes import derive
from sim.results.balance import suspected_groups, unbalanced
from sim.results.writing.parts import (
    DIGEST_BYTES,
    HEAD,
    Content,
    OnError,
    Parts,
    RunError,
    Values,
    digest_of_part,
    kept_key,
)
from sim.units import NEVER, QUARTERS

PIECE_VALUES = 2**17
"""Sums that all outcomes are derived from before the next: they fit the processor's cache."""


def encode(parts: Parts, chunk: Chunk, on_error: OnError = "record") -> Content:
    """Return the part of a chunk; needs no folder, so any process may.

    Args:
        parts: Those of its batch.
        chunk: Sums of some runs.
        on_error: What becomes of runs that fail: those with an outcome that is not finite, or
            whose books do not balance (see :mod:`sim.results.balance`).

    Raises:
        RunError: With `stop`: the first run that failed, and why.
    """
    runs = range(chunk.first, chunk.first + chunk.runs)
    if runs not in parts.chunks:
        raise ValueError(f"runs {runs.start} to {runs.stop - 1} are no chunk of this batch")
    chunk.check(parts.of_chunks)
    content = bytearray(parts.size(chunk.runs))
    arrays = parts.arrays(content, chunk.runs)
    failed = _derive(parts, chunk, arrays)
    for run, message in _keep(parts, chunk, arrays).items():
        failed.setdefault(run, message)
    tail = b""
    if failed:
        listed = sorted(failed.items())
        if on_error == "stop":
            raise RunError(*listed[0])
        rows = [run - chunk.first for run in failed]
        for name in arrays:
            arrays[name][rows] = 0
        tail = json.dumps(listed, ensure_ascii=False).encode()
    del arrays
    content += tail
    stamp(parts, runs, content, len(tail))
    return content


def stamp(parts: Parts, runs: range, content: bytearray, tail: int = 0) -> None:
    """Write the head of a part, once all else of it, with a tail of so many bytes, is there."""
    HEAD.pack_into(content, 0, b"", parts.fingerprint(runs), tail)
    content[:DIGEST_BYTES] = digest_of_part(content)


def _derive(parts: Parts, chunk: Chunk, arrays: Mapping[str, Values]) -> dict[int, str]:
    """Fill in the outcomes; return the runs that failed."""
    failed: dict[int, str] = {}
    suspected = np.zeros(chunk.runs, dtype=bool)
    step = max(1, PIECE_VALUES * chunk.runs // max(1, chunk.tallies.size))
    with np.errstate(over="ignore", invalid="ignore"):
        for piece in chunk.pieces(step):
            at = piece.first - chunk.first
            for name, outcome in parts.outcomes.items():
                values = derive(outcome, piece, parts.of_chunks)
                arrays[name][at : at + piece.runs] = values[:, parts.kept_quarters]
            suspected[at : at + piece.runs] = suspected_groups(piece, parts.of_chunks)
    for name in parts.outcomes:
        finite = np.isfinite(arrays[name])
        if not finite.all():
            for bad in np.flatnonzero(~finite.all(axis=(1, 2))):
                quarter = parts.layout.quarters[int(np.argwhere(~finite[bad])[0][0])]
                when = f"{year_of(quarter)} Q{quarter_of_year(quarter)}"
                failed.setdefault(chunk.first + int(bad), f"{name} is not finite ({when})")
    # Books that do not balance count after numbers that are none, which tell more.
    return unbalanced(chunk, parts.of_chunks, suspected) | failed


def _keep(parts: Parts, chunk: Chunk, arrays: Mapping[str, Values]) -> dict[int, str]:
    """Fill in what is kept of countries; return the runs that failed."""
    failed: dict[int, str] = {}
    for at, name in enumerate(parts.layout.kept):
        values = chunk.countries[:, :, at]
        if name.startswith(DATE_PREFIX):
            values = np.where(values == NEVER, NEVER, values * QUARTERS)
        whole = arrays[kept_key(name)]
        with np.errstate(invalid="ignore"):
            whole[:] = values.astype(whole.dtype)
        for wrong in np.flatnonzero((whole != values).any(axis=1)):
            message = f"{name} of a country is no whole number of {whole.dtype}"
            failed.setdefault(chunk.first + int(wrong), message)
    return failed
