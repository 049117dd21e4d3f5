"""The map over the years, as one file that plays: GIF or WebP."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

from matplotlib.colors import Normalize
from PIL import Image

from sim.engine.chunk import working_years
from sim.errors import InputError
from sim.figures.map import figure_of_maps
from sim.figures.style import in_house_style
from sim.results.read import Results
from sim.units import PERCENT

MOVING = ("gif", "webp")
"""Formats of an animation."""
FRAME, LAST_FRAME = 250, 2500
"""Milliseconds that a year is shown, and the last one."""
DPI = 150
"""Dots per inch: wide enough for a slide, small enough to be sent."""
TITLE = "Working systems at the end of {year}"
QUESTION = "Where do systems work, and since when?"


@in_house_style
def animate_map(
    results: Results,
    folder: Path,
    formats: Sequence[str] = MOVING[:1],
    years: tuple[int, int] | None = None,
) -> list[Path]:
    """Write the map of working systems, a frame a year.

    Args:
        results: Runs that kept what happened to each state.
        folder: Where `map-over-time` goes; made if missing.
        formats: Some of `MOVING`.
        years: First and last; None: all.

    Returns:
        The files written.

    Raises:
        InputError: A format is none of these, nothing was kept by state, or no year is left.
    """
    if wrong := [name for name in formats if name not in MOVING]:
        raise InputError(f"no format {wrong[0]!r} of an animation; there are: {', '.join(MOVING)}")
    frame = results.country_runs()
    names = working_years(list(frame.columns))
    horizon = results.manifest["scenario"]["horizon"]
    first, last = years or (int(horizon["start"]), int(horizon["end"]))
    kept = [
        y for y in sorted(names) if max(first, horizon["start"]) <= y <= min(last, horizon["end"])
    ]
    if not kept:
        raise InputError(f"no year from {first} to {last} was kept")
    shares = frame.groupby(frame["iso3"].astype(str))[[names[y] for y in kept]].mean() * PERCENT
    pictures = []
    for year in kept:
        drawn = figure_of_maps(
            results.manifest,
            TITLE.format(year=year),
            {"": {str(code): float(share) for code, share in shares[names[year]].items()}},
            "% of runs",
            Normalize(0.0, PERCENT),
            question=QUESTION,
        )
        with io.BytesIO() as picture:
            drawn.savefig(picture, format="png", dpi=DPI)
            pictures.append(Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE))
    lasting = [FRAME] * (len(pictures) - 1) + [LAST_FRAME]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending in formats:
        path, partial = (folder / f"{mark}map-over-time.{ending}" for mark in ("", "."))
        pictures[0].save(
            partial, format=ending.upper(), save_all=True, append_images=pictures[1:],
            duration=lasting, loop=0,
        )  # fmt: skip
        os.replace(partial, path)
        written.append(path)
    return written
