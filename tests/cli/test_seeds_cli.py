"""`entrench seeds export`, `entrench check` of seeds, `entrench known`, and seeds in Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from invented import CHANGES, INCOME, folder_of
from typer.testing import CliRunner

import sim
from sim.cli import app


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_what_is_exported_is_right_and_can_be_run(tmp_path: Path) -> None:
    code, shown, error = entrench("data", "export", tmp_path / "mine")
    assert code == 0, error
    assert "changes.csv" in shown
    code, shown, error = entrench("check", tmp_path / "mine")
    assert code == 0, error
    assert "states: 195, 2000-2024" in shown
    code, _, error = entrench("data", "export", tmp_path / "mine")
    assert code == 2
    assert "a new or empty folder" in error


def test_check_tells_all_that_is_wrong(tmp_path: Path) -> None:
    folder_of(tmp_path / "mine", changes=INCOME.replace("SRB", "SBR"))
    (tmp_path / "known.csv").write_text("iso3,what,date\nDOM,adopted,2011\n")
    code, _, error = entrench("check", tmp_path / "mine", tmp_path / "known.csv")
    assert code == 2
    assert "changes.csv:2: iso3 is 'SBR'" in error
    assert "known.csv:2: DOM adopted in 2011, without relations" in error
    assert "Traceback" not in error


def test_a_folder_without_tables_is_reported(tmp_path: Path) -> None:
    code, _, error = entrench("run", "baseline", "--runs", 2, "--seeds", tmp_path / "nowhere")
    assert code == 2
    assert "entrench data export" in error


def test_known_tells_how_often_free_histories_say_so(tmp_path: Path) -> None:
    code, shown, error = entrench(
        "known", "documented", "--runs", 10, "--point", "--json", "--out", tmp_path / "account"
    )
    assert code == 0, error
    found = json.loads(shown)
    assert len(found["known"]) == 7
    assert all(0.0 <= row["free_by_then"] <= 1.0 for row in found["known"])
    assert [row["states"] for row in found["elsewhere"]] == [188] * 4
    assert (tmp_path / "account" / "known.csv").is_file()
    code, _, error = entrench("known", tmp_path / "account", "--runs", 10)
    assert code == 2


def test_known_is_of_a_scenario_and_says_what_its_intervals_are(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    code, _, error = entrench("run", "baseline", "--runs", 1, "--no-figures", "--out", out)
    assert code == 0, error
    code, _, error = entrench("known", "documented", out)
    assert code == 2 and "holds finished runs; here it must be a scenario" in error
    code, printed, error = entrench("known", "documented", "--runs", 2)
    assert code == 0, error
    assert "2014 Q4" in printed and "of shares Wilson's" in printed


def test_python_takes_seeds_and_what_is_known(tmp_path: Path) -> None:
    text = f"{CHANGES}history.csv,SRB,2014,voice,-0.79,a test\n"
    own = folder_of(tmp_path / "mine", changes=text)
    runs = sim.run("baseline", runs=5, point=True, seeds=own)
    base = sim.run("baseline", runs=5, point=True)
    # Voice falls by 1 in one of 195 states and one year: the score by 1, as it counts by half.
    change = runs.values("democracy") - base.values("democracy")
    year = np.array(runs.quarters) // 4 + 2000
    assert change[:, year == 2014] == pytest.approx(-1.0 / 195, rel=1e-3)  # stored as 32 bits
    assert not change[:, year != 2014].any()
    # Luck is shared, so all is equal until the changed figure is read.
    before = year < 2014
    for outcome in ("trained", "working", "trust"):
        assert np.array_equal(runs.values(outcome)[:, before], base.values(outcome)[:, before])
    assert not np.array_equal(runs.values("trust"), base.values("trust"))
    held = sim.run("baseline", runs=5, point=True, known="documented").country_runs()
    assert set(held.loc[held["iso3"] == "KEN", "first_adopted"]) == {2014.75}


def test_persistence_speaks_of_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text("iso3,what,date,stage\nKEN,adopted,2014.75,safe city\n")
    study = sim.persistence(runs=8, point=True, known=path)
    reached = study.frame("next")
    assert "KEN" not in set(reached["iso3"]) or (
        reached.set_index("iso3").loc["KEN"].filter(like="p_").fillna(0.0).max() == 0.0
    )


def test_ask_says_with_whose_seeds_and_what_is_known(tmp_path: Path) -> None:
    own = folder_of(tmp_path / "mine", changes=INCOME)
    study = sim.ask(
        "adopters in 2020", what_ifs=["vendor-bans"], runs=5, point=True, seeds=own,
        known="documented", out=tmp_path / "asked",
    )  # fmt: skip
    held = study.runs[1].country_runs("KEN")
    assert set(held["first_adopted"]) == {2014.75}
    facts = json.loads((tmp_path / "asked" / study.quantity.slug / "ask.json").read_text())
    assert facts["seeds"]["name"] == "mine" and len(facts["seeds"]["known"]) == 7
    assert any("Own seeds, mine" in text.get_text() for text in study.draw().texts)


VERBS = "run sweep compare persistence sensitivity discover validate calibrate country page"


@pytest.mark.parametrize("verb", VERBS.split())
def test_every_verb_that_runs_takes_both(verb: str) -> None:
    code, shown, _ = entrench(verb, "--help")
    assert code == 0
    assert "--seeds" in shown
    assert "--known" in shown
