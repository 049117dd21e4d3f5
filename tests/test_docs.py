from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.parameters import attribute
from sim.quarter import MECHANISMS

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
FILE_ENDINGS = {"csv", "py"}


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_pages_are_current(generate: ModuleType) -> None:
    assert generate.stale() == [], "run `uv run python docs/generate.py`"


def test_a_changed_or_missing_page_is_stale(generate: ModuleType, tmp_path: Path) -> None:
    pages = generate.pages()
    (tmp_path / "parameters.md").write_text(pages["parameters.md"] + "x", encoding="utf-8")
    assert generate.stale(tmp_path) == [
        "parameters.md",
        "outcomes.md",
        "glossary.md",
        "in-five-minutes.md",
        "images/rooms.svg",
    ]


def test_every_parameter_and_outcome_is_on_its_page(generate: ModuleType) -> None:
    parameters, outcomes = generate.parameters_page(), generate.outcomes_page()
    for mechanism in MECHANISMS:
        assert f"## `[{mechanism.name}]`" in parameters
        for name in mechanism.section.model_fields:
            assert f"| `{name}` |" in parameters
        for outcome in mechanism.outcomes:
            assert f"| `{outcome.name}` |" in outcomes


def test_a_usage_error_ends_with_2(
    generate: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err


def test_odd_has_a_section_for_every_mechanism_and_names_what_exists() -> None:
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    known = {m.name: {*m.section.model_fields} for m in MECHANISMS}
    for mechanism in MECHANISMS:
        assert f"`{mechanism.name}`)" in text, f"no section on {mechanism.name}"
    for section, key in re.findall(r"`(\w+)\.(\w+)`", text):
        if section in known and key not in FILE_ENDINGS:
            assert key in known[section], f"odd.md: {section}.{key} does not exist"


PAGES = [
    *sorted(DOCS.rglob("*.md")),
    *(PROJECT / f"{n}.md" for n in ("README", "CHANGELOG", "CONTRIBUTING", "seeds/SOURCES")),
]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_an_empty_line_stands_before_each_table(page: Path) -> None:
    """Without it the site shows the table as text."""
    lines = page.read_text(encoding="utf-8").splitlines()
    heads = [at - 1 for at, line in enumerate(lines) if re.fullmatch(r"\|[-:| ]+\|", line)]
    assert [head + 1 for head in heads if head and lines[head - 1].strip()] == []


def test_the_readme_counts_the_parameters() -> None:
    fields = [field for m in MECHANISMS for field in m.section.model_fields.values()]
    ranged = sum(attribute(field, "plausible") is not None for field in fields)
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert f"the {len(fields)} parameters and switches" in text
    assert f"the {ranged} uncertain ones" in text


def test_changing_a_rule_names_the_file_that_has_it() -> None:
    text = (DOCS / "changing-a-rule.md").read_text(encoding="utf-8")
    named = re.search(r"`(sim/\S+\.py)`, at the top of `(\w+)`", text)
    assert named
    assert f"def {named[2]}(" in (PROJECT / named[1]).read_text(encoding="utf-8")


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def commands(page: str) -> list[str]:
    """Commands of a page's code blocks that stand alone, one a line."""
    blocks = re.findall(r"```\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)
    return [line for block in blocks for line in block.splitlines() if line.startswith("entrench ")]


@pytest.mark.slow
def test_commands_of_asking_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the page, with few runs; each leaves what the page says."""
    monkeypatch.chdir(tmp_path)
    lines = commands("asking.md")
    assert len(lines) >= 8
    for line in lines:
        few = re.sub(r"--runs \d+", "--runs 4", line)
        result = CliRunner().invoke(app, shlex.split(few)[1:])
        assert result.exit_code == 0, (line, result.output)
    for left in (
        "ask/working-2040-by-region/effects.csv",
        "ask/runs/baseline/manifest.json",
        "two-states/figures/timeline-KEN.png",
        "two-states/changes.csv",
        "baseline/figures/state-KEN.svg",
    ):
        assert (tmp_path / "results" / left).is_file(), left
