"""``entrench plot``: draw the figures of a finished results folder again."""

from pathlib import Path
from typing import Annotated

import typer


def plot(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A results folder, as `entrench run` leaves it.")
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
            help="Draw this figure alone; may be given again. All if not given.",
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="png|svg", help="Write this format alone; may be given again."
        ),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the figures that DIR allows, and draw none.")
    ] = False,
) -> None:
    """Draw the figures of a results folder as PNG and SVG.

    Bands hold 50 % and 90 % of the runs. The same folder gives the same bytes every time.
    """
    from sim.results.read import open_results
    from sim.views.gallery import FIGURES_FOLDER, choose_views, draw_views
    from sim.views.save import FORMATS

    results = open_results(folder)
    if listing:
        for view in choose_views(results, None):
            typer.echo(f"{view.name:28}{view.doc}")
        return
    target = folder / FIGURES_FOLDER if out is None else out
    for path in draw_views(results, target, figures, formats or FORMATS):
        typer.echo(path)
