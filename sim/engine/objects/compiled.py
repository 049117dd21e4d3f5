"""The compiled loop, from wherever it can be had soonest.

From the user's cache; from the wheel, which carries objects of the shipped rules; else compiled now
and kept. Rules that no object file can hold (they allocate or raise), and systems that cannot load
one, get Numba in memory.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.engine import binding
from sim.engine.objects import kept_objects, object_file, shipped
from sim.engine.objects.content import cache_key_parts, codes, digest
from sim.engine.objects.entry import LOOP_ENTRY, Shape, arguments
from sim.errors import InputError
from sim.rules import SHIPPED, MechanismError, Rules

type Loop = Callable[[Mapping[str, Any], int], None]
"""Runs histories: takes arrays by the names in `entry`, and the first quarter."""

COMPILING = "Compiling the model for the first time (about 10 seconds) ..."

REASONS = ("No implementation of", "Unknown attribute", "Cannot unify", "Invalid use", "Undecided")
"""How lines begin in which Numba says why it cannot compile something."""

_one_at_a_time = threading.Lock()


def key_of(shape: Shape) -> str:
    """Return the name of this very loop, as compiled here: by content and by versions."""
    makers = (_version_of("numba"), _version_of("llvmlite"), shipped.recipe())
    machine = (object_file.this_system(), object_file.this_processor())
    return digest(codes(shape.rules), cache_key_parts(shape), makers, machine)


def _version_of(package: str) -> str:
    """Return what a package says its version is, without importing it, nor reading metadata."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    return (Path(spec.origin).parent / "_version.py").read_text(encoding="utf-8")


def compiled_entry(shape: Shape) -> Loop:
    """Return the compiled loop over histories: it takes arrays by name, and the first quarter.

    Args:
        shape: The lengths that records depend on.

    Raises:
        InputError: It must be compiled, and Numba is told not to.
    """
    with _one_at_a_time:
        return _entry(shape)


@cache
def _entry(shape: Shape) -> Loop:
    try:
        run = object_file.load(object_of(shape), shape)
    except (object_file.NotPortableError, RuntimeError, OSError) as error:
        if shape.rules.own and isinstance(error, object_file.NotPortableError):
            raise _own_fault(
                shape.rules, f"its rules ask for memory, or raise ({error})"
            ) from error
        kept_objects.log.warning(
            "the rules are compiled in memory, at each start: no object file can hold them (%s)",
            error,
        )
        return in_memory(shape.rules)

    def call(arrays: Mapping[str, Any], first_quarter: int) -> None:
        if run(arrays, first_quarter):
            if shape.rules.own:
                raise IndexError("a rule of your own indexes outside a list")
            # A rule raised: have it raised as what it is.
            in_memory(shape.rules)(arrays, first_quarter)

    return call


def object_of(shape: Shape) -> bytes:
    """Return the object for this machine: kept, shipped, or made now and kept."""
    key = key_of(shape)
    content = kept_objects.find(key)
    if content is None:
        content = None if shape.rules.own else shipped.find(shape)
        if content is None:
            kept_objects.log.warning(COMPILING)
            code, symbol = _code_of(shape)
            content = object_file.object_for(
                code, symbol, object_file.this_system(), *object_file.this_processor()
            )
        kept_objects.keep(content, key)
    return content


def _code_of(shape: Shape) -> tuple[str, str]:
    """Return the rules in intermediate code; say where a user's own cannot be compiled."""
    try:
        return object_file.intermediate_code(shape)
    except Exception as error:
        if not shape.rules.own or isinstance(error, InputError | OSError | MemoryError):
            raise
        # Numba looks up some names without a message of its own.
        text = f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else str(error)
        raise _own_fault(shape.rules, text) from error


def _own_fault(rules: Rules, text: str) -> MechanismError:
    """Return what a compiler says of users' own files, with the line that it says it of.

    Numba tells the whole way from the loop down, the reason last and its line first; in colours
    wherever colorama is installed.
    """
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    said = [re.sub(r"Function\(<.*?(\w+)(?: at \w+)?>\)", r"\1", line) for line in text.split("\n")]
    reasons = [line.strip() for line in said if line.strip().startswith(REASONS)]
    reason = re.sub(r" (of|on) type Record.*", "", (reasons or said)[-1 if reasons else 0])
    for file in rules.own:
        lines = re.findall(rf"at {re.escape(file.shown)} \((\d+)\)", text)
        if lines:
            reason = reason.removesuffix(" found for signature:")
            return MechanismError(file.wrong(int(lines[0]), f"cannot be compiled: {reason}"))
    files = ", ".join(file.shown for file in rules.own)
    return MechanismError(f"{files}: cannot be compiled: {reason}")


@cache
def in_memory(rules: Rules = SHIPPED) -> Loop:
    """Return the loop compiled by Numba for this process alone."""
    object_file.refuse_without_jit()
    import numba

    bound = binding.bind(wrap=object_file.jitable, rules=rules)
    run: Any = numba.njit(error_model="numpy", nogil=True)(bound[LOOP_ENTRY])
    return lambda arrays, first_quarter: run(*arguments(arrays, first_quarter))
