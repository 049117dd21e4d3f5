"""Make the pictures of the pages as their readers do: by typing what the page says.

`uv run python docs/figures.py` types `tutorial.md` and `worked-analysis.md` in a new folder and
keeps the pictures that they end in; with `--check` it ends with 1 if those
kept here are not current.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import matplotlib.image
import numpy as np

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from tests.docs.blocks import Reader, blocks_of  # noqa: E402

PICTURES = {
    "tutorial.md": "easy-exit.png",
    "worked-analysis.md": "what-stays.png",
}
NOT_TYPED = {"pip install": "uv is here"}
CLOSE = 0.01
"""Share of the range of colours by which two pictures may differ in the mean."""


def make(page: str, folder: Path) -> Path:
    """Type a page in a folder and return the picture that it leaves."""
    reader = Reader(folder, small=False)
    reader.follow(blocks_of(FOLDER / page), NOT_TYPED)
    return folder / PICTURES[page]


def differ(made: Path, kept: Path) -> bool:
    """Whether two pictures are not the same, but for the machine that drew them."""
    if not kept.is_file():
        return True
    one, other = matplotlib.image.imread(made), matplotlib.image.imread(kept)
    return one.shape != other.shape or float(np.abs(one - other).mean()) > CLOSE


def main(arguments: list[str]) -> int:
    """Make the pictures, or check them; return the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: figures.py [--check]", file=sys.stderr)
        return 2
    stale = 0
    for page, name in PICTURES.items():
        kept = FOLDER / "images" / name
        with tempfile.TemporaryDirectory() as folder:
            made = make(page, Path(folder))
            if not arguments:
                shutil.copyfile(made, kept)
            elif differ(made, kept):
                print(f"docs/images/{name} is not current: run `uv run python docs/figures.py`")
                stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
