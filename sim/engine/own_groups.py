"""Sums over groups of a user's own, in addition to the shipped kinds, whose sums stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.engine.chunk import Cells, Group
from sim.engine.ensemble import Ensemble
from sim.scenario.own_groups import OwnGroup


# They divide the world once more, each cell of the first division by the groups that its countries
# are in: a group that is a region is summed in the order of that region.
def with_groups(ensemble: Ensemble, own: Sequence[OwnGroup]) -> Ensemble:
    layout, cells = ensemble.layout, ensemble.cells
    groups = (*layout.groups, *(Group(kind, name, len(states)) for kind, name, states in own))
    before, spare = len(layout.groups), len(groups)
    places = [
        tuple(before + at for at, group in enumerate(own) if code in group.states)
        for code in ensemble.world.codes
    ]
    keys = [*zip(cells.of_country[0].tolist(), places, strict=True)]
    different = list(dict.fromkeys(keys))
    rows = [[g if g < before else spare for g in row] for row in cells.groups.tolist()]
    first = len(rows)
    rows += [[*of] for _, of in different]
    width = max(map(len, rows))
    return replace(
        ensemble,
        layout=replace(layout, groups=groups),
        cells=Cells(
            np.vstack([cells.of_country, [first + different.index(key) for key in keys]]),
            np.array([[*row, *[spare] * (width - len(row))] for row in rows]),
        ),
    )
