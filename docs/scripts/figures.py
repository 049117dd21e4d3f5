"""Make every picture of the pages: `uv run python docs/scripts/figures.py`, some minutes.

That of README and the tutorial is made as readers make it, by typing what `tutorial.md` says in a
new folder; the others from the records and from the rules of imports.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from runpy import run_path

FOLDER = Path(__file__).parents[1]
sys.path.insert(0, str(FOLDER.parent))

from tests.docs.blocks import blocks_of, follow  # noqa: E402

PICTURE = "what-stays.png"


def main() -> None:
    """Make the pictures."""
    for name, text in run_path(str(Path(__file__).with_name("generate.py")))["pages"]().items():
        if name.startswith("images/"):
            (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    trainings = run_path(str(FOLDER.parent / "analyses" / "trainings.py"))
    trainings["draw"](trainings["FIGURE"])
    with tempfile.TemporaryDirectory() as folder:
        skip = {"pip install": "uv is here"}
        follow(blocks_of(FOLDER / "tutorial.md"), Path(folder), skip, small=False)
        shutil.copyfile(Path(folder) / PICTURE, FOLDER / "images" / PICTURE)


if __name__ == "__main__":
    main()
