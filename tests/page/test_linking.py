"""The object becomes a module: numbers, sections, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.page.webassembly import HEADER, read_number, with_exports, write_number


@given(st.integers(0, 2**64), st.binary(max_size=5))
def test_numbers_are_read_as_they_were_written(number: int, after: bytes) -> None:
    written = write_number(number)
    assert read_number(written + after, 0) == (number, len(written))


def section(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + write_number(len(body)) + body


def text(name: str) -> bytes:
    return write_number(len(name)) + name.encode()


def make_object(symbols: bytes, count: int) -> bytes:
    table = write_number(count) + symbols
    linking = text("linking") + write_number(2) + section(8, table)
    header = b"\0asm\1\0\0\0"
    return header + section(1, b"\0") + section(10, b"\1\2") + section(0, linking)


def test_functions_are_exported_before_the_code_and_custom_sections_left_out() -> None:
    here = b"\0" + write_number(0) + write_number(300) + text("entry")
    data = b"\1" + write_number(0) + text("table") + b"\0\0\4"
    imported = b"\0" + write_number(0x10) + write_number(1)
    other = b"\0" + write_number(0) + write_number(5) + text("derive")
    made = with_exports(make_object(here + data + imported + other, 4), ("entry", "derive"))
    exports = b"\2" + text("entry") + b"\0" + write_number(300) + text("derive") + b"\0\5"
    assert made[HEADER:] == section(1, b"\0") + section(7, exports) + section(10, b"\1\2")


def test_an_object_without_the_function_is_refused() -> None:
    here = b"\0" + write_number(0) + write_number(3) + text("other")
    with pytest.raises(ValueError, match="entry"):
        with_exports(make_object(here, 1), ("entry",))


def test_a_module_that_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="linking"):
        with_exports(b"\0asm\1\0\0\0" + section(1, b"\0"), ("entry",))
