"""What is damaged in a results folder is refused by name; the command that made it mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from results.fake import MANIFEST, chunk_of, data_of, fill, open_store
from sim.cli import app
from sim.errors import InputError, Note
from sim.results.files import remove_leftovers, whole_file, write_own
from sim.results.folder import STATUS
from sim.results.lock import LOCK, writing
from sim.results.read import open_results
from sim.studies.open_or_run import clear_results

OURS = {**MANIFEST, "version": "1", "rules": "any"}


@pytest.mark.parametrize(
    "verb", [("plot", "DIR"), ("compare", "DIR", "baseline"), ("check", "DIR")]
)
@pytest.mark.parametrize("name", ["runs.parquet", "series.csv", "manifest.json", STATUS])
def test_a_flipped_bit_is_refused_by_name(tmp_path: Path, verb: tuple[str, ...], name: str) -> None:
    out = tmp_path / "out"
    fill(out)
    content = bytearray((out / name).read_bytes())
    content[len(content) // 2] ^= 1
    (out / name).write_bytes(content)
    told = CliRunner().invoke(app, [str(out) if one == "DIR" else one for one in verb])
    assert told.exit_code == 2, told.output
    assert str(out) in told.stderr.replace("\n", "") and name in told.stderr
    assert "internal error" not in told.stderr


def test_a_damaged_part_is_made_again(tmp_path: Path) -> None:
    store = open_store(tmp_path / "out")
    for runs in store.parts.chunks[:2]:
        store.write_chunk(chunk_of(runs))
    part = store.parts.path(store.parts.chunks[0])
    content = bytearray(part.read_bytes())
    content[400] ^= 1
    part.write_bytes(content)
    assert open_store(tmp_path / "out").missing_chunks()[0] == store.parts.chunks[0]
    fill(tmp_path / "out")
    fill(tmp_path / "whole")
    assert data_of(tmp_path / "out") == data_of(tmp_path / "whole")


def test_a_second_writer_is_refused_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    with (
        writing(tmp_path / "out"),
        pytest.raises(BlockingIOError, match="another process writes here"),
        writing(tmp_path / "out"),
    ):
        pass
    (tmp_path / "out" / LOCK).write_bytes(b"")
    (tmp_path / "out" / "series.csv.0123abcd.tmp").write_bytes(b"half")
    with writing(tmp_path / "out"):
        fill(tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.tmp"))


def test_two_writers_of_a_file_have_names_of_their_own(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as first, whole_file(tmp_path / "a") as second:
        first.write(b"first")
        second.write(b"second")
        assert len(list(tmp_path.iterdir())) == 2
    assert (tmp_path / "a").read_bytes() == b"first"
    (tmp_path / "thesis.tmp").write_bytes(b"")
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "thesis.tmp"]


def test_a_table_of_other_results_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "a")
    fill(tmp_path / "b", manifest={"seed": 2})
    ours, theirs = tmp_path / "a" / "runs.parquet", tmp_path / "b" / "runs.parquet"
    assert ours.stat().st_size == theirs.stat().st_size
    ours.write_bytes(theirs.read_bytes())
    with pytest.raises(InputError, match=r"runs\.parquet is damaged, or of other results"):
        open_results(tmp_path / "a")


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


def test_fresh_leaves_what_is_not_ours(tmp_path: Path) -> None:
    fill(tmp_path, manifest=OURS)
    mine = [tmp_path / "thesis.txt", tmp_path / "figures" / "mine.png", tmp_path / "data" / "a.csv"]
    ours = [tmp_path / "figures" / "map.png", tmp_path / "figures" / "map.svg"]
    for path in (*mine, *ours):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"any") if path in mine else write_own(path, b"<svg></svg>")
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
