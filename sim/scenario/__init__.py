"""Scenario files: from TOML to one checked, frozen :class:`Scenario`.

``load_scenario`` states the order of precedence; ``docs`` and editors get the same schema from
``json_schema``; ``describe`` lists every value with its origin.
"""

from sim.scenario.describe import describe
from sim.scenario.file import (
    json_schema,
    list_scenarios,
    load_scenario,
    parse_assignments,
    shipped_names,
)
from sim.scenario.scenario import Event, Horizon, Scenario
from sim.scenario.scope import Sections
from sim.scenario.toml_file import Origin, Problem, ScenarioError

__all__ = [
    "Event",
    "Horizon",
    "Origin",
    "Problem",
    "Scenario",
    "ScenarioError",
    "Sections",
    "describe",
    "json_schema",
    "list_scenarios",
    "load_scenario",
    "parse_assignments",
    "shipped_names",
]
