"""Pages are current, their links lead somewhere, and every command and block in them works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import typer
from markdown.extensions.toc import slugify

import sim
from sim.cli import app
from sim.model.schedule import MECHANISMS
from sim.scenario import load_scenario
from tests.docs.blocks import PAGES, PROJECT, Block, blocks_of, follow

DOCS = PROJECT / "docs"
NOT_RUN = {
    "pip install|uv sync": "uv is here",
    "uv run (pytest|ruff|mypy|lint-imports|pre-commit|--group)": "run by .ci/run itself",
    "uv run (--extra calibration )?python (analyses|docs|tests|examples)/": "long, or writes here",
    "(uv run )?(--extra calibration )?entrench calibrate": "an hour; its tests run small ones",
    "(uv run )?entrench (sensitivity|validate)( [a-z]+)?$": "long; their tests run small",
    "entrench compare my-worlds/": "worlds that a search of a few runs does not find",
    "dask|entrench sweep what-matters": "several machines, or thousands of points",
}
"""Patterns of how commands begin, and why they are not run here."""
LANGUAGES = {"shell", "python", "toml", "text", "csv", "r", "stata"}
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
TEXTS = [*PAGES, PROJECT / "CHANGELOG.md", PROJECT / "seeds/SOURCES.md"]
CLI: Any = typer.main.get_command(app)


def test_the_readme_is_one_screen_of_few_pages() -> None:
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").split()) <= 900
    assert len(PAGES) - 2 <= 32


def test_odd_has_a_section_for_every_mechanism_and_names_what_exists() -> None:
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    known = {m.name: {*m.section.model_fields} for m in MECHANISMS}
    for mechanism in MECHANISMS:
        assert f"`{mechanism.name}`)" in text, f"no section on {mechanism.name}"
    for section, key in re.findall(r"`(\w+)\.(\w+)`", text):
        if section in known and key not in ("csv", "py"):
            assert key in known[section], f"odd.md: {section}.{key} does not exist"


def test_the_python_reference_has_every_name_of_sim() -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    assert {*re.findall(r"toc_label: sim\.(\w+)", text)} == {*dir(sim)} - {"__version__"}


@pytest.mark.slow
def test_the_worked_example_is_the_models() -> None:
    assert run_path(str(PROJECT / "analyses" / "worked_example.py"))["main"](["--check"]) == 0


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_and_named_files_are_there_and_tables_are_tables(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!\w+:)([^)#]*)(?:#([^)]+))?\)", text):
        file = page.parent / target if target else page
        assert file.exists(), target
        heads = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.M) if anchor else []
        assert not anchor or anchor in {slugify(head, "-") for head in heads}, anchor
    if page.name != "CHANGELOG.md":
        for named in re.findall(r"`((?:sim|tests|docs|analyses)/[\w/.]+\.(?:py|js|html))`", text):
            assert (PROJECT / named).exists(), named
    lines = text.splitlines()
    heads = [at - 1 for at, line in enumerate(lines) if re.fullmatch(r"\|[-:| ]+\|", line)]
    assert all(not lines[head - 1].strip() for head in heads if head)


def commands(block: Block) -> list[list[str]]:
    """The arguments of every `entrench` in a block of shell."""
    found = []
    for line in block.lines:
        words = shlex.split(re.sub(r"\$\w+", "1", line))
        words = words[: words.index("|")] if "|" in words else words
        if "entrench" in words[:4]:
            found.append(words[words.index("entrench") + 1 :] or ["--help"])
    return found


def test_every_command_is_one_that_entrench_knows() -> None:
    number = 0
    for block in BLOCKS:
        assert block.language in LANGUAGES, f"{block}: {block.language}"
        for verb, *rest in commands(block) if block.language == "shell" else ():
            if verb != "VERB" and not verb.startswith("-"):
                assert verb in CLI.commands, f"{block}: no verb {verb}"
                CLI.commands[verb].make_context(verb, rest)
                number += 1
    assert number > 40


def test_options_in_text_exist() -> None:
    known = {
        name for verb in CLI.commands.values() for parameter in verb.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }  # fmt: skip
    for page in PAGES:
        for verb, rest in re.findall(r"`entrench ([a-z]+)([^`\n]*)`", page.read_text("utf-8")):
            assert verb in CLI.commands, f"{page.name}: no verb {verb}"
            for option in re.findall(r"--[a-z-]+", rest):
                assert option in known, f"{page.name}: {verb} {option}"


def test_python_compiles_and_files_are_scenarios(tmp_path: Path) -> None:
    for block in BLOCKS:
        if block.language == "python" and not block.is_part:
            compile(block.text, str(block), "exec")
        own = "visits" in block.text or "[design]" in block.text
        if block.language == "toml" and "\nextends" in f"\n{block.text}" and not own:
            (tmp_path / "own.toml").write_text(block.text, encoding="utf-8")
            load_scenario(tmp_path / "own.toml")


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if blocks_of(p)], ids=lambda page: page.name)
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    follow(blocks_of(page), tmp_path, NOT_RUN)
