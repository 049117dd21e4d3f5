"""``entrench experiments``: which experiments there are."""

from typing import Annotated

import typer


def experiments(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the experiments that come with the program, with what each asks."""
    from sim.experiment import list_calibrations, list_experiments

    verbs = {"sweep": list_experiments(), "calibrate": list_calibrations()}
    if as_json:
        import json

        rows = [{**vars(one), "verb": verb} for verb, found in verbs.items() for one in found]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from sim.cli.tables import print_table

    print_table(
        ("experiment", "title", "question", "run with"),
        [
            (one.name, one.title, one.question, f"entrench {verb}")
            for verb, found in verbs.items()
            for one in found
        ],
        if_wide=("title",),
    )
