"""Curves of shares over years, with bands, as SVG without script."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sim.model.units import PERCENT

# Pixels between the lines of a label.
ROW = 17
# Pixels of room around the plot.
LEFT, TOP, BELOW = 34, 12, 24
# Width, height and room at the right for labels, by who sees it.
SIZES = (("wide", 1064, 330, 170), ("narrow", 362, 236, 104))


@dataclass(frozen=True)
class Curve:
    """A line with bands, all as shares, and its label.

    Attributes:
        bands: Lower and upper edges, the widest band first.
        look: Its class in `web/style.css`.
        label: Lines of text at its end; the first is its number.
        stepped: Whether it stays level from one point to the next.
    """

    at: Sequence[float]
    mean: Sequence[float]
    bands: Sequence[tuple[Sequence[float], Sequence[float]]]
    look: str
    label: Sequence[str]
    stepped: bool = False


def drawings(curves: Sequence[Curve], ticks: Mapping[int, str], says: str) -> str:
    """Return curves from 0 to 100 as SVG, the last on top: for a screen, and for a phone.

    `ticks` are words for places of the horizontal axis. `says` describes it to readers who do not
    see it.
    """
    return "".join(
        f'<div class="{look}"><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(says)}">'
        f"{_drawing(curves, ticks, width, height, room)}</svg></div>"
        for look, width, height, room in SIZES
    )


def _drawing(
    curves: Sequence[Curve], ticks: Mapping[int, str], width: int, height: int, room: int
) -> str:
    # `web/first.js` draws the first chart with the same classes.
    first, last = min(ticks), max(ticks)

    def x(at: float) -> float:
        return LEFT + (at - first) / (last - first) * (width - room - LEFT)

    def y(share: float) -> float:
        return height - BELOW - share * (height - BELOW - TOP)

    def points(curve: Curve, values: Sequence[float]) -> list[str]:
        places = [(x(at), y(value)) for at, value in zip(curve.at, values, strict=True)]
        if curve.stepped:
            corners = [(b[0], a[1]) for a, b in pairwise(places)]
            places = [p for pair in zip(places, [*corners, places[-1]], strict=True) for p in pair]
        return [f"{a:.1f},{b:.1f}" for a, b in places]

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<path class="grid" d="M{LEFT},{y(share):.1f}H{x(last):.1f}"/>')
        parts.append(_text(LEFT - 6, y(share) + 4, f"{PERCENT * share:.0f}", "tick end"))
    for at, words in ticks.items():
        parts.append(_text(x(at), height - 6, words, "tick middle"))
    for curve in curves:
        for low, high in curve.bands:
            shape = [*points(curve, high), *points(curve, low)[::-1]]
            parts.append(f'<polygon class="band {curve.look}" points="{" ".join(shape)}"/>')
    for curve in curves:
        line = " ".join(points(curve, curve.mean))
        parts.append(f'<polyline class="line {curve.look}" points="{line}"/>')
    free = 0.0
    for curve in sorted(curves, key=lambda curve: -curve.mean[-1]):
        top = max(y(curve.mean[-1]) + 5, free)
        for k, words in enumerate(curve.label):
            looks = f"{'number' if k == 0 else 'end-label'} {curve.look}"
            parts.append(_text(x(last) + 12, top + ROW * k, words, looks))
        free = top + ROW * len(curve.label) + 6
    return "".join(parts)


def _text(x: float, y: float, words: str, looks: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{looks}">{html.escape(words)}</text>'
