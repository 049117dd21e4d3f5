"""Numbers of runs in words: one format for tables, headings and sentences."""

from __future__ import annotations

LEAST_WHOLE = 10.0
"""Numbers from here on are shown whole, smaller ones with two significant digits."""


def shown(value: float) -> str:
    """Return a number for readers, with no more digits than some hundred runs justify."""
    rounded = float(f"{value:.2g}")
    text = f"{value:,.0f}" if abs(rounded) >= LEAST_WHOLE else f"{rounded:g}"
    return text.replace("-", "−").removeprefix("−" if float(rounded) == 0.0 else "")
