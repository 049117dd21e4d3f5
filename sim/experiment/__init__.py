"""Experiments: a design over scenarios and their parameters, from a TOML file.

``load_experiment`` gives one checked, frozen experiment; a sweep runs it.
"""

from sim.experiment.experiment import Experiment, Factor, Keep
from sim.experiment.file import (
    ExperimentError,
    experiment_schema,
    list_calibrations,
    list_experiments,
    load_experiment,
)

__all__ = [
    "Experiment",
    "ExperimentError",
    "Factor",
    "Keep",
    "experiment_schema",
    "list_calibrations",
    "list_experiments",
    "load_experiment",
]
