"""Figures of finished results, drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sim.errors import InputError, listed
from sim.figures.canvas import save_figures
from sim.figures.of_runs import outcome as draw_outcome
from sim.model.units import WORLD
from sim.runs.store import FIGURES, refuse_link
from sim.scenario.keys import SCENARIO
from sim.scenario.own_groups import OWN, slug
from sim.studies.compare import report as compare_report
from sim.studies.compare import usual_outcomes
from sim.studies.run import summary
from sim.studies.sources import open as open_results
from sim.studies.sources import point_of
from sim.studies.sweep import sweep_report


def plot(
    folder: Path | str,
    *,
    figures: str | Sequence[str] | None = None,
    outcome: str | None = None,
    by: str | None = None,
    point: str | int | None = None,
    where: Any = None,
    out: Path | str | None = None,
    formats: str | Sequence[str] = (),
    width: float | None = None,
    plain: bool = False,
    title: str = "",
    letters: bool = False,
    font: str = "",
    fresh: bool = False,
) -> list[Path]:
    """Draw the figures of a results folder again, or one outcome over time.

    The figures of a study are drawn by its function with the folder: `sim.persistence(folder)`.

    Args:
        folder: Finished results.
        figures: Only these, by name.
        outcome: Draw this outcome over time instead.
        by: Its groups: world, regime, region, aid, vendor or own.
        point: Only this point of a sweep, by number or label.
        where: Draw the outcome of these groups of countries, as for `Results.asking`.
        out: Folder for the figures; default: `figures` in the results folder.
        formats: png, pdf or svg; default: PNG and PDF.
        width: Their width in millimetres.
        plain: Whether heading and caption go to a text file next to each.
        title: Title of the first figure, instead of the finding.
        letters: Whether panels have letters.
        font: A family of the machine's fonts.
        fresh: Whether to replace also edited figures.

    Returns:
        The files.

    Raises:
        InputError: There is no such figure, outcome or point.

    Examples:
        >>> made = sim.make_runs("baseline", runs=2, set={"horizon.end": 2003}, out="short")
        >>> [path.name for path in sim.plot("short", outcome="working", formats=["svg"])]
        ['working-by-world.svg', 'working-by-world.csv']
    """
    if (by or where) and not outcome:
        raise InputError("--by and --where need an outcome, such as --outcome working")
    if figures and outcome:
        raise InputError("give --figure or --outcome, not both")
    results = open_results(folder)
    if point is not None:
        results = point_of(results, str(point))
    results = results.asking(where, outcome)
    by = by or (OWN if where else WORLD)
    report = summary(results) if results.n_points == 1 else sweep_report(results)
    # The differences of one date are its effects.
    if set(results.design) == {SCENARIO} and results.n_points > 1 and len(results.years) > 1:
        compared = compare_report(results, usual_outcomes(results))
        report = replace(report, figures={**compared.figures, **report.figures})
    names = listed(figures) or report.figures
    if not names and not outcome:
        raise InputError(f"{folder}: its figures are drawn by the study that made it, such as ask")
    drawn: Any = {name: partial(report.draw, name) for name in names}
    if outcome:
        drawn = {f"{slug(outcome)}-by-{by}": partial(draw_outcome, results, outcome, by)}
    place = Path(out) if out else refuse_link(Path(folder) / FIGURES)
    if point is not None and not out:
        place = refuse_link(place / f"point-{results.places[0][1]}")
    return save_figures(
        drawn, place, formats, width=width, plain=plain, title=title, letters=letters, font=font,
        fresh=fresh,
    )  # fmt: skip
