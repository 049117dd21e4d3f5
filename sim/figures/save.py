"""Writing a figure as PNG, SVG or PDF: the same bytes every time, with its origin inside."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.errors import InputError
from sim.figures.caption import facts_of
from sim.figures.style import in_house_style
from sim.results.files import inside, write_own

FORMATS = ("png", "svg")
"""Formats a figure is written in unless others are asked for."""
ALL_FORMATS = (*FORMATS, "pdf")
"""Formats a figure can be written in."""
NAME = re.compile(r"[\w-]+")
"""Form of a figure's name; outcomes in it may come from the tables of a received folder."""
PNG_COMPRESSION = 1
"""Level of 9: the fastest; lines and plain areas are small at any level."""


def figure_metadata(manifest: Mapping[str, Any], title: str) -> dict[str, str]:
    """What a figure says of its origin: title, scenario or experiment, seed, size; no time."""
    return {"Title": title, **facts_of(manifest)}


@in_house_style
def save(
    figure: Figure,
    folder: Path,
    name: str,
    metadata: Mapping[str, str],
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Write a figure, each file renamed into place when whole.

    Args:
        figure: A sheet that is drawn.
        folder: Where; made if missing.
        name: File name without ending.
        metadata: See :func:`figure_metadata`.
        formats: Some of `ALL_FORMATS`.

    Returns:
        The files written.

    Raises:
        InputError: Something is there that Entrench did not write, or the folder is a link.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a figure")
    inside(folder.parent, folder.name).mkdir(parents=True, exist_ok=True)
    written = []
    for ending in formats:
        path = folder / f"{name}.{ending}"
        write_own(path, render(figure, ending, metadata))
        written.append(path)
    return written


@in_house_style
def render(figure: Figure, ending: str, metadata: Mapping[str, str]) -> bytes:
    """A figure's bytes as PNG, SVG or PDF."""
    title, maker = metadata.get("Title", ""), f"entrench {metadata.get('Version', '')}".strip()
    facts = [f"{key}: {value}" for key, value in metadata.items() if key != "Title"]
    # Dates are taken out: else matplotlib writes the time of day. `Software` would carry
    # matplotlib's address; the version of Entrench says more.
    facts_in: dict[str, dict[str, Any]] = {
        "png": {**metadata, "Software": maker},
        "svg": {"Description": "; ".join(facts), "Keywords": facts, "Date": None},
        "pdf": {"Subject": "; ".join(facts), "Producer": maker, "CreationDate": None},
    }
    said = facts_in[ending]
    how: dict[str, Any] = {"pil_kwargs": {"compress_level": PNG_COMPRESSION}}
    if ending != "png":
        said, how = {"Title": title, "Creator": maker, **said}, {}
    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending, metadata=said, **how)
    return buffer.getvalue()
