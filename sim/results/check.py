"""Checking results folders without what made them: whole ones, shards, unfinished ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.results.files import hash_of, is_regular, read_json, read_sealed
from sim.results.folder import (
    AGAIN,
    FORM,
    MANIFEST,
    PARTS,
    RUNTIME,
    SHARD,
    STATUS,
    verify,
)
from sim.results.parts import SUFFIX, is_whole

LISTED = 10
"""Damaged parts that a message lists."""
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Checked:
    """What a folder was found to hold.

    Attributes:
        what: In words: `200 runs`, `part of a sweep: 12 parts`.
        files: Data files, or parts.
        bytes: Their size.
    """

    what: str
    files: int
    bytes: int

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.what}; {self.files} files, {self.bytes / MEBIBYTE:.1f} MiB, as written"


def folders_in(folder: Path) -> list[Path]:
    """Return a results folder with the shards in it; or, if it is none, those beneath it.

    Raises:
        InputError: If there is none.
    """
    if _is_results(folder):
        return [folder, *(shard for shard in _beneath(folder) if SHARD.fullmatch(shard.name))]
    found = _beneath(folder)
    if not found:
        raise InputError(f"{folder} is no results folder: it holds no {MANIFEST}")
    return found


def _beneath(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.rglob(MANIFEST) if path.parent != folder)


def _is_results(folder: Path) -> bool:
    return any((folder / name).exists() for name in (MANIFEST, STATUS))


def check_folder(folder: Path) -> Checked:
    """Look at every byte of a results folder.

    Raises:
        InputError: If it is damaged, or not finished.
        OSError: If it cannot be read.
    """
    if (folder / RUNTIME).exists():
        read_sealed(folder / RUNTIME)
    if not (folder / STATUS).exists() and (folder / FORM).exists():
        return _check_shard(folder)
    if not (folder / STATUS).exists() and (folder / MANIFEST).exists():
        read_json(folder / MANIFEST)
        parts = _check_parts(folder)
        raise InputError(f"{folder} is not finished, with {parts.files} whole parts: {AGAIN}")
    status = verify(folder)
    failed = f", {status.failed:,} failed" if status.failed else ""
    size = sum(digest.bytes for digest in status.files.values())
    return Checked(f"{status.runs:,} runs{failed}", len(status.files), size)


def _check_shard(folder: Path) -> Checked:
    if read_sealed(folder / FORM).get("question") != hash_of(read_json(folder / MANIFEST)):
        raise InputError(f"{folder / MANIFEST} is damaged: it is not the question of {FORM}")
    parts = _check_parts(folder)
    return Checked("shard, to be merged", parts.files, parts.bytes)


def _check_parts(folder: Path) -> Checked:
    """Look at the parts of a folder.

    Raises:
        InputError: If some are damaged.
    """
    parts = sorted((folder / PARTS).glob(f"*{SUFFIX}"))
    damaged = [path for path in parts if not is_regular(path) or not is_whole(path.read_bytes())]
    if damaged:
        more = len(damaged) - LISTED
        told = [f"{path} is damaged: {AGAIN}" for path in damaged[:LISTED]]
        raise InputError(told + ([f"and {more:,} more damaged parts"] if more > 0 else []))
    return Checked("parts", len(parts), sum(path.stat().st_size for path in parts))
