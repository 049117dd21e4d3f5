"""The compiled loop as a WebAssembly module: the same rules, for a browser.

It is made of the very intermediate code that the native object is made of (`sim.engine`), with what
sections derive beside it: turned to the target wasm32, all but the two entries made internal, and
finished by :mod:`sim.page.linking`. llvmlite alone does it: no compiler, linker or network. The
module is kept with the other objects, under the content that it is made of.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import FunctionType
from typing import Any

from sim.engine import binding, records
from sim.engine.objects import kept_objects, object_file, shipped
from sim.engine.objects.content import cache_key_parts, codes, digest
from sim.engine.objects.entry import SYMBOL, Shape
from sim.errors import InputError
from sim.page import linking
from sim.page.linking import with_exports
from sim.parameters import derived_names
from sim.rules import Rules

LOOP, DERIVE = SYMBOL, "derive"
"""What the module exports: the loop over histories; and what sections derive from their values."""
TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+bulk-memory"


class NoTargetError(InputError):
    """This installation of llvmlite cannot make WebAssembly."""


def module(shape: Shape) -> bytes:
    """Return the module, made if these rules have none yet.

    Args:
        shape: The lengths that records depend on.

    Raises:
        NoTargetError: llvmlite lacks the target.
    """
    key = _key(shape)
    made = kept_objects.find(key)
    if made is None:
        check_target()
        loop = object_file.intermediate_code(shape)
        made = with_exports(
            _object([(*loop, LOOP), (*_derive(shape.rules), DERIVE)]), (LOOP, DERIVE)
        )
        kept_objects.keep(made, key)
    return made


def _key(shape: Shape) -> str:
    """Return the name of this very module: by content and by versions."""
    derives = [
        (of, name, code.co_code, repr(code.co_consts), code.co_names)
        for of, section in shape.rules.sections.items()
        for name in derived_names(section)
        for code in [getattr(section, name).__code__]
    ]
    sources = (inspect.getsource(part) for part in (sys.modules[__name__], linking))
    recipe = [shipped.recipe(), *sources]
    makers = (version("numba"), version("llvmlite"), TRIPLE)
    return digest(codes(shape.rules), cache_key_parts(shape), derives, recipe, makers)


def check_target() -> None:
    """Raise NoTargetError if llvmlite was built without WebAssembly."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    try:
        llvm.Target.from_triple(TRIPLE)
    except RuntimeError as error:
        raise NoTargetError(
            "this llvmlite was built without WebAssembly, so the page cannot hold the engine; "
            "--still makes the page without it"
        ) from error


def _derive(rules: Rules) -> tuple[str, str]:
    """Return the code that computes, by the sections' own methods, what they derive."""
    from numba import carray, types  # type: ignore[attr-defined]
    from numba.np.numpy_support import from_dtype

    bound = binding.bind(wrap=object_file.jitable, rules=rules)
    space: dict[str, Any] = {"carray": carray}
    lines = ["def derive(parameters, count):", "    rows = carray(parameters, (count,))"]
    lines.append("    for k in range(count):")
    for of, section in rules.sections.items():
        for name in derived_names(section):
            space[f"{of}_{name}"] = object_file.jitable(_rebound(getattr(section, name), bound))
            row = f"rows[k].{of}"
            lines.append(f"        {row}.{name} = {of}_{name}({row})")
    exec("\n".join(lines), space)  # made of the sections' own names, of no text from outside
    pointer: Any = types.CPointer  # Numba has no types for it
    kind = pointer(from_dtype(records.parameter_type(rules)))
    return object_file.code_of(space["derive"], kind, types.int64)


def _rebound(method: Any, bound: dict[str, Any]) -> Any:
    """Return a copy of a section's method in which the names of the loop's functions are bound."""
    space = dict(method.__globals__)
    for name, value in space.items():
        if isinstance(value, FunctionType):
            space[name] = bound.get(f"{value.__module__}.{value.__name__}", value)
    return FunctionType(method.__code__, space, method.__name__)


def _object(codes: Sequence[tuple[str, str, str]]) -> bytes:
    """Return one wasm32 object of several functions: code, symbol, and name to export."""
    import llvmlite.binding as llvm

    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu="generic",
        features=FEATURES,
        opt=object_file.SPEED_LEVEL,
        reloc="static",
        codemodel="default",
    )
    parts = [object_file.module_for(machine, TRIPLE, *code) for code in codes]
    whole, *others = (llvm.parse_assembly(_trapped(str(part))) for part in parts)
    for other in others:
        whole.link_in(other)
    # Without vectors every browser of the last years runs it.
    object_file.optimise(whole, machine, loop_vectorization=False, slp_vectorization=False)
    made: bytes = machine.emit_object(whole)
    return made


def _trapped(code: str) -> str:
    """Make a trap of each function of Numba's runtime and of Python.

    They stand on paths of errors, which the rules never take; one that was taken all the same
    would stop the history and be shown.
    """

    def trap(match: re.Match[str]) -> str:
        head = match[1].replace("captures(none)", "")
        body = "  call void @llvm.trap()\n  unreachable\n"
        return f"define internal {head} noinline cold noreturn {{\n{body}}}"

    outside = r"^declare ([^\n]*?@(?:NRT|Py|numba)\w*\([^)]*\))[^\n]*$"
    code = re.sub(outside, trap, code, flags=re.MULTILINE)
    python = r"^@(Py\w+) = external global .*$"
    code = re.sub(python, r"@\1 = internal global i8 0", code, flags=re.MULTILINE)
    declared = "declare void @llvm.trap()"
    return code if declared in code else f"{code}\n{declared}\n"
