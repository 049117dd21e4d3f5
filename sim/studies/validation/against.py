"""Scoring the model against a list of states that a user brings.

Scored are recorded probabilities: what the model's observer would have put on such a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim.arrays import Flags, Floats
from sim.results.effects import wilson
from sim.studies.validation.naive import INCOME, MEMBER, POPULATION, measures, ranks
from sim.world.seeds import Seeds

CONFIDENCE = 0.95
"""Of the intervals."""
Z95 = 1.959963984540054
"""Half the width of a 95 % interval of a normal distribution, in standard deviations."""
THRESHOLD = 0.5
"""Probability from which on a state is called."""
FEW_STATES = 100
"""Below so many states the calibration curve has five bins rather than ten."""
FEW_BINS, MANY_BINS = 5, 10


class ScoreRow(NamedTuple):
    """A row of `scores.csv`.

    Attributes:
        score: What is counted or measured.
        value: What it is.
        low: Of its 95 % interval, if it has one.
        high: Of that interval.
        states: How many states it is of, where it is of a part of them.
        note: How it was found.
    """

    score: str
    value: float
    low: float | None = None
    high: float | None = None
    states: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Auc:
    """Area under the curve: the chance that a listed 1 has a higher score than a listed 0.

    Attributes:
        value: 0.5 is a coin's, 1 perfect.
        low: Of the 95 % interval.
        high: Of it.
        method: How the interval was found.
    """

    value: float
    low: float
    high: float
    method: str

    def row(self, name: str) -> ScoreRow:
        """Return its row in `scores.csv`."""
        return ScoreRow(name, self.value, self.low, self.high, note=self.method)


def auc(scores: Floats, truth: Flags) -> Auc:
    """Return the area under the curve with a 95 % interval; ties count half.

    The interval is DeLong's (DeLong et al. 1988) on the logit scale, which keeps it within 0 and 1.
    Where that has no width (a perfect ranking, or a single state of a kind) it is Newcombe's
    (2006, method 5). Both take states as independent of each other, which neighbours are not.

    Args:
        scores: One a state.
        truth: Which states are 1; both kinds must be there.
    """
    positive, negative = scores[truth], scores[~truth]
    if not len(positive) or not len(negative):
        raise ValueError("there must be states of both kinds")
    together = ranks(np.concatenate([positive, negative]))
    of_positive = (together[: len(positive)] - ranks(positive)) / len(negative)
    of_negative = 1.0 - (together[len(positive) :] - ranks(negative)) / len(positive)
    value = float(of_positive.mean())
    if min(len(positive), len(negative)) > 1 and 0.0 < value < 1.0:
        variance = sum(float(x.var(ddof=1)) / len(x) for x in (of_positive, of_negative))
        if variance > 0.0:
            centre = np.log(value / (1.0 - value))
            reach = Z95 * np.sqrt(variance) / (value * (1.0 - value))
            low, high = (float(1.0 / (1.0 + np.exp(-(centre + s * reach)))) for s in (-1.0, 1.0))
            return Auc(value, low, high, "DeLong")
    return Auc(value, *_newcombe(value, len(positive), len(negative)), "Newcombe")


def _newcombe(value: float, positive: int, negative: int) -> tuple[float, float]:
    """Interval of values whose own standard error would allow the one found."""
    from scipy.optimize import brentq

    mean = (positive + negative) / 2.0 - 1.0

    def error(area: float) -> float:
        more = mean * ((1.0 - area) / (2.0 - area) + area / (1.0 + area))
        return float(np.sqrt(area * (1.0 - area) * (1.0 + more) / (positive * negative)))

    def beyond(area: float, side: float) -> float:
        return side * (value - area) - Z95 * error(area)

    # At 0 and 1 the error is 0, so that the value itself would solve the equation.
    aside = 1e-9
    low = 0.0 if value <= aside else brentq(beyond, 0.0, min(value, 1.0 - aside), args=(1.0,))
    high = 1.0 if value >= 1.0 - aside else brentq(beyond, max(value, aside), 1.0, args=(-1.0,))
    return float(low), float(high)


@dataclass(frozen=True)
class Bin:
    """States of like probability: how many of them are 1 on the list.

    Attributes:
        low: Least probability.
        high: Probability below which they lie; the last bin holds 1 too.
        states: How many there are.
        mean: Their mean probability.
        share: Share of them that is 1.
        share_low: Wilson's 95 % interval.
        share_high: Of it.
    """

    low: float
    high: float
    states: int
    mean: float
    share: float
    share_low: float
    share_high: float


def calibration(scores: Floats, truth: Flags) -> list[Bin]:
    """Return the calibration curve in bins of equal width; empty bins are left out."""
    count = FEW_BINS if len(scores) < FEW_STATES else MANY_BINS
    place = np.minimum((scores * count).astype(int), count - 1)
    found = []
    for at in np.unique(place).tolist():
        chosen = place == at
        states, hits = int(chosen.sum()), int(truth[chosen].sum())
        mean, ends = float(scores[chosen].mean()), wilson(hits / states, states, CONFIDENCE)
        found.append(Bin(at / count, (at + 1) / count, states, mean, hits / states, *ends))
    return found


def top(scores: Floats, count: int) -> Flags:
    """Return which states have the highest scores; ties go to the first in order."""
    called = np.zeros(len(scores), dtype=bool)
    called[np.argsort(-scores, kind="stable")[:count]] = True
    return called


@dataclass(frozen=True)
class Scored:
    """A state of the list.

    Attributes:
        iso3: Its code.
        name: Its name.
        region: Its region.
        listed: What the list says.
        probability: What the model says.
        called: Whether the model calls it, from a probability of `THRESHOLD` on.
        called_top: Whether it is among the k highest, k being the list's ones.
    """

    iso3: str
    name: str
    region: str
    listed: bool
    probability: float
    called: bool
    called_top: bool

    def outcome(self, *, by_rank: bool = False) -> str:
        """Return what a call is beside the list, one of `OUTCOMES`; see :meth:`Score.named`."""
        called = self.called_top if by_rank else self.called
        if self.listed:
            return "hit" if called else "miss"
        return "false alarm" if called else "right no"


OUTCOMES = ("hit", "miss", "false alarm", "right no")


@dataclass(frozen=True)
class Score:
    """The model against a list.

    Attributes:
        states: Those of the list, by falling probability.
        absent: How many of the model's states the list leaves out.
        auc: The model's.
        naive: That of each naive ranking.
        brier: Mean squared distance between probability and list.
        base: That of giving every state the list's share of ones.
        bins: The calibration curve.
    """

    states: Sequence[Scored]
    absent: int
    auc: Auc
    naive: Mapping[str, Auc]
    brier: float
    base: float
    bins: Sequence[Bin]

    @property
    def ones(self) -> int:
        """How many states are 1 on the list."""
        return sum(state.listed for state in self.states)

    @property
    def skill(self) -> float:
        """Share of the base rate's Brier score that the model saves; below 0 it is worse."""
        return 1.0 - self.brier / self.base

    def named(self, outcome: str, *, by_rank: bool = False) -> list[str]:
        """Names of the states of one outcome, the likeliest first.

        Args:
            outcome: One of `OUTCOMES`.
            by_rank: Whether the highest k are called, rather than those from `THRESHOLD` on.
        """
        return [one.name for one in self.states if outcome == one.outcome(by_rank=by_rank)]

    def rows(self) -> list[dict[str, Any]]:
        """Rows of `scores.csv`."""
        rows = [
            ScoreRow("states on the list", len(self.states)),
            ScoreRow("of them 1", self.ones),
            ScoreRow("states left out", self.absent, note="not on the list; not scored"),
            self.auc.row("AUC"),
            ScoreRow("Brier score", self.brier),
            ScoreRow("Brier score of the base rate", self.base),
            ScoreRow("Brier skill", self.skill),
            *(area.row(f"AUC by {name}") for name, area in self.naive.items()),
        ]
        for by_rank, how in ((False, f"from {THRESHOLD} on"), (True, f"the top {self.ones}")):
            for outcome in OUTCOMES:
                count = len(self.named(outcome, by_rank=by_rank))
                rows.append(ScoreRow(f"{outcome}, calling {how}", count))
        for one in self.bins:
            span, mean = f"{one.low:.1f} to {one.high:.1f}", f"{one.mean:.3f}"
            rows.append(
                ScoreRow(
                    f"share of 1, probability {span}", one.share, one.share_low, one.share_high,
                    one.states, f"mean probability {mean}; Wilson",
                )
            )  # fmt: skip
        return [row._asdict() for row in rows]

    def state_rows(self) -> list[dict[str, Any]]:
        """Rows of `countries_scored.csv`."""
        return [
            {
                "iso3": s.iso3,
                "name": s.name,
                "region": s.region,
                "listed": int(s.listed),
                "probability": s.probability,
                "outcome": s.outcome(),
                "outcome_top": s.outcome(by_rank=True),
            }
            for s in self.states
        ]


def score(listed: Mapping[str, bool], probability: Floats, seeds: Seeds, year: int) -> Score:
    """Score probabilities against a list.

    Args:
        listed: What the list says by code; both kinds are there.
        probability: Probabilities of all states, in the order of the seeds.
        seeds: The tables.
        year: Whose end is scored; naive rankings are those of that year.
    """
    rows = np.array([row for row, state in enumerate(seeds.countries) if state.iso3 in listed])
    states = [seeds.countries[row] for row in rows]
    truth = np.array([listed[state.iso3] for state in states])
    scores = probability[rows]
    share = float(truth.mean())
    called, called_top = scores >= THRESHOLD, top(scores, int(truth.sum()))
    scored = [
        Scored(
            state.iso3, state.name, state.region, bool(truth[at]), float(scores[at]),
            bool(called[at]), bool(called_top[at]),
        )
        for at, state in enumerate(states)
    ]  # fmt: skip
    known = measures(seeds, year)
    naive = {
        "population alone": known[POPULATION],
        "income alone, low first": -known[INCOME],
        "income alone, high first": known[INCOME],
        "Belt and Road membership alone": known[MEMBER],
    }
    return Score(
        states=sorted(scored, key=lambda s: -s.probability),
        absent=len(seeds.countries) - len(states),
        auc=auc(scores, truth),
        naive={name: auc(values[rows], truth) for name, values in naive.items()},
        brier=float(np.mean((scores - truth) ** 2)),
        base=share * (1.0 - share),
        bins=calibration(scores, truth),
    )
