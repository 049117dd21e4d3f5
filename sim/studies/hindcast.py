"""Parameter sets weighed by earlier figures predict the later ones; see docs/hindcast.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import qmc

from sim.errors import InputError
from sim.estimates import targets
from sim.estimates.conditioning import ENOUGH_SETS, Conditioned, condition
from sim.experiment import Keep, design_of, lay_over, plausible_factors
from sim.figures.draw import source
from sim.figures.rows import THICK, Dots, dots_of
from sim.figures.style import INK, MISSED, PALE_INK, Look
from sim.figures.style import MODEL as BLUE
from sim.figures.targets import FAR, beside_published
from sim.measures.bands import ENDS
from sim.measures.scores import Forecast, persistence
from sim.model.units import PERCENT, RATED, REGION
from sim.runs.dataset import Results
from sim.scenario import Scenario
from sim.scenario.keys import settings_of
from sim.scenario.parameter_sets import PlausibleSets
from sim.studies.report import Report, Table, bands, text
from sim.studies.sources import (
    SEED,
    RunOptions,
    Source,
    is_finished,
    number_of_runs,
    run_experiment,
    scenarios_from,
    whole_number,
)
from sim.world.documented import PublishedFigure, target_label
from sim.world.seeds import shipped_seeds

# A run per set of the prior: few of them are like the world.
RUNS = 8192
# With fewer effective sets, predictions rest on the linear step.
FEWEST_SETS = 20.0
MODEL, PRIOR = "model", "prior"
SIMPLE = "persistence"
SIGMAS = 2.0
NOTE = (
    "Inside: within the central 90%. PIT: share of the prediction below the figure. CRPS: mean"
    " distance of the prediction from the figure, in its unit. Rules and ranges were chosen with"
    " later figures in view, so this is weaker than a forecast; figures on one subject are not"
    " independent."
)
MEANS_NOTE = (
    "Means over quantities, of each over its figures; CRPS as a share of the figure. Lower CRPS"
    " and higher log score are better. model_: the model's, of the same figures."
)


def hindcast(
    scenario: Source, year: int, *, nulls: bool = True, **options: Unpack[RunOptions]
) -> Report:
    if is_finished(scenario) or options.get("defaults") or not nulls:
        text = "--hindcast draws sets from the prior and runs no null models"
        raise InputError(f"{text}: give a scenario, and neither --defaults nor --no-nulls")
    earlier, later = earlier_and_later(year)
    if not isinstance(scenario, Scenario):
        last = max(date_of(target)[0] for target in later)
        # Years after the last figure cost time and change nothing.
        options["set"] = {"horizon.end": last, **settings_of(options.get("set"))}
    (loaded,) = scenarios_from([scenario], options)
    runs = number_of_runs(options, RUNS)
    entries = [targets.COUNTERPARTS[target.id] for target in (*earlier, *later)]
    columns = dict.fromkeys(column for entry in entries for column in entry.columns)
    design = design_of(
        {loaded.name: loaded},
        runs=runs,
        seed=whole_number(options.get("seed"), SEED, "--seed", 0),
        # Not the shipped sets: those that a later figure ruled out cannot come back.
        plausible=prior_sets(loaded, runs),
        keep=Keep(outcomes=tuple(columns), groups=(RATED, REGION)),
    )
    files = [Path(scenario)] if isinstance(scenario, str | Path) else []
    return report(run_experiment(design, options, files), year, earlier, later)


def prior_sets(scenario: Scenario, count: int, names: Sequence[str] | None = None) -> PlausibleSets:
    """Return parameter sets of the prior, a Latin hypercube over plausible ranges.

    `names` are dotted keys; None: all that are varied. Another order gives other sets.
    """
    factors = plausible_factors(scenario, names)
    cube = qmc.LatinHypercube(len(factors), rng=np.random.default_rng(1)).random(count)
    points: Any = lay_over(factors, cube).points
    return PlausibleSets(tuple(factor.name for factor in factors), points, (1.0 / count,) * count)


def date_of(target: PublishedFigure) -> tuple[int, float]:
    """Return the last year that a figure needs, and its place in time, between ends of years."""
    entry = targets.COUNTERPARTS[target.id]
    return max(entry.years), float(np.mean(entry.years)) + 1.0


def earlier_and_later(year: int) -> tuple[list[PublishedFigure], list[PublishedFigure]]:
    """Return the fitted figures dated up to a year, and all later ones that can be scored."""
    # Exposures of the counts of the record of fates are on both sides of the year.
    known = [
        target
        for target in shipped_seeds().targets
        if target.bound == "value" and target.use != targets.JUDGED and target.count is None
        # Of a figure within two errors of zero no score is a share.
        and target.value > SIGMAS * (target.sigma or 0.0)
    ]  # fmt: skip
    fitted = [target for target in known if target.use == targets.FITTED]
    dates = [date_of(target)[0] for target in fitted]
    last = max(date_of(target)[0] for target in known) - 1
    whole_number(year, year, "--hindcast", min(dates), last)
    earlier = [target for target, date in zip(fitted, dates, strict=True) if date <= year]
    # A figure that is read in several ways is scored in the first.
    later = {
        (target.source, target.value, target.period): target
        for target in reversed(known)
        if date_of(target)[0] > year
    }
    quantities = [_quantity(target) for target in known]
    order = sorted(
        later.values(), key=lambda t: (quantities.index(_quantity(t)), date_of(t)[1])
    )  # what counts the same, one after the other
    return earlier, order


def report(
    results: Results,
    year: int,
    earlier: Sequence[PublishedFigure],
    later: Sequence[PublishedFigure],
) -> Report:
    given = conditioned(results, earlier, later)
    scores = pd.DataFrame(
        [
            scored(target, method, forecast)
            for at, target in enumerate(later)
            for method, forecast in forecasts(results, given, at, target, year).items()
        ]
    )
    means = compared(scores)
    few = given.effective < FEWEST_SETS
    worth = (
        f"{len(earlier)} figures to {year} leave {results.n_runs:,} runs of prior sets worth"
        f" {given.effective:.0f} of equal weight"
    )
    if given.power < 1.0:
        worth += (
            f". Weights are the likelihood to the power {given.power:.2f}, worth"
            f" {ENOUGH_SETS:g}; a linear regression is the rest"
        )
    if few:
        worth += f". Fewer than {FEWEST_SETS:g}: the predictions rest on it, more --runs help"
    return Report(
        kind="hindcast",
        results=results,
        tables={"hindcast": scores, "hindcast_scores": means},
        shown=[
            f"{worth}.",
            Table(_shown(scores), f"Figures after {year}, predicted by those up to {year}"),
            NOTE,
            Table(means, "Compared with a simple prediction"),
            MEANS_NOTE,
        ],
        figures={"hindcast": partial(_figure, results, scores, year, worth)},
        facts={
            "year": year,
            "effective_sets": given.effective,
            "power": given.power,
            "too_few": few,
        },
    )


def conditioned(
    results: Results, earlier: Sequence[PublishedFigure], later: Sequence[PublishedFigure]
) -> Conditioned:
    seen, unseen = (
        np.stack([targets.counterpart_values(results, target.id) for target in part], axis=1)  # type: ignore[misc]
        for part in (earlier, later)
    )
    observed = np.array([target.value for target in earlier])
    noise = np.array([targets.noise_of(target) for target in earlier])
    return condition(seen, observed, noise, unseen, results.set_of_run)


def forecasts(
    results: Results, given: Conditioned, at: int, target: PublishedFigure, year: int
) -> Mapping[str, Forecast]:
    """Return the predictions of a later figure, the `at`th, by method, as far as defined."""
    noise, prior = targets.noise_of(target), targets.counterpart_values(results, target.id)
    assert prior is not None
    prior = prior[np.isfinite(prior)]
    known = np.isfinite(given.values[:, at]) & (given.weights > 0.0)
    if not known.any():
        return {}
    found = {
        MODEL: Forecast(given.values[known, at], given.weights[known], noise),
        PRIOR: Forecast(prior, np.ones(len(prior)), noise),
    }
    entry = targets.COUNTERPARTS[target.id]
    same = [
        other
        for other in shipped_seeds().targets
        if other.bound == "value" and other.use != targets.JUDGED
        and _quantity(other) == _quantity(target) and date_of(other)[0] <= year
    ]  # fmt: skip
    same.sort(key=lambda other: date_of(other)[1])
    if same and entry.formula in ("last", "mean"):
        found[SIMPLE] = persistence(same[-1].value, targets.noise_of(same[-1]), noise)
    return found


def _quantity(target: PublishedFigure) -> tuple[Any, ...]:
    # Whatever the figure's date.
    entry = targets.COUNTERPARTS[target.id]
    return entry.columns, entry.kind, entry.group


def scored(target: PublishedFigure, method: str, forecast: Forecast) -> dict[str, Any]:
    pit = forecast.below(target.value)
    low, high = (forecast.quantile(end) for end in ENDS)
    return {
        "target": target.id,
        "label": target_label(target.id),
        "use": target.use,
        "quantity": " ".join(map(str, (*_quantity(target)[0], _quantity(target)[2]))),
        "year": date_of(target)[0],
        "observed": target.value,
        "noise": targets.noise_of(target),
        "method": method,
        "mean": forecast.mean,
        "q05": low,
        "q95": high,
        "inside": ENDS[0] <= pit <= ENDS[1],
        "pit": pit,
        "crps": forecast.crps(target.value),
        "log_score": forecast.log_score(target.value),
    }


def compared(scores: pd.DataFrame) -> pd.DataFrame:
    """Return mean scores by method, and the model's for the same figures.

    Returns:
        A row per method: `method`, `figures`, `quantities`; means over quantities of `inside`,
        `crps` as a share of the figure, and `log_score`; `model_inside` and so on.
    """
    table = scores.assign(crps=scores["crps"] / scores["observed"])
    names = ["inside", "crps", "log_score"]
    model = table[table["method"] == MODEL].set_index("target")
    found = []
    for method in (MODEL, PRIOR, SIMPLE):
        own = table[table["method"] == method]
        if len(own):
            # Several statements by much the same countries are no more than one quantity.
            each = own.groupby("quantity")[names].mean()
            ours = model.loc[own["target"]].groupby("quantity")[names].mean()
            means = ours.mean().add_prefix("model_").to_dict() | each.mean().to_dict()
            counts = {"figures": len(own), "quantities": len(each)}
            found.append({"method": method, **counts, **means})
    columns = ["method", "figures", "quantities", *names, *(f"model_{name}" for name in names)]
    return pd.DataFrame(found, columns=columns)


def _shown(scores: pd.DataFrame) -> pd.DataFrame:
    model = scores[scores["method"] == MODEL]
    shown = pd.DataFrame({"figure": model["label"], "use": model["use"].map(targets.USES)})
    shown["published"], shown["predicted (90%)"] = model["observed"], bands(model)
    shown["inside"], shown["PIT"] = model["inside"], model["pit"]
    for method in (MODEL, PRIOR, SIMPLE):
        own = scores[scores["method"] == method].set_index("target")["crps"]
        cells = own.reindex(model["target"])
        shown[f"CRPS, {method}"] = [text(cell) for cell in cells]
    return shown


def _figure(results: Results, scores: pd.DataFrame, year: int, worth: str) -> Figure:
    model = scores[scores["method"] == MODEL]
    own = {
        method: scores[scores["method"] == method].set_index("target").reindex(model["target"])
        for method in (MODEL, PRIOR, SIMPLE)
    }
    observed, inside = model["observed"].to_numpy(), model["inside"].to_numpy()
    ratios = {
        method: part[["mean", "q05", "q95"]].div(observed, axis=0).clip(lower=FAR[0] / 2.0)
        for method, part in own.items()
    }
    width = float((ratios[MODEL]["q95"] - ratios[MODEL]["q05"]).median())
    before = Look("last earlier figure", INK, marker="|")
    dots = [
        dots_of(Look("before any figure", PALE_INK, marker="D"), ratios[PRIOR]),
        dots_of(
            Look("predicted", BLUE), ratios[MODEL].loc[inside].reindex(model["target"]), line=THICK
        ),
        dots_of(
            Look("missed", MISSED, marker="s", hollow=True),
            ratios[MODEL].loc[~inside].reindex(model["target"]),
            line=THICK,
        ),
        Dots(before, ratios[SIMPLE]["mean"]),
    ]
    return beside_published(
        f"Of {len(model)} figures after {year}, {int(inside.sum())} lie in the 90% that earlier"
        f" figures predict; half of these ranges are wider than {PERCENT * width:.0f}% of the"
        " figure",
        model.assign(
            low=model["observed"] - SIGMAS * model["noise"],
            high=model["observed"] + SIGMAS * model["noise"],
        ),
        dots,
        "Prediction divided by the published figure, with its middle 90%. Grey: published, ± 2"
        " standard errors, the model's own included.",
        f"{source(results)} {worth}.",
    )
