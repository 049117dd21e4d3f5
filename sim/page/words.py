"""What a page says of the model: parameters, outcomes, states and their looks, from the registers.

Nothing is listed here that a mechanism, a table or a figure's look declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.engine.identity import MECHANISMS
from sim.figures.style import SIGNS, Look, looks_of
from sim.parameters import Outcome, attribute
from sim.results.targets import COUNTERPARTS
from sim.rules import SHIPPED, Rules
from sim.scenario.parameter_sets import PlausibleSets
from sim.scenario.scope import FACTS, LIMITS, VENDOR, Where, attributes_of, names_in
from sim.scenario.toml_file import bounds
from sim.studies.country import facts_of
from sim.world.seeds import Seeds

ROW_FACTS = {
    **{name: name for name in ("use", "quantity", "observed", "bound", "sigma", "mean", "verdict")},
    "low": "q05",
    "high": "q95",
}
"""What a page says of a published figure, and the column of results that has it."""
TARGET_FACTS = ("unit", "period", "source")
"""What the input data say of it."""
LEFT_OPEN = ("default", "plausible set")
"""Origins of values that a replicate's plausible set may replace."""

LEVERS: tuple[tuple[str, str], ...] = (
    ("event:offer-withdrawn:china.offering", "China offers until the beginning of"),
    ("contracts.exit_cost", "Cost to leave"),
    ("contracts.term", "Length of a contract"),
    ("contracts.fee", "Yearly fee"),
    ("west.aid_growth", "Growth of Western aid"),
    ("west.strictness", "Strictness of aid's conditions"),
    ("events.bans.west.ban_rate", "Allies' bans of Chinese vendors"),
    ("events.ai-leap.market.ai_leap", "Leap in artificial intelligence"),
)
"""The controls that stand first, with their words: a parameter, a value that an event sets, or
(`event:NAME:SWITCH`) the date of an event that turns a switch off. An event that the scenario lacks
is added when its lever is moved."""

WAYS_IN: tuple[tuple[str, str, str, str], ...] = (
    ("offer-withdrawn-2030", "", "world", "What stays when the offer stops?"),
    (
        "offer-withdrawn-no-exit-cost", "offer-withdrawn-2030", "world",
        "What if leaving were free, too?",
    ),
    ("western-counter-offer", "", "each:region", "What can a Western counter-offer change?"),
)  # fmt: skip
"""The ways into the page: the scenario that is asked, the scenario that its answer is compared with
(none: the reference), what the chart is of, and the words."""

COUNTED_AS = {
    "trained": ["recorded_trained"],
    "adopters": ["recorded_adopters"],
    "platforms": ["recorded_platforms"],
    "working": ["recorded_adopters", "recorded_platforms"],
}
"""Outcomes whose published counts stand in another's chart too: what is known of what happened is
what was recorded."""

GLOSSARY = {
    "run": "One simulation from 2000 on, with its own random draws and its own parameter set. All"
    " numbers here are means or shares over many runs.",
    "band": "The spread of the middle 90 of 100 runs: chance, and what the evidence leaves open"
    " about the parameters.",
    "observer": "The part of the model that records what happens as public sources would: some of"
    " it is missed.",
    "paired difference": "Each run is compared with the run of the same random draws and the same"
    " parameter set in the other scenario, so that only the change differs.",
    "trained": "Police of the country have attended a course held or paid for by China.",
    "adopter": "A country that has bought a surveillance system from a Chinese vendor at least"
    " once.",
    "working": "A Chinese system is installed, and less than half of it is suspended for unpaid"
    " fees.",
    "regime": "The Economist Intelligence Unit's four classes of 2024, from full democracy to"
    " authoritarian; for countries that it does not rate, an estimate.",
    "calibrated": "Set so that the model agrees with published figures; many parameter sets do, and"
    " each run takes one of them.",
    "held out": "A published figure that was not used to tune the model, kept to test it.",
}
"""Words that the page uses and no register defines."""


def schema(rules: Rules = SHIPPED) -> list[dict[str, Any]]:
    """Return every mechanism's parameters, in the order in which the mechanisms act."""
    return [
        {
            "name": mechanism.name,
            "title": mechanism.title,
            "doc": (mechanism.section.__doc__ or "").strip().splitlines()[0],
            "keys": {
                key: _parameter(field) for key, field in mechanism.section.model_fields.items()
            },
        }
        for mechanism in rules.mechanisms
        if mechanism.name in rules.sections
    ]


def _parameter(field: Any) -> dict[str, Any]:
    low, high = bounds(field)
    return {
        "kind": field.annotation.__name__,
        "default": field.default,
        "doc": field.description,
        "unit": attribute(field, "unit"),
        "low": low,
        "high": high,
        **{name: attribute(field, name) for name in ("plausible", "source", "evidence")},
        "of_world": bool(attribute(field, "of_world")),
        "vendor": attribute(field, VENDOR) or "",
    }


def scenario_facts(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario for the page: what it fixes, what it leaves open, its events.

    Args:
        described: As `Scenario.to_dict` or a manifest describes it.
    """
    origins = described["origins"]
    values = {}
    for section, keys in described["sections"].items():
        for key, value in keys.items():
            path = f"{section}.{key}"
            if origins.get(path, LEFT_OPEN[0]) not in LEFT_OPEN:
                values[path] = value
    return {
        "title": described["title"],
        "question": described["question"],
        "horizon": described["horizon"],
        "fixed": values,
        "values": described.get("values", []),
        "events": described["events"],
    }


def outcome_facts(outcomes: Mapping[str, Outcome]) -> list[dict[str, Any]]:
    """Return the outcomes with the names, units, words and colours of the figures."""
    said = ("name", "label", "unit", "doc", "form", "of", "field", "over")
    rows = [{fact: getattr(one, fact) for fact in said} for one in outcomes.values()]
    for row in rows:
        row["unit"] = row["unit"].replace("states", "countries")
        row["doc"] = row["doc"].replace("States", "Countries").replace("states", "countries")
    return rows


def looks(groups: Iterable[Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Return the looks of groups that are told apart only here, by name.

    Args:
        groups: Names of the groups of each kind.
    """
    return {look.label: _look(look) for names in groups for look in looks_of(names)}


def _look(look: Look) -> dict[str, Any]:
    dash = [] if isinstance(look.dash, str) else list(look.dash[1])
    return {"colour": look.colour, "dash": dash}


def states(seeds: Seeds) -> list[dict[str, Any]]:
    """Return what is known of each state, and what conditions of scenarios are held against."""
    return [
        {
            **attributes,
            "name": state.name,
            "at": [round(state.figures["longitude"], 2), round(state.figures["latitude"], 2)],
            "neighbours": list(seeds.neighbours[row]),
            "facts": facts_of(state, seeds),
        }
        for row, (state, attributes) in enumerate(
            zip(seeds.countries, attributes_of(seeds), strict=True)
        )
    ]


def conditions(seeds: Seeds) -> dict[str, Any]:
    """Return what a change may ask of states that it is for, as `where` in a file does."""
    docs = {name: field.description for name, field in Where.model_fields.items()}
    facts, limits = ({name: docs[name] for name in names} for names in (FACTS, LIMITS))
    return {"names": names_in(seeds), "facts": facts, "limits": limits}


def evidence(rows: Iterable[Mapping[str, Any]], seeds: Seeds) -> list[dict[str, Any]]:
    """Return published figures beside what the runs recorded: rows of `target_table`."""
    sources = {target.id: target for target in seeds.targets}
    entries = []
    for row in rows:
        entry, target = COUNTERPARTS.get(row["target"]), sources[row["target"]]
        facts = {name: row[column] for name, column in ROW_FACTS.items()}
        # No number is NaN in JSON.
        facts = {name: None if value != value else value for name, value in facts.items()}
        facts |= {name: getattr(target, name) for name in TARGET_FACTS}
        facts["verdict"] = facts["verdict"] or "not judged"
        # A figure is drawn in a chart where its counterpart is an outcome as it is.
        facts["mark"] = None
        if entry and len(entry.columns) == len(entry.years) == 1:
            facts["mark"] = [*entry.columns, entry.kind, entry.group, *entry.years]
        entries.append(facts)
    return entries


def plausible_facts(
    sets: PlausibleSets | None, runs: int
) -> tuple[list[str], list[int], list[list[float]]]:
    """Return the keys of plausible sets, each replicate's set, and the sets that they take."""
    if sets is None:
        return [], [0] * runs, []
    numbers = [sets.number_of(replicate) for replicate in range(runs)]
    once = list(dict.fromkeys(numbers))
    rows = [[float(v) for v in sets.rows[number]] for number in once]
    return list(sets.keys), [once.index(number) for number in numbers], rows


def lever_facts(described: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return those levers whose parameter a scenario has.

    Args:
        described: The scenario, as a manifest describes it.
    """
    known = {f"{s}.{k}" for s, keys in described["sections"].items() for k in keys}
    return [
        {"path": path, "label": label}
        for path, label in LEVERS
        if ".".join(path.rsplit(":", 1)[-1].split(".")[-2:]) in known
    ]


def plausible_ranges(sets: PlausibleSets | None, runs: int) -> dict[str, list[float]]:
    """Return the least and the largest value that a page's histories take, by parameter."""
    keys, _, rows = plausible_facts(sets, runs)
    return {key: [min(c), max(c)] for key, c in zip(keys, zip(*rows, strict=True), strict=True)}


def palette() -> list[dict[str, Any]]:
    """Return colours and dashes of lines that stand beside each other, the first for one alone."""
    return [_look(Look("", *sign)) for sign in SIGNS]


SEQUENTIAL = [[226, 238, 246], [134, 187, 216], [0, 114, 178], [0, 60, 100]]
"""From none to all: the figures' blue, lightened and darkened."""
DIVERGING = [[0, 114, 178], [226, 232, 238], [213, 94, 0]]
"""From less to more: the figures' blue and vermillion."""


def identity(manifest: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    """Return what identifies the page's runs, in words."""
    words = {
        "scenarios": ", ".join(names),
        "runs": str(manifest["runs"]),
        "random seed": str(manifest["seed"]),
        "parameters": str(manifest["parameters"]),
        "version": f"entrench {manifest['version']}",
        "rules (hash)": str(manifest["rules"]),
        "input data (hash)": str(manifest["data"]),
    }
    if manifest["plausible_sha256"]:
        words["plausible sets (hash)"] = str(manifest["plausible_sha256"])[:20]
    if own := manifest.get(MECHANISMS):
        words["own mechanisms"] = ", ".join(one["name"] for one in own)
    if tables := manifest.get("seeds"):
        words["own input data"] = str(tables.get("name") or "documented decisions")
    return words
