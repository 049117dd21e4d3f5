"""The study of what moves: planted effects are found, and numbers of the model have a budget."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from sim.model.parameters import attribute
from sim.model.register import SHIPPED

ROOT = Path(__file__).parents[2]
STUDY = run_path(str(ROOT / "analyses" / "what_moves.py"))
MOVES = run_path(str(ROOT / "docs" / "scripts" / "generate.py"))["read_moves"]()
MOST_VARIED, MOST_NUMBERS, MOST_SILENT = 120, 230, 0
"""The budget: who adds a number takes another away, and names an outcome that it moves."""

NUMBERS = {key: field for key, field in SHIPPED.parameters.items() if field.annotation is not bool}
VARIED = [key for key, field in NUMBERS.items() if attribute(field, "varied")]


def test_planted_effects_are_found_and_dummies_are_silent() -> None:
    random = np.random.default_rng(1)
    cube, noise = random.random((1024, 8)), random.normal(0.0, 0.5, (2, 1024))
    straight = cube[:, 0] + noise[0]
    curved = 4.0 * (cube[:, 1] - 0.5) ** 2 + noise[1]
    curved[::5] = np.nan  # runs that do not define it
    outcomes = {("headline", "a"): np.exp(straight), ("figure", "b"): curved}
    outcomes["figure", "never"] = np.zeros(len(cube))
    table, explained = STUDY["study"](cube, ["straight", "curved", "idle"], outcomes)
    table = table.set_index("parameter")
    assert table["speaks"].tolist() == [True, True, *[False] * 6]
    assert table.loc["straight", "headline"] == "a"
    # A uniform number has a variance of 1/12; four times its squared distance from 1/2, of 4/45.
    for name, kind, own in (("straight", "headline", 1 / 12), ("curved", "figure", 4 / 45)):
        share = own / (own + 0.25)
        assert table.loc[name, f"{kind}_share"] == pytest.approx(share, abs=0.05)
        assert explained[kind].max() == pytest.approx(share, abs=0.06)
    assert explained["figure", "never"] == 0.0
    assert table.iloc[2:][["headline_share", "figure_share"]].max().max() < 0.02


def test_the_numbers_keep_their_budget() -> None:
    assert len(VARIED) <= MOST_VARIED
    assert len(NUMBERS) <= MOST_NUMBERS


def test_every_varied_parameter_names_what_it_moves() -> None:
    """Where this fails, `uv run python analyses/what_moves.py` makes the table again."""
    ranged = {key for key, field in NUMBERS.items() if attribute(field, "plausible")}
    assert {*MOVES} == ranged
    silent = [key for key in VARIED if MOVES[key]["speaks"] == "False"]
    assert len(silent) <= MOST_SILENT
