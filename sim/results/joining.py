"""Runs of several folders as one dataset, paired run by run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from sim.dates import year_of
from sim.errors import InputError
from sim.results.dataset import Results
from sim.results.folder import Part

# Paired runs agree in these. Rules may differ: then those are compared. Of different numbers of
# runs the first ones are paired: a run is the same however many follow it.
PAIRED = ("seed", "plausible_sha256")


def join(parts: Sequence[tuple[str, Results, Sequence[int]]]) -> Results:
    """Return points of several results as one dataset.

    Args:
        parts: A name, results, and which of their points.

    Raises:
        InputError: They differ in seed, parameter sets or dates, so runs cannot be paired.
    """
    _, first, _ = parts[0]
    if len(parts) == 1:
        return first
    faults = [
        f"{name}: {key} {getattr(part, key)}, not {getattr(first, key)}"
        for name, part, _ in parts
        for key in PAIRED
        if getattr(part, key) != getattr(first, key)
    ]
    faults += [
        f"{name}: {_dates_in_words(part)}, not {_dates_in_words(first)}"
        for name, part, _ in parts
        if part.quarters != first.quarters
    ]
    if faults:
        raise InputError(faults, "these runs cannot be paired:")
    joined = tuple(
        Part(name, folder, tuple(at for _, at in of_folder))
        for name, results, points in parts
        for folder, of_folder in groupby([results.places[at] for at in points], itemgetter(0))
    )
    return Results(joined, first.rules, own=first.own, limited=first.limited)


def _dates_in_words(results: Results) -> str:
    quarters = results.quarters
    return f"{len(quarters)} dates from {year_of(quarters[0])} to {year_of(quarters[-1])}"
