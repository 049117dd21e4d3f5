"""Content of a page: scenarios with their runs, and facts in words and numbers."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.engine.identity import OWN_MECHANISMS, cited_version
from sim.engine.user_mechanisms import load_rules
from sim.errors import InputError
from sim.estimates.effects import FEWEST_COUNTRIES, large_groups
from sim.estimates.targets import JUDGED, target_table
from sim.experiment import Keep, design_of
from sim.figures.map import LEAST_AREA, equal_earth, load_shapes, unclaimed
from sim.model.register import Rules
from sim.page import stored
from sim.page.stored import WORKING, Batch, batches_of
from sim.runs.dataset import Results
from sim.runs.joining import unlike
from sim.runs.runner import identity as identity_of
from sim.scenario import BASELINE, Scenario, load_scenario, shipped_names
from sim.scenario.describe import described
from sim.scenario.parameter_sets import PlausibleSets, shipped_plausible
from sim.scenario.resolve import in_effect_order
from sim.scenario.scenario import assignments_in
from sim.scenario.scope import WHERE
from sim.scenario.withdrawal import OFFERING
from sim.studies.sources import RunOptions, Source, results_of, within
from sim.world.facts import facts_of
from sim.world.fates import event_words, in_order, shipped_record
from sim.world.names import OTHER_NAMES
from sim.world.seeds import Seeds, documented_decisions, seeds_from, shipped_seeds

# Values of these origins may be replaced by a run's plausible set.
LEFT_OPEN = ("default", "plausible set")
WEB = Path(__file__).parent / "web"
# Stored effects of the first screen's levers; `analyses/surface.py` makes them.
SURFACE = WEB / "surface.json"
WORDS: dict[str, Any] = json.loads((WEB / "words.json").read_text(encoding="utf-8"))
"""Words and choices that no register defines.

`decisive`: scenarios of a page if none is named. `stored`: outcomes with curves where a page runs
the model. `short`: names of scenarios at the end of their lines. `stairs`: scenarios that explain
survival. `levers`: controls, each a parameter or (`stop`) the date on which the offer ends; `lead`:
that of the first screen. `allies`: scenarios that allies could bring about. `fractions`: shares in
words, the plainest first. `languages`: for the search for a country. `evidence_notes`, `limits`:
HTML.
"""
# In one design, so that they are paired; the reference first.
BESIDE = (BASELINE, *WORDS["stairs"].values(), *WORDS["allies"])
KEPT_BESIDE = Keep(outcomes=(WORKING,), countries=(WORKING,))
# Pixels of the map's width and height; its middle and unit, in tenths of a pixel.
PLACE = ("longitude", "latitude")
MAP_SIZE, MAP_MIDDLE, MAP_SCALE = (960, 440), (4800.0, 2490.0), 1760.0
# These must be current, so that the engine can repeat the runs.
REPEATS = ("rules", "data", OWN_MECHANISMS, "plausible_sha256")


@dataclass(frozen=True)
class PageContents:
    """Parts of a page.

    Attributes:
        batches: The scenarios with their runs, the reference first.
        beside: Other scenarios, shown by their effects without curves.
        definitions: Each scenario as a manifest describes it, by name; shown ones first.
        shipped: Names of scenarios in exactly the shipped form.
        live: Whether it contains the engine, which repeats the runs.
        plausible: The parameter sets of the runs; None: documented values.
        root: The scenario that files written by the page extend.
        known: The table of documented decisions, as it was named.
    """

    batches: list[Batch]
    beside: list[Batch]
    definitions: dict[str, Mapping[str, Any]]
    shipped: frozenset[str]
    live: bool
    plausible: PlausibleSets | None
    root: Scenario
    known: str

    @property
    def reference(self) -> Batch:
        return self.batches[0]

    @property
    def first(self) -> Batch:
        """The scenario of the first screen: the first that ends the offer, or the first change."""
        ends = [batch for batch in self.batches if batch.since is not None]
        return [*ends, *self.batches[1:], *self.batches][0]

    @property
    def since(self) -> int | None:
        """The year at whose end systems are counted; None if `KEEP` years on are not run."""
        since = self.first.since
        return since if since in self.results.years[: -stored.KEEP] else None

    @property
    def results(self) -> Results:
        return self.reference.results


def contents_of(sources: Sequence[Source], *, still: bool, options: RunOptions) -> PageContents:
    """Run and open the scenarios of a page; without sources, the decisive ones.

    Raises:
        InputError: A source is wrong, the runs cannot be paired, or the engine cannot repeat them.
    """
    batches = batches_of(
        results_of(sources or WORDS["decisive"], options, countries=True, read=("data", "known"))
    )
    beside = []
    if not sources:
        beside = batches_of(results_of(BESIDE, within(options, "beside"), keep=KEPT_BESIDE))
    results, rules = batches[0].results, load_rules(options.get("mechanisms"))
    seeds = seeds_from(options.get("data"), options.get("known"))
    plausible = shipped_plausible() if results.plausible_sha256 else None
    root = load_scenario(BASELINE, rules=rules).in_world(seeds)
    design = design_of({BASELINE: root}, runs=1, seed=results.seed, plausible=plausible)
    current = identity_of(design)
    differ = any(results.identity.get(key) != current.get(key) for key in REPEATS)
    if not still and (differ or unlike(results)):
        raise InputError(
            "the page's model cannot repeat these results, which other rules or data made: "
            "--still makes a page of them without the model"
        )
    codes = [country.iso3 for country in (seeds or shipped_seeds()).countries]
    if codes != [*results.country_groups.index]:
        raise InputError("these results have other countries: name their tables with --data")
    shown = {batch.name: batch.description for batch in batches}
    shipped = {name: load_scenario(name, rules=rules).to_dict() for name in shipped_names()}
    horizon = batches[0].description["horizon"]
    others = {
        name: each
        for name, each in shipped.items()
        if name not in shown and each["horizon"] == horizon
    }
    return PageContents(
        batches=batches,
        beside=beside,
        definitions=shown | others,
        shipped=frozenset(
            name
            for name, each in shipped.items()
            if scenario_facts(shown.get(name, each), rules) == scenario_facts(each, rules)
        ),
        live=not still,
        plausible=plausible,
        root=root,
        known=str(options.get("known") or ""),
    )


def page_facts(page: PageContents, blobs: dict[str, bytes]) -> dict[str, Any]:
    """Return facts in words and numbers; put stored series into `blobs`."""
    reference, results, seeds = page.reference, page.results, page.root.seeds or shipped_seeds()
    kinds = sorted(reference.values)  # the same for all scenarios of a page
    carried = [part for part in kinds if not page.live or part[0] in WORDS["stored"]]
    rules = page.root.rules
    scenarios = {
        name: {**scenario_facts(described, rules), "shipped": name in page.shipped}
        for name, described in page.definitions.items()
    }
    for place, batch in enumerate(page.batches):
        left = stored.spread_of(stored.surviving_shares(batch, page.since))
        scenarios[batch.name]["stored"] = {"place": f"{place}", "since": page.since, "left": left}
        blobs[f"stored-{place}"] = as_json(
            {
                "levels": stored.statistics(batch, carried),
                "differences": stored.statistics(batch, carried, reference),
                "shares": stored.country_shares(batch),
            }
        )
    keys, _, rows = plausible_facts(page.plausible, results.n_runs)
    ranges = zip(*rows, strict=True)
    return {
        **WORDS,
        "version": cited_version(),
        "made": datetime.date.today().isoformat(),
        "reference": reference.name,
        "first": page.first.name,
        "root": {"name": BASELINE, **scenario_facts(page.root.to_dict(), rules)},
        "outcome": WORKING if WORKING in results.outcomes else next(iter(results.outcomes)),
        "runs": results.n_runs,
        "seed": results.seed,
        "years": results.years,
        "observed_until": seeds.last_year,
        "steps": stored.STEPS,
        "share_steps": stored.SHARE_STEPS,
        "keep": stored.KEEP,
        "offer": OFFERING,
        "schema": schema(rules),
        "outcomes": outcome_facts(reference, carried),
        "mapped": [name for name in stored.MAPPED if name in results.outcomes],
        "bits": {name: place for place, name in enumerate(stored.BY_COUNTRY)},
        "groups": reference.groups,
        "fewest": FEWEST_COUNTRIES,
        "small": [
            f"{kind}:{name}"
            for kind, names in reference.groups.items()
            for name in names
            if name not in large_groups(results, kind)
        ],
        "states": states(seeds),
        "names": OTHER_NAMES,
        "documented": documented(seeds),
        "fates": fates(seeds),
        "held": page.known,
        "no_claim": unclaimed(seeds),
        "dots": dots(seeds),
        "map_size": MAP_SIZE,
        "plausible": {key: [min(of), max(of)] for key, of in zip(keys, ranges, strict=True)},
        "scenarios": scenarios,
        "surface": stored_surface(results.identity) if page.live else None,
        "evidence": evidence(results, seeds),
        "identity": identity(results, [batch.description["title"] for batch in page.batches]),
        "point": page.plausible is None,
        "engine": None,
    }


def stored_surface(identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the surface, or None if runs have other rules, data, sets or draws.

    Without it, a page waits for runs.
    """
    surface: dict[str, Any] = json.loads(SURFACE.read_text(encoding="utf-8"))
    is_same = all(value == identity.get(key) for key, value in surface["of"].items())
    return surface if is_same else None


def documented(seeds: Seeds) -> list[dict[str, Any]]:
    """Return documented events of single countries: those imposed on the runs, or all."""
    codes = {country.iso3 for country in seeds.countries}
    known = seeds.known or documented_decisions()
    return [fact.described() for fact in known if fact.iso3 in codes]


def fates(seeds: Seeds) -> dict[str, list[dict[str, Any]]]:
    record = shipped_record()
    return {
        country.iso3: [
            {
                **{key: system[key] for key in ("place", "maker", "url")},
                "events": [
                    [event["date"], event_words(event), event["outlet"], event["url"]]
                    for _, event in in_order(part.of([system["id"]]).events).iterrows()
                ],
            }
            for _, system in part.systems.iterrows()
        ]
        for country in seeds.countries
        if len((part := record.of_country(country.iso3)).systems)
    }


def on_map(points: ArrayLike) -> NDArray[np.int64]:
    """Return points of the projection in tenths of a pixel."""
    placed = MAP_MIDDLE + np.asarray(points) * (MAP_SCALE, -MAP_SCALE)
    return np.rint(placed).astype(np.int64)


def outlines() -> str:
    """Return code and SVG path of each country, a line each, in tenths of a pixel."""
    lines = []
    for iso3, shape in load_shapes().items():
        path = ""
        for ring in shape.path.to_polygons(closed_only=False):
            (x, y), *_ = points = on_map(ring)
            path += f"M{x},{y}l" + " ".join(f"{x},{y}" for x, y in np.diff(points, axis=0))
        lines.append(f"{iso3} {path}")
    return "\n".join(lines)


def dots(seeds: Seeds) -> list[str]:
    large = {iso3 for iso3, shape in load_shapes().items() if shape.area >= LEAST_AREA}
    return [state.iso3 for state in seeds.countries if state.iso3 not in large]


def schema(rules: Rules) -> list[dict[str, Any]]:
    return [
        {
            "name": mechanism.name,
            "title": mechanism.title,
            "doc": (mechanism.section.__doc__ or "").strip().partition("\n")[0],
            "keys": {
                key: {"kind": getattr(field.annotation, "__name__", ""), **described(field)}
                for key, field in mechanism.section.model_fields.items()
            },
        }
        for mechanism in rules.mechanisms
        if mechanism.name in rules.sections
    ]


def outcome_facts(reference: Batch, carried: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the outcomes with the names, units and words of the figures.

    `parts` has for each kind of groups their count, the start of their values among the outcome's,
    and the first of their carried series.
    """
    sizes = {kind: len(names) for kind, names in reference.groups.items()}
    first = {part: sum(sizes[kind] for _, kind in carried[:k]) for k, part in enumerate(carried)}
    outcomes, years = reference.results.outcomes, len(reference.results.years)
    rows: list[dict[str, Any]] = [outcome.described() for outcome in outcomes.values()]
    for row in rows:
        at, row["parts"] = 0, []
        for kind in sorted(kind for name, kind in reference.values if name == row["name"]):
            series = first.get((row["name"], kind))
            place = {"at": at * years, "count": sizes[kind], "stored": series}
            row["parts"].append({"kind": kind, **place})
            at += sizes[kind]
    return rows


def states(seeds: Seeds) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(state, name) for name in ("iso3", "name", "region")},
            "regime": state.regime_2024,
            "at": on_map(equal_earth(*(state.figures[name] for name in PLACE))).tolist(),
            "facts": facts_of(state, seeds),
        }
        for state in seeds.countries
    ]


def evidence(results: Results, seeds: Seeds) -> list[dict[str, Any]]:
    table = target_table(results)
    table.columns = table.columns.str.replace("q05", "low").str.replace("q95", "high")
    # Nobody published a judgement: the model can neither meet nor miss it.
    table["verdict"] = table["verdict"].where(table["use"] != JUDGED, "").replace("", "not judged")
    published = {target.id: target for target in seeds.targets}
    for name in ("unit", "period", "source"):
        table[name] = [getattr(published[target], name) for target in table["target"]]
    # No number is NaN in JSON.
    rows: list[dict[str, Any]] = table.astype(object).where(table.notna(), None).to_dict("records")
    return rows


def identity(results: Results, titles: list[str]) -> dict[str, str]:
    saved = results.identity
    facts = {
        "scenarios": "; ".join(titles),
        "runs": results.n_runs,
        "random seed": results.seed,
        "parameters": results.basis,
        "version": f"entrench {results.version}",
        "rules (hash)": saved["rules"],
        "input data (hash)": saved["data"],
        "plausible sets (hash)": results.plausible_sha256[:20],
        "own mechanisms": ", ".join(results.own_mechanisms),
    }
    if tables := saved.get("seeds"):
        facts["own input data"] = tables.get("name") or "documented decisions"
    return {name: str(fact) for name, fact in facts.items() if fact != ""}


def scenario_facts(described: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    assignments = assignments_in(described, rules)
    events = {event["name"]: event for event in described["events"]}
    own = ("date", "until", WHERE, "states")
    given = []
    for each in in_effect_order(assignments):
        if each.bare in rules.parameters and each.origin.file not in LEFT_OPEN:
            event = events.get(each.event, {})
            given.append({
                "path": each.bare,
                **({"how": each.how} if each.how else {}),
                "value": each.value,
                **({"event": each.event} if event else {}),
                **(each.scope.to_dict() if each.scope else {}),
                **{key: event[key] for key in own if key in event},
            })  # fmt: skip
    named = {name: described[name] for name in ("title", "question", "horizon")}
    return {**named, "assignments": given}


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def plausible_facts(
    sets: PlausibleSets | None, runs: int
) -> tuple[list[str], list[int], list[list[float]]]:
    """Return keys, each run's set, and the sets in use."""
    if sets is None:
        return [], [0] * runs, []
    numbers = [sets.number_of(run_number) for run_number in range(runs)]
    once = list(dict.fromkeys(numbers))
    rows = np.asarray(sets.rows, np.float64)[once].tolist()
    return list(sets.keys), [once.index(number) for number in numbers], rows
