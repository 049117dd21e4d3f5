"""A design, run into a folder and read again: numbers, keys, resume, damage."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.engine import prepare, run_chunk
from sim.engine.chunk import derive
from sim.errors import MANIFEST, InputError
from sim.experiment import Experiment, Keep, design_of
from sim.runs import runner, store, tables
from sim.runs.dataset import Results, open_results
from sim.runs.joining import join
from sim.runs.runner import run_design
from sim.runs.workers import Workers
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.country import first_year

RUNS = 12
END = {"horizon.end": 2008}


def design(*names: str, runs: int = RUNS, sets: bool = True, **until: int) -> Experiment:
    scenarios = {name: load_scenario(name, overrides={**END, **until}) for name in names}
    plausible = shipped_plausible() if sets else None
    return design_of(scenarios, runs=runs, seed=1, plausible=plausible)


def keeping(asked: Experiment, **few: tuple[str, ...]) -> Experiment:
    return replace(asked, keep=asked.keep.model_copy(update=few))


def run(asked: Experiment, folder: Path, **options: object) -> Results:
    run_design(asked, folder, workers=Workers(2), **options)  # type: ignore[arg-type]
    return open_results(folder)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(design("baseline", "no-peers"), tmp_path_factory.mktemp("pair") / "results")


def test_values_are_those_of_the_engine(tmp_path: Path) -> None:
    results = run(design("baseline", sets=False), tmp_path / "results")
    ensemble = prepare(load_scenario("baseline", overrides=END), 1).narrowed(yearly=True)
    chunk = run_chunk(ensemble, range(RUNS))
    layout = ensemble.layout
    parts = {**layout.kind_parts, "world": [0], "vendor": range(len(layout.vendors))}
    for name, kind, group in (
        ("working", "world", "world"),
        ("trained", "region", "Oceania"),
        ("revenue_sales_yearly", "vendor", "Huawei"),
    ):
        place = parts[kind][results.groups[kind].index(group)]
        wanted = derive(results.outcomes[name], chunk, layout)[..., place].astype(np.float32)
        assert np.array_equal(results.values(name, kind, group)[0], wanted)
    wanted = chunk.panel[..., layout.panel.index("trust")].transpose(0, 2, 1).astype(np.float32)
    assert np.array_equal(results.panel("trust")[0], wanted)


def test_a_run_has_the_same_set_and_luck_at_every_point(pair: Results) -> None:
    first, other = pair.values("trained", years=2000)
    assert np.array_equal(first, other)
    assert len(set(pair.set_of_run)) > 1
    assert (pair.parameters["parameter_set"].to_numpy() == pair.set_of_run).all()


def test_the_tables_are_one_dataset(pair: Results) -> None:
    data = pair.dataset(["working", "trained"])
    assert data.working.dims == ("point", "run", "year")
    assert data.working.attrs["units"] == "count"
    series = pair.series().query("outcome == 'working' and group == 'world' and point == 1")
    assert np.allclose(data.working.sel(point=1).mean("run"), series["mean"], rtol=1e-6)
    panel = pd.read_parquet(pair.folder / store.COUNTRY_RUNS)
    assert len(panel) == 2 * RUNS * 195 * 9
    shares = panel.query("year == 2008 and point == 0").groupby("iso3")["trained"].mean()
    values = pair.panel("trained", 2008).isel(point=0).mean(["run", "year"])
    assert np.allclose(shares.to_numpy(), values)


def test_a_group_that_was_kept_is_found_by_its_conditions_and_may_be_called_na() -> None:
    conditions, of = "region=South Asia", "working_2008"
    kept = sim.make_runs("baseline", runs=2, set=END, where=f"NA: {conditions}")
    assert kept.frame(of, where=conditions).equals(kept.frame(of, by="own", group="NA"))
    series = kept.series()
    assert {"NA"} == {*series.loc[series["group_kind"] == "own", "group"]}
    assert series["mean"].dtype == np.float64


def test_joined_folders_have_the_countries_fields_of_both(tmp_path: Path) -> None:
    panels = {"baseline": ("debt", "trust"), "no-peers": ("trust", "working")}
    asked = {name: keeping(design(name, runs=2), countries=of) for name, of in panels.items()}
    both = join([(name, run(of, tmp_path / name), [0]) for name, of in asked.items()])
    assert both.fields == {"trust"} and both.panel("trust").shape == (2, 2, 195, 9)
    for wrong, hint in {"trusst": "; did you mean 'trust'", "debt": ""}.items():
        with pytest.raises(InputError, match=f"no field '{wrong}' of countries{hint}"):
            both.panel(wrong)


def test_summaries_are_of_all_runs_however_few_are_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = design("baseline", "no-peers", **{"horizon.start": 2012, "horizon.end": 2019})
    asked = keeping(asked, outcomes=("working", "trained", "revenue_sales_yearly"))
    whole = run(asked, tmp_path / "whole")
    monkeypatch.setattr(tables, "PASS_VALUES", 1)
    monkeypatch.setattr(tables, "BLOCK_VALUES", 1)
    small = run(asked, tmp_path / "results")
    for name in (store.SERIES, store.COUNTRIES):
        assert (small.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    countries = small.countries().query("point == 1")
    first = first_year(small.years, (small.panel("trained").isel(point=1) == 1).to_numpy())
    medians = pd.DataFrame(first).replace(np.inf, np.nan).median()
    assert np.array_equal(countries["first_trained_median"], medians, equal_nan=True)
    assert medians.nunique() > 3 and countries["p_trained_2025"].isna().all()


OTHERWISE = {"platform": "adopted_platform", "financed_platform": "recorded_financed"}


def test_shares_of_countries_are_those_of_the_field_and_year_of_their_name() -> None:
    results = sim.make_runs("baseline", runs=6, set={"horizon.start": 2015, "horizon.end": 2025})
    for column, shares in results.countries().filter(like="p_").items():
        name, year = column.removeprefix("p_").rsplit("_", 1)
        if int(year) > 2025:
            assert shares.isna().all()
        else:
            values = results.panel(OTHERWISE.get(name, name), int(year)).isel(point=0, year=0)
            assert np.allclose(shares, values.mean("run")) and 0.0 < values.mean() < 1.0


def test_a_frame_has_factors_parameters_and_outcomes_of_each_run(pair: Results) -> None:
    frame = pair.frame("trained_2005", "working_2008").set_index("point")
    assert [*frame][:3] == ["run", "scenario", "parameter_set"] and len(frame) == 2 * RUNS
    trained, hybrid = (pair.values("trained", *of, years=2005) for of in ((), ("regime", "hybrid")))
    assert np.array_equal(frame["trained_2005"], trained.to_numpy().ravel())
    for point, label in enumerate(pair.labels):
        assert (frame.loc[point, "scenario"] == label).all()
        assert np.array_equal(frame.loc[point, "contracts.term"], pair.parameters["contracts.term"])
    regime = pair.frame("trained_2005", by="regime", group="hybrid")["trained_2005"]
    assert np.array_equal(regime, hybrid.to_numpy().ravel())
    with pytest.raises(InputError, match="name one regime: "):
        pair.frame("trained_2005", by="regime")
    with pytest.raises(InputError, match="2009"):
        pair.frame("trained_2009")


def test_a_caller_is_asked_before_many_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, float, float]] = []

    def refuse(*estimate: Any) -> None:
        asked.append(estimate)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "SEVERAL", RUNS - 1)
    with pytest.raises(KeyboardInterrupt):
        run(design("baseline"), tmp_path / "results", confirm=refuse)
    ((runs, seconds, megabytes),) = asked
    assert runs == RUNS and 0.0 < seconds < 60.0
    finished = run(design("baseline"), tmp_path / "finished").folder
    size = sum(path.stat().st_size for path in finished.glob("*.parquet"))
    assert megabytes == pytest.approx(size / 1e6, rel=0.25)
    assert not list((tmp_path / "results").glob("chunks/*"))


def test_of_folders_with_different_runs_the_first_are_paired(pair: Results, tmp_path: Path) -> None:
    """The same numbers as of folders with as many runs; other seeds are refused."""
    few = run(design("no-peers", runs=RUNS - 2), tmp_path / "few")
    both = sim.compare(pair, few).results
    assert both.n_runs == RUNS - 2 and len(both.parameters) == RUNS - 2
    for kind in ("world", "region"):
        every = both.values("working", kind)
        assert np.array_equal(every[2], few.values("working", kind)[0])
        assert np.array_equal(every[:2], pair.values("working", kind)[:, : RUNS - 2])
    assert np.array_equal(both.panel("working")[1], pair.panel("working")[1, : RUNS - 2])


@pytest.mark.parametrize("table", [store.RUNS, store.DESIGN])
def test_a_damaged_table_is_refused_by_name(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "results"
    first = run(design("baseline", runs=2), folder).dataset()
    content = bytearray((folder / table).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / table).write_bytes(content)
    with pytest.raises(InputError, match=table):
        open_results(folder)
    assert run(design("baseline", runs=2), folder, fresh=True).dataset().equals(first)


def test_a_run_with_a_number_that_is_not_finite_stops_and_others_are_kept(
    pair: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked, folder = runner._run, design("baseline", "no-peers"), tmp_path / "results"

    def spoilt(*arguments: Any) -> Any:
        chunk = real(*arguments)
        if arguments[1][:4] == [10, 11, 0, 1]:  # the second chunk, with the first runs of no-peers
            chunk.tallies[3, 3, 0, 0] = np.nan
        return chunk

    monkeypatch.setattr(runner, "_run", spoilt)
    told = r"no-peers: .* not a finite number \(.*\) in run 1 \(seed 1, parameter set .*runs 2 "
    with pytest.raises(InputError, match=told):
        run_design(asked, folder, workers=Workers(1))
    monkeypatch.undo()
    again = run_design(asked, folder, workers=Workers(1))
    assert again.made is not None and again.made < 2 * RUNS
    assert np.array_equal(again.values("working"), pair.values("working"))


def test_a_folder_with_runs_that_an_earlier_version_left_out_is_refused(
    pair: Results, tmp_path: Path
) -> None:
    folder = shutil.copytree(pair.folder, tmp_path / "results")
    (folder / "failures.csv").write_text("point,run,message\n0,1,not finite\n")
    content = store.read_json(folder / MANIFEST)
    content[store.FILES]["failures.csv"] = store.digest_of(folder / "failures.csv")
    store.write_json(folder / MANIFEST, content)
    with pytest.raises(InputError, match="another version wrote failures"):
        open_results(folder)


def test_keep_narrows_what_is_written(tmp_path: Path) -> None:
    kept: Any = {"outcomes": ("working",), "groups": ("region",), "dates": (2003, 2008)}
    asked = replace(design("baseline", runs=2), keep=Keep(**kept, countries=("working",)))
    results = run(asked, tmp_path / "results")
    assert ([*results.outcomes], [*results.groups]) == (["working"], ["world", "region"])
    assert results.years == store.read_json(results.folder / MANIFEST)["keep"]["dates"]
    assert results.years == [2003, 2008] and results.panel("working").shape == (1, 2, 195, 2)
