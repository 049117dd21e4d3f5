"""Drawing a folder's figures again: all, some, or of an outcome, group or state of one's choice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.figures import register
from sim.figures.save import FORMATS, figure_metadata, save
from sim.figures.sweeps.reading import USUAL_OUTCOMES, choices, draw_sweep
from sim.figures.timeline import timeline_of
from sim.register import WORLD, nearest
from sim.results.files import file_in_the_way
from sim.results.folder import FIGURES
from sim.results.read import Results
from sim.results.sweep import SweepResults
from sim.results.targets import RATED
from sim.studies.opened import open_folder
from sim.world.names import find_state
from sim.world.seeds import shipped_seeds

YEARS = re.compile(r"(\d{4})\s*(?:-|to|:)\s*(\d{4})")
OUTCOME, STATE = "outcome", "state"
"""Figures of a run that are drawn where they are asked for."""


def plot(
    folder: Path | str,
    out: Path | str | None = None,
    *,
    figures: Sequence[str] | None = None,
    formats: Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
    by: str | None = None,
    years: str | None = None,
    state: str | None = None,
    year: int | None = None,
    threshold: float | None = None,
) -> list[Path]:
    """Draw figures of a finished folder.

    Args:
        folder: Of a run or a sweep.
        out: Where they go; its `figures` if not given.
        figures: These alone; None: all, or what the other arguments ask for.
        formats: `png`, `svg`, `pdf`.
        outcomes: Of a run: curves of these; of a sweep: figures of these.
        by: Of a run: a panel for each group of this kind.
        years: Of a run: only these, such as `2020-2040`.
        state: Of a run: this state's timeline.
        year: Of a sweep: at the end of this year.
        threshold: Of a sweep: where heat maps draw a line.

    Returns:
        The files written.

    Raises:
        InputError: Something is unknown, or not of this kind of folder. All faults are listed.
    """
    target = Path(folder) / FIGURES if out is None else Path(out)
    if fault := file_in_the_way(target, f"--out {target}"):
        raise InputError(fault)
    opened = open_folder(folder)
    if isinstance(opened, SweepResults):
        of_run = {"--by": by, "--years": years, "--state": state}
        _refuse(of_run, f"is for the folder of a run; {folder} holds a sweep")
        return draw_sweep(
            opened, target, figures, formats or FORMATS,
            outcomes=outcomes, year=year, threshold=threshold,
        )  # fmt: skip
    _refuse(
        {"--year": year, "--threshold": threshold},
        f"is for the folder of a sweep; {folder} holds runs of one scenario (choose years with"
        " --years, figures with --figure)",
    )
    span = years_of(years, opened) if years else None
    facts: dict[str, Any] = {"results": opened, "years": span}
    names = list(figures) if figures else None
    if state:
        _refuse({"--outcome": outcomes, "--by": by}, "does not go with --state: by state, results"
                " keep when it was trained and bought, and whether its system works")  # fmt: skip
        country = find_state(state, shipped_seeds().countries)
        rows = opened.country_runs(country.iso3)
        facts |= {
            "state": timeline_of(country, rows, horizon_of(opened)),
            "manifest": opened.manifest,
        }
        names = names or [STATE]
    elif outcomes or by or years:
        facts |= _chosen(opened, outcomes, by)
        names = names or [OUTCOME]
    if wrong := register.faults(register.RUN, facts, names, formats or ()):
        raise InputError(wrong)
    written = []
    for name, title, drawn in register.drawings(register.RUN, facts, names):
        # Several states' timelines may be beside each other.
        own = f"{STATE}-{country.iso3}" if state and name == STATE else name
        metadata = figure_metadata(opened.manifest, title)
        written += save(drawn, target, own, metadata, formats or FORMATS)
    return written


def listed_figures(folder: Path | str) -> dict[str, str]:
    """Return the figures that a folder allows, by name, and what each shows."""
    opened = open_folder(folder)
    if isinstance(opened, SweepResults):
        figures = register.possible(register.SWEEP, choices(opened))
    else:
        asked = {"results": opened, "by": WORLD, "state": None, "manifest": opened.manifest}
        figures = register.possible(register.RUN, asked)
    return {one.name: one.doc for one in figures}


def _refuse(given: Mapping[str, Any], why: str) -> None:
    if wrong := [f"{name} {why}" for name, value in given.items() if value]:
        raise InputError(wrong)


def _chosen(opened: Results, outcomes: Iterable[str] | None, by: str | None) -> dict[str, Any]:
    """What is shown of an outcome of one's own choice; all faults are listed."""
    known = opened.outcomes
    asked = list(dict.fromkeys(outcomes or (n for n in USUAL_OUTCOMES if n in known)))
    faults = [f"the outcome {n!r} was not kept{nearest(n, known)}" for n in asked if n not in known]
    kind = by or WORLD
    offered = [name for name in opened.groups if name not in (WORLD, RATED)]
    if kind not in opened.groups:
        faults.append(f"--by {kind}: no such kind of groups{nearest(kind, offered)}")
    else:
        faults += [
            f"--by {kind}: {name} is not known by {kind}"
            for name in asked
            if name in known and not _has_groups(opened, name, kind)
        ]
    if faults:
        raise InputError(faults)
    return {"outcomes": asked, "by": kind}


def _has_groups(opened: Results, outcome: str, kind: str) -> bool:
    """Whether an outcome is known of a kind of groups."""
    of = opened.outcomes[outcome].of
    return kind == WORLD or ((kind == "vendor") is (of == "vendor") and of != "actor")


def horizon_of(results: Results) -> tuple[int, int]:
    """Return the first and last year of runs."""
    horizon = results.manifest["scenario"]["horizon"]
    return int(horizon["start"]), int(horizon["end"])


def years_of(text: str, results: Results) -> tuple[int, int]:
    """Return the years of a text such as ``2020-2040``.

    Raises:
        InputError: It is none, or lies outside the runs.
    """
    first, last = horizon_of(results)
    allowed = f"allowed: from {first} to {last}, such as {max(first, last - 20)}-{last}"
    match = YEARS.fullmatch(text.strip())
    if not match:
        raise InputError(f"--years {text}: not two years; {allowed}")
    start, end = int(match[1]), int(match[2])
    if not first <= start <= end <= last:
        raise InputError(f"--years {text}: {allowed}")
    return start, end
