"""Results that have no folder: the same tables, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from sim.results import store, tables
from sim.results.folder import Folder
from sim.results.tables import Content


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InMemory(Folder):
    """Runs that were made without a results folder.

    Attributes:
        content: What is kept of them.
        files: Each table as its file would be, by name. Summaries are made when they are read.
    """

    content: Content
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where they are, in words."""
        return "in memory"

    def file(self, name: str) -> IO[bytes]:
        """Return what readers take for a table's file."""
        if name not in self.files and name == store.SERIES:
            tables.write_series(self, self.content)
        if name not in self.files and name == store.COUNTRIES:
            tables.write_countries(self, self.content)
        return BytesIO(self.files[name])

    def has(self, name: str) -> bool:
        """Tell whether there is a table."""
        panel = {store.COUNTRIES: store.COUNTRY_RUNS}
        return panel.get(name, name) in self.files

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Open a table's file for writing."""
        file = BytesIO()
        yield file
        self.files[name] = file.getvalue()
