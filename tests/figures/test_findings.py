"""Titles: most are topics, the others have their ranges; and the shares of survival."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.drawn import RUN_FIGURES, draw_run
from figures.synthetic import make_results
from sim.engine.chunk import working_key
from sim.figures.findings import (
    FRACTIONS,
    capital,
    in_words,
    listed,
    number,
    year_of,
)
from sim.figures.runs.survival import survival


@given(st.floats(0.0, 1.0))
def test_a_share_in_words_is_true(share: float) -> None:
    words = in_words(share)
    by_word = {word: fraction for fraction, word in FRACTIONS.items()}
    if words in by_word:
        assert abs(by_word[words] - share) <= 0.015
    elif " than " in words:
        side, fraction = words.split(" than ")
        assert 0.0 < (share - by_word[fraction]) * (1 if side == "more" else -1) <= 0.07
    else:
        assert words == ("hardly any" if share < 0.5 else "nearly all")


def test_words() -> None:
    assert (in_words(0.7), in_words(0.73)) == ("seven tenths", "less than three quarters")
    assert in_words(0.79) == "four fifths" and capital("four") == "Four"
    assert listed(["A"]) == "A" and listed(["A", "B", "C"]) == "A, B and C"
    assert (number(123.4), number(0.123), number(-0.5)) == ("123", "0.12", "−0.5")
    assert (year_of(2020.0), year_of(2041.0)) == (2019, 2040)


SPEAKING = {"adoption-world", "recorded-against-observed", "survival", "outcome", "state"}
"""Figures whose titles say more than their topic."""


@pytest.mark.parametrize("name", sorted(RUN_FIGURES.keys() - SPEAKING))
def test_a_title_is_the_topic(name: str) -> None:
    assert draw_run(name, make_results()).get_label() == RUN_FIGURES[name].title


def test_the_title_of_adoption_has_its_range() -> None:
    full = make_results()
    last = full.frame.query("outcome == 'adopters' and group_kind == 'world'").iloc[-1]
    title = str(draw_run("adoption-world", full).get_label())
    assert f": {last['mean']:.0f} of 195 states ever buy a Chinese system" in title
    assert f"({last['q05']:.0f} to {last['q95']:.0f} in" in title


def works(*spells: tuple[int, int], **counts: int) -> dict[str, int]:
    flags = {working_key(2000 + at): 0 for at in range(41)}
    flags |= {working_key(2000 + at): 1 for first, last in spells for at in range(first, last)}
    return {**flags, "replaced": 0, "switched": 0, "abandoned": 0, "lapsed": 0, **counts}


def test_survival_counts_first_spells_and_what_ends_them() -> None:
    rows = pd.DataFrame(
        [
            works((10, 41)),  # never lost: cut off by the horizon
            works((10, 12), (20, 30), lapsed=1),
            works((10, 14), lapsed=2, replaced=1),
            works((10, 14), switched=1),
            works(),  # never worked
        ]
    )
    found = survival(rows, 2040)
    assert found is not None
    assert found.left[[0, 1, 2, 3]] == pytest.approx([1.0, 1.0, 0.75, 0.75])
    assert found.left[4] == pytest.approx(0.25)
    assert found.lost["lapsed"][4] == pytest.approx(0.25)
    assert found.lost["replaced"][4] == found.lost["switched"][4] == pytest.approx(0.25)
    assert survival(rows[4:], 2040) is None


def test_survival_tells_how_runs_differ() -> None:
    """Two runs in which all systems end early or late, and a third that has none."""
    early = [works((10, 12), lapsed=1) for _ in range(30)]
    late = [works((10, 30), lapsed=1) for _ in range(30)]
    rows = pd.DataFrame([*early, *late, works()]).assign(run=[0] * 30 + [1] * 30 + [2])
    found = survival(rows, 2040)
    assert found is not None
    assert found.low[:2] == pytest.approx([1.0, 1.0])
    assert (found.low[2], found.high[2]) == pytest.approx((0.05, 0.95))
    assert found.left[2] == pytest.approx(0.5)
    alone = survival(rows[:30], 2040)
    assert alone is not None and not len(alone.low)


@given(st.lists(st.tuples(st.integers(0, 38), st.integers(1, 40)), min_size=1, max_size=40))
def test_survival_falls_and_adds_up(spells: list[tuple[int, int]]) -> None:
    rows = pd.DataFrame(
        [works((first, min(first + length, 41)), lapsed=length % 2) for first, length in spells]
    )
    found = survival(rows, 2040)
    assert found is not None
    assert (np.diff(found.left) <= 1e-12).all()
    assert found.left + sum(found.lost.values(), np.zeros(len(found.left))) == pytest.approx(1.0)
