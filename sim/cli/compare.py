"""``entrench compare``: scenarios or finished results, run by run on the same luck."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import Assignments

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison, Difference, Side, StateChange
    from sim.results.read import Results
    from sim.scenario import Scenario

RESULTS = Path("results")
RUNS, SEED = 200, 1
FEWEST = 2
SHOWN_STATES = 10
"""States in the printed table; the file and the figure hold more."""
DIFFERENCES, COUNTRIES, COMPARISON = "differences.csv", "countries.csv", "comparison.json"
NOTE = "Means over paired runs ± standard error (90 % of runs). Scenarios, not forecasts."


def compare(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C ...]",
            help="Names or files of scenarios, or finished results folders; the first is the"
            " reference.",
        ),
    ],
    outcomes: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome",
            metavar="NAME",
            help="Compare this outcome; may be given again. If not given: working, adopters,"
            " trained, contracts_alive.",
        ),
    ] = None,
    runs: Annotated[
        int | None, typer.Option("--runs", help=f"Number of paired runs ({RUNS}).")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help=f"Seed of the draws ({SEED}).")] = None,
    assignments: Assignments = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where files go; results/compare-A-B if not."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads of the engine; all cores if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Compare scenarios with the first, run by run: same seed, same luck.

    Prints what differs and how sure that is, how many runs would have been needed without shared
    luck, and which states change. Beside a results folder, scenarios run with its runs and seed.
    """
    from sim.analysis.compare import OUTCOMES, compare_sides
    from sim.errors import InputError
    from sim.results.files import write_json
    from sim.views.compare import figures_of
    from sim.views.save import figure_metadata, save

    if threads is not None and threads < 1:
        raise InputError(f"--threads {threads}: allowed: 1 or more")
    found = _find(sources, assignments or [])
    manifest = _agree(found, runs, seed, assignments or [])
    names = list(dict.fromkeys(outcomes or OUTCOMES))
    _check_outcomes(found, names)
    folder = out or RESULTS / "compare-{}".format("-".join(_plain(s.label) for s in found))
    _check_folder(folder)
    if not as_json:
        _say_if_first(found)
    sides = _sides(found, names, manifest, threads or os.cpu_count() or 1)
    comparisons = compare_sides(sides)

    folder.mkdir(parents=True, exist_ok=True)
    facts = {**manifest, **_facts(comparisons)}
    _write_rows(folder / DIFFERENCES, (row for c in comparisons for row in c.rows()))
    if all(comparison.states for comparison in comparisons):
        _write_rows(folder / COUNTRIES, (row for c in comparisons for row in c.state_rows()))
    for name, title, figure in figures_of(comparisons, manifest):
        save(figure, folder, name, figure_metadata(manifest, title))
    write_json(folder / COMPARISON, facts)
    if as_json:
        import json

        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False))
        return
    for comparison in comparisons:
        _show(comparison, manifest)
    typer.echo(NOTE)
    typer.echo(f"Files: {folder}")


@dataclass(frozen=True)
class _Source:
    """One of the things to compare: a scenario to run, or finished results."""

    text: str
    label: str
    scenario: Scenario | None = None
    results: Results | None = None

    @property
    def manifest(self) -> Mapping[str, Any]:
        return self.results.manifest if self.results else {}

    @property
    def content(self) -> dict[str, Any]:
        """The scenario as plain data, without where its values come from."""
        content = self.scenario.to_dict() if self.scenario else self.manifest.get("scenario", {})
        return {key: value for key, value in _as_json(content).items() if key != "origins"}


def _as_json(content: Any) -> dict[str, Any]:
    import json

    plain: dict[str, Any] = json.loads(json.dumps(content))
    return plain


def _find(texts: Sequence[str], assignments: Sequence[str]) -> list[_Source]:
    """Open every folder and load every scenario; refuse what is no comparison."""
    from sim.errors import InputError
    from sim.results.read import open_results
    from sim.scenario import load_scenario, parse_assignments

    if len(texts) < FEWEST:
        raise InputError("compare needs two scenarios or results folders, or more")
    overrides = parse_assignments(assignments)
    found = []
    for text in texts:
        path = Path(text)
        if path.is_dir() and ("/" in text or os.sep in text or (path / "manifest.json").exists()):
            label = path.resolve().name
            found.append(_Source(text, label, results=open_results(path)))
        else:
            scenario = load_scenario(text, overrides=overrides)
            found.append(_Source(text, scenario.name, scenario=scenario))
    faults = []
    for place, source in enumerate(found):
        for earlier in found[:place]:
            if source.content == earlier.content:
                faults.append(f"{source.text} is the same scenario as {earlier.text}")
    if assignments and any(source.results for source in found):
        faults.append("--set changes what is run; finished results folders cannot be changed")
    if faults:
        raise InputError(faults)
    labels = [source.label for source in found]
    return [
        _Source(s.text, s.text if labels.count(s.label) > 1 else s.label, s.scenario, s.results)
        for s in found
    ]


def _agree(
    found: Sequence[_Source], runs: int | None, seed: int | None, assignments: Sequence[str]
) -> dict[str, Any]:
    """What identifies the comparison; refuse runs that share no luck, horizon or rules."""
    from sim import __version__
    from sim.batch.ensemble import Request
    from sim.engine import source_hash
    from sim.errors import InputError

    folders = [source for source in found if source.results]
    first = folders[0].manifest if folders else {}
    asked = {"runs": runs, "seed": seed}
    usual = {"runs": int(first.get("runs", RUNS)), "seed": int(first.get("seed", SEED))}
    chosen = {k: usual[k] if (value := asked[k]) is None else value for k in usual}
    rules = source_hash() if len(folders) < len(found) else str(first.get("rules"))
    wanted: dict[str, Any] = {**chosen, "rules": rules}
    faults = []
    for source in folders:
        for key, value in wanted.items():
            if (own := source.manifest.get(key)) != value:
                faults.append(f"{source.text}: {key} {own}, not {value}")
    horizon = found[0].content.get("horizon")
    for source in found[1:]:
        if (own := source.content.get("horizon")) != horizon:
            faults.append(
                f"{source.text}: horizon {_years(own)}, not {_years(horizon)} as {found[0].text}"
            )
    kept = {source.results.quarters for source in folders if source.results}
    if len(kept) > 1:
        faults.append("the results folders keep different quarters")
    if faults:
        raise InputError(faults, "these runs cannot be paired:")
    for source in found:
        if source.scenario:
            Request(source.scenario, **chosen)  # refuses numbers out of range
    events: list[Any] = []
    for source in found:
        events += [event for event in source.content.get("events", ()) if event not in events]
    reference, *others = (source.label for source in found)
    name = f"{', '.join(others)} against {reference}"
    if assignments:
        name += f" with {', '.join(assignments)}"
    return {
        "version": first.get("version", __version__),
        "rules": rules,
        "scenario": {"name": name, "events": events},
        **{key: chosen[key] for key in ("seed", "runs")},
    }


def _years(horizon: Any) -> str:
    return f"{horizon['start']} to {horizon['end']}" if horizon else "unknown"


def _check_outcomes(found: Sequence[_Source], names: Sequence[str]) -> None:
    """Refuse an unknown outcome before anything is run."""
    from sim.results.outcomes import choose, register

    for source in found:
        choose(source.results.outcomes if source.results else register(), names)


def _check_folder(folder: Path) -> None:
    from sim.errors import InputError

    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder} is a file, not a folder")
    if (folder / "manifest.json").exists():
        raise InputError(f"--out {folder} holds the results of a run; choose another folder")


def _say_if_first(found: Sequence[_Source]) -> None:
    from sim.engine import compiled_before

    if any(source.scenario for source in found) and not compiled_before():
        typer.echo("Compiling the model for the first time (about 20 seconds) ...", err=True)


def _sides(
    found: Sequence[_Source], names: Sequence[str], manifest: Mapping[str, Any], threads: int
) -> list[Side]:
    from sim.analysis.compare import read_side, run_side

    sides = []
    for source in found:
        if source.results:
            sides.append(read_side(source.label, source.results, names))
        elif source.scenario:
            sides.append(
                run_side(
                    source.label,
                    source.scenario,
                    names,
                    runs=manifest["runs"],
                    seed=manifest["seed"],
                    threads=threads,
                )
            )
    return sides


def _plain(label: str) -> str:
    """A label that can be part of a folder's name."""
    return re.sub(r"[^\w.-]+", "-", label).strip("-.") or "x"


def _write_rows(path: Path, rows: Iterable[Mapping[str, str | int | float]]) -> None:
    """Write a CSV file, whole or not at all; undefined numbers are empty cells."""
    import csv
    import io

    from sim.results.files import whole_file

    text = io.StringIO()
    writer: Any = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _csv_cell(value) for key, value in row.items()})
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _csv_cell(value: str | int | float) -> str | int:
    if not isinstance(value, float):
        return value
    return "" if math.isnan(value) else f"{value:.7g}"


def _number(value: float) -> float | str | None:
    """A number for JSON, which knows neither infinity nor NaN."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else "inf"


def _facts(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """The whole comparison of the world and of states as plain data."""
    return {
        "reference": comparisons[0].reference.label,
        "comparisons": [
            {
                "alternative": comparison.alternative.label,
                "differences": [
                    {
                        key: _number(value) if isinstance(value, float) else value
                        for key, value in row.items()
                        if key not in ("alternative", "reference", "group_kind", "group")
                    }
                    for row in comparison.rows()
                    if row["group_kind"] == "world" and row["quarter"] == 4
                ],
                "countries": [
                    {
                        key: _number(value) if isinstance(value, float) else value
                        for key, value in row.items()
                        if key not in ("alternative", "reference")
                    }
                    for row in comparison.state_rows()
                ],
            }
            for comparison in comparisons
        ],
    }


def _show(comparison: Comparison, manifest: Mapping[str, Any]) -> None:
    from sim.analysis.compare import YEARS, last_year
    from sim.cli.tables import print_table
    from sim.results.chunk import end_of

    quarters = comparison.reference.quarters
    places = {y: quarters.index(end_of(y)) for y in YEARS if end_of(y) in quarters}
    if not places:
        places = {last_year(quarters): len(quarters) - 1}
    typer.echo(
        f"{comparison.alternative.label} less {comparison.reference.label},"
        f" {manifest['runs']} paired runs, seed {manifest['seed']}:"
    )
    rows = []
    for name, found in comparison.differences.items():
        outcome = comparison.reference.outcomes[name]
        cells = [_cell(found, at) for at in places.values()]
        rows.append((outcome.label, outcome.unit, *cells, _gain(found, list(places.values())[-1])))
    heads = ("difference", "unit", *map(str, places), f"same precision unpaired, {max(places)}")
    print_table(heads, rows, if_wide=("unit",))
    changed = [c for c in comparison.states[:SHOWN_STATES] if c.headline.changed]
    if changed:
        _show_states(changed)
    elif comparison.states:
        typer.echo("No state changes in any run.")
    else:
        typer.echo("What happened to each state was not kept in every folder.")


def _show_states(changed: Sequence[StateChange]) -> None:
    """States that change most: probabilities in percent."""
    from sim.cli.tables import print_table

    heads = ["states that change most"]
    for key in changed[0].events:
        name, _, year = key.rpartition("_")
        heads.append(f"{name} {'by' if name == 'adopted' else 'in'} {year}, %")
    rows = []
    for change in changed:
        cells = [
            f"{100 * e.reference:.0f} to {100 * e.alternative:.0f} ({_signed(100 * e.difference)}"
            f"{_error(100 * e.error)})"
            for e in change.events.values()
        ]
        shift = "-"
        if change.shift_runs:
            shift = f"{_signed(change.shift)} ({change.shift_runs} runs)"
        rows.append((change.state.name, *cells, f"{100 * change.headline.changed:.0f} %", shift))
    print_table((*heads, "changes in", "adopts later by, years"), rows)


def _cell(found: Difference, at: int) -> str:
    """Mean, standard error and 90 % interval of the world's difference."""
    low, high = (_signed(float(found.quantiles[key][at, 0])) for key in ("q05", "q95"))
    mean, error = float(found.mean[at, 0]), float(found.error[at, 0])
    return f"{_signed(mean)}{_error(error)} ({low} to {high})"


def _gain(found: Difference, at: int) -> str:
    """How many runs the same precision would have needed without shared luck."""
    from sim.results.table import in_digits

    factor = float(found.factor[at, 0])
    if found.runs == 1:
        return "a single run"
    if math.isnan(factor):
        return "nothing varies"
    if math.isinf(factor):
        return "same difference in every run"
    return f"{found.unpaired_runs[at, 0]:,.0f} runs ({in_digits(float(f'{factor:.2g}'))} ×)"


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
