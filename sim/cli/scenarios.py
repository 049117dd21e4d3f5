"""``entrench scenarios``: which scenarios there are."""

import typer

from sim.cli.options import Options, takes


@takes("as_json", as_json="Print as JSON.")
def scenarios(*, options: Options) -> None:
    """List the scenarios that come with the program, with what each asks."""
    from sim.scenario import list_scenarios

    listings = list_scenarios()
    if options.as_json:
        import json

        rows = [vars(listing) for listing in listings]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from sim.cli.tables import print_table

    print_table(
        ("scenario", "title", "question"),
        [(listing.name, listing.title, listing.question) for listing in listings],
    )
