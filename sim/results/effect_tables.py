"""Effects of a dataset's points against its reference point, as tables: outcomes, and countries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.register import WORLD, choose
from sim.results.dataset import Results
from sim.results.effects import FALSE_SHARE, adjusted, effect_of, mean_of, sign_test
from sim.results.summary import QUANTILES


def effect_table(
    results: Results,
    outcomes: Sequence[str],
    *,
    by: Sequence[str] = (WORLD,),
    years: Sequence[int] | None = None,
    reference: int = 0,
) -> pd.DataFrame:
    """Return paired effects: each point less the reference point, run by run.

    Args:
        results: Points × runs.
        outcomes: Names of outcomes.
        by: Kinds of groups.
        years: Ends of years; None: all that are kept.
        reference: The point that the others are compared with.

    Returns:
        A row per point, outcome, group and year: `point`, `alternative`, `outcome`, `unit`,
        `group_kind`, `group`, `year`; `reference_mean`, `alternative_mean`, and of the difference
        `mean`, `q05` to `q95` (of runs), `standard_error`, `low`, `high` (95 % interval of the
        mean, clustered by parameter set).

    Raises:
        InputError: There is one point only, or an outcome, kind or year was not kept.
    """
    if results.n_points < 2:
        raise InputError(f"{results.name} has one point: an effect needs at least two")
    chosen = list(years or results.years)
    frames = []
    for name, outcome in choose(results.outcomes, outcomes).items():
        for kind in by:
            if outcome.of != "country" and kind != WORLD:
                continue
            values = results.values(name, kind, years=chosen)
            values = values[..., np.newaxis] if values.ndim == 3 else values
            good = np.isfinite(values).all(axis=(0, 2, 3))
            for point in range(results.n_points):
                if point == reference:
                    continue
                found = effect_of(
                    values[reference, good], values[point, good], results.set_of_run[good]
                )
                index = pd.MultiIndex.from_product(
                    [chosen, results.groups[kind]], names=["year", "group"]
                )
                columns = {
                    "reference_mean": found.reference,
                    "alternative_mean": found.alternative,
                    "mean": found.mean,
                    **{quantile: found.quantiles[quantile] for quantile in QUANTILES},
                    "standard_error": found.error,
                    "low": found.low,
                    "high": found.high,
                    "p_value": found.p_value,
                }
                frame = pd.DataFrame({k: np.ravel(v) for k, v in columns.items()}, index)
                keys = {
                    "point": point,
                    "alternative": results.labels[point],
                    "outcome": name,
                    "unit": outcome.unit,
                    "group_kind": kind,
                }
                frames.append(frame.reset_index().assign(**keys))
    table = pd.concat(frames, ignore_index=True)
    first = ["point", "alternative", "outcome", "unit", "group_kind", "group", "year"]
    return table[[*first, *(name for name in table if name not in first)]]


def country_effects(
    results: Results, year: int, *, field: str = "working", reference: int = 0
) -> pd.DataFrame:
    """Return for each country whether a field of the panel, 0 or 1, changes beyond chance.

    Returns:
        A row per point and country: `point`, `alternative`, `iso3`, `name`, `region`, `regime`;
        `p_reference`, `p_alternative` (shares of runs), `difference`, `gained`, `lost`
        (shares of runs), `p_value` (exact sign test), `adjusted` (Benjamini-Hochberg over
        countries) and `changed`.
    """
    values = results.panel(field, [year])[..., 0]
    good = np.isfinite(values).all(axis=(0, 2))
    sets = results.set_of_run[good]
    frames = []
    for point in range(results.n_points):
        if point == reference:
            continue
        before, after = values[reference, good], values[point, good]
        changes = after.astype(np.float64) - before
        p_values = sign_test(changes, sets)
        corrected = adjusted(p_values)
        frame = results.states.reset_index().assign(
            point=point,
            alternative=results.labels[point],
            p_reference=before.mean(axis=0),
            p_alternative=after.mean(axis=0),
            difference=changes.mean(axis=0),
            standard_error=mean_of(changes, sets).error,
            gained=(changes > 0).mean(axis=0),
            lost=(changes < 0).mean(axis=0),
            p_value=p_values,
            adjusted=corrected,
            changed=corrected <= FALSE_SHARE,
        )
        order = np.argsort(-np.abs(changes.mean(axis=0)), kind="stable")
        frames.append(frame.iloc[order])
    table = pd.concat(frames, ignore_index=True)
    first = ["point", "alternative"]
    return table[[*first, *(name for name in table if name not in first)]]
