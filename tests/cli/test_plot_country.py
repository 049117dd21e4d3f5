"""`entrench plot` and `entrench country` on a results folder."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import sim
from sim.batch.ensemble import Request, run_to_folder
from sim.cli import app
from sim.errors import InputError
from sim.figures import register
from sim.results.read import open_results
from sim.scenario import load_scenario
from sim.studies.blocks import Table
from sim.studies.country.story import summary_of
from sim.world.names import find_state
from sim.world.seeds import load_seeds

ASKED = ("outcome", "state")
"""Figures that are drawn where an outcome or a state is asked for."""
FIGURES = [name for name in register.figures_of(register.RUN) if name not in ASKED]

SEEDS = load_seeds()
RUNS = 6
SEED = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "done"
    run_to_folder(Request(load_scenario("baseline"), RUNS, SEED), path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_plot_draws_everything_twice_the_same(folder: Path, tmp_path: Path) -> None:
    results = [run("plot", folder, "--out", tmp_path / name) for name in "ab"]
    assert [result.exit_code for result in results] == [0, 0], results[0].output
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == sorted(f"{view}.{ending}" for view in FIGURES for ending in ("png", "svg"))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_plot_some_figures_into_the_folder(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    result = run("plot", copy, "--figure", "lock-in", "--figure", "money", "--format", "svg")
    assert result.exit_code == 0
    found = sorted(path.name for path in (copy / "figures").iterdir())
    assert found == ["lock-in.svg", "money.svg"]
    assert "lock-in.svg" in result.stdout


def test_plot_lists_figures(folder: Path) -> None:
    lines = run("plot", folder, "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(register.figures_of(register.RUN))
    rows = json.loads(run("plot", folder, "--list", "--json").stdout)
    assert [row["figure"] for row in rows] == list(register.figures_of(register.RUN))


def test_plot_an_outcome_and_a_state(folder: Path, tmp_path: Path) -> None:
    of = ("--outcome", "working", "--outcome", "trained", "--by", "regime", "--years", "2010-2030")
    assert run("plot", folder, "--out", tmp_path, "--format", "svg", *of).exit_code == 0
    state = run("plot", folder, "--out", tmp_path, "--format", "png", "--state", "kenya")
    assert state.exit_code == 0, state.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "outcome-trained.svg", "outcome-working.svg", "state-KEN.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "hints"),
    [
        (("--outcome", "wroking", "--by", "regin"), ("'working'", "'region'")),
        (("--outcome", "working", "--by", "vendor"), ("not known by vendor",)),
        (("--years", "2040-2010"), ("from 2000 to 2040",)),
        (("--years", "soon"), ("not two years",)),
        (("--state", "Serbai"), ("SRB (Serbia)",)),
        (("--state", "KEN", "--outcome", "working"), ("does not go with --state",)),
    ],
)
def test_plot_what_cannot_be_drawn(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], hints: tuple[str, ...]
) -> None:
    result = run("plot", folder, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2 and "Traceback" not in result.output
    for hint in hints:
        assert hint in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--figure", "contrats"), "did you mean 'contracts'"),
        (("--format", "gif"), "png, svg, pdf"),
    ],
)
def test_plot_wrong_names(folder: Path, tmp_path: Path, arguments: Any, hint: str) -> None:
    result = run("plot", folder, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert hint in result.output and "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_no_results_folder(tmp_path: Path) -> None:
    for verb in (("plot", tmp_path), ("country", "SRB", "--results", tmp_path)):
        result = run(*verb)
        assert result.exit_code == 2 and "manifest.json" in result.output


def test_plot_onto_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = run("plot", folder, "--out", blocked, "--figure", "money")
    assert result.exit_code == 2 and "is a file, not a folder" in result.output


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SRB", "SRB"),
        ("srb", "SRB"),
        ("serbia", "SRB"),
        (" Serbia ", "SRB"),
        ("bosnia", "BIH"),
        ("niger", "NER"),
    ],
)
def test_states_are_found(text: str, code: str) -> None:
    assert find_state(text, SEEDS.countries).iso3 == code


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("SBR", "did you mean SRB (Serbia)"),
        ("Serbai", "SRB (Serbia)"),
        ("united", "United"),
        ("", "ISO code"),
        ("qqqqqqqq", "ISO code"),
        ("China", "no state 'China': China is the one that offers, not one of the 195 states"),
        ("chn", "China is the one that offers"),
    ],
)
def test_states_that_are_not_meant(text: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        find_state(text, SEEDS.countries)
    assert hint in caught.value.messages[0]


def test_every_state_is_found_by_code_and_name() -> None:
    for state in SEEDS.countries:
        assert find_state(state.iso3.lower(), SEEDS.countries) == state
        assert find_state(state.name.upper(), SEEDS.countries) == state


def test_country_as_json_agrees_with_countries_csv(folder: Path) -> None:
    result = run("country", "serbia", "--results", folder, "--json")
    assert result.exit_code == 0, result.output
    everything = json.loads(result.stdout)
    assert (everything["scenario"], everything["seed"]) == ("baseline", 5)
    (told,) = everything["states"]
    assert (told["iso3"], told["runs"]) == ("SRB", RUNS)
    table = open_results(folder).countries().set_index("iso3")
    likelihoods = {row["key"]: row for row in told["happened"] + told["recorded"]}
    for key, column in {
        "first_trained_by_2025": "p_trained_2025",
        "first_adopted_by_2019": "p_adopted_2019",
        "first_adopted_by_2040": "p_adopted_2040",
        "working_2040": "p_working_2040",
        "first_recorded_trained_by_2025": "p_recorded_trained_2025",
        "first_recorded_adopted_by_2019": "p_recorded_adopted_2019",
    }.items():
        assert likelihoods[key]["state"] == pytest.approx(table.loc["SRB", column])
        region = table[table.region == "Eastern Europe & Caucasus"][column]
        assert likelihoods[key]["region"] == pytest.approx(region.mean(), abs=1e-6)
    assert told["facts"]["Belt and Road"].startswith("since")
    rated, used = (f"regime of 2024, {who}" for who in ("rated by the EIU", "used by the rules"))
    assert told["facts"][rated] == "flawed democracy"
    assert told["facts"][used] == "hybrid (democracy score 5.4)"
    assert set(told["reasons"]) == {"trained", "adopted", "platform"}
    assert told["reasons"]["trained"]["relations with Beijing"] > 0.0
    terms, lines = told["terms"], told["timeline"]
    assert terms["values"]["trained"]["Belt and Road"][0] == 0.0  # not before 2013
    for question, latest in told["reasons"].items():
        assert {t: v[-1] for t, v in terms["values"][question].items()} == pytest.approx(latest)
    at = lines["years"].index(2025)
    share = lines["happened"]["trained"][at]
    assert share == pytest.approx(100.0 * table.loc["SRB", "p_trained_2025"])
    beside = {one["iso3"]: one for one in told["beside"]}
    assert (beside["HUN"]["how"], beside["LVA"]["how"]) == ("neighbour", "peer")
    assert beside["HUN"]["trained"] == pytest.approx(table.loc["HUN", "p_trained_2025"])


@pytest.mark.slow
def test_country_tells_what_other_scenarios_change(folder: Path, tmp_path: Path) -> None:
    asked = ("--results", folder, "--compare", "no-exit-cost", "offer-withdrawn-2030")
    result = run("country", "KEN", "SRB", *asked, "--out", tmp_path / "o", "--no-figures", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [story["iso3"] for story in told["states"]] == ["KEN", "SRB"]
    names = ["no-exit-cost", "offer-withdrawn-2030"]
    for story in told["states"]:
        assert [one["alternative"] for one in story["changes"]] == names
        lines, change = story["timeline"], story["changes"][1]["events"]["working_2040"]
        assert lines["happened"]["working"][-1] == pytest.approx(100 * change["reference"])
        assert lines["working_in"][names[1]][-1] == pytest.approx(100 * change["alternative"])
        # Nothing differs before the offer stops.
        before = lines["years"].index(2029)
        assert lines["working_in"][names[1]][:before] == lines["happened"]["working"][:before]
    again = run("country", "KEN", "--results", folder, "--compare", "baseline")
    assert again.exit_code == 2 and "same scenario" in again.output


def test_country_as_text(folder: Path) -> None:
    result = run("country", "KEN", "--results", folder)
    assert result.exit_code == 0
    for words in (
        "Kenya (KEN)",
        "Sub-Saharan Africa",
        "lapsed and restored",
        "logits",
        "all others",
        "all of it",
        "not forecasts",
    ):
        assert words in result.stdout
    text = " ".join(result.stdout.split())
    assert (
        f"Shares of {RUNS} runs: a standard error of {50 / math.sqrt(RUNS):.1f} percentage" in text
    )
    contract_runs = found_stories(folder).contract_runs
    assert f"(any vendor; KEN {contract_runs} of {RUNS})" in text


def found_stories(folder: Path) -> Any:
    """Kenya's story of the runs."""
    return sim.country("KEN", source=folder).stories[0]


def test_terms_add_up_to_all_of_it(folder: Path) -> None:
    study = sim.country("KEN", "SRB", source=folder)
    tables = [one for one in study.blocks() if isinstance(one, Table) and one.heads[1] == "logits"]
    assert len(tables) == 3
    for table in tables:
        for code in ("KEN", "SRB"):
            rows = [row for row in table.rows if row[0] == code]
            assert [row[1] for row in rows][-2:] == ["all others", "all of it"]
            parts = np.array([[float(cell) for cell in row[2:]] for row in rows])
            # Each of the rows is rounded to a tenth.
            assert np.all(np.abs(parts[:-1].sum(axis=0) - parts[-1]) <= 0.05 * len(rows) + 1e-9)


def test_country_reads_or_runs_but_not_both(folder: Path) -> None:
    result = run("country", "SRB", "--results", folder, "--runs", 3)
    assert result.exit_code == 2 and "--results" in result.output


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (("country", "SBR"), "did you mean SRB"),
        (("country", "KEN", "--compare", "baseline"), "baseline is given twice"),
        (("compare", "baseline", "no-exit-cost", "--outcome", "workin"), "did you mean 'working'"),
        (("compare", "baseline", "baseline"), "baseline is given twice"),
        (("persistence", "--since", 1900), "--since 1900: allowed: 2000 to 2039"),
        (("persistence", "baseline"), "the offer is not withdrawn in baseline"),
    ],
)
def test_wrong_names_and_years_are_refused(verb: tuple[object, ...], told: str) -> None:
    result = run(*verb)
    assert result.exit_code == 2, result.output
    assert told in result.output


def test_country_with_a_wrong_name(folder: Path) -> None:
    result = run("country", "SBR", "--results", folder)
    assert result.exit_code == 2
    assert "did you mean SRB" in result.output and "Traceback" not in result.output


def story_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    usual = {"first_trained": np.nan, "first_adopted": np.nan, "opened": 0}
    usual |= {f"working_{year}": 0 for year in range(2000, 2041)}
    ends = dict.fromkeys(("renewed", "lapsed", "restored", "switched", "abandoned", "replaced"), 0)
    return pd.DataFrame(
        [{**usual, **ends, "run": at, "iso3": "SRB", **r} for at, r in enumerate(rows)]
    )


def test_never_counts_as_later_than_all() -> None:
    dates = (2003.0, 2010.75, np.nan, np.nan)
    frame = story_frame([{"first_trained": date} for date in dates])
    story = summary_of(find_state("SRB", SEEDS.countries), frame, SEEDS, 2040)
    assert story.timings[0].quartiles == (2003, 2010, None)
    assert story.happened[0].state == 0.5


def test_contracts_count_only_runs_with_one() -> None:
    frame = story_frame(
        [
            {"opened": 2, "lapsed": 1, "restored": 1, "first_adopted": 2019.75},
            {"opened": 1, "lapsed": 3, "working_2025": 1},
            {},
            {},
        ]
    )
    story = summary_of(find_state("SRB", SEEDS.countries), frame, SEEDS, 2040)
    ends = {row.key: row.state for row in story.contracts}
    assert ends["lapsed"] == 1.0 and ends["lapsed_and_restored"] == 0.5 and ends["renewed"] == 0.0
    assert story.contracts_opened == 0.75
    happened = {row.key: row.state for row in story.happened}
    # The end of a year is the end of its fourth quarter.
    assert happened["first_adopted_by_2019"] == 0.25
    assert happened["working_2025"] == 0.25 and happened["working_2040"] == 0.0


def test_a_state_without_contracts_and_a_short_horizon() -> None:
    story = summary_of(find_state("SRB", SEEDS.countries), story_frame([{}]), SEEDS, 2024)
    assert [row.state for row in story.contracts] == [None] * 6
    assert {row.key for row in story.happened} == {"first_adopted_by_2019"}
    json.dumps(asdict(story), allow_nan=False)


@pytest.mark.slow
def test_country_runs_a_scenario_tells_several_states_and_writes_tables(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("--runs", 3, "--seed", SEED, "--set", "horizon.end=2026", "--out", out)
    result = run("country", "KEN", "serbia", *asked, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [story["iso3"] for story in told["states"]] == ["KEN", "SRB"]
    assert {story["last_year"] for story in told["states"]} == {2026}
    table = pd.read_csv(out / "probabilities.csv").set_index(["iso3", "key"])
    first = told["states"][1]["happened"][0]
    assert table.loc[("SRB", first["key"]), "state"] == pytest.approx(first["state"])
    assert sorted(p.name for p in out.iterdir()) == [
        "beside.csv", "country.json", "figures", "probabilities.csv",
        "reasons.csv", "timeline.csv", "timings.csv",
    ]  # fmt: skip
    assert sorted(p.name for p in (out / "figures").glob("*.png")) == [
        "terms-KEN.png", "terms-SRB.png", "timeline-KEN.png", "timeline-SRB.png",
    ]  # fmt: skip


def test_a_finished_folder_has_its_own_parameters(folder: Path) -> None:
    result = run("country", "KEN", "--results", folder, "--point")
    assert result.exit_code == 2
    assert "leave out --point" in result.output
