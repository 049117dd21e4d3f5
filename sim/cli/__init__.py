"""The command line. Nothing heavy is imported here: a verb imports what it needs when it runs."""

from sim.cli import verbs
from sim.cli.application import run_application, start_application

VERBS = (
    "scenarios",
    "describe",
    "new",
    "check",
    "run",
    "sweep",
    "plot",
    "compare",
    "ask",
    "country",
    "persistence",
    "sensitivity",
    "discover",
    "validate",
    "calibrate",
    "page",
)
"""The verbs in the order in which help lists them: functions of `sim.cli.verbs`."""

app = start_application()
for _verb in VERBS:
    app.command(_verb)(getattr(verbs, _verb))


def main() -> None:
    """Run the command line."""
    run_application(app)
