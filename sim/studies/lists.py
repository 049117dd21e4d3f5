"""Scenarios, outcomes and parameter values as data frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.rules import register
from sim.scenario import describe as describe_scenario
from sim.scenario import list_scenarios
from sim.studies.sources import Source, load


def scenarios() -> pd.DataFrame:
    """Return the shipped scenarios: a row for each name, with title and question."""
    return pd.DataFrame(list_scenarios()).set_index("name")


def outcomes() -> pd.DataFrame:
    """Return the outcomes: a row for each name, with label, unit and meaning."""
    rows = pd.DataFrame([vars(outcome) for outcome in register().values()])
    return rows.set_index("name")[["label", "unit", "doc"]]


def describe(
    scenario: Source = "baseline", *, set: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return every value of a scenario: a row for each dotted key, as `entrench describe` shows.

    Args:
        scenario: Its name or file.
        set: Values over its files.

    Returns:
        Columns `value`, `default`, `unit`, `low` and `high` (allowed), `plausible`, `source`,
        `evidence` (1 to 3), `doc` and `origin`, among others.
    """
    return pd.DataFrame(describe_scenario(load(scenario, set))).set_index("path")
