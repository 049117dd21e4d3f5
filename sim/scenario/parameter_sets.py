"""The plausible sets: parameter sets that calibration did not rule out, with weights."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

import pandas as pd

from sim.errors import InputError, nearest
from sim.model.parameters import attribute
from sim.model.register import SHIPPED, Rules
from sim.world import find_data_folder

FILE = "plausible.csv"
SET, WEIGHT, LIKELIHOOD = "set", "weight", "log_likelihood"


@dataclass(frozen=True)
class PlausibleSets:
    """Parameter sets with weights.

    Attributes:
        rows: A set per row, a value per key.
        weights: One per set; they add up to 1.
        likelihoods: Logarithm of the likelihood by which a calibration chose each set, up to a
            constant; empty if unknown.
    """

    keys: tuple[str, ...]
    rows: tuple[tuple[float | int, ...], ...]
    weights: tuple[float, ...]
    likelihoods: tuple[float, ...] = ()

    # A run has the same set in every scenario. So bands include what the evidence leaves open, and
    # scenarios stay paired.
    def number_of(self, run_number: int) -> int:
        # The bits of the run's number in reverse order are a place between 0 and 1 (van der
        # Corput): any first runs take the sets about as often as their weights say.
        place, half = 0.0, 0.5
        while run_number:
            place += half * (run_number & 1)
            run_number >>= 1
            half *= 0.5
        return min(bisect_right(self._edges, place * self._edges[-1]), len(self._edges) - 1)

    @cached_property
    def _edges(self) -> list[float]:
        return list(accumulate(self.weights))

    @cached_property
    def sha256(self) -> str:
        digest = hashlib.sha256("\n".join(self.keys).encode())
        for numbers in (self.weights, *self.rows):
            digest.update(array("d", numbers).tobytes())
        return digest.hexdigest()

    @cached_property
    def columns(self) -> dict[str, tuple[float | int, ...]]:
        return dict(zip(self.keys, zip(*self.rows, strict=True), strict=True))

    def values(self, number: int) -> dict[str, float | int]:
        return dict(zip(self.keys, self.rows[number], strict=True))


def read_plausible(path: Path, rules: Rules = SHIPPED) -> PlausibleSets:
    """Read a calibration's table: `set`, `weight`, perhaps `log_likelihood`, and dotted keys."""
    table = pd.read_csv(path, index_col=SET)
    weights = tuple(table.pop(WEIGHT).tolist())
    likelihoods = tuple(table.pop(LIKELIHOOD).tolist()) if LIKELIHOOD in table else ()
    known = rules.parameters
    varied = [name for name, field in known.items() if attribute(field, "varied")]
    faults = [
        f"{name}: not varied" if name in known else f"{name}: unknown key{nearest(name, varied)}"
        for name in table
        if name not in varied
    ]
    if faults:
        allowed = "columns of parameters that are varied; delete the others, or calibrate again"
        raise InputError(faults, f"{path}: allowed: {allowed}")
    columns = [table[name].astype(known[name].annotation).tolist() for name in table]
    return PlausibleSets(tuple(table), tuple(zip(*columns, strict=True)), weights, likelihoods)


@cache
def shipped_plausible() -> PlausibleSets:
    return read_plausible(find_data_folder("seeds") / FILE)


def plausible_table(sets: PlausibleSets) -> pd.DataFrame:
    table = pd.DataFrame(sets.rows, columns=list(sets.keys)).map("{:.6g}".format)
    table.insert(0, WEIGHT, [f"{weight:.10g}" for weight in sets.weights])
    if sets.likelihoods:
        table.insert(1, LIKELIHOOD, [f"{value:.6g}" for value in sets.likelihoods])
    return table.rename_axis(SET).reset_index()
