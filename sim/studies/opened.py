"""Opening finished folders, and telling what study a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.results.folder import MANIFEST
from sim.results.read import Results, open_results
from sim.results.sweep import SweepResults


def open_folder(folder: Path | str, temporary: Any = None) -> Results | SweepResults:
    """Open a finished folder of a run or of a sweep, and see that it is whole.

    Args:
        folder: The folder.
        temporary: Its keeper, if it goes with what is returned.

    Raises:
        InputError: It is missing, of another kind, damaged, or not finished.
    """
    path = Path(folder)
    if path.is_dir() and not (path / MANIFEST).is_file() and (kind := study_kind(path)):
        raise InputError(f"{path} holds {kind}, not runs: give the folder of a run or of a sweep")
    results = open_results(path, temporary)
    if not results.is_sweep:
        return results
    sweep = SweepResults(results)
    _ = sweep.design
    return sweep


def open_sweep(folder: SweepResults | Path | str, temporary: Any = None) -> SweepResults:
    """Open the finished folder of a sweep, or take one at hand; see :func:`open_folder`."""
    opened = folder if isinstance(folder, SweepResults) else open_folder(folder, temporary)
    if not isinstance(opened, SweepResults):
        raise InputError(f"{folder} holds runs of one scenario, not a sweep")
    return opened


STUDIES = {
    "comparison.json": "a comparison (`entrench compare`)",
    "persistence.json": "a report of what stays (`entrench persistence`)",
    "validation.json": "a validation (`entrench validate`)",
    "against.json": "a score of your list (`entrench validate --against`)",
    "naive.json": "rankings of states (`entrench validate --naive`)",
    "sensitivity.json": "a sensitivity study (`entrench sensitivity`)",
    "discovery.json": "conditions that were found (`entrench discover`)",
    "calibration.json": "a calibration (`entrench calibrate`)",
    "ask.json": "a ranking of what-ifs (`entrench ask`)",
    "country.json": "the story of a state (`entrench country`)",
    "account.json": "an account of what is known (`entrench known`)",
}
"""What a folder holds that has this file."""


def study_kind(folder: Path) -> str:
    """Return what study a folder holds, in words; empty if it holds none."""
    return next((words for name, words in STUDIES.items() if (folder / name).is_file()), "")
