"""Groups of countries of a user's own: `--where`, `[keep.groups.NAME]`, `OUTCOME where …`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from sim.errors import InputError, check_text, listed
from sim.model.parameters import Outcome
from sim.model.units import AID, GROUPS_BY_KIND, REGIME, REGION, VENDOR
from sim.scenario.scope import Where, where_of
from sim.scenario.toml_file import FORM, FileModel
from sim.world.seeds import Seeds

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


# Summed as a region is.
class OwnGroup(NamedTuple):
    """Countries that are summed together.

    Attributes:
        kind: `OWN`, or the name of a product.
        states: ISO codes of its countries.
    """

    kind: str
    name: str
    states: tuple[str, ...]


class GroupForm(FileModel):
    """A group of countries of your own, or a kind of groups: all combinations of kinds."""

    where: Where | None = None
    """The countries; all if left out."""
    product: tuple[Literal["regime", "region", "aid"], ...] | None = Field(
        None,
        strict=False,
        min_length=2,
        json_schema_extra={FORM: 'a list of two or more of "regime", "region", "aid"'},
    )
    """Kinds whose combinations are groups: ["regime", "aid"]; the name is that of their kind."""

    def groups(self, name: str, seeds: Seeds) -> list[OwnGroup]:
        """Return the groups that have countries; `name` is the group's, or a product's kind."""
        every = tuple(country.iso3 for country in seeds.countries)
        states = self.where.scope.among(seeds).states if self.where else every
        if not self.product:
            return [OwnGroup(OWN, name, states)]
        of_kind = {
            REGIME: [country.regime_2024 for country in seeds.countries],
            REGION: [country.region for country in seeds.countries],
            AID: seeds.aid_classes,
        }
        of_kind = {kind: of_kind[kind] for kind in of_kind if kind in self.product}
        cells: dict[tuple[str, ...], list[str]] = {}
        for iso3, *names in zip(every, *of_kind.values(), strict=True):
            if iso3 in states:
                cells.setdefault(tuple(names), []).append(iso3)
        phrases = {REGIME: "{}", REGION: "in {}", AID: "with {}"}
        groups = []
        for cell in itertools.product(*(GROUPS_BY_KIND[kind] for kind in of_kind)):
            named = dict(zip(of_kind, cell, strict=True))
            named[REGIME] = plural(named[REGIME]) if REGIME in named else ALL
            words = [text.format(named[kind]) for kind, text in phrases.items() if kind in named]
            if cell in cells:
                groups.append(OwnGroup(name, " ".join(words), tuple(cells[cell])))
        return groups


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


def read_where(given: str | Sequence[str] | None) -> dict[str, GroupForm]:
    """Return the groups of `--where` by name: each `CONDITIONS` or `NAME: CONDITIONS`.

    Raises:
        InputError: Conditions are wrong, or no country meets them; all faults at once.
    """
    forms, faults = dict[str, GroupForm](), []
    for text in listed(given):
        name, _, conditions = str(text).rpartition(":")
        try:
            where = where_of(conditions)
            form = GroupForm(where=where)
            called = check_group(name.strip() or in_words(where))
            if forms.setdefault(called, form) != form:
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
