"""Whether a value acts: where, when and under which other values, as its declaration says."""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from pydantic.fields import FieldInfo

from sim.model.parameters import attribute
from sim.model.register import Rules
from sim.scenario.scenario import Scenario
from sim.scenario.scope import Scope, conditions_of, matching
from sim.scenario.toml_file import DEFAULT
from sim.world.dates import year_of
from sim.world.seeds import shipped_seeds

type Values = Callable[[str], Iterable[Any]]
"""From a dotted key to the values that it has."""

SIGNS = {">": operator.gt, "=": operator.eq}
NOT = "not "


@lru_cache(maxsize=32)
def listed_in(rules: Rules, mark: str) -> tuple[tuple[str, str, bool], ...]:
    """Return each switch with the parameters that it lists, and whether by a whole section."""
    patterns = [
        (switch, pattern if "." in pattern else _beside(switch, pattern))
        for switch, field in rules.parameters.items()
        for pattern in attribute(field, mark) or ()
    ]
    return tuple(
        (switch, path, pattern.endswith(".*"))
        for switch, pattern in patterns
        for path in (
            [pattern] if pattern in rules.parameters else fnmatch.filter(rules.parameters, pattern)
        )
    )


def conditions(path: str, rules: Rules) -> list[tuple[str, str, float]]:
    """Return key, sign and number of each condition of which one must be met."""
    texts = attribute(rules.parameters[path], "acts_if") or ()
    split = (text.split() for text in texts)
    return [(_beside(path, key), sign, float(number)) for key, sign, number in split]


def limits(field: FieldInfo) -> list[str]:
    """Return sentences on where, and under which values, a parameter acts."""
    says = {
        "Acts only while": attribute(field, "acts_if"),
        "Acts only": [_place(where)] if (where := attribute(field, "acts_where")) else (),
    }
    return [f"{head} {' or '.join(texts)}." for head, texts in says.items() if texts]


def _place(where: str) -> str:
    return f"outside {where.removeprefix(NOT)}" if where.startswith(NOT) else f"where {where}"


def governing(path: str, rules: Rules) -> list[str]:
    """Return the keys, other than switches, that decide whether a parameter acts."""
    field = rules.parameters[path]
    dates = [*(attribute(field, "acts_from") or ()), *(attribute(field, "acts_until") or ())]
    return [
        *(key for key, _, _ in conditions(path, rules)),
        *(_beside(path, term) for term in dates if isinstance(term, str)),
    ]


def _beside(path: str, key: str) -> str:
    return f"{path.partition('.')[0]}.{key}"


def why_idle(
    path: str, scenario: Scenario, scope: Scope | None, force: range, later: Values, ever: Values
) -> str:
    """Return the reason for which a value has no effect; empty: it has one, as far as is known.

    `scope` are the countries, and `force` the quarters, in which the scenario sets it. Values of
    keys are `later` from the first of these quarters on, and `ever` in all of a run.
    """
    field, rules = scenario.rules.parameters[path], scenario.rules
    asked = conditions(path, rules)
    if asked and not any(SIGNS[s](v, number) for key, s, number in asked for v in later(key)):
        texts = " or ".join(f"{key} {sign} {number:g}" for key, sign, number in asked)
        return f"has no effect: it acts only while {texts}"
    where = attribute(field, "acts_where") or ""
    if where and scope:
        seeds = scenario.seeds or shipped_seeds()
        named = {*matching(conditions_of(where.removeprefix(NOT)), seeds)}
        acting = {*scope.states} - named if where.startswith(NOT) else {*scope.states} & named
        if not acting:
            return f"has no effect there: it acts only {_place(where)}"
    # What a switch governs acts no longer than the switch.
    switches = [switch for switch, of, _ in listed_in(rules, "idle_while_off") if of == path]
    for key in (path, *switches):
        since, until = (
            _date(key, mark, scenario, least, ever)
            for mark, least in (("acts_from", True), ("acts_until", False))
        )
        if since is not None and year_of(force[-1]) < since:
            return f"has no effect before {since:g}"
        # From the first quarter on, an early date is not the same as the usual one.
        is_dated = force[0] > scenario.first_quarter
        if until is not None and is_dated and year_of(force[0]) >= until:
            return f"has no effect from {until:g} on"
    if path in {of for _, of, _ in listed_in(rules, "idle_in_history")}:
        last = (scenario.seeds or shipped_seeds()).last_year
        if year_of(force[-1]) <= last:
            return f"has no effect before {last + 1}: until then inputs are observed"
    return ""


def _date(path: str, mark: str, scenario: Scenario, least: bool, ever: Values) -> float | None:
    """Return the earliest date, or the latest, over values and plausible ranges."""
    parameters = scenario.rules.parameters
    terms = attribute(parameters[path], mark)
    if not terms:
        return None
    date = 0.0
    for term in terms:
        values = [term]
        if isinstance(term, str):
            key = _beside(path, term)
            values = [*ever(key)]
            # Not the retained sets: a calibration must run without those that it replaces.
            if scenario.origins[key] == DEFAULT and attribute(parameters[key], "varied"):
                values += attribute(parameters[key], "plausible")
        date += min(values) if least else max(values)
    return date
