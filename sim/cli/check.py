"""``entrench check``: are these scenario files right?"""

from typing import Annotated

import typer


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Scenario files, or scenarios' names.")
    ],
) -> None:
    """Check scenario files; show everything that is wrong at once."""
    from sim.errors import InputError
    from sim.scenario import load_scenario

    wrong: list[str] = []
    for file in files:
        try:
            scenario = load_scenario(file)
        except InputError as error:
            wrong += error.messages
            continue
        periods = len(scenario.periods())
        span = f"{scenario.horizon.start}-{scenario.horizon.end}"
        typer.echo(f"ok: {file} ({span}; events: {len(scenario.events)}, periods: {periods})")
        for event in scenario.idle_events():
            typer.echo(f"note: {file}: event {event.name} lies outside {span} and never acts")
    if wrong:
        # A parent that several files extend is wrong once.
        messages = list(dict.fromkeys(wrong))
        raise InputError(messages, f"{len(messages)} problems" if len(messages) > 1 else "")
