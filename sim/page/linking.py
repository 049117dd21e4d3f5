"""From LLVM's WebAssembly object to a module that a browser can start, without a linker.

An object file is a module already. It imports its memory, its stack pointer and its table, and its
indices and addresses, which a linker would shift, are right as long as it is the only object. What
it lacks are exports: one section is put in, and those meant for a linker are left out.

Source: WebAssembly Core Specification 2.0, binary format; WebAssembly tool conventions, linking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

HEADER = 8
"""Bytes before the first section: the magic number and the version."""
CUSTOM, EXPORT = 0, 7
"""Kinds of section."""
AFTER_EXPORT = (8, 9, 10, 11, 12)
"""Kinds that come after the exports: start, elements, code, data, count of data."""
SYMBOL_TABLE = 8
"""Kind of the linking section's part that names symbols."""
FUNCTION, DATA, GLOBAL, EVENT, TABLE = 0, 1, 2, 4, 5
"""Kinds of symbols."""
UNDEFINED, NAMED = 0x10, 0x40
"""Flags of a symbol: not in this object; its name stands here all the same."""
BITS, MORE, MASK = 7, 0x80, 0x7F
"""Numbers come in pieces of seven bits, with a sign that more follow."""


class NotAnObjectError(ValueError):
    """The bytes are not the object that LLVM makes of the loop."""


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return the unsigned number that begins at a byte, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & MASK) << shift
        shift += BITS
        if byte < MORE:
            return value, at


def write_number(number: int) -> bytes:
    """Return an unsigned number as WebAssembly writes it."""
    written = bytearray()
    while True:
        number, byte = number >> BITS, number & MASK
        written.append(byte | (MORE if number else 0))
        if not number:
            return bytes(written)


def with_exports(data: bytes, names: Sequence[str]) -> bytes:
    """Return the module that exports functions of an object.

    Args:
        data: The object, as LLVM makes it.
        names: The functions that the browser may call.

    Raises:
        NotAnObjectError: It is no object, or lacks one of the functions.
    """
    sections = list(_sections(data))
    linking = next((body for kind, body in sections if _is_linking(kind, body)), None)
    if linking is None:
        raise NotAnObjectError("no linking section: this is no object file")
    exports = write_number(len(names))
    for name in names:
        exports += _sized(name.encode()) + b"\0" + write_number(_function(linking, name))
    module, done = bytearray(data[:HEADER]), False
    for kind, body in sections:
        if kind == CUSTOM:
            continue  # linking, relocations, names of producers
        if not done and kind in AFTER_EXPORT:
            module += bytes([EXPORT]) + _sized(exports)
            done = True
        module += bytes([kind]) + _sized(body)
    return bytes(module)


def _sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = HEADER
    while at < len(data):
        kind = data[at]
        size, at = read_number(data, at + 1)
        yield kind, data[at : at + size]
        at += size


def _sized(body: bytes) -> bytes:
    return write_number(len(body)) + body


def _text(data: bytes, at: int) -> tuple[str, int]:
    size, at = read_number(data, at)
    return data[at : at + size].decode(), at + size


def _is_linking(kind: int, body: bytes) -> bool:
    return kind == CUSTOM and _text(body, 0)[0] == "linking"


def _function(linking: bytes, name: str) -> int:
    """Return a function's index, out of the symbol table in the linking section."""
    _, at = _text(linking, 0)
    _, at = read_number(linking, at)  # version
    while at < len(linking):
        kind = linking[at]
        size, at = read_number(linking, at + 1)
        if kind == SYMBOL_TABLE:
            for sort, index, text in _symbols(linking, at):
                if sort == FUNCTION and text == name:
                    return index
        at += size
    raise NotAnObjectError(f"the object defines no function {name!r}")


def _symbols(linking: bytes, at: int) -> Iterator[tuple[int, int, str]]:
    """Yield kind, index and name of each symbol; the index of data is 0."""
    count, at = read_number(linking, at)
    for _ in range(count):
        sort = linking[at]
        flags, at = read_number(linking, at + 1)
        index, text = 0, ""
        if sort == DATA:
            text, at = _text(linking, at)
            if not flags & UNDEFINED:
                for _ in range(3):  # segment, offset, size
                    _, at = read_number(linking, at)
        else:
            index, at = read_number(linking, at)
            if sort in (FUNCTION, GLOBAL, EVENT, TABLE) and (
                not flags & UNDEFINED or flags & NAMED
            ):
                text, at = _text(linking, at)
        yield sort, index, text
