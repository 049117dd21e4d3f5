"""The command line: one thin file a verb.

Nothing heavy is imported here, so that help and mistakes answer at once: a verb imports what it
needs when it runs.
"""

import gc
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sim.cli.application import Verb, run_application, start_application

VERBS = (
    "scenarios",
    "describe",
    "new",
    "check",
    "data",
    "run",
    "sweep",
    "plot",
    "page",
    "ask",
    "country",
    "compare",
    "persistence",
    "sensitivity",
    "discover",
    "known",
    "validate",
    "calibrate",
)
"""The verbs in the order in which help lists them: each is the function of that name in the
module of that name. A verb that is not named here comes after them: to add one, write its file."""
SHARED = ("application", "options", "progress", "show", "tables")
"""Modules that are no verbs."""

COLLECT_AFTER = 100_000
"""New objects after which Python looks for garbage."""

app = start_application()
_others = sorted({module.name for module in iter_modules(__path__)} - {*VERBS, *SHARED})
for _verb in (*VERBS, *_others):
    if find_spec(f"sim.cli.{_verb}"):
        app.command(_verb, cls=Verb)(getattr(import_module(f"sim.cli.{_verb}"), _verb))


def main() -> None:
    """Run the command line; see :mod:`sim.__main__`."""
    # Starting up makes many objects and hardly any garbage: looking for it costs a twentieth.
    gc.set_threshold(COLLECT_AFTER)
    run_application(app)
