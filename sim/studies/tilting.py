"""Worlds in which an effect is smallest or largest: which parameters to move, and how far.

A world moves a few parameters in all retained sets. Nothing here runs the model: one function
judges worlds, and another finds what each parameter does near a world.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.world.arrays import Flags, Floats

LEAST, MOST = ENDS = (-1, 1)
ROUNDS, SHARES = 30, (0.5, 1.0)
"""Steps towards each end, and the shares of a step that are tried."""
TRUST, LEAST_TRUST = 0.3, 0.08
"""Share of a range within which slopes are trusted, at most and at least."""
MARGIN = 0.15
"""Reserve of worlds from which the search goes on: about what other draws change."""
MOST_MOVED = 16
"""Most parameters that move, where none are named."""
DARING, CAREFUL = 5, 3
"""Most worlds of an end that are run again on other draws: of all, and of those with reserve."""
SLACK, RESERVE = 1.8, 0.3
"""How far a step leaves each figure: `MET` with a reserve for curvature; and a bound's reserve."""
LEAST_MOVE = 0.05
DOUBT = 0.5
"""Variance of a world's numbers by chance, against that of slopes."""
PRICES, DEAR = np.geomspace(1.0, 1e9, 80), 100.0
"""Factors by which new moves get dearer until few remain, and the price of a missed figure."""


@dataclass(frozen=True)
class World:
    """Parameters that are moved in all retained sets.

    Attributes:
        end: The end that it was made for: `LEAST`, `MOST`, or 0 for the retained sets.
        step: The number of the step that made it.
        share: How far along that step it is.
        places: Where parameters are, in shares of their plausible ranges.
    """

    end: int = 0
    step: int = 0
    share: float = 0.0
    places: Mapping[str, float] = field(default_factory=dict, compare=False)


NUMBERS = ("mean", "standard_error", "low", "high", "q05", "q95")


@dataclass(frozen=True)
class Judgement:
    """An effect in a world, and the published figures there.

    Attributes:
        mean: Mean of the effect over runs.
        standard_error: Its standard error.
        low: Lower end of its 95% interval.
        high: Upper end.
        q05: Lower end of the range of 90% of runs.
        q95: Upper end.
        distance: Sum of the squared distances of fitted figures.
        distances: Of the figures that decide, in standard deviations, with their signs; of a bound
            also on its right side.
        reserve: Least that any of these is away from a miss.
        tightest: The figure with this reserve.
        missed: Fitted figures and weak checks.
        missed_held_out: Figures that never decide.
    """

    mean: float
    standard_error: float = 0.0
    low: float = math.nan
    high: float = math.nan
    q05: float = math.nan
    q95: float = math.nan
    distance: float = 0.0
    distances: Mapping[str, float] = field(default_factory=dict)
    reserve: float = math.inf
    tightest: str = ""
    missed: tuple[str, ...] = ()
    missed_held_out: tuple[str, ...] = ()

    def is_permitted(self, margin: float = -math.inf) -> bool:
        """Return whether the world misses no figure, with at least this margin in reserve."""
        return math.isfinite(self.mean) and not self.missed and self.reserve >= margin


@dataclass(frozen=True)
class Slopes:
    """What a whole plausible range of each parameter does near a world.

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

    def places(self, world: World) -> Floats:
        starts = zip(self.names, self.start.tolist(), strict=True)
        return np.array([world.places.get(name, start) for name, start in starts])

    def world(self, end: int, step: int, share: float, places: Floats) -> World:
        moved = np.flatnonzero(np.abs(places - self.start) > LEAST_MOVE).tolist()
        return World(end, step, share, {self.names[at]: float(places[at]) for at in moved})

    def beside(self, other: Slopes) -> Slopes:
        """Return the mean of both: one may be far away, but two have less noise."""
        both = {f: (of + other.figures.get(f, of)) / 2.0 for f, of in self.figures.items()}
        effect, noise = (self.effect + other.effect) / 2.0, np.hypot(self.noise, other.noise) / 2.0
        return replace(self, effect=effect, noise=noise, figures=both)


type Evaluate = Callable[[Sequence[World]], Sequence[Judgement]]
type Screen = Callable[[World], Slopes]
type Tried = dict[World, Judgement]


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


def perturbed(places: Floats, random: np.random.Generator, share: float) -> tuple[Floats, Flags]:
    """Return places of which a share went to an end of the range, and which."""
    moved = random.random(places.shape) < share
    ends = (random.random(places.shape) < 0.5).astype(np.float64)
    return np.where(moved, ends, places), moved


def search(evaluate: Evaluate, screen: Screen, most: int | None) -> Tried:
    """Try worlds on the way to both ends, and go on from the best of them with slopes found there.

    A step begins at the farthest world with a reserve: at the very edge, every second world would
    fail on other draws. It may be nearer than the retained sets, which have hardly any.

    At most `most` parameters move; None: all may.

    Returns:
        All worlds tried, the retained sets first.
    """
    slopes = dict.fromkeys(ENDS, screen(World()))
    tried: Tried = dict(zip([World()], evaluate([World()]), strict=True))
    trust = dict.fromkeys(ENDS, 2.0 * TRUST)
    for number in range(1, ROUNDS + 1):
        batch: list[World] = []
        for end in ENDS:
            world = [*_good(tried, end, MARGIN), *_good(tried, end), World()][0]
            # A step that was good as a whole lengthens the next, one that was not halves it.
            gained = world.share if world.step == number - 1 else 0.0
            trust[end] = max(LEAST_TRUST, min(TRUST, trust[end] * (0.5 + gained)))
            if number > 1:
                slopes[end] = screen(world).beside(slopes[end])
            near = slopes[end]
            here = near.places(world)
            step = _step(near, world, tried, end, trust[end], most)
            batch += [near.world(end, number, share, here + share * step) for share in SHARES]
        tried |= zip(batch, evaluate(batch), strict=True)
    return tried


def _step(
    slopes: Slopes,
    world: World,
    tried: Tried,
    end: int,
    trust: float,
    most: int | None,
) -> Floats:
    """Return moves from a world that take the effect farthest and meet all figures, by the slopes.

    Linear programming weighs all parameters at once, so that some make up for a figure that others
    would miss. A move costs its slope's noise, and more until at most so many parameters move.
    """
    from scipy.optimize import linprog

    here, start, judged = slopes.places(world), slopes.start, tried[world]
    figures = [f for f in slopes.figures if f in judged.distances]
    effect, each = _corrected(slopes, figures, world, tried)
    far = np.array([judged.distances[f] for f in figures])
    # What figures were if all went back to the start, by the slopes.
    now = far - each @ (here - start)
    sides = np.array([slopes.bounds.get(f, 0) for f in figures])
    above = np.select([sides > 0, sides < 0], [-RESERVE, np.inf], SLACK)
    below = np.select([sides > 0, sides < 0], [np.inf, -RESERVE], SLACK)
    # Places above the start, below it, and what a figure is beyond its limit.
    free, room = np.eye(len(figures)), np.concatenate([above - now, below + now])
    matrix = np.vstack([np.hstack([each, -each, -free]), np.hstack([-each, each, -free])])
    low, high = np.maximum(here - trust, 0.0) - start, np.minimum(here + trust, 1.0) - start
    least = np.concatenate([low, -high, 0.0 * sides]).clip(0.0)
    span = [
        *zip(least, [*high.clip(0.0), *(-low).clip(0.0), *[np.inf] * len(figures)], strict=True)
    ]
    known, gain = np.isfinite(room), end * effect
    already = np.abs(here - start) > LEAST_MOVE
    dear = np.full(len(figures), DEAR * np.abs(gain).max(initial=1e-9))
    for factor in PRICES:
        price = slopes.noise * np.where(already, 1.0, factor) * (most is not None)
        costs = np.concatenate([price - gain, price + gain, dear])
        found = linprog(costs, matrix[known], room[known], bounds=span).x
        goal = start + found[: len(here)] - found[len(here) : 2 * len(here)]
        moved = already | (np.abs(goal - start) > LEAST_MOVE)
        if most is None or moved.sum() <= most:
            break
    return np.where(moved, goal - here, 0.0)


def _corrected(
    slopes: Slopes, figures: Sequence[str], anchor: World, tried: Tried
) -> tuple[Floats, Floats]:
    """Return slopes of the effect, and of figures, (figures, parameters), by all worlds tried.

    They change least, so that from the anchor they lead to what the worlds gave; near ones count
    more.
    """
    known = [w for w, j in tried.items() if math.isfinite(j.mean)]
    numbers = np.array([[j.mean, *(j.distances.get(f, 0.0) for f in figures)]
                        for j in (tried[w] for w in (anchor, *known))])  # fmt: skip
    before = np.vstack([slopes.effect, *(slopes.figures[f] for f in figures)])
    steps = np.array([slopes.places(w) for w in known]) - slopes.places(anchor)
    rest = numbers[1:] - numbers[0] - steps @ before.T
    doubt = np.diag(DOUBT * (1.0 + (steps**2).sum(axis=1)))
    after = before + np.linalg.solve(steps @ steps.T + doubt, rest).T @ steps
    return after[0], after[1:]


def _good(tried: Tried, end: int, margin: float = -math.inf) -> list[World]:
    """Return the worlds that are permitted, the farthest first."""
    counted = [world for world, judged in tried.items() if judged.is_permitted(margin)]
    return sorted(counted, key=lambda world: -end * tried[world].mean)


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


def verify(evaluate: Evaluate, tried: Tried) -> tuple[Tried, dict[int, End]]:
    """Run the farthest worlds again until one of each end is permitted there, too.

    Returns these runs, and both ends. `evaluate` uses other draws than the search. A world that is
    not permitted there is no bound.
    """
    again: Tried = dict(zip([World()], evaluate([World()]), strict=True))
    now, ends = again[World()], dict[int, End]()
    for end in ENDS:
        failed: Tried = {}
        for world in [*_candidates(tried, end), World()]:
            if world.end:
                again |= zip([world], evaluate([world]), strict=True)
            nearer = end * (again[world].mean - now.mean) < 0.0
            if again[world].is_permitted() and not nearer:
                break
            if not nearer:
                failed[world] = again[world]
        verified = None if world in failed else world
        # The last that failed, or the next farther out that was tried.
        out = [*failed.values()][-1:] or _next_out(tried, end, verified)
        names = (out[0].missed or tuple(filter(None, [out[0].tightest]))) if out else ()
        ends[end] = End(verified, again[verified] if verified else None, failed, names)
    return again, ends


def _candidates(tried: Tried, end: int) -> list[World]:
    """Return permitted worlds beyond the retained sets, few of them without a reserve."""
    order = _good(tried, end)
    kept = {*order[:DARING], *_good(tried, end, MARGIN)[:CAREFUL]}
    return [w for w in order if w in kept and end * (tried[w].mean - tried[World()].mean) > 0.0]


def _next_out(tried: Tried, end: int, than: World | None) -> list[Judgement]:
    """Return the world farther out than another that misses least, and is not permitted."""
    least = end * tried[than].mean if than else -math.inf
    out = [j for j in tried.values() if end * j.mean > least and not j.is_permitted()]
    return sorted(out, key=lambda j: (len(j.missed), j.distance))[:1]
