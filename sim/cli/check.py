"""Checking files and folders: what each is, and all that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import typer

from sim.errors import InputError
from sim.rules import Rules
from sim.text import MANIFEST


def check_all(files: Sequence[str], mechanisms: Sequence[str] | None, *, strict: bool) -> None:
    """Check each file or folder, and say what it is.

    Raises:
        InputError: With all that is wrong with any of them.
    """
    from sim.engine.plugins.files import load_rules

    rules = load_rules(list(mechanisms or ()))
    wrong: list[str] = []
    for file in files:
        try:
            typer.echo(f"ok: {file} ({_check(file, rules, strict)})")
        except InputError as error:
            wrong += error.messages
    if wrong:
        messages = list(dict.fromkeys(wrong))
        raise InputError(messages, f"{len(messages)} problems" if len(messages) > 1 else "")


def _check(file: str, rules: Rules, strict: bool) -> str:
    from sim.engine.plugins.files import load_rules
    from sim.experiment.file import kind_of, load_experiment
    from sim.results.dataset import open_results
    from sim.scenario import load_scenario
    from sim.world.seeds import load_seeds, seeds_from
    from sim.world.user_data import ALLOWED

    path = Path(file)
    if path.name == MANIFEST:
        path = path.parent
    if path.is_dir():
        named = any(difflib.get_close_matches(one.name, ALLOWED, 1) for one in path.glob("*.csv"))
        if named and not (path / MANIFEST).exists():
            seeds = load_seeds(path)
            assert seeds.overrides
            tables = ", ".join(seeds.overrides.tables)
            return f"input tables: {tables}; {len(seeds.countries)} countries"
        results = open_results(path)
        return f"{results.n_points:,} points x {results.n_runs:,} runs, as written"
    if file.endswith(".csv"):
        known = seeds_from(None, path)
        assert known is not None
        return f"{len(known.known)} documented decisions"
    if file.endswith(".py"):
        (own,) = load_rules([file]).own
        return f"mechanism {own.mechanism.name}"
    kind = kind_of(file)
    if kind == "a calibration":
        from sim.calibration.plan import load_calibration

        load_calibration(file)
        return "a calibration"
    if kind == "an experiment":
        experiment = load_experiment(file, rules=rules)
        _warn(experiment.warnings, strict)
        for key, event, name in experiment.covered():
            typer.echo(f"note: {file}: event {event} of {name} sets {key}, over the factor")
        return f"{len(experiment.design.points):,} points x {experiment.replicates:,} runs"
    scenario = load_scenario(file, rules=rules)
    _warn(scenario.warnings, strict)
    return f"{scenario.horizon.start} to {scenario.horizon.end}, {len(scenario.events)} events"


def _warn(warnings: Sequence[object], strict: bool) -> None:
    from sim.errors import refuse_warnings

    if strict:
        refuse_warnings(warnings)
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
