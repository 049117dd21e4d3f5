"""The compiled loop as a WebAssembly module: the same rules, for a browser.

Numba lowers the bound loop to LLVM's intermediate representation for this machine; that text is
turned to the target wasm32, all but the entry is made internal, and LLVM makes an object of it,
which :mod:`sim.page.linking` finishes. llvmlite alone does it: no compiler, linker or network.
The module is kept with the other compiled rules, so it is made once a set of rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sim import binding, records
from sim.engine import ENTRY, cache_folder
from sim.errors import InputError
from sim.page.linking import with_export
from sim.world.start import World

NAME = "entry"
"""What the module exports."""
FILE = "page.wasm"
TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+bulk-memory"
PASSES = 2
"""The second pass over inlined code gains a quarter in speed."""
SPEED = 3

SIZES = (
    "derived", "runs", "sets", "periods", "first_quarter", "quarters", "kept_quarters", "rows",
    "cells_used", "groups", "width", "actors", "vendor_fields", "vendors", "kept",
)  # fmt: skip
"""The entry's first arguments, whole numbers of 32 bits so that scripts need no others; `derived`
is 1 where what sections derive from their values is to be computed, `groups` counts the spare."""
POINTERS = (
    "replicates", "set_of", "parameters", "period_of", "slot_of",
    "now", "countries", "pasts", "china", "west", "public",
    "country_numbers", "china_numbers", "west_numbers", "public_numbers", "country_wholes",
    "start_countries", "start_china", "start_west", "start_public",
    "cell_of", "cells", "cell_groups", "actor_columns", "vendor_columns", "kept_columns",
    "sums", "vendor_sums", "actor_sums", "ends",
)  # fmt: skip
"""The entry's other arguments: where arrays begin."""
CELL_KINDS = 4
"""Groups that a cell belongs to."""


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
    made = with_export(_object(*_representation(world)), NAME)
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


def _representation(world: World) -> tuple[str, str]:
    """Return the loop in LLVM's representation, for this machine, and the entry's symbol."""
    import numba
    from numba import types
    from numba.core import config
    from numba.extending import register_jitable
    from numba.np.numpy_support import from_dtype

    settings: Any = config
    before = settings.OPT
    # Not optimised for this machine: that is done for the other.
    settings.OPT = type(before)("0")
    try:
        wrap = register_jitable(error_model="numpy", nogil=True)
        run = wrap(binding.bind(wrap=wrap)[ENTRY])
        record_types = {
            "parameters": records.parameter_type(),
            "now": records.record_type(records.NOW, len(world.countries)),
            **{name: getattr(world, name).dtype for name in _ACTORS},
        }
        whole, number = types.CPointer(types.int64), types.CPointer(types.float64)
        kinds = [
            types.CPointer(from_dtype(record_types[name]))
            if name in record_types
            else (whole if name in _WHOLE else number)
            for name in POINTERS
        ]
        signature = types.void(*[types.int32] * len(SIZES), *kinds)
        entry = numba.njit(
            signature,
            error_model="numpy",
            nogil=True,
            no_cpython_wrapper=True,
            no_cfunc_wrapper=True,
        )(_entry(run, _derive(wrap), world))
        compiled = entry.overloads[entry.signatures[0]]
        return compiled.library.get_llvm_str(), compiled.fndesc.llvm_func_name
    finally:
        settings.OPT = before


_ACTORS = ("countries", "pasts", "china", "west", "public")
_WHOLE = frozenset({
    "replicates", "set_of", "period_of", "slot_of", "country_wholes", "cell_of", "cell_groups",
    "actor_columns", "vendor_columns", "kept_columns",
})  # fmt: skip


def _derive(wrap: Callable[..., Any]) -> Any:
    """Return a function that computes what sections derive, by their own methods."""
    space: dict[str, Any] = {}
    lines = ["def derive(p):", "    pass"]
    for mechanism in records.MECHANISMS:
        for name in records.derived_names(mechanism.section):
            method = f"{mechanism.name}_{name}"
            space[method] = wrap(getattr(mechanism.section, name))
            lines.append(f"    p.{mechanism.name}.{name} = {method}(p.{mechanism.name})")
    exec("\n".join(lines), space)  # the sections' own names, no text from outside
    return wrap(space["derive"])


def _entry(run: Any, derive: Any, world: World) -> Any:
    """Return the function of sizes and pointers that makes arrays of them and runs the loop."""
    from numba import carray

    width = {
        name: getattr(world, name).dtype.itemsize // records_width for name in _ACTORS
    }
    source = f"""
def entry({", ".join((*SIZES, *POINTERS))}):
    p = carray(parameters, (sets, periods))
    if derived != 0:
        for s in range(sets):
            for k in range(periods):
                derive(p[s, k])
    run(
        carray(replicates, (runs,)), carray(set_of, (runs,)), p,
        carray(period_of, (sets, quarters)), first_quarter, carray(slot_of, (quarters,)),
        (carray(now, (1,)), carray(countries, (rows,)), carray(pasts, (rows,)),
         carray(china, (1,)), carray(west, (1,)), carray(public, (1,))),
        (carray(country_numbers, (rows, {width["countries"]})),
         carray(china_numbers, ({width["china"]},)), carray(west_numbers, ({width["west"]},)),
         carray(public_numbers, ({width["public"]},)),
         carray(country_wholes, (rows, {width["countries"]}))),
        (carray(start_countries, (rows, {width["countries"]})),
         carray(start_china, ({width["china"]},)), carray(start_west, ({width["west"]},)),
         carray(start_public, ({width["public"]},))),
        (carray(cell_of, (rows,)), carray(cells, (cells_used, width)),
         carray(cell_groups, (cells_used, {CELL_KINDS}))),
        (carray(actor_columns, (actors, 2)), carray(vendor_columns, (vendor_fields,)),
         carray(kept_columns, (kept, 2))),
        (carray(sums, (runs, kept_quarters, groups, width)),
         carray(vendor_sums, (runs, kept_quarters, vendors, vendor_fields)),
         carray(actor_sums, (runs, kept_quarters, actors)), carray(ends, (runs, rows, kept))),
    )
"""
    space: dict[str, Any] = {"run": run, "derive": derive, "carray": carray}
    exec(source, space)
    return space["entry"]


records_width = 8
"""Bytes of every number in a record."""


def _object(text: str, symbol: str) -> bytes:
    """Return the wasm32 object of a function in LLVM's representation."""
    import llvmlite.binding as llvm

    check_target()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu="generic", features=FEATURES, opt=SPEED, reloc="static", codemodel="default"
    )
    text = re.sub(r"^target triple = .*$", f'target triple = "{TRIPLE}"', text, flags=re.M)
    layout = f'target datalayout = "{machine.target_data}"'
    text = re.sub(r"^target datalayout = .*$", layout, text, flags=re.M)
    text = re.sub(r'"(target-cpu|target-features|tune-cpu)"="[^"]*"', "", text)
    parsed = llvm.parse_assembly(text)
    parsed.verify()
    for function in parsed.functions:
        if not function.is_declaration:
            function.linkage = "external" if function.name == symbol else "internal"
    for variable in parsed.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    text = _trapped(str(parsed))
    text = text.replace(f'@"{symbol}"', f"@{NAME}").replace(f"@{symbol}(", f"@{NAME}(")
    parsed = llvm.parse_assembly(text)
    tuning = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    # Vectors would add in another order, and so to other bits.
    tuning.loop_vectorization = tuning.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, tuning)
    for _ in range(PASSES):
        builder.getModulePassManager().run(parsed, builder)
    made: bytes = machine.emit_object(parsed)
    return made


def _trapped(text: str) -> str:
    """Make a trap of each function of Numba's runtime and of Python.

    They stand on paths of errors, which the rules never take; one that was taken all the same
    would stop the history and be shown.
    """

    def trap(found: re.Match[str]) -> str:
        head = found[1].replace("captures(none)", "")
        body = "  call void @llvm.trap()\n  unreachable\n"
        return f"define internal {head} noinline cold noreturn {{\n{body}}}"

    outside = r"^declare ([^\n]*?@(?:NRT|Py|numba)\w*\([^)]*\))[^\n]*$"
    text = re.sub(outside, trap, text, flags=re.M)
    text = re.sub(r"^@(Py\w+) = external global .*$", r"@\1 = internal global i8 0", text, flags=re.M)
    declared = "declare void @llvm.trap()"
    return text if declared in text else f"{text}\n{declared}\n"
