"""Whose parameters rules read, by their code: those of the world, or those of a state.

A scenario can set a value for some states alone. The world's record does not hold such a value, so
what a rule reads there must be one for all.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, Literal, NamedTuple

from sim.engine import binding
from sim.engine.insert_plugins import KINDS, OF_WORLD
from sim.parameters import attribute, derived_names
from sim.rules import SHIPPED, Rules

type Owner = Literal["world", "state", "all"]
"""Whose record: the world's, that of a class of states, or the list of all."""


class Read(NamedTuple):
    """A place where a rule reads a parameter.

    Attributes:
        owner: Whose record it is read from: `state`, `world` or `all`.
        path: The parameter, as `section.key`.
        rule: The rule's full name.
        line: Line of the rule's file.
    """

    owner: Owner
    path: str
    rule: str
    line: int


@cache
def reads(rules: Rules = SHIPPED) -> frozenset[Read]:
    """Return what a quarter by these rules reads of the parameters."""
    walk = _Walk(rules)
    walk.follow("sim.schedule.step_quarter", "ps", "all")
    for file in rules.own:
        for kind in (kind for kind in KINDS if kind in file.functions):
            rule = f"{file.module.__name__}.{kind}"
            walk.follow(rule, "ps", "all")
            walk.follow(rule, "p", "world" if kind in OF_WORLD else "state")
    return frozenset(walk.reads)


def not_of_world(rules: Rules) -> list[str]:
    """Return where users' own rules read of the world what a scenario can set for some states."""
    both = {read.path for read in reads() if read.owner == "world"}
    files = {file.module.__name__: file for file in rules.own}
    faults = []
    for read in sorted(reads(rules), key=lambda read: (read.rule, read.line)):
        module, _, rule = read.rule.rpartition(".")
        if read.owner == "world" and module in files and read.path not in both:
            section, _, key = read.path.partition(".")
            if loose := _loose(rules, section, key):
                own = section == files[module].mechanism.name
                text = (
                    f"{rule}: reads {read.path} of the world, but a scenario can set {loose} for"
                    " some states alone; "
                )
                text += f"declare {loose} with of_world=True, or " if own else ""
                text += "read it of each state, ps[country.parameter_row]"
                faults.append(files[module].wrong(read.line, text))
    return list(dict.fromkeys(faults))


def _loose(rules: Rules, section: str, key: str) -> str:
    """Return which parameter behind a key is not one for all states; empty: none."""
    kind = rules.sections[section]
    names = [key]
    if key in derived_names(kind):
        names = [name for name in getattr(kind, key).__code__.co_names if name in kind.model_fields]
    loose = [name for name in names if not attribute(kind.model_fields[name], "of_world")]
    return loose[0] if loose else ""


@dataclass
class _Walk:
    """Follows records of parameters from rule to rule."""

    rules: Rules
    reads: set[Read] = field(default_factory=set)
    seen: set[tuple[str, str, Owner]] = field(default_factory=set)

    def __post_init__(self) -> None:
        texts = {file.module.__name__: file.source for file in self.rules.own}
        known = binding.functions(self.rules)
        self.modules: dict[str, ModuleType] = {}
        self.trees: dict[str, ast.FunctionDef] = {}
        for module in (*binding.LOOP, *(file.module for file in self.rules.own)):
            self.modules[module.__name__] = module
            for node in _parsed(texts.get(module.__name__) or inspect.getsource(module)).body:
                if isinstance(node, ast.FunctionDef) and f"{module.__name__}.{node.name}" in known:
                    self.trees[f"{module.__name__}.{node.name}"] = node

    def follow(self, rule: str, argument: str, owner: Owner) -> None:
        """Note what a rule reads of an argument, and what those that it calls with it read."""
        tree = self.trees[rule]
        taken = [a.arg for a in tree.args.args]
        if argument not in taken or (rule, argument, owner) in self.seen:
            return
        self.seen.add((rule, argument, owner))
        records: dict[str, Owner] = {argument: owner}
        sections: dict[str, tuple[Owner, str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name):
                if kind := self._owner(node.value, records):
                    records[target.id] = kind
                elif section := self._section(node.value, records, sections):
                    sections[target.id] = section
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                if section := self._section(node.value, records, sections):
                    path = f"{section[1]}.{node.attr}"
                    self.reads.add(Read(section[0], path, rule, node.lineno))
            elif isinstance(node, ast.Call):
                called = self._called(rule, node.func)
                for at, given in enumerate(node.args if called else ()):
                    if kind := self._owner(given, records):
                        self.follow(called, self.trees[called].args.args[at].arg, kind)

    def _owner(self, node: ast.expr, records: dict[str, Owner]) -> Owner | None:
        match node:
            case ast.Name(id=name):
                return records.get(name)
            case ast.Subscript(value=ast.Name(id=name)) if records.get(name) == "all":
                return "world" if isinstance(node.slice, ast.Constant) else "state"
        return None

    def _section(
        self,
        node: ast.expr,
        records: dict[str, Owner],
        sections: dict[str, tuple[Owner, str]],
    ) -> tuple[Owner, str] | None:
        """Return whose section an expression is, and which."""
        if isinstance(node, ast.Name):
            return sections.get(node.id)
        if isinstance(node, ast.Attribute) and (owner := self._owner(node.value, records)):
            return owner, node.attr
        return None

    def _called(self, rule: str, function: ast.expr) -> str:
        """Return the full name of the rule that is called under a name; empty: none."""
        home = rule.rpartition(".")[0]
        called: Any = self.modules[home]
        for name in ast.unparse(function).split("."):
            called = getattr(called, name, None)
        full = f"{getattr(called, '__module__', '')}.{getattr(called, '__name__', '')}"
        instead = self.rules.replaced.get(full, full)
        # To the file that replaces a rule, its name means the rule as it was.
        full = full if instead.rpartition(".")[0] == home else instead
        return full if full in self.trees else ""


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)
