"""Plain tables for the terminal."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from textwrap import wrap

type Column = Sequence[str]
"""A heading and the cells below it."""

PIPED_WIDTH = 200
"""Width in letters where there is no terminal: wide enough that ``grep`` finds whole rows."""

NARROW = 140
"""Below this width a table leaves out its columns of reading matter."""

LEAST_NAME = 20
"""Letters below which the first column is not narrowed."""
GAP, SMALL_GAP = 3, 2
"""Blanks between columns; the small ones where there is little room."""
EDGES = 2


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], if_wide: Collection[str] = ()
) -> None:
    """Print a table; where there is little room, texts break between words, and nowhere else.

    The first column, which names the row, breaks last. Where that does not help either, the table
    is printed in parts, each with the first column.

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
        asked = os.environ.get("COLUMNS", "")
        width = int(asked) if asked.isdecimal() else 0
        console = Console(highlight=False, width=width or PIPED_WIDTH)
    hidden = if_wide if console.width < NARROW else ()
    shown = [one for one in zip(columns, *rows, strict=True) if one[0] not in hidden]
    for part in _parts(shown, console.width):
        gap, widths = _layout(part, console.width)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, gap - SMALL_GAP))
        lines = [
            ["\n".join(wrap(text, width, break_on_hyphens=False)) for text in column]
            for column, width in zip(part, widths, strict=True)
        ]
        for head, width in zip((column[0] for column in lines), widths, strict=True):
            table.add_column(Text(head), width=width)
        for row in zip(*(column[1:] for column in lines), strict=True):
            # Text, because a value in square brackets would be read as markup.
            table.add_row(*map(Text, row))
        console.print(table)
    if hidden:
        console.print(f"(a wider terminal or --json also shows: {', '.join(hidden)})")


def _parts(columns: Sequence[Column], width: int) -> Iterator[list[Column]]:
    """Yield what finds room beside each other, each part with the first column."""
    name, *data = columns
    part = [name]
    for column in data:
        least = sum(_floors([*part, column])[-1])
        if len(part) > 1 and least > _room(len(part) + 1, width, SMALL_GAP):
            yield part
            part = [name]
        part.append(column)
    yield part


def _layout(columns: Sequence[Column], width: int) -> tuple[int, list[int]]:
    """Return the blanks between columns, and their widths: the widest are narrowed first."""
    floors = _floors(columns)
    if sum(floors[0]) <= _room(len(columns), width, GAP):
        return GAP, floors[0]
    widths, room = list(floors[0]), _room(len(columns), width, SMALL_GAP)
    for floor in floors[1:]:
        while sum(widths) > room and widths != floor:
            slack = [at for at, least in enumerate(floor) if widths[at] > least]
            widths[max(slack, key=widths.__getitem__)] -= 1
    return SMALL_GAP, widths


def _room(count: int, width: int, gap: int) -> int:
    return width - EDGES - gap * (count - 1)


def _floors(columns: Sequence[Column]) -> list[list[int]]:
    """Return ever smaller widths: of what is whole, with headings broken, cells, names of rows."""
    whole = [max(map(len, column)) for column in columns]
    words = [_longest_word(column) for column in columns]
    cells = [max([_longest_word(column[:1]), *map(len, column[1:])]) for column in columns]
    name = whole[0]
    return [
        whole,
        [name, *cells[1:]],
        [name, *words[1:]],
        [min(name, max(words[0], LEAST_NAME)), *words[1:]],
    ]


def _longest_word(texts: Iterable[str]) -> int:
    return max((len(word) for text in texts for word in text.split()), default=1)
