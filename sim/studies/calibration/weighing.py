"""Weights by what is known: sets whose own free histories say so count for more.

The likelihood of a fact under a parameter set is the chance that the state takes the decision
within a year of the known date, estimated from the set's free histories; that of all facts is the
product, because given a set the states are treated as independent. What ties them is the set, and
that is what is learnt. "By its date" would be no likelihood: the sooner everything happens, the
more of it has happened by any date.

A set has few histories, so part of what differs between two shares is chance. Each share is
therefore drawn towards that of all sets, by as much as chance accounts for (Bühlmann 1967). Since
sets share the luck of their histories, chance is what is left of an analysis of variance of two
ways, sets and histories. A fact by which sets do not differ beyond chance weighs nothing, rather
than noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Floats
from sim.studies.calibration.approximate_bayes import effective_size, normalised
from sim.world.known import Known

LEAST_SETS_LEFT = 50
"""Effective sets that the facts leave at least, where there were more than twice as many."""
LEAST_SHARE_LEFT = 0.5
"""Otherwise the share of them that they leave."""
LEAST_STRENGTH = 1.0
"""Histories that the share of all sets counts for at least, so that no set is ruled out by none of
its few histories saying so. Where that share is a half, this is (k + 1/2) / (n + 1)."""
HALVINGS = 50


@dataclass(frozen=True)
class Weighed:
    """What weighing by known facts did.

    Attributes:
        facts: What is known and has a date in free histories.
        undated: Facts that have none, and so no part: leaving.
        before: Share of weighted histories within a year of each fact, by the figures alone.
        after: The same by figures and facts.
        reliability: Of each fact, the share of the variance between sets that is not chance.
        size: Effective sets by the figures alone.
        whole: Effective sets if the facts' likelihood counted in full.
        floor: Effective sets that must be left.
        power: Of the likelihood, at most 1: less where fewer sets would be left.
        logs: Logarithm of each set's weight, up to a constant: (sets,).
    """

    facts: tuple[Known, ...]
    undated: int
    before: tuple[float, ...]
    after: tuple[float, ...]
    reliability: tuple[float, ...]
    size: float
    whole: float
    floor: float
    power: float
    logs: Floats = field(repr=False, compare=False)


def reliability(agrees: Floats) -> float:
    """Return which share of the variance between sets' shares is not chance, from 0.

    Args:
        agrees: Whether each history says so, 1 or 0, NaN where a run failed: (sets, replicates).
            Sets with a failed run are left out.
    """
    whole = agrees[np.isfinite(agrees).all(axis=1)]
    sets, replicates = whole.shape
    if sets < 2 or replicates < 2:
        return 0.0
    shares, luck = whole.mean(axis=1), whole.mean(axis=0)
    rest = whole - shares[:, np.newaxis] - luck + whole.mean()
    chance = (rest**2).sum() / ((sets - 1) * (replicates - 1)) / replicates
    seen = shares.var(ddof=1)
    return float(max(0.0, 1.0 - chance / seen)) if seen > 0.0 else 0.0


def log_likelihood(agrees: Floats) -> Floats:
    """Return the logarithm of each set's likelihood of the facts, over that of all sets: (sets,).

    A share k / n becomes (k + s m) / (n + s): m is the share of all sets, s the histories that it
    counts for.

    Args:
        agrees: Whether each history says each fact, 1 or 0, NaN where a run failed: (facts, sets,
            replicates). Each set has a run that did not fail.
    """
    total = np.zeros(agrees.shape[1])
    for one in agrees:
        share = reliability(one)
        if share <= 0.0:
            continue
        strength = max(LEAST_STRENGTH, one.shape[1] * (1.0 - share) / share)
        mean = np.nanmean(one)
        counts, runs = np.nansum(one, axis=1), np.isfinite(one).sum(axis=1)
        total += np.log((counts + strength * mean) / (runs + strength) / mean)
    return total


def weigh(logs: Floats, facts: Sequence[Known], agrees: Floats, undated: int = 0) -> Weighed:
    """Weigh sets by what is known; those that the figures rule out stay so.

    Args:
        logs: Logarithm of each set's weight by the published figures: (sets,).
        facts: What is known.
        agrees: Whether each free history says each of them, 1 or 0, NaN where a run failed: (facts,
            sets, replicates).
        undated: Facts that are left out, because histories hold no date of them.

    Returns:
        Weights and what they rest on. No facts leave the weights as they were, bit for bit.
    """
    left = np.isfinite(logs)
    likely = np.zeros(len(logs))
    likely[left] = log_likelihood(agrees[:, left])
    size, whole = (effective_size(normalised(one)) for one in (logs, logs + likely))
    floor = min(LEAST_SETS_LEFT, LEAST_SHARE_LEFT * size)
    power = 1.0 if whole >= floor else _power(logs, likely, floor)
    weighed = logs + power * likely
    shares = np.nanmean(agrees[:, left], axis=2)
    before, after = (shares @ normalised(one[left]) for one in (logs, weighed))
    return Weighed(
        tuple(facts), undated, tuple(before.tolist()), tuple(after.tolist()),
        tuple(reliability(one[left]) for one in agrees), size, whole, floor, power, weighed,
    )  # fmt: skip


def _power(logs: Floats, likely: Floats, floor: float) -> float:
    """Return a power of the likelihood that leaves so many effective sets."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        enough = effective_size(normalised(logs + middle * likely)) >= floor
        low, high = (middle, high) if enough else (low, middle)
    return low
