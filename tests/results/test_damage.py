"""What is damaged in a results folder is noticed, or changes nothing; whoever writes mends it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from results import mishaps
from results.fake import MANIFEST, chunk_of, data_of, fill, open_store
from sim.batch.merge import merge
from sim.cli import app
from sim.errors import InputError, Note
from sim.results import folder as folders
from sim.results.check import check_folder, folders_in
from sim.results.folder import STATUS, read_status
from sim.results.read import open_results
from sim.results.writing.encode import encode
from sim.results.writing.parts import Parts
from sim.studies.open_or_run import clear_results
from sim.studies.opened import open_sweep

SECONDS = 10.0
"""No damage may take longer to be noticed."""
TERM = {"name": "term", "kind": "number"}
OURS = {**MANIFEST, "version": "1", "rules": "any"}
MEND_EACH = 7
"""Of so many damaged folders, one is made whole again."""

few_and_all = pytest.mark.parametrize(
    "times", [12, pytest.param(1000, marks=pytest.mark.slow)], ids=["some", "many"]
)


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every opening read every file."""
    monkeypatch.setattr(folders, "_known", _Forgetful())


class _Forgetful(dict[Any, Any]):
    def __contains__(self, key: object) -> bool:
        return False


def contents(folder: Path) -> list[Any]:
    """Return all that can be read of a finished folder."""
    results = open_results(folder)
    tables = [results.runs(None, None), results.series(), results.countries()]
    frames = [frame.to_csv() for frame in (*tables, results.country_runs())]
    read = [*frames, results.failures, results.manifest, results.runtime, results.quarters]
    if results.is_sweep:
        read.append({key: column.tolist() for key, column in open_sweep(folder).design.items()})
    return read


def whole(kind: str, folder: Path) -> None:
    """Make a finished folder of a kind, or make it whole again."""
    with mishaps.writing(folder):
        points = mishaps.POINTS if kind == "sweep" else None
        manifest = {**MANIFEST, "experiment": {"factors": [TERM]}} if points else MANIFEST
        store = open_store(folder, manifest, layout=mishaps.NARROW, points=points)
        mishaps.write(store, store.missing_chunks())
        store.finish()
        if not (folder / "runtime.json").exists():
            store.write_runtime({"threads": 2})


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flipped(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


@few_and_all
@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_flipped_bits_of_a_finished_folder(tmp_path: Path, kind: str, times: int) -> None:
    template, out = tmp_path / "template", tmp_path / "out"
    whole(kind, template)
    wanted, data, chance = contents(template), data_of(template), random.Random(1)
    noticed = 0
    for at in range(times):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(template, out)
        flipped(chance.choice(files_of(out)), chance)
        try:
            assert contents(out) == wanted
        except InputError as error:
            assert str(out) in str(error)
            noticed += 1
        if at % MEND_EACH == 0:
            whole(kind, out)
            assert data_of(out) == data
    # White space in JSON is all that may change unnoticed.
    assert noticed > 0.5 * times


@few_and_all
def test_flipped_bits_of_shards(tmp_path: Path, times: int) -> None:
    """A merge notices; who runs the shards again mends them."""
    template, out, wanted = tmp_path / "template", tmp_path / "out", tmp_path / "wanted"
    mishaps.shards(wanted)
    data = mishaps.data_of(wanted)
    shutil.copytree(wanted, template)
    for path in template.iterdir():
        if path.is_file():
            path.unlink()
    chance, noticed = random.Random(2), 0
    for at in range(times):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(template, out)
        flipped(chance.choice(files_of(out)), chance)
        try:
            merge([out])
            assert mishaps.data_of(out) == data
        except InputError as error:
            assert str(out) in str(error)
            noticed += 1
        if at % MEND_EACH == 0:
            mend_shards(out)
            assert mishaps.data_of(out) == data
    assert noticed > 0.5 * times


def mend_shards(out: Path) -> None:
    try:
        mishaps.shards(out)
    except InputError:
        # A shard's manifest may be any: with no part of it whole, nothing shows whose it is.
        for shard in ("shard-1-of-2", "shard-2-of-2"):
            clear_results(out / shard)
        mishaps.shards(out)


@few_and_all
def test_flipped_bits_of_an_unfinished_folder(tmp_path: Path, times: int) -> None:
    template, out, wanted = tmp_path / "template", tmp_path / "out", tmp_path / "wanted"
    mishaps.fill(wanted)
    data = data_of(wanted)
    mishaps.write(open_store(template, layout=mishaps.NARROW), mishaps.CHUNKS[:2])
    chance = random.Random(3)
    for _ in range(times // 4):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(template, out)
        flipped(chance.choice(files_of(out)), chance)
        mishaps.fill(out)
        assert data_of(out) == data


DEEP = b"[" * 200_000
VALUES: tuple[Any, ...] = (None, True, -1, 10**400, 1.5, "", "x" * 9, [], [[]], {}, {"a": {}})


def mangled(path: Path, chance: random.Random) -> None:
    """Put something else in a file's place."""
    content = path.read_bytes()
    place = chance.randrange(len(content) + 1)
    form = chance.randrange(9)
    if form == 0:
        content = content[:place]
    elif form == 1:
        content = content[:place] + chance.randbytes(chance.randrange(40)) + content[place:]
    elif form == 2:
        content = content[place:] + content[:place]
    elif form == 3:
        content = chance.choice((b"", b"\0", DEEP, b'{"a":' * 50_000, b"\xff\xfe", b"{}", b"[1]"))
    elif form in (4, 5) and path.suffix == ".json":
        content = json.dumps(rewritten(json.loads(content), chance)).encode()
    elif form == 6:
        path.unlink()
        path.mkdir()
        return
    elif form == 7 and hasattr(os, "mkfifo"):
        path.unlink()
        os.mkfifo(path)
        return
    elif form == 8:
        path.unlink()
        with contextlib.suppress(OSError):
            path.symlink_to(chance.choice((path.name, "/dev/zero", "nowhere")))
        return
    path.write_bytes(content)


def rewritten(content: Any, chance: random.Random) -> Any:
    """Return JSON in which something, somewhere, is another value."""
    if chance.random() < 0.2 or not isinstance(content, dict | list) or not content:
        return chance.choice(VALUES)
    copy = content.copy()
    key = chance.choice(list(content)) if isinstance(content, dict) else 0
    copy[key] = rewritten(content[key], chance)
    return copy


def calls(out: Path) -> Iterator[Callable[[], object]]:
    """Yield what a user may do with a folder."""
    yield lambda: contents(out)
    yield lambda: [check_folder(place) for place in folders_in(out)]
    yield lambda: merge([out])
    yield lambda: mishaps.shards(out)
    yield lambda: mishaps.fill(out)
    yield lambda: clear_results(out)


@pytest.mark.parametrize(
    "times", [12, pytest.param(400, marks=pytest.mark.slow)], ids=["some", "many"]
)
@pytest.mark.parametrize("kind", ["finished", "shards"])
def test_mangled_files_are_reported_in_a_message(tmp_path: Path, kind: str, times: int) -> None:
    template, out = tmp_path / "template", tmp_path / "out"
    if kind == "finished":
        whole("run", template)
    else:
        mishaps.shards(template)
        (template / STATUS).unlink()
    chance = random.Random(4)
    for _ in range(times):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(template, out)
        for path in chance.sample(files_of(out), chance.choice((1, 1, 2))):
            mangled(path, chance)
        for call in calls(out):
            began = time.monotonic()
            with contextlib.suppress(InputError, OSError):
                call()
            assert time.monotonic() - began < SECONDS


def test_who_reads_is_told_which_file_and_who_writes_makes_it_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path)
    data = data_of(tmp_path)
    (tmp_path / "series.csv").write_bytes(b"")
    (tmp_path / "countries.csv").unlink()
    (tmp_path / "failures.csv").write_text("run,message\n1,x\n")
    with pytest.raises(InputError) as caught:
        open_results(tmp_path)
    assert [message.split("/")[-1] for message in caught.value.messages] == [
        "countries.csv is gone",
        f"series.csv is damaged: 0 bytes, not {len(data['series.csv']):,}",
        "failures.csv is no part of these results",
    ]
    fill(tmp_path)
    told = "made again what was damaged or gone: countries.csv, series.csv, failures.csv"
    assert told in caplog.text
    assert data_of(tmp_path) == data


def test_a_damaged_manifest_is_written_again_if_all_else_is_of_the_same_question(
    tmp_path: Path,
) -> None:
    fill(tmp_path / "whole")
    (tmp_path / "whole" / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json is damaged"):
        fill(tmp_path / "whole", manifest={**MANIFEST, "seed": 2})
    fill(tmp_path / "whole")
    begun = open_store(tmp_path / "begun")
    begun.write_chunk(chunk_of(range(4)))
    (tmp_path / "begun" / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json is damaged"):
        open_store(tmp_path / "begun", manifest={"seed": 2})
    assert open_store(tmp_path / "begun").missing_chunks() == [range(4, 8), range(8, 10)]
    fill(tmp_path / "begun")
    assert data_of(tmp_path / "begun") == data_of(tmp_path / "whole")


def test_every_byte_of_the_mark_counts(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / STATUS
    wanted, content = read_status(tmp_path), path.read_bytes()
    noticed = 0
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            assert read_status(tmp_path) == wanted
        except InputError:
            noticed += 1
    assert noticed > 0.7 * len(content)


def test_swapped_words_of_a_part_are_noticed(tmp_path: Path) -> None:
    parts: Parts = open_store(tmp_path).parts
    content = bytearray(encode(parts, chunk_of(range(4))))
    assert parts.holds(content, range(4))
    content[400:408], content[408:416] = b"12345678", b"87654321"
    swapped = content[:400] + content[408:416] + content[400:408] + content[416:]
    assert not parts.holds(swapped, range(4))


def test_a_part_that_grew_is_not_read_to_its_end_and_a_shorter_one_ends_no_process(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)
    chunk = store.parts.chunks[0]
    store.write_chunk(chunk_of(chunk))
    path, name = store.parts.path(chunk), next(iter(store.parts.columns))
    size = path.stat().st_size
    os.truncate(path, 10**12)
    assert not store.parts.has(chunk)
    os.truncate(path, size // 2)
    wanted = [(column, slice(None)) for column in store.parts.columns]
    with pytest.raises(ValueError, match="reshape"):
        store.parts.read(wanted, chunk)
    assert store.parts.read([(name, slice(1))], chunk[:1])[0].shape == (1, 1)


def test_fresh_leaves_what_is_not_ours(tmp_path: Path) -> None:
    fill(tmp_path, manifest=OURS)
    mine = [tmp_path / "thesis.txt", tmp_path / "figures" / "mine.png", tmp_path / "data" / "a.csv"]
    ours = [tmp_path / "figures" / "map.png", tmp_path / "figures" / "map.svg"]
    for path in (*mine, *ours):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"any" if path in mine else b"\x89PNG Software\0entrench 0.1")
    with pytest.warns(Note, match="left alone, as not Entrench's: data, figures/mine.png, thesis"):
        clear_results(tmp_path)
    assert [path for path in (*mine, *ours) if path.exists()] == mine
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["data", "figures", "manifest.json", "thesis.txt"]
    fill(tmp_path, manifest={"seed": 2})
    assert open_results(tmp_path).manifest == {"seed": 2}


def test_fresh_takes_a_folder_whose_manifest_is_damaged_but_no_other(tmp_path: Path) -> None:
    fill(tmp_path / "ours", manifest=OURS)
    (tmp_path / "ours" / "manifest.json").write_text("{")
    clear_results(tmp_path / "ours")
    fill(tmp_path / "ours", manifest={"seed": 2})
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="tells of no results"):
        clear_results(tmp_path / "theirs")


def test_fresh_waits_for_nobody(tmp_path: Path) -> None:
    fill(tmp_path, manifest=OURS)
    with mishaps.writing(tmp_path), pytest.raises(BlockingIOError, match="another process"):
        clear_results(tmp_path)
    assert open_results(tmp_path).runs_kept > 0


VERBS: dict[str, tuple[str, tuple[object, ...]]] = {
    "plot": ("run", ("plot", "DIR")),
    "country": ("run", ("country", "SRB", "--results", "DIR")),
    "compare": ("run", ("compare", "DIR", "baseline")),
    "persistence": ("run", ("persistence", "DIR")),
    "validate": ("run", ("validate", "DIR")),
    "check": ("run", ("check", "DIR")),
    "plot of a sweep": ("sweep", ("plot", "DIR")),
    "persistence of a sweep": ("sweep", ("persistence", "DIR")),
    "discover": ("sweep", ("discover", "DIR")),
}


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_that_read_refuse_damaged_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    kind, arguments = VERBS[verb]
    out = tmp_path / "results" / "any"
    whole(kind, out)
    for name in ("runs.parquet", "series.csv", "manifest.json", STATUS):
        right = (out / name).read_bytes()
        for content in (b"", DEEP if name.endswith("json") else None):
            if content is None:
                (out / name).unlink()
            else:
                (out / name).write_bytes(content)
            told = CliRunner().invoke(app, [str(out) if a == "DIR" else str(a) for a in arguments])
            assert told.exit_code == 2, told.output
            assert str(out) in told.stderr.replace("\n", "")
            assert "internal error" not in told.stderr
        (out / name).write_bytes(right)
