"""Scenarios, experiments, outcomes and the values of a scenario as data frames."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.engine.plugins import Mechanisms, load_rules
from sim.errors import InputError, nearest
from sim.experiment import list_experiments
from sim.rules import SHIPPED, Rules
from sim.scenario import BASELINE, list_scenarios
from sim.scenario import describe as describe_scenario
from sim.scenario.keys import Settings
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


def _key_in(asked: Source, rules: Rules) -> str | None:
    # A parameter's key, where a scenario may be asked for; None: a scenario.
    section, dot, _ = asked.partition(".") if isinstance(asked, str) else ("", "", "")
    if not dot or section not in rules.sections or Path(str(asked)).suffix == ".toml":
        return None
    if asked not in rules.parameters:
        keys = [key for key in rules.parameters if key.startswith(f"{section}.")]
        raise InputError(f"no parameter {str(asked)!r}{nearest(str(asked), keys)}")
    return str(asked)


def describe(
    scenario: Source = BASELINE,
    *,
    section: str | None = None,
    changed: bool = False,
    set: Settings = None,
    mechanisms: Mechanisms = None,
) -> pd.DataFrame:
    """Return every value of a scenario: a row for each dotted key.

    Args:
        scenario: Its name or file; or a key, such as `contracts.term`, of the baseline.
        section: Only this section, or events.
        changed: Only the file's own values and those of `set`.
        set: Values that override its files.
        mechanisms: Files with your mechanisms.

    Returns:
        Columns `value`, `default`, `unit`, `low` and `high` (allowed), `plausible`, `source`,
        `evidence` (1 to 3), `doc` and `origin`, among others. `attrs` has the scenario's `name`,
        `title` and `question`.

    Examples:
        >>> sim.describe("no-peers", changed=True)["value"].to_dict()
        {'peers.active': False}
    """
    rules = load_rules(mechanisms)
    key = _key_in(scenario, rules)
    (loaded,) = scenarios_from(
        [BASELINE if key else scenario], {"set": set, "mechanisms": mechanisms}
    )
    names = [key.partition(".")[0]] if key else ["horizon", *loaded.sections, "events"]
    if section not in (None, *names):
        raise InputError(f"--section {section}: allowed: {', '.join(names)}")
    kind = "event" if section == "events" else "section"
    rows = [
        row
        for row in describe_scenario(loaded)
        if (row["changed"] or not changed)
        and key in (None, row["path"])
        and (section is None or (row[kind] and section in (row["section"], "events")))
    ]
    # As objects: a column of whole numbers and none would become floats.
    columns = list(rows[0]) if rows else ["path"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object).set_index("path")
    frame.attrs = {"name": loaded.name, "title": loaded.title, "question": loaded.question}
    return frame
