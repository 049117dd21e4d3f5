"""Figures of a study's folder are drawn again by `entrench plot`, to the byte."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from small_sweep import EARLY, HYPERCUBE
from typer.testing import CliRunner

import sim
from sim.cli import app
from sim.results.files import digest_of, read_sealed, write_sealed
from sim.studies.kept import kept_of
from sim.studies.study import KINDS

SHORT = {"horizon.end": 2016}
GRID = """
title = "Fees"
base = "BASE"
replicates = 2
[design]
kind = "grid"
[[factors]]
key = "contracts.fee"
low = 0.02
high = 0.1
steps = 2
[[factors]]
key = "contracts.term"
low = 5
high = 15
steps = 2
"""
LIST = "iso3,value\nSRB,1\nKEN,1\nZAF,1\nUGA,1\nISL,0\nNOR,0\nUSA,0\nDEU,0\n"


def experiment(folder: Path, text: str) -> Path:
    """Write an experiment on a short scenario in which the offer ends."""
    (folder / "early.toml").write_text(EARLY)
    file = folder / "experiment.toml"
    file.write_text(text.replace("BASE", str(folder / "early.toml")))
    return file


def swept(folder: Path) -> Path:
    sim.sweep(experiment(folder, GRID), out=folder / "swept", figures=False)
    return folder / "swept"


def scored(folder: Path) -> None:
    """Score a list into the folder of a validation: two studies in one."""
    (folder / "mine.csv").write_text(LIST)
    sim.validate(runs=3, nulls=False, point=True, out=folder / "study")
    sim.validate(runs=3, point=True, against=folder / "mine.csv", out=folder / "study")


MADE: dict[str, Callable[[Path], object]] = {
    "ask": lambda f: sim.ask("working", by="region", what_ifs=["no-exit-cost", "open-standards"],
                             runs=3, out=f / "asked"),
    "comparison": lambda f: sim.compare("baseline", "no-exit-cost", runs=3, out=f / "study"),
    "country": lambda f: sim.country("Serbia", "Kenya", runs=3, out=f / "study"),
    "discovery": lambda f: sim.discover(
        experiment(f, HYPERCUBE), quantile=0.6, year=2020, out=f / "study"),
    "persistence": lambda f: sim.persistence("offer-withdrawn-2030", runs=3, out=f / "study"),
    "persistence of a sweep": lambda f: sim.persistence(swept(f), out=f / "study"),
    "sensitivity": lambda f: sim.sensitivity(
        year=2016, trajectories=4, samples=8, top=2, set=SHORT,
        parameters=["observer.secrecy", "procurement.base", "procurement.rate"], out=f / "study"),
    "validation, and a list": scored,
}  # fmt: skip


QUICK = ("sensitivity", "comparison")
"""Drawn again in the default run; the others in the slow one."""


@pytest.mark.parametrize(
    "kind",
    [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in MADE],
)
def test_a_study_is_drawn_again(kind: str, tmp_path: Path) -> None:
    MADE[kind](tmp_path)
    # What was asked names a folder within.
    (study,) = {path.parent for path in tmp_path.rglob("*.figures.json")}
    drawn_again(study)


def drawn_again(study: Path) -> None:
    """Check that all figures of a study come out as they were, after the folder was renamed."""
    before = {path.name: path.read_bytes() for path in (study / "figures").iterdir()}
    assert before
    moved = study.with_name("moved")
    study.rename(moved)
    shutil.rmtree(moved / "figures")
    code, told = entrench("plot", moved)
    assert code == 0, told
    assert {path.name: path.read_bytes() for path in (moved / "figures").iterdir()} == before
    # One alone, elsewhere, as PDF; and the list names them all.
    names = sorted({name.rpartition(".")[0] for name in before})
    code, told = entrench(
        "plot", moved, "--figure", names[0], "--format", "pdf", "--out", moved / "elsewhere"
    )
    assert code == 0, told
    assert [path.name for path in (moved / "elsewhere").iterdir()] == [f"{names[0]}.pdf"]
    _, listed = entrench("plot", moved, "--list")
    assert sorted(line.split()[0] for line in listed.splitlines()) == names


def entrench(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, " ".join(result.output.split()) if result.exit_code else result.output


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plot") / "compared"
    sim.compare("baseline", "no-exit-cost", runs=2, out=folder, figures=False)
    return folder


def test_a_study_is_checked_as_one(compared: Path) -> None:
    """Whatever its tables are called: `countries.csv` is a table of seeds of one's own, too."""
    assert (compared / "countries.csv").exists()
    code, told = entrench("check", compared)
    assert (code, told.split()[0]) == (0, "ok:"), told


def test_a_study_without_figures_is_drawn_later(compared: Path, tmp_path: Path) -> None:
    assert not (compared / "figures").exists()
    assert entrench("plot", compared, "--out", tmp_path)[0] == 0
    assert {path.stem for path in tmp_path.iterdir()} == {"differences", "states", "map"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--figure", "stats"], "no figure 'stats'; did you mean 'states'?"),
        (["--format", "bmp"], "no format 'bmp'"),
        (
            ["--years", "2010-2020", "--year", "2030"],
            "--year is for the folder of a run or a sweep",
        ),
        (["--state", "KEN"], "holds a comparison"),
    ],
)
def test_what_a_study_does_not_draw_is_told(
    options: list[str], said: str, compared: Path, tmp_path: Path
) -> None:
    code, told = entrench("plot", compared, "--out", tmp_path / "x", *options)
    assert (code, (tmp_path / "x").exists()) == (2, False)
    assert said in told


@pytest.mark.parametrize("name", KINDS)
def test_of_folders_that_keep_nothing_to_draw_it_is_said_what_to_run(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("{}")
    code, told = entrench("plot", tmp_path)
    assert code == 2
    assert KINDS[name] in told and "given again" in told


@pytest.mark.slow
def test_studies_without_figures_are_told(tmp_path: Path) -> None:
    sim.known("documented", runs=2, out=tmp_path / "known")
    sim.validate(runs=3, naive=True, point=True, out=tmp_path / "naive")
    for folder in ("known", "naive"):
        code, told = entrench("plot", tmp_path / folder)
        assert code == 2
        assert "nothing that is drawn" in told


@pytest.mark.parametrize("content", [
    "[]", "{}", '{"facts": [{}], "figures": {"map": ["comparison", "map", 3]}}',
    '{"facts": [{"manifest": {"$of": "os:path", "fields": {}}}], "figures": {}}',
    '{"facts": [{"manifest": {"$of": "sim.studies.study:Study", "fields": {}}}], "figures": {}}',
    '{"facts": [{"manifest": {"$array": ["x", [2], [1]]}}], "figures": {}}', '{"facts": 5}',
])  # fmt: skip
def test_damage_is_told(content: str, compared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(compared, copy)
    (copy / kept_of("comparison.json")).write_text(content)
    for verb in ("plot", "check"):
        code, told = entrench(verb, copy)
        assert code == 2
        assert "damaged" in told or "gone" in told
    # As of another version that says so of it: what is no figure is told, too.
    facts = copy / "comparison.json"
    said = read_sealed(facts)
    said["files"][kept_of(facts.name)] = digest_of(copy / kept_of(facts.name))._asdict()
    write_sealed(facts, said)
    code, told = entrench("plot", copy)
    assert code == 2
    assert "of another version" in told or "no JSON object" in told or "nothing that" in told


def changed(path: Path) -> None:
    """Change a digit, so that all can be read as before."""
    text = path.read_text()
    at = text.index('"seed":1') + len('"seed":')
    path.write_text(f"{text[:at]}2{text[at + 1 :]}")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HARM: dict[str, Callable[[Path], object]] = {
    "a digit": changed,
    "empty": lambda path: path.write_text(""),
    "cut": lambda path: path.write_text(path.read_text()[:-9]),
    "gone": Path.unlink,
    "a pipe": piped,
    "nested": lambda path: path.write_text("[" * 1_000_000),
    "another's": lambda path: shutil.copy(path.with_name("differences.csv"), path),
}


@pytest.mark.parametrize("how", HARM)
def test_other_than_was_written_is_not_drawn(how: str, compared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(compared, copy)
    HARM[how](copy / kept_of("comparison.json"))
    for arguments in (["plot", copy], ["plot", copy, "--list"], ["check", copy]):
        code, told = entrench(*arguments)
        assert code == 2, told
        assert "damaged" in told or "gone" in told
    assert not (copy / "figures").exists()


@pytest.mark.parametrize("how", ["empty", "cut", "gone"])
def test_without_its_own_file_a_study_is_not_whole(
    how: str, compared: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(compared, copy)
    HARM[how](copy / "comparison.json")
    assert entrench("plot", copy)[0] == 2
    code, told = entrench("check", copy)
    assert code == 2
    assert "comparison.json is damaged" in told


def test_another_sweep_in_its_place_is_told(tmp_path: Path) -> None:
    folder = swept(tmp_path)
    sim.persistence(folder, out=tmp_path / "study")
    shutil.rmtree(folder)
    sim.sweep(tmp_path / "experiment.toml", seed=2, out=folder, figures=False)
    code, told = entrench("plot", tmp_path / "study")
    assert code == 2
    assert "holds other runs" in told


def test_a_sweep_that_is_gone_is_told(tmp_path: Path) -> None:
    sim.persistence(swept(tmp_path), out=tmp_path / "study")
    shutil.rmtree(tmp_path / "swept")
    code, told = entrench("plot", tmp_path / "study")
    assert code == 2
    assert "swept, which is not there" in told
