"""Finished results as a notebook wants them: data frames, curves and figures of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim.arguments import held_to_annotations
from sim.results.folder import FIGURES
from sim.results.read import Results
from sim.results.sweep import SweepResults
from sim.studies.runs.report import RunSummary

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Runs(Results):
    """The finished runs of one scenario: what :func:`sim.run` and :func:`sim.open` return.

    Its data frames are those of the folder's files (`docs/results.md`).

    Examples:
        >>> import sim
        >>> base = sim.run("baseline", runs=3)
        >>> base.curve("working").columns.tolist()
        ['group', 'year', 'quarter', 'mean', 'q05', 'q25', 'q50', 'q75', 'q95']
    """

    @held_to_annotations
    def draw(self, figure: str = "adoption-world") -> Figure:
        """Return one of the figures that `entrench plot DIR --list` lists.

        Raises:
            InputError: There is no such figure, or nothing to show in it.
        """
        from sim.figures import register

        ((_, _, drawn),) = register.drawings(register.RUN, {"results": self}, [figure])
        return drawn

    def draw_all(self, folder: Path | str | None = None) -> list[Path]:
        """Write all figures as PNG and SVG; into the folder's `figures` if none is named."""
        from sim.figures import register

        target = self.folder / FIGURES if folder is None else Path(folder)
        return register.draw(register.RUN, target, {"results": self})

    def summary(self) -> RunSummary:
        """Return what happened, and the targets: what `entrench run` prints."""
        return RunSummary.of(self)

    def __repr__(self) -> str:
        """Return what it is, short."""
        return f"<Runs of {self.name}: {self.manifest['runs']:,} histories in {self.folder}>"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


@dataclass(frozen=True, repr=False)
class Sweep(SweepResults):
    """The finished runs of an experiment: what :func:`sim.sweep` and :func:`sim.open` return."""

    @cached_property
    def points_frame(self) -> pd.DataFrame:
        """Where each factor stood at each point: a row a point, a column a factor."""
        import pandas as pd

        return pd.DataFrame(self.design).rename_axis("point")

    @held_to_annotations
    def draw(self, figure: str | None = None, *, outcome: str = "working") -> Figure:
        """Return the figure that suits the design, or a named one of an outcome."""
        from sim.figures import register
        from sim.figures.sweeps.reading import choices

        facts = choices(self, [outcome])
        chosen = register.choose(register.SWEEP, facts, None if figure is None else [figure])[0]
        _, _, drawn = next(register.drawings(register.SWEEP, facts, [chosen.name]))
        return drawn

    def draw_all(self, folder: Path | str | None = None) -> list[Path]:
        """Write the figures that suit the design as PNG and SVG."""
        from sim.figures.sweeps.reading import draw_sweep

        return draw_sweep(self, self.folder / FIGURES if folder is None else Path(folder))

    def __repr__(self) -> str:
        """Return what it is, short."""
        return f"<Sweep of {self.name}: {self.size} in {self.folder}>"

    def _repr_html_(self) -> str:
        title = f"<p>{self.name}: {self.size}</p>"
        return title + str(self.points_frame.to_html(max_rows=10))
