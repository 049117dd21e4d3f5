"""Sums over the countries' records, by group, in a fixed order.

A cell is the countries that share region, regime class of 2024, and whether that class is rated:
they belong to the same groups. Dependence on aid divides them a second time. Sums run over
countries in row order within a cell, then over cells in order within a group, so that every way of
running adds the same numbers in the same order.
"""

from __future__ import annotations

from sim.parameters import Record

AT_ONCE = 4
"""Rows that are added at once: a total is then read and written once for all of them."""


def sum_rows(rows: Record, members: Record, total: Record) -> None:
    """Sum rows field by field, one after another in the order given."""
    width = len(total)
    for k in range(width):
        total[k] = 0.0
    at = 0
    while at + AT_ONCE <= len(members):
        a, b = rows[members[at]], rows[members[at + 1]]
        c, d = rows[members[at + 2]], rows[members[at + 3]]
        for k in range(width):
            total[k] = total[k] + a[k] + b[k] + c[k] + d[k]
        at += AT_ONCE
    while at < len(members):
        a = rows[members[at]]
        for k in range(width):
            total[k] = total[k] + a[k]
        at += 1


def sum_parts(rows: Record, parts: Record, counts: Record, totals: Record) -> None:
    """Sum the rows that are parts of each total.

    Args:
        rows: What is summed.
        parts: Numbers of the rows of each total, one total after another.
        counts: How many rows each total has.
        totals: Where the sums go.
    """
    first = 0
    for g in range(len(totals)):
        after = first + counts[g]
        sum_rows(rows, parts[first:after], totals[g])
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

    Args:
        rows: A row a country, its first fields the summed ones.
        cell_parts: The countries of each cell, one cell after another.
        cell_counts: How many countries each cell has.
        cells: Working space, a row a cell.
        group_parts: The cells of each group, one group after another.
        group_counts: How many cells each group has.
        sums: Where the sums go: a row a group.
    """
    sum_parts(rows, cell_parts, cell_counts, cells)
    sum_parts(cells, group_parts, group_counts, sums)
