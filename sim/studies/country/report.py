"""What is left behind of states' stories: tables, and what people read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.studies.country.story import CountryStory, Likelihood, Timing
from sim.studies.reasons import QUESTIONS, in_order
from sim.studies.study import Block, Row, Study, Table, plain

PROBABILITIES, TIMINGS, REASONS = "probabilities.csv", "timings.csv", "reasons.csv"
DISCLAIMER = "Scenarios, not forecasts: a probability is a share of runs of this model."


@dataclass(frozen=True)
class Stories(Study):
    """Stories of some states; what :func:`sim.country` returns.

    Attributes:
        manifest: What identifies the runs.
        stories: One a state.
        words: What the terms of their leanings mean, or why there are none.
    """

    manifest: Mapping[str, Any]
    stories: Sequence[CountryStory]
    words: str

    FACTS: ClassVar[str] = "country.json"
    FILES: ClassVar[tuple[str, ...]] = (PROBABILITIES, TIMINGS, REASONS)

    @property
    def origin(self) -> dict[str, str]:
        """Scenario, seed and version of the runs."""
        return {
            "scenario": str(self.manifest["scenario"]["name"]),
            "seed": str(self.manifest["seed"]),
            "version": str(self.manifest["version"]),
        }

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a state and probability, a state and date, a state, question and term."""
        return {
            PROBABILITIES: [
                {"iso3": story.iso3, "about": about, **vars(row)}
                for story in self.stories
                for about, rows in (
                    ("happened", story.happened),
                    ("contracts", story.contracts),
                    ("recorded", story.recorded),
                )
                for row in rows
            ],
            TIMINGS: [
                {
                    "iso3": story.iso3,
                    "key": timing.key,
                    "label": timing.label,
                    **dict(zip(("q25", "q50", "q75"), timing.quartiles, strict=True)),
                }
                for story in self.stories
                for timing in story.timings
            ],
            REASONS: [
                {"iso3": story.iso3, "question": question, "term": term, "logits": logits}
                for story in self.stories
                for question, terms in (story.reasons or {}).items()
                for term, logits in terms.items()
            ],
        }

    def facts(self) -> dict[str, Any]:
        """Return the stories as plain data; those of several states in a list."""
        stories = [story.to_dict() for story in self.stories]
        return self.origin | (stories[0] if len(stories) == 1 else {"states": stories})

    def to_dict(self) -> dict[str, Any]:
        """Return the facts, which hold the tables."""
        found: dict[str, Any] = plain(self.facts())
        return found

    def blocks(self) -> Iterator[Block]:
        """Yield one story after the other."""
        for story in self.stories:
            yield from self._story(story)
        yield self.words
        yield DISCLAIMER

    def _story(self, story: CountryStory) -> Iterator[Block]:
        origin = self.origin
        yield f"{story.name} ({story.iso3})"
        yield Table(("what is known", ""), list(story.facts.items()))
        yield (
            f"In {story.runs} runs of {origin['scenario']} (seed {origin['seed']}) to"
            f" {story.last_year}:"
        )
        yield Table(
            ("year", "median", "quartiles"), [_timing_cells(t, story) for t in story.timings]
        )
        yield _likelihoods(story, story.happened)
        if story.contracts_opened is not None:
            yield (
                f"Contracts opened a run: {story.contracts_opened:.1f}. Among runs with a contract"
                " (any vendor), at least one was"
            )
            yield _likelihoods(story, story.contracts)
        yield "What the observer would have recorded:"
        yield _likelihoods(story, story.recorded)
        if story.reasons:
            yield _terms(story, story.reasons)


def _likelihoods(story: CountryStory, rows: Sequence[Likelihood]) -> Table:
    heads = (
        "probability",
        story.iso3,
        f"{story.region[0]} ({story.region[1]})",
        f"{story.regime[0]} ({story.regime[1]})",
    )
    return Table(
        heads, [(row.label, *map(_percent, (row.state, row.region, row.regime))) for row in rows]
    )


def _terms(story: CountryStory, reasons: Mapping[str, Mapping[str, float]]) -> Table:
    names = in_order(reasons.values())
    rows = [
        (story.names.get(name, name), *(f"{terms[name]:+.1f}" for terms in reasons.values()))
        for name in names
    ]
    sums = (f"{sum(terms.values()):+.1f}" for terms in reasons.values())
    heads = ("what makes it likely or not (logits)", *(QUESTIONS[name] for name in reasons))
    return Table(heads, [*rows, ("all of it", *sums)])


def _timing_cells(timing: Timing, story: CountryStory) -> tuple[str, str, str]:
    never = f"not by {story.last_year}"
    lower, median, upper = (never if y is None else str(y) for y in timing.quartiles)
    return timing.label, median, f"{lower} to {upper}" if lower != never else never


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.0f} %"
