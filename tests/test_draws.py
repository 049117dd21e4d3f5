"""The keyed draw: the published generator, and fields that never overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine import binding
from sim.model import draws
from sim.model.draws import code_number, philox, uniform

CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
PURPOSE_NAMES = [
    name
    for name, value in vars(draws).items()
    if name.isupper()
    and isinstance(value, int)
    and not name.endswith(("SHIFT", "BITS"))
    and not name.startswith(("MOST", "FRACTION"))
    and name not in ("MULTIPLIER", "WEYL", "WORD", "ROUNDS", "FIRST_PLUGIN_PURPOSE")
]
KEYS = st.tuples(
    st.integers(0, draws.MOST_RUNS - 1),
    CODES,
    st.integers(0, draws.MOST_QUARTERS - 1),
    st.integers(0, 1023),
    st.integers(0, 63),
)


def counter_of(run_number: int, code: str, quarter: int, purpose: int, nth: int) -> int:
    """The 64-bit counter of a draw, as the loop adds it up."""
    moment = (run_number << draws.RUN_SHIFT) + (quarter << draws.QUARTER_SHIFT)
    country = code_number(code) << draws.COUNTRY_SHIFT
    return moment + country + (purpose << draws.PURPOSE_SHIFT) + nth


@pytest.mark.parametrize(
    ("key", "counter", "result"),
    [
        (0x00000000, (0x00000000, 0x00000000), (0xFF1DAE59, 0x6CD10DF2)),
        (0xFFFFFFFF, (0xFFFFFFFF, 0xFFFFFFFF), (0x2C3F628B, 0xAB4FD7AD)),
        (0x13198A2E, (0x243F6A88, 0x85A308D3), (0xDD7CE038, 0xF62A4C12)),
    ],
)
def test_vectors_of_random123(key: int, counter: tuple[int, int], result: tuple[int, int]) -> None:
    assert philox(key, *counter) == result


@pytest.mark.parametrize(
    ("words", "value"),
    [((0, 0), 2.0**-53), ((draws.WORD, draws.WORD), 1.0 - 2.0**-53)],
)
def test_uniform_lies_strictly_between_0_and_1(
    words: tuple[int, int], value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "philox", lambda key, low, high: words)
    assert uniform(0, 0) == value
    assert 0.0 < value < 1.0


@given(KEYS)
def test_a_counter_gives_its_fields_back(key: tuple[int, str, int, int, int]) -> None:
    """So no two draws share a counter: the fields lie side by side."""
    run_number, code, quarter, purpose, nth = key
    counter = counter_of(*key)
    assert counter < 1 << 64
    assert counter & 63 == nth
    assert counter >> draws.PURPOSE_SHIFT & 1023 == purpose
    assert counter >> draws.QUARTER_SHIFT & (draws.MOST_QUARTERS - 1) == quarter
    assert counter >> draws.COUNTRY_SHIFT & 32767 == code_number(code)
    assert counter >> draws.RUN_SHIFT == run_number


def test_purposes_are_distinct_and_leave_room_for_plugins() -> None:
    numbers = [getattr(draws, name) for name in PURPOSE_NAMES]
    assert len(numbers) > 20
    assert len(set(numbers)) == len(numbers)
    assert all(0 < number < draws.FIRST_PLUGIN_PURPOSE for number in numbers)
    assert draws.FIRST_PLUGIN_PURPOSE < 1 << (draws.QUARTER_SHIFT - draws.PURPOSE_SHIFT)


SHARED = ["VENDOR", "EXPIRY"]
"""Purposes drawn for in two files: a state holds at most one tender that counts in a quarter; its
system ends with a contract or worn out without one, never both."""


def test_each_purpose_is_drawn_for_in_one_file() -> None:
    """A purpose nobody draws for is dead; one drawn for in two files makes two decisions alike."""
    readers: dict[str, set[str]] = {name: set() for name in PURPOSE_NAMES}
    for module in binding.LOOP:
        if module is draws:
            continue
        for function in binding.functions().values():
            if function.__module__ == module.__name__:
                for name in set(function.__code__.co_names) & set(readers):
                    readers[name].add(module.__name__)
    assert [name for name, found in readers.items() if not found] == []
    assert [name for name, found in readers.items() if len(found) > 1] == SHARED


def test_compiled_equals_python() -> None:
    import numba

    bound = binding.bind(wrap=lambda f: numba.extending.register_jitable(f))
    compiled = numba.njit(bound["sim.model.draws.uniform"])
    counters = [counter_of(r, "SRB", q, 60, 0) for r in (0, 9, (1 << 25) - 1) for q in (0, 99, 255)]
    # The engine's counters are signed 64-bit whole numbers: large ones wrap, and mean the same.
    wrapped = np.array(counters, np.uint64).astype(np.int64)
    for seed in (0, 1, 2**31, draws.MOST_SEED):
        for plain, signed in zip(counters, wrapped, strict=True):
            assert compiled(np.int64(seed), signed) == uniform(seed, plain)
