"""Experiments: a design over scenarios and their parameters, from a TOML file.

``load_experiment`` gives one checked, frozen experiment; a sweep runs it.
"""

from sim.experiment.experiment import Experiment as Experiment
from sim.experiment.experiment import Factor as Factor
from sim.experiment.experiment import Keep as Keep
from sim.experiment.file import ExperimentError as ExperimentError
from sim.experiment.file import experiment_schema as experiment_schema
from sim.experiment.file import list_experiments as list_experiments
from sim.experiment.file import load_experiment as load_experiment
