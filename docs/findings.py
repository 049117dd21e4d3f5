"""Run the experiments behind findings.md and rewrite its tables.

`uv run python docs/findings.py` runs them all and rewrites every table between its marks; names of
tables rewrite those alone. `--check` compares instead, and ends with 1 if a table is not what the
program says now. `--keep DIR` keeps the results there, so that a second call need not run again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from findings_tables import TABLES, Command

PAGE = Path(__file__).with_name("findings.md")
MARKS = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end of table -->)", re.S)
QUIET = {
    "sweep": ("--no-figures", "--quiet"),
    "persistence": ("--no-figures", "--quiet"),
    "compare": ("--quiet",),
}
"""What is added to each verb's command: a reader wants tables and figures, this page does not."""


def run(commands: Iterable[Command], folder: Path, done: set[Command]) -> None:
    """Run commands of the program in a folder, each once."""
    program = (sys.executable, "-c", "from sim.cli import main; main()")
    for command in commands:
        if command not in done:
            more = QUIET[command[0]]
            subprocess.run((*program, *command, *more), cwd=folder, check=True)
            done.add(command)


def block(name: str, folder: Path) -> str:
    """Return what stands between a table's marks: its commands, and the table.

    One without commands is computed here, by the program's functions.
    """
    table = TABLES[name]
    commands = [f"entrench {' '.join(command)}" for command in table.commands]
    commands = commands or [f"uv run python docs/findings.py {name}"]
    return "\n".join(["", "```", *commands, "```", "", *table.make(folder), "", ""])


def blocks(names: Sequence[str], folder: Path) -> dict[str, str]:
    """Run what tables need and return what stands between their marks."""
    done: set[Command] = set()
    found = {}
    for name in names:
        run(TABLES[name].commands, folder, done)
        found[name] = block(name, folder)
    return found


def rewritten(text: str, found: Mapping[str, str]) -> str:
    """Return the page with tables replaced."""

    def put(match: re.Match[str]) -> str:
        name = match["name"]
        return match[1] + found[name] + match[3] if name in found else match[0]

    return MARKS.sub(put, text)


def stale(text: str, found: Mapping[str, str]) -> list[str]:
    """Return the names of tables that are missing from a page or not what they are now."""
    there = {match["name"]: match[0] for match in MARKS.finditer(text)}
    return [
        name
        for name, content in found.items()
        if there.get(name) != f"<!-- table: {name} -->\n{content}<!-- end of table -->"
    ]


def main(arguments: Sequence[str]) -> int:
    """Rewrite or check tables; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--check", action="store_true", help="compare, and change nothing")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the results here")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in TABLES]
    if unknown:
        print(f"no table {', '.join(unknown)}; there are: {', '.join(TABLES)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = blocks(given.names or list(TABLES), folder)
    text = PAGE.read_text(encoding="utf-8")
    if given.check:
        old = stale(text, found)
        for name in old:
            print(f"docs/findings.md: table {name} is not current: run docs/findings.py {name}")
        return 1 if old else 0
    PAGE.write_text(rewritten(text, found), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
