"""Make the picture of the tutorial as its readers do: by typing what the page says.

`uv run python docs/scripts/figures.py` types `tutorial.md` in a new folder and keeps its picture.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1]
sys.path.insert(0, str(FOLDER.parent))

from tests.docs.blocks import blocks_of, follow  # noqa: E402

PICTURE = "what-stays.png"


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as folder:
        skip = {"pip install": "uv is here"}
        follow(blocks_of(FOLDER / "tutorial.md"), Path(folder), skip, small=False)
        shutil.copyfile(Path(folder) / PICTURE, FOLDER / "images" / PICTURE)


if __name__ == "__main__":
    main()
