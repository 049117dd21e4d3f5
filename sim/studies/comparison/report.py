"""What a comparison leaves behind: tables and figures, and what people read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from sim.engine.chunk import end_of, quarter_of_year, year_of
from sim.parameters import Outcome
from sim.register import WORLD
from sim.results.effects import BEYOND_CHANCE, BY_SET, Effect
from sim.results.in_words import NOT_FORECASTS
from sim.scenario.scope import WHERE
from sim.studies.blocks import Block, Cell, Table
from sim.studies.comparison.method import YEARS, Comparison
from sim.studies.comparison.states import StateChange
from sim.studies.numbers_as_text import of_runs, signed, with_error
from sim.studies.study import Row, Study
from sim.text import counted

if TYPE_CHECKING:
    import pandas as pd

SHOWN_STATES = 10
"""States in the printed table; the file and the figure hold more."""
DIFFERENCES, COUNTRIES = "differences.csv", "countries.csv"
OTHER_RULES = (
    "These runs follow different rules, so differences are the rules' doing as well as the"
    " scenarios'."
)
REGION = "region"
NOTE = f"Means over paired runs ± standard error (90 % of runs). {BY_SET}"


@dataclass(frozen=True, repr=False)
class Compared(Study):
    """Scenarios compared with a reference; what :func:`sim.compare` returns.

    Attributes:
        manifest: What identifies it, in the form of a results folder's manifest.
        comparisons: Each alternative against the reference.
    """

    comparisons: Sequence[Comparison]

    ROOM: ClassVar[str] = "comparison"
    FACTS: ClassVar[str] = "comparison.json"
    FILES: ClassVar[tuple[str, ...]] = (DIFFERENCES, COUNTRIES)
    FACTS_HOLD_TABLES: ClassVar[bool] = True

    def differences(self) -> pd.DataFrame:
        """Return a row an alternative, outcome, group and date: `differences.csv`."""
        return self.frame(DIFFERENCES)

    def countries(self) -> pd.DataFrame:
        """Return a row an alternative and state, the most changed first: `countries.csv`."""
        return self.frame(COUNTRIES)

    def tables(self) -> dict[str, list[Row]]:
        """Return differences, and states where they were kept."""
        return {
            DIFFERENCES: [row for one in self.comparisons for row in one.rows()],
            COUNTRIES: [row for one in self.comparisons for row in one.state_rows()],
        }

    def shown(self) -> dict[str, Any]:
        """Return what the figures take."""
        return vars(self)

    def own_facts(self) -> dict[str, Any]:
        """Return the comparison of the world at the ends of years, and of states."""
        kept = self.comparisons[0].content
        quarters = [kept.quarters[place] for place in kept.group_places]
        ends = {(year_of(quarter), quarter_of_year(quarter)) for quarter in quarters}
        sides = ("alternative", "reference")
        compared = [
            {
                "alternative": comparison.alternative,
                "runs": comparison.runs,
                "differences": [
                    _without(row, (*sides, "group_kind", "group", "runs"))
                    for row in comparison.rows()
                    if row["group_kind"] == WORLD and (row["year"], row["quarter"]) in ends
                ],
                "countries": [_without(row, sides) for row in comparison.state_rows()],
            }
            for comparison in self.comparisons
        ]
        reference = self.comparisons[0].reference
        return {"reference": reference, "comparisons": compared}

    def blocks(self) -> Iterator[Block]:
        """Yield the tables of every alternative."""
        for comparison in self.comparisons:
            yield from _world(comparison, self.manifest, self.settings)
            if _is_targeted(self.manifest["scenario"]):
                yield _regions(comparison)
            if comparison.changed:
                yield _states(comparison.changed)
            elif comparison.states:
                yield "No state changes beyond chance."
            else:
                yield "What happened to each state was not kept in every folder."
        if ", " in str(self.manifest["rules"]):
            yield OTHER_RULES
        if any(comparison.states for comparison in self.comparisons):
            yield BEYOND_CHANCE
        fewest = min(one.runs for one in self.comparisons)
        yield f"{of_runs('Differences', NOTE, fewest)} {NOT_FORECASTS}"


def _without(row: Row, names: Sequence[str]) -> Row:
    return {key: value for key, value in row.items() if key not in names}


def _world(comparison: Comparison, manifest: Mapping[str, Any], settings: str) -> Iterator[Block]:
    """The world's differences at the ends of some years."""
    content = comparison.content
    quarters = content.quarters
    places = {y: quarters.index(end_of(y)) for y in YEARS if end_of(y) in quarters}
    if not places:
        places = {content.last_year: content.group_places[-1]}
    asked, paired = int(manifest["runs"]), comparison.runs
    yield (
        f"{comparison.alternative} less {comparison.reference}{settings and f', each{settings}'},"
        f" {counted(paired, 'paired run')}, seed {manifest['seed']}:"
    )
    if paired < asked:
        yield f"{asked - paired} of {asked} runs failed in one or both and are left out."
    differences = [(content.outcomes[name], change) for name, change in comparison.world.items()]
    columns: dict[str, Cell[tuple[Outcome, Effect]]] = {
        "difference": "{0[0].label}",
        "unit": "{0[0].unit}",
        **{str(year): partial(_cell, at) for year, at in places.items()},
    }
    # A narrow terminal has room for every other year.
    less = [str(year) for year in list(places)[-2::-2]][::-1]
    yield Table.of(differences, columns, if_wide=less)


def _is_targeted(scenario: Mapping[str, Any]) -> bool:
    """Tell whether values or events of the scenarios compared are for some states."""
    return any(WHERE in one for one in (*scenario["events"], *scenario.get("values", ())))


def _regions(comparison: Comparison) -> Table:
    """Differences by region at the last end of a year: whom a value for some states touches."""
    content = comparison.content
    rows: dict[str, list[str]] = {}
    heads = [f"difference in {content.last_year}"]
    for name, change in comparison.grouped.items():
        places = [at for at, (kind, _) in enumerate(content.groups_of(name)) if kind == REGION]
        heads += [content.outcomes[name].label] if places else []
        for place in places:
            group, at = content.groups_of(name)[place][1], (-1, place)
            rows.setdefault(group, []).append(with_error(change.mean[at], change.error[at]))
    return Table(tuple(heads), [(group, *cells) for group, cells in rows.items()])


def _states(changed: Sequence[StateChange]) -> Table:
    """States that change: probabilities in percent."""
    year = list(changed[0].events)[-1].rpartition("_")[2]
    shown = changed[:SHOWN_STATES]
    some = f" ({len(shown)} of {len(changed)})" if len(shown) < len(changed) else ""
    columns: dict[str, Cell[StateChange]] = {
        f"states that change{some}": "{0.state.name}",
        f"working in {year}, %": lambda one: one.headline.words,
        "change, points": lambda one: with_error(
            100 * one.headline.difference, 100 * one.headline.error
        ),
    }
    return Table.of(shown, columns)


def _cell(at: int, one: tuple[Outcome, Effect]) -> str:
    """Mean, standard error and 90 % interval of the world's difference."""
    _, change = one
    mean = with_error(change.mean[at], change.error[at])
    if change.runs == 1:
        return mean
    low, high = (signed(float(change.quantiles[key][at])) for key in ("q05", "q95"))
    return f"{mean} ({low} to {high})"
