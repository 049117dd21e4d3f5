"""What goes into the compiled loop, as it is in memory: the name under which an object is kept.

Not file names or sources, but code and constants: the same rules in another checkout are the same
object, and what was edited after it was imported, or replaced in memory, is told apart.
"""

from __future__ import annotations

import hashlib
from types import CodeType, FunctionType
from typing import Any

from sim.engine import binding
from sim.engine.objects.entry import LOOP_ENTRY, SIZES, Shape, array_types
from sim.rules import SHIPPED, Rules

PLAIN = (bool, int, float, str)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN)


def codes(rules: Rules = SHIPPED) -> dict[str, tuple[Any, ...]]:
    """Return what every function that the loop can reach does, by module and name."""
    return {
        f"{module.__name__}.{name}": (*_bare(value.__code__, value.__doc__), value.__defaults__)
        for module in binding.loop(rules)
        for name, value in vars(module).items()
        if isinstance(value, FunctionType)
    }


def _bare(code: CodeType, doc: str | None = None) -> tuple[Any, ...]:
    """Return a code without docstring, names of files and lines."""
    given = code.co_consts[1:] if doc and code.co_consts[:1] == (doc,) else code.co_consts
    return (
        code.co_code,
        [_shown(value) for value in given],
        code.co_names,
        code.co_varnames,
        code.co_argcount,
    )


def _shown(constant: Any) -> Any:
    if isinstance(constant, CodeType):
        return _bare(constant)
    if isinstance(constant, frozenset):
        return sorted(map(repr, constant))  # its own order changes from process to process
    return (type(constant).__name__, repr(constant))


def cache_key_parts(shape: Shape) -> list[Any]:
    """Return what else the loop is made of: records, constants, and which names mean what."""
    parts: list[Any] = [LOOP_ENTRY, SIZES]
    parts += [(name, str(kind), kind.itemsize) for name, kind in array_types(shape).items()]
    if shape.rules.own:
        parts.append(sorted(binding.replaced_by(shape.rules).items()))
    for module in binding.loop(shape.rules):
        for name, value in sorted(vars(module).items()):
            if isinstance(value, FunctionType):
                parts.append((module.__name__, name, f"{value.__module__}.{value.__qualname__}"))
            elif not name.startswith("__") and _is_plain(value):
                parts.append((module.__name__, name, repr(value)))
    return parts


def digest(*parts: Any) -> str:
    """Return a hash of values that are printed the same wherever they are the same."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
