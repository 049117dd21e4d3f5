"""Count lines of code in each room: neither comments, nor docstrings, nor blanks.

A room is a package of `sim`, its single files, the page's JavaScript, style and HTML, another
folder with code, or the files outside all folders (`root`, with `.ci/run`).

    uv run python docs/scripts/count_lines.py            # the size of each room
    uv run python docs/scripts/count_lines.py --budget   # beside its limit; exit 1 if over it
    uv run python docs/scripts/count_lines.py --renew    # limits: today's size and a twentieth

A room that grows beyond its limit takes something else out; who raises a limit says in the commit
why it is worth it.
"""

from __future__ import annotations

import ast
import csv
import io
import re
import sys
import tokenize
from collections import Counter
from pathlib import Path

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
          tokenize.ENDMARKER, tokenize.ENCODING}  # fmt: skip
FOLDERS = ("analyses", "sim", "entrench", "tests", "docs", "benchmarks", "examples", "seeds")
WEB_COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|^\s*//[^\n]*", re.S | re.M)
LIMITS = Path(__file__).parents[1] / "rooms.csv"
SPARE = 1.05
"""What a limit is of the size at which it was set."""


def code_lines(text: str) -> int:
    """Return the number of lines of a module that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        # A text that stands alone is a docstring, of a module, a class, a function or a constant.
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            lines.difference_update(range(value.lineno, (value.end_lineno or 0) + 1))
    return len(lines)


def web_lines(text: str) -> int:
    """Return the number of lines of a script, a style or a page that are not comments."""
    return sum(1 for line in WEB_COMMENT.sub("", text).splitlines() if line.strip())


def shell_lines(text: str) -> int:
    """Return the number of lines of a shell script that are not comments."""
    return sum(
        1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    )


def room_of(path: Path) -> str:
    """Return the room in which a file lies."""
    folder, *inner = path.parts
    if folder == "entrench" or folder not in FOLDERS:
        return "root"
    if folder != "sim" or len(inner) == 1:
        return folder
    apart = inner[:2] in (["page", "web"], ["model", "mechanisms"])
    return "/".join(["sim", *inner[: 1 + apart]])


COUNTS = {".py": code_lines, **dict.fromkeys((".js", ".css", ".html"), web_lines)}
"""Functions that count the lines of a file, by the end of its name."""


def sizes(root: Path) -> Counter[str]:
    """Return the lines of each room of a checkout."""
    found: Counter[str] = Counter()
    folders = (path for folder in FOLDERS for path in (root / folder).rglob("*.*"))
    for path in [*root.glob("*.py"), *folders]:
        if count := COUNTS.get(path.suffix):
            found[room_of(path.relative_to(root))] += count(path.read_text(encoding="utf-8"))
    found["root"] += shell_lines((root / ".ci" / "run").read_text(encoding="utf-8"))
    return found


def main(arguments: list[str]) -> int:
    """Print the size of each room, and their sum; return the exit code."""
    found = sizes(Path(__file__).parents[2])
    if "--renew" in arguments:
        rows = [f"{room},{round(count * SPARE)}\n" for room, count in sorted(found.items())]
        LIMITS.write_text("room,limit\n" + "".join(rows), encoding="utf-8")
    with LIMITS.open(encoding="utf-8", newline="") as file:
        limits = {row["room"]: int(row["limit"]) for row in csv.DictReader(file)}
    over = [room for room in found if found[room] > limits.get(room, 0)]
    for room, count in sorted(found.items()):
        beside = f"  of {limits.get(room, 0):7,}{'  OVER' if room in over else ''}"
        print(f"{count:7,}{beside if '--budget' in arguments else ''}  {room}")
    print(f"{found.total():7,}  in all")
    return int("--budget" in arguments and bool(over))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
