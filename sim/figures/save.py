"""Writing a figure as PNG and SVG: the same bytes every time, with its origin inside."""

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sim.figures.style import PNG_DPI, in_house_style

FORMATS = ("png", "svg")
"""Formats a figure can be written in."""
PNG_COMPRESSION = 1
"""Level of 9: the fastest; lines and plain areas are small at any level."""


def figure_metadata(manifest: Mapping[str, Any], title: str) -> dict[str, str]:
    """What a figure says of its origin: title, scenario, seed, runs and version; no time."""
    return {
        "Title": title,
        "Scenario": scenario_name(manifest),
        "Seed": str(manifest.get("seed", "unknown")),
        "Runs": str(manifest.get("runs", "unknown")),
        "Version": str(manifest.get("version", "unknown")),
    }


def scenario_name(manifest: Mapping[str, Any]) -> str:
    """Name of the scenario, whether the manifest holds the name or the whole scenario."""
    scenario = manifest.get("scenario", "unknown")
    if isinstance(scenario, Mapping):
        scenario = scenario.get("name", "unknown")
    return str(scenario)


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
        figure: What to write.
        folder: Where; made if missing.
        name: File name without ending.
        metadata: See :func:`figure_metadata`.
        formats: Some of `FORMATS`.

    Returns:
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending in formats:
        path = folder / f"{name}.{ending}"
        partial = folder / f".{name}.{ending}.partial"
        partial.write_bytes(render(figure, ending, metadata))
        os.replace(partial, path)
        written.append(path)
    return written


@in_house_style
def render(figure: Figure, ending: str, metadata: Mapping[str, str]) -> bytes:
    """A figure's bytes as PNG or SVG."""
    buffer = io.BytesIO()
    dpi_before = figure.dpi
    if ending == "png":
        canvas: Any = FigureCanvasAgg(figure)
        # `Software` would carry matplotlib's address; the version of Entrench says more.
        texts = {**metadata, "Software": f"entrench {metadata.get('Version', '')}".strip()}
        figure.set_dpi(PNG_DPI)
        canvas.print_png(buffer, metadata=texts, pil_kwargs={"compress_level": PNG_COMPRESSION})
    else:
        facts = [f"{key}: {value}" for key, value in metadata.items() if key != "Title"]
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(
            buffer,
            metadata={
                "Title": metadata.get("Title", ""),
                "Description": "; ".join(facts),
                "Keywords": facts,
                "Creator": f"entrench {metadata.get('Version', '')}".strip(),
                # Else matplotlib writes the time of day.
                "Date": None,
            },
        )
    # Matplotlib's SVG writer leaves its own resolution behind.
    figure.set_dpi(dpi_before)
    return buffer.getvalue()
