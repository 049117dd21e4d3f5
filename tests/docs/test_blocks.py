"""Every command and every block of code in the pages runs, or is named here with the reason."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from sim.cli import app
from tests.docs.blocks import PAGES, PROJECT, Block, Reader, blocks_of, lines_of

SHOWN = {"text", "csv"}
"""What is shown, not done: messages and data."""
BY_CI = "run by .ci/run itself"
SLURM = "needs Slurm"
NOT_RUN = {
    "pip install uv": BY_CI,
    "uv run pytest": BY_CI,
    "uv run ruff": BY_CI,
    "uv run mypy": BY_CI,
    "uv run lint-imports": BY_CI,
    "uv run --group docs mkdocs": BY_CI,
    "uv run python docs/generate.py": BY_CI,
    "uv sync": BY_CI,
    "uv run pre-commit install": "writes into the checkout's .git",
    "uv run python tests/test_golden.py --update": "would write the stored results",
    "uv run python docs/findings.py": "hours; tests/test_findings.py checks the page it writes",
    "(uv run )?entrench calibrate *($|#|--recover|--known)": "hours; its tests run small ones",
    "dask scheduler --port": "several machines; tests/batch/test_cluster.py does it on one",
    "dask worker tcp://head": "several machines",
    "entrench sweep what-matters --cluster tcp": "several machines",
}
"""Patterns of how commands begin, and why they are not run here."""
PYTHON_NOT_RUN = {"import subprocess\nfrom dask_jobqueue": SLURM}
NO_TOOL = {"r": "Rscript", "stata": "stata"}
"""Languages run where their program is there."""

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
KINDS = {"shell", "python", "toml", *SHOWN, *NO_TOOL}
CLI: Any = typer.main.get_command(app)


def short(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def commands(block: Block) -> list[list[str]]:
    """The arguments of every `entrench` in a block of shell."""
    found = []
    for line in lines_of(block):
        words = shlex.split(re.sub(r"\$\w+", "1", line))
        words = words[: words.index("|")] if "|" in words else words
        if "entrench" in words[:4]:
            found.append(words[words.index("entrench") + 1 :])
    return found


def test_every_block_is_of_a_known_kind() -> None:
    assert BLOCKS
    for block in BLOCKS:
        assert block.language in KINDS, f"{block}: what is done with {block.language!r}?"


def test_what_is_not_run_is_there() -> None:
    lines = [line for block in BLOCKS if block.language == "shell" for line in lines_of(block)]
    for start in NOT_RUN:
        assert any(re.match(start, line) for line in lines), f"{start}: in no page any more"
    texts = [block.text for block in BLOCKS if block.language == "python"]
    assert all(any(start in text for text in texts) for start in PYTHON_NOT_RUN)


def test_every_command_is_one_that_entrench_knows() -> None:
    number = 0
    for block in BLOCKS:
        if block.language != "shell":
            continue
        for words in commands(block):
            verb = words[0] if words else "--help"
            if verb.startswith("-") or verb == "VERB":
                continue
            assert verb in CLI.commands, f"{block}: no verb {verb}"
            CLI.commands[verb].make_context(verb, words[1:])
            number += 1
    assert number > 40


def test_python_compiles() -> None:
    for block in BLOCKS:
        if block.language == "python" and not block.is_edit:
            compile(block.text, str(block), "exec")


def test_no_code_hides_in_indented_text() -> None:
    for page in PAGES:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            assert not re.match(r" {4}(uv run )?entrench [^$]*$", line), f"{page.name}:{number}"


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of(page)], ids=short)
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    blocks = blocks_of(page)
    source = PROJECT
    if any(block.is_edit for block in blocks):
        source = tmp_path / "checkout"
        for name in ("sim", "seeds", "scenarios", "experiments", "shapes"):
            shutil.copytree(PROJECT / name, source / name)
        shutil.copy(PROJECT / "pyproject.toml", source)
    Reader(tmp_path / "reader", source=source).follow(blocks, NOT_RUN | PYTHON_NOT_RUN)


@pytest.mark.slow
def test_pictures_are_those_that_the_pages_end_in() -> None:
    made = [sys.executable, str(PROJECT / "docs" / "figures.py"), "--check"]
    assert subprocess.run(made, check=False).returncode == 0
