"""Experiments: a design over scenarios and their parameters, from a TOML file.

``load_experiment`` gives one checked, frozen experiment; a sweep runs it.
"""

from sim.experiment.experiment import Experiment, Factor, Keep, Level
from sim.experiment.file import load_experiment
from sim.experiment.form import (
    ExperimentError,
    experiment_schema,
    is_experiment,
    list_calibrations,
    list_experiments,
)

__all__ = [
    "Experiment",
    "ExperimentError",
    "Factor",
    "Keep",
    "Level",
    "experiment_schema",
    "is_experiment",
    "list_calibrations",
    "list_experiments",
    "load_experiment",
]
