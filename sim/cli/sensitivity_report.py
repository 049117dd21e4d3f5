"""What ``entrench sensitivity`` leaves behind: tables, figures, rankings on the screen."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.studies import FIGURES, percent, write_rows

if TYPE_CHECKING:
    from sim.cli.sensitivity import Study
    from sim.experiment import Experiment, Factor
    from sim.studies.sensitivity.design import Measured, Method
    from sim.studies.sensitivity.method import Indices, Screening

SHOWN = 15
"""Parameters in the table on the screen; the files hold all."""


def write(study: Study, method: Method, found: Screening | Indices, folder: Path) -> None:
    """Write the table, and beside it what it is of."""
    from sim.results.files import write_json

    write_rows(folder / f"{method}.csv", found.rows())
    facts = {
        "scenario": study.scenario.name,
        "set": dict(study.overrides),
        **asdict(study.measured),
        "parameters": len(found.factors),
        "trajectories" if method == "morris" else "samples": found.used,
        "replicates": study.replicates,
        "seed": study.seed,
        "chance_share": None if math.isnan(found.noise) else round(found.noise, 6),
    }
    write_json(folder / f"{method}.json", facts)


def show_screening(study: Study, found: Screening) -> None:
    """Print the most important parameters by their elementary effects."""
    from sim.cli.tables import print_table

    unit = _unit(study.measured)
    rows = []
    for rank, at in enumerate(found.order[:SHOWN], 1):
        rows.append(
            (
                f"{rank:2} {found.factors[at].name}",
                _range(found.factors[at]),
                _number(found.mu_star[at], found.mu_star_conf[at]),
                f"{found.mu[at]:+.3g}",
                f"{found.sigma[at]:.3g}",
            )
        )
    heads = ("parameter", "plausible range", "mu* ± 95 %", "mu", "sigma")
    print_table(heads, rows, if_wide=("plausible range",))
    none = sum(value == 0.0 for value in found.mu_star)
    typer.echo(
        f"Effects on {study.measured}, in {unit}, over the whole plausible range; mean of "
        f"{found.used} trajectories. {none} of {len(found.factors)} parameters have no effect."
    )
    typer.echo(_noise(study, found.noise))


def show_indices(study: Study, found: Indices) -> None:
    """Print the parameters' shares of the variance."""
    from sim.cli.tables import print_table

    rows = [
        (
            f"{rank:2} {found.factors[at].name}",
            _range(found.factors[at]),
            _number(found.first[at], found.first_conf[at]),
            _number(found.total[at], found.total_conf[at]),
        )
        for rank, at in enumerate(found.order[:SHOWN], 1)
    ]
    heads = ("parameter", "plausible range", "S1 ± 95 %", "ST ± 95 %")
    print_table(heads, rows, if_wide=("plausible range",))
    typer.echo(
        f"Shares of the variance of {study.measured}; base sample of {found.used}. S1 add up to "
        f"{found.first.sum():.2f}; what is missing to 1 are interactions and error."
    )
    typer.echo(_noise(study, found.noise))


def _noise(study: Study, share: float) -> str:
    if study.replicates == 1:
        return "Chance: not measured with one replicate; everything holds for one course of luck."
    if math.isnan(share):
        return "Chance: nothing varies."
    return (
        f"Chance: {percent(share)} of the variance lies between the {study.replicates} replicates "
        "at a point; measures are of their mean."
    )


def _unit(measured: Measured) -> str:
    from sim.register import register

    return register()[measured.outcome].unit


def _range(factor: Factor) -> str:
    unit = f" {factor.unit}" if factor.unit not in ("", "1") else ""
    return f"{factor.low:g} to {factor.high:g}{unit}"


def _number(value: float, half: float) -> str:
    return f"{value:.3g} ± {half:.2g}"


def draw(
    study: Study, found: Screening | Indices, experiment: Experiment, folder: Path
) -> list[Path]:
    """Draw the ranking; return the files."""
    from sim import __version__
    from sim.figures.save import figure_metadata, save
    from sim.register import register
    from sim.studies.sensitivity.figures import figure_indices, figure_screening, text_of
    from sim.studies.sensitivity.method import Screening

    points = len(experiment.design.points)
    manifest = {
        "scenario": study.scenario.name,
        "seed": study.seed,
        "runs": experiment.runs,
        "version": __version__,
        "origin": (
            f"{study.scenario.name} · {points:,} points × {study.replicates} replicates · seed"
            f" {study.seed} · entrench {__version__}."
        ),
    }
    shown = register()[study.measured.outcome]
    told = text_of(study.measured, shown)
    if isinstance(found, Screening):
        name, figure = "morris", figure_screening(found, told, shown.unit, manifest)
    else:
        name, figure = "sobol", figure_indices(found, told, manifest)
    metadata = figure_metadata(manifest, f"{experiment.title}: {told}")
    return save(figure, folder / FIGURES, name, metadata)
