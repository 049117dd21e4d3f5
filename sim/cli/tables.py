"""Plain tables for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

PIPED_WIDTH = 200
"""Width in letters where there is no terminal: wide enough that ``grep`` finds whole rows."""

NARROW = 140
"""Below this width a table leaves out its columns of reading matter."""


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], if_wide: Collection[str] = ()
) -> None:
    """Print a table; the first column, which names the row, is never broken.

    Args:
        columns: Headings.
        rows: A text for each column.
        if_wide: Headings of columns to leave out on a narrow terminal.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    hidden = if_wide if console.width < NARROW else ()
    shown = [number for number, column in enumerate(columns) if column not in hidden]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number in shown:
        table.add_column(columns[number], no_wrap=number == 0, overflow="fold")
    for row in rows:
        # Text, because a value in square brackets would be read as markup.
        table.add_row(*(Text(row[number]) for number in shown))
    console.print(table)
    if hidden:
        console.print(f"(a wider terminal or --json also shows: {', '.join(hidden)})")
