"""What is asked: an outcome at the end of a year, and of which groups of states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from sim.engine.chunk import Layout
from sim.engine.outcomes import groups_of
from sim.errors import InputError
from sim.parameters import Outcome
from sim.register import WORLD, by_any_name
from sim.results.targets import RATED
from sim.scenario.scenario import Scenario
from sim.scenario.toml_file import suggest
from sim.studies.groups import groups_by_kind

FORM = re.compile(
    r"(?P<outcome>.*?)(?:(?:^|\s+)(?:in |at the end of |by )?(?P<year>\d+))?", re.DOTALL
)


@dataclass(frozen=True)
class Quantity:
    """A number that what-ifs may move.

    Attributes:
        outcome: What is observed.
        year: At the end of which year.
        by: Kind of groups for which it is asked too; empty: of the world alone.
        groups: Their names.
    """

    outcome: Outcome
    year: int
    by: str = ""
    groups: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[tuple[str, str], ...]:
        """Kind and name of each group, the world first."""
        return ((WORLD, WORLD), *((self.by, name) for name in self.groups))

    @property
    def slug(self) -> str:
        """Name of its folder, such as `working-2040-by-region`."""
        return f"{self.outcome.name}-{self.year}" + (f"-by-{self.by}" if self.by else "")

    def __str__(self) -> str:
        """Return e.g. ``working in 2040``."""
        return f"{self.outcome.name} in {self.year}"


def read_question(text: str, by: str | None, base: Scenario, layout: Layout) -> Quantity:
    """Understand a question such as ``working in 2040``; without a year, that in which runs end.

    Args:
        text: An outcome's name or label, and a year.
        by: Kind of groups; None: the world alone.
        base: The scenario whose horizon holds the year.
        layout: The groups there are.

    Raises:
        InputError: Outcome, year or groups are unknown; all faults, each with the nearest name.
    """
    known, faults = base.rules.register, list[str]()
    words = " ".join(text.split())
    found = FORM.fullmatch(words)
    named, dated = (found["outcome"], found["year"]) if found else (words, None)
    names = by_any_name(known)
    outcome = known.get(names.get(named.casefold(), ""))
    if outcome is None:
        faults.append(f"no outcome {named!r}{_near(named, names)}")
    first, last = base.horizon.start, base.horizon.end
    year = last if dated is None else int(dated)
    if not first <= year <= last:
        near = min(max(year, first), last)
        faults.append(f"year {year}: the runs go from {first} to {last}; the nearest is {near}")
    names_of = groups_by_kind(layout)
    kinds = [
        kind
        for kind in names_of
        if kind != WORLD and (outcome is None or groups_of(outcome, kind, layout) is not None)
    ]
    # Who is rated alone serves the comparison with published shares.
    offered = [kind for kind in kinds if kind != RATED]
    groups: tuple[str, ...] = ()
    if by and outcome and not kinds:
        faults.append(f"--by {by}: {outcome.name} is known of the world alone")
    elif outcome and by in names_of and by not in kinds:
        faults.append(f"--by {by}: {outcome.name} is not known so; by {' or '.join(offered)} it is")
    elif by and by not in kinds:
        faults.append(f"--by {by}: no such kind of groups; {suggest(by, offered, 'kinds')}")
    elif by:
        groups = tuple(names_of[by])
    if faults or outcome is None:
        raise InputError(faults)
    return Quantity(outcome, year, by or "", groups)


def _near(named: str, names: dict[str, str]) -> str:
    """A hint at the nearest outcome, by name or label; an empty question gets an example."""
    if not named:
        return "; ask for example: working in 2040"
    if close := get_close_matches(named.casefold(), names, n=1):
        return f"; did you mean {names[close[0]]!r}?"
    return f"; there are: {', '.join(dict.fromkeys(names.values()))}"
