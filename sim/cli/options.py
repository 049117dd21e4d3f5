"""Arguments and options that several verbs share, and what --fresh does."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sim.scenario.plausible import PlausibleSets

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

Point = Annotated[
    bool,
    typer.Option(
        "--point",
        help="All runs with the schema's defaults, instead of the plausible sets: bands then hold "
        "chance alone.",
    ),
]


def chosen_sets(point: bool) -> "PlausibleSets | None":
    """Return the parameter sets that runs choose among; None for the schema's defaults."""
    from sim.scenario.plausible import shipped_plausible

    return None if point else shipped_plausible()


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
