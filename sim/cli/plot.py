"""``entrench plot``: draw the figures of a finished results folder again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def plot(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="A results folder, as `entrench run` or `entrench sweep` leaves it.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where they go; DIR/figures if not given."),
    ] = None,
    figures: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            metavar="NAME",
            help="Draw this figure alone; may be given again. If not given: all of a run's, those "
            "that suit the design of a sweep.",
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="png|svg", help="Write this format alone; may be given again."
        ),
    ] = None,
    outcomes: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome",
            metavar="NAME",
            help="Of a sweep: show this outcome; may be given again. If not given: working, "
            "adopters and trained, as far as they were kept.",
        ),
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(
            "--year", metavar="YEAR", help="Of a sweep: show the end of this year, not the last."
        ),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the figures that DIR allows, and draw none.")
    ] = False,
) -> None:
    """Draw the figures of a results folder as PNG and SVG.

    Bands hold 50 % and 90 % of the runs. The same folder gives the same bytes every time.
    """
    from sim.figures.gallery import FIGURES_FOLDER, choose_views, draw_views
    from sim.figures.save import FORMATS
    from sim.figures.sweeps.gallery import SWEEP_VIEWS, draw_sweep
    from sim.studies.opened import Sweep, open_folder

    opened = open_folder(folder)
    target = folder / FIGURES_FOLDER if out is None else out
    kinds = formats or FORMATS
    if not isinstance(opened, Sweep):
        _refuse_for_runs(folder, outcomes, year)
    if listing:
        views: list[Any] = (
            [view for view in SWEEP_VIEWS.values() if not view.obstacle(opened)]
            if isinstance(opened, Sweep)
            else choose_views(opened, None)
        )
        for view in views:
            typer.echo(f"{view.name:28}{view.doc}")
        return
    drawn = (
        draw_sweep(opened, target, figures, outcomes, year, kinds)
        if isinstance(opened, Sweep)
        else draw_views(opened, target, figures, kinds)
    )
    for path in drawn:
        typer.echo(path)


def _refuse_for_runs(folder: Path, outcomes: list[str] | None, year: int | None) -> None:
    """Raise InputError if an option was given that only a sweep knows."""
    from sim.errors import InputError

    given = [name for name, value in (("--outcome", outcomes), ("--year", year)) if value]
    if given:
        raise InputError(
            [
                f"{name} is for the folder of a sweep; {folder} holds runs of one scenario,"
                " whose figures show all their years (choose among them with --figure)"
                for name in given
            ]
        )
