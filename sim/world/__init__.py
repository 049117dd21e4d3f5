"""The world as it is: the tables of seeds, and where the project's data lie."""

from pathlib import Path
from typing import Literal

from sim.errors import InputError

type DataFolder = Literal["seeds", "scenarios", "experiments", "shapes"]
"""The folders that travel with the code."""

_PACKAGE = Path(__file__).resolve().parents[1]


def find_data_folder(name: DataFolder) -> Path:
    """Return the path of one of the project's data folders.

    An installed wheel carries them inside the package (`sim/_data/<name>`); in a checkout, also an
    editable one, they lie beside the package. The wheel's place comes first: beside an installed
    package lie other people's packages, one of which may well be called `seeds`. For the same
    reason the place beside the package counts only when the project file is there too.

    Args:
        name: What the folder is called in a checkout.

    Raises:
        InputError: The folder is in neither place.
    """
    installed = _PACKAGE / "_data" / name
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parent / name
    if (checkout.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    raise InputError(
        f"the data folder {name!r} is missing: looked in {installed} (installed) and in "
        f"{checkout} (source checkout); install the package again, or name a folder"
    )
