"""Whom a value is for: some states (``where``), or one vendor's offer (``vendor``).

A target is written as conditions that all hold, and resolved at once to the states that meet them
in the last year of the seeds, the year of the groups in results. States that the same targets of a
scenario name are a class: the engine keeps a record of parameters for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Whole
from sim.errors import InputError
from sim.parameters import Section, attribute
from sim.scenario.reading.problems import show_value, suggest
from sim.units import REGIMES, REGIONS

if TYPE_CHECKING:
    from sim.world.seeds import Seeds

WHERE, VENDOR = "where", "vendor"
"""Keys of an event, and of an entry of ``values``, besides what it sets."""

NAMES = {
    "region": "Regions, as results group by.",
    "regime": "Regime classes of 2024.",
    "iso3": "States, by ISO 3166 code.",
}
FACTS = {
    "bri": "Whether in the Belt and Road Initiative.",
    "ally": "Whether allied with the West: a US defence pact, the EU or Five Eyes.",
}
LIMITS = {
    "income_below": "Income a head below so much, in US$ of 2015.",
    "income_from": "Income a head of so much or more, in US$ of 2015.",
}
CONDITIONS: Mapping[str, str] = {**NAMES, **FACTS, **LIMITS}
"""What a condition may ask, with what it means."""

type Condition = tuple[str, ...] | bool | float
type Fault = tuple[tuple[str | int, ...], str]
"""Where within a ``where`` something is wrong, and what."""


@dataclass(frozen=True)
class Target:
    """Some states.

    Attributes:
        where: The conditions, by name, in the order of :data:`CONDITIONS`.
        states: ISO codes of the states that meet them all.
    """

    where: tuple[tuple[str, Condition], ...]
    states: tuple[str, ...]

    @property
    def label(self) -> str:
        """The conditions as ``--set`` writes them: ``region=South Asia|Oceania,bri=true``."""
        return ",".join(f"{name}={_text(value)}" for name, value in self.where)

    def among(self, seeds: Seeds) -> Target:
        """Return the target with the states of other seeds that meet its conditions.

        Raises:
            InputError: None does.
        """
        states = _matching(dict(self.where), seeds)
        if not states:
            raise InputError(f"where [{self.label}] matches no state of these seeds")
        return Target(self.where, states)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        where = {name: list(v) if isinstance(v, tuple) else v for name, v in self.where}
        return {WHERE: where, "states": list(self.states)}


def target_of(content: Mapping[str, Any]) -> Target | None:
    """Return the target that :meth:`Target.to_dict` described; None where there is none."""
    if WHERE not in content:
        return None
    where = tuple((n, tuple(v) if isinstance(v, list) else v) for n, v in content[WHERE].items())
    return Target(where, tuple(content["states"]))


def _text(value: Condition) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "|".join(value) if isinstance(value, tuple) else f"{value:g}"


def read_where(value: Any) -> Target | list[Fault]:
    """Return the target of a ``where`` as a file holds it, or what is wrong with it."""
    example = '{ region = ["South Asia"], bri = true }'
    if not isinstance(value, dict) or not value:
        shown = "an empty one" if value == {} else show_value(value)
        return [((), f"must be a table of conditions, such as {example}, not {shown}")]
    from sim.world.seeds import shipped_seeds  # here: most scenarios have no target

    seeds = shipped_seeds()
    faults: list[Fault] = []
    read: dict[str, Condition] = {}
    for name, given in value.items():
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        if name in NAMES:
            read[name] = _names(name, given, seeds, faults)
        elif name in FACTS and isinstance(given, bool):
            read[name] = given
        elif name in LIMITS and is_number and given > 0:
            read[name] = float(given)
        elif name in CONDITIONS:
            must = "true or false" if name in FACTS else "a number above 0"
            faults.append(((name,), f"must be {must}, not {show_value(given)}"))
        else:
            text = f"unknown condition; {suggest(name, tuple(CONDITIONS), 'conditions')}"
            faults.append(((name,), text))
    if faults:
        return faults
    where = tuple((name, read[name]) for name in CONDITIONS if name in read)
    states = _matching(dict(where), seeds)
    if not states:
        return [((), "matches no state: no state meets all of its conditions")]
    return Target(where, states)


def _names(name: str, given: Any, seeds: Seeds, faults: list[Fault]) -> tuple[str, ...]:
    """Return the names of a condition, each once in the order of the allowed; faults are noted."""
    allowed = names_in(seeds)[name]
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not listed:
        what = "an empty list" if given == [] else show_value(given)
        faults.append(((name,), f"must be a list of names, not {what}"))
        return ()
    for at, entry in enumerate(listed):
        if entry not in allowed:
            path = (name,) if isinstance(given, str) else (name, at)
            kind = "codes" if name == "iso3" else f"{name}s"
            faults.append((path, _unknown(entry, allowed, kind, seeds)))
    return tuple(entry for entry in allowed if entry in listed)


def names_in(seeds: Seeds) -> dict[str, Sequence[str]]:
    """Return the names that each condition of :data:`NAMES` may ask for."""
    codes = [state.iso3 for state in seeds.countries]
    return {"region": REGIONS, "regime": REGIMES, "iso3": codes}


def _unknown(entry: Any, allowed: Sequence[str], kind: str, seeds: Seeds) -> str:
    if not isinstance(entry, str):
        return f"must be a name in quotes, not {show_value(entry)}"
    code = next((s.iso3 for s in seeds.countries if s.name.lower() == entry.lower()), None)
    if code and kind == "codes":
        return f"must be a code of three letters: {code!r} for {entry}"
    return f"there is none called {entry!r}; {suggest(entry, allowed, kind)}"


def attributes_of(seeds: Seeds) -> list[dict[str, Any]]:
    """Return what conditions are held against, a row a state: as of the last year of the seeds."""
    from sim.mechanisms.history import in_belt_and_road  # here, as sections may be a test's own

    held = {name: series[:, -1] for name, series in seeds.history.items()}
    allied = (held["defence_pact"] > 0) | (held["five_eyes"] > 0) | (held["eu"] > 0)
    return [
        {
            "region": state.region,
            "regime": state.regime_2024,
            "iso3": state.iso3,
            "bri": bool(in_belt_and_road(SimpleNamespace(**state.figures), seeds.last_year)),
            "ally": bool(allied[row]),
            "income": float(held["gdp_pc"][row]),
        }
        for row, state in enumerate(seeds.countries)
    ]


def _matching(where: Mapping[str, Condition], seeds: Seeds) -> tuple[str, ...]:
    """Return the codes of the states that meet all conditions in the last year of the seeds."""
    return tuple(
        state["iso3"]
        for state in attributes_of(seeds)
        if all(state[name] in where.get(name, (state[name],)) for name in NAMES)  # type: ignore[operator]
        and all(where.get(name, state[name]) == state[name] for name in FACTS)
        and where.get("income_from", 0.0) <= state["income"] < where.get("income_below", np.inf)
    )


def _of_vendors(section: type[Section]) -> list[tuple[str, str, str]]:
    """Return vendor, key and parameter of each value that is a vendor's."""
    return [
        (vendor, name.partition("_")[2], name)
        for name, field in section.model_fields.items()
        if (vendor := attribute(field, VENDOR))
    ]


def vendors_of(section: type[Section], key: str) -> dict[str, str]:
    """Return the parameters that a key means of each vendor, by the vendor's name."""
    return {vendor: name for vendor, own, name in _of_vendors(section) if own == key}


def vendor_keys(section: type[Section]) -> dict[str, str]:
    """Return the keys that a section has for any vendor, each with one parameter that it means."""
    return {key: name for _, key, name in _of_vendors(section)}


def vendor_names(sections: Iterable[type[Section]]) -> list[str]:
    """Return the vendors that have values of their own."""
    return list(dict.fromkeys(vendor for s in sections for vendor, *_ in _of_vendors(s)))


def vendor_fault(value: Any, sections: Iterable[type[Section]]) -> str:
    """Return what is wrong with the name of a vendor, or nothing."""
    names = vendor_names(sections)
    if value in names:
        return ""
    if not isinstance(value, str):
        return f"must be a vendor's name in quotes, not {show_value(value)}"
    return f"there is no vendor {value!r} with values of its own; {suggest(value, names)}"


def not_vendors(name: str, key: str, sections: Mapping[str, type[Section]]) -> str:
    """Return what to say of a key that is no vendor's value."""
    known = [
        f"{owner}.{one}" for owner, section in sections.items() for one in vendor_keys(section)
    ]
    return f"{name}.{key} is no vendor's value; {suggest(f'{name}.{key}', known, 'those are')}"


def world_fault(section: type[Section], key: str) -> str:
    """Return what to say of a value that is one for all states, or nothing."""
    field = section.model_fields.get(key)
    if field is None or not attribute(field, "of_world"):
        return ""
    return "is one for the whole world and cannot differ by state; leave out where"


def read_path(path: str, sections: Mapping[str, type[Section]]) -> tuple[str, Target | None] | str:
    """Return a dotted key with its target, or what is wrong with what stands in brackets.

    The key comes back in the one form that it has everywhere: ``contracts.fee[region=South Asia]``;
    a vendor's value under its own name, ``procurement.huawei_sells``.
    """
    bare, text = split_target(path)
    if text is None:
        return path, None
    where = bracket_values(text)
    if isinstance(where, str):
        return where
    name, _, key = bare.partition(".")
    if name not in sections:
        return "only values of sections take conditions in brackets"
    if VENDOR in where:
        vendor = where.pop(VENDOR)
        fault = vendor_fault(vendor, sections.values())
        own = None if fault else vendors_of(sections[name], key).get(vendor)
        if own is None:
            return fault or not_vendors(name, key, sections)
        bare, key = f"{name}.{own}", own
    if not where:
        return bare, None
    target = read_where(where)
    if isinstance(target, list):
        return "; ".join(": ".join(filter(None, (str(p[0]) if p else "", t))) for p, t in target)
    return world_fault(sections[name], key) or (f"{bare}[{target.label}]", target)


def split_target(path: str) -> tuple[str, str | None]:
    """Return a dotted key without what stands in brackets, and that; None without brackets."""
    bare, bracket, rest = path.partition("[")
    return (bare, rest.removesuffix("]")) if bracket and rest.endswith("]") else (path, None)


def bracket_values(text: str) -> dict[str, Any] | str:
    """Return what stands in brackets as a file would hold it, or what is wrong with it."""
    values: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, given = (piece.strip() for piece in part.partition("="))
        if not equals or not name or not given:
            return f"write conditions as [region=South Asia,bri=true], not [{text}]"
        if name in values:
            return f"the condition {name!r} stands there twice; write {name}=one|other"
        if name in FACTS:
            values[name] = {"true": True, "false": False}.get(given, given)
        elif name in LIMITS:
            values[name] = given
            with suppress(ValueError):
                values[name] = float(given)
        else:
            values[name] = given if name == VENDOR else [n.strip() for n in given.split("|")]
    return values


@dataclass(frozen=True)
class Classes:
    """States told apart by the targets of one or several scenarios.

    Attributes:
        members: The states of each class; all that are in none are class 0, as the world is.
    """

    members: tuple[tuple[str, ...], ...] = ()

    @property
    def representatives(self) -> tuple[str | None, ...]:
        """A state of each class; None for class 0."""
        return (None, *(states[0] for states in self.members))

    def rows(self, codes: Iterable[str]) -> Whole:
        """Return the class of each state."""
        place = {code: at for at, states in enumerate(self.members, 1) for code in states}
        return np.array([place.get(code, 0) for code in codes], np.int64)


def classes_of(targets: Iterable[Target | None]) -> Classes:
    """Return the classes of states that targets tell apart: by which of them name a state."""
    named: dict[str, list[int]] = {}
    for at, target in enumerate(dict.fromkeys(t for t in targets if t is not None)):
        for code in target.states:
            named.setdefault(code, []).append(at)
    alike: dict[tuple[int, ...], list[str]] = {}
    for code, places in sorted(named.items()):
        alike.setdefault(tuple(places), []).append(code)
    return Classes(tuple(tuple(codes) for codes in alike.values()))
