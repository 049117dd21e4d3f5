"""Sums over the countries' records, by group, in a fixed order."""

from __future__ import annotations

from sim.model.parameters import Record

# Rows that are added at once: a total is then read and written once for all of them.
AT_ONCE = 4


def sum_rows(rows: Record, members: Record, first: int, after: int, total: Record) -> None:
    width = len(total)
    for k in range(width):
        total[k] = 0.0
    at = first
    while at + AT_ONCE <= after:
        a, b = rows[members[at]], rows[members[at + 1]]
        c, d = rows[members[at + 2]], rows[members[at + 3]]
        for k in range(width):
            total[k] = total[k] + a[k] + b[k] + c[k] + d[k]
        at += AT_ONCE
    while at < after:
        a = rows[members[at]]
        for k in range(width):
            total[k] = total[k] + a[k]
        at += 1


def sum_parts(rows: Record, parts: Record, counts: Record, totals: Record) -> None:
    """Sum the rows of each total: `counts` of them per total, by their numbers in `parts`."""
    first = 0
    for g in range(len(totals)):
        after = first + counts[g]
        sum_rows(rows, parts, first, after, totals[g])
        first = after


def sum_by_group(
    rows: Record,
    cell_parts: Record,
    cell_counts: Record,
    cells: Record,
    group_parts: Record,
    group_counts: Record,
    sums: Record,
) -> None:
    """Sum the first fields of every row over the groups.

    A cell contains the countries of one region and regime class of 2024, rated or not; in a second
    division, those of one class of aid.

    `cell_parts` has the countries of each cell, one cell after another, and `cell_counts` their
    numbers; `group_parts` and `group_counts` are the same for the cells of each group. `cells` is
    working space with a row per cell, `sums` the result with a row per group.
    """
    # Over countries in row order within a cell, then over cells within a group: floating-point sums
    # depend on the order, and every way of running must give the same bits.
    sum_parts(rows, cell_parts, cell_counts, cells)
    sum_parts(cells, group_parts, group_counts, sums)
