"""The figure of the ends and renewals of contracts."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures import draw, style
from sim.figures.findings import with_range
from sim.figures.rows import dots_of, rows
from sim.figures.style import ONE, Look
from sim.measures.bands import quantiles
from sim.measures.variables import POINT
from sim.model.units import PERCENT
from sim.runs.dataset import Results
from sim.runs.numbers import shown
from sim.world.arrays import Floats

# Of contracts: outcomes that count the event so far, and outcomes that count it by year.
EVENTS = {
    "at its end: renewed": ["expiry_kept"],
    "at its end: lapsed, system stays": ["expiry_ended"],
    "suspended for missed payments": ["contracts_suspended_yearly"],
    "another vendor, some after a ban": ["contracts_switched_yearly", "contracts_replaced_yearly"],
    "switched off": ["contracts_switched_off_yearly"],
}
IN_FORCE, YEARLY = "contracts_active", "_yearly"
CONTRACTS: list[str] = [IN_FORCE, *itertools.chain(*EVENTS.values())]
# The last years of the runs, over which events are counted.
COUNTED = 10


def contracts(results: Results) -> Figure:
    years = results.years[-COUNTED - 1 :]

    def of(name: str) -> Floats:
        values = results.values(name, years=years).isel({POINT: 0}).to_numpy()
        of_years = values[:, 1:] if name.endswith(YEARLY) or name == IN_FORCE else np.diff(values)
        return np.asarray(of_years.sum(axis=1))

    in_force = of(IN_FORCE)
    rates = [PERCENT * sum(map(of, names)) / in_force for names in EVENTS.values()]
    renewed, lapsed, suspended, *left = rates
    cells = pd.DataFrame([quantiles(rate, axis=0) for rate in rates])
    return rows(
        f"Of 100 contracts in force, in the model {with_range(renewed)} are renewed in a year,"
        f" {with_range(lapsed + sum(left))} end and {with_range(suspended)} are suspended",
        [*EVENTS],
        [dots_of(Look("", style.INK), cells)],
        f"Maintenance contracts of all vendors, {years[1]} to {years[-1]}: mean and, as a line or"
        " in brackets, middle 90% of runs. A suspended contract goes on once its debt is paid.",
        draw.source(results),
        width=ONE,
        columns={"mean": [shown(mean) for mean in cells["mean"]]},
        unit="of 100 contracts in force, a year",
    )
