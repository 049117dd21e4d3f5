"""The site builds without a warning, and its Python reference can be read."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import sim
from tests.docs.blocks import PROJECT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages; those that take minutes (notebooks, and that with the model) have a heading."""
    from mkdocs.commands.build import build  # collecting would pay for it in every process
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    (folder / "blank.md").write_text("# Blank\n", encoding="utf-8")
    config = load_config(str(PROJECT / "mkdocs.yml"), site_dir=str(folder / "site"))
    config.hooks["docs/scripts/site.py"]._kept = lambda *_: folder / "blank.md"
    build(config)  # strict: any warning, also of a link or an anchor, is an error
    return folder / "site"


def words(tag: str, page: str) -> list[str]:
    found = re.findall(rf"<{tag}\b.*?</{tag}>", page, re.S)
    return [unescape(re.sub(r"<[^>]+>|&para;", "", text)).strip() for text in found]


def test_the_reference_has_every_name_of_sim_and_its_examples_as_code(site: Path) -> None:
    page = (site / "python.html").read_text(encoding="utf-8")
    headings = {heading.split()[0] for heading in words("h4", page)}
    assert {f"sim.{name}" for name in dir(sim)} - headings == {"sim.__version__"}
    examples = [block for block in words("code", page) if block.startswith(">>> ")]
    assert len(examples) >= 40
    # A browser would take it for a tag.
    assert any("<Results baseline: 2 runs, in memory>" in block for block in examples)
    assert ">>>" not in unescape(re.sub(r"<code\b.*?</code>", "", page, flags=re.S))
