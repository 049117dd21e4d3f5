"""Make the tables of findings.md.

`uv run python analyses/findings.py` makes all and rewrites them between their marks; names of
tables make those alone. `--keep DIR` keeps the results there, so that a second call need not run
again. `--runs N` prints a trial with so many runs and changes nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import evidence
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from tables import rewrite, table

import sim
from sim.engine import prepare
from sim.engine.records import plain
from sim.estimates.effects import CONFIDENCE, mean_of, share_of
from sim.experiment import Keep, design_of, prior_sets
from sim.measures.bands import ENDS
from sim.measures.bands import band as band_of
from sim.model.mechanisms.contract_exit import (
    HALF_STAFF,
    annual_value,
    cost_of_exit,
    fee_due,
    fee_paid_by_country,
)
from sim.model.mechanisms.tender import HUAWEI
from sim.model.units import QUARTERS
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.scenario.withdrawal import WITHDRAWN, WITHOUT
from sim.studies.retention import cohort_shares, groups_of, surviving_share
from sim.studies.sources import run_experiment

SINCE, LAST, LONG, LATER = 2029, 2040, 2060, 10
RUNS = 512
"""Runs of every table, so that the same quantity is the same number everywhere."""
FEWEST = 3.0
"""Systems in 2029 below which a group has no row."""
RECORDS = ("10", "50", "all", "")
"""Sizes of records with a row."""
FREE, _, BETTER = FROM_THE_END = tuple(WITHOUT)
"""The same, with exit free, all fees paid, or the better option always taken from its end on."""
DECISIVE = 10
"""Parameters with a row, the strongest first; none is left out for its interval."""
WHO = {
    "trained": "recorded_trained", "adopters": "recorded_adopters",
    "platforms": "recorded_platforms",
}  # fmt: skip
"""Outcomes that happen, and their counterparts on lists."""
OUTCOMES = ("trained", "platforms", "working", "maintenance_chinese_yearly")
MECHANISMS_OFF = (
    "no-training", "no-bundling", "no-chinese-credit", "no-maintenance-contracts", "no-peers",
    "no-conditions",
)  # fmt: skip
POLICIES = (
    "training-surge", "offer-doubled", "us-aid-ends-2025", "aid-closure-2025", "aid-restored-2030",
    "western-training-doubled", "training-by-others",
    "rival-20-percent-cheaper", "western-counter-offer", "export-controls", "vendor-bans",
    "eu-candidates-exclude-vendors", "moratorium-in-democracies", "open-standards",
    "contracts-of-three-years", "exit-fund", "courses-end-2030",
    "credit-ends-2030", WITHDRAWN, "offer-returns-2035",
)  # fmt: skip
EXITS = ("open-standards", "contracts-of-three-years", "exit-fund", "western-counter-offer")
"""Policies asked of the withdrawn offer, too."""
SWEEP = "entrench sweep"
PERSISTENCE = f"entrench persistence --runs {RUNS} --set horizon.end={LONG}"
NO_BANS = {"events.bans.west.ban_rate": 0}
TRIAL: dict[str, Any] = {"folder": Path(), "runs": None}

type Cells = Iterable[Sequence[str]]


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """Return a number as the page writes it."""
    text = f"{abs(value):.{decimals}f}"
    return "0" if not float(text) else ("−" if value < 0 else "+" if signed else "") + text


def spelled(
    mean: float, low: float, high: float, *, percent: bool = False, signed: bool = False
) -> str:
    """Return a mean with the ends of its band; large numbers and percentages without decimals."""
    decimals = 0 if percent or abs(mean) >= 20.0 else 1
    first, *ends = (number(value, decimals, signed=signed) for value in (mean, low, high))
    return f"{first}{'%' if percent and not signed else ''} ({ends[0]} to {ends[1]})"


def band(values: Any, *, percent: bool = False, signed: bool = False) -> str:
    """Return the mean of runs with the band that holds 90% of them."""
    known = values[~np.isnan(values)] * (100.0 if percent else 1.0)
    if not known.size:
        return ""
    return spelled(*band_of(known), percent=percent, signed=signed)


def points(values: Any) -> str:
    """Return a change of a share, in points."""
    return band(values, percent=True, signed=True)


@cache
def swept(name: str, end: int = LAST) -> sim.Results:
    """Run a shipped experiment, or read what is kept of it."""
    settings = {} if end == LAST else {"horizon.end": end}
    return sim.make_runs(name, set=settings, runs=TRIAL["runs"], out=TRIAL["folder"] / name)


@cache
def retained(bans: bool = True) -> pd.DataFrame:
    """Return the shares left of the withdrawn offer and the baseline, to the longest horizon."""
    settings = {"horizon.end": LONG, **({} if bans else NO_BANS)}
    out = TRIAL["folder"] / ("persistence" if bans else "persistence-without-bans")
    found = sim.persistence(set=settings, runs=TRIAL["runs"] or RUNS, out=out)
    return found.tables["persistence"].set_index(["scenario", "group"])


def at(results: sim.Results, **levels: object) -> int:
    """Return the point at which factors have these levels."""
    chosen = np.ones(results.n_points, bool)
    for name, level in levels.items():
        chosen &= (results.design[name.replace("__", ".")] == level).to_numpy()
    return int(np.flatnonzero(chosen)[0])


def left(results: sim.Results, point: int, members: Any = slice(None)) -> Any:
    """Return the share of the systems of 2029 that works ten years later, in every run."""
    panel = results.panel("working", [SINCE, SINCE + LATER])
    works = panel.isel(point=point).to_numpy()[:, members]
    shares = cohort_shares(works > 0)[1][0][:, -1]
    shares[np.isnan(works).any(axis=(1, 2))] = np.nan
    return shares


def who() -> str:
    """Who is trained and who buys by 2025, by regime and by dependence on aid."""
    results = sim.make_runs(
        "baseline", runs=TRIAL["runs"] or RUNS, out=TRIAL["folder"] / "baseline"
    )
    rows = []
    for kind in ("world", "regime", "aid"):
        for group in results.groups[kind]:
            own = {
                name: results.values(name, kind, group, 2025).isel(point=0, year=0).to_numpy()
                for name in ("trained_share", *WHO, *WHO.values())
            }
            members = own["trained"].sum() / own["trained_share"].sum()
            cells = [f"{band(own[real])} · {band(own[listed])}" for real, listed in WHO.items()]
            rows.append((group, f"{members:.0f}", *cells))
    heads = ("countries", "number", "trained", "any Chinese system", "platform")
    return table(heads, rows)


def rank_correlations(values: pd.DataFrame, outcome: ArrayLike) -> pd.DataFrame:
    """Return Spearman's rank correlation of each column with an outcome.

    `values` has a row per run, each with its own parameter set.

    Returns:
        A row per column: `rank_correlation`, `low`, `high` (95% interval: Bonett & Wright 2000).
    """
    result = pd.Series(np.asarray(outcome), values.index)
    ranks = values.corrwith(result, method="spearman").fillna(0.0)
    error = np.sqrt((1.0 + ranks**2 / 2.0) / (len(values) - 3.0))
    reach = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0) * error
    middle = np.arctanh(ranks)
    ends = {"low": np.tanh(middle - reach), "high": np.tanh(middle + reach)}
    return pd.DataFrame({"rank_correlation": ranks, **ends})


@cache
def compared(names: tuple[str, ...], folder: str) -> sim.Report:
    """Compare scenarios with the baseline."""
    runs = TRIAL["runs"] or RUNS
    return sim.compare(
        "baseline", *names, outcomes=OUTCOMES, runs=runs, out=TRIAL["folder"] / folder
    )


def effects(
    names: tuple[str, ...], folder: str, year: int, since: Mapping[str, str] | None = None
) -> str:
    """Effects of scenarios on the baseline's outcomes; those within chance are dots."""
    results = compared(names, folder)
    found = results.tables["differences"]
    found = found[(found["year"] == year) & (found["group"] == "world")]
    found = found.set_index(["alternative", "outcome"])
    rows = []
    for name in names:
        cells = []
        for outcome in OUTCOMES:
            row = found.loc[(name, outcome)]
            text = spelled(row["mean"], row["q05"], row["q95"], signed=True)
            clear = (row["low"] > 0.0 or row["high"] < 0.0) and not text.startswith("0 ")
            cells.append(text if clear else "·")
        rows.append((f"`{name}`", *cells))
    means = [number(found.xs(name, level=1)["reference_mean"].iloc[0], 0) for name in OUTCOMES]
    rows.insert(0, ("*baseline*", *means))
    of = [results.results.outcomes[name] for name in OUTCOMES]
    labels = [f"{one.label}, {one.unit}" if "US$" in one.unit else one.label for one in of]
    heads = [f"change by {year}", *labels]
    if since:
        heads.insert(1, "from")
        rows = [(first, since.get(first, ""), *rest) for first, *rest in rows]
    return table(heads, rows)


def drives() -> str:
    """What changes if a mechanism is switched off from the start."""
    return effects(MECHANISMS_OFF, "mechanisms", 2025)


def policies() -> str:
    """What changes by 2040 if a policy is followed, with the year from which it is."""
    known = sim.load_scenario("baseline").events
    own = {f"`{n}`": [e for e in sim.load_scenario(n).events if e not in known] for n in POLICIES}
    since = {name: f"{min(event.date for event in events):.0f}" for name, events in own.items()}
    return effects(POLICIES, "policies", LAST, since)


def exits() -> str:
    """What policies change where China has stopped offering."""
    names = [WITHDRAWN]
    for policy in EXITS:
        path = TRIAL["folder"] / f"{policy}-after-withdrawal.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'extends = ["{WITHDRAWN}", "{policy}"]\ntitle = "{policy} after withdrawal"\n',
            encoding="utf-8",
        )
        names.append(str(path))
    runs, out = TRIAL["runs"] or RUNS, TRIAL["folder"] / "exits"
    results = sim.compare(*names, runs=runs, countries=True, out=out).results
    shares = [left(results, point) for point in range(results.n_points)]
    rows = [("*offer withdrawn*", band(shares[0], percent=True), "")]
    for policy, share in zip(EXITS, shares[1:], strict=True):
        change = share - shares[0]
        known = ~np.isnan(change)
        mean = mean_of(change[known], results.set_of_run[known])
        clear = mean.low > 0.0 or mean.high < 0.0
        rows.append((f"`{policy}`", band(share, percent=True), points(change) if clear else "·"))
    return table(("policy", "survive 10 years", "change, points"), rows)


def offer(scenario: str) -> str:
    """Return what a scenario's name says of the offer."""
    return "withdrawn" if scenario.startswith("offer-withdrawn") else "continues"


def left_after(row: pd.Series, years: int) -> str:
    """Return the share left in a row of `persistence.csv`."""
    ends = (100 * row[f"surviving_{years}{end}"] for end in ("", "_q05", "_q95"))
    return spelled(*ends, percent=True)


def half_out(row: pd.Series) -> str:
    """Return the years until half is out of service, of a row of `persistence.csv`."""
    values = [row[f"years_to_half{end}"] for end in ("", "_q05", "_q95")]
    texts = [f"{value:.1f}" if np.isfinite(value) else f"> {LONG - SINCE}" for value in values]
    return texts[0] if texts[1] == texts[2] else f"{texts[0]} ({texts[1]} to {texts[2]})"


def held() -> tuple[sim.Results, dict[str, int]]:
    """Return the experiment on what holds, and its points."""
    results = swept("what-holds")
    cells = {
        "whole": ("kept", "suspend"),
        "free": ("none", "suspend"),
        "paid": ("kept", "forgiven"),
    }
    cells["neither"] = ("none", "forgiven")
    return results, {n: at(results, cost=c, fees=f) for n, (c, f) in cells.items()}


@cache
def better() -> sim.Results:
    """Run the withdrawn offer with the better option always taken, paired with `held`."""
    runs, out = TRIAL["runs"] or RUNS, TRIAL["folder"] / "better"
    return sim.make_runs(BETTER, runs=runs, countries=True, out=out)


def tilt() -> str:
    """In how many runs systems stay, and what keeps them makes a difference."""
    results, cell = held()
    whole, free, paid = (left(results, cell[name]) for name in ("whole", "free", "paid"))
    chosen = left(better(), 0)
    other = swept("retention-by-propagation")
    switches = {"contracts__retention": True, "contracts__propagation": True}
    stands = left(other, at(other, scenario="baseline", **switches))
    rows = []
    for text, happened in (
        ("more than half survive 10 years", whole > 0.5),
        ("more than half would survive with free exit", free > 0.5),
        ("exit cost keeps 10 points or more", whole - free >= 0.1),
        ("missed payments lose 10 points or more", paid - whole >= 0.1),
        ("choices against the better option lose 10 points or more", chosen - whole >= 0.1),
        (
            "10 points more would survive if the offer continued",
            stands - whole >= 0.1,
        ),
    ):
        found = share_of(happened, results.set_of_run)
        ends = (100 * value for value in (found.share, found.low, found.high))
        rows.append((text, spelled(*ends, percent=True)))
    return table(("when the offer is withdrawn,", "of runs, with its 95% interval"), rows)


def what_holds() -> str:
    """What exit cost keeps, and missed payments and choices lose, once the offer is withdrawn."""
    results, cell = held()
    rows = []
    systems = results.panel("working", SINCE).isel(point=cell["whole"], year=0).to_numpy()
    for _, group, members in groups_of(results):
        if np.nanmean(systems[:, members].sum(axis=1)) < FEWEST:
            continue
        own = {name: left(results, point, members) for name, point in cell.items()}
        own["better"] = left(better(), 0, members)
        cells = (band(values, percent=True) for values in own.values())
        changes = (own["whole"] - own[name] for name in ("free", "paid", "better"))
        rows.append((group, *cells, *map(points, changes)))
    heads = (
        "countries",
        "survive 10 years",
        "no exit cost",
        "all fees paid",
        "both",
        "better option",
    )
    causes = ("kept by exit cost", "change by missed payments", "change by choices against it")
    return table((*heads, *(f"{cause}, points" for cause in causes)), rows)


def stopping() -> str:
    """What stays, and what exit cost holds, by what switching a system off costs."""
    results = swept("switch-off-cost")
    rows = []
    for value in (0.0, 0.25, 0.5, 1.0):
        own = {
            level: left(results, at(results, cost=level, contracts__switch_off_cost=value))
            for level in ("kept", "none")
        }
        rows.append(
            (f"{value:g}", band(own["kept"], percent=True), points(own["kept"] - own["none"]))
        )
    heads = (
        "switching off costs, as a share of exit cost without new equipment",
        "survive 10 years",
    )
    return table((*heads, "kept by exit cost, points"), rows)


def by_group() -> str:
    """What stays, by regime and region, with the offer withdrawn and standing."""
    found, unbanned = retained(), retained(bans=False)
    rows = []
    for group, row in found.loc[WITHDRAWN].query("systems >= @FEWEST").iterrows():
        cells = (left_after(row, 10), f"{100 * row['uninterrupted_10']:.0f}%")
        going, others = found.loc["baseline", group], unbanned.loc[WITHDRAWN, group]
        ends = (left_after(going, 10), f"{100 * going['uninterrupted_10']:.0f}%")
        ends += (left_after(others, 10), half_out(row))
        rows.append((group, f"{row['systems']:.1f}", *cells, *ends))
    heads = ("countries", "systems 2029", "survive 10 years", "without a break")
    heads += ("survive, offer continues", "without a break, offer continues")
    heads += ("survive, no bans", "until half is out of service, years")
    return table(heads, rows)


def decides() -> str:
    """Parameters that go with the share left, and with what exit cost keeps: the prior."""
    count = TRIAL["runs"] or 2048
    scenarios = {name: sim.load_scenario(name) for name in (WITHDRAWN, FREE)}
    sets = prior_sets(scenarios[WITHDRAWN], count)
    keep = Keep(outcomes=("working",), countries=True)
    design = design_of(scenarios, runs=count, seed=1, plausible=sets, keep=keep)
    results = run_experiment(design, {"out": TRIAL["folder"] / "what-decides"})
    stays = pd.DataFrame({"left": left(results, 0), "held": left(results, 0) - left(results, 1)})
    stays = stays.dropna()
    values = results.parameters.drop(columns="parameter_set").loc[stays.index]
    ranks = {name: rank_correlations(values, stays[name]) for name in stays}
    strength = pd.concat([each["rank_correlation"].abs() for each in ranks.values()], axis=1)
    shares, rows = stays["left"], []
    for key in strength.max(axis=1).sort_values(ascending=False).index[:DECISIVE]:
        third = values[key].quantile([1 / 3, 2 / 3]).to_list()
        ends = (shares[values[key] <= third[0]], shares[values[key] >= third[1]])
        cells = [f"{100 * end.mean():.0f}%" for end in ends]
        for each in ranks.values():
            first, *interval = (number(value, 2, signed=True) for value in each.loc[key])
            cells.append(f"{first} ({interval[0]} to {interval[1]})")
        rows.append((f"`{key}`", *cells))
    heads = ("parameter", "survive in its lowest third", "in its highest third")
    return table((*heads, "rank correlation with survival", "with kept by exit cost"), rows)


def retention_effects() -> str:
    """Paired effects of retention and propagation, and their interaction."""
    results = swept("retention-by-propagation")
    working = results.values("working", years=LAST).isel(year=0).to_numpy()
    rows = []
    for scenario in dict.fromkeys(results.design["scenario"]):
        cells: dict[str, list[str]] = {}
        for percent in (False, True):
            own = {}
            for kept in (True, False):
                for spread in (True, False):
                    switches = {"contracts__retention": kept, "contracts__propagation": spread}
                    point = at(results, scenario=scenario, **switches)
                    own[kept, spread] = left(results, point) if percent else working[point]
            both, neither = own[True, True], own[False, False]
            only_kept, only_spread = own[True, False], own[False, True]
            for name, effect in (
                ("retention", both - only_spread),
                ("propagation", both - only_kept),
                ("interaction", both - only_kept - only_spread + neither),
            ):
                cells.setdefault(name, []).append(band(effect, percent=percent, signed=True))
        rows += [(offer(scenario), name, *found) for name, found in cells.items()]
    return table(
        ("offer", "effect of", "on systems in 2040", "on the share that survives, points"), rows
    )


def spreads() -> str:
    """Does lock-in spread adoption while China offers? Its parts together, and each alone."""
    results = swept("retention-by-propagation")

    def bought(name: str, year: int, *parts: bool) -> Any:
        levels = dict(zip(("contracts__retention", "contracts__propagation"), parts, strict=True))
        point = at(results, scenario="baseline", **levels)
        return results.values(name, years=year).isel(point=point, year=0).to_numpy()

    def answer(parts: tuple[bool, bool], name: str, year: int) -> str:
        change = bought(name, year, True, True) - bought(name, year, *parts)
        mean = mean_of(change, results.set_of_run)
        said = "yes" if mean.low > 0.0 else "no" if mean.high < 0.0 else "not shown"
        return f"{said}: {band(change, signed=True)}"

    without = {"both": (False, False), "retention": (False, True), "propagation": (True, False)}
    bought_what = {"adopters": "any system", "platforms": "platform"}
    cells = [(name, year) for name in bought_what for year in (2025, LAST)]
    rows = [(text, *(answer(off, *cell) for cell in cells)) for text, off in without.items()]
    heads = [f"{bought_what[name]}, {year}" for name, year in cells]
    return table(("does it spread adoption?", *heads), rows)


@cache
def contracts() -> tuple[sim.Results, pd.DataFrame]:
    """Return the experiment on contracts, and the shares left at its points by group."""
    results = swept("contracts-after-withdrawal", LONG)
    return results, sim.persistence(results, since=SINCE).tables["persistence"]


def contract_point(scenario: str, term: float, cost: float) -> int:
    """Return a point of the experiment on contracts."""
    keys = {"contracts__term": term, "contracts__exit_cost": cost}
    return at(contracts()[0], scenario=scenario, **keys)


def contracts_world() -> str:
    """What stays under short and long contracts, high and low exit cost."""
    world = contracts()[1].query("group == 'world'").set_index("point")
    rows = []
    for term in (5.0, 20.0):
        for cost in (0.0, 1.0, 3.0):
            gone, stands = (
                world.loc[contract_point(name, term, cost)] for name in (WITHDRAWN, "baseline")
            )
            cells = (left_after(gone, 5), left_after(gone, 10), half_out(gone))
            rows.append((f"{term:g} years", f"{cost:g} ×", *cells, left_after(stands, 10)))
    heads = ("contract", "exit cost", "survive 5 years", "survive 10 years")
    heads += ("until half is out of service, years", "after 10, offer continues")
    return table(heads, rows)


def contract_effects() -> str:
    """Paired effects of longer contracts and dearer leaving once the offer is withdrawn."""
    own = {
        (term, cost): left(contracts()[0], contract_point(WITHDRAWN, term, cost))
        for term in (5.0, 20.0)
        for cost in (0.0, 3.0)
    }
    both = own[20, 3] - own[20, 0] - own[5, 3] + own[5, 0]
    rows = [
        ("exit cost 3 × instead of none, contracts of 5 years", own[5, 3] - own[5, 0]),
        ("contracts of 20 years instead of 5, exit free", own[20, 0] - own[5, 0]),
        ("interaction: effect of both beyond the sum", both),
    ]
    heads = ("change", "of the share survive 10 years, points")
    return table(heads, ((text, points(effect)) for text, effect in rows))


def prior() -> str:
    """What is said of lock-in before any figure is looked at, and after.

    The prior is what calibration begins with: every parameter uniform over its plausible range,
    independent of the others; one set a run.
    """
    count = TRIAL["runs"] or 512
    # In the shipped table's order: another would deal other numbers to each.
    drawn = prior_sets(sim.load_scenario("baseline"), count, shipped_plausible().keys)
    both = {"prior": drawn, "kept": shipped_plausible()}
    columns = [prior_column(name, sets, count) for name, sets in both.items()]
    heads = ("when the offer is withdrawn", "prior", "retained sets")
    return table(heads, [(name, *(column[name] for column in columns)) for name in columns[0]])


def prior_column(name: str, sets: PlausibleSets, count: int) -> dict[str, str]:
    """Return a column of the table of prior and kept sets."""
    scenarios = {
        name: sim.load_scenario(name, overrides={"horizon.end": LONG})
        for name in (WITHDRAWN, *FROM_THE_END)
    }
    keep = Keep(outcomes=("working",), countries=True)
    design = design_of(scenarios, runs=count, seed=1, plausible=sets, keep=keep)
    results = run_experiment(design, {"out": TRIAL["folder"] / f"prior-{name}"})
    works = results.panel("working", range(SINCE, LONG + 1)).isel(point=0) > 0
    systems, (shares, _) = cohort_shares(works.to_numpy())
    below = shares < 0.5
    years = np.where(below.any(axis=1), below.argmax(axis=1), np.inf)
    low, middle, high = (
        f"{value:.0f}" if np.isfinite(value) else f"> {LONG - SINCE}"
        for value in np.quantile(years, (ENDS[0], 0.5, ENDS[1]), method="nearest")
    )
    whole, free, paid, chosen = (
        surviving_share(results, point, SINCE, LATER) for point in range(results.n_points)
    )
    return {
        "systems that work at the end of 2029": band(systems),
        **{f"survive {n} years": band(shares[:, n], percent=True) for n in (10, 20, 30)},
        "years until half is out of service (median run)": f"{middle} ({low} to {high})",
        "runs in which more than half survive 10 years": (
            f"{number(100 * np.nanmean(whole > 0.5), 0)}%"
        ),
        "survive 10 years with free exit": band(free, percent=True),
        "kept by exit cost, points": points(whole - free),
        "change by missed payments, points": points(whole - paid),
        "change by choices against the better option, points": points(whole - chosen),
    }


def the_sum() -> str:
    """The sum that decides at a contract's end, by stage and age, over the plausible sets."""
    sets = shipped_plausible()
    assert sets is not None

    def terms(p: Any, stage: float, age: float) -> tuple[float, ...]:
        # It works, half of its operators are the vendor's, nobody minds it, fees have grown.
        fee = p.contracts.fee * (1.0 + p.contracts.escalation) ** age
        state: Any = SimpleNamespace(
            capital=1.0, stage=stage, age=age, vendor=HUAWEI, out_of_service=0.0, cities=1.0,
            vendor_staff=HALF_STAFF, fee=fee, premium=0.0, fund=1.0,
        )  # fmt: skip
        fees = QUARTERS * fee_paid_by_country(state, fee_due(state), p)
        leave, worth = cost_of_exit(state, p), annual_value(state, p)
        gain = (worth - fees) * p.contracts.planning_horizon
        precision, years = p.contracts.choice_precision, p.contracts.planning_horizon
        stop = p.contracts.switch_off_cost * max(leave - state.capital, 0.0)  # prices as they were
        up = (1.0 / (1.0 + np.exp(precision * each)) for each in (gain, gain + stop))
        return worth * years, fees * years, stop, fees, *up

    def weighted(data: Any, *, percent: bool = False) -> str:
        data = data * (100.0 if percent else 1.0)
        order = np.argsort(data)
        sums = np.cumsum(np.array(sets.weights)[order])
        low, high = (data[order][np.searchsorted(sums, q * sums[-1])] for q in ENDS)
        mean = float(np.average(data, weights=sets.weights))
        return spelled(mean, float(low), float(high), percent=percent)

    points = [sets.values(number) for number in range(len(sets.rows))]
    values = [
        plain(row) for row in prepare(sim.load_scenario("baseline"), 1, points).parameters[:, 0, 0]
    ]
    rows = []
    for stage, name in ((1.0, "a city's cameras"), (2.0, "safe city"), (3.0, "integrated")):
        worth, fees, leave, even, *up = np.array([terms(p, stage, LATER) for p in values]).T
        cells = [weighted(each) for each in (worth, fees, leave, worth - fees + leave)]
        cells += [weighted(each, percent=True) for each in (even, *up)]
        rows.append((name, *cells))
    heads = (
        "stage", "benefit × years ahead", "− fees × years ahead", "+ cost of switching off",
        "= sum", "`annual_benefit` that fees eat up", "switches off if exit is free",
        "switches off",
    )  # fmt: skip
    return table(heads, rows)


def records() -> str:
    """What records of several kinds would remove of the variance of what is left and held."""
    found = evidence.evidence(TRIAL["folder"] / "evidence", TRIAL["runs"] or evidence.RUNS)
    rows = [
        (
            row["record"],
            str(row["n"]),
            *(removed(row, name) for name in ("survival", "exit_cost_effect")),
        )
        for _, row in found.tables["evidence"].iterrows()
        if str(row["n"]) in RECORDS
    ]
    return table(("record", "n", "of survival", "of the effect of exit cost"), rows)


CLAIMS = (
    ("no-training", "platforms", 2025, "without training, platforms in 2025"),
    ("no-bundling", "platforms", 2025, "without bundled offers, platforms in 2025"),
    ("no-chinese-credit", "platforms", 2025, "without Chinese credit, platforms in 2025"),
    ("no-peers", "adopters", 2025, "without peers, buyers of any system in 2025"),
    ("no-lock-in", "platforms", 2025, "without lock-in, platforms in 2025"),
    ("no-maintenance-contracts", "working", 2040, "without contracts, working systems in 2040"),
    ("regimes-shuffled", "platforms", 2025, "with regimes shuffled, platforms in 2025"),
    ("aid-closure-2025", "working", 2040, "with Western aid closed, working systems in 2040"),
    (WITHDRAWN, "surviving_10", None, "systems of 100 that work ten years after the offer"),
    (
        "offer-withdrawn-no-exit-cost",
        "surviving_10",
        None,
        "without exit cost after the offer, systems of 100 that work ten years later",
    ),
)
"""Scenario, outcome, year and words of each claim that has bounds."""
SEARCHES = dict.fromkeys(("no-training", "no-bundling"), "2 seeds") | {"no-peers": "older"}
"""Searches of each scenario whose wider end the page has, if not one with seed 1."""


def permitted() -> str:
    """How small and how large each claim is in worlds that published figures permit."""
    rows = []
    for scenario, outcome, year, words in CLAIMS:
        runs = TRIAL["runs"] or 256
        folder = TRIAL["folder"] / f"bounds-{scenario}-{outcome}"
        found = sim.bounds(scenario, outcome=outcome, year=year, runs=runs, out=folder).tables
        ends, sign = found["bounds"].set_index("end"), scenario != WITHDRAWN

        def said(row: pd.Series, sign: bool = sign) -> str:
            if pd.isna(row["mean"]):
                return "none verified"
            error = (row["high"] - row["low"]) / 2.0
            return f"{number(row['mean'], 1, signed=sign)} ± {number(error, 1)}"

        cells = [said(ends.loc[name]) for name in ("smallest", "plausible sets", "largest")]
        stops = [
            str(ends.loc[name, "stopped_by"]).split(" ")[0] for name in ("smallest", "largest")
        ]
        stopped = " · ".join(f"`{stop}`" if stop else "–" for stop in stops)
        asked = f"`{scenario} --outcome {outcome}{f' --year {year}' if year else ''}`"
        rows.append((words, *cells, stopped, SEARCHES.get(scenario, "1 seed"), asked))
    heads = (
        "claim",
        "smallest mean",
        "plausible sets",
        "largest mean",
        "first figures that stop it",
        "search",
        "`entrench bounds` …",
    )
    return table(heads, rows)


def removed(row: pd.Series, name: str) -> str:
    """Return a share of variance with its interval, of a row of its table."""
    return spelled(*(100 * row[f"{name}{end}"] for end in ("", "_low", "_high")), percent=True)


HOLDS, SPREAD = f"{SWEEP} what-holds", f"{SWEEP} retention-by-propagation"
SHOWN = f"--runs {RUNS} {' '.join(f'--outcome {name}' for name in OUTCOMES)}"
CONTRACTS = f"{SWEEP} contracts-after-withdrawal --set horizon.end={LONG}"
CONTRACTS_LEFT = f"entrench persistence results/contracts-after-withdrawal --since {SINCE}"
TABLES: dict[str, tuple[tuple[str, ...], Callable[[], str]]] = {
    "who": ((f"entrench run baseline --runs {RUNS}",), who),
    "drives": ((f"entrench compare baseline {' '.join(MECHANISMS_OFF)} {SHOWN}",), drives),
    "policies": ((f"entrench compare baseline {' '.join(POLICIES)} {SHOWN}",), policies),
    "exits": ((), exits),
    "tilt": ((HOLDS, SPREAD), tilt),
    "prior": ((), prior),
    "bounds": (("entrench bounds no-training --outcome platforms --year 2025",), permitted),
    "evidence": (("uv run --extra calibration python analyses/evidence.py",), records),
    "stopping": ((f"{SWEEP} switch-off-cost",), stopping),
    "what-holds": ((HOLDS,), what_holds),
    "withdrawal-by-group": (
        (PERSISTENCE, f"{PERSISTENCE} --set {next(iter(NO_BANS))}=0 --out results/without-bans"),
        by_group,
    ),
    "what-decides": ((), decides),
    "sum-that-decides": ((), the_sum),
    "spreads": ((SPREAD,), spreads),
    "retention-by-propagation": ((SPREAD,), retention_effects),
    "contracts-after-withdrawal": ((CONTRACTS, CONTRACTS_LEFT), contracts_world),
    "contracts-effects": ((CONTRACTS,), contract_effects),
}
"""The commands that show each table's numbers, and the function that makes it."""


def block(name: str, made: str) -> str:
    """Return what stands between a table's marks: its commands, and the table."""
    commands = TABLES[name][0] or (f"uv run python analyses/findings.py {name}",)
    return "\n".join(["```", *commands, "```", "", made])


def main(arguments: Sequence[str]) -> int:
    """Rewrite tables; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    parser.add_argument("--runs", type=int, help="print a trial with so many runs")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in TABLES]:
        parser.error(f"no table {', '.join(unknown)}; there are: {', '.join(TABLES)}")
    with tempfile.TemporaryDirectory() as temporary:
        TRIAL.update(folder=given.keep or Path(temporary), runs=given.runs)
        found = {name: TABLES[name][1]() for name in given.names or TABLES}
    if given.runs:
        print("\n\n".join(f"{name}\n{made}" for name, made in found.items()))
        return 0
    rewrite({name: block(name, made) for name, made in found.items()}, "findings.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
