"""``entrench describe``: every value of a scenario and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cli.options import KNOW, Option, Options, ScenarioName, choice, flag, takes
from sim.cli.show import say_json, show_blocks

if TYPE_CHECKING:
    from sim.scenario import Row

COLUMNS = ("key", "value", "unit", "range", "plausible", "source", "evidence", "from")
MOST_EVIDENCE = 3


@takes(
    "set", "mechanisms", "as_json",
    section=Option(str, "Only this section, or events.", "NAME"),
    changed=flag(
        "--changed", "Only what differs from the defaults, events that all share left out."
    ),
    schema=choice(
        ("scenario", "experiment"),
        "Print the JSON schema of such files instead, for editors to complete and check.",
    ),
    mechanisms=KNOW,
)  # fmt: skip
def describe(scenario: ScenarioName = "baseline", *, options: Options) -> None:
    """Show every value of a scenario, what it may be and where it comes from."""
    from sim.engine.own.files import load_rules
    from sim.scenario import describe as describe_scenario
    from sim.scenario import parse_assignments
    from sim.studies.blocks import Table
    from sim.studies.resolve import load

    rules = load_rules(options.mechanisms)
    if kind := options.own.get("schema"):
        from sim.experiment import experiment_schema
        from sim.scenario import json_schema

        say_json(json_schema(rules=rules) if kind == "scenario" else experiment_schema())
        return
    loaded = load(scenario, parse_assignments(options.set or ()), rules)
    rows = describe_scenario(loaded)
    if section := options.own.get("section"):
        rows = _of_section(rows, section, list(loaded.sections))
    shared = False
    if options.own["changed"]:
        changed = [row for row in rows if row.changed]
        rows = [row for row in changed if not _of_baseline(row, loaded.name)]
        shared = len(rows) < len(changed)
    if options.as_json:
        facts = {"name": loaded.name, "title": loaded.title, "question": loaded.question}
        values = [row.to_dict() for row in rows]
        say_json({**facts, "identity": loaded.identity(), "values": values})
        return
    heading = [text for text in (f"{loaded.name}: {loaded.title}", loaded.question) if text]
    if not rows:
        where = f" in {section}" if section else ""
        rest = ", but for events that all share" if shared else ""
        show_blocks([*heading, f"Nothing{where} differs from the defaults{rest}."])
        return
    wide = ("source",) if options.own["changed"] else ("source", "from")
    show_blocks([*heading, Table(COLUMNS, [_cells(row) for row in rows], if_wide=wide)])


def _of_baseline(row: Row, scenario: str) -> bool:
    """Tell whether an event's value is the shipped baseline's, from which nearly all extend."""
    return row.section == "events" and row.origin.stable == "baseline.toml" != f"{scenario}.toml"


def _of_section(rows: list[Row], section: str, sections: list[str]) -> list[Row]:
    """Return the rows of one section, with what events set in it."""
    from sim.errors import InputError
    from sim.scenario.toml_file import suggest

    names = ["horizon", *sections, "events"]
    if section not in names:
        advice = suggest(section, names, "sections")
        raise InputError(f"--section: there is no section {section!r}; {advice}")
    return [row for row in rows if section in (row.section, row.event_section)]


def _cells(row: Row) -> tuple[str, ...]:
    """Return one row as texts."""
    span = f"{row.low:g} to {row.high:g}" if row.low is not None and row.high is not None else ""
    plausible = f"{row.plausible[0]:g} to {row.plausible[1]:g}" if row.plausible else ""
    grade = "●" * row.evidence + "○" * (MOST_EVIDENCE - row.evidence) if row.evidence else ""
    value = str(row.value).lower() if isinstance(row.value, bool) else row.value
    value = value if isinstance(value, str) else f"{value:.10g}"
    return row.path, value, row.unit, span, plausible, row.source, grade, str(row.origin)
