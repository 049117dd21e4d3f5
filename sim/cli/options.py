"""Options of verbs, declared as data: shared ones alike, and in the same order, in every verb.

A verb says which it shares and which are its own, and gets them as one value:

    @takes("runs", "seed", "out", since=Option(int, "From this year on.", "YEAR"))
    def verb(name: ..., *, options: Options) -> None:

To add an option to many verbs: its line in `Options`, its name in the verbs.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum, StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from sim.cli.progress import watch
from sim.errors import MOST_SHOWN, InputError, refuse_warnings
from sim.text import printable, shorten

if TYPE_CHECKING:
    from sim.scenario import Problem

RESULTS = Path("results")
"""Where results go unless `--out` says otherwise."""


@dataclass(frozen=True)
class Option:
    """An option of a verb.

    Attributes:
        kind: Type of its value.
        help: What it does.
        metavar: What stands for its value in help.
        default: Its value where it is not given.
        name: How it is written, if not as its parameter.
    """

    kind: Any
    help: str
    metavar: str | None = None
    default: Any = None
    name: str = ""

    def parameter(self, name: str) -> inspect.Parameter:
        """Return it as the parameter of a verb."""
        # A flag's name is spelled out, or it would get a --no-… beside it.
        written = self.name or f"--{name.replace('_', '-')}"
        kind = self.kind | None if self.default is None else self.kind
        check = _finite if self.kind is float else None
        shown = typer.Option(written, metavar=self.metavar, help=self.help, callback=check)
        return inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=self.default,
            annotation=Annotated[kind, shown],
        )


def _finite(param: typer.CallbackParam, value: float | None) -> float | None:
    """Refuse `nan` and `inf`, which are numbers to Python."""
    if value is None or math.isfinite(value):
        return value
    raise InputError(f"{param.opts[0]} {value}: allowed: a finite number")


def choice(
    values: Sequence[str], help: str, default: str | None = None, metavar: str | None = None
) -> Option:
    """Return an option whose value is one of a few words; help lists them if it has no metavar."""
    kind = StrEnum("Choice", list(values))  # type: ignore[misc]  # the values are not known to mypy
    return Option(kind, help, metavar, default=None if default is None else kind(default))


def flag(name: str, help: str) -> Option:
    """Return an option without a value, which is off where it is not given."""
    return Option(bool, help, default=False, name=name)


def argument(metavar: str, help: str) -> Any:
    """Return an argument of a verb."""
    return typer.Argument(metavar=metavar, help=help)


# A plain name: typer does not look into aliases made with `type`.
ScenarioName = Annotated[
    str, argument("SCENARIO", "A scenario's name, its file, or the manifest.json of its runs.")
]
GROUP = Option(
    str,
    "Of which states, such as regime:hybrid or region:Oceania.",
    "KIND:NAME",
    "world",
)
KNOW = (
    "Know a mechanism of your own, too: Python, so name only files that you trust; may be given"
    " again."
)
"""Help of `--mechanism` in verbs that run nothing."""
STRICT = flag("--strict", "Make warnings errors, such as of a value under a switch that is off.")


def warn(warnings: Sequence[Problem], strict: bool, quiet: bool = False) -> None:
    """Say what is set without effect, on standard error.

    Args:
        warnings: What there is to say, each with its place.
        strict: Whether any of it is an error.
        quiet: Whether warnings are not shown.

    Raises:
        InputError: There is something, and it counts as an error.
    """
    if strict:
        refuse_warnings(warnings)
    if not quiet:
        for warning in warnings[:MOST_SHOWN]:
            typer.echo(f"warning: {shorten(printable(str(warning)))}", err=True)
        if len(warnings) > MOST_SHOWN:
            typer.echo(f"warning: and {len(warnings) - MOST_SHOWN} more", err=True)


def shared(help: str, metavar: str | None = None, default: Any = None, name: str = "") -> Any:
    """Return an option of many verbs, as a field of `Options`; see `Option`."""
    return field(default=default, metadata={"help": help, "metavar": metavar, "name": name})


@dataclass(frozen=True)
class Options:
    """What options say; a shared one that a verb does not take has its default.

    The shared ones stand in the order in which help lists them.

    Attributes:
        own: The verb's own options by name, without those that are not given.
        taken: Names of the shared options that the verb takes.
    """

    runs: int | None = shared("Number of histories; 256, or as many as a folder has.")
    replicates: int | None = shared("Histories at each point, instead of the file's.")
    seed: int | None = shared("Seed of the draws; 1, or that of a folder or an experiment.")
    set: list[str] | None = shared(
        "Set a value over all files, such as contracts.term=5, or the date of an event,"
        " events.NAME.date=2031; may be given again.",
        "KEY=VALUE",
    )
    mechanisms: list[str] | None = shared(
        "Run a mechanism of your own beside the model's: Python, so name only files that you trust;"
        " may be given again.",
        "FILE.py",
        name="--mechanism",
    )
    point: bool = shared(
        "All runs with the schema's defaults, instead of the plausible sets: bands then hold chance"
        " alone.",
        default=False,
    )
    seeds: Path | None = shared(
        "Your own tables of states, whole or changes.csv alone, over the shipped ones; see entrench"
        " data export.",
        "DIR",
    )
    known: Path | None = shared(
        "Hold histories to what is known (columns iso3,what,date); or documented: the contracts"
        " that are documented one by one.",
        "FILE.csv",
    )
    out: Path | None = shared("Where files go; a folder in results/ if none.", "DIR")
    threads: int | None = shared("Threads of the engine; all cores if not given.")
    fresh: bool = shared("Replace results in DIR that answer another question.", default=False)
    figures: bool = shared("Draw figures.", default=True, name="--figures/--no-figures")
    as_json: bool = shared("Print as JSON instead of tables.", default=False, name="--json")
    quiet: bool = shared(
        "Print nothing but errors, and JSON if asked for; files are written.", default=False
    )
    own: Mapping[str, Any] = field(default_factory=dict)
    taken: tuple[str, ...] = ()

    @property
    def talks(self) -> bool:
        """Whether people are to read what is printed."""
        return not (self.quiet or self.as_json)

    @property
    def given(self) -> dict[str, Any]:
        """The shared options that the verb's Python function takes too, if they are given."""
        of_command = ("out", "as_json", "quiet")
        names = [name for name in self.taken if name not in of_command]
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def of[Known](self, known: type[Known]) -> Known:
        """Return what of it a kind of options has, such as `RunOptions`."""
        there = {**self.given, "watch": watch(self.quiet)}
        chosen: Any = {name: there[name] for name in known.__annotations__ if name in there}
        options: Known = chosen
        return options

    def folder(self, *names: str) -> Path:
        """Return where files go: `--out`, or the folder of those names in `results`."""
        return self.out or RESULTS / "-".join(map(plain_name, names))


_TYPES = get_type_hints(Options)
SHARED = {
    one.name: Option(_TYPES[one.name], default=one.default, **one.metadata)
    for one in fields(Options)
    if one.metadata
}
"""Each shared option by name."""
_WORLD = ("seed", "set", "mechanisms", "seeds", "known", "threads")
RUNNING = ("runs", "point", *_WORLD)
SWEEPING = ("replicates", "fresh", *_WORLD)
SHOWING = ("out", "figures", "as_json", "quiet")
"""Those of all that runs scenarios, that runs experiments, and that shows what it found."""


def takes(*names: str, **own: Option | str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb options; it gets them as `options`.

    Args:
        *names: Of shared ones; help lists them in the order of `SHARED`, after the verb's own.
        **own: The verb's own, by name; or the help of a shared one that means something of its own
            in this verb.
    """
    declared = {name: one for name, one in own.items() if isinstance(one, Option)}
    shared = {
        name: replace(one, help=words) if isinstance(words := own.get(name), str) else one
        for name, one in SHARED.items()
        if name in names
    }

    def give(verb: Callable[..., None]) -> Callable[..., None]:
        arguments = inspect.signature(verb, eval_str=True).parameters.values()
        parameters = [one for one in arguments if one.name != "options"]
        parameters += [one.parameter(name) for name, one in (declared | shared).items()]

        @wraps(verb)
        def wrapped(**given: Any) -> None:
            values = {
                key: one.value if isinstance(one, Enum) else one for key, one in given.items()
            }
            mine = {name: one for name in declared if (one := values.pop(name)) is not None}
            common = {name: values.pop(name) for name in shared}
            verb(**values, options=Options(**common, own=mine, taken=tuple(shared)))

        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapped

    return give


def plain_name(label: str) -> str:
    """Return a label that can be part of a folder's name."""
    import re

    return re.sub(r"[^\w.-]+", "-", label).strip("-.") or "x"
