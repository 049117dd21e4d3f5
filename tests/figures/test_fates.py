"""Survival of the model's systems, on planted panels."""

from __future__ import annotations

import numpy as np
import pytest

from sim.figures.fates import ENDS, model_survival
from sim.figures.lasting import survival
from tests.planted import YEARS, planted


def test_systems_of_the_record_years_end_at_their_age() -> None:
    """Four countries from 2010 on, two of which end; one with an older system, one with a later."""
    panel = {name: np.zeros((1, 1, 195, len(YEARS))) for name in ("working", *ENDS)}
    for country, first in enumerate((2010, 2010, 2010, 2010, 2005, 2022)):
        panel["working"][..., country, first - 2000 :] = 1.0
    panel["switched_off"][..., 0, 2012 - 2000 :] = 1.0
    panel["switched"][..., 1, 2014 - 2000 :] = 1.0
    panel["replaced"][..., 2, 2028 - 2000 :] = 1.0  # after the record ends
    panel["switched_off"][..., 4, 2010 - 2000 :] = 1.0
    panel["switched_off"][..., 5, 2023 - 2000 :] = 1.0
    results = planted({(name, "panel"): values for name, values in panel.items()}, runs=1)
    left = model_survival(results)["mean"]
    assert left[[0, 1, 2, 3, 4, 15]].tolist() == pytest.approx([1.0, 1.0, 0.75, 0.75, 0.5, 0.5])
    said = survival(results).words
    assert "the model has 50% of systems of 2009–2021." in " ".join(said.split())
