"""Tables of pages, between the marks that say which script makes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PAGES = Path(__file__).parents[1] / "docs"
MARKS = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end of table -->)", re.S)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as Markdown."""
    head, *below = ([_cell(text) for text in row] for row in (heads, *rows))
    lines = [f"| {' | '.join(row)} |" for row in (head, *below)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\|", text.replace("\n", " "))


def template(name: str) -> str:
    """Return the text of a page whose numbers and tables have names in braces."""
    return (Path(__file__).with_name("pages") / name).read_text(encoding="utf-8")


def rewrite(made: Mapping[str, str], *pages: str) -> None:
    """Put tables, by name, between their marks in pages, and print them.

    Raises:
        ValueError: No page has marks for a table.
    """
    print("\n\n".join(made.values()))
    marked = {
        m["name"] for page in pages for m in MARKS.finditer((PAGES / page).read_text("utf-8"))
    }
    if missing := made.keys() - marked:
        raise ValueError(f"{', '.join(pages)}: no marks for {', '.join(sorted(missing))}")
    for page in pages:
        path = PAGES / page
        old = path.read_text(encoding="utf-8")
        new = MARKS.sub(
            lambda mark: (
                f"{mark[1]}\n{made[mark['name']]}\n\n{mark[3]}" if mark["name"] in made else mark[0]
            ),
            old,
        )
        path.write_text(new, encoding="utf-8", newline="\n")
