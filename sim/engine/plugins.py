"""Users' own mechanisms: read, checked line by line before anything is run, and added to the rules.

What a file declares is checked here and by the declarations themselves (:mod:`sim.parameters`), its
rules in :mod:`sim.engine.check_rules`, and where they act in :mod:`sim.engine.insert_plugins`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from sim.engine import binding, records
from sim.engine.check_rules import RuleReader, names_of, tree_of
from sim.engine.insert_plugins import KINDS, schedule_with_plugins
from sim.engine.records import ACTORS, OWNERS, VENDOR_FIELDS
from sim.parameters import attribute
from sim.register import KEYS, nearest
from sim.rules import SHIPPED, MechanismError, OwnFile, Rules
from sim.scenario.file import EVENT_KEYS, TOP_KEYS
from sim.text import listed, read_text

type Mechanisms = str | Path | Sequence[str | Path] | Rules | None
"""Files of users' own mechanisms, or the rules that were made of them."""

AGENTS = ("code", "name", "model", "pos", "unique_id", "rng", "random", "scenario", "remove")
"""What a Mesa agent calls its own, which no field may be called."""


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
    rules = Rules(tuple(_read(Path(file), str(file)) for file in listed(files)))
    problems = []
    for file in rules.own:
        try:
            assert file.mechanism
        except MechanismError as error:
            problems += error.messages
    for check in (_wrong_names, _wrong_fields, _wrong_rules):
        problems = problems or list(check(rules))
    if problems:
        raise MechanismError(problems)
    schedule_with_plugins(rules)
    return rules


def _read(path: Path, shown: str) -> OwnFile:
    try:
        return OwnFile(shown, read_text(path, "a mechanism", "Python"))
    except ValueError as error:
        raise MechanismError(f"{shown}: {error}") from None


def _wrong_at(file: OwnFile, name: object, text: str) -> str:
    """Return what is wrong with a constant, a key of the section or a function, with its line."""
    for node in ast.walk(tree_of(file)):
        match node:
            case (
                ast.Constant(value=there)
                | ast.FunctionDef(name=there)
                | ast.AsyncFunctionDef(name=there)
                | ast.Name(id=there, ctx=ast.Store())
            ) if there == name:
                return file.wrong(node.lineno, text)
    return file.wrong(0, text)


def _wrong_names(rules: Rules) -> Iterator[str]:
    """Yield what files declare that is declared already, by the model or by each other."""
    sections = {*(m.name for m in SHIPPED.mechanisms), *TOP_KEYS, *EVENT_KEYS, "scenario"}
    fields = {actor: {state.name for state in records.states_of()[actor]} for actor in OWNERS}
    fields["country"] |= {*AGENTS, *(name.rpartition(".")[2] for name in binding.functions())}
    outcomes = {*SHIPPED.register, *KEYS}
    replaced: set[str] = set()
    modules: set[str] = set()
    for file in rules.own:
        mechanism = file.mechanism
        names = [
            (sections, "a mechanism or a key", [mechanism.name]),
            (modules, "a file", [file.module.__name__.rpartition(".")[2]]),
            *(
                (fields[a], f"a field of {a}", [s.name for s in getattr(mechanism, a)])
                for a in OWNERS
            ),
            (outcomes, "an outcome", [outcome.name for outcome in mechanism.outcomes]),
            (replaced, "a rule in place of", list(mechanism.replaces)),
        ]
        for taken, kind, given in names:
            for name in given:
                if name in taken:
                    text = f"there is {kind} {name!r} already; choose another name"
                    yield _wrong_at(file, name, text)
                taken.add(name)


def _wrong_fields(rules: Rules) -> Iterator[str]:
    """Yield what is wrong with parameters, fields of outcomes, and rules that are replaced."""
    states = {actor: [state.name for state in records.states_of()[actor]] for actor in OWNERS}
    for file, actor in product(rules.own, OWNERS):
        states[actor] += [state.name for state in getattr(file.mechanism, actor)]
    of_actors = [f"{actor}.{name}" for actor in ACTORS for name in states[actor]]
    summed = {"country": states["country"], "vendor": VENDOR_FIELDS, "actor": of_actors}
    prefix = "sim.mechanisms."
    known = {n.removeprefix(prefix): f for n, f in binding.functions().items() if prefix in n}
    for file in rules.own:
        mechanism = file.mechanism
        for key, field in mechanism.section.model_fields.items():
            if field.annotation not in (bool, int, float) or not attribute(field, "unit"):
                kinds = "parameter(...), or with switch(...) if it is on or off"
                text = f"{key}: must be a float, int or bool, made with {kinds}"
                yield _wrong_at(file, key, text)
        for outcome in mechanism.outcomes:
            for name in filter(None, (outcome.field, outcome.over)):
                if name not in summed[outcome.of]:
                    hint = nearest(name, summed[outcome.of], "; declare a State")
                    text = f"outcome {outcome.name!r}: {outcome.of} has no field {name!r}{hint}"
                    yield _wrong_at(file, name, text)
        for name, function in mechanism.replaces.items():
            if name not in known:
                hint = nearest(name, known, "; rules are named FILE.FUNCTION of sim/mechanisms")
                yield _wrong_at(file, name, f"replaces: there is no rule {name!r}{hint}")
                continue
            takes = list(inspect.signature(known[name]).parameters)
            own = function in file.functions.values()
            if not own or list(inspect.signature(function).parameters) != takes:
                text = f"must be a function of this file that takes {', '.join(takes)}"
                yield _wrong_at(file, name, f"replaces {name!r}: {text}")


def _wrong_rules(rules: Rules) -> Iterator[str]:
    """Yield what is wrong with the rules of files, in the order of lines."""
    names = names_of(rules)
    purposes: dict[int, str] = {}
    for file in rules.own:
        mechanism = file.mechanism
        defined = {n.name: n for n in tree_of(file).body if isinstance(n, ast.FunctionDef)}
        for rule in file.functions.keys() - defined:
            yield _wrong_at(file, rule, f"{rule}: write it as def {rule}(...), at the top level")
        if not (mechanism.replaces or mechanism.outcomes or file.functions.keys() & {*KINDS}):
            yield file.wrong(0, f"nothing in it acts: define one of {', '.join(KINDS)}")
        readers = [RuleReader(file, names, rule) for rule in defined.values()]
        faults = {fault for reader in readers for fault in reader.faults()}
        yield from (file.wrong(*fault) for fault in sorted(faults))
        for purpose, line in (item for reader in readers for item in reader.purposes.items()):
            if (other := purposes.setdefault(purpose, file.shown)) != file.shown:
                yield file.wrong(line, f"purpose {purpose} is that of draws in {other}, too")
