"""What `discover` is asked: the condition, with its defaults, checked against what was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.engine import prepare
from sim.errors import InputError
from sim.parameters import Outcome
from sim.register import nearest
from sim.scenario import load_scenario
from sim.studies.discovery.method import Condition
from sim.studies.groups import group_problems, parse_group

WITHDRAWAL = "offer-withdrawn"
"""The event after which the default condition asks what is still working."""
YEARS_AFTER = 10
STILL = 0.8
"""Share of what worked before the withdrawal, above which systems count as having stayed."""
MOST_BOXES = 10


@dataclass(frozen=True)
class Question:
    """The condition as it is asked; see :func:`sim.studies.discovery.discover`."""

    outcome: str
    group: str = "world"
    year: int | None = None
    relative_to: int | None = None
    above: float | None = None
    below: float | None = None
    quantile: float | None = None

    def faults(self, boxes: int, density: float | None) -> list[str]:
        """Return what is wrong without looking at any experiment."""
        limits = {"--above": self.above, "--below": self.below, "--quantile": self.quantile}
        given = [name for name, value in limits.items() if value is not None]
        faults = []
        if len(given) > 1:
            faults.append(f"{' and '.join(given)} exclude each other: give one")
        if self.quantile is not None and not 0.0 < self.quantile < 1.0:
            faults.append(f"--quantile {self.quantile}: must lie between 0 and 1")
        if density is not None and not 0.0 < density <= 1.0:
            faults.append(f"--density {density}: must lie above 0, and be 1 at most")
        if not 1 <= boxes <= MOST_BOXES:
            faults.append(f"--boxes {boxes}: allowed: 1 to {MOST_BOXES}")
        return faults

    def condition(
        self, facts: Mapping[str, Any], faults: list[str], known: Mapping[str, Outcome]
    ) -> Condition:
        """Return the condition, or raise all that is wrong with it and `faults` at once.

        Args:
            facts: The experiment as plain data.
            faults: What else is wrong.
            known: The experiment's outcomes.
        """
        year, relative_to, above = self.year, self.relative_to, self.above
        if year is None and relative_to is None:
            date = _withdrawal(facts, faults)
            year, relative_to = date + YEARS_AFTER, date - 1
        if year is None:
            raise InputError([*faults, "--relative-to needs --year"])
        if all(value is None for value in (self.above, self.below, self.quantile)):
            if relative_to is None:
                faults.append("say which values count: --above, --below or --quantile")
            above = STILL
        kind, group = parse_group(self.group)
        years = [year] if relative_to is None else [year, relative_to]
        faults += self._not_kept(years, kind, group, facts, known)
        if faults:
            raise InputError(faults)
        threshold = self.below if self.below is not None else above
        return Condition(
            outcome=self.outcome,
            year=year,
            relative_to=relative_to,
            above=self.below is None,
            threshold=0.0 if threshold is None else threshold,
            kind=kind,
            group=group,
        )

    def _not_kept(
        self,
        years: list[int],
        kind: str,
        group: str,
        facts: Mapping[str, Any],
        known: Mapping[str, Outcome],
    ) -> list[str]:
        """Return what the condition reads and the experiment does not keep."""
        keep, horizon = facts["keep"], facts["scenarios"][facts["base"]]["horizon"]
        layout = prepare(load_scenario("baseline"), 0).layout
        faults = group_problems(self.outcome, kind, group, layout, known)
        if not faults and keep["outcomes"] and self.outcome not in keep["outcomes"]:
            hint = nearest(self.outcome, keep["outcomes"])
            faults.append(f"--outcome {self.outcome}: the experiment does not keep it{hint}")
        if not faults and kind not in ("world", "vendor", *keep["groups"]):
            faults.append(f"--group {kind}: the experiment keeps no groups of that kind")
        for year in years:
            if not horizon["start"] <= year <= horizon["end"]:
                faults.append(
                    f"the year {year} lies outside the horizon, {horizon['start']} to"
                    f" {horizon['end']}; choose others with --year and --relative-to"
                )
            elif isinstance(keep["dates"], list) and year not in keep["dates"]:
                kept = ", ".join(map(str, keep["dates"]))
                faults.append(f"the year {year} is not kept; the experiment keeps {kept}")
        return faults


def _withdrawal(facts: Mapping[str, Any], faults: list[str]) -> int:
    """Return the year of the withdrawal in the base scenario, or raise `faults` too."""
    base = facts["scenarios"][facts["base"]]
    advice = "say what is asked with --year (and --relative-to)"
    event = next((e for e in base["events"] if e["name"] == WITHDRAWAL), None)
    if event is None:
        fault = f"the scenario {facts['base']} has no event {WITHDRAWAL}; {advice}"
        raise InputError([*faults, fault])
    if any(factor["name"] == f"events.{WITHDRAWAL}.date" for factor in facts["factors"]):
        raise InputError([*faults, f"the date of {WITHDRAWAL} is a factor; {advice}"])
    return int(event["date"])
