"""Yearly data of countries: `history.csv`, the democracy score, and spells (`spells.csv`).

A spell includes its first and last year; an empty year means before or after the history's years.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from sim.errors import nearest
from sim.model.mechanisms.history import MOST_DEMOCRATIC
from sim.model.units import FIRST_YEAR
from sim.world.arrays import Floats
from sim.world.columns import HISTORY, HISTORY_NAMES, SANCTIONS, SENDERS, SPELL_KINDS
from sim.world.tables import HEADER_LINE, Problems, Row, values_of

VOICE_LOWEST, VOICE_HIGHEST = -2.5, 2.5
"""Ends of the WGI scale (World Bank: "about -2.5 to 2.5")."""
FREEDOM_BEST, FREEDOM_WORST = 2.0, 14.0
"""Ends of Freedom House's scale: political rights plus civil liberties, 1 to 7 each."""
# Equal, since no reason favours one. Of 165 EIU classes, weights from 0.1 to 0.8 reproduce 140,
# weights 0.9 and 1 reproduce 141, weight 0 reproduces 131.
VOICE_WEIGHT = 0.5
AIMED_AT_THE_STATE = frozenset(SANCTIONS) - {"travel"}
FORBID_GOODS = ("arms", "trade")
"""Measures that exclude Western systems and courses, partly or fully; financial ones do not."""
EMBARGOES = tuple(f"{kind}_embargo" for kind in FORBID_GOODS)
"""Yearly series: the share of `BOUND_BY` whose sellers are bound."""
BOUND_BY: Mapping[str, tuple[str, ...]] = {"us": ("us", "un"), "eu": ("eu", "un")}
"""Western powers whose sellers an embargo binds, and the senders that bind each."""
BINDING_BANS = frozenset({"ban", "procurement", "case", "vetting_used"})
"""Measures that exclude Chinese vendors; unused powers, pledges, practice and advice do not."""

COUNTED: Mapping[str, tuple[str, Collection[str]]] = {
    "relations": ("no_relations", ()),
    **{kind: ("alliance", {kind}) for kind in SPELL_KINDS["alliance"]},
    "gpa": ("agreement", ()),
    "rivalry": ("rivalry", ()),
    "home_vendor": ("home_vendor", ()),
    "ban": ("ban", BINDING_BANS),
}
"""Yearly series of 0 and 1: the spell behind each, and the kinds that count (none: all)."""

MOST_NAMED = 8

type Spells = list[dict[str, Any]]
"""Lines of `spells.csv` by column, with `kinds`, the set of kinds."""


def read_history(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> tuple[range, dict[str, Floats]]:
    """Read `history.csv`: years, and figures by column, each of shape (countries, years)."""
    given = {
        (values["iso3"], values["year"]): (row, values)
        for row, values in values_of(rows, frozenset(codes))
        if values["iso3"] and values["year"]
    }
    # A year that few countries have is a slip, and must not make all others look incomplete.
    counts = Counter(year for _, year in given)
    common = [year for year, count in counts.items() if 2 * count >= len(codes)]
    years = range(FIRST_YEAR, int(max(common or counts, default=FIRST_YEAR)) + 1)
    span = f"{years[0]} to {years[-1]}"
    for (iso3, year), (row, _) in given.items():
        if year not in years:
            text = f"{iso3} has the year {year:.0f}; allowed: {span}"
            row.wrong(f"{text}, the years of the others")
    lacking = defaultdict[tuple[int, ...], list[str]](list)
    for iso3 in codes:
        lacking[tuple(year for year in years if (iso3, year) not in given)].append(iso3)
    for absent, states in lacking.items():
        if absent and (rows or not problems):
            named = f"{', '.join(states[:MOST_NAMED])}{', …' * (len(states) > MOST_NAMED)}"
            text = f"{len(states)} of {len(codes)} countries ({named}) lack the year {absent[0]}"
            text += " and others" * (len(absent) > 1) + f"; needed: every year from {span}"
            problems.append((HISTORY.name, HEADER_LINE, text))
    nothing = None, dict.fromkeys(HISTORY_NAMES)
    lines = [[given.get((iso3, year), nothing)[1] for year in years] for iso3 in codes]
    return years, {
        name: np.array([[values[name] for values in line] for line in lines], np.float64)
        for name in HISTORY_NAMES
    }


def democracy_score(voice: Floats, freedom: Floats) -> Floats:
    """Return the democracy score, from 0 (worst end of both scales) to 10 (best end of both).

    `voice` is WGI voice and accountability, `freedom` Freedom House's sum of ratings, 2 best to 14
    worst. Values beyond an end count as the end.
    """
    voice_share = (np.clip(voice, VOICE_LOWEST, VOICE_HIGHEST) - VOICE_LOWEST) / (
        VOICE_HIGHEST - VOICE_LOWEST
    )
    freedom_share = (FREEDOM_WORST - np.clip(freedom, FREEDOM_BEST, FREEDOM_WORST)) / (
        FREEDOM_WORST - FREEDOM_BEST
    )
    return np.asarray(
        MOST_DEMOCRATIC * (VOICE_WEIGHT * voice_share + (1.0 - VOICE_WEIGHT) * freedom_share),
        dtype=np.float64,
    )


def read_spells(rows: Sequence[Row], codes: Sequence[str]) -> Spells:
    spells = []
    for row, values in values_of(rows, codes):
        what, first, last = (values[name] for name in ("what", "first_year", "last_year"))
        known = SPELL_KINDS.get(what, ())
        kinds = row.cells["kind"].split("+")
        for kind in kinds:
            if known and kind not in known:
                allowed = f"{', '.join(known)}{nearest(kind, known, '')}"
                row.wrong(f"kind is {kind!r}; allowed for {what}: {allowed}")
        # Only sanctions have a sender; `yearly` finds all other spells by an empty one.
        if what and (what == "sanctions") != bool(row.cells["by"]):
            allowed = ", ".join(SENDERS) if what == "sanctions" else "nothing"
            row.wrong(f"by is {row.cells['by']!r}; allowed for {what}: {allowed}")
        if first is not None and last is not None and last < first:
            row.wrong(f"last_year is {last:.0f}; allowed: none, or from {first:.0f} on")
        spells.append({**values, "kinds": {*kinds}})
    return spells


def yearly(spells: Spells, codes: Sequence[str], years: range) -> dict[str, Floats]:
    """Return the series of `COUNTED`, sanctions and embargoes, each of shape (countries, years).

    `sanctions` counts the senders (US, EU, UN) with a measure on arms, finance or trade; the
    embargoes are shares, others 0 or 1.
    """
    place = {code: at for at, code in enumerate(codes)}

    def in_force(what: str, kinds: Collection[str], senders: Sequence[str] = ()) -> Floats:
        series = np.zeros((len(codes), len(years)))
        for spell in spells:
            of_kind = spell["what"] == what and not (kinds and spell["kinds"].isdisjoint(kinds))
            if of_kind and spell["sure"] != "low" and spell["by"] in (senders or ("",)):
                first, last = spell["first_year"] or years[0], spell["last_year"] or years[-1]
                series[place[spell["iso3"]], [first <= year <= last for year in years]] = 1.0
        return series

    by_name = {name: in_force(what, kinds) for name, (what, kinds) in COUNTED.items()}
    # Its spells are those without relations; a country without a row has no spell.
    by_name["relations"] = 1.0 - by_name["relations"]
    by_sender = [in_force("sanctions", AIMED_AT_THE_STATE, (sender,)) for sender in SENDERS]
    by_name["sanctions"] = np.sum(by_sender, axis=0)
    for name, kind in zip(EMBARGOES, FORBID_GOODS, strict=True):
        by_power = [in_force("sanctions", {kind}, senders) for senders in BOUND_BY.values()]
        by_name[name] = np.mean(by_power, axis=0)
    return by_name
