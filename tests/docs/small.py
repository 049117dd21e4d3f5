"""The arguments of a command with few histories, so that every page can be run."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

SMALL = {
    "run": {"--runs": 4},
    "compare": {"--runs": 4},
    "persistence": {"--runs": 4},
    "ask": {"--runs": 4},
    "country": {"--runs": 4},
    "validate": {"--runs": 4},
    "page": {"--runs": 4},
    "sweep": {"--replicates": 1},
    "discover": {"--replicates": 1},
    "sensitivity": {"--trajectories": 2, "--samples": 2, "--replicates": 1},
}
"""What a verb is given instead of the page's number of histories, so that all pages are run."""
WITHOUT_FIGURES = {"run", "compare", "persistence", "validate", "sweep", "sensitivity"}


def smaller(arguments: list[str]) -> list[str]:
    """The arguments with few histories and without figures."""
    verb = arguments[0] if arguments else ""
    if {"--help", "-h"} & {*arguments}:
        return arguments
    for option, value in SMALL.get(verb, {}).items():
        if option in arguments:
            arguments[arguments.index(option) + 1] = str(value)
        elif not _has_folder(arguments):
            arguments += [option, str(value)]
    return arguments + ["--no-figures"] * (
        verb in WITHOUT_FIGURES and "--no-figures" not in arguments
    )


def _has_folder(arguments: list[str]) -> bool:
    """Whether a finished folder is asked: its histories are what they are."""
    return any(
        Path(argument).is_dir() and not before.startswith("--")
        for before, argument in pairwise(arguments)
    )


def same(arguments: list[str]) -> list[str]:
    """The arguments as they are."""
    return arguments
