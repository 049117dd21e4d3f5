"""``entrench experiments``: which experiments there are."""

from sim.cli.options import Options, takes
from sim.cli.show import show_list


@takes("as_json", as_json="Print as JSON.")
def experiments(*, options: Options) -> None:
    """List the experiments that come with the program, with what each asks."""
    from sim.experiment import list_calibrations, list_experiments
    from sim.studies.blocks import Table

    verbs = {"sweep": list_experiments(), "calibrate": list_calibrations()}
    rows = [{**vars(one), "verb": verb} for verb, listings in verbs.items() for one in listings]
    cells = {"experiment": "{0[name]}", "title": "{0[title]}", "question": "{0[question]}"}
    table = Table.of(rows, cells | {"run with": "entrench {0[verb]}"}, if_wide=("title",))
    show_list(options, rows, table)
