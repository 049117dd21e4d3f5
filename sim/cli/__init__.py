"""The command line. Nothing heavy is imported here: a verb imports its needs when it runs."""

from sim.cli import verbs as _verbs  # noqa: F401  (each puts itself among the verbs)
from sim.cli.application import run_application, start_application
from sim.cli.shared import VERBS

app = start_application()
for _name, _verb in VERBS.items():
    app.command(_name)(_verb)


def main() -> None:
    """Run the command line."""
    run_application(app)
