"""Which parameters an outcome depends on: Morris' method and Sobol' indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.batch.executors import Crew
from sim.batch.forecast import forecast
from sim.errors import InputError
from sim.studies.runs import sweep
from sim.studies.sensitivity.method import decompose, screen
from sim.studies.sensitivity.plan import Methods, Plan, plan_of
from sim.studies.sensitivity.report import Part, Sensitivity
from sim.studies.sources import Settings, Watch, count_threads, load, settings_of


def sensitivity(
    scenario: str | Path = "baseline",
    *,
    method: Methods = "both",
    outcome: str = "working",
    group: str = "world",
    year: int = 2040,
    parameters: Sequence[str] | None = None,
    trajectories: int = 20,
    top: int = 12,
    samples: int = 2048,
    replicates: int = 2,
    seed: int = 1,
    set: Settings = None,
    out: Path | str | None = None,
    threads: int | None = None,
    fresh: bool = False,
    figures: bool = True,
    watch: Watch | None = None,
    say: Callable[[str], None] | None = None,
) -> Sensitivity:
    """Rank parameters by what an outcome owes to them.

    Morris' method screens all parameters over their plausible ranges; Sobol' indices then divide
    the variance among those that matter most.

    Args:
        scenario: A name or a file.
        method: `morris`, `sobol` or `both`.
        outcome: What is explained.
        group: Of which states, such as `regime:hybrid`.
        year: At the end of which year.
        parameters: Only these; None: all that have a plausible range.
        trajectories: Of Morris' method.
        top: How many parameters the Sobol' indices are for at most.
        samples: Base sample of the Sobol' indices, a power of two.
        replicates: Histories at each point, with the same luck at all.
        seed: Of designs and draws.
        set: Values over all files, by dotted key.
        out: Where tables, figures and sweeps go, which are taken up there; None: nowhere.
        threads: Of the engine; all cores if not given.
        fresh: Whether to replace sweeps there that answer another question.
        figures: Whether to draw there.
        watch: Shows how far it is.
        say: Told what is run.

    Raises:
        InputError: Something is wrong, before anything is run; or no parameter has any effect.

    Example:
        >>> import sim
        >>> keys = ["contracts.term", "contracts.exit_cost"]
        >>> found = sim.sensitivity(method="morris", parameters=keys, trajectories=2)
        >>> sorted(found.frame("morris")["parameter"]) == sorted(keys)
        True
    """
    plan = planned(
        scenario, method=method, outcome=outcome, group=group, year=year, parameters=parameters,
        trajectories=trajectories, top=top, samples=samples, replicates=replicates, seed=seed,
        set=set,
    )  # fmt: skip
    crew = Crew("threads", count_threads(threads))
    folder = None if out is None else Path(out)
    if folder:
        Sensitivity.check_folder(folder)
    parts, factors = [], plan.factors
    for name in plan.methods:
        experiment, cube = plan.experiment(name, factors)
        if say:
            points = len(experiment.design.points)
            say(f"{experiment.title}: {points:,} points × {replicates} = {experiment.runs:,} runs")
        found = sweep(
            experiment, out=folder / name if folder else None, crew=crew, fresh=fresh, watch=watch
        )
        of = plan.measured
        values = found.values(of.outcome, of.year, of.kind, of.group)
        if name == "sobol":
            parts.append(Part(name, experiment, found, decompose(factors, values, seed=seed)))
            continue
        screening = screen(factors, cube, values, seed=seed)
        parts.append(Part(name, experiment, found, screening))
        factors = screening.most(plan.top)
        if not factors:
            raise InputError(f"no parameter has any effect on {of}; nothing to rank")
    study = Sensitivity(plan, tuple(parts))
    if folder:
        study.save(folder, figures=figures)
    return study


def planned(scenario: str | Path, *, set: Settings = None, **asked: object) -> Plan:
    """Return what a study would do; the arguments are those of :func:`sensitivity`."""
    overrides = settings_of(set)
    return plan_of(load(scenario, overrides), str(scenario), overrides, **asked)  # type: ignore[arg-type]


def seconds_of(plan: Plan, threads: int | None) -> float:
    """Run a sample, and return how long a study would take."""
    first = plan.methods[0]
    experiment, _ = plan.experiment(first, plan.factors)
    seconds = forecast(experiment, Crew("threads", count_threads(threads))).seconds
    return seconds * sum(plan.points().values()) * plan.replicates / experiment.runs
