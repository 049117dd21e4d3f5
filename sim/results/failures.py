"""`failures.csv`: the runs that failed, and why; they are in no other table."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from sim.errors import InputError
from sim.results.files import write_csv
from sim.results.folder import FAILURES
from sim.results.points import POINT, REPLICATE, Points


class Failure(NamedTuple):
    """A run that failed.

    Attributes:
        run: Its number.
        message: What went wrong.
    """

    run: int
    message: str


def write_failures(failures: list[Failure], points: Points | None, path: Path) -> None:
    """Write `failures.csv`: a row per failed run; a sweep's says where each factor stood."""
    if points is None:
        write_csv(path, ["run", "message"], failures)
        return
    write_csv(
        path,
        ["run", POINT, REPLICATE, "message", *points.names],
        ([run, *points.of(run), message, *points.texts(points.of(run)[0])]
         for run, message in failures),
    )  # fmt: skip


def read_failures(folder: Path) -> list[Failure]:
    """Return the runs that failed, from a finished folder.

    Raises:
        InputError: If the list of them is damaged.
    """
    path = folder / FAILURES
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [Failure(int(row["run"]), row["message"]) for row in csv.DictReader(file)]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise InputError(f"{path} is damaged: {error}") from error
