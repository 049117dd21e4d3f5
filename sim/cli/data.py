"""``entrench data``: the shipped tables of states, to start from with one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Action(StrEnum):
    """What to do with the tables."""

    export = "export"


def data(
    action: Annotated[Action, typer.Argument(help="export: write the shipped tables into DIR.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Export the tables of states, to start from with your own.

    Change what you know better, delete the tables that stay as they are, and
    give the folder to any verb that runs: --seeds DIR. For single figures a
    changes.csv alone will do. entrench check DIR says what is wrong.
    """
    from sim.world.locate import find_data_folder
    from sim.world.own import CHANGES_COLUMNS, CHANGES_TABLE, export

    for path in export(find_data_folder("seeds"), folder):
        typer.echo(f"wrote {path}")
    typer.echo(f"for single figures: {CHANGES_TABLE} with {','.join(CHANGES_COLUMNS)}")
