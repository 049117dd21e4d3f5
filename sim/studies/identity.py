"""What identifies the runs that a study looks at, in one form for all studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.engine.identity import MECHANISMS
from sim.results.files import hash_of
from sim.results.in_words import described_in, in_all, settings_in
from sim.results.parameter_sets import SET_WEIGHTS
from sim.results.read import Results

OWN_WORLD = ("seeds", "history_end", "places")
"""Keys of a manifest whose runs had seeds of one's own."""


def identity_of(
    manifests: Sequence[Mapping[str, Any]], labels: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what identifies a study's runs, in the form of a results folder's manifest.

    Beside what a manifest holds: names of the `scenarios`; under `set` what was set in all of them,
    under `set_in` what was set in some alone. Versions and hashes that differ stand side by side;
    seeds of one's own only stand there if they are those of all.

    Args:
        manifests: Of the results that the study looks at, which share runs, seed and parameters.
        labels: What it calls their scenarios; their names if not given.
    """
    first = manifests[0]
    described = [one for manifest in manifests for one in described_in(manifest).items()]
    names = list(labels) or [name for name, _ in described]
    settings = [settings_in(scenario) for _, scenario in described]
    shared = in_all(settings)
    apart = {
        name: {key: value for key, value in own.items() if key not in shared}
        for name, own in zip(names, settings, strict=True)
        if own != shared
    }
    one_world = all(one.get("seeds") == first.get("seeds") for one in manifests)
    files = {own["name"] + own["sha256"]: own for m in manifests for own in m.get(MECHANISMS, ())}
    return {
        **{key: v for key, v in first.items() if one_world or key not in OWN_WORLD},
        **{
            key: ", ".join(dict.fromkeys(str(one.get(key, "")) for one in manifests))
            for key in ("version", "rules", "data")
            if key in first
        },
        **({MECHANISMS: [*files.values()]} if files else {}),
        "scenarios": names,
        "set": shared,
        **({"set_in": apart} if apart else {}),
    }


def asked_of(
    manifests: Sequence[Mapping[str, Any]], labels: Sequence[str] = (), **options: Any
) -> dict[str, Any]:
    """Return what a study is asked: two that differ in nothing of it are answered alike.

    Args:
        manifests: Of the results that it looks at.
        labels: What it calls their scenarios; their names if not given.
        **options: What else is asked.
    """
    first = manifests[0]
    names = list(labels) or [str(at) for at in range(len(manifests))]
    apart = ("scenario", "experiment")
    whole = {key: value for key, value in first.items() if key not in (*apart, SET_WEIGHTS)}
    scenarios = {
        f"scenarios.{name}": hash_of({key: one[key] for key in apart if key in one})
        for name, one in zip(names, manifests, strict=True)
    }
    return {**options, **whole, **scenarios}


def names_apart(results: Sequence[Results], labels: Sequence[str]) -> list[str]:
    """Return the names of results' scenarios, or labels where some names are alike."""
    names = [one.name for one in results]
    return names if len({*names}) == len(names) else list(labels)
