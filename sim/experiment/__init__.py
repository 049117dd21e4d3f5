"""Experiments: a design over scenarios and their parameters, from a TOML file.

``load_experiment`` gives one checked, frozen experiment; a sweep runs it.
"""

from sim.experiment.experiment import Experiment, Factor, Keep, Level
from sim.experiment.load import (
    experiments_folder,
    is_experiment,
    list_calibrations,
    list_experiments,
    load_experiment,
)
from sim.experiment.page import ExperimentError

__all__ = [
    "Experiment",
    "ExperimentError",
    "Factor",
    "Keep",
    "Level",
    "experiments_folder",
    "is_experiment",
    "list_calibrations",
    "list_experiments",
    "load_experiment",
]
