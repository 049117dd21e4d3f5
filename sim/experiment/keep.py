"""The [keep] table: which outcomes, groups and dates of the runs are kept."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from sim.experiment.experiment import Keep
from sim.experiment.page import Page
from sim.register import VENDOR, WORLD, register
from sim.scenario import Horizon
from sim.scenario.problems import show_value, suggest

KEEP_KEYS = ("outcomes", "groups", "dates", "countries")
"""Keys of the table."""

GROUPS = (WORLD, "regime", "regime-rated", "region", VENDOR)
"""Kinds of groups that results have."""

type Dates = Literal["yearly", "quarterly"] | tuple[int, ...]


def read_keep(page: Page, horizon: Horizon) -> Keep:
    """Return what a file keeps, noting what is wrong with it."""
    table = page.table("keep")
    page.known(("keep",), table, KEEP_KEYS)
    groups = _names(page, "groups", table, GROUPS, "kind of group")
    return Keep(
        outcomes=_names(page, "outcomes", table, register(), "outcome"),
        groups=tuple(name for name in groups if name != WORLD),
        dates=_dates(page, table, horizon),
        countries=page.switch(("keep", "countries"), table),
    )


def _names(
    page: Page, key: str, table: dict[str, Any], known: Collection[str], noun: str
) -> tuple[str, ...]:
    """Return a list of known names."""
    if key not in table:
        return ()
    names = table[key]
    if not isinstance(names, list) or not names:
        found = "an empty list" if names == [] else show_value(names)
        page.wrong(
            ("keep", key), f"must be a list of names, not {found}; leave it out for the default"
        )
        return ()
    for index, name in enumerate(names):
        if name in names[:index]:
            page.wrong(("keep", key, index), f"{show_value(name)} is listed twice")
        elif not isinstance(name, str) or name not in known:
            advice = suggest(str(name), tuple(known), "there are")
            page.wrong(("keep", key, index), f"no {noun} is called {name!r}; {advice}")
    return tuple(name for name in names if isinstance(name, str))


def _dates(page: Page, table: dict[str, Any], horizon: Horizon) -> Dates:
    """Return which dates are kept."""
    dates = table.get("dates", "yearly")
    if dates == "yearly" or dates == "quarterly":
        return "quarterly" if dates == "quarterly" else "yearly"
    form = f"a list of years from {horizon.start} to {horizon.end}"
    if not isinstance(dates, list) or not dates:
        found = "an empty list" if dates == [] else show_value(dates)
        advice = f"; {suggest(dates, ('yearly', 'quarterly'))}" if isinstance(dates, str) else ""
        page.wrong(
            ("keep", "dates"), f'must be "yearly", "quarterly" or {form}, not {found}{advice}'
        )
        return "yearly"
    for index, year in enumerate(dates):
        whole = isinstance(year, int) and not isinstance(year, bool)
        if not whole or not horizon.start <= year <= horizon.end:
            page.wrong(("keep", "dates", index), f"must be {form}, not {show_value(year)}")
        elif year in dates[:index]:
            page.wrong(("keep", "dates", index), f"{year} is listed twice")
    return tuple(sorted({year for year in dates if isinstance(year, int)}))
