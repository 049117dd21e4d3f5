"""The arrays of results: dimensions and number type of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.world.arrays import Floats

if TYPE_CHECKING:
    import xarray as xr

POINT, RUN, YEAR, GROUP, COUNTRY = "point", "run", "year", "group", "country"
"""A point of the design, called `label`; a run, with its `parameter_set`; the end of a year, or of
a quarter (2029.25 is the end of 2030 Q1); a group of countries or vendors; a country's ISO code.
"""
# `aid` is an outcome.
AID_CLASS = "aid_class"
LABEL, PARAMETER_SET, GROUP_KIND = "label", "parameter_set", "group_kind"


@dataclass(frozen=True)
class Variable:
    """A kind of array; a `dtype` of None is that of the files."""

    dims: tuple[str, ...]
    dtype: Any = None

    def array(
        self, cells: Floats, labels: Mapping[str, xr.Coordinates], **attrs: Any
    ) -> xr.DataArray:
        import xarray as xr  # takes half a second, which commands that run nothing need not pay

        each = [labels[dim] for dim in self.dims]
        # `merge` compares labels with each other: it takes twenty times as long.
        coordinates = xr.Coordinates(
            {name: label for of_dim in each for name, label in of_dim.variables.items()},
            {name: index for of_dim in each for name, index in of_dim.xindexes.items()},
        )
        typed = cells if self.dtype is None else cells.astype(self.dtype)
        return xr.DataArray(typed, coordinates, self.dims, attrs=attrs)


OUTCOME = Variable((POINT, RUN, YEAR, GROUP), np.float64)
FIELD = Variable((POINT, RUN, COUNTRY, YEAR))
