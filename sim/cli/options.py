"""Arguments and options that several verbs share."""

from typing import Annotated

import typer

# Plain names: typer does not look into aliases made with `type`.

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario's name, or the path of its file.")
]

Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a value over all files, such as contracts.term=5, horizon.end=2035 or "
        "events.NAME.date=2031; may be given again.",
    ),
]
