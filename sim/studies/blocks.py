"""What people read of a study: tables and sentences."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

type Cell[Record] = str | Callable[[Record], str]
"""How a cell is made of a record: a format such as ``{0.mean:.2f}``, or a function."""


@dataclass(frozen=True)
class Table:
    """A table for people.

    Attributes:
        heads: Headings; the first column names the row.
        rows: A text for each column.
        if_wide: Headings of columns to leave out where there is little room.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    if_wide: Collection[str] = ()

    @classmethod
    def of[Record](
        cls,
        records: Iterable[Record],
        columns: Mapping[str, Cell[Record]],
        if_wide: Collection[str] = (),
    ) -> Self:
        """Return a table of a row a record.

        Args:
            records: What the rows are of.
            columns: How the cells of each column are made, by heading.
            if_wide: Headings of columns to leave out where there is little room.
        """
        rows = [[_cell(one, column) for column in columns.values()] for one in records]
        return cls(tuple(columns), rows, if_wide)


def _cell[Record](record: Record, column: Cell[Record]) -> str:
    return column.format(record) if isinstance(column, str) else column(record)


type Block = Table | str
"""A table or a sentence."""


def block_html(block: Block) -> str:
    """Return a table or a sentence as HTML."""
    if isinstance(block, str):
        return f"<p>{html.escape(block)}</p>"
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in block.heads)
    rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in block.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
