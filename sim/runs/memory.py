"""Results without a folder: the same tables, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from sim.runs import store, tables
from sim.runs.folder import Folder
from sim.runs.tables import Content


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InMemory(Folder):
    content: Content
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return "in memory"

    def file(self, name: str) -> IO[bytes]:
        written = {store.SERIES: tables.write_series, store.COUNTRIES: tables.write_countries}
        if name in written and name not in self.files:
            written[name](self, self.content)
        return BytesIO(self.files[name])

    def has(self, name: str) -> bool:
        return (store.COUNTRY_RUNS if name == store.COUNTRIES else name) in self.files

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        file = BytesIO()
        yield file
        self.files[name] = file.getvalue()
