"""Showing studies: tables and sentences, or JSON; and progress."""

from __future__ import annotations

import inspect
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.application import FAILED_RUNS
from sim.cli.progress import watch

if TYPE_CHECKING:
    from sim.cli.options import Options
    from sim.studies.blocks import Block, Table
    from sim.studies.runs.finished import Runs, Sweep
    from sim.studies.study import Study


def answer[Kind: Study](
    options: Options,
    study: Callable[..., Kind],
    *sources: Any,
    out: Path | None,
    where: Callable[[Kind], Path] | None = None,
) -> Kind:
    """Do a study as its options say, show what it found, and say which runs failed.

    Args:
        options: Those of the verb: its own, and those that it shares.
        study: The study's Python function.
        *sources: What it looks at.
        out: Where its files go; None: nowhere.
        where: Where in it the files of the study itself are; None: there.
    """
    more: dict[str, Any] = {"watch": watch(options.quiet)}
    if "say" in inspect.signature(study).parameters:
        more["say"] = typer.echo if options.talks else None
    found = study(*sources, **options.own, **options.given, **more, out=out)
    show(found, options, where(found) if where else out)
    end_with_failures(found)
    return found


def show(study: Study, options: Options, folder: Path | None) -> None:
    """Print what a study found, as it was asked for, and where its files are."""
    if options.as_json:
        say_json(study.to_dict())
    elif not options.quiet:
        show_blocks(study.blocks())
        if folder:
            say_where(folder)


def say_json(content: Any) -> None:
    """Print plain data as JSON."""
    from sim.studies.study import as_json

    typer.echo(as_json(content))


def show_list(options: Options, rows: Sequence[Mapping[str, Any]], table: Table) -> None:
    """Print a list as a table, or its rows as JSON."""
    if options.as_json:
        say_json(rows)
    else:
        show_blocks([table])


def show_blocks(blocks: Iterable[Block]) -> None:
    """Print tables, and sentences that break between words."""
    from sim.cli.tables import print_table

    for block in blocks:
        if isinstance(block, str):
            say(block)
        else:
            print_table(block.heads, block.rows, if_wide=block.if_wide)


def say(text: str) -> None:
    """Print a text; on a terminal its lines break between words."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(textwrap.fill(line, width) if line else "" for line in text.split("\n"))
    typer.echo(text)


def say_where(folder: Path, drawn: int = 0) -> None:
    """Print where files are."""
    typer.echo(f"Results: {folder}" + (f" ({drawn} figure files in figures/)" if drawn else ""))


def say_if_there(results: Runs | Sweep) -> bool:
    """Say so if nothing was missing of results; tell whether that is so."""
    there = not (results.report and results.report.runs)
    if there:
        typer.echo("These results were already there and whole; nothing was run again.")
    return there


def end_with_failures(study: Study) -> None:
    """Say where failed runs are listed, and exit with the code for them, if there are any."""
    failed = [one for one in study.results_used() if one.failures]
    for one in failed:
        typer.echo(
            f"{len(one.failures):,} of {int(one.manifest['runs']):,} runs failed; they are listed"
            f" in {one.folder / 'failures.csv'} and left out",
            err=True,
        )
    if failed:
        raise typer.Exit(FAILED_RUNS)
