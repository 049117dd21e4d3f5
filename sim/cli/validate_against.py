"""``entrench validate --against`` and ``--naive``: states against a list, and naive rankings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.studies import write_rows
from sim.cli.validate_runs import Wanted, end_with, open_model

if TYPE_CHECKING:
    from sim.studies.validation.against import Auc, Score
    from sim.studies.validation.naive import Naive

SCORES, STATES, FIGURE = "scores.csv", "countries_scored.csv", "against"
NAIVE = "naive.csv"
MOST_NAMES = 40
"""States that a line names; the file holds all."""


def score_list(wanted: Wanted, path: Path, kind: str, year: int, *, figures: bool) -> None:
    """Score the model against a user's list: table, files, figure.

    Args:
        wanted: The model and its runs.
        path: The list.
        kind: `adopted` or `trained`.
        year: The list's year.
        figures: Whether to draw.

    Raises:
        InputError: The list, the year or the model is wrong.
    """
    from sim.results.countries import COUNTRY_COLUMNS
    from sim.studies.validation.against import score
    from sim.studies.validation.against_list import read_list
    from sim.studies.validation.naive import column_of, probabilities
    from sim.world.seeds import shipped_seeds

    seeds = shipped_seeds()
    # Refuse a wrong list or year before anything is run.
    column_of(kind, year, COUNTRY_COLUMNS)
    listed = read_list(path, seeds.countries)
    model = open_model(wanted)
    found = score(listed.values, probabilities(model.results, kind, year, seeds), seeds, year)
    write_rows(wanted.out / SCORES, found.rows())
    write_rows(wanted.out / STATES, found.state_rows())
    if figures:
        from sim.figures.save import figure_metadata, save
        from sim.studies.validation.against_figures import TITLE, figure_against

        manifest = model.results.manifest
        title = TITLE.format(kind=kind, year=year, list=path.name)
        drawn = figure_against(found, manifest, title)
        save(drawn, wanted.out, FIGURE, figure_metadata(manifest, title))
    if not wanted.quiet:
        typer.echo(f"{path}: recorded as {kind} by the end of {year}, {model.name}")
        if listed.unread:
            typer.echo(f"Columns not read: {', '.join(listed.unread)}")
        _show_score(found)
        typer.echo(f"Files: {wanted.out}")
    end_with([model])


def _show_score(found: Score) -> None:
    from sim.cli.tables import print_table
    from sim.studies.validation.against import OUTCOMES, THRESHOLD

    typer.echo(
        f"{len(found.states)} states on the list, {found.ones} of them 1;"
        f" {found.absent} states of the model are not on it and are left out."
    )
    print_table(
        ("ranking", "AUC", "95 % interval"),
        [("the model", *_area(found.auc)), *((name, *_area(a)) for name, a in found.naive.items())],
    )
    print_table(
        ("score", "value"),
        [
            ("Brier score", f"{found.brier:.3f}"),
            ("Brier score of the base rate", f"{found.base:.3f}"),
            ("skill against it", f"{found.skill:+.3f}"),
        ],
    )
    print_table(
        ("probability", "states", "mean", "share of 1", "95 % interval"),
        [
            (
                f"{one.low:.1f} to {one.high:.1f}",
                str(one.states),
                f"{one.mean:.2f}",
                f"{one.share:.2f}",
                f"{one.share_low:.2f} to {one.share_high:.2f}",
            )
            for one in found.bins
        ],
    )
    for by_rank, how in (
        (False, f"Called from a probability of {THRESHOLD} on"),
        (True, f"Called as the {found.ones} likeliest"),
    ):
        named = {outcome: found.named(outcome, by_rank=by_rank) for outcome in OUTCOMES}
        counts = ", ".join(f"{_PLURALS[o]} {len(names)}" for o, names in named.items())
        typer.echo(f"{how}: {counts}.")
        for outcome in OUTCOMES[:3]:
            typer.echo(f"  {_PLURALS[outcome]}: {_names(named[outcome])}")
    typer.echo(
        "Intervals take states as independent, which neighbours are not: they are too narrow."
        " Probabilities are of being recorded. Scenarios, not forecasts."
    )


_PLURALS = {
    "hit": "hits", "miss": "misses", "false alarm": "false alarms", "right no": "right noes",
}  # fmt: skip


def _area(found: Auc) -> tuple[str, str]:
    return f"{found.value:.3f}", f"{found.low:.3f} to {found.high:.3f}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES]) or "none"
    return shown + (f" and {more} more" if more > 0 else "")


def show_naive(wanted: Wanted, year: int) -> None:
    """Compare the model's ranking of states with naive ones: tables, and `naive.csv`.

    Args:
        wanted: The model and its runs.
        year: The end of it.
    """
    from sim.studies.validation.naive import KINDS, compare_ranks
    from sim.world.seeds import shipped_seeds

    seeds = shipped_seeds()
    model = open_model(wanted)
    found = [compare_ranks(model.results, seeds, kind, year) for kind in KINDS]
    write_rows(
        wanted.out / NAIVE,
        (
            {"kind": one.kind, "year": one.year, "measure": name, "spearman": rho}
            for one in found
            for name, rho in one.correlations.items()
        ),
    )
    if not wanted.quiet:
        typer.echo(f"States by {model.name}")
        _show_naive(found)
        typer.echo(f"Files: {wanted.out}")
    end_with([model])


def _show_naive(found: Sequence[Naive]) -> None:
    from sim.cli.tables import print_table

    columns = [f"p_recorded_{one.kind}_{one.year}" for one in found]
    print_table(
        ("Spearman's rank correlation with", *columns),
        [
            (name, *(f"{one.correlations[name]:+.2f}" for one in found))
            for name in found[0].correlations
        ],
    )
    for one in found:
        print_table(
            (f"{one.kind}, {one.year}", "p", "model's rank", "naive rank", "why, beside the mean"),
            [
                (
                    d.name,
                    f"{d.probability:.2f}",
                    f"{d.model_rank:.0f}",
                    f"{d.naive_rank:.0f}",
                    d.reason,
                )
                for d in one.departures
            ],
        )
    typer.echo(
        "Naive rank: mean of the ranks by population and Belt and Road (more), income and democracy"
        " (less). Why: fixed terms of the state's leaning at the defaults, in logit units, less the"
        " mean of all states; peers and chance are not among them."
    )
