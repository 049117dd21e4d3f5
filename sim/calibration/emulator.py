"""A fast emulator of the model's ensemble means: which parameter sets are worth running at all.

For each target a Bayesian ridge regression on all parameters, with squares and products of the most
important ones.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from sim.calibration.plan import scaled, spread_of
from sim.errors import InputError, require_extra
from sim.measures.counts import JEFFREYS, is_share
from sim.measures.counts import log_likelihood as counts_likelihood
from sim.world.arrays import Flags, Floats, Whole
from sim.world.documented import PublishedFigure

MOST_ACTIVE = 20
# With fewer points a regression is not meaningful.
LEAST_POINTS = 100
FOLDS = 5
# Of a logarithm of a rate; a smaller error would be more events than any record has.
LEAST_ERROR = 0.01


@dataclass(frozen=True)
class Fitted:
    """The emulator of one target.

    Attributes:
        active: Parameters with squares and products.
        constant: The mean of a set's runs at the lower ends of all ranges.
        slopes: By shares of the ranges: (parameters,).
        products: By products of shares of active parameters: (active, active).
        error: Standard deviation of its error: in cross-validation, and by draws that all sets
            share.
        chance: Standard deviation of a single run around its set's mean.
        explained: Share of the variance of sets' means that cross-validation explains.
    """

    active: Whole
    constant: float
    slopes: Floats
    products: Floats
    error: float
    chance: float
    explained: float

    def predict(self, cube: Floats) -> Floats:
        own = cube[:, self.active]
        curved = ((own @ self.products) * own).sum(axis=1)
        return np.asarray(self.constant + cube @ self.slopes + curved)


@dataclass(frozen=True)
class Emulator:
    """Emulators of all targets; see :func:`fit`.

    Attributes:
        covariance: Of a single run around the prediction, by chance and the emulator's error:
            (targets, targets).
        record: Counts of the record of fates, each with the emulator of the logarithm of its rate,
            or of the logit of its share. They rule out no set.
    """

    aims: tuple[PublishedFigure, ...]
    fitted: tuple[Fitted, ...]
    # Chance moves targets together: many trained countries mean many courses.
    covariance: Floats
    record: tuple[tuple[PublishedFigure, Fitted], ...] = ()

    def predict(self, cube: Floats) -> Floats:
        """Return predicted means on the emulated scale: (sets, targets)."""
        with one_thread():
            return np.stack([model.predict(cube) for model in self.fitted], axis=1)

    @property
    def spreads(self) -> Floats:
        """Standard deviation of figure and prediction together: (targets,)."""
        noise = np.array([spread_of(aim) for aim in self.aims])
        return np.asarray(np.sqrt(noise**2 + np.diag(self.covariance)))

    @property
    def places(self) -> Floats:
        return np.array([float(scaled(aim, aim.value)) for aim in self.aims])

    def within(self, cube: Floats, cut: float) -> Flags:
        """Return the sets within `cut` standard deviations of every target: (sets,)."""
        # The emulator's error is part of the spread, so a coarse emulator rules out little rather
        # than the wrong sets.
        left = np.arange(len(cube))
        with one_thread():
            # A set that one target rules out need not be predicted for the next.
            for model, place, spread in zip(self.fitted, self.places, self.spreads, strict=True):
                left = left[np.abs(model.predict(cube[left]) - place) <= cut * spread]
        inside = np.zeros(len(cube), dtype=np.bool_)
        inside[left] = True
        return inside

    def log_likelihood(self, cube: Floats) -> Floats:
        logs = self.log_density(self.predict(cube), self.places)
        with one_thread():
            for target, model in self.record:
                counts = counts_of(target, model.predict(cube), model.error)
                logs = logs + counts_likelihood(target, counts)
        return logs

    def log_density(self, predicted: Floats, places: Floats) -> Floats:
        """Return the log normal density of figures around predictions: (sets,).

        `predicted` (sets, targets) and `places` (targets,) are on the emulated scale; NaN is
        ignored.
        """
        seen = np.isfinite(places)
        noise = np.diag([spread_of(aim) ** 2 for aim in self.aims])
        factor = np.linalg.cholesky((noise + self.covariance)[np.ix_(seen, seen)])
        apart = np.linalg.solve(factor, (predicted[:, seen] - places[seen]).T)
        return np.asarray(-0.5 * (apart**2).sum(axis=0))


def one_thread() -> AbstractContextManager[Any]:
    # Only libraries that are loaded by then can be limited.
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    # Matrices here are small: more threads are slower, by far on a busy machine, and round
    # differently.
    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits


def fit(cube: Floats, values: Floats, aims: Sequence[PublishedFigure], name: str) -> Emulator:
    """Fit emulators to simulated sets.

    `cube` has the sets as shares of their ranges: (sets, parameters). `values` has the targets in
    each run: (sets, runs, targets); NaN where undefined.
    """
    require_extra("sklearn", "calibration")
    fitted = []
    residuals = np.full((len(cube), len(aims)), np.nan)
    emulated = np.stack([scaled(aim, values[:, :, at]) for at, aim in enumerate(aims)], axis=2)
    means, variances, counts = moments(emulated)
    sets = (counts > 0).sum(axis=0).tolist()
    faults = [
        f"{name}: only {count} of {len(cube)} sets define target {aim.id}, and an emulator needs "
        f"{LEAST_POINTS}; give more points"
        for aim, count in zip(aims, sets, strict=True)
        if count < LEAST_POINTS
    ]
    if faults:
        raise InputError(faults)
    for at in range(len(aims)):
        defined = counts[:, at] > 0
        chance = pooled(variances[:, at], counts[:, at])
        with one_thread():
            model, errors = _fit_target(
                cube[defined], means[defined, at], counts[defined, at], chance
            )
        residuals[defined, at] = errors
        fitted.append(model)
    around = emulated - means[:, np.newaxis, :]
    # A run that is alone in its set has no deviation from itself.
    around[(counts < 2).any(axis=1)] = np.nan
    chances = np.array([model.chance for model in fitted])
    errors = np.array([model.error for model in fitted])
    covariance = _correlation(around.reshape(-1, len(fitted))) * np.outer(chances, chances)
    covariance += _correlation(residuals) * np.outer(errors, errors)
    return Emulator(tuple(aims), tuple(fitted), covariance)


def fit_record(
    cube: Floats, counts: Floats, record: Sequence[PublishedFigure]
) -> tuple[tuple[PublishedFigure, Fitted], ...]:
    """Fit emulators to the rates of counts; `counts` are (sets, targets, events and exposure)."""
    fitted = []
    for at, target in enumerate(record):
        known = counts[:, at, 1] > 0.0
        if known.sum() < LEAST_POINTS:  # proposals then ignore it, and weights do not
            continue
        events, exposure = counts[known, at].T
        others = exposure - events + JEFFREYS if is_share(target) else exposure
        logs = np.log((events + JEFFREYS) / others)
        with one_thread():
            model, _ = _fit_target(cube[known], logs, np.ones(len(logs), dtype=np.int64), 0.0)
        fitted.append((target, model))
    return tuple(fitted)


def counts_of(target: PublishedFigure, logs: Floats, error: float) -> Floats:
    """Return events and exposure that say as much of a rate as its emulator: (sets, 2).

    `logs` are emulated logarithms of rates, or logits of shares, with one standard error for all.
    """
    rates = expit(logs) if is_share(target) else np.exp(logs)
    # Of the logarithm of a rate from n events the variance is 1/n; of the logit of a share from n
    # cases it is 1/(n p (1 - p)).
    size = 1.0 / max(error, LEAST_ERROR) ** 2
    exposure = size / (rates * (1.0 - rates)) if is_share(target) else size / rates
    return np.stack([rates * exposure, exposure], axis=1)


def moments(values: Floats) -> tuple[Floats, Floats, Whole]:
    """Return mean and variance over the runs of sets, and how many runs define the number.

    `values` are (sets, runs, targets), results (sets, targets): NaN without a run, or for the
    variance with fewer than two.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sets without a run that defines it
        means, variances = np.nanmean(values, axis=1), np.nanvar(values, axis=1, ddof=1)
    return means, variances, np.isfinite(values).sum(axis=1)


def pooled(variances: Floats, counts: Whole) -> float:
    """Return the common variance of a single run; 0 if no set has several runs."""
    several = counts > 1
    if not several.any():
        return 0.0
    return float(np.average(variances[several], weights=counts[several] - 1))


def _fit_target(cube: Floats, means: Floats, counts: Whole, chance: float) -> tuple[Fitted, Floats]:
    from sklearn.linear_model import BayesianRidge
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    centred, width = cube - 0.5, cube.shape[1]
    with_constant = np.column_stack([np.ones(len(cube)), centred])
    slopes = np.linalg.lstsq(with_constant, means, rcond=None)[0][1:]
    # Squares and products of all parameters would be more columns than there are points.
    active = np.argsort(-np.abs(slopes), kind="stable")[:MOST_ACTIVE]
    rest = np.setdiff1d(np.arange(width), active)
    own, (first, second) = centred[:, active], np.triu_indices(len(active))
    columns = np.hstack([own, own[:, first] * own[:, second], centred[:, rest]])
    # Sums round as they are laid out in memory.
    columns = np.ascontiguousarray(columns)
    # Each point is held back once, so that the error is not that of a fit to its own points.
    folds = PredefinedSplit(np.arange(len(cube)) % FOLDS)
    ridge = BayesianRidge()
    errors = means - cross_val_predict(ridge, columns, means, cv=folds)
    ridge.fit(columns, means)
    # Hundreds of Metropolis steps predict every set: a quadratic form takes a fraction of the time.
    slopes, products = np.zeros(width), np.zeros((len(active), len(active)))
    ends = [len(active), len(active) + len(first)]
    slopes[active], products[first, second], slopes[rest] = np.split(ridge.coef_, ends)
    # From distances to the middle of the ranges to shares of the ranges.
    constant = float(ridge.intercept_) - 0.5 * slopes.sum() + 0.25 * products.sum()
    slopes[active] -= 0.5 * (products.sum(axis=0) + products.sum(axis=1))
    # All sets share the luck of their few runs, so that it moves every mean alike and no
    # point that is held back tells of it.
    luck = chance * float((1.0 / counts).mean())
    spread = float(means.var())
    fitted = Fitted(
        active,
        constant,
        slopes,
        products,
        error=float(np.sqrt((errors**2).mean() + luck)),
        chance=float(np.sqrt(chance)),
        # Noise of few runs counts as not explained.
        explained=float(1.0 - (errors**2).mean() / spread) if spread > 0.0 else 1.0,
    )
    return fitted, errors


def _correlation(rows: Floats) -> Floats:
    width = rows.shape[1]
    complete = rows[np.isfinite(rows).all(axis=1)]
    # A correlation from few points would be noise.
    if len(complete) < LEAST_POINTS:
        return np.eye(width)
    matrix: Floats = pd.DataFrame(complete).corr().fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(matrix, 1.0)
    return matrix
