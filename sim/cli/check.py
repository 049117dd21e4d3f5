"""``entrench check``: are these files and folders right?"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import KNOW, STRICT, Options, argument, takes, warn

if TYPE_CHECKING:
    from sim.rules import Rules


@takes("mechanisms", strict=STRICT, mechanisms=KNOW)
def check(
    files: Annotated[
        list[str],
        argument(
            "FILE|DIR",
            "Scenario, experiment or calibration files, names of shipped ones, mechanisms of your"
            " own (.py), folders of results or of your own seeds, or a table of what is known.",
        ),
    ],
    *,
    options: Options,
) -> None:
    """Check files, results folders and seeds of your own; show all that is wrong.

    A results folder is right if it is finished and every data file is as it was written.
    A folder of seeds holds tables of states, and no results; a table of what is
    known (a .csv file) is checked against the shipped ones. What a file sets
    without effect (a value under a switch that is off, say) is a warning.
    """
    from sim.engine.own.files import load_rules
    from sim.errors import InputError
    from sim.experiment import is_experiment
    from sim.experiment.form import is_calibration
    from sim.results.folder import MANIFEST

    wrong: list[str] = []
    rules, strict = load_rules(options.mechanisms), options.own["strict"]
    for file in files:
        try:
            if _is_seeds(Path(file)):
                _check_seeds(Path(file))
            elif file.endswith(".csv"):
                _check_known(Path(file))
            elif Path(file).is_dir():
                _check_folder(Path(file))
            elif Path(file).name == MANIFEST:
                _check_folder(Path(file).parent)
            elif file.endswith(".py"):
                _check_mechanism(file)
            elif is_calibration(file):
                _check_calibration(file, rules)
            elif is_experiment(file):
                _check_experiment(file, strict, rules)
            else:
                _check_scenario(file, strict, rules)
        except InputError as error:
            wrong += error.messages
    if wrong:
        # A parent that several files extend is wrong once.
        messages = list(dict.fromkeys(wrong))
        raise InputError(messages, f"{len(messages)} problems" if len(messages) > 1 else "")


def _is_seeds(folder: Path) -> bool:
    """Tell whether a folder holds tables of states, and is no folder of results or of a study."""
    from sim.results.folder import MANIFEST, STATUS
    from sim.studies.study import KINDS
    from sim.world.own import CHANGES_TABLE, WHOLE_TABLES

    # A comparison has a table `countries.csv`, too.
    others = (MANIFEST, STATUS, *KINDS)
    if any(os.path.lexists(folder / name) for name in others):
        return False
    tables = (*WHOLE_TABLES, CHANGES_TABLE)
    # A misspelt name is told with the nearest.
    return any(difflib.get_close_matches(file.name, tables, 1) for file in folder.glob("*.csv"))


def _check_seeds(folder: Path) -> None:
    """Check seeds of one's own, and say what they hold."""
    from sim.world.seeds import own_seeds

    found = own_seeds(folder)
    changed = f"; changed figures: {len(found.own.changes)}" if found.own.changes else ""
    years = f"{found.first_year}-{found.last_year}"
    typer.echo(
        f"ok: {folder} (seeds: {', '.join(found.own.tables)}; states: {len(found.countries):,},"
        f" {years}{changed})"
    )


def _check_known(file: Path) -> None:
    """Check a table of what is known, and say what it holds."""
    from sim.world.seeds import seeds_from

    found = seeds_from(None, file)
    assert found is not None
    states = len({fact.iso3 for fact in found.known})
    typer.echo(f"ok: {file} (known decisions: {len(found.known)}, states: {states})")


def _check_folder(folder: Path) -> None:
    """Check a results folder, or all that are in a folder, and say what they hold."""
    from sim.errors import InputError
    from sim.results.check import Checked, check_folder, folders_in

    wrong: list[str] = []
    for place in folders_in(folder):
        try:
            found: Checked = check_folder(place)
            typer.echo(f"ok: {place} ({found})")
        except InputError as error:
            wrong += error.messages
    if wrong:
        raise InputError(wrong)


def _check_mechanism(file: str) -> None:
    """Check a mechanism of the user's own and say what it brings."""
    from sim.engine.own.files import load_rules

    (own,) = load_rules([file]).own
    mechanism = own.mechanism
    typer.echo(
        f"ok: {file} (mechanism {mechanism.name}; parameters: {len(mechanism.section.model_fields)}"
        f", rules: {len(own.functions)}, outcomes: {len(mechanism.outcomes)}, replaced rules: "
        f"{len(mechanism.replaces)})"
    )


def _check_scenario(file: str, strict: bool, rules: Rules) -> None:
    """Check a scenario and say what it holds."""
    from sim.scenario import load_scenario

    scenario = load_scenario(file, rules=rules)
    warn(scenario.warnings, strict)
    periods = len(scenario.periods())
    span = f"{scenario.horizon.start}-{scenario.horizon.end}"
    typer.echo(f"ok: {file} ({span}; events: {len(scenario.events)}, periods: {periods})")
    for scope in dict.fromkeys(scenario.scopes):
        typer.echo(f"  for {scope.size}: {scope.label}")


def _check_experiment(file: str, strict: bool, rules: Rules) -> None:
    """Check an experiment and say how large it is."""
    from sim.experiment import load_experiment

    experiment = load_experiment(file, rules=rules)
    warn(experiment.warnings, strict)
    design = experiment.design
    typer.echo(
        f"ok: {file} ({design.kind}; factors: {len(design.factors)}, points: "
        f"{len(design.points)}, replicates: {experiment.replicates}, runs: {experiment.runs})"
    )
    for key, event, scenario in experiment.covered():
        typer.echo(f"note: {file}: event {event} of {scenario} sets {key}, over the factor")


def _check_calibration(file: str, rules: Rules) -> None:
    """Check a calibration and say how large it is."""
    from sim.studies.calibration.file import load_calibration

    plan = load_calibration(file, rules=rules)
    typer.echo(
        f"ok: {file} (calibration; parameters: {len(plan.factors)}, waves: {plan.waves}, "
        f"runs: {plan.runs})"
    )
