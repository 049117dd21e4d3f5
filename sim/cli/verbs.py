"""The verbs: each calls the Python function of its name, `page` calls `make_page`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import sim
from sim.cli import shared
from sim.cli.shared import LOOKS, Given, all_but, answer, argument, option, say, sources, verb
from sim.errors import BASELINE, InputError

Method = StrEnum("Method", ("both", "morris", "sobol"))
SCENARIO_NAME = argument(str, "SCENARIO", "A scenario's name or file.", default=BASELINE)
OUTCOMES = option(
    list[str], "--outcome", "Such as 'working where regime=hybrid'; may be repeated.", to="outcomes"
)
OUTCOME = option(str, "--outcome", "The outcome that is explained.", default="working")
PARAMETERS = option(
    list[str], "--parameter", "Only this parameter; may be repeated.", to="parameters"
)
YEAR = option(int, "--year", "Report the outcome at the end of this year.", default=2040)


@verb(
    argument(str, "SCENARIO", "A scenario's name or file, or a key; none: all files are listed."),
    option(str, "--section", "Only this section, or events."),
    option(bool, "--changed", "Only values of the file itself and of --set.", default=False),
    option(bool, "--assumed", "Only assumptions: uncertain, of the lowest grade.", default=False),
    shared=("set", "mechanism", "json"),
)
def describe(
    given: Given, scenario: str | None, section: str | None, changed: bool, assumed: bool
) -> None:
    """List scenarios and experiments, or show each value of one: meaning, range, source, origin.

    Example: entrench describe contracts-of-three-years --changed
    """
    if not (scenario or section or changed or assumed or given.set or given.mechanism):
        lists = {"scenarios": sim.scenarios(), "experiments": sim.experiments()}
        if given.json:
            shared.say_json({of: frame.reset_index() for of, frame in lists.items()})
            return
        for frame in lists.values():
            shared.print_table(frame.drop(columns="title").reset_index())
        return
    options: Any = {"set": given.set, "mechanisms": given.mechanism}
    only: Any = {"section": section, "changed": changed, "assumed": assumed}
    frame = sim.describe(scenario or BASELINE, **only, **options)
    rows = frame.reset_index()
    if given.json:
        shared.say_json(
            {"name": frame.attrs["name"], "title": frame.attrs["title"], "values": rows}
        )
        return
    say("{name}: {title}\n{question}".format(**frame.attrs))
    for row in rows.to_dict("records"):
        say(f"{row['path']} = {row['value']} {row['unit']}".rstrip())
        said = [row["doc"], f"Set by: {row['origin']}."]
        if row["plausible"]:
            fixed = "" if row["varied"] else ", not varied"
            said.insert(1, "Plausible: {:g} to {:g}".format(*row["plausible"]) + f"{fixed}.")
        if row["source"]:
            said.append(f"Source: {row['source']}.")
        if row["path"] == scenario and row["low"] is not None:
            said.append("Default: {default}; allowed: {low} to {high}.".format(**row))
        shared.print_text(" ".join(said), indent=4)


@verb(
    argument(str, "NAME", "Name of the scenario.", default=""),
    option(Path, "--data", "Write the shipped input tables into DIR instead.", "DIR"),
    shared=(),
)
def new(given: Given, name: str, data: Path | None) -> None:
    """Write a file to start from: a scenario (./NAME.toml), or the input tables.

    Example: entrench new my-what-if
    """
    for path in sim.new(name, data=data):
        then = "" if data else f"; next: entrench check {path}, entrench run {path}"
        say(f"wrote {path}{then}")


@verb(
    argument(
        list[str],
        "FILE|DIR",
        "Scenarios, experiments, calibrations, mechanisms (.py), documented decisions and tables"
        " of a record (.csv), results folders, or folders of input tables or a record.",
        name="files",
        default=...,
    ),
    shared=("mechanism", "json"),
)
def check(given: Given, files: list[str]) -> None:
    """Check files and folders, and list every error.

    Example: entrench check my-what-if.toml
    """
    from sim.checks import Checked

    found = []
    for file in files:
        checked, errors = Checked(""), list[str]()
        try:
            checked = sim.check(file, mechanisms=given.mechanism)
        except InputError as error:
            errors = error.messages
        found.append({"file": file, **checked._asdict(), "errors": errors})
        if given.json:
            continue
        for warning in checked.warnings:
            say(f"warning: {warning}", err=True)
        if errors:
            say(f"wrong: {file}\n" + "\n".join(f"- {text}" for text in errors), err=True)
        else:
            say("\n    ".join([f"ok: {file} ({checked.content})", *checked.parts]))
    if given.json:
        shared.say_json(found)
    if wrong := [each["file"] for each in found if each["errors"]]:
        raise InputError(f"{len(wrong)} of {len(files)} are wrong: {', '.join(wrong)}")


@verb(SCENARIO_NAME)
def run(given: Given, scenario: str) -> None:
    """Run a scenario: outcomes, and their change against the baseline.

    Example: entrench run no-peers --runs 64
    """
    answer(given, sim.run, scenario, names=[scenario])


@verb(
    argument(str, "EXPERIMENT", "An experiment's name or file.", default=...),
    OUTCOMES,
    option(int, "--year", "Report outcomes at the end of this year."),
    option(int, "--reference", "Number of the reference point.", default=0),
)
def sweep(given: Given, experiment: str, **shown: Any) -> None:
    """Run an experiment, and show the effect of each point against the reference point.

    Example: entrench sweep exit-cost-by-term --outcome working
    """
    answer(given, sim.sweep, experiment, names=[experiment], **shown)


@verb(
    argument(Path, "DIR", "A results folder.", name="folder", default=...),
    option(list[str], "--figure", "Only this figure.", to="figures"),
    option(str, "--outcome", "Draw this outcome over time."),
    option(str, "--by", "world, regime, region, aid, vendor or own."),
    option(str, "--point", "Only this point of a sweep: its number or label.", "POINT"),
    option(str, "--title", "Title of the first figure, not its finding.", "TEXT", "", under=LOOKS),
    option(bool, "--letters", "Panels have letters: a, b, c.", default=False, under=LOOKS),
    option(str, "--font", "A font of this machine, such as Arial.", "NAME", "", under=LOOKS),
    shared=("where", "out", "fresh", "format", "width", "plain"),
)
def plot(given: Given, folder: Path, **shown: Any) -> None:
    """Draw the figures of a results folder again, or one outcome over time.

    The figures of a study are drawn by its verb with the folder, such as entrench persistence DIR.

    Example: entrench plot results/baseline --outcome working --by regime
    """
    drawing: Any = {"where": given.where, "out": given.out, "fresh": given.fresh, **given.drawing}
    for path in sim.plot(folder, **shown, **drawing):
        say(str(path))


@verb(
    sources("Names or files of scenarios, or results folders; the first is the reference.", ...),
    OUTCOMES,
    option(int, "--year", "Report effects at the end of this year."),
)
def compare(given: Given, sources: list[str], **asked: Any) -> None:
    """Compare scenarios with the first one, run by run, with the same random draws.

    Example: entrench compare baseline no-training no-peers
    """
    answer(given, sim.compare, *sources, **asked)


@verb(
    argument(str, "QUESTION", "Such as: working in 2040.", default=...),
    option(str, "--by", "Also by regime, region, aid or vendor."),
    option(list[str], "--scenario", "Only this scenario; may be repeated.", to="scenarios"),
)
def ask(given: Given, question: str, by: str | None, scenarios: list[str] | None) -> None:
    """Rank scenarios by their effect on an outcome.

    Example: entrench ask "working in 2040" --by region
    """
    names = ["ask", question, *(scenarios or ()), *([by] if by else [])]
    answer(given, sim.ask, question, names=names, by=by, scenarios=scenarios or ())


@verb(
    argument(list[str], "COUNTRY", "ISO codes or English names; none: who buys next.", "names"),
    option(str, "--source", "A scenario or a results folder.", default=BASELINE),
    option(list[str], "--compare", "Compare with this scenario; may be repeated."),
    option(bool, "--why", "Count the purchases that go with each mechanism off.", default=False),
    shared=all_but("where", "countries"),
)
def country(
    given: Given, names: list[str] | None, source: str, compare: list[str] | None, why: bool
) -> None:
    """Compare countries: when each trains, buys and exits, how likely that is, and why.

    Example: entrench country KEN SRB
    """
    named: Any = {"source": source, "compare": compare or (), "why": why}
    answer(given, sim.country, *(names or ()), **named)


@verb(
    sources(
        "Scenarios or results folders; in the first China's offer ends. By default the offer"
        " ends, the same without each of three reasons to stay or leave, and the baseline."
    ),
    option(int, "--since", "Count systems at the end of this year."),
    shared=all_but("countries"),
)
def persistence(given: Given, sources: list[str] | None, since: int | None) -> None:
    """Count the systems that survive the end of the offer, by region, regime and country.

    Example: entrench persistence offer-withdrawn-2030 baseline
    """
    answer(given, sim.persistence, *(sources or ()), since=since)


@verb(
    SCENARIO_NAME,
    option(Method, "--method", "both, morris or sobol.", default="both"),
    OUTCOME,
    YEAR,
    PARAMETERS,
    option(int, "--trajectories", "Trajectories of the screening.", default=20),
    option(int, "--top", "Top-ranked parameters to analyse with Sobol' indices.", default=12),
    option(int, "--samples", "Base sample, a power of two.", default=2048),
    shared=all_but("where", "defaults"),
)
def sensitivity(given: Given, scenario: str, **asked: Any) -> None:
    """Find the parameters that an outcome depends on: Morris screening, Sobol' indices.

    Example: entrench sensitivity offer-withdrawn-2030 --year 2040
    """
    answer(given, sim.sensitivity, scenario, **asked)


@verb(
    SCENARIO_NAME,
    option(str, "--outcome", "The outcome, or surviving_10.", default="working"),
    option(int, "--year", "At the end of this year."),
    PARAMETERS,
    option(Path, "--write", "Write both worlds there.", "DIR"),
    shared=all_but("where", "defaults", "countries"),
)  # fmt: skip
def bounds(given: Given, scenario: str, **asked: Any) -> None:
    """Find the smallest and largest mean effect of a scenario that published figures permit.

    Example: entrench bounds no-training --outcome platforms --year 2025
    """
    of = [Path(scenario).stem, asked["outcome"], *([str(asked["year"])] if asked["year"] else [])]
    answer(given, sim.bounds, scenario, names=["-".join(["bounds", *of])], **asked)


@verb(
    SCENARIO_NAME,
    option(bool, "--nulls/--no-nulls", "Run null models.", default=True),
    shared=all_but("where", "countries"),
)
def validate(given: Given, scenario: str, nulls: bool) -> None:
    """Compare the model with published figures and with null models.

    Example: entrench validate --no-nulls
    """
    answer(given, sim.validate, scenario, nulls=nulls)


@verb(
    argument(str, "FILE", "A calibration's name or file.", default="calibration"),
    shared=all_but("where", "runs", "defaults", "countries"),
)
def calibrate(given: Given, file: str) -> None:
    """Find the parameter sets that published figures do not rule out.

    Example: entrench calibrate calibration
    """
    speak = None if given.quiet else say
    answer(given, sim.calibrate, file, say=speak, names=[file])


@verb(
    argument(list[str], "[SCENARIO|FOLDER]", "The first is the reference.", name="sources"),
    option(Path, "--out", "The file.", "FILE.html", default=Path("entrench.html"), to="file"),
    option(bool, "--still", "Write a static page: stored results, no model.", default=False),
    shared=("defaults", "mechanism", "data", "known", "runs", "seed", "threads", "quiet"),
)  # fmt: skip
def page(given: Given, sources: list[str] | None, file: Path, still: bool) -> None:
    """Write one HTML file that shows results and runs the model in a browser.

    Example: entrench page --out page.html
    """
    path = sim.make_page(
        *(sources or ()), to=file, still=still, **given.run_options(sim.make_page, None)
    )
    if not given.quiet:
        say(f"Page: {path}")
