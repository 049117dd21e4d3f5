"""Arguments and options that several verbs share, and what --fresh does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.errors import MOST_SHOWN, InputError
from sim.text import printable, shorten

if TYPE_CHECKING:
    from sim.scenario import Problem
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

LISTED = 10
"""Files that a message lists."""

Point = Annotated[
    bool,
    typer.Option(
        "--point",
        help="All runs with the schema's defaults, instead of the plausible sets: bands then hold "
        "chance alone.",
    ),
]


Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Make warnings errors, such as of a value under a switch that is off.",
    ),
]


def warn(warnings: "Sequence[Problem]", strict: bool, quiet: bool = False) -> None:
    """Say what is set without effect, on standard error.

    Args:
        warnings: What there is to say, each with its place.
        strict: Whether any of it is an error.
        quiet: Whether warnings are not shown.

    Raises:
        InputError: There is something, and it counts as an error.
    """
    if strict and warnings:
        count = len(warnings)
        head = "one warning" if count == 1 else f"{count} warnings"
        raise InputError(map(str, warnings), f"{head}; with --strict that is an error")
    if not quiet:
        for warning in warnings[:MOST_SHOWN]:
            typer.echo(f"warning: {shorten(printable(str(warning)))}", err=True)
        if len(warnings) > MOST_SHOWN:
            typer.echo(f"warning: and {len(warnings) - MOST_SHOWN} more", err=True)


def chosen_sets(point: bool) -> "PlausibleSets | None":
    """Return the parameter sets that runs choose among; None for the schema's defaults."""
    from sim.scenario.plausible import shipped_plausible

    return None if point else shipped_plausible()


def clear_results(folder: Path) -> None:
    """Empty an earlier results folder of what Entrench wrote, and nothing that is not one.

    Raises:
        InputError: The folder is no results folder.
        OSError: Another process writes there.
    """
    from sim.results.folder import clear

    if left := clear(folder):
        shown = ", ".join(str(path.relative_to(folder)) for path in left[:LISTED])
        more = f" and {len(left) - LISTED:,} more" if len(left) > LISTED else ""
        typer.echo(f"note: {folder}: left alone, as not Entrench's: {shown}{more}", err=True)


def file_in_the_way(folder: Path) -> str:
    """Return what is wrong with `--out` if a file stands where a folder must be, or nothing."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if there is None or there.is_dir():
        return ""
    if there == folder:
        return f"--out {folder} is a file, not a folder"
    return f"--out {folder}: {there} is a file, not a folder"


@contextmanager
def suggest_fresh(kind: type[InputError] = InputError) -> Iterator[None]:
    """Say what can be done where a folder holds results of another question.

    Args:
        kind: The error that tells of such a folder.
    """
    try:
        yield
    except kind as error:
        if not error.headline:
            raise  # the folder holds no results, and the message says what it is
        hint = "name another folder with --out, or replace these results with --fresh"
        raise type(error)([*error.messages, hint], error.headline) from None
