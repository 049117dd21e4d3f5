"""Checks of users' files and folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sim.engine.no_effect import idle_lines, idle_settings
from sim.engine.user_mechanisms import idle_parts, load_rules
from sim.errors import MANIFEST, InputError
from sim.experiment import kind_of, load_experiment
from sim.experiment.design import beyond_plausible
from sim.model.register import Rules
from sim.runs import store
from sim.runs.dataset import Results
from sim.scenario import BASELINE, load_scenario
from sim.scenario.describe import find_warnings, groups_of
from sim.scenario.parameter_sets import shipped_plausible
from sim.scenario.toml_file import in_reading_order
from sim.studies.report import sealed
from sim.studies.sources import open as open_results
from sim.world.columns import COUNTRIES, RECORD_TABLES
from sim.world.fates import check_record
from sim.world.own_tables import without_effect
from sim.world.seeds import Seeds, load_seeds, seeds_from


class Checked(NamedTuple):
    """A file or folder without errors.

    Attributes:
        content: Its kind and size in words.
        parts: The countries of its events, values and groups.
        warnings: Allowed and perhaps not meant, such as values without effect.
    """

    content: str
    parts: Sequence[str] = ()
    warnings: Sequence[str] = ()


def check(file: Path | str, *, mechanisms: Sequence[Path | str] | None = None) -> Checked:
    """Check a file, or a folder of results, input tables or a record.

    Args:
        file: A scenario, an experiment, a calibration, a mechanism (.py), a table (.csv) or such a
            folder.
        mechanisms: Files of rules of your own, which the file may name.

    Raises:
        InputError: It lists everything that is wrong, by file and line.

    Examples:
        >>> (path,) = sim.new("my-what-if")
        >>> sim.check(path).content
        '2000 to 2040, 7 events'
    """
    path, rules = Path(file), load_rules(mechanisms)
    if os.path.isdir(path):
        return _folder(path, rules)
    if path.name in RECORD_TABLES:
        return Checked(check_record(path.parent))
    if path.suffix == ".csv":
        seeds = seeds_from(None, path)
        assert seeds is not None
        return Checked(f"documented decisions: {len(seeds.known)}", (), _idle(seeds, rules))
    if path.suffix == ".py":
        (plugin,) = load_rules([file]).plugins
        return Checked(f"mechanism {plugin.mechanism.name}", (), idle_parts(plugin))
    kind = kind_of(file)
    if kind == "a calibration":
        # It loads SciPy's statistics, which take two seconds.
        from sim.calibration.plan import load_calibration

        load_calibration(file)
        return Checked(kind)
    if kind == "an experiment":
        experiment = load_experiment(file, rules=rules)
        content = f"{len(experiment.design.points):,} points x {experiment.n_runs:,} runs"
        beyond = beyond_plausible(experiment.design, rules)
        texts = [f"{path.name}: {text}" for text in (*beyond, *idle_lines(experiment))]
        return Checked(content, (), texts)
    scenario = load_scenario(file, rules=rules)
    content = f"{scenario.horizon.start} to {scenario.horizon.end}, {len(scenario.events)} events"
    warnings = [*find_warnings(scenario), *idle_settings(scenario, shipped_plausible())]
    return Checked(content, groups_of(scenario), [*map(str, in_reading_order(warnings))])


def _idle(seeds: Seeds, rules: Rules) -> list[str]:
    return [*without_effect(seeds, rules.covariates, load_scenario(BASELINE).quarters.stop)]


def _folder(path: Path, rules: Rules) -> Checked:
    tables = {file.name for file in path.glob("*.csv")}
    if tables & RECORD_TABLES.keys() and COUNTRIES.name not in tables:
        return Checked(check_record(path))
    if tables and not (path / MANIFEST).exists():
        seeds = load_seeds(path)
        assert seeds.overrides
        content = f"input tables: {', '.join(seeds.overrides['tables'])}"
        return Checked(f"{content}; {len(seeds.countries)} countries", (), _idle(seeds, rules))
    results = open_results(path)
    written = files_as_written(results)
    others = sorted(entry.name for entry in path.iterdir() if entry.name not in written)
    covered = f"as written: {', '.join(written)}; not covered: {', '.join(others) or 'nothing'}"
    return Checked(f"{results.n_points:,} points x {results.n_runs:,} runs; {covered}")


def files_as_written(results: Results) -> list[str]:
    """Return the undamaged files of finished runs, theirs and those of studies."""
    folder, same = results.folder, results.identity
    studies = sealed(folder / store.RUNTIME).get(store.STUDIES, ())
    damaged = {name: "damaged or missing" for name in studies if not sealed(folder / name)}
    names = [*results.files]
    for path in sorted(folder.glob("*.json")):
        content = sealed(path) if path.name != MANIFEST else {}
        faults = store.damage(folder, content, path.name) if content else {}
        # Files of studies stay when runs are replaced; those of other runs are nobody's concern.
        if path.name in faults or content.items() >= same.items():
            names += content[store.FILES]
            damaged |= faults
    if damaged:
        again = "run the study again with --fresh"
        raise InputError([f"{folder / name} is {what}: {again}" for name, what in damaged.items()])
    return names
