"""Bringing the parts of several unfinished folders of the same results together."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.results.files import TEMPORARY, sync_folder, whole_file
from sim.results.parts import Parts
from sim.results.store import MANIFEST, PARTS, Store, compare_manifests, read_json


@dataclass(frozen=True)
class Merged:
    """What a merge did.

    Attributes:
        taken: Number of parts that were taken.
        damaged: Parts that were left out, as they are damaged or of another form.
        missing: The runs of each chunk that is still missing.
    """

    taken: int
    damaged: tuple[Path, ...]
    missing: tuple[range, ...]


def merge_parts(folders: Iterable[Path], into: Store) -> Merged:
    """Take the parts that a store misses from other folders; they keep theirs.

    The caller finishes the store once nothing is missing.

    Args:
        folders: Unfinished results folders of the same question, e.g. shards.
        into: The store.

    Raises:
        InputError: If a folder is no results folder or holds those of another question.
        OSError: If a part cannot be written.
    """
    sources = list(folders)
    absent = [folder for folder in sources if not (folder / MANIFEST).is_file()]
    if absent:
        raise InputError(
            [f"{folder} is no results folder: it holds no {MANIFEST}" for folder in absent]
        )
    asked = read_json(into.folder / MANIFEST)
    for folder in sources:
        compare_manifests(folder, asked)
    taken, damaged, missing = 0, [], []
    for runs in into.missing_chunks():
        for folder in sources:
            part = folder / PARTS / into.parts.path(runs).name
            try:
                content = part.read_bytes()
            except FileNotFoundError:
                continue
            if into.parts.holds(content, runs):
                _take(part, content, into.parts, runs)
                taken += 1
                break
            damaged.append(part)
        else:
            missing.append(runs)
    if taken:
        sync_folder(into.parts.folder)
    return Merged(taken, tuple(damaged), tuple(missing))


def _take(part: Path, content: bytes, parts: Parts, runs: range) -> None:
    """Link a part into place; where the file system cannot, copy it."""
    target = parts.path(runs)
    temporary = target.with_name(target.name + TEMPORARY)
    try:
        temporary.unlink(missing_ok=True)
        os.link(part, temporary)
        temporary.replace(target)
    except OSError:
        with whole_file(target) as file:
            file.write(content)
