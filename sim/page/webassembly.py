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

from sim.engine import binding, kept_objects, object_file, records
from sim.engine.content import codes, digest, surroundings
from sim.engine.entry import SYMBOL, Shape
from sim.errors import InputError
from sim.page import linking
from sim.page.linking import with_exports
from sim.parameters import derived_names
from sim.rules import Rules

LOOP, DERIVE = SYMBOL, "derive"
"""What the module exports: the loop over histories; and what sections derive from their values."""
TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+bulk-memory"
PASSES = 2
"""The second pass over inlined code gains a quarter in speed."""
SPEED = 3


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
    recipe = [inspect.getsource(part) for part in (sys.modules[__name__], linking)]
    makers = (version("numba"), version("llvmlite"), TRIPLE)
    return digest(codes(shape.rules), surroundings(shape), derives, recipe, makers)


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


def _code(function: Any, signature: Any) -> tuple[str, str]:
    """Return a function in LLVM's intermediate code, unoptimised, and its symbol."""
    from numba import njit
    from numba.core import config

    compiler: Any = njit
    settings: Any = config
    before = settings.OPT
    settings.OPT = type(before)("0")
    try:
        compiled = compiler(
            signature,
            error_model="numpy",
            nogil=True,
            no_cpython_wrapper=True,
            no_cfunc_wrapper=True,
        )(function)
    finally:
        settings.OPT = before
    result = compiled.overloads[compiled.signatures[0]]
    return result.library.get_llvm_str(), result.fndesc.llvm_func_name


def _wrap(function: Any) -> Any:
    from numba.extending import register_jitable

    return register_jitable(error_model="numpy", nogil=True)(function)


def _derive(rules: Rules) -> tuple[str, str]:
    """Return the code that computes, by the sections' own methods, what they derive."""
    from numba import carray, types  # type: ignore[attr-defined]
    from numba.np.numpy_support import from_dtype

    pointer: Any = types.CPointer
    bound = binding.bind(wrap=_wrap, rules=rules)
    space: dict[str, Any] = {"carray": carray}
    lines = ["def derive(parameters, count):", "    rows = carray(parameters, (count,))"]
    lines.append("    for k in range(count):")
    for of, section in rules.sections.items():
        for name in derived_names(section):
            space[f"{of}_{name}"] = _wrap(_rebound(getattr(section, name), bound))
            row = f"rows[k].{of}"
            lines.append(f"        {row}.{name} = {of}_{name}({row})")
    exec("\n".join(lines), space)  # made of the sections' own names, of no text from outside
    kind = pointer(from_dtype(records.parameter_type(rules)))
    return _code(space["derive"], types.void(kind, types.int64))


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
        cpu="generic", features=FEATURES, opt=SPEED, reloc="static", codemodel="default"
    )
    whole: Any = None
    for code, symbol, name in codes:
        part = llvm.parse_assembly(_turned(code, str(machine.target_data), symbol, name))
        part.verify()
        for function in part.functions:
            if not function.is_declaration:
                function.linkage = "external" if function.name == name else "internal"
        for variable in part.global_variables:
            if not variable.is_declaration:
                variable.linkage = "internal"
        part = llvm.parse_assembly(_trapped(str(part)))
        if whole is None:
            whole = part
        else:
            whole.link_in(part)
    tuning = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    # Without vectors every browser of the last years runs it.
    tuning.loop_vectorization = tuning.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, tuning)
    for _ in range(PASSES):
        builder.getModulePassManager().run(whole, builder)
    made: bytes = machine.emit_object(whole)
    return made


def _turned(code: str, layout: str, symbol: str, name: str) -> str:
    """Return code for this machine as code for wasm32."""
    for pattern, text in (
        (r"^target triple = .*$", f'target triple = "{TRIPLE}"'),
        (r"^target datalayout = .*$", f'target datalayout = "{layout}"'),
        (r'"(target-cpu|target-features|tune-cpu)"="[^"]*"', ""),
    ):
        code = re.sub(pattern, text, code, flags=re.MULTILINE)
    return code.replace(f'@"{symbol}"', f"@{name}").replace(f"@{symbol}(", f"@{name}(")


def _trapped(code: str) -> str:
    """Make a trap of each function of Numba's runtime and of Python.

    They stand on paths of errors, which the rules never take; one that was taken all the same
    would stop the history and be shown.
    """

    def trap(found: re.Match[str]) -> str:
        head = found[1].replace("captures(none)", "")
        body = "  call void @llvm.trap()\n  unreachable\n"
        return f"define internal {head} noinline cold noreturn {{\n{body}}}"

    outside = r"^declare ([^\n]*?@(?:NRT|Py|numba)\w*\([^)]*\))[^\n]*$"
    code = re.sub(outside, trap, code, flags=re.MULTILINE)
    python = r"^@(Py\w+) = external global .*$"
    code = re.sub(python, r"@\1 = internal global i8 0", code, flags=re.MULTILINE)
    declared = "declare void @llvm.trap()"
    return code if declared in code else f"{code}\n{declared}\n"
