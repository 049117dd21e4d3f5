"""Users' own mechanisms: read, checked line by line before anything is run, and added to the rules.

What a file declares is checked here, its rules in :mod:`sim.engine.plugins.check_source`, and
where they act in :mod:`sim.engine.insert_plugins`.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sim.engine import binding, records
from sim.engine.insert_plugins import KINDS, schedule_with_plugins
from sim.engine.plugins.check_source import Code, Fields, tree_of, wrong_at
from sim.engine.plugins.parameter_owners import not_of_world
from sim.engine.records import ACTORS, OWNERS, VENDOR_FIELDS
from sim.parameters import Evidence, Mechanism, Outcome, State, attribute, derived_names
from sim.register import KEYS, nearest
from sim.rules import MODULE, SHIPPED, MechanismError, OwnFile, Rules
from sim.scenario.file import EVENT_KEYS, TOP_KEYS
from sim.schedule import MECHANISMS
from sim.text import listed, read_text, shorten

type Mechanisms = str | Path | Sequence[str | Path] | Rules | None
"""Files of users' own mechanisms, or the rules that were made of them."""

TAKEN = (*TOP_KEYS, *EVENT_KEYS, "scenario")
"""Keys of scenario files, which no section may be called."""
AGENTS = ("code", "name", "model", "pos", "unique_id", "rng", "random", "scenario", "remove")
"""What a Mesa agent calls its own, which no field may be called."""
SHOWN = 60
"""Letters shown of a wrong value."""
STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def load_rules(files: Mechanisms) -> Rules:
    """Read users' own mechanisms, and check all of them.

    Args:
        files: Their paths, in the order in which they act in one place.

    Raises:
        MechanismError: With all that is wrong, by file and line.

    Example:
        >>> import sim
        >>> sim.load_rules([]).own
        ()
    """
    if isinstance(files, Rules):
        return files
    if not files:
        return SHIPPED
    own = tuple(_read(Path(file), str(file)) for file in listed(files))
    problems = []
    for file in own:
        try:
            assert file.mechanism
        except MechanismError as error:
            problems += error.messages
    problems = problems or [text for file in own for text in _declared(file)]
    problems = problems or list(_doubles(own))
    rules = Rules(own)
    problems = problems or list(_together(rules))
    if not problems:
        known = fields_of(rules)
        functions = {f for n, f in binding.functions().items() if not n.startswith("sim.simulate")}
        codes = [Code(file, known, functions) for file in own]
        problems = [text for code in codes for text in code.faults()]
        problems += _same_draws(codes)
        problems = problems or not_of_world(rules)
    if problems:
        raise MechanismError(problems)
    schedule_with_plugins(rules)
    return rules


def _read(path: Path, shown: str) -> OwnFile:
    try:
        text = read_text(path, "a mechanism", "Python")
        if path.suffix != ".py":  # said before it is run
            raise ValueError("is no Python file: name one that ends in .py")
        return OwnFile(shown, text)
    except ValueError as error:
        raise MechanismError(f"{shown}: {error}") from None


def _doubles(own: Sequence[OwnFile]) -> Iterator[str]:
    seen: dict[str, OwnFile] = {}
    for file in own:
        for name in {file.mechanism.name, file.module.__name__.removeprefix(f"{MODULE}.")}:
            if name in seen:
                yield file.wrong(0, f"{seen[name].shown} is called {name!r}, too: rename one")
            seen[name] = file


def _declared(file: OwnFile) -> Iterator[str]:
    """Yield what is wrong with what a file declares, by itself."""
    mechanism = file.mechanism

    def wrong(text: str, at: str = "MECHANISM") -> str:
        return wrong_at(file, at, text)

    if faults := [wrong(text) for text in _of_kinds(mechanism)]:
        yield from faults
        return
    named = [s for actor in OWNERS for s in getattr(mechanism, actor)] + [*mechanism.outcomes]
    for entry in named:
        faults += [wrong(f"{entry.name!r}: {text}", entry.name) for text in _of_kinds(entry)]
    if faults:
        yield from faults
        return
    for entry in (mechanism, *named):
        if not IDENTIFIER.fullmatch(entry.name):
            text = f"the name {entry.name!r} must be letters, digits and _ in lower case"
            yield wrong(text, entry.name)
    if mechanism.name in {m.name for m in MECHANISMS} | {*TAKEN}:
        yield wrong(f"the name {mechanism.name!r} is taken; choose another", mechanism.name)
    for key, field in mechanism.section.model_fields.items():
        if field.annotation not in (bool, int, float) or not attribute(field, "unit"):
            kinds = "parameter(...), or with switch(...) if it is on or off"
            yield wrong(f"{key}: must be a float, int or bool, made with {kinds}", key)
        else:
            for text in _of_parameter(field):
                yield wrong(f"{key}: {text}", key)
    for outcome in mechanism.outcomes:
        for text in _of_outcome(outcome):
            yield wrong(f"outcome {outcome.name!r}: {text}", outcome.name)
    for text, at in _replacing(file):
        yield wrong(text, at)
    defined = {node.name for node in tree_of(file).body if isinstance(node, ast.FunctionDef)}
    for rule in file.functions.keys() - defined:
        yield wrong(f"{rule}: write it as def {rule}(...), at the top of the file", rule)
    acts = [kind for kind in KINDS if kind in file.functions]
    if not (acts or mechanism.replaces or mechanism.outcomes):
        yield wrong(f"nothing in it acts: define one of {', '.join(KINDS)}, or an outcome")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=STRICT)


def fault(name: str, value: Any, kind: Any) -> Iterator[str]:
    """Yield what is wrong with a declared value: it is not of the kind that it must be."""
    try:
        _adapter(kind).validate_python(value)
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        yield f"{name} {shorten(repr(value), SHOWN)}: {said[0].lower()}{said[1:]}"


def _of_kinds(entry: Mechanism | State | Outcome) -> Iterator[str]:
    """Yield which fields of a declaration are not of the kind that they must be."""
    for key, kind in get_type_hints(type(entry)).items():
        yield from fault(key, getattr(entry, key), kind)


def _of_parameter(field: FieldInfo) -> Iterator[str]:
    """Yield what is wrong with a declared parameter: bounds, default, range, grade of evidence."""
    yield from fault("evidence", attribute(field, "evidence"), Evidence)
    for key in ("unit", "source"):
        yield from fault(key, attribute(field, key), str)
    limits: dict[str, Any] = {}
    for one in field.metadata:
        limits |= {key: getattr(one, key) for key in ("ge", "le") if hasattr(one, key)}
    if not limits:
        return  # a switch
    low, high, default = limits["ge"], limits["le"], field.default
    plausible = tuple(attribute(field, "plausible") or (low, high))
    numbers = {"low": low, "high": high, "default": default, "plausible": plausible}
    wrong = [
        text
        for key, number in numbers.items()
        for text in fault(key, number, tuple[float, ...] if key == "plausible" else float)
    ]
    if wrong:
        yield from wrong
    elif low > high:
        yield f"low = {low} lies above high = {high}"
    else:
        if not low <= default <= high:
            yield f"default = {default}: must lie within low = {low} and high = {high}"
        if len(plausible) != 2 or not low <= plausible[0] <= plausible[1] <= high:
            text = f"must be two numbers in order within low = {low} and high = {high}"
            yield f"plausible = {tuple(plausible)}: {text}"


def _of_outcome(outcome: Outcome) -> Iterator[str]:
    if (outcome.form == "ratio") != bool(outcome.over):
        yield "`over` belongs to ratios, and to them alone"
    if outcome.name in KEYS:
        yield "the name is taken"


def _replacing(file: OwnFile) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the rules that a file replaces, and where."""
    prefix = "sim.mechanisms."
    known = {n.removeprefix(prefix): f for n, f in binding.functions().items() if prefix in n}
    for name, function in file.mechanism.replaces.items():
        if name not in known:
            named = "; rules are named FILE.FUNCTION of sim/mechanisms"
            hint = nearest(str(name), known, named)
            yield f"replaces: there is no rule {name!r}{hint}", str(name)
        elif function not in file.functions.values():
            yield f"replaces {name!r}: must name a function of this file", str(name)
        else:
            wanted = list(inspect.signature(known[name]).parameters)
            if list(inspect.signature(function).parameters) != wanted:
                text = f"{function.__name__}: must take what {name} takes: {', '.join(wanted)}"
                yield text, function.__name__


def _together(rules: Rules) -> Iterator[str]:
    """Yield what is wrong with files beside the model and each other."""
    fields = {actor: {s.name for s in records.states_of()[actor]} for actor in OWNERS}
    fields["country"] |= {*AGENTS}
    functions = {name.rpartition(".")[2] for name in binding.functions() if "mechanisms" in name}
    outcomes = {o.name for m in MECHANISMS for o in m.outcomes}
    replaced: dict[str, str] = {}
    for file in rules.own:
        mechanism = file.mechanism
        for actor in OWNERS:
            for state in getattr(mechanism, actor):
                if state.name in fields[actor] | functions:
                    text = f"{actor} has a field or a rule {state.name!r} already; choose another"
                    yield wrong_at(file, state.name, text)
                fields[actor].add(state.name)
        for outcome in mechanism.outcomes:
            if outcome.name in outcomes:
                text = f"there is an outcome {outcome.name!r} already; choose another name"
                yield wrong_at(file, outcome.name, text)
            outcomes.add(outcome.name)
        for name in mechanism.replaces:
            if name in replaced:
                text = f"replaces {name!r}, as {replaced[name]} does: only one can"
                yield wrong_at(file, name, text)
            replaced[name] = file.shown
    for file in rules.own:
        for outcome in file.mechanism.outcomes:
            for field in filter(None, (outcome.field, outcome.over)):
                known = _summable(outcome, fields)
                if field not in known:
                    hint = nearest(field, known, "; declare a State" if len(known) > 8 else "")
                    text = f"outcome {outcome.name!r}: {outcome.of} has no field {field!r}{hint}"
                    yield wrong_at(file, field, text)


def _summable(outcome: Outcome, fields: Mapping[str, set[str]]) -> set[str]:
    if outcome.of == "country":
        return fields["country"]
    if outcome.of == "vendor":
        return {*VENDOR_FIELDS}
    return {f"{actor}.{name}" for actor in ACTORS for name in fields[actor]}


def fields_of(rules: Rules) -> Fields:
    """Return the fields of every record that rules read."""
    states = records.states_of(rules)
    fields = {whose: [state.name for state in own] for whose, own in states.items()}
    fields |= {"past": list(records.PAST), "p": list(rules.sections)}
    for name, section in rules.sections.items():
        fields[f"p.{name}"] = [*section.model_fields, *derived_names(section)]
    return fields


def _same_draws(codes: Sequence[Code]) -> Iterator[str]:
    """Yield purposes of draws that two files have: their luck would be the same."""
    seen: dict[int, OwnFile] = {}
    for code in codes:
        for purpose, line in code.purposes().items():
            if purpose in seen:
                text = f"purpose {purpose} is that of draws in {seen[purpose].shown}, too"
                yield code.file.wrong(line, f"{text}; choose another number")
            seen[purpose] = code.file
