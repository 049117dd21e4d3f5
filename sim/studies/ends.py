"""Both ends of an effect in tables, sentences and a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sim.figures.draw import source
from sim.figures.rows import THICK, dots_of, rows
from sim.figures.style import CHINA, INK, Look
from sim.runs.dataset import Results
from sim.runs.numbers import level, shown
from sim.studies.report import NONE, Table, more, signed
from sim.studies.tilting import (
    ENDS,
    LEAST,
    MOST,
    NUMBERS,
    End,
    Judgement,
    Tried,
    World,
)
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
ALLOWED = "miss no fitted figure and no weak check"
NONE_TRIED = "no world tried is farther out"


@dataclass(frozen=True)
class Found:
    """Both ends next to the plausible sets, in tables and sentences.

    Attributes:
        again: Worlds on the draws of the verification, the plausible sets first.
        runs: All simulations.
    """

    question: Question
    again: Tried
    ends: Mapping[int, End]
    tried: Tried
    runs: int

    @property
    def admitted(self) -> int:
        return sum(judged.is_permitted() for judged in self.tried.values())

    @property
    def judged(self) -> dict[int, Judgement | None]:
        return {
            LEAST: self.ends[LEAST].judged,
            0: self.again[World()],
            MOST: self.ends[MOST].judged,
        }

    @property
    def table(self) -> pd.DataFrame:
        stops = [self.ends[end].stopped_by if end else () for end in self.judged]
        frame = pd.DataFrame(map(_numbers, self.judged.values()))
        frame.insert(0, "end", [NAMES[end] for end in self.judged])
        return frame.assign(stopped_by=[*map(" ".join, stops)])

    @property
    def moves(self) -> pd.DataFrame:
        worlds = {NAMES[end]: self.ends[end].world for end in ENDS}
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
        table = [self._row(end, judged) for end, judged in self.judged.items()]
        columns = [
            "", f"mean, {measure.unit} (95%)", "90% of runs", "figures missed", "distance",
            "stopped by",
        ]  # fmt: skip
        factors = {factor.name: factor.to_dict() for factor in self.question.factors}
        for name in ("from", *(NAMES[end] for end in ENDS)):
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

    def _row(self, end: int, judged: Judgement | None) -> tuple[str, ...]:
        name = f"{NAMES[end]}, inner bound" if end else NAMES[end]
        stopped = (_named(self.ends[end].stopped_by) or NONE_TRIED) if end else NONE
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


def _numbers(judged: Judgement | None) -> dict[str, Any]:
    if judged is None:
        return {}
    texts = {name: " ".join(getattr(judged, name)) for name in ("missed", "missed_held_out")}
    return {name: getattr(judged, name) for name in (*NUMBERS, "distance")} | texts


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
    missing = "".join(f"; {NAMES[e]}: none verified" for e in ENDS if NAMES[e] not in found_ends)
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
