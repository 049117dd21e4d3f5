"""From LLVM's WebAssembly object to a module that a browser can start, without a linker.

An object file is a module already. It imports its memory, its stack pointer and its table, and its
indices and addresses, which a linker would shift, are right as long as it is the only object. What
it lacks are exports: one section is put in, and those meant for a linker are left out.

Source: WebAssembly Core Specification 2.0, binary format; WebAssembly tool conventions, linking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

HEADER = 8
"""Bytes before the first section: the magic number and the version."""
CUSTOM, EXPORT = 0, 7
"""Kinds of section."""
AFTER_EXPORT = (8, 9, 10, 11, 12)
"""Kinds that come after the exports: start, elements, code, data, count of data."""
FUNCTION = rb"\x00[\x00-\x7f]([\x80-\xff]*[\x00-\x7f])"
"""A function in the linking section's table of symbols: kind, flags, index; its name follows."""
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
    mark = _sized(b"linking")
    linking = next((b for kind, b in sections if kind == CUSTOM and b.startswith(mark)), None)
    if linking is None:
        raise NotAnObjectError("no linking section: this is no object file")
    exports = write_number(len(names))
    for name in names:
        text = _sized(name.encode())
        found = re.search(FUNCTION + re.escape(text), linking)
        if not found:
            raise NotAnObjectError(f"the object defines no function {name!r}")
        exports += text + b"\0" + found[1]
    kept = [section for section in sections if section[0] != CUSTOM]  # others are for a linker
    place = next((at for at, (kind, _) in enumerate(kept) if kind in AFTER_EXPORT), len(kept))
    kept.insert(place, (EXPORT, exports))
    return data[:HEADER] + b"".join(bytes([kind]) + _sized(body) for kind, body in kept)


def _sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = HEADER
    while at < len(data):
        kind = data[at]
        size, at = read_number(data, at + 1)
        yield kind, data[at : at + size]
        at += size


def _sized(body: bytes) -> bytes:
    return write_number(len(body)) + body
