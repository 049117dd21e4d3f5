"""What every study's folder is: locked while it is written, and known by its bytes afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sim.errors import InputError
from sim.results.check import check_folder, folders_in
from sim.results.lock import writing
from sim.studies.study import Block, Row, Study


@dataclass(frozen=True)
class Small(Study):
    """A study of a table."""

    manifest: Mapping[str, Any] = field(default_factory=lambda: {"version": "1", "seed": 1})

    FACTS: ClassVar[str] = "small.json"
    FILES: ClassVar[tuple[str, ...]] = ("table.csv", "empty.csv")

    def tables(self) -> Mapping[str, Iterable[Row]]:
        return {"table.csv": [{"state": "KEN", "share": 0.25}], "empty.csv": []}

    def blocks(self) -> Iterator[Block]:
        yield "Nothing."


def test_a_whole_folder_is_known_and_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    Small().save(tmp_path / "a", figures=False)
    assert folders_in(tmp_path) == folders_in(tmp_path / "a") == [tmp_path / "a"]
    assert str(check_folder(tmp_path / "a")).startswith("small; 1 files")
    for name in ("table.csv", "small.json"):
        path = tmp_path / "a" / name
        whole = path.read_bytes()
        for at in range(0, 8 * len(whole), 11):
            torn = bytearray(whole)
            torn[at // 8] ^= 1 << at % 8
            path.write_bytes(torn)
            with pytest.raises(InputError):
                for folder in folders_in(tmp_path / "a"):
                    check_folder(folder)
        path.write_bytes(whole)
    (tmp_path / "a" / "table.csv").unlink()
    with pytest.raises(InputError, match=r"table\.csv is gone"):
        check_folder(tmp_path / "a")


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    with writing(tmp_path / "a"), pytest.raises(BlockingIOError, match="another process writes"):
        Small().save(tmp_path / "a", figures=False)
    Small().save(tmp_path / "a", figures=False)
    Small().save(tmp_path / "a", figures=False)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["small.json", "table.csv"]
