"""Files torn, doubled and sprinkled with what nobody expects: right, or told clearly and at once.

A quick sample runs by default; `pytest -m slow tests/test_fuzz.py` tries 20,000 files.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.experiment import is_experiment, load_experiment
from sim.scenario import load_scenario
from sim.scenario.plausible import FILE, read_plausible
from sim.studies.validation.against_list import read_list
from sim.text import CONTROL, MOST_LETTERS
from sim.world.countries import read_countries, read_neighbours, read_targets
from sim.world.history import read_history
from sim.world.seeds import shipped_seeds
from sim.world.tables import Problems

HERE = Path(__file__).parents[1]
PATIENCE = 10.0
"""Seconds of processor time that reading a file may take."""
QUICK = 40
"""Files of a kind in the default run."""

ODD = (
    *("", " ", "\t", "\n", "\r", "\r\n", "\0", "\x1b[2J", "\ud7ff", "\u202e", "\ufeff", "\x85"),
    *('"', "'", '"""', "'''", "\\", "#", "=", ".", ",", ";", ":", "[", "]", "[[", "]]", "{", "}"),
    *("nan", "-inf", "1e999", "-0", "0x10", "1_000", "2030.", ".5", "0,2", "9" * 400, "1e-320"),
    *("true", "None", "2030-01-01", "1979-05-27T07:32:00Z", "é", "😀", "x" * 3000),
    *("[" * 2000, "a." * 2000, "{a=" * 600, '"' + "y" * 200_000 + '"', "1," * 50_000),
    *("extends", "events", "date", "until", "horizon.end", "drop_events", "contracts", "scenario"),
    *("[[events]]", "[[factors]]", "[design]", 'kind = "list"', 'file = "points.csv"', "levels"),
    *('extends = "study.toml"', 'extends = "../"', 'extends = "/dev/zero"', "replicates = 2"),
    *("KEN", "XKX", "iso3", "value", "NA", "CHN", "present", "set,weight", "history.end"),
)
"""Pieces that break something somewhere."""

edits = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "cut", "double", "byte", "swap", "value"]),
        st.integers(0, 2**31),
        st.integers(0, 2**31),
        st.sampled_from(ODD) | st.text(max_size=5) | st.floats().map(repr),
    ),
    min_size=1,
    max_size=6,
)


def edited(text: str, changes: list[tuple[str, int, int, str]]) -> bytes:
    """A text after some changes to its lines, letters and bytes."""
    content = text.encode()
    for kind, first, second, piece in changes:
        insert = piece.encode("utf-8", "surrogatepass")
        at = first % (len(content) + 1)
        if kind == "byte":
            content = content[:at] + bytes([second % 256]) + content[at + 1 :]
            continue
        if kind == "cut":
            content = content[:at]
            continue
        if kind == "insert":
            content = content[:at] + insert + content[at:]
            continue
        lines = content.split(b"\n")
        one, other = first % len(lines), second % len(lines)
        if kind == "replace":
            lines[one] = insert
        elif kind == "double":
            lines.insert(other, lines[one])
        elif kind == "swap":
            lines[one], lines[other] = lines[other], lines[one]
        else:
            for mark in (b"=", b","):
                if mark in lines[one]:
                    parts = lines[one].split(mark)
                    parts[1 + second % (len(parts) - 1)] = insert
                    lines[one] = mark.join(parts)
                    break
        content = b"\n".join(lines)
    return content


# --- The kinds of files, and what reads each ------------------------------------------------------


@cache
def texts(folder: str, ending: str = "*.toml") -> tuple[str, ...]:
    return tuple(path.read_text() for path in sorted((HERE / folder).glob(ending)))


LISTED = """replicates = 2
[design]
kind = "list"
file = "points.csv"
[[factors]]
key = "contracts.term"
[[factors]]
name = "hold"
levels = { on = {}, off = { "contracts.retention" = false } }
"""
POINTS = "contracts.term,hold\n" + "".join(
    f"{5 + row}.5,{('on', 'off')[row % 2]}\n" for row in range(9)
)


def scenario(folder: Path, content: bytes) -> None:
    (folder / "study.toml").write_bytes(content)
    load_scenario("study.toml")


def experiment(folder: Path, content: bytes) -> None:
    (folder / "study.toml").write_bytes(content)
    (folder / "points.csv").write_text(POINTS)
    is_experiment("study.toml")
    load_experiment("study.toml")


def points(folder: Path, content: bytes) -> None:
    (folder / "study.toml").write_text(LISTED)
    (folder / "points.csv").write_bytes(content)
    load_experiment("study.toml")


def states(folder: Path, content: bytes) -> None:
    (folder / "list.csv").write_bytes(content)
    read_list(folder / "list.csv", shipped_seeds().countries)


def plausible(folder: Path, content: bytes) -> None:
    (folder / FILE).write_bytes(content)
    read_plausible(folder / FILE)


def seeds(table: str) -> Callable[[Path, bytes], None]:
    def read(folder: Path, content: bytes) -> None:
        (folder / table).write_bytes(content)
        problems = Problems()
        if table == "countries.csv":
            read_countries(folder, problems)
        elif table == "borders.csv":
            read_neighbours(folder, [c.iso3 for c in shipped_seeds().countries], problems)
        elif table == "targets.csv":
            read_targets(folder, problems)
        else:
            shutil.copyfile(HERE / "seeds" / "history.csv", folder / "history.csv")
            (folder / table).write_bytes(content)
            read_history(folder, problems)
        problems.raise_if_any(folder)

    return read


def head_of(table: str, lines: int) -> str:
    return "".join((HERE / "seeds" / table).read_text().splitlines(keepends=True)[:lines])


KINDS: dict[str, tuple[Callable[[Path, bytes], None], Callable[[], tuple[str, ...]], int]] = {
    "scenario": (scenario, lambda: texts("scenarios"), 6000),
    "experiment": (experiment, lambda: (*texts("experiments"), LISTED), 3000),
    "points": (points, lambda: (POINTS,), 2000),
    "states": (states, lambda: ("iso3,value\nKEN,1\nFRA,0\nDEU,0\nSRB,1\n",), 3000),
    "plausible": (plausible, lambda: (head_of(FILE, 20),), 2000),
    "countries.csv": (seeds("countries.csv"), lambda: texts("seeds", "countries.csv"), 1500),
    "borders.csv": (seeds("borders.csv"), lambda: texts("seeds", "borders.csv"), 1000),
    "targets.csv": (seeds("targets.csv"), lambda: texts("seeds", "targets.csv"), 1000),
    "history.csv": (seeds("history.csv"), lambda: texts("seeds", "history.csv"), 400),
    "jumps.csv": (seeds("jumps.csv"), lambda: texts("seeds", "jumps.csv"), 100),
}
"""For each kind of file: what reads it, what is torn, and how many of the 20,000 it gets."""


def attack(kind: str, folder: Path, count: int) -> None:
    """Read so many torn files of a kind: each is right, or refused in plain words, and soon."""
    read, originals, _ = KINDS[kind]

    @settings(
        max_examples=count,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(st.integers(0, 999), edits)
    def torn(which: int, changes: list[tuple[str, int, int, str]]) -> None:
        files = originals()
        content = edited(files[which % len(files)], changes)
        began = time.process_time()
        try:
            read(folder, content)
        except InputError as error:
            for text in (*error.messages, error.headline):
                assert len(text) <= MOST_LETTERS
                assert not CONTROL.search(text), text
        assert time.process_time() - began < PATIENCE

    torn()


@pytest.mark.parametrize("kind", KINDS)
def test_torn_files_are_right_or_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    attack(kind, tmp_path, QUICK if kind not in ("history.csv", "jumps.csv") else QUICK // 10)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_torn_files_are_right_or_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    attack(kind, tmp_path, KINDS[kind][2])
