from sim.calibration import calibrate as calibrate
from sim.engine.model import CountryAgent as CountryAgent
from sim.engine.model import EntrenchModel as EntrenchModel
from sim.engine.plugins import load_rules as load_rules
from sim.errors import InputError as InputError
from sim.page.build import make_page as make_page
from sim.results.dataset import Results as Results
from sim.scenario import Scenario as Scenario
from sim.scenario import load_scenario as load_scenario
from sim.studies.ask import ask as ask
from sim.studies.compare import compare as compare
from sim.studies.country import country as country
from sim.studies.discover import discover as discover
from sim.studies.evidence import evidence as evidence
from sim.studies.report import Report as Report
from sim.studies.retention import persistence as persistence
from sim.studies.run import summary as summary
from sim.studies.sensitivity import sensitivity as sensitivity
from sim.studies.sources import describe as describe
from sim.studies.sources import open as open
from sim.studies.sources import outcomes as outcomes
from sim.studies.sources import run as run
from sim.studies.sources import scenarios as scenarios
from sim.studies.sources import sweep as sweep
from sim.studies.validate import validate as validate

__version__: str
