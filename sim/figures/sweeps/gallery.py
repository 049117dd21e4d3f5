"""All figures of a sweep by name, and drawing those that suit its design."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures.save import FORMATS, save
from sim.figures.sweeps.factors import ShownFactor, shown_factors
from sim.figures.sweeps.heat_map import MOST_SIDE, figure_heat_map, sides
from sim.figures.sweeps.reading import SweepLike, is_random, kept_years, sweep_metadata
from sim.figures.sweeps.response import figure_response, figure_response_by_factor, is_plain
from sim.figures.sweeps.tornado import figure_tornado
from sim.figures.sweeps.years import figure_over_years
from sim.register import nearest

USUAL_OUTCOMES = ("working", "adopters", "trained")
"""Shown if none are named, as far as they were kept."""
MOST_CROSSED = 3
"""Factors of a grid up to which a heat map is drawn without being asked for."""

type Drawings = Iterator[tuple[str, str, Figure]]
"""For each figure: file name without ending, title, figure."""


@dataclass(frozen=True)
class SweepView:
    """A figure that can be drawn of a sweep.

    Attributes:
        name: Of its files, and on the command line.
        doc: What it shows, in a sentence or two.
        obstacle: Why a sweep does not allow it; empty if it does.
        suits: Whether it is drawn without being asked for, where it is allowed.
        draw: Draws it for some outcomes and the end of a year.
    """

    name: str
    doc: str
    obstacle: Callable[[SweepLike], str]
    suits: Callable[[SweepLike], bool]
    draw: Callable[[SweepLike, Sequence[str], int], Drawings]


def _varied(sweep: SweepLike) -> list[ShownFactor]:
    return [factor for factor in shown_factors(sweep) if len(factor.levels) > 1]


def _no_heat_map(sweep: SweepLike) -> str:
    factors = _varied(sweep)
    if is_random(sweep):
        return "its points were drawn, so factors' values are not combined with each other"
    if len(factors) < 2:
        return "it needs two factors that vary"
    side = max(len(factor.levels) for factor in sides(factors))
    if side > MOST_SIDE:
        return f"a factor has {side} values, more than the {MOST_SIDE} that a heat map shows"
    return ""


def _no_tornado(sweep: SweepLike) -> str:
    return "" if len(_varied(sweep)) > 1 else "it needs two factors that vary"


def _never(_: SweepLike) -> str:
    return ""


def _draw_heat_maps(sweep: SweepLike, outcomes: Sequence[str], year: int) -> Drawings:
    for name in outcomes:
        title = f"{sweep.results.outcomes[name].label} at the end of {year}, heat map"
        yield f"heat-map-{name}", title, figure_heat_map(sweep, name, year)


def _draw_responses(sweep: SweepLike, outcomes: Sequence[str], year: int) -> Drawings:
    if is_plain(shown_factors(sweep), drawn=is_random(sweep)):
        title = f"Outcomes at the end of {year} by factor"
        yield "response", title, figure_response(sweep, outcomes, year)
        return
    for name in outcomes:
        title = f"{sweep.results.outcomes[name].label} at the end of {year} by each factor"
        yield f"response-{name}", title, figure_response_by_factor(sweep, name, year)


def _draw_years(sweep: SweepLike, outcomes: Sequence[str], _: int) -> Drawings:
    for name in outcomes:
        title = f"{sweep.results.outcomes[name].label} over the years by a factor"
        yield f"over-years-{name}", title, figure_over_years(sweep, name)


def _draw_tornados(sweep: SweepLike, outcomes: Sequence[str], year: int) -> Drawings:
    for name in outcomes:
        title = f"{sweep.results.outcomes[name].label} at the end of {year}, tornado"
        yield f"tornado-{name}", title, figure_tornado(sweep, name, year)


def _suits_heat_map(sweep: SweepLike) -> bool:
    return len(_varied(sweep)) <= MOST_CROSSED


def _suits_tornado(sweep: SweepLike) -> bool:
    return len(_varied(sweep)) >= (2 if is_random(sweep) else MOST_CROSSED)


SWEEP_VIEWS: dict[str, SweepView] = {
    view.name: view
    for view in (
        SweepView(
            "heat-map",
            "An outcome at the end of a year for each combination of two factors' values.",
            _no_heat_map,
            _suits_heat_map,
            _draw_heat_maps,
        ),
        SweepView(
            "response",
            "Outcomes at the end of a year by the values of each factor.",
            _never,
            lambda _: True,
            _draw_responses,
        ),
        SweepView(
            "over-years",
            "An outcome over the years, a curve for each of some values of the first factor.",
            _never,
            lambda sweep: len(kept_years(sweep)) > 1,
            _draw_years,
        ),
        SweepView(
            "tornado",
            "How far each factor moves an outcome between its lowest and highest values.",
            _no_tornado,
            _suits_tornado,
            _draw_tornados,
        ),
    )
}
"""Every figure of a sweep by name, in the order in which they are drawn."""


def draw_sweep(
    sweep: SweepLike,
    folder: Path,
    names: Iterable[str] | None = None,
    outcomes: Iterable[str] | None = None,
    year: int | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Draw figures of a sweep into a folder.

    Args:
        sweep: A finished sweep's results.
        folder: Where the files go.
        names: Which figures; None: those that suit the design.
        outcomes: Which outcomes; None: working systems, adopters and trained states, as far as
            they were kept, else the first that was.
        year: At whose end; None: the last one kept.
        formats: Some of `FORMATS`.

    Returns:
        The files written.

    Raises:
        InputError: A name, outcome, year or format is unknown or was not kept, or a named figure
            is not possible for this design. All faults are told at once.
    """
    known = ", ".join(FORMATS)
    faults = [f"no format {f!r}; there are: {known}" for f in formats if f not in FORMATS]
    faults += _faults(sweep, names, outcomes, year)
    if faults:
        raise InputError(faults)
    views = choose_sweep_views(sweep, names)
    shown = choose_outcomes(sweep, outcomes)
    at = kept_years(sweep)[-1] if year is None else year
    written = []
    for view in views:
        for name, title, figure in view.draw(sweep, shown, at):
            written += save(figure, folder, name, sweep_metadata(sweep, title), formats)
    return written


def choose_sweep_views(sweep: SweepLike, names: Iterable[str] | None) -> list[SweepView]:
    """The named figures; without names, those that suit the design.

    Raises:
        InputError: A name is unknown, or a named figure is not possible for this design.
    """
    if names is None:
        return [
            view for view in SWEEP_VIEWS.values() if not view.obstacle(sweep) and view.suits(sweep)
        ]
    faults = _name_faults(sweep, names := list(dict.fromkeys(names)))
    if faults:
        raise InputError(faults)
    return [SWEEP_VIEWS[name] for name in names]


def choose_outcomes(sweep: SweepLike, outcomes: Iterable[str] | None) -> list[str]:
    """The named outcomes; without names, the usual ones that were kept, else the first."""
    kept = list(sweep.results.outcomes)
    if outcomes is not None:
        return list(dict.fromkeys(outcomes))
    return [name for name in USUAL_OUTCOMES if name in kept] or kept[:1]


def _faults(
    sweep: SweepLike,
    names: Iterable[str] | None,
    outcomes: Iterable[str] | None,
    year: int | None,
) -> list[str]:
    """All that is wrong with what was asked for."""
    faults = [] if names is None else _name_faults(sweep, names)
    kept, years = sweep.results.outcomes, kept_years(sweep)
    faults += [
        f"the outcome {name!r} was not kept{nearest(name, kept)}"
        for name in outcomes or ()
        if name not in kept
    ]
    if not years:
        faults.append("the sweep kept no end of a year")
    elif year is not None and year not in years:
        faults.append(f"the end of {year} was not kept; there are: {_years_text(years)}")
    return faults


def _name_faults(sweep: SweepLike, names: Iterable[str]) -> list[str]:
    faults = []
    for name in names:
        if name not in SWEEP_VIEWS:
            faults.append(f"no figure {name!r} of a sweep{nearest(name, SWEEP_VIEWS)}")
        elif obstacle := SWEEP_VIEWS[name].obstacle(sweep):
            allowed = ", ".join(n for n, v in SWEEP_VIEWS.items() if not v.obstacle(sweep))
            faults.append(
                f"{name}: not possible for this sweep, {obstacle}; possible are: {allowed}"
            )
    return faults


def _years_text(years: Sequence[int]) -> str:
    """Years, those in a row as a range."""
    rows: list[list[int]] = []
    for year in years:
        if rows and year == rows[-1][-1] + 1:
            rows[-1].append(year)
        else:
            rows.append([year])
    return ", ".join(str(row[0]) if len(row) == 1 else f"{row[0]}-{row[-1]}" for row in rows)
