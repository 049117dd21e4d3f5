"""`entrench calibrate`: files, resuming, sentences, refusals."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.engine.own.files import load_rules
from sim.results.read import open_results
from sim.scenario.parameter_sets import read_plausible
from sim.studies.calibration.plan import FINAL_LUCK, aims_of_seeds

NAMES = ("training.base", "procurement.base", "procurement.regime_hybrid", "contracts.exit_cost")
TEXT = f"""
title = "Small"
question = "Does it work?"
base = "baseline"
[calibration]
parameters = {json.dumps(NAMES)}
waves = 2
points = 200
replicates = 2
final_points = 200
final_replicates = 2
sets = 80
"""
TABLES = (
    "plausible.csv", "targets.csv", "parameters.csv", "waves.csv", "correlations.csv",
    "recovery.csv", "summary.txt", "calibration.json",
)  # fmt: skip
TRUTHS = 6
FEES = "unpaid_fees.py"


def entrench(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(folder: Path, text: str = TEXT) -> Path:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("calibration"))


@pytest.fixture(scope="module")
def done(file: Path) -> Path:
    out = file.parent / "out"
    code, printed, error = entrench(
        "calibrate", file, "--out", out, "--threads", 2, "--recover", TRUTHS
    )
    assert code == 0, error
    (file.parent / "printed.txt").write_text(printed)
    return out


@pytest.mark.slow
def test_files_of_a_calibration(done: Path) -> None:
    names = {path.name for path in done.iterdir() if path.is_file()}
    assert names == set(TABLES)
    waves = ["wave-1", "wave-2", "final"]
    # Weights rest on the final histories, which have luck of their own, unlike runs with seed 1.
    seeds = [json.loads((done / wave / "manifest.json").read_text())["seed"] for wave in waves]
    assert seeds == [1, 1, 1 ^ FINAL_LUCK]
    assert {path.name for path in done.iterdir() if path.is_dir()} == {
        *waves, "recovery", "figures",
    }  # fmt: skip
    assert [row["wave"] for row in rows(done / "waves.csv")] == waves
    assert {path.name for path in (done / "figures").iterdir()} == {
        "parameters.png", "parameters.svg", "targets.png", "targets.svg",
    }  # fmt: skip
    assert [row["target"] for row in rows(done / "targets.csv")] == [
        aim.id for aim in aims_of_seeds()
    ]
    assert tuple(row["parameter"] for row in rows(done / "parameters.csv")) == NAMES
    assert len(rows(done / "recovery.csv")) == TRUTHS * len(NAMES)
    sets = read_plausible(done / "plausible.csv")
    assert sets.keys == NAMES and 1 <= len(sets.rows) <= 80


@pytest.mark.slow
def test_the_posterior_is_where_the_weights_are(done: Path) -> None:
    sets = read_plausible(done / "plausible.csv")
    for at, row in enumerate(rows(done / "parameters.csv")):
        values = [one[at] for one in sets.rows]
        assert min(values) <= float(row["q50"]) <= max(values)
        assert float(row["low"]) <= float(row["q05"]) <= float(row["q95"]) <= float(row["high"])
        assert row["identified"] in ("yes", "no")
    shares = [float(row["share_of_prior"]) for row in rows(done / "waves.csv")]
    assert shares[0] == 1.0 > shares[1] >= shares[2] > 0.0


@pytest.mark.slow
def test_what_is_printed(done: Path) -> None:
    printed = (done.parent / "printed.txt").read_text()
    for words in ("wave-1: ", "final: ", "Effective sample size", "inside the 95 % band", "of 13",
                  "procurement.regime_hybrid", f"Recovery of {TRUTHS} synthetic truths",
                  "trained share hybrid", "Results: "):  # fmt: skip
        assert words in printed
    assert (done / "summary.txt").read_text().strip() in printed


@pytest.mark.slow
def test_the_same_command_again_says_it_is_whole(file: Path, done: Path) -> None:
    before = {name: (done / name).read_bytes() for name in TABLES}
    code, printed, _ = entrench("calibrate", file, "--out", done, "--recover", TRUTHS)
    assert code == 0
    assert "already there and whole; nothing was run again" in printed
    assert "Effective sample size" in printed
    assert before == {name: (done / name).read_bytes() for name in TABLES}


@pytest.mark.slow
def test_what_was_interrupted_goes_on_to_the_same_end(
    file: Path, done: Path, tmp_path: Path
) -> None:
    """As after a kill in the last wave, and with another number of threads."""
    out = tmp_path / "again"
    shutil.copytree(done, out)
    shutil.rmtree(out / "final")
    for name in TABLES:
        if name != "calibration.json":
            (out / name).unlink()
    code, _, error = entrench(
        "calibrate", file, "--out", out, "--threads", 1, "--recover", TRUTHS, "--quiet"
    )
    assert code == 0, error
    for name in TABLES:
        assert (out / name).read_bytes() == (done / name).read_bytes(), name


@pytest.mark.slow
def test_mechanisms_of_ones_own_are_calibrated(tmp_path: Path) -> None:
    """Their parameters are varied beside the model's, and results of other rules are not mixed."""
    own = Path(__file__).parents[2] / "examples" / "mechanisms" / "aid_tax.py"
    text = """
[calibration]
parameters = ["aid_tax.cut", "training.base"]
waves = 1
points = 200
replicates = 2
final_points = 200
final_replicates = 2
"""
    file, out = write(tmp_path, text), tmp_path / "out"
    asked = ("calibrate", file, "--out", out, "--recover", 0)
    code, _, error = entrench(*asked, "--mechanism", own)
    assert code == 0, error
    sets = read_plausible(out / "plausible.csv", load_rules([own]))
    assert sets.keys == ("aid_tax.cut", "training.base")
    assert {row["parameter"] for row in rows(out / "parameters.csv")} == {*sets.keys}
    found = json.loads((out / "calibration.json").read_text())
    assert [one["name"] for one in found["mechanisms"]] == ["aid_tax"]
    assert "Own mechanism: aid_tax." in (out / "figures" / "targets.svg").read_text()
    code, _, error = entrench(*asked)
    assert code == 2 and "no parameter 'aid_tax.cut'" in error
    code, _, error = entrench(*asked, "--mechanism", own, "--mechanism", own.parent / FEES)
    assert code == 2 and "holds another calibration; different: " in error and "mechanisms" in error


@pytest.mark.slow
def test_another_calibration_is_refused_or_replaced(file: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "other"
    shutil.copytree(done, out)
    code, _, error = entrench("calibrate", file, "--out", out, "--seed", 9)
    assert code == 2
    assert "holds another calibration; different: seed" in error and "--fresh" in error
    (out / "letter.txt").write_text("mine")
    code, printed, error = entrench(
        "calibrate", file, "--out", out, "--seed", 9, "--fresh", "--recover", 0, "--no-figures"
    )
    assert code == 0, error
    assert json.loads((out / "calibration.json").read_text())["seed"] == 9
    assert not (out / "recovery.csv").exists() and not (out / "figures").exists()
    assert (out / "letter.txt").read_text() == "mine"
    assert "Recovery" not in printed


KNOWN = "iso3,what,date,stage\nKEN,adopted,2014-11-25,safe city\nSRB,trained,2011,\n"


@pytest.fixture(scope="module")
def weighed(file: Path) -> Path:
    (file.parent / "known.csv").write_text(KNOWN)
    out = file.parent / "weighed"
    code, printed, error = entrench(
        "calibrate", file, "--known", file.parent / "known.csv", "--out", out, "--recover", 0,
        "--no-figures",
    )  # fmt: skip
    assert code == 0, error
    (file.parent / "weighed.txt").write_text(printed)
    return out


@pytest.mark.slow
def test_facts_weigh_and_hold_no_history(file: Path, done: Path, weighed: Path) -> None:
    """Waves are those of the calibration without facts, to the last digit: they run free."""
    for name in ("waves.csv", "wave-1/runs.parquet"):
        frames = [
            (folder / name).read_bytes() if name.endswith("csv") else
            open_results(folder / "wave-1").values("recorded_adopters").tobytes()
            for folder in (done, weighed)
        ]  # fmt: skip
        assert frames[0] == frames[1], name
    states = open_results(weighed / "final").country_runs(["KEN", "SRB"])
    assert set(states["iso3"]) == {"KEN", "SRB"}
    assert states.loc[states["iso3"] == "KEN", "first_adopted"].nunique() > 1


@pytest.mark.slow
def test_what_is_said_of_facts(file: Path, done: Path, weighed: Path) -> None:
    printed = (file.parent / "weighed.txt").read_text()
    assert "The weights hold 2 known facts; effective sets " in " ".join(printed.split())
    assert "The weights hold" in (weighed / "summary.txt").read_text()
    facts = rows(weighed / "known.csv")
    assert [(row["iso3"], row["what"]) for row in facts] == [("KEN", "adopted"), ("SRB", "trained")]
    assert all(0.0 <= float(row["within_a_year"]) <= 1.0 for row in facts)
    identity = json.loads((weighed / "calibration.json").read_text())
    assert [fact["iso3"] for fact in identity["known"]] == ["KEN", "SRB"]
    assert len(identity["known_sha256"]) == 64
    plain = json.loads((done / "calibration.json").read_text())
    assert "known" not in plain and not (done / "known.csv").exists()
    assert sum(read_plausible(weighed / "plausible.csv").weights) == pytest.approx(1.0)


@pytest.mark.slow
def test_other_facts_are_another_calibration(file: Path, weighed: Path, tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text(KNOWN.replace("2011", "2012"))
    for more in (("--known", path), ()):
        code, _, error = entrench("calibrate", file, *more, "--out", weighed)
        assert code == 2
        assert "holds another calibration; different: known" in error


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("KEN,adopted,2014\nKEN,adopted,2016", ":3: KEN adopted at two dates, first in line 2"),
        ("KNE,adopted,2014", ":2: iso3 is 'KNE'"),
        ("DOM,adopted,2011", "without relations with Beijing"),
        ("KEN,adopted,2030", "histories end in 2025"),
    ],
)
def test_wrong_facts(file: Path, tmp_path: Path, lines: str, fault: str) -> None:
    path = tmp_path / "known.csv"
    path.write_text(f"iso3,what,date\n{lines}\n")
    code, _, error = entrench("calibrate", file, "--known", path, "--out", tmp_path / "out")
    assert code == 2
    assert fault in error and "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(file: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    for more in ((), ("--fresh",)):
        code, _, error = entrench("calibrate", file, "--out", tmp_path, *more)
        assert code == 2 and "holds no calibration.json" in error
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--recover", -1), "--recover -1: allowed: 0 to 500"),
        (("--threads", 0), "--threads 0: allowed: 1 or more"),
        (("--seed", -1), "--seed -1: allowed"),
        (("--set", "training.base=-1"), "training.base is set with --set"),
        (("--set", "training.bse=-1"), "did you mean 'base'?"),
        (("--set", "horizon.end=2018"), "the horizon, 2000 to 2018, lacks target platforms_2019"),
        (("--set", "horizon.start=2015"), "lacks target trainings_2010"),
    ],
)
def test_wrong_options(file: Path, options: tuple[object, ...], fault: str) -> None:
    code, _, error = entrench("calibrate", file, *options)
    assert code == 2 and fault in error


def test_a_missing_extra(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.calibration.emulator.find_spec", lambda name: None)
    code, _, error = entrench("calibrate", file)
    assert code == 2 and "pip install 'entrench[calibration]'" in error


def test_other_verbs_know_a_calibration(file: Path) -> None:
    code, printed, _ = entrench("check", file, "calibration")
    assert code == 0
    assert "(calibration; parameters: 4, waves: 2, runs: 1200)" in printed
    code, _, error = entrench("sweep", "calibration")
    assert code == 2 and "calibration, not an experiment: entrench calibrate calibration" in error
    _, printed, _ = entrench("scenarios", "--experiments")
    (line,) = [line for line in printed.splitlines() if line.startswith(" calibration ")]
    assert "entrench calibrate" in line


def test_check_shows_what_is_wrong_with_a_calibration(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT.replace("waves = 2", "waves = 0").replace("sets", "stes"))
    code, _, error = entrench("check", path)
    assert code == 2
    assert "calibration.waves: must be a whole number from 1 to 10" in error
    assert "calibration.stes: unknown key; did you mean 'sets'?" in error
    code, _, error = entrench("calibrate", tmp_path / "none.toml")
    assert code == 2 and "none.toml" in error


@pytest.mark.slow
def test_its_figures_are_drawn_again(done: Path, tmp_path: Path) -> None:
    from tests.studies.test_drawn_again import drawn_again

    shutil.copytree(done, tmp_path / "done")
    drawn_again(tmp_path / "done")
