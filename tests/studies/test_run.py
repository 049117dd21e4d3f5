"""A run's summary: the numbers of its files, and one verdict for each published figure."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.estimates.targets import target_table
from sim.model.mechanisms.consideration import CAUSES
from sim.runs.numbers import shown
from sim.studies.report import Table, bands, signed, text
from sim.studies.run import run_baseline
from tests.studies.short import LAST, RUNS, SHORT, single


def test_the_summary_has_the_numbers_of_the_files() -> None:
    results = single()
    found = sim.summary(results)
    series = results.series().query("group == 'world' and year == 2010").set_index("outcome")
    for row in found.tables["outcomes"].query("year == 2010").itertuples():
        assert row.mean == pytest.approx(series.loc[row.outcome, "mean"], rel=1e-5)
        assert row.q95 == pytest.approx(series.loc[row.outcome, "q95"], rel=1e-5, abs=1e-9)


def test_causes_are_those_of_the_first_systems() -> None:
    """Together the same in any kind of groups, and no more than the buyers."""
    found = sim.summary(single())
    causes = found.tables["causes"]
    sums = causes.groupby(["step", "group_kind"])["mean"].sum().unstack()
    assert np.allclose(sums, sums[["world"]])
    bought = float(single().values("adopters", years=[LAST]).mean())
    assert 0.0 < sums.loc["adopted", "world"] <= bought < sums.loc["considered", "world"]
    (shown_,) = (b for b in found.shown if isinstance(b, Table) and "made governments" in b.title)
    assert shown_.frame["cause"].tolist() == list(CAUSES.values())
    assert [*shown_.frame][1:4] == ["times considered", "first Chinese systems", "full democracy"]


def test_only_misses_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = target_table(single()).assign(verdict="met")
    planted.loc[[3, 5], "verdict"] = "missed"
    monkeypatch.setattr("sim.studies.run.target_table", lambda _: planted)
    tables = [block.frame for block in sim.summary(single()).shown if isinstance(block, Table)]
    (missed,) = (frame for frame in tables if "published figure" in frame)
    assert missed["published figure"].tolist() == planted["label"][[3, 5]].tolist()


def test_a_what_if_shows_its_effect_beside_the_baseline() -> None:
    """The same numbers as a comparison; the baseline by another name has none."""
    other = sim.make_runs("no-peers", runs=RUNS, set=SHORT)
    beside = run_baseline(other, {"set": SHORT})
    found = sim.summary(other, baseline=beside)
    compared = sim.compare("baseline", "no-peers", outcomes="working", runs=RUNS, set=SHORT)
    keys = ["mean", "q05", "q95", "low", "high", "reference_mean"]
    rows = [
        frame.query(f"outcome == 'working' and year == {LAST} and group == 'world'")[keys]
        for frame in (found.tables["effects"], compared.tables["differences"])
    ]
    assert np.array_equal(*rows)
    assert not any("published" in str(block) for block in found.shown)
    assert run_baseline(single(), {}) is None
    assert run_baseline(replace(other, made=None), {}) is None


def test_numbers_of_runs_have_no_more_digits_than_runs_carry() -> None:
    assert [text(v) for v in (0.12345, 12.345, 1234.5, 123456.0, -0.5, 0.0, np.nan, 3, True)] == [
        "0.123", "12.3", "1,234", "123,456", "−0.5", "0", "–", "3", "yes",
    ]  # fmt: skip
    assert signed(1.0) == "+1"
    frame = pd.DataFrame({"mean": [120.6], "q05": [98.2], "q95": [139.9]})
    assert bands(frame) == ["121 (98 to 140)"]
    assert [shown(v) for v in (45.7, 9.96, 9.87, 0.394, -8.3, -0.0, 4567.8)] == [
        "46", "10", "9.9", "0.39", "−8.3", "0", "4,568",
    ]  # fmt: skip


def test_one_run_has_no_error_and_no_word_nan() -> None:
    for found in (
        sim.compare("baseline", "no-peers", runs=1, set=SHORT),
        sim.sweep(pd.DataFrame({"contracts.term": [3.0, 5.0, 8.0]}), runs=1, set=SHORT),
        sim.run("no-peers", runs=1, set=SHORT),
        sim.persistence("baseline", runs=1, set={"horizon.end": 2035}),
    ):
        texts = [b if isinstance(b, str) else b.texts.to_csv() for b in found.blocks]
        assert not [text for text in texts if re.search(r"\bnan\b", text)]
