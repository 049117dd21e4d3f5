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


def read_text(path: Path, what: str) -> str:
    """Return a file's text with plain line ends; `what` names its kind, such as ``"a scenario"``.

    Raises:
        ValueError: It is not a text file.
    """
    try:
        if path.is_dir():
            raise ValueError(f"this is a folder; name {what} file in it")
        if path.exists() and not path.is_file():
            raise ValueError(f"this is a pipe or a device; allowed: {what} in a file")
        # As bytes, so that the message on wrong encoding can name the line.
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except OSError as error:
        raise ValueError(f"the file cannot be read ({error.strerror or error})") from None
    try:
        # Excel puts a byte order mark before UTF-8.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"the file is not UTF-8 text (line {line}); save it as UTF-8") from None
    return text.replace("\r\n", "\n")
