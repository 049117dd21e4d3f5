"""``entrench scenarios``: which scenarios and experiments there are."""

from sim.cli.options import Options, flag, takes
from sim.cli.show import show_list


@takes(
    "as_json",
    experiments=flag("--experiments", "List experiments instead, with the verb that runs each."),
    as_json="Print as JSON.",
)
def scenarios(*, options: Options) -> None:
    """List the scenarios that come with the program, with what each asks."""
    from sim.experiment import list_calibrations, list_experiments
    from sim.scenario import list_scenarios
    from sim.studies.blocks import Table

    if options.own["experiments"]:
        verbs = {"sweep": list_experiments(), "calibrate": list_calibrations()}
        rows = [{**vars(one), "verb": verb} for verb, listed in verbs.items() for one in listed]
        cells = {"experiment": "{0[name]}", "title": "{0[title]}", "question": "{0[question]}"}
        table = Table.of(rows, cells | {"run with": "entrench {0[verb]}"}, if_wide=("title",))
    else:
        rows = [vars(one) for one in list_scenarios()]
        cells = {"scenario": "{0[name]}", "title": "{0[title]}", "question": "{0[question]}"}
        table = Table.of(rows, cells)
    show_list(options, rows, table)
