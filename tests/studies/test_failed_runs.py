"""Runs that failed: left out where they failed, and every number says of how many runs it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.runs import runner
from tests.studies.short import RUNS, SHORT

GRID = pd.DataFrame({"contracts.term": [3.0, 5.0, 8.0]})


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Collection[int]], None]:
    """Return a function that makes runs fail: by their places, point by point."""
    real = runner._run

    def fail(places: Collection[int]) -> None:
        def spoilt(*arguments: Any) -> Any:
            chunk = real(*arguments)
            chunk.tallies[[*places], 3, 0, 0] = np.nan
            return chunk

        monkeypatch.setattr(runner, "_run", spoilt)

    return fail


def test_a_run_is_left_out_of_the_points_at_which_it_failed(failing: Any) -> None:
    failing([RUNS, 2 * RUNS + 1])  # run 0 of the second point, run 1 of the third
    found = sim.sweep(GRID, outcomes="working", runs=RUNS, set=SHORT)
    effects = found.tables["effects"].query("group == 'world'")
    values = found.results.values("working", years=2014).isel(year=0).to_numpy()
    assert effects["runs"].tolist() == [RUNS - 1] * 2
    for row, kept in zip(effects.itertuples(), ([1, 2], [0, 2]), strict=True):
        changes = values[row.point, kept] - values[0, kept]
        assert row.mean == pytest.approx(changes.mean(), abs=1e-9)
    said = str(found.blocks)
    assert "left out of all numbers: 2; failures.csv" in said and "column `runs`" in said
    assert "of 1 runs that worked at all points" in said


def test_where_no_run_worked_at_all_points_effects_are_told_alone(failing: Any) -> None:
    failing([0, RUNS + 1, 2 * RUNS + 2, RUNS, RUNS + 2])  # the second point has none
    found = sim.sweep(GRID, outcomes="working", runs=RUNS, set=SHORT)
    effects = found.tables["effects"].query("group == 'world'")
    assert effects["point"].tolist() == [2] and effects["runs"].tolist() == [1]
    assert any("of 0 runs that worked" in str(block) for block in found.blocks)
    assert [found.draw(name) for name in found.figures]


STUDIES: dict[str, Callable[..., Any]] = {
    "run": lambda out: sim.run("no-peers", runs=RUNS, set=SHORT, out=out),
    "compare": lambda out: sim.compare("baseline", "no-peers", runs=RUNS, set=SHORT, out=out),
    "persistence": lambda out: sim.persistence("baseline", runs=RUNS, out=out),
    "country": lambda out: sim.country("KEN", runs=RUNS, set=SHORT, out=out),
    "sweep": lambda out: sim.sweep(GRID, runs=RUNS, set=SHORT, out=out),
}


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_studies_of_failed_runs_name_the_file_of_failures(
    study: str, failing: Any, tmp_path: Path
) -> None:
    failing(range(9 if study == "sweep" else RUNS))
    with pytest.raises(InputError, match=r"no run worked of .*\n.*failures.csv: .*not a finite"):
        STUDIES[study](tmp_path / "out")


def test_one_run_has_no_error_and_no_word_nan() -> None:
    for found in (
        sim.compare("baseline", "no-peers", runs=1, set=SHORT),
        sim.sweep(GRID, runs=1, set=SHORT),
        sim.run("no-peers", runs=1, set=SHORT),
        sim.persistence("baseline", runs=1, set={"horizon.end": 2035}),
    ):
        texts = [b if isinstance(b, str) else b.texts.to_csv() for b in found.blocks]
        assert not [text for text in texts if re.search(r"\bnan\b", text)]
