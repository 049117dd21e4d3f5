"""Files of a study: what it replaces, what it refuses, what it says of them later."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sim.checks import files_as_written
from sim.errors import InputError
from sim.runs.store import OtherResultsError
from sim.studies.report import Report, Table, mostly_same


def study(folder: Path, value: int, made: int | None = 2, **tables: pd.DataFrame) -> Report:
    """Return a study of runs that have just been made beneath a folder."""
    results: Any = SimpleNamespace(
        folder=folder, made=made, identity={"runs": 2}, files=["manifest.json"],
        parts=[0], n_runs=2, folders=[SimpleNamespace(n_runs=2)], ineffective=[], provenance={},
    )  # fmt: skip
    frame = pd.DataFrame({"value": [value]})
    return Report("validation", results, {"validation": frame, **tables}, [], facts={"n": value})


def test_only_what_a_study_wrote_is_replaced_and_only_beside_its_runs(tmp_path: Path) -> None:
    table = tmp_path / "validation.csv"
    table.write_text("mine")
    with pytest.raises(OtherResultsError, match=r"other content in validation\.csv: "):
        study(tmp_path / "model", 1).save(tmp_path)
    assert table.read_text() == "mine" and not (tmp_path / "validation.json").exists()
    study(tmp_path / "model", 1).save(tmp_path, fresh=True)
    study(tmp_path / "model", 2).save(tmp_path)
    assert table.read_text() == "value\n2\n"
    study(tmp_path / "model", 3, None).save(tmp_path)
    assert table.read_text() == "value\n3\n"
    with pytest.raises(OtherResultsError, match=r"validation\.csv, validation\.json"):
        study(tmp_path.with_name("elsewhere"), 4).save(tmp_path)
    table.write_text("value\n3\nmy note\n")
    with pytest.raises(OtherResultsError, match=r"other content in validation\.csv: "):
        study(tmp_path / "model", 4).save(tmp_path)
    assert "my note" in table.read_text()


def test_another_table_of_the_same_study_changes_no_other(tmp_path: Path) -> None:
    more = {"frame": pd.DataFrame({"run": [0, 1]})}
    study(tmp_path, 1).save(tmp_path)
    study(tmp_path, 1, 0, **more).save(tmp_path)
    study(tmp_path, 1, 0).save(tmp_path)
    files = json.loads((tmp_path / "validation.json").read_text())["files"]
    assert files.keys() == {"validation.csv", "frame.csv", "validation.json"}


def test_a_check_names_what_is_as_written_and_what_is_not(tmp_path: Path) -> None:
    report = study(tmp_path, 1)
    report.save(tmp_path)
    (tmp_path / "mine.json").write_text('{"files": 3}')
    written = files_as_written(report.results)
    assert written == ["manifest.json", "validation.csv", "validation.json"]
    for name in ("validation.csv", "validation.json"):
        path = tmp_path / name
        content = path.read_text()
        path.write_text(content.replace('"n": 1', '"n": 9').replace("value\n1", "value\n9"))
        with pytest.raises(InputError, match=f"{name} is "):
            files_as_written(report.results)
        path.write_text(content)
    report.results.identity["runs"] = 3
    assert files_as_written(report.results) == ["manifest.json"]


def test_a_limit_of_the_screen_is_none_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.studies.report.unlike", lambda _: [])
    table = Table(pd.DataFrame({"point": range(4)}), "Title", most=2, rest="effects")
    report = replace(study(tmp_path, 1), shown=[table])
    shown, further = report.blocks
    assert isinstance(shown, Table) and shown.frame["point"].tolist() == [0, 1]
    assert further == "and 2 more: see effects.csv." and further in report._repr_html_()
    report.save(tmp_path, printed=["csv"])
    assert len((tmp_path / "validation-1.csv").read_text().splitlines()) == 5


def test_half_of_the_runs_unchanged_is_mostly_the_same() -> None:
    frame = pd.DataFrame({"share_up": [0.25, 0.26], "share_down": [0.25, 0.25]})
    assert mostly_same(frame).tolist() == [True, False]


def test_printed_tables_are_written_as_papers_take_them(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["a_b & c", "d|e"], "change, %": ["+3 ± 1", -2.0]})
    report = study(tmp_path, 1)
    report = replace(report, shown=["A sentence.", Table(frame, "Title, 50%")])
    report.save(tmp_path, printed=["tex", "csv"])
    tex = (tmp_path / "validation-1.tex").read_text()
    assert r"\begin{tabular}{lr}" in tex and r"\caption{Title, 50\%}" in tex
    assert r"a\_b \& c & +3 $\pm$ 1 \\" in tex and r"d|e & $-$2 \\" in tex
    assert "validation-1.csv" in files_as_written(report.results)
    rows = (tmp_path / "validation-1.csv").read_text().splitlines()[1:]
    assert rows == ["a_b & c,+3 ± 1", "d|e,−2"]
    with pytest.raises(InputError, match=r"no format 'tx' of tables.*did you mean 'tex'"):
        report.save(tmp_path, printed=["tx"])
