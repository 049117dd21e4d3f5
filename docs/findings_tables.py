"""The tables of findings.md: which commands each needs, and how it is made of their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from findings_cells import (
    HALF_OUT,
    LAST,
    LONG,
    SINCE,
    WITHDRAWN,
    band,
    half_out,
    left_of,
    lines_of,
    offer,
    on,
    rows_of,
    share,
    spelled,
)
from findings_contracts import (
    CONTRACTS,
    CONTRACTS_LEFT,
    contract_effects,
    contracts,
    contracts_by_group,
)
from findings_prior import decides, prior

from sim.results.effects import effective_sets, share_of
from sim.results.parameter_sets import sets_in
from sim.results.sweep import SweepResults
from sim.scenario.parameter_sets import shipped_plausible
from sim.studies.opened import open_sweep
from sim.studies.persistence.method import KINDS, groups_of, read_history

RUNS = "512"
"""Of what stays."""
DECISIVE = 8
"""Parameters that are shown at most."""
LEAST_RANK = 3.3
"""Rank correlations shown are at least so many standard errors from zero, as of so many runs as
there are effective sets: of a hundred parameters without effect, one in ten tables shows one."""

RETENTION = ("sweep", "retention-by-propagation")
HOLDS = ("sweep", "what-holds")
STANDARDS = ("sweep", "open-standards-date")
STAYS = ("persistence", "--runs", RUNS, "--set", f"horizon.end={LONG}")
UNBANNED = (
    *STAYS, "--set", "events.bans.west.ban_rate=0", "--out", "results/persistence-without-bans"
)  # fmt: skip
AID = ("compare", "baseline", "aid-restored-2030", "aid-closure-2025", "--runs", "256")

KEPT, FREE, PAID = ("kept", "darken"), ("none", "darken"), ("kept", "forgiven")
"""What holds: all as it is; no cost to leave; no fee unpaid."""

type Command = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of the page.

    Attributes:
        commands: What has to be run for it, in order; results are in `results/` of the folder.
        make: From that folder to the table's lines.
    """

    commands: tuple[Command, ...]
    make: Callable[[Path], list[str]]


def point_of(sweep: SweepResults, scenario: str, kept: str, spread: str = "true") -> int:
    """Return the point of a scenario with retention and propagation on or off."""
    design = sweep.design
    chosen = (
        (design["scenario"] == scenario)
        & (design["contracts.retention"] == kept)
        & (design["contracts.propagation"] == spread)
    )
    return int(np.flatnonzero(chosen)[0])


def retention(folder: Path) -> list[str]:
    """Retention and propagation on and off: what there is, and what stays."""
    sweep = open_sweep(folder / "results" / RETENTION[1])
    before, after = (sweep.values_by_point("working", year) for year in (SINCE, LAST))
    left, design = left_of(sweep), sweep.design
    rows = [
        (
            offer(design["scenario"][at]),
            on(design["contracts.retention"][at]),
            on(design["contracts.propagation"][at]),
            band(before[at]),
            band(after[at]),
            band(left[at], percent=True),
        )
        for at in range(sweep.points)
    ]
    heads = ("offer", "retention", "propagation", "systems 2029", "systems 2040")
    return lines_of((*heads, "of those of 2029, left after 10 years"), rows)


def effects(folder: Path) -> list[str]:
    """Paired effects of retention and propagation, and their interaction."""
    sweep = open_sweep(folder / "results" / RETENTION[1])
    measures = ((sweep.values_by_point("working", LAST), False), (left_of(sweep), True))
    rows = []
    for scenario in dict.fromkeys(sweep.design["scenario"].tolist()):
        cells: dict[str, list[str]] = {}
        for values, percent in measures:
            # By retention and propagation, each on and off.
            at = {
                (kept, spread): values[point_of(sweep, scenario, kept, spread)]
                for kept in ("true", "false")
                for spread in ("true", "false")
            }
            both, neither = at["true", "true"], at["false", "false"]
            only_kept, only_spread = at["true", "false"], at["false", "true"]
            for name, effect in (
                ("retention, where systems recruit", both - only_spread),
                ("retention alone", only_kept - neither),
                ("propagation, where systems are held", both - only_kept),
                ("propagation alone", only_spread - neither),
                ("interaction", both - only_kept - only_spread + neither),
            ):
                cells.setdefault(name, []).append(band(effect, percent=percent, signed=True))
        rows += [(offer(scenario), name, *found) for name, found in cells.items()]
    heads = ("offer", "effect of", "on systems in 2040", "on the share left, points")
    return lines_of(heads, rows)


def decisive(folder: Path) -> list[str]:
    """Parameters that go with the share left, among the plausible sets: rank correlations."""
    from scipy.stats import spearmanr

    sweep = open_sweep(folder / "results" / RETENTION[1])
    left = left_of(sweep)[point_of(sweep, WITHDRAWN, "true")]
    sets = shipped_plausible()
    assert sets is not None
    values = np.array([sets.rows[sets.number_of(run)] for run in range(sweep.replicates)])
    good = ~np.isnan(left)
    size = effective_sets(sets_in(sweep.manifest, np.flatnonzero(good)))
    found = []
    for at, key in enumerate(sets.keys):
        if np.ptp(values[good, at]) > 0.0:
            rank = float(spearmanr(values[good, at], left[good]).statistic)
            if abs(rank) * np.sqrt(size) >= LEAST_RANK:
                found.append((rank, key, at))
    rows = []
    for rank, key, at in sorted(found, key=lambda one: -abs(one[0]))[:DECISIVE]:
        low, high = np.quantile(values[good, at], (0.05, 0.95))
        third = np.quantile(values[good, at], (1 / 3, 2 / 3))
        ends = (left[good][values[good, at] <= third[0]], left[good][values[good, at] >= third[1]])
        cells = (f"{low:.3g} to {high:.3g}", *(band(end, percent=True) for end in ends))
        rows.append((f"`{key}`", *cells, ("−" if rank < 0 else "+") + f"{abs(rank):.2f}"))
    heads = ("parameter", "90 % of the sets", "left where it is low", "where it is high")
    return lines_of((*heads, "rank correlation"), rows)


def held_at(sweep: SweepResults, cost: str, fees: str) -> int:
    """Return the point of a cost to leave, kept or none, and unpaid fees, darken or forgiven."""
    design = sweep.design
    return int(np.flatnonzero((design["cost"] == cost) & (design["fees"] == fees))[0])


def where(folder: Path) -> list[str]:
    """What the cost to leave holds and unpaid fees lose once the offer is withdrawn, by group."""
    sweep = open_sweep(folder / "results" / HOLDS[1])
    whole, free, paid, neither = (
        held_at(sweep, *cell) for cell in (KEPT, FREE, PAID, ("none", "forgiven"))
    )
    rows = []
    for _, group, members in groups_of(read_history(sweep, "").states, tuple(KINDS)):
        left = left_of(sweep, members)
        cells = (band(left[point], percent=True) for point in (whole, free, paid, neither))
        changes = (left[whole] - left[free], left[whole] - left[paid])
        rows.append((group, *cells, *(band(c, percent=True, signed=True) for c in changes)))
    heads = ("states", "left after 10 years", "no cost to leave", "no fee unpaid", "neither")
    return lines_of((*heads, "the cost holds, points", "unpaid fees change, points"), rows)


def groups(folder: Path) -> list[str]:
    """What stays, by regime and region, with the offer withdrawn and standing."""
    found = rows_of(folder / "results" / f"persistence-{WITHDRAWN}" / "persistence.csv")
    by_name = {(row["scenario"], row["group"]): row for row in found}
    others = rows_of(folder / "results" / "persistence-without-bans" / "persistence.csv")
    unbanned = {row["group"]: row for row in others if row["scenario"] != "baseline"}
    rows = []
    for (scenario, group), row in by_name.items():
        if scenario != "baseline":
            stands = by_name["baseline", group]
            unbroken = f"{100 * float(row['uninterrupted_10'] or 'nan'):.0f} %"
            cells = (share(row, 5), share(row, 10), unbroken, half_out(row, LONG))
            cells = (*cells, share(stands, 10), share(unbanned[group], 10))
            rows.append((group, f"{float(row['systems']):.1f}", *cells))
    heads = (
        "states",
        "systems 2029",
        "left after 5 years",
        "left after 10",
        "without interruption",
        HALF_OUT,
    )
    return lines_of((*heads, "after 10, offer standing", "after 10, no bans"), rows)


def standards(folder: Path) -> list[str]:
    """What open standards change, early and late."""
    sweep = open_sweep(folder / "results" / STANDARDS[1])
    levels = sweep.design["standards"].tolist()
    lock_in, working = (
        sweep.values_by_point("lock_in", LAST),
        sweep.values_by_point("working", LAST),
    )
    left = left_of(sweep)
    rows = []
    for at, level in enumerate(levels):
        where, when = level.split("-")
        never = levels.index(f"{where}-never")
        change = ["", ""]
        if at != never:
            change = [
                band(working[at] - working[never], signed=True),
                band(left[at] - left[never], percent=True, signed=True),
            ]
        cells = (band(lock_in[at]), band(working[at]), change[0], band(left[at], percent=True))
        rows.append((where, when, *cells, change[1]))
    heads = ("offer", "open standards from", "lock-in 2040, years of worth", "systems 2040")
    more = ("change", "of those of 2029, left after 10 years", "change, points")
    return lines_of((*heads, *more), rows)


def aid(folder: Path) -> list[str]:
    """What restoring or closing Western aid changes."""
    path = folder / "results" / "compare-baseline-aid-restored-2030-aid-closure-2025"
    rows = []
    for row in rows_of(path / "differences.csv"):
        if row["group_kind"] == "world" and (row["year"], row["quarter"]) == (str(LAST), "4"):
            mean, low, high, error = (
                float(row[key]) for key in ("mean", "q05", "q95", "standard_error")
            )
            changed = spelled(mean, low, high, signed=True)
            base = float(row["reference_mean"])
            cells = (row["alternative"], row["outcome"], f"{base:.1f}", changed, f"{error:.2f}")
            rows.append(cells)
    heads = ("scenario", "outcome in 2040", "baseline", "change", "standard error")
    return lines_of(heads, rows)


def tilt(folder: Path) -> list[str]:
    """In how many runs systems stay, and what keeps them makes a difference."""
    held = open_sweep(folder / "results" / HOLDS[1])
    left = left_of(held)
    whole, free, paid = (left[held_at(held, *cell)] for cell in (KEPT, FREE, PAID))
    other = open_sweep(folder / "results" / RETENTION[1])
    stands = left_of(other)[point_of(other, "baseline", "true")]
    rows = []
    for text, happened in (
        ("more than half is left after 10 years", whole > 0.5),
        ("more than half would be left without a cost to leave", free > 0.5),
        ("the cost to leave holds 10 points or more", whole - free >= 0.1),
        ("unpaid fees lose 10 points or more", paid - whole >= 0.1),
        ("10 points or more would stay besides if the offer stood", stands - whole >= 0.1),
    ):
        found = share_of(happened, sets_in(held.manifest, np.arange(held.replicates)))
        ends = (100 * value for value in (found.share, found.low, found.high))
        rows.append((text, spelled(*ends, percent=True)))
    return lines_of(("when the offer is withdrawn,", "of runs, with its 95 % interval"), rows)


TABLES: dict[str, Table] = {
    "tilt": Table((HOLDS, RETENTION), tilt),
    "prior": Table((), prior),
    "what-holds": Table((HOLDS,), where),
    "withdrawal-by-group": Table((STAYS, UNBANNED), groups),
    "what-decides": Table((RETENTION,), decisive),
    "sum-that-decides": Table((), decides),
    "retention-by-propagation": Table((RETENTION,), retention),
    "retention-by-propagation-effects": Table((RETENTION,), effects),
    "contracts-after-withdrawal": Table((CONTRACTS, CONTRACTS_LEFT), contracts),
    "contracts-effects": Table((CONTRACTS,), contract_effects),
    "contracts-by-group": Table((CONTRACTS, CONTRACTS_LEFT), contracts_by_group),
    "aid": Table((AID,), aid),
    "open-standards": Table((STANDARDS,), standards),
}
