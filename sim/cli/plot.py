"""``entrench plot``: draw the figures of a finished results folder again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sim.figures.register import Drawing


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
            "--format", metavar="png|svg|pdf", help="Write this format alone; may be given again."
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
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            metavar="NUMBER",
            help="Of a sweep: draw a line in heat maps between what lies below and above.",
        ),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the figures that DIR allows, and draw none.")
    ] = False,
) -> None:
    """Draw the figures of a results folder as PNG and SVG, or as PDF.

    Bands hold 50 % and 90 % of the runs. The same folder gives the same bytes every time.
    """
    from sim.errors import InputError
    from sim.figures import register
    from sim.figures.save import FORMATS
    from sim.figures.sweeps.reading import choices, draw_sweep
    from sim.studies.opened import Sweep, open_folder

    opened = open_folder(folder)
    target = folder / register.FIGURES_FOLDER if out is None else out
    if isinstance(opened, Sweep):
        if listing:
            _list(register.possible(register.SWEEP, choices(opened)))
            return
        written = draw_sweep(
            opened, target, figures, formats or FORMATS,
            outcomes=outcomes, year=year, threshold=threshold,
        )  # fmt: skip
    else:
        options = {"--outcome": outcomes, "--year": year, "--threshold": threshold}
        given = [name for name, value in options.items() if value]
        if given:
            raise InputError(
                [
                    f"{name} is for the folder of a sweep; {folder} holds runs of one scenario,"
                    " whose figures show all their years (choose among them with --figure)"
                    for name in given
                ]
            )
        facts = {"results": opened}
        if listing:
            _list(register.possible(register.RUN, facts))
            return
        written = register.draw(register.RUN, target, facts, figures, formats or FORMATS)
    for path in written:
        typer.echo(path)


def _list(drawings: Iterable[Drawing]) -> None:
    """Print a line a figure."""
    for one in drawings:
        typer.echo(f"{one.name:28}{one.doc}")
