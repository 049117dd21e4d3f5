"""Shards: parts of one question, made apart and brought together."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from results.fake import MANIFEST, OUTCOMES, chunk_of, data_of, fill, open_store
from sim.errors import InputError
from sim.results.folder import shard_folder, shard_folders
from sim.results.writing.merge import find_parts, take_parts

CHUNKS = [range(0, 4), range(4, 8), range(8, 10)]


def shard(folder: Path, which: list[range]) -> Path:
    """Fill part of a folder, without finishing it."""
    store = open_store(folder)
    for runs in which:
        store.write_chunk(chunk_of(runs))
    return folder


@pytest.mark.parametrize("links", [True, False])
def test_shards_together_give_the_bytes_of_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    fill(tmp_path / "whole")
    shards = [
        shard(tmp_path / "a", CHUNKS[:1]),
        shard(tmp_path / "b", CHUNKS[1:2]),
        shard(tmp_path / "c", CHUNKS[2:]),
    ]
    if not links:

        def refuse(source: Path, target: Path) -> None:
            raise PermissionError("no links here")

        monkeypatch.setattr(os, "link", refuse)
    into = open_store(tmp_path / "into")
    found = find_parts(shards, into.parts)
    assert (len(found.where), found.damaged, found.missing) == (3, (), ())
    take_parts(found, into)
    into.finish()
    assert data_of(tmp_path / "into") == data_of(tmp_path / "whole")
    # The shards keep their parts.
    assert open_store(tmp_path / "b").missing_chunks() == [CHUNKS[0], CHUNKS[2]]


def test_what_is_missing_is_reported_and_merging_goes_on_later(tmp_path: Path) -> None:
    into = open_store(tmp_path / "into")
    first = find_parts([into.folder, shard(tmp_path / "a", CHUNKS[:1])], into.parts)
    assert first.missing == (CHUNKS[1], CHUNKS[2])
    take_parts(first, into)
    assert into.missing_chunks() == [CHUNKS[1], CHUNKS[2]]
    second = find_parts([into.folder, shard(tmp_path / "b", CHUNKS[1:])], into.parts)
    assert second.missing == ()
    assert list(second.where.values()) == [into.folder, tmp_path / "b", tmp_path / "b"]


def test_damaged_parts_are_left_out_unless_another_folder_has_them_whole(tmp_path: Path) -> None:
    first = shard(tmp_path / "a", CHUNKS)
    second = shard(tmp_path / "b", CHUNKS[:1])
    parts = open_store(first).parts
    damaged = [parts.path(CHUNKS[0]), parts.path(CHUNKS[2])]
    content = bytearray(damaged[0].read_bytes())
    content[len(content) // 2] ^= 1  # as long as before
    damaged[0].write_bytes(content)
    damaged[1].write_bytes(damaged[1].read_bytes()[:-1])
    into = open_store(tmp_path / "into")
    found = find_parts([first, second], into.parts)
    assert len(found.where) == 2
    assert found.damaged == tuple(damaged)
    assert found.missing == (CHUNKS[2],)
    take_parts(found, into)
    assert into.missing_chunks() == [CHUNKS[2]]


def test_parts_of_another_question_or_range_are_not_taken(tmp_path: Path) -> None:
    into = open_store(tmp_path / "into")
    other = open_store(tmp_path / "other", manifest=MANIFEST | {"seed": 2})
    other.write_chunk(chunk_of(CHUNKS[0]))
    moved = shard(tmp_path / "moved", CHUNKS[:1])
    path = into.parts.path(CHUNKS[0])
    (moved / "parts" / path.name).rename(moved / "parts" / into.parts.path(CHUNKS[1]).name)
    found = find_parts([other.folder, moved], into.parts)
    assert found.missing == tuple(CHUNKS)
    assert len(found.damaged) == 2


def test_a_folder_may_hold_its_shards(tmp_path: Path) -> None:
    assert shard_folders(tmp_path / "nowhere") == []
    folder = tmp_path / "out"
    for k, runs in enumerate(CHUNKS, start=1):
        shard(shard_folder(folder, k, 3), [runs])
    (folder / "shard-of-another-kind").mkdir()
    assert shard_folders(folder) == [shard_folder(folder, k, 3) for k in (1, 2, 3)]
    with pytest.raises(InputError, match="not empty"):
        open_store(folder)
    (folder / "shard-of-another-kind").rmdir()
    into = open_store(folder)
    take_parts(find_parts(shard_folders(folder), into.parts), into)
    into.finish()
    assert into.complete


def test_another_colour_disowns_no_part(tmp_path: Path) -> None:
    """Shards tell of outcomes without how they are drawn."""
    begun = shard(tmp_path / "a", CHUNKS)
    drawn = {name: replace(outcome, colour="purple") for name, outcome in OUTCOMES.items()}
    assert drawn != OUTCOMES
    assert open_store(begun, outcomes=drawn).missing_chunks() == []
