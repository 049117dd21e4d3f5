"""Worlds as designs: their runs, what an effect is there, and the figures that they miss."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.estimates import targets
from sim.estimates.effects import effect_of
from sim.experiment import Design, Experiment, Factor, design_of, lay_over
from sim.measures.variables import YEAR
from sim.model.parameters import Cell
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO
from sim.scenario.own_groups import split_outcome
from sim.scenario.parameter_sets import PlausibleSets
from sim.studies import tilting
from sim.studies.retention import UNINTERRUPTED, surviving_share
from sim.world.arrays import Floats

WORLDS = "world"
# Significant digits of a value that a world sets.
DIGITS = 4
ENDINGS = {tilting.LEAST: "smallest", tilting.MOST: "largest"}
FORM = """\
# Made by `entrench bounds`: a world in which parameters of all plausible sets are moved.
extends = "baseline"
kind = "storyline"
title = "The world with {subject}"
question = "What happens in a world that published figures permit, with {subject}?"
{values}"""
DECIDING = (targets.FITTED, targets.CHECK)
"""Uses of the figures that a permitted world does not miss."""
SIDES = {"value": 0, "lower": -1, "upper": 1}
# Of each set's parameters, in runs that tell slopes.
MOVED_SHARE = 1.0 / 6.0


def places_of(factor: Factor, values: Sequence[Cell]) -> Floats:
    """Return places of values in a factor's range: 0 at its low end, 1 at its high end."""
    low, high, at = factor.low, factor.high, np.array(values, np.float64)
    if factor.scale == "log":
        low, high, at = np.log(low), np.log(high), np.log(np.maximum(at, low))
    return np.clip((at - low) / (high - low), 0.0, 1.0)


@dataclass(frozen=True)
class Measure:
    """The number of a run whose bounds are sought.

    Attributes:
        name: An outcome, or a share that `persistence` counts, such as `surviving_10`.
        year: At whose end it is taken.
        words: The number in words, within a sentence.
        factor: From the outcome's unit to the one here.
        years: Of a share: years after `since`, the year before the end of the offer.
        is_level: Whether bounds are of its level, and not of its change.
    """

    name: str
    year: int
    words: str
    unit: str
    factor: float = 1.0
    years: int | None = None
    since: int = 0
    is_level: bool = False

    def of_runs(self, results: Results) -> Floats:
        """Return its values: (points, runs), NaN for a share of no system."""
        if self.years is None:
            values = results.values(self.name, years=[self.year]).isel({YEAR: 0})
            return self.factor * np.asarray(values.to_numpy(), np.float64)
        counted = self.since, self.years
        unbroken = self.name.startswith(UNINTERRUPTED)
        points = range(results.n_points)
        found = [surviving_share(results, at, *counted, unbroken=unbroken) for at in points]
        return PERCENT * np.stack(found)


@dataclass(frozen=True)
class Question:
    """A measure in a scenario against the baseline, and the parameters that worlds may move.

    Attributes:
        scenarios: The baseline first, in which figures are judged.
    """

    scenarios: Mapping[str, Scenario]
    measure: Measure
    factors: tuple[Factor, ...]
    sets: PlausibleSets

    @property
    def title(self) -> str:
        return [*self.scenarios.values()][-1].title

    @property
    def base(self) -> Experiment:
        keep, asked = targets.kept_for(targets.COUNTERPARTS), split_outcome(self.measure.name)[0]
        if self.measure.years:
            keep = keep.model_copy(update={"countries": ("working",)})
        elif asked not in keep.outcomes:
            keep = keep.model_copy(update={"outcomes": (*keep.outcomes, asked)})
        return design_of(self.scenarios, runs=1, seed=1, plausible=self.sets, keep=keep)

    @cached_property
    def places(self) -> Floats:
        """Places of the parameters in the retained sets: (sets, parameters)."""
        first, count = next(iter(self.scenarios.values())), len(self.sets.rows)
        return np.array(
            [
                places_of(f, self.sets.columns.get(f.name) or [first.value(f.name)] * count)
                for f in self.factors
            ]
        ).T

    @property
    def start(self) -> tilting.World:
        """The retained sets on average, as a world."""
        mean = np.average(self.places, axis=0, weights=self.sets.weights)
        return tilting.World(
            places={f.name: at for f, at in zip(self.factors, mean.tolist(), strict=True)}
        )

    def settings(self, world: tilting.World) -> dict[str, Cell]:
        moved = [factor for factor in self.factors if factor.name in world.places]
        point = lay_over(moved, np.array([[world.places[of.name] for of in moved]])).points
        return {
            of.name: value if of.step else float(f"{value:.{DIGITS}g}")
            for of, value in zip(moved, *point, strict=True)
        }

    def design(
        self, worlds: Sequence[tilting.World], runs: int, seed: int, name: str
    ) -> Experiment:
        """Return the design with a point for each world and scenario."""
        levels = {f"{w.end} {w.step} {w.share:g}": self.settings(w) for w in worlds}
        factors = (
            Factor(WORLDS, "World", "", None, levels=levels),
            Factor(SCENARIO, "scenario", "", SCENARIO, values=(*self.scenarios,)),
        )
        points = tuple((level, scenario) for level in levels for scenario in self.scenarios)
        return replace(
            self.base,
            name=name,
            question=f"In which worlds is {self.measure.name} smallest and largest?",
            design=Design("list", factors, points),
            n_runs=runs,
            seed=seed,
        )

    def screening(
        self, world: tilting.World, runs: int, seed: int, name: str
    ) -> tuple[Experiment, Floats]:
        """Return a design whose runs have sets near those of a world, and their places.

        Places are (runs, parameters).
        """
        numbers = [self.sets.number_of(run) for run in range(runs)]
        names, before = [factor.name for factor in self.factors], self.places[numbers]
        for key, place in world.places.items():
            before[:, names.index(key)] = place
        places, moved = tilting.perturbed(before, np.random.default_rng(seed), MOVED_SHARE)
        moved |= np.isin(names, [*world.places])
        first = next(iter(self.scenarios.values()))
        keys, rows = dict.fromkeys([*self.sets.keys, *names]), []
        laid = lay_over(self.factors, places).points
        for number, values, changed in zip(numbers, laid, moved, strict=True):
            row = {name: first.value(name) for name in names} | self.sets.values(number)
            row |= {n: v for n, v, is_new in zip(names, values, changed, strict=True) if is_new}
            rows.append(tuple(row[key] for key in keys))
        sets = PlausibleSets((*keys,), (*rows,), (1.0 / runs,) * runs)
        design = replace(self.base, name=name, n_runs=runs, seed=seed, plausible=sets)
        return design, places[[sets.number_of(run) for run in range(runs)]]

    def effects(self, results: Results) -> Floats:
        """Return the effect, or the level, in each run of each world: (worlds, runs)."""
        values = self.measure.of_runs(results)
        values = values.reshape(-1, len(self.scenarios), values.shape[1])
        return values[:, -1] - (0.0 if self.measure.is_level else values[:, 0])

    def judge(self, results: Results) -> list[tilting.Judgement]:
        """Return the effect and the figures of each world of a design."""
        every = enumerate(self.effects(results))
        return [self._judged(results, at * len(self.scenarios), of_runs) for at, of_runs in every]

    def _judged(self, results: Results, point: int, effects: Floats) -> tilting.Judgement:
        known, sets = np.isfinite(effects), results.set_of_run
        if not known.any():
            return tilting.Judgement(np.nan)
        numbers = effect_of(np.zeros(known.sum()), effects[known], sets[known]).iloc[0]
        table = targets.target_table(results, point)
        table = table[table["distance"].notna()]
        fitted, deciding = table[table["use"] == targets.FITTED], table[table["use"].isin(DECIDING)]
        distances = _apart(deciding)
        left = {
            name: targets.MET - abs(far) if bound == "value" else -SIDES[bound] * far
            for (name, far), bound in zip(distances.items(), deciding["bound"], strict=True)
        }
        tightest = min(left, key=lambda name: left[name], default="")
        missed = table[table["verdict"] == "missed"].groupby("use")["target"].agg(tuple)
        return tilting.Judgement(
            **numbers[list(tilting.NUMBERS)].to_dict(),
            distance=float((fitted["distance"] ** 2).sum()),
            distances=distances,
            reserve=left.get(tightest, np.inf),
            tightest=tightest,
            missed=sum((missed.get(use, ()) for use in DECIDING), ()),
            missed_held_out=missed.get(targets.HOLD_OUT, ()),
        )

    def slopes(self, results: Results, places: Floats) -> tilting.Slopes:
        """Return slopes of the effect and of each figure, from runs near the sets."""
        effect, noise = tilting.slopes_of(places, self.effects(results)[0])
        table = targets.target_table(results)
        table = table[table["distance"].notna() & table["use"].isin(DECIDING)]
        spread, figures = spread_of(table), dict[str, Floats]()
        for target in table["target"]:
            values = targets.counterpart_values(results, target)
            if values is not None and spread[target] > 0.0:
                figures[target] = tilting.slopes_of(places, values)[0] / spread[target]
        sides = dict(zip(table["target"], table["bound"].map(SIDES), strict=True))
        names = [factor.name for factor in self.factors]
        start = np.array([*self.start.places.values()])
        return tilting.Slopes(names, start, effect, noise, figures, sides)


def written(
    question: Question, ends: Mapping[int, tilting.End], folder: Path, fresh: bool
) -> list[Path]:
    """Write the world at each end as a scenario file; return the files."""
    of, measure, files = [*question.scenarios][-1], question.measure, dict[Path, str]()
    for end, found in ends.items():
        if found.world is None or not found.world.end:
            continue
        name = re.sub(r"[^A-Za-z0-9_]+", "-", f"{of}-{measure.name}-{measure.year}-{ENDINGS[end]}")
        change = "" if measure.is_level else "change in "
        subject = f"the {ENDINGS[end]} {change}{measure.name} by {measure.year} of {of}"
        values = question.settings(found.world).items()
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in values]
        files[folder / f"{name}.toml"] = FORM.format(subject=subject, values="".join(lines))
    edited = [str(p) for p, text in files.items() if p.exists() and p.read_text("utf-8") != text]
    if edited and not fresh:
        raise InputError(f"{', '.join(edited)}: other content; choose another --write, or --fresh")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return [*files]


def spread_of(table: pd.DataFrame) -> pd.Series:
    """Return the standard deviations in which distances are measured, by figure."""
    squares = table["sigma"].fillna(0.0) ** 2 + table["run_sd"] ** 2
    squares += (targets.DISCREPANCY_SHARE * table["observed"]) ** 2
    return pd.Series(np.sqrt(squares).to_numpy(), table["target"])


def _apart(table: pd.DataFrame) -> dict[str, float]:
    # A bound has no distance on its right side, where slopes need one.
    beyond = (table["mean"] - table["observed"]) / spread_of(table).to_numpy()
    far = table["distance"].where(table["bound"] == "value", beyond)
    return dict(zip(table["target"], far.fillna(0.0), strict=True))
