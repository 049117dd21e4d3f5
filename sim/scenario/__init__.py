"""Scenario files: from TOML to one checked, frozen :class:`Scenario`."""

from sim.errors import BASELINE as BASELINE
from sim.scenario.describe import describe as describe
from sim.scenario.file import list_scenarios as list_scenarios
from sim.scenario.file import load_scenario as load_scenario
from sim.scenario.file import shipped_names as shipped_names
from sim.scenario.keys import parse_assignments as parse_assignments
from sim.scenario.resolve import Event as Event
from sim.scenario.scenario import Horizon as Horizon
from sim.scenario.scenario import Scenario as Scenario
from sim.scenario.toml_file import FileError as FileError
from sim.scenario.toml_file import Origin as Origin
from sim.scenario.toml_file import Problem as Problem
