"""What `entrench known` prints: how sure its shares and medians are, and no number that is -0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.studies.blocks import Table
from sim.studies.known.method import Elsewhere, account
from sim.studies.known.report import Account
from sim.world.seeds import seeds_from


def blocks(tmp_path: Any, runs: int, others: tuple[Elsewhere, ...] = ()) -> list[Any]:
    """What is printed of so many free histories, one in five of which never buys."""
    path = tmp_path / "known.csv"
    path.write_text("iso3,what,date\nKEN,adopted,2014\n", encoding="utf-8")
    world = seeds_from(None, path)
    assert world is not None
    dates = [math.nan if run % 5 == 4 else 2010.0 + run for run in range(runs)]
    free = pd.DataFrame({"iso3": "KEN", "first_adopted": dates})
    manifest = {"runs": runs, "seed": 1, "scenario": {"name": "x"}, "set": {},
                "seeds": {"known": [{"iso3": "KEN"}]}}  # fmt: skip
    study = Account(manifest, account(world, free, np.arange(runs)), others, len(world.countries))
    assert list(study.tables()["known.csv"][0]) == [
        "iso3", "name", "what", "date", "free_by_then", "free_by_then_low", "free_by_then_high",
        "free_within_a_year", "free_median", "source",
    ]  # fmt: skip
    return list(study.blocks())


@pytest.mark.parametrize(
    ("runs", "median", "by_then"),
    [(1, "2010", "100 % (21 to 100)"), (4, "2011", "100 % (51 to 100)"),
     (10, "2015", "40 % (17 to 69)")],
)  # fmt: skip
def test_shares_say_how_sure_they_are(tmp_path: Any, runs: int, median: str, by_then: str) -> None:
    _, table, words, *_ = blocks(tmp_path, runs)
    assert isinstance(table, Table)
    assert table.rows[0][-1] == median and table.rows[0][3] == by_then
    assert "clustered by parameter set" in words


def test_a_difference_of_nothing_has_no_sign(tmp_path: Any) -> None:
    other = Elsewhere("adopted", 2025, 190, 133.2, 133.5, low=-0.4, high=1.4)
    assert blocks(tmp_path, 6, (other,))[4].rows == [
        ["adopted", "2025", "133.2", "133.5", "0 to +1"]
    ]
    assert blocks(tmp_path, 1, (other,))[4].rows == [["adopted", "2025", "133.2", "133.5"]]
    assert other.in_words == "0 to +1" and np.signbit(round(other.low, 0))
