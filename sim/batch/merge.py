"""Shards of a sweep, made by an array of jobs, joined into the folder that one job would have made.

A shard's folder says by itself what its parts are, so that a merge needs neither the experiment
file nor the rules under which the shards ran: both may have changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.parameters import Outcome
from sim.results.chunk import CountryLabel, Group, Layout
from sim.results.files import write_json
from sim.results.merge import merge_parts
from sim.results.points import Points
from sim.results.store import MANIFEST, Store, read_json, shard_folders

FORM = "form.json"
"""What a shard's parts are made of."""


@dataclass(frozen=True)
class Joined:
    """What a merge did.

    Attributes:
        folder: The finished folder.
        shards: How many shards were joined.
        failed: How many runs failed.
    """

    folder: Path
    shards: int
    failed: int


def write_form(store: Store) -> None:
    """Write what the parts of a shard are made of into its folder."""
    assert store.points is not None
    content = {
        "runs": store.parts.runs,
        "chunk_runs": store.parts.chunk_runs,
        "layout": asdict(store.parts.layout),
        "outcomes": [asdict(outcome) for outcome in store.parts.outcomes.values()],
        "points": asdict(store.points),
    }
    write_json(store.folder / FORM, content)


def merge(folders: Sequence[Path], out: Path | None = None) -> Joined:
    """Join shards, and finish the folder.

    Args:
        folders: Shards' folders, or folders that hold shards.
        out: Where to; None: the folder given, if it is one that holds the shards.

    Raises:
        InputError: There are no shards, they are of different sweeps, runs are missing, or the
            folder to write holds something else.
        OSError: The folder cannot be written.
    """
    shards: list[Path] = []
    for folder in folders:
        inside = shard_folders(folder)
        if not inside and not (folder / FORM).is_file():
            raise InputError(
                f"{folder} is no shard and holds none: name the folder given with --out to "
                "`entrench sweep --shard`"
            )
        shards += inside or [folder]
    if out is None:
        if len(folders) != 1 or not shard_folders(folders[0]):
            raise InputError("several folders: say with --out where the whole sweep goes")
        out = folders[0]
    store = _open(shards[0], out)
    if not store.complete:
        merged = merge_parts(shards, store)
        if merged.missing:
            lost = sum(map(len, merged.missing))
            first = merged.missing[0]
            damaged = f"; {len(merged.damaged)} parts are damaged" if merged.damaged else ""
            raise InputError(
                f"{lost:,} of {store.parts.runs:,} runs are missing, the first number "
                f"{first.start}{damaged}: give the commands of the unfinished shards again "
                f"({_shards_of(merged.missing, store, shards)})"
            )
    return Joined(out, len(shards), len(store.finish()))


def _shards_of(missing: Sequence[range], store: Store, shards: Sequence[Path]) -> str:
    """Return which shards the missing runs belong to."""
    of = {int(name.name.rpartition("-")[2]) for name in shards if "-of-" in name.name}
    if len(of) != 1:
        return "which, their folders do not tell"
    total = of.pop()
    places = {runs: at for at, runs in enumerate(store.parts.chunks)}
    numbers = sorted({places[runs] % total + 1 for runs in missing})
    return ", ".join(f"--shard {number}/{total}" for number in numbers)


def _open(shard: Path, out: Path) -> Store:
    if not (shard / MANIFEST).is_file() or not (shard / FORM).is_file():
        raise InputError(f"{shard} is no shard of a sweep: it holds no {MANIFEST} and {FORM}")
    form = read_json(shard / FORM)
    try:
        return Store.open(
            out,
            read_json(shard / MANIFEST),
            _layout(form["layout"]),
            {row["name"]: Outcome(**row) for row in form["outcomes"]},
            runs=int(form["runs"]),
            chunk_runs=int(form["chunk_runs"]),
            points=Points(
                names=tuple(form["points"]["names"]),
                cells=tuple(map(tuple, form["points"]["cells"])),
                replicates=int(form["points"]["replicates"]),
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{shard / FORM} is damaged: {error}") from error


def _layout(content: dict[str, Any]) -> Layout:
    found = {field.name: content[field.name] for field in fields(Layout)}
    found = {name: tuple(v) if isinstance(v, list) else v for name, v in found.items()}
    found["groups"] = tuple(Group(*group) for group in content["groups"])
    found["countries"] = tuple(CountryLabel(*label) for label in content["countries"])
    return Layout(**found)
