"""Making and loading the compiled loop as an object file.

Numba turns the bound rules into LLVM's intermediate code once; LLVM makes an object of it for this
machine, or for another. Loading one takes llvmlite alone: Numba is not imported.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim.engine import binding
from sim.engine.entry import LOOP_ENTRY, SYMBOL, Shape, array_types, caller
from sim.errors import InputError

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
    found = changes if all(hasattr(owner, name) for owner, name, _ in changes) else changes[:1]
    before = [getattr(owner, name) for owner, name, _ in found]
    try:
        for owner, name, value in found:
            setattr(owner, name, value)
        yield
    finally:
        for (owner, name, _), value in zip(found, before, strict=True):
            setattr(owner, name, value)


def _nothing(*_: Any) -> None:
    """Stand in for what need not be done."""


def intermediate_code(shape: Shape) -> tuple[str, str]:
    """Compile the bound rules to LLVM's intermediate code.

    Returns:
        The code, and its name of the entry.
    """
    refuse_without_jit()
    from numba import carray, njit, types  # type: ignore[attr-defined]
    from numba.extending import register_jitable
    from numba.np.numpy_support import from_dtype

    kinds = array_types(shape)
    options: dict[str, Any] = {
        "error_model": "numpy",
        "nogil": True,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }
    bound = binding.bind(wrap=register_jitable(**options), rules=shape.rules)
    run = register_jitable(**options)(bound[LOOP_ENTRY])
    country, china, west, public = (
        kinds[name].itemsize // kinds["country_rows"].itemsize
        for name in ("countries", "china", "west", "public")
    )

    def entry(  # type: ignore[no-untyped-def]
        # SIZES
        n, sets, periods, classes, first_quarter, quarters, kept_quarters, rows, cells, cell_groups,
        groups, fields, actor_fields, vendor_fields, vendors, kept_fields,
        # array_types
        replicates, set_of, parameters, period_of, slot_of,
        now, countries, pasts, chinas, wests, publics,
        country_rows, china_row, west_row, public_row, whole_rows,
        start_rows, start_china, start_west, start_public,
        cell_of, cell_sums, groups_of_cell,
        actor_columns, vendor_columns, kept_columns,
        sums, vendor_sums, actor_sums, ends,
    ):  # fmt: skip
        run(
            carray(replicates, (n,)),
            carray(set_of, (n,)),
            carray(parameters, (sets, periods, classes)),
            carray(period_of, (sets, quarters)),
            first_quarter,
            carray(slot_of, (quarters,)),
            (
                carray(now, (1,)),
                carray(countries, (rows,)),
                carray(pasts, (rows,)),
                carray(chinas, (1,)),
                carray(wests, (1,)),
                carray(publics, (1,)),
            ),
            (
                carray(country_rows, (rows, country)),
                carray(china_row, (china,)),
                carray(west_row, (west,)),
                carray(public_row, (public,)),
                carray(whole_rows, (rows, country)),
            ),
            (
                carray(start_rows, (rows, country)),
                carray(start_china, (china,)),
                carray(start_west, (west,)),
                carray(start_public, (public,)),
            ),
            (
                carray(cell_of, (rows,)),
                carray(cell_sums, (cells, fields)),
                carray(groups_of_cell, (cells, cell_groups)),
            ),
            (
                carray(actor_columns, (actor_fields, 2)),
                carray(vendor_columns, (vendor_fields,)),
                carray(kept_columns, (kept_fields, 2)),
            ),
            (
                carray(sums, (n, kept_quarters, groups, fields)),
                carray(vendor_sums, (n, kept_quarters, vendors, vendor_fields)),
                carray(actor_sums, (n, kept_quarters, actor_fields)),
                carray(ends, (n, rows, kept_fields)),
            ),
        )

    taken = entry.__code__.co_argcount
    pointer: Any = types.CPointer
    compiler: Any = njit
    signature = types.void(
        *[types.int64] * (taken - len(kinds)),
        *(pointer(from_dtype(kind)) for kind in kinds.values()),
    )
    with _numba_leaves_it_to_llvm():
        compiled = compiler(signature, **options)(entry)
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
    for pattern, text in (
        (r"^target triple = .*$", f'target triple = "{system}"'),
        (r"^target datalayout = .*$", f'target datalayout = "{machine.target_data}"'),
        (r'"(target-cpu|target-features|tune-cpu)"="[^"]*"', ""),
    ):
        code = re.sub(pattern, text, code, flags=re.MULTILINE)
    module = llvm.parse_assembly(
        code.replace(f'@"{symbol}"', f"@{SYMBOL}").replace(f"@{symbol}(", f"@{SYMBOL}(")
    )
    module.verify()
    # One name is seen from outside; all else may be inlined, or dropped.
    for function in module.functions:
        if not function.is_declaration:
            function.linkage = "external" if function.name == SYMBOL else "internal"
    for variable in module.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    tuning = llvm.create_pipeline_tuning_options(speed_level=SPEED_LEVEL)
    tuning.slp_vectorization = True  # not the default; several numbers at once, each as before
    builder = llvm.create_pass_builder(machine, tuning)
    for _ in range(PASSES):
        builder.getModulePassManager().run(module, builder)
    asked = {
        item.name
        for item in (*module.functions, *module.global_variables)
        if item.is_declaration and not item.name.startswith("llvm.")
    }
    if asked - FROM_C:
        raise NotPortableError(", ".join(sorted(asked - FROM_C)))
    made: bytes = machine.emit_object(module)
    return made


_FLOATS_USED = ctypes.c_int(1)

_loaded: list[Any] = []
"""What was loaded stays, or its code would be freed."""


def load(content: bytes, shape: Shape) -> Callable[..., int]:
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
