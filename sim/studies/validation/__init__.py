"""The model and null models beside published figures, a user's own list, and naive guesses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Unpack

from sim.arguments import held_to_annotations
from sim.engine import source_hash
from sim.errors import InputError
from sim.results.files import inside
from sim.results.implausibility import DISCREPANCY_SHARE
from sim.results.targets import FEWEST_RUNS
from sim.results.writing.countries import COUNTRY_COLUMNS
from sim.scenario import shipped_names
from sim.studies.identity import asked_of
from sim.studies.open_or_run import open_all
from sim.studies.resolve import Resolved, Source, resolve
from sim.studies.run_options import RunOptions
from sim.studies.validation.against import score
from sim.studies.validation.against_list import read_list
from sim.studies.validation.method import Role, fit_of
from sim.studies.validation.naive import KINDS, column_of, compare_ranks, probabilities
from sim.studies.validation.report import ListScore, NaiveRanks, Validation
from sim.studies.validation.words import RIVALS
from sim.world.seeds import shipped_seeds

MODEL = "baseline"
YEAR = 2025

type What = Literal["adopted", "platform", "trained"]


@dataclass(frozen=True)
class Model:
    """What stands beside the figures: its runs, its name, what it is.

    Attributes:
        source: Its scenario or folder.
        name: In tables.
        role: What it is.
        folder: Name of its folder inside the study's.
    """

    source: Resolved
    name: str
    role: Role
    folder: str


@held_to_annotations
def validate(
    source: Source = MODEL,
    *,
    against: Path | str | None = None,
    what: What | None = None,
    year: int | None = None,
    naive: bool = False,
    nulls: bool = True,
    discrepancy: float | None = None,
    out: Path | str | None = None,
    fresh: bool = False,
    figures: bool = True,
    **options: Unpack[RunOptions],
) -> Validation | ListScore | NaiveRanks:
    """Compare what the model recorded with published figures, and with what null models record.

    With `against`, score it against your own list of states; with `naive`, compare its ranking of
    states with naive guesses.

    Args:
        source: A scenario, the finished folder of a run, or results at hand.
        against: A CSV file with columns `iso3,value`.
        what: What the list is about; `adopted` if not given.
        year: The list's year, at its end; 2025 if not given.
        naive: Whether to compare rankings.
        nulls: Whether to run the null models and ablations as well.
        discrepancy: Standard deviation of the model's own error, as a share of each figure.
        out: Where tables, figures and runs go, which are taken up there; None: nowhere.
        fresh: Whether to replace runs there that answer another question.
        figures: Whether to draw there.
        **options: `runs`, `seed`, `set`, `seeds`, `known`, `mechanisms`, `point`, `threads`,
            `watch`; see :class:`sim.studies.run_options.RunOptions`.

    Raises:
        InputError: Something is wrong or does not go together; before anything is run.

    Examples:
        >>> import sim
        >>> found = sim.validate(runs=3, nulls=False, point=True)
        >>> found.frame("validation")["model"].unique().tolist()
        ['baseline']
    """
    _check(against, what, year, naive, discrepancy)
    kind = ListScore if against is not None else NaiveRanks if naive else Validation
    models = _models(source, options, nulls=nulls, alone=kind is not Validation)
    seeds = models[0].source.seeds(options)
    about, at = what or "adopted", YEAR if year is None else year
    if against is not None:
        # Refuse a wrong list or year before anything is run.
        column_of(about, at, COUNTRY_COLUMNS)
        listed = read_list(Path(against), seeds.countries)
    asked = asked_of(
        [one.source.manifest for one in models],
        [one.folder for one in models],
        **({"list": listed.values, "what": about, "year": at} if against is not None else {}),
        discrepancy=discrepancy,
    )
    kind.claim(out, asked, [source], fresh=fresh)
    folders = [inside(Path(out), one.folder) if out else None for one in models]
    opened = tuple(open_all([one.source for one in models], options, folders, fresh=fresh))
    manifest, name = opened[0].manifest, models[0].name
    study: Validation | ListScore | NaiveRanks
    if against is not None:
        scored = score(listed.values, probabilities(opened[0], about, at, seeds), seeds, at)
        study = ListScore(
            manifest, scored, about, at, Path(against), name, tuple(listed.unread), opened
        )
    elif naive:
        ranks = tuple(compare_ranks(opened[0], seeds, one, YEAR) for one in KINDS)
        study = NaiveRanks(manifest, name, ranks, opened)
    else:
        targets = shipped_seeds().targets
        share = DISCREPANCY_SHARE if discrepancy is None else discrepancy
        fits = tuple(
            fit_of(results, model.name, model.role, targets, share)
            for model, results in zip(models, opened, strict=True)
        )
        study = Validation(manifest, fits, share, opened)
    return study.saved(out, asked, figures=figures)


def _models(source: Source, options: RunOptions, *, nulls: bool, alone: bool) -> list[Model]:
    """Find the model, under the plausible sets first, and what stands beside it.

    Args:
        source: What is looked at.
        options: How it is run.
        nulls: Whether null models and ablations stand beside it.
        alone: Whether nothing does, not even the model with one set of parameters.
    """
    own = resolve(source, options)
    runs, seed = int(own.manifest["runs"]), int(own.manifest["seed"])
    if runs < FEWEST_RUNS:
        raise InputError(f"--runs {runs}: allowed: {FEWEST_RUNS} or more, for histories to differ")
    models = []
    if own.request and own.request.plausible:
        # What is claimed is the ensemble; null models have one set each, as the model beside them.
        models.append(
            Model(own, f"{own.name}, plausible sets", "ensemble", f"{own.name}-plausible")
        )
        if alone:
            return models
        own = resolve(source, options | {"point": True})
    models.append(Model(own, own.name, "model", own.name))
    if alone:
        return models
    if nulls and own.results and own.manifest["rules"] != source_hash():
        raise InputError(
            f"{own.text} was run with other rules, so null models cannot stand beside it; run it"
            " again, or give --no-nulls"
        )
    same = options | {"runs": runs, "seed": seed, "point": True, "mechanisms": None}
    for rival in RIVALS if nulls else ():
        if rival.name in shipped_names() and rival.name != own.name:
            beside = resolve(rival.name, same)
            models.append(Model(beside, rival.name, rival.role, rival.name))
    return models


def _check(
    against: object, what: object, year: object, naive: bool, discrepancy: float | None
) -> None:
    """Refuse what makes no sense together, or is out of range."""
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
    if faults:
        raise InputError(faults)
