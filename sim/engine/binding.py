"""Binding the loop to a way of running.

A rule calls other rules by their plain names, as any Python function does. Binding makes a private
copy of every function of the loop in which those names mean something else: compiled functions for
the engine, an agent's own method where a subclass overrides a rule, a counting draw for the
benchmark. The originals are never touched, so many bindings live side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from sim import arithmetic, draws, histories, quarter, tally
from sim.mechanisms import MECHANISMS, access, installed, known, leaving, loans, rationing, tender

Rule = Callable[..., Any]

LOOP: tuple[ModuleType, ...] = (
    arithmetic,
    draws,
    known,
    rationing,
    tender,
    access,
    loans,
    installed,
    leaving,
    *(mechanism.module for mechanism in MECHANISMS),
    quarter,
    tally,
    histories,
)
"""Every module whose functions a run may call."""


def functions() -> dict[str, FunctionType]:
    """Every function of the loop by its full name, e.g. ``sim.mechanisms.west.aid_next``."""
    return {
        f"{module.__name__}.{name}": value
        for module in LOOP
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    }


def bind(
    replaced: Mapping[str, Rule] | None = None,
    wrap: Callable[[FunctionType], Rule] | None = None,
) -> dict[str, Rule]:
    """Copy every function of the loop, so that the names it calls mean the bound ones.

    Args:
        replaced: Functions to use instead, by full name.
        wrap: What to make of each copy, e.g. a function that can be compiled.

    Returns:
        The bound functions by full name.

    Raises:
        KeyError: ``replaced`` names a function that the loop does not have.
    """
    originals = functions()
    replaced = replaced or {}
    unknown = sorted(set(replaced) - set(originals))
    if unknown:
        raise KeyError(f"no rule is called {', '.join(unknown)}")
    spaces = {module.__name__: dict(vars(module)) for module in LOOP}
    bound: dict[str, Rule] = {}
    for name, original in originals.items():
        copy = FunctionType(
            original.__code__, spaces[original.__module__], original.__name__, original.__defaults__
        )
        copy.__kwdefaults__ = original.__kwdefaults__
        copy.__qualname__ = original.__qualname__
        bound[name] = replaced.get(name) or (wrap(copy) if wrap else copy)
    for space in spaces.values():
        for name, value in list(space.items()):
            if isinstance(value, FunctionType):
                full = f"{value.__module__}.{value.__name__}"
                if originals.get(full) is value:
                    space[name] = bound[full]
    return bound
