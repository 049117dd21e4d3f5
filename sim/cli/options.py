"""Arguments and options that several verbs share, and what --fresh does."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

# Plain names: typer does not look into aliases made with `type`.

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario's name, or the path of its file.")
]

Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a value over all files, such as contracts.term=5, horizon.end=2035 or "
        "events.NAME.date=2031; may be given again.",
    ),
]


def clear_results(folder: Path) -> None:
    """Remove an earlier results folder, and nothing that is not one.

    Raises:
        InputError: The folder is no results folder.
    """
    from sim.errors import InputError

    if not folder.exists():
        return
    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder} holds no manifest.json, so --fresh does not remove it")
    shutil.rmtree(folder)
