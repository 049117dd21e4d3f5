"""The command line: global options, and errors turned into exit codes."""
# Verbs import their needs when they run, so that `--help` is quick.

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sim.cli import verbs as _verbs  # noqa: F401  (each puts itself among the verbs)
from sim.cli.shared import VERBS, Verb
from sim.errors import INTERRUPTED, InputError, printable, shorten

# The disk or the machine failed, or there is a bug.
FAILED = 1
# Also of usage errors.
WRONG_INPUT = 2
INTERRUPTION = "interrupted; run the same command again to continue"
DEBUG = "--debug"
NEW_OBJECTS = 200_000
QUESTIONS = """\b
Questions:
  Who buys next?                      entrench country
  What survives the end of the offer? entrench persistence
  Why did Kenya buy?                  entrench country KEN --why
  What does leaving cost Serbia?      entrench country SRB
  What does training do?              entrench compare baseline no-training
"""


class _Group(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if DEBUG in args:
            # Moved to the front, so that it may come before or after the verb.
            args = [DEBUG, *(argument for argument in args if argument != DEBUG)]
        ctx.meta["--set"] = "--set" in args
        rest: list[str] = super().parse_args(ctx, args)
        return rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo(INTERRUPTION, err=True)
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            told: Any = error
            if "extra argument" in getattr(error, "message", "") and ctx.meta["--set"]:
                told.message += "; a value is written KEY=VALUE: --set contracts.term=5"
            left = isinstance(error, OSError) and error.errno == errno.EPIPE
            if left or hasattr(error, "exit_code") or isinstance(error, typer.Abort):
                raise  # typer's own, or the reader of a pipe has left: typer ends quietly
            if ctx.params.get("debug"):
                traceback.print_exc()
            lines = (shorten(printable(line)) for line in _message(error).split("\n"))
            typer.echo("error: " + "\n".join(lines), err=True)
            raise typer.Exit(WRONG_INPUT if isinstance(error, InputError) else FAILED) from None


def _message(error: Exception) -> str:
    if isinstance(error, InputError):
        return error.text
    if isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
        return f"{error.filename}: {reason}" if error.filename else reason
    return f"internal error ({type(error).__name__}: {error}); {DEBUG} shows where"


def _show_version(wanted: bool) -> None:
    if wanted:
        from sim.engine.identity import cited_version

        typer.echo(f"entrench {cited_version()}")
        raise typer.Exit


app = typer.Typer(
    name="entrench",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Rich would load its readers of Markdown and code: half of the time of a `--help`.
    rich_markup_mode=None,
    epilog=QUESTIONS,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _name, _verb in VERBS.items():
    _short = (_verb.__doc__ or "").partition("\n\n")[0]
    _also = QUESTIONS if _name == "ask" else None
    app.command(_name, cls=Verb, short_help=_short, epilog=_also)(_verb)


@app.callback()
def _global_options(
    debug: Annotated[
        bool, typer.Option(DEBUG, help="Show the traceback of an error (also after the verb).")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Simulate how Chinese police training, surveillance technology and contracts spread.

    Results are scenarios, not forecasts. Start with `entrench describe`, then
    `entrench describe baseline`.
    """


def main() -> None:
    # SciPy's linear algebra, small as it is here, would start threads that wait in a busy loop: a
    # sixth of a short command.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Python looks for cycles whenever so many objects are new, and among all of them at the end.
    # Imports alone make 180,000: it would take a tenth of a short command.
    gc.set_threshold(NEW_OBJECTS)
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no Unicode would end a finished command with an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="entrench")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
