"""Pages of the site that are files elsewhere, or are made: notebooks, and the page with the model.

A hook of MkDocs (`mkdocs.yml`). `entrench page` makes the page that runs the model; notebooks are
run, and shown with their outputs. Both stay in `.cache` until code, tables, scenarios or notebook
change.
"""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

PROJECT = Path(__file__).parents[2]
ELSEWHERE = {
    "index.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "sources.md": "seeds/SOURCES.md",
}
"""Pages of the site with texts outside `docs`."""
NOTEBOOKS = {
    f"{file.stem.replace('_', '-')}.md": f"examples/{file.name}"
    for file in sorted((PROJECT / "examples").glob("*.ipynb"))
}
"""Pages of the site that are notebooks with their outputs."""
MADE_OF = ("sim", "seeds", "scenarios", "shapes")
PAGE = "entrench.html"


def on_files(files: Files, config: Any) -> Files:
    """Add texts from outside `docs`, notebooks, and the page."""
    for name, source in ELSEWHERE.items():
        files.append(File.generated(config, name, content=_read(source)))
    for name, source in NOTEBOOKS.items():
        file = PROJECT / source
        kept = _kept(name, file.read_bytes(), partial(_run, file))
        files.append(File.generated(config, name, content=kept.read_text(encoding="utf-8")))
    files.append(File.generated(config, PAGE, abs_src_path=str(_kept("page.html", b"", _page))))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links to files outside `docs` lead to their page on the site, or be plain text."""
    folder = (PROJECT / ELSEWHERE.get(page.file.src_uri, f"docs/{page.file.src_uri}")).parent
    here = {PROJECT / source: name for name, source in (ELSEWHERE | NOTEBOOKS).items()}
    up = "../" * page.file.src_uri.count("/")

    def lead(link: re.Match[str]) -> str:
        text, target, anchor = link.groups(default="")
        found = (folder / target).resolve()
        if found in here:
            return f"[{text}]({up}{here[found]}{anchor})"
        if found.is_relative_to(PROJECT / "docs"):
            return f"[{text}]({up}{found.relative_to(PROJECT / 'docs').as_posix()}{anchor})"
        return text if found.exists() else link[0]

    return re.sub(r"\[([^\]]+)\]\((?!\w+:)([^)#\s]+)(#[^)]*)?\)", lead, markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Show Sphinx's roles in docstrings as what they name."""
    return re.sub(r":(?:class|func|meth|mod):<code>~?", "<code>", html)


def _read(source: str) -> str:
    return (PROJECT / source).read_text(encoding="utf-8")


def _kept(name: str, own: bytes, make: Callable[[Path], None]) -> Path:
    """Return a file of the cache, made if anything that it depends on has changed.

    Args:
        name: End of its name.
        own: Text of the file that it is made from.
        make: Writes it to a path.
    """
    digest = hashlib.sha256(own)
    for folder in MADE_OF:
        for file in sorted((PROJECT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    kept = PROJECT / ".cache" / f"{digest.hexdigest()[:16]}-{name}"
    if not kept.is_file():
        kept.parent.mkdir(exist_ok=True)
        for old in kept.parent.glob(f"*-{name}"):
            old.unlink()
        part = kept.with_name(f"part-{name}")
        make(part)
        part.replace(kept)
    return kept


def _page(target: Path) -> None:
    """Write the page of `entrench page`."""
    command = "from sim.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", command, "page", "--quiet", "--out", str(target)],
        check=True,
        cwd=PROJECT,
    )


def _run(notebook: Path, target: Path) -> None:
    """Run a notebook, and write it as Markdown with its outputs."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(book, resources={"metadata": {"path": folder}}).execute()
    source = f"*The notebook `examples/{notebook.name}` with its outputs.*"
    parts = [
        part
        for cell in book.cells
        for part in (
            [cell.source]
            if cell.cell_type == "markdown"
            else [f"```python\n{cell.source}\n```", *map(_shown, cell.outputs)]
        )
    ]
    target.write_text("\n\n".join([parts[0], source, *parts[1:]]), encoding="utf-8")


def _shown(output: Any) -> str:
    """Return an output of a cell as Markdown: a picture, a table, or text."""
    data = output.get("data", {})
    if "image/png" in data:
        picture = f"data:image/png;base64,{data['image/png'].strip()}"
        return f"![The figure that the lines above draw]({picture})"
    if "text/html" in data:
        table = re.sub(r"<style.*?</style>", "", data["text/html"], flags=re.S)
        lines = "\n".join(line.strip() for line in table.splitlines() if line.strip())
        return f'<div class="output">\n{lines}\n</div>'
    if output.get("name") == "stderr":
        return ""
    text = data.get("text/plain") or output.get("text") or ""
    return f'<pre class="output">{html.escape(text.strip())}</pre>' if text else ""
