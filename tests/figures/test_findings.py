"""Titles say what is there, and nothing where nothing stands out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.drawn import RUN_FIGURES, draw_run
from figures.synthetic import Synthetic, make_results
from figures.synthetic_sweep import EXIT, TERM, make_sweep
from sim.engine.chunk import working_key
from sim.figures.findings import (
    FRACTIONS,
    capital,
    change,
    in_words,
    listed,
    number,
    widest_and_narrowest,
    year_of,
)
from sim.figures.runs.survival import survival
from sim.figures.sweeps.heat_map import figure_heat_map


def spread(mean: float, half: float) -> dict[str, float]:
    ends = {"q25": mean - half, "q75": mean + half}
    return {"mean": mean, "q05": mean - 2 * half, "q50": mean, "q95": mean + 2 * half, **ends}


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


def test_the_widest_and_the_narrowest_must_be_apart() -> None:
    groups = {"A": spread(80, 5), "B": spread(40, 5), "C": spread(60, 5)}
    told = widest_and_narrowest("Adoption", groups)
    assert told == "Adoption is widest in A (80 %) and narrowest in B (40 %)"
    assert widest_and_narrowest("Adoption", {"A": spread(80, 25), "B": spread(40, 25)}) == ""
    assert widest_and_narrowest("Adoption", {"A": spread(80, 5)}) == ""


def test_a_change_must_be_large_and_clear() -> None:
    when = (2024, 2040)
    told = change("Mistrust", spread(0.1, 0.01), spread(0.2, 0.01), when)
    assert told == "Mistrust rises from 0.1 to 0.2 between the ends of 2024 and 2040"
    assert "falls" in change("Mistrust", spread(0.2, 0.01), spread(0.1, 0.01), when)
    assert change("Mistrust", spread(0.1, 0.1), spread(0.2, 0.1), when) == ""
    assert change("Mistrust", spread(1.0, 0.0), spread(1.05, 0.0), when) == ""
    assert change("Mistrust", None, spread(1.0, 0.0), when) == ""


def test_titles_hold_the_numbers_of_the_results() -> None:
    full = make_results()
    last = full.frame[(full.frame.group_kind == "world") & (full.frame.year == 2040)]
    means = last[last.quarter == 4].set_index("outcome")["mean"]
    title = str(draw_run("adoption-world", full).get_label())
    assert f"{means['adopters']:.0f} of 195 states" in title
    assert f"in {means['working']:.0f} the system works" in title
    contracts = str(draw_run("contracts", full).get_label())
    opened = means["contracts_opened"]
    assert contracts.startswith(f"{means['contracts_alive']:.0f} of {opened:.0f} contracts")


@pytest.mark.parametrize("name", RUN_FIGURES)
def test_where_nothing_happens_the_title_is_the_topic(name: str) -> None:
    full = make_results(quarters=44)
    columns = ["mean", "q05", "q25", "q50", "q75", "q95"]
    frame, states = full.frame.copy(), full.states.copy()
    frame[columns] = 0.0
    for column in states.columns[4:]:
        states[column] = 0.0
    nothing = Synthetic(full.manifest, full.outcomes, frame, states)
    if name not in ("survival", "outcome", "state"):
        assert draw_run(name, nothing).get_label() == RUN_FIGURES[name].title


def test_a_sweeps_title_names_what_moves_the_outcome() -> None:
    title = str(figure_heat_map(make_sweep([EXIT, TERM]), "working", 2040).get_label())
    assert "by exit cost" in title and "by contract term" in title
    flat = figure_heat_map(make_sweep([EXIT, TERM], constant=True), "working", 2040)
    assert str(flat.get_label()) == "States with a working system at the end of 2040"


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
