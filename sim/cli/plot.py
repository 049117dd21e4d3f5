"""``entrench plot``: draw the figures of a finished results folder again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def plot(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="The folder of a run, a sweep or a study, such as `entrench compare` leaves.",
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
            help="Show this outcome; may be given again. If not given: working, adopters and"
            " trained, as far as they were kept.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="KIND", help="Of a run: a panel a region, regime or vendor."),
    ] = None,
    years: Annotated[
        str | None,
        typer.Option("--years", metavar="A-B", help="Of a run: only these years, as 2020-2040."),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Of a run: this state's timeline."),
    ] = None,
    animate: Annotated[
        bool,
        typer.Option("--animate", help="Of a run: the map over the years, as GIF (or WebP)."),
    ] = False,
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
    from sim.studies.plotting import listed_figures
    from sim.studies.plotting import plot as draw

    if listing:
        for name, doc in listed_figures(folder).items():
            typer.echo(f"{name:28}{doc}")
        return
    written = draw(
        folder, out, figures=figures, formats=formats, outcomes=outcomes, by=by, years=years,
        state=state, year=year, threshold=threshold, animate=animate,
    )  # fmt: skip
    for path in written:
        typer.echo(path)
