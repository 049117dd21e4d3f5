"""Making and loading the compiled loop as an object file.

Numba turns the bound rules into LLVM's intermediate code once; LLVM makes an object of it for this
machine, or for another. Loading one takes llvmlite alone: Numba is not imported.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sim.engine import binding
from sim.engine.layout import EIGHT_BYTES
from sim.engine.objects.entry import (
    ARGUMENTS,
    ARRAYS,
    LOOP_ENTRY,
    SIZES,
    SYMBOL,
    Shape,
    array_types,
    caller,
    record_types,
)
from sim.errors import InputError
from sim.rules import MODULE

GENERIC = {"x86_64": "x86-64", "amd64": "x86-64"}
"""The plainest processor of an architecture, by the first part of the target's name; else LLVM's
own choice."""

SYSTEMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "arm64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
"""Systems that a wheel carries objects for."""

FROM_C = {"memcpy", "memmove", "memset"}
"""What an object may ask of the system: every one has these, and they do not compute."""

PASSES = 2
"""Optimised twice: the second pass, over what the first inlined, gains a quarter in speed."""
SPEED_LEVEL = 3

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
"""Numba's: a division by zero is infinite, and nothing but LLVM ever calls what it compiles."""

NO_JIT = "NUMBA_DISABLE_JIT"


class NotPortableError(Exception):
    """The rules allocate memory, or call what no object file can hold."""


def this_system() -> str:
    """Return LLVM's name of this system."""
    import llvmlite.binding as llvm

    # A Mac's name ends with the version of its kernel, which objects do not depend on.
    return re.sub(r"(?<=darwin)[\d.]+$", "", llvm.get_process_triple())


def this_processor() -> tuple[str, str]:
    """Return LLVM's names of this processor and of its features."""
    import llvmlite.binding as llvm

    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def refuse_without_jit() -> None:
    """Raise InputError where Numba is told not to compile."""
    if os.environ.get(NO_JIT, "0") not in ("", "0"):
        raise InputError(
            f"{NO_JIT} is set, so the rules cannot be compiled; unset it, or run the Mesa model"
        )


@contextmanager
def _numba_leaves_it_to_llvm() -> Iterator[None]:
    """Have Numba write intermediate code only: half its time goes into what nobody will run.

    It would optimise each function, make machine code of it, and spell out the fields of each
    record tens of thousands of times. A version of Numba that lacks one of these does it all.
    """
    from numba.core import codegen, types
    from numba.core import config as settings

    config: Any = settings
    spelt: dict[int, tuple[Any, str]] = {}
    spell = types.Record.__repr__

    def spell_once(record: Any) -> str:
        if id(record) not in spelt:
            spelt[id(record)] = (record, spell(record))
        return spelt[id(record)][1]

    library, machine = codegen.JITCodeLibrary, codegen.JITCPUCodegen
    changes = (
        (config, "OPT", type(config.OPT)("0")),
        (types.Record, "__repr__", spell_once),
        (library, "_optimize_functions", _nothing),
        (library, "_finalize_specific", _nothing),
        (machine, "_add_module", _nothing),
        (machine, "set_env", _nothing),
    )
    possible = changes if all(hasattr(owner, name) for owner, name, _ in changes) else changes[:1]
    before = [getattr(owner, name) for owner, name, _ in possible]
    try:
        for owner, name, value in possible:
            setattr(owner, name, value)
        yield
    finally:
        for (owner, name, _), value in zip(possible, before, strict=True):
            setattr(owner, name, value)


def _nothing(*_: Any) -> None:
    """Stand in for what need not be done."""


def intermediate_code(shape: Shape) -> tuple[str, str]:
    """Compile the bound rules to LLVM's intermediate code.

    Returns:
        The code, and its name of the entry.
    """
    refuse_without_jit()
    from numba import carray, types  # type: ignore[attr-defined]
    from numba.np.numpy_support import from_dtype

    bound = binding.bind(wrap=jitable, rules=shape.rules)
    space: dict[str, Any] = {"carray": carray, "run": jitable(bound[LOOP_ENTRY])}
    for name, kind in record_types(shape).items():
        space[f"{name}_fields"] = kind.itemsize // EIGHT_BYTES
    lines = [f"def entry({', '.join((*SIZES, *ARRAYS))}):"]
    lines += [f"    {n} = carray({n}, ({lengths},))" for n, (_, lengths) in ARRAYS.items()]
    taken = str(ARGUMENTS).replace("'", "")
    # Made of the names in `entry`: no text from outside is in it.
    exec("\n".join([*lines, f"    run{taken}"]), space)
    pointer: Any = types.CPointer  # Numba has no types for it
    pointers = [pointer(from_dtype(kind)) for kind in array_types(shape).values()]
    return code_of(space["entry"], *[types.int64] * len(SIZES), *pointers)


def jitable(function: Any) -> Any:
    """Return a function that others which are compiled can call.

    A user's own checks the bounds of what it indexes; the model's need not, and are faster so.
    """
    from numba.extending import register_jitable

    own = function.__module__.startswith(f"{MODULE}.")
    return register_jitable(**OPTIONS, boundscheck=own)(function)


def code_of(function: Any, *arguments: Any) -> tuple[str, str]:
    """Return a function in LLVM's intermediate code, and its name there.

    Args:
        function: It returns nothing.
        arguments: Numba's types of what it takes.
    """
    from numba import njit, types

    compiler: Any = njit
    with _numba_leaves_it_to_llvm():
        compiled = compiler(types.void(*arguments), **OPTIONS)(function)
    result = compiled.overloads[compiled.signatures[0]]
    return result.library.get_llvm_str(), result.fndesc.llvm_func_name


def object_for(
    code: str, symbol: str, system: str, cpu: str | None = None, features: str = ""
) -> bytes:
    """Make an object file of intermediate code.

    Args:
        code: What :func:`intermediate_code` returned.
        symbol: Its name of the entry.
        system: LLVM's name of the system.
        cpu: LLVM's name of the processor; None: the plainest of its architecture.
        features: Further features of it, as LLVM writes them.

    Raises:
        NotPortableError: The code calls something that no object file can hold.
    """
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    architecture = system.partition("-")[0]
    machine = llvm.Target.from_triple(system).create_target_machine(
        cpu=GENERIC.get(architecture, "") if cpu is None else cpu,
        features=features,
        opt=SPEED_LEVEL,
        reloc="static" if architecture.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )
    module = module_for(machine, system, code, symbol, SYMBOL)
    optimise(module, machine, slp_vectorization=True)  # several numbers at once, each as before
    asked = {
        item.name
        for item in (*module.functions, *module.global_variables)
        if item.is_declaration and not item.name.startswith("llvm.")
    }
    if asked - FROM_C:
        raise NotPortableError(", ".join(sorted(asked - FROM_C)))
    made: bytes = machine.emit_object(module)
    return made


def module_for(machine: Any, system: str, code: str, symbol: str, name: str) -> Any:
    """Return intermediate code as a module for a machine.

    One name is seen from outside; all else may be inlined, or dropped.

    Args:
        machine: LLVM's machine.
        system: LLVM's name of its system.
        code: What :func:`code_of` returned.
        symbol: Its name of the function.
        name: The name that the function gets.
    """
    import llvmlite.binding as llvm

    for pattern, text in (
        (r"^target triple = .*$", f'target triple = "{system}"'),
        (r"^target datalayout = .*$", f'target datalayout = "{machine.target_data}"'),
        (r'"(target-cpu|target-features|tune-cpu)"="[^"]*"', ""),
    ):
        code = re.sub(pattern, text, code, flags=re.MULTILINE)
    code = code.replace(f'@"{symbol}"', f"@{name}").replace(f"@{symbol}(", f"@{name}(")
    module = llvm.parse_assembly(code)
    module.verify()
    for item in (*module.functions, *module.global_variables):
        if not item.is_declaration:
            item.linkage = "external" if item.name == name else "internal"
    return module


def optimise(module: Any, machine: Any, **tuning: bool) -> None:
    """Have LLVM optimise a module for a machine.

    Args:
        module: Intermediate code, changed in place.
        machine: The system and processor that it is for.
        tuning: Kinds of optimisation that are not as LLVM has them.
    """
    import llvmlite.binding as llvm

    options = llvm.create_pipeline_tuning_options(speed_level=SPEED_LEVEL)
    for name, on in tuning.items():
        setattr(options, name, on)
    builder = llvm.create_pass_builder(machine, options)
    for _ in range(PASSES):
        builder.getModulePassManager().run(module, builder)


_FLOATS_USED = ctypes.c_int(1)

_loaded: list[Any] = []
"""What was loaded stays, or its code would be freed."""


def load(content: bytes, shape: Shape) -> Callable[[Mapping[str, Any], int], int]:
    """Load an object into memory.

    Raises:
        RuntimeError: It cannot be loaded on this system.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if os.name == "nt":
        # Windows' compilers mark code that uses floating point by asking for this name.
        llvm.add_symbol("_fltused", ctypes.addressof(_FLOATS_USED))
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    address = engine.get_function_address(SYMBOL)
    if not address:
        raise RuntimeError(f"the object has no {SYMBOL!r}")
    _loaded.append(engine)
    return caller(address, shape)
