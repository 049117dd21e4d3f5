"""What a run starts from, read a second time: seed tables, the page of parameters, scenario files.

Written from seeds/SOURCES.md, docs/parameters.md and docs/scenario-files.md.
"""

from __future__ import annotations

import csv
import math
import re
import tomllib
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace as Record
from typing import Any

ROOT = Path(__file__).parents[2]
HISTORY = range(2000, 2025)
NEVER = 9999
REGIMES = ("full democracy", "flawed democracy", "hybrid", "authoritarian")
VENDORS = {"Huawei": "huawei", "Hikvision": "hikvision", "Dahua": "dahua", "other Chinese": "other"}
SENDERS = ("us", "eu", "un")
BINDING = {"ban", "procurement", "case", "vetting_used"}
PRICES_2021, LAST_FINANCE, LAST_RECORDED = 1.13, 2017, 2021
YEARS = ("bri_year", "bri_exit_year", "sco_year")
FIGURES = ("borders_china", "crime", "large_cities", "un_distance", "closed")
OBSERVED = ("gdp_pc", "population_k", "urban_share", "conflict", "battle_deaths", "protests")


def table(name: str) -> list[dict]:
    with (ROOT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def within(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value


# --- Seeds ----------------------------------------------------------------------------------------


@cache
def seeds() -> list[Record]:
    """The states in the order of their codes, each with its years and its neighbours' rows."""
    history = {(row["iso3"], int(row["year"])): row for row in table("history")}
    spells = [row for row in table("spells") if row["sure"] != "low"]
    states = []
    for row in sorted(table("countries"), key=lambda row: row["iso3"]):
        years = {name: int(row[name] or NEVER) for name in YEARS}
        figures = {name: float(row[name]) for name in FIGURES}
        state = Record(**row | years | figures, years={}, neighbours=[])
        own = [spell for spell in spells if spell["iso3"] == state.iso3]
        for year in HISTORY:
            cells = history[state.iso3, year]
            state.years[year] = now = one_year(cells, own, year)
            now.to_state = float(cells["state_finance"]) * 1e6 / PRICES_2021
        early = any(state.years[year].relations for year in range(2000, LAST_FINANCE + 1))
        state.lent_to = LAST_FINANCE if early else LAST_RECORDED
        state.protest_rate = sum(now.protests for now in state.years.values()) / len(HISTORY)
        states.append(state)
    place = {state.iso3: i for i, state in enumerate(states)}
    for row in table("borders"):
        here, there = place[row["iso3_a"]], place[row["iso3_b"]]
        states[here].neighbours.append(there)
        states[there].neighbours.append(here)
    return states


def one_year(cells: dict, spells: list[dict], year: int) -> Record:
    """What a state's row of a year says, and which of its spells count then."""
    spells = [
        spell for spell in spells
        if int(spell["first_year"] or 0) <= year <= int(spell["last_year"] or NEVER)]

    def on(what: str, *kinds: str, by: tuple[str, ...] = ("", *SENDERS)) -> bool:
        return any(
            spell["what"] == what and spell["by"] in by
            and (not kinds or set(kinds) & set(spell["kind"].split("+"))) for spell in spells)

    def embargo(kind: str) -> float:
        return sum(on("sanctions", kind, by=(power, "un")) for power in ("us", "eu")) / 2

    voice, freedom = within(float(cells["voice"]), -2.5, 2.5), float(cells["freedom"])
    on_the_state = [on("sanctions", "arms", "financial", "trade", by=(by,)) for by in SENDERS]
    return Record(
        **{name: float(cells[name]) for name in OBSERVED},
        oda_gni=within(float(cells["oda_gni"]), 0.0, 100.0),
        democracy=10 * (0.5 * (voice + 2.5) / 5 + 0.5 * (14 - freedom) / 12),
        sanctions=float(sum(on_the_state)), arms=embargo("arms"), trade=embargo("trade"),
        pact=on("alliance", "defence_pact"), eea=on("alliance", "eea"),
        five_eyes=on("alliance", "five_eyes"), relations=not on("no_relations"),
        gpa=float(on("agreement") and not on("alliance", "eea")),
        rivalry=on("rivalry"), home_vendor=on("home_vendor"), ban=on("ban", *BINDING))


# --- Parameters -----------------------------------------------------------------------------------


@cache
def parameters() -> dict[str, Record]:
    """The page's parameters by dotted key: default, allowed and plausible, whether the world's.

    They are in the order of the alphabet, as the page's order is a result of the model.
    """
    def span(text: str) -> list[float]:
        return [float(end) for end in text.split(" to ") if text.strip()]

    found, section = {}, ""
    for line in (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## `\[(\w+)\]`", line):
            section = heading[1]
        elif line.startswith("| `") and section not in ("", "horizon"):
            key, default, _, allowed, plausible, text, *_ = re.split(r" \| ?", line[2:])
            found[f"{section}.{key.strip('`')}"] = Record(
                default=tomllib.loads(f"x = {default}")["x"], allowed=span(allowed),
                plausible=span(plausible), whole=key == "`epoch`",
                of_world="*World.*" in text, yearly="*Yearly.*" in text)
    return dict(sorted(found.items()))


@cache
def plausible() -> list[dict[str, float]]:
    return [{key: float(cell) for key, cell in row.items()} for row in table("plausible")]


def plausible_values(run_number: int) -> dict[str, float]:
    """The set that a run takes: its bits in reverse order, over the cumulated weights."""
    bits, edges = f"{run_number:b}"[::-1], list(accumulate(row["weight"] for row in plausible()))
    place = int(bits, 2) / 2 ** len(bits) * edges[-1]
    row = next(row for row, edge in zip(plausible(), edges, strict=True) if place < edge)
    return {key: value for key, value in row.items() if "." in key}


# --- Scenarios ------------------------------------------------------------------------------------


def load(name: str | Path) -> Record:
    """A scenario: values, values of some states, events, years; over what it extends."""
    found = Record(
        values={}, relative={}, some=[], events=[], horizon={"start": 2000, "end": 2040})
    for path in chain(name):
        lay_file(found, tomllib.loads(path.read_text(encoding="utf-8")))
    return found


def chain(name: str | Path) -> list[Path]:
    """A scenario's file behind those that it extends, each once."""
    path = Path(name) if str(name).endswith(".toml") else ROOT / "scenarios" / f"{name}.toml"
    bases = tomllib.loads(path.read_text(encoding="utf-8")).get("extends", [])
    below: list[Path] = []
    for base in [bases] if isinstance(bases, str) else bases:
        files = chain(path.parent / base if base.endswith(".toml") else base)
        below += [file for file in files if file not in below]
    return [*below, path]


def lay_file(found: Record, file: dict) -> None:
    values, events = (list(map(entry_of, file.pop(key, []))) for key in ("values", "events"))
    gone = {*file.pop("drop_events", []), *(event.name for event in events)}
    found.horizon |= file.pop("horizon", {})
    own = [flat(file), *(entry.sets for entry in values if entry.where is None)]
    for key, value in (item for sets in own for item in sets.items()):
        if isinstance(value, dict):
            found.relative[key] = found.relative.get(key, {}) | value
        else:
            found.values[key] = value
    found.some += [entry for entry in values if entry.where is not None]
    found.events = [event for event in found.events if event.name not in gone] + events


def flat(tables: dict) -> dict[str, Any]:
    sections = [(name, part) for name, part in tables.items() if isinstance(part, dict)]
    return {f"{name}.{key}": value for name, part in sections for key, value in part.items()}


def lay_over(values: dict[str, Any], sets: dict[str, Any]) -> None:
    """Values in place of what is there, or `{ times, plus }` of it."""
    for key, value in sets.items():
        if isinstance(value, dict):
            value = values[key] * value.get("times", 1) + value.get("plus", 0)
        values[key] = value


def entry_of(entry: dict) -> Record:
    """An event, or an entry of ``values``: for whom, from when to when, and what it sets."""
    where, sets = entry.pop("where", None), flat(entry)
    return Record(name=entry.get("name"), date=entry.get("date"), where=where, sets=sets,
                  until=entry.get("until", math.inf))


def meets(state: Record, where: dict[str, Any]) -> bool:
    """Whether a state meets all conditions, in the last year of the seeds."""
    last, year = state.years[HISTORY[-1]], HISTORY[-1]
    facts = {
        "region": state.region, "regime": state.regime_2024, "iso3": state.iso3,
        "bri": state.bri_year <= year < state.bri_exit_year,
        "ally": last.pact or last.eea or last.five_eyes, "sanctioned": last.sanctions > 0}
    limits = [
        where.get(f"{name}_from", 0) <= value < where.get(f"{name}_below", math.inf)
        for name, value in (("income", last.gdp_pc), ("aid", last.oda_gni))]
    return all(limits) and all(
        fact in (where[name] if isinstance(where[name], list) else [where[name]])
        for name, fact in facts.items() if name in where)


class Settings:
    """The parameters in force at a date: those of the world, and each state's."""

    def __init__(self, scenario: Record, run_number: int, point: bool) -> None:
        self.scenario = scenario
        self.base = {key: parameter.default for key, parameter in parameters().items()}
        self.base |= ({} if point else plausible_values(run_number)) | scenario.values
        lay_over(self.base, scenario.relative)
        self.known: dict[tuple, tuple[Record, list[Record]]] = {}

    def at(self, date: float) -> tuple[Record, list[Record]]:
        events = [event for event in self.scenario.events if event.date <= date < event.until]
        names = tuple(event.name for event in events)
        if names not in self.known:
            layers, alike = self.scenario.some + events, {}
            for state in (None, *seeds()):
                own = tuple(
                    layer.where is None or (state is not None and meets(state, layer.where))
                    for layer in layers)
                alike.setdefault(own, []).append(state and state.iso3)
            of_state = {}
            for own, codes in alike.items():
                values = dict(self.base)
                for layer, counts in zip(layers, own, strict=True):
                    lay_over(values, layer.sets if counts else {})
                of_state |= dict.fromkeys(codes, nested(values))
            self.known[names] = of_state[None], [of_state[state.iso3] for state in seeds()]
        return self.known[names]


def nested(values: dict[str, Any]) -> Record:
    """Values by dotted key as a record of sections."""
    sections: dict[str, Record] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        setattr(sections.setdefault(section, Record()), name, value)
    return Record(**sections)
