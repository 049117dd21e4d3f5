"""Count lines of code: neither comments, nor docstrings, nor blanks.

Give it folders, or none for the package: ``python docs/count_lines.py sim``. It prints a line a
room, then the sum.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import Counter
from pathlib import Path

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
          tokenize.ENDMARKER, tokenize.ENCODING}  # fmt: skip


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


def main(folders: list[str]) -> None:
    """Print the count of each room of some folders, and their sum."""
    rooms: Counter[str] = Counter()
    for folder in map(Path, folders or ["sim"]):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).parts
            room = "/".join(parts[:2] if len(parts) > 2 and parts[0] == "studies" else parts[:1])
            rooms[f"{folder}/{room}"] += code_lines(path.read_text(encoding="utf-8"))
    for room, count in sorted(rooms.items()):
        print(f"{count:7,}  {room}")
    print(f"{rooms.total():7,}  in all")


if __name__ == "__main__":
    main(sys.argv[1:])
