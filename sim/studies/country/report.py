"""What is left behind of states' stories: tables and figures, and what people read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.results.effects import BY_SET, effective_sets
from sim.results.in_words import NOT_FORECASTS
from sim.results.parameter_sets import sets_in
from sim.studies.blocks import Block, Table
from sim.studies.country.over_time import Story, Terms
from sim.studies.country.story import Timing
from sim.studies.numbers_as_text import whole
from sim.studies.reasons import ADOPTED, PLATFORM, TRAINED, in_order
from sim.studies.study import Drawing, Row, Study, drawings_of
from sim.text import counted, points_at_most

PROBABILITIES, TIMINGS, REASONS = "probabilities.csv", "timings.csv", "reasons.csv"
TIMELINE, CHANGES, BESIDE = "timeline.csv", "changes.csv", "beside.csv"
NOTE = f"{NOT_FORECASTS} A probability is a share of runs of this model."
SHOWN_TERMS, SHOWN_BESIDE = 5, 10
"""Terms of a question, and neighbours and peers, of the printed tables; the files hold all."""
QUESTIONS: Mapping[str, str] = {
    TRAINED: "towards courses",
    ADOPTED: "towards any system",
    PLATFORM: "towards a platform",
}
OTHERS, ALL = "all others", "all of it"
ROUNDED = "The rows of a state add up to all of it, but for rounding."


@dataclass(frozen=True, repr=False)
class Stories(Study):
    """Stories of some states; what :func:`sim.country` returns.

    Attributes:
        manifest: What identifies the runs.
        stories: One a state.
        words: What the terms of their leanings mean, or why there are none.
    """

    stories: Sequence[Story]
    words: str

    ROOM: ClassVar[str] = "country"
    FACTS: ClassVar[str] = "country.json"
    FILES: ClassVar[tuple[str, ...]] = (
        PROBABILITIES, TIMINGS, REASONS, TIMELINE, CHANGES, BESIDE,
    )  # fmt: skip
    FACTS_HOLD_TABLES: ClassVar[bool] = True

    def tables(self) -> dict[str, list[Row]]:
        """Return probabilities, dates, terms, timelines, changes, and those beside, by state."""
        return {
            PROBABILITIES: [
                {"iso3": story.iso3, "about": about, **vars(row)}
                for story in self.stories
                for about in ("happened", "contracts", "recorded")
                for row in getattr(story, about)
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
                {"iso3": story.iso3, "question": question, "term": term, "year": year,
                 "logits": logits}
                for story in self.stories
                if story.terms
                for question, terms in story.terms.values.items()
                for term, values in terms.items()
                for year, logits in zip(story.terms.years, values, strict=True)
            ],
            TIMELINE: [row for story in self.stories for row in _timeline_rows(story)],
            CHANGES: [
                {"alternative": name, "reference": self.scenario_name, **change.row()}
                for story in self.stories
                for name, change in story.changes
            ],
            BESIDE: [
                {"state": story.iso3, **vars(one)} for story in self.stories for one in story.beside
            ],
        }  # fmt: skip

    def figures(self) -> dict[str, Drawing]:
        """Return a timeline a state, and its terms; the state's code ends a file's name."""
        drawings = {}
        for story in self.stories:
            facts: dict[str, Any] = {"manifest": self.manifest, "timeline": story.timeline}
            if story.terms:
                facts |= {"terms": story.terms, "names": story.names, "title": story.name}
            for name, drawing in drawings_of(self.ROOM, facts).items():
                drawings[f"{name}-{story.iso3}"] = drawing
        return drawings

    @property
    def scenario_name(self) -> str:
        """What the scenario is called beside those that it is compared with."""
        return str(self.identity["scenarios"][0])

    def own_facts(self) -> dict[str, Any]:
        """Return the stories: a list, however many states there are."""
        return {
            "scenario": self.scenario_name,
            "states": [story.to_dict() for story in self.stories],
        }

    def blocks(self) -> Iterator[Block]:
        """Yield the stories side by side."""
        stories = self.stories
        first = stories[0]
        yield ", ".join(f"{story.name} ({story.iso3})" for story in stories)
        codes = [story.iso3 for story in stories]
        known = dict.fromkeys(label for story in stories for label in story.facts)
        yield Table(
            ("what is known", *codes),
            [(label, *(s.facts.get(label, "-") for s in stories)) for label in known],
        )
        yield (
            f"In {counted(first.runs, 'run')} of {self.scenario_name}{self.settings} (seed"
            f" {self.manifest['seed']}) to {first.last_year}:"
        )
        yield Table(
            ("median year (half of the runs)", *codes),
            [
                (timings[0].label, *(_timing(t, first.last_year, first.runs) for t in timings))
                for timings in zip(*(story.timings for story in stories), strict=True)
            ],
        )
        yield self._likelihoods("happened")
        if first.contracts_opened is not None:
            means = ", ".join(f"{one.iso3} {one.contracts_opened:.1f}" for one in stories)
            among = ", ".join(f"{one.iso3} {one.contract_runs} of {one.runs}" for one in stories)
            yield (
                f"Contracts opened a run: {means}. Among runs with a contract (any vendor;"
                f" {among}), at least one was"
            )
            yield self._likelihoods("contracts")
        yield "What the observer would have recorded:"
        yield self._likelihoods("recorded")
        if any(story.changes for story in stories):
            yield _changes(stories, self.scenario_name)
        yield _beside(stories)
        if any(len(story.beside) > SHOWN_BESIDE for story in stories):
            yield f"Of a state's neighbours and peers the first {SHOWN_BESIDE}; {BESIDE} has all."
        yield self._errors()
        for question, words in QUESTIONS.items():
            terms = [(story, story.terms) for story in stories if story.terms]
            if terms:
                yield _terms(terms, question, words)
        yield f"{ROUNDED} {self.words}" if any(one.terms for one in stories) else self.words
        yield NOTE

    def _errors(self) -> str:
        """How sure shares of so many runs are."""
        runs = self.stories[0].runs
        sets = effective_sets(sets_in(self.manifest, np.arange(runs)))
        return (
            f"Shares of {counted(runs, 'run')}: a standard error of {points_at_most(sets)}, larger"
            f" where they are of runs with a contract. {BY_SET}"
        )

    def _likelihoods(self, about: str) -> Table:
        """Probabilities of the states; of a single one beside those of its region and regime."""
        heads = ["probability", *(story.iso3 for story in self.stories)]
        alone = self.stories[0] if len(self.stories) == 1 else None
        if alone:
            heads += [f"{name} ({count})" for name, count in (alone.region, alone.regime)]
        rows = []
        for of_states in zip(*(getattr(story, about) for story in self.stories), strict=True):
            first = of_states[0]
            cells = [one.state for one in of_states] + [first.region, first.regime] * bool(alone)
            rows.append((first.label, *map(_percent, cells)))
        return Table(heads, rows)


def _timeline_rows(story: Story) -> Iterator[Row]:
    """A row a year: percentages of runs, by outcome, and by other scenario of `working`."""
    lines = story.timeline
    columns = {
        **lines.shares,
        **{f"working_in_{name}": values for name, values in lines.beside.items()},
    }
    for at, year in enumerate(lines.years):
        shares = {name: float(values[at]) for name, values in columns.items()}
        yield {"iso3": story.iso3, "year": year, **shares}


def _changes(stories: Sequence[Story], reference: str) -> Table:
    """What other scenarios change: a row a scenario and event, a column a state."""
    by_name = [dict(story.changes) for story in stories]
    rows = []
    for name in by_name[0]:
        for event in by_name[0][name].events:
            cells = []
            for changes in by_name:
                event_change = changes[name].events[event]
                error = (
                    f" ± {100.0 * event_change.error:.1f}"
                    if event_change.error == event_change.error
                    else ""
                )
                cells.append(
                    f"{event_change.words} ({whole(100.0 * event_change.difference)}{error})"
                )
            words = event.replace("adopted_", "adopted by ").replace("working_", "works in ")
            rows.append((name, words, *cells))
    heads = (f"beside {reference}", "% of runs (points)", *(story.iso3 for story in stories))
    return Table(heads, rows)


def _beside(stories: Sequence[Story]) -> Table:
    """Neighbours and peers of each state, and how likely the same is for them."""
    rows = [
        (story.iso3, f"{one.name} ({one.iso3})", one.how,
         *map(_percent, (one.trained, one.adopted, one.working)))
        for story in stories
        for one in story.beside[:SHOWN_BESIDE]
    ]  # fmt: skip
    shown = [one for story in stories for one in story.beside]
    by, last = (shown[0].by, shown[0].last) if shown else ("-", "-")
    heads = ("beside", "state", "as", f"trained by {by}", f"adopted by {by}", f"works in {last}")
    return Table(heads, rows)


def _terms(with_terms: Sequence[tuple[Story, Terms]], question: str, words: str) -> Table:
    """The largest terms of each state, year by year, the sum of the others, and that of all."""
    rows = []
    for story, terms in with_terms:
        values = terms.values[question]
        shown = in_order([{n: max(v, key=abs) for n, v in values.items()}])[:SHOWN_TERMS]
        for name in shown:
            rows.append((story.iso3, story.names.get(name, name), *map(_logits, values[name])))
        others = [year for name, year in values.items() if name not in shown]
        if others:
            rest = [sum(year) for year in zip(*others, strict=True)]
            rows.append((story.iso3, OTHERS, *map(_logits, rest)))
        sums = [sum(year) for year in zip(*values.values(), strict=True)]
        rows.append((story.iso3, ALL, *map(_logits, sums)))
    years = with_terms[0][1].years
    return Table((words, "logits", *map(str, years)), rows)


def _timing(timing: Timing, last_year: int, runs: int) -> str:
    lower, median, upper = timing.quartiles
    if lower is None:
        return f"not by {last_year}"
    late = f"after {last_year}"
    return str(median) if runs == 1 else f"{median or late} ({lower} to {upper or late})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.0f} %"


def _logits(value: float) -> str:
    text = f"{value:+.1f}"
    return "0" if not float(text) else text
