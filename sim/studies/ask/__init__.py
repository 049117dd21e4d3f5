"""What moves it: the what-ifs that change an outcome most, ranked by paired runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

from sim.arguments import held_to_annotations
from sim.engine import prepare
from sim.errors import InputError
from sim.results.files import inside
from sim.results.in_words import with_settings
from sim.scenario import shipped_names
from sim.studies.ask.method import BASELINE, WhatIf, rank_effects
from sim.studies.ask.question import Quantity, read_question
from sim.studies.ask.report import Moved
from sim.studies.identity import asked_of, identity_of
from sim.studies.open_or_run import open_all
from sim.studies.resolve import Resolved, resolve_paired
from sim.studies.run_options import RunOptions
from sim.studies.validation.words import RIVALS
from sim.text import listed

NULLS = frozenset(rival.name for rival in RIVALS if rival.role == "null")
"""Null models: they test the model, and are no what-ifs."""
AGAINST = {"offer-withdrawn-no-exit-cost": "offer-withdrawn-2030"}
"""What-ifs that are compared with another scenario than the baseline. Leaving for free is asked of
the withdrawn offer, of the same systems."""
ABLATED = frozenset({"no-exit-cost"})
"""Scenarios that are left out beside those: free leaving since 2000 makes another past as well."""
RUNS_FOLDER = "runs"
"""Where in a study's folder the runs of each scenario lie, for all questions alike."""


@held_to_annotations
def ask(
    question: str = "working",
    *,
    by: str | None = None,
    what_ifs: str | Sequence[str] | None = None,
    out: Path | str | None = None,
    fresh: bool = False,
    figures: bool = True,
    **options: Unpack[RunOptions],
) -> Moved:
    """Rank what-ifs by how far they move an outcome from the baseline, run by run.

    Args:
        question: An outcome and a year: `working in 2040`; without a year, that in which runs end.
        by: Also for each group of this kind: `region`, `regime`, `vendor`.
        what_ifs: Scenarios, by name or file; None: all that come with the program, without its null
            models.
        out: A folder that keeps the runs of every scenario, for all questions: what is there is not
            run again. The answer goes into a folder of its own in it. None: nothing is kept.
        fresh: Whether to replace runs there that answer to other settings.
        figures: Whether to draw there.
        **options: `runs`, `seed`, `set`, `seeds`, `known`, `mechanisms`, `point`, `threads`,
            `watch`; see :class:`sim.studies.run_options.RunOptions`.

    Raises:
        InputError: Something is unknown, or cannot be paired; before anything is run.

    Examples:
        >>> import sim
        >>> found = sim.ask("working in 2040", what_ifs=["no-exit-cost", "data-leak"], runs=4)
        >>> found.frame("effects")["what_if"].tolist()
        ['no-exit-cost', 'data-leak']
    """
    quantity, resolved = find_question(question, by, what_ifs, options)
    folder = None if out is None else inside(Path(out), quantity.slug)
    places = [inside(Path(out), RUNS_FOLDER, one.name) if out else None for one in resolved]
    wanted = asked_of(
        [one.manifest for one in resolved],
        [one.name for one in resolved],
        question=str(quantity),
        by=quantity.by,
    )
    Moved.claim(folder, wanted, [one.text for one in resolved], fresh=fresh)
    results = open_all(resolved, options, places, fresh=fresh, outcomes=[quantity.outcome.name])
    by_name = {one.name: (one, runs) for one, runs in zip(resolved, results, strict=True)}
    asked = [one for one in resolved[1:] if what_ifs is None or one.text in listed(what_ifs)]
    others = []
    for one in asked:
        base, reference = by_name[AGAINST.get(one.name, BASELINE)]
        what_if = WhatIf(one.name, str(one.scenario["title"]), _departure(base, one), base.name)
        others.append((what_if, by_name[one.name][1], reference))
    manifest = _identity(quantity, [resolved[0], *asked])
    effects = rank_effects(quantity, others)
    study = Moved(manifest, quantity, tuple(effects), tuple(results), what_ifs is None)
    return study.saved(folder, wanted, figures=figures)


def find_question(
    question: str, by: str | None, what_ifs: str | Sequence[str] | None, options: RunOptions
) -> tuple[Quantity, list[Resolved]]:
    """Understand what is asked, and find the scenarios; see :func:`ask`."""
    if what_ifs is not None and not what_ifs:
        raise InputError("name a scenario to rank, or leave `what_ifs` out for all")
    names = listed(what_ifs or [n for n in shipped_names() if n not in NULLS | ABLATED])
    beside = [AGAINST[name] for name in names if name in AGAINST]
    others = [name for name in dict.fromkeys([*names, *beside]) if name != BASELINE]
    resolved = resolve_paired([BASELINE, *others], options)
    if len(resolved) == 1:
        raise InputError(f"{BASELINE} is what the others are compared with: name another scenario")
    request = resolved[0].request
    assert request is not None
    layout = prepare(request.scenario, 0).layout
    quantity = read_question(question, by, request.scenario, layout)
    if finished := [one.text for one in resolved if one.request is None]:
        faults = [f"{text} holds finished runs; name its scenario" for text in finished]
        raise InputError(faults)
    return quantity, resolved


def _departure(base: Resolved, other: Resolved) -> float | None:
    """When two scenarios part; None: at the start."""
    one, two = base.scenario, other.scenario
    # Values for all states stand in sections, those for some states alone beside them.
    if any(one.get(part) != two.get(part) for part in ("sections", "values")):
        return None
    here, there = one["events"], two["events"]
    apart = [event for event in (*here, *there) if (event in here) != (event in there)]
    return min((float(event["date"]) for event in apart), default=None)


def _identity(quantity: Quantity, resolved: Sequence[Resolved]) -> dict[str, Any]:
    """What identifies the study, in the form of a results folder's manifest."""
    names = [one.name for one in resolved]
    identity = identity_of([one.manifest for one in resolved], names)
    name = f"{len(resolved) - 1} what-ifs against {BASELINE}"
    if settings := with_settings(identity["set"]):
        name += f", each{settings}"
    return {
        **identity,
        "question": str(quantity),
        "outcome": quantity.outcome.name,
        "unit": quantity.outcome.unit,
        "year": quantity.year,
        "by": quantity.by or None,
        "scenario": {"name": name, "events": []},
        "what_ifs": names[1:],
    }
