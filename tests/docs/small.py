"""The arguments of a command with few histories, so that every page can be run."""

from __future__ import annotations

from pathlib import Path

SMALL = {
    "run": {"--runs": 4},
    "compare": {"--runs": 4},
    "persistence": {"--runs": 4},
    "country": {"--runs": 4},
    "validate": {"--runs": 4},
    "page": {"--runs": 4},
    "sweep": {"--replicates": 1},
    "discover": {"--replicates": 1},
    "sensitivity": {"--trajectories": 4, "--samples": 16, "--replicates": 2},
    "bench": {"--runs": 4, "--rounds": 1},
}
"""What a verb is given instead of the page's number of histories, so that all pages are run."""
WITHOUT_FIGURES = {"run", "compare", "persistence", "validate", "sweep", "merge", "sensitivity"}


def smaller(arguments: list[str]) -> list[str]:
    """The arguments with few histories and without figures."""
    verb = arguments[0] if arguments else ""
    if {"--help", "-h", "--dry-run"} & {*arguments}:
        return arguments
    for option, value in SMALL.get(verb, {}).items():
        if option in arguments:
            arguments[arguments.index(option) + 1] = str(value)
        elif not (verb == "discover" and _is_folder(arguments)):
            arguments += [option, str(value)]
    return arguments + ["--no-figures"] * (
        verb in WITHOUT_FIGURES and "--no-figures" not in arguments
    )


def _is_folder(arguments: list[str]) -> bool:
    return any(Path(argument).is_dir() for argument in arguments[1:])


def same(arguments: list[str]) -> list[str]:
    """The arguments as they are."""
    return arguments
