from sim.engine.model import CountryAgent as CountryAgent
from sim.engine.model import EntrenchModel as EntrenchModel
from sim.engine.own.files import load_rules as load_rules
from sim.errors import InputError as InputError
from sim.scenario import Scenario as Scenario
from sim.scenario import load_scenario as load_scenario
from sim.studies.ask import ask as ask
from sim.studies.calibration import calibrate as calibrate
from sim.studies.comparison import compare as compare
from sim.studies.country import country as country
from sim.studies.discovery import discover as discover
from sim.studies.known import known as known
from sim.studies.persistence import persistence as persistence
from sim.studies.runs import open as open
from sim.studies.runs import run as run
from sim.studies.runs import sweep as sweep
from sim.studies.runs.finished import Runs as Runs
from sim.studies.runs.finished import Sweep as Sweep
from sim.studies.sensitivity import sensitivity as sensitivity
from sim.studies.validation import validate as validate

__version__: str
