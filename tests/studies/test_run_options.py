"""Options that studies share: what there is not is refused, and what is given is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sim
from sim.errors import InputError
from sim.studies.run_options import (
    count_threads,
    given,
    settings_of,
)
from sim.studies.sensitivity.plan import plan_of


@pytest.mark.parametrize("study", [sim.run, sim.compare, sim.persistence, sim.validate])
def test_an_argument_that_there_is_not_is_refused_with_the_nearest(study: object) -> None:
    with pytest.raises(TypeError, match=r"no argument 'run'.*'runs'"):
        study("baseline", "no-exit-cost", run=3) if study is sim.compare else study(run=3)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("study", "told"),
    [
        (
            lambda: sim.run(runs=1, engine="messa"),  # type: ignore[arg-type]
            "engine 'messa': allowed: compiled, mesa; did you mean 'mesa'?",
        ),
        (
            lambda: sim.sweep("withdrawal-date", on_error="stopp"),  # type: ignore[call-overload]
            "on_error 'stopp': allowed: record, stop; did you mean 'stop'?",
        ),
        (
            lambda: sim.sensitivity(method="moris"),  # type: ignore[arg-type]
            "method 'moris': allowed: both, morris, sobol; did you mean 'morris'?",
        ),
        (
            lambda: sim.persistence(by="xyz"),  # type: ignore[arg-type]
            "by 'xyz': allowed: regime, region, both",
        ),
    ],
)
def test_a_word_that_there_is_not_is_refused(study: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as refused:
        study()
    assert str(refused.value) == told


def test_a_text_alone_is_a_list_of_one() -> None:
    """Not taken apart letter by letter."""
    few = {"runs": 1, "set": {"horizon.end": 2003}}
    compared = sim.compare("baseline", "no-exit-cost", outcomes="working", **few)  # type: ignore[arg-type]
    assert set(compared.frame("differences")["outcome"]) == {"working"}
    story = sim.country("KEN", compare="no-exit-cost", **few)  # type: ignore[arg-type]
    assert story.manifest["scenarios"] == ["baseline", "no-exit-cost"]
    moved = sim.ask(what_ifs="no-exit-cost", **few)  # type: ignore[arg-type]
    assert moved.manifest["what_ifs"] == ["no-exit-cost"]
    plan = plan_of("baseline", {"parameters": "contracts.exit_cost"})
    assert [factor.name for factor in plan.factors] == ["contracts.exit_cost"]
    runs = sim.run(**few)  # type: ignore[arg-type]
    assert "working" in runs.runs("working")
    assert set(runs.curve("working", years=2002)["year"]) == {2002}


def test_kinds_of_options_differ() -> None:
    with pytest.raises(TypeError, match="no argument 'runs'"):
        sim.sweep("withdrawal-date", runs=3)  # type: ignore[call-overload]


def test_what_is_given_is_named_as_the_command_calls_it() -> None:
    options = {"mechanisms": ["a.py"], "point": False, "set": {}, "seed": 7, "runs": None}
    names = ("seed", "mechanisms", "point", "set", "runs", "known")
    assert given(options, *names) == ["--seed", "--mechanism"]


def test_settings_are_the_same_however_they_are_given() -> None:
    assert settings_of(["contracts.term=5"]) == settings_of("contracts.term=5")
    assert settings_of({"contracts.term": 5}) == {"contracts.term": 5}
    with pytest.raises(InputError, match="--threads 0"):
        count_threads(0)
