"""Experiments: designs of points and runs, and their files."""

from sim.experiment.design import Design as Design
from sim.experiment.design import Experiment as Experiment
from sim.experiment.design import Factor as Factor
from sim.experiment.design import Keep as Keep
from sim.experiment.design import design_of as design_of
from sim.experiment.design import lay_over as lay_over
from sim.experiment.design import make_points as make_points
from sim.experiment.design import plausible_factors as plausible_factors
from sim.experiment.design import prior_sets as prior_sets
from sim.experiment.file import kind_of as kind_of
from sim.experiment.file import list_experiments as list_experiments
from sim.experiment.file import load_experiment as load_experiment
from sim.experiment.file import open_file as open_file
from sim.experiment.file import refuse_other as refuse_other
