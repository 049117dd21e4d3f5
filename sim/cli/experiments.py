"""``entrench experiments``: which experiments there are."""

from typing import Annotated

import typer


def experiments(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the experiments that come with the program, with what each asks."""
    from sim.experiment import list_experiments

    listings = list_experiments()
    if as_json:
        import json

        rows = [vars(listing) for listing in listings]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from sim.cli.tables import print_table

    print_table(
        ("experiment", "title", "question"),
        [(listing.name, listing.title, listing.question) for listing in listings],
    )
