"""Checking folders without what made them: whole results, unfinished ones, studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.results.files import SEAL, Digest, is_regular, read_json, read_sealed
from sim.results.folder import (
    AGAIN,
    MANIFEST,
    PARTS,
    RUNTIME,
    STATUS,
    Status,
    refuse_damaged,
    verify,
)
from sim.results.writing.parts import SUFFIX, is_whole

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
    """Return a results folder; or, if it is none, all in and beneath it.

    Raises:
        InputError: If there is none.
    """
    if _is_results(folder):
        return [folder]
    folders = [folder] if _facts_in(folder) else []
    folders += _beneath(folder)
    if not folders:
        raise InputError(f"{folder} is no results folder: it holds no {MANIFEST}")
    return folders


def _beneath(folder: Path) -> list[Path]:
    below = (path.parent for path in folder.rglob("*.json"))
    return sorted(
        path for path in {*below} if path != folder and (_is_results(path) or _facts_in(path))
    )


def _is_results(folder: Path) -> bool:
    return any((folder / name).exists() for name in (MANIFEST, STATUS))


def _facts_in(folder: Path) -> list[Path]:
    """Return the files in which studies say what they are of, with digests of their tables."""
    return sorted(
        path
        for path in folder.glob("*.json")
        if path.name not in (MANIFEST, STATUS, RUNTIME)
        and is_regular(path)
        and all(f'"{key}"'.encode() in path.read_bytes() for key in (SEAL, "files"))
    )


def _check_study(folder: Path) -> Checked:
    """Look at the tables of the studies in a folder.

    Raises:
        InputError: If some are damaged.
    """
    names, files = [], dict[str, Digest]()
    for path in _facts_in(folder):
        listed = read_sealed(path).get("files", {})
        files |= {name: Digest(**digest) for name, digest in listed.items()}
        names.append(path.stem)
    refuse_damaged(folder, Status(0, 0, files))
    return Checked(" and ".join(names), len(files), sum(one.bytes for one in files.values()))


def check_folder(folder: Path) -> Checked:
    """Look at every byte of a results folder, or of a study's.

    Raises:
        InputError: If it is damaged, or not finished.
        OSError: If it cannot be read.
    """
    if not _is_results(folder):
        return _check_study(folder)
    if not (folder / STATUS).exists() and (folder / MANIFEST).exists():
        read_json(folder / MANIFEST)
        parts = _check_parts(folder)
        raise InputError(f"{folder} is not finished, with {parts.files} whole parts: {AGAIN}")
    status = verify(folder)
    failed = f", {status.failed:,} failed" if status.failed else ""
    size = sum(digest.bytes for digest in status.files.values())
    return Checked(f"{status.runs:,} runs{failed}", len(status.files), size)


def _check_parts(folder: Path) -> Checked:
    """Look at the parts of a folder.

    Raises:
        InputError: If some are damaged.
    """
    parts = sorted((folder / PARTS).glob(f"*{SUFFIX}"))
    damaged = [path for path in parts if not is_regular(path) or not is_whole(path.read_bytes())]
    if damaged:
        more = len(damaged) - LISTED
        listed = [f"{path} is damaged: {AGAIN}" for path in damaged[:LISTED]]
        raise InputError(listed + ([f"and {more:,} more damaged parts"] if more > 0 else []))
    return Checked("parts", len(parts), sum(path.stat().st_size for path in parts))
