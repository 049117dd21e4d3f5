"""The points of a sweep, as results know them: which factors stood where, and how many replicates.

Runs are numbered point after point: run = point × replicates + replicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.parameters import Cell, cell_text
from sim.results.files import write_csv

POINT = "point"
REPLICATE = "replicate"


@dataclass(frozen=True)
class Points:
    """What the runs of a sweep are of.

    Attributes:
        names: Names of the factors: columns of `design.csv`.
        cells: A row a point, a cell a factor.
        replicates: Runs of each point.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    replicates: int

    def __post_init__(self) -> None:
        """Refuse what the tables could not hold."""
        if not self.cells or self.replicates < 1:
            raise ValueError("there must be points, and replicates of each")
        if any(len(row) != len(self.names) for row in self.cells):
            raise ValueError("each point needs a cell for each factor")

    @property
    def runs(self) -> int:
        """Number of runs: points × replicates."""
        return len(self.cells) * self.replicates

    def of(self, run: int) -> tuple[int, int]:
        """Return a run's point and replicate."""
        return divmod(run, self.replicates)

    def texts(self, point: int) -> list[str]:
        """Return a point's cells as the CSV tables hold them."""
        return [cell_text(cell) for cell in self.cells[point]]


def write_design(points: Points, path: Path) -> None:
    """Write `design.csv`: a row a point, a column a factor."""
    rows = ([at, *points.texts(at)] for at in range(len(points.cells)))
    write_csv(path, [POINT, *points.names], rows)
