"""The command ``entrench``: outside of the package `sim`, to notice another of that name."""

import sys


def main() -> None:
    """Run the command line of the package ``sim``, if that is the one of Entrench."""
    import sim

    if "EntrenchModel" not in getattr(sim, "__all__", ()):
        sys.exit(
            f"error: the package `sim` at {sim.__file__} is not Entrench's: install Entrench in an"
            " environment of its own, or rename your own folder or file named sim"
        )
    from sim.__main__ import main as run

    run()
