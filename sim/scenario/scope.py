"""Countries of a value or an event (`where`), and the classes of countries that scopes form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from sim.errors import InputError, nearest
from sim.model.mechanisms.history import in_belt_and_road
from sim.model.units import REGIMES, REGIONS
from sim.scenario.toml_file import FileModel
from sim.world.names import code_hint
from sim.world.seeds import Seeds, shipped_seeds

WHERE = "where"
NAMES, FACTS = ("region", "regime", "iso3"), ("bri", "ally", "sanctioned")
LIMITED = ("income", "aid")
LIMITS = tuple(f"{name}_{end}" for name in LIMITED for end in ("below", "from"))


class Where(FileModel):
    """The countries concerned: those that meet all conditions."""

    region: list[str] | None = None
    """Regions, as results group by."""
    regime: list[str] | None = None
    """Regime classes of 2024."""
    iso3: list[str] | None = None
    """Countries, by ISO 3166 code."""
    bri: bool | None = None
    """Whether in the Belt and Road Initiative."""
    ally: bool | None = None
    """Whether allied with the West: a US defence pact, the EU or Five Eyes."""
    sanctioned: bool | None = None
    """Whether the US, the EU or the UN has sanctions on its arms, finance or trade."""
    income_below: float | None = Field(None, gt=0)
    """Income per head below this, in US$ of 2015."""
    income_from: float | None = Field(None, gt=0)
    """Income per head of this or more, in US$ of 2015."""
    aid_below: float | None = Field(None, gt=0)
    """Western aid below this, in % of GNI."""
    aid_from: float | None = Field(None, gt=0)
    """Western aid of this or more, in % of GNI."""

    @field_validator(*NAMES)
    @classmethod
    def _known_names(cls, given: list[str], info: ValidationInfo) -> list[str]:
        kind = str(info.field_name)
        codes = {country.iso3: country.name for country in shipped_seeds().countries}
        known = {"region": REGIONS, "regime": REGIMES}.get(kind, codes)
        hint = code_hint if kind == "iso3" else nearest
        if wrong := [f"there is no {kind} {n!r}{hint(n, known)}" for n in given if n not in known]:
            raise ValueError("; ".join(wrong))
        return [name for name in known if name in given]

    @cached_property
    def scope(self) -> Scope:
        where = self.model_dump(exclude_none=True)
        return Scope(label_of(where), matching(where, shipped_seeds()))

    def states(self, seeds: Seeds) -> tuple[str, ...]:
        return self.scope.among(seeds).states

    def plain(self) -> dict[str, Any]:
        """Return its conditions as a manifest has them."""
        return {WHERE: self.model_dump(mode="json", exclude_none=True)}

    @model_validator(mode="after")
    def _names_a_country(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must be a table of conditions, such as { bri = true }")
        if not self.scope.states:
            raise ValueError("matches no country: none meets all of its conditions")
        return self


@dataclass(frozen=True)
class Scope:
    """Countries that meet all conditions in the last year of the input data.

    Attributes:
        label: The conditions, in the order of :class:`Where`, as in `--set`: ``region=South
            Asia|Oceania,bri=true``.
    """

    label: str
    states: tuple[str, ...]

    def among(self, seeds: Seeds) -> Scope:
        states = matching(conditions_of(self.label), seeds)
        if not states:
            raise InputError(f"where [{self.label}] matches no country of these seeds")
        return Scope(self.label, states)

    def to_dict(self) -> dict[str, Any]:
        return {WHERE: conditions_of(self.label), "states": list(self.states)}


def scope_of(content: Mapping[str, Any]) -> Scope | None:
    if WHERE not in content:
        return None
    return Scope(label_of(content[WHERE]), tuple(content["states"]))


def label_of(where: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={_text(value)}" for name, value in where.items())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(value) if isinstance(value, list) else f"{value:.15g}"


def conditions_of(label: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in label.split(","):
        name, equals, given = (piece.strip() for piece in part.partition("="))
        if not equals or name in values:
            hint = (
                f"; write a point, not a comma: {label.strip().replace(',', '.')}"
                * name.isdecimal()
            )
            example = "such as region=South Asia|Oceania,regime=hybrid"
            raise ValueError(f"allowed: conditions, each once, {example}{hint}")
        values[name] = [piece.strip() for piece in given.split("|")]
        if name in FACTS:
            values[name] = {"true": True, "false": False}.get(given, given)
        elif name in LIMITS:
            values[name] = given
            with suppress(ValueError):
                values[name] = float(given)
    return values


def attributes_of(seeds: Seeds) -> list[dict[str, Any]]:
    """Return each country's values for conditions, in the last year of the input data."""
    last = {name: series[:, -1] for name, series in seeds.history.items()}
    allied = (last["defence_pact"] > 0) | (last["five_eyes"] > 0) | (last["eea"] > 0)
    return [
        {
            "region": state.region,
            "regime": state.regime_2024,
            "iso3": state.iso3,
            "bri": bool(in_belt_and_road(SimpleNamespace(**state.figures), seeds.last_year)),
            "ally": bool(allied[row]),
            "sanctioned": bool(last["sanctions"][row] > 0),
            "income": float(last["gdp_pc"][row]),
            "aid": float(last["oda_gni"][row]),
        }
        for row, state in enumerate(seeds.countries)
    ]


def matching(where: Mapping[str, Any], seeds: Seeds) -> tuple[str, ...]:
    return tuple(
        state["iso3"]
        for state in attributes_of(seeds)
        if all(state[name] in where.get(name, (state[name],)) for name in NAMES)
        and all(where.get(name, state[name]) == state[name] for name in FACTS)
        and all(
            where.get(f"{name}_from", 0.0) <= state[name] < where.get(f"{name}_below", np.inf)
            for name in LIMITED
        )
    )


def where_of(text: str) -> Where:
    """Return the conditions of a text, ``region=A|B,bri=true``; ValueError if wrong."""
    values = conditions_of(text)
    try:
        return Where.model_validate(values)
    except ValidationError as error:
        texts = (Where.in_words(fault, values) for fault in error.errors())
        raise ValueError("; ".join(texts)) from None


def is_for(scope: Scope | None, code: str | None) -> bool:
    """Return whether a scope includes a country; None: the world."""
    return scope is None or code in scope.states


type Classes = dict[str, int]
"""Class of a country by code, from 1; all other countries are class 0, like the world."""


def classes_of(scopes: Iterable[Scope | None]) -> Classes:
    named: dict[str, list[int]] = {}
    for at, scope in enumerate(dict.fromkeys(scope for scope in scopes if scope is not None)):
        for code in scope.states:
            named.setdefault(code, []).append(at)
    numbers: dict[tuple[int, ...], int] = {}
    # Sorted, so that the numbers of classes do not depend on the order of scopes' countries.
    by_scopes = {code: tuple(places) for code, places in sorted(named.items())}
    return {code: numbers.setdefault(key, len(numbers) + 1) for code, key in by_scopes.items()}


def representatives(classes: Classes) -> list[str | None]:
    """Return a country of each class; None for class 0."""
    first = {number: code for code, number in reversed(classes.items())}
    return [None, *(first[number] for number in sorted(first))]
