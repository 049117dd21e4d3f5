"""What others read of results: pint, netCDF, pandas, notebooks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pint
import pytest
import xarray as xr

import sim
from sim.model.register import SHIPPED
from sim.runs.dataset import Results
from sim.runs.frames import parsable
from sim.runs.joining import join

SHORT = {"horizon.end": 2003}


@pytest.fixture(scope="module")
def results() -> Results:
    return sim.make_runs("baseline", runs=2, set=SHORT)


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    known = pint.UnitRegistry()
    known.define("USD = [currency]")
    return known


def test_pint_reads_the_unit_of_every_outcome(registry: pint.UnitRegistry) -> None:
    units = {name: registry.Unit(parsable(of.unit)) for name, of in SHIPPED.register.items()}
    assert units["courses_yearly"] == registry.Unit("count / year")
    money = {"[currency]": 1, "[time]": -1}
    assert units["revenue_maintenance_yearly"].dimensionality == money
    assert parsable("kilowatt") == "kilowatt"


def test_fields_of_countries_have_units_and_meanings(
    results: Results, registry: pint.UnitRegistry, tmp_path: Path
) -> None:
    folder = sim.make_runs("baseline", runs=2, set=SHORT, out=tmp_path / "runs")
    for each in (results, folder, join([("one", results, [0]), ("other", folder, [0])])):
        debt = each.panel("debt").attrs
        assert (debt["units"], debt["long_name"]) == ("megaUSD", "debt, million US$")
        assert debt["doc"] == "Debt for systems to Chinese banks." and debt["seed"] == 1
        assert all(registry.Unit(each.panel(name, 2003).attrs["units"]) for name in each.fields)
    assert results.panel("out_of_service").attrs["long_name"] == "out of service, share"
    assert registry.Unit(folder.panel("working").attrs["units"]).dimensionless


def test_a_file_says_what_its_runs_are(results: Results, tmp_path: Path) -> None:
    short = sim.make_runs(pd.DataFrame({"contracts.term": [5.0, 10.0]}), runs=2, set=SHORT)
    joined = join([("baseline", results, [0]), ("short", short, [0, 1])])
    said = {"seed": 1, "created_by": f"entrench {sim.__version__}", "title": "Baseline"}
    said |= {"rules": results.identity["rules"], "parameters": results.basis}
    for engine in ("scipy", "h5netcdf"):
        path, data = tmp_path / f"{engine}.nc", joined.dataset(["working", "aid"])
        data.to_netcdf(path, engine=engine)
        with xr.open_dataset(path, engine=engine) as there:
            xr.testing.assert_allclose(there.load(), data.assign_coords(there.coords))
            assert said.items() <= there.attrs.items()
            assert there["contracts.term"].to_numpy().tolist()[1:] == [5.0, 10.0]
