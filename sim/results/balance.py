"""Whether the books of a chunk balance: what must hold between the sums of every run.

Every rule holds in every state, so in every group, at every quarter. Looking everywhere would cost
more than it is worth to every run: all rules are looked at for the world in every quarter and for
all groups in the last; the books of contracts and systems, and that groups add up to the world, for
all groups in every quarter. Where that finds something, all rules are looked at everywhere, to say
first what went wrong first.

Rules whose fields a layout lacks are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.results.chunk import (
    FIRST_YEAR,
    NEVER,
    QUARTERS_PER_YEAR,
    Chunk,
    Floats,
    Layout,
    quarter_of_year,
    year_of,
)

STATES = "states"
"""In a rule: the number of states of the group."""
ROUNDING = 1e-9
"""How far sums may differ, relative to the larger; counts differ by one or not at all."""
TENTHS = 10
"""The most democratic score."""

GROUPED = ("regime", "region")
"""Kinds whose groups together are the world."""


class Rule(NamedTuple):
    """A sum of fields that may not exceed, or must equal, another.

    Attributes:
        less: Fields of the smaller side.
        more: Fields of the larger side.
        text: What is wrong where it is broken: fields by name, `rest`: what `less` holds but for
            its first.
        factor: Of the larger side.
        equal: Whether both sides must be equal.
        everywhere: Whether it is looked at for all groups in every quarter: a rule of counts.
    """

    less: tuple[str, ...]
    more: tuple[str, ...]
    text: str
    factor: float = 1.0
    equal: bool = False
    everywhere: bool = False


ENDED = ("switched", "abandoned", "replaced")
"""Ways in which contracts end. A fourth, running out with the system kept (`expired`), occurs only
where contracts are abolished during a run."""
OPENED_TEXT = "{opened} contracts opened but {contract} alive and {rest} ended"

SYSTEMS = (
    Rule(
        ("working", "working_western"),
        ("installed",),
        "{working} Chinese and {working_western} Western systems work, {installed} are installed",
        everywhere=True,
    ),
    Rule(
        ("contract",),
        ("installed",),
        "{contract} contracts alive but {installed} systems installed",
        everywhere=True,
    ),
    Rule(("installed",), (STATES,), "{installed} systems installed in {states} states"),
    Rule(("installed",), ("stack",), "stages of systems add up to {stack}, below {installed}"),
    Rule(("stack",), ("installed",), "{installed} systems have {stack} stages", factor=3.0),
    Rule(("dark",), ("installed",), "{dark} systems dark but {installed} installed"),
    Rule(
        ("dependence_installed",),
        ("installed",),
        "dependence adds up to {dependence_installed} in {installed} states with a system",
    ),
)
OCCURRED = (
    Rule(("trained",), ("trainings",), "{trained} states trained in {trainings} courses"),
    Rule(("adopted",), (STATES,), "{adopted} adopters among {states} states"),
    Rule(("trained",), (STATES,), "{trained} states trained among {states}"),
    Rule(("restored_same",), ("restored",), "{restored_same} of {restored} restored by the vendor"),
    Rule(("ever_lapsed",), ("lapsed",), "{ever_lapsed} states lapsed {lapsed} times"),
    Rule(("ever_lapsed",), (STATES,), "{ever_lapsed} states lapsed among {states}"),
    Rule(
        ("bloc_china", "bloc_west"),
        (STATES,),
        "blocs of {bloc_china} and {bloc_west} states among {states}",
    ),
)
RECORDED = tuple(
    Rule((seen,), (happened,), f"{{{seen}}} {what} recorded but {{{happened}}} happened")
    for seen, happened, what in (
        ("recorded_trained", "trained", "states trained"),
        ("recorded_trainings", "trainings", "courses"),
        ("recorded_adopted", "adopted", "adopters"),
    )
) + tuple(
    Rule((part,), (whole,), f"{{{part}}} {what} recorded among {{{whole}}} {of}")
    for part, whole, what, of in (
        ("recorded_trained", "recorded_trainings", "states", "courses"),
        ("recorded_adopted_bri", "recorded_adopted", "adopters of the Belt and Road", "adopters"),
        ("recorded_safe_city", "recorded_adopted", "safe cities", "adopters"),
    )
)
WITHIN_ONE = (
    "unrest",
    "banned",
    "pending",
    "activated",
    "trust",
    "norm",
    "exposure",
    "mistrust",
    "legitimacy",
    "sovereignty",
    "conditions_met",
    "alignment_squared",
    "alignment",
)
"""Fields that are at most 1 in a state."""
SHARES = (
    *(
        Rule((name,), (STATES,), f"{name} adds up to {{{name}}} in {{states}} states")
        for name in WITHIN_ONE
    ),
    Rule(("democracy",), (STATES,), "democracy adds up to {democracy} in {states} states", TENTHS),
)
RULES = (*SYSTEMS, *OCCURRED, *RECORDED, *SHARES)

SIGNED = ("alignment",)
"""Fields that may be negative, down to minus the number of states."""

RUNNING = (
    "trained",
    "trainings",
    "officers",
    "adopted",
    "opened",
    "renewed",
    "lapsed",
    "restored",
    "restored_same",
    *ENDED,
    "expired",
    "ever_lapsed",
    "dissent_deterred",
    "offers",
    "west_trainings",
    "recorded_trained",
    "recorded_trainings",
    "recorded_adopted",
    "recorded_adopted_bri",
    "recorded_safe_city",
)
"""Fields that never fall."""

DATED = {
    "first_trained": "trained",
    "first_adopted": "adopted",
    "first_recorded_trained": "recorded_trained",
    "first_recorded_adopted": "recorded_adopted",
}
"""The field that counts to how many states something had happened, for each kept date of it."""


def unbalanced(chunk: Chunk, layout: Layout) -> dict[int, str]:
    """Return the runs whose books do not balance, and what is wrong first.

    Args:
        chunk: Sums of some runs.
        layout: What they mean.

    Returns:
        By run number: e.g. ``2031 Q2, Latin America: 14 contracts opened but 9 alive and 4 ended``.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        suspected = _suspected(chunk, _books(layout))
        found = {}
        for at in np.flatnonzero(suspected):
            one = next(iter(_only(chunk, int(at)).pieces(1)))
            message = _first_fault(one, layout)
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
    signed: NDArray[np.bool_]
    weights: Floats
    differences: Floats


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
        tuple(place[name] for name in RUNNING if name in place),
        np.array([name in SIGNED for name in layout.fields]),
        # Weights without a pattern, so that errors in two fields do not hide each other.
        1.0 + np.modf(np.arange(1, len(layout.fields) + 1) * np.sqrt(2.0))[0],
        _differences(layout),
    )


def _differences(layout: Layout) -> Floats:
    """Return the matrix from groups to: all groups of a kind less the world, a column a kind."""
    found = np.zeros((len(layout.groups), len(GROUPED)))
    for column, kind in enumerate(GROUPED):
        if kind in layout.kind_parts:
            part = layout.kind_parts[kind]
            found[0, column] = -1.0
            found[part.start : part.stop, column] = 1.0
    return found


def _only(chunk: Chunk, at: int) -> Chunk:
    """Return one run of a chunk."""
    piece = slice(at, at + 1)
    return Chunk(
        chunk.first + at,
        1,
        chunk.tallies[piece],
        chunk.vendor_tallies[piece],
        chunk.actors[piece],
        chunk.countries[piece],
    )


def _suspected(chunk: Chunk, books: _Books) -> NDArray[np.bool_]:
    """Return which runs deserve a closer look."""
    layout, tallies = books.layout, chunk.tallies
    bad = np.zeros(chunk.runs, dtype=bool)
    sizes = np.array([group.size for group in layout.groups], dtype=np.float64)
    # Fields first: the world in every quarter, then all groups in the last.
    world = np.ascontiguousarray(np.moveaxis(tallies[:, :, 0], -1, 0))
    last = np.ascontiguousarray(np.moveaxis(tallies[:, -1], -1, 0))
    for values, states in ((world, sizes[:1]), (last, sizes)):
        for rule in books.rules:
            bad |= _broken(rule, values, books.place, states).any(axis=1)
        low = values.min(axis=2)
        bad |= ~((low >= 0.0) | books.signed[:, np.newaxis]).all(axis=0)
    if books.running:
        rows = world[list(books.running)]
        bad |= ~(rows[..., 1:] >= rows[..., :-1]).all(axis=(0, 2))
    for rule in books.everywhere:
        bad |= _miscounted(rule, tallies, books.place)
    sums = tallies @ books.weights
    off = np.abs(sums @ books.differences)
    even = (off <= ROUNDING * (np.abs(sums[..., :1]) + sizes[0])) & np.isfinite(off)
    bad |= ~even.all(axis=(1, 2))
    for found in (*_vendors(chunk, world, books), *_ends(chunk, books)):
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
    """Where books of vendors, or of the run's end, are wrong: (runs, quarters) or (runs, 1)."""

    wrong: NDArray[np.bool_]
    what: str
    quarter: int | None = None


def _vendors(chunk: Chunk, world: Floats, books: _Books) -> Iterator[_Found]:
    """Return what is wrong with vendors' and China's numbers; world: (fields, runs, quarters)."""
    layout, place = books.layout, books.place
    vendor = {name: chunk.vendor_tallies[..., at] for at, name in enumerate(layout.vendor_fields)}
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
        yield _Found(~(held <= seats + ROUNDING * (1.0 + seats)), "more courses held than offered")


def _ends(chunk: Chunk, books: _Books) -> Iterator[_Found]:
    """Return what is wrong between states at the end and the world in the last kept quarter."""
    layout, place = books.layout, books.place
    last = layout.quarters[-1]
    for at, name in enumerate(layout.kept):
        values = chunk.countries[:, :, at]
        if name in DATED and DATED[name] in place:
            counted = chunk.tallies[:, -1, 0, place[DATED[name]]]
            happened = (values != NEVER) & ((values - FIRST_YEAR) * QUARTERS_PER_YEAR <= last)
            wrong = happened.sum(axis=1) != counted
            yield _Found(wrong[:, np.newaxis], f"{DATED[name]} is not the number of dates", -1)
        elif name in RUNNING and name in place:
            # What is kept of states may be of later quarters than the last kept one.
            wrong = ~(values.sum(axis=1) >= chunk.tallies[:, -1, 0, place[name]])
            yield _Found(wrong[:, np.newaxis], f"{name} of states add up to less than {name}", -1)


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
            said = _told(rule, books, one, int(quarter), group) if rule else text
            faults.append((int(quarter), len(faults), f"{_where(layout, quarter, group)}: {said}"))

    for rule in books.rules:
        note(_broken(rule, values, books.place, sizes), "", rule)
    for at, name in enumerate(layout.fields):
        least = -sizes if books.signed[at] else np.zeros(len(sizes))
        right = np.isfinite(values[at]) & (values[at] >= least - ROUNDING * sizes)
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
    for found in _vendors(one, world, books):
        note(found.wrong[0][:, np.newaxis], found.what)
    for found in _ends(one, books):
        if found.wrong.any():
            at = len(layout.quarters) - 1
            faults.append((at, len(faults), f"{_where(layout, at, 0)}: {found.what}"))
    return min(faults)[2] if faults else ""


def _where(layout: Layout, at: int, group: int) -> str:
    quarter = layout.quarters[int(at)]
    return f"{year_of(quarter)} Q{quarter_of_year(quarter)}, {layout.groups[group].name}"


def _told(rule: Rule, books: _Books, one: Chunk, at: int, group: int) -> str:
    row = one.tallies[0, at, group]
    numbers = {name: float(row[books.place[name]]) for name in _fields_of([rule])}
    numbers[STATES] = books.layout.groups[group].size
    numbers["rest"] = sum(numbers[name] for name in rule.less[1:])
    return rule.text.format_map({name: f"{value:.10g}" for name, value in numbers.items()})
