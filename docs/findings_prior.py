"""Tables of findings.md that no command makes: prior beside kept sets, and the sum that decides.

The prior is what calibration begins with: every parameter uniform over its plausible range,
independent of the others. Both take the same rules, seed and number of runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from findings_cells import LONG, SINCE, WITHDRAWN, Floats, band, lines_of, number, spelled
from scipy.stats import qmc

from sim.engine import chunks_of, prepare, run_chunks
from sim.engine.chunk import working_years
from sim.engine.parameter_sets import plausible_sets
from sim.mechanisms.leaving import cost_to_leave, fee_due, own_share, worth_a_year
from sim.mechanisms.tender import HUAWEI
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.studies.parameter_space import design_of, plausible_factors
from sim.units import QUARTERS
from sim.world.seeds import shipped_seeds

RUNS, SEED, THREADS = 512, 1, 2
VARIANTS = {
    "as it is": {},
    "free": {"contracts.exit_cost": 0.0},
    "paid": {"contracts.lapse_rate": 0.0},
}
"""What holds: all; no cost to leave; no fee unpaid."""
STAGES = {1.0: "a city's cameras", 2.0: "safe city", 3.0: "integrated"}
AGES = (5.0, 15.0)
HALF = 0.5


def kept_sets() -> PlausibleSets:
    """Return the sets that calibration kept."""
    found = shipped_plausible()
    assert found is not None
    return found


def prior_sets() -> PlausibleSets:
    """Return sets spread evenly over the plausible ranges, one a run."""
    # In the shipped table's order: another would deal other numbers to each.
    factors = plausible_factors(load_scenario("baseline"), kept_sets().keys)
    cube = qmc.LatinHypercube(len(factors), rng=np.random.default_rng(SEED)).random(RUNS)
    rows = design_of(factors, cube).points
    keys = tuple(factor.name for factor in factors)
    return PlausibleSets(keys, rows, (1.0 / RUNS,) * RUNS)  # type: ignore[arg-type]


def left(sets: PlausibleSets, settings: dict[str, float]) -> tuple[Floats, Floats]:
    """Return the systems of 2029, and the share of them that works in each year: (runs, years)."""
    scenario = load_scenario(WITHDRAWN, overrides={**settings, "horizon.end": LONG})
    ensemble = prepare(scenario, SEED, seeds=shipped_seeds())
    chunks = run_chunks(ensemble, chunks_of(RUNS), THREADS, plausible_sets(scenario, sets))
    kept = ensemble.layout.kept
    names = working_years(kept)
    parts = []
    for chunk in sorted(chunks, key=lambda each: each.first):
        works = [chunk.countries[:, :, kept.index(names[y])] for y in range(SINCE, LONG + 1)]
        parts.append(np.stack([(works[0] * now).sum(axis=1) for now in works], axis=1))
    counts = np.concatenate(parts)
    first = counts[:, :1]
    return counts[:, 0], np.where(first > 0.0, counts / np.maximum(first, 1.0), np.nan)


def half_out(shares: Floats) -> str:
    """Return the years until half is lost, in the median run, with those of 90 % of the runs."""
    below = shares < HALF
    years = np.where(below.any(axis=1), below.argmax(axis=1), np.inf)
    low, middle, high = np.quantile(years, (0.05, 0.5, 0.95), method="nearest")
    return f"{_years(middle)} ({_years(low)} to {_years(high)})"


def _years(value: float) -> str:
    return f"{value:.0f}" if np.isfinite(value) else f"> {LONG - SINCE}"


def column(sets: PlausibleSets) -> dict[str, str]:
    """Return a column of the table of prior and kept sets."""
    found = {name: left(sets, settings) for name, settings in VARIANTS.items()}
    systems, shares = found["as it is"]
    after = {name: each[:, 10] for name, (_, each) in found.items()}
    half = np.nanmean(after["as it is"] > HALF)
    return {
        "systems that work at the end of 2029": band(systems),
        **{f"left after {n} years": band(shares[:, n], percent=True) for n in (10, 20, 30)},
        "years until half is out of service (median run)": half_out(shares),
        "runs in which more than half is left after 10 years": f"{number(100 * half, 0)} %",
        "left after 10 years without a cost to leave": band(after["free"], percent=True),
        "the cost to leave holds, points": band(
            after["as it is"] - after["free"], percent=True, signed=True
        ),
        "unpaid fees change, points": band(
            after["as it is"] - after["paid"], percent=True, signed=True
        ),
    }


def prior(_: Path) -> list[str]:
    """What is said of lock-in before any figure is looked at, and after."""
    before, after = column(prior_sets()), column(kept_sets())
    heads = ("when the offer is withdrawn", "prior", "sets that the figures leave")
    return lines_of(heads, [(name, before[name], after[name]) for name in before])


def terms(p: SimpleNamespace, stack: float, age: float) -> tuple[float, ...]:
    """Return what decides at a contract's end, in capital costs, by the model's own rules.

    The system works, half of its operators are the vendor's, nobody minds it, and fees have grown
    since it was installed.

    Args:
        p: Parameters, by section.
        stack: Stage.
        age: Years since it was installed.

    Returns:
        Worth and fees over the foresight; the cost to leave; the worth a year that fees eat up; the
        chance to give the system up rather than renew, without and with the cost to leave.
    """
    contracts = p.contracts
    state = SimpleNamespace(
        capital=1.0, stack=stack, age=age, vendor=HUAWEI, dark=0.0, cities=1.0,
        vendor_staff=contracts.half_staff,
        fee=contracts.fee * (1.0 + contracts.escalation) ** age,
    )  # fmt: skip
    fees = QUARTERS * own_share(fee_due(state, p), p)  # type: ignore[arg-type]
    leave = cost_to_leave(state, p)  # type: ignore[arg-type]
    worth = worth_a_year(state, p)  # type: ignore[arg-type]
    gain = (worth - fees) * contracts.foresight
    up = (1.0 / (1.0 + np.exp(contracts.sharpness * each)) for each in (gain, gain + leave))
    return worth * contracts.foresight, fees * contracts.foresight, leave, fees, *up


def parameters_of(row: dict[str, float | int]) -> SimpleNamespace:
    """Return a set's parameters as rules read them, by section."""
    sections = dict(load_scenario("baseline").sections)
    for name in sections:
        own = {key.split(".")[1]: v for key, v in row.items() if key.startswith(f"{name}.")}
        sections[name] = sections[name].model_copy(update=own)
    return SimpleNamespace(**sections)


def weighted(values: Iterable[float], weights: Sequence[float], *, percent: bool = False) -> str:
    """Return the weighted mean, and the ends of 90 % of the weight."""
    data = np.array(list(values)) * (100.0 if percent else 1.0)
    order = np.argsort(data)
    sums = np.cumsum(np.array(weights)[order])
    low, high = (data[order][np.searchsorted(sums, q * sums[-1])] for q in (0.05, 0.95))
    mean = float(np.average(data, weights=weights))
    return spelled(mean, float(low), float(high), percent=percent)


def decides(_: Path) -> list[str]:
    """The sum that decides at a contract's end, by stage and age."""
    sets = kept_sets()
    values = [parameters_of(sets.values(at)) for at in range(len(sets.rows))]
    rows = []
    for stack, stage in STAGES.items():
        for age in AGES:
            worth, fees, leave, even, *up = np.array([terms(p, stack, age) for p in values]).T
            added = (worth, fees, leave, worth - fees + leave)
            cells = [weighted(each, sets.weights) for each in added]
            cells += [weighted(each, sets.weights, percent=True) for each in (even, *up)]
            rows.append((stage, f"{age:g}", *cells))
    heads = (
        "stage", "years old", "worth × foresight", "− fees × foresight", "+ cost to leave",
        "= sum", "`value` that fees eat up", "gives up, were leaving free", "gives up",
    )  # fmt: skip
    return lines_of(heads, rows)
