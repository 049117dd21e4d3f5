"""The model and null models beside published figures, a user's own list, and naive guesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Unpack

from sim.engine import source_hash
from sim.errors import InputError
from sim.results.countries import COUNTRY_COLUMNS
from sim.scenario import shipped_names
from sim.studies.implausibility import DISCREPANCY_SHARE
from sim.studies.opened import Runs
from sim.studies.sources import (
    Found,
    How,
    Source,
    find,
    open_all,
)
from sim.studies.validation.against import score
from sim.studies.validation.against_list import read_list
from sim.studies.validation.method import FEWEST_RUNS, Role, fit_of
from sim.studies.validation.naive import KINDS, column_of, compare_ranks, probabilities
from sim.studies.validation.report import ListScore, NaiveRanks, Validation
from sim.studies.validation.words import RIVALS
from sim.studies.worlds import world_behind
from sim.world.seeds import Seeds, shipped_seeds

MODEL = "baseline"
YEAR = 2025

type What = Literal["adopted", "platform", "trained"]


@dataclass(frozen=True)
class Model:
    """What stands beside the figures: its runs, its name, what it is.

    Attributes:
        found: Its scenario or folder.
        name: In tables.
        role: What it is.
        folder: Name of its folder inside the study's.
    """

    found: Found
    name: str
    role: Role
    folder: str


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
    **how: Unpack[How],
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
        **how: `runs`, `seed`, `set`, `point`, `seeds`, `known`, `threads`, `watch`,
            `mechanisms`; see
            :class:`sim.studies.sources.How`.

    Raises:
        InputError: Something is wrong or does not go together; before anything is run.

    Examples:
        >>> import sim
        >>> found = sim.validate(runs=3, nulls=False, point=True)
        >>> found.frame("validation")["model"].unique().tolist()
        ['baseline']
    """
    folder = None if out is None else Path(out)
    _check(against, what, year, naive, discrepancy)
    kind = ListScore if against is not None else NaiveRanks if naive else Validation
    if folder is not None:
        kind.check_folder(folder)
    study: Validation | ListScore | NaiveRanks
    if against is not None:
        study = _list_score(
            Path(against), what or "adopted", YEAR if year is None else year,
            source, how, folder, fresh,
        )  # fmt: skip
    elif naive:
        model = _models(source, how, ())[:1]
        seeds = _world(model, how)
        (results,) = _open(model, folder, fresh, how)
        found = [compare_ranks(results, seeds, one, YEAR) for one in KINDS]
        study = NaiveRanks(results.manifest, model[0].name, tuple(found), (results,))
    else:
        models = _models(source, how, tuple(rival.name for rival in RIVALS) if nulls else ())
        opened = _open(models, folder, fresh, how)
        targets = shipped_seeds().targets
        share = DISCREPANCY_SHARE if discrepancy is None else discrepancy
        fits = [
            fit_of(results, model.name, model.role, targets, share)
            for model, results in zip(models, opened, strict=True)
        ]
        study = Validation(opened[0].manifest, tuple(fits), share, tuple(opened))
    if folder is not None:
        study.save(folder, figures=figures)
    return study


def _list_score(
    path: Path,
    what: What,
    year: int,
    source: Source,
    how: How,
    folder: Path | None,
    fresh: bool,
) -> ListScore:
    model = _models(source, how, ())[:1]
    seeds = _world(model, how)
    # Refuse a wrong list or year before anything is run.
    column_of(what, year, COUNTRY_COLUMNS)
    listed = read_list(path, seeds.countries)
    (results,) = _open(model, folder, fresh, how)
    found = score(listed.values, probabilities(results, what, year, seeds), seeds, year)
    return ListScore(
        results.manifest, found, what, year, path, model[0].name, tuple(listed.unread), (results,)
    )


def _world(models: Sequence[Model], how: How) -> Seeds:
    """Return the seeds with which what is scored was, or is to be, run."""
    found = models[0].found
    if found.results:
        return world_behind(found.results, how)
    assert found.request is not None
    return found.request.scenario.seeds or shipped_seeds()


def _models(source: Source, how: How, rivals: Sequence[str]) -> list[Model]:
    """Find the model, under the plausible sets first, and what stands beside it."""
    own = find(source, how)
    runs, seed = int(own.manifest["runs"]), int(own.manifest["seed"])
    if runs < FEWEST_RUNS:
        raise InputError(f"--runs {runs}: allowed: {FEWEST_RUNS} or more, for histories to differ")
    models = []
    if own.request and own.request.plausible:
        # What is claimed is the ensemble; null models have one set each, as the model beside them.
        models.append(
            Model(own, f"{own.name}, plausible sets", "ensemble", f"{own.name}-plausible")
        )
        own = find(source, how | {"point": True})
    models.append(Model(own, own.name, "model", own.name))
    if rivals and own.results and own.manifest["rules"] != source_hash():
        raise InputError(
            f"{own.text} was run with other rules, so null models cannot stand beside it; run it"
            " again, or give --no-nulls"
        )
    roles = {rival.name: rival.role for rival in RIVALS}
    for name in rivals:
        if name in shipped_names() and name != own.name:
            same: How = {"runs": runs, "seed": seed, "set": how.get("set"), "point": True,
                         "seeds": how.get("seeds"), "known": how.get("known")}  # fmt: skip
            beside = find(name, same)
            models.append(Model(beside, name, roles[name], name))
    return models


def _open(models: Sequence[Model], folder: Path | None, fresh: bool, how: How) -> list[Runs]:
    folders = [folder / model.folder if folder else None for model in models]
    return open_all([model.found for model in models], how, folders, fresh=fresh)


def found_by(source: Source, how: How, *, nulls: bool) -> list[Found]:
    """Return all that a validation would run."""
    rivals = tuple(rival.name for rival in RIVALS) if nulls else ()
    return [model.found for model in _models(source, how, rivals)]


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
