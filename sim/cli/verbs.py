"""The verbs: each a thin function that calls the Python function of its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.shared import (
    RUNNING,
    Given,
    answer,
    formats,
    print_indented,
    print_table,
    progress,
    say_json,
    takes,
)
from sim.errors import InputError, refuse_warnings
from sim.text import KEY_NAME, MANIFEST

Scenario = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario's name or file, or a manifest.json.")
]
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO|FOLDER",
        help="Names or files of scenarios, or results folders; the first is the reference.",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings and failed runs are errors.")]
Outcomes = Annotated[
    list[str] | None,
    typer.Option("--outcome", metavar="NAME", help="An outcome; may be repeated."),
]


def _listed(experiments: bool) -> list[dict[str, Any]]:
    """Return what comes with the program: scenarios, or experiments and calibrations."""
    from sim.experiment import list_calibrations, list_experiments
    from sim.scenario import list_scenarios

    if not experiments:
        return list_scenarios()
    files = {"sweep": list_experiments(), "calibrate": list_calibrations()}
    return [{**file, "verb": verb} for verb, some in files.items() for file in some]


@takes("json")
def scenarios(
    *,
    experiments: Annotated[bool, typer.Option("--experiments", help="List experiments.")] = False,
    given: Given,
) -> None:
    """List scenarios, or experiments; `describe` without a name lists both."""
    import pandas as pd

    rows = _listed(experiments)
    if given.json:
        say_json(rows)
    else:
        print_table(pd.DataFrame(rows).drop(columns="title"))


@takes("set", "mechanism", "json")
def describe(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="A scenario's name or file, or a manifest.json; without one and without options,"
            " all that come with the program are listed, and all experiments.",
        ),
    ] = None,
    *,
    section: Annotated[str | None, typer.Option(help="Only this section, or events.")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only changed values.")] = False,
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="scenario|experiment",
            help="Print the JSON schema of such files, for editors.",
        ),
    ] = None,
    given: Given,
) -> None:
    """List scenarios and experiments, or show each value of one: meaning, range, source, origin."""
    import pandas as pd

    from sim.engine.plugins import load_rules
    from sim.scenario import describe as describe_scenario
    from sim.studies.sources import load, settings_of

    rules = load_rules(given.mechanism)
    if schema:
        if schema not in ("scenario", "experiment"):
            raise InputError(f"--schema {schema}: allowed: scenario, experiment")
        from sim.experiment import experiment_schema
        from sim.scenario import json_schema

        say_json(json_schema(rules=rules) if schema == "scenario" else experiment_schema())
        return
    if not (scenario or section or changed or given.set or given.mechanism):
        lists = {"scenarios": _listed(experiments=False), "experiments": _listed(experiments=True)}
        if given.json:
            say_json(lists)
            return
        for listed in lists.values():
            print_table(pd.DataFrame(listed).drop(columns="title"))
        return
    loaded = load(scenario or "baseline", settings_of(given.set), rules)
    rows = [row for row in describe_scenario(loaded) if row["changed"] or not changed]
    if section:
        names = ["horizon", *loaded.sections, "events"]
        if section not in names:
            raise InputError(f"--section {section}: allowed: {', '.join(names)}")
        kind = "event" if section == "events" else "section"
        rows = [row for row in rows if row[kind] and section in (row["section"], "events")]
    if given.json:
        say_json({"name": loaded.name, "title": loaded.title, "values": rows})
        return
    typer.echo(f"{loaded.name}: {loaded.title}\n{loaded.question}")
    for row in rows:
        plausible = (
            "Plausible: {:g} to {:g}. ".format(*row["plausible"]) if row["plausible"] else ""
        )
        source = f" Source: {row['source']}." if row["source"] else ""
        typer.echo(f"{row['path']} = {row['value']} {row['unit']}".rstrip())
        print_indented(f"{row['doc']} {plausible}Set by: {row['origin']}.{source}")


@takes()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scenario.")] = "",
    *,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the shipped input tables into DIR instead."),
    ] = None,
    given: Given,
) -> None:
    """Write a file to start from: a scenario (./NAME.toml), or the input tables."""
    from sim.scenario import load_scenario, shipped_names

    if data:
        from sim.world.locate import find_data_folder
        from sim.world.user_data import export

        for path in export(find_data_folder("seeds"), data):
            typer.echo(f"wrote {path}")
        return
    if not KEY_NAME.fullmatch(name) or name in shipped_names():
        raise InputError(
            f"NAME {name!r}: letters, digits, - and _, and not the name of a shipped scenario"
        )
    path = Path(f"{name}.toml")
    if path.exists():
        raise InputError(f"{path} exists already; choose another name or remove it")
    text = Path(__file__).with_name("new_scenario.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("NAME", name), encoding="utf-8")
    load_scenario(path)
    typer.echo(f"wrote {path}; next: entrench check {path}, entrench run {path}")


@takes("mechanism")
def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|DIR",
            help="Scenarios, experiments, calibrations, mechanisms (.py), documented decisions"
            " (.csv), results folders, or folders of input tables.",
        ),
    ],
    *,
    strict: Strict = False,
    given: Given,
) -> None:
    """Check files and folders; show all that is wrong."""
    wrong: list[str] = []
    for file in files:
        try:
            typer.echo(f"ok: {file} ({_check(file, given.mechanism, strict)})")
        except InputError as error:
            wrong += error.messages
    if wrong:
        messages = list(dict.fromkeys(wrong))
        raise InputError(messages, f"{len(messages)} problems" if len(messages) > 1 else "")


def _check(file: str, mechanisms: list[str] | None, strict: bool) -> str:
    """Check a file or folder, and return what it is."""
    from sim.engine.plugins import load_rules
    from sim.experiment.file import kind_of, load_experiment
    from sim.results.dataset import open_results
    from sim.scenario import load_scenario
    from sim.scenario.file import LIBRARY
    from sim.scenario.narrowing import find_narrowed_values
    from sim.scenario.parameter_sets import shipped_plausible
    from sim.world.seeds import load_seeds, seeds_from

    rules = load_rules(mechanisms)
    path = Path(file)
    if path.name == MANIFEST:
        path = path.parent
    if path.is_dir():
        if any(path.glob("*.csv")) and not (path / MANIFEST).exists():
            seeds = load_seeds(path)
            assert seeds.overrides
            tables = ", ".join(seeds.overrides["tables"])
            return f"input tables: {tables}; {len(seeds.countries)} countries"
        results = open_results(path)
        return f"{results.n_points:,} points x {results.n_runs:,} runs, as written"
    if file.endswith(".csv"):
        known = seeds_from(None, path)
        assert known is not None
        return f"{len(known.known)} documented decisions"
    if file.endswith(".py"):
        (plugin,) = load_rules([file]).plugins
        return f"mechanism {plugin.mechanism.name}"
    kind = kind_of(file)
    if kind == "a calibration":
        from sim.calibration.plan import load_calibration

        load_calibration(file)
        return "a calibration"
    if kind == "an experiment":
        experiment = load_experiment(file, rules=rules)
        return f"{len(experiment.design.points):,} points x {experiment.replicates:,} runs"
    scenario = load_scenario(file, rules=rules)
    narrowed = find_narrowed_values(scenario, str(LIBRARY.find(file)), shipped_plausible())
    _warn([*scenario.warnings, *narrowed], strict)
    return f"{scenario.horizon.start} to {scenario.horizon.end}, {len(scenario.events)} events"


def _warn(warnings: Sequence[object], strict: bool) -> None:
    if strict:
        refuse_warnings(warnings)
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)


@takes(*RUNNING)
def run(
    scenario: Scenario = "baseline",
    *,
    engine: Annotated[str, typer.Option(help="compiled, or mesa: the same numbers.")] = "compiled",
    targets: Annotated[
        bool, typer.Option("--targets", help="Show the published figures, as of the baseline.")
    ] = False,
    strict: Strict = False,
    given: Given,
) -> None:
    """Run a scenario: outcomes, and their change against the baseline."""
    from sim.studies.run import run as run_scenario
    from sim.studies.run import run_baseline, summary

    def study(source: str, **options: Any) -> Any:
        results = run_scenario(source, engine=engine, strict=strict, **options)  # type: ignore[arg-type]
        baseline = run_baseline(results, options)  # type: ignore[arg-type]
        return summary(results, baseline=baseline, targets=targets or baseline is None)

    answer(given, study, scenario, names=[_plain(scenario)])


@takes(*RUNNING)
def sweep(
    experiment: Annotated[
        str, typer.Argument(metavar="EXPERIMENT", help="An experiment's name or file.")
    ],
    *,
    outcome: Outcomes = None,
    year: Annotated[int | None, typer.Option(help="At the end of this year.")] = None,
    reference: Annotated[int, typer.Option(help="Number of the reference point.")] = 0,
    strict: Strict = False,
    given: Given,
) -> None:
    """Run an experiment, and show the effect of each point against the reference point."""
    from sim.studies.sweep import report
    from sim.studies.sweep import sweep as run_experiment

    def study(source: str, **options: Any) -> Any:
        results = run_experiment(source, strict=strict, **options)
        return report(results, outcome, year=year, reference=reference)

    answer(given, study, experiment, names=[_plain(experiment)])


@takes("out", "format", "width", "plain")
def plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A results folder.")],
    *,
    figure: Annotated[list[str] | None, typer.Option(help="Only this figure.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Draw this outcome over time.")] = None,
    by: Annotated[str, typer.Option(help="world, regime, region, aid or vendor.")] = "world",
    given: Given,
) -> None:
    """Draw the figures of a results folder again, or one outcome over time."""
    from sim.figures.of_runs import outcome as draw_outcome
    from sim.register import nearest
    from sim.results.dataset import open_results
    from sim.studies.report import save_figures
    from sim.studies.run import summary
    from sim.studies.sweep import report

    results = open_results(folder)
    figures = dict((summary(results) if results.n_points == 1 else report(results)).figures)
    if outcome:
        figures = {f"{outcome}-by-{by}": lambda: draw_outcome(results, outcome, by)}
    for name in figure or ():
        if name not in figures:
            raise InputError(f"no figure {name!r}{nearest(name, figures)}")
    chosen = {name: draw for name, draw in figures.items() if not figure or name in figure}
    target = given.out or folder / "figures"
    for path in save_figures(chosen, target, **formats(given)):
        typer.echo(str(path))


@takes(*RUNNING)
def compare(sources: Sources, *, outcome: Outcomes = None, given: Given) -> None:
    """Compare scenarios with the first one, run by run, with the same random draws."""
    from sim.studies.compare import OUTCOMES
    from sim.studies.compare import compare as study

    answer(given, study, *sources, outcomes=outcome or OUTCOMES)


def _plain(name: str) -> str:
    path = Path(name)
    return path.resolve().parent.name if path.name == "manifest.json" else path.stem


@takes(*RUNNING)
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Such as: working in 2040.")],
    *,
    by: Annotated[str | None, typer.Option(help="Also by regime, region, aid or vendor.")] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only this scenario; may be repeated.")
    ] = None,
    given: Given,
) -> None:
    """Rank scenarios by their effect on an outcome."""
    from sim.studies.ask import ask as study

    names = ["ask", question, *(scenario or ()), *([by] if by else [])]
    answer(given, study, question, by=by, scenarios=scenario or (), names=names)


@takes(*RUNNING)
def country(
    names: Annotated[
        list[str], typer.Argument(metavar="COUNTRY", help="ISO codes or English names.")
    ],
    *,
    source: Annotated[str, typer.Option(help="A scenario or a results folder.")] = "baseline",
    compare: Annotated[
        list[str] | None, typer.Option(help="Compare with this scenario; may be repeated.")
    ] = None,
    given: Given,
) -> None:
    """Compare countries: when each trains, buys and exits, how likely that is, and why."""
    from sim.studies.country import country as study

    answer(given, study, *names, source=source, compare=compare or (), names=["country", *names])


@takes(*RUNNING)
def persistence(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO|FOLDER",
            help="Scenarios or results folders, the first of which ends the offer; by default the"
            " withdrawn offer, the same with leaving free, and the baseline.",
        ),
    ] = None,
    *,
    since: Annotated[
        int | None, typer.Option(help="Count systems at the end of this year.")
    ] = None,
    given: Given,
) -> None:
    """Count the systems that survive the end of the offer, by region, regime and country."""
    from sim.studies.retention import persistence as study

    answer(given, study, *(sources or ()), since=since, names=["persistence", *(sources or ())])


@takes(*RUNNING)
def evidence(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO|FOLDER",
            help="The withdrawn offer and the same with leaving free: by default those that come"
            " with the program, in 1,024 runs.",
        ),
    ] = None,
    *,
    contracts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Contracts of your own (iso3,first_year,last_year,missed,restored,ended).",
        ),
    ] = None,
    given: Given,
) -> None:
    """Rank records by how far they would narrow survival and the effect of the cost to leave."""
    from sim.studies.evidence import evidence as study

    named = ["evidence", *(sources or ()), *([str(contracts)] if contracts else [])]
    answer(given, study, *(sources or ()), contracts=contracts, names=named)


@takes(*RUNNING)
def sensitivity(
    scenario: Scenario = "baseline",
    *,
    method: Annotated[str, typer.Option(help="both, morris or sobol.")] = "both",
    outcome: Annotated[str, typer.Option(help="The outcome that is explained.")] = "working",
    group: Annotated[
        str, typer.Option(metavar="KIND:NAME", help="Of which countries, such as regime:hybrid.")
    ] = "world",
    year: Annotated[int, typer.Option(help="At the end of this year.")] = 2040,
    parameter: Annotated[
        list[str] | None, typer.Option(help="Only this parameter; may be repeated.")
    ] = None,
    trajectories: Annotated[int, typer.Option(help="Trajectories of the screening.")] = 20,
    top: Annotated[int, typer.Option(help="Parameters of the Sobol' indices.")] = 12,
    samples: Annotated[int, typer.Option(help="Base sample, a power of two.")] = 2048,
    given: Given,
) -> None:
    """Find the parameters that an outcome depends on: Morris screening, Sobol' indices."""
    from sim.studies.sensitivity import sensitivity as study

    answer(
        given, study, scenario, method=method, outcome=outcome, group=group, year=year,
        parameters=parameter, trajectories=trajectories, top=top, samples=samples,
    )  # fmt: skip


@takes(*RUNNING)
def discover(
    experiment: Annotated[
        str, typer.Argument(metavar="EXPERIMENT|FOLDER", help="An experiment, or its folder.")
    ] = "discovery",
    *,
    outcome: Annotated[str, typer.Option(help="The outcome.")] = "working",
    year: Annotated[int, typer.Option(help="At the end of this year.")] = 2040,
    relative_to: Annotated[
        int | None, typer.Option(help="Divided by the outcome at the end of this year.")
    ] = 2029,
    above: Annotated[float | None, typer.Option(help="Condition: above; 0.8 by default.")] = None,
    below: Annotated[float | None, typer.Option(help="Condition: below this value.")] = None,
    boxes: Annotated[int, typer.Option(help="Boxes at most.")] = 3,
    given: Given,
) -> None:
    """Find the conditions under which an outcome comes about in a sweep."""
    from sim.studies.discover import discover as study

    answer(
        given, study, experiment, outcome=outcome, year=year, relative_to=relative_to,
        above=above, below=below, boxes=boxes, names=["discover", experiment],
    )  # fmt: skip


@takes(*RUNNING)
def validate(
    scenario: Scenario = "baseline",
    *,
    nulls: Annotated[bool, typer.Option("--nulls/--no-nulls", help="Run null models.")] = True,
    documented: Annotated[
        bool,
        typer.Option("--documented", help="Compare runs with --known imposed with free runs."),
    ] = False,
    given: Given,
) -> None:
    """Compare the model with published figures and with null models."""
    if documented:
        from sim.studies.documented import documented as held_and_free

        def study(source: str, **options: Any) -> Any:
            return held_and_free(options.pop("known", None) or "documented", source, **options)

        answer(given, study, scenario, names=["documented", scenario])
        return
    from sim.studies.validate import validate as compare_figures

    answer(given, compare_figures, scenario, nulls=nulls, names=["validate", scenario])


@takes(*RUNNING)
def calibrate(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A calibration's name or file.")
    ] = "calibration",
    *,
    recover: Annotated[int, typer.Option(help="Synthetic truths to seek as a test.")] = 20,
    given: Given,
) -> None:
    """Find the parameter sets that published figures do not rule out."""
    from sim.calibration import calibrate as study

    say = None if given.quiet else typer.echo
    answer(given, study, file, recover=recover, say=say, names=[file])


@takes("runs", "seed", "defaults", "point", "mechanism", "seeds", "known", "threads", "quiet")
def page(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO|FOLDER]", help="The first is the reference."),
    ] = None,
    *,
    to: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page.")] = Path(
        "entrench.html"
    ),
    still: Annotated[
        bool, typer.Option("--still", help="Leave the engine out: nothing runs in the browser.")
    ] = False,
    given: Given,
) -> None:
    """Write one HTML file that shows results and runs the model in a browser."""
    from sim.page.build import make_page

    with progress(given.quiet) as count:
        path = make_page(*(sources or ()), to=to, still=still, **given.run_options(None, count))
    if not given.quiet:
        typer.echo(f"Page: {path}")
