"""Calibration: the parameter sets that published figures do not rule out, with weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd

from sim.arguments import without
from sim.calibration.plan import load_calibration
from sim.calibration.raking import WIDTH_ERROR, weighted_quantiles, width_ratios
from sim.calibration.waves import Calibration, distances, run_waves
from sim.engine.user_mechanisms import load_rules
from sim.errors import InputError
from sim.experiment import lay_over
from sim.measures.bands import QUANTILES
from sim.runs.dataset import open_results
from sim.runs.progress import shown
from sim.scenario.keys import settings_of
from sim.scenario.parameter_sets import FILE, PlausibleSets, plausible_table
from sim.studies.report import Report, Table, ranges
from sim.studies.sources import RunOptions, workers_of
from sim.world.documented import target_label
from sim.world.seeds import seeds_from

POSTERIOR = {"q025": 0.025, **QUANTILES, "q975": 0.975}
SHARES = np.array([*POSTERIOR.values()])
NARROW = 0.8
"""A parameter is identified if its 90% interval is narrower than this share of the prior's."""
ONE_SIDED = 1.645
TRADE_OFF = 0.3
"""Rank correlation above which two parameters trade off."""
NOTE = (
    "A parameter is identified if its 90% interval is clearly narrower than the prior's. Figures"
    " held out are never used."
)


@without("runs", "defaults", "countries", "engine", "where", "confirm", "check")
def calibrate(
    file: str | Path = "calibration",
    *,
    say: Callable[[str], None] | None = None,
    **options: Unpack[RunOptions],
) -> Report:
    """Find the parameter sets that published figures do not rule out, with weights.

    Args:
        file: A calibration file's name or path.
        say: Called with a sentence on each wave.
        **options: See :class:`sim.studies.sources.RunOptions`; `out` is needed.

    Examples:
        >>> sim.calibrate("calibration", out="new")  # doctest: +SKIP
    """
    if (out := options.get("out")) is None:
        raise InputError("calibrate needs out: a folder")
    settings, rules = settings_of(options.get("set")), load_rules(options.get("mechanisms"))
    plan = load_calibration(file, settings, options.get("seed"), rules)
    plan = replace(
        plan,
        scenario=plan.scenario.in_world(seeds_from(options.get("data"), options.get("known"))),
    )
    fresh, workers = options.get("fresh", False), workers_of(options)
    with shown(options.get("progress")) as progress:
        calibration = run_waves(plan, Path(out), workers, fresh=fresh, say=say, progress=progress)
    names = tuple(factor.name for factor in plan.factors)
    sets: Any = tuple(lay_over(plan.factors, calibration.cube).points)
    weights, likelihoods = calibration.weights.tolist(), calibration.likelihoods.tolist()
    plausible = PlausibleSets(names, sets, tuple(weights), tuple(likelihoods))
    results = open_results(Path(out) / calibration.waves[-1].name)
    tables = {
        "targets": target_table(calibration),
        "parameters": parameter_table(calibration),
        "waves": _waves(calibration),
        "correlations": trade_offs(calibration),
        Path(FILE).stem: plausible_table(plausible),
    }
    return Report(
        kind="calibration",
        results=results,
        tables=tables,
        shown=_shown(calibration, tables),
        figures={},
        facts={
            "effective_sets": calibration.effective,
            "sets": len(calibration.chosen),
            "log_evidence": calibration.evidence,
        },
    )


def target_table(calibration: Calibration) -> pd.DataFrame:
    values = calibration.values
    each = np.repeat(calibration.weights / values.shape[1], values.shape[1])
    far = distances(calibration.aims, values)
    table = []
    for at, aim in enumerate(calibration.aims):
        flat = values[:, :, at].ravel()
        good = np.isfinite(flat)
        ends = weighted_quantiles(flat[good][:, np.newaxis], each[good], SHARES)[:, 0]
        table.append(
            {
                "target": aim.id,
                "observed": aim.value,
                "sigma": aim.sigma,
                "mean": float(np.average(flat[good], weights=each[good])),
                **dict(zip(POSTERIOR, ends, strict=True)),
                "inside_95": bool(ends[0] <= aim.value <= ends[-1]),
                "largest_distance": float(far[:, at].max()),
            }
        )
    return pd.DataFrame(table)


def parameter_table(calibration: Calibration) -> pd.DataFrame:
    plan = calibration.plan
    cells = np.array(lay_over(plan.factors, calibration.cube).points, dtype=np.float64)
    ends = dict(zip(POSTERIOR, weighted_quantiles(cells, calibration.weights, SHARES), strict=True))
    width = width_ratios(calibration.cube, calibration.weights)
    error = WIDTH_ERROR / math.sqrt(calibration.effective)
    return pd.DataFrame(
        {
            "parameter": [factor.name for factor in plan.factors],
            **{key: [getattr(f, key) for f in plan.factors] for key in ("unit", "low", "high")},
            "default": [float(plan.scenario.value(factor.name)) for factor in plan.factors],
            **ends,
            "width_ratio": width,
            "width_error": error,
            # After the sampling error of the width is allowed for.
            "identified": width + ONE_SIDED * error < NARROW,
        }
    )


def trade_offs(calibration: Calibration) -> pd.DataFrame:
    from scipy.stats import norm

    names = [factor.name for factor in calibration.plan.factors]
    pairs = len(names) * (len(names) - 1) // 2
    size = max(calibration.effective - 1.0, 1.0)
    # Bonferroni: the largest correlation that chance alone gives among all pairs.
    chance = float(norm.isf(0.025 / max(pairs, 1))) / math.sqrt(size)
    ranks = np.argsort(np.argsort(calibration.cube, axis=0), axis=0)
    spread = np.atleast_2d(np.cov(ranks, rowvar=False, aweights=calibration.weights))
    root = np.sqrt(np.diag(spread))
    cells = (spread / np.outer(root, root))[np.triu_indices(len(names), 1)]
    table = [(*pair, cell) for pair, cell in zip(combinations(names, 2), cells, strict=True)]
    frame = pd.DataFrame(table, columns=["first", "second", "rank_correlation"])
    # Among so many pairs some correlate by chance.
    frame = frame[frame["rank_correlation"].abs() > min(1.0, max(TRADE_OFF, chance))]
    return frame.sort_values("rank_correlation", key=lambda r: -r.abs(), ignore_index=True)


def _waves(calibration: Calibration) -> pd.DataFrame:
    waves = calibration.waves
    table = pd.DataFrame(
        {
            "wave": [wave.name for wave in waves],
            "sets": [len(wave.cube) for wave in waves],
            "runs": [wave.values.shape[1] for wave in waves],
            "share_of_prior": [wave.left for wave in waves],
            "within_cut": [wave.within for wave in waves],
        }
    )
    names = [f"r2_{aim.id}" for aim in calibration.aims]
    explained = [[model.explained for model in e.fitted] for e in calibration.emulators]
    # The final sets have no emulator.
    return table.join(pd.DataFrame(explained, columns=names))


def _shown(calibration: Calibration, tables: Mapping[str, pd.DataFrame]) -> list[str | Table]:
    targets, parameters, tied = (tables[n] for n in ("targets", "parameters", "correlations"))
    figures = pd.DataFrame(
        {
            "target": targets["target"].map(target_label),
            "published": targets["observed"],
            "mean": targets["mean"],
            "95%": ranges(targets, "q025", "q975"),
            "inside": targets["inside_95"],
        }
    )
    known = parameters[parameters["identified"]]
    posterior = known[["parameter", "low", "high", "default", "q05", "q50", "q95", "width_ratio"]]
    blocks: list[str | Table] = [
        f"{len(calibration.chosen)} parameter sets, of {len(calibration.waves[-1].cube):,}, are"
        f" worth {calibration.effective:.0f} of equal weight.",
        Table(figures, "Targets and the weighted runs"),
        Table(posterior, f"{len(known)} of {len(parameters)} parameters are identified"),
        NOTE,
    ]
    if len(tied):
        blocks.append(Table(tied, "Parameters that trade off"))
    return blocks
