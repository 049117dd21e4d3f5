"""What ``entrench compare`` leaves behind: files of numbers, and tables on the screen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.studies import Row, write_rows

if TYPE_CHECKING:
    from sim.studies.comparison.method import Comparison, Difference
    from sim.studies.comparison.states import Parting, StateChange

SHOWN_STATES = 10
"""States in the printed table; the file and the figure hold more."""
DIFFERENCES, COUNTRIES, COMPARISON = "differences.csv", "countries.csv", "comparison.json"
SIGN = b"alternative,reference,"
"""How every table of a comparison begins."""
DRAWN = ("differences", "states")
"""Names of the figures."""
OTHER_RULES = (
    "These runs follow different rules, so differences are the rules' doing as well as the"
    " scenarios'."
)
NOTE = "Means over paired runs ± standard error (90 % of runs). Scenarios, not forecasts."


def write_files(
    comparisons: Sequence[Comparison], manifest: Mapping[str, Any], folder: Path
) -> None:
    """Write tables and figures, and last `comparison.json`: where it is, all is whole.

    An earlier comparison in the folder is replaced (see :func:`check_folder`).
    """
    from sim.figures.save import FORMATS, figure_metadata, save
    from sim.results.files import write_json
    from sim.studies.comparison.figures import figures_of

    folder.mkdir(parents=True, exist_ok=True)
    drawn = (f"{name}.{ending}" for name in DRAWN for ending in FORMATS)
    for name in (COMPARISON, DIFFERENCES, COUNTRIES, *drawn):
        (folder / name).unlink(missing_ok=True)
    write_rows(folder / DIFFERENCES, (row for c in comparisons for row in c.rows()))
    if all(comparison.states for comparison in comparisons):
        write_rows(folder / COUNTRIES, (row for c in comparisons for row in c.state_rows()))
    for name, title, figure in figures_of(comparisons, manifest):
        save(figure, folder, name, figure_metadata(manifest, title))
    write_json(folder / COMPARISON, facts_of(comparisons, manifest))


def check_folder(folder: Path) -> None:
    """Refuse a place that holds anything but an earlier comparison, as far as it would be lost.

    Raises:
        InputError: It is a file, the folder of a run, or has tables that are not a comparison's.
    """
    from sim.errors import InputError

    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder} is a file, not a folder")
    if (folder / "manifest.json").exists():
        raise InputError(f"--out {folder} holds the results of a run; choose another folder")
    for name in (DIFFERENCES, COUNTRIES):
        path = folder / name
        if path.exists() and not path.read_bytes().startswith(SIGN):
            raise InputError(f"--out {folder} holds another {name}; choose another folder")


def _json_value(value: str | int | float | None) -> str | int | float | None:
    """A value for JSON, which knows neither infinity nor NaN."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else "inf"


def facts_of(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison of the world at the ends of years, and of states, as plain data."""
    from sim.engine.chunk import quarter_of_year, year_of

    def plain(row: Row, without: Sequence[str]) -> dict[str, Any]:
        return {key: _json_value(value) for key, value in row.items() if key not in without}

    kept = comparisons[0].content
    quarters = [kept.quarters[place] for place in kept.group_places]
    ends = {(year_of(quarter), quarter_of_year(quarter)) for quarter in quarters}
    sides = ("alternative", "reference")
    found = [
        {
            "alternative": comparison.alternative,
            "runs": comparison.runs,
            "differences": [
                plain(row, (*sides, "group_kind", "group", "runs"))
                for row in comparison.rows()
                if row["group_kind"] == "world" and (row["year"], row["quarter"]) in ends
            ],
            "countries": [plain(row, sides) for row in comparison.state_rows()],
        }
        for comparison in comparisons
    ]
    return {**manifest, "reference": comparisons[0].reference, "comparisons": found}


def show(comparisons: Sequence[Comparison], manifest: Mapping[str, Any]) -> None:
    """Print the tables of every alternative."""
    for comparison in comparisons:
        _show_world(comparison, manifest)
        changed = [c for c in comparison.states[:SHOWN_STATES] if c.headline.changed]
        if changed:
            _show_states(changed)
        elif comparison.states:
            typer.echo("No state changes in any run.")
        else:
            typer.echo("What happened to each state was not kept in every folder.")
    if ", " in str(manifest["rules"]):
        typer.echo(OTHER_RULES)
    typer.echo(NOTE)


def _show_world(comparison: Comparison, manifest: Mapping[str, Any]) -> None:
    from sim.cli.tables import print_table
    from sim.engine.chunk import end_of
    from sim.studies.comparison.method import YEARS

    content = comparison.content
    quarters = content.quarters
    places = {y: quarters.index(end_of(y)) for y in YEARS if end_of(y) in quarters}
    if not places:
        places = {content.last_year: content.group_places[-1]}
    asked, paired = int(manifest["runs"]), comparison.runs
    typer.echo(
        f"{comparison.alternative} less {comparison.reference},"
        f" {paired} paired {'run' if paired == 1 else 'runs'}, seed {manifest['seed']}:"
    )
    if paired < asked:
        typer.echo(f"{asked - paired} of {asked} runs failed in one or both and are left out.")
    rows = []
    for name, found in comparison.world.items():
        outcome = content.outcomes[name]
        cells = [_cell(found, at) for at in places.values()]
        rows.append((outcome.label, outcome.unit, *cells, _gain(found, list(places.values())[-1])))
    heads = ("difference", "unit", *map(str, places), f"same precision unpaired, {max(places)}")
    # A narrow terminal has room for every other year.
    less = [str(year) for year in list(places)[-2::-2]][::-1]
    print_table(heads, rows, if_wide=("unit", *less))


def _show_states(changed: Sequence[StateChange]) -> None:
    """States that change most: probabilities in percent, and when they change."""
    from sim.cli.tables import print_table
    from sim.studies.comparison.states import OFTEN

    year = list(changed[0].events)[-1].rpartition("_")[2]
    ever = "ever differs, % of runs"
    heads = (
        "states that change most",
        f"working in {year}, %",
        "change, points",
        ever,
        f"differs in {100 * OFTEN:.0f} % of runs from",
        "first differs in (half of these runs)",
    )
    rows = []
    for change in changed:
        found, parting = change.headline, change.parting
        rows.append(
            (
                change.state.name,
                f"{100 * found.reference:.0f} to {100 * found.alternative:.0f}",
                f"{_signed(100 * found.difference)}{_error(100 * found.error)}",
                f"{100 * parting.ever:.0f}",
                _year(parting.often_from),
                _first(parting),
            )
        )
    print_table(heads, rows, if_wide=(ever,))


def _year(year: int | None) -> str:
    return "never" if year is None else str(year)


def _first(parting: Parting) -> str:
    """Median and quartiles of the year of the first difference."""
    if parting.first is None:
        return "never"
    low, middle, high = parting.first
    return f"{middle} ({low} to {high})"


def _cell(found: Difference, at: int) -> str:
    """Mean, standard error and 90 % interval of the world's difference."""
    low, high = (_signed(float(found.quantiles[key][at])) for key in ("q05", "q95"))
    mean, error = float(found.mean[at]), float(found.error[at])
    return f"{_signed(mean)}{_error(error)} ({low} to {high})"


def _gain(found: Difference, at: int) -> str:
    """How many runs the same precision would have needed without shared luck."""
    from sim.results.table import in_digits

    factor = float(found.factor[at])
    if found.runs == 1:
        return "a single run"
    if math.isnan(factor):
        return "nothing varies"
    if math.isinf(factor):
        return "same difference in every run"
    return f"{found.unpaired_runs[at]:,.0f} runs ({in_digits(float(f'{factor:.2g}'))} ×)"


def _signed(value: float) -> str:
    """A number with its sign, and none where it is zero."""
    from sim.results.table import in_digits

    text = in_digits(abs(value))
    if not float(text.replace(",", "")):
        return "0"
    return ("-" if value < 0 else "+") + text


def _error(value: float) -> str:
    from sim.results.table import in_digits

    return "" if math.isnan(value) else f" ± {in_digits(float(f'{value:.2g}'))}"
