"""``entrench validate``: the model and null models beside published figures, or a user's list."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import Assignments, Point, file_in_the_way
from sim.cli.studies import write_rows
from sim.cli.validate_runs import (
    MODEL,
    RUNS,
    SEED,
    Wanted,
    end_with,
    open_models,
    open_plausible,
)

if TYPE_CHECKING:
    from sim.studies.validation.method import Fit, ModelFit

OUT = Path("results/validation")
YEAR = 2025
ROWS, SUMMARY, FIGURE = "validation.csv", "validation_summary.csv", "validation"


class What(StrEnum):
    """What a list may be about."""

    adopted = "adopted"
    trained = "trained"


def validate(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]",
            help=f"A scenario's name or file, or a finished results folder; {MODEL} if not given.",
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE.csv",
            help="Score the model against your own list of states: columns iso3,value.",
        ),
    ] = None,
    what: Annotated[
        What | None, typer.Option("--what", help="What the list is about (adopted).")
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help=f"The list's year, at its end ({YEAR}).")
    ] = None,
    naive: Annotated[
        bool, typer.Option("--naive", help="Compare the ranking of states with naive guesses.")
    ] = False,
    nulls: Annotated[
        bool, typer.Option("--nulls/--no-nulls", help="Run the null models and ablations as well.")
    ] = True,
    runs: Annotated[
        int | None, typer.Option("--runs", help=f"Number of histories of each model ({RUNS}).")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help=f"Seed of the draws ({SEED}).")] = None,
    assignments: Assignments = None,
    point: Point = False,
    discrepancy: Annotated[
        float | None,
        typer.Option(
            "--discrepancy",
            help="Standard deviation of the model's own error, as a share of each figure (0.05).",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where files and runs go.")
    ] = OUT,
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads of the engine; all cores if not given.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace runs in DIR that answer something else.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Compare what the model recorded with published figures, and with what null models record.

    With --against, score it against your own list of states; with --naive, compare its ranking of
    states with naive guesses. The same command again resumes. Scenarios, not forecasts.
    """
    given = tuple(assignments or ())
    wanted = Wanted(source, runs, seed, given, out, threads, fresh, quiet, point)
    _check(wanted, against, what, year, naive, discrepancy)
    if against is not None:
        from sim.cli.validate_against import score_list

        kind = (what or What.adopted).value
        score_list(wanted, against, kind, YEAR if year is None else year, figures=figures)
    elif naive:
        from sim.cli.validate_against import show_naive

        show_naive(wanted, YEAR)
    else:
        _validate(wanted, nulls=nulls, discrepancy=discrepancy, figures=figures)


def _check(
    wanted: Wanted,
    against: Path | None,
    what: What | None,
    year: int | None,
    naive: bool,
    discrepancy: float | None,
) -> None:
    """Refuse what makes no sense together, or is out of range."""
    from sim.errors import InputError

    faults = []
    if against is not None and naive:
        faults.append("--against and --naive ask for different things; give one of them")
    if against is None and (what is not None or year is not None):
        faults.append("--what and --year say what a list is about; they need --against FILE.csv")
    if discrepancy is not None:
        if against is not None or naive:
            faults.append("--discrepancy belongs to the published figures, not to rankings")
        elif not 0.0 <= discrepancy <= 1.0:
            faults.append(f"--discrepancy {discrepancy}: allowed: 0 to 1")
    if wanted.threads is not None and wanted.threads < 1:
        faults.append(f"--threads {wanted.threads}: allowed: 1 or more")
    if fault := file_in_the_way(wanted.out):
        faults.append(fault)
    elif (wanted.out / "manifest.json").exists():
        faults.append(f"--out {wanted.out} holds the results of a run; choose another folder")
    if wanted.folder is not None:
        given = {"--set": wanted.assignments, "--point": wanted.point}
        faults += [
            f"{name} changes what is run; a finished results folder cannot be changed"
            for name, value in given.items()
            if value
        ]
    if faults:
        raise InputError(faults)


def _validate(wanted: Wanted, *, nulls: bool, discrepancy: float | None, figures: bool) -> None:
    from sim.studies.implausibility import DISCREPANCY_SHARE
    from sim.studies.validation.method import fit_of
    from sim.studies.validation.words import RIVALS
    from sim.world.seeds import shipped_seeds

    rivals = {rival.name: rival for rival in RIVALS} if nulls else {}
    models = open_models(wanted, list(rivals))
    under_sets = open_plausible(wanted)
    targets = shipped_seeds().targets
    share = DISCREPANCY_SHARE if discrepancy is None else discrepancy
    fits = [
        fit_of(
            model.results,
            model.name,
            "model" if at == 0 else rivals[model.name].role,
            targets,
            share,
        )
        for at, model in enumerate(models)
    ]
    if under_sets:
        # What is claimed is the ensemble; null models have one set each, as the model beside them.
        own = fit_of(under_sets.results, under_sets.name, "ensemble", targets, share)
        fits.insert(0, own)
        models.insert(0, under_sets)
    # A target's models stand together.
    together = [fit for of_target in zip(*(f.fits for f in fits), strict=True) for fit in of_target]
    write_rows(wanted.out / ROWS, (fit.row() for fit in together))
    write_rows(wanted.out / SUMMARY, (s.row() for fit in fits for s in fit.summaries()))
    if figures:
        from sim.figures.save import figure_metadata, save
        from sim.studies.validation.figures import figure_validation, title_of

        manifest = models[0].results.manifest
        drawn = figure_validation(fits, manifest)
        save(drawn, wanted.out, FIGURE, figure_metadata(manifest, title_of(fits)))
    if not wanted.quiet:
        _show(fits, share)
        typer.echo(f"Files: {wanted.out}")
    end_with(models)


def _show(fits: Sequence[ModelFit], share: float) -> None:
    from sim.cli.tables import print_table
    from sim.studies.validation.words import CAVEAT, about_model, sentences

    print_table(
        (fits[0].name, "use", "observed", "recorded (90 %)", "95 %", "|I|", "verdict"),
        [_cells(fit) for fit in fits[0].fits],
    )
    model, *rivals = [fit for fit in fits if fit.role != "ensemble"]
    if len(fits) > 1:
        print_table(
            ("standard deviations off", *(fit.name for fit in fits)),
            [
                (of_target[0].target.id, *map(_off, of_target))
                for of_target in zip(*(fit.fits for fit in fits), strict=True)
            ],
        )
    summaries = [fit.summaries() for fit in fits]
    uses = [summary.use for summary in summaries[0]]
    print_table(
        ("sum of squares (ruled out of)", "", *uses),
        [
            (
                fit.name,
                fit.role,
                *(f"{s.sum_of_squares:.1f} ({s.outside} of {s.targets})" for s in found),
            )
            for fit, found in zip(fits, summaries, strict=True)
        ],
    )
    if fits[0].role == "ensemble":
        typer.echo(about_model(fits[0]))
    for sentence in sentences(model, rivals):
        typer.echo(sentence)
    if rivals:
        typer.echo(CAVEAT)
    typer.echo(
        f"|I|: distance in standard deviations of observation, single history and a discrepancy of"
        f" {100 * share:g} %. Scenarios, not forecasts."
    )


def _cells(fit: Fit) -> tuple[str, ...]:
    from sim.results.table import Cell, in_digits

    target = fit.target
    bound = {"lower": "at least ", "upper": "at most "}.get(target.bound, "")
    observed = bound + in_digits(target.value)
    if not fit.has_figure:
        return target.id, target.use, observed, "", "", "", fit.verdict
    ends = fit.quantiles
    return (
        target.id,
        target.use,
        observed,
        str(Cell(fit.mean, ends["q05"], ends["q95"])),
        f"{in_digits(ends['q025'])} to {in_digits(ends['q975'])}",
        f"{fit.implausibility:.1f}",
        fit.verdict,
    )


def _off(fit: Fit) -> str:
    """The signed distance, marked where it rules out."""
    if not fit.has_figure:
        return "-"
    if fit.verdict == "bound met":
        return "met"
    return f"{fit.deviation:+.1f}" + (" !" if fit.verdict == "ruled out" else "")
