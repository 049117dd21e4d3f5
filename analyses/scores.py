"""Predictions as distributions, their scores (Gneiting & Raftery 2007), and persistence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtr

from sim.world.arrays import Floats

# Values of a smaller share of the largest weight do not count in a CRPS.
LEAST_WEIGHT = 1e-6


@dataclass(frozen=True)
class Forecast:
    """A predicted distribution: normal densities of one width around weighted values.

    Attributes:
        values: (values,).
        weights: Above 0, of any sum: (values,).
        spread: Standard deviation around each value; above 0.
    """

    values: Floats
    weights: Floats
    spread: float

    @classmethod
    def normal(cls, mean: float, spread: float) -> Forecast:
        return cls(np.array([mean]), np.ones(1), spread)

    @property
    def mean(self) -> float:
        return float(np.average(self.values, weights=self.weights))

    def below(self, value: float) -> float:
        """Return the share of the distribution below a value: the PIT of an outcome."""
        return float(np.average(ndtr((value - self.values) / self.spread), weights=self.weights))

    def quantile(self, share: float) -> float:
        far = 10.0 * self.spread
        low, high = self.values.min() - far, self.values.max() + far
        return float(brentq(lambda value: self.below(value) - share, low, high))

    def log_score(self, observed: float) -> float:
        """Return the logarithm of the density at the outcome; higher is better."""
        squares = ((observed - self.values) / self.spread) ** 2
        shares = self.weights / self.weights.sum()
        density = logsumexp(-0.5 * squares, b=shares) - np.log(self.spread * np.sqrt(2.0 * np.pi))
        return float(density)

    def crps(self, observed: float) -> float:
        """Return the continuous ranked probability score, in the figure's unit; lower is better.

        In closed form for a mixture of normal distributions (Grimit et al. 2006).
        """
        # Most figures are counts, so that few values differ.
        values, place = np.unique(self.values, return_inverse=True)
        shares = np.bincount(place, self.weights) / self.weights.sum()
        known = shares > LEAST_WEIGHT * shares.max()
        values, shares = values[known], shares[known]
        apart = [shares @ _absolute(each - values, self.spread * np.sqrt(2.0)) for each in values]
        return float(shares @ (_absolute(observed - values, self.spread) - 0.5 * np.array(apart)))


def _absolute(mean: Floats, spread: float) -> Floats:
    """Return the mean distance from 0 of normal numbers."""
    scaled = mean / spread
    density = np.exp(-0.5 * scaled**2) / np.sqrt(2.0 * np.pi)
    return np.asarray(2.0 * spread * density + mean * (2.0 * ndtr(scaled) - 1.0))


def persistence(value: float, error: float, noise: float) -> Forecast:
    return Forecast.normal(value, float(np.hypot(error, noise)))
