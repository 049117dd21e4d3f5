"""Bounds of an effect: how small and how large it is in worlds that published figures permit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import pandas as pd
from matplotlib.figure import Figure

from sim.arguments import without
from sim.errors import InputError, nearest
from sim.estimates.targets import COUNTERPARTS
from sim.experiment import Experiment, plausible_factors
from sim.figures.draw import change_unit, scale_of, source, unit_of
from sim.figures.findings import lowered
from sim.figures.rows import THICK, dots_of, rows
from sim.figures.style import CHINA, INK, Look
from sim.runs.dataset import Results
from sim.runs.numbers import level, shown
from sim.runs.progress import Progress
from sim.runs.progress import shown as telling
from sim.runs.runner import Confirm
from sim.scenario import BASELINE, Scenario
from sim.scenario.keys import settings_of
from sim.scenario.own_groups import split_outcome
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import DEFAULT
from sim.scenario.withdrawal import WITHDRAWN, WITHOUT, year_before_withdrawal
from sim.studies import sources, tilting
from sim.studies.report import NONE, Report, Table, more, signed
from sim.studies.retention import MARKS, MEASURES
from sim.studies.worlds import Measure, Question, written
from sim.world.documented import target_label

# Pairs of runs at each world that is tried; and how many times as many tell slopes at the plausible
# sets as elsewhere.
SEARCHED, FIRST = 128, 6
# Bits of the seed that verification flips, so that no end owes its place to the search's draws.
LUCK = 0x2545F491
YEAR = 2040
# Figures in a cell.
NAMED = 3
NAMES = {tilting.LEAST: "smallest", 0: "plausible sets", tilting.MOST: "largest"}
INNER = (
    "An inner bound: a wider search may find worlds farther out. Each end was run again on other"
    " draws than those of the search, and only these numbers are shown. Held-out figures decide"
    " nothing."
)
ALLOWED = "miss no fitted figure and no weak check"
NONE_TRIED = "no world tried is farther out"
SURVIVAL = {f"{measure}_{years}": years for measure in MEASURES for years in MARKS}


@without("defaults", "countries", "where")
def bounds(
    scenario: str | Path = BASELINE,
    *,
    outcome: str = "working",
    year: int | None = None,
    parameters: str | Sequence[str] | None = None,
    write: Path | str | None = None,
    **options: Unpack[sources.RunOptions],
) -> Report:
    """Find the smallest and largest mean effect of a scenario that published figures permit.

    A world keeps the plausible sets, and moves a few parameters of all of them within their
    plausible ranges, as far as no figure is missed.

    Args:
        scenario: A name or file, compared with the baseline; one that takes away a reason when
            the offer ends, with that end. Of the baseline, bounds are of the outcome's level.
        outcome: The outcome, or a share that `persistence` counts: `surviving_10`.
        year: At the end of which year; None: 2040.
        parameters: Only these move; None: 16 on which the effect depends.
        write: A folder for both worlds, as files: run a scenario there by `no-training+DIR/….toml`.
        **options: See :class:`sim.studies.sources.RunOptions`; `runs` are those of each end, 256.

    Examples:
        >>> few = {"parameters": "procurement.base", "runs": 4, "set": {"horizon.end": 2005}}
        >>> found = sim.bounds("no-training", outcome="adopters", year=2005, **few)
        >>> sorted(found.tables)
        ['bounds', 'moves', 'worlds']
    """
    seed = sources.whole_number(options.get("seed"), sources.SEED, "--seed", 0)
    runs = sources.number_of_runs(options, sources.RUNS)
    if write is not None and options.get("set"):
        raise InputError("--write: a world's file has no values of --set; give a scenario file")
    question = _question(scenario, outcome, year, parameters, options)
    pairs, steps = min(SEARCHED, runs), len(tilting.ENDS) * tilting.ROUNDS
    total = runs * (FIRST + steps + 1) + (1 + steps * len(tilting.SHARES)) * pairs
    with telling(options.get("progress")) as progress:
        stages = Stages(question, options, total * len(question.scenarios), progress)
        tried = tilting.search(
            partial(stages.evaluate, "search", pairs, seed),
            partial(stages.screen, runs, seed),
            tilting.MOST_MOVED if parameters is None else None,
        )
        again, ends = tilting.verify(
            partial(stages.evaluate, "verification", runs, seed ^ LUCK), tried
        )
        if progress:  # fewer runs than planned, where worlds fail early or none is farther out
            progress(stages.done, stages.done)
    retained = tilting.End(tilting.World(), again[tilting.World()], {}, ())
    three = {tilting.LEAST: ends[tilting.LEAST], 0: retained, tilting.MOST: ends[tilting.MOST]}
    found = Found(question, again, three, tried, stages.done)
    results = stages.results["verification-1"]
    files = written(question, ends, Path(write), options.get("fresh", False)) if write else []
    saved = f"Worlds: {', '.join(map(str, files))}"
    return Report(
        kind="bounds",
        results=results,
        tables={"bounds": found.table, "moves": found.moves, "worlds": found.worlds},
        shown=[*found.shown, *[saved] * bool(files)],
        figures={"bounds": partial(figure_of, results, found)},
        facts={
            "seed": seed,
            "seed_of_ends": seed ^ LUCK,
            "measured": question.measure.words,
            "unit": question.measure.unit,
            "tried": len(tried),
            "admitted": found.admitted,
            "simulations": stages.done,
        },
    )


def _question(
    scenario: str | Path,
    outcome: str,
    year: int | None,
    parameters: str | Sequence[str] | None,
    options: sources.RunOptions,
) -> Question:
    reference = WITHDRAWN if scenario in WITHOUT else BASELINE
    names = [BASELINE] if scenario == BASELINE else [reference, scenario]
    loaded = sources.scenarios_from(names, options)
    measure = _measure(loaded[-1], outcome, year, is_level=len(names) == 1)
    # Later years cost time and change neither the effect nor a figure.
    last = max(measure.year, *(max(entry.years) for entry in COUNTERPARTS.values()))
    if last < loaded[-1].horizon.end:
        settings = {**settings_of(options.get("set")), "horizon.end": last}
        loaded = sources.scenarios_from(names, {**options, "set": settings})
    first, other, sets = loaded[0], loaded[-1], shipped_plausible()
    factors = plausible_factors(other, parameters)
    given = [f"{f.name} is set by {s.origins[f.name]}" for f in factors for s in (first, other)
             if s.origins[f.name] != DEFAULT]  # fmt: skip
    if parameters is None:
        drawn = [f for f in factors if f.name in sets.keys]
        factors = tuple(f for f in drawn if first.origins[f.name] == DEFAULT)
    elif given:
        raise InputError(given, "parameters that worlds move are of no file:")
    labels = sources.numbered([each.name for each in loaded])
    return Question(dict(zip(labels, loaded, strict=True)), measure, factors, sets)


def _measure(scenario: Scenario, outcome: str, year: int | None, *, is_level: bool) -> Measure:
    plain, start, end = split_outcome(outcome)[0], scenario.horizon.start, scenario.horizon.end
    register = scenario.rules.register
    if plain not in {*register, *SURVIVAL}:
        raise InputError(f"no outcome {plain!r}{nearest(plain, [*register, *SURVIVAL])}")
    if years := SURVIVAL.get(outcome):
        since = year_before_withdrawal(scenario.events)
        if since is None or year is not None:
            why = f"{scenario.name} does not end it" if since is None else "leave out --year"
            raise InputError(f"{outcome} is counted from the end of China's offer: {why}")
        if since + years > end:
            raise InputError(f"{outcome}: runs end in {end}; allowed: {since + years} or later")
        kind = outcome.partition("_")[0]
        words = f"systems of {since} {kind} after {years} years"
        is_level = is_level or scenario.name not in WITHOUT
        unit = "%" if is_level else "percentage points"
        return Measure(outcome, since + years, words, unit, 1.0, years, since, is_level)
    year = YEAR if year is None else year
    if not start <= year <= end:
        raise InputError(f"--year {year}: allowed: {start} to {end}")
    of = register[plain]
    words = f"{lowered(of.label)}{outcome.removeprefix(plain)}"
    unit = unit_of(of) if is_level else change_unit(of)
    return Measure(outcome, year, words, unit, scale_of(of), is_level=is_level)


@dataclass
class Stages:
    """Runs of the study's designs, each in its own folder, with one count of all.

    Attributes:
        planned: Runs of all stages; grows if more are needed.
        done: Runs of the stages that are done.
        results: Of each design, by its name.
    """

    question: Question
    options: sources.RunOptions
    planned: int
    progress: Progress | None
    done: int = 0
    results: dict[str, Results] = field(default_factory=dict)

    def run(self, design: Experiment) -> Results:
        self.planned = max(self.planned, self.done + design.runs)
        asked = None if self.question.measure.years else self.question.measure.name
        # The first stage asks once, for all.
        confirm = None if self.done else self.options.get("confirm")
        options: sources.RunOptions = {
            **sources.limiting(sources.within(self.options, design.name), asked),
            "progress": self._told if self.progress else None,
            "confirm": confirm and partial(self._confirm, confirm),
        }
        results = sources.run_experiment(design, options)
        self.done += design.runs
        self.results[design.name] = results.asking(outcomes=asked)
        return self.results[design.name]

    def _next(self, stage: str) -> int:
        return sum(name.startswith(stage) for name in self.results) + 1

    def screen(self, runs: int, seed: int, world: tilting.World) -> tilting.Slopes:
        number = self._next("screening")
        # Other draws each time, so that the mean of slopes has less noise.
        name, seed = f"screening-{number}", seed ^ number
        runs *= 1 if world.end else FIRST
        design, places = self.question.screening(world, runs, seed, name)
        return self.question.slopes(self.run(design), places)

    def evaluate(
        self, stage: str, runs: int, seed: int, worlds: Sequence[tilting.World]
    ) -> list[tilting.Judgement]:
        design = self.question.design(worlds, runs, seed, f"{stage}-{self._next(stage)}")
        return self.question.judge(self.run(design))

    def _told(self, done: int, _: int) -> None:
        if self.progress:
            self.progress(self.done + done, self.planned)

    def _confirm(self, confirm: Confirm, runs: int, seconds: float, megabytes: float) -> None:
        times = self.planned / runs
        confirm(self.planned, times * seconds, times * megabytes)


@dataclass(frozen=True)
class Found:
    """Both ends next to the plausible sets, in tables and sentences.

    Attributes:
        again: Worlds on the draws of the verification, the plausible sets first.
        ends: The smallest, the plausible sets (0) and the largest.
        runs: All simulations.
    """

    question: Question
    again: tilting.Tried
    ends: Mapping[int, tilting.End]
    tried: tilting.Tried
    runs: int

    @property
    def admitted(self) -> int:
        return sum(judged.is_permitted() for judged in self.tried.values())

    @property
    def table(self) -> pd.DataFrame:
        frame = pd.DataFrame([_numbers(of.judged) for of in self.ends.values()])
        frame.insert(0, "end", [NAMES[end] for end in self.ends])
        return frame.assign(stopped_by=[" ".join(of.stopped_by) for of in self.ends.values()])

    @property
    def moves(self) -> pd.DataFrame:
        worlds = {NAMES[end]: self.ends[end].world for end in tilting.ENDS}
        moved = Counter(name for world in worlds.values() if world for name in world.places)
        factors = {factor.name: factor for factor in self.question.factors}
        start = self.question.settings(self.question.start)
        frame = pd.DataFrame({"parameter": [name for name, _ in moved.most_common()]})
        frame["title"] = [factors[name].title for name in frame["parameter"]]
        frame["unit"] = [factors[name].unit for name in frame["parameter"]]
        frame["from"] = [start[name] for name in frame["parameter"]]
        for end, world in worlds.items():
            values = self.question.settings(world) if world else {}
            frame[end] = [values.get(name) for name in frame["parameter"]]
        return frame

    @property
    def worlds(self) -> pd.DataFrame:
        table = []
        for draws, every in (("search", self.tried), ("verification", self.again)):
            for world, judged in every.items():
                names = {"end": NAMES[world.end], "step": world.step, "share": world.share}
                names["admitted"] = judged.is_permitted()
                table.append({"draws": draws, **names, **_numbers(judged)})
        return pd.DataFrame(table)

    @property
    def shown(self) -> list[str | Table]:
        measure, moves = self.question.measure, self.moves
        table = [self._row(NAMES[end], of) for end, of in self.ends.items()]
        columns = [
            "", f"mean, {measure.unit} (95%)", "90% of runs", "figures missed", "distance",
            "stopped by",
        ]  # fmt: skip
        factors = {factor.name: factor.to_dict() for factor in self.question.factors}
        for name in ("from", *(NAMES[end] for end in tilting.ENDS)):
            cells = zip(moves["parameter"], moves[name], strict=True)
            moves[name] = [NONE if pd.isna(v) else level(v, factors[of]) for of, v in cells]
        held = "Moved in all sets at once, from the plausible sets' mean"
        failed = sum(len(end.failed) for end in self.ends.values())
        return [
            Table(pd.DataFrame(table, columns=columns), f"{self.words}: worlds that {ALLOWED}"),
            *([Table(moves.drop(columns=["title", "unit"]), held)] if len(moves) else []),
            f"Tried: {len(self.tried)} worlds, of which {self.admitted} {ALLOWED}. Run again"
            f" on other draws and left out: {failed}. Simulations: {self.runs:,}.",
            INNER,
        ]

    def _row(self, name: str, end: tilting.End) -> tuple[str, ...]:
        stopped, judged = NONE, end.judged
        if name != NAMES[0]:
            name, stopped = f"{name}, inner bound", _named(end.stopped_by) or NONE_TRIED
        if judged is None:
            return name, "no world verified", NONE, NONE, NONE, stopped
        mean = f"{self.sign(judged.mean)} ± {shown((judged.high - judged.low) / 2.0)}"
        ranged = f"{shown(judged.q05)} to {shown(judged.q95)}"
        missed = _named([*judged.missed, *judged.missed_held_out]) or "none"
        return name, mean, ranged, missed, f"{judged.distance:.1f}", stopped

    @property
    def sign(self) -> Callable[[float], str]:
        return shown if self.question.measure.is_level else signed

    @property
    def words(self) -> str:
        measure = self.question.measure
        if measure.is_level:
            return f"{self.question.title}: {measure.words}, {measure.year}"
        return f"{self.question.title}: change in {measure.words} by {measure.year}"


def _numbers(judged: tilting.Judgement | None) -> dict[str, Any]:
    if judged is None:
        return {}
    texts = {name: " ".join(getattr(judged, name)) for name in ("missed", "missed_held_out")}
    return {name: getattr(judged, name) for name in (*tilting.NUMBERS, "distance")} | texts


def _named(figures: Sequence[str]) -> str:
    return "; ".join([*map(target_label, figures[:NAMED]), *more(len(figures) - NAMED)])


def figure_of(results: Results, found: Found) -> Figure:
    measure, frame = found.question.measure, found.table
    frame = frame[frame["mean"].notna()].reset_index(drop=True)
    ends = frame.loc[frame["end"] != NAMES[0], "mean"]
    span = f"{' to '.join(map(found.sign, ends))}{' ' * (measure.unit[0] != '%')}{measure.unit}"
    of = f"{'level' if measure.is_level else 'effect'} of {span} by {measure.year}"
    of = f"{span} of {measure.words}" if measure.years else of
    found_ends = set(frame["end"])
    missing = "".join(
        f"; {NAMES[e]}: none verified" for e in tilting.ENDS if NAMES[e] not in found_ends
    )
    finding = (
        f"{found.question.title}: {of} in worlds that {ALLOWED}, an inner bound{missing}"
        if len(ends)
        else f"{found.question.title}: of worlds that {ALLOWED}, none was verified"
    )
    look = Look("", CHINA)
    labels = [
        f"{row.end}; stopped by: {_named(row.stopped_by.split())}" if row.stopped_by else row.end
        for row in frame.itertuples()
    ]
    return rows(
        finding,
        labels,
        [
            dots_of(replace(look, colour=INK, marker=""), frame),
            dots_of(look, frame, "low", "high", line=THICK),
        ],
        f"{found.words}. Dot and thick line: mean of the runs, with 95% interval; thin line: 90% of"
        " runs. Parameters are moved in all plausible sets at once.",
        source(results),
        zero=not measure.is_level,
        unit=measure.unit,
    )
