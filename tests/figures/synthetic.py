"""Results that no model made: plausible curves in the format of a results folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.engine.chunk import working_key
from sim.figures.register import RUN, figures_of
from sim.figures.runs.world_map import COLUMNS
from sim.parameters import Outcome
from sim.register import register
from sim.units import REGIMES, REGIONS
from sim.world.seeds import load_seeds

VENDORS = ("Huawei", "Hikvision", "Dahua", "other Chinese", "Western")
RUNS = 40
SYSTEMS = 400
ENDS = ("replaced", "switched", "abandoned", "lapsed")

# name: (unit, form, of, level reached, date of half, width in years); shares are of group size.
SHAPES: dict[str, tuple[str, str, str, float, float, float]] = {
    "trained": ("states", "total", "n", 0.78, 2012, 3.5),
    "trained_share": ("share of states", "share", "1", 0.78, 2012, 3.5),
    "trainings_yearly": ("trainings a year", "yearly", "n", 0.9, 2014, 2.0),
    "adopters": ("states", "total", "n", 0.55, 2018, 3.0),
    "adopters_share": ("share of states", "share", "1", 0.55, 2018, 3.0),
    "working": ("states", "total", "n", 0.4, 2018, 3.0),
    "working_share": ("share of states", "share", "1", 0.4, 2018, 3.0),
    "contracts_alive": ("contracts", "total", "n", 0.45, 2019, 3.0),
    "contracts_opened": ("contracts", "total", "n", 0.7, 2020, 3.0),
    "contracts_replaced_yearly": ("contracts a year", "yearly", "n", 0.003, 2026, 2.0),
    "contracts_renewed_yearly": ("contracts a year", "yearly", "n", 0.035, 2028, 3.0),
    "contracts_lapsed_yearly": ("contracts a year", "yearly", "n", 0.05, 2022, 3.0),
    "contracts_restored_yearly": ("contracts a year", "yearly", "n", 0.04, 2024, 3.0),
    "contracts_switched_yearly": ("contracts a year", "yearly", "n", 0.004, 2028, 3.0),
    "contracts_abandoned_yearly": ("contracts a year", "yearly", "n", 0.01, 2028, 3.0),
    "lock_in_chinese": ("years of value", "ratio", "1", 4.5, 2022, 4.0),
    "dependence": ("index 0-1", "mean", "1", 0.35, 2022, 4.0),
    "revenue_sales_yearly": ("million US$ a year", "yearly", "n", 18.0, 2017, 2.0),
    "revenue_maintenance_yearly": ("million US$ a year", "yearly", "n", 9.0, 2024, 4.0),
    "recorded_trained": ("states", "total", "n", 0.72, 2013, 3.5),
    "recorded_trained_share": ("share of states", "share", "1", 0.72, 2013, 3.5),
    "recorded_trainings": ("trainings", "total", "n", 5.0, 2018, 3.0),
    "recorded_trainings_yearly": ("trainings a year", "yearly", "n", 0.6, 2014, 2.0),
    "recorded_adopters": ("states", "total", "n", 0.46, 2017, 2.0),
    "platforms": ("states", "total", "n", 0.5, 2018, 2.0),
    "recorded_platforms": ("states", "total", "n", 0.42, 2017, 2.0),
    "officers_yearly": ("officers a year", "yearly", "n", 15.0, 2020, 2.0),
    "alignment": ("index -1 to 1", "mean", "1", 0.25, 2020, 6.0),
    "bloc_china": ("states", "total", "n", 0.28, 2024, 5.0),
    "bloc_west": ("states", "total", "n", 0.22, 2010, 8.0),
    "unrest": ("share of states", "share", "1", 0.2, 2005, 8.0),
    "mistrust": ("index 0-1", "mean", "1", 0.3, 2022, 5.0),
    "legitimacy": ("index 0-1", "mean", "1", 0.55, 2005, 20.0),
}
VENDOR_OUTCOMES = ("revenue_sales_yearly", "revenue_maintenance_yearly")


@dataclass
class Synthetic:
    """Results in memory, with the interface of a results folder."""

    manifest: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]
    frame: pd.DataFrame
    states: pd.DataFrame

    def series(self) -> pd.DataFrame:
        return self.frame

    def countries(self) -> pd.DataFrame:
        return self.states

    @cached_property
    def by_group(self) -> Any:
        return self.frame.groupby(["outcome", "group_kind", "group"], sort=False)

    @cached_property
    def quarters(self) -> tuple[int, ...]:
        return tuple(np.unique(4 * (self.frame["year"] - 2000) + self.frame["quarter"] - 1))

    @cached_property
    def groups(self) -> dict[str, set[str]]:
        return {kind: set(own["group"]) for kind, own in self.frame.groupby("group_kind")}

    def values(self, name: str, kind: str, group: str, quarters: Sequence[int]) -> Floats:
        """Runs whose mean is that of the series, and whose scatter is about theirs."""
        own = self.by_group.get_group((name, kind, group))
        rows = own.set_index(4 * (own["year"] - 2000) + own["quarter"] - 1).loc[list(quarters)]
        scatter = np.linspace(-0.5, 0.5, RUNS)[:, np.newaxis]
        return rows["mean"].to_numpy() + scatter * (rows["q95"] - rows["q05"]).to_numpy()

    def country_runs(self) -> pd.DataFrame:
        """Systems of which each begins to work in some year, and most end in another."""
        rng = np.random.default_rng(11)
        years = range(int(self.frame["year"].min()), int(self.frame["year"].max()) + 1)
        first = rng.integers(years[0] - 2, years[-1] + 1, SYSTEMS)
        last = first + rng.geometric(0.05, SYSTEMS)
        worked = {
            working_key(year): ((first <= year) & (year < last)).astype(int) for year in years
        }
        counts = {name: rng.integers(0, 2, SYSTEMS) for name in ENDS}
        return pd.DataFrame({**worked, **counts})


def states() -> pd.DataFrame:
    """The 195 states as `countries.csv` lists them."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        [
            {"iso3": c.iso3, "name": c.name, "region": c.region, "regime_2024": c.regime_2024}
            for c in load_seeds().countries
        ]
    )
    for column in COLUMNS:
        frame[column] = rng.random(len(frame))
    return frame


def shapes() -> dict[str, tuple[str, str, str, float, float, float]]:
    """Return the shapes of outcomes, also of those that only a new figure shows."""
    needed = {name: None for one in figures_of(RUN).values() for name in one.outcomes}
    new = [register()[name] for name in needed if name not in SHAPES]
    return SHAPES | {one.name: (one.unit, one.form, "1", 0.5, 2020, 4.0) for one in new}


@cache
def make_results(first: int = 2000, quarters: int = 164) -> Synthetic:
    """Curves of S shape with runs that scatter about them."""
    rng = np.random.default_rng(7)
    dates = first + np.arange(1, quarters + 1) / 4
    countries = states()
    groups = [("world", "world", len(countries))]
    groups += [("regime", r, int((countries.regime_2024 == r).sum())) for r in REGIMES]
    rated = [country.regime_2024 for country in load_seeds().countries if country.regime_rated]
    groups += [("regime-rated", regime, rated.count(regime)) for regime in REGIMES]
    groups += [("region", r, int((countries.region == r).sum())) for r in REGIONS]
    parts = []
    outcomes = {}
    for name, (unit, form, scale, level, half, width) in shapes().items():
        outcomes[name] = replace(register()[name], unit=unit, form=form)  # type: ignore[arg-type]
        wanted = list(groups)
        if name in VENDOR_OUTCOMES:
            wanted += [("vendor", vendor, 60 - 11 * at) for at, vendor in enumerate(VENDORS)]
        for kind, group, size in wanted:
            shift = rng.normal(0, 1.5, RUNS)[:, np.newaxis]
            tilt = rng.uniform(0.8, 1.15)
            heights = level * tilt * (1 + rng.normal(0, 0.08, RUNS))
            runs = heights[:, np.newaxis] / (1 + np.exp(-(dates - half - shift) / width))
            runs = runs + rng.normal(0, 0.02 * level, runs.shape) * (form == "yearly")
            if scale == "n":
                runs = np.clip(runs * size, 0, None)
            elif form == "share":
                runs = np.clip(runs, 0, 1)
            part = pd.DataFrame(
                {
                    "year": np.ceil(dates - 1).astype(int),
                    "quarter": (np.arange(quarters) % 4) + 1,
                    "outcome": name,
                    "group_kind": kind,
                    "group": group,
                    "mean": runs.mean(0),
                }
            )
            for column, q in (("q05", 5), ("q25", 25), ("q50", 50), ("q75", 75), ("q95", 95)):
                part[column] = np.percentile(runs, q, axis=0)
            parts.append(part)
    told = {
        "scenario": {"name": "baseline"},
        "runs": 200,
        "seed": 1,
        "version": "0.1.0",
        "events": [
            {"name": "pandemic-2020", "date": 2020.25, "until": 2022.0},
            {"name": "aid-closure", "date": 2025.0},
            {"name": "offer-withdrawn", "date": 2030.0},
        ],
    }
    return Synthetic(told, outcomes, pd.concat(parts, ignore_index=True), countries)


def without(results: Synthetic, *names: str) -> Synthetic:
    """The same results, had these outcomes not been kept."""
    outcomes = {name: found for name, found in results.outcomes.items() if name not in names}
    frame = results.frame[~results.frame.outcome.isin(names)]
    return replace(results, outcomes=outcomes, frame=frame)
