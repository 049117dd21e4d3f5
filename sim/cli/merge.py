"""``entrench merge``: join the shards of a sweep."""

from pathlib import Path
from typing import Annotated

import typer


def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR", help="What was given to sweep with --out, or the shards' folders."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where the whole sweep goes; DIR if not given."),
    ] = None,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Join the shards of a sweep into the folder that a single job would have made.

    The bytes are the same. The shards stay as they are; remove them when you are content.

    Exit code 3: done, but some runs failed and are listed in failures.csv.
    """
    from sim.batch.merge import merge as join
    from sim.cli.drawing import Drawing
    from sim.cli.run import DRAW
    from sim.cli.sweep import finish_sweep

    with Drawing(DRAW, wanted=figures) as drawing:
        joined = join(folders, out)
        if not quiet:
            typer.echo(f"{joined.shards} shards joined.")
        finish_sweep(joined.folder, joined.failed, joined.runs, drawing, quiet)
