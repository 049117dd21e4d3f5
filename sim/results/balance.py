"""Whether the books of a chunk balance: what must hold between the sums of every run.

Every rule holds in every state, so in every group, at every quarter. Looking everywhere would cost
more than it is worth to every run: all rules are looked at for the world in every quarter and for
all groups in the last; the books of contracts, and that groups add up to the world, for all groups
at the end of every year. Where that finds something, all rules are looked at everywhere, to say
first what went wrong first.

Rules whose fields a layout lacks are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.chunk import Chunk, Floats, Layout, quarter_of_year, year_of
from sim.results.rules import (
    ENDED,
    FIELDS,
    OPENED_TEXT,
    RULES,
    STATES,
    UNKNOWN,
    Rule,
)
from sim.units import FIRST_YEAR, NEVER, QUARTERS

SLACK = 1e-6
"""By how much a rule may seem broken before a closer look: counts differ by one or not at all."""
ROUNDING = 1e-9
"""How far sums may differ, relative to the larger; counts differ by one or not at all."""
GROUPED = ("regime", "region")
"""Kinds whose groups together are the world."""


def unbalanced(
    chunk: Chunk, layout: Layout, suspected: NDArray[np.bool_] | None = None
) -> dict[int, str]:
    """Return the runs whose books do not balance, and what is wrong first.

    Args:
        chunk: Sums of some runs.
        layout: What they mean.
        suspected: What :func:`suspected_groups` returned of the chunk's runs, if they were looked
            at before: sooner, while they are in the processor's cache.

    Returns:
        By run number: e.g. ``2031 Q2, Latin America: 14 contracts opened but 9 alive and 4 ended``.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        if suspected is None:
            suspected = suspected_groups(chunk, layout)
        suspected = suspected | _suspected(chunk, _books(layout))
        found = {}
        for at in np.flatnonzero(suspected):
            message = _first_fault(list(chunk.pieces(1))[at], layout)
            if message:
                found[chunk.first + int(at)] = message
    return found


class _Books(NamedTuple):
    """A layout's rules, ready to be looked at."""

    layout: Layout
    place: dict[str, int]
    rules: tuple[Rule, ...]
    everywhere: tuple[Rule, ...]
    running: tuple[int, ...]
    least: Floats
    weights: Floats
    differences: Floats
    excess: Floats
    per_state: Floats


@lru_cache(maxsize=8)
def _books(layout: Layout) -> _Books:
    place = {name: at for at, name in enumerate(layout.fields)}
    ends = (*ENDED, "expired") if "expired" in place else ENDED
    opened = Rule(
        ("contract", *ends), ("opened",), OPENED_TEXT, equal="expired" in place, everywhere=True
    )
    known = {*place, STATES}
    rules = tuple(rule for rule in (opened, *RULES) if known >= {*rule.less, *rule.more})
    return _Books(
        layout,
        place,
        rules,
        tuple(rule for rule in rules if rule.everywhere),
        tuple(at for name, at in place.items() if FIELDS.get(name, UNKNOWN).grows),
        np.array([FIELDS.get(name, UNKNOWN).least for name in layout.fields]),
        # Weights without a pattern, so that errors in two fields do not hide each other.
        1.0 + np.modf(np.arange(1, len(layout.fields) + 1) * np.sqrt(2.0))[0],
        _differences(layout),
        *_as_matrix(rules, place),
    )


def _as_matrix(rules: Sequence[Rule], place: dict[str, int]) -> tuple[Floats, Floats]:
    """Return the rules as numbers: fields' weights in the excess, and what a state allows.

    A rule of equal sides has a second row, the other way round.
    """
    rows, allowed = [], []
    for rule in rules:
        row, states = np.zeros(len(place)), 0.0
        for sign, names in ((1.0, rule.less), (-rule.factor, rule.more)):
            for name in names:
                if name == STATES:
                    states -= sign
                else:
                    row[place[name]] += sign
        rows.append(row)
        allowed.append(states)
        if rule.equal:
            rows.append(-row)
            allowed.append(-states)
    return np.array(rows).reshape(-1, len(place)), np.array(allowed)[:, np.newaxis]


def _differences(layout: Layout) -> Floats:
    """Return the matrix from groups to: all groups of a kind less the world, a column a kind."""
    found = np.zeros((len(layout.groups), len(GROUPED)))
    for column, kind in enumerate(GROUPED):
        if kind in layout.kind_parts:
            part = layout.kind_parts[kind]
            found[0, column] = -1.0
            found[part.start : part.stop, column] = 1.0
    return found


def suspected_groups(chunk: Chunk, layout: Layout) -> NDArray[np.bool_]:
    """Return which runs deserve a closer look, by all groups at the ends of years."""
    books = _books(layout)
    tallies = chunk.tallies[:, _year_ends(layout)]
    states = layout.groups[0].size
    with np.errstate(invalid="ignore", over="ignore"):
        sums = (tallies @ books.weights).reshape(-1, len(layout.groups))
        off = np.abs(sums @ books.differences).max(axis=1)
        even = (off <= ROUNDING * (np.abs(sums[:, 0]) + states)) & np.isfinite(off)
        bad = ~even.reshape(chunk.runs, -1).all(axis=1)
        for rule in books.everywhere:
            bad |= _miscounted(rule, tallies, books.place)
    return bad


def _year_ends(layout: Layout) -> slice:
    """Return the fourth quarters, where all are kept; else whatever is kept."""
    first, last = layout.quarters[0], layout.quarters[-1]
    if last - first + 1 > len(layout.quarters):
        return slice(None)
    return slice(QUARTERS - quarter_of_year(first), None, QUARTERS)


def _suspected(chunk: Chunk, books: _Books) -> NDArray[np.bool_]:
    """Return which runs deserve a closer look, by the world and by the last quarter."""
    layout, tallies = books.layout, chunk.tallies
    bad = np.zeros(chunk.runs, dtype=bool)
    sizes = np.array([group.size for group in layout.groups], dtype=np.float64)
    # Fields first: the world in every quarter, beside all groups in the last.
    quarters = tallies.shape[1]
    values = np.empty((len(layout.fields), chunk.runs, quarters + len(sizes)))
    world = values[..., :quarters]
    world[:] = np.moveaxis(tallies[:, :, 0], -1, 0)
    values[..., quarters:] = np.moveaxis(tallies[:, -1], -1, 0)
    states = np.concatenate([np.full(quarters, sizes[0]), sizes])
    wrong = ~(values.min(axis=2) >= (books.least * sizes[0])[:, np.newaxis])
    bad |= wrong.any(axis=0)
    # Run by run: of a larger product, the library of linear algebra would make threads of its own,
    # which take the processors from those that run histories.
    over = books.excess @ values.transpose(1, 0, 2) - books.per_state * states
    bad |= ~(over <= SLACK).all(axis=(1, 2))
    if books.running:
        rows = world[list(books.running)]
        bad |= ~(rows[..., 1:] >= rows[..., :-1]).all(axis=(0, 2))
    for found in (*_of_world(chunk, world, books), *_ends(chunk, books)):
        bad |= found.wrong.reshape(chunk.runs, -1).any(axis=1)
    return bad


def _fields_of(rules: Sequence[Rule]) -> set[str]:
    return {name for rule in rules for name in (*rule.less, *rule.more) if name != STATES}


def _broken(rule: Rule, values: Floats, place: dict[str, int], states: Floats) -> Any:
    """Return where a rule is broken; what is no number breaks it. `values`: fields first."""

    def total(names: tuple[str, ...]) -> Any:
        columns = [states if name == STATES else values[place[name]] for name in names]
        result = columns[0]
        for column in columns[1:]:
            result = result + column
        return result

    less, more = total(rule.less), total(rule.more)
    if rule.factor != 1.0:
        more = more * rule.factor
    slack = ROUNDING * (1.0 + more)
    over = less - more
    return ~(np.abs(over) <= slack) if rule.equal else ~(over <= slack)


def _miscounted(rule: Rule, tallies: Floats, place: dict[str, int]) -> NDArray[np.bool_]:
    """Return in which runs a rule of counts is broken: whole numbers need no room for rounding."""
    first, *others = (place[name] for name in rule.less)
    over = tallies[..., first] - tallies[..., place[rule.more[0]]]
    for other in others:
        over += tallies[..., other]
    wrong = over.max(axis=(1, 2)) > 0.0
    return np.asarray(wrong | (over.min(axis=(1, 2)) < 0.0) if rule.equal else wrong)


class _Found(NamedTuple):
    """Where books of the world, or of the run's end, are wrong: (runs, quarters) or (runs, 1)."""

    wrong: NDArray[np.bool_]
    what: str


def _of_world(chunk: Chunk, world: Floats, books: _Books) -> Iterator[_Found]:
    """Return what is wrong with contracts, vendors and China; world: (fields, runs, quarters)."""
    layout, place = books.layout, books.place
    vendor = {name: chunk.vendor_tallies[..., at] for at, name in enumerate(layout.vendor_fields)}
    if {"contract", "opened", *ENDED} <= place.keys():
        # What neither lives nor ended has run out, which cannot be undone.
        out = world[place["opened"]] - world[place["contract"]]
        for name in ENDED:
            out = out - world[place[name]]
        falls = np.diff(out, axis=1, prepend=0.0) < 0.0
        yield _Found(falls, "contracts live, or ended, that were never opened")
    if "working" in vendor and {"working", "working_western"} <= place.keys():
        works = world[place["working"]] + world[place["working_western"]]
        sold = vendor["working"].sum(axis=2)
        yield _Found(~(sold == works), "vendors' working systems are not those of states")
    for name in ("sales", "fees"):
        if name in vendor:
            falls = ~(vendor[name][:, 1:] >= vendor[name][:, :-1]).all(axis=2)
            first = ~(vendor[name][:, :1] >= 0.0).all(axis=2)
            yield _Found(np.concatenate([first, falls], axis=1), f"a vendor's {name} fell")
    if "china.seats" in layout.actor_fields and "trainings" in place:
        seats = chunk.actors[..., layout.actor_fields.index("china.seats")]
        held = world[place["trainings"]]
        # The lot rounds each state's share up or down; what it overdraws is made up for later.
        most = seats + layout.groups[0].size + ROUNDING * (1.0 + seats)
        yield _Found(~(held <= most), "more courses held than offered")


def _ends(chunk: Chunk, books: _Books) -> Iterator[_Found]:
    """Return what is wrong between states at the end and the world in the last kept quarter."""
    layout, place = books.layout, books.place
    last = layout.quarters[-1]
    for at, name in enumerate(layout.kept):
        values = chunk.countries[:, :, at]
        field = FIELDS.get(name)
        if field is None:  # whether a system worked in a year
            continue
        if field.counted_by in place:
            counted = chunk.tallies[:, -1, 0, place[field.counted_by]]
            happened = (values != NEVER) & ((values - FIRST_YEAR) * QUARTERS <= last)
            wrong = happened.sum(axis=1) != counted
            yield _Found(wrong[:, np.newaxis], f"{field.counted_by} is not the number of dates")
        elif field.grows and name in place:
            # What is kept of states may be of later quarters than the last kept one.
            wrong = ~(values.sum(axis=1) >= chunk.tallies[:, -1, 0, place[name]])
            yield _Found(wrong[:, np.newaxis], f"{name} of states add up to less than {name}")


def _first_fault(one: Chunk, layout: Layout) -> str:
    """Return what is wrong first with a chunk of one run; empty: nothing."""
    books = _books(layout)
    values = np.moveaxis(one.tallies[0], -1, 0)
    sizes = np.array([group.size for group in layout.groups], dtype=np.float64)
    faults: list[tuple[int, int, str]] = []

    def note(wrong: NDArray[np.bool_], text: str, rule: Rule | None = None) -> None:
        # The smallest group tells most: those after the world come first.
        for quarter in np.flatnonzero(wrong.any(axis=1))[:1]:
            groups = np.flatnonzero(wrong[quarter])
            group = int(groups[-1])
            said = _in_words(rule, books, one, int(quarter), group) if rule else text
            faults.append((int(quarter), len(faults), f"{_where(layout, quarter, group)}: {said}"))

    for rule in books.rules:
        note(_broken(rule, values, books.place, sizes), "", rule)
    for at, name in enumerate(layout.fields):
        least = books.least[at] * sizes - ROUNDING * sizes
        right = np.isfinite(values[at]) & (values[at] >= least)
        note(~right, f"{name} is too low, or no number")
        for kind in GROUPED:
            part = layout.kind_parts.get(kind)
            if part is None:
                continue
            groups = values[at][:, part.start : part.stop]
            slack = ROUNDING * (1.0 + np.abs(groups).sum(axis=1))
            off = ~(np.abs(groups.sum(axis=1) - values[at][:, 0]) <= slack)
            note(off[:, np.newaxis], f"{name} of all {kind}s is not {name} of the world")
        if at in books.running:
            falls = ~(np.diff(values[at], axis=0, prepend=0.0) >= 0.0)
            note(falls, f"{name} fell, which counts what ever happened")
    world = np.ascontiguousarray(np.moveaxis(one.tallies[:, :, 0], -1, 0))
    for found in _of_world(one, world, books):
        note(found.wrong[0][:, np.newaxis], found.what)
    for found in _ends(one, books):
        if found.wrong.any():
            at = len(layout.quarters) - 1
            faults.append((at, len(faults), f"{_where(layout, at, 0)}: {found.what}"))
    return min(faults)[2] if faults else ""


def _where(layout: Layout, at: int, group: int) -> str:
    quarter = layout.quarters[int(at)]
    return f"{year_of(quarter)} Q{quarter_of_year(quarter)}, {layout.groups[group].name}"


def _in_words(rule: Rule, books: _Books, one: Chunk, at: int, group: int) -> str:
    row = one.tallies[0, at, group]
    numbers = {name: float(row[books.place[name]]) for name in _fields_of([rule])}
    numbers[STATES] = books.layout.groups[group].size
    numbers["rest"] = sum(numbers[name] for name in rule.less[1:])
    return rule.text.format_map({name: f"{value:.10g}" for name, value in numbers.items()})
