"""Which parameters an outcome depends on: Morris' method and Sobol' indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Unpack

from sim.arguments import held_to_annotations
from sim.batch.sweep import manifest_of
from sim.errors import InputError
from sim.results.files import file_in_the_way, inside
from sim.studies.identity import asked_of
from sim.studies.runs import size_of, sweep
from sim.studies.sensitivity.method import Indices, Screening, decompose, screen
from sim.studies.sensitivity.plan import Question, plan_of
from sim.studies.sensitivity.report import Part, Sensitivity
from sim.studies.watching import Watch


@held_to_annotations
def sensitivity(
    scenario: str | Path = "baseline",
    *,
    out: Path | str | None = None,
    threads: int | None = None,
    fresh: bool = False,
    figures: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
    **question: Unpack[Question],
) -> Sensitivity:
    """Rank parameters by what an outcome owes to them.

    Morris' method screens all parameters over their plausible ranges; Sobol' indices then divide
    the variance among those that matter most.

    Args:
        scenario: A name, a file, or the manifest.json of its runs.
        out: Where tables, figures and sweeps go, which are taken up there; None: nowhere.
        threads: Of the engine; all cores if not given.
        fresh: Whether to replace sweeps there that answer another question.
        figures: Whether to draw there.
        watch: Shows how far it is.
        say: Called with what is run.
        **question: `method`, `outcome`, `group`, `year`, `parameters`, `trajectories`, `top`,
            `samples`, `replicates`, `seed`, `set`, `mechanisms`, `seeds`, `known`; see
            :class:`Question`.

    Raises:
        InputError: Something is wrong, before anything is run; or no parameter has any effect.

    Examples:
        >>> import sim
        >>> keys = ["contracts.term", "contracts.exit_cost"]
        >>> found = sim.sensitivity(method="morris", parameters=keys, trajectories=2)
        >>> sorted(found.frame("morris")["parameter"]) == sorted(keys)
        True
    """
    faults = [file_in_the_way(Path(out), f"--out {out}")] if out is not None else []
    if threads is not None and threads < 1:
        faults.append(f"--threads {threads}: allowed: 1 or more")
    plan = plan_of(scenario, question, [fault for fault in faults if fault])
    experiments = {name: plan.experiment(name, plan.factors)[0] for name in plan.methods}
    asked = asked_of(
        [manifest_of(one) for one in experiments.values()],
        [*experiments],
        measured=asdict(plan.measured),
        top=plan.top,
    )
    fresh = Sensitivity.claim(out, asked, [scenario], fresh=fresh)
    parts, factors = [], plan.factors
    for name in plan.methods:
        experiment, cube = plan.experiment(name, factors)
        if say:
            say(size_of(experiment))
        folder = inside(Path(out), name) if out else None
        swept = sweep(
            experiment, out=folder, threads=threads, fresh=fresh, figures=False, watch=watch
        )
        of = plan.measured
        values = swept.values_by_point(of.outcome, of.year, of.kind, of.group)
        measures: Screening | Indices
        if name == "morris":
            measures = screen(factors, cube, values, seed=plan.seed)
            factors = measures.most(plan.top)
        else:
            measures = decompose(factors, values, seed=plan.seed)
        if not factors:
            raise InputError(f"no parameter has any effect on {of}; nothing to rank")
        parts.append(Part(name, swept, measures))
    runs = sum(int(part.sweep.manifest["runs"]) for part in parts)
    manifest = {**parts[0].sweep.manifest, "runs": runs}
    return Sensitivity(manifest, plan, tuple(parts)).saved(out, asked, figures=figures)
