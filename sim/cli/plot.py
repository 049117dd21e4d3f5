"""``entrench plot``: draw the figures of a finished results folder again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sim.results.read import Results


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
    from sim.results.read import open_results

    results = open_results(folder)
    target = folder / FIGURES_FOLDER if out is None else out
    if results.is_sweep:
        _plot_sweep(folder, target, figures, formats, outcomes, year, listing=listing)
        return
    _refuse_for_runs(results, outcomes, year)
    if listing:
        for view in choose_views(results, None):
            typer.echo(f"{view.name:28}{view.doc}")
        return
    for path in draw_views(results, target, figures, formats or FORMATS):
        typer.echo(path)


def _plot_sweep(
    folder: Path,
    target: Path,
    figures: list[str] | None,
    formats: list[str] | None,
    outcomes: list[str] | None,
    year: int | None,
    *,
    listing: bool,
) -> None:
    """Draw or list the figures of a sweep."""
    from sim.figures.save import FORMATS
    from sim.figures.sweeps.gallery import SWEEP_VIEWS, draw_sweep
    from sim.results.sweep import open_sweep

    sweep = open_sweep(folder)
    if listing:
        for view in SWEEP_VIEWS.values():
            if not view.obstacle(sweep):
                typer.echo(f"{view.name:28}{view.doc}")
        return
    for path in draw_sweep(sweep, target, figures, outcomes, year, formats or FORMATS):
        typer.echo(path)


def _refuse_for_runs(results: "Results", outcomes: list[str] | None, year: int | None) -> None:
    """Raise InputError if an option was given that only a sweep knows."""
    from sim.errors import InputError

    given = [name for name, value in (("--outcome", outcomes), ("--year", year)) if value]
    if given:
        raise InputError(
            [
                f"{name} is for the folder of a sweep; {results.folder} holds runs of one scenario,"
                " whose figures show all their years (choose among them with --figure)"
                for name in given
            ]
        )
