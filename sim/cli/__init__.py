"""The command line. Nothing heavy is imported here: a verb imports its needs when it runs."""

from sim.cli import verbs as _verbs  # noqa: F401  (each puts itself among the verbs)
from sim.cli.application import app as app
from sim.cli.application import main as main
from sim.cli.shared import VERBS

for _name, _verb in VERBS.items():
    app.command(_name)(_verb)
