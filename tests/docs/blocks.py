"""Blocks of code in the pages, and a small way to run them as they stand."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *sorted((PROJECT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^([ \t]*)(```+|~~~+)([^\n`]*)\n(.*?)^\1\2[ \t]*$", re.S | re.M)
LANGUAGES = {"": "shell", "bash": "shell", "sh": "shell"}

SHIM = """#!{python}
import sys
sys.path[:0] = {path!r}
from sim.cli import main
from tests.docs.small import {change}
sys.argv[1:] = {change}(sys.argv[1:])
main()
"""
UV = """#!/bin/sh
test "$1" = run || { echo "only uv run is known here: uv $*" >&2; exit 9; }
shift
case "$1" in --group|--extra) shift 2;; esac
exec "$@"
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its text without indent, its file."""

    page: Path
    line: int
    language: str
    text: str
    file: str = ""

    @property
    def is_edit(self) -> bool:
        """Whether it is a piece of a rule, to be typed into its file."""
        return self.language == "python" and self.text.startswith(" ")

    def __str__(self) -> str:
        return f"{self.page.relative_to(PROJECT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            _language(found[3].strip()),
            "".join(line.removeprefix(found[1]) for line in found[4].splitlines(keepends=True)),
            "".join(re.findall(r'title="([^"]+)"', found[3])),
        )
        for found in FENCE.finditer(text)
    ]


def _language(info: str) -> str:
    word = info.split(" ")[0]
    return LANGUAGES.get(word, word)


def lines_of(block: Block) -> list[str]:
    """The commands of a block of shell: continued lines joined, comments left out."""
    joined = block.text.replace("\\\n", " ")
    stripped = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in stripped if line]


class Reader:
    """Someone who types what a page says, in a folder of their own."""

    def __init__(self, folder: Path, *, source: Path = PROJECT, small: bool = True) -> None:
        """Set up the folder.

        Args:
            folder: Where commands are typed.
            source: The checkout whose rules run.
            small: With few histories and without figures.
        """
        self.folder, self.source, self.small = folder, source, small
        tools = folder / ".tools"
        tools.mkdir(parents=True)
        shim = SHIM.format(
            python=sys.executable,
            path=[str(source), str(PROJECT)],
            change="smaller" if small else "same",
        )
        for name, text in {
            "entrench": shim,
            "uv": UV,
            "srun": '#!/bin/sh\nexec "$@"\n',
        }.items():
            (tools / name).write_text(text, encoding="utf-8")
            (tools / name).chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join(
                [str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "PYTHONPATH": str(source),
            "MPLBACKEND": "Agg",
            "SLURM_JOB_ID": "1",
            "SLURM_ARRAY_TASK_ID": "1",
            "SLURM_CPUS_PER_TASK": "1",
        }
        self.python: list[str] = []
        self.mechanisms: list[str] = []

    def follow(self, blocks: Sequence[Block], left_out: Mapping[str, str]) -> None:
        """Do all that a page says, from the first block to the last."""
        for block in blocks:
            if block.file:
                self.write(block)
        whole = ""
        for block in blocks:
            if block.text.startswith("#!") and "sweep" in block.text:
                self.clear()
            if block.language == "shell":
                self.type_in(block, left_out)
            elif block.is_edit:
                self.edit(block)
            elif block.language == "python" and not block.file:
                if not _begins(block.text, left_out):
                    self.execute(block)
            elif block.language == "toml":
                self.check(block, whole)
                whole = whole or block.text
            elif block.language == "r" and shutil.which("Rscript", path=self.environment["PATH"]):
                self.source_r(block)

    def write(self, block: Block) -> None:
        """Write a block that bears the name of a file."""
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if "\nMECHANISM = " in block.text:
            self.mechanisms += ["--mechanism", block.file]

    def clear(self) -> None:
        """Throw results away: a script is another way to the same results."""
        shutil.rmtree(self.folder / "results", ignore_errors=True)

    def type_in(self, block: Block, left_out: Mapping[str, str]) -> str:
        """Run a block of shell, but for the lines that begin with a pattern of what is left out."""
        lines = block.text.splitlines()
        kept = [":" if _begins(line, left_out) else line for line in lines]
        if array := re.search(r"^#SBATCH --array=1-(\d+)", block.text, re.M):
            kept = [f"for SLURM_ARRAY_TASK_ID in $(seq {array[1]}); do", *kept, "done"]
        return self._call(["bash", "-euo", "pipefail", "-c", "\n".join(kept)], block)

    def execute(self, block: Block) -> str:
        """Run a block of Python, after the page's blocks before it if it needs them."""
        text = re.sub(r"\bruns=\d+", "runs=4", block.text) if self.small else block.text
        if re.match(r"(import|from) ", text):
            self.python = []
        self.python.append(text)
        return self._call([sys.executable, "-c", "\n".join(self.python)], block)

    def check(self, block: Block, before: str = "") -> str:
        """Ask `entrench check` what it says of a block of TOML.

        Args:
            block: The file, or a part of one.
            before: The file that a part belongs to: what stands above its first table.
        """
        text = block.text
        if text.startswith("["):
            text = before.split("\n[")[0] + "\n" + text
        file = self.folder / f"block-{block.line}.toml"
        file.write_text(text, encoding="utf-8")
        return self._call(["entrench", "check", file.name, *self.mechanisms], block)

    def edit(self, block: Block) -> None:
        """Put a piece of a rule where its first line, up to what is new in it, stands."""
        condition = block.text.split(":")[0].strip()
        while condition:
            for file in (self.source / "sim" / "mechanisms").glob("*.py"):
                text = file.read_text(encoding="utf-8")
                old = f"    {condition}:\n        return 0.0\n"
                if text.count(old) == 1:
                    file.write_text(text.replace(old, block.text), encoding="utf-8")
                    return
            condition = condition.rpartition(" or ")[0]
        raise AssertionError(f"{block}: nothing in the rules begins like it")

    def source_r(self, block: Block) -> str:
        """Run a block of R."""
        return self._call(["Rscript", "-e", block.text], block)

    def _call(self, command: list[str], block: Block) -> str:
        """Run a command in a session of its own, which ends with it."""
        log = self.folder / ".tools" / "log"
        with log.open("w+", encoding="utf-8") as written:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(timeout=900)
            finally:
                _end(process.pid)
        told = log.read_text(encoding="utf-8", errors="replace")
        assert code == 0, f"{block} ended with {code}:\n{told[-2000:]}"
        return told


def _begins(line: str, left_out: Mapping[str, str]) -> bool:
    return any(re.match(start, line.strip()) for start in left_out)


def _end(session: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGTERM)
