"""Bringing the parts of several unfinished folders of the same results together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.results.files import sync_folder, whole_file
from sim.results.folder import PARTS
from sim.results.writing.parts import SUFFIX, Parts
from sim.results.writing.store import Store


@dataclass(frozen=True)
class PartPlaces:
    """Where the parts of a batch are.

    Attributes:
        where: A folder with the undamaged part of each chunk that has one.
        damaged: Parts that are damaged, or of other results.
        missing: The runs of each chunk of which no part is whole.
    """

    where: dict[range, Path]
    damaged: tuple[Path, ...]
    missing: tuple[range, ...]


def find_parts(folders: Sequence[Path], parts: Parts) -> PartPlaces:
    """Look in folders for the parts of a batch; each is read, as damage shows in no other way.

    Args:
        folders: Results folders of the same question, e.g. shards; the first that has a part gives
            it.
        parts: Those of the batch, wherever they are to lie.
    """
    where, damaged, missing = {}, [], []
    there = [
        (folder, replace(parts, folder=folder / PARTS), {*(folder / PARTS).glob(f"*{SUFFIX}")})
        for folder in folders
    ]
    for runs in parts.chunks:
        for folder, own, paths in there:
            path = own.path(runs)
            if path not in paths:
                continue
            if own.has(runs):
                where[runs] = folder
                break
            damaged.append(path)
        else:
            missing.append(runs)
    return PartPlaces(where, tuple(damaged), tuple(missing))


def take_parts(places: PartPlaces, into: Store) -> None:
    """Take the parts that a store has not from where they are; those folders keep theirs.

    The caller finishes the store.

    Raises:
        OSError: If a part cannot be written.
    """
    for runs, folder in places.where.items():
        if folder != into.folder:
            _take(folder / PARTS / into.parts.path(runs).name, into.parts.path(runs))
    into.count_as_written(places.where)
    sync_folder(into.parts.folder)


def _take(part: Path, target: Path) -> None:
    """Link a part into place; where that cannot be, as over a damaged one, copy it."""
    try:
        os.link(part, target)
    except OSError:
        with whole_file(target) as file:
            file.write(part.read_bytes())
