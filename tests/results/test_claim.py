"""Nothing that a user has is lost, and nothing that comes from outside is written outside."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from batch.small import command, entrench, started
from matplotlib.figure import Figure
from PIL import Image

from sim.errors import InputError
from sim.figures.save import save
from sim.results.files import is_own, write_own

SHORT = ("--runs", 2, "--set", "horizon.end=2003", "--quiet", "--no-figures")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf", "a.html"])
def test_a_figure_or_page_that_was_edited_is_not_written_over(name: str) -> None:
    path = Path(name)
    write_own(path, png() if name == "a.png" else b"<svg></svg>\n")
    write_own(path, png() if name == "a.png" else b"<svg>other</svg>\n")
    assert is_own(path)
    if name == "a.png":
        Image.open(path).load()
    edited = path.read_bytes().replace(b"other", b"mine!").replace(b"IDAT", b"IDAt")
    path.write_bytes(edited)
    with pytest.raises(InputError, match="it would be lost"):
        write_own(path, b"anew")
    assert path.read_bytes() == edited


def test_a_figure_has_a_plain_name_and_follows_no_link(tmp_path: Path) -> None:
    figure = Figure()
    with pytest.raises(InputError, match="no name of a figure"):
        save(figure, tmp_path / "figures", "../../letter", {})
    letter = tmp_path / "letter"
    letter.write_text("mine")
    (tmp_path / "figures").mkdir()
    for name in (".map.svg.partial", "map.svg"):
        (tmp_path / "figures" / name).symlink_to(letter)
    with pytest.raises(InputError, match="it would be lost"):
        save(figure, tmp_path / "figures", "map", {}, ["svg"])
    (tmp_path / "figures" / "map.svg").unlink()
    save(figure, tmp_path / "figures", "map", {}, ["svg"])
    assert letter.read_text() == "mine"
    (tmp_path / "link").symlink_to(tmp_path / "figures")
    with pytest.raises(InputError, match="is a link"):
        save(figure, tmp_path / "link", "map", {})


def test_links_in_a_results_folder_lead_nowhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    for name in ("000000000-000000010.part", "x.12345678.tmp", "a.png"):
        (victim / name).write_text("mine")
    assert entrench("run", "baseline", *SHORT, "--out", "out")[0] == 0
    for name in ("parts", "figures"):
        Path("out", name).symlink_to(victim)
        for more in ((), ("--fresh",)):
            code, _, error = entrench("run", "baseline", "--seed", 2, *SHORT, "--out", "out", *more)
            assert (code, f"out/{name} is a link" in error) == (2, True)
        Path("out", name).unlink()
    assert len(list(victim.iterdir())) == 3


STUDIES = {
    "compare": ("compare", "baseline", "no-exit-cost"),
    "persistence": ("persistence", "baseline", "--since", 2001),
    "country": ("country", "SRB"),
    "known": ("known", "known.csv"),
    "ask": ("ask", "working", "--what-if", "no-exit-cost"),
    "run": ("run", "baseline"),
}


def command_of(verb: str) -> tuple[object, ...]:
    """Return the arguments of a short study; `known` draws no figures, and has no such option."""
    short = SHORT[:-1] if verb == "known" else SHORT
    return (*STUDIES[verb], *short, "--out", "out")


@pytest.mark.parametrize("verb", STUDIES)
def test_another_question_needs_fresh_and_the_same_may_be_asked_again(verb: str) -> None:
    Path("known.csv").write_text("iso3,what,date\nKEN,trained,2001.5\n")
    asked = command_of(verb)
    assert entrench(*asked)[0] == 0
    before = {path: path.read_bytes() for path in Path("out").rglob("*.*") if path.is_file()}
    before = {path: content for path, content in before.items() if path.name != "runtime.json"}
    other = ("--runs", 1, "--seed", 2)
    code, _, error = entrench(*asked, *other)
    assert code == 2
    assert "runs: 2 in the folder, 1 asked for" in error and "--fresh" in error
    assert {path: path.read_bytes() for path in before} == before
    assert entrench(*asked)[0] == 0
    assert {path: path.read_bytes() for path in before} == before
    assert entrench(*asked, *other, "--fresh")[0] == 0
    records = [path for path in before if path.suffix == ".json" and path.name != "status.json"]
    assert records and all('"seed": 2' in path.read_text() for path in records)


@pytest.mark.parametrize("verb", STUDIES)
def test_a_folder_of_something_else_is_refused(verb: str) -> None:
    Path("known.csv").write_text("iso3,what,date\nKEN,trained,2001.5\n")
    place = Path("out", "runs", "baseline") if verb == "ask" else Path("out")
    (place / "figures").mkdir(parents=True)
    for name in ("figures/map.png", "comparison.json", "countries.csv"):
        (place / name).write_text("mine")
    for more in ((), ("--fresh",)):
        code, _, error = entrench(*command_of(verb), *more)
        assert code == 2
        assert any(one in error for one in ("does not remove", "is not empty", "is damaged")), error
    for name in ("figures/map.png", "comparison.json", "countries.csv"):
        assert (place / name).read_text() == "mine"


def test_fresh_removes_what_the_record_lists_alone() -> None:
    asked = ("compare", "baseline", "no-exit-cost", *SHORT, "--out", "out")
    assert entrench(*asked)[0] == 0
    Path("out", "notes.txt").write_text("mine")
    Path("out", "figures").mkdir()
    Path("out", "figures", "map.png").write_text("mine")
    assert entrench(*asked, "--seed", 2, "--fresh")[0] == 0
    assert Path("out", "notes.txt").read_text() == "mine"
    assert Path("out", "figures", "map.png").read_text() == "mine"


@pytest.mark.parametrize("verb", [("run", "mine.toml"), ("compare", "baseline", "mine.toml")])
def test_the_folder_of_an_edited_scenario_is_replaced_and_said_so(verb: tuple[str, ...]) -> None:
    file = Path("mine.toml")
    file.write_text('extends = "baseline"\n[contracts]\nterm = 5\n')
    asked = (*verb, *SHORT, "--out", "out")
    assert entrench(*asked)[0] == 0
    file.write_text('extends = "baseline"\n[contracts]\nterm = 7\n')
    now = time.time() + 10
    os.utime(file, (now, now))
    code, _, error = entrench(*asked, "--seed", 2)
    assert (code, "seed: 1 in the folder" in error) == (2, True)
    code, _, error = entrench(*asked)
    assert (code, "out: replaced, as mine.toml was edited since" in error) == (0, True)
    os.utime(file, (1, 1))
    assert entrench(*asked)[0] == 0


def test_a_calibration_is_known_by_what_its_record_says() -> None:
    Path("mine").mkdir()
    assert entrench("run", "baseline", *SHORT, "--out", "mine/precious")[0] == 0
    before = sorted(Path("mine").rglob("*"))
    Path("mine", "calibration.json").write_text("{}")
    code, _, error = entrench("calibrate", "--fresh", "--out", "mine", "--quiet")
    assert (code, "calibration.json" in error) == (2, True)
    Path("mine", "calibration.json").unlink()
    assert sorted(Path("mine").rglob("*")) == before


def test_a_terminal_without_unicode_fails_no_finished_run() -> None:
    done = subprocess.run(
        command("run", "baseline", "--runs", 1, "--set", "horizon.end=2003", "--no-figures"),
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(Path("results", "baseline", "status.json").read_text())["runs"] == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(1, marks=pytest.mark.slow)])
def test_a_job_that_is_ended_leaves_no_process_and_no_lock(number: int) -> None:
    line = command("run", "baseline", "--runs", 20_000, "--no-figures", "--out", "out")
    with started(line) as process:
        end = time.monotonic() + 120.0
        while not list(Path("out").glob("parts/*.part")):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(timeout=60.0) == 130
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    assert not Path("out", ".lock").exists() and not list(Path("out").rglob("*.tmp"))
