"""``entrench merge``: join the shards of a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Options, argument, takes


@takes(
    "out",
    "figures",
    "quiet",
    out="Where the whole sweep goes; DIR if not given.",
    quiet="Print nothing but errors.",
)
def merge(
    folders: Annotated[
        list[Path],
        argument("DIR", "What was given to sweep with --out, or the shards' folders."),
    ],
    *,
    options: Options,
) -> None:
    """Join the shards of a sweep into the folder that a single job would have made.

    The bytes are the same. The shards stay as they are; remove them when you are content.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.batch.merge import merge as join
    from sim.cli.drawing import Drawing
    from sim.cli.run import DRAW
    from sim.cli.sweep import finish_sweep

    with Drawing(DRAW, wanted=options.figures) as drawing:
        joined = join(folders, options.out)
        if not options.quiet:
            typer.echo(f"{joined.shards} shards joined.")
        finish_sweep(joined.folder, joined.failed, joined.runs, drawing, options.quiet)
