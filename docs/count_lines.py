"""Count lines of code: neither comments, nor docstrings, nor blanks.

``python docs/count_lines.py [FOLDER ...]`` prints a line per package, then the sum. ``--budget``
counts the package and its tests, and ends with 1 if one of them is over its limit.
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


BUDGET = {"sim": 19_300, "tests": 13_000}
"""Lines that a folder may have at most: those of the rules and the record, and a twentieth."""


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


def packages(folder: Path) -> Counter[str]:
    """Return the count of each package of a folder."""
    found: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.py")):
        package = path.relative_to(folder).parts[0]
        found[f"{folder}/{package}"] += code_lines(path.read_text(encoding="utf-8"))
    return found


def main(arguments: list[str]) -> int:
    """Print the count of each package of some folders, and their sum; return the exit code."""
    limits = BUDGET if "--budget" in arguments else {}
    folders = [name for name in arguments if name != "--budget"]
    over = False
    for folder in folders or limits or ["sim"]:
        found = packages(Path(folder))
        for package, count in sorted(found.items()):
            print(f"{count:7,}  {package}")
        limit = limits.get(folder)
        told = "in all" if limit is None else f"in all; the limit is {limit:,}"
        print(f"{found.total():7,}  {folder} {told}")
        over |= limit is not None and found.total() > limit
    return int(over)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
