"""The compiled loop as a WebAssembly module for a browser, and the arrays that its workers read.

Source: WebAssembly Core Specification 2.0, binary format; WebAssembly tool conventions, linking.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from types import FunctionType
from typing import Any

import numpy as np

from sim.engine import Ensemble, binding, compiled, object_cache, prepare
from sim.engine.chunk import column
from sim.engine.entry import ARRAYS, SIZES, SYMBOL, Shape, array_types, shape_of
from sim.engine.records import EIGHT_BYTES
from sim.engine.run import arrays_of
from sim.errors import InputError
from sim.model.parameters import derived_names
from sim.model.register import SHIPPED, Rules
from sim.model.units import READ_BY
from sim.page.contents import PageContents, plausible_facts
from sim.page.stored import DATES, WORKING
from sim.scenario import Scenario
from sim.scenario.resolve import parameter_type
from sim.world.seeds import shipped_seeds

# Exports: the loop over runs, and derived values.
LOOP, DERIVE = SYMBOL, "derive"
TRIPLE = "wasm32-unknown-unknown"
FEATURES = "+bulk-memory"

# Bytes of the magic number and the version.
HEADER = 8
CUSTOM, EXPORT = 0, 7
# Kinds after the exports: start, elements, code, data, count of data.
AFTER_EXPORT = (8, 9, 10, 11, 12)
# In the linking section's table of symbols: kind, flags, index, before the name.
FUNCTION = rb"\x00[\x00-\x7f]([\x80-\xff]*[\x00-\x7f])"
# Numbers come in pieces of seven bits, with a sign that more follow.
BITS, MORE, MASK = 7, 0x80, 0x7F


def module(shape: Shape) -> bytes:
    # Cached by its content, this file's included.
    recipe = inspect.getsource(sys.modules[__name__])
    key = compiled.object_key(shape, TRIPLE, recipe, version("numba"), version("llvmlite"))
    made = object_cache.find(key)
    if made is None:
        check_target()
        loop = compiled.intermediate_code(shape)
        made = with_exports(
            _object([(*loop, LOOP), (*_derive(shape.rules), DERIVE)]), (LOOP, DERIVE)
        )
        object_cache.keep(made, key)
    return made


def check_target() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    try:
        llvm.Target.from_triple(TRIPLE)
    except RuntimeError as error:
        raise InputError(
            "this llvmlite was built without WebAssembly, so the page cannot contain the engine; "
            "--still makes the page without it"
        ) from error


def _derive(rules: Rules) -> tuple[str, str]:
    from numba import types
    from numba.np.numpy_support import from_dtype

    from sim.engine.frontend import FrontEnd, code_of

    def make(front: FrontEnd) -> Any:
        bound = binding.bind(wrap=front.jitable, rules=rules)
        space: dict[str, Any] = {"carray": front.carray}
        lines = ["def derive(parameters, count):", "    rows = carray(parameters, (count,))"]
        lines.append("    for k in range(count):")
        for of, section in rules.sections.items():
            for name in derived_names(section):
                space[f"{of}_{name}"] = front.jitable(_rebound(getattr(section, name), bound))
                row = f"rows[k].{of}"
                lines.append(f"        {row}.{name} = {of}_{name}({row})")
        exec("\n".join(lines), space)  # made of the sections' own names, of no text from outside
        return space["derive"]

    pointer: Any = types.CPointer  # Numba has no types for it
    return code_of(make, pointer(from_dtype(parameter_type(rules))), types.int64)


def _rebound(method: Any, bound: dict[str, Any]) -> Any:
    space = dict(method.__globals__)
    for name, value in space.items():
        if isinstance(value, FunctionType):
            space[name] = bound.get(f"{value.__module__}.{value.__name__}", value)
    return FunctionType(method.__code__, space, method.__name__)


def _object(codes: Sequence[tuple[str, str, str]]) -> bytes:
    # The same intermediate code as that of the native object. All but the entries are internal, and
    # llvmlite needs no compiler, linker or network.
    import llvmlite.binding as llvm

    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu="generic",
        features=FEATURES,
        opt=compiled.SPEED_LEVEL,
        reloc="static",
        codemodel="default",
    )
    parts = [compiled.module_for(machine, TRIPLE, *code) for code in codes]
    whole, *others = (llvm.parse_assembly(_trapped(str(part))) for part in parts)
    for other in others:
        whole.link_in(other)
    # Without vectors every browser of the last years runs it.
    compiled.optimise(whole, machine, loop_vectorization=False, slp_vectorization=False)
    made: bytes = machine.emit_object(whole)
    return made


def _trapped(code: str) -> str:
    # Functions of Numba's runtime and of Python become traps. They occur on paths of errors, which
    # the rules never take; a trap would stop the run and be shown.

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


def with_exports(data: bytes, names: Sequence[str]) -> bytes:
    """Return the module that exports functions of an object made by LLVM.

    Raises:
        ValueError: It is not an object, or lacks one of the functions.
    """
    # LLVM's object is already a module. Its indices and addresses, which a linker would shift, are
    # right for a single object, and only exports are added.
    sections = list(_sections(data))
    mark = _sized(b"linking")
    linking = next((b for kind, b in sections if kind == CUSTOM and b.startswith(mark)), None)
    if linking is None:
        raise ValueError("no linking section: this is not an object file")
    exports = write_number(len(names))
    for name in names:
        text = _sized(name.encode())
        symbol = re.search(FUNCTION + re.escape(text), linking)
        if not symbol:
            raise ValueError(f"the object defines no function {name!r}")
        exports += text + b"\0" + symbol[1]
    parts = [section for section in sections if section[0] != CUSTOM]  # others are for a linker
    before = [section for section in parts if section[0] not in AFTER_EXPORT]
    after = [section for section in parts if section[0] in AFTER_EXPORT]
    parts = [*before, (EXPORT, exports), *after]
    return data[:HEADER] + b"".join(bytes([kind]) + _sized(body) for kind, body in parts)


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return the unsigned number that begins at a byte, and the place after it."""
    end = at
    while data[end] & MORE:
        end += 1
    pieces = enumerate(data[at : end + 1])
    return sum((byte & MASK) << (BITS * place) for place, byte in pieces), end + 1


def write_number(number: int) -> bytes:
    *pieces, last = (number >> shift for shift in range(0, number.bit_length() or 1, BITS))
    return bytes([*(piece & MASK | MORE for piece in pieces), last])


def _sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = HEADER
    while at < len(data):
        kind = data[at]
        size, at = read_number(data, at + 1)
        yield kind, data[at : at + size]
        at += size


def _sized(body: bytes) -> bytes:
    return write_number(len(body)) + body


def engine_facts(
    page: PageContents, blobs: dict[str, bytes], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the workers' data; put module and arrays into `blobs`.

    Each part of the outcomes in `facts` gets the number of its first summed group.
    """
    ensemble = page_ensemble(page.root, page.results.seed)
    keys, set_of, rows = plausible_facts(page.plausible, facts["runs"])
    arrays = arrays_of(ensemble)
    blobs["arrays"] = b"".join(array.tobytes() for array in arrays.values())
    # Their digits take less room than their bytes; a column's resemble each other.
    blobs["sets"] = ",".join(map(repr, np.array(rows, np.float64).T.ravel().tolist())).encode()
    shape = shape_of(page.root.seeds or shipped_seeds())._replace(rules=page.root.rules)
    blobs["wasm"] = module(shape)
    layout, countries = ensemble.layout, ensemble.world.countries.dtype
    outputs = layout.shapes(1)
    lengths = {"first_quarter": layout.start, "sets": 1}
    for name, of in ({n: array.shape for n, array in arrays.items()} | outputs).items():
        lengths |= zip(ARRAYS[name][1].split(", "), of, strict=True)
    for row in facts["outcomes"]:
        for part in row["parts"]:
            part["first"] = layout.kind_parts.get(part["kind"], range(1)).start
    kept = ("fields", "actor_fields", "vendor_fields", "vendors", "panel")
    return {
        "bytes": {name: array.nbytes for name, array in arrays.items()},
        "places": places(page.root.rules),
        "sizes": list(SIZES),
        "arrays": list(array_types(shape)),
        "lengths": lengths,
        "parameter_bytes": ensemble.parameters.dtype.itemsize,
        "country_bytes": countries.itemsize,
        "class_at": EIGHT_BYTES * column(countries, "parameter_row"),
        "codes": list(ensemble.world.codes),
        **{name: getattr(layout, name) for name in kept},
        "dates": list(DATES.values()),
        "working": WORKING,
        "members": [group.size for group in layout.groups],
        "set_keys": keys,
        "set_of": set_of,
        "outputs": {name: math.prod(of) for name, of in outputs.items()},
    }


def page_ensemble(scenario: Scenario, seed: int) -> Ensemble:
    return prepare(scenario, seed).narrowed(READ_BY, yearly=True)


def places(rules: Rules = SHIPPED) -> dict[str, tuple[int, str, Any]]:
    """Return each parameter's place in a period's record, in bytes, its kind and default."""
    # Derived values are not included: the loop's entry computes them.
    offsets = {}
    fields: Any = parameter_type(rules).fields
    for name, section in rules.sections.items():
        kind, start = fields[name][:2]
        for key, declared in section.model_fields.items():
            field, offset = kind.fields[key][:2]
            offsets[f"{name}.{key}"] = (start + offset, field.kind, declared.default)
    return offsets
