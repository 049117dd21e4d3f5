"""`entrench persistence`: of a scenario, of a run's folder, of a sweep's; and refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.results.read import open_results
from sim.studies.opened import open_sweep

RUNS = 8
TABLES = ["curves.csv", "persistence.csv",
          "persistence.json", "states.csv"]  # fmt: skip
SWEEP = """
title = "Terms"
base = "offer-withdrawn-2030"
replicates = 4

[[factors]]
key = "contracts.term"
values = [3.0, 20.0]

[[factors]]
key = "events.offer-withdrawn.date"
values = [2027, 2030]

[keep]
groups = ["regime"]
countries = {countries}
"""


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a scenario, and the runs and sweeps that others are made of."""
    folder = tmp_path_factory.mktemp("persistence")
    code, _, error = entrench(
        "persistence", "--runs", RUNS, "--point", "--quiet", "--out", folder / "report"
    )
    assert code == 0, error
    for name in ("offer-withdrawn-2030", "baseline"):
        code, _, error = entrench(
            "run", name, "--runs", RUNS, "--point", "--no-figures", "--quiet", "--out",
            folder / name,
        )  # fmt: skip
        assert code == 0, error
    for name, countries in (("cohort", "true"), ("base", "false")):
        path = folder / f"{name}.toml"
        path.write_text(SWEEP.format(countries=countries), encoding="utf-8")
        code, _, error = entrench("sweep", path, "--no-figures", "--quiet", "--out", folder / name)
        assert code == 0, error
    return folder


@pytest.mark.slow
def test_a_scenario_beside_the_baseline(base: Path) -> None:
    made = {path.name for path in (base / "report").rglob("*")}
    drawn = ("persistence", "persistence_by_regime", "persistence_by_region")
    assert made >= {*TABLES, *(f"{name}.{end}" for name in drawn for end in ("png", "svg"))}
    found = rows(base / "report" / "persistence.csv")
    assert {row["scenario"] for row in found} == {"offer-withdrawn-2030", "baseline"}
    assert {row["since"] for row in found} == {"2029"}
    assert len([row for row in found if row["scenario"] == "baseline"]) == 1 + 4 + 11
    facts = json.loads((base / "report" / "persistence.json").read_text())
    assert facts["runs"] == RUNS and facts["since"] == 2029


def test_a_finished_folder_gives_the_same_tables(base: Path, tmp_path: Path) -> None:
    code, output, error = entrench(
        "persistence", base / "offer-withdrawn-2030", "--against", base / "baseline", "--out",
        tmp_path / "out", "--no-figures",
    )  # fmt: skip
    assert code == 0, error
    for name in TABLES:
        own = (tmp_path / "out" / name).read_bytes()
        assert own == (base / "report" / name).read_bytes(), name
    assert "until half is out" in " ".join(output.split()) and "Scenarios, not forecasts" in output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == TABLES


def test_the_numbers_are_those_of_the_states(base: Path) -> None:
    frame = open_results(base / "offer-withdrawn-2030").country_runs()
    before, after = (frame[f"working_{year}"].to_numpy().reshape(RUNS, -1) for year in (2029, 2039))
    shares = (before & after).sum(axis=1) / before.sum(axis=1)
    world = rows(base / "report" / "persistence.csv")[0]
    assert float(world["left_10"]) == pytest.approx(shares.mean(), rel=1e-6)
    assert float(world["systems"]) == pytest.approx(before.sum(axis=1).mean(), rel=1e-6)
    states = {row["iso3"]: row for row in rows(base / "report" / "states.csv")}
    codes = frame["iso3"].to_numpy()[: before.shape[1]]
    for at, code in enumerate(codes):
        assert int(states[code]["runs"]) == before[:, at].sum()
        if before[:, at].any():
            share = (before & after)[:, at].sum() / before[:, at].sum()
            assert float(states[code]["p_left"]) == pytest.approx(share, rel=1e-6)
        else:
            assert states[code]["p_left"] == ""


def test_while_the_offer_stands_no_less_is_left(base: Path) -> None:
    found = {row["scenario"]: row for row in reversed(rows(base / "report" / "persistence.csv"))
             if row["group"] == "world"}  # fmt: skip
    assert found["baseline"]["systems"] == found["offer-withdrawn-2030"]["systems"]
    assert float(found["baseline"]["left_10"]) >= float(found["offer-withdrawn-2030"]["left_10"])


def test_a_sweep_has_a_row_a_point_and_group(base: Path, tmp_path: Path) -> None:
    code, output, error = entrench("persistence", base / "cohort", "--out", tmp_path / "out")
    assert code == 0, error
    assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} == {
        "curves.csv", "persistence.csv", "persistence.json", "persistence.png", "persistence.svg",
    }  # fmt: skip
    found = [row for row in rows(tmp_path / "out" / "persistence.csv") if row["group"] == "world"]
    assert [row["since"] for row in found] == ["2026", "2029", "2026", "2029"]
    assert [float(row["contracts.term"]) for row in found] == [3.0, 3.0, 20.0, 20.0]
    assert {row["measure"] for row in found} == {"cohort"}
    assert float(found[0]["left_10"]) < float(found[2]["left_10"])
    assert "contracts.term" in output


def test_a_sweep_without_states_follows_the_number_of_systems(base: Path, tmp_path: Path) -> None:
    code, _, error = entrench(
        "persistence", base / "base", "--out", tmp_path / "out", "--no-figures", "--quiet"
    )
    assert code == 0, error
    found = rows(tmp_path / "out" / "persistence.csv")
    assert {row["measure"] for row in found} == {"base"}
    sweep = open_sweep(base / "base")
    working = [sweep.values_by_point("working", year)[1] for year in (2029, 2039)]
    world = [row for row in found if row["group"] == "world"][1]
    assert float(world["left_10"]) == pytest.approx(np.mean(working[1] / working[0]), rel=1e-6)
    assert {row["group_kind"] for row in found} == {"world", "regime"}


def test_since_and_set_and_against_none(tmp_path: Path) -> None:
    code, _, error = entrench(
        "persistence", "--runs", 2, "--point", "--set", "events.offer-withdrawn.date=2035", "--by",
        "regime", "--no-figures", "--quiet", "--out", tmp_path / "a",
    )  # fmt: skip
    assert code == 0, error
    found = rows(tmp_path / "a" / "persistence.csv")
    assert {row["since"] for row in found} == {"2034"}
    assert {row["group_kind"] for row in found} == {"world", "regime"}
    assert {row["scenario"] for row in found} == {"offer-withdrawn-2030", "baseline"}
    code, _, error = entrench(
        "persistence", "baseline", "--since", 2010, "--runs", 1, "--point", "--no-figures",
        "--quiet", "--out", tmp_path / "b",
    )  # fmt: skip
    assert code == 0, error
    assert {row["scenario"] for row in rows(tmp_path / "b" / "persistence.csv")} == {"baseline"}


def test_an_earlier_report_is_replaced_and_nothing_else(base: Path, tmp_path: Path) -> None:
    arguments = ("--runs", 1, "--point", "--no-figures", "--quiet", "--out")
    assert entrench("persistence", *arguments, tmp_path)[0] == 0
    assert entrench("persistence", *arguments, tmp_path)[0] == 0
    (tmp_path / "persistence.json").unlink()
    code, _, error = entrench("persistence", *arguments, tmp_path)
    assert code == 2 and "holds no persistence.json" in error
    code, _, error = entrench("persistence", *arguments, base / "baseline")
    assert code == 2 and "holds the results of a run" in error


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("baseline",), "the offer is not withdrawn in baseline: say with --since"),
        (("--since", 2040), "--since 2040: allowed: 2000 to 2039"),
        (("--since", 1990), "--since 1990: allowed: 2000 to 2039"),
        (("offer-withdrawn-2031",), "did you mean 'offer-withdrawn-2030'"),
        (("--threads", 0), "--threads 0: allowed: 1 or more"),
        (("{base}/base", "--runs", 5), "leave out --runs"),
        (("{base}/base", "--known", "documented"), "leave out --known"),
        (("{base}/base", "--seeds", "seeds"), "leave out --seeds"),
        (("{base}/base", "--threads", 0), "--threads 0"),
        (("{base}/base", "--against", "baseline", "--point"), "leave out --against and --point"),
        (("{base}/baseline", "--since", 2029, "--seed", 5), "seed 1, not 5"),
        (("--against", "{base}/cohort"), "holds a sweep"),
        (("--point", "--runs", 200, "--against", "{base}/baseline"), "runs 8, not 200"),
        (("--set", "horizon.end=2029"), "the year before the withdrawal, 2029: allowed: 2000 to"),
    ],
)
def test_refusals(base: Path, tmp_path: Path, arguments: tuple[object, ...], told: str) -> None:
    given = [str(argument).format(base=base) for argument in arguments]
    code, _, error = entrench("persistence", *given, "--out", tmp_path / "out")
    assert code == 2, error
    assert told in " ".join(error.split())
    assert not (tmp_path / "out").exists()
