"""What validations leave behind: tables and figures, and what people read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sim.results.implausibility import RULED_OUT, VERDICTS
from sim.results.in_words import NOT_FORECASTS
from sim.results.read import Results
from sim.results.table import in_digits
from sim.studies.blocks import Block, Cell, Table
from sim.studies.numbers_as_text import BOUNDS, USES, first_of
from sim.studies.study import Row, Study
from sim.studies.validation.against import OUTCOMES, THRESHOLD, Auc, Bin, Score
from sim.studies.validation.method import Fit, ModelFit
from sim.studies.validation.naive import Departure, Naive
from sim.studies.validation.words import CAVEAT, about_model, sentences

VALIDATION, SUMMARY = "validation.csv", "validation_summary.csv"
SCORES, STATES = "scores.csv", "countries_scored.csv"
NAIVE, NAIVE_TERMS = "naive.csv", "naive_terms.csv"
RANKED = ("iso3", "probability", "model_rank", "naive_rank")
"""What the table of terms says of a state beside them."""
MOST_NAMES = 40
"""States that a line names; the file holds all."""
PLURALS = {
    "hit": "hits", "miss": "misses", "false alarm": "false alarms", "right no": "right noes",
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Validation(Study):
    """The model and null models beside published figures; what :func:`sim.validate` returns.

    Attributes:
        manifest: What identifies the runs of the first.
        fits: Each model beside all targets; first the model under the plausible sets, if it is.
        share: The model's own error, as a share of each figure.
        results: Their runs.
    """

    fits: tuple[ModelFit, ...]
    share: float
    results: tuple[Results, ...]

    ROOM: ClassVar[str] = "validation"
    FACTS: ClassVar[str] = "validation.json"
    FILES: ClassVar[tuple[str, ...]] = (VALIDATION, SUMMARY)
    DRAWN: ClassVar[tuple[str, ...]] = ("validation",)

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a target and model, a target's models together; and their summaries."""
        together = zip(*(fit.fits for fit in self.fits), strict=True)
        return {
            VALIDATION: [fit.row() for of_target in together for fit in of_target],
            SUMMARY: [summary._asdict() for fit in self.fits for summary in fit.summaries()],
        }

    def shown(self) -> dict[str, Any]:
        """Return what the figure takes."""
        return {"fits": self.fits}

    def own_facts(self) -> dict[str, Any]:
        """Return what was compared."""
        models = [{"model": fit.name, "role": fit.role} for fit in self.fits]
        return {"models": models, "discrepancy": self.share, "scenario": self.scenario_name}

    def blocks(self) -> Iterator[Block]:
        """Yield the first beside the figures, then all beside each other."""
        fits = self.fits
        name = fits[0].name + self.settings
        yield Table.of(fits[0].fits, {name: "{0.target.label}", **FITS}, if_wide=("95 %",))
        yield (
            "|I|: distance in standard deviations of observation, single history and a discrepancy"
            f" of {100 * self.share:g} %. {USES} {VERDICTS}"
        )
        model, *rivals = [fit for fit in fits if fit.role != "ensemble"]
        if len(fits) > 1:
            together = zip(*(fit.fits for fit in fits), strict=True)
            yield Table(
                ("standard deviations off", *(fit.name for fit in fits)),
                [(of_target[0].target.label, *map(_off, of_target)) for of_target in together],
            )
            yield OFF
        summaries = [fit.summaries() for fit in fits]
        yield Table(
            ("sum of squares (ruled out of)", "", *(summary.use for summary in summaries[0])),
            [
                (
                    fit.name,
                    fit.role,
                    *(f"{s.sum_of_squares:.1f} ({s.outside} of {s.targets})" for s in found),
                )
                for fit, found in zip(fits, summaries, strict=True)
            ],
        )
        if fits[0].role == "ensemble":
            yield about_model(fits[0])
        yield from sentences(model, rivals)
        if rivals:
            yield CAVEAT
        yield NOT_FORECASTS


@dataclass(frozen=True, repr=False)
class ListScore(Study):
    """The model scored against a user's list of states.

    Attributes:
        manifest: What identifies the runs.
        score: What was found.
        kind: What the list is about: `adopted` or `trained`.
        year: Its year.
        path: Of the list.
        model: Name of the model.
        unread: Columns of the list that were not read.
        results: The runs.
    """

    score: Score
    kind: str
    year: int
    path: Path
    model: str
    unread: tuple[str, ...]
    results: tuple[Results, ...]

    ROOM: ClassVar[str] = "validation"
    FACTS: ClassVar[str] = "against.json"
    FILES: ClassVar[tuple[str, ...]] = (SCORES, STATES)
    DRAWN: ClassVar[tuple[str, ...]] = ("against",)

    def tables(self) -> dict[str, list[Row]]:
        """Return scores, and a row a state."""
        return {SCORES: [*self.score.rows()], STATES: [*self.score.state_rows()]}

    def shown(self) -> dict[str, Any]:
        """Return what the figure takes."""
        from sim.studies.validation.figures import TITLE

        title = TITLE.format(kind=self.kind, year=self.year, list=self.path.name)
        return {"score": self.score, "title": title}

    def own_facts(self) -> dict[str, Any]:
        """Return what was scored."""
        return {
            "model": self.model, "list": self.path.name, "what": self.kind, "year": self.year,
            "scenario": self.scenario_name,
        }  # fmt: skip

    def blocks(self) -> Iterator[Block]:
        """Yield areas, scores, calibration, and the states that were called."""
        found = self.score
        yield (
            f"{self.path}: recorded as {self.kind} by the end of {self.year},"
            f" {self.model}{self.settings}"
        )
        if self.unread:
            yield f"Columns not read: {', '.join(self.unread)}"
        yield (
            f"{len(found.states)} states on the list, {found.ones} of them 1;"
            f" {found.absent} states of the model are not on it and are left out."
        )
        yield Table(
            ("ranking", "area under the ROC curve", "95 % interval"),
            [("the model", *_area(found.auc)), *((n, *_area(a)) for n, a in found.naive.items())],
        )
        brier = {
            "Brier score": f"{found.brier:.3f}",
            "Brier score of the base rate": f"{found.base:.3f}",
            "skill against it": f"{found.skill:+.3f}",
        }
        yield Table(("score", "value"), list(brier.items()))
        yield Table.of(found.bins, BINS)
        for by_rank, how in (
            (False, f"Called from a probability of {THRESHOLD} on"),
            (True, f"Called as the {found.ones} likeliest"),
        ):
            named = {outcome: found.named(outcome, by_rank=by_rank) for outcome in OUTCOMES}
            yield f"{how}: {', '.join(f'{PLURALS[o]} {len(n)}' for o, n in named.items())}."
            for outcome in OUTCOMES[:3]:
                yield f"  {PLURALS[outcome]}: {first_of(named[outcome], MOST_NAMES) or 'none'}"
        yield (
            "Intervals take states as independent, which neighbours are not: they are too narrow."
            f" Probabilities are of being recorded. {NOT_FORECASTS}"
        )


@dataclass(frozen=True, repr=False)
class NaiveRanks(Study):
    """The model's ranking of states beside naive ones.

    Attributes:
        manifest: What identifies the runs.
        model: Name of the model.
        found: What was found, of each kind.
        results: The runs.
    """

    model: str
    found: tuple[Naive, ...]
    results: tuple[Results, ...]

    FACTS: ClassVar[str] = "naive.json"
    FILES: ClassVar[tuple[str, ...]] = (NAIVE, NAIVE_TERMS)

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a kind and naive measure; and a row a kind, state and term."""
        return {
            NAIVE: [
                {"kind": one.kind, "year": one.year, "measure": name, "spearman": rho}
                for one in self.found
                for name, rho in one.correlations.items()
            ],
            NAIVE_TERMS: [
                {
                    "kind": one.kind,
                    "year": one.year,
                    **{name: getattr(d, name) for name in RANKED},
                    "term": term,
                    "logits": logits,
                }
                for one in self.found
                for d in one.departures
                for term, logits in d.terms.items()
            ],
        }

    def own_facts(self) -> dict[str, Any]:
        """Return what was compared."""
        return {"model": self.model, "scenario": self.scenario_name}

    def blocks(self) -> Iterator[Block]:
        """Yield correlations, and the states that the model ranks otherwise."""
        found = self.found
        yield f"States by {self.model}{self.settings}"
        columns = [f"{one.kind}, {one.year}" for one in found]
        yield Table(
            ("Spearman's correlation with", *columns),
            [
                (name, *(f"{one.correlations[name]:+.2f}" for one in found))
                for name in found[0].correlations
            ],
        )
        for one in found:
            kind: dict[str, Cell[Departure]] = {f"{one.kind}, {one.year}": "{0.name}"}
            yield Table.of(one.departures, kind | DEPARTURES)
        yield (
            "Ranked are probabilities of being recorded. Naive rank: mean of the ranks by"
            " population and Belt and Road (more), income and democracy (less). Why: the largest"
            " terms. " + found[0].words
        )


def _within(fit: Fit, low: str, high: str) -> str:
    return f"{in_digits(fit.quantiles[low])} to {in_digits(fit.quantiles[high])}"


def _if_there(cell: Callable[[Fit], str]) -> Callable[[Fit], str]:
    return lambda fit: cell(fit) if fit.has_figure else ""


FITS: dict[str, Cell[Fit]] = {
    "use": "{0.target.use}",
    "observed": lambda fit: BOUNDS.get(fit.target.bound, "") + in_digits(fit.target.value),
    "recorded (90 %)": _if_there(
        lambda fit: f"{in_digits(fit.mean)} ({_within(fit, 'q05', 'q95')})"
    ),
    "95 %": _if_there(lambda fit: _within(fit, "q025", "q975")),
    "|I|": _if_there(lambda fit: f"{fit.implausibility:.1f}"),
    "verdict": lambda fit: fit.verdict or "no figure",
}
BINS: dict[str, Cell[Bin]] = {
    "probability": "{0.low:.1f} to {0.high:.1f}",
    "states": "{0.states}",
    "mean": "{0.mean:.2f}",
    "share of 1": "{0.share:.2f}",
    "95 % interval": "{0.share_low:.2f} to {0.share_high:.2f}",
}
DEPARTURES: dict[str, Cell[Departure]] = {
    "p": "{0.probability:.2f}",
    "model's rank": "{0.model_rank:.0f}",
    "naive rank": "{0.naive_rank:.0f}",
    "why, beside the mean": "{0.reason}",
}
"""Columns of the printed tables."""


OFF = (
    "The same distances, above 0 where the model is too high, 0 where a bound is met. !: beyond"
    f" {RULED_OUT:g}, which rules parameters out; -: it has no such figure. Plausible sets:"
    " parameters that calibration did not rule out;"
    " the others have the defaults. A null model lacks what the model holds to matter, an ablation"
    " one part."
)
"""What the table of all models leaves open."""


def _off(fit: Fit) -> str:
    """The signed distance, marked where it rules out."""
    if not fit.has_figure:
        return "-"
    return f"{fit.deviation:+z.1f}" + (" !" if fit.rules_out else "")


def _area(area: Auc) -> tuple[str, str]:
    return f"{area.value:.3f}", f"{area.low:.3f} to {area.high:.3f}"
