"""Entrench under its own name: the command, and the package `sim` safe beside others of that name.

>>> import entrench as sim
>>> sim.__version__
'1.1.0.dev0'
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import *  # noqa: F403
    from sim import __version__ as __version__
    from sim import open as open


def _package() -> Any:
    """Return the package ``sim``, if it is that of Entrench."""
    package = import_module("sim")
    if "EntrenchModel" not in getattr(package, "__all__", ()):
        raise ImportError(
            f"the package `sim` at {package.__file__} is not Entrench's: install Entrench in an"
            " environment of its own, or rename your own folder or file named sim"
        )
    return package


def __getattr__(name: str) -> Any:
    """Return what the package has under a name."""
    package = _package()
    if name not in ("__all__", *dir(package)):
        raise AttributeError(f"module 'entrench' has no attribute {name!r}")
    return getattr(package, name)


def __dir__() -> list[str]:
    """List what the package has."""
    return dir(_package())


def main() -> None:
    """Run the command line."""
    try:
        _package()
    except ImportError as error:
        sys.exit(f"error: {error}")
    from sim.__main__ import main as run

    run()
