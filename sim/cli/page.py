"""``entrench page``: results to look at, and the model itself, in one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Point


def page(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIO|FOLDER]...",
            help="Scenarios to run, and finished results folders. The first is what others are "
            "compared with. If none is named: the baseline and the decisive scenarios.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = Path(
        "entrench.html"
    ),
    runs: Annotated[int, typer.Option("--runs", help="Histories a scenario.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws.")] = 1,
    point: Point = False,
    still: Annotated[
        bool, typer.Option("--still", help="Leave the engine out: nothing runs in the page.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Make a page that shows results and runs the model in the browser.

    One HTML file; open it from disk, send it, put it on any server: it needs no
    network. Sliders run the same rules again, in the reader's browser.
    """
    from sim.page import make_page

    path = make_page(sources or (), out, runs=runs, seed=seed, point=point, still=still)
    if not quiet:
        size = path.stat().st_size / 1e6
        typer.echo(f"Page: {path} ({size:.1f} MB); open it in a browser, no network needed.")
