"""Showing studies: tables and sentences, or JSON; progress, and how long it would take."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.application import FAILED_RUNS
from sim.cli.progress import Progress, in_time

if TYPE_CHECKING:
    from sim.cli.options import Asked
    from sim.results.read import Results
    from sim.studies.sources import Found
    from sim.studies.study import Block, Study


def watch(quiet: bool) -> Callable[[int], AbstractContextManager[Callable[[int], None]]]:
    """Return what shows how far runs are."""
    return lambda total: Progress(total, quiet)


def show(study: Study, asked: Asked, folder: Path | None, drawn: Sequence[Path] = ()) -> None:
    """Print what a study found, as it was asked for, and where its files are."""
    if asked.as_json:
        from sim.studies.study import as_json

        typer.echo(as_json(study.to_dict()))
    elif not asked.quiet:
        show_blocks(study.blocks())
        if folder:
            say_where(folder, len(drawn))


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


def end_with_failures(results: Iterable[Results]) -> None:
    """Say where failed runs are listed, and exit with the code for them, if there are any."""
    failed = [one for one in results if one.failures]
    for one in failed:
        typer.echo(
            f"{len(one.failures):,} of {int(one.manifest['runs']):,} runs failed; they are listed"
            f" in {one.folder / 'failures.csv'} and left out",
            err=True,
        )
    if failed:
        raise typer.Exit(FAILED_RUNS)


def foretell(found: Sequence[Found], threads: int | None) -> None:
    """Print how many runs there are to do, and how long they would take."""
    from sim.studies.sources import forecast_of

    for one in found:
        typer.echo(f"{one.label}: {one.runs_to_do:,} runs to do")
    seconds, sample = forecast_of(found, threads)
    total = sum(one.runs_to_do for one in found)
    typer.echo(f"about {in_time(seconds, tenths=True)} for {total:,} runs (figures not counted)")
    if sample:
        typer.echo(f"Measured on a sample of {sample} runs; nothing was kept.")
