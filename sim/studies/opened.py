"""Opening finished folders, and telling what study a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.results.folder import MANIFEST, Report
from sim.results.read import Results
from sim.results.sweep import SweepResults, open_either
from sim.studies.study import KINDS


def open_folder(folder: Path | str, temporary: Any = None, report: Report | None = None) -> Results:
    """Open a finished folder of a run or of a sweep, and see that it is whole.

    Args:
        folder: The folder.
        temporary: Its keeper, if it goes with what is returned.
        report: What has just been run of it.

    Raises:
        InputError: It is missing, of another kind, damaged, or not finished.
    """
    path = Path(folder)
    if path.is_dir() and not (path / MANIFEST).is_file() and (kind := study_kind(path)):
        raise InputError(
            f"{path} holds {kind}, not runs: its tables are CSV files, and the verb that made"
            " it draws its figures; where runs are meant, give the folder of a run or of a sweep"
        )
    return open_either(path, temporary, report)


def open_sweep(
    folder: SweepResults | Path | str, temporary: Any = None, report: Report | None = None
) -> SweepResults:
    """Open the finished folder of a sweep, or take one at hand; see :func:`open_folder`."""
    opened = folder if isinstance(folder, SweepResults) else open_folder(folder, temporary, report)
    if not isinstance(opened, SweepResults):
        raise InputError(f"{folder} holds runs of one scenario, not a sweep")
    return opened


def study_kind(folder: Path) -> str:
    """Return what study a folder holds, in words; empty if it holds none."""
    return next((words for name, words in KINDS.items() if (folder / name).is_file()), "")
