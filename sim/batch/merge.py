"""Shards of a sweep, made by an array of jobs, joined into the folder that one job would have made.

A shard's folder says by itself what its parts are, so that a merge needs neither the experiment
file nor the rules under which the shards ran: both may have changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.batch.fill import taken
from sim.engine.chunk import Layout
from sim.errors import InputError
from sim.parameters import Outcome
from sim.results.files import hash_of, read_json, read_sealed, write_sealed
from sim.results.folder import FORM, MANIFEST, PARTS, SHARD, is_complete, shard_folders
from sim.results.points import Points
from sim.results.writing.merge import PartPlaces, find_parts, take_parts
from sim.results.writing.parts import Parts
from sim.results.writing.store import Store, compare_manifests

LISTED_PARTS = 10
"""Damaged parts that a message lists."""


@dataclass(frozen=True)
class Joined:
    """What a merge did.

    Attributes:
        folder: Where the whole sweep lies.
        shards: How many shards were joined.
        runs: Runs of the whole sweep.
        failed: How many of them failed.
    """

    folder: Path
    shards: int
    runs: int
    failed: int


def write_form(store: Store) -> None:
    """Write what the parts of a shard are made of into its folder."""
    assert store.points is not None
    parts = store.parts
    content = {
        "question": parts.question,
        "runs": parts.runs,
        "chunk_runs": parts.chunk_runs,
        "layout": asdict(parts.layout),
        "made": asdict(parts.made) if parts.made else None,
        "outcomes": [outcome.described() for outcome in parts.outcomes.values()],
        "points": asdict(store.points),
    }
    write_sealed(store.folder / FORM, content)


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
    form = _Form.read(shards[0])
    for shard in shards:
        if not (shard / MANIFEST).is_file():
            raise InputError(f"{shard} is no shard of a sweep: it holds no {MANIFEST}")
        compare_manifests(shard, form.manifest)
    with taken(out):
        if is_complete(out):
            store = form.open(out)
            if store.complete:
                return Joined(out, len(shards), form.runs, len(store.finish()))
        # Looked up before anything is written, so that a folder of shards still takes shards.
        places = find_parts([out, *shards], form.parts(out))
        _refuse_gaps(places, form, shards)
        store = form.open(out)
        take_parts(places, store)
        return Joined(out, len(shards), form.runs, len(store.finish()))


def _refuse_gaps(places: PartPlaces, form: _Form, shards: Sequence[Path]) -> None:
    missing = places.missing
    if missing:
        damaged = [
            f"{path} is damaged, or of other results" for path in places.damaged[:LISTED_PARTS]
        ]
        lacking = (
            f"{sum(map(len, missing)):,} of {form.runs:,} runs are missing, the first number "
            f"{missing[0].start}: give the commands of the unfinished shards again "
            f"({_shards_of(missing, form, shards)})"
        )
        raise InputError([*damaged, lacking])


def _shards_of(missing: Sequence[range], form: _Form, shards: Sequence[Path]) -> str:
    """Return which shards the missing runs belong to."""
    named = [match for shard in shards if (match := SHARD.fullmatch(shard.resolve().name))]
    of = {int(match[2]) for match in named}
    if len(of) != 1:
        return "which, their folders do not tell"
    total = of.pop()
    numbers = sorted({runs.start // form.chunk_runs % total + 1 for runs in missing})
    return ", ".join(f"--shard {number}/{total}" for number in numbers)


@dataclass(frozen=True)
class _Form:
    """What a shard's folder says of its parts."""

    question: str
    runs: int
    chunk_runs: int
    layout: Layout
    made: Layout | None
    outcomes: tuple[Outcome, ...]
    points: Points
    manifest: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, shard: Path) -> _Form:
        if not (shard / MANIFEST).is_file() or not (shard / FORM).is_file():
            raise InputError(f"{shard} is no shard of a sweep: it holds no {MANIFEST} and {FORM}")
        content, manifest = read_sealed(shard / FORM), read_json(shard / MANIFEST)
        try:
            form = TypeAdapter(cls).validate_python(content)
        except ValidationError as error:
            raise InputError(f"{shard / FORM} is damaged: {error}") from error
        if form.question != hash_of(manifest):
            raise InputError(f"{shard / MANIFEST} is damaged: it is not the question of {FORM}")
        return replace(form, manifest=manifest)

    def _kept(self) -> dict[str, Outcome]:
        return {outcome.name: outcome for outcome in self.outcomes}

    def parts(self, folder: Path) -> Parts:
        """Return the parts of the whole sweep, in a folder."""
        sizes = (self.runs, self.chunk_runs)
        return Parts(folder / PARTS, self.layout, self._kept(), *sizes, self.made, self.question)

    def open(self, out: Path) -> Store:
        """Open the folder of the whole sweep."""
        return Store.open(
            out,
            self.manifest,
            self.layout,
            self._kept(),
            runs=self.runs,
            chunk_runs=self.chunk_runs,
            points=self.points,
            made=self.made,
        )
