"""Designs: which points they have, and how evenly."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from sim.experiment import Experiment, Factor, make_points

type Load = Callable[..., Experiment]


def number(name: str, low: float, high: float, **more: object) -> Factor:
    """Return a factor with a range."""
    return Factor(name, name, "", f"contracts.{name}", low=low, high=high, **more)  # type: ignore[arg-type]


def date(low: float, high: float) -> Factor:
    """Return a factor of an event's date."""
    return Factor("d", "d", "year", "events.x.date", low=low, high=high, step=0.25)


FEE = number("fee", 0.0, 1.0)
EPOCH = number("epoch", 0, 3, step=1.0)


def test_a_grid_is_the_full_product_first_factor_slowest(load: Load) -> None:
    design = load(
        '[[factors]]\nkey = "contracts.exit_cost"\nvalues = [0, 1.5]\n'
        '[[factors]]\nkey = "contracts.term"\nvalues = [5, 10, 15, 20]\n'
        '[[factors]]\nkey = "contracts.active"\nvalues = [true, false]\n'
    ).design
    expected = itertools.product((0.0, 1.5), (5.0, 10.0, 15.0, 20.0), (True, False))
    assert (design.kind, design.points) == ("grid", tuple(expected))
    assert {type(cell) for point in design.points for cell in point} == {float, bool}


@given(seed=st.integers(0, 2**32 - 1))
def test_listed_values_whole_numbers_and_quarters_are_equally_frequent(seed: int) -> None:
    """In a Latin hypercube each has its share of the points exactly."""
    three = Factor("t", "t", "", "contracts.fee", values=(0.1, 0.2, 0.3))
    cube = make_points((EPOCH, three, date(2026, 2027.75)), 48, seed)
    epochs, threes, dates = (Counter(column) for column in zip(*cube, strict=True))
    assert epochs == {0: 12, 1: 12, 2: 12, 3: 12}
    assert threes == {0.1: 16, 0.2: 16, 0.3: 16}
    assert dates == {2026 + step / 4: 6 for step in range(8)}


def test_a_logarithmic_range_of_whole_numbers_has_all_of_them() -> None:
    factor = number("n", 1, 20, step=1.0, scale="log")
    counts = Counter(cell for (cell,) in make_points((factor,), 1024, 1))
    assert set(counts) == set(range(1, 21))
    assert counts[1] > counts[2] > counts[5] > counts[20] > 0


def test_pinned_points() -> None:
    """The same file gives the same points on every machine."""
    cube = ((0.100321817521, 3), (0.451627155934, 2), (0.967712959012, 0))
    assert make_points((FEE, EPOCH), 3, 1) == cube
