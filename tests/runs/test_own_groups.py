"""Groups of one's own: kept in runs or summed from the panel, they count as a region does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.engine import prepare, run_chunk
from sim.errors import InputError
from sim.experiment import Experiment, Keep, design_of
from sim.model.units import KINDS_OF_GROUPS, WORLD
from sim.runs.dataset import Results
from sim.runs.folder import Folder
from sim.runs.runner import run_design, run_in_memory
from sim.runs.store import OtherResultsError
from sim.runs.workers import Workers
from sim.scenario import load_scenario
from sim.scenario.own_groups import OWN, in_words, read_where
from sim.scenario.scope import where_of
from sim.studies.retention import report as retention
from sim.world.seeds import shipped_seeds

AFRICA = "Africa: region=Sub-Saharan Africa"
AIDED = "aided: region=Sub-Saharan Africa,regime=hybrid|authoritarian,aid_from=1"
FEW = 4


def design(*where: str, countries: bool = True, runs: int = FEW) -> Experiment:
    keep = Keep(groups=KINDS_OF_GROUPS, countries=countries)
    scenarios = {"baseline": load_scenario("baseline", overrides={"horizon.end": 2014})}
    asked = design_of(scenarios, runs=runs, seed=1, plausible=None, keep=keep)
    return replace(asked, own=read_where(where))


@pytest.fixture(scope="module")
def kept() -> Results:
    return run_in_memory(design(AFRICA, AIDED), workers=Workers(2))


@pytest.fixture(scope="module")
def plain() -> Results:
    return run_in_memory(design(), workers=Workers(2))


def of_countries(results: Results) -> list[str]:
    return [name for name, outcome in results.outcomes.items() if outcome.of == "country"]


def test_a_group_that_is_a_region_has_its_sums_to_the_last_bit() -> None:
    own = {"Africa": read_where(AFRICA)["Africa"].states(shipped_seeds())}
    ensemble = prepare(load_scenario("baseline", overrides={"horizon.end": 2010}), 1, own=own)
    region = next(g for g in ensemble.layout.groups if g.name == "Sub-Saharan Africa")
    sums = run_chunk(ensemble, range(2)).tallies
    assert (sums[:, :, -1] > 0.0).any()
    np.testing.assert_array_equal(sums[:, :, -1], sums[:, :, ensemble.layout.groups.index(region)])


@pytest.mark.slow
def test_further_groups_change_no_other_number(kept: Results, plain: Results) -> None:
    for kind in plain.groups:
        assert plain.dataset(by=kind).equals(kept.dataset(by=kind))


def test_a_sum_over_the_panel_is_the_kept_group(kept: Results, plain: Results) -> None:
    summed = plain.asking([AFRICA, AIDED])
    assert summed.summed and not kept.asking([AFRICA, AIDED]).summed
    known = [name for name in of_countries(plain) if not summed.lacks(name, OWN)]
    assert {"working", "adopters_share", "trainings_yearly", "lock_in"} <= {*known}
    for name in known:
        ours, theirs = (results.values(name, OWN).to_numpy() for results in (summed, kept))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)
        if kept.outcomes[name].unit == "countries":
            np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(InputError, match="contracts_chinese: not known of these groups"):
        summed.values("contracts_chinese", OWN)


def test_an_outcome_of_a_group_is_one_like_others(kept: Results, plain: Results) -> None:
    text = "working where region=Sub-Saharan Africa"
    for results, words in ((kept, "Africa"), (plain, "countries in Sub-Saharan Africa")):
        limited = results.asking(outcomes=[text, "working"])
        assert limited.outcomes[text].label == f"Working Chinese systems in {words}"
        region = results.values("working", "region", "Sub-Saharan Africa")
        np.testing.assert_array_equal(limited.values(text), region)
        for frame in (results.frame(f"{text}_2014"), results.frame("working_2014", where=AFRICA)):
            np.testing.assert_array_equal(frame.iloc[:, -1], region.sel(year=2014).to_numpy()[0])


def test_survival_is_told_of_a_group(plain: Results) -> None:
    table = retention(plain.asking(AFRICA), 2012).tables["persistence"].set_index("group")
    ours, region = table.loc["Africa"], table.loc["Sub-Saharan Africa"]
    assert ours["systems"] == region["systems"] > 0.0


def test_runs_of_a_folder_have_other_groups_by_asking_alone(tmp_path: Path) -> None:
    folder, workers = tmp_path / "results", Workers(2)
    run_design(design(AIDED), folder, workers=workers)
    assert sim.open(folder).asking(AFRICA).groups[OWN] == ["Africa"]
    with pytest.raises(OtherResultsError, match=r"keep\.groups\.Africa"):
        run_design(design(AFRICA), folder, workers=workers)
    small = run_design(design(AFRICA, countries=False), folder, workers=workers, fresh=True)
    assert sim.open(folder).asking(AFRICA).groups[OWN] == ["Africa"]
    with pytest.raises(InputError, match="no tables of countries"):
        sim.open(folder).asking(AIDED)
    elsewhere = Folder(folder, {**small.folders[0].manifest, "seeds": {}})
    with pytest.raises(InputError, match="and not this group"):
        Results.of(elsewhere).asking(AIDED)


def test_both_engines_sum_a_group_alike(kept: Results) -> None:
    alone = run_in_memory(design(AIDED, runs=1), workers=Workers(1), engine="mesa")
    for name in ("working", "lock_in", "contracts_chinese"):
        first = kept.values(name, OWN, "aided").isel(run=[0])
        assert first.any()
        np.testing.assert_array_equal(alone.values(name, OWN), first)


def test_studies_show_a_group() -> None:
    options = {"runs": FEW, "where": [AFRICA], "set": {"horizon.end": 2012}}
    report = sim.compare("baseline", "no-training", outcomes="trained", **options)
    rows = report.tables["differences"].query("year == 2012").set_index("group")["mean"]
    assert rows["Africa"] == rows["Sub-Saharan Africa"] < 0.0
    assert any("Africa (48)" in str(getattr(block, "frame", "")) for block in report.shown)
    assert "differences-Africa" in report.figures
    assert set(sim.run("baseline", **options).tables["outcomes"]["group"]) == {WORLD, "Africa"}


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ("region=South Asia|Oceania", "countries in South Asia or Oceania"),
        ("regime=full democracy,ally=false", "full democracies not allied with the West"),
        ("iso3=KEN,bri=true", "countries among KEN in the Belt and Road Initiative"),
        ("regime=hybrid,income_below=4000,aid_from=1",
         "hybrid regimes with an income below US$ 4,000 with aid of 1% of GNI or more"),
    ],
)  # fmt: skip
def test_conditions_in_words(conditions: str, words: str) -> None:
    assert in_words(where_of(conditions)) == words


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        (
            ["mine: region=Afrika"],
            "where region=Afrika: there is no region 'Afrika'; there are: Sub-",
        ),
        (["mine: aid_from=5,0"], "where aid_from=5,0: .*write a point, not a comma: aid_from=5.0"),
        (["world: region=South Asia"], "'world' is a kind of groups"),
        (["A: region=South Asia", "A: regime=hybrid"], "another group is called 'A'"),
        ([""], "where is empty: allowed: conditions"),
    ],
)
def test_a_wrong_group_is_refused_with_what_is_allowed(where: list[str], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_where(where)


def test_a_kept_group_is_named_by_its_conditions_or_its_name(kept: Results) -> None:
    by_name, by_conditions = "donors_paid where aided", f"donors_paid where {AIDED[7:]}"
    asked = kept.asking(outcomes=[by_name, by_conditions])
    assert not asked.summed and asked.groups[OWN] == kept.groups[OWN]
    np.testing.assert_array_equal(asked.values(by_name), kept.values("donors_paid", OWN, "aided"))
    np.testing.assert_array_equal(asked.values(by_conditions), asked.values(by_name))


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [("price where regime=hybrid", "price is not counted by country"),
     ("working where ", "lacks conditions")],
)  # fmt: skip
def test_an_outcome_without_groups_or_conditions_is_refused(
    kept: Results, outcome: str, fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        kept.asking(outcomes=outcome)
