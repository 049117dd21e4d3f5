"""Numbers of runs in words: one format for tables, headings and sentences."""

from __future__ import annotations

LEAST_WHOLE = 10.0
"""Numbers of runs are shown whole from here on, and below with two significant digits."""


def shown(value: float) -> str:
    """Return a number of runs as people read it: no more digits than some hundred runs carry."""
    rounded = float(f"{value:.2g}")
    text = f"{value:,.0f}" if abs(rounded) >= LEAST_WHOLE else f"{rounded:g}"
    return text.replace("-", "−").removeprefix("−" if float(rounded) == 0.0 else "")
