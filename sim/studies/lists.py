"""Scenarios, experiments, outcomes and the values of a scenario as data frames."""

from __future__ import annotations

import pandas as pd

from sim.engine.user_mechanisms import Mechanisms, load_rules
from sim.errors import InputError
from sim.experiment import list_experiments
from sim.model.register import SHIPPED
from sim.scenario import BASELINE, list_scenarios
from sim.scenario import describe as describe_scenario
from sim.scenario.keys import Settings, key_in
from sim.studies.sources import Source, scenarios_from


def scenarios() -> pd.DataFrame:
    """Return the shipped scenarios: a row for each name, with title and question.

    Examples:
        >>> sim.scenarios().loc["no-peers", "kind"]
        'ablation'
    """
    return pd.DataFrame(list_scenarios()).set_index("name")


def experiments() -> pd.DataFrame:
    """Return the shipped experiments and calibrations: name, title, question and verb.

    Examples:
        >>> sim.experiments().loc["exit-cost-by-term", "verb"]
        'sweep'
    """
    return pd.DataFrame(list_experiments()).set_index("name")


def outcomes() -> pd.DataFrame:
    """Return the outcomes: a row for each name, with label, unit and meaning.

    Examples:
        >>> sim.outcomes().loc["working", "unit"]
        'countries'
    """
    rows = pd.DataFrame([vars(outcome) for outcome in SHIPPED.register.values()])
    return rows.set_index("name")[["label", "unit", "doc"]]


def describe(
    scenario: Source = BASELINE,
    *,
    section: str | None = None,
    changed: bool = False,
    assumed: bool = False,
    set: Settings = None,
    mechanisms: Mechanisms = None,
) -> pd.DataFrame:
    """Return every value of a scenario: a row for each dotted key.

    Args:
        scenario: Its name or file; or a key, such as `contracts.term`, of the baseline.
        section: Only this section, or events.
        changed: Only the file's own values and those of `set`.
        assumed: Only uncertain values that no published number supports.
        set: Values that override its files.
        mechanisms: Files with your mechanisms.

    Returns:
        Columns `value`, `default`, `unit`, `low` and `high` (allowed), `plausible`, `varied`,
        `source`, `evidence` (1 to 3), `doc` and `origin`, among others. `attrs` has the scenario's
        `name`, `title` and `question`.

    Examples:
        >>> sim.describe("no-peers", changed=True)["value"].to_dict()
        {'peers.active': False}
    """
    rules = load_rules(mechanisms)
    key = key_in(scenario, rules)
    (loaded,) = scenarios_from(
        [BASELINE if key else scenario], {"set": set, "mechanisms": mechanisms}
    )
    names = [key.partition(".")[0]] if key else ["horizon", *loaded.rules.sections, "events"]
    if section not in (None, *names):
        raise InputError(f"--section {section}: allowed: {', '.join(names)}")
    kind = "event" if section == "events" else "section"
    rows = [
        row
        for row in describe_scenario(loaded)
        if (row["changed"] or not changed)
        and (not assumed or (row["evidence"] == 1 and row["plausible"]))
        and key in (None, row["path"])
        and (section is None or (row[kind] and section in (row["section"], "events")))
    ]
    # As objects: a column of whole numbers and none would become floats.
    columns = list(rows[0]) if rows else ["path"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object).set_index("path")
    frame.attrs = {"name": loaded.name, "title": loaded.title, "question": loaded.question}
    return frame
