"""What verbs share: options, running with a bar, printing, and exit codes."""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sim.results.runner import Progress
    from sim.studies.report import Report
    from sim.studies.sources import RunOptions

RESULTS = Path("results")
FAILED_RUNS = 3
FORMATS = ("png", "pdf", "svg")
LINE_SECONDS = 30.0
PIPED_WIDTH = 160


def option(kind: Any, name: str, help: str, metavar: str | None = None, default: Any = None) -> Any:
    """Return an option as a parameter of a verb."""
    written = typer.Option(*name.split(" "), help=help, metavar=metavar, hidden=help == "")
    shown: Any = Annotated[kind if default is not None else kind | None, written]
    plain = name.split(" ")[0].split("/")[0].removeprefix("--").replace("-", "_")
    return inspect.Parameter(
        plain, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=shown
    )


WORLD = [
    option(int, "--seed", "Seed of the draws; 1, or that of a folder.", "N"),
    option(list[str], "--set", "A value, such as contracts.term=5; may be repeated.", "KEY=VALUE"),
    option(bool, "--defaults", "Run with the documented parameter values alone.", default=False),
    option(bool, "--point", "", default=False),
    option(list[str], "--mechanism", "A mechanism of your own; may be repeated.", "FILE.py"),
    option(Path, "--seeds", "A folder with input tables of your own.", "DIR"),
    option(str, "--known", "Documented decisions (iso3,what,date), or: documented.", "FILE.csv"),
    option(int, "--threads", "Threads; all cores by default.", "N"),
    option(str, "--cluster", "Address of a Dask scheduler to run on.", "tcp://HOST:PORT"),
]  # fmt: skip
RUNS = option(int, "--runs", "Runs of each scenario; 256 by default.", "N")
OUTPUT = [
    option(Path, "--out", "Folder for results; in results/ by default.", "DIR"),
    option(bool, "--fresh", "Replace other results in that folder.", default=False),
    option(bool, "--figures/--no-figures", "Draw figures.", default=True),
    option(list[str], "--format", "Format of figures: png, pdf or svg; may be repeated.", "FORMAT"),
    option(bool, "--json", "Print as JSON.", default=False),
    option(bool, "--quiet", "Print errors only.", default=False),
]
RUNNING = [RUNS, *WORLD, *OUTPUT]


@dataclass(frozen=True)
class Given:
    """The shared options of a call."""

    values: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return an option; None if the verb does not have it."""
        return self.values.get(name)

    def folder(self, *names: str) -> Path:
        """Return where results go."""
        plain = "-".join(Path(str(name)).stem.replace(" ", "-") for name in names)
        return self.out or RESULTS / (plain or "results")

    def run_options(self, out: Path | None, progress: Progress | None = None) -> RunOptions:
        """Return what Python functions that run scenarios take."""
        names = ("runs", "seed", "set", "seeds", "known", "threads", "cluster", "fresh")
        given = {name: self.values.get(name) for name in names}
        found: Any = {n: value for n, value in given.items() if value or type(value) is int}
        if self.mechanism:
            found["mechanisms"] = self.mechanism
        found |= {"defaults": bool(self.defaults or self.point), "out": out, "progress": progress}
        options: RunOptions = found
        return options


def takes(*shared: inspect.Parameter) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb shared options; it gets them as `given`."""

    def give(verb: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(verb, eval_str=True).parameters.values()
        parameters = [p for p in own if p.name != "given"]
        names = {p.name for p in shared}

        @wraps(verb)
        def wrapped(**values: Any) -> None:
            common = {name: values.pop(name) for name in list(values) if name in names}
            verb(**values, given=Given(common))

        parameters += list(shared)
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapped

    return give


def answer(
    given: Given, study: Callable[..., Report], *sources: Any, names: Sequence[str] = (), **own: Any
) -> None:
    """Run a study, write its files, print what it found, and end with its exit code.

    Args:
        given: The shared options.
        study: The study's Python function.
        *sources: What it looks at.
        names: Names of the folder, if `--out` is not given.
        **own: The verb's own options.
    """
    written = formats(given)
    out = given.folder(*(names or [study.__name__, *map(str, sources)]))
    with progress(given.quiet) as tell:
        found = study(*sources, **own, **given.run_options(out, tell))
    drawn = found.save(out, figures=given.figures, fresh=bool(given.fresh), **written)
    if given.json:
        say_json(found.to_dict())
    elif not given.quiet:
        show(found)
        figures = f" ({len(drawn)} figure files)" if drawn else ""
        typer.echo(f"Results: {out}{figures}")
    end(found)


def say_json(content: Any) -> None:
    """Print plain data as JSON."""
    from sim.studies.report import as_json

    typer.echo(as_json(content))


def formats(given: Given) -> dict[str, Any]:
    """Return the formats of figures, if some are given."""
    for name in given.format or ():
        if name not in FORMATS:
            raise InputError(f"--format {name}: allowed: {', '.join(FORMATS)}")
    return {"formats": given.format} if given.format else {}


def end(found: Report) -> None:
    """Say which runs failed, and exit with the code for them."""
    report = found.results.report
    if report and report.failed:
        listed = found.results.folder / "failures.csv"
        typer.echo(f"{report.failed:,} runs failed; {listed} lists them", err=True)
        raise typer.Exit(FAILED_RUNS)


def show(found: Report) -> None:
    """Print tables and sentences in their order."""
    for block in found.shown:
        if isinstance(block, str):
            console().print(block, markup=False, highlight=False)
        else:
            print_table(block.texts, block.title)


def print_table(frame: pd.DataFrame, title: str = "") -> None:
    """Print a table of texts; where there is little room, cells break between words."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left")
    for at, name in enumerate(frame.columns):
        table.add_column(
            Text(str(name)), overflow="fold", ratio=None, no_wrap=at == 0 and len(frame.columns) > 8
        )
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(str(cell)) for cell in row))
    console().print(table)


def console() -> Any:
    """Return the terminal; of a pipe the width is fixed."""
    from rich.console import Console

    found = Console(highlight=False)
    if found.is_terminal or os.environ.get("COLUMNS"):
        return found
    return Console(highlight=False, width=PIPED_WIDTH)


@contextmanager
def progress(quiet: bool) -> Iterator[Progress | None]:
    """Show the number of runs done: a bar's line on a terminal, else a line every 30 seconds."""
    if quiet:
        yield None
        return
    shown = sys.stderr.isatty()
    last = time.monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if shown:
            sys.stderr.write(f"\r{done:,} runs")
            sys.stderr.flush()
        elif time.monotonic() - last > LINE_SECONDS:
            last = time.monotonic()
            typer.echo(f"{done:,} runs", err=True)

    try:
        yield tell
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
