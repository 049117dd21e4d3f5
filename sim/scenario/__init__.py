"""Scenario files: from TOML to one checked, frozen :class:`Scenario`.

``load_scenario`` states the order of precedence; ``docs`` and editors get the same schema from
``json_schema``; ``describe`` lists every value with its origin.
"""

from sim.scenario.describe import Row, describe
from sim.scenario.events import Event
from sim.scenario.json_schema import json_schema
from sim.scenario.load import load_scenario
from sim.scenario.overrides import parse_assignments
from sim.scenario.reading.chain import list_scenarios, shipped_names
from sim.scenario.reading.problems import Place, Problem, ScenarioError
from sim.scenario.reading.settings import Origin
from sim.scenario.resolved import Scenario
from sim.scenario.schema import Horizon, Sections

__all__ = [
    "Event",
    "Horizon",
    "Origin",
    "Place",
    "Problem",
    "Row",
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
