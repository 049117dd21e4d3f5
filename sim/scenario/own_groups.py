"""Groups of countries of a user's own: `--where`, `OUTCOME where …`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.dataclasses import dataclass

from sim.errors import InputError, check_text, listed
from sim.model.parameters import Outcome
from sim.model.units import GROUPS_BY_KIND, VENDOR
from sim.scenario.scope import Where, where_of

OWN = "own"
TAKEN = (*GROUPS_BY_KIND, VENDOR, OWN)
LIMITER = " where "
ALL = "countries"
PHRASES: Mapping[str, Any] = {
    "region": "in {}",
    "iso3": "among {}",
    "bri": ("outside the Belt and Road Initiative", "in the Belt and Road Initiative"),
    "ally": ("not allied with the West", "allied with the West"),
    "sanctioned": ("without sanctions", "under sanctions"),
    "income_below": "with an income below US$ {:,.0f}",
    "income_from": "with an income of US$ {:,.0f} or more",
    "aid_below": "with aid below {:g}% of GNI",
    "aid_from": "with aid of {:g}% of GNI or more",
}
"""Conditions in words, except regimes; of a fact for false and true."""


def plural(regime: str) -> str:
    return f"{regime[:-1]}ies" if regime.endswith("y") else f"{regime} regimes"


def in_words(where: Where) -> str:
    """Return conditions in words: `hybrid regimes in South Asia with aid of 1% of GNI or more`."""
    given = where.model_dump(exclude_none=True)
    parts = [" or ".join(map(plural, given.pop("regime", ()))) or ALL]
    for name, value in given.items():
        phrase = PHRASES[name]
        text = " or ".join(value) if isinstance(value, list) else value
        parts.append(phrase[value] if isinstance(value, bool) else phrase.format(text))
    return " ".join(parts)


def check_group(name: str) -> str:
    if name in TAKEN:
        raise ValueError(f"{name!r} is a kind of groups: give the group another name")
    return check_text(name, name=True)


def read_where(given: str | Sequence[str] | None) -> dict[str, Where]:
    """Return the groups of `--where` by name: each `CONDITIONS` or `NAME: CONDITIONS`.

    Raises:
        InputError: Conditions are wrong, or no country meets them; all faults at once.
    """
    forms, faults = dict[str, Where](), []
    for text in listed(given):
        name, _, conditions = str(text).rpartition(":")
        try:
            where = where_of(conditions)
            called = check_group(name.strip() or in_words(where))
            if forms.setdefault(called, where) != where:
                raise ValueError(f"another group is called {called!r}, too")
        except ValueError as error:
            faults.append(f"where {conditions.strip() or 'is empty'}: {error}")
    if faults:
        raise InputError(faults)
    return forms


def slug(text: str) -> str:
    return re.sub(r"[^\w.]+", "-", text).strip("-")


@dataclass(frozen=True)
class LimitedOutcome(Outcome):
    """An outcome of one group, which its name and label say."""

    name: str


def limited(outcome: Outcome, name: str, group: str) -> Outcome:
    return LimitedOutcome(**{**vars(outcome), "name": name, "label": f"{outcome.label} in {group}"})


def split_outcome(text: str) -> tuple[str, str]:
    """Return an outcome's name, and the conditions that limit it: empty without any.

    Raises:
        InputError: There are no conditions after `where`.
    """
    name, limiter, conditions = f"{text} ".partition(LIMITER)
    if limiter and not conditions.strip():
        raise InputError(f"{text!r} lacks conditions, such as regime=hybrid")
    return name.strip(), conditions.strip()
