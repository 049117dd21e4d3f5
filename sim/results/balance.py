"""Whether the books of a chunk balance: what must hold between the sums of every run.

Every rule holds in every state, so in every group, at every quarter. Looking everywhere would cost
more than it is worth to every run: all rules are looked at for the world in every quarter and for
all groups in the last; the books of contracts, and that groups add up to the world, for all groups
at the end of every year. Where that finds something, all rules are looked at everywhere, to say
first what went wrong first.

Rules whose fields a layout lacks are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.arrays import Flags, Floats
from sim.engine.chunk import Chunk, Layout, quarter_of_year, year_of
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


def unbalanced(chunk: Chunk, layout: Layout, suspected: Flags | None = None) -> dict[int, str]:
    """Return the runs whose books do not balance, and what is wrong first.

    Args:
        chunk: Sums of some runs.
        layout: Which fields and groups they are of.
        suspected: What :func:`suspected_groups` returned of the chunk's runs, if they were looked
            at before: sooner, while they are in the processor's cache.

    Returns:
        By run number: e.g. ``2031 Q2, Latin America: 14 contracts opened but 9 alive and 4 ended``.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        if suspected is None:
            suspected = suspected_groups(chunk, layout)
        suspected = suspected | _suspected(chunk, _books(layout))
        faults = {}
        for at in np.flatnonzero(suspected):
            message = _first_fault(list(chunk.pieces(1))[at], layout)
            if message:
                faults[chunk.first + int(at)] = message
    return faults


class _Books(NamedTuple):
    """A layout's rules, ready to be looked at.

    Attributes:
        layout: Which fields and groups sums are of.
        place: Where each field is among the layout's, with the number of states after them.
        rules: The rules whose fields the layout has.
        opened: The rule of contracts; None: the layout has not its fields.
        excess: Weights of the fields, and of the number of states, in what each rule's smaller side
            has too much; a rule of equal sides has a second row, the other way round.
        running: Places of the fields that never fall.
        least: Least value of each field in a state; then 0, as nothing is said of their number.
        weights: Of the fields, in the sum that shows whether groups add up to the world.
        differences: From groups to: all groups of a kind less the world, a column a kind.
    """

    layout: Layout
    place: dict[str, int]
    rules: tuple[Rule, ...]
    opened: Rule | None
    excess: Floats
    running: list[int]
    least: Floats
    weights: Floats
    differences: Floats


@lru_cache(maxsize=8)
def _books(layout: Layout) -> _Books:
    place = {name: at for at, name in enumerate((*layout.fields, STATES))}
    ends = (*ENDED, "expired") if "expired" in place else ENDED
    opened = Rule(("contract", *ends), ("opened",), OPENED_TEXT, equal="expired" in place)
    rules = tuple(rule for rule in (opened, *RULES) if place.keys() >= {*rule.less, *rule.more})
    excess = np.zeros((len(rules), len(place)))
    for row, rule in zip(excess, rules, strict=True):
        row[[place[name] for name in rule.less]] += 1.0
        row[[place[name] for name in rule.more]] -= rule.factor
    states = [FIELDS.get(name, UNKNOWN) for name in layout.fields]
    differences = np.zeros((len(layout.groups), len(GROUPED)))
    for column, kind in enumerate(GROUPED):
        if kind in layout.kind_parts:
            differences[0, column] = -1.0
            differences[layout.kind_parts[kind], column] = 1.0
    return _Books(
        layout,
        place,
        rules,
        opened if opened in rules else None,
        np.concatenate([excess, -excess[[rule.equal for rule in rules]]]),
        [at for at, state in enumerate(states) if state.grows],
        np.array([*(state.least for state in states), 0.0]),
        # Weights without a pattern, so that errors in two fields do not hide each other.
        1.0 + np.modf(np.arange(1, len(states) + 1) * np.sqrt(2.0))[0],
        differences,
    )


def suspected_groups(chunk: Chunk, layout: Layout) -> Flags:
    """Return which runs deserve a closer look, by all groups at the ends of years."""
    books = _books(layout)
    tallies = chunk.tallies[:, _year_ends(layout)]
    states = layout.groups[0].size
    with np.errstate(invalid="ignore", over="ignore"):
        sums = (tallies @ books.weights).reshape(-1, len(layout.groups))
        off = np.abs(sums @ books.differences).max(axis=1)
        even = (off <= ROUNDING * (np.abs(sums[:, 0]) + states)) & np.isfinite(off)
        bad = ~even.reshape(chunk.runs, -1).all(axis=1)
        if books.opened:
            bad |= _miscounted(books.opened, tallies, books.place)
    return bad


def _year_ends(layout: Layout) -> slice:
    """Return the fourth quarters, where all are kept; else whatever is kept."""
    first, last = layout.quarters[0], layout.quarters[-1]
    if last - first + 1 > len(layout.quarters):
        return slice(None)
    return slice(QUARTERS - quarter_of_year(first), None, QUARTERS)


def _suspected(chunk: Chunk, books: _Books) -> Flags:
    """Return which runs deserve a closer look, by the world and by the last quarter."""
    tallies = chunk.tallies
    sizes = np.array([group.size for group in books.layout.groups], dtype=np.float64)
    # Fields first: the world in every quarter, beside all groups in the last.
    quarters = tallies.shape[1]
    values = np.empty((len(books.place), chunk.runs, quarters + len(sizes)))
    world = values[:-1, :, :quarters]
    world[:] = np.moveaxis(tallies[:, :, 0], -1, 0)
    values[:-1, :, quarters:] = np.moveaxis(tallies[:, -1], -1, 0)
    values[-1, :, :quarters] = sizes[0]
    values[-1, :, quarters:] = sizes
    wrong = ~(values.min(axis=2) >= (books.least * sizes[0])[:, np.newaxis])
    bad: Flags = wrong.any(axis=0)
    # Run by run: of a larger product, the library of linear algebra would make threads of its own,
    # which take the processors from those that run histories.
    over = books.excess @ values.transpose(1, 0, 2)
    bad |= ~(over <= SLACK).all(axis=(1, 2))
    running = world[books.running]
    bad |= ~(running[..., 1:] >= running[..., :-1]).all(axis=(0, 2))
    for wrong, _ in (*_of_world(chunk, world, books), *_ends(chunk, books)):
        bad |= wrong.reshape(chunk.runs, -1).any(axis=1)
    return bad


def _broken(rule: Rule, values: Floats, place: dict[str, int]) -> Flags:
    """Return where a rule is broken; what is no number breaks it. `values`: fields first."""
    less, more = (
        values[[place[name] for name in names]].sum(axis=0) for names in (rule.less, rule.more)
    )
    more = more * rule.factor
    slack = ROUNDING * (1.0 + more)
    over = less - more
    return np.asarray(~(np.abs(over) <= slack) if rule.equal else ~(over <= slack))


def _miscounted(rule: Rule, tallies: Floats, place: dict[str, int]) -> Flags:
    """Return in which runs a rule of counts is broken: whole numbers need no room for rounding."""
    first, *others = (place[name] for name in rule.less)
    over = tallies[..., first] - tallies[..., place[rule.more[0]]]
    for other in others:
        over += tallies[..., other]
    wrong = over.max(axis=(1, 2)) > 0.0
    return np.asarray(wrong | (over.min(axis=(1, 2)) < 0.0) if rule.equal else wrong)


type _Fault = tuple[Flags, str]
"""Where books are wrong, (runs, quarters) or (runs, 1) of the run's end; and what is wrong."""


def _of_world(chunk: Chunk, world: Floats, books: _Books) -> Iterator[_Fault]:
    """Return what is wrong with contracts, vendors and China; world: (fields, runs, quarters)."""
    layout, place = books.layout, books.place
    vendor = {name: chunk.vendor_tallies[..., at] for at, name in enumerate(layout.vendor_fields)}
    if {"contract", "opened", *ENDED} <= place.keys():
        # What neither lives nor ended has run out, which cannot be undone.
        out = world[place["opened"]] - world[place["contract"]]
        for name in ENDED:
            out = out - world[place[name]]
        falls = np.diff(out, axis=1, prepend=0.0) < 0.0
        yield falls, "contracts live, or ended, that were never opened"
    if "working" in vendor and {"working", "working_western"} <= place.keys():
        works = world[place["working"]] + world[place["working_western"]]
        sold = vendor["working"].sum(axis=2)
        yield ~(sold == works), "vendors' working systems are not those of states"
    for name in ("sales", "fees"):
        if name in vendor:
            falls = ~(vendor[name][:, 1:] >= vendor[name][:, :-1]).all(axis=2)
            first = ~(vendor[name][:, :1] >= 0.0).all(axis=2)
            yield np.concatenate([first, falls], axis=1), f"a vendor's {name} fell"
    if "china.seats" in layout.actor_fields and "trainings" in place:
        seats = chunk.actors[..., layout.actor_fields.index("china.seats")]
        held = world[place["trainings"]]
        # The lot rounds each state's share up or down; what it overdraws is made up for later.
        most = seats + layout.groups[0].size + ROUNDING * (1.0 + seats)
        yield ~(held <= most), "more courses held than offered"


def _ends(chunk: Chunk, books: _Books) -> Iterator[_Fault]:
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
            yield wrong[:, np.newaxis], f"{field.counted_by} is not the number of dates"
        elif field.grows and name in place:
            # What is kept of states may be of later quarters than the last kept one.
            wrong = ~(values.sum(axis=1) >= chunk.tallies[:, -1, 0, place[name]])
            yield wrong[:, np.newaxis], f"{name} of states add up to less than {name}"


def _first_fault(one: Chunk, layout: Layout) -> str:
    """Return what is wrong first with a chunk of one run; empty: nothing."""
    books = _books(layout)
    sizes = np.array([group.size for group in layout.groups], dtype=np.float64)
    states = np.broadcast_to(sizes, (1, *one.tallies.shape[1:3]))
    values = np.concatenate([np.moveaxis(one.tallies[0], -1, 0), states])
    faults: list[tuple[int, int, str]] = []

    def note(wrong: Flags, text: str, rule: Rule | None = None) -> None:
        for quarter in map(int, np.flatnonzero(wrong.any(axis=1))[:1]):
            # The smallest group tells most: those after the world come first.
            group = int(np.flatnonzero(wrong[quarter])[-1])
            if rule:
                text = _in_words(
                    rule, dict(zip(books.place, values[:, quarter, group], strict=True))
                )
            faults.append((quarter, len(faults), f"{_where(layout, quarter, group)}: {text}"))

    for rule in books.rules:
        note(_broken(rule, values, books.place), rule.text, rule)
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
    for wrong, text in _of_world(one, values[:, np.newaxis, :, 0], books):
        note(wrong[0][:, np.newaxis], text)
    for wrong, text in _ends(one, books):
        if wrong.any():
            at = len(layout.quarters) - 1
            faults.append((at, len(faults), f"{_where(layout, at, 0)}: {text}"))
    return min(faults)[2] if faults else ""


def _where(layout: Layout, at: int, group: int) -> str:
    quarter = layout.quarters[at]
    return f"{year_of(quarter)} Q{quarter_of_year(quarter)}, {layout.groups[group].name}"


def _in_words(rule: Rule, numbers: dict[str, float]) -> str:
    """Return what is wrong where a rule is broken, with the numbers that stand there."""
    rest = sum(numbers[name] for name in rule.less[1:])
    shown = {name: f"{value:.10g}" for name, value in (numbers | {"rest": rest}).items()}
    return rule.text.format_map(shown)
