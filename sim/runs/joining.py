"""Runs of several folders as one dataset, paired run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sim.engine.identity import OWN_MECHANISMS
from sim.errors import InputError
from sim.model.units import RATED
from sim.runs.dataset import Results
from sim.runs.folder import Part
from sim.scenario.own_groups import OWN
from sim.world.dates import year_of

# Paired runs agree in these. Of different numbers of runs the first ones are paired: a run is the
# same however many follow it.
PAIRED = ("seed", "plausible_sha256")
# Of a hash, in sentences.
DIGITS = 8


def join(parts: Sequence[tuple[str, Results, Sequence[int]]]) -> Results:
    """Return points of several results as one dataset.

    Args:
        parts: A name, results, and which of their points.

    Raises:
        InputError: They differ in seed, parameter sets, dates or countries, so runs cannot be
            paired.
    """
    _, first, _ = parts[0]
    if len(parts) == 1:
        return first
    faults, codes = list[str](), first.country_groups.index
    for name, part, _ in parts:
        for key in PAIRED:
            if getattr(part, key) != getattr(first, key):
                faults.append(f"{name}: {key} {getattr(part, key)}, not {getattr(first, key)}")
        if part.quarters != first.quarters:
            faults.append(f"{name}: {_dates_in_words(part)}, not {_dates_in_words(first)}")
        if [*codes] != [*part.country_groups.index]:
            other = codes.symmetric_difference(part.country_groups.index)
            faults.append(f"{name}: other countries ({', '.join(other)}), or in another order")
    if faults:
        raise InputError(faults, "these runs cannot be paired:")
    joined = tuple(
        Part(name, folder, tuple(at for _, at in of_folder))
        for name, results, points in parts
        for folder, of_folder in groupby([results.places[at] for at in points], itemgetter(0))
    )
    return Results(joined, first.rules, own=first.own, limited=first.limited)


def unlike(results: Results) -> list[str]:
    """Return sentences on differences of parts other than their scenarios, and on omissions."""
    parts = {part.folder: part for part in results.parts}
    each = [_in_words(part.identity) for part in parts.values()]
    said = list[str]()
    for key in each[0]:
        if key != "name" and len({of[key] for of in each}) > 1:
            said.append(f"{key}: {', '.join(f'{of["name"]} {of[key]}' for of in each)}")
    names = [name for folder in parts for name in folder.own_groups]
    kinds = [kind for kind in results.other_members if kind not in (RATED, OWN)]
    kinds += dict.fromkeys(names if OWN in results.other_members else ())
    texts = {
        "These parts differ in more than their scenarios, and effects contain all of it; ": said,
        "Left out, as a part lacks them or counts other countries in them: groups of ": kinds,
    }
    return [f"{text}{'; '.join(of)}." for text, of in texts.items() if of]


def _in_words(identity: Mapping[str, Any]) -> dict[str, str]:
    files = [f"{of['name']} {of['sha256'][:DIGITS]}" for of in identity.get(OWN_MECHANISMS, ())]
    tables, data = identity.get("seeds", {}), identity["data"][:DIGITS]
    data += f" of tables {tables['name']}" if "name" in tables else ""
    data += f" with imposed decisions ({len(tables['known'])})" if tables.get("known") else ""
    mechanisms, rules = " and ".join(files) or "none", identity["rules"][:DIGITS]
    own = {"rules": rules, "mechanisms of your own": mechanisms, "data": data}
    return {"name": identity["name"], **own, "version": identity["version"]}


def _dates_in_words(results: Results) -> str:
    quarters = results.quarters
    return f"{len(quarters)} dates from {year_of(quarters[0])} to {year_of(quarters[-1])}"
