"""Options, running, printing and exit codes of all verbs."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from glob import glob
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from sim.errors import InputError, printable
from sim.figures import check_form

if TYPE_CHECKING:
    import pandas as pd

    from sim.studies.report import Report
    from sim.studies.sources import RunOptions

RESULTS = Path("results")
# Sources in the name of a results folder; a file system allows 255 letters.
MOST_NAMES = 5
Format = StrEnum("Format", ("png", "pdf", "svg"))
TableFormat = StrEnum("TableFormat", ("tex", "csv"))
# A longer wait needs a confirmation on a terminal.
LONG_SECONDS = 60.0
# Longest cell that is not broken, in the first column and in columns of single words.
WHOLE_LETTERS = 34
# Headings of options.
ASKED, RUNNING, LOOKS = "What is asked", "How many runs, and where", "How it looks"


class Verb(TyperCommand):
    """A verb whose help has its options under headings."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            heading = getattr(parameter, "rich_help_panel", None) or LOOKS
            if parameter.param_type_name == "argument":
                heading = "Arguments"
            if record := parameter.get_help_record(ctx):
                name = record[0].split(" <")[0]  # without the type of Python
                sections.setdefault(heading, []).append((name, record[1]))
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def option(
    kind: Any,
    flag: str,
    help: str,
    metavar: str | None = None,
    default: Any = None,
    *,
    to: str = "",
    under: str = ASKED,
) -> Any:
    """Return an option as a parameter of a verb."""
    shown = "" if kind is bool else metavar or {int: "N", float: "NUMBER"}.get(kind, "NAME")
    parser: Any = {"parser": _path} if kind is Path else {}
    like = LIKE.get(flag)
    written = typer.Option(
        flag, help=help, metavar=shown, rich_help_panel=under, autocompletion=like, **parser
    )
    name = flag.split("/")[0].removeprefix("--").replace("-", "_")
    return _parameter(to or name, kind, written, default)


def sources_like(begun: str) -> list[str]:
    from sim.experiment import list_experiments
    from sim.scenario import shipped_names

    names = [*shipped_names(), *(file["name"] for file in list_experiments())]
    return [*filter(lambda name: name.startswith(begun), names), *glob(f"{begun}*")]


def outcomes_like(begun: str) -> list[str]:
    from sim.model.register import SHIPPED

    return [name for name in SHIPPED.register if name.startswith(begun)]


def keys_like(begun: str) -> list[str]:
    from sim.model.register import SHIPPED

    return [key for key in SHIPPED.parameters if key.startswith(begun)]


# Options whose values a shell completes.
LIKE = {
    "--set": keys_like, "--parameter": keys_like, "--outcome": outcomes_like,
    "--scenario": sources_like, "--source": sources_like, "--compare": sources_like,
}  # fmt: skip


def _path(text: str | Path) -> Path:
    # A shell variable that is not set would otherwise mean this folder.
    if text == "":
        raise typer.BadParameter("allowed: a path, which an empty text is not")
    return Path(text)


def argument(kind: Any, metavar: str, help: str, name: str = "", default: Any = None) -> Any:
    """Return an argument as a parameter of a verb; `...` as the default makes it required."""
    like = sources_like if {*metavar.strip("[]").split("|")} & {"SCENARIO", "EXPERIMENT"} else None
    written = typer.Argument(metavar=metavar, help=help, autocompletion=like)
    return _parameter(name or metavar.split("|")[0].lower(), kind, written, default)


def sources(help: str, default: Any = None) -> Any:
    return argument(list[str], "SCENARIO|FOLDER", help, "sources", default)


def _parameter(name: str, kind: Any, written: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if default is ... else default,
        annotation=Annotated[kind | None if default is None else kind, written],
    )


_OPTIONS = [
    option(list[str], "--set", "Override a value from 2000 on, such as contracts.term=5; may be"
           " repeated.", "KEY=VALUE"),
    option(bool, "--defaults", "Use the default parameter set in every run; ranges then show chance"
           " only.", default=False),
    option(list[str], "--mechanism", "A mechanism of your own; may be repeated.", "FILE.py"),
    option(Path, "--data", "A folder with input tables of your own.", "DIR"),
    option(str, "--known", "Decisions to impose on every run: a file (iso3,what,date), a folder"
           " with a record of your own, or: documented (those shipped).", "DIR|FILE.csv"),
    option(list[str], "--where", "A group of countries of your own; may be repeated.",
           "[NAME: ]region=A|B,aid_from=1"),
    option(int, "--runs", "Runs per scenario; by default 256 (512 of page), or an experiment"
           " file's.", "N", under=RUNNING),
    option(int, "--seed", "Random seed; by default 1, or the seed of a named folder.", "N",
           under=RUNNING),
    option(int, "--threads", "Threads; all cores by default.", "N", under=RUNNING),
    option(str, "--cluster", "Dask scheduler to run on: its address, or its file.",
           "tcp://HOST:PORT|FILE", under=RUNNING),
    option(Path, "--out", "Folder for results; in results/ by default.", "DIR", under=RUNNING),
    option(bool, "--fresh", "Replace other results in that folder.", default=False, under=RUNNING),
    option(bool, "--countries", "Keep tables of countries of more than 2,000 runs, too.",
           default=False, under=RUNNING),
    option(bool, "--figures/--no-figures", "Draw figures.", default=True, under=LOOKS),
    option(list[Format], "--format", "Format: png, pdf or svg; may be repeated.", "FORMAT",
           under=LOOKS),
    option(int, "--width", "Width of figures in millimetres, such as 85 or 180.", "MM",
           under=LOOKS),
    option(bool, "--plain", "Title, deck and source of figures go to a text file.", default=False,
           under=LOOKS),
    option(list[TableFormat], "--table", "Also write printed tables: tex or csv; may be repeated.",
           "FORMAT", under=LOOKS),
    option(bool, "--json", "Print as JSON.", default=False, under=LOOKS),
    option(bool, "--quiet", "Print errors only.", default=False, under=LOOKS),
]  # fmt: skip
OPTIONS = {parameter.name: parameter for parameter in _OPTIONS}


def all_but(*names: str) -> tuple[str, ...]:
    return tuple(name for name in OPTIONS if name not in names)


class Given(SimpleNamespace):
    """Shared options of a call, by name; None: not given, or not of the verb."""

    def __getattr__(self, name: str) -> Any:
        if name not in OPTIONS:
            raise AttributeError(name)
        return None

    def run_options(self, study: Callable[..., Any], out: Path | None) -> RunOptions:
        from sim.studies.sources import RunOptions

        options: Any = {name: getattr(self, name, None) for name in RunOptions.__annotations__}
        options |= {"out": out, "progress": not self.quiet, "mechanisms": self.mechanism}
        # A calibration, whose number of runs is in its file, does not ask.
        options["confirm"] = confirm if "runs" in vars(self) and not self.quiet else None
        unread = vars(study).get("without", ())
        return {name: of for name, of in options.items() if name not in unread}  # type: ignore[return-value]

    @property
    def drawing(self) -> dict[str, Any]:
        names = ("format", "width", "plain")
        if self.figures is False and (idle := [f"--{n}" for n in names if getattr(self, n)]):
            raise InputError(f"{', '.join(idle)}: no effect with --no-figures")
        check_form((), self.width)
        return {"formats": self.format or (), "width": self.width, "plain": self.plain}


def confirm(runs: int, seconds: float, megabytes: float) -> None:
    length = f"{seconds / 60.0:.0f} minutes" if seconds >= 90.0 else f"{seconds:.0f} seconds"
    text = f"\r{runs:,} runs: about {length}, {megabytes:,.0f} MB"
    if seconds < LONG_SECONDS or not (sys.stdin.isatty() and sys.stderr.isatty()):
        typer.echo(f"{text}; --runs changes their number", err=True)
    else:
        typer.confirm(f"{text}. Start?", default=True, abort=True, err=True)


VERBS: dict[str, Callable[..., None]] = {}


def verb(*parameters: Any, shared: Sequence[str] = tuple(OPTIONS)) -> Callable[..., Any]:
    """Make a function a verb with these parameters; it gets the shared options as `given`."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def wrapped(**values: Any) -> None:
            given = {name: values.pop(name) for name in shared}
            function(Given(**given), **values)

        signature = inspect.Signature([*parameters, *(OPTIONS[name] for name in shared)])
        wrapped.__signature__ = signature  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        VERBS[function.__name__] = wrapped
        return wrapped

    return add


def answer(
    given: Given, study: Callable[..., Report], *sources: Any, names: Any = (), **options: Any
) -> None:
    """Run a study, write its files, and print its report."""
    drawing = given.drawing
    parts = [Path(name).stem for name in names or [study.__name__, *map(str, sources)]]
    if len(parts) > MOST_NAMES:
        parts[MOST_NAMES:] = ["and", str(len(parts) - MOST_NAMES), "more"]
    out = given.out or RESULTS / "-".join(parts).replace(" ", "-")
    report = study(*sources, **options, **given.run_options(study, out))
    drawn = report.save(
        out, figures=given.figures, printed=given.table or (), fresh=given.fresh, **drawing
    )
    if given.json:
        say_json(report.to_dict())
    elif not given.quiet:
        for block in report.blocks:
            if isinstance(block, str):
                print_text(block)
            else:
                print_table(block.texts, block.title)
        figures = f" ({len(drawn)} figure files)" if drawn else ""
        say(f"Results: {out}{figures}")


def say(text: str, *, err: bool = False) -> None:
    # Control characters are written out.
    typer.echo("\n".join(map(printable, text.split("\n"))), err=err)


def say_json(content: Any) -> None:
    from sim.studies.report import as_json

    say(as_json(content))


def on_terminal() -> bool:
    return sys.stdout.isatty() or "COLUMNS" in os.environ


def print_text(text: str, indent: int = 0) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    if on_terminal():
        Console(highlight=False).print(Padding(Text(printable(text)), (0, 0, 0, indent)))
    else:
        say(" " * indent + text)


def print_table(frame: pd.DataFrame, title: str = "") -> None:
    """Print a table: on a terminal in its width, for other programs separated by tabs."""
    if not on_terminal():
        if title:
            say(title)
        for row in (frame.columns, *frame.itertuples(index=False)):
            typer.echo("\t".join(printable(str(cell)) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    heading = Text(printable(title)) if title else None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=heading, title_justify="left")
    for name in frame.columns:
        cells = [str(name), *frame[name].astype(str)]
        words = name == frame.columns[0] or not any(" " in cell for cell in cells)
        whole = words and max(map(len, cells)) <= min(WHOLE_LETTERS, console.width // 3)
        table.add_column(Text(str(name)), overflow="fold", no_wrap=whole)
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)
