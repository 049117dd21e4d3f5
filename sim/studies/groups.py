"""Groups of states by the text that names them, such as `regime:hybrid`."""

from __future__ import annotations

from collections.abc import Mapping

from sim.engine.chunk import Layout
from sim.engine.outcomes import groups_of
from sim.parameters import Outcome
from sim.register import VENDOR, WORLD, nearest
from sim.scenario.toml_file import suggest


def parse_group(text: str) -> tuple[str, str]:
    """Return kind and name of a group; a kind alone has the name of its kind, as the world has."""
    kind, colon, name = text.partition(":")
    return kind.strip(), name.strip() if colon else kind.strip()


def groups_by_kind(layout: Layout) -> dict[str, list[str]]:
    """Return the names of all groups by their kind, the vendors last."""
    kinds = {k: [layout.groups[at].name for at in part] for k, part in layout.kind_parts.items()}
    return {**kinds, VENDOR: list(layout.vendors)}


def group_problems(
    outcome: str, kind: str, group: str, layout: Layout, known: Mapping[str, Outcome]
) -> list[str]:
    """Return what is wrong with an outcome and a group of it, each with the nearest name."""
    problems = []
    if outcome not in known:
        problems.append(f"--outcome {outcome}: no such outcome{nearest(outcome, known)}")
    found, names = known.get(outcome), groups_by_kind(layout)
    kinds = [WORLD, VENDOR] if found and found.of == "vendor" else list(layout.kind_parts)
    if kind not in kinds:
        problems.append(f"--group {kind}: no such kind; {suggest(kind, kinds, 'kinds')}")
    elif group not in names[kind]:
        problems.append(f"--group {kind}:{group}: {suggest(group, names[kind], 'groups')}")
    elif found and groups_of(found, kind, layout) is None:
        problems.append(f"--group {kind}:{group}: {outcome} is not known by {kind}")
    return problems
