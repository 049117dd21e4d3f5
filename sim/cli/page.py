"""``entrench page``: results to look at, and the model itself, in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Asked, takes


@takes("runs", "seed", "mechanisms", "point", "seeds", "known",
       "quiet", runs="Histories a scenario; 100 if not given.",
       seed="Seed of the draws; 1 if not given.")  # fmt: skip
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
    still: Annotated[
        bool, typer.Option("--still", help="Leave the engine out: nothing runs in the page.")
    ] = False,
    *,
    asked: Asked,
) -> None:
    """Make a page that shows results and runs the model in the browser.

    One HTML file; open it from disk, send it, put it on any server: it needs no
    network. Sliders run the same rules again, in the reader's browser.
    """
    from sim.page import make_page
    from sim.page.build import RUNS, SEED

    runs = RUNS if asked.runs is None else asked.runs
    seed = SEED if asked.seed is None else asked.seed
    path = make_page(
        sources or (), out, runs=runs, seed=seed, point=asked.point, still=still,
        mechanisms=asked.mechanisms, seeds=asked.seeds, known=asked.known,
    )  # fmt: skip
    if not asked.quiet:
        size = path.stat().st_size / 1e6
        typer.echo(f"Page: {path} ({size:.1f} MB); open it in a browser, no network needed.")
