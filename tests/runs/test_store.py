"""A folder loses nothing of others, takes no chunk of other runs, and believes no edited text."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.errors import InputError
from sim.experiment import Experiment, design_of
from sim.runs import store
from sim.runs.dataset import open_results
from sim.runs.runner import run_design
from sim.runs.workers import Workers
from sim.scenario import load_scenario

RUNS = 12
"""Two chunks."""


def design(seed: int = 1, runs: int = RUNS) -> Experiment:
    scenario = load_scenario("baseline", overrides={"horizon.end": 2003})
    return design_of({"baseline": scenario}, runs=runs, seed=seed, plausible=None)


def run(folder: Path, seed: int = 1, runs: int = RUNS, fresh: bool = False) -> int | None:
    return run_design(design(seed, runs), folder, workers=Workers(1), fresh=fresh).made


def stopped(folder: Path, seed: int = 1) -> Path:
    """Return a folder whose process was stopped when it had all chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(folder, seed)
    return folder


@pytest.fixture(scope="module")
def halted(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Return a stopped folder of each of two seeds, which tests copy."""
    return {seed: stopped(tmp_path_factory.mktemp("halted") / f"{seed}", seed) for seed in (1, 2)}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "results"
    run(folder)
    return folder


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _swap(path: Path) -> None:
    first, second = sorted(path.parent.glob("*.runs.arrow"))
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


SPOILT: dict[str, tuple[Callable[[Path, Path], object], int]] = {
    "whole": (lambda *_: None, 0),
    "flipped": (lambda path, _: _flip(path), 10),
    "cut": (lambda path, _: os.truncate(path, path.stat().st_size // 2), 10),
    "empty": (lambda path, _: os.truncate(path, 0), 10),
    "missing": (lambda path, _: path.unlink(), 10),
    "swapped": (lambda path, _: _swap(path), RUNS),
    "of another seed": (
        lambda path, other: shutil.copytree(other / store.CHUNKS, path.parent, dirs_exist_ok=True),
        RUNS,
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_chunk_that_is_not_of_these_runs_is_made_again(
    how: str, clean: Path, halted: dict[int, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(halted[1], tmp_path / "results")
    spoil, again = SPOILT[how]
    spoil(store.chunk_path(folder, range(10), "runs"), halted[2])
    assert run(folder) == again
    for name in (store.RUNS, store.COUNTRY_RUNS, store.SERIES):
        assert (folder / name).read_bytes() == (clean / name).read_bytes()


FOREIGN = {
    ".lock": "is not empty",
    "manifest.json": "is not of results of this version",
    "chunks": "chunks is a link",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_that_is_not_ours_is_left_as_it_is(
    name: str, halted: dict[int, Path], tmp_path: Path
) -> None:
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "000000000-000000010.runs.arrow").write_text("mine")
    if name == "chunks":
        shutil.copytree(halted[2], folder, ignore=shutil.ignore_patterns(name))
        (folder / name).symlink_to(elsewhere)
    else:
        (folder / "chunks").mkdir(parents=True)
        (folder / name).write_text('{"name": "my-web-app"}')
        (folder / "design.csv").write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=FOREIGN[name]):
        run(folder, fresh=True)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_only_files_of_our_names_are_removed(tmp_path: Path) -> None:
    folder = stopped(tmp_path / "results", 2)
    mine = [folder / "draft.tmp", folder / ".lock", folder / "chunks" / "main.js"]
    left = [folder / ".entrench-0123abcd.tmp", folder / "chunks" / ".entrench-0123abcd.tmp"]
    for path in (*mine, *left):
        path.write_text("text")
    run(folder, fresh=True)
    assert all(path.read_text() == "text" for path in mine)
    assert not any(path.exists() for path in left)
    assert [path.name for path in (folder / "chunks").iterdir()] == ["main.js"]


def test_a_file_is_never_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "t.csv").symlink_to(victim)
    with store.whole_file(tmp_path / "t.csv") as file:
        file.write(b"ours")
    assert victim.read_text() == "mine" and (tmp_path / "t.csv").read_bytes() == b"ours"


MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "other numbers": (lambda m: {**m, "runs": 7}, "it was edited"),
    "files as a list": (lambda m: {**m, "files": ["manifest.json"]}, "files: "),
    "a name elsewhere": (lambda m: {**m, "files": {**m["files"], "../x.csv": {}}}, "files.../x"),
    "nothing": (lambda _: {}, "version: Field required"),
    "a list": (lambda _: [], "damaged"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_an_edited_manifest_is_refused_in_a_line(case: str, clean: Path, tmp_path: Path) -> None:
    edit, message = MANIFESTS[case]
    path = shutil.copytree(clean, tmp_path / "results") / store.MANIFEST
    path.write_text(json.dumps(edit(json.loads(path.read_bytes()))))
    with pytest.raises(InputError, match=message) as caught:
        open_results(path.parent)
    assert len(caught.value.messages) == 1


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="tells which files are open")
def test_no_file_is_removed_or_replaced_while_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where that is an error."""
    real = {name: getattr(Path, name) for name in ("unlink", "replace")}

    def refuse(name: str) -> Callable[..., object]:
        def stand_in(path: Path, *others: Any, **options: Any) -> object:
            maps = Path("/proc/self/maps")
            opened = set()
            for number in os.listdir("/proc/self/fd"):
                # Another thread may close its file meanwhile.
                with suppress(FileNotFoundError):
                    opened.add(os.readlink(f"/proc/self/fd/{number}"))
            opened |= {line[73:].strip() for line in maps.read_text().splitlines()}
            if {str(path), *map(str, others)} & opened:
                raise PermissionError(13, "being used by another process", str(path))
            return real[name](path, *others, **options)

        return stand_in

    for name in real:
        monkeypatch.setattr(Path, name, refuse(name))
    folder = tmp_path / "results"
    for seed in (1, 1, 2):
        run(folder, seed, fresh=True)
        assert not (folder / store.CHUNKS).exists()
    assert open_results(folder).seed == 2


def test_chunks_left_by_a_kill_after_the_seal_go_with_the_next_command(
    clean: Path, halted: dict[int, Path], tmp_path: Path
) -> None:
    assert (halted[1] / store.RUNTIME).exists(), "a finished folder would never get it"
    folder = shutil.copytree(clean, tmp_path / "results")
    shutil.copytree(halted[1] / store.CHUNKS, folder / store.CHUNKS)
    assert run(folder) == 0 and not (folder / store.CHUNKS).exists()


def test_a_file_system_without_locks_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match=r"cannot be locked \(.*\): choose an --out") as told:
        run(tmp_path / "results")
    assert told.value.filename == str(tmp_path / "results")
    assert not any((tmp_path / "results").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_folder_need_not_have_a_name_in_utf8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/res\xe9"))
    run(folder)
    found = sim.compare(folder, folder)
    assert found.results.labels[0] == "res?" and found.results.panel("working").size
    assert sim.check(folder).content and found.save(folder / "compared", formats=["svg"]) == []
