"""``entrench experiments``: which experiments there are."""

import typer

from sim.cli.options import Options, takes


@takes("as_json", as_json="Print as JSON.")
def experiments(*, options: Options) -> None:
    """List the experiments that come with the program, with what each asks."""
    from sim.experiment import list_calibrations, list_experiments

    verbs = {"sweep": list_experiments(), "calibrate": list_calibrations()}
    if options.as_json:
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
