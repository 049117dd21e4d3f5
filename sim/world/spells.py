"""Spells of years (`spells.csv`): relations, alliances, sanctions, and those that count in a year.

The table holds every spell that its sources list; `COUNTED` says which of them count. A country
without a row has had none. Both years of a spell are in it; an empty first year lies before the
history's, an empty last year means that it still held when the history ends.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.register import nearest
from sim.world.columns import MEASURES, SENDERS, SPELL_KINDS
from sim.world.tables import Row, values_of

AIMED_AT_THE_STATE = frozenset(MEASURES) - {"travel"}
FORBID_GOODS = ("arms", "trade")
"""Measures that keep Western systems and courses out, in part or whole; one on finance does not."""
EMBARGOES = tuple(f"{kind}_embargo" for kind in FORBID_GOODS)
"""Yearly series on them: the share of `BOUND_BY` whose sellers are bound."""
BOUND_BY: Mapping[str, tuple[str, ...]] = {"us": ("us", "un"), "eu": ("eu", "un")}
"""Western powers whose sellers an embargo binds, and the senders that bind each."""
BINDING_BANS = frozenset({"ban", "procurement", "case", "vetting_used"})
"""Measures that shut Chinese vendors out; a power not used, a pledge, practice or advice do not."""


COUNTED: Mapping[str, tuple[str, Collection[str]]] = {
    "relations": ("no_relations", ()),
    **{kind: ("alliance", {kind}) for kind in SPELL_KINDS["alliance"]},
    "rivalry": ("rivalry", ()),
    "home_vendor": ("home_vendor", ()),
    "ban": ("ban", BINDING_BANS),
}
"""Yearly series of 0 and 1: the spells that each follows from, and which kinds of them (none: all).
`relations` is 1 where no spell counts."""

type Spells = list[dict[str, Any]]
"""Lines of `spells.csv`: values by column, and `kinds`, the set of its kinds."""


def read_spells(rows: Sequence[Row], codes: Sequence[str]) -> Spells:
    """Read the rows of `spells.csv` in the order of the file; errors are noted."""
    spells = []
    for row, values in values_of(rows, codes):
        what, first, last = (values[name] for name in ("what", "first_year", "last_year"))
        known = SPELL_KINDS.get(what, ())
        kinds = row.cells["kind"].split("+")
        for kind in kinds:
            if known and kind not in known:
                allowed = f"{', '.join(known)}{nearest(kind, known, '')}"
                row.wrong(f"kind is {kind!r}; allowed for {what}: {allowed}")
        if what and (what == "sanctions") != bool(row.cells["by"]):
            allowed = ", ".join(SENDERS) if what == "sanctions" else "nothing"
            row.wrong(f"by is {row.cells['by']!r}; allowed for {what}: {allowed}")
        if first is not None and last is not None and last < first:
            row.wrong(f"last_year is {last:.0f}; allowed: none, or from {first:.0f} on")
        spells.append({**values, "kinds": {*kinds}})
    return spells


def yearly(spells: Spells, codes: Sequence[str], years: range) -> dict[str, Floats]:
    """Return, by name, what counts in each year: the series of `COUNTED`, sanctions and embargoes.

    Args:
        spells: Lines of `spells.csv`.
        codes: State codes, in the order of the rows.
        years: Years of the history.

    Returns:
        Arrays of shape (countries, years), read-only. `sanctions` counts the senders (US, EU, UN)
        with a measure on arms, finance or trade; `arms_embargo` and `trade_embargo` are the share
        of `BOUND_BY` whose sellers are bound; the others are 0 or 1.
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
    by_name["relations"] = 1.0 - by_name["relations"]
    by_sender = [in_force("sanctions", AIMED_AT_THE_STATE, (sender,)) for sender in SENDERS]
    by_name["sanctions"] = np.sum(by_sender, axis=0)
    for name, kind in zip(EMBARGOES, FORBID_GOODS, strict=True):
        by_power = [in_force("sanctions", {kind}, senders) for senders in BOUND_BY.values()]
        by_name[name] = np.mean(by_power, axis=0)
    for series in by_name.values():
        series.setflags(write=False)
    return by_name
