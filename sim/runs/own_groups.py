"""Outcomes of groups that were not kept in the runs: sums over the panel of countries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from sim.engine.chunk import Chunk, Group, Layout, derive
from sim.model.parameters import Outcome
from sim.scenario.own_groups import OWN
from sim.world.arrays import Flags, Floats
from sim.world.dates import end_of

KEEP_IT = "only runs that keep the group have it: run again, with --where and --fresh"


def is_in_panel(
    outcome: Outcome, fields: Collection[str], years: Sequence[int], start: int
) -> bool:
    """Return whether an outcome of a group can be summed from a panel.

    `start` is the first year of the horizon, before which running totals are zero.
    """
    gaps = list(years) != [*range(start, years[-1] + 1)]
    known = outcome.of == "country" and {outcome.field, outcome.over or outcome.field} <= {*fields}
    return known and not (outcome.form == "yearly" and gaps)


def sums_of(
    outcomes: Sequence[Outcome],
    panel: Callable[[str], Any],
    members: Mapping[str, Flags],
    years: Sequence[int],
    start: int,
) -> dict[str, Floats]:
    """Return outcomes of groups at ends of years, by name: (points, runs, years, groups).

    `panel` is :meth:`sim.runs.dataset.Results.panel`; `start` is the horizon's first year.
    """
    fields = tuple(dict.fromkeys(f for of in outcomes for f in (of.field, of.over) if f))
    inside = np.stack([*members.values()], axis=-1).astype(np.float64)
    sums = [np.einsum("prcy,cg->pryg", panel(field).to_numpy(), inside) for field in fields]
    layout = Layout(
        fields=fields,
        actor_fields=(),
        panel=(),
        groups=tuple(Group(OWN, name, int(which.sum())) for name, which in members.items()),
        quarters=tuple(map(end_of, years)),
        countries=(),
        start=end_of(start - 1) + 1,
    )
    shape, nothing = sums[0].shape, np.zeros(0)
    tallies = np.stack(sums, axis=-1).reshape(-1, *shape[2:], len(fields))
    chunk = Chunk(tallies, nothing, nothing, nothing)
    return {of.name: derive(of, chunk, layout).reshape(shape) for of in outcomes}
