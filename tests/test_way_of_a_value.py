"""The way of a value, as docs/architecture.md shows it: from a scenario file to `series.csv`."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet
import pytest
from mechanisms.builders import country

from sim.batch.ensemble import Request, run_to_folder
from sim.engine import prepare
from sim.engine.parameter_sets import beneath
from sim.engine.records import plain
from sim.mechanisms.installed import open_contract
from sim.results.read import open_results
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible

ROOT = Path(__file__).parents[1]
RENEWED = "contracts_renewed_yearly"


@pytest.mark.parametrize(("term", "expires"), [(3.25, True), (39.75, False)])
def test_a_value_goes_from_the_file_through_each_room_into_series(
    term: float, expires: bool, tmp_path: Path
) -> None:
    file = tmp_path / "marked.toml"
    file.write_text(f'title = "Marked"\n[contracts]\nterm = {term}\n')
    scenario = load_scenario(str(file), overrides={"horizon.end": 2012})
    assert scenario.value("contracts.term") == term
    assert str(scenario.origins["contracts.term"]).endswith("marked.toml:3")

    plausible = shipped_plausible()
    assert plausible is not None
    request = Request(scenario, 2, 1, plausible)
    assert request.manifest()["scenario"]["sections"]["contracts"]["term"] == term
    assert {"contracts.term"} == plausible.values(0).keys() - beneath(scenario, plausible.values(0))

    p: SimpleNamespace = plain(prepare(scenario, 1).parameters[0, 0, 0])
    assert (p.contracts.term, p.contracts.term_quarters) == (term, 4 * term)
    state = country(capital=100.0)
    open_contract(state, p)
    assert state.remaining == 4 * term

    run_to_folder(request, tmp_path / "done")
    runs = pyarrow.parquet.read_table(tmp_path / "done" / "runs.parquet").to_pandas()
    series = open_results(tmp_path / "done").series()
    world = series[(series.outcome == RENEWED) & (series.group == "world")]
    for found in (runs[RENEWED], world["mean"]):
        assert (found.max() > 0.0) == expires


def test_the_page_names_rooms_that_there_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {name.replace(".", "/") if "/" not in name else name
             for name in re.findall(r"`(sim[./][\w./]*\w)`", page)}  # fmt: skip
    missing = [n for n in named if not any(Path(ROOT, n + end).exists() for end in ("", ".py"))]
    assert not missing
