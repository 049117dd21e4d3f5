"""Both ends of an effect in tables, sentences and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sim.figures.draw import source
from sim.figures.rows import THICK, THIN, Dots, rows
from sim.figures.style import CHINA, INK, Look
from sim.runs.dataset import Results
from sim.runs.numbers import level, shown
from sim.studies.report import NONE, Table, more, signed
from sim.studies.tilting import ENDS, LEAST, MOST, Criterion, End, Judgement, Tried, World
from sim.studies.worlds import Question
from sim.world.documented import target_label

# Figures in a cell.
NAMED = 3
NAMES = {LEAST: "smallest", 0: "plausible sets", MOST: "largest"}
INNER = (
    "An inner bound: a wider search may find worlds farther out. Each end was run again on other"
    " draws than those of the search, and only these numbers are shown. Held-out figures decide"
    " nothing."
)
NONE_TRIED = "no world tried is farther out"


@dataclass(frozen=True)
class Found:
    """Both ends next to the plausible sets, in tables and sentences.

    Attributes:
        again: Worlds on the draws of the verification, the plausible sets first.
        runs: All simulations.
    """

    question: Question
    criterion: Criterion
    again: Tried
    ends: Mapping[int, End]
    tried: Tried
    runs: int

    @property
    def retained(self) -> Judgement:
        return self.again[World()]

    @property
    def admitted(self) -> int:
        before = self.tried[World()]
        return sum(self.criterion.admits(judged, before) for judged in self.tried.values())

    @property
    def judged(self) -> dict[int, Judgement | None]:
        return {LEAST: self.ends[LEAST].judged, 0: self.retained, MOST: self.ends[MOST].judged}

    @property
    def allowed(self) -> str:
        if self.criterion.within is None:
            return "miss no fitted figure and no weak check"
        return f"are within {self.criterion.within:g} of the plausible sets' distance from figures"

    @property
    def table(self) -> pd.DataFrame:
        frame = pd.DataFrame([_numbers(judged) for judged in self.judged.values()])
        frame.insert(0, "end", [NAMES[end] for end in self.judged])
        stops = [self.ends[end].stopped_by if end else () for end in self.judged]
        return frame.assign(stopped_by=[" ".join(names) for names in stops])

    @property
    def moves(self) -> pd.DataFrame:
        worlds = {end: self.ends[end].world for end in ENDS}
        values = {end: self.question.settings(w) if w else {} for end, w in worlds.items()}
        start = self.question.settings(self.question.start)
        factors = {factor.name: factor for factor in self.question.factors}
        names = [name for world in worlds.values() if world for name in world.places]
        order = sorted({*names}, key=lambda name: (-names.count(name), names.index(name)))
        table = []
        for name in order:
            ends = (values[end].get(name) for end in ENDS)
            of = factors[name]
            table.append((name, of.title, of.unit, start[name], *ends))
        columns = ["parameter", "title", "unit", "from", *(NAMES[end] for end in ENDS)]
        return pd.DataFrame(table, columns=columns)

    @property
    def worlds(self) -> pd.DataFrame:
        table = []
        for draws, every in (("search", self.tried), ("verification", self.again)):
            for world, judged in every.items():
                names = {"end": NAMES[world.end], "step": world.step, "share": world.share}
                admitted = self.criterion.admits(judged, every[World()])
                table.append({"draws": draws, **names, "admitted": admitted, **_numbers(judged)})
        return pd.DataFrame(table)

    @property
    def shown(self) -> list[str | Table]:
        measure, factors = self.question.measure, {f.name: f for f in self.question.factors}
        sign = shown if measure.is_level else signed
        table = []
        for end, judged in self.judged.items():
            name = NAMES[end] if end == 0 else f"{NAMES[end]}, inner bound"
            if judged is None:
                table.append((name, "no world verified", NONE, NONE, NONE, self._stops(end)))
                continue
            mean = f"{sign(judged.mean)} ± {shown((judged.high - judged.low) / 2.0)}"
            total = f"{judged.total:.1f} ± {2.0 * judged.total_error:.1f}"
            ranged = f"{shown(judged.q05)} to {shown(judged.q95)}"
            missed = _named([*judged.missed, *judged.held_out_missed])
            table.append((name, mean, ranged, missed, total, self._stops(end) if end else NONE))
        columns = [
            "", f"mean, {measure.unit} (95%)", "90% of runs", "figures missed", "distance",
            "stopped by",
        ]  # fmt: skip
        moves = self.moves
        for name in ("from", *(NAMES[end] for end in ENDS)):
            cells = zip(moves["parameter"], moves[name], strict=True)
            moves[name] = [
                NONE if pd.isna(v) else level(v, factors[of].to_dict()) for of, v in cells
            ]
        held = "Moved in all sets at once, from the plausible sets' mean"
        failed = sum(len(end.failed) for end in self.ends.values())
        return [
            Table(
                pd.DataFrame(table, columns=columns), f"{self.words}: worlds that {self.allowed}"
            ),
            *([Table(moves[["parameter", *moves.columns[3:]]], held)] if len(moves) else []),
            f"Tried: {len(self.tried)} worlds, of which {self.admitted} {self.allowed}. Run again"
            f" on other draws and left out: {failed}. Simulations: {self.runs:,}.",
            INNER,
        ]

    @property
    def words(self) -> str:
        measure = self.question.measure
        if measure.is_level:
            return f"{self.question.title}: {measure.words}, {measure.year}"
        return f"{self.question.title}: change in {measure.words} by {measure.year}"

    def _stops(self, end: int) -> str:
        found = self.ends[end]
        return _named(found.stopped_by) if found.stopped_by else NONE_TRIED


def _numbers(judged: Judgement | None) -> dict[str, Any]:
    if judged is None:
        return {}
    return {
        "mean": judged.mean,
        "standard_error": judged.error,
        "low": judged.low,
        "high": judged.high,
        "q05": judged.q05,
        "q95": judged.q95,
        "distance": judged.total,
        "distance_error": judged.total_error,
        "missed": " ".join(judged.missed),
        "missed_held_out": " ".join(judged.held_out_missed),
    }


def _named(figures: Sequence[str]) -> str:
    words = [*map(target_label, figures[:NAMED]), *more(len(figures) - NAMED)]
    return "; ".join(words) or "none"


def figure_of(results: Results, found: Found) -> Figure:
    known = {end: judged for end, judged in found.judged.items() if judged}
    frame = pd.DataFrame([_numbers(judged) for judged in known.values()])
    measure = found.question.measure
    ends = [known[end].mean for end in ENDS if end in known]
    sign = shown if measure.is_level else signed
    span = f"{' to '.join(map(sign, ends))}{' ' * (measure.unit != '%')}{measure.unit}"
    of = f"{'level' if measure.is_level else 'effect'} of {span} by {measure.year}"
    of = f"{span} of {measure.words}" if measure.years else of
    missing = "".join(f"; {NAMES[end]}: none verified" for end in ENDS if end not in known)
    finding = (
        f"{found.question.title}: {of} in worlds that {found.allowed}, an inner bound{missing}"
        if ends
        else f"{found.question.title}: of worlds that {found.allowed}, none was verified"
    )
    look = Look("", CHINA)
    runs = Dots(
        replace(look, colour=INK, marker=""), frame["mean"], frame["q05"], frame["q95"], THIN
    )
    means = Dots(look, frame["mean"], frame["low"], frame["high"], THICK)
    stops = {end: found.ends[end].stopped_by for end in ENDS}
    labels = [
        f"{NAMES[end]}; stopped by: {_named(stops[end])}" if stops.get(end) else NAMES[end]
        for end in known
    ]
    return rows(
        finding,
        labels,
        [runs, means],
        f"{found.words}. Dot and thick line: mean of the runs, with 95% interval; thin line: 90% of"
        " runs. Parameters are moved in all plausible sets at once.",
        source(results),
        zero=not measure.is_level,
        unit=measure.unit,
    )  # fmt: skip
