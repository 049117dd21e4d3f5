"""Events that begin once the world is so: in each run at its own date, in every way of running."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.engine import prepare, run_chunk
from sim.engine.chunk import derive
from sim.engine.ensemble import Ensemble
from sim.engine.mesa_model import simulate_runs
from sim.model.register import SHIPPED
from sim.scenario import load_scenario
from sim.scenario.scenario import scenario_of
from tests.chunks import PARTS, different

RUNS = range(3)


def made(folder: Path, *events: str) -> Ensemble:
    file = folder / "mine.toml"
    head = 'extends = "baseline"\n[horizon]\nend = 2019\n'
    file.write_text(head + "".join(f'[[events]]\nname = "e{k}"\n{e}' for k, e in enumerate(events)))
    scenario = load_scenario(file)
    content = scenario.to_dict()
    assert scenario_of(content, "here").to_dict() == content
    return prepare(scenario, 1)


@pytest.mark.parametrize(
    ("condition", "outcome", "sign"),
    [("adopters > 40", "adopters", 1), ("price < 0.7", "price", -1), ("trust > 0.1", "trust", 1)],
)
def test_it_is_the_event_dated_to_the_quarter_after(
    condition: str, outcome: str, sign: int, tmp_path: Path
) -> None:
    """In force for good from the quarter after the first in which the outcome is so."""
    effect = "china.sales = false\n"
    ensemble = made(tmp_path, f'when = "{condition}"\n{effect}')
    found = run_chunk(ensemble, RUNS)
    base = run_chunk(made(tmp_path), RUNS)
    series = derive(SHIPPED.register[outcome], base, ensemble.layout)[:, :, 0]
    threshold = float(condition.split()[-1])
    dates = []
    for run in RUNS:
        first = int(np.argmax(sign * (series[run] - threshold) > 0))
        dates.append(2000 + (first + 1) / 4)
        dated = run_chunk(made(tmp_path, f"date = {dates[-1]}\n{effect}"), [run])
        for part in PARTS:
            assert np.array_equal(getattr(found, part)[run], getattr(dated, part)[0]), part
    assert min(dates) > 2000.25 and max(dates) < 2019
    assert not different(simulate_runs(ensemble, [1]), run_chunk(ensemble, [1]))


def test_several_conditions_are_met_in_any_order(tmp_path: Path) -> None:
    """One in Africa alone, one that is never met, beside a dated event and a relative value."""
    ensemble = made(
        tmp_path,
        'when = "trained > 60"\nwhere = { region = ["Sub-Saharan Africa"] }\nchina.sales = false\n',
        'when = "adopters > 50"\ncontracts.term.times = 0.5\n',
        'when = "adopters > 1000"\nchina.offering = false\n',
        "date = 2015\nwest.strictness.times = 0.5\n",
    )
    assert ensemble.period_of.shape[1] == 8
    engine = run_chunk(ensemble, [2])
    assert not different(simulate_runs(ensemble, [2]), engine)
    assert "tallies" in different(run_chunk(made(tmp_path), [2]), engine)
