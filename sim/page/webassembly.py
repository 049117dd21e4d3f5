"""The compiled loop as a WebAssembly module: the same rules, for a browser.

Numba lowers the bound loop to LLVM's intermediate code; that is turned to the target wasm32, all
but the entries is made internal, and LLVM makes an object of it, which :mod:`sim.page.linking`
finishes. llvmlite alone does it: no compiler, linker or network. The module is kept with the other
compiled rules, so it is made once a set of rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sim.engine import binding, records
from sim.engine.compiled import ENTRY, cache_folder
from sim.engine.start import World
from sim.errors import InputError
from sim.mechanisms import MECHANISMS
from sim.page.linking import with_exports
from sim.parameters import derived_names

LOOP, DERIVE = "entry", "derive"
"""What the module exports: the loop over histories; and what sections derive from their values."""
FILE = "page.wasm"
TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+bulk-memory"
PASSES = 2
"""The second pass over inlined code gains a quarter in speed."""
SPEED = 3
BYTES = 8
"""Of every number in a record."""

SIZES = (
    "runs", "sets", "periods", "first_quarter", "quarters", "kept_quarters", "rows", "cells",
    "cell_groups", "groups", "fields", "actor_fields", "vendor_fields", "vendors", "kept_fields",
)  # fmt: skip
"""The loop's first arguments, whole numbers; `groups` counts the spare one."""
ARRAYS = (
    "replicates", "set_of", "parameters", "period_of", "slot_of",
    "now", "countries", "pasts", "china", "west", "public",
    "country_rows", "china_row", "west_row", "public_row", "whole_rows",
    "start_rows", "start_china", "start_west", "start_public",
    "cell_of", "cell_sums", "groups_of_cell", "actor_columns", "vendor_columns", "kept_columns",
    "sums", "vendor_sums", "actor_sums", "ends",
)  # fmt: skip
"""The loop's other arguments: where arrays begin."""

_ACTORS = ("countries", "pasts", "china", "west", "public")
_WHOLE = frozenset({
    "replicates", "set_of", "period_of", "slot_of", "whole_rows", "cell_of", "groups_of_cell",
    "actor_columns", "vendor_columns", "kept_columns",
})  # fmt: skip


class NoTargetError(InputError):
    """This installation of llvmlite cannot make WebAssembly."""


def module(world: World) -> bytes:
    """Return the module, made if these rules have none yet.

    Args:
        world: Any world of the shape that it is to run.

    Raises:
        NoTargetError: llvmlite lacks the target.
    """
    path = cache_folder() / FILE
    if path.is_file():
        return path.read_bytes()
    check_target()
    made = with_exports(_object([(*_loop(world), LOOP), (*_derive(), DERIVE)]), (LOOP, DERIVE))
    from sim.results.files import whole_file

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(made)
    return made


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


def _derive() -> tuple[str, str]:
    """Return the code that computes, by the sections' own methods, what they derive."""
    from numba import carray, types  # type: ignore[attr-defined]
    from numba.np.numpy_support import from_dtype

    pointer: Any = types.CPointer
    bound = binding.bind(wrap=_wrap)
    space: dict[str, Any] = {"carray": carray}
    lines = ["def derive(parameters, count):", "    rows = carray(parameters, (count,))"]
    lines.append("    for k in range(count):")
    for mechanism in MECHANISMS:
        for name in derived_names(mechanism.section):
            method = getattr(mechanism.section, name)
            space[f"{mechanism.name}_{name}"] = _wrap(_rebound(method, bound))
            row = f"rows[k].{mechanism.name}"
            lines.append(f"        {row}.{name} = {mechanism.name}_{name}({row})")
    exec("\n".join(lines), space)  # made of the sections' own names, of no text from outside
    kind = pointer(from_dtype(records.parameter_type()))
    return _code(space["derive"], types.void(kind, types.int64))


def _rebound(method: Any, bound: dict[str, Any]) -> Any:
    """Return a copy of a section's method in which the names of the loop's functions are bound."""
    from types import FunctionType

    space = dict(method.__globals__)
    for name, value in space.items():
        if isinstance(value, FunctionType):
            space[name] = bound.get(f"{value.__module__}.{value.__name__}", value)
    return FunctionType(method.__code__, space, method.__name__)


def _loop(world: World) -> tuple[str, str]:
    """Return the code of the loop over histories, as a function of sizes and pointers."""
    from numba import carray, types  # type: ignore[attr-defined]
    from numba.np.numpy_support import from_dtype

    pointer: Any = types.CPointer
    country, china, west, public = (
        getattr(world, name).dtype.itemsize // BYTES
        for name in ("countries", "china", "west", "public")
    )
    source = f"""
def entry({", ".join((*SIZES, *(f"{name}_at" for name in ARRAYS)))}):
    run(
        carray(replicates_at, (runs,)), carray(set_of_at, (runs,)),
        carray(parameters_at, (sets, periods)), carray(period_of_at, (sets, quarters)),
        first_quarter, carray(slot_of_at, (quarters,)),
        (carray(now_at, (1,)), carray(countries_at, (rows,)), carray(pasts_at, (rows,)),
         carray(china_at, (1,)), carray(west_at, (1,)), carray(public_at, (1,))),
        (carray(country_rows_at, (rows, {country})), carray(china_row_at, ({china},)),
         carray(west_row_at, ({west},)), carray(public_row_at, ({public},)),
         carray(whole_rows_at, (rows, {country}))),
        (carray(start_rows_at, (rows, {country})), carray(start_china_at, ({china},)),
         carray(start_west_at, ({west},)), carray(start_public_at, ({public},))),
        (carray(cell_of_at, (rows,)), carray(cell_sums_at, (cells, fields)),
         carray(groups_of_cell_at, (cells, cell_groups))),
        (carray(actor_columns_at, (actor_fields, 2)), carray(vendor_columns_at, (vendor_fields,)),
         carray(kept_columns_at, (kept_fields, 2))),
        (carray(sums_at, (runs, kept_quarters, groups, fields)),
         carray(vendor_sums_at, (runs, kept_quarters, vendors, vendor_fields)),
         carray(actor_sums_at, (runs, kept_quarters, actor_fields)),
         carray(ends_at, (runs, rows, kept_fields))),
    )
"""
    space: dict[str, Any] = {"run": _wrap(binding.bind(wrap=_wrap)[ENTRY]), "carray": carray}
    exec(source, space)
    held = {
        "parameters": records.parameter_type(),
        "now": records.record_type(records.NOW, len(world.countries)),
        **{name: getattr(world, name).dtype for name in _ACTORS},
    }
    kinds = [
        from_dtype(held[name]) if name in held else types.int64 if name in _WHOLE else types.float64
        for name in ARRAYS
    ]
    signature = types.void(*[types.int64] * len(SIZES), *map(pointer, kinds))
    return _code(space["entry"], signature)


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
