"""Predictions as distributions, their scores (Gneiting & Raftery 2007), and simple predictions.

Simple predictions use earlier figures of the same quantity, with their errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, curve_fit
from scipy.special import logsumexp, ndtr

from sim.arrays import Floats
from sim.units import FIRST_YEAR

# Values of a smaller share of the largest weight do not count in a CRPS.
LEAST_WEIGHT = 1e-6
# Usual innovation and imitation per year, as logarithms.
FIRST_GUESS = (-4.0, -1.0)
BEND = 1e-3


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


def persistence(values: Floats, errors: Floats, noise: float) -> Forecast:
    return Forecast.normal(float(values[-1]), float(np.hypot(errors[-1], noise)))


def trend(
    dates: Floats, values: Floats, errors: Floats, date: float, noise: float, *, log: bool = False
) -> Forecast:
    """Predict a figure by a line through earlier figures, or (`log`) through their logarithms.

    Dates are in years.
    """
    seen, each = (np.log(values), errors / values) if log else (values, errors)
    rows = np.stack([np.ones(len(dates)), dates - date], axis=1) / each[:, np.newaxis]
    spread = np.linalg.inv(rows.T @ rows)
    place = float((spread @ rows.T @ (seen / each))[0])
    # The error of a logarithm is that of the figure to first order.
    mean, slope = (np.exp(place), np.exp(place)) if log else (place, 1.0)
    return Forecast.normal(float(mean), float(np.hypot(slope * np.sqrt(spread[0, 0]), noise)))


def bass(
    dates: Floats, values: Floats, errors: Floats, date: float, noise: float, market: int
) -> Forecast | None:
    """Predict a number of countries by innovation and imitation (Bass 1969); None: no fit."""

    def curve(years: Floats, innovation: float, imitation: float) -> Floats:
        p, q = np.exp(innovation), np.exp(imitation)
        # The curve begins with the model's first year.
        left = np.exp(-(p + q) * (years - FIRST_YEAR))
        return np.asarray(market * (1.0 - left) / (1.0 + q / p * left))

    try:
        fit, spread = curve_fit(
            curve, dates, values, FIRST_GUESS, sigma=errors, absolute_sigma=True,
            bounds=(-20.0, 3.0),
        )  # fmt: skip
    except RuntimeError:
        return None
    at = np.array([date])
    mean = float(curve(at, *fit)[0])
    slopes = np.array([(curve(at, *(fit + step))[0] - mean) / BEND for step in BEND * np.eye(2)])
    return Forecast.normal(mean, float(np.hypot(np.sqrt(slopes @ spread @ slopes), noise)))
