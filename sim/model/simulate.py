"""Whole runs, one after another, which the engine compiles; no rule is here."""

from __future__ import annotations

from sim.model.aggregate import sum_by_group
from sim.model.draws import QUARTER_SHIFT, RUN_SHIFT
from sim.model.parameters import Record
from sim.model.schedule import step_quarter
from sim.model.units import FIRST_YEAR, QUARTERS


def set_moment(
    now: Record, run_number: int, first_quarter: int, elapsed: int, changed: bool
) -> None:
    """Move the moment to a quarter of a run; `changed`: other parameters than a quarter ago."""
    at = first_quarter + elapsed
    now.counter = (run_number << RUN_SHIFT) + (at << QUARTER_SHIFT)
    now.quarter = at
    now.elapsed = elapsed
    now.season = at % QUARTERS
    now.year = FIRST_YEAR + at // QUARTERS
    now.review = 2 if changed else 1 if now.season == 0 else 0
    now.date = FIRST_YEAR + at / QUARTERS


def copy_numbers(source: Record, copy: Record) -> None:
    # An assignment of whole rows might ask for memory.
    for k in range(len(copy)):
        copy[k] = source[k]


def simulate_runs(
    run_numbers: Record,
    set_of: Record,
    parameters: Record,
    period_of: Record,
    first_quarter: int,
    slot_of: Record,
    panel_slot_of: Record,
    records: Record,
    numbers: Record,
    starts: Record,
    groups: Record,
    columns: Record,
    out: Record,
) -> None:
    """Make each run and keep the requested outcomes.

    Args:
        run_numbers: Number of each run.
        set_of: Row of ``parameters`` of each run.
        parameters: Records by set, period and class of countries.
        period_of: The period of each quarter, by set.
        first_quarter: The first, counted from 2000 Q1.
        slot_of: Place of each quarter's sums; -1 where not kept.
        panel_slot_of: The same for country fields.
        records: now, countries, pasts, china, west, public.
        numbers: countries, china, west, public as rows of numbers, and the countries also as whole
            numbers.
        starts: These rows at the start of a run.
        groups: The cells' countries, working space for cells, and the groups' cells, as in
            :func:`sim.model.aggregate.sum_by_group`.
        columns: Numbers to keep: of actors (record, column), of vendors (first column), of
            countries (column, 1 if a whole number).
        out: Sums by group, by vendor, of actors, and the panel of countries.
    """
    moments, countries, pasts, chinas, wests, publics = records
    rows, china_row, west_row, public_row, whole_rows = numbers
    actors = (china_row, west_row, public_row)
    start_rows, start_china, start_west, start_public = starts
    cell_parts, cell_counts, cells, group_parts, group_counts = groups
    actor_columns, vendor_columns, panel_columns = columns
    sums, vendor_sums, actor_sums, panel = out
    now = moments[0]
    for r in range(len(run_numbers)):
        for i in range(len(rows)):
            copy_numbers(start_rows[i], rows[i])
        copy_numbers(start_china, china_row)
        copy_numbers(start_west, west_row)
        copy_numbers(start_public, public_row)
        # The only start that depends on a parameter: the market's price before the first quarter.
        publics[0].price = parameters[set_of[r], 0, 0].market.price
        before = 0
        for t in range(len(slot_of)):
            period = period_of[set_of[r], t]
            changed = t > 0 and period != before
            before = period
            set_moment(now, run_numbers[r], first_quarter, t, changed)
            ps = parameters[set_of[r], period]
            step_quarter(now, countries, pasts, chinas[0], wests[0], publics[0], ps)
            slot = slot_of[t]
            if slot >= 0:
                sum_by_group(
                    rows, cell_parts, cell_counts, cells, group_parts, group_counts, sums[r, slot]
                )
                for k in range(len(actor_columns)):
                    actor_sums[r, slot, k] = actors[actor_columns[k, 0]][actor_columns[k, 1]]
                for v in range(vendor_sums.shape[2]):
                    for k in range(len(vendor_columns)):
                        vendor_sums[r, slot, v, k] = public_row[vendor_columns[k] + v]
            slot = panel_slot_of[t]
            if slot >= 0:
                for i in range(len(rows)):
                    row, whole, kept = rows[i], whole_rows[i], panel[r, slot, i]
                    for k in range(len(panel_columns)):
                        column = panel_columns[k, 0]
                        # Read as both, so that no branch depends on the column.
                        number, count = row[column], float(whole[column])
                        kept[k] = count if panel_columns[k, 1] == 1 else number
