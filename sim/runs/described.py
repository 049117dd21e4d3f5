"""The scenarios, design, parameter sets, groups and outcomes of results; their summary files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.engine.identity import OWN_MECHANISMS
from sim.errors import MANIFEST, InputError, printable
from sim.measures.bands import STATISTICS
from sim.measures.variables import PARAMETER_SET
from sim.model.parameters import Outcome
from sim.model.register import SHIPPED, Rules
from sim.model.units import RATED, READ_BY, REGIME, REGIMES, REGION, REGIONS, VENDOR, WORLD
from sim.runs import store
from sim.runs.folder import Folder, Part, without_countries
from sim.runs.frames import categorised, ordered
from sim.runs.numbers import named_level
from sim.runs.own_groups import is_in_panel
from sim.scenario import Scenario
from sim.scenario.keys import SCENARIO
from sim.scenario.own_groups import OWN, limited, read_where
from sim.scenario.resolve import Event, events_of
from sim.scenario.scenario import assignments_in, scenario_of
from sim.scenario.scope import Where
from sim.world.arrays import Flags, Whole
from sim.world.seeds import shipped_seeds

NOT_SHOWN = (*store.NOT_IDENTITY, "scenarios")


def _members(folder: Folder) -> dict[str, Any]:
    # By kind of groups the group of each country; of one's own the countries of each group.
    columns = {kind: REGIME if kind == RATED else kind for kind in folder.groups}
    table = folder.country_groups
    groups = {kind: dict(table.get(name, {})) for kind, name in columns.items()}
    return groups | ({OWN: folder.own_groups} if OWN in groups else {})


@dataclass(frozen=True)
class Described:
    """The part of results that reads no run.

    Attributes:
        parts: Points of folders, one after another.
        rules: Rules of the runs; a folder does not contain the user's own mechanisms.
        made: Runs that have just been made; None if the folder was opened.
        own: Groups that were asked for, by name; see :meth:`sim.Results.asking`.
        limited: The outcome and the group of each outcome of such a group.
    """

    parts: tuple[Part, ...]
    rules: Rules = SHIPPED
    made: int | None = field(default=None, repr=False, compare=False)
    own: Mapping[str, Where] = field(default_factory=dict, repr=False, compare=False)
    limited: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        size = f"{self.n_points:,} points x " if self.n_points > 1 else ""
        return printable(f"<Results {self.name}: {size}{self.n_runs:,} runs, {self._first.place}>")

    @property
    def _first(self) -> Folder:
        return self.parts[0].folder

    @property
    def folder(self) -> Path:
        """The results folder; the first of several."""
        return self._first.path

    @cached_property
    def folders(self) -> list[Folder]:
        return list(dict.fromkeys(part.folder for part in self.parts))

    @cached_property
    def places(self) -> list[tuple[Folder, int]]:
        return [(part.folder, at) for part in self.parts for at in part.points]

    @property
    def name(self) -> str:
        """Name of the scenario or the experiment; names of several parts."""
        return "-".join(part.name for part in self.parts)

    @property
    def heading(self) -> str:
        """Its name, with the values of `--set`."""
        if self.n_points > 1:
            return self.name
        described = self.description(0)
        sections = {**described["sections"], "horizon": described["horizon"]}
        texts = []
        for key in (key for key, origin in described["origins"].items() if origin == "--set"):
            section, _, name = key.partition(".")
            value = sections.get(section, {}).get(name)
            texts.append(key if value is None else f"{key}={json.dumps(value)}")
        return f"{self.name} with {', '.join(texts)}" if texts else self.name

    @property
    def title(self) -> str:
        """Title of the first part."""
        return str(self._first.manifest["title"])

    @property
    def seed(self) -> int:
        """Seed of the draws."""
        return int(self._first.manifest["seed"])

    @property
    def version(self) -> str:
        """The version that made the runs."""
        return ", ".join(dict.fromkeys(str(f.manifest["version"]) for f in self.folders))

    @property
    def plausible_sha256(self) -> str:
        """Digest of the plausible parameter sets; empty without them."""
        return str(self._first.manifest["plausible_sha256"])

    @property
    def basis(self) -> str:
        """Source of the runs' parameters, in a sentence."""
        return str(self._first.manifest["parameters"])

    @property
    def identity(self) -> dict[str, Any]:
        first = {k: v for k, v in self._first.manifest.items() if k not in NOT_SHOWN}
        parts = [part.identity for part in self.parts]
        return first if len(parts) == 1 else {**first, "parts": parts}

    @property
    def own_mechanisms(self) -> list[str]:
        """Names of the user's mechanisms."""
        return [str(file["name"]) for file in self._first.manifest.get(OWN_MECHANISMS, ())]

    @property
    def files(self) -> list[str]:
        return [*self._first.manifest[store.FILES]]

    @property
    def factors(self) -> dict[str, dict[str, Any]]:
        """Title, unit, kind, and values or range of each factor, by name."""
        return {of["name"]: of for folder in self.folders for of in folder.manifest["factors"]}

    @property
    def n_points(self) -> int:
        """Points of all parts."""
        return sum(len(part.points) for part in self.parts)

    @property
    def n_runs(self) -> int:
        """Runs of each point that all parts have."""
        return min(folder.n_runs for folder in self.folders)

    @property
    def ineffective(self) -> list[str]:
        """A sentence for each value that changes nothing, or one outcome alone."""
        texts = (f.manifest.get(store.INEFFECTIVE, ()) for f in self.folders)
        return list(dict.fromkeys(text for of_folder in texts for text in of_folder))

    @cached_property
    def design(self) -> pd.DataFrame:
        """A row per point, a column per factor."""
        if len(self.parts) == 1:
            return self.parts[0].design.reset_index(drop=True).rename_axis("point")
        each = [(part.name, part.design) for part in self.parts]
        frames = [of if of[SCENARIO].nunique() > 1 else of.assign(scenario=n) for n, of in each]
        joined = pd.concat(frames, ignore_index=True).rename_axis("point")
        # Parts have different factors: an empty text, which numbers' columns cannot contain, means
        # none.
        lacking = dict.fromkeys(joined.columns[joined.isna().any()], object)
        return joined.astype(lacking).fillna("")

    @cached_property
    def labels(self) -> list[str]:
        """A short name of each point: levels of its factors, with titles and units."""
        design = self.design.loc[:, self.design.nunique() > min(1, self.n_points - 1)]
        each = [[named_level(c, self.factors.get(n, {})) for c in design[n]] for n in design]
        labels = [", ".join(filter(None, row)) for row in zip(*each, strict=True)]
        return labels or [""] * self.n_points

    def description(self, point: int) -> dict[str, Any]:
        """Return the scenario of a point as it was saved, as plain data."""
        if not 0 <= point < self.n_points:
            raise InputError(f"point {point}: allowed: 0 to {self.n_points - 1}")
        folder, at = self.places[point]
        return dict(folder.manifest["scenarios"][folder.design[SCENARIO].iloc[at]])

    def known(self, point: int) -> list[dict[str, Any]]:
        """Return the documented decisions that a point's runs were made to follow."""
        return list(self.places[point][0].manifest.get("seeds", {}).get("known", ()))

    def scenario(self, point: int) -> Scenario:
        """Return the scenario of a point.

        Raises:
            InputError: It lacks a parameter of this version.

        Examples:
            >>> base.scenario(0).value("contracts.term")
            5.0
        """
        described = self.description(point)
        return scenario_of(described, str(self.places[point][0].path / MANIFEST), self.rules)

    def events(self, point: int) -> tuple[Event, ...]:
        """Return the events of a point's scenario, whatever its version."""
        return events_of(assignments_in(self.description(point), self.rules))

    def is_active(self, mechanism: str, point: int) -> bool:
        """Return whether a mechanism is on in the scenario of a point."""
        return bool(self.description(point)["sections"].get(mechanism, {}).get("active", True))

    @property
    def parameters(self) -> pd.DataFrame:
        """Parameter set and values of each run; no columns if all runs have the documented ones."""
        return self._first.parameters.iloc[: self.n_runs]

    @cached_property
    def set_of_run(self) -> Whole:
        """The parameter set of each run; runs of one set are not independent."""
        sets = self.parameters.get(PARAMETER_SET)
        return np.arange(self.n_runs) if sets is None else sets.to_numpy()

    def series(self) -> pd.DataFrame:
        """Return `series.csv`."""
        # A group may be called NA.
        missing = {name: ["", "nan"] for name in STATISTICS}
        file = self._own_folder.file(store.SERIES)
        return categorised(pd.read_csv(file, keep_default_na=False, na_values=missing))

    def countries(self) -> pd.DataFrame:
        folder = self._own_folder
        if not folder.has(store.COUNTRIES):
            raise InputError(without_countries(folder))
        frame = pd.read_csv(folder.file(store.COUNTRIES), keep_default_na=False, na_values=[""])
        kinds = {"region": ordered(REGION, REGIONS), "regime_2024": ordered(REGIME, REGIMES)}
        return frame.astype(kinds)

    @property
    def _own_folder(self) -> Folder:
        if len(self.parts) > 1:
            raise InputError("joined results have no summary files: see `curve`, or open a folder")
        return self._first

    # Groups, outcomes and dates

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """Names of the groups by kind, of the kinds that all parts have, with the same members."""
        kept = {k: n for k, n in self._first.groups.items() if k not in self.other_members}
        return {**kept, OWN: list(self.own)} if self.summed else kept

    @cached_property
    def other_members(self) -> list[str]:
        """Kinds of groups that a part lacks, or whose groups have other countries there."""
        first, *others = map(_members, self.folders)
        kinds = dict.fromkeys(kind for each in (first, *others) for kind in each)
        return [kind for kind in kinds if any(o.get(kind) != first.get(kind) for o in others)]

    @property
    def read_by(self) -> list[str]:
        # Studies show these; the world is in every table.
        return [kind for kind in self.groups if kind not in (WORLD, RATED, VENDOR)]

    @property
    def own_kinds(self) -> list[str]:
        return [kind for kind in self.read_by if kind not in READ_BY]

    @cached_property
    def summed(self) -> bool:
        # Groups that were asked for and not kept are summed from the panel.
        return not all(self.own.items() <= folder.own_forms.items() for folder in self.folders)

    def _own_group(self, text: str, own: Mapping[str, Where]) -> dict[str, Where]:
        # A group has the name by which it was kept or first asked for.
        forms = {**self._first.own_forms, **own}
        if text in forms:
            return {text: forms[text]}
        ((name, form),) = read_where(text).items()
        same = [known for known, of in forms.items() if of == form and ":" not in text]
        return {same[0] if same else name: form}

    def members(self, kind: str) -> dict[str, Flags]:
        """Return which countries each group of a kind has; empty where it is not known."""
        table = self.country_groups
        if kind in table:
            return {name: (table[kind] == name).to_numpy() for name in self.groups.get(kind, ())}
        own: Mapping[str, Iterable[str]] = self._first.own_groups if kind == OWN else {}
        if kind == OWN and self.summed:
            seeds = shipped_seeds()
            own = {name: form.states(seeds) for name, form in self.own.items()}
        return {name: np.asarray(table.index.isin([*states])) for name, states in own.items()}

    def lacks(self, outcome: str, kind: str) -> bool:
        # Only outcomes of the panel can be summed.
        if outcome in self.limited or kind != OWN or not self.summed:
            return outcome in self.limited and kind != WORLD
        return not is_in_panel(self.outcomes[outcome], self.fields, self.years, self._start)

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes that all parts have, by name."""
        first, *others = (folder.outcomes for folder in self.folders)
        kept = {name: first[name] for name in first if all(name in each for each in others)}
        return kept | {
            text: limited(kept[name], text, group) for text, (name, group) in self.limited.items()
        }

    @property
    def quarters(self) -> list[int]:
        """Quarters since 2000 Q1 at whose ends outcomes are kept."""
        return self._first.quarters

    @property
    def years(self) -> list[int]:
        """Years at whose ends outcomes are kept."""
        return self._first.years

    @property
    def country_groups(self) -> pd.DataFrame:
        """Name, region, regime and class of aid of each country, by ISO code."""
        return self._first.country_groups

    @property
    def _start(self) -> int:
        return int(self.description(0)["horizon"]["start"])

    @property
    def has_panel(self) -> bool:
        """Whether all parts have the panel of countries."""
        return all(folder.has_panel for folder in self.folders)

    @cached_property
    def fields(self) -> set[str]:
        """The fields of the panel that all parts have."""
        return set.intersection(*({*folder.fields} for folder in self.folders))
