"""Blocks of code in the pages, and a small way to run them as they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *sorted((PROJECT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^([ \t]*)(```+)([^\n`]*)\n(.*?)^\1\2[ \t]*$", re.S | re.M)
SHELL = ("", "bash", "sh")
RUNS = ("run", "sweep", "compare", "persistence", "ask", "country", "validate", "sensitivity",
        "bounds", "page")  # fmt: skip
"""Verbs that take `--runs`."""
FIGURES = ("run", "compare", "persistence", "validate", "sweep", "sensitivity", "ask", "country",
           "bounds")  # fmt: skip
SIZES = {"--trajectories": "morris", "--samples": "sobol"}
"""Sizes of the methods of `sensitivity`, which refuses those of the other."""
DRAWING = {"--width", "--plain", "--title", "--letters", "--font", "--format"}

SHIM = """#!{python}
import sys
sys.path[:0] = [{project!r}]
from sim.cli import main
from tests.docs.blocks import smaller
if {small}:
    sys.argv[1:] = smaller(sys.argv[1:])
main()
"""
UV = """#!/bin/sh
shift
case "$1" in --group|--extra) shift 2;; esac
exec "$@"
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: its page and line, its language, its text without indent, its file."""

    page: Path
    line: int
    language: str
    text: str
    file: str = ""

    @property
    def is_part(self) -> bool:
        """Whether it is a piece of a rule, to be typed into its file."""
        return self.language == "python" and self.text.startswith(" ")

    @property
    def lines(self) -> list[str]:
        """The commands of a block of shell: continued lines joined, comments left out."""
        joined = self.text.replace("\\\n", " ")
        stripped = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines())
        return [line for line in stripped if line]

    def __str__(self) -> str:
        return f"{self.page.relative_to(PROJECT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        word = match[3].strip().split(" ")[0]
        own = "".join(line.removeprefix(match[1]) for line in match[4].splitlines(keepends=True))
        file = "".join(re.findall(r'title="([^"]+)"', match[3]))
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, "shell" if word in SHELL else word, own, file))
    return found


def smaller(arguments: list[str]) -> list[str]:
    """The arguments of a command with few runs and without figures."""
    verb = arguments[0] if arguments else ""
    if "--help" in arguments or "-h" in arguments:
        return arguments
    folder = any(Path(b).is_dir() and not a.startswith("--") for a, b in pairwise(arguments))
    if "--runs" in arguments:
        arguments[arguments.index("--runs") + 1] = "4"
    elif verb in RUNS and not folder:
        arguments += ["--runs", "1" if verb == "sensitivity" else "4"]
    for option, method in SIZES.items() if verb == "sensitivity" else ():
        if option not in arguments and {*SIZES.values()} & {*arguments} <= {method}:
            arguments += [option, "2"]
    if verb in FIGURES and not {"--no-figures", *DRAWING} & {*arguments}:
        arguments.append("--no-figures")
    return arguments


def left_out(line: str, patterns: Mapping[str, str]) -> bool:
    """Whether a line begins as a pattern says."""
    return any(re.match(start, line.strip()) for start in patterns)


def follow(
    blocks: Sequence[Block], folder: Path, skip: Mapping[str, str], *, small: bool = True
) -> None:
    """Do all that a page says in a folder, from the first block to the last."""
    tools = folder / ".tools"
    tools.mkdir()
    shim = SHIM.format(python=sys.executable, project=str(PROJECT), small=small)
    for name, text in {"entrench": shim, "uv": UV}.items():
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    path = [str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {**os.environ, "PATH": os.pathsep.join(path), "PYTHONPATH": str(PROJECT)}
    environment["MPLBACKEND"] = "Agg"
    for block in blocks:
        if block.file:
            target = folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
    python: list[str] = []
    for block in blocks:
        command: list[str] = []
        if block.language == "shell" and not block.text.startswith("#!"):
            kept = [line for line in block.lines if not left_out(line, skip)]
            command = ["bash", "-euo", "pipefail", "-c", "\n".join(kept)]
        elif block.language == "python" and not block.file and not block.is_part:
            own = re.sub(r"\bruns=\d+", "runs=4", block.text) if small else block.text
            python = [own] if re.match(r"(import|from) sim", own) else [*python, own]
            command = [sys.executable, "-c", "\n".join(python)]
        elif block.language == "r" and shutil.which("Rscript"):
            command = ["Rscript", "-e", block.text]
        if command:
            done = subprocess.run(
                command, cwd=folder, env=environment, timeout=900, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            assert done.returncode == 0, f"{block} ended with {done.returncode}:\n{done.stdout}"
