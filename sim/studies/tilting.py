"""Worlds in which an effect is smallest or largest: which parameters to move, and how far.

A world moves a few parameters in all retained sets. Nothing here runs the model: a function judges
the worlds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.world.arrays import Flags, Floats, Whole

LEAST, MOST = ENDS = (-1, 1)
RETAINED, SLACKED, BETWEEN = "retained", "slack", "between"
SHARES = (0.25, 0.5, 0.75, 1.0)
STEPS = (0.5, 1.0)
"""Shares of a step by slopes that are tried from the world where it begins."""
ROUNDS = 7
"""The first goes to ends of ranges; all between it and the last also take a step by slopes."""
TRUST = 0.3
"""Share of a range within which slopes are trusted; halved by each step that gained nothing."""
DOUBT = 0.5
"""Variance of a world's numbers by chance, against that of slopes."""
MARGIN = 0.15
"""Reserve of worlds in the search: about what other draws change."""
TRIES, DARING = 5, 2
"""Most worlds of an end that are run again on other draws, and of them, without that reserve."""
# Parameters whose slope is not beyond chance would use up the figures' slack for nothing.
CLEAR = 2.5
SLACK, SHARED, RESERVE = 1.7, 4.0, 0.3
"""What linear programming leaves each figure: `MET` with a reserve for curvature; or, of the
distance allowed in all, the share of one figure among so many; and the reserve of bounds."""
# Of a figure's limit: from here on parameters are sought that move it back, so many for each.
RISK, HELPERS = 0.7, 2
LEAST_MOVE, LEAST_STEP = 0.1, 0.01
DEAR = 100.0


@dataclass(frozen=True)
class World:
    """Parameters that are moved in all retained sets.

    Attributes:
        end: The end that it was made for: `LEAST`, `MOST`, or 0 for the retained sets.
        direction: Name of the set of parameters that move together.
        share: How far they move, of the whole way.
        places: Where they are then, in shares of their plausible ranges.
    """

    end: int = 0
    direction: str = RETAINED
    share: float = 0.0
    places: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Judgement:
    """An effect in a world, and the published figures there.

    Attributes:
        mean: Mean of the effect over runs.
        error: Its standard error.
        low: Lower end of its 95% interval.
        high: Upper end.
        q05: Lower end of the range of 90% of runs.
        q95: Upper end.
        total: Sum of the squared distances of fitted figures.
        total_error: Its standard error.
        distances: Of the figures that decide, in standard deviations, with their signs; of a bound
            also on its right side.
        reserve: Least that any of these is away from a miss.
        tightest: The figure with this reserve.
        missed: Fitted figures and weak checks.
        held_out_missed: Figures that never decide.
    """

    mean: float
    error: float = 0.0
    low: float = math.nan
    high: float = math.nan
    q05: float = math.nan
    q95: float = math.nan
    total: float = 0.0
    total_error: float = 0.0
    distances: Mapping[str, float] = field(default_factory=dict)
    reserve: float = math.inf
    tightest: str = ""
    missed: tuple[str, ...] = ()
    held_out_missed: tuple[str, ...] = ()


type Evaluate = Callable[[Sequence[World]], Sequence[Judgement]]
type Tried = dict[World, Judgement]


@dataclass(frozen=True)
class Criterion:
    """The worlds that count: no figure missed, or a distance near that of the retained sets.

    Attributes:
        within: Most that the distance may exceed the retained sets'; None: no figure is missed.
        margin: What a world keeps in reserve, as verdicts flip by chance: standard deviations, or a
            share of `within`.
    """

    within: float | None = None
    margin: float = 0.0

    def admits(self, world: Judgement, retained: Judgement) -> bool:
        if not math.isfinite(world.mean):
            return False
        if self.within is None:
            return not world.missed and (not self.margin or world.reserve >= self.margin)
        return world.total - retained.total <= (1.0 - self.margin) * self.within

    def stops(self, world: Judgement, retained: Judgement) -> tuple[str, ...]:
        """Return the figures for which it is not admitted: those missed, or the farthest off."""
        if self.within is None:
            return world.missed or (world.tightest,) * bool(world.tightest)
        before = retained.distances
        grown = {f: d**2 - before.get(f, 0.0) ** 2 for f, d in world.distances.items()}
        return tuple(sorted((f for f in grown if grown[f] > 0.0), key=lambda f: -grown[f])[:2])

    def limits(self, retained: Floats) -> Floats:
        """Return how far each figure may be, from its distance in the retained sets."""
        if self.within is None:
            return np.full(len(retained), SLACK)
        return np.asarray(np.sqrt(retained**2 + self.within / SHARED))


@dataclass(frozen=True)
class Slopes:
    """What a whole plausible range of each parameter does, by a line through many runs.

    Attributes:
        start: Places of the parameters in the retained sets: (parameters,).
        effect: On the effect: (parameters,).
        noise: Its standard error: (parameters,).
        figures: On the distance of each figure: (parameters,) each.
        bounds: Of the figures that are lower (-1) or upper (1) bounds.
    """

    names: Sequence[str]
    start: Floats
    effect: Floats
    noise: Floats
    figures: Mapping[str, Floats] = field(default_factory=dict)
    bounds: Mapping[str, int] = field(default_factory=dict)


def slopes_of(places: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return the slope of values, (runs,), on each parameter alone, and its standard error.

    `places` are (runs, parameters). Parameters are drawn independently, so that each slope is right
    without the others.
    """
    known = np.isfinite(values)
    x, y = places[known] - places[known].mean(axis=0), values[known] - values[known].mean()
    squares = np.maximum((x**2).sum(axis=0), 1e-12)
    slopes = x.T @ y / squares
    rest = np.maximum((y**2).sum() - slopes**2 * squares, 0.0)
    return slopes, np.sqrt(rest / squares / max(len(y) - 2, 1))


def plain_direction(slopes: Slopes, end: int, most: int, *, named: bool = False) -> Floats:
    """Return where parameters go on the whole way, NaN for those that stay: (parameters,).

    The `most` go that matter most, to an end of their ranges; with `named`, all do.
    """
    goal = np.where(end * slopes.effect > 0.0, 1.0, 0.0)
    gain = np.abs(slopes.effect * (goal - slopes.start))
    order = np.argsort(-gain, kind="stable")
    clear = np.abs(slopes.effect) > CLEAR * slopes.noise
    chosen = order if named else order[clear[order]][:most]
    return _only(goal, chosen)


def _only(goal: Floats, chosen: Whole) -> Floats:
    target = np.full(len(goal), np.nan)
    target[chosen] = goal[chosen]
    return target


def slack_direction(
    slopes: Slopes, plain: Floats, end: int, criterion: Criterion, tried: Tried, *, named: bool
) -> Floats | None:
    """Return where parameters go that move the effect most and keep all figures, by their slopes.

    Further parameters move against the misses that those of the `plain` direction cause. A step
    begins at the best world so far, see `_anchor`. None: nothing to gain.
    """
    from scipy.optimize import linprog

    retained, world = tried[World()], _anchor(end, criterion, tried)
    anchor = tried[world]
    figures = [f for f in slopes.figures if f in anchor.distances]
    moved = np.flatnonzero(np.isfinite(plain))
    if not len(moved) or not figures:
        return None
    start = slopes.start
    here = _places(slopes, world)
    each, effect = _corrected(slopes, figures, here, anchor, tried)
    now = np.array([anchor.distances[f] for f in figures])
    sides = np.array([slopes.bounds.get(f, 0) for f in figures])
    limits = criterion.limits(np.array([retained.distances.get(f, 0.0) for f in figures]))
    above = np.select([sides > 0, sides < 0], [-RESERVE, np.inf], limits)
    below = np.select([sides > 0, sides < 0], [np.inf, -RESERVE], limits)
    then = now + each[:, moved] @ (plain - here)[moved]
    far = np.maximum.reduce([now - RISK * above, then - RISK * above, -now - RISK * below,
                             -then - RISK * below])  # fmt: skip
    helpers = np.argsort(-np.abs(each[far > 0.0]), axis=1)[:, :HELPERS].ravel()
    pool = np.array([*dict.fromkeys([*moved, *np.flatnonzero(here != start)])])
    pool = pool if named else np.array([*dict.fromkeys([*pool, *helpers])])
    trust = _trust(world, end, tried) if world.end else 1.0
    up = np.minimum(1.0 - here[pool], trust)
    down = np.minimum(here[pool], trust)
    count, rows = len(pool), len(figures)
    gain, price = end * effect[pool], slopes.noise[pool]
    # Steps up, steps down, and what a figure is beyond its limit, which costs more than any gain.
    costs = np.concatenate([price - gain, price + gain, np.full(rows, DEAR * np.abs(gain).max())])
    apart, free = each[:, pool], np.eye(rows)
    matrix = np.vstack([np.hstack([apart, -apart, -free]), np.hstack([-apart, apart, -free])])
    room = np.concatenate([above - now, below + now])
    known = np.isfinite(room)
    most = [*up, *down, *[np.inf] * rows]
    found = linprog(costs, matrix[known], room[known], bounds=[(0.0, high) for high in most])
    if found.x is None:
        return None
    steps = found.x[:count] - found.x[count : 2 * count]
    goal = here.copy()
    goal[pool] += steps
    kept = np.flatnonzero(np.abs(goal - start) > LEAST_MOVE)
    return _only(goal, kept) if len(kept) and np.abs(steps).max() > LEAST_STEP else None


def _corrected(
    slopes: Slopes, figures: Sequence[str], here: Floats, anchor: Judgement, tried: Tried
) -> tuple[Floats, Floats]:
    """Return slopes of figures, (figures, parameters), and of the effect, by all worlds tried.

    They change least, so that from the anchor they lead to what the worlds gave; near ones count
    more.
    """
    known = {w: j for w, j in tried.items() if math.isfinite(j.mean)}
    steps = np.array([_places(slopes, world) for world in known]) - here
    before = np.vstack([slopes.effect, *(slopes.figures[f] for f in figures)])
    found = [[j.mean, *(j.distances.get(f, 0.0) for f in figures)] for j in known.values()]
    now = [anchor.mean, *(anchor.distances[f] for f in figures)]
    rest = np.array(found) - now - steps @ before.T
    doubt = np.diag(DOUBT * (1.0 + (steps**2).sum(axis=1)))
    after = before + np.linalg.solve(steps @ steps.T + doubt, rest).T @ steps
    return after[1:], after[0]


def _places(slopes: Slopes, world: World) -> Floats:
    starts = zip(slopes.names, slopes.start.tolist(), strict=True)
    return np.array([world.places.get(name, start) for name, start in starts])


def _anchor(end: int, criterion: Criterion, tried: Tried) -> World:
    """Return the world from which slopes lead on: the best that counts, or that misses least.

    The first step begins at the retained sets.
    """
    retained = tried[World()]
    good = _good(tried, criterion, end)
    if not any(_steps_of(w) and w.end == end for w in tried):
        return World()
    if good:
        return max(good, key=lambda w: end * tried[w].mean)
    beyond = [w for w, j in tried.items() if end * (j.mean - retained.mean) > 0.0]
    return min(
        beyond,
        key=lambda w: (criterion.within is None and len(tried[w].missed), tried[w].total),
        default=World(),
    )


def _good(tried: Tried, criterion: Criterion, end: int) -> list[World]:
    """Return the worlds that count, beyond the retained sets."""
    retained = tried[World()]
    beyond = (w for w, j in tried.items() if end * (j.mean - retained.mean) > 0.0)
    return [w for w in beyond if criterion.admits(tried[w], retained)]


def _cautious(tried: Tried, criterion: Criterion, end: int) -> Criterion:
    """Return the criterion with a reserve, or as it is if no world has the reserve."""
    cautious = replace(criterion, margin=MARGIN)
    return cautious if _good(tried, cautious, end) else criterion


def _steps_of(world: World) -> int:
    """Return the number of the step by slopes that made a world; 0: none did."""
    name, _, number = world.direction.partition(" ")
    return int(number) if name == SLACKED else 0


def _trust(anchor: World, end: int, tried: Tried) -> float:
    last = max(_steps_of(w) for w in tried if w.end == end)
    return float(TRUST / 2.0 ** max(last - max(_steps_of(anchor), 1), 0))


def search(
    evaluate: Evaluate,
    slopes: Slopes,
    criterion: Criterion,
    most: int,
    *,
    named: bool = False,
) -> Tried:
    """Try worlds from near to far in several directions, and halve the step where they stop.

    The search keeps a reserve: at the very edge, every second world would fail on other draws.

    Returns:
        All worlds tried, the retained sets first.
    """
    plain = {end: plain_direction(slopes, end, most, named=named) for end in ENDS}
    ways = {(end, "all"): plain[end] for end in ENDS if np.isfinite(plain[end]).any()}
    batch = [World(), *(_world(slopes, *of, s) for of in ways.items() for s in SHARES)]
    tried = dict(zip(batch, evaluate(batch), strict=True))
    for number in range(1, ROUNDS):
        by = {end: _cautious(tried, criterion, end) for end in ENDS}
        batch = [w for of in ways.items() if (w := _edge(slopes, *of, tried, by[of[0][0]]))]
        batch += [w for end in ENDS if (w := _between(slopes, end, tried, by[end]))]
        for end in ENDS if number < ROUNDS - 1 else ():
            target = slack_direction(slopes, plain[end], end, by[end], tried, named=named)
            if target is None:
                continue
            way, first = (end, f"{SLACKED} {number}"), _anchor(end, by[end], tried)
            if first.end:
                batch += [_world(slopes, way, target, share, first) for share in STEPS]
            else:
                ways[way] = target
                batch += [_world(slopes, way, target, share) for share in SHARES]
        if batch:
            tried |= zip(batch, evaluate(batch), strict=True)
    return tried


def _world(
    slopes: Slopes, way: tuple[int, str], target: Floats, share: float, first: World | None = None
) -> World:
    """Return the world at a share of the way from another, or from the retained sets."""
    start = _places(slopes, first or World())
    goal = np.where(np.isfinite(target), target, slopes.start)
    places = start + share * (goal - start)
    moved = np.abs(places - slopes.start) > 1e-9
    names = [slopes.names[at] for at in np.flatnonzero(moved).tolist()]
    return World(*way, share, dict(zip(names, places[moved].tolist(), strict=True)))


def _edge(
    slopes: Slopes, way: tuple[int, str], target: Floats, tried: Tried, criterion: Criterion
) -> World | None:
    """Return the world between the last one that counts and the next; None if it cannot be best."""
    end, good = way[0], _good(tried, criterion, way[0])
    here = {w.share: w for w in tried if (w.end, w.direction) == way}
    inner = max((share for share, w in here.items() if w in good), default=0.0)
    outer = min((share for share in here if share > inner), default=None)
    if outer is None or not (inner or criterion.admits(tried[World()], tried[World()])):
        return None
    if good and end * tried[here[outer]].mean <= max(end * tried[w].mean for w in good):
        return None
    return _world(slopes, way, target, (inner + outer) / 2.0)


def _between(slopes: Slopes, end: int, tried: Tried, criterion: Criterion) -> World | None:
    """Return the middle of the best world that counts and of one farther out; None: there is none.

    They may lie in different directions.
    """
    if not (good := _good(tried, criterion, end)):
        return None
    best = max(good, key=lambda w: end * tried[w].mean)
    out = _next_out(tried, criterion, end, tried[best])
    if out is None or out.direction == best.direction:
        return None
    middle = (_places(slopes, best) + _places(slopes, out)) / 2.0
    number = sum(w.direction.startswith(BETWEEN) for w in tried) + 1
    return _world(slopes, (end, f"{BETWEEN} {number}"), middle, 1.0)


@dataclass(frozen=True)
class End:
    """An end of the effect, run again on other draws.

    Attributes:
        world: The world that attains it; None: no world could be verified.
        failed: Worlds farther out that were not admitted when they were run again.
        stopped_by: The figures that the next world farther out misses; empty: none was tried.
    """

    world: World | None
    judged: Judgement | None
    failed: Tried
    stopped_by: tuple[str, ...]


def verify(
    evaluate: Evaluate, tried: Tried, criterion: Criterion
) -> tuple[Judgement, dict[int, End]]:
    """Run the farthest admitted worlds again; return the retained sets and both ends.

    `evaluate` uses other draws than the search. A world that is not admitted there is no bound, and
    the next one is tried.
    """
    retained = World()
    waiting = {end: _candidates(tried, criterion, end) for end in ENDS}
    again: Tried = {}
    failed: dict[int, Tried] = {end: {} for end in ENDS}
    ends: dict[int, World | None] = {}
    while len(ends) < len(ENDS):
        heads = {end: waiting[end][0] for end in ENDS if end not in ends and waiting[end]}
        batch = [w for w in dict.fromkeys([retained, *heads.values()]) if w not in again]
        if batch:
            again |= zip(batch, evaluate(batch), strict=True)
        now = again[retained]
        for end in ENDS:
            if end in ends:
                continue
            if end not in heads:
                ends[end] = retained if criterion.admits(now, now) else None
            elif criterion.admits(again[heads[end]], now):
                nearer = end * again[heads[end]].mean < end * now.mean
                ends[end] = retained if nearer and criterion.admits(now, now) else heads[end]
            else:
                failed[end][heads[end]] = again[waiting[end].pop(0)]
    found = {}
    for end, world in ends.items():
        lost = failed[end]
        # The last that failed, or the next farther out that was tried.
        out = _next_out(tried, criterion, end, tried[world] if world else None)
        stop = [*lost.values()][-1] if lost else tried[out] if out else None
        names = criterion.stops(stop, again[retained]) if stop else ()
        found[end] = End(world, again[world] if world else None, lost, names)
    return again[retained], found


def _candidates(tried: Tried, criterion: Criterion, end: int) -> list[World]:
    """Return worlds that count, beyond the retained sets, the farthest first."""
    order = sorted(_good(tried, criterion, end), key=lambda w: -end * tried[w].mean)
    safe = _good(tried, replace(criterion, margin=MARGIN), end)
    daring = [w for w in order if w not in safe][: DARING if safe else TRIES]
    return [w for w in order if w in daring or w in safe][:TRIES]


def _next_out(tried: Tried, criterion: Criterion, end: int, than: Judgement | None) -> World | None:
    """Return the world farther out than a number that misses least, and does not count."""
    retained = tried[World()]
    beyond = [
        w
        for w, j in tried.items()
        if not criterion.admits(j, retained) and math.isfinite(j.mean)
        if than is None or end * (j.mean - than.mean) > 0.0
    ]
    strict = criterion.within is None
    return min(
        beyond, key=lambda w: (strict and len(tried[w].missed), tried[w].total), default=None
    )


def at_ends(worlds: Mapping[int, World | None]) -> list[str]:
    """Return the parameters that either end moves, those of both first."""
    names = [name for world in worlds.values() if world for name in world.places]
    return sorted({*names}, key=lambda name: (-names.count(name), names.index(name)))


def perturbed(places: Floats, random: np.random.Generator, share: float) -> tuple[Floats, Flags]:
    """Return places of which a share went to an end of the range, and which."""
    moved = random.random(places.shape) < share
    ends = (random.random(places.shape) < 0.5).astype(np.float64)
    return np.where(moved, ends, places), moved
