"""Spells of years (`spells.csv`): relations, alliances, sanctions, and those that count in a year.

The table holds every spell that its sources list; `COUNTED` says which of them count. A country
without a row has had none. Both years of a spell are in it; an empty first year lies before the
history's, an empty last year means that it still held when the history ends.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.world.columns import MEASURES, SENDERS, SPELL_KINDS
from sim.world.tables import Row, nearest, values_of

AIMED_AT_THE_STATE = frozenset(MEASURES) - {"travel"}
FORBID_GOODS = ("arms", "trade")
"""Measures that keep Western systems and courses out, in part or whole; one on finance does not."""
EMBARGOES = tuple(f"{kind}_embargo" for kind in FORBID_GOODS)
"""Yearly series on them: the share of `BOUND_BY` whose sellers are bound."""
BOUND_BY: Mapping[str, tuple[str, ...]] = {"us": ("us", "un"), "eu": ("eu", "un")}
"""Western powers whose sellers an embargo binds, and the senders that bind each."""
BINDING_BANS = frozenset({"ban", "procurement", "case", "vetting_used"})
"""Measures that shut Chinese vendors out; a power not used, a pledge, practice or advice do not."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A line of `spells.csv`.

    Attributes:
        iso3: Code of the country.
        what: One of `SPELL_KINDS`.
        kinds: What sort of it.
        by: Who imposes it (sanctions); empty elsewhere.
        first_year: First year; None: before the history.
        last_year: Last year; None: still in force.
        sure: How sure it is: high, medium or low.
    """

    iso3: str
    what: str
    kinds: frozenset[str]
    by: str
    first_year: float | None
    last_year: float | None
    sure: str

    def holds(self, year: int) -> bool:
        """Whether the year is one of the spell's."""
        begun = self.first_year is None or self.first_year <= year
        return begun and (self.last_year is None or year <= self.last_year)


COUNTED: Mapping[str, Callable[[Spell], bool]] = {
    "relations": lambda spell: spell.what == "no_relations",
    **{
        kind: lambda spell, kind=kind: spell.what == "alliance" and kind in spell.kinds  # type: ignore[misc]
        for kind in SPELL_KINDS["alliance"]
    },
    "rivalry": lambda spell: spell.what == "rivalry",
    "home_vendor": lambda spell: spell.what == "home_vendor",
    "ban": lambda spell: spell.what == "ban" and bool(spell.kinds & BINDING_BANS),
}
"""Yearly series of 0 and 1 that follow from the spells. `relations` is 1 where none counts."""


def read_spells(rows: Sequence[Row], codes: Sequence[str]) -> tuple[Spell, ...]:
    """Read the rows of `spells.csv` in the order of the file; errors are noted."""
    spells = []
    for row, values in values_of(rows, codes):
        what, first, last = (values[name] for name in ("what", "first_year", "last_year"))
        known = SPELL_KINDS.get(what, ())
        kinds = row.cells["kind"].split("+") if known else [row.cells["kind"]]
        for kind in kinds:
            if known and kind not in known:
                allowed = f"{', '.join(known)}{nearest(kind, known)}"
                row.wrong(f"kind is {kind!r}; allowed for {what}: {allowed}")
        if what and (what == "sanctions") != bool(row.cells["by"]):
            allowed = ", ".join(SENDERS) if what == "sanctions" else "nothing"
            row.wrong(f"by is {row.cells['by']!r}; allowed for {what}: {allowed}")
        if first is not None and last is not None and last < first:
            row.wrong(f"last_year is {last:.0f}; allowed: none, or from {first:.0f} on")
        if row.right:
            texts = {name: values[name] for name in ("iso3", "what", "by", "sure")}
            spells.append(Spell(**texts, kinds=frozenset(kinds), first_year=first, last_year=last))
    return tuple(spells)


def yearly(spells: Sequence[Spell], codes: Sequence[str], years: range) -> dict[str, Floats]:
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
    row_of = {code: row for row, code in enumerate(codes)}
    sure = [spell for spell in spells if spell.sure != "low"]

    def in_force(counts: Callable[[Spell], bool]) -> Floats:
        series = np.zeros((len(codes), len(years)))
        for spell in filter(counts, sure):
            series[row_of[spell.iso3], [spell.holds(year) for year in years]] = 1.0
        return series

    def sanctioned(senders: Sequence[str], kinds: Set[str]) -> Floats:
        return in_force(
            lambda s: s.what == "sanctions" and s.by in senders and bool(s.kinds & kinds)
        )

    by_name = {name: in_force(counts) for name, counts in COUNTED.items()}
    by_name["relations"] = 1.0 - by_name["relations"]
    by_sender = [sanctioned((sender,), AIMED_AT_THE_STATE) for sender in SENDERS]
    by_name["sanctions"] = np.sum(by_sender, axis=0)
    for name, kind in zip(EMBARGOES, FORBID_GOODS, strict=True):
        by_power = [sanctioned(senders, {kind}) for senders in BOUND_BY.values()]
        by_name[name] = np.mean(by_power, axis=0)
    for series in by_name.values():
        series.setflags(write=False)
    return by_name
