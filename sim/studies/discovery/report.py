"""What a discovery leaves behind: tables, figures, and the boxes in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.results.read import Results
from sim.results.sweep import SweepResults
from sim.studies.blocks import Block, Cell, Table
from sim.studies.discovery.method import Discovery, Limit
from sim.studies.numbers_as_text import percent
from sim.studies.study import Row, Study, origin_of

LIMITS: dict[str, Cell[Limit]] = {
    "condition": "{0}",
    "unit": "{0.factor.unit}",
    "quasi-p": "{0.p:.1e}",
    "again in half of the points": lambda limit: percent(limit.again),
}
"""Columns of the printed table of a box."""


@dataclass(frozen=True, repr=False)
class Discovered(Study):
    """The conditions of an outcome; what :func:`sim.discover` returns.

    Attributes:
        manifest: What identifies the sweep.
        found: The boxes.
        sweep: The sweep.
        name: Of its experiment.
    """

    found: Discovery
    sweep: SweepResults
    name: str

    ROOM: ClassVar[str] = "discovery"
    FACTS: ClassVar[str] = "discovery.json"
    FILES: ClassVar[tuple[str, ...]] = ("boxes.csv", "trajectory.csv", "points.csv")

    def tables(self) -> dict[str, list[Row]]:
        """Return a row a box and factor, a row a step on the way, a row a point."""
        found = self.found
        rows = (found.rows(), found.step_rows(), found.point_rows())
        return dict(zip(self.FILES, map(list[Row], rows), strict=True))

    def shown(self) -> dict[str, Any]:
        """Return what the figures take: nothing where no box was found."""
        manifest = origin_of(self.name + self.settings, self.sweep.size, self.manifest)
        return {"manifest": manifest, **({"found": self.found} if self.found.boxes else {})}

    def own_facts(self) -> dict[str, Any]:
        """Return what was sought, and in which sweep."""
        return {
            "experiment": self.name,
            "condition": str(self.found.condition),
            "points": self.found.used,
            "met": int(self.found.hits.sum()),
        }

    def results_used(self) -> list[Results]:
        """Return the sweep."""
        return [self.sweep]

    def blocks(self) -> Iterator[Block]:
        """Yield how often the condition is met, and each box."""
        found = self.found
        left = len(found.values) - found.used
        yield (
            f"{found.condition} at {int(found.hits.sum())} of {found.used} points"
            f" ({percent(found.overall)})"
            + (f"; {left} points without a value left out" if left else "")
        )
        if not found.boxes:
            yield "No box is denser than all points together and restricts a factor significantly."
        for number, box in enumerate(found.boxes, 1):
            yield f"\nBox {number}: {box}."
            yield Table.of(box.limits, LIMITS)
            if box.dropped:
                yield f"Dropped as not significant: {', '.join(box.dropped)}."
        if found.boxes:
            yield (
                "Density and coverage are of the points in which the boxes were sought, so both are"
                " somewhat overstated."
            )
