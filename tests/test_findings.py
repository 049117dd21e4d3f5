"""The tables of docs/findings.md: made by the commands beside them, and current."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "findings.md"
CHECKED = ("retention-by-propagation-effects", "withdrawal-by-group")
"""Tables that are made again: the two meanings of lock-in, and what stays where."""


@pytest.fixture(scope="module")
def findings() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PAGE.parent)
        yield importlib.import_module("findings")


def test_every_table_stands_on_the_page_with_its_commands(findings: ModuleType) -> None:
    text = PAGE.read_text(encoding="utf-8")
    there = {match["name"]: match[0] for match in findings.MARKS.finditer(text)}
    assert list(there) == list(findings.TABLES)
    for name, table in findings.TABLES.items():
        for command in table.commands:
            assert f"entrench {' '.join(command)}\n" in there[name]
        assert len(re.findall(r"^\| ", there[name], re.M)) > 2, f"{name} is empty"


def test_commands_name_experiments_and_scenarios_that_exist(findings: ModuleType) -> None:
    from sim.experiment import list_experiments
    from sim.scenario import shipped_names

    shipped = [listing.name for listing in list_experiments()]
    for table in findings.TABLES.values():
        for verb, *words in table.commands:
            if verb == "sweep":
                assert words[0] in shipped
            elif verb == "compare":
                assert set(words[: words.index("--runs")]) <= set(shipped_names())


def test_a_changed_number_is_stale(findings: ModuleType) -> None:
    text = "<!-- table: aid -->\nold\n<!-- end of table -->\nrest"
    new = findings.rewritten(text, {"aid": "new\n"})
    assert new == "<!-- table: aid -->\nnew\n<!-- end of table -->\nrest"
    assert findings.stale(text, {"aid": "new\n"}) == ["aid"]
    assert findings.stale(new, {"aid": "new\n"}) == []
    assert findings.stale("", {"aid": "new\n"}) == ["aid"]


def test_numbers_are_written_with_a_proper_sign(findings: ModuleType) -> None:
    spelled = importlib.import_module("findings_cells").spelled
    assert spelled(-0.04, -1.25, 3.0, signed=True) == "0 (−1.2 to +3.0)"
    assert spelled(87.4, 82.0, 92.0, percent=True) == "87 % (82 to 92)"
    assert spelled(114.2, 99.6, 120.0) == "114 (100 to 120)"


def test_an_unknown_table_ends_with_2(
    findings: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert findings.main(["--check", "retention"]) == 2
    assert "no table retention" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKED)
def test_a_table_made_again_is_the_same(
    findings: ModuleType, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert findings.main(["--check", "--keep", str(tmp_path), name]) == 0, capsys.readouterr().out


def test_the_sum_that_decides_is_the_rules_own(findings: ModuleType) -> None:
    prior = importlib.import_module("findings_prior")
    row = {
        "contracts.value": 0.25, "contracts.fee": 0.1, "contracts.escalation": 0.0,
        "contracts.foresight": 4.0, "contracts.exit_cost": 2.0, "contracts.exit_cost_depth": 0.5,
        "contracts.exit_cost_staff": 0.0, "contracts.exit_cost_years": 0.0,
    }  # fmt: skip
    worth, fees, leave, even, free, held = prior.terms(prior.parameters_of(row), 2.0, 10.0)
    assert (worth, fees, leave, even) == pytest.approx((1.0, 0.4, 3.0, 0.1))
    assert 0.0 < held < free < 0.5
    grown = prior.terms(prior.parameters_of({**row, "contracts.escalation": 0.05}), 2.0, 10.0)
    assert grown[1] == pytest.approx(0.4 * 1.05**10)


def test_the_prior_is_spread_evenly_over_every_range(findings: ModuleType) -> None:
    prior = importlib.import_module("findings_prior")
    sets, kept = prior.prior_sets(), prior.kept_sets()
    assert sets.keys == kept.keys and len(sets.rows) == prior.RUNS
    factors = prior.plausible_factors(prior.load_scenario("baseline"), kept.keys)
    for factor, values in zip(factors, zip(*sets.rows, strict=True), strict=True):
        width = factor.high - factor.low
        assert factor.low <= min(values) <= factor.low + 0.02 * width
        assert factor.high - 0.02 * width <= max(values) <= factor.high
