"""Files to start from."""

from __future__ import annotations

from pathlib import Path

from sim.errors import KEY_NAME, InputError, shorten
from sim.scenario.file import shipped_names
from sim.world import find_data_folder
from sim.world.seeds import export

# A file system allows 255 for a file with its ending.
MOST_LETTERS = 200


def new(name: str = "", *, data: Path | str | None = None) -> list[Path]:
    """Write a file to start from: a scenario, or the input tables.

    Args:
        name: Name of the scenario; the file is NAME.toml in the present folder.
        data: Write the shipped input tables into this folder instead.

    Returns:
        The files.

    Raises:
        InputError: The name is not allowed, or the file exists.

    Examples:
        >>> [str(path) for path in sim.new("my-what-if")]
        ['my-what-if.toml']
    """
    if data:
        if name:
            raise InputError(f"NAME {name!r}: --data writes no scenario")
        return export(find_data_folder("seeds"), Path(data))
    if not KEY_NAME.fullmatch(name) or len(name) > MOST_LETTERS or name in shipped_names():
        raise InputError(
            f"NAME {shorten(name)!r}: up to {MOST_LETTERS} letters, digits, - and _, and not the"
            " name of a shipped scenario"
        )
    path = Path(f"{name}.toml")
    text = Path(__file__).with_name("new.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("NAME", name))
    except FileExistsError:
        raise InputError(f"{path} exists already; choose another name or remove it") from None
    return [path]
