"""Captions: where a figure comes from, and how to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.engine.identity import MECHANISMS
from sim.figures.marks import Mark
from sim.figures.text import UNBROKEN
from sim.results.in_words import NOT_FORECASTS, what_was_set, with_settings
from sim.text import counted as text_counted

ONE_RUN = "A single run."
SETS = "plausible"
"""How the manifest's `parameters` begins where runs differ in their sets of parameters."""
UNKNOWN = "unknown"
CHANGES = "changes.csv"
"""The table of single figures, which are counted rather than named."""


def caption(manifest: Mapping[str, Any], note: str = "", marks: Sequence[Mark] = ()) -> str:
    """Where a figure comes from, how to read it, and the dates that it marks.

    Args:
        manifest: Scenario or experiment, runs, seed and version; or the sentence, as `origin`.
        note: How to read the figure.
        marks: Dates that it marks.
    """
    named = "; ".join(mark.caption for mark in marks if mark.caption)
    dates = f"Upright lines: {named}." if named else ""
    own = (rules_in_words(manifest), world_in_words(manifest))
    return sentences(origin(manifest), *own, note, dates, NOT_FORECASTS)


def rules_in_words(manifest: Mapping[str, Any]) -> str:
    """Which mechanisms of the user's own the runs went by too."""
    names = ", ".join(own["name"] for own in manifest.get(MECHANISMS, ()))
    return names and f"Own mechanism{'s' * (',' in names)}: {names}."


def world_in_words(manifest: Mapping[str, Any]) -> str:
    """What of the runs' seeds is not the project's own, and to what histories are held."""
    seeds = manifest.get("seeds", {})
    said = []
    if seeds.get("name"):
        parts = [name for name in seeds["tables"] if name != CHANGES]
        if seeds["changes"]:
            parts.append(counted(len(seeds["changes"]), "changed figure"))
        said.append(f"Own seeds, {seeds['name']}: {', '.join(parts)}.")
    if seeds.get("known"):
        states = len({fact["iso3"] for fact in seeds["known"]})
        facts = counted(len(seeds["known"]), "known decision")
        said.append(f"Held to {facts} of {counted(states, 'state')}.")
    return sentences(*said)


def origin(manifest: Mapping[str, Any]) -> str:
    """Name, settings, runs, seed and version; of a sweep also its base, and what replicates are.

    A manifest whose `origin` says this in other words is taken at its word.
    """
    if "origin" in manifest:
        return str(manifest["origin"])
    facts = facts_of(manifest)
    ends = f"seed {facts['Seed']} · entrench {facts['Version']}."
    if "experiment" not in manifest:
        return f"{facts['Scenario']} · {counted(facts['Runs'], 'run')} · {ends}"
    base = experiment_of(manifest).get("base", "")
    settings = with_settings(what_was_set(manifest))
    size = f"{counted(facts['Points'], 'point')} × {counted(facts['Replicates'], 'replicate')}"
    differ = {True: "chance and plausible parameter set", False: "chance alone"}
    sets = has_sets(manifest)
    return sentences(
        f"{facts['Experiment']}{f', from {base}' if base else ''}{settings} · {size} · {ends}",
        "" if sets is None else _of_replicates(facts["Replicates"], differ[sets]),
    )


def _of_replicates(count: str, what: str) -> str:
    """What replicates differ in; with a single one, that no number tells how much that matters."""
    if count == "1":
        return f"All points share one replicate ({what}): bands and errors do not hold that."
    return f"Replicates differ in {what}."


def facts_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What identifies a figure's runs, by name."""
    experiment = experiment_of(manifest)
    scenario = manifest.get("scenario", UNKNOWN)
    if isinstance(scenario, Mapping):
        scenario = scenario.get("name", UNKNOWN) + with_settings(what_was_set(manifest))
    seed = manifest.get("seed", experiment.get("seed", UNKNOWN))
    facts: dict[str, Any] = {"Scenario": scenario, "Seed": seed, "Runs": manifest.get("runs", "?")}
    if "experiment" in manifest:
        facts = {
            "Experiment": experiment.get("name") or experiment.get("title") or UNKNOWN,
            "Seed": seed,
            "Points": experiment.get("design", {}).get("points", "?"),
            "Replicates": experiment.get("replicates", "?"),
        }
    facts["Version"] = manifest.get("version", UNKNOWN)
    return {name: str(fact) for name, fact in facts.items()}


def experiment_of(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The experiment of a sweep's manifest; empty for runs of a scenario."""
    experiment = manifest.get("experiment", {})
    return experiment if isinstance(experiment, Mapping) else {"name": experiment}


def has_sets(manifest: Mapping[str, Any]) -> bool | None:
    """Whether runs differ in their parameter sets; None if the manifest does not say."""
    parameters = manifest.get("parameters")
    return None if parameters is None else str(parameters).startswith(SETS)


def bands(
    manifest: Mapping[str, Any], lines: str = "Lines: mean of runs", *, wide: bool = True
) -> str:
    """What lines and bands hold.

    Args:
        manifest: Says how many runs there are, and whether their parameters differ.
        lines: What the lines are.
        wide: Whether there are bands of 90 % too.
    """
    if manifest.get("runs") == 1:
        return ONE_RUN
    sets = has_sets(manifest)
    both = f" and 90{UNBROKEN}%" if wide else ""
    cause = {True: " (chance and plausible parameter sets)", False: " (chance alone)"}
    return f"{lines}; bands: 50{UNBROKEN}%{both} of runs{'' if sets is None else cause[sets]}."


def sentences(*parts: str) -> str:
    """Sentences in a row, without the empty ones."""
    return " ".join(part for part in parts if part)


def counted(number: int | str, what: str) -> str:
    """A number with its noun, unbroken; it may be unknown."""
    whole = isinstance(number, int) or number.isdecimal()
    text = text_counted(int(number), what) if whole else f"{number} {what}s"
    return text.replace(" ", UNBROKEN)
