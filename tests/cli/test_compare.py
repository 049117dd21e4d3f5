"""`entrench compare`: files, pairing with finished folders, and refusals."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from results.fake import cut
from typer.testing import CliRunner

from sim.batch.ensemble import Request
from sim.cli import app
from sim.engine import CHUNK_RUNS, prepare, run_chunk
from sim.register import register
from sim.results.files import write_own
from sim.results.writing.store import Store
from sim.scenario import load_scenario
from sim.studies.comparison.method import OUTCOMES

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = [
    "comparison.json",
    "countries.csv",
    "differences.csv",
    "figures/differences.png",
    "figures/differences.svg",
]
RUNS = 12
SILENT = ("--no-figures", "--quiet")


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Finished results: two that can be paired, and some that cannot."""
    base = tmp_path_factory.mktemp("compare")
    for name, extra in {
        "base": ("baseline",),
        "free": ("no-exit-cost",),
        "seed-7": ("no-exit-cost", "--seed", 7),
        "short": ("no-exit-cost", "--set", "horizon.end=2035"),
    }.items():
        code, _, error = entrench(
            "run", *extra, "--point", "--runs", RUNS, "--out", base / name, *SILENT
        )
        assert code == 0, error
    return base


def yearly_folder(name: str, folder: Path) -> Path:
    """Results that keep the ends of years, the world and regimes, and no countries."""
    request = Request(load_scenario(name), RUNS, 1)
    ensemble = prepare(request.scenario, 1)
    narrow = ensemble.layout.narrowed({"regime"}, yearly=True, countries=False)
    store = Store.open(
        folder, request.manifest(), narrow, register(), runs=RUNS, chunk_runs=CHUNK_RUNS
    )
    for part in store.missing_chunks():
        store.write_chunk(cut(run_chunk(ensemble, part), ensemble.layout, narrow))
    store.finish()
    return folder


def run_with(
    monkeypatch: pytest.MonkeyPatch, name: str, folder: Path, changed: dict[str, str]
) -> Path:
    """Results of a scenario whose manifest says something else."""
    manifest = Request.manifest
    with monkeypatch.context() as patch:
        patch.setattr(Request, "manifest", lambda request: {**manifest(request), **changed})
        code, _, error = entrench("run", name, "--point", "--runs", RUNS, "--out", folder, *SILENT)
    assert code == 0, error
    return folder


def without_runs(name: str, folder: Path, failed: set[int]) -> Path:
    """Results of a scenario in which some runs failed, for which a chunk holds no numbers."""
    request = Request(load_scenario(name), RUNS, 1)
    ensemble = prepare(request.scenario, 1)
    store = Store.open(
        folder, request.manifest(), ensemble.layout, register(), runs=RUNS, chunk_runs=CHUNK_RUNS
    )
    for part in store.missing_chunks():
        chunk = run_chunk(ensemble, part)
        chunk.tallies[[run - part.start for run in failed if run in part]] = math.nan
        store.write_chunk(chunk)
    assert [failure.run for failure in store.finish()] == sorted(failed)
    return folder


def test_files_table_and_the_same_bytes_twice(tmp_path: Path) -> None:
    for name, threads in (("one", 1), ("two", 2)):
        code, out, error = entrench(
            "compare", "baseline", "no-exit-cost", "no-peers",
            "--runs", RUNS, "--threads", threads, "--out", tmp_path / name,
        )  # fmt: skip
        assert code == 0, error
        for words in ("no-exit-cost less baseline", "no-peers less baseline", "Working Chinese",
                      "2025", "2040", "clustered by parameter set", "not forecasts"):  # fmt: skip
            assert words in out
        folder = tmp_path / name
        made = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        assert sorted(made) == FILES
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    table = rows(tmp_path / "one" / "differences.csv")
    assert {row["alternative"] for row in table} == {"no-exit-cost", "no-peers"}
    assert {row["group_kind"] for row in table} == {"world", "regime", "region"}
    assert {row["outcome"] for row in table} == {"working", "adopters", "trained",
                                                 "contracts_alive"}  # fmt: skip
    assert len(rows(tmp_path / "one" / "countries.csv")) == 2 * 195


def test_groups_add_up_to_the_world(tmp_path: Path) -> None:
    asked = ("--runs", 5, "--out", tmp_path / "c", *SILENT)
    entrench("compare", "baseline", "no-exit-cost", *asked)
    table = [
        row
        for row in rows(tmp_path / "c" / "differences.csv")
        if (row["year"], row["quarter"], row["outcome"]) == ("2040", "4", "working")
    ]
    by_kind = {
        kind: sum(float(row["mean"]) for row in table if row["group_kind"] == kind)
        for kind in ("world", "regime", "region")
    }
    assert by_kind["regime"] == pytest.approx(by_kind["world"])
    assert by_kind["region"] == pytest.approx(by_kind["world"])
    states = rows(tmp_path / "c" / "countries.csv")
    changes = [float(row["difference_working_2040"]) for row in states]
    assert sum(changes) == pytest.approx(by_kind["world"], abs=1e-4)


def test_a_copy_under_another_name_differs_in_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "my-copy.toml"
    shutil.copy(SCENARIOS / "baseline.toml", copy)
    code, out, error = entrench(
        "compare", "baseline", copy, "--runs", 4, "--out", tmp_path / "c", "--json"
    )
    assert code == 0, error
    facts = json.loads(out)
    (found,) = facts["comparisons"]
    assert found["alternative"] == "my-copy"
    assert {row["mean"] for row in found["differences"]} == {0.0}
    assert {row["standard_error"] for row in found["differences"]} == {0.0}
    assert {row["changed_working_2040"] for row in found["countries"]} == {0.0}
    assert not (tmp_path / "c" / "figures" / "states.png").exists()
    again = ("--runs", 4, "--out", tmp_path / "d", "--no-figures")
    code, out, _ = entrench("compare", "baseline", copy, *again)
    assert code == 0 and "No state changes beyond chance." in out


def test_folders_and_scenarios_give_the_same_numbers(folders: Path, tmp_path: Path) -> None:
    asked: dict[str, tuple[object, ...]] = {
        "folders": (folders / "base", folders / "free"),
        "mixed": (folders / "base", "no-exit-cost"),
        "run": ("baseline", "no-exit-cost", "--runs", RUNS, "--point"),
    }
    for name, arguments in asked.items():
        code, _, error = entrench("compare", *arguments, "--out", tmp_path / name, *SILENT)
        assert code == 0, error
    for name in ("differences.csv", "countries.csv"):
        texts = [
            [
                {k: v for k, v in row.items() if k not in ("alternative", "reference")}
                for row in rows(tmp_path / folder / name)
            ]
            for folder in asked
        ]
        assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("yearly_first", [True, False])
def test_a_folder_kept_yearly_beside_a_quarterly_one(
    folders: Path, tmp_path: Path, yearly_first: bool
) -> None:
    pair = [yearly_folder("baseline", tmp_path / "yearly"), folders / "free"]
    whole = [folders / "base", folders / "free"]
    if not yearly_first:
        pair, whole = pair[::-1], whole[::-1]
    for name, arguments in (("one", pair), ("whole", whole), ("run", [pair[0], "no-peers"])):
        code, out, error = entrench("compare", *arguments, "--out", tmp_path / name, "--no-figures")
        assert code == 0, error
        told = "was not kept in every folder" in out
        assert told == (tmp_path / "yearly" in arguments)
    found, everything = (
        {
            (row["outcome"], row["group_kind"], row["group"], row["year"]): row["mean"]
            for row in rows(tmp_path / name / "differences.csv")
            if row["quarter"] == "4"
        }
        for name in ("one", "whole")
    )
    assert {key[1] for key in found} == {"world", "regime"}
    assert found == {key: mean for key, mean in everything.items() if key[1] != "region"}
    assert {row["quarter"] for row in rows(tmp_path / "one" / "differences.csv")} == {"4"}
    assert not (tmp_path / "one" / "countries.csv").exists()


def test_only_runs_good_in_both_are_compared(folders: Path, tmp_path: Path) -> None:
    base = without_runs("baseline", tmp_path / "base", {3})
    free = without_runs("no-exit-cost", tmp_path / "free", {0, 3, 11})
    place = ("--out", tmp_path / "c", "--no-figures")
    code, out, error = entrench("compare", base, free, "no-peers", *place)
    assert code == 0, error
    assert "free less base, 9 paired runs" in out
    assert "3 of 12 runs failed in one or both and are left out." in out
    assert "no-peers less base, 11 paired runs" in out
    # The mean of the good pairs, by the runs of the whole folders.
    by_name = {}
    for name in ("base", "free"):
        table = pq.read_table(folders / name / "runs.parquet").to_pandas()
        world = table[(table.group_kind == "world") & (table.year == 2040) & (table.quarter == 4)]
        by_name[name] = world[~world.run.isin([0, 3, 11])].set_index("run").working
    (row,) = (
        row
        for row in rows(tmp_path / "c" / "differences.csv")
        if (row["alternative"], row["outcome"], row["group_kind"], row["year"], row["quarter"])
        == ("free", "working", "world", "2040", "4")
    )
    assert row["runs"] == "9"
    assert float(row["mean"]) == pytest.approx((by_name["free"] - by_name["base"]).mean())


def test_set_applies_to_all(tmp_path: Path) -> None:
    setting = ("--set", "horizon.end=2030", "--runs", 3, "--out", tmp_path / "c", "--no-figures")
    code, out, error = entrench("compare", "baseline", "no-exit-cost", *setting, "--json")
    assert code == 0, error
    facts = json.loads(out)
    assert "horizon.end=2030" in facts["scenario"]["name"]
    assert max(row["year"] for row in facts["comparisons"][0]["differences"]) == 2030
    assert "difference_working_2030" in facts["comparisons"][0]["countries"][0]


def sweep(folders: Path) -> Path:
    """What tells a sweep's folder from a run's."""
    folder = folders / "sweep"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"experiment": {"base": "baseline"}}))
    return folder


WRONG: dict[str, tuple[Callable[[Path], tuple[object, ...]], str]] = {
    "unknown outcome": (
        lambda f: ("baseline", "no-peers", "--outcome", "workin"),
        "did you mean 'working'",
    ),
    "unknown outcome of a folder": (
        lambda f: (f / "base", f / "free", "--outcome", "adoptrs"),
        "did you mean 'adopters'",
    ),
    "unknown scenario": (lambda f: ("baseline", "no-peer"), "no-peers"),
    "one alone": (lambda f: ("baseline",), "two"),
    "twice": (lambda f: ("baseline", "no-peers", "baseline"), "baseline is given twice"),
    "twice as a file": (lambda f: ("baseline", SCENARIOS / "baseline.toml"), "same scenario"),
    "a folder of the same": (lambda f: ("baseline", f / "base"), "same scenario"),
    "another seed": (lambda f: (f / "base", f / "seed-7"), "seed 7, not 1"),
    "runs of its own": (lambda f: (f / "base", "no-peers", "--runs", 99), "runs 12, not 99"),
    "horizon": (lambda f: (f / "base", f / "short"), "horizon 2000 to 2035, not 2000 to 2040"),
    "horizon of a scenario": (lambda f: (f / "short", "baseline"), "horizon 2000 to 2040"),
    "a sweep": (lambda f: ("baseline", sweep(f)), "holds a sweep"),
    "all faults at once": (lambda f: ("baselin", "no-peer"), "did you mean 'baseline'"),
    "no results": (lambda f: ("baseline", f), "is no results folder"),
    "set beside a folder": (lambda f: (f / "base", "no-peers", "--set", "contracts.term=5"), "--s"),
    "no runs": (lambda f: ("baseline", "no-peers", "--runs", 0), "--runs 0: allowed"),
    "no threads": (lambda f: ("baseline", "no-peers", "--threads", 0), "--threads 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_refusals(case: str, folders: Path, tmp_path: Path) -> None:
    arguments, hint = WRONG[case]
    code, _, error = entrench("compare", *arguments(folders), "--out", tmp_path / "out")
    assert code == 2, error
    assert hint in error and "Traceback" not in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("parameters", "plausible: 7 sets", "parameters plausible: 7 sets, not point"),
        ("plausible_sha256", "ab12", "plausible_sha256 ab12, not none"),
    ],
)
def test_folders_of_other_parameters_are_refused(
    folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    value: str,
    hint: str,
) -> None:
    old = run_with(monkeypatch, "no-exit-cost", tmp_path / "old", {key: value})
    for arguments in ((folders / "base", old), (old, "baseline", "--point")):
        code, _, error = entrench("compare", *arguments, "--out", tmp_path / "out")
        assert code == 2 and hint in error


def test_a_changed_rule_is_compared_with_the_same_scenario_before(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = run_with(monkeypatch, "baseline", tmp_path / "before", {"rules": "0ld"})
    out = ("--out", tmp_path / "out", "--no-figures")
    code, text, error = entrench("compare", old, "baseline", *out)
    assert code == 0, error
    assert "different rules" in text
    found = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert "0ld" in json.dumps(found)
    # Rules that are the same have nothing to compare.
    code, _, error = entrench("compare", folders / "base", "baseline", "--out", tmp_path / "no")
    assert code == 2 and "is the same scenario as" in error


def test_a_results_folder_is_not_written_over(folders: Path) -> None:
    before = (folders / "base" / "countries.csv").read_bytes()
    code, _, error = entrench("compare", "baseline", "no-peers", "--out", folders / "base")
    assert code == 2 and "choose another folder" in error
    assert (folders / "base" / "countries.csv").read_bytes() == before


def test_tables_of_another_kind_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "countries.csv").write_text("iso3,name\nSRB,Serbia\n")
    code, _, error = entrench("compare", "baseline", "no-peers", "--runs", 2, "--out", tmp_path)
    assert code == 2 and "holds no comparison.json" in error
    assert [path.name for path in tmp_path.iterdir()] == ["countries.csv"]


def test_an_earlier_comparison_is_replaced_whole(tmp_path: Path) -> None:
    copy = tmp_path / "my-copy.toml"
    shutil.copy(SCENARIOS / "baseline.toml", copy)
    out = ("--runs", 2, "--out", tmp_path / "c")
    assert entrench("compare", "baseline", "no-exit-cost", *out)[0] == 0
    # As if drawn: it is, where a state changes.
    write_own(tmp_path / "c" / "figures" / "states.svg", b"<svg></svg>")
    assert entrench("compare", "baseline", copy, *out, "--quiet", "--fresh") == (0, "", "")
    assert not (tmp_path / "c" / "figures" / "states.svg").exists()
    assert {row["alternative"] for row in rows(tmp_path / "c" / "countries.csv")} == {"my-copy"}


def test_the_default_folder_is_named_after_what_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, error = entrench("compare", "baseline", "no-peers", "--runs", 2, "--no-figures")
    assert code == 0, error
    assert "results/compare-baseline-no-peers" in out
    assert (tmp_path / "results" / "compare-baseline-no-peers" / "differences.csv").is_file()


def test_help_names_the_usual_outcomes() -> None:
    text = " ".join(CliRunner().invoke(app, ["compare", "--help"]).output.replace("│", " ").split())
    assert f"If not given: {', '.join(OUTCOMES)}." in text
