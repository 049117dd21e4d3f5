"""Survival of the model's systems, on planted panels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.figures.fates import ENDS, fates, model_survival
from sim.world.fates import shipped_record
from tests.planted import YEARS, planted

FIELDS = ("working", "stage", "outgrown", *ENDS)


def of_countries(*firsts: int, stage: float = 1.0) -> dict[str, Any]:
    """Planted fields of countries whose system works from a year on, to the end."""
    panel = {name: np.zeros((1, 1, 195, len(YEARS))) for name in FIELDS}
    for country, first in enumerate(firsts):
        panel["working"][..., country, first - 2000 :] = 1.0
        panel["stage"][..., country, first - 2000 :] = stage
    return panel


def survival_in(panel: dict[str, Any], larger: bool) -> pd.Series:
    """Survival of a kind on a planted panel."""
    results = planted({(name, "panel"): values for name, values in panel.items()}, runs=1)
    return model_survival(results, larger)["mean"]


def test_systems_of_the_record_years_end_at_their_age() -> None:
    """Four countries from 2010 on, two of which end; one with an older system, one with a later."""
    panel = of_countries(2010, 2010, 2010, 2010, 2005, 2022)
    panel["switched_off"][..., 0, 2012 - 2000 :] = 1.0
    panel["switched"][..., 1, 2014 - 2000 :] = 1.0
    panel["replaced"][..., 2, 2028 - 2000 :] = 1.0  # after the record ends
    panel["switched_off"][..., 4, 2010 - 2000 :] = 1.0
    panel["switched_off"][..., 5, 2023 - 2000 :] = 1.0
    left = survival_in(panel, larger=False)
    assert left[[0, 1, 2, 3, 4, 15]].tolist() == pytest.approx([1.0, 1.0, 0.75, 0.75, 0.5, 0.5])
    assert survival_in(panel, larger=True).empty
    results = planted({(name, "panel"): values for name, values in panel.items()}, runs=1)
    said = str(fates(results, shipped_record()).get_label())
    assert said.endswith("in the model 50% (50 to 50) of cameras and – of larger ones")


def test_a_rivals_larger_system_ends_nothing() -> None:
    panel = of_countries(2010, 2010)
    for name in ("switched", "outgrown"):
        panel[name][..., 0, 2012 - 2000 :] = 1.0
    panel["switched_off"][..., 0, 2013 - 2000 :] = 1.0  # the rival's
    panel["switched_off"][..., 1, 2016 - 2000 :] = 1.0
    left = survival_in(panel, larger=False)
    assert left[[5, 6]].tolist() == [1.0, 0.0], "one is no longer followed, the other ends"


def test_a_small_system_that_grows_is_followed_as_a_larger_one() -> None:
    panel = of_countries(2010, 2010)
    panel["stage"][..., 2014 - 2000 :] = 2.0
    panel["switched_off"][..., 0, 2017 - 2000 :] = 1.0
    assert survival_in(panel, larger=False).min() == 1.0
    assert survival_in(panel, larger=True)[[2, 3]].tolist() == [1.0, 0.5], "from its growth on"
