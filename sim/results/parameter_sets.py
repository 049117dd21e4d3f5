"""What is chance and what is not known of parameters: probabilities within and between their sets.

Each run has a plausible parameter set. A probability over all runs mixes two things: sets that give
a state different probabilities, and chance within a set. Where sets have several runs each, the two
are told apart by an analysis of variance of one way, with random effects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from sim.arrays import Floats, Whole
from sim.scenario.parameter_sets import set_of_replicate

SET_WEIGHTS = "set_weights"
"""Key of a manifest: the weights of the parameter sets, in order. They say which set a run has."""


def sets_of_runs(weights: Sequence[float], runs: Whole) -> Whole:
    """Return the number of each run's parameter set, from 0.

    Args:
        weights: How likely a replicate is to take each set.
        runs: Numbers of replicates.
    """
    edges = list(accumulate(weights))
    return np.array([set_of_replicate(edges, run) for run in runs.tolist()], dtype=np.int64)


def sets_in(manifest: Mapping[str, Any], replicates: Whole) -> Whole:
    """Return the parameter set of some replicates; their own numbers where all share one set."""
    weights = manifest.get(SET_WEIGHTS)
    return sets_of_runs(weights, replicates) if weights else replicates


def between_sets(counts: Floats, runs: Floats) -> Floats:
    """Return the standard deviation of a probability between parameter sets: (states,).

    Args:
        counts: In how many runs of each set it happened: (sets, states).
        runs: Runs of each set: (sets,). Sets without runs are left out.

    Returns:
        An estimate in which chance within sets is taken off; 0 where that leaves less than nothing;
        NaN where no set has two runs, as chance and sets cannot then be told apart.
    """
    counts, runs = counts[runs > 0], runs[runs > 0]
    total, sets = runs.sum(), len(runs)
    if sets < 2 or total <= sets:
        return np.full(counts.shape[1], np.nan)
    each = counts / runs[:, np.newaxis]
    mean = counts.sum(axis=0) / total
    within = (runs[:, np.newaxis] * each * (1.0 - each)).sum(axis=0) / (total - sets)
    between = (runs[:, np.newaxis] * (each - mean) ** 2).sum(axis=0) / (sets - 1)
    usual = (total - (runs**2).sum() / total) / (sets - 1)
    return np.asarray(np.sqrt(np.maximum(0.0, (between - within) / usual)))
