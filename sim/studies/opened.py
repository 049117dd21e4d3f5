"""Finished results as a notebook wants them: data frames, curves and figures of a folder."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.chunk import end_of, quarter_of_year, year_of
from sim.errors import InputError
from sim.register import WORLD, choose
from sim.results.folder import FIGURES, MANIFEST
from sim.results.read import EXPERIMENT, Results, open_results
from sim.results.summary import QUANTILES
from sim.results.sweep import SweepResults
from sim.studies.study import kinds

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.batch.fill import Report
    from sim.studies.runs.report import RunSummary


@dataclass(frozen=True, repr=False)
class Runs(Results):
    """The finished runs of one scenario: what :func:`sim.run` and :func:`sim.open` return.

    Its data frames are those of the folder's files (`docs/results.md`).

    Examples:
        >>> import sim
        >>> base = sim.run("baseline", runs=3)
        >>> base.curve("working").columns.tolist()
        ['group', 'year', 'quarter', 'mean', 'q05', 'q25', 'q50', 'q75', 'q95']

    Attributes:
        report: What has just been run of it; None if it was opened.
    """

    report: Report | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["scenario"]["name"])

    @property
    def last_year(self) -> int:
        """The year in which the runs end."""
        return year_of(self.quarters[-1])

    def curve(
        self, outcome: str, *, by: str = WORLD, years: Collection[int] | None = None
    ) -> pd.DataFrame:
        """Return an outcome over time: its mean and quantiles over runs.

        Args:
            outcome: Name of an outcome, such as `working`.
            by: Kind of groups, such as `regime` or `region`; the world if not given.
            years: Ends of years; all quarters if not given.

        Returns:
            A row a group and quarter: `group`, `year`, `quarter`, `mean`, `q05` to `q95`.

        Raises:
            InputError: The outcome, the groups or the years were not kept.
        """
        import pandas as pd

        choose(self.outcomes, [outcome])
        quarters = self.quarters if years is None else [end_of(year) for year in sorted(years)]
        frames = []
        for group in self.groups.get(by, [by]):
            values = self.values(outcome, by, group, quarters)
            frames.append(
                pd.DataFrame(
                    {
                        "group": group,
                        "year": [year_of(quarter) for quarter in quarters],
                        "quarter": [quarter_of_year(quarter) for quarter in quarters],
                        "mean": values.mean(axis=0),
                        **{k: np.quantile(values, share, axis=0) for k, share in QUANTILES.items()},
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    def draw(self, figure: str = "adoption-world") -> Figure:
        """Return one of the figures that `entrench plot DIR --list` lists.

        Raises:
            InputError: There is no such figure, or nothing to show in it.
        """
        from sim.figures import register
        from sim.figures.curves import Held

        facts = {"results": Held.of(self)}
        (chosen,) = register.choose(register.RUN, facts, [figure])
        ((_, drawn),) = chosen.draw(facts)
        return drawn

    def draw_all(self, folder: Path | str | None = None) -> list[Path]:
        """Write all figures as PNG and SVG; into the folder's `figures` if none is named."""
        from sim.figures import register

        target = self.folder / FIGURES if folder is None else Path(folder)
        return register.draw(register.RUN, target, {"results": self})

    def summary(self, *, blind: bool = True) -> RunSummary:
        """Return what happened, the targets and the regimes: what `entrench run` prints.

        Args:
            blind: Whether to run some histories without regime effects to stand beside.
        """
        from sim.studies.runs.report import RunSummary

        return RunSummary.of(self, blind=blind)

    def __repr__(self) -> str:
        """Return what it is, short."""
        return f"<Runs of {self.name}: {self.manifest['runs']:,} histories in {self.folder}>"

    def _repr_html_(self) -> str:
        return self.summary(blind=False)._repr_html_()


@dataclass(frozen=True, repr=False)
class Sweep(SweepResults):
    """The finished runs of an experiment: what :func:`sim.sweep` and :func:`sim.open` return.

    Attributes:
        report: What has just been run of it; None if it was opened.
    """

    report: Report | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return str(self.manifest[EXPERIMENT]["name"])

    @cached_property
    def points_frame(self) -> pd.DataFrame:
        """Where each factor stood at each point: a row a point, a column a factor."""
        import pandas as pd

        return pd.DataFrame(self.design).rename_axis("point")

    def draw(self, figure: str | None = None, *, outcome: str = "working") -> Figure:
        """Return the figure that suits the design, or a named one of an outcome."""
        from sim.figures import register
        from sim.figures.sweeps.reading import choices

        facts = choices(self, [outcome])
        chosen = register.choose(register.SWEEP, facts, None if figure is None else [figure])[0]
        _, drawn = next(chosen.draw(facts))
        return drawn

    def draw_all(self, folder: Path | str | None = None) -> list[Path]:
        """Write the figures that suit the design as PNG and SVG."""
        from sim.figures.sweeps.reading import draw_sweep

        return draw_sweep(self, self.folder / FIGURES if folder is None else Path(folder))

    def __repr__(self) -> str:
        """Return what it is, short."""
        size = f"{self.points:,} points × {self.replicates:,} replicates"
        return f"<Sweep of {self.name}: {size} in {self.folder}>"

    def _repr_html_(self) -> str:
        title = f"<p>{self.name}: {self.points:,} points × {self.replicates:,} replicates</p>"
        return title + str(self.points_frame.to_html(max_rows=10))


def open_folder(
    folder: Path | str, temporary: Any = None, report: Report | None = None
) -> Runs | Sweep:
    """Open a finished folder of a run or of a sweep, and see that it is whole.

    Raises:
        InputError: It is missing, of another kind, damaged, or not finished.
    """
    path = Path(folder)
    if path.is_dir() and not (path / MANIFEST).is_file() and (kind := study_kind(path)):
        raise InputError(f"{path} holds {kind}, not runs: give the folder of a run or of a sweep")
    results = open_results(path)
    if not results.is_sweep:
        return Runs(path, results.manifest, temporary, report)
    sweep = Sweep(path, results.manifest, temporary, report)
    _ = sweep.design
    return sweep


def open_sweep(
    folder: Sweep | Path | str, temporary: Any = None, report: Report | None = None
) -> Sweep:
    """Open the finished folder of a sweep, or take one at hand; see :func:`open_folder`."""
    opened = folder if isinstance(folder, Sweep) else open_folder(folder, temporary, report)
    if not isinstance(opened, Sweep):
        raise InputError(f"{folder} holds runs of one scenario, not a sweep")
    return opened


def study_kind(folder: Path) -> str:
    """Return what study a folder holds, in words; empty if it holds none."""
    return next((words for name, words in kinds().items() if (folder / name).is_file()), "")
