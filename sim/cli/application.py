"""What all verbs share: global options, and errors turned into exit codes."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sim import __version__
from sim.errors import INTERRUPTED, InputError, Note
from sim.text import CONTROL, printable, shorten

FAILED = 1
"""Exit code: the disk or the machine failed, or there is a bug."""

WRONG_INPUT = 2
"""Exit code: something in the input is wrong. Usage errors have it too."""

FAILED_RUNS = 3
"""Exit code: done, but some runs failed and are listed in `failures.csv`."""

INTERRUPTION = (
    "interrupted; given again, the command goes on from what its folder keeps, if it has one"
)

_DEBUG = "--debug"
_OUT = "--out"

RELATED = {"--runs": "--replicates", "--replicates": "--runs", "--plausible": "--point"}
"""Options that do in some verbs what another does in others."""

SHOWN_LENGTH = 60
"""Letters shown of a wrong argument."""


class _Group(TyperGroup):
    """Runs a verb and turns what goes wrong into a message and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Move ``--debug`` to the front, so that it may stand before or after the verb.

        Raises:
            UsageError: ``--out`` is followed by nothing, as when a script's variable is not set.
        """
        end = args.index("--") if "--" in args else len(args)
        for argument in args:
            if CONTROL.search(argument):
                raise typer.BadParameter(
                    f"{shorten(printable(argument), SHOWN_LENGTH)}: an argument has no control "
                    "characters, line breaks among them"
                )
        # To `Path` it is the folder that the user is in.
        if f"{_OUT}=" in args[:end] or (_OUT, "") in pairwise(args[:end]):
            raise typer.BadParameter("must name a folder or a file, not be empty", param_hint=_OUT)
        if _DEBUG in args[:end]:
            kept = [argument for argument in args[:end] if argument != _DEBUG]
            args = [_DEBUG, *kept, *args[end:]]
        rest: list[str] = super().parse_args(ctx, args)
        return rest

    def get_params(self, ctx: Any) -> Any:
        """Return the global options; help names no type of those that take no value."""
        return _untyped(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", Note)
                usual = warnings.showwarning
                warnings.showwarning = partial(_show_warning, set(), usual)
                return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo(INTERRUPTION, err=True)
            raise typer.Exit(INTERRUPTED) from None
        except InputError as error:
            code = _report(ctx, str(error), WRONG_INPUT)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader of a pipe has left; typer ends quietly
            code = _report(ctx, _os_message(error), FAILED)
        except MemoryError:
            code = _report(ctx, "the machine has too little memory for this", FAILED)
        except Exception as error:
            if _is_usage(error):
                _reword(error)
                raise
            text = f"internal error ({type(error).__name__}: {error}); {_DEBUG} shows where"
            code = _report(ctx, text, FAILED)
        raise typer.Exit(code)


class Verb(TyperCommand):
    """A verb; help names no type of options without a value, nor of arguments that have a name."""

    def get_params(self, ctx: Any) -> Any:
        """Return its options and arguments."""
        return _untyped(super().get_params(ctx))


def _untyped(parameters: Any) -> Any:
    for one in parameters:
        if getattr(one, "is_flag", False):
            one.metavar = ""
        elif one.param_type_name == "argument" and one.metavar:
            one.display_type_rich = lambda ctx: None
    return parameters


def _show_warning(
    shown: set[str],
    usual: Callable[..., None],
    message: Warning | str,
    category: type[Warning],
    *where: Any,
) -> None:
    """Print a note as a line, unless it is shown already; any other warning as Python does."""
    if issubclass(category, Note):
        if str(message) not in shown:
            typer.echo(f"note: {message}", err=True)
        shown.add(str(message))
    else:
        usual(message, category, *where)


def _is_usage(error: Exception) -> bool:
    """Tell whether an exception is the command line's own: a usage error or an exit."""
    return hasattr(error, "exit_code") or isinstance(error, typer.Abort)


def _reword(error: Exception) -> None:
    """Say of a wrong option what helps: its near relation, and nothing of how it was checked."""
    known = getattr(getattr(getattr(error, "ctx", None), "command", None), "params", ())
    other = RELATED.get(getattr(error, "option_name", ""))
    if other and any(other in option.opts for option in known):
        error.possibilities = [other]  # type: ignore[attr-defined]
    if isinstance(text := getattr(error, "message", None), str):
        error.message = text.removeprefix("Value error, ")  # type: ignore[attr-defined]


def _os_message(error: OSError) -> str:
    """Return one line for an error of the disk or the machine, the file first."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def _report(ctx: Any, text: str, code: int) -> int:
    """Print an error, with the traceback if the user asked for it; return the exit code."""
    if ctx.params.get("debug"):
        traceback.print_exc()
    lines = (shorten(printable(line)) for line in text.split("\n"))
    typer.echo("error: " + "\n".join(lines), err=True)
    return code


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"entrench {__version__}")
        raise typer.Exit


def _global_options(
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show the traceback of an error (also after the verb).")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Simulate how Chinese police training, surveillance technology and contracts spread.

    Results are scenarios, not forecasts. Start with `entrench scenarios`, then
    `entrench describe baseline`.
    """


def start_application() -> typer.Typer:
    """Return the application without verbs."""
    application = typer.Typer(
        name="entrench",
        cls=_Group,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_global_options)
    return application


SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""What ends a command in order: Ctrl-C, a job's time limit, a terminal that is closed."""


def _interrupt(number: int, frame: object) -> None:
    """Stop in order at the first signal, and at once at the next: results bear being killed."""
    signal.signal(number, _end)
    raise KeyboardInterrupt


def _end(number: int, frame: object) -> None:
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)  # which a bar had hidden
    os._exit(INTERRUPTED)


_SHOW_CURSOR = b"\x1b[?25h"


def _open_streams() -> None:
    """Lead nowhere what was closed when the program began, as by ``>&-``; replace odd letters.

    Else there is nothing to print to, and the next file that is opened stands in its place; and a
    terminal that knows no Unicode would end a finished command with an error.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)  # other processes print there, too
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def run_application(application: typer.Typer) -> None:
    """Run the application on the command line's arguments and exit."""
    _open_streams()
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        application(prog_name="entrench")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
