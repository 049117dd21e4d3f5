"""``entrench scenarios``: which scenarios there are."""

from sim.cli.options import Options, takes
from sim.cli.show import show_list


@takes("as_json", as_json="Print as JSON.")
def scenarios(*, options: Options) -> None:
    """List the scenarios that come with the program, with what each asks."""
    from sim.scenario import list_scenarios
    from sim.studies.blocks import Table

    rows = [vars(one) for one in list_scenarios()]
    cells = {"scenario": "{0[name]}", "title": "{0[title]}", "question": "{0[question]}"}
    show_list(options, rows, Table.of(rows, cells))
