"""`entrench ask`: the question, the order of what-ifs and how sure it is, files, resuming."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from figures.test_legibility import overlap, texts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from typer.testing import CliRunner, Result

import sim
from sim.cli import app
from sim.engine import prepare
from sim.errors import InputError
from sim.register import WORLD, register
from sim.scenario import load_scenario
from sim.studies.ask import ABLATED, NULLS, find_question
from sim.studies.ask.figures import SWITCH, figure_effects, figure_groups
from sim.studies.ask.method import Effect, WhatIf, rank_effects
from sim.studies.ask.question import Quantity, read_question
from sim.studies.ask.report import SPREAD, Moved, begins
from sim.studies.blocks import Table

BASE = load_scenario("baseline")
LAYOUT = prepare(BASE, 0).layout
FEW = ["no-exit-cost", "offer-withdrawn-2030", "data-leak"]
RUNS = 6


def entrench(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def asked(text: str, by: str | None = None) -> Quantity:
    return read_question(text, by, BASE, LAYOUT)


@pytest.mark.parametrize(
    ("text", "name", "year"),
    [
        ("working in 2040", "working", 2040),
        ("working 2030", "working", 2030),
        ("  lock_in   at the end of 2035 ", "lock_in", 2035),
        ("Working Chinese systems in 2025", "working", 2025),
        ("adopters", "adopters", 2040),
    ],
)
def test_questions_are_understood(text: str, name: str, year: int) -> None:
    found = asked(text)
    assert (found.outcome.name, found.year, found.every) == (name, year, ((WORLD, WORLD),))


def test_every_outcome_can_be_asked_for_by_name_and_label() -> None:
    for name, outcome in register().items():
        assert asked(f"{name} in 2040").outcome is outcome
        assert asked(f"{outcome.label} in 2040").outcome.label == outcome.label


def test_groups_are_those_of_the_outcome() -> None:
    assert len(asked("working", "region").groups) == 11
    vendors = [name for name, outcome in register().items() if outcome.of == "vendor"]
    assert "Huawei" in asked(vendors[0], "vendor").groups
    with pytest.raises(InputError, match=r"known of the world alone|no such kind"):
        asked("seats_yearly", "region")


@pytest.mark.parametrize(
    ("text", "by", "hints"),
    [
        ("wroking in 2040", None, ["did you mean 'working'"]),
        ("working in 2050", None, ["from 2000 to 2040; the nearest is 2040"]),
        ("wroking in 1990", "regoin", ["'working'", "nearest is 2000", "region"]),
        ("working", "vendor", ["--by vendor: working is not known so; by regime or region it is"]),
        ("working", "state", ["--by state: no such kind of groups"]),
        ("", None, ["working in 2040"]),
        ("in 2040", None, ["ask for example: working in 2040"]),
    ],
)
def test_what_cannot_be_asked(text: str, by: str | None, hints: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        asked(text, by)
    for hint in hints:
        assert hint in str(caught.value)


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_is_a_question_or_a_clear_error(text: str) -> None:
    try:
        assert asked(text).outcome.name in register()
    except InputError as error:
        assert error.messages


class Made:
    """Runs that no model made: one number each."""

    def __init__(self, values: Any, numbers: Any = None) -> None:
        self.held = np.asarray(values, dtype=np.float64)
        self.run_numbers = np.arange(len(self.held)) if numbers is None else np.asarray(numbers)
        self.parameter_sets = self.run_numbers

    def values(self, name: str, kind: str, group: str, quarters: Any) -> Any:
        return self.held[:, None]


class Drawn(Made):
    """Runs whose number is luck alone, another for each group."""

    def __init__(self, random: np.random.Generator) -> None:
        super().__init__(np.zeros(100))
        self.random = random

    def values(self, name: str, kind: str, group: str, quarters: Any) -> Any:
        return self.random.normal(size=(100, 1))


def ranked(base: Any, *others: Any) -> list[Effect]:
    pairs = [(WhatIf(f"w{at}", f"W{at}", None, "b"), one, base) for at, one in enumerate(others)]
    return rank_effects(asked("working"), cast(Any, pairs))


def test_the_largest_change_is_first_and_its_interval_holds_the_mean() -> None:
    random = np.random.default_rng(2)
    base = random.normal(100.0, 20.0, 80)
    shifts = (2.0, -30.0, 0.0, 10.0)
    found = ranked(Made(base), *(Made(base + s + random.normal(0.0, 1.0, 80)) for s in shifts))
    assert [one.what_if.name for one in found] == ["w1", "w3", "w0", "w2"]
    assert [one.rank for one in found] == [1, 2, 3, 4]
    for one in found:
        assert one.low <= one.mean <= one.high and one.q05 <= one.mean <= one.q95
        # Shared luck: spread of runs is 20, that of differences 1.
        assert one.high - one.low < 1.0
    assert [one.clear for one in found] == [True, True, True, False]


def test_failed_runs_leave_their_pairs_out() -> None:
    base = Made([10.0, 20.0, 30.0, 40.0])
    found = ranked(base, Made([21.0, 43.0], [1, 3]), Made([15.0, 35.0, 45.0], [0, 2, 3]))
    by_name = {one.what_if.name: one for one in found}
    assert (by_name["w0"].runs, by_name["w0"].mean) == (2, 2.0)
    assert (by_name["w1"].runs, by_name["w1"].mean) == (3, 5.0)


def test_a_single_run_has_no_interval() -> None:
    (one,) = ranked(Made([10.0]), Made([12.0]))
    assert one.mean == 2.0 and np.isnan(one.low) and not one.clear
    assert one.rank == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ask") / "out"
    which = [part for name in FEW for part in ("--what-if", name)]
    asked_for = ("working in 2040", "--by", "region", "--runs", RUNS, "--out", path)
    result = entrench("ask", *asked_for, *which)
    assert result.exit_code == 0, result.output
    for words in ("rank", "offer-withdrawn-2030", "2030", "the start", "Oceania", "not forecasts"):
        assert words in result.output
    return path


def test_effects_are_those_of_compare(folder: Path) -> None:
    where = folder / "working-2040-by-region"
    with (where / "effects.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["group_kind"] == "world"]
    assert [int(row["rank"]) for row in rows] == [1, 2, 3]
    runs = folder / "runs"
    compared = sim.compare(runs / "baseline", *(runs / name for name in FEW), outcomes=["working"])
    frame = compared.differences().query("group_kind == 'world' and year == 2040 and quarter == 4")
    means = dict(zip(frame["alternative"], frame["mean"], strict=True))
    assert {row["what_if"]: float(row["mean"]) for row in rows} == pytest.approx(means)
    begins = {row["what_if"]: row["begins"] for row in rows}
    assert begins == {"no-exit-cost": "", "offer-withdrawn-2030": "2030", "data-leak": "2028"}
    facts = json.loads((where / "ask.json").read_text())
    assert (facts["outcome"], facts["year"], facts["by"]) == ("working", 2040, "region")
    assert sorted(path.name for path in (where / "figures").iterdir()) == [
        "effects-by-group.png", "effects-by-group.svg", "effects.png", "effects.svg",
    ]  # fmt: skip


def test_another_question_takes_the_same_runs(folder: Path) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (folder / "runs").glob("*/runtime.json")}
    assert len(kept) == 1 + len(FEW)
    again = sim.ask("trained in 2030", what_ifs=FEW, runs=RUNS, out=folder, figures=False)
    assert (folder / "trained-2030" / "effects.csv").is_file()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    # Nothing has changed by then that begins later; the same question from nowhere says the same.
    effects = {one.what_if.name: one for one in again.effects}
    assert effects["offer-withdrawn-2030"].mean != 0.0 or effects["data-leak"].runs == RUNS
    alone = sim.ask("trained in 2030", what_ifs=FEW, runs=RUNS)
    assert alone.to_dict() == again.to_dict()


def test_without_names_all_but_null_models_are_ranked() -> None:
    names = {path.stem for path in (Path(__file__).parents[3] / "scenarios").glob("*.toml")}
    _, sources = find_question("working", None, None, {"runs": 1})
    told = {one.label for one in sources}
    assert told == names - NULLS - ABLATED and names > NULLS | ABLATED


def test_leaving_for_free_is_asked_of_the_withdrawn_offer() -> None:
    free = "offer-withdrawn-no-exit-cost"
    found = sim.ask("working in 2040", what_ifs=free, runs=RUNS)
    (one,) = found.effects
    assert (one.what_if.against, one.what_if.begins) == ("offer-withdrawn-2030", 2030.0)
    compared = sim.compare("offer-withdrawn-2030", free, runs=RUNS, outcomes=["working"])
    last = compared.differences().query("group_kind == 'world' and year == 2040 and quarter == 4")
    assert one.mean == pytest.approx(last["mean"].item(), rel=1e-5) and one.mean < 0.0
    assert found.frame("effects")["against"].tolist() == ["offer-withdrawn-2030"]
    head, table, *_ = found.blocks()
    assert isinstance(table, Table) and "beside offer-withdrawn-2030" in table.rows[0][1]
    # The mean of the withdrawn offer is not that of the baseline.
    assert "- in the baseline" in str(head)
    both = sim.ask("working in 2040", what_ifs=[free, "data-leak"], runs=RUNS)
    means = {one.what_if.against: one.reference for one in both.effects}
    assert means["baseline"] > means["offer-withdrawn-2030"]
    assert f"{means['baseline']:.3g} in the baseline" in str(next(iter(both.blocks())))


def test_of_cells_by_group_few_false_ones_are_clear() -> None:
    """Some eleven of 286 cells were called clear where nothing mattered."""
    random = np.random.default_rng(7)
    question = asked("working", "region")
    nothing = np.zeros(100)
    what_ifs = [
        (WhatIf(f"w{at}", "W", None, "b"), Drawn(random), Made(nothing)) for at in range(26)
    ]
    found = rank_effects(question, cast(Any, what_ifs))
    cells = [one for one in found if one.kind == "region"]
    assert len(cells) == 286 and sum(one.clear for one in cells) <= 1
    assert sum(one.low > 0.0 or one.high < 0.0 for one in cells) > 3


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--what-if", "no-exit-cots"), "did you mean 'no-exit-cost'"),
        (("--what-if", "baseline"), "name another scenario"),
        (("--threads", "0"), "1 or more"),
        (("--out", __file__), "is a file"),
    ],
)
def test_mistakes_end_with_2(arguments: tuple[str, ...], hint: str) -> None:
    result = entrench("ask", "working in 2040", "--runs", 2, *arguments)
    assert result.exit_code == 2 and hint in result.output and "Traceback" not in result.output


def made_effects(count: int, group: str) -> list[Effect]:
    return [
        Effect(
            WhatIf(
                f"w{at}", f"A what-if with a long title {at}", 2030.0 * (at % 2) or None, "baseline"
            ),
            "region", group, 40, 117.0, mean := (-1.0) ** at * 40.0 / (at + 1) ** 2,
            mean - 1.0, mean + 1.0, float(abs(mean) < 1.0), mean - 9.0, mean + 7.0, at + 1,
        )
        for at in range(count)
    ]  # fmt: skip


MANIFEST = {"scenario": {"name": "what-ifs", "events": []}, "runs": 40, "seed": 1, "version": "1"}


@pytest.mark.parametrize("count", [1, 3, 30])
@pytest.mark.parametrize("by", ["region", "regime"])
def test_figures_are_legible(count: int, by: str) -> None:
    question = asked("working in 2040", by)
    effects = made_effects(count, "world")
    grouped = {group: made_effects(count, group) for group in question.groups}
    figures: list[Figure] = [
        figure_effects(effects, question, MANIFEST),
        figure_groups(effects, grouped, question, MANIFEST),
    ]
    for figure in figures:
        seen = texts_of(figure)
        width, height = figure.bbox.width, figure.bbox.height
        for place, (text, box) in enumerate(seen):
            assert box[0] >= -1 and box[2] <= width + 1, text.get_text()
            assert box[1] >= -1 and box[3] <= height + 1, text.get_text()
            for other, other_box in seen[place + 1 :]:
                assert not overlap(box, other_box), (text.get_text(), other.get_text())


def test_numbers_of_groups_stand_within_their_cells_as_the_table_has_them() -> None:
    question = asked("working in 2040", "region")
    grouped = {group: made_effects(30, group) for group in question.groups}
    for effects in grouped.values():
        effects[3] = replace(effects[3], mean=-3.5)
    figure = figure_groups(made_effects(30, "world"), grouped, question, MANIFEST)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    cell = axes.get_window_extent().width / len(grouped)
    assert "−3.5" in {text.get_text() for text in axes.texts}
    assert max(text.get_window_extent().width for text in axes.texts) < cell


def test_a_group_is_said_to_be_moved_by_what_moves_it_beyond_chance() -> None:
    question = asked("working in 2040", "regime")
    groups = [WORLD, *question.groups]
    clear, unclear = made_effects(4, "x"), made_effects(8, "x")[7:]
    effects = [
        replace(one, kind=WORLD if group == WORLD else "regime", group=group)
        for at, group in enumerate(groups)
        for one in (unclear if at == 1 else clear)
    ]
    _, _, table, words, *_ = Moved(MANIFEST | {"set": {}}, question, effects, ()).blocks()
    assert (
        isinstance(table, Table)
        and isinstance(words, str)
        and "corrected for all 16 cells" in words
    )
    assert [row[2] for row in table.rows[:3]] == ["-", "w0", "w1"]
    assert [row[0] for row in table.rows[1:4]] == [question.groups[1], "", ""]


def test_a_title_names_what_no_other_may_exceed() -> None:
    effects = made_effects(4, "world")
    title = str(figure_effects(effects, asked("working in 2040"), MANIFEST).get_label())
    assert "title 0 (40 more)" in title and "title 1" not in title
    # Where intervals overlap, the order is not settled.
    wide = [replace(one, low=one.mean - 20.0, high=one.mean + 20.0) for one in effects]
    plain = figure_effects(wide, asked("working in 2040"), MANIFEST)
    assert (
        str(plain.get_label())
        == "What-ifs that move working Chinese systems at the end of 2040 most"
    )


OWN = """
extends = "baseline"
title = "Short contracts, and no new offers from 2030"
question = "Do systems stay?"
[contracts]
term = 5.0
[[events]]
name = "offer-withdrawn"
date = 2030
china.offering = false
"""
SOME = """
extends = "baseline"
title = "Some"
question = "Do they?"
[[values]]
where = { region = ["South Asia"] }
contracts.term = 5.0
"""


def test_a_scenario_of_ones_own_says_from_when_it_differs(tmp_path: Path) -> None:
    paths = [tmp_path / "own.toml", tmp_path / "some.toml"]
    for path, text in zip(paths, (OWN, SOME), strict=True):
        path.write_text(text, encoding="utf-8")
    what_ifs = [*map(str, paths), "no-exit-cost", "offer-withdrawn-2030"]
    found = sim.ask("working in 2040", what_ifs=what_ifs, runs=1)
    told = {one.what_if.name: (one.what_if.begins, begins(one)) for one in found.effects}
    assert told == {
        "own": (None, "the start"),
        "some": (None, "the start"),
        "no-exit-cost": (None, "the start"),
        "offer-withdrawn-2030": (2030.0, "2030"),
    }
    _, table, *words = found.blocks()
    assert isinstance(table, Table) and SPREAD not in table.heads
    assert "of a single run, which has no interval" in str(words[0])
    assert "switched off" not in str(words) and "throughout" in str(words[1])


def test_the_legend_does_not_call_every_rule_a_mechanism() -> None:
    assert SWITCH.label == "set from the start: a mechanism off, a rule otherwise"
