"""``entrench page``: results to look at, and the model itself, in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Option, Options, argument, flag, takes
from sim.errors import InputError


@takes(
    "runs", "seed", "mechanisms", "point", "seeds", "known", "quiet",
    file=Option(Path, "Where the page goes.", "FILE", Path("entrench.html"), "--out"),
    still=flag("--still", "Leave the engine out: nothing runs in the page."),
    runs="Histories a scenario; 100 if not given.",
    seed="Seed of the draws; 1 if not given.",
    quiet="Print nothing but errors; the page is written.",
)  # fmt: skip
def page(
    sources: Annotated[
        list[str] | None,
        argument(
            "SCENARIO|FOLDER",
            "Scenarios to run, and finished results folders. The first is what others are compared"
            " with. If none is named: the baseline and the decisive scenarios.",
        ),
    ] = None,
    *,
    options: Options,
) -> None:
    """Make a page that shows results and runs the model in the browser.

    One HTML file; open it from disk, send it, put it on any server: it needs no
    network. Sliders run the same rules again, in the reader's browser.
    """
    # Before what takes seconds to load.
    for name in sources or ():
        if (sources or []).count(name) > 1:
            raise InputError(f"{name} is given twice; a page shows each scenario once")
    from sim.page import make_page
    from sim.studies.resolve import is_folder
    from sim.studies.run_options import given

    idle = given(options.given, "runs", "seed", "point")
    if idle and options.own["still"] and sources and all(map(is_folder, sources)):
        raise InputError(f"a still page of finished runs runs nothing: leave out {', '.join(idle)}")
    path = make_page(
        sources or (), options.own["file"], still=options.own["still"], **options.given
    )
    if not options.quiet:
        size = path.stat().st_size / 1e6
        typer.echo(f"Page: {path} ({size:.1f} MB); open it in a browser, no network needed.")
