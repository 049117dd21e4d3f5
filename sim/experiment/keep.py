"""The [keep] table: which outcomes, groups and dates of the runs are kept."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from sim.experiment.experiment import Keep
from sim.experiment.file import KeepTable
from sim.experiment.page import Page
from sim.register import VENDOR, WORLD
from sim.rules import Rules
from sim.scenario import Horizon
from sim.scenario.reading.problems import show_value, suggest

GROUPS = (WORLD, "regime", "regime-rated", "region", VENDOR)
"""Kinds of groups that results have."""

type Dates = Literal["yearly", "quarterly"] | tuple[int, ...]


def read_keep(page: Page, horizon: Horizon, rules: Rules) -> Keep:
    """Return what a file keeps, noting what is wrong with it."""
    table = page.table("keep")
    kept = page.read(KeepTable, ("keep",), table) or KeepTable()
    groups = _names(page, "groups", kept.groups, GROUPS, "kind of group")
    return Keep(
        outcomes=_names(page, "outcomes", kept.outcomes, rules.register, "outcome"),
        groups=tuple(name for name in groups if name != WORLD),
        dates=_dates(page, kept.dates, horizon),
        countries=kept.countries,
    )


def _names(
    page: Page, key: str, names: list[Any] | None, known: Collection[str], noun: str
) -> tuple[str, ...]:
    """Return a list of known names."""
    if names == []:
        text = "must be a list of names, not an empty list; leave it out for the default"
        page.wrong(("keep", key), text)
    for index, name in enumerate(names or ()):
        if name in (names or ())[:index]:
            page.wrong(("keep", key, index), f"{show_value(name)} is listed twice")
        elif not isinstance(name, str) or name not in known:
            advice = suggest(str(name), tuple(known), "there are")
            page.wrong(("keep", key, index), f"no {noun} is called {name!r}; {advice}")
    return tuple(name for name in names or () if isinstance(name, str))


def _dates(page: Page, dates: Any, horizon: Horizon) -> Dates:
    """Return which dates are kept."""
    if dates == "yearly" or dates == "quarterly":
        return "quarterly" if dates == "quarterly" else "yearly"
    form = f"a list of years from {horizon.start} to {horizon.end}"
    if not isinstance(dates, list) or not dates:
        shown = "an empty list" if dates == [] else show_value(dates)
        advice = f"; {suggest(dates, ('yearly', 'quarterly'))}" if isinstance(dates, str) else ""
        page.wrong(
            ("keep", "dates"), f'must be "yearly", "quarterly" or {form}, not {shown}{advice}'
        )
        return "yearly"
    for index, year in enumerate(dates):
        whole = isinstance(year, int) and not isinstance(year, bool)
        if not whole or not horizon.start <= year <= horizon.end:
            page.wrong(("keep", "dates", index), f"must be {form}, not {show_value(year)}")
        elif year in dates[:index]:
            page.wrong(("keep", "dates", index), f"{year} is listed twice")
    return tuple(sorted({year for year in dates if isinstance(year, int)}))
