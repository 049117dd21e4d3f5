"""Figures drawn again from a folder: those that are asked for, of the point that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim.errors import InputError

SHORT: Any = {"runs": 1, "set": {"horizon.end": 2014}}


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the files of figures instead of drawing them."""

    def named(figures: Any, folder: Path, *_: Any, **__: Any) -> Sequence[Path]:
        return [folder / name for name in figures]

    monkeypatch.setattr("sim.studies.plot.save_figures", named)


def test_a_point_of_a_sweep_is_drawn_in_a_folder_of_its_own(tmp_path: Path) -> None:
    sim.make_runs(pd.DataFrame({"contracts.term": [3.0, 5.0]}), out=tmp_path / "grid", **SHORT)
    place = tmp_path / "grid" / "figures" / "point-1"
    assert sim.plot(tmp_path / "grid", point=1, outcome="working") == [place / "working-by-world"]
    assert place / "adoption-world" in sim.plot(tmp_path / "grid", point="1")


def test_an_outcome_is_drawn_by_regime_and_of_groups_of_ones_own(tmp_path: Path) -> None:
    folder, where = tmp_path / "base", "Asia: region=South Asia"
    sim.make_runs("baseline", out=folder, **SHORT)
    (path,) = sim.plot(folder, by="regime", outcome="working")
    assert path == folder / "figures" / "working-by-regime"
    (path,) = sim.plot(folder, where=where, outcome="working")
    assert path.name == "working-by-own"
    assert [p.name for p in sim.plot(folder, figures="contracts")] == ["contracts"]
    with pytest.raises(InputError, match="where need an outcome"):
        sim.plot(folder, where=where)
