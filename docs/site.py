"""What the site needs beyond its pages: files that stand elsewhere, patterns in the nav, the page.

A hook of MkDocs (`mkdocs.yml`). The page that runs the model is made by `entrench page` and kept
in `.cache` until the rules, tables, scenarios or the page's own files change.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

PROJECT = Path(__file__).parents[1]
ELSEWHERE = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "sources.md": "seeds/SOURCES.md",
}
"""Pages of the site whose text stands outside `docs`."""
MADE_OF = ("sim", "seeds", "scenarios", "shapes")
PAGE = "entrench.html"


def on_files(files: Files, config: Any) -> Files:
    """Add what stands outside `docs`, and the page; spread out the patterns of the nav."""
    for name, source in ELSEWHERE.items():
        files.append(File.generated(config, name, content=_read(source)))
    files.append(File.generated(config, PAGE, abs_src_path=str(_page())))
    names = [file.src_uri for file in files.documentation_pages()]
    config.nav = _spread(config.nav, names)
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links to files outside `docs` lead to their page on the site, or be plain text."""
    folder = (PROJECT / ELSEWHERE.get(page.file.src_uri, f"docs/{page.file.src_uri}")).parent
    here = {PROJECT / source: name for name, source in ELSEWHERE.items()}
    up = "../" * page.file.src_uri.count("/")

    def lead(link: re.Match[str]) -> str:
        text, target, anchor = link.groups(default="")
        found = (folder / target).resolve()
        if found in here:
            return f"[{text}]({up}{here[found]}{anchor})"
        if found.is_relative_to(PROJECT / "docs"):
            return f"[{text}]({up}{found.relative_to(PROJECT / 'docs').as_posix()}{anchor})"
        return text if found.exists() else link[0]

    return re.sub(r"(?<!!)\[([^\]]+)\]\((?!\w+:)([^)#\s]+)(#[^)]*)?\)", lead, markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Show Sphinx's roles in docstrings as what they name."""
    return re.sub(r":(?:class|func|meth|mod):<code>~?", "<code>", html)


def _read(source: str) -> str:
    return (PROJECT / source).read_text(encoding="utf-8")


def _spread(entries: list[Any], names: list[str]) -> list[Any]:
    """The nav with each pattern replaced by the pages that fit it."""
    spread: list[Any] = []
    for entry in entries:
        if isinstance(entry, dict):
            spread += [
                {title: _spread(inner, names) if isinstance(inner, list) else inner}
                for title, inner in entry.items()
            ]
        elif "*" in entry:
            spread += sorted(name for name in names if Path(name).match(entry))
        else:
            spread.append(entry)
    return spread


def _page() -> Path:
    """The file of `entrench page`, made if what it is made of has changed."""
    digest = hashlib.sha256()
    for folder in MADE_OF:
        for file in sorted((PROJECT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    kept = PROJECT / ".cache" / f"{digest.hexdigest()[:16]}.html"
    if not kept.is_file():
        kept.parent.mkdir(exist_ok=True)
        for old in kept.parent.glob("*.html"):
            old.unlink()
        command = "from sim.cli import main; main()"
        made = kept.with_suffix(".part")
        subprocess.run(
            [sys.executable, "-c", command, "page", "--quiet", "--out", str(made)],
            check=True,
            cwd=PROJECT,
        )
        made.replace(kept)
    return kept
