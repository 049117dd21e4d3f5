"""``entrench new``: a worked example of a scenario to start from."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "new_scenario.toml"


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scenario.")],
) -> None:
    """Write a short commented scenario to ./NAME.toml, which extends the baseline."""
    from sim.errors import InputError
    from sim.scenario import load_scenario, shipped_names
    from sim.text import KEY_NAME

    if not KEY_NAME.fullmatch(name):
        raise InputError(
            f"NAME: write letters, digits, - and _ only, such as my-study, not {name!r}"
        )
    if name in shipped_names():
        raise InputError(f"NAME: a scenario called {name} comes with Entrench; choose another name")
    path = Path(f"{name}.toml")
    text = Path(__file__).with_name(EXAMPLE).read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text.replace("NAME", name))
    except FileExistsError:
        raise InputError(f"{path} exists already; choose another name or remove it") from None
    try:
        load_scenario(path)
    except InputError:
        path.unlink()
        raise
    typer.echo(f"wrote {path}; next: entrench check {path}, entrench run {path}")
