"""Worlds in which an effect is smallest or largest: which parameters to move, and how far.

A world moves a few parameters in all retained sets. Nothing here runs the model: a function says
what worlds give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.arrays import Flags, Floats, Whole

LEAST, MOST = ENDS = (-1, 1)
RETAINED, SLACKED, BETWEEN = "retained", "slack", "between"
SHARES = (0.25, 0.5, 0.75, 1.0)
LATER = SHARES[1:]
ROUNDS = 6
"""The first has the shares above; each later one halves the step at the edge."""
BY_SLOPES = (1, 2, 3)
"""Rounds that also have a direction by linear programming, each from what is known then."""
TRUST = 0.3
"""Share of a range within which slopes are trusted around a world that was tried."""
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
LEAST_MOVE = 0.1
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

    Further parameters move against the misses that those of the `plain` direction cause. Slopes
    lead on from the world where an earlier such direction stopped. None: nothing to gain.
    """
    from scipy.optimize import linprog

    retained, (world, anchor) = tried[World()], _anchor(end, criterion, tried)
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
    trust = TRUST if world.end else 1.0
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
    goal = start.copy()
    goal[pool] = here[pool] + found.x[:count] - found.x[count : 2 * count]
    kept = np.flatnonzero(np.abs(goal - start) > LEAST_MOVE)
    return _only(goal, kept) if len(kept) else None


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


def _anchor(end: int, criterion: Criterion, tried: Tried) -> tuple[World, Judgement]:
    """Return the world from which slopes lead on.

    First the retained sets, then the end of the first direction by slopes, whose misses are to be
    repaired, then the best world that counts, which is to be led farther.
    """
    retained = tried[World()]
    last = [w for w in tried if w.end == end and w.share == 1.0 and w.direction[:5] == SLACKED]
    good = [w for w, j in tried.items() if w.end == end and criterion.admits(j, retained)]
    anchor = World()
    if len(last) > 1 and good:
        anchor = max(good, key=lambda w: end * tried[w].mean)
    elif last:
        anchor = last[-1]
    return anchor, tried[anchor]


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
        cautious = replace(criterion, margin=MARGIN)
        if any(cautious.admits(judged, tried[World()]) for judged in tried.values()):
            criterion = cautious
        batch = [w for of in ways.items() if (w := _edge(slopes, *of, tried, criterion))]
        batch += [w for end in ENDS if (w := _between(slopes, end, tried, criterion))]
        for end in ENDS if number in BY_SLOPES else ():
            target = slack_direction(slopes, plain[end], end, criterion, tried, named=named)
            if target is not None and not any(
                np.allclose(target, before, equal_nan=True) for before in ways.values()
            ):
                way = (end, f"{SLACKED} {number}")
                ways[way] = target
                shares = SHARES if number == BY_SLOPES[0] else LATER
                batch += [_world(slopes, way, target, s) for s in shares]
        if batch:
            tried |= zip(batch, evaluate(batch), strict=True)
    return tried


def _world(slopes: Slopes, way: tuple[int, str], target: Floats, share: float) -> World:
    places = slopes.start + share * (target - slopes.start)
    moved = np.flatnonzero(np.isfinite(places))
    return World(*way, share, {slopes.names[at]: float(places[at]) for at in moved.tolist()})


def _edge(
    slopes: Slopes, way: tuple[int, str], target: Floats, tried: Tried, criterion: Criterion
) -> World | None:
    """Return the world between the last one admitted and the next; None if it cannot be best."""
    retained, (end, _) = tried[World()], way
    here = {w.share: j for w, j in tried.items() if (w.end, w.direction) == way}
    good = {share: criterion.admits(judged, retained) for share, judged in here.items()}
    good[0.0] = criterion.admits(retained, retained)
    inner = max((share for share, well in good.items() if well), default=None)
    if inner is None or inner == max(good):
        return None
    outer = min(share for share in good if share > inner)
    best = max(end * j.mean for j in tried.values() if criterion.admits(j, retained))
    if end * here[outer].mean <= best:
        return None
    return _world(slopes, way, target, (inner + outer) / 2.0)


def _between(slopes: Slopes, end: int, tried: Tried, criterion: Criterion) -> World | None:
    """Return the middle of the best world that counts and of one farther out; None: there is none.

    They may lie in different directions.
    """
    retained, start = tried[World()], dict(zip(slopes.names, slopes.start.tolist(), strict=True))
    good = [w for w, j in tried.items() if criterion.admits(j, retained)]
    if not good:
        return None
    best = max(good, key=lambda w: end * tried[w].mean)
    out = _next_out(tried, criterion, end, tried[best])
    if out is None or out.direction == best.direction:
        return None
    places = {
        name: (best.places.get(name, start[name]) + out.places.get(name, start[name])) / 2.0
        for name in {**best.places, **out.places}
    }
    number = sum(w.direction.startswith(BETWEEN) for w in tried) + 1
    return World(end, f"{BETWEEN} {number}", 0.5, places)


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
    before, cautious = tried[World()], replace(criterion, margin=MARGIN)
    farther = {w: j for w, j in tried.items() if end * (j.mean - before.mean) > 0.0}
    good = [w for w, j in farther.items() if criterion.admits(j, before)]
    order = sorted(good, key=lambda w: -end * tried[w].mean)
    daring = [w for w in order if not cautious.admits(tried[w], before)][:DARING]
    return [w for w in order if w in daring or cautious.admits(tried[w], before)][:TRIES]


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
