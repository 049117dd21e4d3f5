"""Binding the loop to a way of running.

Every function of the loop is copied, so that the names it calls mean other functions: compiled
ones, an agent's method, a rule of a user's file, a counting draw.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from sim.errors import nearest
from sim.model import aggregate, arithmetic, draws, mechanisms, schedule, simulate, units
from sim.model.register import MODULE, SHIPPED, MechanismError, PluginFile, Rules

Rule = Callable[..., Any]

LOOP: tuple[ModuleType, ...] = (
    units, arithmetic, draws, *mechanisms.MODULES.values(), schedule, aggregate, simulate,
)  # fmt: skip
"""Every module whose functions a run may call, except users' files."""

RULE_KINDS = ("plan", "ration", "update", "step", "publish")
"""Rules that a quarter calls."""

_SOURCE = inspect.getsource(schedule).partition("\nMECHANISMS")[0]


@cache
def schedule_with_plugins(rules: Rules) -> ModuleType:
    module = ModuleType(MODULE)
    lines = _SOURCE.splitlines()
    last: dict[str, str] = {}
    for file in rules.plugins:
        for kind in RULE_KINDS:
            if kind in file.functions:
                vars(module)[f"{file.mechanism.name}_{kind}"] = file.functions[kind]
                _insert(lines, file, kind, last)
    # The quarter's own source with more lines, so that compiled code and agents call the same
    # rules.
    exec(compile("\n".join(lines), schedule.__file__ or "", "exec"), vars(module))
    return module


# A user's rule is called after the rule of its kind of the mechanism named in `after`, and after
# earlier files' there, with the values of the quarter that its parameters name.
def _insert(lines: list[str], file: PluginFile, kind: str, last: dict[str, str]) -> None:
    pattern = re.compile(rf" +(?:mechanisms\.)?(\w+)[._]{kind}\(.*\)$")
    calls = {call[1]: at for at, line in enumerate(lines) if (call := pattern.match(line))}
    name, function = file.mechanism.name, file.functions[kind]
    after = file.mechanism.after
    line = function.__code__.co_firstlineno
    if after and after not in calls and kind == "step":
        text = f"after = {after!r}: no mechanism of that name takes steps{nearest(after, calls)}"
        raise MechanismError(file.wrong(line, text))
    anchor = after if after in calls else [*calls][-1]
    # Of several files after one mechanism, the earlier file acts first.
    while f"{anchor}.{kind}" in last:
        anchor = last[f"{anchor}.{kind}"]
    last[f"{anchor}.{kind}"] = name
    at = calls[anchor]
    before = "\n".join(lines[:at])
    around = before[before.rindex("\ndef ") :]
    given = [*re.findall(r"(\w+): Record", around), *re.findall(r"(?m)^    (\w+) = ", around)]
    wanted = list(inspect.signature(function).parameters)
    for missing in (value for value in wanted if value not in given):
        text = f"{kind}: there is no {missing!r} in this place; allowed: {', '.join(given)}"
        raise MechanismError(file.wrong(line, text))
    indent = " " * (len(lines[at]) - len(lines[at].lstrip()))
    lines.insert(at + 1, f"{indent}{name}_{kind}({', '.join(wanted)})")


@cache
def loop(rules: Rules = SHIPPED) -> tuple[ModuleType, ...]:
    if not rules.plugins:
        return LOOP
    return (*LOOP, *(file.module for file in rules.plugins), schedule_with_plugins(rules))


@cache
def replaced_by(rules: Rules = SHIPPED) -> Mapping[str, str]:
    """Functions of the loop that are replaced, by full name: rules, and the quarter itself."""
    if not rules.plugins:
        return {}
    return rules.replaced | {
        f"{schedule.__name__}.{name}": f"{MODULE}.{name}"
        for name, value in vars(schedule_with_plugins(rules)).items()
        if isinstance(value, FunctionType) and value.__module__ == MODULE
    }


def functions(rules: Rules = SHIPPED) -> dict[str, FunctionType]:
    """Every function of the loop by full name, e.g. ``sim.model.mechanisms.west.aid_next``."""
    return {
        f"{module.__name__}.{name}": value
        for module in loop(rules)
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    }


def bind(
    replaced: Mapping[str, Rule] | None = None,
    wrap: Callable[[FunctionType], Rule] | None = None,
    rules: Rules = SHIPPED,
) -> dict[str, Rule]:
    """Copy every function of the loop, bound to the others.

    `replaced` has functions to use instead, by full name. `wrap` is applied to each copy, e.g. to
    make it compilable.

    Returns:
        The bound functions by full name; for a replaced rule, its replacement.
    """
    originals = functions(rules)
    replaced = replaced or {}
    if unknown := replaced.keys() - originals:
        raise KeyError(f"no rule is called {', '.join(unknown)}")
    spaces, of_package = _spaces(rules)
    copies: dict[str, Rule] = {}
    for name, original in originals.items():
        # The originals stay, so bindings can coexist.
        copy = FunctionType(
            original.__code__, spaces[original.__module__], original.__name__, original.__defaults__
        )
        copy.__kwdefaults__ = original.__kwdefaults__
        copy.__qualname__ = original.__qualname__
        copies[name] = replaced.get(name) or (wrap(copy) if wrap else copy)
    stand_in = replaced_by(rules)
    bound = copies | {
        name: copies[other] for name, other in stand_in.items() if name not in replaced
    }
    for module, space in spaces.items():
        for name, value in list(space.items()):
            if isinstance(value, FunctionType):
                full = f"{value.__module__}.{value.__name__}"
                if originals.get(full) is value:
                    # To the file that replaces a rule, its name means the rule as it was.
                    original_meant = stand_in.get(full, "").rpartition(".")[0] == module
                    space[name] = (copies if original_meant else bound)[full]
            elif value is mechanisms:
                space[name] = of_package
    return bound


def _spaces(rules: Rules) -> tuple[dict[str, dict[str, Any]], ModuleType]:
    copies = [ModuleType(module.__name__) for module in loop(rules)]
    package = ModuleType(mechanisms.__name__)
    for copy, module in zip(copies, loop(rules), strict=True):
        vars(copy).update(vars(module))
        if mechanisms.MODULES.get(stem := copy.__name__.rpartition(".")[2]) is module:
            setattr(package, stem, copy)
    return {copy.__name__: vars(copy) for copy in copies}, package


def rules_of_countries() -> dict[str, str]:
    """Rules whose first argument is a country, by name: the methods of its agent."""
    rules = {}
    for full, function in functions().items():
        names = list(inspect.signature(function).parameters)
        module, _, name = full.rpartition(".")
        if module.startswith("sim.model.mechanisms.") and names and names[0] == "country":
            # Every mechanism has a `step`, so the agent's is called `NAME_step`, and so on.
            method = f"{module.rpartition('.')[2]}_{name}" if name in RULE_KINDS else name
            rules[method] = full
    return rules
