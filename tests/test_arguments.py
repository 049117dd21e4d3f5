"""What is given to public functions is held to their annotations, in one place."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import sim
from sim.arguments import _allowed, fits
from sim.errors import InputError

FUNCTIONS = [name for name in sim._HOMES if name[0].islower()]
SHORT: dict[str, Any] = {"set": {"horizon.end": 2003}}


@pytest.fixture(scope="module")
def base() -> sim.Runs:
    return sim.run("baseline", runs=2, **SHORT)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_is_held_to_annotations_that_can_be_read(name: str) -> None:
    function = getattr(import_module(sim._HOMES[name]), name)
    assert _allowed(function.__wrapped__)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: sim.run(point="no"), "point 'no': allowed: True or False"),  # type: ignore[arg-type]
        (lambda: sim.run(figures="no"), "figures 'no': allowed: True or False"),  # type: ignore[arg-type]
        (lambda: sim.run(None), "scenario None: allowed: a text, a path, a Scenario"),  # type: ignore[arg-type]
        (lambda: sim.compare("baseline", 5), "sources 5: allowed: a text"),  # type: ignore[arg-type]
        (lambda: sim.persistence(since="2029"), "since '2029': allowed: a whole number"),  # type: ignore[arg-type]
        (lambda: sim.ask(5), "question 5: allowed: a text"),  # type: ignore[arg-type]
        (lambda: sim.run(set={5: 5}), "a dictionary with texts as keys"),  # type: ignore[dict-item]
        (lambda: sim.sweep("discovery", cluster=5), "cluster 5: allowed: a text"),  # type: ignore[call-overload]
        (lambda: sim.run(out=5), "out 5: allowed: a path or a text"),  # type: ignore[arg-type]
        (lambda: sim.run(known=5), "known 5: allowed: a path or a text"),  # type: ignore[arg-type]
        (lambda: sim.run(mechanisms=[5]), r"mechanisms \[5\]: allowed: a text"),  # type: ignore[list-item]
        (lambda: sim.open(5), "folder 5: allowed"),  # type: ignore[arg-type]
        (lambda: sim.discover("discovery", quantile="a"), "quantile 'a': allowed: a finite"),  # type: ignore[arg-type]
        (lambda: sim.discover("discovery", above=math.nan), "above nan: allowed: a finite"),
        (lambda: sim.validate(discrepancy=math.inf), "discrepancy inf: allowed: a finite"),
        (lambda: sim.calibrate(recover="a"), "recover 'a': allowed: a whole number"),  # type: ignore[arg-type]
        (lambda: sim.EntrenchModel(seed="a"), "seed 'a': allowed: a whole number"),  # type: ignore[arg-type]
        (lambda: sim.EntrenchModel(seed=-1), "seed -1 is out of range"),
        (lambda: sim.EntrenchModel(rng="a"), "rng 'a': allowed: a whole number or a gen"),
        (lambda: sim.EntrenchModel(seed=1, replicate=-1), "replicate -1: allowed: 0 to"),
        (lambda: sim.EntrenchModel(country_class=int), "allowed: a subclass of CountryAgent"),  # type: ignore[arg-type]
        (lambda: sim.run(engine="messa"), "engine 'messa': .*did you mean 'mesa'"),  # type: ignore[arg-type]
        (lambda: sim.country(["KEN", "SRX"], **SHORT), "SRX"),
    ],
)  # fmt: skip
def test_what_no_annotation_allows_is_refused_at_once(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        call()


def test_methods_of_results_and_studies_are_held_too(base: sim.Runs) -> None:
    with pytest.raises(InputError, match="years '2002': allowed: a whole number or a list"):
        base.curve("working", years="2002")  # type: ignore[arg-type]
    assert len(base.curve("working", years=np.array([2002, 2003]))) == 2
    diff = sim.compare(base, sim.run("no-exit-cost", runs=2, **SHORT), outcomes="working")
    with pytest.raises(InputError, match="table 5: allowed: a text"):
        diff.frame(5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="/dev/null/x"):
        diff.save("/dev/null/x")


def test_facts_are_short(base: sim.Runs) -> None:
    facts = sim.compare(base, sim.run("no-exit-cost", runs=2, **SHORT), outcomes="working").facts()
    assert facts["scenarios"] == ["baseline", "no-exit-cost"]
    assert (facts["runs"], facts["seed"], facts["version"]) == (2, 1, sim.__version__)
    assert facts["set"] == {"horizon.end": 2003}
    assert len(str(facts)) < 500


def test_states_may_be_a_list() -> None:
    found = sim.country(["KEN", "serbia"], "KEN", runs=2, set={"horizon.end": 2031}, figures=False)
    assert [story.name for story in found.stories] == ["Kenya", "Serbia"]


@pytest.mark.parametrize(
    ("value", "allowed", "fit"),
    [
        (np.bool_(True), bool, True),
        (1, bool, False),
        (True, int, False),
        (np.int64(3), int, True),
        (3, float, True),
        (math.inf, float, False),
        ("x", list[str], False),
        ({"x"}, list[str], True),
        (None, int | None, True),
        (print, Callable[[int], None], True),
    ],
)
def test_numbers_of_numpy_are_numbers(value: Any, allowed: Any, fit: bool) -> None:
    assert fits(value, allowed) is fit
