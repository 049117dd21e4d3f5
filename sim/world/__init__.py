"""Input data: tables of `seeds`, read and checked, and the folders that contain data."""

from pathlib import Path
from typing import Literal

from sim.errors import InputError

type DataFolder = Literal["seeds", "scenarios", "experiments", "shapes"]

_PACKAGE = Path(__file__).resolve().parents[1]


def find_data_folder(name: DataFolder) -> Path:
    # The wheel's place comes first: next to an installed package are other people's packages, one
    # of which may be called `seeds`. For the same reason a checkout needs its project file.
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
