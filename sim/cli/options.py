"""Options that several verbs share: the same names, order, words and checks in every verb.

A verb says which it takes, and gets them as one value:

    @takes("runs", "seed", "out")
    def verb(name: ..., *, asked: Asked) -> None:

To add an option to many verbs: its line in `Asked`, its line in `SHARED`, its name in the verbs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.errors import MOST_SHOWN, InputError
from sim.text import printable, shorten

if TYPE_CHECKING:
    from sim.scenario import Problem
    from sim.studies.sources import How

RESULTS = Path("results")
"""Where results go unless `--out` says otherwise."""

# Plain names: typer does not look into aliases made with `type`.

ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A scenario's name, its file, or the manifest.json of its runs."
    ),
]
Group = Annotated[
    str,
    typer.Option(
        "--group",
        metavar="KIND:NAME",
        help="Of which states, such as regime:hybrid or region:Oceania; all if not given.",
    ),
]
Outcomes = Annotated[
    list[str] | None,
    typer.Option("--outcome", metavar="NAME", help="An outcome; may be given again."),
]


Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Make warnings errors, such as of a value under a switch that is off.",
    ),
]


def warn(warnings: Sequence[Problem], strict: bool, quiet: bool = False) -> None:
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


@dataclass(frozen=True)
class Asked:
    """What the shared options say; an option that a verb does not take has its default."""

    runs: int | None = None
    replicates: int | None = None
    seed: int | None = None
    assignments: list[str] | None = None
    mechanisms: list[str] | None = None
    point: bool = False
    seeds: Path | None = None
    known: Path | None = None
    out: Path | None = None
    threads: int | None = None
    dry_run: bool = False
    fresh: bool = False
    figures: bool = True
    as_json: bool = False
    quiet: bool = False

    @property
    def how(self) -> How:
        """What the Python functions take of it that run scenarios."""
        from sim.cli.show import watch

        return {
            "runs": self.runs,
            "seed": self.seed,
            "set": self.assignments,
            "mechanisms": self.mechanisms,
            "point": self.point,
            "seeds": self.seeds,
            "known": self.known,
            "threads": self.threads,
            "watch": watch(self.quiet),
        }

    def folder(self, name: str) -> Path:
        """Return where files go: `--out`, or the folder of that name in `results`."""
        return self.out or RESULTS / name


SHARED: dict[str, tuple[Any, typer.models.OptionInfo]] = {
    "runs": (
        int | None,
        typer.Option("--runs", help="Number of histories; 200, or as many as a folder has."),
    ),
    "replicates": (
        int | None,
        typer.Option("--replicates", help="Histories at each point, instead of the file's."),
    ),
    "seed": (
        int | None,
        typer.Option("--seed", help="Seed of the draws; 1, or that of a folder or an experiment."),
    ),
    "assignments": (
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Set a value over all files, such as contracts.term=5, horizon.end=2035 or"
            " events.NAME.date=2031; may be given again.",
        ),
    ),
    "mechanisms": (
        list[str] | None,
        typer.Option(
            "--mechanism",
            metavar="FILE.py",
            help="Run a mechanism of your own beside the model's: Python, so name only files that"
            " you trust; may be given again.",
        ),
    ),
    "point": (
        bool,
        typer.Option(
            "--point",
            help="All runs with the schema's defaults, instead of the plausible sets: bands then"
            " hold chance alone.",
        ),
    ),
    "seeds": (
        Path | None,
        typer.Option(
            "--seeds",
            metavar="DIR",
            help="Your own tables of states, whole or changes.csv alone, over the shipped ones; see"
            " entrench seeds export.",
        ),
    ),
    "known": (
        Path | None,
        typer.Option(
            "--known",
            metavar="FILE.csv",
            help="Hold histories to what is known (columns iso3,what,date); or documented: the"
            " contracts that are documented one by one.",
        ),
    ),
    "out": (
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where files go; a folder in results/ if none."),
    ),
    "threads": (
        int | None,
        typer.Option("--threads", help="Threads of the engine; all cores if not given."),
    ),
    "dry_run": (
        bool,
        typer.Option("--dry-run", help="Run a sample only: how many runs, how long?"),
    ),
    "fresh": (
        bool,
        typer.Option("--fresh", help="Replace results in DIR that answer another question."),
    ),
    "figures": (bool, typer.Option("--figures/--no-figures", help="Draw figures.")),
    "as_json": (bool, typer.Option("--json", help="Print as JSON instead of tables.")),
    "quiet": (
        bool,
        typer.Option("--quiet", help="No progress and no tables; files, errors, --json's output."),
    ),
}
"""Type and option of each, in the order in which help lists them."""


def takes(*names: str, **helps: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb shared options; it gets them as `asked`.

    Args:
        *names: Of the options; help lists them in the order of `SHARED`, after the verb's own.
        **helps: Help of an option that means something of its own in this verb.
    """
    defaults = {field.name: field.default for field in fields(Asked)}

    def give(verb: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(verb, eval_str=True).parameters.values()]
        shared = []
        for name in (name for name in SHARED if name in names):
            kind, option = SHARED[name]
            if name in helps:
                option = typer.Option(*option_names(option), metavar=option.metavar,
                                      help=helps[name])  # fmt: skip
            shared.append(
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=defaults[name],
                    annotation=Annotated[kind, option],
                )
            )
        parameters = [p for p in own if p.name != "asked"] + shared

        @wraps(verb)
        def wrapped(**given: Any) -> None:
            asked = Asked(**{name: given.pop(name) for name in names})
            verb(**given, asked=asked)

        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapped

    return give


def option_names(option: typer.models.OptionInfo) -> list[str]:
    """Return the names that an option was made with."""
    first = [] if option.default is ... else [str(option.default)]
    return [*first, *(option.param_decls or ())]


def plain_name(label: str) -> str:
    """Return a label that can be part of a folder's name."""
    import re

    return re.sub(r"[^\w.-]+", "-", label).strip("-.") or "x"
