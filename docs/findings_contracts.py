"""The tables of findings.md on short and long contracts, and cheap and dear leaving."""

from __future__ import annotations

from pathlib import Path

from findings_cells import (
    HALF_OUT,
    LONG,
    WITHDRAWN,
    Floats,
    band,
    half_out,
    left_of,
    lines_of,
    offer,
    rows_of,
    share,
)

from sim.studies.opened import open_sweep

CONTRACTS = ("sweep", "contracts-after-withdrawal", "--set", f"horizon.end={LONG}")
CONTRACTS_LEFT = ("persistence", "results/contracts-after-withdrawal")


def contracts(folder: Path) -> list[str]:
    """What stays under short and long contracts, high and low cost to leave."""
    found = rows_of(folder / "results" / "persistence-contracts-after-withdrawal/persistence.csv")
    world = [row for row in found if row["group"] == "world"]
    keys = ("contracts.term", "contracts.exit_cost")
    by_offer = {(offer(row["scenario"]), *(float(row[key]) for key in keys)): row for row in world}
    rows = []
    for where, term, cost in by_offer:
        if where == "withdrawn":
            gone, stands = by_offer[where, term, cost], by_offer["stands", term, cost]
            cells = (share(gone, 5), share(gone, 10), half_out(gone, LONG), share(stands, 10))
            rows.append((f"{term:g} years", f"{cost:g} ×", *cells))
    heads = (
        "contract",
        "cost to leave",
        "left after 5 years",
        "left after 10",
        HALF_OUT,
    )
    return lines_of((*heads, "after 10, offer standing"), rows)


def contract_effects(folder: Path) -> list[str]:
    """Paired effects of longer contracts and dearer leaving once the offer is withdrawn."""
    sweep = open_sweep(folder / "results" / CONTRACTS[1])
    left, design = left_of(sweep), sweep.design

    def at(term: float, cost: float) -> Floats:
        own = (design["contracts.term"] == term) & (design["contracts.exit_cost"] == cost)
        found: Floats = left[own & (design["scenario"] == WITHDRAWN)][0]
        return found

    short, long, low, middle, high = 5.0, 20.0, 0.0, 1.0, 3.0
    rows = [
        (text, band(effect, percent=True, signed=True))
        for text, effect in (
            ("cost 3 × for none, contracts of 5 years", at(short, high) - at(short, low)),
            ("cost 3 × for none, contracts of 20 years", at(long, high) - at(long, low)),
            ("cost 3 × for 1 ×, contracts of 5 years", at(short, high) - at(short, middle)),
            ("contracts of 20 years for 5, no cost", at(long, low) - at(short, low)),
            ("contracts of 20 years for 5, cost 1 ×", at(long, middle) - at(short, middle)),
            ("contracts of 20 years for 5, cost 3 ×", at(long, high) - at(short, high)),
            (
                "interaction: what both bring beyond the sum",
                at(long, high) - at(long, low) - at(short, high) + at(short, low),
            ),
        )
    ]
    return lines_of(("change", "of the share left after 10 years, points"), rows)


def contracts_by_group(folder: Path) -> list[str]:
    """What is left after ten years at the corners, by regime and region."""
    found = rows_of(folder / "results" / "persistence-contracts-after-withdrawal/persistence.csv")
    corners = ((5.0, 0.0), (5.0, 3.0), (20.0, 0.0), (20.0, 3.0))
    cells: dict[str, dict[tuple[float, float], str]] = {}
    for row in found:
        if offer(row["scenario"]) == "withdrawn":
            at = (float(row["contracts.term"]), float(row["contracts.exit_cost"]))
            cells.setdefault(row["group"], {})[at] = share(row, 10)
    rows = [(group, *(own[corner] for corner in corners)) for group, own in cells.items()]
    return lines_of(("states", *(f"{term:g} years, {cost:g} ×" for term, cost in corners)), rows)
