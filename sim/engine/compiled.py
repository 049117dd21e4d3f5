"""The compiled loop: read from the cache, else compiled and put into the cache.

Numba makes LLVM's intermediate code of the bound rules, and LLVM an object file of it.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine import binding, entry, object_cache
from sim.engine.entry import ARRAYS, SIZES, SYMBOL, Shape, array_types
from sim.engine.identity import source_hash, strip_comments
from sim.engine.records import EIGHT_BYTES
from sim.errors import InputError, log
from sim.model.register import MechanismError, Rules

# They import Numba, so they are imported to compile.
FRONTENDS = ("frontend.py", "fast_frontend.py")

# Functions that an object may need from the system: every system has them, and they do not compute.
FROM_C = {"memcpy", "memmove", "memset"}

FEWEST_PASSES, MOST_PASSES = 2, 4
"""Passes of LLVM over all code: more than the fewest while it still asks for other functions.

Numba counts references to the arrays of a rule. The first pass inlines the rules into the loop, and
only the second sees that none of these counts is needed: after one pass the object would ask for
`NRT_MemInfo_call_dtor`. A larger rule of yours may need another.
"""
SPEED_LEVEL = 3

FRACTION_BITS, EXPONENT_BIAS = 52, 1023
FRACTION = (1 << FRACTION_BITS) - 1
"""Bits of a number's fraction; the biased exponent precedes them."""

COMPILING = "Compiling the model for the first time (about 10 seconds) ..."
REASON = r"^ *((?:No implementation of|Unknown attribute|Cannot unify|Invalid use|Undecided).*)"


@cache
def compiled_entry(shape: Shape) -> Callable[[Mapping[str, Any], int], int]:
    """Return the compiled loop over runs; it returns 0 unless a user's rule stopped."""
    import llvmlite.binding as llvm

    content = object_of(shape)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if os.name == "nt":
        # Windows' compilers mark code that uses floating point by asking for this name.
        llvm.add_symbol("_fltused", ctypes.addressof(_FLOATS_USED))
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    _loaded.append(engine)
    return entry.caller(engine.get_function_address(SYMBOL), shape)


_FLOATS_USED = ctypes.c_int(1)
# Loaded objects stay, or their code would be freed.
_loaded: list[Any] = []


# Loading an object needs llvmlite and not Numba, which is slow to import.
def object_of(shape: Shape) -> bytes:
    import llvmlite.binding as llvm

    system = this_system()
    processor = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    key = object_key(shape, system, processor, version("numba"), version("llvmlite"))
    content = object_cache.find(key)
    if content is None:
        log.warning(COMPILING)
        content = object_for(*intermediate_code(shape), system, *processor)
        object_cache.keep(content, key)
    return content


def object_key(shape: Shape, *machine: Any) -> str:
    """Return the name of an object: a hash of everything it is made from, without comments."""
    makers = [Path(name) for name in (__file__, entry.__file__, binding.__file__)]
    makers += [makers[0].with_name(name) for name in FRONTENDS]
    recipe = [strip_comments(maker.read_text(encoding="utf-8")) for maker in makers]
    plugins = [strip_comments(file.source) for file in shape.rules.plugins]
    types = [(name, str(kind)) for name, kind in array_types(shape).items()]
    return object_cache.digest(source_hash(), plugins, types, *recipe, machine)


def this_system() -> str:
    import llvmlite.binding as llvm

    # A Mac's name ends with the version of its kernel, which objects do not depend on.
    return re.sub(r"(?<=darwin)[\d.]+$", "", llvm.get_process_triple())


def intermediate_code(shape: Shape) -> tuple[str, str]:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        raise InputError("NUMBA_DISABLE_JIT is set, so the rules cannot be compiled; unset it")
    from numba import types
    from numba.core.errors import NumbaError
    from numba.np.numpy_support import from_dtype

    from sim.engine.frontend import FrontEnd, code_of

    def make(front: FrontEnd) -> Any:
        exact = {"sim.model.arithmetic.scaled": front.jitable(scaled)}
        bound = binding.bind(exact, front.jitable, shape.rules)
        space: dict[str, Any] = {"carray": front.carray}
        space["run"] = front.jitable(bound[entry.LOOP_ENTRY])
        for name, kind in entry.record_types(shape).items():
            space[f"{name}_fields"] = kind.itemsize // EIGHT_BYTES
        lines = [f"def entry({', '.join((*SIZES, *ARRAYS))}):"]
        lines += [f"    {n} = carray({n}, ({lengths},))" for n, (_, lengths) in ARRAYS.items()]
        taken = str(entry.ARGUMENTS).replace("'", "")
        # Made of the names in `entry`: no text from outside is in it.
        exec("\n".join([*lines, f"    run{taken}"]), space)
        return space["entry"]

    pointer: Any = types.CPointer  # Numba has no types for it
    pointers = [pointer(from_dtype(kind)) for kind in array_types(shape).values()]
    try:
        return code_of(make, *[types.int64] * len(SIZES), *pointers)
    except (NumbaError, LookupError) as error:  # some names are looked up without a message
        if shape.rules.plugins:
            raise _plugin_fault(shape.rules, str(error)) from error
        raise


def _plugin_fault(rules: Rules, text: str) -> MechanismError:
    # Numba reports the whole way from the loop down, the reason last; in colours wherever colorama
    # is installed.
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    text = re.sub(r"Function\(<.*?(\w+)(?: at \w+)?>\)", r"\1", text)
    reason = [text.partition("\n")[0], *re.findall(REASON, text, re.MULTILINE)][-1]
    reason = re.sub(r" (of|on) type Record.*| found for signature:$", "", reason)
    lines = [
        file.wrong(int(line), f"cannot be compiled: {reason}")
        for file in rules.plugins
        for line in re.findall(rf"at {re.escape(file.shown)} \((\d+)\)", text)
    ]
    return MechanismError(lines[0] if lines else f"own rules cannot be compiled: {reason}")


def scaled(x: float) -> tuple[float, int]:
    """Do as :func:`sim.model.arithmetic.scaled`, from how IEEE 754 stores a number."""
    bits = np.float64(x).view(np.int64)
    fraction = np.int64(bits & FRACTION | EXPONENT_BIAS << FRACTION_BITS)
    return float(fraction.view(np.float64)), int(bits >> FRACTION_BITS) - EXPONENT_BIAS


def object_for(code: str, symbol: str, system: str, cpu: str, features: str) -> bytes:
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(system).create_target_machine(
        cpu=cpu,
        features=features,
        opt=SPEED_LEVEL,
        reloc="static" if system.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )
    module = module_for(machine, system, code, symbol, SYMBOL)
    optimise(module, machine, slp_vectorization=True)  # several numbers at once, each as before
    if asked := asked_by(module):
        names = ", ".join(sorted(asked))
        raise InputError(f"the rules cannot be compiled: they ask for memory, or raise ({names})")
    made: bytes = machine.emit_object(module)
    return made


def module_for(machine: Any, system: str, code: str, symbol: str, name: str) -> Any:
    """Return intermediate code as a module for a machine; only the entry, renamed, is visible."""
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
    """Have LLVM optimise a module, in place; `tuning` overrides LLVM's options."""
    import llvmlite.binding as llvm

    options = llvm.create_pipeline_tuning_options(speed_level=SPEED_LEVEL)
    for name, on in tuning.items():
        setattr(options, name, on)
    builder = llvm.create_pass_builder(machine, options)
    for done in range(MOST_PASSES):
        if done < FEWEST_PASSES or asked_by(module):
            builder.getModulePassManager().run(module, builder)


def asked_by(module: Any) -> set[str]:
    """Return the functions and data that a module asks for, other than those of C."""
    everything = (*module.functions, *module.global_variables)
    names = {each.name for each in everything if each.is_declaration}
    return {name for name in names if not name.startswith("llvm.")} - FROM_C
