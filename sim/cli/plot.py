"""``entrench plot``: draw the figures of a finished results folder again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Option, Options, argument, flag, takes
from sim.cli.show import say_json


@takes(
    "out", "as_json",
    figures=Option(
        list[str],
        "Draw this figure alone; may be given again. If not given: all of a run's, those that suit"
        " the design of a sweep.",
        "NAME",
        name="--figure",
    ),
    formats=Option(
        list[str], "Write this format alone; may be given again.", "png|svg|pdf", name="--format"
    ),
    outcomes=Option(
        list[str],
        "Show this outcome; may be given again. If not given: working, adopters and trained, as far"
        " as they were kept.",
        "NAME",
        name="--outcome",
    ),
    by=Option(str, "Of a run: a panel a region, regime or vendor.", "KIND"),
    years=Option(str, "Of a run: only these years, as 2020-2040.", "A-B"),
    state=Option(str, "Of a run: this state's timeline.", "STATE"),
    year=Option(int, "Of a sweep: show the end of this year, not the last.", "YEAR"),
    threshold=Option(
        float, "Of a sweep: draw a line in heat maps between what lies below and above.", "NUMBER"
    ),
    listing=flag("--list", "List the figures that DIR allows, and draw none."),
    out="Where they go; DIR/figures if not given.",
    as_json="Print what is listed or drawn as JSON.",
)  # fmt: skip
def plot(
    folder: Annotated[
        Path,
        argument("DIR", "The folder of a run or of a sweep."),
    ],
    *,
    options: Options,
) -> None:
    """Draw the figures of a results folder as PNG and SVG, or as PDF.

    Bands hold 50 % and 90 % of the runs. The same folder gives the same bytes every time.
    """
    from sim.studies.plotting import listed_figures
    from sim.studies.plotting import plot as draw

    own = dict(options.own)
    if own.pop("listing"):
        figures = listed_figures(folder)
        if options.as_json:
            say_json([{"figure": name, "shows": doc} for name, doc in figures.items()])
        else:
            for name, doc in figures.items():
                typer.echo(f"{name:28}{doc}")
        return
    paths = draw(folder, options.out, **own)
    if options.as_json:
        say_json(list(map(str, paths)))
    else:
        typer.echo("\n".join(map(str, paths)))
