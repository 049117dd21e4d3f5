"""Sums over the countries' records, by group, in a fixed order.

A cell is the countries that share region, regime class of 2024, and whether that class is rated:
they belong to the same groups. Dependence on aid divides them a second time. Sums run over
countries in row order within a cell, then over cells in order within a group, so that every way of
running adds the same numbers in the same order.
"""

from __future__ import annotations

from sim.parameters import Record


def sum_by_group(
    rows: Record, cell_of: Record, cells: Record, cell_groups: Record, sums: Record
) -> None:
    """Sum the first fields of every row over the groups.

    Args:
        rows: A row a country, its first fields the summed ones.
        cell_of: Each country's cell in each division of the world.
        cells: Working space, a row a cell.
        cell_groups: The groups that each cell belongs to.
        sums: Where the sums go: a row a group.
    """
    width = len(cells[0])
    for c in range(len(cells)):
        for k in range(width):
            cells[c][k] = 0.0
    for i in range(len(rows)):
        row = rows[i]
        for division in range(len(cell_of)):
            cell = cells[cell_of[division][i]]
            for k in range(width):
                cell[k] += row[k]
    for g in range(len(sums)):
        for k in range(width):
            sums[g][k] = 0.0
    for c in range(len(cells)):
        cell = cells[c]
        for j in range(len(cell_groups[c])):
            total = sums[cell_groups[c][j]]
            for k in range(width):
                total[k] += cell[k]
