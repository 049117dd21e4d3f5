"""Plain tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PIPED_WIDTH = 200
"""Width in letters where there is no terminal: wide enough that ``grep`` finds whole rows."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table; the first column, which names the row, is never broken."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        # Text, because a value in square brackets would be read as markup.
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
